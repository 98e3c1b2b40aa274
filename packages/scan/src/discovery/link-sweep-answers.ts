/**
 * What a neighbour says of itself, read in place: ARP (RFC 826) and neighbour discovery (RFC 4861) in Ethernet frames.
 *
 * Anybody on the link can forge either. What is checked keeps out what was not meant as an answer to us.
 */
import {
  ARP_HARDWARE_ETHERNET,
  ARP_REPLY,
  ARP_REQUEST,
  checksumHolds,
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ICMPV6_NEIGHBOR_ADVERTISEMENT,
  ICMPV6_NEIGHBOR_SOLICITATION,
  IP_PROTOCOL_ICMPV6,
  IPV4_BYTES,
  IPV6_BYTES,
  MAC_BYTES,
  pseudoHeaderSumAt,
  u8,
  u16,
} from "@palisade/wire";
import { atIpv6 } from "../links/frames.js";
import { sameAddress } from "../reply.js";

/** It answers a question that was asked from the address at `ownAddressAt`. */
export const ANSWER_REPLY = 1;
/** It asks for somebody, and so is there. */
export const ANSWER_QUESTION = 2;

/** Where the answer says what, in the frame's octets. One object is reused for all frames. */
export interface LinkAnswer {
  kind: typeof ANSWER_REPLY | typeof ANSWER_QUESTION;
  /** Who speaks: 4 or 16 octets. */
  addressAt: number;
  /** Its link address, 6 octets: one station's. */
  linkAt: number;
  /** Of a reply: the address that it was sent to, which should be ours. */
  ownAddressAt: number;
  /** Of a reply by ARP: the link address that it was sent to; -1 where only the Ethernet header says so. */
  ownLinkAt: number;
}

export function newLinkAnswer(): LinkAnswer {
  return { kind: ANSWER_REPLY, addressAt: 0, linkAt: 0, ownAddressAt: 0, ownLinkAt: -1 };
}

/** Where fields lie behind the Ethernet header, for addresses of Ethernet and IPv4. */
const arpAt = {
  hardwareType: 0,
  protocolType: 2,
  hardwareBytes: 4,
  protocolBytes: 5,
  operation: 6,
  senderHardware: 8,
  senderProtocol: 14,
  targetHardware: 18,
  targetProtocol: 24,
} as const;
const ARP_BYTES = 28;

/** Where fields lie behind the Ethernet header; extension headers have no place before neighbour discovery's messages. */
const ndAt = {
  ...atIpv6,
  type: 40,
  code: 41,
  flags: 44,
  target: 48,
  options: 64,
} as const;
/** The ICMPv6 header and the target. */
const ND_BYTES_MIN = 24;
/** A packet with another came through a router, and is no neighbour's (RFC 4861 §7.1). */
const ND_HOP_LIMIT = 255;
const ND_SOLICITED = 0x40;
const ND_OPTION_SOURCE_LINK_ADDRESS = 1;
const ND_OPTION_TARGET_LINK_ADDRESS = 2;
const ND_OPTION_UNIT_BYTES = 8;

/**
 * Reads a frame without VLAN tags, of `offset … end`. False where it is no reply and no question of a neighbour, or lies
 * about itself.
 *
 * @param addressBytes 4 for ARP, 16 for neighbour discovery
 */
export function readLinkAnswer(
  octets: Uint8Array,
  offset: number,
  end: number,
  addressBytes: 4 | 16,
  answer: LinkAnswer,
): boolean {
  const start = offset + ETHERNET_HEADER_BYTES;
  if (end < start) return false;
  return addressBytes === 4
    ? u16(octets, start - 2) === ETHERTYPE_ARP && readArp(octets, start, end, answer)
    : u16(octets, start - 2) === ETHERTYPE_IPV6 && readNeighbourDiscovery(octets, start, end, answer);
}

/** RFC 826, "Packet Reception", and RFC 5227 for what is no answer: probes, which have no sender, and announcements. */
function readArp(octets: Uint8Array, start: number, end: number, answer: LinkAnswer): boolean {
  if (end - start < ARP_BYTES) return false;
  if (u16(octets, start + arpAt.hardwareType) !== ARP_HARDWARE_ETHERNET) return false;
  if (u16(octets, start + arpAt.protocolType) !== ETHERTYPE_IPV4) return false;
  if (u8(octets, start + arpAt.hardwareBytes) !== MAC_BYTES) return false;
  if (u8(octets, start + arpAt.protocolBytes) !== IPV4_BYTES) return false;
  const operation = u16(octets, start + arpAt.operation);
  if (operation !== ARP_REPLY && operation !== ARP_REQUEST) return false;
  const addressAt = start + arpAt.senderProtocol;
  const targetAt = start + arpAt.targetProtocol;
  if (sameAddress(octets, addressAt, targetAt, IPV4_BYTES)) return false;
  if (!isStation(octets, start + arpAt.senderHardware)) return false;
  answer.kind = operation === ARP_REPLY ? ANSWER_REPLY : ANSWER_QUESTION;
  answer.addressAt = addressAt;
  answer.linkAt = start + arpAt.senderHardware;
  answer.ownAddressAt = targetAt;
  answer.ownLinkAt = start + arpAt.targetHardware;
  return true;
}

/** Messages that RFC 4861 §7.1 calls valid: solicited advertisements, and solicitations of somebody with an address. */
function readNeighbourDiscovery(octets: Uint8Array, start: number, end: number, answer: LinkAnswer): boolean {
  const message = start + ndAt.type;
  if (end - message < ND_BYTES_MIN) return false;
  if (u8(octets, start) >>> 4 !== 6 || u8(octets, start + ndAt.nextHeader) !== IP_PROTOCOL_ICMPV6)
    return false;
  if (u8(octets, start + ndAt.hopLimit) !== ND_HOP_LIMIT || u8(octets, start + ndAt.code) !== 0) return false;
  const bytes = u16(octets, start + ndAt.payloadLength);
  const messageEnd = message + bytes;
  if (bytes < ND_BYTES_MIN || messageEnd > end) return false;
  const type = u8(octets, message);
  const isReply = type === ICMPV6_NEIGHBOR_ADVERTISEMENT;
  if (!isReply && type !== ICMPV6_NEIGHBOR_SOLICITATION) return false;
  if (isReply && (u8(octets, start + ndAt.flags) & ND_SOLICITED) === 0) return false;
  const pseudo = pseudoHeaderSumAt(octets, start + ndAt.source, IPV6_BYTES, IP_PROTOCOL_ICMPV6, bytes);
  if (!checksumHolds(octets, message, messageEnd, pseudo)) return false;
  const wanted = isReply ? ND_OPTION_TARGET_LINK_ADDRESS : ND_OPTION_SOURCE_LINK_ADDRESS;
  const linkAt = optionAt(octets, start + ndAt.options, messageEnd, wanted);
  if (linkAt < 0 || !isStation(octets, linkAt)) return false;
  answer.kind = isReply ? ANSWER_REPLY : ANSWER_QUESTION;
  answer.addressAt = start + (isReply ? ndAt.target : ndAt.source);
  answer.linkAt = linkAt;
  answer.ownAddressAt = start + ndAt.destination;
  answer.ownLinkAt = -1;
  return true;
}

/** Where the first option of a kind has its link address (RFC 4861 §4.6.1); -1 where there is none, or one has no length. */
function optionAt(octets: Uint8Array, start: number, end: number, wanted: number): number {
  let found = -1;
  let at = start;
  while (at < end) {
    const bytes = at + 1 < end ? u8(octets, at + 1) * ND_OPTION_UNIT_BYTES : 0;
    if (bytes === 0 || at + bytes > end) return -1;
    if (found < 0 && u8(octets, at) === wanted && bytes === ND_OPTION_UNIT_BYTES) found = at + 2;
    at += bytes;
  }
  return found;
}

/** One station's address: neither a group's nor all zeros. */
function isStation(octets: Uint8Array, at: number): boolean {
  if ((u8(octets, at) & 1) !== 0) return false;
  for (let octet = 0; octet < MAC_BYTES; octet += 1) if (u8(octets, at + octet) !== 0) return true;
  return false;
}
