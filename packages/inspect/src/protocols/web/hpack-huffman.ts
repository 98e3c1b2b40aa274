/**
 * HPACK's Huffman code: RFC 7541 §5.2 and appendix B.
 *
 * The code is canonical: codes of one length are consecutive numbers in the order of their symbols, and shorter codes
 * come before longer ones. So the lengths alone, by symbol, determine it.
 */
import { u8 } from "@palisade/wire";

const EOS = 256;
const BITS_MAX = 30;

/** Runs of symbols with codes of one length, in symbol order: how many symbols, and the length in bits. */
const RUNS: readonly (readonly [count: number, bits: number])[] = [
  [1, 13],
  [1, 23],
  [7, 28],
  [1, 24],
  [1, 30],
  [2, 28],
  [1, 30],
  [8, 28],
  [1, 30],
  [9, 28],
  // " " to "/"
  [1, 6],
  [2, 10],
  [1, 12],
  [1, 13],
  [1, 6],
  [1, 8],
  [1, 11],
  [2, 10],
  [1, 8],
  [1, 11],
  [1, 8],
  [3, 6],
  // digits, ":" to "@"
  [3, 5],
  [7, 6],
  [1, 7],
  [1, 8],
  [1, 15],
  [1, 6],
  [1, 12],
  [1, 10],
  [1, 13],
  // upper-case letters, "[" to "`"
  [1, 6],
  [22, 7],
  [1, 8],
  [1, 7],
  [1, 8],
  [1, 13],
  [1, 19],
  [1, 13],
  [1, 14],
  [1, 6],
  [1, 15],
  // lower-case letters
  [1, 5],
  [1, 6],
  [1, 5],
  [1, 6],
  [1, 5],
  [3, 6],
  [1, 5],
  [2, 7],
  [3, 6],
  [1, 5],
  [1, 6],
  [1, 7],
  [1, 6],
  [2, 5],
  [1, 6],
  [5, 7],
  // "{" to DEL
  [1, 15],
  [1, 11],
  [1, 14],
  [1, 13],
  [1, 28],
  // 128 and above
  [1, 20],
  [1, 22],
  [2, 20],
  [3, 22],
  [1, 23],
  [1, 22],
  [5, 23],
  [1, 24],
  [1, 23],
  [2, 24],
  [1, 22],
  [1, 23],
  [1, 24],
  [4, 23],
  [1, 21],
  [1, 22],
  [1, 23],
  [1, 22],
  [2, 23],
  [1, 24],
  [1, 22],
  [1, 21],
  [1, 20],
  [2, 22],
  [2, 23],
  [1, 21],
  [1, 23],
  [2, 22],
  [1, 24],
  [1, 21],
  [1, 22],
  [2, 23],
  [2, 21],
  [1, 22],
  [1, 21],
  [1, 23],
  [1, 22],
  [2, 23],
  [1, 20],
  [3, 22],
  [1, 23],
  [2, 22],
  [1, 23],
  [2, 26],
  [1, 20],
  [1, 19],
  [1, 22],
  [1, 23],
  [1, 22],
  [1, 25],
  [3, 26],
  [2, 27],
  [1, 26],
  [1, 24],
  [1, 25],
  [1, 19],
  [1, 21],
  [1, 26],
  [2, 27],
  [1, 26],
  [1, 27],
  [1, 24],
  [2, 21],
  [2, 26],
  [1, 28],
  [3, 27],
  [1, 20],
  [1, 24],
  [1, 20],
  [1, 21],
  [1, 22],
  [2, 21],
  [1, 23],
  [2, 22],
  [2, 25],
  [2, 24],
  [1, 26],
  [1, 23],
  [1, 26],
  [1, 27],
  [2, 26],
  [5, 27],
  [1, 28],
  [5, 27],
  [1, 26],
  // end of string
  [1, 30],
];

/** Symbols in the order of their codes. */
const symbols: number[] = [];
/** By length: how many codes there are, the first of them, and the index of its symbol. */
const counts = new Int32Array(BITS_MAX + 1);
const firstCodes = new Int32Array(BITS_MAX + 1);
const firstIndexes = new Int32Array(BITS_MAX + 1);

{
  const bitsOf: number[] = [];
  for (const [count, bits] of RUNS) for (let index = 0; index < count; index += 1) bitsOf.push(bits);
  let code = 0;
  for (let bits = 1; bits <= BITS_MAX; bits += 1) {
    code <<= 1;
    firstCodes[bits] = code;
    firstIndexes[bits] = symbols.length;
    for (let symbol = 0; symbol < bitsOf.length; symbol += 1) {
      if (bitsOf[symbol] !== bits) continue;
      symbols.push(symbol);
      code += 1;
    }
    counts[bits] = code - firstCodes[bits]!;
  }
}

/** The sum of all codes' shares of the code space, in units of 2^-30: 2^30 for a complete code. For the test. */
export function codeSpaceUsed(): number {
  let used = 0;
  for (let bits = 1; bits <= BITS_MAX; bits += 1) used += counts[bits]! * 2 ** (BITS_MAX - bits);
  return used;
}

/**
 * The text (one character an octet) that `octets[start … end)` stand for; undefined where they hold the end-of-string
 * symbol, or are padded with anything but its first bits, fewer than eight (§5.2). Work: linear in bits.
 */
export function decodeHuffman(octets: Uint8Array, start: number, end: number): string | undefined {
  const out = new Uint8Array(Math.floor(((end - start) * 8) / 5));
  let length = 0;
  let code = 0;
  let bits = 0;
  let isOnes = true;
  for (let index = start; index < end; index += 1) {
    const octet = u8(octets, index);
    for (let shift = 7; shift >= 0; shift -= 1) {
      const bit = (octet >>> shift) & 1;
      code = (code << 1) | bit;
      bits += 1;
      if (bit === 0) isOnes = false;
      const within = code - firstCodes[bits]!;
      if (within < counts[bits]!) {
        const symbol = symbols[firstIndexes[bits]! + within]!;
        if (symbol === EOS) return undefined;
        out[length] = symbol;
        length += 1;
        code = 0;
        bits = 0;
        isOnes = true;
      } else if (bits === BITS_MAX) {
        return undefined;
      }
    }
  }
  if (bits > 7 || !isOnes) return undefined;
  return Buffer.from(out.buffer, 0, length).toString("latin1");
}
