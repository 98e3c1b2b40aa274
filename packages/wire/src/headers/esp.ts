import { Malformed } from "@palisade/base";
import { u32 } from "../octets.js";
import { needRoom, put32 } from "../put.js";

/** IP encapsulating security payload: RFC 4303 §2. What follows the sequence number is encrypted, its trailer too. */
export const ESP_HEADER_BYTES = 8;

export const ESP_TRUNCATED: Malformed = new Malformed("esp.truncated");

export interface Esp {
  /** Security parameters index. */
  readonly spi: number;
  readonly sequence: number;
  /** Initialization vector, ciphertext, integrity check value: only the security association says where each ends. */
  readonly payload: Uint8Array;
}

export function parseEsp(bytes: Uint8Array): Esp | Malformed {
  if (bytes.length < ESP_HEADER_BYTES) return ESP_TRUNCATED;
  return { spi: u32(bytes, 0), sequence: u32(bytes, 4), payload: bytes.subarray(ESP_HEADER_BYTES) };
}

/** Octets that `emitEsp` writes. */
export function espBytes(packet: Esp): number {
  return ESP_HEADER_BYTES + packet.payload.length;
}

export function emitEsp(packet: Esp, out: Uint8Array, offset: number): number {
  const bytes = espBytes(packet);
  needRoom(out, offset, bytes);
  put32(out, offset, packet.spi);
  put32(out, offset + 4, packet.sequence);
  out.set(packet.payload, offset + ESP_HEADER_BYTES);
  return bytes;
}
