/**
 * From the tables of what answered to the results of hosts.
 */
import { formatIpAddress } from "@palisade/wire";
import { isLinkLocal } from "../families.js";
import { type Part, placesAsked } from "../part.js";
import { providerOf } from "../providers/index.js";
import type { ScanPlan } from "../scan-plan.js";
import type { PortState, Reason, Verdict } from "../technique.js";
import { mergeTechniques, type TechniquePorts } from "./merge-techniques.js";
import {
  type HostResult,
  type HostState,
  type HostVerdict,
  type PortCount,
  type PortProtocol,
  type PortResult,
  type PortService,
  rangesOf,
} from "./result.js";

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
  /**
   * Of ports that are not open and have the same state and reason, a host's are listed where there are no more than so many; else they
   * are counted. Default: any number.
   */
  readonly alikeListedMax?: number | undefined;
  /** What a port is registered for. */
  serviceOf(protocol: PortProtocol, port: number): string | undefined;
  /** What was found out about a port. */
  detected(address: string, protocol: PortProtocol, port: number): PortService | undefined;
  /** Names that stand for the address. */
  namesOf(address: string): readonly string[];
  /** Names of the address in DNS. */
  reverseNamesOf?(address: string): readonly string[] | undefined;
  /** What canary ports say of a host. */
  verdictOf(address: string): HostVerdict | undefined;
  /** Whether its time was over before it was known what serves its ports. */
  hasTimedOut(address: string): boolean;
  /** Name of the interface that link-local addresses of IPv6 are on. */
  readonly zone?: string | undefined;
  /** Milliseconds since the epoch, for hosts that no part asked. */
  readonly startedMs: number;
}

/** What routers say of a host that they do not reach. */
const OF_THE_WAY: ReadonlySet<Reason> = new Set([
  "no-route",
  "net-unreach",
  "host-unreach",
  "net-prohibited",
  "time-exceeded",
]);

/** What is known of a host besides its ports. */
export interface HostFacts {
  readonly state: HostState;
  readonly reason: string;
  readonly replyTtl: number;
  readonly roundTripUs: number | undefined;
  readonly linkAddress: string | undefined;
}

/**
 * The result of the host of an address; with several shards, of this shard's ports.
 *
 * @param address 4 or 16 octets
 * @param parts those that did not ask it say nothing
 * @param facts undefined where nobody looked for hosts: then whoever answers is up
 */
export function hostResult(
  address: Uint8Array,
  parts: readonly AskedPart[],
  facts: HostFacts | undefined,
  options: HostResultOptions,
): HostResult {
  const text = formatIpAddress(address);
  const heardBy: TechniquePorts[] = [];
  let startedMs = Number.POSITIVE_INFINITY;
  let finishedMs = 0;
  let answered = false;
  let isTimedOut = options.hasTimedOut(text);
  let notAsked = 0;
  for (const asked of parts) {
    const host = asked.plan.hosts.indexAt(address, 0);
    if (host < 0) continue;
    const ports: PortResult[] = [];
    const others: PortCount[] = [];
    const heard = addPorts(asked, host, text, options, ports, others);
    heardBy.push({ technique: asked.part.technique, protocol: asked.protocol, ports, others });
    answered ||= heard.answered;
    isTimedOut ||= asked.part.isTimedOut && heard.silent;
    notAsked += heard.notAsked;
    if (asked.part.startedMs === 0) continue;
    startedMs = Math.min(startedMs, asked.part.startedMs);
    finishedMs = Math.max(finishedMs, asked.part.finishedMs);
  }
  const { ports, others } = mergeTechniques(heardBy);
  const { state, reason, replyTtl, roundTripUs, linkAddress } = facts ?? (answered ? ANSWERED : UNKNOWN);
  return {
    address: text,
    zone: isLinkLocal(address) ? options.zone : undefined,
    names: options.namesOf(text),
    reverseNames: options.reverseNamesOf?.(text),
    state,
    reason,
    replyTtl,
    roundTripUs,
    linkAddress,
    verdict: options.verdictOf(text),
    provider: providerOf(address, 0, address.length),
    ports: ports.sort(inOrder),
    others: others.sort((a, b) => b.count - a.count),
    notAsked,
    isTimedOut,
    startedMs: finishedMs === 0 ? options.startedMs : startedMs,
    finishedMs: finishedMs === 0 ? options.startedMs : finishedMs,
  };
}

const NOTHING_MORE = {
  replyTtl: 0,
  roundTripUs: undefined,
  linkAddress: undefined,
} as const;
const UNKNOWN: HostFacts = { state: "unknown", reason: "user-set", ...NOTHING_MORE };
const ANSWERED: HostFacts = { state: "up", reason: "port-reply", ...NOTHING_MORE };

function inOrder(a: PortResult, b: PortResult): number {
  if (a.protocol === b.protocol) return a.port - b.port;
  return a.protocol < b.protocol ? -1 : 1;
}

/** Ports of a host that are alike. */
interface Group {
  readonly verdict: Verdict;
  /** Where each run of them begins among the plan's ports, and where it ends, exclusive. */
  readonly runs: number[];
}

/** How sure it is that a port is used for what it is registered for, of 10: what the author of the XML's type gives to it. */
const TABLE_CONFIDENCE = 3;

function registered(name: string | undefined): PortService | undefined {
  return name === undefined
    ? undefined
    : { name, method: "table", confidence: TABLE_CONFIDENCE, cpe: [], details: {} };
}

/** Of a host's ports in a part. */
interface Heard {
  /** The host itself has answered. */
  readonly answered: boolean;
  /** Any port was silent, or not asked. */
  readonly silent: boolean;
  readonly notAsked: number;
}

/** Adds what a part knows of a host. */
function addPorts(
  { part, plan, protocol, silence }: AskedPart,
  host: number,
  address: string,
  options: HostResultOptions,
  ports: PortResult[],
  others: PortCount[],
): Heard {
  const asked = placesAsked(part, plan);
  const isWhole = asked === plan.pairs;
  const { table, codes, ttls } = part;
  const first = host * plan.ports.length;
  const end = first + plan.ports.length;
  const groups = new Map<number, Group>();
  let answered = false;
  let silent = false;
  let notAsked = 0;
  // From run to run of pairs that are alike: most are, and with many hosts this takes most of the time.
  for (let pair = first, next: number; pair < end; pair = next) {
    next = isWhole ? table.runEnd(pair, end) : pair + 1;
    if (!plan.isOurs(pair)) continue;
    const code = table.get(pair);
    if (code === 0) {
      silent = true;
      if (asked < plan.size && plan.placeOf(pair) >= asked) {
        notAsked += 1;
        continue;
      }
    }
    const verdict = code === 0 ? silence : codes.verdictOf(code);
    if (code !== 0 && !OF_THE_WAY.has(verdict.reason)) answered = true;
    const group = groups.get(code);
    if (group === undefined) groups.set(code, { verdict, runs: [pair - first, next - first] });
    else if (group.runs.at(-1) === pair - first) group.runs[group.runs.length - 1] = next - first;
    else group.runs.push(pair - first, next - first);
  }
  const list = (place: number, { state, reason }: Verdict): void => {
    const port = plan.ports[place]!;
    const service =
      options.detected(address, protocol, port) ?? registered(options.serviceOf(protocol, port));
    ports.push({ protocol, port, state, reason, replyTtl: ttls.get(first + place) ?? 0, service });
  };
  for (const { verdict, runs } of groups.values()) {
    if (isListed(verdict.state, runs, options)) {
      for (let at = 0; at < runs.length; at += 2)
        for (let place = runs[at]!; place < runs[at + 1]!; place += 1) list(place, verdict);
    } else others.push(countOfRuns(protocol, verdict, plan.ports, runs));
  }
  return { answered, silent, notAsked };
}

/** Whether ports that are alike are listed one by one. @param runs as of `Group` */
function isListed(state: PortState, runs: readonly number[], options: HostResultOptions): boolean {
  if (!options.lists(state)) return false;
  if (state === "open") return true;
  return portsIn(runs) <= (options.alikeListedMax ?? Number.POSITIVE_INFINITY);
}

/** @param runs as of `Group` */
function portsIn(runs: readonly number[]): number {
  let count = 0;
  for (let at = 0; at < runs.length; at += 2) count += runs[at + 1]! - runs[at]!;
  return count;
}

function countOfRuns(
  protocol: PortProtocol,
  { state, reason }: Verdict,
  ports: Uint16Array,
  runs: readonly number[],
): PortCount {
  const ranges: string[] = [];
  for (let at = 0; at < runs.length; at += 2) ranges.push(rangesOf(ports.subarray(runs[at], runs[at + 1])));
  return { protocol, state, reason, count: portsIn(runs), ports: ranges.join(",") };
}
