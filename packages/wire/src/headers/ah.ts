import { assert, Malformed } from "@palisade/base";
import { u8, u32 } from "../octets.js";
import { needRoom, put8, put16, put32 } from "../put.js";

/**
 * IP authentication header: RFC 4302 §2. Its length field counts words of 32 bits, less two.
 */
export const AH_HEADER_BYTES = 12;

/** Fewer octets than the length field promises. */
export const AH_TRUNCATED: Malformed = new Malformed("ah.truncated");
/** The length field leaves no room for the fixed part. */
export const AH_LENGTH_IMPOSSIBLE: Malformed = new Malformed("ah.length-impossible");

export interface Ah {
  readonly nextHeader: number;
  /** Security parameters index. */
  readonly spi: number;
  readonly sequence: number;
  /** Integrity check value with its padding: whole words. */
  readonly integrityCheckValue: Uint8Array;
  readonly payload: Uint8Array;
}

const at = { nextHeader: 0, length: 1, reserved: 2, spi: 4, sequence: 8 } as const;

export function parseAh(bytes: Uint8Array): Ah | Malformed {
  if (bytes.length < AH_HEADER_BYTES) return AH_TRUNCATED;
  const headerBytes = (u8(bytes, at.length) + 2) * 4;
  if (headerBytes < AH_HEADER_BYTES) return AH_LENGTH_IMPOSSIBLE;
  if (headerBytes > bytes.length) return AH_TRUNCATED;
  return {
    nextHeader: u8(bytes, at.nextHeader),
    spi: u32(bytes, at.spi),
    sequence: u32(bytes, at.sequence),
    integrityCheckValue: bytes.subarray(AH_HEADER_BYTES, headerBytes),
    payload: bytes.subarray(headerBytes),
  };
}

/** Octets that `emitAh` writes. */
export function ahBytes(packet: Ah): number {
  return AH_HEADER_BYTES + packet.integrityCheckValue.length + packet.payload.length;
}

/** @throws {AssertionFailure} where the integrity check value is no whole words, or too long for the length field */
export function emitAh(packet: Ah, out: Uint8Array, offset: number): number {
  const headerBytes = AH_HEADER_BYTES + packet.integrityCheckValue.length;
  assert(
    headerBytes % 4 === 0 && headerBytes / 4 - 2 <= 255,
    `emitAh: an integrity check value of ${packet.integrityCheckValue.length} octets`,
  );
  const bytes = ahBytes(packet);
  needRoom(out, offset, bytes);
  put8(out, offset + at.nextHeader, packet.nextHeader);
  put8(out, offset + at.length, headerBytes / 4 - 2);
  put16(out, offset + at.reserved, 0);
  put32(out, offset + at.spi, packet.spi);
  put32(out, offset + at.sequence, packet.sequence);
  out.set(packet.integrityCheckValue, offset + AH_HEADER_BYTES);
  out.set(packet.payload, offset + headerBytes);
  return bytes;
}
