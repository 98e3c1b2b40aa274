import {
  ASSERT,
  contextBefore,
  contextBehind,
  holds,
  MATCH,
  type Program,
  SAVE,
  SET,
  SPLIT,
} from "./program.js";
import type { Skip } from "./skip.js";

/** States that are come to from several, times places, up to which a match is found by going back; beyond, all threads are followed at once. */
export const BACKTRACK_CELLS_MAX = 8_388_608;

const JOBS_FIRST = 64;

/** Cells of a state. */
const STRIDE = 4;
const OUT = 1;
const OTHER = 2;
const NOTED = 3;
/** Of a state's first cell: what it does; above it its operand. */
const OP_BITS = 3;
const OP_MASK = 7;

/** A bit for each place and noted state, those of a place side by side; of the machine that runs, as no two run at a time. */
let been = new Int32Array(1_024);

/**
 * Goes through a pattern's machine by priority and back where that fails, with captures. It notes where it has been, and
 * from no state and place goes on twice: what failed once fails again. So it takes states times octets at most, as all
 * threads at once do, and far less where the first try is right.
 */
export class BacktrackMachine {
  readonly #program: Program;
  readonly #skip: Skip | undefined;
  /**
   * The machine, a state's cells side by side: what it does and its operand, a set's as its row in `setHas`; where it goes on, as cells;
   * its number if it is come to from several, -1 for others: what those come to is noted by the one before.
   */
  readonly #code: Int32Array;
  readonly #notedStates: number;
  /** Pairs: a state and a place to go on from, or a slot, negative, and what it held. */
  #jobs = new Int32Array(2 * JOBS_FIRST);

  /** States gone through and octets passed, for tests. */
  steps = 0;

  constructor(program: Program, skip: Skip | undefined) {
    this.#program = program;
    this.#skip = program.anchored ? undefined : skip;
    this.#code = new Int32Array(program.states * STRIDE);
    const ways = new Int32Array(program.states);
    for (let state = 0; state < program.states; state += 1) {
      if (program.out[state]! >= 0) ways[program.out[state]!]! += 1;
      if (program.other[state]! >= 0) ways[program.other[state]!]! += 1;
    }
    let noted = 0;
    for (let state = 0; state < program.states; state += 1) {
      const op = program.op[state]!;
      const operand = program.operand[state]! * (op === SET ? program.classes : 1);
      const cell = state * STRIDE;
      this.#code[cell] = op | (operand << OP_BITS);
      this.#code[cell + OUT] = program.out[state]! * STRIDE;
      this.#code[cell + OTHER] = program.other[state]! * STRIDE;
      this.#code[cell + NOTED] = ways[state]! > 1 ? noted++ : -1;
    }
    this.#notedStates = noted;
  }

  /** Whether it is made for so many octets. */
  fits(octets: number): boolean {
    return this.#notedStates * (octets + 1) <= BACKTRACK_CELLS_MAX;
  }

  /**
   * The leftmost match in `[start, end)`, which begins no earlier than `from`, into `captures`.
   *
   * @param limit where no match that is looked for can end behind; notes are kept up to there
   */
  run(
    octets: Uint8Array,
    start: number,
    from: number,
    end: number,
    captures: Int32Array,
    limit = end,
  ): boolean {
    const words = ((this.#notedStates * (limit - from + 1)) >>> 5) + 1;
    if (words > been.length) been = new Int32Array(words + (words >>> 1));
    else been.fill(0, 0, words);
    // Cleared by cache lines.
    this.steps += words >>> 4;
    for (let at = from; at <= end; at += 1) {
      if (this.#program.anchored && at !== start) return false;
      if (this.#skip !== undefined) {
        const next = this.#skip.next(octets, at, end);
        this.steps += next - at;
        at = next;
        if (at === end) return false;
      }
      captures.fill(-1);
      if (this.#try(octets, start, from, end, at, captures)) return true;
    }
    return false;
  }

  #try(
    octets: Uint8Array,
    start: number,
    from: number,
    end: number,
    place: number,
    captures: Int32Array,
  ): boolean {
    const { classOf, setHas } = this.#program;
    const code = this.#code;
    const states = this.#notedStates;
    const notes = been;
    let jobs = this.#jobs;
    let depth = 0;
    let pc = this.#program.start * STRIDE;
    let at = place;
    let steps = 0;
    for (;;) {
      steps += 1;
      let on = true;
      const number = code[pc + NOTED]!;
      if (number >= 0) {
        const cell = (at - from) * states + number;
        const bit = 1 << (cell & 31);
        on = (notes[cell >>> 5]! & bit) === 0;
        notes[cell >>> 5]! |= bit;
      }
      if (on) {
        const word = code[pc]!;
        switch (word & OP_MASK) {
          case SET:
            on = at < end && setHas[(word >> OP_BITS) + classOf[octets[at]!]!] === 1;
            at += 1;
            break;
          case SPLIT: {
            // What cannot read the octet need not be come back from: most of a long list of alternatives.
            const first = code[code[pc + OUT]!]!;
            if (
              (first & OP_MASK) === SET &&
              (at >= end || setHas[(first >> OP_BITS) + classOf[octets[at]!]!] === 0)
            ) {
              pc = code[pc + OTHER]!;
              continue;
            }
            if (depth + 2 > jobs.length) jobs = this.#moreJobs();
            jobs[depth++] = code[pc + OTHER]!;
            jobs[depth++] = at;
            break;
          }
          case ASSERT:
            on = holds(
              word >> OP_BITS,
              contextBefore(octets, at, start, end),
              contextBehind(octets, at, end),
            );
            break;
          case SAVE: {
            if (depth + 2 > jobs.length) jobs = this.#moreJobs();
            const slot = word >> OP_BITS;
            jobs[depth++] = -1 - slot;
            jobs[depth++] = captures[slot]!;
            captures[slot] = at;
            break;
          }
          case MATCH:
            this.steps += steps;
            return true;
        }
        pc = code[pc + OUT]!;
      }
      while (!on) {
        if (depth === 0) {
          this.steps += steps;
          return false;
        }
        const value = jobs[--depth]!;
        const job = jobs[--depth]!;
        if (job < 0) {
          captures[-1 - job] = value;
          continue;
        }
        pc = job;
        at = value;
        on = true;
      }
    }
  }

  #moreJobs(): Int32Array<ArrayBuffer> {
    const jobs = new Int32Array(2 * this.#jobs.length);
    jobs.set(this.#jobs);
    this.#jobs = jobs;
    return jobs;
  }
}
