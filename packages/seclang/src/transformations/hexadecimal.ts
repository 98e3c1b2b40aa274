/** Octets as hexadecimal digits, and hexadecimal literals of SQL. */
import { u8 } from "@palisade/wire";
import { areHex, hexNumber, octetsOf, putHex, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const DIGIT_0 = 0x30;
const LETTER_X = 0x78;

/** `hexEncode`: two digits in lower case for each octet. */
export const hexEncode: Transformation = {
  name: "hexEncode",
  actsOn: undefined,
  bytesMax: (bytes) => bytes * 2,
  apply(octets, start, end, out, at) {
    for (let i = start, to = at; i < end; i++, to += 2) putHex(out, to, u8(octets, i));
    return (end - start) * 2;
  },
};

/**
 * `hexDecode`: what `hexEncode` made. The manual is silent on what is not hexadecimal, where ModSecurity 3.0.9 computes with octets that
 * are no digits and Coraza gives up: here decoding ends before the first pair that is not two digits.
 */
export const hexDecode: Transformation = {
  name: "hexDecode",
  actsOn: undefined,
  bytesMax: (bytes) => bytes >> 1,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; areHex(octets, i, 2, end); i += 2) out[to++] = hexNumber(octets, i, 2);
    return to - at;
  },
};

/**
 * `sqlHexDecode`: `0x414243` becomes `ABC`, wherever it stands, the `x` in either case. A last digit without a second stays. So
 * ModSecurity 3.0.9, but that it loses the value's last octet and all from a decoded NUL on.
 */
export const sqlHexDecode: Transformation = {
  name: "sqlHexDecode",
  // No literal without its x, which is rarer than the zero.
  actsOn: octetsOf("xX"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; ) {
      const octet = u8(octets, i);
      if (octet === DIGIT_0 && areHex(octets, i + 2, 2, end) && (u8(octets, i + 1) | 0x20) === LETTER_X) {
        for (i += 2; areHex(octets, i, 2, end); i += 2) out[to++] = hexNumber(octets, i, 2);
        // The digit left over is of this literal: it begins no other.
        if (areHex(octets, i, 1, end)) out[to++] = u8(octets, i++);
      } else {
        out[to++] = octet;
        i++;
      }
    }
    return to - at;
  },
};
