/** Base64: RFC 4648 §4. */
import { u8 } from "@palisade/wire";
import { bytesOf } from "./octets.js";
import type { Transformation } from "./transformation.js";

const DIGITS = bytesOf("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
const PAD = 0x3d;
const NOT_BASE64 = 0xff;
const VALUES = new Uint8Array(256).fill(NOT_BASE64);
DIGITS.forEach((digit, value) => {
  VALUES[digit] = value;
});

/** Four digits are three octets; of a last, cut group each whole octet is kept. */
const decodedBytes = (bytes: number): number => Math.floor((bytes * 3) / 4);

function decode(
  octets: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  lenient: boolean,
): number {
  let to = at;
  let held = 0;
  let bits = 0;
  for (let i = start; i < end; i++) {
    const octet = u8(octets, i);
    const value = u8(VALUES, octet);
    if (value === NOT_BASE64) {
      // Line ends are in the text for transport only (RFC 2045 §6.8).
      if (lenient || octet === 0x0a || octet === 0x0d) continue;
      break;
    }
    held = ((held << 6) | value) & 0x3fff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out[to++] = (held >> bits) & 0xff;
    }
  }
  return to - at;
}

/**
 * `base64Decode`: up to the first octet that is not of the alphabet, `=` included; line ends are passed over. So Coraza; ModSecurity
 * 3.0.9 gives nothing at all for a value that is not whole. Both pass the tests of the Core Rule Set, and many
 * applications decode what lacks its padding or has an octet too many.
 */
export const base64Decode: Transformation = {
  name: "base64Decode",
  actsOn: undefined,
  bytesMax: decodedBytes,
  apply: (octets, start, end, out, at) => decode(octets, start, end, out, at, false),
};

/** `base64DecodeExt`: passes over all that is not of the alphabet, wherever it stands. */
export const base64DecodeExt: Transformation = {
  name: "base64DecodeExt",
  actsOn: undefined,
  bytesMax: decodedBytes,
  apply: (octets, start, end, out, at) => decode(octets, start, end, out, at, true),
};

/** `base64Encode`: with padding, without line ends. */
export const base64Encode: Transformation = {
  name: "base64Encode",
  actsOn: undefined,
  bytesMax: (bytes) => Math.ceil(bytes / 3) * 4,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i += 3) {
      const second = i + 1 < end ? u8(octets, i + 1) : 0;
      const third = i + 2 < end ? u8(octets, i + 2) : 0;
      const group = (u8(octets, i) << 16) | (second << 8) | third;
      out[to] = u8(DIGITS, group >> 18);
      out[to + 1] = u8(DIGITS, (group >> 12) & 0x3f);
      out[to + 2] = i + 1 < end ? u8(DIGITS, (group >> 6) & 0x3f) : PAD;
      out[to + 3] = i + 2 < end ? u8(DIGITS, group & 0x3f) : PAD;
      to += 4;
    }
    return to - at;
  },
};
