/**
 * Tunnels: packets and frames inside IP (GRE, IP in IP, MPLS in IP, EtherIP) and inside UDP (GTP-U, VXLAN, Geneve, CAPWAP,
 * Teredo, TZSP). Each checks its own header and leaves what it holds to `Decoder`; `octets[at … end)` are captured.
 *
 * A tunnel in UDP is recognised by its port, which is no proof: where its header, or an IP header right behind it, is not as
 * specified, the outer datagram stands as an ordinary one, and nothing is called malformed.
 */
import { Malformed } from "@palisade/base";
import {
  CAPWAP_DATA_PORT,
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MPLS,
  ETHERTYPE_MPLS_UPSTREAM,
  ETHERTYPE_PPP,
  ETHERTYPE_TRANSPARENT_BRIDGING,
  GENEVE_PORT,
  GTPU_PORT,
  LINKTYPE_ETHERNET,
  PPP_ADDRESS_CONTROL,
  PPP_IPV4,
  PPP_IPV6,
  TEREDO_PORT,
  TZSP_PORT,
  u8,
  u16,
  u24,
  u32,
  VXLAN_PORT,
} from "@palisade/wire";
import { type Descent, INSIDE_IP, INSIDE_LLC, INSIDE_MPLS, INSIDE_PPP, STACK_DEPTH_MAX } from "./descent.js";
import { LAYER } from "./layers.js";
import { wlanPayload } from "./wlan.js";

/** Fewer octets than the header and what its flags promise (RFC 2784 §2, RFC 2890 §2, RFC 2637 §4.1). */
export const GRE_TRUNCATED = new Malformed("gre.truncated");

// For every datagram: decoder.ts says why.
const CAPWAP_DATA = CAPWAP_DATA_PORT;
const GENEVE = GENEVE_PORT;
const GTPU = GTPU_PORT;
const TEREDO = TEREDO_PORT;
const TZSP = TZSP_PORT;
const VXLAN = VXLAN_PORT;

const GRE_CHECKSUM = 0x8000;
const GRE_ROUTING = 0x4000;
const GRE_KEY = 0x2000;
const GRE_SEQUENCE = 0x1000;
const GRE_ACKNOWLEDGEMENT = 0x0080;

/** RFC 2003, RFC 4213: IP in IP. */
export function openIp(descent: Descent, at: number, end: number): void {
  if (mayOpenIp(descent, at, end)) descent.open(INSIDE_IP, at, end);
  else descent.push(LAYER["ip-other"]);
}

/** RFC 4023 §3: MPLS in IP. */
export function openMpls(descent: Descent, at: number, end: number): void {
  if (!descent.isDeep()) descent.open(INSIDE_MPLS, at, end);
  else descent.push(LAYER["ip-other"]);
}

/** RFC 3378 §2: version 3 in the first nibble, twelve bits reserved, then Ethernet. */
export function openEtherIp(descent: Descent, at: number, end: number): void {
  descent.push(LAYER.etherip);
  if (descent.isDeep() || end - at < 2 + ETHERNET_HEADER_BYTES) return;
  if (u16(descent.view.octets, at) === 0x3000) descent.open(LINKTYPE_ETHERNET, at + 2, end);
}

/** RFC 2784 and RFC 2890 (version 0), RFC 2637 §4.1 (version 1, PPTP). */
export function openGre(descent: Descent, start: number, end: number): void {
  const { octets } = descent.view;
  descent.push(LAYER.gre);
  if (end - start < 4) {
    descent.malformed(GRE_TRUNCATED);
    return;
  }
  const flags = u16(octets, start);
  const version = flags & 7;
  const type = u16(octets, start + 2);
  // Source routes (RFC 1701) and unknown versions are not opened.
  if (version > 1 || (flags & GRE_ROUTING) !== 0) return;
  let at = start + 4;
  if ((flags & GRE_CHECKSUM) !== 0) at += 4;
  if ((flags & GRE_KEY) !== 0) at += 4;
  if ((flags & GRE_SEQUENCE) !== 0) at += 4;
  if (version === 1 && (flags & GRE_ACKNOWLEDGEMENT) !== 0) at += 4;
  if (at > end) {
    descent.malformed(GRE_TRUNCATED);
    return;
  }
  if (descent.isDeep()) return;
  if (type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) {
    if (mayOpenIp(descent, at, end)) descent.open(INSIDE_IP, at, end);
  } else if (type === ETHERTYPE_TRANSPARENT_BRIDGING) {
    if (end - at >= ETHERNET_HEADER_BYTES) descent.open(LINKTYPE_ETHERNET, at, end);
  } else if (type === ETHERTYPE_PPP) {
    if (holdsIpInPpp(descent, at, end)) descent.open(INSIDE_PPP, at, end);
  } else if (type === ETHERTYPE_MPLS || type === ETHERTYPE_MPLS_UPSTREAM) {
    descent.open(INSIDE_MPLS, at, end);
  }
}

/** PPP in GRE carries control protocols as well; only a whole IP packet makes an inner flow. */
function holdsIpInPpp(descent: Descent, start: number, end: number): boolean {
  const { octets } = descent.view;
  let at = start;
  if (end - at >= 2 && u16(octets, at) === PPP_ADDRESS_CONTROL) at += 2;
  if (end - at < 2) return false;
  const compressed = (u8(octets, at) & 1) !== 0;
  const protocol = compressed ? u8(octets, at) : u16(octets, at);
  if (protocol !== PPP_IPV4 && protocol !== PPP_IPV6) return false;
  return mayOpenIp(descent, at + (compressed ? 1 : 2), end);
}

/** Whether an IP packet is to be opened at `at`: its header is there, its version is known, and the depth allows it. */
function mayOpenIp(descent: Descent, at: number, end: number): boolean {
  if (descent.isDeep() || end - at < 20) return false;
  const { octets } = descent.view;
  const version = u8(octets, at) >>> 4;
  if (version === 4) {
    const headerLength = (u8(octets, at) & 0x0f) * 4;
    return headerLength >= 20 && u16(octets, at + 2) >= headerLength;
  }
  return version === 6 && end - at >= 40;
}

/** Whether a datagram from or to this port may be a tunnel: of no other is one opened. */
export function isTunnelPort(port: number): boolean {
  return (
    port === GTPU ||
    port === VXLAN ||
    port === GENEVE ||
    port === CAPWAP_DATA ||
    port === TEREDO ||
    port === TZSP
  );
}

/**
 * Opens what a UDP datagram's ports announce, where it is that: its payload is `octets[at … end)` as captured, and was
 * `wireBytes` long.
 */
export function openUdpTunnel(descent: Descent, at: number, end: number, wireBytes: number): void {
  const { destinationPort, sourcePort } = descent.view;
  if (!(isTunnelPort(destinationPort) || isTunnelPort(sourcePort)) || descent.isDeep()) return;
  if (destinationPort === GTPU || sourcePort === GTPU) openGtp(descent, at, end, wireBytes);
  else if (destinationPort === VXLAN) openVxlan(descent, at, end);
  else if (destinationPort === GENEVE) openGeneve(descent, at, end);
  else if (destinationPort === CAPWAP_DATA || sourcePort === CAPWAP_DATA) openCapwap(descent, at, end);
  else if (destinationPort === TEREDO || sourcePort === TEREDO) openTeredo(descent, at, end, wireBytes);
  else if (destinationPort === TZSP) openTzsp(descent, at, end);
}

/** 3GPP TS 29.281 §5.1: version 1, protocol type 1, message 255 (G-PDU), with extension headers (§5.2). */
function openGtp(descent: Descent, start: number, captured: number, wireBytes: number): void {
  const { octets } = descent.view;
  if (captured - start < 8) return;
  const flags = u8(octets, start);
  if (flags >>> 5 !== 1 || (flags & 0x10) === 0 || u8(octets, start + 1) !== 255) return;
  const length = u16(octets, start + 2);
  if (length > wireBytes - 8) return;
  const end = Math.min(captured, start + 8 + length);
  let at = start + 8;
  // Any of the three flags brings sequence number, N-PDU number and the first extension header's type.
  if ((flags & 0x07) !== 0) {
    if (end - at < 4) return;
    let next = (flags & 0x04) !== 0 ? u8(octets, at + 3) : 0;
    at += 4;
    for (let extensions = 0; next !== 0; extensions += 1) {
      if (extensions >= STACK_DEPTH_MAX || end - at < 4) return;
      // In units of four octets; the last octet is the next one's type.
      const extensionBytes = u8(octets, at) * 4;
      if (extensionBytes === 0 || extensionBytes > end - at) return;
      next = u8(octets, at + extensionBytes - 1);
      at += extensionBytes;
    }
  }
  if (!mayOpenIp(descent, at, end)) return;
  descent.push(LAYER.gtp);
  descent.open(INSIDE_IP, at, end);
}

/** RFC 7348 §5: the I flag, and no other bit that is not of the identifier. */
function openVxlan(descent: Descent, at: number, end: number): void {
  const { octets } = descent.view;
  if (end - at < 8 + ETHERNET_HEADER_BYTES || u32(octets, at) !== 0x0800_0000 || u8(octets, at + 7) !== 0)
    return;
  descent.push(LAYER.vxlan);
  descent.open(LINKTYPE_ETHERNET, at + 8, end);
}

/** RFC 8926 §3.4: version 0, options in words of four octets. */
function openGeneve(descent: Descent, at: number, end: number): void {
  const { octets } = descent.view;
  if (end - at < 8 || u8(octets, at) >>> 6 !== 0 || (u8(octets, at + 1) & 0x3f) !== 0) return;
  const inner = at + 8 + (u8(octets, at) & 0x3f) * 4;
  const type = u16(octets, at + 2);
  if (type === ETHERTYPE_TRANSPARENT_BRIDGING && end - inner >= ETHERNET_HEADER_BYTES) {
    descent.push(LAYER.geneve);
    descent.open(LINKTYPE_ETHERNET, inner, end);
  } else if ((type === ETHERTYPE_IPV4 || type === ETHERTYPE_IPV6) && mayOpenIp(descent, inner, end)) {
    descent.push(LAYER.geneve);
    descent.open(INSIDE_IP, inner, end);
  }
}

/** RFC 4380 §5.1.1: optional authentication and origin indications, then an IPv6 packet. */
function openTeredo(descent: Descent, start: number, end: number, wireBytes: number): void {
  const { octets } = descent.view;
  let at = start;
  // Two lengths, of identifier and value; then both, a nonce of eight octets and one of confirmation.
  if (end - at >= 4 && u16(octets, at) === 0x0001) at += 4 + u8(octets, at + 2) + u8(octets, at + 3) + 9;
  if (end - at >= 8 && u16(octets, at) === 0x0000) at += 8;
  if (end - at < 40 || u8(octets, at) >>> 4 !== 6) return;
  if (u16(octets, at + 4) > start + wireBytes - at - 40) return;
  descent.push(LAYER.teredo);
  descent.open(INSIDE_IP, at, end);
}

/** TaZmen Sniffer Protocol, version 1: tagged fields up to an end tag, then the frame. */
function openTzsp(descent: Descent, start: number, end: number): void {
  const { octets } = descent.view;
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
  if (encapsulated === 1 && end - at >= ETHERNET_HEADER_BYTES) {
    descent.push(LAYER.tzsp);
    descent.open(LINKTYPE_ETHERNET, at, end);
  } else if (encapsulated === 18) {
    openWlan(descent, LAYER.tzsp, at, end);
  }
}

/** RFC 5415 §4.3: the preamble, header length in words, the T flag for a native frame of the binding (RFC 5416: 802.11). */
function openCapwap(descent: Descent, at: number, end: number): void {
  const { octets } = descent.view;
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
    if (binding === 1) openWlan(descent, LAYER.capwap, inner, end);
  } else if (end - inner >= ETHERNET_HEADER_BYTES) {
    descent.push(LAYER.capwap);
    descent.open(LINKTYPE_ETHERNET, inner, end);
  }
}

/** An 802.11 frame inside `carrier` (`LAYER.capwap`), where it is one whose contents can be read. */
function openWlan(descent: Descent, carrier: number, at: number, end: number): void {
  const payload = wlanPayload(descent.view.octets, at, end);
  if (payload < 0) return;
  descent.push(carrier);
  descent.push(LAYER.wlan);
  descent.open(INSIDE_LLC, payload, end);
}
