/**
 * From the table of what answered to a host's result.
 */
import { formatIpAddress } from "@palisade/wire";
import type { StateTable } from "./bitmap.js";
import { type HostResult, type PortCount, type PortProtocol, type PortResult, rangesOf } from "./result.js";
import type { ScanPlan } from "./scan-plan.js";
import type { PortState, Reason, Verdict } from "./technique.js";
import type { VerdictCodes } from "./verdict-codes.js";

export interface HostResultOptions {
  readonly protocol: PortProtocol;
  /** What a port is that never answered. */
  readonly silence: Verdict;
  readonly codes: VerdictCodes;
  /** Whether ports of a state are listed one by one. */
  lists(state: PortState): boolean;
  /** What a port is registered for. */
  serviceOf(port: number): string | undefined;
  /** Names that stand for the address. */
  namesOf(address: string): readonly string[];
  /** Time to live of the reply that decided a pair; 0 where it is not known. */
  ttlOf(pair: number): number;
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** What routers say of a host that they do not reach. */
const OF_THE_WAY: ReadonlySet<Reason> = new Set([
  "no-route",
  "net-unreach",
  "host-unreach",
  "net-prohibited",
  "time-exceeded",
]);

interface Group {
  readonly verdict: Verdict;
  readonly ports: number[];
}

/** The result of host number `host`; with several shards, of this shard's ports. */
export function hostResult(
  plan: ScanPlan,
  table: StateTable,
  host: number,
  options: HostResultOptions,
): HostResult {
  const { protocol, silence, codes } = options;
  const first = host * plan.ports.length;
  const ports: PortResult[] = [];
  const groups = new Map<number, Group>();
  let answered = false;
  for (const [place, port] of plan.ports.entries()) {
    const pair = first + place;
    if (!plan.isOurs(pair)) continue;
    const code = table.get(pair);
    const verdict = code === 0 ? silence : codes.verdictOf(code);
    if (code !== 0 && !OF_THE_WAY.has(verdict.reason)) answered = true;
    if (options.lists(verdict.state)) {
      const replyTtl = options.ttlOf(pair);
      ports.push({ protocol, port, ...verdict, replyTtl, service: options.serviceOf(port) });
      continue;
    }
    const group = groups.get(code);
    if (group === undefined) groups.set(code, { verdict, ports: [port] });
    else group.ports.push(port);
  }
  const others: PortCount[] = [...groups.values()]
    .map(({ verdict, ports }) => ({ protocol, ...verdict, count: ports.length, ports: rangesOf(ports) }))
    .sort((a, b) => b.count - a.count);
  const octets = new Uint8Array(plan.hosts.addressBytes);
  plan.hosts.write(host, octets, 0);
  const address = formatIpAddress(octets);
  return {
    address,
    names: options.namesOf(address),
    state: answered ? "up" : "unknown",
    reason: answered ? "port-reply" : "user-set",
    ports,
    others,
    startedMs: options.startedMs,
    finishedMs: options.finishedMs,
  };
}
