import { assert, Malformed } from "@palisade/base";
import { u32 } from "../octets.js";
import { needRoom, put32 } from "../put.js";

/**
 * Multiprotocol label switching: the label stack of RFC 3032 §2.1, traffic class as RFC 5462 names it.
 *
 * The stack does not say what it carries. By the first four bits of the payload: 4 and 6 are IP; 0 is a control word (RFC
 * 4385 §3) before something else, often Ethernet.
 */
export const MPLS_LABEL_BYTES = 4;
/** More labels than any network pushes; a packet with more is refused. */
export const MPLS_LABELS_MAX = 16;

/** No bottom of stack in the octets that are there. */
export const MPLS_TRUNCATED: Malformed = new Malformed("mpls.truncated");
/** No bottom of stack in `MPLS_LABELS_MAX` labels. */
export const MPLS_LABELS_TOO_MANY: Malformed = new Malformed("mpls.labels-too-many");

export interface MplsLabel {
  /** 20 bits. */
  readonly label: number;
  /** 0 … 7. */
  readonly trafficClass: number;
  readonly timeToLive: number;
}

export interface Mpls {
  /** Top first, at least one. */
  readonly labels: readonly MplsLabel[];
  readonly payload: Uint8Array;
}

const BOTTOM = 0x100;

export function parseMpls(bytes: Uint8Array): Mpls | Malformed {
  const labels: MplsLabel[] = [];
  for (let offset = 0; offset < MPLS_LABELS_MAX * MPLS_LABEL_BYTES; offset += MPLS_LABEL_BYTES) {
    if (offset + MPLS_LABEL_BYTES > bytes.length) return MPLS_TRUNCATED;
    const entry = u32(bytes, offset);
    labels.push({ label: entry >>> 12, trafficClass: (entry >>> 9) & 0b111, timeToLive: entry & 0xff });
    if (entry & BOTTOM) return { labels, payload: bytes.subarray(offset + MPLS_LABEL_BYTES) };
  }
  return MPLS_LABELS_TOO_MANY;
}

/** Octets that `emitMpls` writes. */
export function mplsBytes(packet: Mpls): number {
  return packet.labels.length * MPLS_LABEL_BYTES + packet.payload.length;
}

/** @throws {AssertionFailure} where there is no label */
export function emitMpls(packet: Mpls, out: Uint8Array, offset: number): number {
  assert(packet.labels.length > 0, "emitMpls: no label");
  const bytes = mplsBytes(packet);
  needRoom(out, offset, bytes);
  let index = offset;
  for (const { label, trafficClass, timeToLive } of packet.labels) {
    put32(out, index, (label << 12) | ((trafficClass & 0b111) << 9) | (timeToLive & 0xff));
    index += MPLS_LABEL_BYTES;
  }
  put32(out, index - MPLS_LABEL_BYTES, u32(out, index - MPLS_LABEL_BYTES) | BOTTOM);
  out.set(packet.payload, index);
  return bytes;
}
