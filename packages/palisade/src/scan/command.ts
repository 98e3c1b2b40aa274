/**
 * `palisade scan`: targets in, ports and their states out.
 */
import { lookup } from "node:dns/promises";
import { readFileSync } from "node:fs";
import { PalisadeError } from "@palisade/base";
import {
  CONNECT,
  hostJson,
  parsePorts,
  parseShard,
  parseTarget,
  parseTargetList,
  type ScanResult,
  scan,
  scanCsv,
  scanGrepable,
  scanJson,
  scanXml,
  serviceName,
  type TargetExpression,
  TargetSet,
  type Technique,
  TOP_PORTS_DEFAULT,
  techniqueOf,
  timingTemplates,
  topPorts,
} from "@palisade/scan";
import { EXIT_DONE, EXIT_INTERRUPTED, EXIT_TERMINATED } from "../exit-status.js";
import { Output } from "../output.js";
import { printable } from "../terminal.js";
import { version } from "../version.js";
import { usage } from "../words.js";
import { parseScanOptions, type ScanCommandOptions, type ScanFormat } from "./options.js";
import { renderScan } from "./result-table.js";
import { ScanProgress } from "./scan-progress.js";

export async function scanCommand(words: readonly string[]): Promise<number> {
  const options = parseScanOptions(words);
  if (options.answer !== undefined) {
    process.stdout.write(options.answer);
    return EXIT_DONE;
  }
  const technique = techniqueFor(options);
  const ports = portsFor(options, technique);
  const shard = options.shard === undefined ? undefined : parseShard(options.shard);
  const stop = new AbortController();
  let stopStatus: number = EXIT_DONE;
  const onSignal = (signal: NodeJS.Signals): void => {
    // A second signal finds nobody here, and ends the process at once.
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    stopStatus = signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_TERMINATED;
    stop.abort();
  };
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  // Files are opened first: what cannot be written is told before anything is sent.
  const outputs = [
    { format: options.format, output: new Output(options.output) },
    ...options.reports.map(({ format, path }) => ({ format, output: new Output(path) })),
  ];
  const progress = new ScanProgress(options.progress);
  try {
    const targets = await targetsFor(options, stop.signal);
    const result = await scan({
      targets,
      technique,
      orConnect: options.technique === undefined,
      ports,
      timing: timingTemplates[options.timing]!,
      probesPerSecondMin: options.minRate,
      probesPerSecondMax: options.maxRate,
      delayUs: options.scanDelayMs === undefined ? undefined : options.scanDelayMs * 1_000,
      retriesMax: options.retriesMax,
      sourcePort: options.sourcePort,
      interface: options.interface,
      seed: options.seed,
      shard,
      lists: (state) =>
        options.allStates || state === "open" || (state === "open|filtered" && !options.openOnly),
      serviceOf: (protocol, port) => serviceName(port, protocol),
      arguments: options.words,
      signal: stop.signal,
      progress: (at) => progress.show(at),
    });
    progress.clear();
    for (const { format, output } of outputs) output.write(reportOf(result, format, output));
    return stop.signal.aborted ? stopStatus : EXIT_DONE;
  } finally {
    progress.clear();
    process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
    for (const { output } of outputs) await output.close();
  }
}

function reportOf(result: ScanResult, format: ScanFormat, output: Output): string {
  switch (format) {
    case "json":
      return `${scanJson(result)}\n`;
    case "jsonl":
      return result.hosts.map((host) => `${hostJson(host)}\n`).join("");
    case "xml":
      return scanXml(result, version);
    case "grepable":
      return scanGrepable(result, version);
    case "csv":
      return scanCsv(result);
    case "table":
      return renderScan(result, output.columns);
  }
}

function techniqueFor({ technique }: ScanCommandOptions): Technique | typeof CONNECT {
  return technique === CONNECT ? CONNECT : techniqueOf(technique ?? "syn");
}

function portsFor(options: ScanCommandOptions, technique: Technique | typeof CONNECT): readonly number[] {
  const protocol = technique === CONNECT ? "tcp" : technique.protocol;
  const { topPorts: count = TOP_PORTS_DEFAULT } = options;
  const portsMax = protocol === "ip" ? IP_PROTOCOLS : PORTS;
  const asked =
    options.ports === undefined
      ? topPorts(Math.min(count, portsMax), protocol)
      : parsePorts(options.ports, [protocol])[protocol];
  const excluded = new Set(
    options.excludePorts === undefined ? [] : parsePorts(options.excludePorts, [protocol])[protocol],
  );
  const ports = [...asked].filter((port) => !excluded.has(port)).sort((a, b) => a - b);
  if (ports.length === 0) throw usage("no port is left to scan: --exclude-ports takes all of them");
  return ports;
}

const PORTS = 65_536;
const IP_PROTOCOLS = 256;

async function targetsFor(options: ScanCommandOptions, signal: AbortSignal): Promise<TargetSet> {
  const fromFiles = (files: readonly string[]): TargetExpression[] =>
    files.flatMap((file) => parseTargetList(readList(file)));
  const targets = await TargetSet.build({
    targets: [...options.targets.map(parseTarget), ...fromFiles(options.targetFiles)],
    excludes: [...options.excludes.map(parseTarget), ...fromFiles(options.excludeFiles)],
    ...(options.scopeFile === undefined ? {} : { scope: fromFiles([options.scopeFile]) }),
    resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
    resolveAll: options.resolveAll,
    signal,
    unresolved: (_, error) => process.stderr.write(`palisade: ${printable(error.message)}\n`),
  });
  if (targets.size === 0)
    throw usage("no address is left to scan: all of them are excluded, or have no address");
  return targets;
}

function readList(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : code;
    throw new PalisadeError("USAGE", `${file}: the list cannot be read: ${why}`, { cause });
  }
}
