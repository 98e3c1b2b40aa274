/** Classes of octets that the grammar of HTTP is made of: RFC 9110 §5.6, RFC 3986 §2 and §3. */

export const NUL = 0x00;
export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DEL = 0x7f;

/** `tchar`: RFC 9110 §5.6.2. */
export const TOKEN = 1;
/** What a field value has (RFC 9110 §5.5): visible characters, spaces, tabs, and octets above ASCII. */
export const VALUE = 2;
/** Space and tab: RFC 9110 §5.6.3. */
export const BLANK = 4;
/** What a host by name may have: unreserved, sub-delims and percent (RFC 3986 §3.2.2). */
export const REG_NAME = 8;
/** What may stand in the brackets of an IP literal: RFC 3986 §3.2.2. */
export const IP_LITERAL = 16;
/** What a request target may have (RFC 3986 §2.2, §2.3): no fragment. */
export const URI = 32;
/** `#`, which begins a fragment. */
export const FRAGMENT = 64;
/** What is no URI's and frames nothing: neither control nor space. */
export const NO_URI = 128;
/** What a request target goes on with: all but controls and space. */
export const TARGET = 224;
/** CR and LF. */
export const LINE_END = 256;

/** Of each octet, the classes that it is in. */
export const CLASSES: Uint16Array = (() => {
  const table = new Uint16Array(256);
  const put = (characters: string, flag: number) => {
    for (const character of characters) table[character.charCodeAt(0)]! |= flag;
  };
  const alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  put(alphanumeric, TOKEN | REG_NAME | IP_LITERAL | URI);
  put("!#$%&'*+-.^_`|~", TOKEN);
  put("-._~!$&'()*+,;=%", REG_NAME);
  put("-._~!$&'()*+,;=:", IP_LITERAL);
  put("-._~:/?[]@!$&'()*+,;=%", URI);
  put("#", FRAGMENT);
  put(" \t", BLANK | VALUE);
  put("\r\n", LINE_END);
  for (let octet = SP + 1; octet < 256; octet += 1) {
    if (octet === DEL) continue;
    table[octet]! |= VALUE;
    if ((table[octet]! & TARGET) === 0) table[octet]! |= NO_URI;
  }
  return table;
})();

/** Whether an octet is of one of these classes. */
export function is(octet: number, classes: number): boolean {
  return (CLASSES[octet]! & classes) !== 0;
}

/** Where the octets end that are of one of these classes. */
export function spanEnd(octets: Uint8Array, start: number, end: number, classes: number): number {
  const table = CLASSES;
  let at = start;
  while (at < end && (table[octets[at]!]! & classes) !== 0) at += 1;
  return at;
}

/** Where octets end without those at their end that are of one of these classes. */
export function trimmedEnd(octets: Uint8Array, start: number, end: number, classes: number): number {
  const table = CLASSES;
  let at = end;
  while (at > start && (table[octets[at - 1]!]! & classes) !== 0) at -= 1;
  return at;
}

/** Whether octets are a `token`: RFC 9110 §5.6.2. */
export function isToken(octets: Uint8Array, start: number, end: number): boolean {
  return start < end && spanEnd(octets, start, end, TOKEN) === end;
}

/** The value of a hexadecimal digit; 255 for others. */
export const HEX: Uint8Array = (() => {
  const table = new Uint8Array(256).fill(255);
  for (let digit = 0; digit < 16; digit += 1) {
    const text = digit.toString(16);
    table[text.charCodeAt(0)] = digit;
    table[text.toUpperCase().charCodeAt(0)] = digit;
  }
  return table;
})();

export const EMPTY: Uint8Array = new Uint8Array(0);

/** An octet in ASCII lower case. */
export function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

/** Octets of ASCII text. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Whether octets are `name`, which is in lower case, without regard to case. */
export function equalsIgnoringCase(
  octets: Uint8Array,
  start: number,
  end: number,
  name: Uint8Array,
): boolean {
  const length = name.length;
  if (end - start !== length) return false;
  for (let index = 0; index < length; index += 1) {
    if (lower(octets[start + index]!) !== name[index]) return false;
  }
  return true;
}

/** Whether two stretches of the same octets are the same without regard to case. */
export function sameIgnoringCase(
  octets: Uint8Array,
  start: number,
  end: number,
  otherStart: number,
  otherEnd: number,
): boolean {
  if (end - start !== otherEnd - otherStart) return false;
  for (let index = 0; index < end - start; index += 1) {
    if (lower(octets[start + index]!) !== lower(octets[otherStart + index]!)) return false;
  }
  return true;
}

/** One character an octet. */
export function latin1(octets: Uint8Array, start: number, end: number): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1", start, end);
}

/** Octets up to here are copied one by one: below it, making the view that `set` needs costs more. */
const COPY_BYTES = 48;

/** Copies, and gives where the copy ends. */
export function copyOctets(
  octets: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  if (end - start > COPY_BYTES) {
    out.set(octets.subarray(start, end), at);
    return at + end - start;
  }
  let to = at;
  for (let from = start; from < end; from += 1) out[to++] = octets[from]!;
  return to;
}
