import { Malformed } from "@palisade/base";
import { u8, u16, u16le, u24 } from "../octets.js";
import { needRoom, put8, put16, put24 } from "../put.js";

/**
 * Logical link control: IEEE 802.2 §3.2; and the subnetwork access protocol after it: IEEE 802 §10, RFC 1042.
 *
 * The control field is one octet in unnumbered frames (its two low bits set) and two, low one first, in all others.
 */
export const LLC_HEADER_BYTES_MIN = 3;
export const SNAP_HEADER_BYTES = 5;
/** Both service access points of a frame with a SNAP header. */
export const LLC_SAP_SNAP = 0xaa;
/** IEEE 802.1D spanning tree. */
export const LLC_SAP_SPANNING_TREE = 0x42;
/** Unnumbered information. */
export const LLC_CONTROL_UNNUMBERED = 0x03;
/** The protocol is an EtherType: RFC 1042. */
export const SNAP_OUI_ETHERTYPE = 0x000000;

export const LLC_TRUNCATED: Malformed = new Malformed("llc.truncated");
export const SNAP_TRUNCATED: Malformed = new Malformed("snap.truncated");

export interface Llc {
  readonly destinationSap: number;
  readonly sourceSap: number;
  /** 8 bits in unnumbered frames, 16 in others. */
  readonly control: number;
  readonly payload: Uint8Array;
}

export interface Snap {
  /** Organization, 24 bits. */
  readonly oui: number;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

const UNNUMBERED = 0b11;

export function parseLlc(bytes: Uint8Array): Llc | Malformed {
  if (bytes.length < LLC_HEADER_BYTES_MIN) return LLC_TRUNCATED;
  const unnumbered = (u8(bytes, 2) & UNNUMBERED) === UNNUMBERED;
  const headerBytes = unnumbered ? LLC_HEADER_BYTES_MIN : LLC_HEADER_BYTES_MIN + 1;
  if (bytes.length < headerBytes) return LLC_TRUNCATED;
  return {
    destinationSap: u8(bytes, 0),
    sourceSap: u8(bytes, 1),
    control: unnumbered ? u8(bytes, 2) : u16le(bytes, 2),
    payload: bytes.subarray(headerBytes),
  };
}

/** Octets that `emitLlc` writes. */
export function llcBytes(frame: Llc): number {
  const unnumbered = (frame.control & UNNUMBERED) === UNNUMBERED;
  return LLC_HEADER_BYTES_MIN + (unnumbered ? 0 : 1) + frame.payload.length;
}

export function emitLlc(frame: Llc, out: Uint8Array, offset: number): number {
  const bytes = llcBytes(frame);
  needRoom(out, offset, bytes);
  put8(out, offset, frame.destinationSap);
  put8(out, offset + 1, frame.sourceSap);
  put8(out, offset + 2, frame.control);
  if ((frame.control & UNNUMBERED) !== UNNUMBERED) put8(out, offset + 3, frame.control >>> 8);
  out.set(frame.payload, offset + bytes - frame.payload.length);
  return bytes;
}

/** The payload of an LLC frame whose service access points are both `LLC_SAP_SNAP`. */
export function parseSnap(bytes: Uint8Array): Snap | Malformed {
  if (bytes.length < SNAP_HEADER_BYTES) return SNAP_TRUNCATED;
  return { oui: u24(bytes, 0), protocol: u16(bytes, 3), payload: bytes.subarray(SNAP_HEADER_BYTES) };
}

/** Octets that `emitSnap` writes. */
export function snapBytes(frame: Snap): number {
  return SNAP_HEADER_BYTES + frame.payload.length;
}

export function emitSnap(frame: Snap, out: Uint8Array, offset: number): number {
  const bytes = snapBytes(frame);
  needRoom(out, offset, bytes);
  put24(out, offset, frame.oui);
  put16(out, offset + 3, frame.protocol);
  out.set(frame.payload, offset + SNAP_HEADER_BYTES);
  return bytes;
}
