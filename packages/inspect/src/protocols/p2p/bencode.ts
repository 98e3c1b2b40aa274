/**
 * Bencoding (BEP 3), as BitTorrent's DHT (BEP 5) and extensions send it: validated in place, without recursion.
 */
import { u8 } from "@palisade/wire";

/** Lists and dictionaries inside each other; deeper is refused. */
export const BENCODE_DEPTH_MAX = 16;

const DICTIONARY = 0x64;
const LIST = 0x6c;
const INTEGER = 0x69;
const END = 0x65;
const COLON = 0x3a;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;

/** Where the string at `at` has its first octet, and past its last: written by `readString`. */
const found = { start: 0, stop: 0 };

/** Reads `4:spam` at `at` into `found`; false where there is no such string before `end`. */
function readString(octets: Uint8Array, at: number, end: number): boolean {
  let length = 0;
  let index = at;
  while (index < end && index - at < 6 && isDigit(u8(octets, index))) {
    length = length * 10 + u8(octets, index) - DIGIT_0;
    index += 1;
  }
  if (index === at || index >= end || u8(octets, index) !== COLON) return false;
  if (length > end - index - 1) return false;
  found.start = index + 1;
  found.stop = index + 1 + length;
  return true;
}

function isDigit(octet: number): boolean {
  return octet >= DIGIT_0 && octet <= 0x39;
}

/**
 * Index after the one value that begins at `at`, or -1 where there is none that ends by `end`. Keys of dictionaries are
 * strings; their order is not checked, since programs send them unordered.
 */
export function bencodeEnd(octets: Uint8Array, at: number, end: number): number {
  let depth = 0;
  /** A bit per depth: it is a dictionary; and: its next string is a key. */
  let dictionaries = 0;
  let keyNext = 0;
  let index = at;
  while (index < end) {
    const octet = u8(octets, index);
    const bit = 1 << depth;
    const isKey = depth > 0 && (dictionaries & bit) !== 0 && (keyNext & bit) !== 0;
    if (isKey && octet !== END && !isDigit(octet)) return -1;
    if (octet === END) {
      if (depth === 0) return -1;
      // A key without a value.
      if ((dictionaries & bit) !== 0 && (keyNext & bit) === 0) return -1;
      depth -= 1;
      index += 1;
    } else if (octet === DICTIONARY || octet === LIST) {
      depth += 1;
      if (depth > BENCODE_DEPTH_MAX) return -1;
      const inner = 1 << depth;
      dictionaries = octet === DICTIONARY ? dictionaries | inner : dictionaries & ~inner;
      keyNext |= inner;
      index += 1;
      continue;
    } else if (octet === INTEGER) {
      index += 1;
      if (index < end && u8(octets, index) === MINUS) index += 1;
      const digits = index;
      while (index < end && isDigit(u8(octets, index))) index += 1;
      if (index === digits || index >= end || u8(octets, index) !== END) return -1;
      index += 1;
    } else {
      if (!readString(octets, index, end)) return -1;
      index = found.stop;
    }
    // One value of the enclosing container is whole: in a dictionary, keys and values take turns.
    if (depth === 0) return index;
    keyNext ^= 1 << depth;
  }
  return -1;
}

/**
 * Index of the value of `key` in the valid dictionary at `at`, or -1. Only this dictionary is searched, not those in it.
 */
export function bencodeValue(octets: Uint8Array, at: number, end: number, key: string): number {
  let index = at + 1;
  while (index < end && u8(octets, index) !== END) {
    if (!readString(octets, index, end)) return -1;
    const { start, stop } = found;
    if (stop - start === key.length && sameText(octets, start, key)) return stop;
    index = bencodeEnd(octets, stop, end);
    if (index < 0) return -1;
  }
  return -1;
}

/** First octet of the string at `at`, or -1 where the value is none. */
export function bencodeStringStart(octets: Uint8Array, at: number, end: number): number {
  return at >= 0 && readString(octets, at, end) ? found.start : -1;
}

/** Index past the last octet of the string at `at`, or -1. */
export function bencodeStringStop(octets: Uint8Array, at: number, end: number): number {
  return at >= 0 && readString(octets, at, end) ? found.stop : -1;
}

function sameText(octets: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (octets[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}
