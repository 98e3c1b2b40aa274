/** Octets of a message that waits for a verdict: copied, so that no piece of a network buffer stays for a few of its octets. */

const BLOCK_BYTES_FIRST = 2_048;
const BLOCK_BYTES = 65_536;

export class HeldOctets {
  #blocks: Buffer[] = [];
  #last: Buffer | undefined;
  /** Octets in the last block. */
  #at = 0;
  #bytes = 0;

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

  /** All of them, in order; none is held any more. */
  take(): readonly Buffer[] {
    const blocks = this.#blocks;
    if (this.#last !== undefined) blocks.push(this.#last.subarray(0, this.#at));
    this.drop();
    return blocks;
  }

  drop(): void {
    if (this.#bytes === 0) return;
    this.#blocks = [];
    this.#last = undefined;
    this.#at = 0;
    this.#bytes = 0;
  }

  #grow(bytes: number): void {
    if (this.#last !== undefined) this.#blocks.push(this.#last);
    const least = this.#last === undefined ? BLOCK_BYTES_FIRST : BLOCK_BYTES;
    this.#last = Buffer.allocUnsafeSlow(Math.min(BLOCK_BYTES, Math.max(least, bytes)));
    this.#at = 0;
  }
}
