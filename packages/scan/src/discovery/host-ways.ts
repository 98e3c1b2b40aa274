/**
 * How each host is reached, which decides how it is asked: this machine's own addresses are up without a question, neighbours
 * on Ethernet have to answer ARP or Neighbour Discovery whatever they filter, and the rest is pinged.
 */
import type { NetworkInterface, Route } from "@palisade/link";
import { LINKTYPE_ETHERNET } from "@palisade/wire";
import { HOSTS_LOOKED_AT_MAX } from "../links/packet-link-frames.js";
import type { Ways } from "../links/ways.js";
import type { HostList } from "../scan-plan.js";
import { type HostNumbers, hostNumbers } from "./host-subset.js";

/** Hosts on the link of one interface. */
export interface LinkHosts {
  readonly interface: NetworkInterface;
  readonly numbers: HostNumbers;
}

/** Numbers of hosts by how they are reached, each host in one of them. */
export interface HostWays {
  /** Addresses of this machine. */
  readonly own: HostNumbers;
  /** No route leads there. */
  readonly noRoute: HostNumbers;
  readonly links: readonly LinkHosts[];
  /** All others; undefined for all hosts, where there are too many to look at one by one. */
  readonly others: HostNumbers | undefined;
}

/** Interfaces whose neighbours are told apart; those of further ones are pinged. */
const LINKS_MAX = 64;

const OTHER = 0;
const OWN = 1;
const NO_ROUTE = 2;
const LINK_FIRST = 3;

/** Looks up the way to each host, where they are no more than `HOSTS_LOOKED_AT_MAX`. */
export function hostWays(hosts: HostList, ways: Ways): HostWays {
  const none = hostNumbers(0, 0);
  if (hosts.size > HOSTS_LOOKED_AT_MAX) return { own: none, noRoute: none, links: [], others: undefined };
  const address = new Uint8Array(hosts.addressBytes);
  const kinds = new Uint8Array(hosts.size);
  const counts: number[] = [0, 0, 0];
  const links: NetworkInterface[] = [];
  for (let host = 0; host < hosts.size; host += 1) {
    hosts.write(host, address, 0);
    const kind = kindOf(ways.find(address, 0, hosts.addressBytes), links);
    kinds[host] = kind;
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  const numbersOf = (wanted: number): HostNumbers => {
    const numbers = hostNumbers(counts[wanted]!, hosts.size);
    let found = 0;
    for (let host = 0; found < numbers.length; host += 1) {
      if (kinds[host] !== wanted) continue;
      numbers[found] = host;
      found += 1;
    }
    return numbers;
  };
  return {
    own: numbersOf(OWN),
    noRoute: numbersOf(NO_ROUTE),
    links: links.map((device, index) => ({ interface: device, numbers: numbersOf(LINK_FIRST + index) })),
    others: numbersOf(OTHER),
  };
}

function kindOf(route: Route | undefined, links: NetworkInterface[]): number {
  if (route === undefined) return NO_ROUTE;
  if (route.local) return OWN;
  const { gateway, interface: device } = route;
  if (gateway !== undefined || device.linkType !== LINKTYPE_ETHERNET || device.loopback) return OTHER;
  let index = links.findIndex((link) => link.index === device.index);
  if (index < 0) {
    if (links.length >= LINKS_MAX) return OTHER;
    index = links.push(device) - 1;
  }
  return LINK_FIRST + index;
}
