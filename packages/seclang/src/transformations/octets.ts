/** What transformations share: sets of octets, hexadecimal digits, white space. */
import { u8 } from "@palisade/wire";

/** How many octets there are. */
const OCTETS = 256;

/** What a hexadecimal digit stands for; `NOT_HEX` for every other octet. */
const HEX_VALUES = new Uint8Array(OCTETS).fill(0xff);
const NOT_HEX = 0xff;
const HEX_DIGITS = bytesOf("0123456789abcdef");
HEX_DIGITS.forEach((digit, value) => {
  HEX_VALUES[digit] = value;
  if (value > 9) HEX_VALUES[digit - 0x20] = value;
});

/** A text's octets: each character U+0000 … U+00FF stands for one. */
export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text, "latin1"));
}

/** The set of a text's octets (each character U+0000 … U+00FF stands for one): 256 flags. */
export function octetsOf(text: string): Uint8Array {
  const set = new Uint8Array(OCTETS);
  for (const octet of bytesOf(text)) set[octet] = 1;
  return set;
}

/** The set of the octets that `has` says yes to: 256 flags. */
export function octetsWhere(has: (octet: number) => boolean): Uint8Array {
  return new Uint8Array(OCTETS).map((_, octet) => (has(octet) ? 1 : 0));
}

/** A to Z, a to z or 0 to 9. */
export function isAlphanumeric(octet: number): boolean {
  const folded = octet | 0x20;
  return (folded >= 0x61 && folded <= 0x7a) || (octet >= 0x30 && octet <= 0x39);
}

/** White space of the C locale: space, `\t`, `\n`, `\v`, `\f`, `\r`. */
export function isSpace(octet: number): boolean {
  return octet === 0x20 || (octet >= 0x09 && octet <= 0x0d);
}

export function isHex(octet: number): boolean {
  return u8(HEX_VALUES, octet) !== NOT_HEX;
}

/** What the hexadecimal digit `octets[index]` stands for; the caller knows that it is one. */
export function hexAt(octets: Uint8Array, index: number): number {
  return u8(HEX_VALUES, u8(octets, index));
}

/** Whether `octets[index … index + digits)` ends by `end` and is all hexadecimal digits. */
export function areHex(octets: Uint8Array, index: number, digits: number, end: number): boolean {
  if (end - index < digits) return false;
  for (let i = index; i < index + digits; i++) if (!isHex(u8(octets, i))) return false;
  return true;
}

/** What the hexadecimal digits `octets[index … index + digits)` stand for, at most six; the caller knows that they are digits. */
export function hexNumber(octets: Uint8Array, index: number, digits: number): number {
  let value = 0;
  for (let i = index; i < index + digits; i++) value = (value << 4) | hexAt(octets, i);
  return value;
}

/** Writes an octet as two hexadecimal digits in lower case. */
export function putHex(out: Uint8Array, at: number, octet: number): void {
  out[at] = u8(HEX_DIGITS, octet >> 4);
  out[at + 1] = u8(HEX_DIGITS, octet & 0x0f);
}

/** The hexadecimal digit, in lower case, of 0 … 15. */
export function hexDigit(value: number): number {
  return u8(HEX_DIGITS, value);
}

/**
 * One octet for a code point, as jsDecode, cssDecode and urlDecodeUni are documented: the full-width forms of ASCII, U+FF01 to U+FF5E,
 * become the ASCII that they look like; of all others the lowest octet is left.
 */
export function narrow(codePoint: number): number {
  const low = codePoint & 0xff;
  return codePoint >= 0xff01 && codePoint <= 0xff5e ? low + 0x20 : low;
}

/** Copies `octets[start … end)` to `out` and returns how many there are. */
export function copy(octets: Uint8Array, start: number, end: number, out: Uint8Array, at: number): number {
  for (let i = start, to = at; i < end; i++, to++) out[to] = u8(octets, i);
  return end - start;
}

/** `bytesMax` of what never makes a value longer. */
export function sameBytes(bytes: number): number {
  return bytes;
}
