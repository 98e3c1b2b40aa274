/**
 * What is known of each probe's target: one small number per index, 0 while it has not answered, in blocks of memory that
 * are made when the first of their indexes answers. Later passes ask only what has not answered, and a scan that was
 * stopped goes on from the same table.
 *
 * Memory per million targets: 1,000,000 octets at 8 bits, 500,000 at 4, 250,000 at 2, 125,000 at 1; nothing for stretches of
 * 65,536 in which nobody answered. At 1 bit the whole of IPv4 takes 512 MiB.
 */
import { assert, PalisadeError } from "@palisade/base";
import { crc32c, put16, put32, u8, u16, u32, u64 } from "@palisade/wire";

/** Most indexes of a table: more are not written down, since the list of blocks alone would be 8 MiB. */
export const STATE_ENTRIES_MAX = 2 ** 36;
/** Most octets that a table's blocks take together, and its default. */
export const STATE_BYTES_MAX = 1024 * 1024 * 1024;
/** Longest account of what is scanned in a resume file, in octets of UTF-8. */
export const RESUME_PLAN_BYTES_MAX = 1024 * 1024;

const BLOCK_ENTRIES = 65_536;

export interface StateTableOptions {
  /** Bits per entry: its values are 1 … 2^bits - 1. Default 8. */
  readonly bits?: 1 | 2 | 4 | 8;
  /** Most octets that the blocks take together: 0 … `STATE_BYTES_MAX`. */
  readonly bytesMax?: number;
}

/** What a stopped scan needs besides its table in order to go on. */
export interface Resume {
  /** Of the permutation: 0 … 2^53 - 1. */
  readonly seed: number;
  /** Of the cookies, 8 octets: so that answers to probes of before the stop still count. */
  readonly key: Uint8Array;
  /** Probes of the pass that have been sent, in the order of the permutation. */
  readonly position: number;
  /** The pass that was stopped, from 0: 0 … 65,535. */
  readonly pass: number;
  /** What is scanned, as the caller writes it: whoever resumes compares. */
  readonly plan: string;
}

export class StateTable {
  /** Indexes are 0 … size - 1. */
  readonly size: number;
  readonly bits: 1 | 2 | 4 | 8;
  /** Octets of the blocks that were made. */
  bytes = 0;
  /** Indexes whose value is not 0. */
  answered = 0;
  /** Values that were not kept because the blocks had taken `bytesMax`; a scan with any says so. */
  refused = 0;

  readonly #bytesMax: number;
  readonly #blocks: (Uint8Array | undefined)[];
  /** log2 of the entries in an octet. */
  readonly #perOctetLog2: number;
  readonly #mask: number;

  /** @throws {PalisadeError} `SCAN_TABLE_TOO_LARGE` where `size` is more than `STATE_ENTRIES_MAX` */
  constructor(size: number, options: StateTableOptions = {}) {
    assert(Number.isSafeInteger(size) && size >= 0, "a table's size is a whole number");
    if (size > STATE_ENTRIES_MAX) {
      throw new PalisadeError(
        "SCAN_TABLE_TOO_LARGE",
        `${size} pairs of address and port are more than one run keeps (${STATE_ENTRIES_MAX}): scan fewer`,
      );
    }
    const bytesMax = options.bytesMax ?? STATE_BYTES_MAX;
    assert(bytesMax >= 0 && bytesMax <= STATE_BYTES_MAX, "a table's blocks take at most STATE_BYTES_MAX");
    this.size = size;
    this.bits = options.bits ?? 8;
    this.#bytesMax = bytesMax;
    this.#perOctetLog2 = { 1: 3, 2: 2, 4: 1, 8: 0 }[this.bits];
    this.#mask = 2 ** this.bits - 1;
    this.#blocks = new Array<Uint8Array | undefined>(Math.ceil(size / BLOCK_ENTRIES)).fill(undefined);
  }

  /** The value of `index`; 0 where it has not answered. */
  get(index: number): number {
    const number = Math.floor(index / BLOCK_ENTRIES);
    const block = this.#blocks[number];
    if (block === undefined) return 0;
    const entry = index - number * BLOCK_ENTRIES;
    const shift = (entry & ((1 << this.#perOctetLog2) - 1)) * this.bits;
    return (u8(block, entry >>> this.#perOctetLog2) >>> shift) & this.#mask;
  }

  /**
   * Writes down the value of `index`, 1 … 2^bits - 1, over one that is there. False where it could not be kept because the
   * blocks have taken their memory. Allocates only for the first value of a block.
   */
  set(index: number, value: number): boolean {
    assert(index >= 0 && index < this.size, "an index of a table is below its size");
    assert(value >= 1 && value <= this.#mask, "a value of a table fits its bits and is not 0");
    const number = Math.floor(index / BLOCK_ENTRIES);
    const block = this.#blocks[number] ?? this.#make(number);
    if (block === undefined) {
      this.refused += 1;
      return false;
    }
    const entry = index - number * BLOCK_ENTRIES;
    const at = entry >>> this.#perOctetLog2;
    const shift = (entry & ((1 << this.#perOctetLog2) - 1)) * this.bits;
    const octet = u8(block, at);
    if (((octet >>> shift) & this.#mask) === 0) this.answered += 1;
    block[at] = (octet & ~(this.#mask << shift)) | (value << shift);
    return true;
  }

  /**
   * The lowest index at or after `from` that has not answered; -1 where there is none. All of them:
   * `for (let at = table.nextUnanswered(0); at >= 0; at = table.nextUnanswered(at + 1))`.
   */
  nextUnanswered(from: number): number {
    for (let index = from; index < this.size; index += 1) {
      if (this.get(index) === 0) return index;
    }
    return -1;
  }

  /**
   * The table and what goes with it, for a file. Layout, big-endian: magic (8 octets), bits (1), pass (2), size, seed, position
   * (8 each), key (8), length of the plan (4), plan, number of blocks (4), each block behind its number (4), CRC32c of all
   * before it (4).
   */
  serialize(resume: Resume): Uint8Array {
    const plan = new TextEncoder().encode(resume.plan);
    assert(plan.length <= RESUME_PLAN_BYTES_MAX, "a resume file's plan is at most RESUME_PLAN_BYTES_MAX");
    assert(resume.key.length === KEY_BYTES, "a resume file's key is 8 octets");
    for (const number of [resume.seed, resume.position]) {
      assert(
        Number.isSafeInteger(number) && number >= 0,
        "a resume file's seed and position are 0 … 2^53 - 1",
      );
    }
    assert(resume.pass >= 0 && resume.pass <= 0xffff, "a resume file's pass fits 16 bits");
    let made = 0;
    for (const block of this.#blocks) if (block !== undefined) made += 1;
    const octets = new Uint8Array(HEAD_BYTES + plan.length + 4 + made * 4 + this.bytes + 4);
    octets.set(MAGIC, at.magic);
    octets[at.bits] = this.bits;
    put16(octets, at.pass, resume.pass);
    put64(octets, at.size, this.size);
    put64(octets, at.seed, resume.seed);
    put64(octets, at.position, resume.position);
    octets.set(resume.key, at.key);
    put32(octets, at.planBytes, plan.length);
    octets.set(plan, HEAD_BYTES);
    let end = HEAD_BYTES + plan.length;
    put32(octets, end, made);
    end += 4;
    for (const [number, block] of this.#blocks.entries()) {
      if (block === undefined) continue;
      put32(octets, end, number);
      octets.set(block, end + 4);
      end += 4 + block.length;
    }
    put32(octets, end, crc32c(octets, 0, end));
    return octets;
  }

  /**
   * What `serialize` wrote.
   *
   * @throws {PalisadeError} `SCAN_RESUME_DAMAGED` where the octets are not all that was written, or were changed;
   *   `SCAN_TABLE_TOO_LARGE` where the blocks take more than `bytesMax`
   */
  static restore(
    octets: Uint8Array,
    options: { readonly bytesMax?: number } = {},
  ): { readonly table: StateTable; readonly resume: Resume } {
    if (octets.length < HEAD_BYTES + 8) throw damaged("it is cut short");
    if (MAGIC.some((octet, index) => octets[index] !== octet)) {
      throw damaged("it is no resume file of this version");
    }
    const end = octets.length - 4;
    if (crc32c(octets, 0, end) !== u32(octets, end)) throw damaged("its checksum does not hold");

    const bits = u8(octets, at.bits);
    if (bits !== 1 && bits !== 2 && bits !== 4 && bits !== 8)
      throw damaged("its bits per entry are none of ours");
    const size = u64(octets, at.size);
    const seed = u64(octets, at.seed);
    const position = u64(octets, at.position);
    if (![size, seed, position].every(Number.isSafeInteger) || size > STATE_ENTRIES_MAX) {
      throw damaged("a number in it is out of range");
    }
    const planBytes = u32(octets, at.planBytes);
    let next = HEAD_BYTES + planBytes;
    if (planBytes > RESUME_PLAN_BYTES_MAX || next + 4 > end) throw damaged("it is cut short");
    let plan: string;
    try {
      plan = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
        octets.subarray(HEAD_BYTES, next),
      );
    } catch (cause) {
      throw damaged("its plan is no text", cause);
    }
    const made = u32(octets, next);
    next += 4;
    const table = new StateTable(size, { bits, ...options });
    let last = -1;
    for (let count = 0; count < made; count += 1) {
      if (next + 4 > end) throw damaged("it is cut short");
      const number = u32(octets, next);
      next += 4;
      if (number <= last || number >= table.#blocks.length) throw damaged("its blocks are out of order");
      last = number;
      const blockBytes = table.#blockBytes(number);
      if (next + blockBytes > end) throw damaged("it is cut short");
      const block = table.#make(number);
      if (block === undefined) {
        throw new PalisadeError(
          "SCAN_TABLE_TOO_LARGE",
          `the resume file's results take more than the ${table.#bytesMax} octets that are allowed: allow more`,
        );
      }
      block.set(octets.subarray(next, next + blockBytes));
      next += blockBytes;
      table.answered += table.#answeredIn(number);
    }
    if (next !== end) throw damaged("it is longer than it says");
    const key = octets.slice(at.key, at.key + KEY_BYTES);
    return { table, resume: { seed, key, position, pass: u16(octets, at.pass), plan } };
  }

  /** Octets of a block: fewer of the last, which ends with the table. */
  #blockBytes(number: number): number {
    const entries = Math.min(BLOCK_ENTRIES, this.size - number * BLOCK_ENTRIES);
    return Math.ceil((entries * this.bits) / 8);
  }

  #make(number: number): Uint8Array | undefined {
    const bytes = this.#blockBytes(number);
    if (this.bytes + bytes > this.#bytesMax) return undefined;
    const block = new Uint8Array(bytes);
    this.#blocks[number] = block;
    this.bytes += bytes;
    return block;
  }

  #answeredIn(number: number): number {
    const first = number * BLOCK_ENTRIES;
    const end = Math.min(first + BLOCK_ENTRIES, this.size);
    let answered = 0;
    for (let index = first; index < end; index += 1) if (this.get(index) !== 0) answered += 1;
    return answered;
  }
}

/** "PALSCAN" and the version of the layout. */
const MAGIC = Uint8Array.of(0x50, 0x41, 0x4c, 0x53, 0x43, 0x41, 0x4e, 1);
const KEY_BYTES = 8;
const at = { magic: 0, bits: 8, pass: 9, size: 11, seed: 19, position: 27, key: 35, planBytes: 43 } as const;
const HEAD_BYTES = 47;

function put64(out: Uint8Array, index: number, value: number): void {
  put32(out, index, Math.floor(value / 0x1_0000_0000));
  put32(out, index + 4, value % 0x1_0000_0000);
}

function damaged(what: string, cause?: unknown): PalisadeError {
  return new PalisadeError(
    "SCAN_RESUME_DAMAGED",
    `the resume file cannot be used: ${what}; start the scan anew`,
    {
      cause,
    },
  );
}
