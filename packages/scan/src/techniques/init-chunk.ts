/**
 * SCTP packets with one INIT chunk as probes: RFC 9260 §3.3.2.
 */
import {
  put8,
  put16,
  put32,
  put32le,
  SCTP_CHUNK_HEADER_BYTES,
  SCTP_HEADER_BYTES,
  SCTP_INIT,
  sctpChecksum,
} from "@palisade/wire";
import type { ProbeTarget } from "../technique.js";

const INIT_CHUNK_BYTES = SCTP_CHUNK_HEADER_BYTES + 16;
/** Octets of the packet. */
export const INIT_PACKET_BYTES: number = SCTP_HEADER_BYTES + INIT_CHUNK_BYTES;
/** Where a packet's first chunk, if an INIT, has its initiate tag. */
export const INITIATE_TAG_AT: number = SCTP_HEADER_BYTES + SCTP_CHUNK_HEADER_BYTES;

/** RFC 9260 §3.3.2 wants at least 1,500 octets of window; this is what small hosts offer. */
const RECEIVER_WINDOW_BYTES = 32_768;
const STREAMS = 1;

const at = { sourcePort: 0, destinationPort: 2, verificationTag: 4, checksum: 8 } as const;
const atChunk = {
  type: 0,
  flags: 1,
  length: 2,
  tag: 4,
  window: 8,
  outbound: 12,
  inbound: 14,
  tsn: 16,
} as const;

/** The initiate tag for a cookie: the cookie, but for 0, which RFC 9260 §3.3.2 forbids. */
export function initiateTag(cookie: number): number {
  return cookie === 0 ? 1 : cookie;
}

/** Writes the packet at `offset`. Returns its length in octets. */
export function writeInit(octets: Uint8Array, offset: number, target: ProbeTarget, port: number): number {
  const tag = initiateTag(target.cookie);
  put16(octets, offset + at.sourcePort, target.sourcePort);
  put16(octets, offset + at.destinationPort, port);
  // A packet with INIT has the verification tag 0 (RFC 9260 §8.5.1).
  put32(octets, offset + at.verificationTag, 0);
  const chunk = offset + SCTP_HEADER_BYTES;
  put8(octets, chunk + atChunk.type, SCTP_INIT);
  put8(octets, chunk + atChunk.flags, 0);
  put16(octets, chunk + atChunk.length, INIT_CHUNK_BYTES);
  put32(octets, chunk + atChunk.tag, tag);
  put32(octets, chunk + atChunk.window, RECEIVER_WINDOW_BYTES);
  put16(octets, chunk + atChunk.outbound, STREAMS);
  put16(octets, chunk + atChunk.inbound, STREAMS);
  // RFC 9260 §3.3.2: the initial TSN may be the initiate tag.
  put32(octets, chunk + atChunk.tsn, tag);
  const end = offset + INIT_PACKET_BYTES;
  put32le(octets, offset + at.checksum, sctpChecksum(octets, offset, end));
  return INIT_PACKET_BYTES;
}
