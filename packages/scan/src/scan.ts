/**
 * A scan from its targets to its result: one address family after the other (`FamilyScan`), told as it goes on, kept for the case
 * that it is stopped.
 */
import { randomBytes } from "node:crypto";
import { PalisadeError } from "@palisade/base";
import { formatIpAddress, formatMac } from "@palisade/wire";
import { ActiveTime } from "./active-time.js";
import { CONNECT, checkEvasionOf, interfaceThatIsUp } from "./ask.js";
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from "./checkpoint.js";
import { familiesOf, isLinkLocal, namesByAddress } from "./families.js";
import { FamilyScan, type ScanContext } from "./family-scan.js";
import { describeEvasion } from "./links/evasion-text.js";
import { newPart, type Part, pairsNotAsked } from "./part.js";
import { FoundQueue } from "./result/found-queue.js";
import { type AskedPart, type HostFacts, type HostResultOptions, hostResult } from "./result/host-results.js";
import {
  HOSTS_LISTED_MAX,
  type HostResult,
  type PortProtocol,
  rangesOf,
  type ScanRecord,
  type ScanResult,
} from "./result/result.js";
import type { Ask, ScanOptions } from "./scan-options.js";
import { type ScanPlan, WHOLE } from "./scan-plan.js";
import { lookUpReverse, type ReverseLookUp, type ReverseNames } from "./targets/reverse-names.js";
import type { PortState, Verdict } from "./technique.js";
import { syn } from "./techniques/syn.js";

/** Seeds that are chosen for the user are short enough to be typed again. */
const SEED_CHOSEN_BYTES = 4;
/** Between two checkpoints, and how many times as long as the last one took. */
const CHECKPOINT_MS = 2_000;
const CHECKPOINT_SHARE = 20;

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
  readonly #families: FamilyScan[] = [];
  readonly #parts: Part[] = [];
  /** Parts that were asked before a stop and that the scan has not come to again. */
  readonly #saved: Part[] = [];
  #seed = 0;
  #startedMs = Date.now();
  #found: FoundQueue | undefined;
  #reverse: ReverseNames | undefined;
  /** Brings the part that is under way up to date. */
  #update: (() => void) | undefined;

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
    checkEvasionOf(this.#options);
    const saved = this.#resumed();
    this.#saved.push(...(saved?.parts ?? []));
    this.#seed = this.#options.seed ?? saved?.seed ?? randomBytes(SEED_CHOSEN_BYTES).readUInt32BE();
    this.#startedMs = saved?.startedMs ?? this.#startedMs;
    const keeping = new AbortController();
    const kept = this.#keep(keeping.signal);
    const activeTime = new ActiveTime(() => this.#isHeld());
    let failure: PalisadeError | undefined;
    try {
      failure = await this.#runFamilies(this.#contextOf(activeTime));
      // What one address family came to is not lost for the other's sake.
      const isKnown = this.#families.some(({ asked, isEnded }) => isEnded || asked.length > 0);
      if (failure !== undefined && !isKnown) throw failure;
      // While checkpoints are made still: it may take longer than all before it.
      await this.#lookUpReverse(activeTime);
    } finally {
      activeTime.close();
      keeping.abort();
      await kept;
    }
    if (this.#signal.aborted || failure !== undefined) await this.#checkpoint(true);
    return this.#resultNow(failure);
  }

  /** @returns why the addresses of a family could not be asked */
  async #runFamilies(context: ScanContext): Promise<PalisadeError | undefined> {
    let failure: PalisadeError | undefined;
    for (const hosts of familiesOf(this.#options.targets)) {
      // After a stop as well: what was known of it before an earlier one is kept, and what was not asked is told.
      const family = new FamilyScan(hosts, context);
      this.#families.push(family);
      try {
        await family.run();
      } catch (error) {
        // Stopped while the way was looked for: nothing was asked there.
        if (this.#signal.aborted && error === this.#signal.reason) continue;
        if (!(error instanceof PalisadeError)) throw error;
        failure ??= error;
      }
    }
    return failure;
  }

  /** Looks up the names of hosts that are not down. */
  async #lookUpReverse(activeTime: ActiveTime): Promise<void> {
    const { reverseLookUp, progress } = this.#options;
    if (reverseLookUp === undefined || this.#signal.aborted) return;
    const probes = this.#probes;
    const tell = (asked: number, size: number): void =>
      progress?.({ part: "names", pass: 0, asked, size, answered: asked, probes });
    const lookUp: ReverseLookUp = async (address, signal) => {
      await activeTime.held(signal);
      signal.throwIfAborted();
      return reverseLookUp(address, signal);
    };
    this.#reverse = await lookUpReverse(this.#named(), lookUp, this.#signal, tell);
  }

  /** Addresses that may have names: one that has link-local scope is known to nobody else. */
  *#named(): Generator<string> {
    for (const family of this.#families) {
      for (const { address, isUp } of this.#candidatesOf(family)) {
        if (isUp !== false && !isLinkLocal(address)) yield formatIpAddress(address);
      }
    }
  }

  get #probes(): number {
    return this.#parts.reduce((all, { probes }) => all + probes, 0);
  }

  /** What the options resume from. */
  #resumed(): Checkpoint | undefined {
    const { resume, seed } = this.#options;
    if (resume === undefined) return undefined;
    const saved = decodeCheckpoint(resume);
    if (saved.plan !== planOf(this.#options) || (seed !== undefined && seed !== saved.seed)) {
      throw new PalisadeError(
        "SCAN_RESUME_OTHER",
        `the resume file is of another scan (${brief(saved.arguments)}): give the same targets, ports and options, or another file`,
      );
    }
    return saved;
  }

  #isHeld(): boolean {
    return this.#found?.isFull === true || this.#options.isHeld?.() === true;
  }

  #contextOf(activeTime: ActiveTime): ScanContext {
    const options = this.#options;
    const device = this.#zone;
    return {
      options,
      signal: this.#signal,
      seed: this.#seed,
      interface: device === undefined ? undefined : interfaceThatIsUp(device),
      isHeld: () => this.#isHeld(),
      activeTime,
      partOf: (name, technique, pairs) => {
        const part =
          this.#known(name, technique, pairs) ?? newPart(name, technique, pairs, options.sourcePort);
        this.#parts.push(part);
        return part;
      },
      running: (update) => {
        this.#update = update;
      },
      tell: (plan, ask, by, pair, verdict) => this.#tell(plan, ask, by, pair, verdict),
    };
  }

  /** Takes a part out of those that were asked before a stop. */
  #known(name: string, technique: string, pairs: number): Part | undefined {
    const at = this.#saved.findIndex((part) => part.name === name);
    if (at < 0) return undefined;
    const [part] = this.#saved.splice(at, 1) as [Part];
    const isSame = part.technique === technique || (technique === syn.name && part.technique === CONNECT);
    return isSame && part.table.size === pairs ? part : undefined;
  }

  /** Where link-local addresses are. */
  get #zone(): string | undefined {
    return this.#options.interface ?? this.#options.targets.zone;
  }

  #lists(state: PortState): boolean {
    return this.#options.lists?.(state) ?? (state === "open" || state === "open|filtered");
  }

  #tell(plan: ScanPlan, { technique }: Ask, by: string, pair: number, verdict: Verdict): void {
    if (this.#found === undefined || !this.#lists(verdict.state)) return;
    const octets = new Uint8Array(plan.hosts.addressBytes);
    plan.hosts.write(plan.hostOf(pair), octets, 0);
    this.#found.push({
      address: formatIpAddress(octets),
      zone: isLinkLocal(octets) ? this.#zone : undefined,
      technique: by,
      protocol: protocolOf({ technique }),
      port: plan.portOf(pair),
      ...verdict,
      timeMs: Date.now(),
    });
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
      this.#update?.();
      return encodeCheckpoint({
        plan: planOf(this.#options),
        seed: this.#seed,
        arguments: this.#options.arguments ?? [],
        startedMs: this.#startedMs,
        // Those that are still to come stay in the file: it may be all that is left of this run, too.
        parts: [...this.#parts, ...this.#saved],
      });
    };
    await this.#options.checkpoint?.(pieces, isLast);
  }

  #resultNow(failure: PalisadeError | undefined): ScanResult {
    const sum = (of: (part: Part) => number): number => this.#parts.reduce((all, part) => all + of(part), 0);
    return {
      discoveries: this.#families.flatMap(({ name, discovery, states }) =>
        discovery === undefined
          ? []
          : [
              {
                family: name,
                engine: discovery.engine,
                because: discovery.because,
                probes: discovery.probes,
                up: states?.up.answered ?? 0,
              },
            ],
      ),
      asks: this.#options.asks.map((ask) => ({
        technique: this.#doneFor(ask),
        protocol: protocolOf(ask),
        ports: rangesOf(ask.ports),
      })),
      evasion: describeEvasion(this.#options.evasion),
      scans: this.#families.flatMap(({ name, asked }) =>
        asked.filter(isBegun).map(({ part, plan, protocol }) => ({
          family: name,
          technique: part.technique,
          protocol,
          engine: part.engine,
          because: part.because,
          ports: rangesOf(plan.ports),
          portsPerHost: plan.ports.length,
          probes: part.probes,
          limitedHosts: part.limitedHosts,
        })),
      ),
      seed: String(this.#seed),
      arguments: this.#options.arguments ?? [],
      targets: this.#options.targetTexts,
      excluded: this.#options.excludedTexts,
      startedMs: this.#startedMs,
      finishedMs: Date.now(),
      probes: this.#probes,
      losses: {
        ringDrops: sum(({ ringDrops }) => ringDrops),
        sendRefusals: sum(({ sendRefusals }) => sendRefusals),
        firewalled: sum(({ firewalled }) => firewalled),
      },
      stopped: this.#signal.aborted,
      notAsked: this.#notAsked(),
      unnamed: unnamedOf(this.#reverse),
      failure,
      hostsAsked: this.#options.targets.size,
      hosts: { [Symbol.iterator]: () => this.#hosts() },
    };
  }

  /** The technique that a question was put by: connections may have taken its place. */
  #doneFor({ technique }: Ask): string {
    const name = technique === CONNECT ? CONNECT : technique.name;
    for (const { name: family, asked } of this.#families) {
      const same = asked.filter(isBegun).find(({ part }) => part.name.startsWith(`${family} ${name}`));
      if (same !== undefined) return same.part.technique;
    }
    return name;
  }

  #notAsked(): ScanResult["notAsked"] {
    let hosts = 0;
    let ports = 0;
    for (const { hosts: all, states, discovery, asked } of this.#families) {
      if (discovery?.isDone === false) hosts += all.size - (states?.up.answered ?? 0);
      for (const { part, plan } of asked) ports += pairsNotAsked(part, plan);
    }
    return { hosts, ports };
  }

  *#hosts(): Generator<HostResult> {
    const names = namesByAddress(this.#options.targets);
    for (const family of this.#families) {
      const { asked, verdicts } = family;
      const options: HostResultOptions = {
        lists: (state) => this.#lists(state),
        alikeListedMax: this.#options.alikeListedMax,
        serviceOf: (protocol, port) => this.#options.serviceOf?.(protocol, port),
        detected: (address, protocol, port) => family.detected(address, protocol, port),
        namesOf: (address) => names.get(address) ?? NO_NAMES,
        reverseNamesOf: (address) => this.#reverse?.names.get(address),
        verdictOf: (address) => verdicts.get(address),
        hasTimedOut: (address) => family.timedOut.has(address),
        zone: this.#zone,
        startedMs: this.#startedMs,
      };
      for (const { host, address } of this.#candidatesOf(family)) {
        const result = hostResult(address, asked, factsOf(family, host), options);
        if (this.#listsAll(family) || result.state === "up") yield result;
      }
    }
  }

  /** Whether the result has all hosts of a family, whatever became of them. */
  #listsAll({ hosts }: FamilyScan): boolean {
    // A list of targets lists them all.
    const isList = this.#options.asks.length === 0 && this.#options.discovery === undefined;
    return hosts.size <= HOSTS_LISTED_MAX || isList;
  }

  /** Hosts that the result may have. */
  *#candidatesOf(family: FamilyScan): Generator<Candidate> {
    const { hosts, states } = family;
    const listsAll = this.#listsAll(family);
    const address = new Uint8Array(hosts.addressBytes);
    for (let host = 0; host < hosts.size; host += 1) {
      const isUp = states?.isUp(host);
      if (!listsAll && isUp === false) continue;
      hosts.write(host, address, 0);
      if (listsAll || isUp !== undefined || family.hasHeard(address)) yield { host, address, isUp };
    }
  }
}

/** A host by its number; the address is only good until the next. */
interface Candidate {
  readonly host: number;
  readonly address: Uint8Array;
  /** Undefined where nobody looked. */
  readonly isUp: boolean | undefined;
}

function unnamedOf(reverse: ReverseNames | undefined): ScanResult["unnamed"] {
  if (reverse?.because === undefined) return undefined;
  return { addresses: reverse.unknown, because: reverse.because };
}

/** Something was sent, or would have been if there were a way. */
function isBegun({ part }: AskedPart): boolean {
  return part.startedMs > 0;
}

function protocolOf({ technique }: Pick<Ask, "technique">): PortProtocol {
  return technique === CONNECT ? "tcp" : technique.protocol;
}

/** What is known of a host besides its ports; undefined where nobody looked for hosts. */
function factsOf({ states, discovery }: FamilyScan, host: number): HostFacts | undefined {
  if (states === undefined) return undefined;
  const isUp = states.isUp(host);
  const reason = states.reasonOf(host);
  const isDone = discovery?.isDone === true;
  const linkAddress = states.details.linkAddressOf(host);
  return {
    // Who was not asked to the end may be up, and has not been silent.
    state: isUp ? "up" : isDone ? "down" : "unknown",
    reason: !isDone && reason === "no-response" ? "not-asked" : reason,
    replyTtl: states.ttlOf(host),
    roundTripUs: states.roundTripUsOf(host),
    linkAddress: linkAddress === undefined ? undefined : formatMac(linkAddress),
  };
}

/** What a scan asks, as text that is the same where the same is asked. */
function planOf(options: ScanOptions): string {
  const { targets, asks, shard, sourcePort, hostTimeoutMs, discovery, skipsProviders, canaries } = options;
  const { index, count } = shard ?? WHOLE;
  return JSON.stringify({
    targets: [targets.size, targets.checksum()],
    asks: asks.map(({ technique, ports }) => [
      technique === CONNECT ? CONNECT : technique.name,
      rangesOf(ports),
    ]),
    discovery: discovery && [discovery.withoutSweep, discovery.pings?.(4), discovery.pings?.(6)],
    shard: [index, count],
    // The same link-local addresses on another link are other hosts.
    interface: options.interface ?? targets.zone,
    sourcePort,
    hostTimeoutMs,
    skipsProviders,
    canaries,
  });
}

/** Characters of another scan's words in a message. */
const WORDS_SHOWN = 240;

function brief(words: readonly string[]): string {
  const text = words.join(" ");
  return text.length > WORDS_SHOWN ? `${text.slice(0, WORDS_SHOWN)}…` : text;
}

const NO_NAMES: readonly string[] = [];

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
