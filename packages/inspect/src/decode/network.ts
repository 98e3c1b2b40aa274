/**
 * The network layer: IPv4, IPv6 with its extension headers, fragments, and what an IP packet carries by its protocol
 * number (IANA "Protocol Numbers"; IPv6 calls it next header). ARP is no layer to go through: the EtherType names it.
 *
 * An offset named `wireEnd` is where the packet would end had all of it been captured; `end` is where the octets do.
 */
import { Malformed } from "@palisade/base";
import {
  AH_HEADER_BYTES,
  IP_PROTOCOL_AH,
  IP_PROTOCOL_DESTINATION_OPTIONS,
  IP_PROTOCOL_ESP,
  IP_PROTOCOL_ETHERIP,
  IP_PROTOCOL_FRAGMENT,
  IP_PROTOCOL_GRE,
  IP_PROTOCOL_HOP_BY_HOP,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IGMP,
  IP_PROTOCOL_IPV4,
  IP_PROTOCOL_IPV6,
  IP_PROTOCOL_MPLS,
  IP_PROTOCOL_NO_NEXT_HEADER,
  IP_PROTOCOL_ROUTING,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IP_PROTOCOL_UDP_LITE,
  IPV4_HEADER_BYTES,
  IPV6_HEADER_BYTES,
  u8,
  u16,
  u32,
} from "@palisade/wire";
import { type Descent, STACK_DEPTH_MAX } from "./descent.js";
import { LAYER } from "./layers.js";
import { decodeSctp, decodeTcp, decodeUdp, decodeUdpLite } from "./transport.js";
import { openEtherIp, openGre, openIp, openMpls } from "./tunnels.js";

/** Fewer octets than the fixed header, or than an IPv4 header with its options. */
export const IP_TRUNCATED = new Malformed("ip.truncated");
/** Neither 4 nor 6, or not the version that the layer below announced. */
export const IP_VERSION_UNKNOWN = new Malformed("ip.version-unknown");
/** Header length below 20 octets, or total length below the header's (RFC 791 §3.1). */
export const IP_LENGTH_IMPOSSIBLE = new Malformed("ip.length-impossible");
/** Fewer octets than an extension header's own length (RFC 8200 §4). */
export const IPV6_EXTENSION_TRUNCATED = new Malformed("ipv6.extension-truncated");
/** More than `STACK_DEPTH_MAX` extension headers, those of IPv6 headers around this one included. */
export const IPV6_EXTENSIONS_TOO_MANY = new Malformed("ipv6.extensions-too-many");
/** Fewer octets than an authentication header's own length, or a length below its fixed part (RFC 4302 §2). */
export const AH_TRUNCATED = new Malformed("ah.truncated");

// For every packet: decoder.ts says why.
const TCP = IP_PROTOCOL_TCP;
const UDP = IP_PROTOCOL_UDP;
const LAYER_IPV4 = LAYER.ip;
const LAYER_IPV6 = LAYER.ipv6;
const V4_BYTES = IPV4_HEADER_BYTES;
const V6_BYTES = IPV6_HEADER_BYTES;

/** Mobility header: RFC 6275 §6.1. */
const IP_PROTOCOL_MOBILITY = 135;

/** By protocol number: the layer of those that are named, and in which nothing is opened. */
export const namedUpper: Readonly<Record<number, number>> = {
  [IP_PROTOCOL_ICMP]: LAYER.icmp,
  [IP_PROTOCOL_IGMP]: LAYER.igmp,
  33: LAYER.dccp,
  46: LAYER.rsvp,
  [IP_PROTOCOL_ESP]: LAYER.esp,
  [IP_PROTOCOL_ICMPV6]: LAYER.icmpv6,
  88: LAYER.eigrp,
  89: LAYER.ospf,
  103: LAYER.pim,
  112: LAYER.vrrp,
  113: LAYER.pgm,
};

/** IPv4 or IPv6, as the version in the first nibble says. */
export function decodeIp(descent: Descent, at: number): void {
  if (at >= descent.end) {
    descent.malformed(IP_TRUNCATED);
    return;
  }
  const version = u8(descent.view.octets, at) >>> 4;
  if (version === 4) decodeIpv4(descent, at);
  else if (version === 6) decodeIpv6(descent, at);
  else descent.malformed(IP_VERSION_UNKNOWN);
}

/** RFC 791 §3.1. */
export function decodeIpv4(descent: Descent, at: number): void {
  const { view } = descent;
  const { octets } = view;
  const available = descent.end - at;
  descent.push(LAYER_IPV4);
  if (available < V4_BYTES) {
    descent.malformed(IP_TRUNCATED);
    return;
  }
  if (u8(octets, at) >>> 4 !== 4) {
    descent.malformed(IP_VERSION_UNKNOWN);
    return;
  }
  const headerLength = (u8(octets, at) & 0x0f) * 4;
  // A total length of zero is what a sender with segmentation offload hands to a local capture: all that is there.
  const totalLength = u16(octets, at + 2) || available;
  if (headerLength < V4_BYTES || totalLength < headerLength) {
    descent.malformed(IP_LENGTH_IMPOSSIBLE);
    return;
  }
  if (headerLength > available) {
    descent.malformed(IP_TRUNCATED);
    return;
  }
  descent.ipHeaders += 1;
  view.ipVersion = 4;
  view.sourceAddress = at + 12;
  view.destinationAddress = at + 16;
  const protocol = u8(octets, at + 9);
  const fragmentation = u16(octets, at + 6);
  const wireEnd = at + totalLength;
  const end = Math.min(descent.end, wireEnd);
  descent.end = end;
  // More fragments, or an offset, in units of eight octets.
  if ((fragmentation & 0x3fff) !== 0) {
    const offset = (fragmentation & 0x1fff) * 8;
    const more = (fragmentation & 0x2000) !== 0;
    presentFragment(descent, protocol, u16(octets, at + 4), offset, more, at + headerLength, wireEnd);
    return;
  }
  decodeUpper(descent, protocol, at + headerLength, end, totalLength - headerLength);
}

/** RFC 8200 §3. */
export function decodeIpv6(descent: Descent, at: number): void {
  const { view } = descent;
  const { octets } = view;
  const available = descent.end - at;
  descent.push(LAYER_IPV6);
  if (available < V6_BYTES) {
    descent.malformed(IP_TRUNCATED);
    return;
  }
  if (u8(octets, at) >>> 4 !== 6) {
    descent.malformed(IP_VERSION_UNKNOWN);
    return;
  }
  descent.ipHeaders += 1;
  view.ipVersion = 6;
  view.sourceAddress = at + 8;
  view.destinationAddress = at + 24;
  // Zero is a jumbogram (RFC 2675) or, as with IPv4, segmentation offload: all that is there.
  const totalLength = V6_BYTES + (u16(octets, at + 4) || available - V6_BYTES);
  const wireEnd = at + totalLength;
  descent.end = Math.min(descent.end, wireEnd);
  decodeNextHeaders(descent, u8(octets, at + 6), at + V6_BYTES, wireEnd);
}

/** RFC 8200 §4: extension headers, of which the first at `start` is a `first`, and what they lead to. */
export function decodeNextHeaders(descent: Descent, first: number, start: number, wireEnd: number): void {
  const { octets } = descent.view;
  const { end } = descent;
  let next = first;
  let at = start;
  while (isExtensionHeader(next)) {
    descent.extensions += 1;
    if (descent.extensions > STACK_DEPTH_MAX) {
      descent.malformed(IPV6_EXTENSIONS_TOO_MANY);
      return;
    }
    if (next === IP_PROTOCOL_FRAGMENT) {
      if (end - at < 8) {
        descent.malformed(IPV6_EXTENSION_TRUNCATED);
        return;
      }
      const field = u16(octets, at + 2);
      next = u8(octets, at);
      // An atomic fragment (RFC 6946) is whole: neither offset nor more to come.
      if ((field & 0xfff9) !== 0) {
        const more = (field & 1) !== 0;
        presentFragment(descent, next, u32(octets, at + 4) | 0, field & 0xfff8, more, at + 8, wireEnd);
        return;
      }
      at += 8;
    } else {
      // The length is in units of eight octets, without the first eight.
      if (end - at < 8 || end - at < (u8(octets, at + 1) + 1) * 8) {
        descent.malformed(IPV6_EXTENSION_TRUNCATED);
        return;
      }
      next = u8(octets, at);
      at += (u8(octets, at + 1) + 1) * 8;
    }
  }
  decodeUpper(descent, next, at, end, wireEnd - at);
}

/** RFC 8200 §4; the authentication header is read as an upper layer, for it comes over IPv4 as well. */
function isExtensionHeader(protocol: number): boolean {
  return (
    protocol === IP_PROTOCOL_HOP_BY_HOP ||
    protocol === IP_PROTOCOL_ROUTING ||
    protocol === IP_PROTOCOL_FRAGMENT ||
    protocol === IP_PROTOCOL_DESTINATION_OPTIONS ||
    protocol === IP_PROTOCOL_MOBILITY
  );
}

/** Shows the fragment at `at`, its own headers left out, for `Defragmenter`: `offset` in octets. */
function presentFragment(
  descent: Descent,
  protocol: number,
  identification: number,
  offset: number,
  more: boolean,
  at: number,
  wireEnd: number,
): void {
  const { view } = descent;
  view.protocol = protocol;
  view.sourcePort = 0;
  view.destinationPort = 0;
  view.transportRead = false;
  view.fragment = true;
  view.fragmentIdentification = identification;
  view.fragmentOffset = offset;
  view.moreFragments = more;
  view.transport = at;
  view.payload = at;
  view.payloadEnd = descent.end;
  view.payloadBytes = wireEnd - at;
}

/** What an IP packet carries: `octets[at … end)` are captured, `wireBytes` were sent. */
export function decodeUpper(
  descent: Descent,
  protocol: number,
  at: number,
  end: number,
  wireBytes: number,
): void {
  const { view } = descent;
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
  if (protocol === TCP) decodeTcp(descent, at, end, wireBytes);
  else if (protocol === UDP) decodeUdp(descent, at, end, wireBytes);
  else decodeOtherUpper(descent, protocol, at, end, wireBytes);
}

function decodeOtherUpper(
  descent: Descent,
  protocol: number,
  at: number,
  end: number,
  wireBytes: number,
): void {
  const { view } = descent;
  switch (protocol) {
    case IP_PROTOCOL_UDP_LITE:
      decodeUdpLite(descent, at, end, wireBytes);
      return;
    case IP_PROTOCOL_SCTP:
      decodeSctp(descent, at, end, wireBytes);
      return;
    case IP_PROTOCOL_ICMP:
    case IP_PROTOCOL_ICMPV6:
    case IP_PROTOCOL_IGMP:
      descent.push(namedUpper[protocol]!);
      view.transportRead = true;
      return;
    case IP_PROTOCOL_GRE:
      openGre(descent, at, end);
      return;
    case IP_PROTOCOL_IPV4:
    case IP_PROTOCOL_IPV6:
      openIp(descent, at, end);
      return;
    case IP_PROTOCOL_MPLS:
      openMpls(descent, at, end);
      return;
    case IP_PROTOCOL_ETHERIP:
      openEtherIp(descent, at, end);
      return;
    case IP_PROTOCOL_AH:
      decodeAuthenticationHeader(descent, at, end, wireBytes);
      return;
    case IP_PROTOCOL_NO_NEXT_HEADER:
      // RFC 8200 §4.7: what follows is to be ignored.
      descent.push(LAYER["ip-other"]);
      view.payload = end;
      view.payloadBytes = 0;
      return;
    default:
      descent.push(namedUpper[protocol] ?? LAYER["ip-other"]);
  }
}

/**
 * RFC 4302 §2: the payload length is in words of four octets, less two. Over IPv6 destination options may follow
 * (RFC 8200 §4.1).
 */
function decodeAuthenticationHeader(descent: Descent, at: number, end: number, wireBytes: number): void {
  const { octets } = descent.view;
  descent.push(LAYER.ah);
  if (end - at < AH_HEADER_BYTES) {
    descent.malformed(AH_TRUNCATED);
    return;
  }
  const length = (u8(octets, at + 1) + 2) * 4;
  if (length < AH_HEADER_BYTES || length > end - at) {
    descent.malformed(AH_TRUNCATED);
    return;
  }
  if (!descent.stacks()) return;
  const next = u8(octets, at);
  if (descent.view.ipVersion === 6) decodeNextHeaders(descent, next, at + length, at + wireBytes);
  else decodeUpper(descent, next, at + length, end, wireBytes - length);
}
