import { assert, Malformed } from "@palisade/base";
import { IPV6_BYTES } from "../address.js";
import { u8, u16, u32 } from "../octets.js";
import { needRoom, put8, put16, put32, putExactly } from "../put.js";

/**
 * Internet Protocol, version 6: RFC 8200 §3. Extension headers are read by `parseIpv6Extensions`.
 *
 * A payload length of zero is taken as it stands; jumbograms (RFC 2675) are not read.
 */
export const IPV6_HEADER_BYTES = 40;
/** Payload length is 16 bits. */
export const IPV6_PAYLOAD_BYTES_MAX = 65_535;

/** Fewer octets than the header, or than the payload length promises. */
export const IPV6_TRUNCATED: Malformed = new Malformed("ipv6.truncated");
/** The version field is not 6. */
export const IPV6_VERSION_WRONG: Malformed = new Malformed("ipv6.version-wrong");

export interface Ipv6 {
  /** Differentiated services code point, 0 … 63. */
  readonly dscp: number;
  /** Explicit congestion notification, 0 … 3. */
  readonly ecn: number;
  /** 20 bits (RFC 6437). */
  readonly flowLabel: number;
  /** What the payload starts with: an extension header or the upper layer. */
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Extension headers and what follows them. */
  readonly payload: Uint8Array;
}

const at = { word: 0, payloadLength: 4, nextHeader: 6, hopLimit: 7, source: 8, destination: 24 } as const;

export function parseIpv6(bytes: Uint8Array): Ipv6 | Malformed {
  return read(bytes, false);
}

/**
 * As `parseIpv6`, for the start of a packet that an ICMPv6 error quotes (RFC 4443 §2.4 c): the payload is what was quoted of
 * it.
 */
export function parseQuotedIpv6(bytes: Uint8Array): Ipv6 | Malformed {
  return read(bytes, true);
}

function read(bytes: Uint8Array, quoted: boolean): Ipv6 | Malformed {
  if (bytes.length < IPV6_HEADER_BYTES) return IPV6_TRUNCATED;
  const word = u32(bytes, at.word);
  if (word >>> 28 !== 6) return IPV6_VERSION_WRONG;
  const end = IPV6_HEADER_BYTES + u16(bytes, at.payloadLength);
  if (end > bytes.length && !quoted) return IPV6_TRUNCATED;
  return {
    dscp: (word >>> 22) & 0x3f,
    ecn: (word >>> 20) & 0b11,
    flowLabel: word & 0xf_ffff,
    nextHeader: u8(bytes, at.nextHeader),
    hopLimit: u8(bytes, at.hopLimit),
    source: bytes.subarray(at.source, at.source + IPV6_BYTES),
    destination: bytes.subarray(at.destination, at.destination + IPV6_BYTES),
    payload: bytes.subarray(IPV6_HEADER_BYTES, end),
  };
}

/** Octets that `emitIpv6` writes. */
export function ipv6Bytes(packet: Ipv6): number {
  return IPV6_HEADER_BYTES + packet.payload.length;
}

/** @throws {AssertionFailure} where the payload is over 65,535 octets */
export function emitIpv6(packet: Ipv6, out: Uint8Array, offset: number): number {
  assert(
    packet.payload.length <= IPV6_PAYLOAD_BYTES_MAX,
    `emitIpv6: a payload of ${packet.payload.length} octets`,
  );
  const bytes = ipv6Bytes(packet);
  needRoom(out, offset, bytes);
  const trafficClass = ((packet.dscp & 0x3f) << 2) | (packet.ecn & 0b11);
  put32(out, offset + at.word, (6 << 28) | (trafficClass << 20) | (packet.flowLabel & 0xf_ffff));
  put16(out, offset + at.payloadLength, packet.payload.length);
  put8(out, offset + at.nextHeader, packet.nextHeader);
  put8(out, offset + at.hopLimit, packet.hopLimit);
  putExactly(out, offset + at.source, packet.source, IPV6_BYTES);
  putExactly(out, offset + at.destination, packet.destination, IPV6_BYTES);
  out.set(packet.payload, offset + IPV6_HEADER_BYTES);
  return bytes;
}
