/**
 * Long headers of QUIC, read in place: RFC 8999 §5.1 and RFC 9000 §17.2.
 */
import { u8, u16, u32 } from "@palisade/wire";
import { PROTECTED_OCTETS_MIN } from "./quic-initial.js";
import type { QuicVersion } from "./quic-versions.js";

export const CONNECTION_ID_OCTETS_MAX = 20;
/** Integrity tag at the end of a Retry packet (RFC 9001 §5.8). */
const RETRY_TAG_OCTETS = 16;

/** Where the parts of a long header are; written by `parseLongHeader` and `parseLongPacket`. */
export class LongPacket {
  version = 0;
  destinationStart = 0;
  destinationEnd = 0;
  sourceStart = 0;
  sourceEnd = 0;
  /** After the connection identifiers. */
  next = 0;
  isInitial = false;
  isRetry = false;
  /** Where the packet number begins: meaningful but for Retry. */
  numberAt = 0;
  /** Where the packet ends, and the next of the datagram begins. */
  end = 0;
}

/** The part that every version has. False where it is not there, or an identifier is longer than version 1 allows. */
export function parseLongHeader(octets: Uint8Array, at: number, end: number, packet: LongPacket): boolean {
  if (end - at < 7 || (u8(octets, at) & 0x80) === 0) return false;
  const destination = u8(octets, at + 5);
  if (destination > CONNECTION_ID_OCTETS_MAX) return false;
  const sourceAt = at + 6 + destination;
  if (sourceAt >= end) return false;
  const source = u8(octets, sourceAt);
  if (source > CONNECTION_ID_OCTETS_MAX || sourceAt + 1 + source > end) return false;
  packet.version = u32(octets, at + 1);
  packet.destinationStart = at + 6;
  packet.destinationEnd = sourceAt;
  packet.sourceStart = sourceAt + 1;
  packet.sourceEnd = sourceAt + 1 + source;
  packet.next = packet.sourceEnd;
  return true;
}

/**
 * The rest of a long header of a known version, after `parseLongHeader`. 0 where it is whole, -1 where it is no packet of
 * this version, 1 where it is one that reaches past `end`.
 */
export function parseLongPacket(
  octets: Uint8Array,
  at: number,
  end: number,
  version: QuicVersion,
  packet: LongPacket,
): -1 | 0 | 1 {
  const first = u8(octets, at);
  if ((first & 0x40) === 0) return -1;
  const type = (first >>> 4) & 0x03;
  packet.isInitial = type === version.initialType;
  packet.isRetry = type === version.retryType;
  let position = packet.next;
  if (packet.isRetry) {
    packet.end = end;
    return end - position > RETRY_TAG_OCTETS ? 0 : -1;
  }
  if (packet.isInitial) {
    const tokenAt = position + varintOctets(octets, position, end);
    if (tokenAt === position) return -1;
    position = tokenAt + varint(octets, position);
  }
  if (position >= end) return 1;
  packet.numberAt = position + varintOctets(octets, position, end);
  if (packet.numberAt === position) return 1;
  const length = varint(octets, position);
  if (length < PROTECTED_OCTETS_MIN) return -1;
  packet.end = packet.numberAt + length;
  return packet.end > end ? 1 : 0;
}

/** RFC 9000 §16: 1, 2, 4 or 8; 0 where the integer is not there as a whole. */
export function varintOctets(octets: Uint8Array, at: number, end: number): number {
  if (at >= end) return 0;
  const size = 1 << (u8(octets, at) >>> 6);
  return at + size > end ? 0 : size;
}

/** The integer at `at`, which `varintOctets` found to be there; exact up to 2^53, and no offset or length here is longer. */
export function varint(octets: Uint8Array, at: number): number {
  const first = u8(octets, at);
  switch (first >>> 6) {
    case 0:
      return first;
    case 1:
      return u16(octets, at) & 0x3fff;
    case 2:
      return u32(octets, at) & 0x3fff_ffff;
    default:
      return (u32(octets, at) & 0x3fff_ffff) * 0x1_0000_0000 + u32(octets, at + 4);
  }
}
