/** The kernel's routes, as links and discovery look them up. */
import { PalisadeError } from "@palisade/base";
import { findRoute, type NetworkInterface, RouteMap } from "@palisade/link";

/** Ways to addresses; undefined where there is none. */
export type Ways = Pick<RouteMap, "find">;

/** Hosts for whom the kernel is asked one by one: to list all of its routes takes as long as some hundred questions. */
const HOSTS_ASKED_FOR = 64;

/**
 * The kernel's routes, to look up as many ways as `hosts` are.
 *
 * @param device that all ways are to lead through
 * @throws {PalisadeError} `LINK_UNSUPPORTED`, `LINK_FAILED`; `find` of what it returns throws them too
 */
export function kernelWays(hosts: number, device: NetworkInterface | undefined): Ways {
  if (hosts > HOSTS_ASKED_FOR) return new RouteMap({ interface: device });
  return {
    find(octets, at, addressBytes) {
      try {
        return findRoute(octets.subarray(at, at + addressBytes), { interface: device });
      } catch (error) {
        if (error instanceof PalisadeError && error.code === "LINK_NO_ROUTE") return undefined;
        throw error;
      }
    },
  };
}
