/**
 * From the tables of what answered to the results of hosts.
 */
import { formatIpAddress } from "@palisade/wire";
import type { Part } from "./part.js";
import { type HostResult, type PortCount, type PortProtocol, type PortResult, rangesOf } from "./result.js";
import type { ScanPlan } from "./scan-plan.js";
import type { PortState, Reason, Verdict } from "./technique.js";

/** A part of a scan, with what it asked. */
export interface AskedPart {
  readonly part: Part;
  readonly plan: ScanPlan;
  readonly protocol: PortProtocol;
  /** What a port is that never answered. */
  readonly silence: Verdict;
}

export interface HostResultOptions {
  /** Whether ports of a state are listed one by one. */
  lists(state: PortState): boolean;
  /** What a port is registered for. */
  serviceOf(protocol: PortProtocol, port: number): string | undefined;
  /** Names that stand for the address. */
  namesOf(address: string): readonly string[];
}

/** What routers say of a host that they do not reach. */
const OF_THE_WAY: ReadonlySet<Reason> = new Set([
  "no-route",
  "net-unreach",
  "host-unreach",
  "net-prohibited",
  "time-exceeded",
]);

/**
 * The result of host number `host`, which is the same in all parts; with several shards, of this shard's ports.
 *
 * @param parts at least one
 */
export function hostResult(
  parts: readonly AskedPart[],
  host: number,
  options: HostResultOptions,
): HostResult {
  const ports: PortResult[] = [];
  const others: PortCount[] = [];
  let answered = false;
  let isTimedOut = false;
  for (const part of parts) {
    const heard = addPorts(part, host, options, ports, others);
    answered ||= heard.answered;
    isTimedOut ||= part.part.isTimedOut && heard.silent;
  }
  const { hosts } = parts[0]!.plan;
  const octets = new Uint8Array(hosts.addressBytes);
  hosts.write(host, octets, 0);
  const address = formatIpAddress(octets);
  return {
    address,
    names: options.namesOf(address),
    state: answered ? "up" : "unknown",
    reason: answered ? "port-reply" : "user-set",
    ports: ports.sort(inOrder),
    others: others.sort((a, b) => b.count - a.count),
    isTimedOut,
    startedMs: Math.min(...parts.map(({ part }) => part.startedMs)),
    finishedMs: Math.max(...parts.map(({ part }) => part.finishedMs)),
  };
}

function inOrder(a: PortResult, b: PortResult): number {
  if (a.protocol === b.protocol) return a.port - b.port;
  return a.protocol < b.protocol ? -1 : 1;
}

interface Group {
  readonly verdict: Verdict;
  readonly ports: number[];
}

/** Adds what a part knows of a host. Returns whether the host itself has answered, and whether any port was silent. */
function addPorts(
  { part, plan, protocol, silence }: AskedPart,
  host: number,
  options: HostResultOptions,
  ports: PortResult[],
  others: PortCount[],
): { readonly answered: boolean; readonly silent: boolean } {
  const { table, codes, ttls } = part;
  const first = host * plan.ports.length;
  const groups = new Map<number, Group>();
  let answered = false;
  let silent = false;
  for (const [place, port] of plan.ports.entries()) {
    const pair = first + place;
    if (!plan.isOurs(pair)) continue;
    const code = table.get(pair);
    const verdict = code === 0 ? silence : codes.verdictOf(code);
    if (code === 0) silent = true;
    else if (!OF_THE_WAY.has(verdict.reason)) answered = true;
    if (options.lists(verdict.state)) {
      const service = options.serviceOf(protocol, port);
      ports.push({ protocol, port, ...verdict, replyTtl: ttls.get(pair) ?? 0, service });
      continue;
    }
    const group = groups.get(code);
    if (group === undefined) groups.set(code, { verdict, ports: [port] });
    else group.ports.push(port);
  }
  for (const { verdict, ports } of groups.values())
    others.push({ protocol, ...verdict, count: ports.length, ports: rangesOf(ports) });
  return { answered, silent };
}
