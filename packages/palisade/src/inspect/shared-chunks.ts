/**
 * A ring of chunks in shared memory: one writer, and readers that each read all of it. A chunk is used again when every
 * reader is done with it.
 */

export const CHUNKS = 8;
export const CHUNK_BYTES = 1 << 20;

/** How long a writer waits for a reader before it looks whether somebody told it to stop. */
const LOOK_UP_MS = 1_000;

const WRITTEN = 0;
const LENGTHS = 1;
const DONE = LENGTHS + CHUNKS;
/** The length of the chunk that ends the stream. */
const CLOSED = -1;

/** What is handed to a worker. */
export interface Shared {
  readonly octets: SharedArrayBuffer;
  readonly control: SharedArrayBuffer;
}

export class SharedChunks {
  readonly shared: Shared;
  readonly #octets: Uint8Array;
  readonly #control: Int32Array;
  readonly #readers: number;

  private constructor(shared: Shared) {
    this.shared = shared;
    this.#octets = new Uint8Array(shared.octets);
    this.#control = new Int32Array(shared.control);
    this.#readers = this.#control.length - DONE;
  }

  static create(readers: number): SharedChunks {
    return new SharedChunks({
      octets: new SharedArrayBuffer(CHUNKS * CHUNK_BYTES),
      control: new SharedArrayBuffer((DONE + readers) * 4),
    });
  }

  static of(shared: Shared): SharedChunks {
    return new SharedChunks(shared);
  }

  /** Writes octets for all readers, in chunks; waits, without blocking this thread, while the ring is full. */
  async write(octets: Uint8Array, signal: AbortSignal): Promise<void> {
    for (let at = 0; at < octets.length && !signal.aborted; at += CHUNK_BYTES) {
      const part = octets.subarray(at, at + CHUNK_BYTES);
      const written = this.#control[WRITTEN]!;
      await this.#room(written, signal);
      const slot = (written >>> 0) % CHUNKS;
      this.#octets.set(part, slot * CHUNK_BYTES);
      this.#control[LENGTHS + slot] = part.length;
      Atomics.store(this.#control, WRITTEN, (written + 1) | 0);
      Atomics.notify(this.#control, WRITTEN);
    }
  }

  /** Tells the readers that nothing more comes. */
  async close(signal: AbortSignal): Promise<void> {
    const written = this.#control[WRITTEN]!;
    await this.#room(written, signal);
    this.#control[LENGTHS + ((written >>> 0) % CHUNKS)] = CLOSED;
    Atomics.store(this.#control, WRITTEN, (written + 1) | 0);
    Atomics.notify(this.#control, WRITTEN);
  }

  /** Waits until every reader is done with the chunk that comes `CHUNKS` before the next. */
  async #room(written: number, signal: AbortSignal): Promise<void> {
    for (let reader = 0; reader < this.#readers; reader += 1) {
      for (;;) {
        const done = Atomics.load(this.#control, DONE + reader);
        if (((written - done) | 0) < CHUNKS || signal.aborted) break;
        // The bound lets a reader that died be noticed.
        const waiting = Atomics.waitAsync(this.#control, DONE + reader, done, LOOK_UP_MS);
        if (waiting.async) await waiting.value;
      }
    }
  }

  /**
   * A reader's side, in a worker: blocks until the next chunk, calls `take` with a copy of it, and goes on until the end.
   * `idle` is called before it waits for a chunk that is not there yet. The copy is made because decoders and ciphers of the platform refuse shared memory.
   */
  read(reader: number, take: (octets: Uint8Array) => void, idle: () => void): void {
    const own = new Uint8Array(CHUNK_BYTES);
    for (let chunk = 0; ; chunk = (chunk + 1) | 0) {
      if (Atomics.load(this.#control, WRITTEN) === chunk) idle();
      while (Atomics.load(this.#control, WRITTEN) === chunk) Atomics.wait(this.#control, WRITTEN, chunk);
      const slot = (chunk >>> 0) % CHUNKS;
      const length = this.#control[LENGTHS + slot]!;
      if (length === CLOSED) return;
      own.set(this.#octets.subarray(slot * CHUNK_BYTES, slot * CHUNK_BYTES + length));
      Atomics.store(this.#control, DONE + reader, (chunk + 1) | 0);
      Atomics.notify(this.#control, DONE + reader);
      take(own.subarray(0, length));
    }
  }
}
