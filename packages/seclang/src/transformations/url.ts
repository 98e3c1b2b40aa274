/** URL encoding (WHATWG URL, "application/x-www-form-urlencoded"), and Microsoft's `%uHHHH`, which IIS decodes. */
import { u8 } from "@palisade/wire";
import {
  areHex,
  hexNumber,
  isAlphanumeric,
  narrow,
  octetsOf,
  octetsWhere,
  putHex,
  sameBytes,
} from "./octets.js";
import type { Transformation } from "./transformation.js";

const PERCENT = 0x25;
const PLUS = 0x2b;
const SPACE = 0x20;
const ASTERISK = 0x2a;
const LETTER_U = 0x75;

function decode(
  octets: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  unicode: boolean,
): number {
  let to = at;
  for (let i = start; i < end; i++) {
    const octet = u8(octets, i);
    if (octet === PLUS) out[to++] = SPACE;
    else if (octet !== PERCENT) out[to++] = octet;
    else if (areHex(octets, i + 1, 2, end)) {
      out[to++] = hexNumber(octets, i + 1, 2);
      i += 2;
    } else if (
      unicode &&
      end - i > 5 &&
      (u8(octets, i + 1) | 0x20) === LETTER_U &&
      areHex(octets, i + 2, 4, end)
    ) {
      out[to++] = narrow(hexNumber(octets, i + 2, 4));
      i += 5;
    } else out[to++] = PERCENT;
  }
  return to - at;
}

/** `urlDecode`: `%HH` and `+`. What is cut off or has other digits stays as it is. */
export const urlDecode: Transformation = {
  name: "urlDecode",
  actsOn: octetsOf("%+"),
  bytesMax: sameBytes,
  apply: (octets, start, end, out, at) => decode(octets, start, end, out, at, false),
};

/**
 * `urlDecodeUni`: as `urlDecode`, and `%uHHHH` (or `%U`): a full-width form becomes its ASCII, any other code its lowest octet. The
 * manual says so for an engine without a Unicode map file, which is how this one is.
 */
export const urlDecodeUni: Transformation = {
  name: "urlDecodeUni",
  actsOn: octetsOf("%+"),
  bytesMax: sameBytes,
  apply: (octets, start, end, out, at) => decode(octets, start, end, out, at, true),
};

const isPlain = (octet: number): boolean => isAlphanumeric(octet) || octet === ASTERISK;

/** `urlEncode`: all but ASCII letters, digits and `*` becomes `%hh`, a space `+`. The manual is silent on which; both engines do this. */
export const urlEncode: Transformation = {
  name: "urlEncode",
  actsOn: octetsWhere((octet) => !isPlain(octet)),
  bytesMax: (bytes) => bytes * 3,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (isPlain(octet)) out[to++] = octet;
      else if (octet === SPACE) out[to++] = PLUS;
      else {
        out[to] = PERCENT;
        putHex(out, to + 1, octet);
        to += 3;
      }
    }
    return to - at;
  },
};
