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
import { EXIT_DONE, exitStatusOf } from "../exit-status.js";
import { Output } from "../output.js";
import { StopSignals } from "../stop-signals.js";
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
  const stop = new StopSignals();
  // Standard output comes last: who reads it may go away, and that ends the process.
  const places = [...options.reports, { format: options.format, path: options.output }];
  const outputs: { readonly format: ScanFormat; readonly output: Output }[] = [];
  const progress = new ScanProgress(options.progress);
  try {
    // Files are opened first: what cannot be written is told before anything is sent.
    for (const { format, path } of places) outputs.push({ format, output: new Output(path) });
    const targets = await targetsFor(options, stop.signal);
    const result = await scan({
      targets,
      technique,
      // What connections cannot honour is not left out in silence.
      orConnect:
        options.technique === undefined &&
        options.sourcePort === undefined &&
        options.interface === undefined,
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
    progress.clear();
    stop.ignore();
    await closeAll(outputs.map(({ output }) => output));
  }
}

/** Closes each, whatever becomes of the others. @throws {PalisadeError} the first that could not be written */
async function closeAll(outputs: readonly Output[]): Promise<void> {
  const failures: unknown[] = [];
  for (const output of outputs) {
    try {
      await output.close();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
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
    files.flatMap((file) => {
      try {
        return parseTargetList(readList(file));
      } catch (error) {
        if (!(error instanceof PalisadeError) || error.code.startsWith("LIST_")) throw error;
        throw new PalisadeError(error.code, `${file}: ${error.message}`, { cause: error });
      }
    });
  const unresolved: PalisadeError[] = [];
  const targets = await TargetSet.build({
    targets: [...options.targets.map(parseTarget), ...fromFiles(options.targetFiles)],
    excludes: [...options.excludes.map(parseTarget), ...fromFiles(options.excludeFiles)],
    ...(options.scopeFile === undefined ? {} : { scope: fromFiles([options.scopeFile]) }),
    resolve: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
    resolveAll: options.resolveAll,
    signal,
    ...(options.ipv6 ? { nameVersion: 6 } : {}),
    unresolved: (_, error) => unresolved.push(error),
  });
  if (targets.size === 0) {
    if (unresolved.length === 0) throw usage("no address is left to scan: all of them are excluded");
    const more = unresolved.length > 1 ? ` (and ${unresolved.length - 1} more)` : "";
    throw usage(`no address is left to scan: ${unresolved[0]!.message}${more}`);
  }
  for (const error of unresolved) process.stderr.write(`palisade: ${printable(error.message)}\n`);
  return targets;
}

function readList(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM")
      throw new PalisadeError("LIST_NOT_PERMITTED", `${file}: the list cannot be read: this user may not`, {
        cause,
      });
    const why = code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : code;
    throw new PalisadeError("LIST_UNREADABLE", `${file}: the list cannot be read: ${why}`, { cause });
  }
}
