import { Malformed } from "@palisade/base";
import { startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { setPlainUser } from "../sasl.js";
import { startTls } from "../starttls.js";
import {
  isWord,
  LINE_NOT_TEXT,
  LINE_OPEN,
  lineStop,
  skipSpaces,
  textLine,
  wordAmong,
  wordStop,
} from "../text-line.js";

/** Text of the server's greeting. */
export const IMAP_BANNER = attribute("imap.banner", "text");
/** Commands, in upper case. */
export const IMAP_COMMAND = attribute("imap.command", "text", { many: true });
/** User of LOGIN or of AUTHENTICATE PLAIN. */
export const IMAP_USER = attribute("imap.user", "text");
/** What the server says it can, with the first CAPABILITY response. */
export const IMAP_CAPABILITY = attribute("imap.capability", "text");

/** A line with control characters, or beyond every bound. */
export const IMAP_LINE_INVALID = new Malformed("imap.line-invalid");

export const IMAP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "imap.cleartext-credentials",
  severity: "medium",
  title: "A mail client logs in with its password in clear",
};

const TAG_OCTETS_MAX = 24;
const LITERAL_DIGITS_MAX = 10;

// Bits of `stage`.
const RECOGNISED = 1;
const BANNER_READ = 2;
const STARTTLS_SENT = 4;
const AUTH_PLAIN = 8;

/** Commands of RFC 9051 §6 and of common extensions. */
const COMMANDS: readonly string[] = [
  "capability",
  "noop",
  "logout",
  "starttls",
  "authenticate",
  "login",
  "enable",
  "select",
  "examine",
  "create",
  "delete",
  "rename",
  "subscribe",
  "unsubscribe",
  "list",
  "lsub",
  "namespace",
  "status",
  "append",
  "idle",
  "close",
  "unselect",
  "expunge",
  "search",
  "fetch",
  "store",
  "copy",
  "move",
  "uid",
  "check",
  "id",
  "compress",
  "getquotaroot",
  "xlist",
];
/** Commands that a client can open with, and that no other protocol has behind a tag. */
const OPENING: readonly string[] = [
  "capability",
  "starttls",
  "authenticate",
  "login",
  "namespace",
  "id",
  "uid",
];

export const imap: Protocol = {
  name: "imap",
  title: "Internet Message Access Protocol",
  spec: "RFC 9051, RFC 3501",
  category: "mail",
  attributes: [IMAP_BANNER, IMAP_COMMAND, IMAP_USER, IMAP_CAPABILITY],
  malformed: [IMAP_LINE_INVALID],
  findings: [IMAP_CLEARTEXT_CREDENTIALS],
  recognises:
    'A greeting "* OK", "* PREAUTH", "* BYE" or "* CAPABILITY IMAP4", or a tag with a digit, followed by a command that clients open with.',
  omits: "Mailbox names, messages, and what follows COMPRESS.",
  stream: {
    ports: [143, 220],
    firstOctets: Array.from({ length: 128 }, (_, octet) => octet).filter((octet) =>
      /[*.0-9A-Za-z]/.test(String.fromCharCode(octet)),
    ),
    dissect(octets, offset, end, flow) {
      if ((flow.stage & RECOGNISED) === 0) {
        const outcome = recognise(octets, offset, end);
        if (outcome !== MATCH) return outcome;
        flow.stage = RECOGNISED;
      }
      return read(octets, offset, end, flow);
    },
  },
};

function recognise(octets: Uint8Array, offset: number, end: number): Outcome {
  const isUntagged = u8(octets, offset) === 0x2a;
  if (!isUntagged && end > offset) {
    const tag = tagStop(octets, offset, end);
    if (tag < 0) return NO;
  }
  const lineFeed = textLine(octets, offset, end);
  if (lineFeed === LINE_NOT_TEXT) return NO;
  if (lineFeed === LINE_OPEN) return MORE;
  const stop = lineStop(octets, offset, lineFeed);
  if (isUntagged) {
    return isWord(octets, offset, stop, "* ok") ||
      isWord(octets, offset, stop, "* preauth") ||
      startsWithNoCase(octets, offset, stop, "* bye ") ||
      startsWithNoCase(octets, offset, stop, "* capability imap4")
      ? MATCH
      : NO;
  }
  const tag = tagStop(octets, offset, stop);
  if (tag <= offset || tag >= stop || !isCounter(octets, offset, tag)) return NO;
  return wordAmong(octets, tag + 1, stop, OPENING) === undefined ? NO : MATCH;
}

/** Index of the blank after a tag (RFC 9051 §2.2.1), `end` where it may still come, -1 where the octets are no tag. */
function tagStop(octets: Uint8Array, offset: number, end: number): number {
  const stop = Math.min(end, offset + TAG_OCTETS_MAX);
  for (let index = offset; index < stop; index += 1) {
    const octet = u8(octets, index);
    if (octet === 0x20) return index > offset ? index : -1;
    const isTag =
      (octet >= 0x30 && octet <= 0x39) ||
      (octet >= 0x41 && octet <= 0x5a) ||
      (octet >= 0x61 && octet <= 0x7a) ||
      octet === 0x2e ||
      octet === 0x2d ||
      octet === 0x5f;
    if (!isTag) return -1;
  }
  return stop === end ? end : -1;
}

/** Whether a tag is what clients make: one character, or some with a digit among them that counts. */
function isCounter(octets: Uint8Array, start: number, stop: number): boolean {
  if (stop - start === 1) return true;
  for (let index = start; index < stop; index += 1) {
    if (u8(octets, index) >= 0x30 && u8(octets, index) <= 0x39) return true;
  }
  return false;
}

function read(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const tls = startTls(octets, offset, end, flow, STARTTLS_SENT);
  if (tls !== undefined) return tls;
  const lineFeed = textLine(octets, offset, end);
  if (lineFeed === LINE_NOT_TEXT) return IMAP_LINE_INVALID;
  if (lineFeed === LINE_OPEN) return MATCH;
  const stop = lineStop(octets, offset, lineFeed);
  flow.consume(lineFeed + 1 - offset + literalOctets(octets, offset, stop));
  if ((flow.stage & AUTH_PLAIN) !== 0 && flow.direction === 0) {
    flow.stage &= ~AUTH_PLAIN;
    setPlainUser(flow, IMAP_USER, octets, offset, stop);
    return MATCH;
  }
  const tag = wordStop(octets, offset, stop);
  const after = skipSpaces(octets, tag, stop);
  if (tag === offset + 1 && u8(octets, offset) === 0x2a) {
    if ((flow.stage & BANNER_READ) === 0) {
      flow.stage |= BANNER_READ;
      if (isWord(octets, after, stop, "ok") || isWord(octets, after, stop, "preauth")) {
        flow.text(IMAP_BANNER, octets, skipSpaces(octets, wordStop(octets, after, stop), stop), stop);
      }
    }
    if (isWord(octets, after, stop, "capability")) {
      flow.text(IMAP_CAPABILITY, octets, skipSpaces(octets, after + 10, stop), stop);
    }
    return MATCH;
  }
  if (isWord(octets, after, stop, "ok")) {
    if ((flow.stage & STARTTLS_SENT) === 0) return MATCH;
    flow.stage &= ~STARTTLS_SENT;
    return flow.become("tls");
  }
  if (isWord(octets, after, stop, "no") || isWord(octets, after, stop, "bad")) {
    flow.stage &= ~STARTTLS_SENT;
    return MATCH;
  }
  const command = wordAmong(octets, after, stop, COMMANDS);
  if (command !== undefined) readCommand(octets, after + command.length, stop, command, flow);
  return MATCH;
}

function readCommand(
  octets: Uint8Array,
  start: number,
  stop: number,
  command: string,
  flow: FlowContext,
): void {
  flow.set(IMAP_COMMAND, command.toUpperCase());
  const argument = skipSpaces(octets, start, stop);
  if (command === "login") {
    flow.report(IMAP_CLEARTEXT_CREDENTIALS);
    if (u8(octets, argument) === 0x22 && argument < stop) {
      let closing = argument + 1;
      while (closing < stop && u8(octets, closing) !== 0x22) closing += u8(octets, closing) === 0x5c ? 2 : 1;
      flow.text(IMAP_USER, octets, argument + 1, Math.min(closing, stop));
    } else if (argument < stop && u8(octets, argument) !== 0x7b) {
      flow.text(IMAP_USER, octets, argument, wordStop(octets, argument, stop));
    }
  } else if (command === "authenticate" && isWord(octets, argument, stop, "plain")) {
    flow.report(IMAP_CLEARTEXT_CREDENTIALS);
    const initial = skipSpaces(octets, argument + 5, stop);
    if (initial < stop) setPlainUser(flow, IMAP_USER, octets, initial, stop);
    else flow.stage |= AUTH_PLAIN;
  } else if (command === "starttls") {
    flow.stage |= STARTTLS_SENT;
  }
}

/** Octets of the literal that a line announces at its end, `{42}` or `{42+}` (RFC 9051 §4.3); 0 without. */
function literalOctets(octets: Uint8Array, start: number, stop: number): number {
  if (stop - start < 3 || u8(octets, stop - 1) !== 0x7d) return 0;
  let index = stop - 2;
  if (u8(octets, index) === 0x2b) index -= 1;
  let value = 0;
  let scale = 1;
  for (let digits = 0; digits < LITERAL_DIGITS_MAX && index > start; digits += 1, index -= 1) {
    const octet = u8(octets, index);
    if (octet === 0x7b) return value;
    if (octet < 0x30 || octet > 0x39) return 0;
    value += (octet - 0x30) * scale;
    scale *= 10;
  }
  return u8(octets, index) === 0x7b ? value : 0;
}
