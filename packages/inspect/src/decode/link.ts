/**
 * Link layers: what lies before the first IP header, and between two of them where a tunnel holds frames.
 *
 * A capture's link type says which comes first. From there an EtherType (IEEE 802 Numbers at IANA), a PPP protocol number
 * or a nibble says what follows, until IP or a layer that is only named. MPLS is here because all three lead to it.
 */
import { Malformed } from "@palisade/base";
import {
  ETHERNET_LENGTH_MAX,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MIN,
  ETHERTYPE_MPLS,
  ETHERTYPE_MPLS_UPSTREAM,
  ETHERTYPE_PPP,
  ETHERTYPE_PPPOE_DISCOVERY,
  ETHERTYPE_PPPOE_SESSION,
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_TRANSPARENT_BRIDGING,
  ETHERTYPE_VLAN,
  ETHERTYPE_VLAN_DOUBLE,
  LINKTYPE_C_HDLC,
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_LOOP,
  LINKTYPE_NULL,
  LINKTYPE_PPI,
  LINKTYPE_PPP,
  LINKTYPE_PPP_ETHER,
  LINKTYPE_PPP_HDLC,
  LINKTYPE_RAW,
  LINKTYPE_RAW_DLT,
  LINKTYPE_RAW_OPENBSD_DLT,
  LLC_CONTROL_UNNUMBERED,
  LLC_SAP_SNAP,
  LLC_SAP_SPANNING_TREE,
  PPP_ADDRESS_CONTROL,
  PPP_IPV4,
  PPP_IPV6,
  PPP_MPLS,
  PPPOE_CODE_SESSION,
  SNAP_OUI_ETHERTYPE,
  u8,
  u16,
  u16le,
  u24,
  u32,
  u32le,
} from "@palisade/wire";
import { type Descent, INSIDE_IP, INSIDE_LLC, INSIDE_MPLS, INSIDE_PPP } from "./descent.js";
import { LAYER } from "./layers.js";
import { decodeIp, decodeIpv4, decodeIpv6 } from "./network.js";

/** Fewer octets than the link header, or a PPI header that is shorter than itself, longer than the frame, or holds another. */
export const LINK_TRUNCATED = new Malformed("link.truncated");
/** A capture of a link type that is not opened. */
export const LINK_TYPE_UNKNOWN = new Malformed("link.type-unknown");
/** Fewer octets than the four of a tag (IEEE 802.1Q §9.4). */
export const VLAN_TRUNCATED = new Malformed("vlan.truncated");
/** The frame ends before the label at the bottom of the stack. */
export const MPLS_TRUNCATED = new Malformed("mpls.truncated");
/** Fewer octets than the header (RFC 2516 §4). */
export const PPPOE_TRUNCATED = new Malformed("pppoe.truncated");
/** Fewer octets than the LLC header, or than the SNAP header it announces. */
export const LLC_TRUNCATED = new Malformed("llc.truncated");

// For every packet: decoder.ts says why.
const ETHERNET = LINKTYPE_ETHERNET;
const IPV4 = ETHERTYPE_IPV4;
const IPV6 = ETHERTYPE_IPV6;
const LAYER_ETHERNET = LAYER.eth;

const ETHERTYPE_EAPOL = 0x888e;
const ETHERTYPE_LLDP = 0x88cc;

/** IEEE 802.1H: the bridge tunnel encapsulation, whose protocol is an EtherType as RFC 1042's is. */
const SNAP_OUI_BRIDGE_TUNNEL = 0x0000f8;
/** IP over LLC without SNAP: RFC 948 §3. */
const LLC_SAP_IP = 0x06;

/** MPLS with an upstream-assigned label (RFC 5332 §3), or multicast: RFC 3032 §4.3. */
const PPP_MPLS_UPSTREAM = 0x0283;

// Where SLL has no EtherType: Linux's if_ether.h and if_arp.h.
const SLL_PROTOCOL_LLC = 4;
const ARPHRD_FRAD = 770;
const ARPHRD_RADIOTAP = 803;
const ARPHRD_NETLINK = 824;

/** Decodes `octets[at … end)`: a frame of a capture of `linkType` (`LINKTYPE_…`), or what a tunnel holds (`INSIDE_…`). */
export function decodeLink(descent: Descent, at: number, linkType: number): void {
  const { octets } = descent.view;
  const length = descent.end - at;
  switch (linkType) {
    case ETHERNET:
      decodeEthernet(descent, at);
      return;
    case INSIDE_IP:
      decodeIp(descent, at);
      return;
    case INSIDE_LLC:
      decodeLlc(descent, at);
      return;
    case INSIDE_MPLS:
      decodeMpls(descent, at);
      return;
    case INSIDE_PPP:
      decodePpp(descent, at);
      return;
    case LINKTYPE_RAW:
    case LINKTYPE_RAW_DLT:
    case LINKTYPE_RAW_OPENBSD_DLT:
    case LINKTYPE_IPV4:
    case LINKTYPE_IPV6:
      descent.push(LAYER.raw);
      decodeIp(descent, at);
      return;
    case LINKTYPE_LINUX_SLL:
      descent.push(LAYER.sll);
      if (length < 16) descent.malformed(LINK_TRUNCATED);
      else decodeCooked(descent, u16(octets, at + 2), u16(octets, at + 14), at + 16);
      return;
    case LINKTYPE_LINUX_SLL2:
      descent.push(LAYER.sll2);
      if (length < 20) descent.malformed(LINK_TRUNCATED);
      else decodeCooked(descent, u16(octets, at + 8), u16(octets, at), at + 20);
      return;
    case LINKTYPE_NULL:
    case LINKTYPE_LOOP:
      descent.push(LAYER.null);
      if (length < 4) descent.malformed(LINK_TRUNCATED);
      else decodeAddressFamily(descent, at);
      return;
    case LINKTYPE_PPP:
    case LINKTYPE_PPP_HDLC:
      decodePppOrHdlc(descent, at);
      return;
    case LINKTYPE_PPP_ETHER:
      decodePppoe(descent, at);
      return;
    case LINKTYPE_C_HDLC:
      decodeHdlc(descent, at);
      return;
    case LINKTYPE_PPI:
      decodePpi(descent, at);
      return;
    default:
      descent.push(LAYER["link-other"]);
      descent.malformed(LINK_TYPE_UNKNOWN);
  }
}

/** IEEE 802.3 clause 3: two addresses of six octets, then the EtherType or length. */
function decodeEthernet(descent: Descent, at: number): void {
  descent.push(LAYER_ETHERNET);
  if (descent.end - at < 14) descent.malformed(LINK_TRUNCATED);
  else decodeEtherType(descent, u16(descent.view.octets, at + 12), at + 14);
}

/** What an EtherType announces at `at`. */
function decodeEtherType(descent: Descent, type: number, at: number): void {
  if (type === IPV4) decodeIpv4(descent, at);
  else if (type === IPV6) decodeIpv6(descent, at);
  else decodeOtherEtherType(descent, type, at);
}

/** Tags, and what comes after them: up to 1500 the number is a length, and LLC follows (IEEE 802.3 §3.2.6). */
function decodeOtherEtherType(descent: Descent, first: number, start: number): void {
  const { view } = descent;
  const { octets } = view;
  let type = first;
  let at = start;
  while (type === ETHERTYPE_VLAN || type === ETHERTYPE_SERVICE_VLAN || type === ETHERTYPE_VLAN_DOUBLE) {
    descent.push(LAYER.vlan);
    if (descent.end - at < 4) {
      descent.malformed(VLAN_TRUNCATED);
      return;
    }
    if (!descent.stacks()) return;
    if (view.vlan === 0) view.vlan = (u16(octets, at) & 0x0fff) + 1;
    type = u16(octets, at + 2);
    at += 4;
  }
  switch (type) {
    case ETHERTYPE_IPV4:
      decodeIpv4(descent, at);
      return;
    case ETHERTYPE_IPV6:
      decodeIpv6(descent, at);
      return;
    case ETHERTYPE_ARP:
      descent.push(LAYER.arp);
      return;
    case ETHERTYPE_MPLS:
    case ETHERTYPE_MPLS_UPSTREAM:
      decodeMpls(descent, at);
      return;
    case ETHERTYPE_PPPOE_SESSION:
      decodePppoe(descent, at);
      return;
    case ETHERTYPE_PPPOE_DISCOVERY:
      descent.push(LAYER.pppoe);
      return;
    case ETHERTYPE_PPP:
      decodePpp(descent, at);
      return;
    case ETHERTYPE_TRANSPARENT_BRIDGING:
      if (descent.stacks()) decodeEthernet(descent, at);
      return;
    case ETHERTYPE_EAPOL:
      descent.push(LAYER.eapol);
      return;
    case ETHERTYPE_LLDP:
      descent.push(LAYER.lldp);
      return;
    default:
      if (type <= ETHERNET_LENGTH_MAX) decodeLlc(descent, at);
      else descent.push(LAYER["ether-other"]);
  }
}

/** Where an EtherType stands that cannot be a length. */
function decodeEtherTypeOnly(descent: Descent, type: number, at: number): void {
  if (type >= ETHERTYPE_MIN) decodeEtherType(descent, type, at);
  else descent.push(LAYER["ether-other"]);
}

/**
 * Linux cooked capture, LINKTYPE_LINUX_SLL and _SLL2: the protocol is an EtherType, or one of Linux's own numbers below,
 * of which 4 is LLC; of some hardware types it is neither.
 */
function decodeCooked(descent: Descent, hardware: number, protocol: number, at: number): void {
  if (hardware === ARPHRD_NETLINK || hardware === ARPHRD_RADIOTAP || hardware === ARPHRD_FRAD)
    descent.push(LAYER["link-other"]);
  else if (protocol === SLL_PROTOCOL_LLC) decodeLlc(descent, at);
  else decodeEtherTypeOnly(descent, protocol, at);
}

/** BSD loopback: the address family in the byte order of the machine that captured (or, for LOOP, of the network). */
function decodeAddressFamily(descent: Descent, at: number): void {
  const { octets } = descent.view;
  const big = u32(octets, at);
  const family = big > 0xffff ? u32le(octets, at) : big;
  if (family === 2) decodeIpv4(descent, at + 4);
  // AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin.
  else if (family === 10 || family === 24 || family === 28 || family === 30) decodeIpv6(descent, at + 4);
  else descent.push(LAYER["link-other"]);
}

/** Per-Packet Information, little-endian: version, flags, header length in octets, the link type of what follows. */
function decodePpi(descent: Descent, at: number): void {
  const { octets } = descent.view;
  const length = descent.end - at;
  descent.push(LAYER.ppi);
  if (length < 8) {
    descent.malformed(LINK_TRUNCATED);
    return;
  }
  const headerLength = u16le(octets, at + 2);
  const inner = u32le(octets, at + 4);
  // A PPI inside a PPI says nothing, and would let an attacker choose the depth.
  if (headerLength < 8 || headerLength > length || inner === LINKTYPE_PPI) descent.malformed(LINK_TRUNCATED);
  else decodeLink(descent, at + headerLength, inner);
}

/** IEEE 802.2 §3.2, and the SNAP header that gives an EtherType (IEEE 802 §10, RFC 1042). */
function decodeLlc(descent: Descent, at: number): void {
  const { octets } = descent.view;
  descent.push(LAYER.llc);
  if (descent.end - at < 3) {
    descent.malformed(LLC_TRUNCATED);
    return;
  }
  const destination = u8(octets, at);
  const unnumbered = u8(octets, at + 2) === LLC_CONTROL_UNNUMBERED;
  if (destination === LLC_SAP_SNAP && u8(octets, at + 1) === LLC_SAP_SNAP && unnumbered) {
    if (descent.end - at < 8) {
      descent.malformed(LLC_TRUNCATED);
      return;
    }
    const organization = u24(octets, at + 3);
    const type = u16(octets, at + 6);
    if (organization !== SNAP_OUI_ETHERTYPE && organization !== SNAP_OUI_BRIDGE_TUNNEL) return;
    if (type >= ETHERTYPE_MIN) decodeEtherType(descent, type, at + 8);
  } else if (destination === LLC_SAP_SPANNING_TREE) {
    descent.push(LAYER.stp);
  } else if (destination === LLC_SAP_IP && unnumbered) {
    decodeIpv4(descent, at + 3);
  }
}

/** RFC 3032 §2.1: labels of four octets until the bottom of the stack; what follows is told by its first nibble (RFC 4928 §3). */
function decodeMpls(descent: Descent, start: number): void {
  const { octets } = descent.view;
  descent.push(LAYER.mpls);
  let at = start;
  for (let bottom = false; !bottom; at += 4) {
    if (descent.end - at < 4) {
      descent.malformed(MPLS_TRUNCATED);
      return;
    }
    if (!descent.stacks()) return;
    bottom = (u8(octets, at + 2) & 1) !== 0;
  }
  if (descent.end - at < 1) return;
  const nibble = u8(octets, at) >>> 4;
  if (nibble === 4) decodeIpv4(descent, at);
  else if (nibble === 6) decodeIpv6(descent, at);
  // A pseudowire control word (RFC 4385 §3) is four octets that begin with a zero nibble; Ethernet follows (RFC 4448).
  else if (nibble === 0 && descent.end - at >= 18) decodeEthernet(descent, at + 4);
}

/** RFC 2516 §4: code 0 is a session's, whose payload is as long as the length field says. */
function decodePppoe(descent: Descent, at: number): void {
  const { octets } = descent.view;
  descent.push(LAYER.pppoe);
  if (descent.end - at < 6) {
    descent.malformed(PPPOE_TRUNCATED);
  } else if (u8(octets, at + 1) === PPPOE_CODE_SESSION) {
    descent.end = Math.min(descent.end, at + 6 + u16(octets, at + 4));
    decodePpp(descent, at + 6);
  }
}

/** Link type PPP is used for Cisco HDLC as well, which begins with 0x0f or 0x8f; PPP in HDLC framing begins with ff 03. */
function decodePppOrHdlc(descent: Descent, at: number): void {
  const { octets } = descent.view;
  if (descent.end - at < 2) {
    descent.push(LAYER.ppp);
    descent.malformed(LINK_TRUNCATED);
    return;
  }
  const address = u8(octets, at);
  if ((address === 0x0f || address === 0x8f) && u8(octets, at + 1) === 0) decodeHdlc(descent, at);
  else decodePpp(descent, at);
}

/** Cisco's HDLC (RFC 1547 §4.3.1): address, control, EtherType. */
function decodeHdlc(descent: Descent, at: number): void {
  descent.push(LAYER.hdlc);
  if (descent.end - at < 4) descent.malformed(LINK_TRUNCATED);
  else decodeEtherTypeOnly(descent, u16(descent.view.octets, at + 2), at + 4);
}

/** RFC 1661 §2, §6.5 and RFC 1662 §3.1: address and control may be left out, and so may the protocol's first octet. */
function decodePpp(descent: Descent, start: number): void {
  const { octets } = descent.view;
  descent.push(LAYER.ppp);
  let at = start;
  if (descent.end - at >= 2 && u16(octets, at) === PPP_ADDRESS_CONTROL) at += 2;
  if (descent.end - at < 2) {
    descent.malformed(LINK_TRUNCATED);
    return;
  }
  let protocol = u8(octets, at);
  if ((protocol & 1) !== 0) {
    at += 1;
  } else {
    protocol = u16(octets, at);
    at += 2;
  }
  if (protocol === PPP_IPV4) decodeIpv4(descent, at);
  else if (protocol === PPP_IPV6) decodeIpv6(descent, at);
  else if (protocol === PPP_MPLS || protocol === PPP_MPLS_UPSTREAM) decodeMpls(descent, at);
  else descent.push(LAYER["link-other"]);
}
