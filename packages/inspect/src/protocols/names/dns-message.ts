/**
 * The message format that DNS, multicast DNS, LLMNR and the NetBIOS name service share: RFC 1035 §4.1.
 *
 * Walks return the index after what they walked over, or one of the negative `NAME_` and `RECORD_` codes: numbers, so
 * that nothing is allocated and each protocol can answer with a `Malformed` of its own name.
 */
import { u8, u16 } from "@palisade/wire";
import { decodeText } from "../../flow-context.js";

export const DNS_HEADER_BYTES = 12;
/** Type and class after the name of a question. */
const QUESTION_FIXED_BYTES = 4;
/** Type, class, TTL and length of data after the name of a record (RFC 1035 §4.1.3). */
const RECORD_FIXED_BYTES = 10;

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

/** Walks over the record at `at`, and over the name that is its data where the type says so. */
function skipRecord(octets: Uint8Array, message: number, at: number, end: number): number {
  const fixed = skipName(octets, message, at, end);
  if (fixed < 0) return fixed;
  const data = fixed + RECORD_FIXED_BYTES;
  if (data > end) return RECORD_TRUNCATED;
  const after = data + u16(octets, fixed + 8);
  if (after > end) return RECORD_TRUNCATED;
  const type = u16(octets, fixed);
  // An update deletes with records that have no data (RFC 2136 §2.5.2).
  if ((type === TYPE_CNAME || type === TYPE_PTR || type === TYPE_NS) && after > data) {
    const name = skipName(octets, message, data, after);
    if (name < 0) return name;
  }
  return after;
}

/** Walks over `count` records from `at`; every record takes at least 11 octets, so the octets bound the work. */
export function skipRecords(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
): number {
  let index = at;
  for (let record = 0; record < count; record += 1) {
    index = skipRecord(octets, message, index, end);
    if (index < 0) return index;
  }
  return index;
}

/** Index of the type of the record at `at`, which has been walked over: class, TTL and length of data follow it. */
export function recordFixed(octets: Uint8Array, message: number, at: number, end: number): number {
  return skipName(octets, message, at, end);
}

/** Index of the data of a record whose type is at `fixed`. */
export function recordData(fixed: number): number {
  return fixed + RECORD_FIXED_BYTES;
}

/** Index after the record whose type is at `fixed`. */
export function recordAfter(octets: Uint8Array, fixed: number): number {
  return fixed + RECORD_FIXED_BYTES + u16(octets, fixed + 8);
}
