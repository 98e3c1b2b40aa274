import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

/** Facilities: 0 kernel, 1 user, 2 mail, 3 system daemons, 4 security … 16 to 23 local (RFC 5424 §6.2.1). */
export const SYSLOG_FACILITY = attribute("syslog.facility", "number", { many: true });
/** Severities: 0 emergency … 7 debug. */
export const SYSLOG_SEVERITY = attribute("syslog.severity", "number", { many: true });
/** Hosts that the messages name as their origin. */
export const SYSLOG_HOST = attribute("syslog.host", "text", { many: true });
/** Programs that the messages come from. */
export const SYSLOG_APPLICATION = attribute("syslog.application", "text", { many: true });

/** A priority above 191, or with a leading zero (RFC 5424 §6.2.1). */
export const SYSLOG_PRIORITY_WRONG = new Malformed("syslog.priority-wrong");
/** A stream message without an end in sight. */
export const SYSLOG_MESSAGE_TOO_LONG = new Malformed("syslog.message-too-long");

const PORTS: readonly number[] = [514, 601];
const PORT_SYSLOG = 514;
const PRIORITY_MAX = 191;
/** Octets of a message in which its header ends, in every format. */
const HEADER_BYTES_MAX = 512;
/** Octets after the priority that tell a format by. */
const FORMAT_BYTES = 34;
const STREAM_MESSAGE_MAX = 8_192;
/** Digits of an octet count, RFC 6587 §3.4.1. */
const COUNT_DIGITS_MAX = 5;
const LESS = 0x3c;
const GREATER = 0x3e;
const BLANK = 0x20;
const COLON = 0x3a;
const BRACKET = 0x5b;
const HYPHEN = 0x2d;
const LF = 0x0a;
const ZERO = 0x30;
const NINE = 0x39;
const MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec";

const FORMAT_NONE = 0;
/** RFC 5424 §6.2: version 1 and a blank. */
const FORMAT_5424 = 1;
/** RFC 3164 §4.1.2: `Mmm dd hh:mm:ss`. */
const FORMAT_3164 = 2;
/** The layout of RFC 3164 with the time of RFC 3339, which rsyslog and syslog-ng send when told to. */
const FORMAT_3339 = 3;
/** What network devices send behind the priority: a count, or a date by name; neither host nor program stands in a known place. */
const FORMAT_VENDOR = 4;
const TIME_BYTES = 15;
const YEAR_BYTES = 5;
const SEQUENCE_DIGITS_MAX = 10;
const FORTIOS_DATE = "date=20";
const ASTERISK = 0x2a;
const DOT = 0x2e;
const PERCENT = 0x25;

export const syslog: Protocol = {
  name: "syslog",
  title: "Syslog",
  spec: "RFC 5424, RFC 3164, RFC 6587 (TCP)",
  category: "management",
  attributes: [SYSLOG_FACILITY, SYSLOG_SEVERITY, SYSLOG_HOST, SYSLOG_APPLICATION],
  malformed: [SYSLOG_PRIORITY_WRONG, SYSLOG_MESSAGE_TOO_LONG],
  recognises:
    "A priority of 0 to 191 in angle brackets, then on any port a version 1 header, a time stamp, or the count or date that network devices send; on port 514 any text.",
  omits: "The text of messages, structured data, and messages with neither priority nor octet count.",
  datagram: {
    ports: PORTS,
    firstOctets: [LESS],
    dissect(octets, offset, end, flow) {
      const header = afterPriority(octets, offset, end);
      if (header === 0) return NO;
      if (header < 0) return SYSLOG_PRIORITY_WRONG;
      const format = formatOf(octets, header, end);
      if (format === FORMAT_NONE && !isPlainOnPort(octets, header, end, flow)) return NO;
      readHeader(octets, offset, header, end, format, flow);
      return MATCH;
    },
  },
  stream: {
    ports: PORTS,
    firstOctets: [LESS, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, NINE],
    dissect(octets, offset, end, flow) {
      const start = afterCount(octets, offset, end);
      if (start < 0) return NO;
      if (start >= end) return incomplete(flow);
      const count = start === offset ? 0 : countOf(octets, offset, start - 1);
      return readStream(octets, offset, start, count, end, flow);
    },
  },
};

/** Index of the message behind an octet count and blank, `offset` without one, `end` where that cannot be told; -1 for neither. */
function afterCount(octets: Uint8Array, offset: number, end: number): number {
  if (u8(octets, offset) === LESS) return offset;
  let index = offset;
  while (index < end && index - offset <= COUNT_DIGITS_MAX && isDigit(u8(octets, index))) index += 1;
  if (index === end) return index - offset > COUNT_DIGITS_MAX ? -1 : end;
  if (index === offset || u8(octets, offset) === ZERO || u8(octets, index) !== BLANK) return -1;
  return index + 1;
}

function countOf(octets: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let index = start; index < end; index += 1) count = count * 10 + u8(octets, index) - ZERO;
  return count;
}

function readStream(
  octets: Uint8Array,
  offset: number,
  start: number,
  count: number,
  end: number,
  flow: FlowContext,
): Outcome {
  if (u8(octets, start) !== LESS) return NO;
  // A message ends where its count says, else with its line; until then its header is enough for a verdict.
  const lineFeed =
    count > 0 ? -1 : indexOfOctet(octets, LF, start, Math.min(end, start + STREAM_MESSAGE_MAX));
  const stop = count > 0 ? start + count : lineFeed;
  const isWhole = stop >= 0 && stop <= end;
  const limit = stop >= 0 ? Math.min(stop, end) : end;
  const header = afterPriority(octets, start, limit);
  const needsMore = !isWhole && limit - start < FORMAT_BYTES + 5;
  if (header === 0) return needsMore ? incomplete(flow) : NO;
  if (header < 0) return SYSLOG_PRIORITY_WRONG;
  if (needsMore) return incomplete(flow);
  const format = formatOf(octets, header, limit);
  if (flow.stage === 0 && format === FORMAT_NONE && !isPlainOnPort(octets, header, header + 1, flow))
    return NO;
  flow.stage = 1;
  if (!isWhole && limit - start < HEADER_BYTES_MAX) return MATCH;
  readHeader(octets, start, header, Math.min(limit, start + HEADER_BYTES_MAX), format, flow);
  if (count > 0) flow.consume(stop - offset);
  else if (lineFeed >= 0) flow.consume(lineFeed + 1 - offset);
  else if (end - start >= STREAM_MESSAGE_MAX) return SYSLOG_MESSAGE_TOO_LONG;
  return MATCH;
}

function isDigit(octet: number): boolean {
  return octet >= ZERO && octet <= NINE;
}

/** Index behind `<PRI>`; 0 where there is none before `end`, -1 where its value is wrong. */
function afterPriority(octets: Uint8Array, offset: number, end: number): number {
  if (end - offset < 3 || u8(octets, offset) !== LESS) return 0;
  let index = offset + 1;
  let priority = 0;
  while (index < end && index < offset + 4 && isDigit(u8(octets, index))) {
    priority = priority * 10 + u8(octets, index) - ZERO;
    index += 1;
  }
  if (index === offset + 1 || index >= end || u8(octets, index) !== GREATER) return 0;
  if (priority > PRIORITY_MAX || (u8(octets, offset + 1) === ZERO && index > offset + 2)) return -1;
  return index + 1;
}

function formatOf(octets: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return FORMAT_NONE;
  const first = u8(octets, at);
  const isVersion1 = first === 0x31 && u8(octets, at + 1) === BLANK;
  if (isVersion1 && (isTime3339(octets, at + 2, end) || u8(octets, at + 2) === HYPHEN)) return FORMAT_5424;
  if (isTime3339(octets, at, end)) return FORMAT_3339;
  if (time3164Bytes(octets, at, end) > 0) return FORMAT_3164;
  return isSequence(octets, at, end) || startsWith(octets, at, end, FORTIOS_DATE)
    ? FORMAT_VENDOR
    : FORMAT_NONE;
}

/** `2003-10-11T22:14:15`. */
function isTime3339(octets: Uint8Array, at: number, end: number): boolean {
  if (end - at < 11) return false;
  for (let index = 0; index < 10; index += 1) {
    const octet = u8(octets, at + index);
    if (index === 4 || index === 7 ? octet !== HYPHEN : !isDigit(octet)) return false;
  }
  return u8(octets, at + 10) === 0x54;
}

/** `29: `, the count that Cisco's devices send, then perhaps a mark and a time, or `%` and the kind of message. */
function isSequence(octets: Uint8Array, at: number, end: number): boolean {
  let index = at;
  while (index < end && index - at < SEQUENCE_DIGITS_MAX && isDigit(u8(octets, index))) index += 1;
  if (index === at || end - index < 4 || u8(octets, index) !== COLON || u8(octets, index + 1) !== BLANK)
    return false;
  let mark = index + 2;
  if (u8(octets, mark) === ASTERISK || u8(octets, mark) === DOT) mark += 1;
  return u8(octets, mark) === PERCENT || time3164Bytes(octets, mark, end) > 0;
}

/** Octets of `Oct 11 22:14:15`, the day padded with a blank, or with a year behind the day; 0 where neither stands there. */
function time3164Bytes(octets: Uint8Array, at: number, end: number): number {
  if (end - at < TIME_BYTES) return 0;
  let month = "";
  for (let index = 0; index < 3; index += 1) month += String.fromCharCode(u8(octets, at + index) | 0x20);
  if (MONTHS.indexOf(month) % 3 !== 0) return 0;
  const day = u8(octets, at + 4);
  const isDay =
    u8(octets, at + 3) === BLANK &&
    (day === BLANK || isDigit(day)) &&
    isDigit(u8(octets, at + 5)) &&
    u8(octets, at + 6) === BLANK;
  if (!isDay || !isDigit(u8(octets, at + 7)) || !isDigit(u8(octets, at + 8))) return 0;
  if (u8(octets, at + 9) === COLON) return u8(octets, at + 12) === COLON ? TIME_BYTES : 0;
  const isYear =
    end - at >= TIME_BYTES + YEAR_BYTES &&
    isDigit(u8(octets, at + 9)) &&
    isDigit(u8(octets, at + 10)) &&
    u8(octets, at + 11) === BLANK;
  return isYear && u8(octets, at + 14) === COLON && u8(octets, at + 17) === COLON
    ? TIME_BYTES + YEAR_BYTES
    : 0;
}

/** RFC 3164 §4.3.3: anything may follow the priority; on the port of syslog a first letter is believed. */
function isPlainOnPort(octets: Uint8Array, header: number, end: number, flow: FlowContext): boolean {
  if (flow.destinationPort !== PORT_SYSLOG && flow.sourcePort !== PORT_SYSLOG) return false;
  return header < end && u8(octets, header) >= BLANK && u8(octets, header) !== 0x7f;
}

/** Reads priority, host and program of the message whose priority is at `start` and whose header is at `header`. */
function readHeader(
  octets: Uint8Array,
  start: number,
  header: number,
  end: number,
  format: number,
  flow: FlowContext,
): void {
  const priority = countOf(octets, start + 1, header - 1);
  flow.set(SYSLOG_FACILITY, priority >>> 3);
  flow.set(SYSLOG_SEVERITY, priority & 0b111);
  if (format === FORMAT_NONE || format === FORMAT_VENDOR) return;
  let at = header;
  if (format === FORMAT_5424) at = wordEnd(octets, wordEnd(octets, at, end) + 1, end) + 1;
  else if (format === FORMAT_3339) at = wordEnd(octets, at, end) + 1;
  else at += time3164Bytes(octets, at, end) + 1;
  const hostEnd = wordEnd(octets, at, end);
  if (hostEnd >= end) return;
  const program = hostEnd + 1;
  if (format !== FORMAT_5424 && octets[hostEnd - 1] === COLON) {
    // No host: `Oct 11 22:14:15 su: text`, as local daemons write it.
    setProgram(octets, at, hostEnd, flow);
    return;
  }
  if (hostEnd > at && !isNil(octets, at, hostEnd)) flow.text(SYSLOG_HOST, octets, at, hostEnd);
  setProgram(octets, program, wordEnd(octets, program, end), flow);
}

/** The program without process identifier and colon: `sshd[812]:`. */
function setProgram(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let stop = start;
  while (stop < end && u8(octets, stop) !== BRACKET && u8(octets, stop) !== COLON) stop += 1;
  if (stop > start && !isNil(octets, start, stop)) flow.text(SYSLOG_APPLICATION, octets, start, stop);
}

/** RFC 5424 §6: a lone hyphen stands for no value. */
function isNil(octets: Uint8Array, start: number, end: number): boolean {
  return end - start === 1 && u8(octets, start) === HYPHEN;
}

function wordEnd(octets: Uint8Array, at: number, end: number): number {
  if (at >= end) return end;
  const blank = indexOfOctet(octets, BLANK, at, end);
  return blank === -1 ? end : blank;
}
