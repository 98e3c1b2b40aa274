/**
 * Runs one capture stream through one engine in this thread, or through several in workers that all read the same
 * stream from shared memory and keep their own shards.
 */
import { builtInRegistry, compileFlowFilter, Engine, Subscriptions, subscribe } from "@palisade/inspect";
import { type BpfProgram, compileFilter, type Device, FrameFilter } from "@palisade/link";
import { type CaptureEnd, CaptureReader, type PacketSink } from "@palisade/wire";
import { LineMerger, PartBuilder, type PartEnd, type PartRequest } from "./part.js";
import { SharedChunks } from "./shared-chunks.js";
import type { FromWorker, ToWorker } from "./worker.js";

export interface RunOptions {
  readonly workers: number;
  readonly part: PartRequest;
  readonly engine: EngineSettings;
  readonly signal: AbortSignal;
  /** Called with each line of output, in order. */
  readonly line: (line: string) => void;
  /** Called now and then, for a progress display. */
  readonly progress: (packets: number) => void;
  /** Waits until what was written can take more. */
  readonly drained: () => Promise<void>;
}

/** What the command line sets of the engine; plain data, for workers. */
export interface EngineSettings {
  readonly flowsMax: number;
  readonly explain: boolean;
  readonly vlans: boolean;
  readonly communityIdSeed: number;
  readonly communityIds: boolean;
  readonly timeoutSeconds: {
    readonly default: number;
    readonly short: number;
    readonly long: number;
    readonly live: number;
  };
  /** Attributes for the records; all where undefined. */
  readonly attributes: readonly string[] | undefined;
}

export interface RunResult {
  readonly capture: CaptureEnd;
  readonly parts: readonly PartEnd[];
  /** What the device failed with, after everything before had been delivered. */
  readonly failure: unknown;
  /** The signal came before the end of the stream. */
  readonly stopped: boolean;
}

/** An engine with its reader and its part of the output: what each thread runs. */
export class EngineRun {
  readonly engine: Engine;
  readonly part: PartBuilder;
  readonly reader: CaptureReader;

  constructor(request: PartRequest, settings: EngineSettings, worker: number, workers: number) {
    const registry = builtInRegistry();
    const subscriptions = new Subscriptions();
    subscribe(subscriptions, registry, settings.attributes);
    this.part = new PartBuilder(
      request,
      request.filter === undefined ? undefined : compileFlowFilter(request.filter),
    );
    const { attributes: _, ...options } = settings;
    this.engine = new Engine(registry, this.part.handlers, { ...options, worker, workers }, subscriptions);
    this.reader = new CaptureReader(
      request.bpf === undefined ? this.engine : filtered(this.engine, request.bpf),
    );
  }

  finish(): PartEnd {
    this.engine.finish();
    return {
      totals: this.engine.totals,
      paths: this.engine.pathCounters(),
      anomalies: this.engine.anomalies,
      summary: this.part.summary(),
    };
  }
}

/** Lets through only the frames that a filter accepts. */
function filtered(sink: PacketSink, filter: string | BpfProgram): PacketSink {
  const frames = typeof filter === "string" ? new FrameFilter(filter) : undefined;
  const test = typeof filter === "string" ? undefined : compileFilter(filter);
  return {
    packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex) {
      const accepted =
        frames === undefined
          ? test!(octets, offset, capturedBytes, wireBytes)
          : frames.accepts(octets, offset, capturedBytes, wireBytes, linkType);
      if (accepted) sink.packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex);
    },
  };
}

/** @throws nothing for what is wrong with the stream: `capture` and `failure` say it */
export async function runCapture(device: Device, options: RunOptions): Promise<RunResult> {
  return options.workers > 1 ? runInWorkers(device, options) : runHere(device, options);
}

async function runHere(device: Device, options: RunOptions): Promise<RunResult> {
  const run = new EngineRun(options.part, options.engine, 0, 1);
  const merger = new LineMerger(1, options.line);
  let failure: unknown;
  try {
    for await (const chunk of device.chunks({ signal: options.signal })) {
      run.reader.push(chunk);
      // Nothing that follows can be read.
      if (run.reader.malformed !== undefined) break;
      if (run.part.pendingLines > 0) {
        merger.add(0, run.part.take(), run.part.tick);
        await options.drained();
      }
      options.progress(run.engine.totals.packets);
    }
  } catch (error) {
    failure = error;
  }
  const stopped = options.signal.aborted;
  const end = run.finish();
  merger.add(0, run.part.take(), Number.POSITIVE_INFINITY);
  return { capture: run.reader.end(), parts: [end], failure, stopped };
}

async function runInWorkers(device: Device, options: RunOptions): Promise<RunResult> {
  const { Worker } = await import("node:worker_threads");
  const chunks = SharedChunks.create(options.workers);
  const merger = new LineMerger(options.workers, options.line);
  const ends: Promise<{ part: PartEnd; capture: CaptureEnd }>[] = [];
  const workers: InstanceType<typeof Worker>[] = [];
  let failure: unknown;
  let unreadable = false;
  for (let number = 0; number < options.workers; number += 1) {
    const start: ToWorker = {
      chunks: chunks.shared,
      part: options.part,
      engine: options.engine,
      worker: number,
      workers: options.workers,
    };
    const worker = new Worker(new URL("./inspect-worker.js", import.meta.url), { workerData: start });
    workers.push(worker);
    ends.push(
      new Promise((resolve, reject) => {
        worker.on("message", (message: FromWorker) => {
          merger.add(
            number,
            message.lines,
            message.end === undefined ? message.passed : Number.POSITIVE_INFINITY,
          );
          if (number === 0) options.progress(message.packets);
          if (message.malformed) unreadable = true;
          if (message.end !== undefined) resolve(message.end);
        });
        worker.on("error", reject);
        worker.on("exit", (code) =>
          reject(new Error(`inspect worker ${number} ended early with status ${code}`)),
        );
      }),
    );
  }
  const all = Promise.all(ends);
  // A worker that dies must stop the reading, which would wait for it forever.
  const died = new AbortController();
  all.catch(() => died.abort());
  try {
    for await (const chunk of device.chunks({ signal: options.signal })) {
      await chunks.write(chunk, died.signal);
      await options.drained();
      if (died.signal.aborted || unreadable) break;
    }
  } catch (error) {
    failure = error;
  }
  const stopped = options.signal.aborted;
  if (!died.signal.aborted) await chunks.close(died.signal);
  try {
    const results = await all;
    return { capture: results[0]!.capture, parts: results.map(({ part }) => part), failure, stopped };
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
