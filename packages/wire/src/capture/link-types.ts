/**
 * Link-layer header types of capture files: the LINKTYPE_ registry (draft-ietf-opsawg-pcaplinktype). The number says what
 * a frame begins with. Named here are those whose frames lead to IP packets or are common in recordings of networks.
 */

/** BSD loopback: an address family in four octets, in the byte order of the machine that captured. */
export const LINKTYPE_NULL = 0;
/** IEEE 802.3 Ethernet, from the destination address on; without preamble, mostly without FCS. */
export const LINKTYPE_ETHERNET = 1;
/** PPP as in RFC 1661, with or without the HDLC-like address and control octets of RFC 1662. */
export const LINKTYPE_PPP = 9;
/** Raw IP under the number that most BSDs and Linux give it inside a program (DLT_RAW). Some writers let it into files. */
export const LINKTYPE_RAW_DLT = 12;
/** Raw IP under OpenBSD's inside number. */
export const LINKTYPE_RAW_OPENBSD_DLT = 14;
/** PPP in HDLC-like framing (RFC 1662), or Cisco HDLC where the first octet is 0x0f or 0x8f. */
export const LINKTYPE_PPP_HDLC = 50;
/** PPPoE session packets (RFC 2516 §4) without the Ethernet header. */
export const LINKTYPE_PPP_ETHER = 51;
/** An IPv4 or IPv6 packet; the version nibble says which. */
export const LINKTYPE_RAW = 101;
/** Cisco HDLC: address, control, EtherType (RFC 1547 §4.3.1). */
export const LINKTYPE_C_HDLC = 104;
/** IEEE 802.11 frames. */
export const LINKTYPE_IEEE802_11 = 105;
/** Frame Relay, from the address field on (RFC 2427). */
export const LINKTYPE_FRELAY = 107;
/** OpenBSD loopback: an address family in four octets, big-endian. */
export const LINKTYPE_LOOP = 108;
/** Linux "cooked" capture, first version: 16 octets, protocol in the last two. */
export const LINKTYPE_LINUX_SLL = 113;
/** OpenBSD packet filter log. */
export const LINKTYPE_PFLOG = 117;
/** IEEE 802.11 frames behind a radiotap header. */
export const LINKTYPE_IEEE802_11_RADIOTAP = 127;
/** SS7 MTP level 2 behind a pseudo-header. */
export const LINKTYPE_MTP2_WITH_PHDR = 139;
/** SS7 MTP level 2 (Q.703). */
export const LINKTYPE_MTP2 = 140;
/** SS7 MTP level 3 (Q.704). */
export const LINKTYPE_MTP3 = 141;
/** Per-Packet Information: a header that names the link type of what follows. */
export const LINKTYPE_PPI = 192;
/** PPP behind one octet of direction. */
export const LINKTYPE_PPP_WITH_DIR = 204;
/** Cisco HDLC behind one octet of direction. */
export const LINKTYPE_C_HDLC_WITH_DIR = 205;
/** SocketCAN frames, identifier in big-endian. */
export const LINKTYPE_CAN_SOCKETCAN = 227;
/** An IPv4 packet. */
export const LINKTYPE_IPV4 = 228;
/** An IPv6 packet. */
export const LINKTYPE_IPV6 = 229;
/** Linux netfilter log messages. */
export const LINKTYPE_NFLOG = 239;
/** SCTP packets without their IP header (RFC 9260). */
export const LINKTYPE_SCTP = 248;
/** Apple's packet metadata, which names the link type of what follows. */
export const LINKTYPE_PKTAP = 258;
/** Linux "cooked" capture, second version: 20 octets, protocol in the first two, interface index inside. */
export const LINKTYPE_LINUX_SLL2 = 276;

const NAMES: ReadonlyMap<number, string> = new Map([
  [LINKTYPE_NULL, "NULL"],
  [LINKTYPE_ETHERNET, "ETHERNET"],
  [LINKTYPE_PPP, "PPP"],
  [LINKTYPE_RAW_DLT, "RAW"],
  [LINKTYPE_RAW_OPENBSD_DLT, "RAW"],
  [LINKTYPE_PPP_HDLC, "PPP_HDLC"],
  [LINKTYPE_PPP_ETHER, "PPP_ETHER"],
  [LINKTYPE_RAW, "RAW"],
  [LINKTYPE_C_HDLC, "C_HDLC"],
  [LINKTYPE_IEEE802_11, "IEEE802_11"],
  [LINKTYPE_FRELAY, "FRELAY"],
  [LINKTYPE_LOOP, "LOOP"],
  [LINKTYPE_LINUX_SLL, "LINUX_SLL"],
  [LINKTYPE_PFLOG, "PFLOG"],
  [LINKTYPE_IEEE802_11_RADIOTAP, "IEEE802_11_RADIOTAP"],
  [LINKTYPE_MTP2_WITH_PHDR, "MTP2_WITH_PHDR"],
  [LINKTYPE_MTP2, "MTP2"],
  [LINKTYPE_MTP3, "MTP3"],
  [LINKTYPE_PPI, "PPI"],
  [LINKTYPE_PPP_WITH_DIR, "PPP_WITH_DIR"],
  [LINKTYPE_C_HDLC_WITH_DIR, "C_HDLC_WITH_DIR"],
  [LINKTYPE_CAN_SOCKETCAN, "CAN_SOCKETCAN"],
  [LINKTYPE_IPV4, "IPV4"],
  [LINKTYPE_IPV6, "IPV6"],
  [LINKTYPE_NFLOG, "NFLOG"],
  [LINKTYPE_SCTP, "SCTP"],
  [LINKTYPE_PKTAP, "PKTAP"],
  [LINKTYPE_LINUX_SLL2, "LINUX_SLL2"],
]);

/** The registry's name without its prefix (`ETHERNET`), or the number in words where it is not named here (`link type 147`). */
export function linkTypeName(linkType: number): string {
  return NAMES.get(linkType) ?? `link type ${linkType}`;
}
