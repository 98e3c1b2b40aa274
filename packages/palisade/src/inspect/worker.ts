/**
 * A worker thread: one engine, given blocks of frames until the stream ends, which posts its lines as it goes.
 */

import { parentPort, workerData } from "node:worker_threads";
import { type FrameBlock, readBlock } from "./frame-block.js";
import type { PartEnd, PartRequest, TickLines } from "./part.js";
import { EngineRun, type EngineSettings } from "./runner.js";

export interface WorkerStart {
  readonly part: PartRequest;
  readonly engine: EngineSettings;
  readonly worker: number;
  readonly workers: number;
}

/** A block to read; none where the stream has ended. */
export type ToWorker = FrameBlock | undefined;

export interface FromWorker {
  readonly lines: readonly TickLines[];
  /** The last tick whose lines have all been posted. */
  readonly passed: number;
  /** Of the block that has been read, to be used again. */
  readonly buffer: ArrayBuffer | undefined;
  /** What the engine came to, after the last block. */
  readonly end: PartEnd | undefined;
}

export function runWorker(): void {
  const { part, engine, worker, workers } = workerData as WorkerStart;
  const run = new EngineRun(part, engine, worker, workers);
  const post = (buffer: ArrayBuffer | undefined, end: PartEnd | undefined): void => {
    const message: FromWorker = { lines: run.part.take(), passed: run.part.tick, buffer, end };
    parentPort!.postMessage(message, buffer === undefined ? [] : [buffer]);
  };
  parentPort!.on("message", (block: ToWorker) => {
    if (block === undefined) {
      post(undefined, run.finish());
      parentPort!.close();
      return;
    }
    readBlock(block, run.engine);
    post(block.buffer, undefined);
  });
}
