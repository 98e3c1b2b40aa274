/** Lower and upper case, of ASCII letters: the manual says "the current C locale", and other octets may be part of UTF-8. */
import { u8 } from "@palisade/wire";
import { octetsWhere, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const isUpper = (octet: number): boolean => octet >= 0x41 && octet <= 0x5a;
const isLower = (octet: number): boolean => octet >= 0x61 && octet <= 0x7a;

/** `lowercase` */
export const lowercase: Transformation = {
  name: "lowercase",
  ignoresCase: true,
  actsOn: octetsWhere(isUpper),
  foldsLetters: true,
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    for (let i = start, to = at; i < end; i++, to++) {
      const octet = u8(octets, i);
      out[to] = isUpper(octet) ? octet | 0x20 : octet;
    }
    return end - start;
  },
};

/** `uppercase` */
export const uppercase: Transformation = {
  name: "uppercase",
  ignoresCase: true,
  actsOn: octetsWhere(isLower),
  foldsLetters: true,
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    for (let i = start, to = at; i < end; i++, to++) {
      const octet = u8(octets, i);
      out[to] = isLower(octet) ? octet & 0xdf : octet;
    }
    return end - start;
  },
};
