import { assert } from "@palisade/base";

/**
 * Big-endian writes at an index, the mirror of `u8`, `u16`, `u32`. A value wider than its field is cut to it, so that a
 * builder of wrong packets can be as wrong as it likes; `needRoom` has been asked first that the octets are there.
 */
export function put8(out: Uint8Array, index: number, value: number): void {
  out[index] = value;
}

/** 16 bits, big-endian. */
export function put16(out: Uint8Array, index: number, value: number): void {
  out[index] = value >>> 8;
  out[index + 1] = value;
}

/** 24 bits, big-endian. */
export function put24(out: Uint8Array, index: number, value: number): void {
  out[index] = value >>> 16;
  out[index + 1] = value >>> 8;
  out[index + 2] = value;
}

/** 32 bits, big-endian. */
export function put32(out: Uint8Array, index: number, value: number): void {
  out[index] = value >>> 24;
  out[index + 1] = value >>> 16;
  out[index + 2] = value >>> 8;
  out[index + 3] = value;
}

/** 32 bits, little-endian. */
export function put32le(out: Uint8Array, index: number, value: number): void {
  out[index] = value;
  out[index + 1] = value >>> 8;
  out[index + 2] = value >>> 16;
  out[index + 3] = value >>> 24;
}

/**
 * Every emitter asks this first: a typed array swallows a write past its end without a word.
 *
 * @throws {AssertionFailure} where fewer than `bytes` octets are left from `offset`
 */
export function needRoom(out: Uint8Array, offset: number, bytes: number): void {
  assert(
    offset >= 0 && out.length - offset >= bytes,
    `emit: ${bytes} octets do not fit at ${offset} of ${out.length}`,
  );
}

/**
 * Writes an address or another field of fixed width.
 *
 * @throws {AssertionFailure} where `octets` is not of `bytes` octets
 */
export function putExactly(out: Uint8Array, index: number, octets: Uint8Array, bytes: number): void {
  assert(octets.length === bytes, `emit: a field of ${bytes} octets was given ${octets.length}`);
  out.set(octets, index);
}
