/**
 * What is known of each pair that is asked: an octet by number, 0 while it has not answered, in blocks of memory that are made when the
 * first of their pairs answers. Later passes ask only what has not answered, and a scan that was stopped goes on from the
 * same table.
 *
 * Memory: 1,000,000 octets for a million pairs, and nothing for stretches of `BLOCK_ENTRIES` in which nobody answered.
 */
import { assert, PalisadeError } from "@palisade/base";

/** Most pairs of a table: more are not written down, since the list of blocks alone would be 8 MiB. */
export const STATE_ENTRIES_MAX = 2 ** 36;
/** Most octets that a table's blocks take together, and its default. */
export const STATE_BYTES_MAX = 1024 * 1024 * 1024;

const BLOCK_ENTRIES = 65_536;

/** A stretch of a table: `octets` are those of pairs from `number` times 65,536 on. */
export interface StateBlock {
  readonly number: number;
  readonly octets: Uint8Array;
}

export class StateTable {
  /** Pairs are 0 … size - 1. */
  readonly size: number;
  /** Octets of the blocks that were made. */
  bytes = 0;
  /** Pairs whose value is not 0. */
  answered = 0;
  /** Values that were not kept because the blocks had taken `bytesMax`; a scan with any says so. */
  refused = 0;

  readonly #bytesMax: number;
  readonly #blocks: (Uint8Array | undefined)[];

  /** @throws {PalisadeError} `SCAN_TABLE_TOO_LARGE` where `size` is more than `STATE_ENTRIES_MAX` */
  constructor(size: number, options: { readonly bytesMax?: number } = {}) {
    assert(Number.isSafeInteger(size) && size >= 0, "a table's size is a whole number");
    if (size > STATE_ENTRIES_MAX) {
      throw new PalisadeError(
        "SCAN_TABLE_TOO_LARGE",
        `${size} pairs of address and port are more than one run keeps (${STATE_ENTRIES_MAX}): scan fewer`,
      );
    }
    this.#bytesMax = options.bytesMax ?? STATE_BYTES_MAX;
    assert(
      this.#bytesMax >= 0 && this.#bytesMax <= STATE_BYTES_MAX,
      "a table's blocks take at most STATE_BYTES_MAX",
    );
    this.size = size;
    this.#blocks = new Array<Uint8Array | undefined>(Math.ceil(size / BLOCK_ENTRIES)).fill(undefined);
  }

  /** The value of a pair; 0 where it has not answered. */
  get(pair: number): number {
    const number = Math.floor(pair / BLOCK_ENTRIES);
    const block = this.#blocks[number];
    return block === undefined ? 0 : block[pair - number * BLOCK_ENTRIES]!;
  }

  /** The first pair after `pair`, before `end`, whose value is another; `end` where all have the same. */
  runEnd(pair: number, end: number): number {
    const value = this.get(pair);
    for (let at = pair + 1; at < end; ) {
      const number = Math.floor(at / BLOCK_ENTRIES);
      const block = this.#blocks[number];
      const first = number * BLOCK_ENTRIES;
      const last = Math.min(end, first + BLOCK_ENTRIES);
      if (block === undefined) {
        if (value !== 0) return at;
      } else {
        for (let place = at - first; place < last - first; place += 1)
          if (block[place] !== value) return first + place;
      }
      at = last;
    }
    return end;
  }

  /**
   * Writes down the value of a pair, 1 … 255, over one that is there. False where it could not be kept because the blocks
   * have taken their memory. Allocates only for the first value of a block.
   */
  set(pair: number, value: number): boolean {
    assert(pair >= 0 && pair < this.size, "a pair of a table is below its size");
    assert(value >= 1 && value <= 255, "a value of a table is 1 … 255");
    const number = Math.floor(pair / BLOCK_ENTRIES);
    const block = this.#blocks[number] ?? this.#make(number);
    if (block === undefined) {
      this.refused += 1;
      return false;
    }
    const at = pair - number * BLOCK_ENTRIES;
    if (block[at] === 0) this.answered += 1;
    block[at] = value;
    return true;
  }

  /** Whether any of the pairs `first … end - 1` has answered. */
  hasAny(first: number, end: number): boolean {
    for (let pair = first; pair < end; ) {
      const number = Math.floor(pair / BLOCK_ENTRIES);
      const block = this.#blocks[number];
      const blockEnd = Math.min(end, (number + 1) * BLOCK_ENTRIES);
      if (block !== undefined) {
        for (let at = pair; at < blockEnd; at += 1) if (block[at - number * BLOCK_ENTRIES] !== 0) return true;
      }
      pair = blockEnd;
    }
    return false;
  }

  /** Pairs of a block. */
  get blockEntries(): number {
    return BLOCK_ENTRIES;
  }

  /** The blocks that were made, in order: the table's own memory. */
  *blocks(): Generator<StateBlock> {
    for (const [number, octets] of this.#blocks.entries()) {
      if (octets !== undefined) yield { number, octets };
    }
  }

  /** Octets of block `number`, fewer of the last, which ends with the table; 0 where there is no such block. */
  blockBytes(number: number): number {
    return Math.max(0, Math.min(BLOCK_ENTRIES, this.size - number * BLOCK_ENTRIES));
  }

  /** Puts in a block as `blocks` gave it, of a table of the same size. False where the blocks have taken their memory. */
  restore({ number, octets }: StateBlock): boolean {
    assert(octets.length === this.blockBytes(number), "a block is as long as its place");
    assert(this.#blocks[number] === undefined, "a block is put in once");
    const block = this.#make(number);
    if (block === undefined) return false;
    block.set(octets);
    for (const value of block) if (value !== 0) this.answered += 1;
    return true;
  }

  #make(number: number): Uint8Array | undefined {
    const bytes = this.blockBytes(number);
    if (this.bytes + bytes > this.#bytesMax) return undefined;
    const block = new Uint8Array(bytes);
    this.#blocks[number] = block;
    this.bytes += bytes;
    return block;
  }
}
