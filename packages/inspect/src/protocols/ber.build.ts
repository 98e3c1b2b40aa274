/** Builders of BER for examples: ITU-T X.690. */
import { concat, latin1 } from "@palisade/wire";

/** An element of any identifier octet below the high-tag-number form, with the shortest length. */
export function ber(tag: number, ...contents: readonly (Uint8Array | number)[]): Uint8Array {
  const value = concat(...contents);
  const length = value.length;
  if (length < 0x80) return concat(tag, length, value);
  if (length < 0x100) return concat(tag, 0x81, length, value);
  return concat(tag, 0x82, length >>> 8, length & 0xff, value);
}

/** INTEGER 0 … 2^31 - 1, in as few octets as hold it and its sign. */
export function berInt(value: number, tag = 0x02): Uint8Array {
  const octets: number[] = [];
  let rest = value;
  do {
    octets.unshift(rest & 0xff);
    rest = Math.floor(rest / 256);
  } while (rest > 0);
  if (octets[0]! >= 0x80) octets.unshift(0);
  return ber(tag, Uint8Array.from(octets));
}

/** OCTET STRING, or another type that holds text. */
export function berText(text: string, tag = 0x04): Uint8Array {
  return ber(tag, latin1(text));
}
