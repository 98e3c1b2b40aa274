/**
 * `palisade scan`: targets in, ports and their states out.
 */
import { PalisadeError } from "@palisade/base";
import {
  type Ask,
  CONNECT,
  checkpointArguments,
  describeEvasion,
  type PortProtocol,
  parsePorts,
  parseShard,
  type RecordedScan,
  readScanJson,
  type Scan,
  type ScanResult,
  scan,
  serviceName,
  TOP_PORTS_DEFAULT,
  techniqueOf,
  timingTemplates,
  topPorts,
} from "@palisade/scan";
import { EXIT_DONE, exitStatusOf } from "../exit-status.js";
import { StopSignals } from "../stop-signals.js";
import { endText, printable } from "../terminal.js";
import { readText } from "../text-file.js";
import { usage } from "../words.js";
import { Keys } from "./keys.js";
import { parseScanOptions, type ScanCommandOptions } from "./options.js";
import { Reports } from "./reports.js";
import { readResumeFile, removeResumeFile, writeResumeFile } from "./resume-file.js";
import { ScanProgress } from "./scan-progress.js";
import { servicesOf } from "./services-option.js";
import { targetsFor } from "./targets.js";

export async function scanCommand(words: readonly string[]): Promise<number> {
  const options = optionsOf(words);
  if (options.answer !== undefined) {
    process.stdout.write(options.answer);
    return EXIT_DONE;
  }
  const stop = new StopSignals();
  const reports = new Reports();
  const progress = new ScanProgress(options.progress, options.statsEveryMs);
  const watch = new Watch(options, progress);
  try {
    const asks = options.hostsOnly || options.listOnly ? [] : asksOf(options);
    const shard = options.shard === undefined ? undefined : parseShard(options.shard);
    const resume = options.resumeFile === undefined ? undefined : readResumeFile(options.resumeFile);
    const older = options.diffFile === undefined ? undefined : readOlder(options.diffFile);
    // Files are opened first: what cannot be written is told before anything is sent.
    reports.open([...options.reports, { format: options.format, path: options.output }]);
    const resuming = new Resuming(options);
    const disguises = describeEvasion(options.evasion);
    if (disguises.length > 0)
      process.stderr.write(
        `palisade: probes are disguised, for tests of detection systems: ${disguises.join(", ")}\n`,
      );
    const run = scan({
      targets: await targetsFor(options, stop.signal),
      asks,
      orConnect: mayConnect(options),
      discovery: options.discovery,
      evasion: options.evasion,
      skipsProviders: options.skipsProviders,
      canaries: options.canaries,
      services:
        options.serviceIntensity === undefined
          ? undefined
          : {
              database: servicesOf(options.serviceProbes),
              intensity: options.serviceIntensity,
            },
      timing: timingTemplates[options.timing]!,
      probesPerSecondMin: options.minRate,
      probesPerSecondMax: options.maxRate,
      delayUs: options.scanDelayMs === undefined ? undefined : options.scanDelayMs * 1_000,
      retriesMax: options.retriesMax,
      hostTimeoutMs: options.hostTimeoutMs,
      sourcePort: options.sourcePort,
      interface: options.interface,
      seed: options.seed,
      shard,
      lists: (state) =>
        options.allStates || state === "open" || (state === "open|filtered" && !options.openOnly),
      serviceOf: (protocol, port) => serviceName(port, protocol),
      arguments: options.words,
      targetTexts: textsOf(options.targets, options.targetFiles),
      excludedTexts: textsOf(options.excludes, options.excludeFiles),
      signal: stop.signal,
      progress: (at) => progress.show(at),
      isHeld: () => watch.isPaused,
      resume,
      checkpoint: (pieces, isLast) => resuming.keep(pieces, isLast),
    });
    const result = await followed(run, reports, watch);
    watch.close();
    await reports.end(result, older);
    resuming.end(result);
    if (result.failure !== undefined) {
      process.stderr.write(`palisade: ${printable(result.failure.message)}\n`);
      return exitStatusOf(result.failure);
    }
    return stop.status;
  } catch (error) {
    // Stopped while names were looked up: there is nothing to report.
    if (stop.signal.aborted && error === stop.signal.reason) return stop.status;
    throw error;
  } finally {
    watch.close();
    stop.ignore();
    await reports.close();
  }
}

/**
 * Whether connections may take the place of packets. What they cannot honour is not left out in silence; of hosts that are to be
 * looked for, connections are asked by too where they are what was asked for.
 */
function mayConnect({
  techniques,
  sourcePort,
  interface: device,
  evasion,
  pcapFile,
}: ScanCommandOptions): boolean {
  const isFree = techniques.every((name) => name === CONNECT);
  return (
    isFree &&
    sourcePort === undefined &&
    device === undefined &&
    evasion === undefined &&
    pcapFile === undefined
  );
}

/** The words' options; where there is only a file to go on from, those of the words in it. */
function optionsOf(words: readonly string[]): ScanCommandOptions {
  const options = parseScanOptions(words);
  const { resumeFile, answer } = options;
  const hasTargets = options.targets.length + options.targetFiles.length > 0;
  if (answer !== undefined || resumeFile === undefined || hasTargets) return options;
  if (words.length > 2)
    throw usage("--resume FILE stands alone, or beside all the words that the scan was begun with");
  const saved = readResumeFile(resumeFile);
  if (saved === undefined)
    throw usage(`--resume ${resumeFile}: there is no such file; give the targets, and it is made`);
  const [, , ...before] = checkpointArguments(saved);
  return { ...parseScanOptions(before), resumeFile };
}

function readOlder(path: string): RecordedScan {
  try {
    return readScanJson(readText(path, path, "older scan"));
  } catch (error) {
    if (!(error instanceof PalisadeError) || error.code.startsWith("FILE_")) throw error;
    throw new PalisadeError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}

/** Targets that reports repeat. */
const TEXTS_MAX = 1_024;

/** Expressions for reports; undefined where they are in files, or too many to be repeated. */
function textsOf(words: readonly string[], files: readonly string[]): readonly string[] | undefined {
  return files.length === 0 && words.length <= TEXTS_MAX ? words : undefined;
}

/** Runs the scan to its end, and tells those who follow what it finds. */
async function followed(run: Scan, reports: Reports, watch: Watch): Promise<ScanResult> {
  if (!reports.areFollowed && !watch.isFollowing) return run.result;
  for await (const record of run) {
    if (record.type === "port") watch.found(record.port);
    await reports.record(record);
    if (record.type === "host" && !reports.areFollowed) break;
  }
  return run.result;
}

/** Who looks at a scan while it runs. */
class Watch {
  isPaused = false;
  readonly #progress: ScanProgress;
  readonly #keys: Keys;
  #tells: boolean;

  constructor({ verbose, progress, targetFiles }: ScanCommandOptions, line: ScanProgress) {
    this.#progress = line;
    this.#tells = verbose;
    this.#keys = new Keys(progress && !targetFiles.includes("-"), {
      pause: () => {
        this.isPaused = !this.isPaused;
        line.tell(this.isPaused ? "paused: p goes on" : "going on");
      },
      details: () => {
        this.#tells = !this.#tells;
        line.tell(
          this.#tells
            ? "open ports are told as they are found: v stops that"
            : "open ports are told at the end",
        );
      },
      status: () => line.tellStatus(),
    });
  }

  /** Whether what is found is to be told, or may be asked for. */
  get isFollowing(): boolean {
    return this.#tells || this.#keys.areRead;
  }

  found({
    address,
    protocol,
    port,
    state,
  }: {
    address: string;
    protocol: string;
    port: number;
    state: string;
  }): void {
    if (this.#tells) this.#progress.tell(`${state}: ${endText(address, port)}/${protocol}`);
  }

  close(): void {
    this.#keys.close();
    this.#progress.close();
  }
}

/** A scan that is stopped sooner than this is as quickly begun anew. */
const WORTH_RESUMING_MS = 10_000;

/** Keeps what a scan knows: in the file that was named, else, when it is stopped, in one of its own. */
class Resuming {
  readonly #options: ScanCommandOptions;
  readonly #startedMs = performance.now();
  #path: string | undefined;

  constructor(options: ScanCommandOptions) {
    this.#options = options;
  }

  async keep(pieces: () => Iterable<Uint8Array>, isLast: boolean): Promise<void> {
    const { resumeFile } = this.#options;
    const isWorth = performance.now() - this.#startedMs >= WORTH_RESUMING_MS;
    if (resumeFile === undefined && !(isLast && isWorth)) return;
    const path = resumeFile ?? `palisade-scan-${process.pid}.resume`;
    try {
      await writeResumeFile(path, pieces());
      this.#path = path;
    } catch (error) {
      if (!(error instanceof PalisadeError)) throw error;
      process.stderr.write(`palisade: ${printable(error.message)}\n`);
    }
  }

  end({ stopped }: ScanResult): void {
    const { resumeFile } = this.#options;
    if (!stopped && resumeFile !== undefined) removeResumeFile(resumeFile);
    if (stopped && this.#path !== undefined)
      process.stderr.write(`palisade: to go on: palisade scan --resume ${printable(this.#path)}\n`);
  }
}

/** What is asked: the ports of each technique. */
function asksOf(options: ScanCommandOptions): Ask[] {
  const names = options.techniques.length === 0 ? (["syn"] as const) : options.techniques;
  const techniques = names.map((name): Ask["technique"] => (name === CONNECT ? CONNECT : techniqueOf(name)));
  const protocols = [...new Set(techniques.map(protocolOf))];
  const asked = options.ports === undefined ? undefined : parsePorts(options.ports, protocols);
  const excluded =
    options.excludePorts === undefined ? undefined : parsePorts(options.excludePorts, protocols);
  const asks = techniques.map((technique) => {
    const protocol = protocolOf(technique);
    const ports = asked?.[protocol] ?? topPorts(topPortsOf(options, protocol), protocol);
    const without = new Set(excluded?.[protocol]);
    return { technique, ports: [...ports].filter((port) => !without.has(port)).sort((a, b) => a - b) };
  });
  const left = asks.filter(({ ports }) => ports.length > 0);
  if (left.length === 0) throw usage("no port is left to scan: --exclude-ports takes all of them");
  return left;
}

function protocolOf(technique: Ask["technique"]): PortProtocol {
  return technique === CONNECT ? "tcp" : technique.protocol;
}

function topPortsOf(
  { topPorts: count = TOP_PORTS_DEFAULT }: ScanCommandOptions,
  protocol: PortProtocol,
): number {
  return Math.min(count, protocol === "ip" ? IP_PROTOCOLS : PORTS);
}

const PORTS = 65_536;
const IP_PROTOCOLS = 256;
