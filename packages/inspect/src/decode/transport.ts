/**
 * Transports: TCP, UDP, UDP-Lite and SCTP, as far as the ports and where the payload lies. For each, `octets[at … end)` are
 * captured and `wireBytes` were sent, by the IP header. ICMP, ICMPv6 and IGMP have no ports: `decodeUpper` names them, and
 * their message stands where a payload would.
 */
import { Malformed } from "@palisade/base";
import { SCTP_HEADER_BYTES, TCP_HEADER_BYTES, UDP_HEADER_BYTES, u8, u16, u32 } from "@palisade/wire";
import type { Descent } from "./descent.js";
import { LAYER } from "./layers.js";
import { openUdpTunnel } from "./tunnels.js";

/** Fewer octets than the fixed header. */
export const TCP_TRUNCATED = new Malformed("tcp.truncated");
/** Data offset below 5 words, or past the segment (RFC 9293 §3.1). */
export const TCP_OFFSET_IMPOSSIBLE = new Malformed("tcp.offset-impossible");
/** Fewer octets than the header, or an IP packet that is shorter than the length field says (RFC 768). */
export const UDP_TRUNCATED = new Malformed("udp.truncated");
/** Length below the header's 8 octets (RFC 768); for UDP-Lite, a coverage that is (RFC 3828 §3.1), or past the packet. */
export const UDP_LENGTH_IMPOSSIBLE = new Malformed("udp.length-impossible");
/** Fewer octets than the common header (RFC 9260 §3.1). */
export const SCTP_TRUNCATED = new Malformed("sctp.truncated");

// For every packet: decoder.ts says why.
const LAYER_TCP = LAYER.tcp;
const LAYER_UDP = LAYER.udp;
const TCP_BYTES = TCP_HEADER_BYTES;
const UDP_BYTES = UDP_HEADER_BYTES;

/** RFC 9293 §3.1. */
export function decodeTcp(descent: Descent, at: number, end: number, wireBytes: number): void {
  const { view } = descent;
  const { octets } = view;
  descent.push(LAYER_TCP);
  if (end - at < TCP_BYTES) {
    presentPortsOfCut(descent, at, end);
    descent.malformed(TCP_TRUNCATED);
    return;
  }
  const headerLength = (u8(octets, at + 12) >>> 4) * 4;
  if (headerLength < TCP_BYTES || headerLength > wireBytes) {
    presentPorts(descent, at, end, end, 0);
    view.transportRead = false;
    descent.malformed(TCP_OFFSET_IMPOSSIBLE);
    return;
  }
  presentPorts(descent, at, Math.min(at + headerLength, end), end, wireBytes - headerLength);
  view.sequence = u32(octets, at + 4) | 0;
  view.acknowledgement = u32(octets, at + 8) | 0;
  // Nine bits: the eight of RFC 9293 §3.1, and AE of accurate ECN (RFC 9768) before them.
  view.tcpFlags = u16(octets, at + 12) & 0x01ff;
  view.window = u16(octets, at + 14);
}

/** RFC 768, and what a tunnel's port announces inside. */
export function decodeUdp(descent: Descent, at: number, end: number, wireBytes: number): void {
  const { view } = descent;
  const { octets } = view;
  descent.push(LAYER_UDP);
  if (end - at < UDP_BYTES) {
    presentPortsOfCut(descent, at, end);
    descent.malformed(UDP_TRUNCATED);
    return;
  }
  // Zero is a jumbogram's (RFC 2675 §4): the IP length holds.
  const length = u16(octets, at + 4) || wireBytes;
  const payload = at + UDP_BYTES;
  if (length < UDP_BYTES) {
    presentPorts(descent, at, payload, end, wireBytes - UDP_BYTES);
    descent.malformed(UDP_LENGTH_IMPOSSIBLE);
    return;
  }
  if (length > wireBytes) descent.malformed(UDP_TRUNCATED);
  const payloadBytes = Math.min(length, wireBytes) - UDP_BYTES;
  presentPorts(descent, at, payload, Math.min(end, at + length), payloadBytes);
  openUdpTunnel(descent, payload, view.payloadEnd, payloadBytes);
}

/** RFC 3828 §3.1: the length field is the checksum's coverage, zero (all) or at least the header. */
export function decodeUdpLite(descent: Descent, at: number, end: number, wireBytes: number): void {
  descent.push(LAYER["udp-lite"]);
  if (end - at < UDP_BYTES) {
    descent.malformed(UDP_TRUNCATED);
    return;
  }
  const coverage = u16(descent.view.octets, at + 4);
  presentPorts(descent, at, at + UDP_BYTES, end, wireBytes - UDP_BYTES);
  if ((coverage !== 0 && coverage < UDP_BYTES) || coverage > wireBytes)
    descent.malformed(UDP_LENGTH_IMPOSSIBLE);
}

/** RFC 9260 §3.1: the common header; chunks are the payload. */
export function decodeSctp(descent: Descent, at: number, end: number, wireBytes: number): void {
  descent.push(LAYER.sctp);
  if (end - at < SCTP_HEADER_BYTES) descent.malformed(SCTP_TRUNCATED);
  else presentPorts(descent, at, at + SCTP_HEADER_BYTES, end, wireBytes - SCTP_HEADER_BYTES);
}

/** A whole header at `at`, of which all transports have the ports first; its captured payload is `octets[payload … end)`. */
function presentPorts(
  descent: Descent,
  at: number,
  payload: number,
  end: number,
  payloadBytes: number,
): void {
  const { view } = descent;
  view.sourcePort = u16(view.octets, at);
  view.destinationPort = u16(view.octets, at + 2);
  view.transportRead = true;
  view.payload = payload;
  view.payloadEnd = end;
  view.payloadBytes = Math.max(0, payloadBytes);
}

/** A header that is cut: its ports, where they are there, still tell the flow. */
function presentPortsOfCut(descent: Descent, at: number, end: number): void {
  const { view } = descent;
  view.payload = end;
  if (end - at < 4) return;
  view.sourcePort = u16(view.octets, at);
  view.destinationPort = u16(view.octets, at + 2);
}
