/**
 * From a frame to the innermost transport header, in place: one pass over the headers, no allocation.
 *
 * Every tunnel is opened as far as `TUNNEL_DEPTH_MAX` IP headers. A tunnel in UDP is recognised by its port, which is
 * no proof: where its header or the packet inside is not as specified, the outer datagram stands as an ordinary one.
 */
import { Malformed } from "@palisade/base";
import {
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
  u8,
  u16,
  u16le,
  u24,
  u32,
  u32le,
} from "@palisade/wire";
import { LAYER } from "./layers.js";
import type { PacketView } from "./packet-view.js";
import { type PathTable, ROOT_PATH } from "./path-table.js";

/** IP headers in one packet; a further one is left as the payload of the last. */
export const TUNNEL_DEPTH_MAX = 8;
/** VLAN tags, MPLS labels and Ethernet headers in Ethernet in one packet, and IPv6 extension headers in one packet. */
export const STACK_DEPTH_MAX = 16;

export const LINK_TRUNCATED = new Malformed("link.truncated");
export const LINK_TYPE_UNKNOWN = new Malformed("link.type-unknown");
export const VLAN_TRUNCATED = new Malformed("vlan.truncated");
export const STACK_TOO_DEEP = new Malformed("link.stack-too-deep");
export const MPLS_TRUNCATED = new Malformed("mpls.truncated");
export const PPPOE_TRUNCATED = new Malformed("pppoe.truncated");
export const LLC_TRUNCATED = new Malformed("llc.truncated");
export const IP_TRUNCATED = new Malformed("ip.truncated");
export const IP_VERSION_UNKNOWN = new Malformed("ip.version-unknown");
/** Header length below 20 octets, or total length below the header's (RFC 791 §3.1). */
export const IP_LENGTH_IMPOSSIBLE = new Malformed("ip.length-impossible");
export const IPV6_EXTENSION_TRUNCATED = new Malformed("ipv6.extension-truncated");
export const IPV6_EXTENSIONS_TOO_MANY = new Malformed("ipv6.extensions-too-many");
export const TCP_TRUNCATED = new Malformed("tcp.truncated");
/** Data offset below 5 words, or past the segment (RFC 9293 §3.1). */
export const TCP_OFFSET_IMPOSSIBLE = new Malformed("tcp.offset-impossible");
export const UDP_TRUNCATED = new Malformed("udp.truncated");
/** Length below the header's 8 octets (RFC 768). */
export const UDP_LENGTH_IMPOSSIBLE = new Malformed("udp.length-impossible");
export const SCTP_TRUNCATED = new Malformed("sctp.truncated");
export const AH_TRUNCATED = new Malformed("ah.truncated");
export const GRE_TRUNCATED = new Malformed("gre.truncated");

export const decodeMalformed: readonly Malformed[] = [
  LINK_TRUNCATED,
  LINK_TYPE_UNKNOWN,
  VLAN_TRUNCATED,
  STACK_TOO_DEEP,
  MPLS_TRUNCATED,
  PPPOE_TRUNCATED,
  LLC_TRUNCATED,
  IP_TRUNCATED,
  IP_VERSION_UNKNOWN,
  IP_LENGTH_IMPOSSIBLE,
  IPV6_EXTENSION_TRUNCATED,
  IPV6_EXTENSIONS_TOO_MANY,
  TCP_TRUNCATED,
  TCP_OFFSET_IMPOSSIBLE,
  UDP_TRUNCATED,
  UDP_LENGTH_IMPOSSIBLE,
  SCTP_TRUNCATED,
  AH_TRUNCATED,
  GRE_TRUNCATED,
];

// EtherTypes: IEEE 802 Numbers at IANA.
const ETHERTYPE_IPV4 = 0x0800;
const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_TRANSPARENT_BRIDGING = 0x6558;
const ETHERTYPE_VLAN = 0x8100;
const ETHERTYPE_IPV6 = 0x86dd;
const ETHERTYPE_MPLS = 0x8847;
const ETHERTYPE_MPLS_MULTICAST = 0x8848;
const ETHERTYPE_PPPOE_DISCOVERY = 0x8863;
const ETHERTYPE_PPPOE_SESSION = 0x8864;
const ETHERTYPE_EAPOL = 0x888e;
const ETHERTYPE_QINQ = 0x88a8;
const ETHERTYPE_LLDP = 0x88cc;
const ETHERTYPE_QINQ_OLD = 0x9100;
const ETHERTYPE_PPP = 0x880b;
/** Below: an IEEE 802.3 length, and LLC follows. */
const ETHERTYPE_MIN = 0x0600;

// IP protocol numbers: IANA "Assigned Internet Protocol Numbers".
const PROTOCOL_ICMP = 1;
const PROTOCOL_IGMP = 2;
const PROTOCOL_IPV4 = 4;
const PROTOCOL_TCP = 6;
const PROTOCOL_UDP = 17;
const PROTOCOL_DCCP = 33;
const PROTOCOL_IPV6 = 41;
const PROTOCOL_RSVP = 46;
const PROTOCOL_GRE = 47;
const PROTOCOL_ESP = 50;
const PROTOCOL_AH = 51;
const PROTOCOL_ICMPV6 = 58;
const PROTOCOL_EIGRP = 88;
const PROTOCOL_OSPF = 89;
const PROTOCOL_ETHERIP = 97;
const PROTOCOL_PIM = 103;
const PROTOCOL_VRRP = 112;
const PROTOCOL_PGM = 113;
const PROTOCOL_SCTP = 132;
const PROTOCOL_UDP_LITE = 136;
const PROTOCOL_MPLS = 137;

// IPv6 extension headers (RFC 8200 §4).
const EXTENSION_HOP_BY_HOP = 0;
const EXTENSION_ROUTING = 43;
const EXTENSION_FRAGMENT = 44;
const EXTENSION_DESTINATION = 60;
const EXTENSION_MOBILITY = 135;

const PORT_GTP_U = 2152;
const PORT_TEREDO = 3544;
const PORT_VXLAN = 4789;
const PORT_CAPWAP_DATA = 5247;
const PORT_GENEVE = 6081;
const PORT_TZSP = 37008;

export class Decoder {
  readonly #paths: PathTable;
  #view: PacketView = undefined as never;
  #end = 0;
  #ipHeaders = 0;
  #stack = 0;

  constructor(paths: PathTable) {
    this.#paths = paths;
  }

  /** Decodes the frame `octets[offset … end)` into `view`, whose number, time and sizes the caller has set. */
  frame(view: PacketView, octets: Uint8Array, offset: number, end: number, linkType: number): void {
    this.#begin(view, octets, end);
    view.path = ROOT_PATH;
    view.vlan = 0;
    this.#link(offset, linkType);
  }

  /**
   * Decodes what a reassembled IP datagram carries: `octets[offset … end)` is the datagram without its IP header, of
   * `protocol`, and the addresses are taken from `addresses` (source, then destination) in the same octets. It was
   * `wireBytes` long: more than is there where the snap length cut its fragments.
   */
  datagram(
    view: PacketView,
    octets: Uint8Array,
    addresses: number,
    offset: number,
    end: number,
    wireBytes: number,
  ): void {
    const { protocol, ipVersion, path, vlan } = view;
    this.#begin(view, octets, end);
    this.#ipHeaders = 1;
    view.ipVersion = ipVersion;
    view.path = path;
    view.vlan = vlan;
    view.sourceAddress = addresses;
    view.destinationAddress = addresses + (ipVersion === 4 ? 4 : 16);
    this.#upper(protocol, offset, end, wireBytes);
  }

  #begin(view: PacketView, octets: Uint8Array, end: number): void {
    this.#view = view;
    this.#end = end;
    this.#ipHeaders = 0;
    this.#stack = 0;
    view.octets = octets;
    view.ipVersion = 0;
    view.malformed = undefined;
    view.protocol = 0;
    view.fragment = false;
    view.sourcePort = 0;
    view.destinationPort = 0;
    view.transportRead = false;
    view.payload = end;
    view.payloadEnd = end;
    view.payloadBytes = 0;
    view.tcpFlags = 0;
  }

  #push(layer: number): void {
    this.#view.path = this.#paths.child(this.#view.path, layer);
  }

  #link(at: number, linkType: number): void {
    const { octets } = this.#view;
    const length = this.#end - at;
    switch (linkType) {
      case LINKTYPE_ETHERNET:
        this.#ethernet(at);
        return;
      case LINKTYPE_RAW:
      case 12: // DLT_RAW where files hold the capturing system's own number
      case 14:
      case LINKTYPE_IPV4:
      case LINKTYPE_IPV6:
        this.#push(LAYER.raw);
        this.#ipByVersion(at);
        return;
      case LINKTYPE_LINUX_SLL:
        this.#push(LAYER.sll);
        if (length < 16) this.#malformed(LINK_TRUNCATED);
        else this.#etherType(u16(octets, at + 14), at + 16);
        return;
      case LINKTYPE_LINUX_SLL2:
        this.#push(LAYER.sll2);
        if (length < 20) this.#malformed(LINK_TRUNCATED);
        else this.#etherType(u16(octets, at), at + 20);
        return;
      case LINKTYPE_NULL:
      case LINKTYPE_LOOP:
        this.#push(LAYER.null);
        if (length < 4) this.#malformed(LINK_TRUNCATED);
        else this.#addressFamily(at);
        return;
      case LINKTYPE_PPP:
      case LINKTYPE_PPP_HDLC:
        this.#pppOrHdlc(at);
        return;
      case LINKTYPE_PPP_ETHER:
        this.#pppoe(at);
        return;
      case LINKTYPE_C_HDLC:
        this.#hdlc(at);
        return;
      case LINKTYPE_PPI: {
        this.#push(LAYER.ppi);
        if (length < 8) {
          this.#malformed(LINK_TRUNCATED);
          return;
        }
        const headerLength = u16le(octets, at + 2);
        const inner = u32le(octets, at + 4);
        // A PPI inside a PPI says nothing, and would let an attacker choose the depth.
        if (headerLength < 8 || headerLength > length || inner === LINKTYPE_PPI)
          this.#malformed(LINK_TRUNCATED);
        else this.#link(at + headerLength, inner);
        return;
      }
      default:
        this.#push(LAYER["link-other"]);
        this.#malformed(LINK_TYPE_UNKNOWN);
    }
  }

  /** BSD loopback: the address family in the byte order of the machine that captured (or, for LOOP, of the network). */
  #addressFamily(at: number): void {
    const { octets } = this.#view;
    const big = u32(octets, at);
    const family = big > 0xffff ? u32le(octets, at) : big;
    if (family === 2) this.#ipv4(at + 4);
    // AF_INET6 is 10 on Linux, 24 on NetBSD and OpenBSD, 28 on FreeBSD, 30 on Darwin.
    else if (family === 10 || family === 24 || family === 28 || family === 30) this.#ipv6(at + 4);
    else this.#push(LAYER["link-other"]);
  }

  #ethernet(at: number): void {
    this.#push(LAYER.eth);
    if (this.#end - at < 14) this.#malformed(LINK_TRUNCATED);
    else this.#etherType(u16(this.#view.octets, at + 12), at + 14);
  }

  #etherType(first: number, start: number): void {
    const view = this.#view;
    const { octets } = view;
    let type = first;
    let at = start;
    while (type === ETHERTYPE_VLAN || type === ETHERTYPE_QINQ || type === ETHERTYPE_QINQ_OLD) {
      this.#push(LAYER.vlan);
      if (this.#end - at < 4) {
        this.#malformed(VLAN_TRUNCATED);
        return;
      }
      this.#stack += 1;
      if (this.#stack > STACK_DEPTH_MAX) {
        this.#malformed(STACK_TOO_DEEP);
        return;
      }
      if (view.vlan === 0) view.vlan = (u16(octets, at) & 0x0fff) + 1;
      type = u16(octets, at + 2);
      at += 4;
    }
    switch (type) {
      case ETHERTYPE_IPV4:
        this.#ipv4(at);
        return;
      case ETHERTYPE_IPV6:
        this.#ipv6(at);
        return;
      case ETHERTYPE_ARP:
        this.#push(LAYER.arp);
        return;
      case ETHERTYPE_MPLS:
      case ETHERTYPE_MPLS_MULTICAST:
        this.#mpls(at);
        return;
      case ETHERTYPE_PPPOE_SESSION:
        this.#pppoe(at);
        return;
      case ETHERTYPE_PPPOE_DISCOVERY:
        this.#push(LAYER.pppoe);
        return;
      case ETHERTYPE_PPP:
        this.#ppp(at);
        return;
      case ETHERTYPE_TRANSPARENT_BRIDGING:
        this.#stack += 1;
        if (this.#stack > STACK_DEPTH_MAX) this.#malformed(STACK_TOO_DEEP);
        else this.#ethernet(at);
        return;
      case ETHERTYPE_EAPOL:
        this.#push(LAYER.eapol);
        return;
      case ETHERTYPE_LLDP:
        this.#push(LAYER.lldp);
        return;
      default:
        if (type < ETHERTYPE_MIN) this.#llc(at);
        else this.#push(LAYER["ether-other"]);
    }
  }

  /** IEEE 802.2 LLC, and the SNAP header that gives an EtherType (IEEE 802 §10, RFC 1042). */
  #llc(at: number): void {
    const { octets } = this.#view;
    this.#push(LAYER.llc);
    if (this.#end - at < 3) {
      this.#malformed(LLC_TRUNCATED);
      return;
    }
    const destination = u8(octets, at);
    if (destination === 0xaa && u8(octets, at + 1) === 0xaa && u8(octets, at + 2) === 3) {
      if (this.#end - at < 8) this.#malformed(LLC_TRUNCATED);
      else if (u24(octets, at + 3) === 0 || u24(octets, at + 3) === 0x0000f8) {
        const type = u16(octets, at + 6);
        if (type >= ETHERTYPE_MIN) this.#etherType(type, at + 8);
      }
    } else if (destination === 0x42) {
      this.#push(LAYER.stp);
    } else if (destination === 0x06) {
      this.#ipv4(at + 3);
    }
  }

  /** RFC 3032: labels of four octets until the bottom of the stack; what follows is told by its first nibble (RFC 4928 §3). */
  #mpls(start: number): void {
    const { octets } = this.#view;
    this.#push(LAYER.mpls);
    let at = start;
    for (;;) {
      if (this.#end - at < 4) {
        this.#malformed(MPLS_TRUNCATED);
        return;
      }
      this.#stack += 1;
      if (this.#stack > STACK_DEPTH_MAX) {
        this.#malformed(STACK_TOO_DEEP);
        return;
      }
      const bottom = (u8(octets, at + 2) & 1) !== 0;
      at += 4;
      if (bottom) break;
    }
    if (this.#end - at < 1) return;
    const nibble = u8(octets, at) >>> 4;
    if (nibble === 4) this.#ipv4(at);
    else if (nibble === 6) this.#ipv6(at);
    // A pseudowire control word (RFC 4385 §3) is four octets that begin with a zero nibble; Ethernet follows (RFC 4448).
    else if (nibble === 0 && this.#end - at >= 18) this.#ethernet(at + 4);
  }

  /** RFC 2516 §4: version and type 1, code 0 for session data. */
  #pppoe(at: number): void {
    this.#push(LAYER.pppoe);
    if (this.#end - at < 6) this.#malformed(PPPOE_TRUNCATED);
    else if (u8(this.#view.octets, at + 1) === 0) this.#ppp(at + 6);
  }

  /** Link type PPP is used for Cisco HDLC as well, which begins with 0x0f or 0x8f; PPP in HDLC framing begins with ff 03. */
  #pppOrHdlc(at: number): void {
    const { octets } = this.#view;
    if (this.#end - at < 2) {
      this.#push(LAYER.ppp);
      this.#malformed(LINK_TRUNCATED);
      return;
    }
    const address = u8(octets, at);
    if ((address === 0x0f || address === 0x8f) && u8(octets, at + 1) === 0) this.#hdlc(at);
    else this.#ppp(at);
  }

  #hdlc(at: number): void {
    this.#push(LAYER.hdlc);
    if (this.#end - at < 4) this.#malformed(LINK_TRUNCATED);
    else this.#etherType(u16(this.#view.octets, at + 2), at + 4);
  }

  /** RFC 1661 §2 and RFC 1662 §3: address and control may be left out, and so may the protocol's first octet. */
  #ppp(start: number): void {
    const { octets } = this.#view;
    this.#push(LAYER.ppp);
    let at = start;
    if (this.#end - at >= 2 && u16(octets, at) === 0xff03) at += 2;
    if (this.#end - at < 2) {
      this.#malformed(LINK_TRUNCATED);
      return;
    }
    let protocol = u8(octets, at);
    if ((protocol & 1) !== 0) at += 1;
    else {
      protocol = u16(octets, at);
      at += 2;
    }
    if (protocol === 0x0021) this.#ipv4(at);
    else if (protocol === 0x0057) this.#ipv6(at);
    else if (protocol === 0x0281 || protocol === 0x0283) this.#mpls(at);
    else this.#push(LAYER["link-other"]);
  }

  #ipByVersion(at: number): void {
    if (at >= this.#end) {
      this.#malformed(IP_TRUNCATED);
      return;
    }
    const version = u8(this.#view.octets, at) >>> 4;
    if (version === 4) this.#ipv4(at);
    else if (version === 6) this.#ipv6(at);
    else this.#malformed(IP_VERSION_UNKNOWN);
  }

  /** RFC 791 §3.1. */
  #ipv4(at: number): void {
    const view = this.#view;
    const { octets } = view;
    const available = this.#end - at;
    this.#push(LAYER.ip);
    if (available < 20) {
      this.#malformed(IP_TRUNCATED);
      return;
    }
    if (u8(octets, at) >>> 4 !== 4) {
      this.#malformed(IP_VERSION_UNKNOWN);
      return;
    }
    const headerLength = (u8(octets, at) & 0x0f) * 4;
    // A total length of zero is what a sender with segmentation offload hands to a local capture: all that is there.
    const totalLength = u16(octets, at + 2) || available;
    if (headerLength < 20 || totalLength < headerLength) {
      this.#malformed(IP_LENGTH_IMPOSSIBLE);
      return;
    }
    if (headerLength > available) {
      this.#malformed(IP_TRUNCATED);
      return;
    }
    this.#ipHeaders += 1;
    view.ipVersion = 4;
    view.sourceAddress = at + 12;
    view.destinationAddress = at + 16;
    const protocol = u8(octets, at + 9);
    const fragmentation = u16(octets, at + 6);
    const end = Math.min(this.#end, at + totalLength);
    this.#end = end;
    if ((fragmentation & 0x3fff) !== 0) {
      this.#fragment(
        protocol,
        u16(octets, at + 4),
        (fragmentation & 0x1fff) * 8,
        (fragmentation & 0x2000) !== 0,
        at + headerLength,
        at + totalLength,
      );
      return;
    }
    this.#upper(protocol, at + headerLength, end, totalLength - headerLength);
  }

  /** RFC 8200 §3 and §4. */
  #ipv6(start: number): void {
    const view = this.#view;
    const { octets } = view;
    const available = this.#end - start;
    this.#push(LAYER.ipv6);
    if (available < 40) {
      this.#malformed(IP_TRUNCATED);
      return;
    }
    if (u8(octets, start) >>> 4 !== 6) {
      this.#malformed(IP_VERSION_UNKNOWN);
      return;
    }
    this.#ipHeaders += 1;
    view.ipVersion = 6;
    view.sourceAddress = start + 8;
    view.destinationAddress = start + 24;
    // Zero is a jumbogram (RFC 2675) or, as with IPv4, segmentation offload: all that is there.
    const totalLength = 40 + (u16(octets, start + 4) || available - 40);
    const end = Math.min(this.#end, start + totalLength);
    this.#end = end;
    let next = u8(octets, start + 6);
    let at = start + 40;
    for (let extensions = 0; ; extensions += 1) {
      if (extensions > STACK_DEPTH_MAX) {
        this.#malformed(IPV6_EXTENSIONS_TOO_MANY);
        return;
      }
      if (next === EXTENSION_FRAGMENT) {
        if (end - at < 8) {
          this.#malformed(IPV6_EXTENSION_TRUNCATED);
          return;
        }
        const field = u16(octets, at + 2);
        next = u8(octets, at);
        // An atomic fragment (RFC 6946) is whole: neither offset nor more to come.
        if ((field & 0xfff9) !== 0) {
          this.#fragment(
            next,
            u32(octets, at + 4) | 0,
            field & 0xfff8,
            (field & 1) !== 0,
            at + 8,
            start + totalLength,
          );
          return;
        }
        at += 8;
      } else if (
        next === EXTENSION_HOP_BY_HOP ||
        next === EXTENSION_ROUTING ||
        next === EXTENSION_DESTINATION ||
        next === EXTENSION_MOBILITY
      ) {
        if (end - at < 8 || end - at < (u8(octets, at + 1) + 1) * 8) {
          this.#malformed(IPV6_EXTENSION_TRUNCATED);
          return;
        }
        next = u8(octets, at);
        at += (u8(octets, at + 1) + 1) * 8;
      } else {
        break;
      }
    }
    this.#upper(next, at, end, start + totalLength - at);
  }

  #fragment(
    protocol: number,
    identification: number,
    fragmentOffset: number,
    more: boolean,
    at: number,
    wireEnd: number,
  ): void {
    const view = this.#view;
    view.protocol = protocol;
    view.sourcePort = 0;
    view.destinationPort = 0;
    view.transportRead = false;
    view.fragment = true;
    view.fragmentIdentification = identification;
    view.fragmentOffset = fragmentOffset;
    view.moreFragments = more;
    view.transport = at;
    view.payload = at;
    view.payloadEnd = this.#end;
    view.payloadBytes = wireEnd - at;
  }

  /** What an IP packet carries: `octets[at … end)` are captured, `wireBytes` were sent. */
  #upper(protocol: number, at: number, end: number, wireBytes: number): void {
    const view = this.#view;
    view.protocol = protocol;
    // What an outer transport header said is not of this packet.
    view.sourcePort = 0;
    view.destinationPort = 0;
    view.transportRead = false;
    view.tcpFlags = 0;
    view.transport = at;
    view.payload = at;
    view.payloadEnd = end;
    view.payloadBytes = wireBytes;
    switch (protocol) {
      case PROTOCOL_TCP:
        this.#tcp(at, end, wireBytes);
        return;
      case PROTOCOL_UDP:
        this.#udp(at, end, wireBytes);
        return;
      case PROTOCOL_UDP_LITE:
        this.#udpLite(at, end, wireBytes);
        return;
      case PROTOCOL_SCTP:
        this.#push(LAYER.sctp);
        if (end - at < 12) this.#malformed(SCTP_TRUNCATED);
        else this.#ports(at, at + 12, end, wireBytes - 12);
        return;
      case PROTOCOL_ICMP:
        this.#push(LAYER.icmp);
        view.transportRead = true;
        return;
      case PROTOCOL_ICMPV6:
        this.#push(LAYER.icmpv6);
        view.transportRead = true;
        return;
      case PROTOCOL_IGMP:
        this.#push(LAYER.igmp);
        view.transportRead = true;
        return;
      case PROTOCOL_GRE:
        this.#gre(at, end);
        return;
      case PROTOCOL_IPV4:
      case PROTOCOL_IPV6:
        if (this.#mayOpen(at, end)) this.#ipByVersion(at);
        else this.#push(LAYER["ip-other"]);
        return;
      case PROTOCOL_MPLS:
        if (this.#ipHeaders < TUNNEL_DEPTH_MAX) this.#mpls(at);
        return;
      case PROTOCOL_ETHERIP:
        this.#push(LAYER.etherip);
        // RFC 3378 §2: version 3 in the first nibble, twelve bits reserved.
        if (this.#ipHeaders < TUNNEL_DEPTH_MAX && end - at >= 16 && u16(view.octets, at) === 0x3000)
          this.#ethernet(at + 2);
        return;
      case PROTOCOL_AH:
        this.#authenticationHeader(at, end, wireBytes);
        return;
      case PROTOCOL_ESP:
        this.#push(LAYER.esp);
        return;
      case PROTOCOL_OSPF:
        this.#push(LAYER.ospf);
        return;
      case PROTOCOL_VRRP:
        this.#push(LAYER.vrrp);
        return;
      case PROTOCOL_PIM:
        this.#push(LAYER.pim);
        return;
      case PROTOCOL_PGM:
        this.#push(LAYER.pgm);
        return;
      case PROTOCOL_EIGRP:
        this.#push(LAYER.eigrp);
        return;
      case PROTOCOL_RSVP:
        this.#push(LAYER.rsvp);
        return;
      case PROTOCOL_DCCP:
        this.#push(LAYER.dccp);
        return;
      default:
        this.#push(LAYER["ip-other"]);
    }
  }

  /** Whether an IP packet is to be opened at `at`: its header is there, its version is known, and the depth allows it. */
  #mayOpen(at: number, end: number): boolean {
    if (this.#ipHeaders >= TUNNEL_DEPTH_MAX || end - at < 20) return false;
    const { octets } = this.#view;
    const version = u8(octets, at) >>> 4;
    if (version === 4)
      return (u8(octets, at) & 0x0f) >= 5 && u16(octets, at + 2) >= (u8(octets, at) & 0x0f) * 4;
    return version === 6 && end - at >= 40;
  }

  #ports(at: number, payload: number, end: number, payloadBytes: number): void {
    const view = this.#view;
    view.sourcePort = u16(view.octets, at);
    view.destinationPort = u16(view.octets, at + 2);
    view.transportRead = true;
    view.payload = payload;
    view.payloadEnd = end;
    view.payloadBytes = Math.max(0, payloadBytes);
  }

  /** RFC 9293 §3.1. */
  #tcp(at: number, end: number, wireBytes: number): void {
    const view = this.#view;
    const { octets } = view;
    this.#push(LAYER.tcp);
    if (end - at < 20) {
      if (end - at >= 4) {
        view.sourcePort = u16(octets, at);
        view.destinationPort = u16(octets, at + 2);
      }
      view.payload = end;
      this.#malformed(TCP_TRUNCATED);
      return;
    }
    const headerLength = (u8(octets, at + 12) >>> 4) * 4;
    if (headerLength < 20 || headerLength > wireBytes) {
      this.#ports(at, end, end, 0);
      view.transportRead = false;
      this.#malformed(TCP_OFFSET_IMPOSSIBLE);
      return;
    }
    this.#ports(at, Math.min(at + headerLength, end), end, wireBytes - headerLength);
    view.sequence = u32(octets, at + 4) | 0;
    view.acknowledgement = u32(octets, at + 8) | 0;
    view.tcpFlags = u16(octets, at + 12) & 0x01ff;
    view.window = u16(octets, at + 14);
  }

  /** RFC 768. */
  #udp(at: number, end: number, wireBytes: number): void {
    const view = this.#view;
    const { octets } = view;
    if (end - at < 8) {
      this.#push(LAYER.udp);
      if (end - at >= 4) {
        view.sourcePort = u16(octets, at);
        view.destinationPort = u16(octets, at + 2);
      }
      view.payload = end;
      this.#malformed(UDP_TRUNCATED);
      return;
    }
    // Zero is a jumbogram's (RFC 2675 §4): the IP length holds.
    const length = u16(octets, at + 4) || wireBytes;
    this.#push(LAYER.udp);
    if (length < 8) {
      this.#ports(at, at + 8, end, wireBytes - 8);
      this.#malformed(UDP_LENGTH_IMPOSSIBLE);
      return;
    }
    this.#ports(at, at + 8, Math.min(end, at + length), Math.min(length, wireBytes) - 8);
    const destination = view.destinationPort;
    const source = view.sourcePort;
    const payloadEnd = view.payloadEnd;
    if (this.#ipHeaders >= TUNNEL_DEPTH_MAX) return;
    // A port says what may be inside; each opens only what is as specified, and otherwise leaves the datagram as it is.
    if (destination === PORT_GTP_U || source === PORT_GTP_U) this.#gtp(at + 8, payloadEnd);
    else if (destination === PORT_VXLAN) this.#vxlan(at + 8, payloadEnd);
    else if (destination === PORT_GENEVE) this.#geneve(at + 8, payloadEnd);
    else if (destination === PORT_CAPWAP_DATA || source === PORT_CAPWAP_DATA)
      this.#capwap(at + 8, payloadEnd);
    else if (destination === PORT_TEREDO || source === PORT_TEREDO) this.#teredo(at + 8, payloadEnd);
    else if (destination === PORT_TZSP) this.#tzsp(at + 8, payloadEnd);
  }

  /** RFC 3828 §3.1: the length field is the checksum's coverage, zero or at least the header. */
  #udpLite(at: number, end: number, wireBytes: number): void {
    this.#push(LAYER["udp-lite"]);
    if (end - at < 8) {
      this.#malformed(UDP_TRUNCATED);
      return;
    }
    const coverage = u16(this.#view.octets, at + 4);
    this.#ports(at, at + 8, end, wireBytes - 8);
    if ((coverage !== 0 && coverage < 8) || coverage > wireBytes) this.#malformed(UDP_LENGTH_IMPOSSIBLE);
  }

  /** RFC 4302 §2: the payload length is in words of four octets, less two. */
  #authenticationHeader(at: number, end: number, wireBytes: number): void {
    this.#push(LAYER.ah);
    const { octets } = this.#view;
    if (end - at < 12) {
      this.#malformed(AH_TRUNCATED);
      return;
    }
    const length = (u8(octets, at + 1) + 2) * 4;
    this.#stack += 1;
    if (length < 12 || length > end - at || this.#stack > STACK_DEPTH_MAX) this.#malformed(AH_TRUNCATED);
    else this.#upper(u8(octets, at), at + length, end, wireBytes - length);
  }

  /** RFC 2784 and RFC 2890 (version 0), RFC 2637 §4.1 (version 1, PPTP). */
  #gre(start: number, end: number): void {
    const { octets } = this.#view;
    this.#push(LAYER.gre);
    if (end - start < 4) {
      this.#malformed(GRE_TRUNCATED);
      return;
    }
    const flags = u16(octets, start);
    const version = flags & 7;
    const type = u16(octets, start + 2);
    let at = start + 4;
    if ((flags & 0x8000) !== 0 || (flags & 0x4000) !== 0) at += 4;
    if ((flags & 0x2000) !== 0) at += 4;
    if ((flags & 0x1000) !== 0) at += 4;
    if (version === 1 && (flags & 0x0080) !== 0) at += 4;
    // Source routes (RFC 1701) and unknown versions are not opened.
    if (version > 1 || (flags & 0x4000) !== 0 || at > end || this.#ipHeaders >= TUNNEL_DEPTH_MAX) {
      if (at > end) this.#malformed(GRE_TRUNCATED);
      return;
    }
    if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) {
      if (this.#mayOpen(at, end)) this.#ipByVersion(at);
    } else if (type === ETHERTYPE_TRANSPARENT_BRIDGING) {
      if (end - at >= 14) this.#ethernet(at);
    } else if (type === ETHERTYPE_PPP) {
      if (end - at >= 2) this.#pppWithIp(at, end);
    } else if (type === ETHERTYPE_MPLS) {
      this.#mpls(at);
    }
  }

  /** PPP in GRE carries control protocols as well; only a whole IP packet makes an inner flow. */
  #pppWithIp(start: number, end: number): void {
    const { octets } = this.#view;
    let at = start;
    if (u16(octets, at) === 0xff03) at += 2;
    if (end - at < 2) return;
    const compressed = (u8(octets, at) & 1) !== 0;
    const protocol = compressed ? u8(octets, at) : u16(octets, at);
    if ((protocol === 0x21 || protocol === 0x57) && this.#mayOpen(at + (compressed ? 1 : 2), end))
      this.#ppp(start);
  }

  /** 3GPP TS 29.281 §5.1: version 1, protocol type 1, message 255 (G-PDU), with extension headers (§5.2). */
  #gtp(start: number, end: number): void {
    const { octets } = this.#view;
    if (end - start < 8) return;
    const flags = u8(octets, start);
    if (flags >>> 5 !== 1 || (flags & 0x10) === 0 || u8(octets, start + 1) !== 255) return;
    if (u16(octets, start + 2) > end - start - 8) return;
    let at = start + 8;
    if ((flags & 0x07) !== 0) {
      if (end - at < 4) return;
      let next = (flags & 0x04) !== 0 ? u8(octets, at + 3) : 0;
      at += 4;
      for (let extensions = 0; next !== 0; extensions += 1) {
        if (extensions >= STACK_DEPTH_MAX || end - at < 4) return;
        const length = u8(octets, at) * 4;
        if (length === 0 || length > end - at) return;
        next = u8(octets, at + length - 1);
        at += length;
      }
    }
    if (!this.#mayOpen(at, end)) return;
    this.#push(LAYER.gtp);
    this.#ipByVersion(at);
  }

  /** RFC 7348 §5: the I flag, and nothing else set in the first word. */
  #vxlan(at: number, end: number): void {
    if (
      end - at < 8 + 14 ||
      u32(this.#view.octets, at) !== 0x0800_0000 ||
      u8(this.#view.octets, at + 7) !== 0
    )
      return;
    this.#push(LAYER.vxlan);
    this.#ethernet(at + 8);
  }

  /** RFC 8926 §3.4: version 0, options in words of four octets. */
  #geneve(at: number, end: number): void {
    const { octets } = this.#view;
    if (end - at < 8 || u8(octets, at) >>> 6 !== 0 || (u8(octets, at + 1) & 0x3f) !== 0) return;
    const inner = at + 8 + (u8(octets, at) & 0x3f) * 4;
    const type = u16(octets, at + 2);
    if (type === ETHERTYPE_TRANSPARENT_BRIDGING && end - inner >= 14) {
      this.#push(LAYER.geneve);
      this.#ethernet(inner);
    } else if ((type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) && this.#mayOpen(inner, end)) {
      this.#push(LAYER.geneve);
      this.#ipByVersion(inner);
    }
  }

  /** RFC 4380 §5.1.1: optional authentication and origin indications, then an IPv6 packet. */
  #teredo(start: number, end: number): void {
    const { octets } = this.#view;
    let at = start;
    if (end - at >= 4 && u16(octets, at) === 0x0001) at += 4 + u8(octets, at + 2) + u8(octets, at + 3) + 9;
    if (end - at >= 8 && u16(octets, at) === 0x0000) at += 8;
    if (end - at < 40 || u8(octets, at) >>> 4 !== 6 || u16(octets, at + 4) > end - at - 40) return;
    this.#push(LAYER.teredo);
    this.#ipv6(at);
  }

  /** TaZmen Sniffer Protocol, version 1: tagged fields up to an end tag, then the frame. */
  #tzsp(start: number, end: number): void {
    const { octets } = this.#view;
    if (end - start < 5 || u8(octets, start) !== 1 || u8(octets, start + 1) > 1) return;
    const encapsulated = u16(octets, start + 2);
    let at = start + 4;
    for (;;) {
      if (at >= end) return;
      const tag = u8(octets, at);
      if (tag === 1) {
        at += 1;
        break;
      }
      if (tag === 0) at += 1;
      else if (end - at < 2) return;
      else at += 2 + u8(octets, at + 1);
    }
    if (encapsulated === 1 && end - at >= 14) {
      this.#push(LAYER.tzsp);
      this.#ethernet(at);
    } else if (encapsulated === 18) {
      this.#wlan(at, end, LAYER.tzsp);
    }
  }

  /** RFC 5415 §4.3: the preamble, header length in words, the T flag for a native frame of the binding (RFC 5416: 802.11). */
  #capwap(at: number, end: number): void {
    const { octets } = this.#view;
    if (end - at < 8 || u8(octets, at) !== 0) return;
    const bits = u24(octets, at + 1);
    const headerLength = (bits >>> 19) * 4;
    const binding = (bits >>> 9) & 0x1f;
    const native = (bits & 0x100) !== 0;
    const fragment = (bits & 0x80) !== 0;
    const keepAlive = (bits & 0x08) !== 0;
    const inner = at + headerLength;
    if (headerLength < 8 || fragment || keepAlive || inner >= end) return;
    if (native) {
      if (binding === 1) this.#wlan(inner, end, LAYER.capwap);
    } else if (end - inner >= 14) {
      this.#push(LAYER.capwap);
      this.#ethernet(inner);
    }
  }

  /** IEEE 802.11 data frames that are not protected, with LLC/SNAP inside (IEEE 802.11 §9.3.2). */
  #wlan(start: number, end: number, carrier: number): void {
    const { octets } = this.#view;
    if (end - start < 24) return;
    // CAPWAP implementations by Cisco swap the two octets of frame control; the type's place tells.
    const first = u8(octets, start);
    const second = u8(octets, start + 1);
    const swapped = (first & 0x0c) !== 0x08 && (second & 0x0c) === 0x08 && (second & 0x03) === 0;
    const control = swapped ? second : first;
    const flags = swapped ? first : second;
    if ((control & 0x0c) !== 0x08 || (control & 0x03) !== 0 || (flags & 0x40) !== 0 || (control & 0x40) !== 0)
      return;
    let at = start + 24;
    if ((flags & 0x03) === 0x03) at += 6;
    if ((control & 0x80) !== 0) {
      at += 2;
      if ((flags & 0x80) !== 0) at += 4;
    }
    if (end - at < 8 || u24(octets, at) !== 0xaaaa03) return;
    this.#push(carrier);
    this.#push(LAYER.wlan);
    this.#llc(at);
  }

  #malformed(malformed: Malformed): void {
    this.#view.malformed ??= malformed;
  }
}
