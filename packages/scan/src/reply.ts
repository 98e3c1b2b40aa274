/**
 * Reads packets that may answer a probe: in place, into one reused object, nothing allocated.
 *
 * Checksums are not verified: where a packet never left the machine the sender's kernel has not filled them in, and
 * what tells a true reply is the cookie. Fragments are ignored, since their ports are in another one; a fragment header
 * around a whole packet is none (RFC 6946).
 */
import {
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_HEADER_BYTES,
  ICMP_PARAMETER_PROBLEM,
  ICMP_TIME_EXCEEDED,
  ICMPV6_DESTINATION_UNREACHABLE,
  ICMPV6_PARAMETER_PROBLEM,
  ICMPV6_TIME_EXCEEDED,
  IP_PROTOCOL_AH,
  IP_PROTOCOL_FRAGMENT,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IPV4_HEADER_BYTES,
  IPV6_EXTENSIONS_MAX,
  IPV6_HEADER_BYTES,
  isIcmpError,
  isIcmpv6Error,
  isIpv6Extension,
  SCTP_CHUNK_HEADER_BYTES,
  SCTP_HEADER_BYTES,
  SCTP_INIT,
  TCP_HEADER_BYTES,
  UDP_HEADER_BYTES,
  u8,
  u16,
  u32,
} from "@palisade/wire";
import { atIpv4, atIpv6 } from "./links/frames.js";
import { REPLY_ERROR, REPLY_IP, REPLY_SCTP, REPLY_TCP, REPLY_UDP, type Reply } from "./technique.js";
import { INITIATE_TAG_AT } from "./techniques/init-chunk.js";

/** A reply, and where it says what was asked. */
export interface ReplyRead extends Reply {
  /** Index of the address that was asked: of 4 octets or 16, by `ipVersion`. */
  addressAt: number;
  /** Index of our own address, of as many octets. */
  ownAddressAt: number;
  /** The port that was asked; 0 where the protocol has none. */
  port: number;
  /** The port that we asked from; 0 where the protocol has none. */
  ownPort: number;
}

/**
 * What a field of 32 bits is made with, so that V8 keeps it as a double from the start. A field that held small numbers alone
 * becomes one at the first large number, and all machine code that knows the object is thrown away: with the first open port,
 * in the middle of a scan.
 */
export const WIDE = 0xffff_ffff;

/** A reply to be filled by `readReply`, as often as one likes. */
export function newReply(): ReplyRead {
  const reply: ReplyRead = {
    kind: 0,
    ipVersion: 4,
    ipProtocol: 0,
    tcpFlags: 0,
    sequence: WIDE,
    acknowledgement: WIDE,
    window: 0,
    verificationTag: WIDE,
    chunkType: 0,
    type: 0,
    code: 0,
    quoted: WIDE,
    fromTarget: false,
    addressAt: 0,
    ownAddressAt: 0,
    port: 0,
    ownPort: 0,
  };
  clear(reply);
  return reply;
}

/** RFC 792: an error quotes the header and the first 64 bits behind it, ports and what stands behind them. */
const QUOTED_BYTES_MIN = 8;
const PORTS_BYTES = 4;
const NOWHERE = -1;

const MORE_FRAGMENTS_V4 = 0x2000;
const FRAGMENT_OFFSET_V4 = 0x1fff;
/** Offset, in its upper 13 bits, and the flag for more fragments: RFC 8200 §4.5. */
const FRAGMENT_OFFSET_V6 = 0xfff8;
const FRAGMENT_V6 = 0xfff9;

/** One past the last octet of the IP packet that was walked last: what walking to the transport found besides. */
let packetEnd = 0;

/**
 * Reads the IPv4 or IPv6 packet in `offset … end`. `offset` is that of the IP header; what stands behind the packet's own
 * length (padding of a short Ethernet frame) is left out, and a packet that is cut short is read as far as it goes.
 *
 * @returns whether it may answer a probe; where not, `reply` means nothing
 */
export function readReply(octets: Uint8Array, offset: number, end: number, reply: ReplyRead): boolean {
  clear(reply);
  const last = Math.min(end, octets.length);
  const transport = walk(octets, offset, last, reply, false);
  if (transport === NOWHERE) return false;
  const packetLast = packetEnd;
  switch (reply.ipProtocol) {
    case IP_PROTOCOL_TCP:
      return readTcp(octets, transport, packetLast, reply);
    case IP_PROTOCOL_UDP:
      return readUdp(octets, transport, packetLast, reply);
    case IP_PROTOCOL_SCTP:
      return readSctp(octets, transport, packetLast, reply);
    case IP_PROTOCOL_ICMP:
      if (reply.ipVersion === 4) return readIcmp(octets, transport, packetLast, reply);
      break;
    case IP_PROTOCOL_ICMPV6:
      if (reply.ipVersion === 6) return readIcmp(octets, transport, packetLast, reply);
      break;
  }
  reply.kind = REPLY_IP;
  return true;
}

function clear(reply: ReplyRead): void {
  reply.kind = 0;
  reply.ipVersion = 4;
  reply.ipProtocol = 0;
  reply.tcpFlags = 0;
  reply.sequence = 0;
  reply.acknowledgement = 0;
  reply.window = 0;
  reply.verificationTag = 0;
  reply.chunkType = 0;
  reply.type = 0;
  reply.code = 0;
  reply.quoted = 0;
  reply.fromTarget = false;
  reply.addressAt = 0;
  reply.ownAddressAt = 0;
  reply.port = 0;
  reply.ownPort = 0;
}

/**
 * From the IP header to the transport's: sets version, protocol and addresses, and `packetEnd`. A quoted packet is one that
 * we sent, so its addresses are the other way about, and its first fragment is as good as the whole.
 *
 * @returns where the transport begins, at most `end`; or `NOWHERE`
 */
function walk(octets: Uint8Array, offset: number, end: number, reply: ReplyRead, quoted: boolean): number {
  if (offset < 0 || offset >= end) return NOWHERE;
  const version = u8(octets, offset) >> 4;
  if (version === 4) return walkIpv4(octets, offset, end, reply, quoted);
  return version === 6 ? walkIpv6(octets, offset, end, reply, quoted) : NOWHERE;
}

function walkIpv4(
  octets: Uint8Array,
  offset: number,
  end: number,
  reply: ReplyRead,
  quoted: boolean,
): number {
  if (end - offset < IPV4_HEADER_BYTES) return NOWHERE;
  const headerBytes = (u8(octets, offset) & 0x0f) << 2;
  if (headerBytes < IPV4_HEADER_BYTES || end - offset < headerBytes) return NOWHERE;
  const fragment = u16(octets, offset + atIpv4.fragment);
  const wanted = quoted ? FRAGMENT_OFFSET_V4 : MORE_FRAGMENTS_V4 | FRAGMENT_OFFSET_V4;
  if ((fragment & wanted) !== 0) return NOWHERE;
  packetEnd = end;
  if (!quoted) {
    // 0 is the length of what the kernel put together beyond 65,535 octets; all that is there belongs to it.
    const totalBytes = u16(octets, offset + atIpv4.totalLength);
    if (totalBytes !== 0 && totalBytes < headerBytes) return NOWHERE;
    if (totalBytes !== 0) packetEnd = Math.min(end, offset + totalBytes);
  }
  reply.ipVersion = 4;
  reply.ipProtocol = u8(octets, offset + atIpv4.protocol);
  reply.addressAt = offset + (quoted ? atIpv4.destination : atIpv4.source);
  reply.ownAddressAt = offset + (quoted ? atIpv4.source : atIpv4.destination);
  return offset + headerBytes;
}

function walkIpv6(
  octets: Uint8Array,
  offset: number,
  end: number,
  reply: ReplyRead,
  quoted: boolean,
): number {
  if (end - offset < IPV6_HEADER_BYTES) return NOWHERE;
  let at = offset + IPV6_HEADER_BYTES;
  packetEnd = end;
  if (!quoted) {
    const payloadBytes = u16(octets, offset + atIpv6.payloadLength);
    if (payloadBytes !== 0) packetEnd = Math.min(end, at + payloadBytes);
  }
  let next = u8(octets, offset + atIpv6.nextHeader);
  let extensions = 0;
  while (isIpv6Extension(next)) {
    // A probe that asks about an extension header as a protocol has it last, with nothing behind.
    if (quoted && at === packetEnd) break;
    if (extensions === IPV6_EXTENSIONS_MAX || packetEnd - at < 8) return NOWHERE;
    extensions += 1;
    let bytes = (u8(octets, at + 1) + 1) << 3;
    if (next === IP_PROTOCOL_FRAGMENT) {
      const wanted = quoted ? FRAGMENT_OFFSET_V6 : FRAGMENT_V6;
      if ((u16(octets, at + 2) & wanted) !== 0) return NOWHERE;
      bytes = 8;
    } else if (next === IP_PROTOCOL_AH) {
      bytes = (u8(octets, at + 1) + 2) << 2; // RFC 4302 §2.2: in words, less two
    }
    if (packetEnd - at < bytes) return NOWHERE;
    next = u8(octets, at);
    at += bytes;
  }
  reply.ipVersion = 6;
  reply.ipProtocol = next;
  reply.addressAt = offset + (quoted ? atIpv6.destination : atIpv6.source);
  reply.ownAddressAt = offset + (quoted ? atIpv6.source : atIpv6.destination);
  return at;
}

/** TCP, UDP and SCTP begin alike: the sender's port, the receiver's. */
function readPorts(octets: Uint8Array, at: number, reply: ReplyRead): void {
  reply.port = u16(octets, at);
  reply.ownPort = u16(octets, at + 2);
}

function readTcp(octets: Uint8Array, at: number, end: number, reply: ReplyRead): boolean {
  if (end - at < TCP_HEADER_BYTES) return false;
  const headerBytes = (u8(octets, at + 12) >> 4) << 2;
  if (headerBytes < TCP_HEADER_BYTES) return false;
  readPorts(octets, at, reply);
  reply.kind = REPLY_TCP;
  reply.sequence = u32(octets, at + 4);
  reply.acknowledgement = u32(octets, at + 8);
  reply.tcpFlags = u8(octets, at + 13);
  reply.window = u16(octets, at + 14);
  return true;
}

function readUdp(octets: Uint8Array, at: number, end: number, reply: ReplyRead): boolean {
  if (end - at < UDP_HEADER_BYTES || u16(octets, at + 4) < UDP_HEADER_BYTES) return false;
  readPorts(octets, at, reply);
  reply.kind = REPLY_UDP;
  return true;
}

function readSctp(octets: Uint8Array, at: number, end: number, reply: ReplyRead): boolean {
  if (end - at < SCTP_HEADER_BYTES + SCTP_CHUNK_HEADER_BYTES) return false;
  readPorts(octets, at, reply);
  reply.kind = REPLY_SCTP;
  reply.verificationTag = u32(octets, at + 4);
  reply.chunkType = u8(octets, at + SCTP_HEADER_BYTES);
  return true;
}

function readIcmp(octets: Uint8Array, at: number, end: number, reply: ReplyRead): boolean {
  if (end - at < ICMP_HEADER_BYTES) return false;
  const type = u8(octets, at);
  reply.type = type;
  reply.code = u8(octets, at + 1);
  if (reply.ipVersion === 4 ? isIcmpError(type) : isIcmpv6Error(type)) {
    return readError(octets, at + ICMP_HEADER_BYTES, end, reply);
  }
  reply.kind = REPLY_IP;
  reply.quoted = u32(octets, at + 4);
  return true;
}

/** `at` is where the quoted packet begins. */
function readError(octets: Uint8Array, at: number, end: number, reply: ReplyRead): boolean {
  if (!tellsOfProbes(reply.ipVersion, reply.type)) return false;
  const ipVersion = reply.ipVersion;
  const senderAt = reply.addressAt;
  const transport = walk(octets, at, end, reply, true);
  if (transport === NOWHERE || reply.ipVersion !== ipVersion) return false;
  reply.kind = REPLY_ERROR;
  reply.fromTarget = sameAddress(octets, senderAt, reply.addressAt, ipVersion === 4 ? 4 : 16);
  const protocol = reply.ipProtocol;
  const isWhole = end - transport >= QUOTED_BYTES_MIN;
  if (isWhole) reply.quoted = u32(octets, transport + PORTS_BYTES);
  if (protocol !== IP_PROTOCOL_TCP && protocol !== IP_PROTOCOL_UDP && protocol !== IP_PROTOCOL_SCTP)
    return true;
  if (!isWhole) return false;
  reply.ownPort = u16(octets, transport);
  reply.port = u16(octets, transport + 2);
  if (protocol === IP_PROTOCOL_SCTP) reply.quoted = quotedInitiateTag(octets, transport, end);
  return true;
}

/** Whether an error of this type can be about a probe's fate. Source quench, redirect and "packet too big" leave it open. */
function tellsOfProbes(ipVersion: 4 | 6, type: number): boolean {
  if (ipVersion === 4) {
    return (
      type === ICMP_DESTINATION_UNREACHABLE || type === ICMP_TIME_EXCEEDED || type === ICMP_PARAMETER_PROBLEM
    );
  }
  return (
    type === ICMPV6_DESTINATION_UNREACHABLE ||
    type === ICMPV6_TIME_EXCEEDED ||
    type === ICMPV6_PARAMETER_PROBLEM
  );
}

function quotedInitiateTag(octets: Uint8Array, at: number, end: number): number {
  if (end - at < INITIATE_TAG_AT + 4) return 0;
  return u8(octets, at + SCTP_HEADER_BYTES) === SCTP_INIT ? u32(octets, at + INITIATE_TAG_AT) : 0;
}

/** Whether the addresses of so many octets at two places are the same. */
export function sameAddress(octets: Uint8Array, first: number, second: number, bytes: number): boolean {
  for (let index = 0; index < bytes; index += 1) {
    if (octets[first + index] !== octets[second + index]) return false;
  }
  return true;
}
