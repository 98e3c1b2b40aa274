/**
 * A scan from its targets to its result: the best way to send that is permitted, one address family after the other.
 */
import { randomBytes } from "node:crypto";
import { PalisadeError } from "@palisade/base";
import { findInterface, type NetworkInterface, openConnector } from "@palisade/link";
import { formatIpAddress } from "@palisade/wire";
import { StateTable } from "./bitmap.js";
import { ConnectScan } from "./connect-scan.js";
import { COOKIE_KEY_BYTES, Cookie } from "./cookie.js";
import { hostResult } from "./host-results.js";
import { RttEstimator } from "./pace/rtt.js";
import type { TimingTemplate } from "./pace/templates.js";
import { ScanPacer } from "./pacer.js";
import { chooseSourcePort, openPacketLink } from "./packet-link.js";
import type { Shard } from "./permutation.js";
import { type ProbeProgress, ProbeScan } from "./probe-scan.js";
import {
  HOSTS_LISTED_MAX,
  type HostResult,
  type Losses,
  type PortProtocol,
  rangesOf,
  type ScanResult,
} from "./result.js";
import { type HostList, ScanPlan, WHOLE } from "./scan-plan.js";
import type { TargetSet } from "./targets/target-set.js";
import type { PortState, Technique, Verdict } from "./technique.js";
import { VerdictCodes } from "./verdict-codes.js";

/** TCP connections by the system's own calls. */
export const CONNECT = "connect";

export interface ScanOptions {
  readonly targets: TargetSet;
  readonly technique: Technique | typeof CONNECT;
  /** Where the technique is not permitted, `connect` takes its place, and the result says so. */
  readonly orConnect?: boolean | undefined;
  /** 0 … 65,535, sorted, each once; protocol numbers, 0 … 255, where the technique asks about those. */
  readonly ports: readonly number[];
  readonly timing: TimingTemplate;
  /** Probes per second. */
  readonly probesPerSecondMin?: number | undefined;
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two probes. Default: the template's. */
  readonly delayUs?: number | undefined;
  /** Times that a probe is sent again. Default: the template's. */
  readonly retriesMax?: number | undefined;
  readonly sourcePort?: number | undefined;
  /** Name of the interface that probes leave by. */
  readonly interface?: string | undefined;
  /** Of the order, 0 … 2^53 - 1; the same one gives the same order. Default: any. */
  readonly seed?: number | undefined;
  readonly shard?: Shard | undefined;
  /** Whether ports of a state are listed one by one, not only counted. Default: those that may be open. */
  readonly lists?: ((state: PortState) => boolean) | undefined;
  /** What a port is registered for. */
  readonly serviceOf?: ((protocol: PortProtocol, port: number) => string | undefined) | undefined;
  /** The command's words, for reports. */
  readonly arguments?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: ProbeProgress) => void) | undefined;
}

/** Seeds that are chosen for the user are short enough to be typed again. */
const SEED_CHOSEN_BYTES = 4;

/** Pairs of one address family that were asked, and how. */
interface Part {
  readonly engine: string;
  readonly because: string | undefined;
  readonly technique: string;
  readonly probes: number;
  readonly losses: Losses;
  readonly hosts: readonly HostResult[];
}

/**
 * Scans, and says what came of it. When the signal aborts, that is what was known by then, and says that it was stopped.
 *
 * @throws {PalisadeError} what targets, sockets and options can be wrong in: `LINK_NOT_PERMITTED`, `LINK_NO_ROUTE`,
 *   `LINK_DOWN`, `SCAN_ZONE_MISSING`, `SCAN_TABLE_TOO_LARGE`, `SCAN_RATE_RANGE`, …
 */
export async function scan(options: ScanOptions): Promise<ScanResult> {
  const { targets, ports, technique } = options;
  const signal = options.signal ?? new AbortController().signal;
  const startedMs = Date.now();
  const seed = options.seed ?? randomBytes(SEED_CHOSEN_BYTES).readUInt32BE();
  const parts: Part[] = [];
  let failure: PalisadeError | undefined;
  for (const hosts of familiesOf(targets)) {
    if (signal.aborted) break;
    try {
      const plan = new ScanPlan(hosts, ports, seed, options.shard ?? WHOLE);
      parts.push(await scanFamily(plan, options, signal));
    } catch (error) {
      // Stopped while the way was looked for: nothing was asked there.
      if (signal.aborted && error === signal.reason) continue;
      if (!(error instanceof PalisadeError)) throw error;
      failure ??= error;
    }
  }
  // What one address family came to is not lost for the other's sake.
  if (failure !== undefined && parts.length === 0) throw failure;
  const [first] = parts;
  return {
    engine: first?.engine ?? "none",
    because: first?.because,
    technique: first?.technique ?? (technique === CONNECT ? CONNECT : technique.name),
    protocol: technique === CONNECT ? "tcp" : technique.protocol,
    ports: rangesOf(ports),
    portsPerHost: ports.length,
    seed: String(seed),
    arguments: options.arguments ?? [],
    startedMs,
    finishedMs: Date.now(),
    probes: parts.reduce((sum, { probes }) => sum + probes, 0),
    losses: {
      ringDrops: parts.reduce((sum, { losses }) => sum + losses.ringDrops, 0),
      sendRefusals: parts.reduce((sum, { losses }) => sum + losses.sendRefusals, 0),
    },
    stopped: signal.aborted,
    failure,
    hostsAsked: targets.size,
    hosts: parts.flatMap(({ hosts }) => hosts),
  };
}

async function scanFamily(plan: ScanPlan, options: ScanOptions, signal: AbortSignal): Promise<Part> {
  if (options.technique === CONNECT) return scanByConnect(plan, options, undefined, signal);
  try {
    return await scanByPackets(plan, options.technique, options, signal);
  } catch (error) {
    const isRefused = error instanceof PalisadeError && REFUSALS.has(error.code);
    if (options.orConnect !== true || !isRefused) throw error;
    const because =
      error.code === "LINK_NOT_PERMITTED" ? "raw sockets need root or CAP_NET_RAW" : error.message;
    return scanByConnect(plan, options, because, signal);
  }
}

/** Why packets cannot be sent where connections still can. */
const REFUSALS: ReadonlySet<string> = new Set(["LINK_NOT_PERMITTED", "LINK_UNSUPPORTED"]);

async function scanByPackets(
  plan: ScanPlan,
  technique: Technique,
  options: ScanOptions,
  signal: AbortSignal,
): Promise<Part> {
  const startedMs = Date.now();
  const sourcePort = options.sourcePort ?? chooseSourcePort(Math.random());
  const link = await openPacketLink({
    hosts: plan.hosts,
    portsPerHost: plan.ports.length,
    ipProtocol: technique.ipProtocol,
    probeBytesMax: technique.probeBytesMax,
    sourcePort,
    interface: interfaceOf(options),
    signal,
  });
  try {
    const common = commonsOf(plan, options);
    const probing = new ProbeScan({
      ...common,
      technique,
      link,
      cookie: new Cookie(randomBytes(COOKIE_KEY_BYTES)),
      sourcePort,
    });
    await probing.run(signal);
    return {
      engine: link.engine,
      because: undefined,
      technique: technique.name,
      probes: probing.probes,
      losses: { ringDrops: link.ringDrops(), sendRefusals: probing.sendRefusals },
      hosts: hostsOf(plan, common, options, {
        protocol: technique.protocol,
        silence: { state: technique.silence, reason: "no-response" },
        ttlOf: (pair) => probing.ttlOf(pair),
        startedMs,
      }),
    };
  } finally {
    link.close();
  }
}

async function scanByConnect(
  plan: ScanPlan,
  options: ScanOptions,
  because: string | undefined,
  signal: AbortSignal,
): Promise<Part> {
  const startedMs = Date.now();
  const scopeId = interfaceOf(options)?.index ?? 0;
  const linkLocal = scopeId === 0 ? firstLinkLocal(plan.hosts) : undefined;
  if (linkLocal !== undefined) {
    throw new PalisadeError(
      "SCAN_ZONE_MISSING",
      `${linkLocal} can be on any link: say on which, as in ${linkLocal}%eth0`,
    );
  }
  const connector = openConnector();
  try {
    const common = commonsOf(plan, options);
    const connecting = new ConnectScan({
      ...common,
      connector,
      scopeId,
    });
    await connecting.run(signal);
    return {
      engine: connector.name,
      because: because ?? connector.because,
      technique: CONNECT,
      probes: connecting.probes,
      losses: { ringDrops: 0, sendRefusals: connecting.sendRefusals },
      hosts: hostsOf(plan, common, options, {
        protocol: "tcp",
        silence: { state: "filtered", reason: "no-response" },
        ttlOf: () => 0,
        startedMs,
      }),
    };
  } finally {
    connector.close();
  }
}

/** What both ways of asking need. */
function commonsOf(plan: ScanPlan, options: ScanOptions) {
  const { timing } = options;
  const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1_000;
  const times = new RttEstimator(timing);
  return {
    plan,
    table: new StateTable(plan.pairs),
    codes: new VerdictCodes(),
    pacer: new ScanPacer({
      probesPerSecondMin: options.probesPerSecondMin,
      probesPerSecondMax: options.probesPerSecondMax,
      delayUs: options.delayUs ?? timing.scanDelayUs,
      roundTripUs: () => times.smoothedUs,
      nowUs: nowUs(),
    }),
    replyTime: times,
    retriesMax: options.retriesMax ?? timing.retriesMax,
    nowUs,
    progress: options.progress ?? (() => {}),
  };
}

function interfaceOf(options: ScanOptions): NetworkInterface | undefined {
  const name = options.interface ?? options.targets.zone;
  if (name === undefined) return undefined;
  const found = findInterface(name);
  if (!found.up) {
    throw new PalisadeError(
      "LINK_DOWN",
      `interface ${name} is down: nothing can be sent before it is up (ip link set dev ${name} up)`,
    );
  }
  return found;
}

/** The first address with link-local scope, fe80::/10 (RFC 4291 §2.5.6); the list ascends. */
function firstLinkLocal(hosts: HostList): string | undefined {
  if (hosts.addressBytes === 4) return undefined;
  const octets = new Uint8Array(16);
  const prefixOf = (host: number): number => {
    hosts.write(host, octets, 0);
    return ((octets[0]! << 8) | octets[1]!) & 0xffc0;
  };
  let first = 0;
  for (let end = hosts.size; first < end; ) {
    const middle = first + Math.floor((end - first) / 2);
    if (prefixOf(middle) < 0xfe80) first = middle + 1;
    else end = middle;
  }
  return first < hosts.size && prefixOf(first) === 0xfe80 ? formatIpAddress(octets) : undefined;
}

interface Asked {
  readonly protocol: PortProtocol;
  readonly silence: Verdict;
  readonly ttlOf: (pair: number) => number;
  readonly startedMs: number;
}

function hostsOf(
  plan: ScanPlan,
  common: { readonly table: StateTable; readonly codes: VerdictCodes },
  options: ScanOptions,
  asked: Asked,
): HostResult[] {
  const names = namesByAddress(options.targets);
  const lists = options.lists ?? ((state) => state === "open" || state === "open|filtered");
  const finishedMs = Date.now();
  const resultOptions = {
    ...asked,
    codes: common.codes,
    lists,
    serviceOf: (port: number) => options.serviceOf?.(asked.protocol, port),
    namesOf: (address: string) => names.get(address) ?? NO_NAMES,
    finishedMs,
  };
  const hosts: HostResult[] = [];
  for (let host = 0; host < plan.hosts.size; host += 1) {
    const result = hostResult(plan, common.table, host, resultOptions);
    if (result.state === "up" || plan.hosts.size <= HOSTS_LISTED_MAX) hosts.push(result);
  }
  return hosts;
}

const NO_NAMES: readonly string[] = [];

function namesByAddress(targets: TargetSet): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { name, addresses } of targets.names) {
    for (const address of addresses) names.set(address, [...(names.get(address) ?? []), name]);
  }
  return names;
}

/** The targets of each address family, where there are any. */
function familiesOf(targets: TargetSet): HostList[] {
  const room = new Uint8Array(16);
  const family = (addressBytes: 4 | 16, first: number, size: number): HostList => ({
    addressBytes,
    size,
    write(host, octets, at) {
      targets.address(first + host, room);
      for (let octet = 0; octet < addressBytes; octet += 1) octets[at + octet] = room[octet]!;
    },
    indexAt(octets, at) {
      const index = targets.indexOf(octets, at, addressBytes);
      return index < 0 ? -1 : index - first;
    },
  });
  return [
    family(4, 0, targets.ipv4Size),
    family(16, targets.ipv4Size, targets.size - targets.ipv4Size),
  ].filter(({ size }) => size > 0);
}
