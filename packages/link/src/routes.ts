/**
 * What the kernel knows of the ways out: routes, neighbours and addresses, asked for over netlink (netlink(7),
 * rtnetlink(7); numbers from linux/rtnetlink.h, linux/neighbour.h and linux/if_addr.h). None of it needs a privilege.
 *
 * The kernel answers while it takes the question, so that no answer is waited for. Answers are walked with every length
 * held against what is there: a message that is not understood, or not an answer to the question, is passed over.
 */
import { assert, PalisadeError } from "@palisade/base";
import {
  formatIpAddress,
  IPV4_BYTES,
  IPV6_BYTES,
  MAC_BYTES,
  put32le,
  u8,
  u16le,
  u32le,
} from "@palisade/wire";
import { ARPHRD_ETHER, findInterface, listInterfaces, type NetworkInterface } from "./interfaces.js";
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  EACCES,
  errorName,
  type KernelCall,
  type Memory,
  openSystem,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_RAW,
} from "./system.js";

/** What a packet to an address goes through, as it was when asked for. */
export interface Route {
  readonly interface: NetworkInterface;
  /** Address of this machine that the kernel would send from: 4 or 16 octets. */
  readonly source: Uint8Array;
  /** The router that it goes to first; `undefined` on the same link. May be of IPv6 where the address is of IPv4 (RFC 8950). */
  readonly gateway: Uint8Array | undefined;
  /** Largest IP packet that the route takes, in octets. */
  readonly mtuBytes: number;
  /** Whether the address is one of this machine's own. */
  readonly local: boolean;
}

/** An address of this machine. */
export interface InterfaceAddress {
  readonly interfaceIndex: number;
  /** 4 or 16 octets. */
  readonly address: Uint8Array;
  /** Leading bits that the addresses on the same link share: 0 … 32, or 0 … 128. */
  readonly prefixBits: number;
}

/** Where to look. */
export interface FindRouteOptions {
  /**
   * Only routes through this interface; link-local addresses of IPv6 need it. For IPv4 the kernel takes an address that no
   * route leads to for one on the link, once an interface is named.
   */
  readonly interface?: NetworkInterface | undefined;
}

/** How a list of prefixes came out: "whole"; "changed" while it was read; "unknown" where the kernel does not tell all. */
export type PrefixesTold = "whole" | "changed" | "unknown";

/**
 * Takes a prefix: `bits` leading bits of the address at `octets[at]`, of which those behind mean nothing.
 *
 * @param shared whether a route leads there over several next hops, among which the kernel chooses by address
 * @returns whether more are wanted
 */
export type PrefixVisitor = (octets: Uint8Array, at: number, bits: number, shared: boolean) => boolean;

/** Takes a neighbour: its address, 4 or 16 octets, and its link address, 6 octets. */
export type NeighbourVisitor = (address: Uint8Array, link: Uint8Array) => void;

/** Messages of an answer and what they hold; for tests. */
export interface NetlinkSink {
  /** `start … end` is what stands behind the message's header. */
  message(type: number, octets: Uint8Array, start: number, end: number): void;
  /** The answer is over; `errno` is 0, or why the question was refused. */
  over(errno: number): void;
  /** What was asked for changed while it was listed. */
  interrupted(): void;
}

/** A room that takes the longest datagram of an answer: the kernel fills 32 KiB at most. */
const ANSWER_BYTES = 64 * 1024;
/** Datagrams of one answer, 32 KiB of addresses or routes each: two million routes of IPv6 take some 9,000. */
const ANSWER_DATAGRAMS_MAX = 16_384;
/** Times that a list is asked for anew because it changed meanwhile. */
const INTERRUPTIONS_MAX = 5;
/** The longest question: header, family's header, and two attributes. */
const QUESTION_BYTES = 128;

const NETLINK_ROUTE = 0;
const MSG_DONTWAIT = 0x40;
/** recv(2) tells the datagram's own length, so that one that was cut is noticed. */
const MSG_TRUNC = 0x20;

const NLMSG_HEADER_BYTES = 16;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLM_F_REQUEST = 0x1;
const NLM_F_MULTI = 0x2;
const NLM_F_DUMP_INTR = 0x10;
const NLM_F_DUMP = 0x300;
const RTM_NEWADDR = 20;
const RTM_GETADDR = 22;
const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTM_NEWNEIGH = 28;
const RTM_GETNEIGH = 30;
const RTM_NEWRULE = 32;
const RTM_GETRULE = 34;
const RTM_NEWADDRLABEL = 72;
const RTM_GETADDRLABEL = 74;

const ATTRIBUTE_HEADER_BYTES = 4;
/** The flags "nested" and "network byte order" lie above. */
const ATTRIBUTE_TYPE = 0x3fff;

/** struct rtmsg. */
const route = { family: 0, destinationBits: 1, type: 7, flags: 8 } as const;
const ROUTE_BYTES = 12;
const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_VIA = 18;
const RTA_NH_ID = 30;
/** The answer shall be the route of the table, not what became of it for the address (Linux 4.13). */
const RTM_F_FIB_MATCH = 0x2000;
const RTAX_MTU = 2;
const RTN_LOCAL = 2;
const RTN_BLACKHOLE = 6;
const RTN_UNREACHABLE = 7;
const RTN_PROHIBIT = 8;

/** struct ndmsg. */
const neighbour = { family: 0, interfaceIndex: 4, state: 8 } as const;
const NEIGHBOUR_BYTES = 12;
const NDA_DST = 1;
const NDA_LLADDR = 2;
const NUD_REACHABLE = 0x02;
const NUD_STALE = 0x04;
const NUD_PERMANENT = 0x80;

/** struct ifaddrmsg. */
const address = { family: 0, prefixBits: 1, flags: 2, interfaceIndex: 4 } as const;
const ADDRESS_BYTES = 8;
const IFA_ADDRESS = 1;
const IFA_LOCAL = 2;
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;

/** struct fib_rule_hdr of linux/fib_rules.h, as far as it says where: laid out as struct rtmsg is. */
const rule = { family: 0, destinationBits: 1 } as const;
const RULE_BYTES = 12;
const FRA_DST = 1;

/** struct ifaddrlblmsg of linux/if_addrlabel.h. */
const label = { family: 0, prefixBits: 2 } as const;
const LABEL_BYTES = 12;
const IFAL_ADDRESS = 1;

const SIOCGIFHWADDR = 0x8927;

const ENOENT = 2;
const ESRCH = 3;
const EINTR = 4;
const ENXIO = 6;
const EAGAIN = 11;
const ENODEV = 19;
const EINVAL = 22;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;
const ENETUNREACH = 101;
const EHOSTUNREACH = 113;

/** Functions and memory for questions: one for the process, since JavaScript asks them one at a time. */
interface Doors {
  readonly socket: KernelCall;
  readonly send: KernelCall;
  readonly receive: KernelCall;
  readonly close: KernelCall;
  readonly indexToName: KernelCall;
  readonly errno: () => number;
  readonly memory: Memory;
}

let doors: Doors | undefined;
let sequence = 0;

function openDoors(): Doors {
  if (doors !== undefined) return doors;
  const system = openSystem();
  doors = {
    socket: system.door("socket", "int", ["int", "int", "int"]),
    send: system.door("send", "intptr_t", ["int", "void *", "size_t", "int"]),
    receive: system.door("recv", "intptr_t", ["int", "void *", "size_t", "int"]),
    close: system.door("close", "int", ["int"]),
    errno: () => system.errno(),
    indexToName: system.door("if_indextoname", "intptr_t", ["uint", "void *"]),
    memory: system.allocate(ANSWER_BYTES, "routes"),
  };
  return doors;
}

/**
 * The way that a packet to an address would take. It costs a dozen system calls: ask once for what shares a way, not for
 * each address of a large range.
 *
 * @param destination 4 or 16 octets
 * @throws {PalisadeError} `LINK_NO_ROUTE` where there is none, or one that prohibits, rejects or swallows; `LINK_NO_SOURCE`
 *   where this machine has no address to send from; `LINK_NO_SUCH_INTERFACE`, `LINK_UNSUPPORTED`, `LINK_FAILED`
 */
export function findRoute(destination: Uint8Array, options: FindRouteOptions = {}): Route {
  const family = familyOf(destination);
  const question = routeQuestion(destination, options, 0);
  const { interface: through } = options;
  let found: RouteAnswer | undefined;
  const errno = ask(question, (type, octets, start, end) => {
    if (type === RTM_NEWROUTE) found ??= readRoute(octets, start, end, family);
  });
  const where = `${formatIpAddress(destination)}${through === undefined ? "" : ` on ${through.name}`}`;
  if (errno !== 0) throw routeError(errno, where);
  if (found === undefined) throw routeError(ENETUNREACH, where);
  if (found.type === RTN_BLACKHOLE) throw routeError(EINVAL, where);
  if (found.type === RTN_PROHIBIT) throw routeError(EACCES, where);
  if (found.type === RTN_UNREACHABLE) throw routeError(EHOSTUNREACH, where);
  const networkInterface = interfaceOf(found.interfaceIndex);
  if (networkInterface === undefined) throw routeError(ENETUNREACH, where);
  if (found.source === undefined) throw noSource(networkInterface, family);
  return {
    interface: networkInterface,
    source: found.source,
    gateway: found.gateway,
    mtuBytes: found.mtuBytes ?? networkInterface.mtuBytes,
    local: found.type === RTN_LOCAL,
  };
}

function routeQuestion(destination: Uint8Array, options: FindRouteOptions, flags: number): Question {
  const question = new Question(RTM_GETROUTE, 0, ROUTE_BYTES);
  question.octets[question.bodyAt + route.family] = familyOf(destination);
  question.octets[question.bodyAt + route.destinationBits] = destination.length * 8;
  put32le(question.octets, question.bodyAt + route.flags, flags);
  question.attribute(RTA_DST, destination);
  const { interface: through } = options;
  if (through !== undefined && through.index !== 0) question.attribute(RTA_OIF, word(through.index));
  return question;
}

/**
 * Whether the route to an address leads over several next hops, among which the kernel chooses by address. Also where it may
 * do so and the kernel does not tell: before Linux 4.13, and for a route to that address alone.
 *
 * @param destination 4 or 16 octets
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`
 */
export function isRouteShared(destination: Uint8Array, options: FindRouteOptions = {}): boolean {
  const family = familyOf(destination);
  let prefix: PrefixAnswer | undefined;
  const errno = ask(routeQuestion(destination, options, RTM_F_FIB_MATCH), (type, octets, start, end) => {
    if (type === RTM_NEWROUTE) prefix ??= readPrefix(ROUTE_LIST, octets, start, end, family);
  });
  // No route of any table: there is no way, or the interface that was named is taken to lead there.
  if (errno !== 0) return false;
  // An older kernel answers as without the flag, and then with the whole address.
  return prefix === undefined || prefix.shared || prefix.bits === destination.length * 8;
}

/**
 * Tells of each prefix at whose edges the answer of `findRoute` may change, in no order and some of them often: those of
 * routes of all tables, of rules that select by destination, and of what the kernel has learnt of single addresses
 * (redirects, path MTU). For IPv6 also those by which the kernel chooses the address to send from (RFC 6724 §5): its labels,
 * and this machine's addresses, which are told with all their bits whatever their prefix.
 *
 * @param family AF_INET or AF_INET6
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`
 */
export function visitRoutePrefixes(
  family: number,
  visitPrefix: PrefixVisitor,
  visitOwnAddress: PrefixVisitor,
): PrefixesTold {
  let told: PrefixesTold = "whole";
  for (const list of family === AF_INET ? [ROUTE_LIST, RULE_LIST] : IPV6_LISTS) {
    const visit = list === ADDRESS_LIST ? visitOwnAddress : visitPrefix;
    const question = new Question(list.question, NLM_F_DUMP, list.bytes);
    question.octets[question.bodyAt] = family;
    const errno = ask(
      question,
      (type, octets, start, end) => {
        if (type !== list.answer || told === "unknown") return;
        if (end - start < list.bytes || octets[start] !== family) return;
        const prefix = readPrefix(list, octets, start, end, family);
        if (prefix === undefined || !visit(octets, prefix.at, prefix.bits, prefix.shared)) told = "unknown";
      },
      () => {
        if (told === "whole") told = "changed";
      },
      () => told === "unknown",
    );
    // A kernel may be built without rules or labels; without the rest it answers no question about routes either.
    const absent = errno === EOPNOTSUPP || errno === EAFNOSUPPORT;
    if (errno !== 0 && !(absent && (list === RULE_LIST || list === LABEL_LIST))) told = "unknown";
    if (told !== "whole") return told;
  }
  return told;
}

/**
 * The link address of a neighbour, where the kernel knows it: it answered lately, or some time ago and nothing speaks
 * against it, or somebody wrote it down. `undefined` where it is not known, and before Linux 5.0, which tells only all
 * neighbours at once.
 *
 * @param neighbourAddress 4 or 16 octets
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`
 */
export function findNeighbour(interfaceIndex: number, neighbourAddress: Uint8Array): Uint8Array | undefined {
  const family = familyOf(neighbourAddress);
  const question = new Question(RTM_GETNEIGH, 0, NEIGHBOUR_BYTES);
  question.octets[question.bodyAt + neighbour.family] = family;
  put32le(question.octets, question.bodyAt + neighbour.interfaceIndex, interfaceIndex);
  question.attribute(NDA_DST, neighbourAddress);
  let found: Uint8Array | undefined;
  const errno = ask(question, (type, octets, start, end) => {
    if (type === RTM_NEWNEIGH) found ??= readNeighbour(octets, start, end, interfaceIndex, neighbourAddress);
  });
  if (errno === ENOENT || errno === EOPNOTSUPP || errno === ENODEV || errno === ENXIO) return undefined;
  if (errno !== 0) throw failed("asking for a neighbour", errno);
  return found;
}

/**
 * Tells of each neighbour on an interface that somebody wrote down (`ip neighbour add ... nud permanent`), in no order: one question for
 * all of them. What the kernel has learnt by asking is left out, since it may be old.
 *
 * @param family the version of IP
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`
 */
export function visitPermanentNeighbours(
  interfaceIndex: number,
  family: 4 | 6,
  visit: NeighbourVisitor,
): void {
  const question = new Question(RTM_GETNEIGH, NLM_F_DUMP, NEIGHBOUR_BYTES);
  question.octets[question.bodyAt + neighbour.family] = family === 4 ? AF_INET : AF_INET6;
  const bytes = family === 4 ? IPV4_BYTES : IPV6_BYTES;
  const errno = ask(question, (type, octets, start, end) => {
    if (type !== RTM_NEWNEIGH || end - start < NEIGHBOUR_BYTES) return;
    if ((u16le(octets, start + neighbour.state) & NUD_PERMANENT) === 0) return;
    let address: Uint8Array | undefined;
    visitAttributes(octets, start + NEIGHBOUR_BYTES, end, (attribute, from, to) => {
      if (attribute === NDA_DST && to - from === bytes) address = octets.slice(from, to);
    });
    if (address === undefined) return;
    const link = readNeighbour(octets, start, end, interfaceIndex, address);
    if (link !== undefined) visit(address, link);
  });
  if (errno !== 0 && errno !== EOPNOTSUPP) throw failed("listing neighbours", errno);
}

/**
 * The addresses of this machine, in the kernel's order, without those whose uniqueness on the link is not established (RFC
 * 4862 §5.4): none may send from them.
 *
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`; `LINK_BUSY` where addresses change faster than they are listed
 */
export function listAddresses(): readonly InterfaceAddress[] {
  for (let tries = 0; tries < INTERRUPTIONS_MAX; tries += 1) {
    const list: InterfaceAddress[] = [];
    let whole = true;
    const errno = ask(
      new Question(RTM_GETADDR, NLM_F_DUMP, ADDRESS_BYTES),
      (type, octets, start, end) => {
        const found = type === RTM_NEWADDR ? readAddress(octets, start, end) : undefined;
        if (found !== undefined) list.push(found);
      },
      () => {
        whole = false;
      },
    );
    if (errno !== 0) throw failed("listing addresses", errno);
    if (whole) return list;
  }
  throw new PalisadeError(
    "LINK_BUSY",
    `addresses of this machine change while they are listed, ${INTERRUPTIONS_MAX} times over: try again`,
  );
}

/**
 * The Ethernet address of an interface, six octets.
 *
 * @throws {PalisadeError} `LINK_UNSUPPORTED` where it is no Ethernet interface; `LINK_NO_SUCH_INTERFACE`, `LINK_FAILED`
 */
export function findLinkAddress(networkInterface: NetworkInterface): Uint8Array {
  const { name, hardwareType } = networkInterface;
  if (hardwareType !== ARPHRD_ETHER) {
    throw new PalisadeError(
      "LINK_UNSUPPORTED",
      `interface ${name} has no Ethernet address (hardware type ${hardwareType}): send IP packets there`,
    );
  }
  const system = openSystem();
  const fd = system.socket(AF_INET, SOCK_DGRAM, 0, name, "send");
  try {
    // A struct sockaddr: two octets of hardware type, then the address.
    return system.interfaceRequest(fd, SIOCGIFHWADDR, name).slice(2, 2 + MAC_BYTES);
  } finally {
    system.close(fd);
  }
}

/** `LINK_NO_SOURCE`: there is nothing to send from. */
export function noSource(networkInterface: NetworkInterface, family: number): PalisadeError {
  const version = family === AF_INET ? "IPv4" : "IPv6";
  return new PalisadeError(
    "LINK_NO_SOURCE",
    `this machine has no ${version} address to send from on ${networkInterface.name}: ` +
      `give it one (ip address add ADDRESS/BITS dev ${networkInterface.name})`,
  );
}

/** What a route message says; exported for tests. */
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
  if (end - start < ROUTE_BYTES || octets[start + route.family] !== family) return undefined;
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
  return { type: u8(octets, start + route.type), interfaceIndex, source, gateway, mtuBytes };
}

/** A list that the kernel gives, and how a prefix stands in its messages: family first in all of them; for tests. */
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
  bitsAt: route.destinationBits,
  attributes: [RTA_DST],
};
export const RULE_LIST: PrefixList = {
  question: RTM_GETRULE,
  answer: RTM_NEWRULE,
  bytes: RULE_BYTES,
  bitsAt: rule.destinationBits,
  attributes: [FRA_DST],
};
export const ADDRESS_LIST: PrefixList = {
  question: RTM_GETADDR,
  answer: RTM_NEWADDR,
  bytes: ADDRESS_BYTES,
  bitsAt: address.prefixBits,
  // On a link with two ends IFA_ADDRESS is the other one's, and IFA_LOCAL ours (rtnetlink(7)).
  attributes: [IFA_ADDRESS, IFA_LOCAL],
};
export const LABEL_LIST: PrefixList = {
  question: RTM_GETADDRLABEL,
  answer: RTM_NEWADDRLABEL,
  bytes: LABEL_BYTES,
  bitsAt: label.prefixBits,
  attributes: [IFAL_ADDRESS],
};
const IPV6_LISTS: readonly PrefixList[] = [ROUTE_LIST, RULE_LIST, LABEL_LIST, ADDRESS_LIST];

/** What a message of a `PrefixList` says; exported for tests. */
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
  if (end - start < NEIGHBOUR_BYTES || octets[start + neighbour.family] !== familyOf(asked)) return undefined;
  if (u32le(octets, start + neighbour.interfaceIndex) !== interfaceIndex) return undefined;
  const state = u16le(octets, start + neighbour.state);
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
  const family = u8(octets, start + address.family);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  if ((u8(octets, start + address.flags) & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) !== 0) return undefined;
  const bytes = addressBytes(family);
  const prefixBits = u8(octets, start + address.prefixBits);
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
  return { interfaceIndex: u32le(octets, start + address.interfaceIndex), address: found, prefixBits };
}

/**
 * Walks the messages of one datagram of an answer. A length that is smaller than a header, or points past the end, ends the
 * walk.
 *
 * @param wanted the question's sequence number; other messages are passed over
 */
export function visitMessages(octets: Uint8Array, bytes: number, wanted: number, sink: NetlinkSink): void {
  let at = 0;
  while (at + NLMSG_HEADER_BYTES <= bytes) {
    const length = u32le(octets, at);
    const end = at + length;
    if (length < NLMSG_HEADER_BYTES || end > bytes) return;
    const type = u16le(octets, at + 4);
    const flags = u16le(octets, at + 6);
    const body = at + NLMSG_HEADER_BYTES;
    if (u32le(octets, at + 8) === wanted) {
      if ((flags & NLM_F_DUMP_INTR) !== 0) sink.interrupted();
      if (type === NLMSG_ERROR || type === NLMSG_DONE) {
        // Both begin with a number: 0, or a negative errno. An end without one is a good end.
        sink.over(end - body >= 4 ? -(u32le(octets, body) | 0) : 0);
        return;
      }
      sink.message(type, octets, body, end);
      if ((flags & NLM_F_MULTI) === 0) {
        sink.over(0);
        return;
      }
    }
    at += aligned(length);
  }
}

/** Walks attributes, as `visitMessages` does messages. */
function visitAttributes(
  octets: Uint8Array,
  start: number,
  end: number,
  visit: (type: number, from: number, to: number) => void,
): void {
  let at = start;
  while (at + ATTRIBUTE_HEADER_BYTES <= end) {
    const length = u16le(octets, at);
    if (length < ATTRIBUTE_HEADER_BYTES || at + length > end) return;
    visit(u16le(octets, at + 2) & ATTRIBUTE_TYPE, at + ATTRIBUTE_HEADER_BYTES, at + length);
    at += aligned(length);
  }
}

/** A message to the kernel. */
class Question {
  readonly octets = new Uint8Array(QUESTION_BYTES);
  readonly bodyAt = NLMSG_HEADER_BYTES;
  readonly sequence: number;
  #bytes: number;

  constructor(type: number, flags: number, bodyBytes: number) {
    sequence = (sequence + 1) >>> 0;
    this.sequence = sequence;
    this.#bytes = NLMSG_HEADER_BYTES + bodyBytes;
    this.octets[4] = type;
    this.octets[6] = (NLM_F_REQUEST | flags) & 0xff;
    this.octets[7] = flags >>> 8;
    put32le(this.octets, 8, this.sequence);
  }

  attribute(type: number, value: Uint8Array): void {
    const length = ATTRIBUTE_HEADER_BYTES + value.length;
    const at = this.#bytes;
    assert(at + aligned(length) <= QUESTION_BYTES, "routes: a question fits into its room");
    this.octets[at] = length;
    this.octets[at + 2] = type;
    this.octets.set(value, at + ATTRIBUTE_HEADER_BYTES);
    this.#bytes = at + aligned(length);
  }

  /** The whole, its length written in. */
  finished(): Uint8Array {
    put32le(this.octets, 0, this.#bytes);
    return this.octets.subarray(0, this.#bytes);
  }
}

/**
 * Asks, and hands out the messages of the answer, up to where there are `enough`.
 *
 * @returns 0, or the error number by which the kernel refused
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`
 */
function ask(
  question: Question,
  message: (type: number, octets: Uint8Array, start: number, end: number) => void,
  interrupted: () => void = () => undefined,
  enough: () => boolean = () => false,
): number {
  const { socket, send, receive, close, errno, memory } = openDoors();
  // A socket for each question: a network namespace is that of the moment when the socket is made.
  const fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (fd < 0) throw noNetlink(errno());
  try {
    const octets = question.finished();
    memory.octets.set(octets);
    if (send(fd, memory.address, octets.length, 0) < 0) throw failed("netlink: send", errno());
    let result: number | undefined;
    const sink: NetlinkSink = { message, interrupted, over: (number) => (result = number) };
    for (let datagrams = 0; datagrams < ANSWER_DATAGRAMS_MAX && result === undefined; datagrams += 1) {
      const bytes = receive(fd, memory.address, ANSWER_BYTES, MSG_DONTWAIT | MSG_TRUNC);
      if (bytes < 0) {
        const number = errno();
        if (number === EINTR) continue;
        throw failed(number === EAGAIN ? "netlink: the answer has no end" : "netlink: recv", number);
      }
      visitMessages(memory.octets, Math.min(bytes, ANSWER_BYTES), question.sequence, sink);
      if (enough()) return 0;
    }
    if (result === undefined) {
      throw new PalisadeError(
        "LINK_FAILED",
        `cannot ask the kernel about routes: its answer has over ${ANSWER_DATAGRAMS_MAX} parts, which is more than is read`,
      );
    }
    return result;
  } finally {
    close(fd);
  }
}

/** `undefined` where it is gone since. */
function interfaceOf(index: number): NetworkInterface | undefined {
  const { indexToName, memory } = openDoors();
  // The question takes a descriptor of its own: where none is left, listing says so.
  if (indexToName(index, memory.address) === 0)
    return listInterfaces().find((device) => device.index === index);
  const name = new TextDecoder().decode(memory.octets.subarray(0, memory.octets.indexOf(0)));
  try {
    return findInterface(name);
  } catch (error) {
    if (error instanceof PalisadeError && error.code === "LINK_NO_SUCH_INTERFACE") return undefined;
    throw error;
  }
}

function routeError(errno: number, where: string): PalisadeError {
  switch (errno) {
    case ENETUNREACH:
    case ESRCH:
      return new PalisadeError(
        "LINK_NO_ROUTE",
        `no route to ${where}: add one (ip route add), or leave it out`,
      );
    case EHOSTUNREACH:
      return new PalisadeError(
        "LINK_NO_ROUTE",
        `no route to ${where}: this machine's routes call it unreachable`,
      );
    case EACCES:
      return new PalisadeError("LINK_NO_ROUTE", `no route to ${where}: this machine's routes prohibit it`);
    case EINVAL:
      return new PalisadeError(
        "LINK_NO_ROUTE",
        `no route to ${where}: a blackhole route swallows it, or it is no address to send to`,
      );
    case ENODEV:
    case ENXIO:
      return new PalisadeError(
        "LINK_NO_ROUTE",
        `no route to ${where}: the interface is not there any more (ip link)`,
      );
    default:
      return failed(`asking for the route to ${where}`, errno);
  }
}

function failed(what: string, errno: number): PalisadeError {
  return new PalisadeError("LINK_FAILED", `cannot ask the kernel about routes: ${what}: ${errorName(errno)}`);
}

function noNetlink(errno: number): PalisadeError {
  return new PalisadeError(
    "LINK_UNSUPPORTED",
    `cannot ask the kernel about routes: socket: ${errorName(errno)}: let this process use netlink ` +
      "(systemd: RestrictAddressFamilies=AF_NETLINK and what else it lists)",
  );
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

/** Messages and attributes begin at multiples of four octets. */
function aligned(length: number): number {
  return (length + 3) & ~3;
}

function word(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  put32le(octets, 0, value);
  return octets;
}

function sameOctets(octets: Uint8Array, from: number, to: number, other: Uint8Array): boolean {
  if (to - from !== other.length) return false;
  for (let index = 0; index < other.length; index += 1) {
    if (octets[from + index] !== other[index]) return false;
  }
  return true;
}
