/**
 * A worker thread: one engine, reading the shared stream to its end and posting its lines as it goes.
 */

import { parentPort, workerData } from "node:worker_threads";
import type { CaptureEnd } from "@palisade/wire";
import type { PartEnd, PartRequest, TickLines } from "./output.js";
import { EngineRun, type EngineSettings } from "./runner.js";
import { type Shared, SharedChunks } from "./shared-chunks.js";

export interface ToWorker {
  readonly chunks: Shared;
  readonly part: PartRequest;
  readonly engine: EngineSettings;
  readonly worker: number;
  readonly workers: number;
}

export interface FromWorker {
  readonly lines: readonly TickLines[];
  /** The last tick whose lines have all been posted. */
  readonly passed: number;
  readonly packets: number;
  /** Nothing that follows in the stream can be read. */
  readonly malformed: boolean;
  readonly end: { readonly part: PartEnd; readonly capture: CaptureEnd } | undefined;
}

/** Chunks between two posts, which also carry the progress. */
const CHUNKS_PER_POST = 4;

export function runWorker(): void {
  const start = workerData as ToWorker;
  const run = new EngineRun(start.part, start.engine, start.worker, start.workers);
  const post = (end: FromWorker["end"]): void => {
    const message: FromWorker = {
      lines: run.part.take(),
      passed: run.part.tick,
      packets: run.engine.totals.packets,
      malformed: run.reader.malformed !== undefined,
      end,
    };
    parentPort!.postMessage(message);
  };
  let chunks = 0;
  SharedChunks.of(start.chunks).read(start.worker, (octets) => {
    run.reader.push(octets);
    chunks += 1;
    if (chunks % CHUNKS_PER_POST === 0) post(undefined);
  });
  const part = run.finish();
  post({ part, capture: run.reader.end() });
}
