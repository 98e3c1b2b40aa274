/**
 * The message format that DNS, multicast DNS, LLMNR and the NetBIOS name service share: RFC 1035 §4.1.
 *
 * Walks return the index after what they walked over, or one of the negative `NAME_` and `RECORD_` codes: numbers, so
 * that nothing is allocated and each protocol can answer with a `Malformed` of its own name.
 */
import { formatIpv4, formatIpv6, IPV4_BYTES, IPV6_BYTES, u8, u16 } from "@palisade/wire";
import type { Attribute } from "../../attribute.js";
import { decodeText, type FlowContext } from "../../flow-context.js";

export const DNS_HEADER_BYTES = 12;
/** Type and class after the name of a question. */
const QUESTION_FIXED_BYTES = 4;
/** Type, class, TTL and length of data after the name of a record (RFC 1035 §4.1.3). */
const RECORD_FIXED_BYTES = 10;
/** Priority, weight and port before the target of a service (RFC 2782). */
const SRV_FIXED_BYTES = 6;

/** A name runs past the octets that are there. */
export const NAME_TRUNCATED = -1;
/** A compression pointer that does not lead to an earlier place than the one it is reached from (§4.1.4 "prior occurrence"). */
export const NAME_POINTER_WRONG = -2;
/** More than 255 octets, length octets included (§2.3.4). */
export const NAME_TOO_LONG = -3;
/** A label whose upper bits are 01 or 10: reserved (§4.1.4). */
export const NAME_LABEL_RESERVED = -4;
/** A question or record runs past the octets that are there. */
export const RECORD_TRUNCATED = -5;

export const TYPE_A = 1;
export const TYPE_NS = 2;
export const TYPE_CNAME = 5;
export const TYPE_PTR = 12;
export const TYPE_TXT = 16;
export const TYPE_AAAA = 28;
export const TYPE_SRV = 33;
export const TYPE_OPT = 41;
export const TYPE_IXFR = 251;
export const TYPE_AXFR = 252;
export const CLASS_IN = 1;

const NAME_OCTETS_MAX = 255;
/**
 * Pointers followed in one name. Pointers only lead back, so they cannot loop, but a chain of pointers to pointers could
 * be as long as the message, and each record could run through it; writers of messages need one or two.
 */
const POINTERS_MAX = 64;
const POINTER_BITS = 0b1100_0000;

/**
 * Walks over the name at `at` of the message that starts at `message`, following its pointers.
 *
 * @returns the index after the name where it stands, or `NAME_…`
 */
export function skipName(octets: Uint8Array, message: number, at: number, end: number): number {
  let after = -1;
  let segment = at;
  let index = at;
  let length = 1;
  let pointers = 0;
  for (;;) {
    if (index >= end) return NAME_TRUNCATED;
    const head = u8(octets, index);
    if (head === 0) return after === -1 ? index + 1 : after;
    if ((head & POINTER_BITS) === 0) {
      length += head + 1;
      if (length > NAME_OCTETS_MAX) return NAME_TOO_LONG;
      index += head + 1;
    } else if ((head & POINTER_BITS) === POINTER_BITS) {
      if (index + 2 > end) return NAME_TRUNCATED;
      if (after === -1) after = index + 2;
      const target = message + (u16(octets, index) & 0x3fff);
      pointers += 1;
      if (target >= segment || pointers > POINTERS_MAX) return NAME_POINTER_WRONG;
      segment = target;
      index = target;
    } else {
      return NAME_LABEL_RESERVED;
    }
  }
}

const BACKSLASH = 0x5c;
const DOT = 0x2e;
/** Each of at most 255 octets can become four characters: `\007`. */
const text = new Uint8Array(NAME_OCTETS_MAX * 4);

/**
 * The name at `at` in the presentation form of RFC 1035 §5.1, without the final dot; the root is ".". The name has been
 * walked over by `skipName` before.
 */
export function nameText(octets: Uint8Array, message: number, at: number): string {
  let index = at;
  let length = 0;
  for (let head = u8(octets, index); head !== 0; head = u8(octets, index)) {
    if ((head & POINTER_BITS) === POINTER_BITS) {
      index = message + (u16(octets, index) & 0x3fff);
      continue;
    }
    if (length > 0) text[length++] = DOT;
    const stop = index + 1 + head;
    for (let octet = index + 1; octet < stop; octet += 1) length = putEscaped(u8(octets, octet), length);
    index = stop;
  }
  return length === 0 ? "." : decodeText(text, 0, length);
}

/** Puts one octet of a label into `text` at `length`; returns the new length. */
function putEscaped(octet: number, length: number): number {
  let at = length;
  if (octet === DOT || octet === BACKSLASH) {
    text[at++] = BACKSLASH;
    text[at++] = octet;
  } else if (octet < 0x21 || octet === 0x7f) {
    text[at++] = BACKSLASH;
    text[at++] = 0x30 + Math.trunc(octet / 100);
    text[at++] = 0x30 + (Math.trunc(octet / 10) % 10);
    text[at++] = 0x30 + (octet % 10);
  } else {
    text[at++] = octet;
  }
  return at;
}

/** Walks over `count` questions from `at`. */
export function skipQuestions(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
): number {
  let index = at;
  for (let question = 0; question < count; question += 1) {
    index = skipName(octets, message, index, end);
    if (index < 0) return index;
    index += QUESTION_FIXED_BYTES;
    if (index > end) return RECORD_TRUNCATED;
  }
  return index;
}

/** The record that `readRecord` read last: where its name and its data stand, and what lies between them. */
export const record = { name: 0, type: 0, rrClass: 0, data: 0, after: 0 };

/** Reads the record at `at` into `record` (§4.1.3); returns the index after it. */
export function readRecord(octets: Uint8Array, message: number, at: number, end: number): number {
  const fixed = skipName(octets, message, at, end);
  if (fixed < 0) return fixed;
  const data = fixed + RECORD_FIXED_BYTES;
  if (data > end) return RECORD_TRUNCATED;
  const after = data + u16(octets, fixed + 8);
  if (after > end) return RECORD_TRUNCATED;
  record.name = at;
  record.type = u16(octets, fixed);
  record.rrClass = u16(octets, fixed + 2);
  record.data = data;
  record.after = after;
  return after;
}

/** Whether `record` holds an address: A (§3.4.1) or AAAA (RFC 3596 §2.2). */
export function holdsAddress(): boolean {
  const { type, data, after } = record;
  return (
    (type === TYPE_A && after - data === IPV4_BYTES) || (type === TYPE_AAAA && after - data === IPV6_BYTES)
  );
}

/** Sets `attribute` to the address that `record` holds; false where it holds none. */
export function setAddress(flow: FlowContext, attribute: Attribute<"address">, octets: Uint8Array): boolean {
  if (!holdsAddress()) return false;
  if (flow.wants(attribute)) {
    const { type, data } = record;
    flow.set(attribute, type === TYPE_A ? formatIpv4(octets, data) : formatIpv6(octets, data));
  }
  return true;
}

/** Index of the name that the data of `record` is, or with SRV ends with; -1 where there is none. `skipRecords` has walked over the record. */
export function targetName(octets: Uint8Array, message: number): number {
  const { type, data, after } = record;
  if (isName(type)) return after > data ? data : -1;
  const target = data + SRV_FIXED_BYTES;
  if (type !== TYPE_SRV || target >= after) return -1;
  return skipName(octets, message, target, after) < 0 ? -1 : target;
}

/** Whether data of this type is a name and nothing else. */
function isName(type: number): boolean {
  return type === TYPE_CNAME || type === TYPE_PTR || type === TYPE_NS;
}

/** Walks over `count` records from `at`, and over the names that are their data; every record takes at least 11 octets, so the octets bound the work. */
export function skipRecords(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
): number {
  let index = at;
  for (let left = count; left > 0; left -= 1) {
    index = readRecord(octets, message, index, end);
    if (index < 0) return index;
    // An update deletes with records that have no data (RFC 2136 §2.5.2).
    if (isName(record.type) && record.after > record.data) {
      const name = skipName(octets, message, record.data, record.after);
      if (name < 0) return name;
    }
  }
  return index;
}

/** Whether the code stands for a name that lies, rather than for octets that are missing. */
export function isNameWrong(code: number): boolean {
  return code === NAME_POINTER_WRONG || code === NAME_TOO_LONG || code === NAME_LABEL_RESERVED;
}
