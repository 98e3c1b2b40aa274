/**
 * The shard of a frame by a quick look, where that is enough: of most frames the addresses of the only IP header are those
 * of the flow. Whoever divides frames between engines need not decode these, nor need the engines that do not own them.
 *
 * A frame is plain that has one IP header, not of a fragment, behind Ethernet, one VLAN tag (IEEE 802.1Q) or nothing, and
 * with a transport in which the decoder opens nothing. All others, odd ones among them, are left to a whole decode.
 */
import {
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_VLAN,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IPV4_HEADER_BYTES,
  IPV6_HEADER_BYTES,
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_RAW,
  UDP_HEADER_BYTES,
  u8,
  u16,
  u32,
} from "@palisade/wire";
import { LAYER } from "../decode/layers.js";
import { namedUpper } from "../decode/network.js";
import { type PathTable, ROOT_PATH } from "../decode/path-table.js";
import { isTunnelPort } from "../decode/tunnels.js";
import { hashIpv4Hosts, hashIpv6Hosts, orderIpv6Hosts, shardOfHosts } from "./flow-key.js";

/** The frame is not plain: only a whole decode tells where it belongs. */
export const NOT_PLAIN = -1;

// Constants of this file are compared without a read of memory: decode/decoder.ts says why.
const ETHERNET = LINKTYPE_ETHERNET;
const VLAN = ETHERTYPE_VLAN;
const IPV4 = ETHERTYPE_IPV4;
const IPV6 = ETHERTYPE_IPV6;
const V4_BYTES = IPV4_HEADER_BYTES;
const V6_BYTES = IPV6_HEADER_BYTES;
const UDP = IP_PROTOCOL_UDP;
const UDP_BYTES = UDP_HEADER_BYTES;
const TCP = IP_PROTOCOL_TCP;

/** More fragments, or an offset. */
const FRAGMENTATION = 0x3fff;

/** Of two IPv6 addresses; used again for every frame. */
const words = new Int32Array(8);

/**
 * The shard of the flow that the frame `octets[offset … end)` of a capture of `linkType` is in, or `NOT_PLAIN`. Where it
 * is a shard, the decoder comes to a packet with an IP header that is no fragment, whose `FlowKey` has that shard.
 */
export function plainShard(octets: Uint8Array, offset: number, end: number, linkType: number): number {
  let at = offset;
  if (linkType === ETHERNET) {
    at += 14;
    if (end < at + V4_BYTES) return NOT_PLAIN;
    let type = u16(octets, at - 2);
    if (type === VLAN) {
      type = u16(octets, at + 2);
      at += 4;
    }
    if (type === IPV4) return ipv4Shard(octets, at, end);
    return type === IPV6 ? ipv6Shard(octets, at, end) : NOT_PLAIN;
  }
  if ((linkType !== LINKTYPE_RAW && linkType !== LINKTYPE_IPV4 && linkType !== LINKTYPE_IPV6) || at >= end)
    return NOT_PLAIN;
  // All three are told apart by the version that stands there.
  return u8(octets, at) >>> 4 === 4 ? ipv4Shard(octets, at, end) : ipv6Shard(octets, at, end);
}

function ipv4Shard(octets: Uint8Array, at: number, end: number): number {
  const available = end - at;
  if (available < V4_BYTES) return NOT_PLAIN;
  const first = u8(octets, at);
  const headerLength = (first & 0x0f) * 4;
  if (first >>> 4 !== 4 || headerLength < V4_BYTES || headerLength > available) return NOT_PLAIN;
  // Zero is all that is there, as the decoder has it.
  if ((u16(octets, at + 2) || available) < headerLength) return NOT_PLAIN;
  if ((u16(octets, at + 6) & FRAGMENTATION) !== 0) return NOT_PLAIN;
  if (!isPlainUpper(octets, u8(octets, at + 9), at + headerLength, end)) return NOT_PLAIN;
  const source = u32(octets, at + 12);
  const destination = u32(octets, at + 16);
  const pair = source < destination ? hashIpv4Hosts(source, destination) : hashIpv4Hosts(destination, source);
  return shardOfHosts(pair);
}

function ipv6Shard(octets: Uint8Array, at: number, end: number): number {
  if (end - at < V6_BYTES || u8(octets, at) >>> 4 !== 6) return NOT_PLAIN;
  if (!isPlainUpper(octets, u8(octets, at + 6), at + V6_BYTES, end)) return NOT_PLAIN;
  orderIpv6Hosts(words, octets, at + 8, at + 24);
  return shardOfHosts(hashIpv6Hosts(words));
}

/** Whether nothing is opened in what an IP packet of this protocol carries at `at`. */
function isPlainUpper(octets: Uint8Array, protocol: number, at: number, end: number): boolean {
  if (protocol === TCP) return true;
  if (protocol === UDP) {
    return end - at >= UDP_BYTES && !isTunnelPort(u16(octets, at)) && !isTunnelPort(u16(octets, at + 2));
  }
  return namedUpper[protocol] !== undefined;
}

/**
 * Enters the paths of all plain frames: whichever of them an engine is not shown, the paths that it makes afterwards, and
 * the bound on them, are those of an engine that has seen all.
 */
export function enterPlainPaths(paths: PathTable): void {
  const uppers = [LAYER.tcp, LAYER.udp, ...Object.values(namedUpper)];
  const ethernet = paths.child(ROOT_PATH, LAYER.eth);
  for (const link of [ethernet, paths.child(ethernet, LAYER.vlan), paths.child(ROOT_PATH, LAYER.raw)]) {
    for (const ip of [paths.child(link, LAYER.ip), paths.child(link, LAYER.ipv6)]) {
      for (const upper of uppers) paths.child(ip, upper);
    }
  }
}
