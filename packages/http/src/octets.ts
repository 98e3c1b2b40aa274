/** Classes of octets that the grammar of HTTP is made of: RFC 9110 §5.6, RFC 3986 §2 and §3. */

export const NUL = 0x00;
export const HTAB = 0x09;
export const LF = 0x0a;
export const CR = 0x0d;
export const SP = 0x20;
export const DEL = 0x7f;

const ALPHA = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const DIGIT = "0123456789";

function flags(characters: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of characters) table[character.charCodeAt(0)] = 1;
  return table;
}

/** 1 for `tchar` (RFC 9110 §5.6.2). */
export const TOKEN: Uint8Array = flags(`!#$%&'*+-.^_\`|~${DIGIT}${ALPHA}`);

/** 1 for what a field value has (RFC 9110 §5.5): visible characters, spaces, tabs, and octets above ASCII. */
export const VALUE: Uint8Array = (() => {
  const table = new Uint8Array(256).fill(1, SP);
  table[DEL] = 0;
  table[HTAB] = 1;
  return table;
})();

/** 1 for what a host by name may have: unreserved, sub-delims and percent (RFC 3986 §3.2.2). */
export const REG_NAME: Uint8Array = flags(`-._~!$&'()*+,;=%${DIGIT}${ALPHA}`);

/** 1 for what may stand in the brackets of an IP literal: RFC 3986 §3.2.2. */
export const IP_LITERAL: Uint8Array = flags(`-._~!$&'()*+,;=:${DIGIT}${ALPHA}`);

/**
 * A request target's octets: 0 ends it (controls, space), 1 is of a URI (RFC 3986 §2.2, §2.3), 2 is `#`, and 4 is no URI's but
 * framed like any other.
 */
export const TARGET: Uint8Array = (() => {
  const table = flags(`-._~:/?[]@!$&'()*+,;=%${DIGIT}${ALPHA}`);
  for (let octet = 0x21; octet < 256; octet += 1) {
    if (table[octet] === 0 && octet !== DEL) table[octet] = octet === 0x23 ? 2 : 4;
  }
  return table;
})();

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
