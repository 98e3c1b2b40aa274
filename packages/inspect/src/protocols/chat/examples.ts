import type { Example } from "../../example.js";
import { ircExamples } from "./irc.examples.js";
import { xmppExamples } from "./xmpp.examples.js";

export const chatExamples: readonly Example[] = [...xmppExamples, ...ircExamples];
