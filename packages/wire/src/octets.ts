/**
 * Big-endian reads at an index of a shared buffer, for the packet path: nothing is allocated, and V8 inlines them.
 *
 * The caller has checked that the octets are there. An index past the array reads as 0, never throws: a dissector must
 * compare with its `end` first, because the octets after `end` belong to the next packet.
 *
 * `index | 0` is for speed: V8 compiles a load for small integers, throws the code away when an index comes as a double
 * (7 out of a division, or out of a field that once held 2^32), and does so again each time.
 */
export function u8(octets: Uint8Array, index: number): number {
  return octets[index | 0]! | 0;
}

/** 16 bits, big-endian: 0 … 65,535. */
export function u16(octets: Uint8Array, index: number): number {
  const at = index | 0;
  return (octets[at]! << 8) | octets[at + 1]!;
}

/** 24 bits, big-endian. */
export function u24(octets: Uint8Array, index: number): number {
  const at = index | 0;
  return (octets[at]! << 16) | (octets[at + 1]! << 8) | octets[at + 2]!;
}

/** 32 bits, big-endian, unsigned: 0 … 4,294,967,295. */
export function u32(octets: Uint8Array, index: number): number {
  return (
    ((octets[index]! << 24) | (octets[index + 1]! << 16) | (octets[index + 2]! << 8) | octets[index + 3]!) >>>
    0
  );
}

/** 64 bits, big-endian, as a double: exact up to 2^53, which every length and counter that is compared stays below. */
export function u64(octets: Uint8Array, index: number): number {
  return u32(octets, index) * 0x1_0000_0000 + u32(octets, index + 4);
}

/** 16 bits, little-endian. */
export function u16le(octets: Uint8Array, index: number): number {
  const at = index | 0;
  return octets[at]! | (octets[at + 1]! << 8);
}

/** 24 bits, little-endian. */
export function u24le(octets: Uint8Array, index: number): number {
  const at = index | 0;
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16);
}

/** 32 bits, little-endian, unsigned. */
export function u32le(octets: Uint8Array, index: number): number {
  return (
    (octets[index]! | (octets[index + 1]! << 8) | (octets[index + 2]! << 16) | (octets[index + 3]! << 24)) >>>
    0
  );
}

/** 64 bits, little-endian, as a double: exact up to 2^53. */
export function u64le(octets: Uint8Array, index: number): number {
  return u32le(octets, index + 4) * 0x1_0000_0000 + u32le(octets, index);
}

/**
 * Whether the octets from `offset` are exactly the characters of `text` (each below 256), and lie before `end`.
 * For magic numbers and keywords; compares case.
 */
export function startsWith(octets: Uint8Array, offset: number, end: number, text: string): boolean {
  const length = text.length;
  if (end - offset < length) return false;
  for (let index = 0; index < length; index += 1) {
    if (octets[offset + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** As `startsWith`, with ASCII letters compared without case; `lower` is given in lower case. */
export function startsWithNoCase(octets: Uint8Array, offset: number, end: number, lower: string): boolean {
  const length = lower.length;
  if (end - offset < length) return false;
  for (let index = 0; index < length; index += 1) {
    let octet = octets[offset + index]!;
    if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20;
    if (octet !== lower.charCodeAt(index)) return false;
  }
  return true;
}

/** Index of the first `octet` in `from … end`, or -1. Never looks past `end`. */
export function indexOfOctet(octets: Uint8Array, octet: number, from: number, end: number): number {
  for (let index = from; index < end; index += 1) {
    if (octets[index] === octet) return index;
  }
  return -1;
}

/** Index of the LF that ends the line starting at `from`, or -1 where the line is not complete before `end`. */
export function lineEnd(octets: Uint8Array, from: number, end: number): number {
  return indexOfOctet(octets, 0x0a, from, end);
}

/**
 * Octets from hexadecimal text as RFCs print it: `hex("1388 0035 # ports")`. Blanks and line ends are ignored, and what
 * follows `#` on a line is a comment. For tests, examples and builders.
 *
 * @throws {RangeError} where the text is not whole octets of hexadecimal digits
 */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/#.*$/gm, "").replace(/\s+/g, "");
  if (digits.length % 2 !== 0 || /[^0-9a-fA-F]/.test(digits)) {
    throw new RangeError("hex: whole octets of hexadecimal digits are needed");
  }
  const octets = new Uint8Array(digits.length / 2);
  for (let index = 0; index < octets.length; index += 1) {
    octets[index] = Number.parseInt(digits.slice(index * 2, index * 2 + 2), 16);
  }
  return octets;
}

/** Octets of a text of characters below 256 (ISO 8859-1): `latin1("GET / HTTP/1.1\r\n")`. */
export function latin1(text: string): Uint8Array {
  const octets = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index += 1) octets[index] = text.charCodeAt(index);
  return octets;
}

/** The parts one after the other in a new array. Numbers are single octets. */
export function concat(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += typeof part === "number" ? 1 : part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "number") {
      out[at] = part;
      at += 1;
    } else {
      out.set(part, at);
      at += part.length;
    }
  }
  return out;
}

/** `value` in two octets, big-endian; for builders. */
export function be16(value: number): Uint8Array {
  return Uint8Array.of((value >>> 8) & 0xff, value & 0xff);
}

/** `value` in three octets, big-endian; for builders. */
export function be24(value: number): Uint8Array {
  return Uint8Array.of((value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** `value` in four octets, big-endian; for builders. */
export function be32(value: number): Uint8Array {
  return Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

/** `value` in two octets, little-endian; for builders. */
export function le16(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff);
}

/** `value` in four octets, little-endian; for builders. */
export function le32(value: number): Uint8Array {
  return Uint8Array.of(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff);
}
