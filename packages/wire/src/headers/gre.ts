import { assert, Malformed } from "@palisade/base";
import { putChecksum } from "../checksum.js";
import { u16, u32 } from "../octets.js";
import { needRoom, put16, put32 } from "../put.js";

/**
 * Generic Routing Encapsulation: RFC 2784, key and sequence number of RFC 2890; and version 1 as PPTP has it: RFC 2637 §4.1.
 *
 * The source routes of RFC 1701 are obsolete and not read; RFC 2784 §2.3 has a receiver discard packets with these bits.
 */
export const GRE_HEADER_BYTES = 4;
const GRE1_HEADER_BYTES = 8;

/** Fewer octets than the header and what its flags promise. */
export const GRE_TRUNCATED: Malformed = new Malformed("gre.truncated");
/** Neither version 0 nor 1. */
export const GRE_VERSION_UNKNOWN: Malformed = new Malformed("gre.version-unknown");
/** Version 0 with bits of RFC 1701 that RFC 2784 reserves; version 1 without its key or with a checksum or route. */
export const GRE_FLAGS_IMPOSSIBLE: Malformed = new Malformed("gre.flags-impossible");

export interface Gre0 {
  readonly version: 0;
  /** An EtherType. */
  readonly protocol: number;
  readonly checksum: number | undefined;
  readonly key: number | undefined;
  readonly sequence: number | undefined;
  readonly payload: Uint8Array;
}

export interface Gre1 {
  readonly version: 1;
  /** 0x880b: PPP. */
  readonly protocol: number;
  readonly callId: number;
  readonly sequence: number | undefined;
  readonly acknowledgement: number | undefined;
  readonly payload: Uint8Array;
}

export type Gre = Gre0 | Gre1;

const CHECKSUM = 0x8000;
const ROUTING = 0x4000;
const KEY = 0x2000;
const SEQUENCE = 0x1000;
const STRICT_ROUTE = 0x0800;
const RECURSION_HIGH = 0x0400;
const ACKNOWLEDGEMENT = 0x0080;
const VERSION = 0x0007;
/** Bits that make a receiver of version 0 discard the packet (RFC 2784 §2.3; RFC 2890 §2 takes two of them). */
const RESERVED0 = ROUTING | STRICT_ROUTE | RECURSION_HIGH;

const at = { flags: 0, protocol: 2, checksum: 4, payloadLength: 4, callId: 6 } as const;

export function parseGre(bytes: Uint8Array): Gre | Malformed {
  if (bytes.length < GRE_HEADER_BYTES) return GRE_TRUNCATED;
  const version = u16(bytes, at.flags) & VERSION;
  if (version === 0) return parseGre0(bytes);
  return version === 1 ? parseGre1(bytes) : GRE_VERSION_UNKNOWN;
}

function parseGre0(bytes: Uint8Array): Gre0 | Malformed {
  const flags = u16(bytes, at.flags);
  if (flags & RESERVED0) return GRE_FLAGS_IMPOSSIBLE;
  const checksumAt = GRE_HEADER_BYTES;
  const keyAt = checksumAt + (flags & CHECKSUM ? 4 : 0);
  const sequenceAt = keyAt + (flags & KEY ? 4 : 0);
  const payloadAt = sequenceAt + (flags & SEQUENCE ? 4 : 0);
  if (bytes.length < payloadAt) return GRE_TRUNCATED;
  return {
    version: 0,
    protocol: u16(bytes, at.protocol),
    checksum: flags & CHECKSUM ? u16(bytes, checksumAt) : undefined,
    key: flags & KEY ? u32(bytes, keyAt) : undefined,
    sequence: flags & SEQUENCE ? u32(bytes, sequenceAt) : undefined,
    payload: bytes.subarray(payloadAt),
  };
}

function parseGre1(bytes: Uint8Array): Gre1 | Malformed {
  const flags = u16(bytes, at.flags);
  if (!(flags & KEY) || flags & (CHECKSUM | ROUTING)) return GRE_FLAGS_IMPOSSIBLE;
  const acknowledgementAt = GRE1_HEADER_BYTES + (flags & SEQUENCE ? 4 : 0);
  const payloadAt = acknowledgementAt + (flags & ACKNOWLEDGEMENT ? 4 : 0);
  if (bytes.length < payloadAt) return GRE_TRUNCATED;
  const end = payloadAt + u16(bytes, at.payloadLength);
  if (bytes.length < end) return GRE_TRUNCATED;
  return {
    version: 1,
    protocol: u16(bytes, at.protocol),
    callId: u16(bytes, at.callId),
    sequence: flags & SEQUENCE ? u32(bytes, GRE1_HEADER_BYTES) : undefined,
    acknowledgement: flags & ACKNOWLEDGEMENT ? u32(bytes, acknowledgementAt) : undefined,
    payload: bytes.subarray(payloadAt, end),
  };
}

/** Octets that `emitGre` writes. */
export function greBytes(packet: Gre): number {
  const fields =
    packet.version === 0
      ? [packet.checksum, packet.key, packet.sequence]
      : [packet.sequence, packet.acknowledgement];
  const present = fields.filter((field) => field !== undefined).length;
  const fixed = packet.version === 0 ? GRE_HEADER_BYTES : GRE1_HEADER_BYTES;
  return fixed + present * 4 + packet.payload.length;
}

/**
 * Writes header and payload. A version 0 packet that has a checksum gets that, or with `computeChecksum` the right one (over
 * header and payload, RFC 2784 §2.4).
 *
 * @throws {AssertionFailure} where a version 1 payload is over 65,535 octets
 */
export function emitGre(packet: Gre, out: Uint8Array, offset: number, computeChecksum = false): number {
  const bytes = greBytes(packet);
  needRoom(out, offset, bytes);
  put16(out, offset + at.protocol, packet.protocol);
  let index = offset + GRE_HEADER_BYTES;
  const word = (value: number | undefined): void => {
    if (value === undefined) return;
    put32(out, index, value);
    index += 4;
  };
  const sequence = packet.sequence === undefined ? 0 : SEQUENCE;
  if (packet.version === 0) {
    const checksum = packet.checksum === undefined ? 0 : CHECKSUM;
    put16(out, offset + at.flags, checksum | (packet.key === undefined ? 0 : KEY) | sequence);
    word(packet.checksum === undefined ? undefined : (packet.checksum << 16) >>> 0);
    word(packet.key);
    word(packet.sequence);
  } else {
    assert(packet.payload.length <= 0xffff, `emitGre: a payload of ${packet.payload.length} octets`);
    const acknowledgement = packet.acknowledgement === undefined ? 0 : ACKNOWLEDGEMENT;
    put16(out, offset + at.flags, KEY | sequence | acknowledgement | 1);
    put16(out, offset + at.payloadLength, packet.payload.length);
    put16(out, offset + at.callId, packet.callId);
    index = offset + GRE1_HEADER_BYTES;
    word(packet.sequence);
    word(packet.acknowledgement);
  }
  out.set(packet.payload, index);
  if (computeChecksum && packet.version === 0 && packet.checksum !== undefined) {
    putChecksum(out, offset, offset + bytes, offset + at.checksum);
  }
  return bytes;
}
