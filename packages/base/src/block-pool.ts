/** Memory for octets that wait, used again: what is made anew for each message, and is outside of V8's heap, brings its collector on. */
import { assert } from "./assert.js";

const BLOCK_BYTES_MIN = 2_048;
/** Octets of the largest block. */
export const BLOCK_BYTES_MAX = 65_536;
/** Blocks of each size that are kept for later. */
export const BLOCKS_KEPT_MAX = 32;

/** Blocks of 2 to 64 KiB, powers of two. What they hold is what somebody left in them: read only what was written. */
export class BlockPool {
  /** By the size's logarithm. */
  readonly #kept: ArrayBuffer[][] = [];

  /** @param bytes octets that are needed, up to `BLOCK_BYTES_MAX` @returns a block of as many or more */
  take(bytes: number): Buffer<ArrayBuffer> {
    assert(bytes <= BLOCK_BYTES_MAX, "a block is no larger than the largest");
    const size = Math.max(BLOCK_BYTES_MIN, 2 ** Math.ceil(Math.log2(Math.max(1, bytes))));
    return Buffer.from(this.#of(size).pop() ?? new ArrayBuffer(size));
  }

  /** Nobody needs it any more. @param octets a block of this pool, or a part of one, given back once */
  giveBack({ buffer }: Buffer<ArrayBuffer>): void {
    const size = buffer.byteLength;
    assert(size >= BLOCK_BYTES_MIN && size <= BLOCK_BYTES_MAX, "what is given back is a block");
    const kept = this.#of(size);
    // Two who were given the same would send each other's octets.
    assert(!kept.includes(buffer), "a block is given back once");
    if (kept.length < BLOCKS_KEPT_MAX) kept.push(buffer);
  }

  #of(size: number): ArrayBuffer[] {
    return (this.#kept[Math.log2(size)] ??= []);
  }
}
