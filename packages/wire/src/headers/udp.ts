import { assert, Malformed } from "@palisade/base";
import { checksumWithout } from "../checksum.js";
import { u16 } from "../octets.js";
import { needRoom, put16 } from "../put.js";

/**
 * User Datagram Protocol: RFC 768.
 *
 * The length field counts header and payload, in octets. A checksum of zero means "not computed" over IPv4 (RFC 768,
 * "Fields") and is an error over IPv6 (RFC 8200 §8.1); that is decided by the caller, who knows the IP version.
 */
export const UDP_HEADER_BYTES = 8;
/** Length is 16 bits. */
export const UDP_DATAGRAM_BYTES_MAX = 65_535;

/** Fewer octets than a header, or than the length field promises. */
export const UDP_TRUNCATED: Malformed = new Malformed("udp.truncated");
/** The length field is smaller than the header it is part of. */
export const UDP_LENGTH_IMPOSSIBLE: Malformed = new Malformed("udp.length-impossible");

export interface Udp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly checksum: number;
  readonly payload: Uint8Array;
}

const at = { sourcePort: 0, destinationPort: 2, length: 4, checksum: 6 } as const;

export function parseUdp(bytes: Uint8Array): Udp | Malformed {
  if (bytes.length < UDP_HEADER_BYTES) return UDP_TRUNCATED;
  const length = u16(bytes, at.length);
  if (length < UDP_HEADER_BYTES) return UDP_LENGTH_IMPOSSIBLE;
  if (length > bytes.length) return UDP_TRUNCATED;
  return {
    sourcePort: u16(bytes, at.sourcePort),
    destinationPort: u16(bytes, at.destinationPort),
    checksum: u16(bytes, at.checksum),
    payload: bytes.subarray(UDP_HEADER_BYTES, length),
  };
}

/** Octets that `emitUdp` writes. */
export function udpBytes(datagram: Udp): number {
  return UDP_HEADER_BYTES + datagram.payload.length;
}

/**
 * Writes header and payload. Given `pseudoSum` (of `pseudoHeaderSum`) the checksum is computed, a computed zero going out as
 * all ones (RFC 768, "Fields"); without it, `datagram.checksum` is written.
 *
 * @throws {AssertionFailure} where the datagram is over 65,535 octets
 */
export function emitUdp(datagram: Udp, out: Uint8Array, offset: number, pseudoSum?: number): number {
  const bytes = udpBytes(datagram);
  assert(bytes <= UDP_DATAGRAM_BYTES_MAX, `emitUdp: a datagram of ${bytes} octets`);
  needRoom(out, offset, bytes);
  put16(out, offset + at.sourcePort, datagram.sourcePort);
  put16(out, offset + at.destinationPort, datagram.destinationPort);
  put16(out, offset + at.length, bytes);
  put16(out, offset + at.checksum, datagram.checksum);
  out.set(datagram.payload, offset + UDP_HEADER_BYTES);
  if (pseudoSum !== undefined) {
    const checksum = checksumWithout(out, offset, offset + bytes, offset + at.checksum, pseudoSum);
    put16(out, offset + at.checksum, checksum === 0 ? 0xffff : checksum);
  }
  return bytes;
}
