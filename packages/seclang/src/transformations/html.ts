import { u8 } from "@palisade/wire";
import { bytesOf, hexAt, isAlphanumeric, isHex, octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const AMPERSAND = 0x26;
const HASH = 0x23;
const SEMICOLON = 0x3b;
const LETTER_X = 0x78;

/** The named entities that are decoded, and the octet of each. */
const NAMED: readonly { readonly name: Uint8Array; readonly octet: number }[] = [
  { name: bytesOf("lt"), octet: 0x3c },
  { name: bytesOf("gt"), octet: 0x3e },
  { name: bytesOf("amp"), octet: 0x26 },
  { name: bytesOf("quot"), octet: 0x22 },
  { name: bytesOf("nbsp"), octet: 0xa0 },
];
const NAME_BYTES = Math.max(...NAMED.map(({ name }) => name.length));

const isDigit = (octet: number): boolean => octet >= 0x30 && octet <= 0x39;

/** Which of `NAMED` the letters and digits `octets[start … end)` are, in either case; -1 if none. */
function namedAt(octets: Uint8Array, start: number, end: number): number {
  for (let n = 0; n < NAMED.length; n++) {
    const { name } = NAMED[n]!;
    if (name.length !== end - start) continue;
    let i = 0;
    while (i < name.length && (u8(octets, start + i) | 0x20) === u8(name, i)) i++;
    if (i === name.length) return n;
  }
  return -1;
}

/**
 * `htmlEntityDecode`: `&#xHH…`, `&#DDD…`, and by name quot, amp, lt, gt and nbsp in either case, each with or without `;`; each
 * becomes one octet, of numbers the lowest (the manual: "always converts one HTML entity into one byte").
 *
 * The names are those that ModSecurity's manual gives, and amp, which its engine decodes too. Coraza decodes all names of HTML to UTF-8;
 * the tests of the Core Rule Set pass with these, and its rules look for the others, such as `&colon;`, as they are written. Of a
 * number too large for 64 bits, where ModSecurity leaves 0xFF, the lowest octet is left here too.
 */
export const htmlEntityDecode: Transformation = {
  name: "htmlEntityDecode",
  actsOn: octetsOf("&"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      out[to++] = octet;
      if (octet !== AMPERSAND || i + 1 >= end) continue;
      // Where the entity ends, and what takes the ampersand's place.
      let after: number;
      let value = 0;
      if (u8(octets, i + 1) === HASH) {
        let digits = i + 2;
        if (digits < end && (u8(octets, digits) | 0x20) === LETTER_X) {
          for (after = ++digits; after < end && isHex(u8(octets, after)); after++) {
            value = ((value << 4) | hexAt(octets, after)) & 0xff;
          }
        } else {
          for (after = digits; after < end && isDigit(u8(octets, after)); after++) {
            value = (value * 10 + (u8(octets, after) - 0x30)) & 0xff;
          }
        }
        if (after === digits) continue;
      } else {
        const furthest = Math.min(end, i + 2 + NAME_BYTES);
        let last = i + 1;
        while (last < furthest && isAlphanumeric(u8(octets, last))) last++;
        const n = namedAt(octets, i + 1, last);
        if (n < 0) continue;
        value = NAMED[n]!.octet;
        after = last;
      }
      if (after < end && u8(octets, after) === SEMICOLON) after++;
      out[to - 1] = value;
      i = after - 1;
    }
    return to - at;
  },
};
