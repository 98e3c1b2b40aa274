/**
 * `palisade inspect`: captures or an interface in, a table, records, a tree or an explanation out.
 */
import { type BigIntStats, fstatSync, statSync } from "node:fs";
import { PalisadeError } from "@palisade/base";
import { mergeAnomalies, type PathStatistics, statisticsTree } from "@palisade/inspect";
import { type Device, openCaptureFile, openInterface } from "@palisade/link";
import { deviceName } from "../device-name.js";
import { EXIT_DONE } from "../exit-status.js";
import { isStandardOutput, Output } from "../output.js";
import { Progress } from "../progress.js";
import { StopSignals } from "../stop-signals.js";
import { printable } from "../terminal.js";
import { explainFlow } from "./explain.js";
import { type InspectCommandOptions, parseInspectOptions, worthwhileWorkers } from "./options.js";
import { report, tellAnomalies, whereStopped } from "./report.js";
import { JsonArray, Lines } from "./results.js";
import { type RunResult, runCapture } from "./runner.js";
import { statisticsJson } from "./statistics-json.js";
import { renderStatistics } from "./statistics-table.js";
import { mergeSummaries } from "./summary.js";
import { renderSummary } from "./summary-table.js";

export async function inspectCommand(words: readonly string[]): Promise<number> {
  const options = parseInspectOptions(words);
  if (options.answer !== undefined) {
    process.stdout.write(options.answer);
    return EXIT_DONE;
  }
  const devices = options.example ? [await openExample()] : openDevices(options);
  refuseOverwriting(options);
  const output = new Output(options.output);
  const stop = new StopSignals();
  // An explanation is for people; one capture's tree is an array by itself.
  const isArray =
    options.format === "json" && options.explain === undefined && (!options.statistics || devices.length > 1);
  const results = isArray ? new JsonArray(output) : new Lines(output);
  let status: number = EXIT_DONE;
  try {
    for (const [index, device] of devices.entries()) {
      const result = await inspectDevice(device, options, output, results, stop.signal, devices.length > 1);
      if (options.format !== "table") tellAnomalies(device, result);
      status = Math.max(status, report(device, result));
      if (!stop.signal.aborted) continue;
      const unread = devices.length - 1 - index;
      // To stop is the ordinary end of a live capture.
      if (device.statistics() === undefined && (result.stopped || unread > 0)) {
        process.stderr.write(`palisade: stopped ${whereStopped(device, result, unread)}\n`);
        status = stop.status;
      }
      break;
    }
    results.end();
  } finally {
    stop.ignore();
    await output.close();
  }
  return status;
}

/** Numbers of inodes may be longer than a double holds. */
const EXACT = { bigint: true } as const;

/** @throws {PalisadeError} `USAGE` where results would go into a capture: it would be gone before it is read */
function refuseOverwriting({ files, output }: InspectCommandOptions): void {
  const toStandardOutput = isStandardOutput(output);
  const target = fileOf(() => (toStandardOutput ? fstatSync(1, EXACT) : statSync(output!, EXACT)));
  if (target === undefined) return;
  for (const file of files) {
    const source = fileOf(() => (file === "-" ? fstatSync(0, EXACT) : statSync(file, EXACT)));
    if (source === undefined || source.dev !== target.dev || source.ino !== target.ino) continue;
    const what = toStandardOutput ? "standard output" : `--output ${output}`;
    throw new PalisadeError("USAGE", `${what} is one of the captures: name another file`);
  }
}

/** What is there, where it is a regular file. */
function fileOf(look: () => BigIntStats): BigIntStats | undefined {
  try {
    const stats = look();
    return stats.isFile() ? stats : undefined;
  } catch {
    // Whoever opens it says what is wrong with it.
    return undefined;
  }
}

/** Loaded when asked for: nobody else pays for its builders. */
async function openExample(): Promise<Device> {
  const example = await import("../example/example-device.js");
  return example.openExample();
}

/** All are opened before the first is read, so that a wrong name is told at once. */
function openDevices(options: InspectCommandOptions): Device[] {
  if (options.interface === undefined) return options.files.map((file) => openCaptureFile(file));
  return [
    openInterface(options.interface, {
      filter: options.bpf,
      promiscuous: options.promiscuous,
      snaplenBytes: options.snaplenBytes,
      packetsMax: options.packetsMax,
      durationMs: options.durationMs,
      ringBytes: options.ringBytes,
    }),
  ];
}

async function inspectDevice(
  device: Device,
  options: InspectCommandOptions,
  output: Output,
  results: Lines | JsonArray,
  signal: AbortSignal,
  named: boolean,
): Promise<RunResult> {
  const asTable = options.format === "table" || options.statistics || options.explain !== undefined;
  const progress = new Progress(device, options.progress && !(output.isTerminal && !asTable));
  // Who follows the file of a live capture sees at once that it is a new one.
  if (options.interface !== undefined) results.begin();
  const result = await runCapture(device, {
    workers: options.workers ?? worthwhileWorkers(device.sizeBytes),
    part: {
      lines: !asTable,
      summary: asTable && !options.statistics,
      top: options.top,
      explain: options.explain,
      filter: options.filter,
      capture: named ? device.name : undefined,
      // A live interface filters in the kernel.
      bpf: options.interface === undefined ? options.bpf : undefined,
    },
    engine: options.engine,
    signal,
    line: (line) => results.add(line),
    progress: (packets) => progress.show(packets),
    drained: () => {
      // Who watches a stream wants to see each flow when it ends.
      if (device.sizeBytes === undefined) output.flush();
      return output.drained();
    },
  });
  progress.clear();
  // Of what is no capture there is nothing to show; what it is instead is told on standard error.
  if (result.capture.format === undefined) return result;
  if (options.statistics && options.format !== "table") {
    results.add(statisticsJson(treeOf(result), named ? device.name : undefined));
  } else if (asTable) {
    output.write(render(device, options, result, named, output.columns));
  } else {
    results.begin();
  }
  return result;
}

function treeOf({ parts }: RunResult): PathStatistics[] {
  return statisticsTree(parts.flatMap(({ paths }) => paths));
}

function render(
  device: Device,
  options: InspectCommandOptions,
  result: RunResult,
  named: boolean,
  width: number | undefined,
): string {
  const { parts } = result;
  const title = named ? `${printable(device.name)}\n` : "";
  if (options.statistics) return title + renderStatistics(treeOf(result), width);
  const summary = mergeSummaries(
    parts.map((part) => part.summary!),
    options.top,
  );
  if (options.explain !== undefined) {
    if (summary.explained === undefined) {
      throw new PalisadeError(
        "USAGE",
        `--explain ${options.explain}: no flow of ${deviceName(device)} begins with that packet, has a finding in it, or has that community id`,
      );
    }
    return title + explainFlow(summary.explained.record);
  }
  const anomalies = mergeAnomalies(parts.map((part) => part.anomalies));
  const totals = { ...parts[0]!.totals, flows: parts.reduce((sum, part) => sum + part.totals.flows, 0) };
  const view = { top: options.top, filtered: options.filter !== undefined, width };
  return title + renderSummary(summary, totals, anomalies, view);
}
