import { u16 } from "./octets.js";
import { put16 } from "./put.js";

/**
 * The Internet checksum (RFC 1071), its incremental update (RFC 1624), pseudo headers (RFC 9293 §3.1, RFC 8200 §8.1), and
 * CRC32c for SCTP (RFC 9260 §6.8, Appendix A).
 *
 * A sum is a plain number that several calls add to; only `finishChecksum` folds it. Over a datagram with a right checksum
 * the finished sum is 0.
 */

/**
 * Adds the octets in `start … end` to `initial` as big-endian 16-bit words. A last odd octet is padded with zero on the
 * right (RFC 1071 §4.1), so only the last of several stretches may be of odd length.
 */
export function internetSum(octets: Uint8Array, start: number, end: number, initial = 0): number {
  let sum = initial;
  let index = start;
  for (; index + 1 < end; index += 2) sum += (octets[index]! << 8) | octets[index + 1]!;
  if (index < end) sum += octets[index]! << 8;
  return sum;
}

/** Carries added back in until 16 bits are left (RFC 1071 §2, one's complement addition). */
export function foldSum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded % 0x1_0000) + Math.floor(folded / 0x1_0000);
  return folded;
}

/** The checksum for a sum: its one's complement, 0 … 65,535. */
export function finishChecksum(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/**
 * Sum of the pseudo header over which TCP, UDP, UDP-Lite and ICMPv6 check themselves. Both addresses are of 4 octets (IPv4:
 * RFC 9293 §3.1) or of 16 (IPv6: RFC 8200 §8.1); the two layouts give the same sum.
 *
 * `length` is that of the transport's header and payload, in octets.
 */
export function pseudoHeaderSum(
  source: Uint8Array,
  destination: Uint8Array,
  protocol: number,
  length: number,
): number {
  return (
    internetSum(source, 0, source.length) +
    internetSum(destination, 0, destination.length) +
    (length >>> 16) +
    (length & 0xffff) +
    protocol
  );
}

/**
 * As `pseudoHeaderSum`, for addresses where they lie in an IP header: source, then destination, each of `addressBytes` (4 or
 * 16) octets from `offset`.
 */
export function pseudoHeaderSumAt(
  octets: Uint8Array,
  offset: number,
  addressBytes: number,
  protocol: number,
  length: number,
): number {
  return (
    internetSum(octets, offset, offset + addressBytes * 2) + (length >>> 16) + (length & 0xffff) + protocol
  );
}

/** The checksum after one 16-bit word it covers went from `before` to `after` (RFC 1624 §3, equation 3). */
export function updateChecksum(checksum: number, before: number, after: number): number {
  return finishChecksum((~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff));
}

/** CRC32c of `start … end`, after octets whose CRC32c was `previous`; the CRC of nothing is 0. Unsigned 32 bits. */
export function crc32c(octets: Uint8Array, start: number, end: number, previous = 0): number {
  let crc = ~previous;
  for (let index = start; index < end; index += 1) {
    crc = (crc >>> 8) ^ CRC32C_TABLE[(crc ^ octets[index]!) & 0xff]!;
  }
  return ~crc >>> 0;
}

/** Castagnoli's polynomial 0x1EDC6F41, bits reversed as the CRC is fed least significant bit first. */
const CRC32C_REVERSED = 0x82f63b78;

const CRC32C_TABLE = crcTable(CRC32C_REVERSED);

function crcTable(reversed: number): Int32Array {
  const table = new Int32Array(256);
  for (let octet = 0; octet < 256; octet += 1) {
    let crc = octet;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ reversed : crc >>> 1;
    table[octet] = crc;
  }
  return table;
}

/** Whether the 16-bit words in `start … end` and `initial` add up to what a right checksum leaves: all ones. */
export function checksumHolds(octets: Uint8Array, start: number, end: number, initial = 0): boolean {
  return finishChecksum(internetSum(octets, start, end, initial)) === 0;
}

/** The 16-bit word at `index` set aside: the checksum of `start … end` as if that word were zero. */
export function checksumWithout(
  octets: Uint8Array,
  start: number,
  end: number,
  index: number,
  initial = 0,
): number {
  return finishChecksum(internetSum(octets, start, end, initial) - u16(octets, index));
}

/** Writes at `index` the checksum of `start … end`, which that word lies in. */
export function putChecksum(out: Uint8Array, start: number, end: number, index: number, initial = 0): void {
  put16(out, index, checksumWithout(out, start, end, index, initial));
}
