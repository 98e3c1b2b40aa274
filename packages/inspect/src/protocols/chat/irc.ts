import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { startTls } from "../starttls.js";
import {
  firstOctetsOf,
  isWord,
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  recogniseLines,
  skipSpaces,
  wordAmong,
  wordStop,
} from "../text-line.js";

export const IRC_NICK = attribute("irc.nick", "text");
/** User name that the client gives with USER. */
export const IRC_USER = attribute("irc.user", "text");
/** Server, as it names itself in the prefix of its messages. */
export const IRC_SERVER = attribute("irc.server", "text");
/** Channels joined. */
export const IRC_CHANNEL = attribute("irc.channel", "text", { many: true });

/** A line without end. */
export const IRC_LINE_INVALID = new Malformed("irc.line-invalid");

export const IRC_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "irc.cleartext-credentials",
  severity: "low",
  title: "A chat client sends a password in clear",
};

const NICK_OCTETS_MAX = 64;

// Bits of `stage`, beside `RECOGNISED`.
const STARTTLS_SENT = 2;

export const irc: Protocol = {
  name: "irc",
  title: "Internet Relay Chat",
  spec: "RFC 1459, RFC 2812, IRCv3 capability negotiation",
  category: "chat",
  attributes: [IRC_NICK, IRC_USER, IRC_SERVER, IRC_CHANNEL],
  malformed: [IRC_LINE_INVALID],
  findings: [IRC_CLEARTEXT_CREDENTIALS],
  recognises:
    "CAP LS, or USER with four parameters, or NICK followed by one of them, or a message of the server with its prefix and a numeric, NOTICE or CAP, or a user's that it relays.",
  omits: "Messages, direct connections (DCC), and services' passwords.",
  stream: {
    ports: [6667, 6666, 6668, 6669, 6660, 7000, 194],
    firstOctets: [0x3a, ...firstOctetsOf("cap", "nick", "user", "pass", "notice")],
    dissect(octets, offset, end, flow) {
      const outcome = recogniseLines(octets, offset, end, flow, judge);
      return outcome === MATCH ? read(octets, offset, end, flow) : outcome;
    },
  },
};

function judge(octets: Uint8Array, start: number, stop: number): Outcome | undefined {
  if (u8(octets, start) === 0x3a) return isServerMessage(octets, start, stop) ? MATCH : NO;
  if (startsWithNoCase(octets, start, stop, "notice auth :")) return MATCH;
  if (startsWithNoCase(octets, start, stop, "cap ls") || startsWithNoCase(octets, start, stop, "cap req "))
    return MATCH;
  if (isWord(octets, start, stop, "user")) return isUser(octets, start, stop) ? MATCH : NO;
  const isNick =
    isWord(octets, start, stop, "nick") && stop - start > 5 && stop - start < 5 + NICK_OCTETS_MAX;
  if (!isNick && !isWord(octets, start, stop, "pass")) return NO;
  return undefined;
}

/** RFC 2812 §3.1.3: user, mode, unused, and the real name behind a colon. */
function isUser(octets: Uint8Array, start: number, stop: number): boolean {
  let at = start;
  for (let parameter = 0; parameter < 4; parameter += 1) {
    at = skipSpaces(octets, wordStop(octets, at, stop), stop);
    if (at === stop) return false;
  }
  return u8(octets, at) === 0x3a || wordStop(octets, at, stop) === stop;
}

const RELAYED: readonly string[] = ["privmsg", "join", "part", "quit", "mode", "nick", "topic", "kick"];

/** RFC 2812 §2.3: `:server 001 nick :text` or `:server NOTICE * :text`. */
function isServerMessage(octets: Uint8Array, start: number, stop: number): boolean {
  const prefix = wordStop(octets, start, stop);
  const command = skipSpaces(octets, prefix, stop);
  const after = wordStop(octets, command, stop);
  if (prefix === start + 1 || after >= stop - 1) return false;
  if (isWord(octets, command, stop, "notice") || isWord(octets, command, stop, "cap")) return true;
  // Another user's message is relayed with that user as prefix: nick!user@host.
  const user = indexOfOctet(octets, 0x21, start, prefix);
  if (user > 0 && indexOfOctet(octets, 0x40, user, prefix) > 0) {
    if (wordAmong(octets, command, stop, RELAYED) !== undefined) return true;
  }
  if (after - command !== 3) return false;
  for (let index = command; index < after; index += 1) {
    if (u8(octets, index) < 0x30 || u8(octets, index) > 0x39) return false;
  }
  return true;
}

function read(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const tls = startTls(octets, offset, end, flow, STARTTLS_SENT);
  if (tls !== undefined) return tls;
  const lineFeed = messageEnd(octets, offset, end);
  if (lineFeed === LINE_NOT_TEXT) return IRC_LINE_INVALID;
  if (lineFeed === LINE_OPEN) return MATCH;
  const stop = lineStop(octets, offset, lineFeed);
  flow.consume(lineFeed + 1 - offset);
  if (u8(octets, offset) === 0x3a) {
    if (flow.direction === 0 || !isServerMessage(octets, offset, stop)) return MATCH;
    const prefix = wordStop(octets, offset, stop);
    if (indexOfOctet(octets, 0x21, offset, prefix) < 0) flow.text(IRC_SERVER, octets, offset + 1, prefix);
    // 670 RPL_STARTTLS
    if ((flow.stage & STARTTLS_SENT) !== 0 && isWord(octets, skipSpaces(octets, prefix, stop), stop, "670")) {
      return flow.become("tls");
    }
    return MATCH;
  }
  if (flow.direction === 0) readCommand(octets, offset, stop, flow);
  return MATCH;
}

/** As `textLine`, but messages hold control characters: colours, and CTCP's delimiter. */
function messageEnd(octets: Uint8Array, offset: number, end: number): number {
  const limit = Math.min(end, offset + MESSAGE_OCTETS_MAX);
  for (let index = offset; index < limit; index += 1) if (u8(octets, index) === 0x0a) return index;
  return end - offset < MESSAGE_OCTETS_MAX ? LINE_OPEN : LINE_NOT_TEXT;
}

/** RFC 2812 §2.3: 512 octets, and IRCv3 tags 8,191 more. */
const MESSAGE_OCTETS_MAX = 8_703;

function readCommand(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  const argument = skipSpaces(octets, wordStop(octets, start, stop), stop);
  const argumentStop = wordStop(octets, argument, stop);
  if (isWord(octets, start, stop, "nick")) {
    flow.text(
      IRC_NICK,
      octets,
      argument + (u8(octets, argument) === 0x3a && argument < stop ? 1 : 0),
      argumentStop,
    );
  } else if (isWord(octets, start, stop, "user")) {
    flow.text(IRC_USER, octets, argument, argumentStop);
  } else if (isWord(octets, start, stop, "join")) {
    let from = argument;
    for (let index = argument; index <= argumentStop; index += 1) {
      if (index < argumentStop && u8(octets, index) !== 0x2c) continue;
      if (index > from) flow.text(IRC_CHANNEL, octets, from, index);
      from = index + 1;
    }
  } else if (
    isWord(octets, start, stop, "pass") ||
    isWord(octets, start, stop, "oper") ||
    startsWithNoCase(octets, start, stop, "authenticate plain")
  ) {
    flow.report(IRC_CLEARTEXT_CREDENTIALS);
  } else if (isWord(octets, start, stop, "starttls")) {
    flow.stage |= STARTTLS_SENT;
  }
}
