/**
 * Whether octets are a point of the curve secp256k1 (SEC 2 §2.4.1): y² = x³ + 7 modulo p.
 *
 * One point in 2^256 pairs of numbers is on the curve, so octets that are one are a public key. Two multiplications of
 * 256 bits in BigInt: asked only of octets that begin as an uncompressed point does.
 */
import { u8 } from "@palisade/wire";

/** p = 2^256 - 2^32 - 977. */
const PRIME = (1n << 256n) - (1n << 32n) - 977n;
const COORDINATE_BYTES = 32;
export const UNCOMPRESSED_POINT_BYTES = 1 + 2 * COORDINATE_BYTES;
const UNCOMPRESSED = 4;

/** The caller has checked that 65 octets are there. */
export function isCurvePoint(octets: Uint8Array, at: number): boolean {
  if (u8(octets, at) !== UNCOMPRESSED) return false;
  const x = coordinate(octets, at + 1);
  const y = coordinate(octets, at + 1 + COORDINATE_BYTES);
  if (x >= PRIME || y >= PRIME) return false;
  return (x * x * x + 7n - y * y) % PRIME === 0n;
}

function coordinate(octets: Uint8Array, at: number): bigint {
  const view = new DataView(octets.buffer, octets.byteOffset + at, COORDINATE_BYTES);
  let value = 0n;
  for (let index = 0; index < COORDINATE_BYTES; index += 8) value = (value << 64n) | view.getBigUint64(index);
  return value;
}
