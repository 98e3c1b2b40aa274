import { Malformed } from "@palisade/base";
import { u8, u24 } from "../octets.js";
import { needRoom, put24, put32 } from "../put.js";

/** Virtual eXtensible Local Area Network: RFC 7348 §5. The payload is an Ethernet frame. Reserved bits are ignored. */
export const VXLAN_HEADER_BYTES = 8;
export const VXLAN_PORT = 4789;

export const VXLAN_TRUNCATED: Malformed = new Malformed("vxlan.truncated");
/** The I flag, which says that there is a valid network identifier, is not set. */
export const VXLAN_IDENTIFIER_INVALID: Malformed = new Malformed("vxlan.identifier-invalid");

export interface Vxlan {
  /** VXLAN network identifier, 24 bits. */
  readonly vni: number;
  readonly payload: Uint8Array;
}

const IDENTIFIER_VALID = 0x08;

export function parseVxlan(bytes: Uint8Array): Vxlan | Malformed {
  if (bytes.length < VXLAN_HEADER_BYTES) return VXLAN_TRUNCATED;
  if (!(u8(bytes, 0) & IDENTIFIER_VALID)) return VXLAN_IDENTIFIER_INVALID;
  return { vni: u24(bytes, 4), payload: bytes.subarray(VXLAN_HEADER_BYTES) };
}

/** Octets that `emitVxlan` writes. */
export function vxlanBytes(packet: Vxlan): number {
  return VXLAN_HEADER_BYTES + packet.payload.length;
}

export function emitVxlan(packet: Vxlan, out: Uint8Array, offset: number): number {
  const bytes = vxlanBytes(packet);
  needRoom(out, offset, bytes);
  put32(out, offset, IDENTIFIER_VALID << 24);
  put24(out, offset + 4, packet.vni);
  out[offset + 7] = 0;
  out.set(packet.payload, offset + VXLAN_HEADER_BYTES);
  return bytes;
}
