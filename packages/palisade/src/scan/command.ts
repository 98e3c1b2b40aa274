/**
 * `palisade scan`: targets in, ports and their states out.
 */
import { setFlagsFromString } from "node:v8";
import { PalisadeError } from "@palisade/base";
import {
  type Ask,
  CONNECT,
  checkpointArguments,
  describeEvasion,
  parseShard,
  type RecordedScan,
  readScanJson,
  type Scan,
  type ScanOptions,
  type ScanResult,
  type ServiceDatabase,
  scan,
  serviceName,
  timingTemplates,
} from "@palisade/scan";
import { EXIT_DONE, exitStatusOf } from "../exit-status.js";
import { hasStandardOutputFailed, Output, outliveStandardOutput } from "../output.js";
import { StopSignals } from "../stop-signals.js";
import { printable } from "../terminal.js";
import { readText } from "../text-file.js";
import { usage } from "../words.js";
import { asksOf } from "./asks.js";
import { DryRun } from "./dry-run.js";
import { parseScanOptions, type ScanCommandOptions } from "./options.js";
import { PcapFile } from "./pcap-file.js";
import { Reports } from "./reports.js";
import { firewalledText, unnamedText } from "./result-table.js";
import { Resuming, readResumeFile } from "./resume-file.js";
import { reverseLookUpOf } from "./reverse-names.js";
import { ScanProgress } from "./scan-progress.js";
import { servicesOf } from "./services-option.js";
import { readTargetLists, type TargetLists, targetsFor } from "./targets.js";
import { Watch } from "./watch.js";

export async function scanCommand(words: readonly string[]): Promise<number> {
  const options = optionsOf(words);
  if (options.answer !== undefined) {
    process.stdout.write(options.answer);
    return EXIT_DONE;
  }
  // A scan makes little that lives long: room for young objects that grows to 48 MiB would be most of its memory.
  setFlagsFromString("--semi-space-growth-factor=1");
  const stop = new StopSignals();
  try {
    const asks = options.hostsOnly || options.listOnly ? [] : asksOf(options);
    if (options.dryRun) await showScan(options, asks, stop);
    else {
      const failure = await runScan(options, asks, stop);
      if (failure !== undefined) return exitStatusOf(failure);
    }
    return stop.status;
  } catch (error) {
    // Stopped while names were looked up: there is nothing to report.
    if (stop.signal.aborted && error === stop.signal.reason) return stop.status;
    throw error;
  } finally {
    stop.ignore();
  }
}

/** @returns what went wrong, which is told already, where there are results all the same */
async function runScan(
  options: ScanCommandOptions,
  asks: readonly Ask[],
  stop: StopSignals,
): Promise<PalisadeError | undefined> {
  const { lists, services, resume, older } = stop.whileBlocked(() => ({
    ...readScanInputs(options),
    resume: options.resumeFile === undefined ? undefined : readResumeFile(options.resumeFile),
    older: options.diffFile === undefined ? undefined : readOlder(options.diffFile),
  }));
  const progress = new ScanProgress(options.progress, options.statsEveryMs);
  const reports = new Reports((line) => progress.tell(printable(line)));
  const watch = new Watch(options, progress);
  let pcap: PcapFile | undefined;
  try {
    // Files are opened first: what cannot be written is told before anything is sent.
    stop.whileBlocked(() => {
      if (options.pcapFile !== undefined)
        pcap = new PcapFile(options.pcapFile, { warn: (line) => progress.tell(printable(line)) });
      reports.open([...options.reports, { format: options.format, path: options.output }]);
    });
    const resuming = new Resuming(options, (line) => progress.tell(line), resume);
    if (options.reports.length > 0 || pcap !== undefined || options.resumeFile !== undefined)
      outliveStandardOutput();
    // Told once it is done: what cannot be done is refused before.
    let disguises = describeEvasion(options.evasion);
    const tellDisguises = (): void => {
      if (disguises.length > 0)
        progress.tell(`probes are disguised, for tests of detection systems: ${disguises.join(", ")}`);
      disguises = [];
    };
    const run = scan({
      ...(await scanOptionsOf(options, asks, { lists, services }, stop.signal)),
      openLink: pcap?.openLink,
      wrapSweep: pcap?.wrapSweep,
      progress: (at) => {
        tellDisguises();
        progress.show(at);
      },
      isHeld: () => watch.isPaused,
      resume,
      checkpoint: (pieces, isLast) => resuming.keep(pieces, isLast),
    });
    const result = await followed(run, reports, watch);
    tellDisguises();
    watch.close();
    await reports.end(result, older);
    await reports.close();
    resuming.end(result, reports.failure === undefined && !hasStandardOutputFailed());
    // The table says so itself.
    if (result.losses.firewalled > 0 && options.format !== "table")
      progress.tell(firewalledText(result.losses.firewalled));
    if (result.unnamed !== undefined) progress.tell(printable(unnamedText(result.unnamed)));
    if (result.failure !== undefined) progress.tell(printable(result.failure.message));
    return result.failure ?? reports.failure;
  } finally {
    watch.close();
    pcap?.close();
    await reports.close();
  }
}

/** Prints what would be sent: to find hosts, then to the ports of all targets, as nobody answers who would be left out. */
async function showScan(options: ScanCommandOptions, asks: readonly Ask[], stop: StopSignals): Promise<void> {
  const inputs = stop.whileBlocked(() => readScanInputs(options));
  const output = stop.whileBlocked(() => new Output(options.output));
  try {
    const dry = new DryRun(output);
    const all = { ...(await scanOptionsOf(options, asks, inputs, stop.signal)), reverseLookUp: undefined };
    const seed = options.seed ?? Math.floor(Math.random() * 2 ** 32);
    let probes = 0;
    let because: string | undefined;
    let failure: PalisadeError | undefined;
    for (const part of [
      { ...all, asks: [] },
      { ...all, discovery: undefined },
    ]) {
      const isEmpty = part.asks.length === 0 && part.discovery === undefined;
      if (isEmpty || stop.signal.aborted) continue;
      const result = await scan(dry.scanOptions({ ...part, seed })).result;
      failure ??= result.failure;
      probes += result.probes;
      because ??= [...result.discoveries, ...result.scans].find((one) => one.because !== undefined)?.because;
    }
    const delayUs = all.delayUs ?? all.timing.scanDelayUs;
    dry.end(probes, { probesPerSecondMax: options.maxRate, delayUs }, because);
    if (failure !== undefined) throw failure;
  } finally {
    await output.close();
  }
}

/** What files say, before anything is looked up or sent. */
interface ScanInputs {
  readonly lists: TargetLists;
  /** Undefined where services are not asked for. */
  readonly services: ServiceDatabase | undefined;
}

function readScanInputs(options: ScanCommandOptions): ScanInputs {
  return {
    lists: readTargetLists(options),
    services: options.serviceIntensity === undefined ? undefined : servicesOf(options.serviceProbes),
  };
}

/** A list of more ports that are alike says less than their number; nmap draws the line there as well. */
const ALIKE_LISTED_MAX = 25;

async function scanOptionsOf(
  options: ScanCommandOptions,
  asks: readonly Ask[],
  { lists, services }: ScanInputs,
  signal: AbortSignal,
): Promise<ScanOptions> {
  return {
    targets: await targetsFor(lists, options, signal),
    asks,
    orConnect: mayConnect(options),
    discovery: options.discovery,
    evasion: options.evasion,
    skipsProviders: options.skipsProviders,
    canaries: options.canaries,
    services:
      services === undefined || options.serviceIntensity === undefined
        ? undefined
        : { database: services, intensity: options.serviceIntensity },
    timing: timingTemplates[options.timing]!,
    probesPerSecondMin: options.minRate,
    probesPerSecondMax: options.maxRate,
    delayUs: options.scanDelayMs === undefined ? undefined : options.scanDelayMs * 1_000,
    retriesMax: options.retriesMax,
    defeatsErrorLimits: options.defeatsErrorLimits,
    hostTimeoutMs: options.hostTimeoutMs,
    reverseLookUp: options.reverseNames ? reverseLookUpOf(options.nameServers) : undefined,
    sourcePort: options.sourcePort,
    interface: options.interface,
    seed: options.seed,
    shard: options.shard === undefined ? undefined : parseShard(options.shard),
    lists: (state) =>
      options.allStates || state === "open" || (state === "open|filtered" && !options.openOnly),
    alikeListedMax: options.allStates ? undefined : ALIKE_LISTED_MAX,
    serviceOf: (protocol, port) => serviceName(port, protocol),
    arguments: options.words,
    targetTexts: textsOf(options.targets, options.targetFiles),
    excludedTexts: textsOf(options.excludes, options.excludeFiles),
    signal,
  };
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
  const begun = optionsOfFile(resumeFile, before);
  return { ...begun, resumeFile };
}

/** The options of words that a resume file holds: what is wrong with them is wrong with the file. */
function optionsOfFile(file: string, words: readonly string[]): ScanCommandOptions {
  let why = "they name no target";
  try {
    const options = parseScanOptions(words);
    if (options.targets.length + options.targetFiles.length > 0) return options;
  } catch (error) {
    if (!(error instanceof PalisadeError)) throw error;
    why = error.message;
  }
  throw new PalisadeError(
    "SCAN_RESUME_DAMAGED",
    `${file}: the words in it begin no scan: ${why}; start the scan anew`,
  );
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
