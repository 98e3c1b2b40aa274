import { Malformed } from "@palisade/base";
import { startsWith, startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { setPlainUser } from "../sasl.js";
import { startTls } from "../starttls.js";
import {
  contains,
  firstOctetsOf,
  isWord,
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  recogniseLines,
  skipSpaces,
  textLine,
  wordAmong,
  wordStop,
} from "../text-line.js";

/** Text of the server's greeting after "+OK". */
export const POP3_BANNER = attribute("pop3.banner", "text");
export const POP3_USER = attribute("pop3.user", "text");
/** Commands, as sent. */
export const POP3_COMMAND = attribute("pop3.command", "text", { many: true });

/** A command with control characters, or beyond every bound. */
export const POP3_LINE_INVALID = new Malformed("pop3.line-invalid");

export const POP3_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "pop3.cleartext-credentials",
  severity: "medium",
  title: "A mail client logs in with its password in clear",
};

const PORT = 110;

// Bits of `stage`, beside `RECOGNISED`.
/** "+OK" was seen, which says little: other protocols have it too. */
const GREETED = 2;
const BANNER_READ = 4;
const STLS_SENT = 8;
const AUTH_PLAIN = 16;

/** Commands of RFC 1939, RFC 2449, RFC 2595 and RFC 5034. */
const COMMANDS: readonly string[] = [
  "user",
  "pass",
  "stat",
  "list",
  "retr",
  "dele",
  "uidl",
  "top",
  "apop",
  "capa",
  "stls",
  "auth",
  "noop",
  "rset",
  "quit",
  "utf8",
];
/** Of these, the ones that no other protocol has. */
const DECISIVE: readonly string[] = ["apop", "capa", "stls", "uidl"];

export const pop3: Protocol = {
  name: "pop3",
  title: "Post Office Protocol, version 3",
  spec: "RFC 1939, RFC 2449, RFC 2595 (STLS)",
  category: "mail",
  attributes: [POP3_BANNER, POP3_USER, POP3_COMMAND],
  malformed: [POP3_LINE_INVALID],
  findings: [POP3_CLEARTEXT_CREDENTIALS],
  recognises:
    'A greeting "+OK" that names POP or bears a timestamp, or one followed by a command of the client; or the commands APOP, CAPA, STLS or UIDL.',
  omits: "Messages and their listings.",
  stream: {
    ports: [PORT],
    firstOctets: [0x2b, ...firstOctetsOf("user", "auth", "capa", "stls", "quit")],
    dissect(octets, offset, end, flow) {
      const outcome = recogniseLines(octets, offset, end, flow, judge);
      return outcome === MATCH ? read(octets, offset, end, flow) : outcome;
    },
  },
};

function judge(
  octets: Uint8Array,
  start: number,
  stop: number,
  _line: number,
  flow: FlowContext,
): Outcome | undefined {
  if (isWord(octets, start, stop, "+ok")) {
    if (contains(octets, start, stop, "pop") || contains(octets, start, stop, " <")) return MATCH;
    flow.stage |= GREETED;
    return MORE;
  }
  const command = wordAmong(octets, start, stop, COMMANDS);
  if (command === undefined) return NO;
  if (DECISIVE.includes(command) || (flow.stage & GREETED) !== 0 || flow.destinationPort === PORT)
    return MATCH;
  return undefined;
}

function read(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const tls = startTls(octets, offset, end, flow, STLS_SENT);
  if (tls !== undefined) return tls;
  const lineFeed = textLine(octets, offset, end);
  if (lineFeed === LINE_OPEN) return MATCH;
  if (lineFeed === LINE_NOT_TEXT) {
    // A message may hold anything; a command may not.
    if (flow.direction === 0) return POP3_LINE_INVALID;
    flow.consume(end - offset);
    return MATCH;
  }
  const stop = lineStop(octets, offset, lineFeed);
  flow.consume(lineFeed + 1 - offset);
  const first = u8(octets, offset);
  if (first === 0x2b || first === 0x2d) return readReply(octets, offset, stop, flow);
  if ((flow.stage & AUTH_PLAIN) !== 0 && flow.direction === 0) {
    flow.stage &= ~AUTH_PLAIN;
    setPlainUser(flow, POP3_USER, octets, offset, stop);
    return MATCH;
  }
  const command = wordAmong(octets, offset, stop, COMMANDS);
  // Message lines can look like commands: those come from the server.
  if (command === undefined || flow.direction === 1) return MATCH;
  const word = offset + command.length;
  flow.text(POP3_COMMAND, octets, offset, word);
  const argument = skipSpaces(octets, word, stop);
  if (command === "user" || command === "apop") {
    flow.text(POP3_USER, octets, argument, wordStop(octets, argument, stop));
  } else if (command === "pass") {
    flow.report(POP3_CLEARTEXT_CREDENTIALS);
  } else if (command === "auth" && isWord(octets, argument, stop, "plain")) {
    flow.report(POP3_CLEARTEXT_CREDENTIALS);
    const initial = skipSpaces(octets, argument + 5, stop);
    if (initial < stop) setPlainUser(flow, POP3_USER, octets, initial, stop);
    else flow.stage |= AUTH_PLAIN;
  } else if (command === "stls") {
    flow.stage |= STLS_SENT;
  }
  return MATCH;
}

function readReply(octets: Uint8Array, offset: number, stop: number, flow: FlowContext): Outcome {
  const isPositive = startsWith(octets, offset, stop, "+OK");
  if (!isPositive && !startsWithNoCase(octets, offset, stop, "-err")) return MATCH;
  if ((flow.stage & BANNER_READ) === 0) {
    flow.stage |= BANNER_READ;
    if (isPositive) flow.text(POP3_BANNER, octets, skipSpaces(octets, offset + 3, stop), stop);
  }
  if ((flow.stage & STLS_SENT) !== 0) {
    flow.stage &= ~STLS_SENT;
    if (isPositive) return flow.become("tls");
  }
  return MATCH;
}
