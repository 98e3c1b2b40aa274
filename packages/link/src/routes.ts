/**
 * What the kernel knows of the ways out: routes, neighbours and addresses, asked for over netlink. None of it needs a
 * privilege.
 */
import { PalisadeError } from "@palisade/base";
import { formatIpAddress, IPV4_BYTES, IPV6_BYTES, MAC_BYTES, put32le, u16le } from "@palisade/wire";
import { ARPHRD_ETHER, findInterface, listInterfaces, type NetworkInterface } from "./interfaces.js";
import { ask, failed, interfaceName, NLM_F_DUMP, Question, visitAttributes } from "./netlink.js";
import {
  ADDRESS_BYTES,
  ADDRESS_LIST,
  atNeighbour,
  atRoute,
  familyOf,
  type InterfaceAddress,
  IPV6_LISTS,
  LABEL_LIST,
  NDA_DST,
  NEIGHBOUR_BYTES,
  NUD_PERMANENT,
  type PrefixAnswer,
  ROUTE_BYTES,
  ROUTE_LIST,
  type RouteAnswer,
  RTA_DST,
  RTA_OIF,
  RTM_F_FIB_MATCH,
  RTM_GETADDR,
  RTM_GETNEIGH,
  RTM_GETROUTE,
  RTM_NEWADDR,
  RTM_NEWNEIGH,
  RTM_NEWROUTE,
  RTN_BLACKHOLE,
  RTN_LOCAL,
  RTN_PROHIBIT,
  RTN_UNREACHABLE,
  RULE_LIST,
  readAddress,
  readNeighbour,
  readPrefix,
  readRoute,
  ruleAsksForTransport,
} from "./netlink-messages.js";
import { AF_INET, AF_INET6, EACCES, openSystem, SOCK_DGRAM } from "./system.js";

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

/** Times that a list is asked for anew because it changed meanwhile. */
const INTERRUPTIONS_MAX = 5;

const SIOCGIFHWADDR = 0x8927;

const ENOENT = 2;
const ESRCH = 3;
const ENXIO = 6;
const ENODEV = 19;
const EINVAL = 22;
const EOPNOTSUPP = 95;
const EAFNOSUPPORT = 97;
const ENETUNREACH = 101;
const EHOSTUNREACH = 113;

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
  question.octets[question.bodyAt + atRoute.family] = familyOf(destination);
  question.octets[question.bodyAt + atRoute.destinationBits] = destination.length * 8;
  put32le(question.octets, question.bodyAt + atRoute.flags, flags);
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
 * Whether a rule of policy routing selects by protocol or ports, so that packets to one address have several ways (ip-rule(8): `ipproto`,
 * `sport`, `dport`); true as well where the kernel does not tell.
 *
 * @param family AF_INET or AF_INET6
 */
export function routesDependOnTransport(family: number): boolean {
  const question = new Question(RULE_LIST.question, NLM_F_DUMP, RULE_LIST.bytes);
  question.octets[question.bodyAt] = family;
  let depend = false;
  try {
    const errno = ask(question, (type, octets, start, end) => {
      if (type === RULE_LIST.answer && ruleAsksForTransport(octets, start, end)) depend = true;
    });
    // A kernel may be built without rules.
    return depend || (errno !== 0 && errno !== EOPNOTSUPP && errno !== EAFNOSUPPORT);
  } catch {
    return true;
  }
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
  question.octets[question.bodyAt + atNeighbour.family] = family;
  put32le(question.octets, question.bodyAt + atNeighbour.interfaceIndex, interfaceIndex);
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
  question.octets[question.bodyAt + atNeighbour.family] = family === 4 ? AF_INET : AF_INET6;
  const bytes = family === 4 ? IPV4_BYTES : IPV6_BYTES;
  const errno = ask(question, (type, octets, start, end) => {
    if (type !== RTM_NEWNEIGH || end - start < NEIGHBOUR_BYTES) return;
    if ((u16le(octets, start + atNeighbour.state) & NUD_PERMANENT) === 0) return;
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

/** `undefined` where it is gone since. */
function interfaceOf(index: number): NetworkInterface | undefined {
  const name = interfaceName(index);
  // The question takes a descriptor of its own: where none is left, listing says so.
  if (name === undefined) return listInterfaces().find((device) => device.index === index);
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

function word(value: number): Uint8Array {
  const octets = new Uint8Array(4);
  put32le(octets, 0, value);
  return octets;
}
