/**
 * Which hosts of a list are on the link of an interface, and from which of our addresses each is asked.
 */
import type { NetworkInterface, Route } from "@palisade/link";
import type { Ways } from "../links/ways.js";
import type { HostList } from "../scan-plan.js";

/** Our addresses that one sweep asks from; hosts that only others lead to are passed over. */
const SOURCES_MAX = 254;

export interface LinkSources {
  /** Our addresses on the link, 4 or 16 octets each. */
  readonly sources: readonly Uint8Array[];
  /** By host: place of the address in `sources` plus one, 0 for hosts that are not on the link. One octet each. */
  readonly sourceOf: Uint8Array;
  /** Hosts on the link. */
  readonly hostsOnLink: number;
}

/** Whether a way is to a host on the link of the interface itself: by no router, and not to this machine. */
function isOnLink(route: Route, device: Pick<NetworkInterface, "index">): boolean {
  return route.interface.index === device.index && route.gateway === undefined && !route.local;
}

/** Looks at the way to each host: a tenth of a microsecond each where `ways` is a `RouteMap`. */
export function linkSources(
  hosts: HostList,
  device: Pick<NetworkInterface, "index">,
  ways: Ways,
): LinkSources {
  const sources: Uint8Array[] = [];
  const places = new Map<string, number>();
  const sourceOf = new Uint8Array(hosts.size);
  const address = new Uint8Array(hosts.addressBytes);
  let hostsOnLink = 0;
  let lastRoute: Route | undefined;
  let lastPlace = 0;
  for (let host = 0; host < hosts.size; host += 1) {
    hosts.write(host, address, 0);
    const route = ways.find(address, 0, hosts.addressBytes);
    if (route === undefined) continue;
    if (route !== lastRoute) {
      lastRoute = route;
      lastPlace = isOnLink(route, device) ? placeOf(route.source) : 0;
    }
    sourceOf[host] = lastPlace;
    if (lastPlace !== 0) hostsOnLink += 1;
  }
  return { sources, sourceOf, hostsOnLink };

  function placeOf(source: Uint8Array): number {
    const key = source.join(".");
    const known = places.get(key);
    if (known !== undefined) return known;
    if (sources.length >= SOURCES_MAX) return 0;
    const place = sources.push(source);
    places.set(key, place);
    return place;
  }
}
