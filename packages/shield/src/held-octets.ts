/** Octets of a message that waits for a verdict: copied, so that no piece of a network buffer stays for a few of its octets. */
import { BLOCK_BYTES_MAX, type BlockPool } from "@palisade/base";
import type { OutBuffer, Sink } from "./out-buffer.js";

export class HeldOctets {
  readonly #pool: BlockPool;
  #blocks: Buffer<ArrayBuffer>[] = [];
  #last: Buffer<ArrayBuffer> | undefined;
  /** Octets in the last block. */
  #at = 0;
  #bytes = 0;

  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  get bytes(): number {
    return this.#bytes;
  }

  append(octets: Uint8Array, start: number, end: number): void {
    this.#bytes += end - start;
    for (let from = start; from < end; ) {
      if (this.#last === undefined || this.#at === this.#last.length) this.#grow(end - from);
      const room = this.#last!;
      const to = Math.min(end, from + room.length - this.#at);
      room.set(octets.subarray(from, to), this.#at);
      this.#at += to - from;
      from = to;
    }
  }

  /** Gives a sink all of them, in order; none is held any more. @returns what its last `write` does; true where there is nothing */
  passTo(sink: Sink): boolean {
    let more = true;
    for (const octets of this.take()) {
      more = sink.write(octets);
      if (sink.isDrained) this.#pool.giveBack(octets);
    }
    return more;
  }

  /** Writes all of them, in order; none is held any more. */
  moveTo(out: OutBuffer): void {
    for (const octets of this.take()) {
      out.append(octets, 0, octets.length);
      this.#pool.giveBack(octets);
    }
  }

  /** All of them, in order; none is held any more. What they lie in goes back to the pool by whoever took them. */
  take(): readonly Buffer<ArrayBuffer>[] {
    const blocks = this.#blocks;
    if (this.#last !== undefined) blocks.push(this.#last.subarray(0, this.#at));
    this.#blocks = [];
    this.#last = undefined;
    this.#at = 0;
    this.#bytes = 0;
    return blocks;
  }

  drop(): void {
    if (this.#bytes === 0) return;
    for (const octets of this.take()) this.#pool.giveBack(octets);
  }

  /** The first block is of the size of what comes, as most messages come whole. */
  #grow(bytes: number): void {
    if (this.#last !== undefined) this.#blocks.push(this.#last);
    this.#last = this.#pool.take(
      this.#last === undefined ? Math.min(bytes, BLOCK_BYTES_MAX) : BLOCK_BYTES_MAX,
    );
    this.#at = 0;
  }
}
