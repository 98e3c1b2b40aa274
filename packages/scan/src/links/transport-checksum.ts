/**
 * The checksums of the transports that probes are of: where they stand, what they cover, and how one is made wrong.
 */
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
} from "@palisade/wire";

/** Bits of a checksum that are turned to make it wrong: never all of them, since all ones and zero are the same sum. */
const CHECKSUM_SPOILED = 0x5555;
/** What a wrong UDP checksum is where it would come out as 0, which says "not computed" and is taken for right. */
const CHECKSUM_SPOILED_OTHERWISE = 0xaaaa;

/** Where a transport header has its checksum; 0 where it has none that is known here. */
export function checksumOffset(protocol: number): number {
  switch (protocol) {
    case IP_PROTOCOL_TCP:
      return 16;
    case IP_PROTOCOL_UDP:
      return 6;
    case IP_PROTOCOL_SCTP:
      return 8;
    case IP_PROTOCOL_ICMP:
    case IP_PROTOCOL_ICMPV6:
      return 2;
    default:
      return 0;
  }
}

/** Whether there is a checksum of RFC 1071 in a message of so many octets. */
export function isSummed(protocol: number, bytes: number): boolean {
  const at = protocol === IP_PROTOCOL_SCTP ? 0 : checksumOffset(protocol);
  return at > 0 && bytes >= at + 2;
}

/** Whether the checksum covers a pseudo header. */
export function countsAddresses(protocol: number): boolean {
  return protocol === IP_PROTOCOL_TCP || protocol === IP_PROTOCOL_UDP || protocol === IP_PROTOCOL_ICMPV6;
}

/** A checksum of RFC 1071 that is wrong, and well-formed, in the place of the right one. */
export function spoiledChecksum(right: number): number {
  const wrong = right ^ CHECKSUM_SPOILED;
  return wrong === 0 ? CHECKSUM_SPOILED_OTHERWISE : wrong;
}

/** A CRC32c that is wrong in the place of the right one, unsigned. */
export function spoiledCrc(right: number): number {
  return (right ^ CRC_SPOILED) >>> 0;
}

const CRC_SPOILED = 0x5555_5555;
