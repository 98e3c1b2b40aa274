/**
 * Where the IP header of a frame stands, and its fields in it.
 */
import {
  ETHERNET_HEADER_BYTES,
  ETHERNET_TAG_BYTES,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  isVlanEtherType,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_RAW,
  LINUX_COOKED2_HEADER_BYTES,
  u16,
} from "@palisade/wire";

/** Octets from the header's beginning to each field: RFC 791 §3.1. */
export const atIpv4 = {
  totalLength: 2,
  identification: 4,
  fragment: 6,
  timeToLive: 8,
  protocol: 9,
  checksum: 10,
  source: 12,
  destination: 16,
} as const;

/** The same of IPv6: RFC 8200 §3. */
export const atIpv6 = { payloadLength: 4, nextHeader: 6, hopLimit: 7, source: 8, destination: 24 } as const;

const ETHERTYPE_BYTES = 2;

/** Index of the IP header of the frame in `offset … end`; -1 where there is none, or the link type is none that scans use. */
export function ipHeaderAt(octets: Uint8Array, offset: number, end: number, linkType: number): number {
  switch (linkType) {
    case LINKTYPE_RAW:
      return offset;
    case LINKTYPE_LINUX_SLL2:
      return offset + LINUX_COOKED2_HEADER_BYTES;
    case LINKTYPE_ETHERNET: {
      let at = offset + ETHERNET_HEADER_BYTES - ETHERTYPE_BYTES;
      while (end - at >= ETHERNET_TAG_BYTES + ETHERTYPE_BYTES && isVlanEtherType(u16(octets, at)))
        at += ETHERNET_TAG_BYTES;
      if (end - at < ETHERTYPE_BYTES) return -1;
      const type = u16(octets, at);
      return type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6 ? at + ETHERTYPE_BYTES : -1;
    }
    default:
      return -1;
  }
}
