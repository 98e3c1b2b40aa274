/**
 * Worker threads as the main thread sees them: blocks of frames go out, blocks that have been read and lines come back.
 */
import { Worker } from "node:worker_threads";
import { BLOCK_BYTES, type BlockOutlet, BlockWriter, type FrameBlock } from "./frame-block.js";
import type { PartEnd, TickLines } from "./part.js";
import type { FromWorker, WorkerStart } from "./worker.js";

/** Blocks that a worker may have before it: with so many, reading waits. */
export const BLOCKS_MAX = 4;

export interface PoolOptions extends Pick<WorkerStart, "part" | "engine" | "workers"> {
  /** Lines of a worker, all of them up to the tick `passed` (Infinity at its end). */
  readonly lines: (worker: number, lines: readonly TickLines[], passed: number) => void;
}

export class WorkerPool {
  /** By worker: where what it is given is written. */
  readonly writers: readonly BlockWriter[];
  /** What the engines came to, when `end` has been called; fails where a worker dies. */
  readonly ends: Promise<readonly PartEnd[]>;
  readonly #workers: readonly Worker[];
  /** By worker: blocks that it has not given back. */
  readonly #held: number[];
  /** Read by workers, to be used again. */
  readonly #free: ArrayBuffer[] = [];
  #died = false;
  #wake: (() => void) | undefined;

  constructor({ part, engine, workers, lines }: PoolOptions) {
    this.#held = new Array<number>(workers).fill(0);
    this.#workers = Array.from({ length: workers }, (_, worker) => {
      const start: WorkerStart = { part, engine, worker, workers };
      return new Worker(new URL("./inspect-worker.js", import.meta.url), { workerData: start });
    });
    this.writers = this.#workers.map((worker, number) => new BlockWriter(this.#outlet(worker, number)));
    this.ends = Promise.all(
      this.#workers.map(
        (worker, number) =>
          new Promise<PartEnd>((resolve, reject) => {
            worker.on("message", (message: FromWorker) => {
              lines(
                number,
                message.lines,
                message.end === undefined ? message.passed : Number.POSITIVE_INFINITY,
              );
              if (message.buffer !== undefined) this.#giveBack(number, message.buffer);
              if (message.end !== undefined) resolve(message.end);
            });
            worker.on("error", reject);
            worker.on("exit", (code) =>
              reject(new Error(`inspect worker ${number} ended early with status ${code}`)),
            );
          }),
      ),
    );
    // Who waits for a block would wait for that worker forever.
    this.ends.catch(() => {
      this.#died = true;
      this.#wake?.();
    });
  }

  /** A worker has died: `ends` says why. */
  get died(): boolean {
    return this.#died;
  }

  /** Waits, without blocking this thread, until no worker has `BLOCKS_MAX` blocks before it, or one has died. */
  async room(): Promise<void> {
    while (!this.#died && this.#held.some((blocks) => blocks >= BLOCKS_MAX)) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Whether a worker has nothing to read. */
  isIdle(worker: number): boolean {
    return this.#held[worker] === 0;
  }

  /** Tells all workers that no more blocks come. */
  end(): void {
    for (const worker of this.#workers) worker.postMessage(undefined);
  }

  async terminate(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }

  #outlet(worker: Worker, number: number): BlockOutlet {
    return {
      take: (bytes) => (bytes === BLOCK_BYTES ? this.#free.pop() : undefined) ?? new ArrayBuffer(bytes),
      handOver: (block: FrameBlock) => {
        this.#held[number]! += 1;
        worker.postMessage(block, [block.buffer]);
      },
    };
  }

  #giveBack(worker: number, buffer: ArrayBuffer): void {
    this.#held[worker]! -= 1;
    if (buffer.byteLength === BLOCK_BYTES) this.#free.push(buffer);
    this.#wake?.();
  }
}
