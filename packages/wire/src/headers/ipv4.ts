import { assert, Malformed } from "@palisade/base";
import { IPV4_BYTES } from "../address.js";
import { putChecksum } from "../checksum.js";
import { u8, u16 } from "../octets.js";
import { needRoom, put8, put16, putExactly } from "../put.js";

/**
 * Internet Protocol, version 4: RFC 791, with the traffic class octet as RFC 2474 and RFC 3168 divide it.
 *
 * What follows the total length is padding of the link and no part of the datagram. The checksum is read, not judged: a
 * router drops what fails it, while a capture taken before checksum offload shows it wrong on every packet sent.
 */
export const IPV4_HEADER_BYTES = 20;
export const IPV4_OPTIONS_BYTES_MAX = 40;
/** Total length is 16 bits. */
export const IPV4_PACKET_BYTES_MAX = 65_535;

/** Fewer octets than the header, or than the total length promises. */
export const IPV4_TRUNCATED: Malformed = new Malformed("ipv4.truncated");
/** The version field is not 4. */
export const IPV4_VERSION_WRONG: Malformed = new Malformed("ipv4.version-wrong");
/** The header length field is below five words, or the total length below the header. */
export const IPV4_LENGTH_IMPOSSIBLE: Malformed = new Malformed("ipv4.length-impossible");

export interface Ipv4 {
  /** Differentiated services code point, 0 … 63 (RFC 2474 §3). */
  readonly dscp: number;
  /** Explicit congestion notification, 0 … 3 (RFC 3168 §5). */
  readonly ecn: number;
  readonly identification: number;
  /** The bit that "must be zero" (RFC 791 §3.1). */
  readonly reservedFlag: boolean;
  readonly dontFragment: boolean;
  readonly moreFragments: boolean;
  /** In octets, a multiple of 8: 0 … 65,528. */
  readonly fragmentOffsetBytes: number;
  readonly timeToLive: number;
  readonly protocol: number;
  readonly checksum: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** Options and their padding as they are: 0 … 40 octets, a multiple of 4. */
  readonly options: Uint8Array;
  readonly payload: Uint8Array;
}

const at = {
  version: 0,
  trafficClass: 1,
  totalLength: 2,
  identification: 4,
  fragment: 6,
  timeToLive: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  destination: 16,
} as const;

const RESERVED_FLAG = 0x8000;
const DONT_FRAGMENT = 0x4000;
const MORE_FRAGMENTS = 0x2000;
const OFFSET_MASK = 0x1fff;

export function parseIpv4(bytes: Uint8Array): Ipv4 | Malformed {
  return read(bytes, false);
}

/**
 * As `parseIpv4`, for the start of a datagram that an ICMP error quotes (RFC 792, RFC 1812 §4.3.2.3): the header must be
 * whole, the payload is what was quoted of it.
 */
export function parseQuotedIpv4(bytes: Uint8Array): Ipv4 | Malformed {
  return read(bytes, true);
}

function read(bytes: Uint8Array, quoted: boolean): Ipv4 | Malformed {
  if (bytes.length < IPV4_HEADER_BYTES) return IPV4_TRUNCATED;
  const first = u8(bytes, at.version);
  if (first >>> 4 !== 4) return IPV4_VERSION_WRONG;
  const headerBytes = (first & 0x0f) * 4;
  if (headerBytes < IPV4_HEADER_BYTES) return IPV4_LENGTH_IMPOSSIBLE;
  const totalLength = u16(bytes, at.totalLength);
  if (totalLength < headerBytes) return IPV4_LENGTH_IMPOSSIBLE;
  if (headerBytes > bytes.length) return IPV4_TRUNCATED;
  if (totalLength > bytes.length && !quoted) return IPV4_TRUNCATED;
  const trafficClass = u8(bytes, at.trafficClass);
  const fragment = u16(bytes, at.fragment);
  return {
    dscp: trafficClass >>> 2,
    ecn: trafficClass & 0b11,
    identification: u16(bytes, at.identification),
    reservedFlag: (fragment & RESERVED_FLAG) !== 0,
    dontFragment: (fragment & DONT_FRAGMENT) !== 0,
    moreFragments: (fragment & MORE_FRAGMENTS) !== 0,
    fragmentOffsetBytes: (fragment & OFFSET_MASK) * 8,
    timeToLive: u8(bytes, at.timeToLive),
    protocol: u8(bytes, at.protocol),
    checksum: u16(bytes, at.checksum),
    source: bytes.subarray(at.source, at.source + IPV4_BYTES),
    destination: bytes.subarray(at.destination, at.destination + IPV4_BYTES),
    options: bytes.subarray(IPV4_HEADER_BYTES, headerBytes),
    payload: bytes.subarray(headerBytes, totalLength),
  };
}

/** Octets that `emitIpv4` writes. */
export function ipv4Bytes(packet: Omit<Ipv4, "checksum">): number {
  return IPV4_HEADER_BYTES + packet.options.length + packet.payload.length;
}

/**
 * Writes header and payload, with the header checksum computed whatever `packet` says of it.
 *
 * @throws {AssertionFailure} where the options are no whole words or over 40 octets, or the packet over 65,535
 */
export function emitIpv4(packet: Omit<Ipv4, "checksum">, out: Uint8Array, offset: number): number {
  const optionsBytes = packet.options.length;
  assert(
    optionsBytes % 4 === 0 && optionsBytes <= IPV4_OPTIONS_BYTES_MAX,
    `emitIpv4: ${optionsBytes} octets of options`,
  );
  const bytes = ipv4Bytes(packet);
  assert(bytes <= IPV4_PACKET_BYTES_MAX, `emitIpv4: a packet of ${bytes} octets`);
  needRoom(out, offset, bytes);
  const headerBytes = IPV4_HEADER_BYTES + optionsBytes;
  put8(out, offset + at.version, 0x40 | (headerBytes / 4));
  put8(out, offset + at.trafficClass, (packet.dscp << 2) | (packet.ecn & 0b11));
  put16(out, offset + at.totalLength, bytes);
  put16(out, offset + at.identification, packet.identification);
  put16(
    out,
    offset + at.fragment,
    (packet.reservedFlag ? RESERVED_FLAG : 0) |
      (packet.dontFragment ? DONT_FRAGMENT : 0) |
      (packet.moreFragments ? MORE_FRAGMENTS : 0) |
      ((packet.fragmentOffsetBytes >>> 3) & OFFSET_MASK),
  );
  put8(out, offset + at.timeToLive, packet.timeToLive);
  put8(out, offset + at.protocol, packet.protocol);
  putExactly(out, offset + at.source, packet.source, IPV4_BYTES);
  putExactly(out, offset + at.destination, packet.destination, IPV4_BYTES);
  out.set(packet.options, offset + IPV4_HEADER_BYTES);
  putChecksum(out, offset, offset + headerBytes, offset + at.checksum);
  out.set(packet.payload, offset + headerBytes);
  return bytes;
}
