import { Malformed } from "@palisade/base";
import { putChecksum } from "../checksum.js";
import { u8, u16, u32 } from "../octets.js";
import { needRoom, put8, put16, put32 } from "../put.js";

/**
 * Internet Control Message Protocol, for IPv4: RFC 792; and for IPv6: RFC 4443 §2.1. The two headers have one shape: type,
 * code, checksum, and four octets whose meaning the type gives. ICMPv6's checksum covers a pseudo header too (§2.3).
 */
export const ICMP_HEADER_BYTES = 8;

export const ICMP_ECHO_REPLY = 0;
export const ICMP_DESTINATION_UNREACHABLE = 3;
export const ICMP_SOURCE_QUENCH = 4;
export const ICMP_REDIRECT = 5;
export const ICMP_ECHO_REQUEST = 8;
export const ICMP_TIME_EXCEEDED = 11;
export const ICMP_PARAMETER_PROBLEM = 12;
export const ICMP_TIMESTAMP_REQUEST = 13;
export const ICMP_TIMESTAMP_REPLY = 14;

export const ICMPV6_DESTINATION_UNREACHABLE = 1;
export const ICMPV6_PACKET_TOO_BIG = 2;
export const ICMPV6_TIME_EXCEEDED = 3;
export const ICMPV6_PARAMETER_PROBLEM = 4;
export const ICMPV6_ECHO_REQUEST = 128;
export const ICMPV6_ECHO_REPLY = 129;
export const ICMPV6_ROUTER_SOLICITATION = 133;
export const ICMPV6_ROUTER_ADVERTISEMENT = 134;
export const ICMPV6_NEIGHBOR_SOLICITATION = 135;
export const ICMPV6_NEIGHBOR_ADVERTISEMENT = 136;
export const ICMPV6_REDIRECT = 137;

/** Fewer than eight octets. */
export const ICMP_TRUNCATED: Malformed = new Malformed("icmp.truncated");

export interface Icmp {
  readonly type: number;
  readonly code: number;
  readonly checksum: number;
  /** The four octets after the checksum. Echo: identifier above, sequence number in the low 16 bits. */
  readonly rest: number;
  /** Errors: the start of the packet they are about (`parseQuotedIpv4`, `parseQuotedIpv6`). */
  readonly payload: Uint8Array;
}

const at = { type: 0, code: 1, checksum: 2, rest: 4 } as const;

/** Whether an ICMP (IPv4) message of this type quotes the packet it is about: RFC 1122 §3.2.2. */
export function isIcmpError(type: number): boolean {
  return (
    type === ICMP_DESTINATION_UNREACHABLE ||
    type === ICMP_SOURCE_QUENCH ||
    type === ICMP_REDIRECT ||
    type === ICMP_TIME_EXCEEDED ||
    type === ICMP_PARAMETER_PROBLEM
  );
}

/** Whether an ICMPv6 message of this type is an error: RFC 4443 §2.1, the types below 128. */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}

/** Either version's message. */
export function parseIcmp(bytes: Uint8Array): Icmp | Malformed {
  if (bytes.length < ICMP_HEADER_BYTES) return ICMP_TRUNCATED;
  return {
    type: u8(bytes, at.type),
    code: u8(bytes, at.code),
    checksum: u16(bytes, at.checksum),
    rest: u32(bytes, at.rest),
    payload: bytes.subarray(ICMP_HEADER_BYTES),
  };
}

/** Octets that `emitIcmp` writes. */
export function icmpBytes(message: Icmp): number {
  return ICMP_HEADER_BYTES + message.payload.length;
}

/**
 * Writes header and payload. Given `pseudoSum` the checksum is computed: 0 for IPv4, which has no pseudo header here, and
 * that of `pseudoHeaderSum` for ICMPv6; without it, `message.checksum` is written.
 */
export function emitIcmp(message: Icmp, out: Uint8Array, offset: number, pseudoSum?: number): number {
  const bytes = icmpBytes(message);
  needRoom(out, offset, bytes);
  put8(out, offset + at.type, message.type);
  put8(out, offset + at.code, message.code);
  put16(out, offset + at.checksum, message.checksum);
  put32(out, offset + at.rest, message.rest);
  out.set(message.payload, offset + ICMP_HEADER_BYTES);
  if (pseudoSum !== undefined) putChecksum(out, offset, offset + bytes, offset + at.checksum, pseudoSum);
  return bytes;
}
