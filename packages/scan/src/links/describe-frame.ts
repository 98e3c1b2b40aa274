/**
 * A frame in one line, for a person who wants to know what a scan would send.
 */
import { Malformed } from "@palisade/base";
import {
  ARP_REPLY,
  ARP_REQUEST,
  checksumHolds,
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  formatIpAddress,
  formatMac,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_NEIGHBOR_ADVERTISEMENT,
  ICMPV6_NEIGHBOR_SOLICITATION,
  IP_PROTOCOL_FRAGMENT,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  parseArp,
  parseIcmp,
  parseIpv4,
  parseIpv6,
  parseIpv6Extensions,
  parseSctp,
  parseTcp,
  parseUdp,
  pseudoHeaderSum,
  SCTP_INIT,
  sctpChecksum,
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  u8,
  u16,
  u32,
  u32le,
} from "@palisade/wire";
import { ipHeaderAt } from "./frames.js";

/** An IP packet, of either version, as far as it is told of. */
interface Packet {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly timeToLive: number;
  /** Undefined where the packet is whole. */
  readonly fragment:
    | { readonly identification: number; readonly offsetBytes: number; readonly more: boolean }
    | undefined;
  readonly payload: Uint8Array;
}

/**
 * `TCP 10.0.0.2:61234 > 192.0.2.7:443 SYN seq 0x1a2b3c4d ttl 64, 44 octets`: the octets are those of the IP packet, the time to
 * live is also IPv6's hop limit, and a checksum is told of where it is wrong. Never throws, whatever the octets; what is no
 * packet is named as such.
 *
 * @param at where the frame begins
 * @param bytes its length, link header included
 * @param linkType `LINKTYPE_RAW` (the default) where it begins with the IP header, or `LINKTYPE_ETHERNET`
 */
export function describeFrame(
  octets: Uint8Array,
  at: number,
  bytes: number,
  linkType: number = LINKTYPE_RAW,
): string {
  const frame = octets.subarray(at, at + bytes);
  const ip = ipHeaderAt(frame, 0, frame.length, linkType);
  const length = `${frame.length} octets`;
  if (ip < 0) {
    if (linkType !== LINKTYPE_ETHERNET || frame.length < ETHERNET_HEADER_BYTES) return `no packet, ${length}`;
    const etherType = u16(frame, ETHERNET_HEADER_BYTES - 2);
    if (etherType === ETHERTYPE_ARP)
      return `${describeArp(frame.subarray(ETHERNET_HEADER_BYTES))}, ${length}`;
    return `frame of EtherType 0x${hexOf(etherType, 4)}, ${length}`;
  }
  const octetsOfPacket = frame.subarray(ip);
  const packet = packetOf(octetsOfPacket);
  if (packet instanceof Malformed) return `no packet (${packet.name}), ${length}`;
  return `${describePacket(packet)} ttl ${packet.timeToLive}, ${octetsOfPacket.length} octets`;
}

function packetOf(octets: Uint8Array): Packet | Malformed {
  if (octets.length > 0 && u8(octets, 0) >>> 4 === 4) {
    const packet = parseIpv4(octets);
    if (packet instanceof Malformed) return packet;
    const { source, destination, protocol, timeToLive, payload, identification } = packet;
    const { fragmentOffsetBytes: offsetBytes, moreFragments: more } = packet;
    const fragment = more || offsetBytes > 0 ? { identification, offsetBytes, more } : undefined;
    return { source, destination, protocol, timeToLive, fragment, payload };
  }
  const packet = parseIpv6(octets);
  if (packet instanceof Malformed) return packet;
  const { source, destination, hopLimit: timeToLive } = packet;
  let { nextHeader: protocol, payload } = packet;
  let fragment: Packet["fragment"];
  // A header that lies, or stands alone as a probe of its number does, is told of as the protocol that it is.
  const chain = payload.length === 0 ? undefined : parseIpv6Extensions(protocol, payload);
  if (chain !== undefined && !(chain instanceof Malformed)) {
    for (const extension of chain.extensions) {
      if (extension.kind !== "fragment") continue;
      const { identification, offsetBytes, moreFragments: more } = extension;
      if (more || offsetBytes > 0) fragment = { identification, offsetBytes, more };
    }
    protocol = chain.nextHeader;
    payload = chain.payload;
  } else if (protocol === IP_PROTOCOL_FRAGMENT && payload.length >= 8) {
    // The rest of a chain that a later fragment does not begin with.
    const word = u16(payload, 2);
    fragment = { identification: u32(payload, 4), offsetBytes: word & 0xfff8, more: (word & 1) === 1 };
    protocol = u8(payload, 0);
    payload = payload.subarray(8);
  }
  return { source, destination, protocol, timeToLive, fragment, payload };
}

function describePacket(packet: Packet): string {
  const { protocol, payload, fragment } = packet;
  const name = nameOf(protocol);
  if (fragment !== undefined) {
    const { identification, offsetBytes, more } = fragment;
    const place = `at ${offsetBytes}, ${more ? "more to come" : "the last"}`;
    return `${name} fragment ${between(packet)} id 0x${identification.toString(16)} ${payload.length} octets ${place},`;
  }
  const said = describeTransport(packet);
  if (said === undefined) return `${name} ${between(packet)} payload ${payload.length}`;
  return `${name} ${said}${isSpoiled(packet) ? " bad checksum" : ""}`;
}

/** Undefined where the protocol is not known here, or its octets lie. */
function describeTransport(packet: Packet): string | undefined {
  const { protocol, payload, source } = packet;
  switch (protocol) {
    case IP_PROTOCOL_TCP: {
      const segment = parseTcp(payload);
      if (segment instanceof Malformed) return undefined;
      const { flags, sequence, acknowledgement, payload: data } = segment;
      const words = [flagsOf(flags), `seq 0x${hexOf(sequence, 8)}`];
      if (flags & TCP_ACK) words.push(`ack 0x${hexOf(acknowledgement, 8)}`);
      if (data.length > 0) words.push(`data ${data.length}`);
      return `${between(packet, segment.sourcePort, segment.destinationPort)} ${words.join(" ")}`;
    }
    case IP_PROTOCOL_UDP: {
      const datagram = parseUdp(payload);
      if (datagram instanceof Malformed) return undefined;
      const { sourcePort, destinationPort, payload: data } = datagram;
      return `${between(packet, sourcePort, destinationPort)} payload ${data.length}`;
    }
    case IP_PROTOCOL_SCTP: {
      const sctp = parseSctp(payload);
      if (sctp instanceof Malformed) return undefined;
      const [chunk] = sctp.chunks;
      const tag = chunk?.type === SCTP_INIT && chunk.value.length >= 4 ? u32(chunk.value, 0) : undefined;
      const said =
        chunk === undefined
          ? "no chunk"
          : tag === undefined
            ? `chunk ${chunk.type}`
            : `INIT tag 0x${hexOf(tag, 8)}`;
      return `${between(packet, sctp.sourcePort, sctp.destinationPort)} ${said}`;
    }
    case IP_PROTOCOL_ICMP:
    case IP_PROTOCOL_ICMPV6: {
      if ((protocol === IP_PROTOCOL_ICMP) !== (source.length === 4)) return undefined;
      const message = parseIcmp(payload);
      if (message instanceof Malformed) return undefined;
      const { type, code, rest } = message;
      const name = (protocol === IP_PROTOCOL_ICMP ? ICMP_TYPES : ICMPV6_TYPES).get(type);
      const said = name === undefined ? `type ${type} code ${code}` : name;
      const echo = name?.startsWith("echo") === true;
      const numbers = echo ? ` id 0x${hexOf(rest >>> 16, 4)} seq ${rest & 0xffff}` : "";
      return `${between(packet)} ${said}${numbers}`;
    }
    default:
      return undefined;
  }
}

const ICMP_TYPES: ReadonlyMap<number, string> = new Map([
  [ICMP_ECHO_REPLY, "echo reply"],
  [ICMP_ECHO_REQUEST, "echo request"],
]);
const ICMPV6_TYPES: ReadonlyMap<number, string> = new Map([
  [ICMPV6_ECHO_REQUEST, "echo request"],
  [ICMPV6_ECHO_REPLY, "echo reply"],
  [ICMPV6_NEIGHBOR_SOLICITATION, "neighbor solicitation"],
  [ICMPV6_NEIGHBOR_ADVERTISEMENT, "neighbor advertisement"],
]);

const NAMES: ReadonlyMap<number, string> = new Map([
  [IP_PROTOCOL_TCP, "TCP"],
  [IP_PROTOCOL_UDP, "UDP"],
  [IP_PROTOCOL_SCTP, "SCTP"],
  [IP_PROTOCOL_ICMP, "ICMP"],
  [IP_PROTOCOL_ICMPV6, "ICMPv6"],
]);

function nameOf(protocol: number): string {
  return NAMES.get(protocol) ?? `IP protocol ${protocol}`;
}

/** In the order that people say them. */
const FLAGS = [
  [TCP_SYN, "SYN"],
  [TCP_FIN, "FIN"],
  [TCP_RST, "RST"],
  [TCP_PSH, "PSH"],
  [TCP_ACK, "ACK"],
  [TCP_URG, "URG"],
  [TCP_ECE, "ECE"],
  [TCP_CWR, "CWR"],
] as const;

function flagsOf(flags: number): string {
  const set = FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name);
  return set.length === 0 ? "no flags" : set.join(",");
}

/** Whether the transport's checksum is wrong. One of UDP that was not computed (RFC 768) is not. */
function isSpoiled({ protocol, source, destination, payload }: Packet): boolean {
  if (protocol === IP_PROTOCOL_SCTP) return sctpChecksum(payload, 0, payload.length) !== u32le(payload, 8);
  if (protocol === IP_PROTOCOL_ICMP) return !checksumHolds(payload, 0, payload.length);
  const bytes = protocol === IP_PROTOCOL_UDP ? u16(payload, 4) : payload.length;
  if (protocol === IP_PROTOCOL_UDP && source.length === 4 && u16(payload, 6) === 0) return false;
  return !checksumHolds(payload, 0, bytes, pseudoHeaderSum(source, destination, protocol, bytes));
}

function between({ source, destination }: Packet, sourcePort?: number, destinationPort?: number): string {
  return `${endOf(source, sourcePort)} > ${endOf(destination, destinationPort)}`;
}

function endOf(address: Uint8Array, port: number | undefined): string {
  const text = formatIpAddress(address);
  if (port === undefined) return text;
  return address.length === 4 ? `${text}:${port}` : `[${text}]:${port}`;
}

function describeArp(octets: Uint8Array): string {
  const packet = parseArp(octets);
  if (packet instanceof Malformed) return `no ARP (${packet.name})`;
  const { operation, senderHardware, senderProtocol, targetProtocol } = packet;
  const sender = formatIpAddress(senderProtocol);
  if (operation === ARP_REQUEST) return `ARP who has ${formatIpAddress(targetProtocol)}, tell ${sender}`;
  if (operation === ARP_REPLY && senderHardware.length === 6)
    return `ARP ${sender} is at ${formatMac(senderHardware)}`;
  return `ARP operation ${operation} of ${sender}`;
}

function hexOf(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/**
 * Whom a frame asks: its IP destination, and of questions for neighbours (ARP, RFC 826; neighbour solicitations, RFC 4861
 * §4.3) the address that is asked for. A view of the octets; undefined where the frame asks nobody.
 *
 * @param linkType as of `describeFrame`
 */
export function askedAddress(
  octets: Uint8Array,
  at: number,
  bytes: number,
  linkType: number = LINKTYPE_RAW,
): Uint8Array | undefined {
  const frame = octets.subarray(at, at + bytes);
  const ip = ipHeaderAt(frame, 0, frame.length, linkType);
  if (ip < 0) {
    if (linkType !== LINKTYPE_ETHERNET || frame.length < ETHERNET_HEADER_BYTES) return undefined;
    if (u16(frame, ETHERNET_HEADER_BYTES - 2) !== ETHERTYPE_ARP) return undefined;
    const question = parseArp(frame.subarray(ETHERNET_HEADER_BYTES));
    return question instanceof Malformed ? undefined : question.targetProtocol;
  }
  const packet = packetOf(frame.subarray(ip));
  if (packet instanceof Malformed) return undefined;
  const { protocol, payload, destination, fragment } = packet;
  const isSolicitation =
    protocol === IP_PROTOCOL_ICMPV6 &&
    fragment === undefined &&
    payload.length >= SOLICITATION_BYTES &&
    u8(payload, 0) === ICMPV6_NEIGHBOR_SOLICITATION;
  return isSolicitation ? payload.subarray(SOLICITED_AT, SOLICITATION_BYTES) : destination;
}

/** RFC 4861 §4.3: type, code, checksum and four reserved octets, then the address. */
const SOLICITED_AT = 8;
const SOLICITATION_BYTES = SOLICITED_AT + 16;
