/**
 * Where frames to the hosts of a scan go first, where one Ethernet interface leads to all of them: each host on its link has a
 * link address of its own, and those behind a router have the router's.
 */
import { PalisadeError } from "@palisade/base";
import { findLinkAddress, type NetworkInterface, type Route, resolveNeighbour } from "@palisade/link";
import { ETHERTYPE_IPV4, ETHERTYPE_IPV6, ethernet, LINKTYPE_ETHERNET, MAC_BYTES } from "@palisade/wire";
import { type LinkSweepPace, sweepLink } from "../discovery/link-sweep.js";
import type { Neighbours } from "../discovery/link-sweep-neighbours.js";
import type { HostList } from "../scan-plan.js";
import type { Ways } from "./ways.js";

/** What is known, and how the rest is asked for. */
export interface FrameOptions {
  readonly hosts: HostList;
  /**
   * Who is on the link, where that is known: of any list of hosts, on the interface that leads to these. Those on the link
   * that it does not know are not asked. Default: they are asked for.
   */
  readonly neighbours?: Neighbours | undefined;
  /** How neighbours are asked for. */
  readonly sweep?: LinkSweepPace | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Hosts on a link that are asked for their link addresses before they are scanned, unless `neighbours` says them: an IPv4 /16. */
export const HOSTS_SWEPT_MAX = 65_536;
/** Routers on one interface that hosts are behind; of more, packets are sent through the kernel's routes. */
const GATEWAYS_MAX = 32;
/** Hosts whose ways are looked at one by one to see whether they are one: a lookup takes a tenth of a microsecond. */
export const HOSTS_LOOKED_AT_MAX = 1_048_576;

/** Addresses of this machine among the hosts; of more, everything is sent through the kernel's routes. */
const HOSTS_LOCAL_MAX = 256;
/** Instead of the place of a router. */
const HOP_LOCAL = 255;

/** What stands before the IP header of each probe. */
export interface Frames {
  readonly interface: NetworkInterface;
  /** An Ethernet header. */
  readonly header: Uint8Array;
  /** By host: who its frame goes to, six octets; zeros where that is not known. Undefined where the header says it. */
  readonly linkAddresses: Uint8Array | undefined;
  /** Whether some hosts are this machine, to which no frame leads. */
  readonly hasLocal: boolean;
}

/** Who frames to the hosts go to first. */
interface NextHops {
  readonly interface: NetworkInterface;
  /** By host: 0 where it is on the link, `HOP_LOCAL` where it is this machine, else the place of its router plus one. */
  readonly hopOf: Uint8Array;
  /** A way by each router. */
  readonly gateways: readonly Route[];
  readonly hostsOnLink: number;
  readonly hostsLocal: number;
}

/**
 * Frames to all hosts through one interface, and packets to those that are this machine; undefined where the kernel has to
 * send: other kinds of interfaces, several, hosts without a way, groups, routers that do not answer, too many hosts.
 *
 * @throws {PalisadeError} what `resolveNeighbour` and `sweepLink` throw, but `LINK_NO_NEIGHBOUR`; the abort reason
 */
export async function framesThrough(routes: Ways, options: FrameOptions): Promise<Frames | undefined> {
  const { hosts, signal } = options;
  const hops = nextHopsOf(hosts, routes);
  if (hops === undefined) return undefined;
  const { interface: device, gateways, hostsOnLink } = hops;
  const hasLocal = hops.hostsLocal > 0;
  const etherType = hosts.addressBytes === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6;
  const headerTo = (destination: Uint8Array): Uint8Array =>
    ethernet({ source: findLinkAddress(device), destination, etherType, payload: new Uint8Array(0) });

  const [gateway] = gateways;
  if (gateway !== undefined && gateways.length === 1 && hostsOnLink === 0 && !hasLocal) {
    const destination = await neighbourOf(gateway, new Uint8Array(hosts.addressBytes), signal);
    // The kernel goes on asking for it, and tells of each probe that it found nobody.
    if (destination === undefined) return undefined;
    return { interface: device, header: headerTo(destination), linkAddresses: undefined, hasLocal };
  }
  if (hosts.size === 1 && options.neighbours === undefined) {
    const address = new Uint8Array(hosts.addressBytes);
    hosts.write(0, address, 0);
    const route = routes.find(address, 0, hosts.addressBytes);
    const destination = route && (await neighbourOf(route, address, signal));
    if (destination === undefined) return undefined;
    return { interface: device, header: headerTo(destination), linkAddresses: undefined, hasLocal };
  }
  const linkAddresses = await linkAddressesOf(hops, routes, options);
  if (linkAddresses === undefined) return undefined;
  return { interface: device, header: headerTo(new Uint8Array(MAC_BYTES)), linkAddresses, hasLocal };
}

function nextHopsOf(hosts: HostList, routes: Ways): NextHops | undefined {
  if (hosts.size > HOSTS_LOOKED_AT_MAX) return undefined;
  const hopOf = new Uint8Array(hosts.size);
  const gateways: Route[] = [];
  const places = new Map<string, number>();
  const address = new Uint8Array(hosts.addressBytes);
  let device: NetworkInterface | undefined;
  let hostsOnLink = 0;
  let hostsLocal = 0;
  let known: Route | undefined;
  let hop = 0;
  for (let host = 0; host < hosts.size; host += 1) {
    hosts.write(host, address, 0);
    if (isGroup(address)) return undefined;
    const route = routes.find(address, 0, hosts.addressBytes);
    if (route === undefined) return undefined;
    if (route !== known) {
      known = route;
      hop = route.local ? HOP_LOCAL : hopBy(route.gateway, route);
      // The interface of a way to this machine is the loopback, and leads no further.
      if (hop !== HOP_LOCAL) device ??= route.interface;
      if (hop !== HOP_LOCAL && route.interface.index !== device?.index) return undefined;
      if (gateways.length > GATEWAYS_MAX) return undefined;
    }
    hopOf[host] = hop;
    if (hop === 0) hostsOnLink += 1;
    if (hop === HOP_LOCAL) hostsLocal += 1;
    if (hostsLocal > HOSTS_LOCAL_MAX) return undefined;
  }
  if (device === undefined || device.linkType !== LINKTYPE_ETHERNET || device.loopback) return undefined;
  return { interface: device, hopOf, gateways, hostsOnLink, hostsLocal };

  function hopBy(gateway: Uint8Array | undefined, route: Route): number {
    if (gateway === undefined) return 0;
    const key = gateway.join(".");
    const place = places.get(key);
    if (place !== undefined) return place;
    const added = gateways.push(route);
    places.set(key, added);
    return added;
  }
}

/** Multicast (RFC 1112 §4, RFC 4291 §2.7), and what is reserved above it for IPv4: none has one link address to ask for. */
function isGroup(address: Uint8Array): boolean {
  return address.length === 4 ? address[0]! >= 224 : address[0] === 0xff;
}

/** Undefined where a router does not answer, or too many hosts would have to be asked for. */
async function linkAddressesOf(
  hops: NextHops,
  routes: Ways,
  options: FrameOptions,
): Promise<Uint8Array | undefined> {
  const { hosts, signal } = options;
  const { interface: device, hopOf, gateways, hostsOnLink } = hops;
  let { neighbours } = options;
  if (neighbours === undefined && hostsOnLink > HOSTS_SWEPT_MAX) return undefined;
  const unset = new Uint8Array(hosts.addressBytes);
  const routers = await Promise.all(gateways.map((route) => neighbourOf(route, unset, signal)));
  if (routers.includes(undefined)) return undefined;
  if (neighbours === undefined && hostsOnLink > 0) {
    const sweep = { ...options.sweep, hosts, interface: device, ways: routes, permanent: true, signal };
    const found = await sweepLink(sweep);
    // More addresses of ours than it asks from: only the kernel reaches the others.
    if (found.hostsOnLink < hostsOnLink) return undefined;
    ({ neighbours } = found);
    signal?.throwIfAborted();
  }
  const linkAddresses = new Uint8Array(hosts.size * MAC_BYTES);
  const address = new Uint8Array(hosts.addressBytes);
  for (let host = 0; host < hosts.size; host += 1) {
    const hop = hopOf[host]!;
    if (hop === HOP_LOCAL) continue;
    const router = routers[hop - 1];
    if (router !== undefined) {
      linkAddresses.set(router, host * MAC_BYTES);
      continue;
    }
    hosts.write(host, address, 0);
    neighbours?.writeLinkAddress(address, 0, linkAddresses, host * MAC_BYTES);
  }
  return linkAddresses;
}

async function neighbourOf(
  route: Route,
  address: Uint8Array,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  try {
    return await resolveNeighbour(route, address, { signal });
  } catch (error) {
    if (error instanceof PalisadeError && error.code === "LINK_NO_NEIGHBOUR") return undefined;
    throw error;
  }
}
