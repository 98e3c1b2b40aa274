import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { setBase64, setPlainUser } from "../sasl.js";
import { startTls } from "../starttls.js";
import {
  contains,
  firstOctetsOf,
  isReplyContinued,
  isWord,
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  recogniseLines,
  replyCode,
  skipSpaces,
  textLine,
  wordStop,
} from "../text-line.js";

/** Text of the server's greeting, after its code. */
export const SMTP_BANNER = attribute("smtp.banner", "text");
/** Name that the client gives with EHLO or HELO. */
export const SMTP_HELO = attribute("smtp.helo", "text");
/** Reverse-path of MAIL, without angle brackets. */
export const SMTP_FROM = attribute("smtp.from", "text", { many: true });
/** Forward-paths of RCPT, without angle brackets. */
export const SMTP_TO = attribute("smtp.to", "text", { many: true });
/** Reply codes, RFC 5321 §4.2. */
export const SMTP_REPLY_CODE = attribute("smtp.reply-code", "number", { many: true });
/** SASL mechanism of AUTH, as sent. */
export const SMTP_AUTH_MECHANISM = attribute("smtp.auth-mechanism", "text");
/** User name of AUTH PLAIN and AUTH LOGIN. */
export const SMTP_USER = attribute("smtp.user", "text");

/** A line with control characters, or beyond every bound, where a command or reply must be. */
export const SMTP_LINE_INVALID = new Malformed("smtp.line-invalid");

export const SMTP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "smtp.cleartext-credentials",
  severity: "medium",
  title: "A mail client logs in with its password in clear",
};

const DATA_LINE_OCTETS_MAX = 4_096;

// Bits of `stage`, beside `RECOGNISED`.
const GREETED = 2;
const STARTTLS_SENT = 4;
/** AUTH PLAIN, or AUTH LOGIN, and its next line holds the user. */
const AUTH_PLAIN = 8;
const AUTH_LOGIN = 16;
/** DATA was sent by the direction that these stand for, shifted by its number: the next lines are a message. */
const DATA = 32;
/** The server has refused what was sent last. */
const REFUSED = 128;

export const smtp: Protocol = {
  name: "smtp",
  title: "Simple Mail Transfer Protocol",
  spec: "RFC 5321, RFC 3207 (STARTTLS), RFC 4954 (AUTH)",
  category: "mail",
  attributes: [SMTP_BANNER, SMTP_HELO, SMTP_FROM, SMTP_TO, SMTP_REPLY_CODE, SMTP_AUTH_MECHANISM, SMTP_USER],
  malformed: [SMTP_LINE_INVALID],
  findings: [SMTP_CLEARTEXT_CREDENTIALS],
  recognises:
    "A greeting 220 that names SMTP or is followed by a 250, or one of the commands EHLO, HELO, LHLO, MAIL FROM and RCPT TO.",
  omits: "Messages themselves, and extension keywords of the server.",
  stream: {
    ports: [25, 587, 2525, 24],
    firstOctets: [0x32, 0x34, 0x35, ...firstOctetsOf("ehlo", "helo", "lhlo", "mail", "rcpt")],
    dissect(octets, offset, end, flow) {
      const outcome = recogniseLines(octets, offset, end, flow, judge);
      return outcome === MATCH ? read(octets, offset, end, flow) : outcome;
    },
  },
};

function judge(octets: Uint8Array, start: number, stop: number, line: number): Outcome | undefined {
  const code = replyCode(octets, start, stop);
  if (code < 0) return line === 0 && isOpeningCommand(octets, start, stop) ? MATCH : NO;
  if (line === 0 && code !== 220 && code !== 421 && code !== 554) return NO;
  // FTP greets with 220 as well: its servers do not name SMTP, and answer no first command with 250.
  if (contains(octets, start, stop, "smtp") || contains(octets, start, stop, "lmtp")) return MATCH;
  if (line > 0 && code === 250) return MATCH;
  if (line > 0 && code !== 220) return NO;
  return undefined;
}

function isOpeningCommand(octets: Uint8Array, start: number, stop: number): boolean {
  return (
    ((startsWithNoCase(octets, start, stop, "ehlo ") ||
      startsWithNoCase(octets, start, stop, "helo ") ||
      startsWithNoCase(octets, start, stop, "lhlo ")) &&
      stop - start > 5) ||
    startsWithNoCase(octets, start, stop, "mail from:") ||
    startsWithNoCase(octets, start, stop, "rcpt to:")
  );
}

function read(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if ((flow.stage & (DATA << flow.direction)) !== 0) return readMessage(octets, offset, end, flow);
  const tls = startTls(octets, offset, end, flow, STARTTLS_SENT);
  if (tls !== undefined) return tls;
  const lineFeed = textLine(octets, offset, end);
  if (lineFeed === LINE_NOT_TEXT) return SMTP_LINE_INVALID;
  if (lineFeed === LINE_OPEN) return MATCH;
  const stop = lineStop(octets, offset, lineFeed);
  const taken = lineFeed + 1 - offset;
  flow.consume(taken);
  const code = replyCode(octets, offset, stop);
  if (code >= 0) return readReply(octets, offset, stop, code, flow);
  if ((flow.stage & AUTH_PLAIN) !== 0) {
    flow.stage &= ~AUTH_PLAIN;
    setPlainUser(flow, SMTP_USER, octets, offset, stop);
  } else if ((flow.stage & AUTH_LOGIN) !== 0) {
    flow.stage &= ~AUTH_LOGIN;
    setBase64(flow, SMTP_USER, octets, offset, stop);
  } else {
    readCommand(octets, offset, stop, taken, flow);
  }
  return MATCH;
}

function readReply(
  octets: Uint8Array,
  offset: number,
  stop: number,
  code: number,
  flow: FlowContext,
): Outcome {
  if ((flow.stage & GREETED) === 0) {
    flow.stage |= GREETED;
    if (code === 220) flow.text(SMTP_BANNER, octets, Math.min(stop, offset + 4), stop);
  }
  flow.set(SMTP_REPLY_CODE, code);
  if (isReplyContinued(octets, offset, stop)) return MATCH;
  if (code >= 400) flow.stage = (flow.stage | REFUSED) & ~(AUTH_PLAIN | AUTH_LOGIN);
  else flow.stage &= ~REFUSED;
  if ((flow.stage & STARTTLS_SENT) !== 0) {
    flow.stage &= ~STARTTLS_SENT;
    if (code === 220) return flow.become("tls");
  }
  return MATCH;
}

function readCommand(
  octets: Uint8Array,
  start: number,
  stop: number,
  taken: number,
  flow: FlowContext,
): void {
  if (
    isWord(octets, start, stop, "ehlo") ||
    isWord(octets, start, stop, "helo") ||
    isWord(octets, start, stop, "lhlo")
  ) {
    flow.text(SMTP_HELO, octets, skipSpaces(octets, start + 4, stop), stop);
  } else if (startsWithNoCase(octets, start, stop, "mail from:")) {
    setPath(octets, start + 10, stop, flow, false);
  } else if (startsWithNoCase(octets, start, stop, "rcpt to:")) {
    setPath(octets, start + 8, stop, flow, true);
  } else if (isWord(octets, start, stop, "data")) {
    flow.stage = (flow.stage | (DATA << flow.direction)) & ~REFUSED;
  } else if (isWord(octets, start, stop, "bdat")) {
    flow.consume(taken + chunkSize(octets, start + 5, stop));
  } else if (isWord(octets, start, stop, "starttls")) {
    flow.stage |= STARTTLS_SENT;
  } else if (isWord(octets, start, stop, "auth")) {
    readAuth(octets, skipSpaces(octets, start + 4, stop), stop, flow);
  }
}

/** AUTH, RFC 4954 §4: a mechanism, and perhaps its first message. */
function readAuth(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  const word = wordStop(octets, start, stop);
  flow.text(SMTP_AUTH_MECHANISM, octets, start, word);
  const initial = skipSpaces(octets, word, stop);
  if (isWord(octets, start, stop, "plain")) {
    flow.report(SMTP_CLEARTEXT_CREDENTIALS);
    if (initial < stop) setPlainUser(flow, SMTP_USER, octets, initial, stop);
    else flow.stage |= AUTH_PLAIN;
  } else if (isWord(octets, start, stop, "login")) {
    flow.report(SMTP_CLEARTEXT_CREDENTIALS);
    if (initial < stop) setBase64(flow, SMTP_USER, octets, initial, stop);
    else flow.stage |= AUTH_LOGIN;
  }
}

/** A path, RFC 5321 §4.1.2: what stands between angle brackets, or the first word where they are left out. */
function setPath(
  octets: Uint8Array,
  start: number,
  stop: number,
  flow: FlowContext,
  isForward: boolean,
): void {
  const from = skipSpaces(octets, start, stop);
  const bracket = u8(octets, from) === 0x3c && from < stop;
  const closing = bracket ? indexOfOctet(octets, 0x3e, from, stop) : wordStop(octets, from, stop);
  flow.text(isForward ? SMTP_TO : SMTP_FROM, octets, bracket ? from + 1 : from, closing < 0 ? stop : closing);
}

/** Octets after BDAT's size, RFC 3030 §2. */
function chunkSize(octets: Uint8Array, start: number, stop: number): number {
  let size = 0;
  for (let index = start; index < stop && index < start + 10; index += 1) {
    const digit = u8(octets, index) - 0x30;
    if (digit < 0 || digit > 9) break;
    size = size * 10 + digit;
  }
  return size;
}

/** Lines of a message, up to the one that is a single dot (RFC 5321 §4.1.1.4). */
function readMessage(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if ((flow.stage & REFUSED) !== 0) {
    // The server did not take DATA: what comes is the next command.
    flow.stage &= ~((DATA << flow.direction) | REFUSED);
    return read(octets, offset, end, flow);
  }
  let at = offset;
  for (;;) {
    const lineFeed = indexOfOctet(octets, 0x0a, at, end);
    if (lineFeed < 0) break;
    const isDot = u8(octets, at) === 0x2e && lineStop(octets, at, lineFeed) === at + 1;
    at = lineFeed + 1;
    if (isDot) {
      flow.stage &= ~(DATA << flow.direction);
      break;
    }
  }
  if (at === offset && end - offset >= DATA_LINE_OCTETS_MAX) at = end;
  flow.consume(at - offset);
  return MATCH;
}
