import type { FoundPort } from "./result.js";

/** Ports that were found and not taken: with more, the scan waits for whoever takes them. */
export const FOUND_QUEUED_MAX = 4_096;

/** Ports as they are found, from a scan that does not wait to a reader who may. */
export class FoundQueue {
  readonly #ports: FoundPort[] = [];
  /** Of `#ports`: those that were taken, and are cut off now and then. */
  #taken = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  get isFull(): boolean {
    return this.#ports.length - this.#taken >= FOUND_QUEUED_MAX;
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
      while (this.#taken < this.#ports.length) {
        const port = this.#ports[this.#taken]!;
        this.#taken += 1;
        if (this.#taken >= FOUND_QUEUED_MAX) this.#cut();
        yield port;
      }
      this.#cut();
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #cut(): void {
    this.#ports.splice(0, this.#taken);
    this.#taken = 0;
  }
}
