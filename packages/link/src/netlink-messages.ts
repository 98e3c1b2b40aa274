/**
 * What rtnetlink's messages say of routes, rules, addresses and neighbours (rtnetlink(7); numbers from linux/rtnetlink.h,
 * linux/neighbour.h and linux/if_addr.h). What is not understood is `undefined`.
 */
import { assert } from "@palisade/base";
import { IPV4_BYTES, IPV6_BYTES, MAC_BYTES, u8, u16le, u32le } from "@palisade/wire";
import { visitAttributes } from "./netlink.js";
import { AF_INET, AF_INET6 } from "./system.js";

/** Questions and answers by kind: linux/rtnetlink.h. */
export const RTM_NEWADDR = 20;
export const RTM_GETADDR = 22;
export const RTM_NEWROUTE = 24;
export const RTM_GETROUTE = 26;
export const RTM_NEWNEIGH = 28;
export const RTM_GETNEIGH = 30;
const RTM_NEWRULE = 32;
const RTM_GETRULE = 34;
const RTM_NEWADDRLABEL = 72;
const RTM_GETADDRLABEL = 74;

/** An address of this machine. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** Leading bits that the addresses on the same link share: 0 … 32, or 0 … 128. */
  readonly prefixBits: number;
}

/** struct rtmsg. */
export const atRoute = { family: 0, destinationBits: 1, type: 7, flags: 8 } as const;
export const ROUTE_BYTES = 12;
export const RTA_DST = 1;
export const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_VIA = 18;
const RTA_NH_ID = 30;
/** The answer shall be the route of the table, not what became of it for the address (Linux 4.13). */
export const RTM_F_FIB_MATCH = 0x2000;
const RTAX_MTU = 2;
export const RTN_LOCAL = 2;
export const RTN_BLACKHOLE = 6;
export const RTN_UNREACHABLE = 7;
export const RTN_PROHIBIT = 8;

/** struct ndmsg. */
export const atNeighbour = { family: 0, interfaceIndex: 4, state: 8 } as const;
export const NEIGHBOUR_BYTES = 12;
export const NDA_DST = 1;
const NDA_LLADDR = 2;
const NUD_REACHABLE = 0x02;
const NUD_STALE = 0x04;
export const NUD_PERMANENT = 0x80;

/** struct ifaddrmsg. */
const atAddress = { family: 0, prefixBits: 1, flags: 2, interfaceIndex: 4 } as const;
export const ADDRESS_BYTES = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

/** struct fib_rule_hdr of linux/fib_rules.h, as far as it says where: laid out as struct rtmsg is. */
const atRule = { family: 0, destinationBits: 1 } as const;
const RULE_BYTES = 12;
const FRA_DST = 1;
const FRA_IP_PROTO = 22;
const FRA_SPORT_RANGE = 23;
const FRA_DPORT_RANGE = 24;

/** struct ifaddrlblmsg of linux/if_addrlabel.h. */
const atLabel = { family: 0, prefixBits: 2 } as const;
const LABEL_BYTES = 12;
const IFAL_ADDRESS = 1;

/** What a route message says. */
export interface RouteAnswer {
  readonly type: number;
  readonly interfaceIndex: number;
  readonly source: Uint8Array | undefined;
  readonly gateway: Uint8Array | undefined;
  readonly mtuBytes: number | undefined;
}

/** Reads a struct rtmsg and its attributes; `undefined` where it is none of this family. */
export function readRoute(
  octets: Uint8Array,
  start: number,
  end: number,
  family: number,
): RouteAnswer | undefined {
  if (end - start < ROUTE_BYTES || octets[start + atRoute.family] !== family) return undefined;
  const bytes = addressBytes(family);
  let interfaceIndex = 0;
  let source: Uint8Array | undefined;
  let gateway: Uint8Array | undefined;
  let mtuBytes: number | undefined;
  visitAttributes(octets, start + ROUTE_BYTES, end, (type, from, to) => {
    if (type === RTA_OIF && to - from === 4) interfaceIndex = u32le(octets, from);
    else if (type === RTA_PREFSRC && to - from === bytes) source = octets.slice(from, to);
    else if (type === RTA_GATEWAY && to - from === bytes) gateway = octets.slice(from, to);
    else if (type === RTA_VIA && to - from >= 2) {
      // struct rtvia: the gateway's own family, then its address.
      const viaFamily = u16le(octets, from);
      const viaBytes = viaFamily === AF_INET ? IPV4_BYTES : viaFamily === AF_INET6 ? IPV6_BYTES : 0;
      if (viaBytes !== 0 && to - from === 2 + viaBytes) gateway = octets.slice(from + 2, to);
    } else if (type === RTA_METRICS) {
      visitAttributes(octets, from, to, (metric, at, past) => {
        if (metric === RTAX_MTU && past - at === 4 && u32le(octets, at) !== 0) mtuBytes = u32le(octets, at);
      });
    }
  });
  return { type: u8(octets, start + atRoute.type), interfaceIndex, source, gateway, mtuBytes };
}

/** A list that the kernel gives, and how a prefix stands in its messages: family first in all of them. */
export interface PrefixList {
  readonly question: number;
  readonly answer: number;
  readonly bytes: number;
  readonly bitsAt: number;
  /** The attributes that hold the address; the last that is there counts. */
  readonly attributes: readonly number[];
}

export const ROUTE_LIST: PrefixList = {
  question: RTM_GETROUTE,
  answer: RTM_NEWROUTE,
  bytes: ROUTE_BYTES,
  bitsAt: atRoute.destinationBits,
  attributes: [RTA_DST],
};
export const RULE_LIST: PrefixList = {
  question: RTM_GETRULE,
  answer: RTM_NEWRULE,
  bytes: RULE_BYTES,
  bitsAt: atRule.destinationBits,
  attributes: [FRA_DST],
};
export const ADDRESS_LIST: PrefixList = {
  question: RTM_GETADDR,
  answer: RTM_NEWADDR,
  bytes: ADDRESS_BYTES,
  bitsAt: atAddress.prefixBits,
  // On a link with two ends IFA_ADDRESS is the other one's, and IFA_LOCAL ours (rtnetlink(7)).
  attributes: [IFA_ADDRESS, IFA_LOCAL],
};
export const LABEL_LIST: PrefixList = {
  question: RTM_GETADDRLABEL,
  answer: RTM_NEWADDRLABEL,
  bytes: LABEL_BYTES,
  bitsAt: atLabel.prefixBits,
  attributes: [IFAL_ADDRESS],
};
export const IPV6_LISTS: readonly PrefixList[] = [ROUTE_LIST, RULE_LIST, LABEL_LIST, ADDRESS_LIST];

/** Whether a message of `RULE_LIST` is of a rule that selects by protocol or ports. */
export function ruleAsksForTransport(octets: Uint8Array, start: number, end: number): boolean {
  let asks = false;
  visitAttributes(octets, start + RULE_BYTES, end, (type) => {
    if (type === FRA_IP_PROTO || type === FRA_SPORT_RANGE || type === FRA_DPORT_RANGE) asks = true;
  });
  return asks;
}

/** What a message of a `PrefixList` says. */
export interface PrefixAnswer {
  /** Where the address stands; of no meaning where there are no bits. */
  readonly at: number;
  readonly bits: number;
  readonly shared: boolean;
}

/** Reads a prefix; `undefined` where it is none of this family, or has bits and no address. */
export function readPrefix(
  list: PrefixList,
  octets: Uint8Array,
  start: number,
  end: number,
  family: number,
): PrefixAnswer | undefined {
  if (end - start < list.bytes || octets[start] !== family) return undefined;
  const bytes = addressBytes(family);
  const bits = u8(octets, start + list.bitsAt);
  let at = start;
  let rank = -1;
  let several = false;
  let nextHopNamed = false;
  let hasInterface = false;
  visitAttributes(octets, start + list.bytes, end, (type, from, to) => {
    const here = list.attributes.indexOf(type);
    if (here > rank && to - from === bytes) {
      at = from;
      rank = here;
    }
    if (list !== ROUTE_LIST) return;
    if (type === RTA_MULTIPATH) several = true;
    else if (type === RTA_NH_ID) nextHopNamed = true;
    else if (type === RTA_OIF) hasInterface = true;
  });
  if (bits > bytes * 8 || (bits > 0 && rank < 0)) return undefined;
  // What a next hop by name stands for is not always told (sysctl net.ipv4.nexthop_compat_mode): it may be several.
  return { at, bits, shared: several || (nextHopNamed && !hasInterface) };
}

/** Reads a struct ndmsg and its attributes: the link address of the neighbour asked for, where it is of use. */
export function readNeighbour(
  octets: Uint8Array,
  start: number,
  end: number,
  interfaceIndex: number,
  asked: Uint8Array,
): Uint8Array | undefined {
  if (end - start < NEIGHBOUR_BYTES || octets[start + atNeighbour.family] !== familyOf(asked))
    return undefined;
  if (u32le(octets, start + atNeighbour.interfaceIndex) !== interfaceIndex) return undefined;
  const state = u16le(octets, start + atNeighbour.state);
  if ((state & (NUD_REACHABLE | NUD_STALE | NUD_PERMANENT)) === 0) return undefined;
  let link: Uint8Array | undefined;
  let same = false;
  visitAttributes(octets, start + NEIGHBOUR_BYTES, end, (type, from, to) => {
    if (type === NDA_LLADDR && to - from === MAC_BYTES) link = octets.slice(from, to);
    else if (type === NDA_DST) same = sameOctets(octets, from, to, asked);
  });
  return same ? link : undefined;
}

/** Reads a struct ifaddrmsg and its attributes. */
export function readAddress(octets: Uint8Array, start: number, end: number): InterfaceAddress | undefined {
  if (end - start < ADDRESS_BYTES) return undefined;
  const family = u8(octets, start + atAddress.family);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  if ((u8(octets, start + atAddress.flags) & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0) return undefined;
  const bytes = addressBytes(family);
  const prefixBits = u8(octets, start + atAddress.prefixBits);
  if (prefixBits > bytes * 8) return undefined;
  let own: Uint8Array | undefined;
  let local: Uint8Array | undefined;
  visitAttributes(octets, start + ADDRESS_BYTES, end, (type, from, to) => {
    if (to - from !== bytes) return;
    // On a link with two ends IFA_ADDRESS is the other one's, and IFA_LOCAL ours (rtnetlink(7)).
    if (type === IFA_LOCAL) local = octets.slice(from, to);
    else if (type === IFA_ADDRESS) own = octets.slice(from, to);
  });
  const found = local ?? own;
  if (found === undefined) return undefined;
  return { interfaceIndex: u32le(octets, start + atAddress.interfaceIndex), address: found, prefixBits };
}

/** The family of an address of 4 or 16 octets. */
export function familyOf(octets: Uint8Array): number {
  assert(
    octets.length === IPV4_BYTES || octets.length === IPV6_BYTES,
    "routes: an address has 4 or 16 octets",
  );
  return octets.length === IPV4_BYTES ? AF_INET : AF_INET6;
}

function addressBytes(family: number): number {
  return family === AF_INET ? IPV4_BYTES : IPV6_BYTES;
}

function sameOctets(octets: Uint8Array, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length) return false;
  for (let index = 0; index < other.length; index += 1) {
    if (octets[from + index] !== other[index]) return false;
  }
  return true;
}
