/**
 * Runs one capture stream through one engine in this thread, or through several in workers, between which this thread
 * divides the frames.
 */
import {
  builtInRegistry,
  compileFlowFilter,
  Engine,
  FrameDivider,
  Subscriptions,
  subscribe,
} from "@palisade/inspect";
import { type BpfProgram, compileFilter, type Device, FrameFilter } from "@palisade/link";
import { type CaptureEnd, CaptureReader, type PacketSink } from "@palisade/wire";
import { LineMerger, PartBuilder, type PartEnd, type PartRequest } from "./part.js";

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

/** An engine and its part of the output: what each thread runs. */
export class EngineRun {
  readonly engine: Engine;
  readonly part: PartBuilder;

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

/** Lets through only the frames that a filter accepts: all where there is none. */
function filtered(sink: PacketSink, filter: string | BpfProgram | undefined): PacketSink {
  if (filter === undefined) return sink;
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
  const reader = new CaptureReader(filtered(run.engine, options.part.bpf));
  const merger = new LineMerger(1, options.line);
  let failure: unknown;
  try {
    for await (const chunk of device.chunks({ signal: options.signal })) {
      reader.push(chunk);
      // Nothing that follows can be read.
      if (reader.malformed !== undefined) break;
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
  return { capture: reader.end(), parts: [end], failure, stopped };
}

/** Octets that are divided before it is looked whether workers keep up: what they make bounds the blocks of one push. */
const PUSH_BYTES = 256 * 1024;

/** Milliseconds after which a worker that has nothing to read is given what there is, though its block is not full. */
const HAND_OVER_MS = 10;

async function runInWorkers(device: Device, options: RunOptions): Promise<RunResult> {
  const { WorkerPool } = await import("./worker-pool.js");
  const { workers, part, engine } = options;
  const merger = new LineMerger(workers, options.line);
  // Lines come when the stream may have paused: who reads them does not wait for its next chunk.
  let draining = false;
  const pool = new WorkerPool({
    part,
    engine,
    workers,
    lines: (worker, lines, passed) => {
      merger.add(worker, lines, passed);
      if (draining) return;
      draining = true;
      void options.drained().finally(() => {
        draining = false;
      });
    },
  });
  const divider = new FrameDivider(pool.writers, engine.timeoutSeconds);
  const reader = new CaptureReader(filtered(divider, part.bpf));
  const handOver = (worker: number): void => {
    divider.catchUp(worker);
    pool.writers[worker]!.flush();
  };
  let timer: NodeJS.Timeout | undefined;
  const handOverLater = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      for (let worker = 0; worker < workers; worker += 1) {
        if (pool.isIdle(worker)) handOver(worker);
        else handOverLater();
      }
    }, HAND_OVER_MS);
  };
  let failure: unknown;
  try {
    for await (const chunk of device.chunks({ signal: options.signal })) {
      for (let at = 0; at < chunk.length && reader.malformed === undefined && !pool.died; at += PUSH_BYTES) {
        reader.push(chunk, at, Math.min(chunk.length, at + PUSH_BYTES));
        handOverLater();
        await pool.room();
      }
      await options.drained();
      if (pool.died || reader.malformed !== undefined) break;
      options.progress(divider.frames);
    }
  } catch (error) {
    failure = error;
  } finally {
    clearTimeout(timer);
  }
  const stopped = options.signal.aborted;
  try {
    if (!pool.died) {
      for (let worker = 0; worker < workers; worker += 1) handOver(worker);
      pool.end();
    }
    return { capture: reader.end(), parts: await pool.ends, failure, stopped };
  } finally {
    await pool.terminate();
  }
}
