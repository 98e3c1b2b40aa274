import { Malformed } from "@palisade/base";
import { MAC_BYTES } from "../address.js";
import { u16 } from "../octets.js";
import { needRoom, put16, putExactly } from "../put.js";

/**
 * Ethernet: IEEE 802.3 clause 3, with the tags of IEEE 802.1Q clause 9 between the addresses and the EtherType.
 *
 * The 16 bits after the tags are an EtherType from 0x0600 and a length up to 1500 (802.3 §3.2.6); a frame with a length
 * carries LLC, and what follows the length is padding. The frame check sequence is not part of the octets.
 */
export const ETHERNET_HEADER_BYTES = 14;
export const ETHERNET_TAG_BYTES = 4;
/** More tags than any network stacks on a frame; a frame with more is refused. */
export const ETHERNET_TAGS_MAX = 8;

export const ETHERTYPE_IPV4 = 0x0800;
export const ETHERTYPE_ARP = 0x0806;
export const ETHERTYPE_TRANSPARENT_BRIDGING = 0x6558;
/** IEEE 802.1Q customer tag. */
export const ETHERTYPE_VLAN = 0x8100;
export const ETHERTYPE_IPV6 = 0x86dd;
export const ETHERTYPE_PPP = 0x880b;
export const ETHERTYPE_MPLS = 0x8847;
export const ETHERTYPE_MPLS_UPSTREAM = 0x8848;
export const ETHERTYPE_PPPOE_DISCOVERY = 0x8863;
export const ETHERTYPE_PPPOE_SESSION = 0x8864;
/** IEEE 802.1ad service tag, the outer one of QinQ. */
export const ETHERTYPE_SERVICE_VLAN = 0x88a8;
/** What switches sent as the outer tag before 802.1ad. */
export const ETHERTYPE_VLAN_DOUBLE = 0x9100;

/** Largest value of the 16 bits that is a length. */
export const ETHERNET_LENGTH_MAX = 1500;
/** Smallest value that is an EtherType. */
export const ETHERTYPE_MIN = 0x0600;

/** Fewer octets than the header and its tags, or than the length field promises. */
export const ETHERNET_TRUNCATED: Malformed = new Malformed("ethernet.truncated");
/** 1501 … 1535: neither a length nor an EtherType. */
export const ETHERNET_TYPE_IMPOSSIBLE: Malformed = new Malformed("ethernet.type-impossible");
/** More than `ETHERNET_TAGS_MAX` tags. */
export const ETHERNET_TAGS_TOO_MANY: Malformed = new Malformed("ethernet.tags-too-many");

export interface EthernetTag {
  /** Tag protocol identifier: `ETHERTYPE_VLAN`, `ETHERTYPE_SERVICE_VLAN`, `ETHERTYPE_VLAN_DOUBLE`. */
  readonly protocol: number;
  /** Priority code point, 0 … 7. */
  readonly priority: number;
  readonly dropEligible: boolean;
  /** VLAN identifier, 0 … 4095. */
  readonly vlan: number;
}

export interface Ethernet {
  readonly destination: Uint8Array;
  readonly source: Uint8Array;
  /** Outermost first. */
  readonly tags: readonly EthernetTag[];
  /** `undefined` where the frame has a length in its place. */
  readonly etherType: number | undefined;
  readonly payload: Uint8Array;
}

const at = { destination: 0, source: 6, type: 12 } as const;

export function isVlanEtherType(type: number): boolean {
  return type === ETHERTYPE_VLAN || type === ETHERTYPE_SERVICE_VLAN || type === ETHERTYPE_VLAN_DOUBLE;
}

export function parseEthernet(bytes: Uint8Array): Ethernet | Malformed {
  if (bytes.length < ETHERNET_HEADER_BYTES) return ETHERNET_TRUNCATED;
  const tags: EthernetTag[] = [];
  let offset: number = at.type;
  let type = u16(bytes, offset);
  while (isVlanEtherType(type)) {
    if (tags.length === ETHERNET_TAGS_MAX) return ETHERNET_TAGS_TOO_MANY;
    if (bytes.length < offset + ETHERNET_TAG_BYTES + 2) return ETHERNET_TRUNCATED;
    const control = u16(bytes, offset + 2);
    tags.push({
      protocol: type,
      priority: control >>> 13,
      dropEligible: (control & 0x1000) !== 0,
      vlan: control & 0x0fff,
    });
    offset += ETHERNET_TAG_BYTES;
    type = u16(bytes, offset);
  }
  offset += 2;
  let end = bytes.length;
  if (type <= ETHERNET_LENGTH_MAX) {
    end = offset + type;
    if (end > bytes.length) return ETHERNET_TRUNCATED;
  } else if (type < ETHERTYPE_MIN) {
    return ETHERNET_TYPE_IMPOSSIBLE;
  }
  return {
    destination: bytes.subarray(at.destination, at.destination + MAC_BYTES),
    source: bytes.subarray(at.source, at.source + MAC_BYTES),
    tags,
    etherType: type >= ETHERTYPE_MIN ? type : undefined,
    payload: bytes.subarray(offset, end),
  };
}

/** Octets that `emitEthernet` writes. */
export function ethernetBytes(frame: Ethernet): number {
  return ETHERNET_HEADER_BYTES + frame.tags.length * ETHERNET_TAG_BYTES + frame.payload.length;
}

/** Writes header, tags and payload; without an EtherType the payload's length stands in its place. */
export function emitEthernet(frame: Ethernet, out: Uint8Array, offset: number): number {
  const bytes = ethernetBytes(frame);
  needRoom(out, offset, bytes);
  putExactly(out, offset + at.destination, frame.destination, MAC_BYTES);
  putExactly(out, offset + at.source, frame.source, MAC_BYTES);
  let index = offset + at.type;
  for (const tag of frame.tags) {
    put16(out, index, tag.protocol);
    put16(out, index + 2, (tag.priority << 13) | (tag.dropEligible ? 0x1000 : 0) | (tag.vlan & 0x0fff));
    index += ETHERNET_TAG_BYTES;
  }
  put16(out, index, frame.etherType ?? frame.payload.length);
  out.set(frame.payload, index + 2);
  return bytes;
}
