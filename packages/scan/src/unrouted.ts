/**
 * Hosts that this machine has no route to. No probe leaves for them, so what their ports are is neither an answer nor silence:
 * `filtered` for the reason `no-route`. nmap 7.93 says nothing of such hosts but a warning (`-sS`), or `filtered` and what
 * `connect` failed with (`-sT`). A host on a link of ours that does not answer ARP or Neighbour Discovery is silent, as is one
 * that a router swallows probes for: `no-response`.
 */

import type { ProbeLink } from "./links/probe-link.js";
import type { Part } from "./part.js";
import { HOSTS_LISTED_MAX } from "./result/result.js";
import type { ScanPlan } from "./scan-plan.js";
import { verdict } from "./techniques/verdicts.js";

const NO_ROUTE = verdict("filtered", "no-route");

/**
 * Writes `no-route` for each pair of this shard whose host no route leads to. Of more than `HOSTS_LISTED_MAX` hosts nothing is
 * written, since results then leave out hosts that have not answered.
 *
 * @param link that the part was asked by
 */
export function writeUnrouted(part: Part, plan: ScanPlan, link: ProbeLink): void {
  const { hosts, ports } = plan;
  // With link addresses every host has a route: who has no path is a neighbour that did not answer.
  if (link.linkAddresses !== undefined || hosts.size > HOSTS_LISTED_MAX) return;
  const address = new Uint8Array(hosts.addressBytes);
  for (let host = 0; host < hosts.size; host += 1) {
    hosts.write(host, address, 0);
    if (link.pathTo(address, 0) !== undefined) continue;
    for (let pair = host * ports.length; pair < (host + 1) * ports.length; pair += 1) {
      if (part.table.get(pair) === 0 && plan.isOurs(pair)) part.table.set(pair, part.codes.codeOf(NO_ROUTE));
    }
  }
}
