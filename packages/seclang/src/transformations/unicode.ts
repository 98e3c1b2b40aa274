import { u8 } from "@palisade/wire";
import { hexDigit, octetsWhere } from "./octets.js";
import type { Transformation } from "./transformation.js";

const PERCENT = 0x25;
const LETTER_U = 0x75;
const CODE_POINT_LAST = 0x10ffff;

/** How many octets a sequence has that begins so (RFC 3629 §3); 0 where none does. */
function sequenceBytes(lead: number): number {
  if (lead < 0xc0 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/** The code point of the sequence at `octets[index … index + bytes)`; -1 where it is cut, broken off, or above U+10FFFF. */
function codePointAt(octets: Uint8Array, index: number, bytes: number, end: number): number {
  if (end - index < bytes) return -1;
  let codePoint = u8(octets, index) & (0xff >> (bytes + 1));
  for (let i = index + 1; i < index + bytes; i++) {
    const octet = u8(octets, i);
    if ((octet & 0xc0) !== 0x80) return -1;
    codePoint = (codePoint << 6) | (octet & 0x3f);
  }
  return codePoint > CODE_POINT_LAST ? -1 : codePoint;
}

/**
 * `utf8toUnicode`: each UTF-8 sequence of more than one octet becomes `%uhhhh`, with five or six digits above U+FFFF.
 *
 * The manual is silent on what is not UTF-8. Sequences that are longer than need be, and surrogates, are decoded too: a lenient
 * application would, and `%u002f` shows what hides in `c0 af` (ModSecurity 3.0.9 does, and leaves an octet of it behind). All else,
 * such as a cut sequence, stays as it is.
 */
export const utf8toUnicode: Transformation = {
  name: "utf8toUnicode",
  actsOn: octetsWhere((octet) => sequenceBytes(octet) > 0),
  bytesMax: (bytes) => bytes * 3,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      const bytes = sequenceBytes(octet);
      const codePoint = bytes === 0 ? -1 : codePointAt(octets, i, bytes, end);
      if (codePoint < 0) {
        out[to++] = octet;
        continue;
      }
      out[to++] = PERCENT;
      out[to++] = LETTER_U;
      for (let shift = codePoint > 0xfffff ? 20 : codePoint > 0xffff ? 16 : 12; shift >= 0; shift -= 4) {
        out[to++] = hexDigit((codePoint >> shift) & 0x0f);
      }
      i += bytes - 1;
    }
    return to - at;
  },
};
