import { assert, Malformed } from "@palisade/base";
import { checksumWithout } from "../checksum.js";
import { u16 } from "../octets.js";
import { needRoom, put16 } from "../put.js";

/**
 * UDP-Lite: RFC 3828 §3.1. In place of a length, which the IP header gives, it says how many octets from the first of the
 * header the checksum covers: 0 is all of them, and 1 … 7 would leave part of the header out.
 */
export const UDP_LITE_HEADER_BYTES = 8;

export const UDP_LITE_TRUNCATED: Malformed = new Malformed("udp-lite.truncated");
/** The coverage is 1 … 7, or more octets than there are. */
export const UDP_LITE_COVERAGE_IMPOSSIBLE: Malformed = new Malformed("udp-lite.coverage-impossible");

export interface UdpLite {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** In octets from the start of the header; 0 is the whole datagram. */
  readonly checksumCoverage: number;
  readonly checksum: number;
  readonly payload: Uint8Array;
}

const at = { sourcePort: 0, destinationPort: 2, coverage: 4, checksum: 6 } as const;

export function parseUdpLite(bytes: Uint8Array): UdpLite | Malformed {
  if (bytes.length < UDP_LITE_HEADER_BYTES) return UDP_LITE_TRUNCATED;
  const checksumCoverage = u16(bytes, at.coverage);
  const impossible =
    checksumCoverage !== 0 && (checksumCoverage < UDP_LITE_HEADER_BYTES || checksumCoverage > bytes.length);
  if (impossible) return UDP_LITE_COVERAGE_IMPOSSIBLE;
  return {
    sourcePort: u16(bytes, at.sourcePort),
    destinationPort: u16(bytes, at.destinationPort),
    checksumCoverage,
    checksum: u16(bytes, at.checksum),
    payload: bytes.subarray(UDP_LITE_HEADER_BYTES),
  };
}

/** Octets that `emitUdpLite` writes. */
export function udpLiteBytes(datagram: UdpLite): number {
  return UDP_LITE_HEADER_BYTES + datagram.payload.length;
}

/**
 * Writes header and payload. Given `pseudoSum` (of `pseudoHeaderSum` over the whole length, RFC 3828 §3.1) the checksum of
 * the covered octets is computed; it is never sent as zero. Without it, `datagram.checksum` is written.
 *
 * @throws {AssertionFailure} where the checksum is to be computed over a coverage that is impossible
 */
export function emitUdpLite(datagram: UdpLite, out: Uint8Array, offset: number, pseudoSum?: number): number {
  const bytes = udpLiteBytes(datagram);
  needRoom(out, offset, bytes);
  put16(out, offset + at.sourcePort, datagram.sourcePort);
  put16(out, offset + at.destinationPort, datagram.destinationPort);
  put16(out, offset + at.coverage, datagram.checksumCoverage);
  put16(out, offset + at.checksum, datagram.checksum);
  out.set(datagram.payload, offset + UDP_LITE_HEADER_BYTES);
  if (pseudoSum !== undefined) {
    const covered = datagram.checksumCoverage === 0 ? bytes : datagram.checksumCoverage;
    assert(
      covered >= UDP_LITE_HEADER_BYTES && covered <= bytes,
      `emitUdpLite: a coverage of ${covered} octets`,
    );
    const checksum = checksumWithout(out, offset, offset + covered, offset + at.checksum, pseudoSum);
    put16(out, offset + at.checksum, checksum === 0 ? 0xffff : checksum);
  }
  return bytes;
}
