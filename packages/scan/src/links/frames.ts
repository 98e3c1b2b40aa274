/**
 * Where the IP header of a frame stands.
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
