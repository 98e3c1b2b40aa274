/**
 * A worker thread: one engine, reading the shared stream to its end and posting its lines as it goes.
 */

import { parentPort, workerData } from "node:worker_threads";
import type { CaptureEnd } from "@palisade/wire";
import type { PartEnd, PartRequest, TickLines } from "./part.js";
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

/** Chunks after which what is there is posted, though more chunks wait: a post also carries the progress. */
const CHUNKS_PER_POST = 16;

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
  let unposted = 0;
  SharedChunks.of(start.chunks).read(
    start.worker,
    (octets) => {
      run.reader.push(octets);
      unposted += 1;
      if (unposted < CHUNKS_PER_POST) return;
      unposted = 0;
      post(undefined);
    },
    () => {
      if (run.part.pendingLines === 0) return;
      unposted = 0;
      post(undefined);
    },
  );
  const part = run.finish();
  post({ part, capture: run.reader.end() });
}
