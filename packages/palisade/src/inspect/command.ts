/**
 * `palisade inspect`: captures or an interface in, a table, records, a tree or an explanation out.
 */
import { type BigIntStats, fstatSync, statSync } from "node:fs";
import { PalisadeError } from "@palisade/base";
import { type Anomaly, mergeAnomalies, type PathStatistics, statisticsTree } from "@palisade/inspect";
import { type Device, openCaptureFile, openInterface } from "@palisade/link";
import type { CaptureEnd } from "@palisade/wire";
import { deviceName } from "../device-name.js";
import {
  EXIT_BAD_INPUT,
  EXIT_DONE,
  EXIT_INTERRUPTED,
  EXIT_TERMINATED,
  exitStatusOf,
} from "../exit-status.js";
import { isStandardOutput, Output } from "../output.js";
import { Progress } from "../progress.js";
import { formatBytes, printable } from "../terminal.js";
import { explainFlow } from "./explain.js";
import {
  attributeNames,
  type InspectCommandOptions,
  inspectHelp,
  parseInspectOptions,
  worthwhileWorkers,
} from "./options.js";
import { type RunResult, runCapture } from "./runner.js";
import { renderStatistics } from "./statistics-table.js";
import { mergeSummaries } from "./summary.js";
import { renderSummary } from "./summary-table.js";

export async function inspectCommand(words: readonly string[]): Promise<number> {
  const options = parseInspectOptions(words);
  if (options.help) {
    process.stdout.write(inspectHelp);
    return EXIT_DONE;
  }
  if (options.listAttributes) {
    process.stdout.write(`${attributeNames().join("\n")}\n`);
    return EXIT_DONE;
  }
  const devices = options.example ? [await openExample()] : openDevices(options);
  refuseOverwriting(options);
  const output = new Output(options.output);
  const stop = new AbortController();
  let stopStatus: number = EXIT_DONE;
  const onSignal = (signal: NodeJS.Signals): void => {
    // A second signal finds nobody here, and ends the process at once.
    ignoreSignals();
    stopStatus = signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_TERMINATED;
    stop.abort();
  };
  const ignoreSignals = (): void => void process.off("SIGINT", onSignal).off("SIGTERM", onSignal);
  process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
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
        status = stopStatus;
      }
      break;
    }
    results.end();
  } finally {
    ignoreSignals();
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

/** Results as they come, a line each. */
class Lines {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** There may be none. */
  begin(): void {
    this.#output.begin();
  }

  add(line: string): void {
    this.#output.write(`${line}\n`);
  }

  end(): void {}
}

/** Results as elements of one JSON array, commas between them; no array where nothing was a capture. */
class JsonArray {
  readonly #output: Output;
  #begun = false;
  #elements = 0;

  constructor(output: Output) {
    this.#output = output;
  }

  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#output.write("[\n");
  }

  add(line: string): void {
    this.begin();
    this.#output.write(this.#elements === 0 ? line : `,\n${line}`);
    this.#elements += 1;
  }

  end(): void {
    if (this.#begun) this.#output.write("\n]\n");
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
      top: options.explain === undefined ? options.top : 1,
      filter: options.explain === undefined ? options.filter : explainFilter(options.explain),
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
    const tree = treeOf(result);
    results.add(JSON.stringify(named ? { capture: device.name, statistics: tree } : tree));
  } else if (asTable) {
    output.write(render(device, options, result, named));
  } else {
    results.begin();
  }
  return result;
}

function treeOf({ parts }: RunResult): PathStatistics[] {
  return statisticsTree(parts.flatMap(({ paths }) => paths));
}

function render(device: Device, options: InspectCommandOptions, result: RunResult, named: boolean): string {
  const { parts } = result;
  const title = named ? `${printable(device.name)}\n` : "";
  if (options.statistics) return title + renderStatistics(treeOf(result));
  const summary = mergeSummaries(
    parts.map((part) => part.summary!),
    options.top,
  );
  if (options.explain !== undefined) {
    const flow = summary.top[0];
    if (flow === undefined) {
      throw new PalisadeError(
        "USAGE",
        `--explain ${options.explain}: no flow of ${deviceName(device)} begins with that packet or has that community id`,
      );
    }
    return title + explainFlow(flow);
  }
  const anomalies = mergeAnomalies(parts.map((part) => part.anomalies));
  return title + renderSummary(summary, parts[0]!.totals, anomalies, options.top);
}

function explainFilter(flow: string): string {
  return /^\d+$/.test(flow) ? `first_packet == ${flow}` : `community_id == "${flow.replace(/["\\]/g, "")}"`;
}

/** What belongs to no flow, which records cannot tell: on standard error. */
function tellAnomalies(device: Device, { parts }: RunResult): void {
  for (const anomaly of mergeAnomalies(parts.map((part) => part.anomalies)))
    tell(device, anomalyLine(anomaly));
}

function anomalyLine({ kind, packet, count }: Anomaly): string {
  const { name, severity, title } = kind;
  const times = count === 1 ? "once" : `${count} times`;
  return `${times}: ${name} (${severity}), ${count === 1 ? "" : "first "}in frame ${packet}: ${title}`;
}

function tell(device: Device, text: string): void {
  process.stderr.write(`palisade: ${deviceName(device)}: ${text}\n`);
}

/** Says on standard error what was wrong with the capture, and returns the exit status it stands for. */
function report(device: Device, { capture, failure, stopped }: RunResult): number {
  const kernel = device.statistics();
  // The kernel's own count of packets takes in some that are in no flow, as `DeviceStatistics` says.
  if (kernel !== undefined)
    tell(device, `${counted(capture.packets, "packet")} read, ${kernel.dropped} dropped by the kernel`);
  if (failure !== undefined) {
    if (!(failure instanceof PalisadeError)) throw failure;
    process.stderr.write(`palisade: ${printable(failure.message)}
`);
    return exitStatusOf(failure);
  }
  if (kernel !== undefined) return EXIT_DONE;
  // A capture that somebody stopped ends where it ends.
  const whole = stopped && (capture.format === undefined || capture.malformed === undefined);
  const problem = whole ? undefined : problemOf(device, capture);
  if (problem === undefined) return EXIT_DONE;
  tell(device, problem);
  return EXIT_BAD_INPUT;
}

/** As in "stopped at 13 % of big.pcap; …". */
function whereStopped(device: Device, { stopped }: RunResult, unread: number): string {
  const { sizeBytes, positionBytes } = device;
  // Who was stopped was not done, though all of a compressed file may have been taken in.
  const share = sizeBytes ? Math.min(99, Math.floor((100 * positionBytes) / sizeBytes)) : undefined;
  const progress = share === undefined ? `after ${formatBytes(positionBytes)} of` : `at ${share} % of`;
  const rest = unread === 0 ? "" : `, before ${counted(unread, "other capture")}`;
  return `${stopped ? progress : "after"} ${deviceName(device)}${rest}; the figures are of what was read`;
}

function problemOf({ sizeBytes }: Device, capture: CaptureEnd): string | undefined {
  const { malformed, truncated, wholeOctets, missingBytes, format, packets } = capture;
  if (malformed?.name === "capture.empty")
    return `the capture is empty${sizeBytes === undefined ? "" : "; was it still being written?"}`;
  if (malformed?.name === "capture.unknown-format")
    return "not a capture: neither pcap nor pcapng; give a file that tcpdump -w or Wireshark wrote";
  const before =
    packets === 0
      ? "no packet came before it"
      : packets === 1
        ? "the whole packet before it was read"
        : `the ${packets} whole packets before it were read`;
  if (malformed !== undefined)
    return `the capture is damaged at octet ${wholeOctets} (${malformed.name}); ${before}`;
  if (!truncated) return undefined;
  const where =
    wholeOctets === 0 ? "its header" : `the middle of a ${format === "pcapng" ? "block" : "packet"}`;
  const missing = missingBytes === 1 ? "1 octet is" : `${missingBytes} octets are`;
  return `the capture is cut in ${where} (${missing} missing); ${before}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
