import type { Protocol } from "../../dissector.js";
import type { Example } from "../../example.js";
import { ircExamples } from "./irc.examples.js";
import { irc } from "./irc.js";
import { xmppExamples } from "./xmpp.examples.js";
import { xmpp } from "./xmpp.js";

/** Conversation in text. */
export const chatProtocols: readonly Protocol[] = [xmpp, irc];

export const chatExamples: readonly Example[] = [...xmppExamples, ...ircExamples];
