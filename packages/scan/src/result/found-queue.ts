import type { FoundPort } from "./result.js";

/** Ports that were found and not taken: with more, the scan waits for whoever takes them. */
export const FOUND_QUEUED_MAX = 4_096;

/** Ports as they are found, from a scan that does not wait to a reader who may. */
export class FoundQueue {
  #ports: FoundPort[] = [];
  #isClosed = false;
  #wake: (() => void) | undefined;

  get isFull(): boolean {
    return this.#ports.length >= FOUND_QUEUED_MAX;
  }

  push(port: FoundPort): void {
    this.#ports.push(port);
    this.#wake?.();
  }

  /** Nothing more will be found. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<FoundPort> {
    for (;;) {
      const ports = this.#ports;
      this.#ports = [];
      yield* ports;
      if (this.#ports.length > 0) continue;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}
