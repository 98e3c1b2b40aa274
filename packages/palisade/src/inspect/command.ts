/**
 * `palisade inspect`: captures or an interface in, a table, records, a tree or an explanation out.
 */
import { PalisadeError } from "@palisade/base";
import { mergeAnomalies, type PathStatistics, statisticsTree } from "@palisade/inspect";
import { type Device, openCaptureFile, openInterface } from "@palisade/link";
import type { CaptureEnd } from "@palisade/wire";
import { EXIT_BAD_INPUT, EXIT_DONE, exitStatusOf } from "../exit-status.js";
import { Output } from "../output.js";
import { Progress } from "../progress.js";
import { printable } from "../terminal.js";
import { explainFlow } from "./explain.js";
import { type InspectCommandOptions, parseInspectOptions, worthwhileWorkers } from "./options.js";
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
  const output = new Output(options.output);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal);
  process.once("SIGTERM", onSignal);
  // An explanation is for people; one capture's tree is an array by itself.
  const isArray =
    options.format === "json" && options.explain === undefined && (!options.statistics || devices.length > 1);
  let status: number = EXIT_DONE;
  try {
    if (isArray) output.write("[\n");
    for (const device of devices) {
      if (stop.signal.aborted) break;
      const result = await inspectDevice(device, options, output, stop.signal, devices.length > 1);
      status = Math.max(status, report(device, result, stop.signal.aborted));
    }
    if (isArray) output.write("\n]\n");
  } finally {
    process.removeListener("SIGINT", onSignal);
    process.removeListener("SIGTERM", onSignal);
    await output.close();
  }
  return status;
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
  signal: AbortSignal,
  named: boolean,
): Promise<RunResult> {
  const asTable = options.format === "table" || options.statistics || options.explain !== undefined;
  const progress = new Progress(device, options.progress && !(output.isTerminal && !asTable));
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
    line: options.format === "json" ? jsonArrayElement(output) : (line) => output.write(`${line}\n`),
    progress: (packets) => progress.show(packets),
    drained: () => {
      // Who watches a stream wants to see each flow when it ends.
      if (device.sizeBytes === undefined) output.flush();
      return output.drained();
    },
  });
  progress.clear();
  if (options.statistics && options.format !== "table") {
    const line = statisticsJson(treeOf(result), named ? device.name : undefined);
    if (options.format === "json" && named) jsonArrayElement(output)(line);
    else output.write(`${line}\n`);
  } else if (asTable && result.capture.format !== undefined) {
    // Of what is no capture there is nothing to show; what it is instead is told on standard error.
    output.write(render(device, options, result, named, output.columns));
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
        `--explain ${options.explain}: no flow of ${device.name} begins with that packet, has a finding in it, or has that community id`,
      );
    }
    return title + explainFlow(summary.explained.record);
  }
  const anomalies = mergeAnomalies(parts.map((part) => part.anomalies));
  const totals = { ...parts[0]!.totals, flows: parts.reduce((sum, part) => sum + part.totals.flows, 0) };
  const view = { top: options.top, filtered: options.filter !== undefined, width };
  return title + renderSummary(summary, totals, anomalies, view);
}

/** Elements of one JSON array, commas between them. */
function jsonArrayElement(output: Output): (line: string) => void {
  return (line) => {
    output.write(output.elements === 0 ? line : `,\n${line}`);
    output.elements += 1;
  };
}

/** Says on standard error what was wrong with the capture, and returns the exit status it stands for. */
function report(device: Device, { capture, failure }: RunResult, stopped: boolean): number {
  let status: number = EXIT_DONE;
  const kernel = device.statistics();
  if (kernel !== undefined) {
    process.stderr.write(
      `palisade: ${printable(device.name)}: ${kernel.received} packets received, ${kernel.dropped} dropped by the kernel\n`,
    );
  }
  if (failure !== undefined) {
    if (!(failure instanceof PalisadeError)) throw failure;
    process.stderr.write(`palisade: ${printable(failure.message)}\n`);
    status = exitStatusOf(failure);
  } else if (device.statistics() === undefined) {
    // A capture that somebody stopped ends where it ends.
    const problem = stopped && capture.malformed === undefined ? undefined : problemOf(capture);
    if (problem !== undefined) {
      process.stderr.write(`palisade: ${printable(device.name)}: ${problem}\n`);
      status = EXIT_BAD_INPUT;
    }
  }
  return status;
}

function problemOf(capture: CaptureEnd): string | undefined {
  switch (capture.malformed?.name) {
    case undefined:
      break;
    case "capture.empty":
      return "the capture is empty; was it still being written?";
    case "capture.unknown-format":
      return "not a capture: neither pcap nor pcapng; give a file that tcpdump -w or Wireshark wrote";
    default:
      return `the capture is damaged at octet ${capture.octets} (${capture.malformed}); the ${capture.packets} packets before it were read`;
  }
  if (!capture.truncated) return undefined;
  return `the capture is cut in the middle of a packet (${capture.missingBytes} octets are missing); the ${capture.packets} whole packets before it were read`;
}
