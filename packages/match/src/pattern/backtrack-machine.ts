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
  /** Number of each state that is come to from several, -1 for others: what those come to is noted by the one before. */
  readonly #noted: Int32Array;
  readonly #notedStates: number;
  /** Pairs: a state and a place to go on from, or a slot, negative, and what it held. */
  #jobs = new Int32Array(2 * JOBS_FIRST);

  /** States gone through and octets passed, for tests. */
  steps = 0;

  constructor(program: Program, skip: Skip | undefined) {
    this.#program = program;
    this.#skip = program.anchored ? undefined : skip;
    const ways = new Int32Array(program.states);
    for (let state = 0; state < program.states; state += 1) {
      if (program.out[state]! >= 0) ways[program.out[state]!]! += 1;
      if (program.other[state]! >= 0) ways[program.other[state]!]! += 1;
    }
    let noted = 0;
    this.#noted = ways.map((count) => (count > 1 ? noted++ : -1));
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
    const { op, operand, out, other, classOf, classes, setHas } = this.#program;
    const noted = this.#noted;
    const states = this.#notedStates;
    const notes = been;
    let jobs = this.#jobs;
    let depth = 0;
    let pc = this.#program.start;
    let at = place;
    let steps = 0;
    for (;;) {
      steps += 1;
      let on = true;
      const number = noted[pc]!;
      if (number >= 0) {
        const cell = (at - from) * states + number;
        const bit = 1 << (cell & 31);
        on = (notes[cell >>> 5]! & bit) === 0;
        notes[cell >>> 5]! |= bit;
      }
      if (on) {
        switch (op[pc]) {
          case SET:
            on = at < end && setHas[operand[pc]! * classes + classOf[octets[at]!]!] === 1;
            at += 1;
            break;
          case SPLIT:
            // What cannot read the octet need not be come back from: most of a long list of alternatives.
            if (op[out[pc]!] === SET) {
              const set = operand[out[pc]!]! * classes;
              if (at >= end || setHas[set + classOf[octets[at]!]!] === 0) {
                pc = other[pc]!;
                continue;
              }
            }
            if (depth + 2 > jobs.length) jobs = this.#moreJobs();
            jobs[depth++] = other[pc]!;
            jobs[depth++] = at;
            break;
          case ASSERT:
            on = holds(operand[pc]!, contextBefore(octets, at, start, end), contextBehind(octets, at, end));
            break;
          case SAVE: {
            if (depth + 2 > jobs.length) jobs = this.#moreJobs();
            const slot = operand[pc]!;
            jobs[depth++] = -1 - slot;
            jobs[depth++] = captures[slot]!;
            captures[slot] = at;
            break;
          }
          case MATCH:
            this.steps += steps;
            return true;
        }
        pc = out[pc]!;
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
