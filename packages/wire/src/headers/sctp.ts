import { assert, Malformed } from "@palisade/base";
import { crc32c } from "../checksum.js";
import { u8, u16, u32, u32le } from "../octets.js";
import { needRoom, put8, put16, put32, put32le } from "../put.js";

/**
 * Stream Control Transmission Protocol: RFC 9260 §3. A packet is a common header and chunks, each padded to four octets; the
 * padding after the last one may be missing.
 *
 * The checksum is CRC32c over the packet with the field zero; it is sent low octet first (Appendix A).
 */
export const SCTP_HEADER_BYTES = 12;
export const SCTP_CHUNK_HEADER_BYTES = 4;

export const SCTP_DATA = 0;
export const SCTP_INIT = 1;
export const SCTP_INIT_ACK = 2;
export const SCTP_SACK = 3;
export const SCTP_HEARTBEAT = 4;
export const SCTP_HEARTBEAT_ACK = 5;
export const SCTP_ABORT = 6;
export const SCTP_SHUTDOWN = 7;
export const SCTP_SHUTDOWN_ACK = 8;
export const SCTP_ERROR = 9;
export const SCTP_COOKIE_ECHO = 10;
export const SCTP_COOKIE_ACK = 11;
export const SCTP_SHUTDOWN_COMPLETE = 14;
/** RFC 8260 §2.1. */
export const SCTP_I_DATA = 64;

/** Fewer octets than the common header, or than a chunk's length promises. */
export const SCTP_TRUNCATED: Malformed = new Malformed("sctp.truncated");
/** A chunk's length is below its own header. */
export const SCTP_CHUNK_LENGTH_IMPOSSIBLE: Malformed = new Malformed("sctp.chunk-length-impossible");

export interface SctpChunk {
  readonly type: number;
  readonly flags: number;
  /** What follows the chunk's header, without padding. */
  readonly value: Uint8Array;
}

export interface Sctp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag: number;
  /** CRC32c as a number: compare with `sctpChecksum`. */
  readonly checksum: number;
  readonly chunks: readonly SctpChunk[];
}

const at = { sourcePort: 0, destinationPort: 2, verificationTag: 4, checksum: 8 } as const;

export function parseSctp(bytes: Uint8Array): Sctp | Malformed {
  if (bytes.length < SCTP_HEADER_BYTES) return SCTP_TRUNCATED;
  const chunks: SctpChunk[] = [];
  let offset = SCTP_HEADER_BYTES;
  while (offset < bytes.length) {
    if (offset + SCTP_CHUNK_HEADER_BYTES > bytes.length) return SCTP_TRUNCATED;
    const length = u16(bytes, offset + 2);
    if (length < SCTP_CHUNK_HEADER_BYTES) return SCTP_CHUNK_LENGTH_IMPOSSIBLE;
    if (offset + length > bytes.length) return SCTP_TRUNCATED;
    chunks.push({
      type: u8(bytes, offset),
      flags: u8(bytes, offset + 1),
      value: bytes.subarray(offset + SCTP_CHUNK_HEADER_BYTES, offset + length),
    });
    offset += padded(length);
  }
  return {
    sourcePort: u16(bytes, at.sourcePort),
    destinationPort: u16(bytes, at.destinationPort),
    verificationTag: u32(bytes, at.verificationTag),
    checksum: u32le(bytes, at.checksum),
    chunks,
  };
}

/**
 * One past the last octet of the chunk at `offset`, its padding left out, or -1 where no whole chunk lies in `offset … end`.
 * In place, for the packet path; the next chunk starts at the next multiple of four after the first chunk's start.
 */
export function sctpChunkEnd(octets: Uint8Array, offset: number, end: number): number {
  if (offset + SCTP_CHUNK_HEADER_BYTES > end) return -1;
  const length = u16(octets, offset + 2);
  return length < SCTP_CHUNK_HEADER_BYTES || offset + length > end ? -1 : offset + length;
}

/** CRC32c of the packet in `start … end`, whose checksum field counts as zero. */
export function sctpChecksum(octets: Uint8Array, start: number, end: number): number {
  const before = crc32c(octets, start, start + at.checksum);
  return crc32c(octets, start + SCTP_HEADER_BYTES, end, crc32c(ZERO_WORD, 0, ZERO_WORD.length, before));
}

const ZERO_WORD = new Uint8Array(4);

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** Octets that `emitSctp` writes. */
export function sctpBytes(packet: Sctp): number {
  let bytes = SCTP_HEADER_BYTES;
  for (const chunk of packet.chunks) bytes += padded(SCTP_CHUNK_HEADER_BYTES + chunk.value.length);
  return bytes;
}

/**
 * Writes the header and the padded chunks, with `packet.checksum` or, with `computeChecksum`, the right one.
 *
 * @throws {AssertionFailure} where a chunk is over 65,535 octets
 */
export function emitSctp(packet: Sctp, out: Uint8Array, offset: number, computeChecksum = false): number {
  const bytes = sctpBytes(packet);
  needRoom(out, offset, bytes);
  put16(out, offset + at.sourcePort, packet.sourcePort);
  put16(out, offset + at.destinationPort, packet.destinationPort);
  put32(out, offset + at.verificationTag, packet.verificationTag);
  put32le(out, offset + at.checksum, packet.checksum);
  let index = offset + SCTP_HEADER_BYTES;
  for (const chunk of packet.chunks) {
    const length = SCTP_CHUNK_HEADER_BYTES + chunk.value.length;
    assert(length <= 0xffff, `emitSctp: a chunk of ${length} octets`);
    put8(out, index, chunk.type);
    put8(out, index + 1, chunk.flags);
    put16(out, index + 2, length);
    out.set(chunk.value, index + SCTP_CHUNK_HEADER_BYTES);
    out.fill(0, index + length, index + padded(length));
    index += padded(length);
  }
  if (computeChecksum) put32le(out, offset + at.checksum, sctpChecksum(out, offset, offset + bytes));
  return bytes;
}
