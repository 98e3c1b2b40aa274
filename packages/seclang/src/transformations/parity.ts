/**
 * Seven bits and a parity bit in the eighth, as on serial lines. The parity is that of the seven, as the manual has it; ModSecurity 3.0.9
 * counts an eighth bit that is set already as well. Coraza documents these too.
 */
import { u8 } from "@palisade/wire";
import { octetsWhere, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

/** 1 where the low seven bits have an odd number of ones. */
function isOdd(octet: number): number {
  let ones = octet & 0x7f;
  ones ^= ones >> 4;
  ones ^= ones >> 2;
  ones ^= ones >> 1;
  return ones & 1;
}

/** A transformation that is a function of each octet. */
function eachOctet(name: string, becomes: (octet: number) => number): Transformation {
  const table = new Uint8Array(256).map((_, octet) => becomes(octet));
  return {
    name,
    actsOn: octetsWhere((octet) => table[octet] !== octet),
    bytesMax: sameBytes,
    apply(octets, start, end, out, at) {
      for (let i = start, to = at; i < end; i++, to++) out[to] = u8(table, u8(octets, i));
      return end - start;
    },
  };
}

/** `parityEven7bit`: the eighth bit makes the number of ones even. */
export const parityEven7bit: Transformation = eachOctet(
  "parityEven7bit",
  (octet) => (octet & 0x7f) | (isOdd(octet) << 7),
);

/** `parityOdd7bit`: the eighth bit makes the number of ones odd. */
export const parityOdd7bit: Transformation = eachOctet(
  "parityOdd7bit",
  (octet) => (octet & 0x7f) | ((isOdd(octet) ^ 1) << 7),
);

/** `parityZero7bit`: the eighth bit is zero. */
export const parityZero7bit: Transformation = eachOctet("parityZero7bit", (octet) => octet & 0x7f);
