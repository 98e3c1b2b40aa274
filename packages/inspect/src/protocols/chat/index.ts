import type { Protocol } from "../../dissector.js";
import { irc } from "./irc.js";
import { xmpp } from "./xmpp.js";

/** Conversation in text. */
export const chatProtocols: readonly Protocol[] = [xmpp, irc];
