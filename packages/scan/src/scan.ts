/**
 * A scan from its targets to its result: each technique over one address family after the other, by the best way to ask that is permitted.
 */
import { randomBytes } from "node:crypto";
import { PalisadeError } from "@palisade/base";
import { formatIpAddress } from "@palisade/wire";
import { type AskSettings, askByConnect, askByPackets, CONNECT, interfaceThatIsUp } from "./ask.js";
import { decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { familiesOf, familyName } from "./families.js";
import { FoundQueue } from "./found-queue.js";
import { type AskedPart, type HostResultOptions, hostResult } from "./host-results.js";
import type { TimingTemplate } from "./pace/templates.js";
import { newPart, type Part } from "./part.js";
import type { Shard } from "./permutation.js";
import type { ProbeProgress } from "./probe-scan.js";
import {
  HOSTS_LISTED_MAX,
  type HostResult,
  type PortProtocol,
  rangesOf,
  type ScanRecord,
  type ScanResult,
} from "./result.js";
import { type HostList, ScanPlan, WHOLE } from "./scan-plan.js";
import type { TargetSet } from "./targets/target-set.js";
import type { PortState, Technique, Verdict } from "./technique.js";

/** What is asked of every host. */
export interface Ask {
  readonly technique: Technique | typeof CONNECT;
  /** 0 … 65,535, sorted, each once; protocol numbers, 0 … 255, where the technique asks about those. */
  readonly ports: readonly number[];
}

export interface ScanOptions {
  readonly targets: TargetSet;
  /** Each technique once. */
  readonly asks: readonly Ask[];
  /** Where a technique of TCP is not permitted, `connect` takes its place, and the result says so. */
  readonly orConnect?: boolean | undefined;
  readonly timing: TimingTemplate;
  /** Probes per second. */
  readonly probesPerSecondMin?: number | undefined;
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two probes. Default: the template's. */
  readonly delayUs?: number | undefined;
  /** Times that a probe is sent again. Default: the template's. */
  readonly retriesMax?: number | undefined;
  /** Milliseconds after which a technique gives up on hosts that have not answered all it asks: all are asked at the same time. */
  readonly hostTimeoutMs?: number | undefined;
  readonly sourcePort?: number | undefined;
  /** Name of the interface that probes leave by. */
  readonly interface?: string | undefined;
  /** Of the order, 0 … 2^53 - 1; the same one gives the same order. Default: any. */
  readonly seed?: number | undefined;
  readonly shard?: Shard | undefined;
  /** Whether ports of a state are listed one by one, not only counted. Default: those that may be open. */
  readonly lists?: ((state: PortState) => boolean) | undefined;
  /** What a port is registered for. */
  readonly serviceOf?: HostResultOptions["serviceOf"] | undefined;
  /** The command's words, for reports. */
  readonly arguments?: readonly string[] | undefined;
  /** What the targets were made of, and what was left out of them, as expressions: for whoever compares results. */
  readonly targetTexts?: readonly string[] | undefined;
  readonly excludedTexts?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: ScanProgress) => void) | undefined;
  /** While it is true nothing is sent. */
  readonly isHeld?: (() => boolean) | undefined;
  /** What `checkpoint` was given by a scan of the same options, which then goes on where that one was. */
  readonly resume?: Uint8Array | undefined;
  /**
   * Keeps what is known by now, for a scan that goes on after this one was stopped or killed: called every few seconds, never
   * twice at a time, and once more when the scan is stopped. Each piece is only good until the next is asked for.
   */
  readonly checkpoint?: ((pieces: () => Iterable<Uint8Array>, isLast: boolean) => Promise<void>) | undefined;
}

/** How far a scan is. */
export interface ScanProgress extends ProbeProgress {
  /** As in `ipv4 syn`. */
  readonly part: string;
}

/** Seeds that are chosen for the user are short enough to be typed again. */
const SEED_CHOSEN_BYTES = 4;
/** Between two checkpoints, and how many times as long as the last one took. */
const CHECKPOINT_MS = 2_000;
const CHECKPOINT_SHARE = 20;

/** Why packets cannot be sent where connections still can. */
const REFUSALS: ReadonlySet<string> = new Set(["LINK_NOT_PERMITTED", "LINK_UNSUPPORTED"]);

/**
 * Begins a scan. `for await` gives what it finds, port by port, then host by host, then the whole; leaving the loop stops it.
 * Who wants the whole alone awaits `result`.
 *
 * @throws {PalisadeError} where it is iterated or its result awaited, what targets, sockets and options can be wrong in:
 *   `LINK_NOT_PERMITTED`, `LINK_NO_ROUTE`, `LINK_DOWN`, `SCAN_ZONE_MISSING`, `SCAN_TABLE_TOO_LARGE`, `SCAN_RATE_RANGE`, `SCAN_RESUME_DAMAGED`, `SCAN_RESUME_OTHER`, …
 */
export function scan(options: ScanOptions): Scan {
  return new Scan(options);
}

/** A scan under way. When its signal aborts, its result is what was known by then, and says that it was stopped. */
export class Scan implements AsyncIterable<ScanRecord> {
  readonly result: Promise<ScanResult>;
  readonly #options: ScanOptions;
  readonly #left = new AbortController();
  readonly #signal: AbortSignal;
  readonly #startedMs = Date.now();
  readonly #parts: Part[] = [];
  readonly #asked: (AskedPart & { readonly family: "ipv4" | "ipv6" })[] = [];
  #seed = 0;
  #began = 0;
  #found: FoundQueue | undefined;
  /** Brings the part that is under way up to date. */
  #update: () => void = () => {};

  constructor(options: ScanOptions) {
    this.#options = options;
    this.#signal =
      options.signal === undefined ? this.#left.signal : AbortSignal.any([options.signal, this.#left.signal]);
    // After whoever called has had the chance to iterate, so that no port is missed.
    this.result = new Promise((resolve) => setImmediate(resolve)).then(() => this.#run());
    this.result.catch(() => {});
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ScanRecord> {
    const found = new FoundQueue();
    this.#found = found;
    const ended = this.result.finally(() => found.close());
    ended.catch(() => {});
    try {
      for await (const port of found) yield { type: "port", port };
      const result = await ended;
      for (const host of result.hosts) yield { type: "host", host };
      yield { type: "scan", result };
    } finally {
      this.#left.abort();
    }
  }

  async #run(): Promise<ScanResult> {
    const { targets } = this.#options;
    const saved = this.#saved();
    this.#seed = this.#options.seed ?? saved?.seed ?? randomBytes(SEED_CHOSEN_BYTES).readUInt32BE();
    this.#began = saved?.startedMs ?? this.#startedMs;
    const keeping = new AbortController();
    const kept = this.#keep(keeping.signal);
    let failure: PalisadeError | undefined;
    try {
      for (const hosts of familiesOf(targets)) {
        try {
          for (const ask of this.#options.asks) await this.#ask(hosts, ask, saved?.parts ?? []);
        } catch (error) {
          // Stopped while the way was looked for: nothing was asked there.
          if (this.#signal.aborted && error === this.#signal.reason) continue;
          if (!(error instanceof PalisadeError)) throw error;
          failure ??= error;
        }
      }
    } finally {
      keeping.abort();
      await kept;
    }
    // What one address family came to is not lost for the other's sake.
    if (failure !== undefined && this.#asked.length === 0) throw failure;
    if (this.#signal.aborted) await this.#checkpoint(true);
    return this.#resultNow(failure);
  }

  /** What the options resume from. */
  #saved() {
    const { resume, seed } = this.#options;
    if (resume === undefined) return undefined;
    const saved = decodeCheckpoint(resume);
    if (saved.plan !== planOf(this.#options) || (seed !== undefined && seed !== saved.seed)) {
      throw new PalisadeError(
        "SCAN_RESUME_OTHER",
        `the resume file is of another scan (${saved.arguments.join(" ")}): give the same targets, ports and options, or another file`,
      );
    }
    return saved;
  }

  async #ask(hosts: HostList, ask: Ask, saved: readonly Part[]): Promise<void> {
    if (this.#signal.aborted) return;
    const options = this.#options;
    const { technique } = ask;
    const plan = new ScanPlan(hosts, ask.ports, this.#seed, options.shard ?? WHOLE);
    const asked = technique === CONNECT ? CONNECT : technique.name;
    const family = familyName(hosts);
    const name = `${family} ${asked}`;
    const known = saved.find((part) => part.name === name && part.table.size === plan.pairs);
    const part = known ?? newPart(name, asked, plan.pairs, options.sourcePort);
    this.#parts.push(part);
    if (part.startedMs === 0) part.startedMs = Date.now();
    if (!part.isDone) {
      try {
        await this.#askPart(part, plan, ask);
      } catch (error) {
        this.#parts.pop();
        throw error;
      }
    }
    this.#asked.push({
      family,
      part,
      plan,
      protocol: technique === CONNECT ? "tcp" : technique.protocol,
      silence: {
        state: technique === CONNECT || part.technique === CONNECT ? "filtered" : technique.silence,
        reason: "no-response",
      },
    });
  }

  async #askPart(part: Part, plan: ScanPlan, { technique }: Ask): Promise<void> {
    const { hostTimeoutMs } = this.#options;
    const late = hostTimeoutMs === undefined ? undefined : AbortSignal.timeout(hostTimeoutMs);
    const signal = late === undefined ? this.#signal : AbortSignal.any([this.#signal, late]);
    const settings = this.#settingsOf(part, plan, technique, signal);
    try {
      await this.#askSomehow(part, plan, technique, settings);
    } catch (error) {
      // Late while the way was looked for: nothing has answered.
      if (late?.aborted !== true || error !== late.reason) throw error;
    }
    this.#update = () => {};
    part.finishedMs = Date.now();
    part.isTimedOut = late?.aborted === true && part.table.answered < plan.size;
    part.isDone = !this.#signal.aborted;
  }

  async #askSomehow(
    part: Part,
    plan: ScanPlan,
    technique: Ask["technique"],
    settings: AskSettings,
  ): Promise<void> {
    if (technique === CONNECT || part.technique === CONNECT) return askByConnect(part, plan, settings);
    try {
      return await askByPackets(part, plan, technique, settings);
    } catch (error) {
      const isRefused = error instanceof PalisadeError && REFUSALS.has(error.code);
      const canConnect = this.#options.orConnect === true && technique.protocol === "tcp";
      if (!isRefused || !canConnect) throw error;
      part.because =
        error.code === "LINK_NOT_PERMITTED" ? "raw sockets need root or CAP_NET_RAW" : error.message;
      return askByConnect(part, plan, settings);
    }
  }

  #settingsOf(part: Part, plan: ScanPlan, technique: Ask["technique"], signal: AbortSignal): AskSettings {
    const options = this.#options;
    const { progress, isHeld } = options;
    const name = options.interface ?? options.targets.zone;
    const protocol = technique === CONNECT ? "tcp" : technique.protocol;
    return {
      timing: options.timing,
      probesPerSecondMin: options.probesPerSecondMin,
      probesPerSecondMax: options.probesPerSecondMax,
      delayUs: options.delayUs,
      retriesMax: options.retriesMax,
      interface: name === undefined ? undefined : interfaceThatIsUp(name),
      isHeld: () => this.#found?.isFull === true || isHeld?.() === true,
      progress: (at) => progress?.({ ...at, part: part.name }),
      found: (pair, verdict) => this.#tell(plan, protocol, pair, verdict),
      signal,
      running: (update) => {
        this.#update = update;
      },
    };
  }

  #lists(state: PortState): boolean {
    return this.#options.lists?.(state) ?? (state === "open" || state === "open|filtered");
  }

  #tell(plan: ScanPlan, protocol: PortProtocol, pair: number, verdict: Verdict): void {
    if (this.#found === undefined || !this.#lists(verdict.state)) return;
    const octets = new Uint8Array(plan.hosts.addressBytes);
    plan.hosts.write(plan.hostOf(pair), octets, 0);
    const address = formatIpAddress(octets);
    this.#found.push({ address, protocol, port: plan.portOf(pair), ...verdict, timeMs: Date.now() });
  }

  /** Makes checkpoints until the signal aborts. */
  async #keep(signal: AbortSignal): Promise<void> {
    if (this.#options.checkpoint === undefined) return;
    let pauseMs = CHECKPOINT_MS;
    while (await passed(pauseMs, signal)) {
      const startedMs = performance.now();
      await this.#checkpoint(false);
      pauseMs = Math.max(CHECKPOINT_MS, CHECKPOINT_SHARE * (performance.now() - startedMs));
    }
  }

  async #checkpoint(isLast: boolean): Promise<void> {
    const pieces = (): Iterable<Uint8Array> => {
      this.#update();
      return encodeCheckpoint({
        plan: planOf(this.#options),
        seed: this.#seed,
        arguments: this.#options.arguments ?? [],
        startedMs: this.#began,
        parts: this.#parts,
      });
    };
    await this.#options.checkpoint?.(pieces, isLast);
  }

  #resultNow(failure: PalisadeError | undefined): ScanResult {
    const parts = this.#asked;
    const sum = (of: (part: Part) => number): number => parts.reduce((all, { part }) => all + of(part), 0);
    return {
      scans: parts.map(({ family, part, plan, protocol }) => ({
        family,
        technique: part.technique,
        protocol,
        engine: part.engine,
        because: part.because,
        ports: rangesOf(plan.ports),
        portsPerHost: plan.ports.length,
        probes: part.probes,
      })),
      seed: String(this.#seed),
      arguments: this.#options.arguments ?? [],
      targets: this.#options.targetTexts,
      excluded: this.#options.excludedTexts,
      startedMs: this.#began,
      finishedMs: Date.now(),
      probes: sum(({ probes }) => probes),
      losses: {
        ringDrops: sum(({ ringDrops }) => ringDrops),
        sendRefusals: sum(({ sendRefusals }) => sendRefusals),
      },
      stopped: this.#signal.aborted,
      failure,
      hostsAsked: this.#options.targets.size,
      hosts: { [Symbol.iterator]: () => this.#hosts() },
    };
  }

  *#hosts(): Generator<HostResult> {
    const names = namesByAddress(this.#options.targets);
    const options: HostResultOptions = {
      lists: (state) => this.#lists(state),
      serviceOf: (protocol, port) => this.#options.serviceOf?.(protocol, port),
      namesOf: (address) => names.get(address) ?? NO_NAMES,
    };
    for (const family of ["ipv4", "ipv6"] as const) {
      const parts = this.#asked.filter((part) => part.family === family);
      const hosts = parts[0]?.plan.hosts;
      if (hosts === undefined) continue;
      const listsAll = hosts.size <= HOSTS_LISTED_MAX;
      for (let host = 0; host < hosts.size; host += 1) {
        if (!listsAll && !parts.some(({ part, plan }) => hasAnswered(part, plan, host))) continue;
        const result = hostResult(parts, host, options);
        if (listsAll || result.state === "up") yield result;
      }
    }
  }
}

function hasAnswered({ table }: Part, { ports }: ScanPlan, host: number): boolean {
  return table.hasAny(host * ports.length, (host + 1) * ports.length);
}

/** What a scan asks, as text that is the same where the same is asked. */
function planOf({ targets, asks, shard, sourcePort, hostTimeoutMs }: ScanOptions): string {
  const { index, count } = shard ?? WHOLE;
  return JSON.stringify({
    targets: [targets.size, targets.checksum()],
    asks: asks.map(({ technique, ports }) => [
      technique === CONNECT ? CONNECT : technique.name,
      rangesOf(ports),
    ]),
    shard: [index, count],
    sourcePort,
    hostTimeoutMs,
  });
}

const NO_NAMES: readonly string[] = [];

function namesByAddress(targets: TargetSet): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { name, addresses } of targets.names) {
    for (const address of addresses) names.set(address, [...(names.get(address) ?? []), name]);
  }
  return names;
}

/** Waits; false as soon as the signal aborts. */
async function passed(ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  return new Promise((resolve) => {
    const stop = (): void => {
      clearTimeout(timer);
      resolve(false);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve(true);
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
