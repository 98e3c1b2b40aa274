import { ASSERT, contextBefore, contextBehind, holds, MATCH, type Program, SAVE, SPLIT } from "./program.js";
import type { Skip } from "./skip.js";

/** States to go on from, by priority, each with its captures. */
class Threads {
  readonly dense: Int32Array;
  /** The generation in which a state was entered last. */
  readonly marks: Int32Array;
  readonly captures: Int32Array;
  count = 0;
  generation = 0;

  constructor(states: number, slots: number) {
    this.dense = new Int32Array(states);
    this.marks = new Int32Array(states);
    this.captures = new Int32Array(states * slots);
  }
}

/**
 * Follows all threads of a pattern's machine at once, octet by octet, by priority, with captures: Pike's way (R. Cox, 2009).
 * States times octets, whatever they are.
 */
export class ThreadMachine {
  readonly #program: Program;
  readonly #skip: Skip | undefined;
  readonly #stack: Int32Array;
  readonly #work: Int32Array;
  #now: Threads;
  #then: Threads;
  #generation = 0;

  /** States gone through, for tests. */
  steps = 0;

  constructor(program: Program, skip: Skip | undefined) {
    this.#program = program;
    this.#skip = program.anchored ? undefined : skip;
    const { states, slots } = program;
    // A state leaves at most three cells: one to go on at, or a slot to be set back.
    this.#stack = new Int32Array(3 * states + 3);
    this.#work = new Int32Array(slots);
    this.#now = new Threads(states, slots);
    this.#then = new Threads(states, slots);
  }

  /**
   * The leftmost match in `[start, end)`, which begins no earlier than `from`, into `captures`.
   */
  run(octets: Uint8Array, start: number, from: number, end: number, captures: Int32Array): boolean {
    const { op, operand, out, classOf, classes, setHas, slots, anchored } = this.#program;
    const first = this.#program.start;
    let found = false;
    this.#now.count = 0;
    this.#renew(this.#now);
    for (let at = from; at <= end; at += 1) {
      const now = this.#now;
      if (!found && (!anchored || at === start)) {
        if (now.count === 0 && this.#skip !== undefined) {
          const next = this.#skip.next(octets, at, end);
          this.steps += next - at;
          at = next;
          if (at === end) return false;
        }
        this.#work.fill(-1);
        this.#enter(now, first, octets, at, start, end);
      }
      if (now.count === 0 && (found || anchored)) return found;
      const then = this.#then;
      then.count = 0;
      this.#renew(then);
      const read = at < end ? classOf[octets[at]!]! : -1;
      for (let index = 0; index < now.count; index += 1) {
        const pc = now.dense[index]!;
        this.steps += slots;
        if (op[pc] === MATCH) {
          found = true;
          for (let slot = 0; slot < slots; slot += 1) captures[slot] = now.captures[pc * slots + slot]!;
          // What is left has less priority.
          break;
        }
        if (read < 0 || setHas[operand[pc]! * classes + read] === 0) continue;
        for (let slot = 0; slot < slots; slot += 1) this.#work[slot] = now.captures[pc * slots + slot]!;
        this.#enter(then, out[pc]!, octets, at + 1, start, end);
      }
      this.#now = then;
      this.#then = now;
    }
    return found;
  }

  #renew(threads: Threads): void {
    if (this.#generation === 0x7fff_ffff) {
      this.#generation = 0;
      this.#now.marks.fill(0);
      this.#then.marks.fill(0);
    }
    this.#generation += 1;
    threads.generation = this.#generation;
  }

  /** Goes on from state `from` as far as that takes no octet, and keeps what is reached. */
  #enter(threads: Threads, from: number, octets: Uint8Array, at: number, start: number, end: number): void {
    const { op, operand, out, other, slots, needsContext } = this.#program;
    const { dense, marks, captures, generation } = threads;
    const stack = this.#stack;
    const work = this.#work;
    const before = needsContext ? contextBefore(octets, at, start, end) : 0;
    const behind = needsContext ? contextBehind(octets, at, end) : 0;
    stack[0] = from;
    let depth = 1;
    while (depth > 0) {
      const pc = stack[--depth]!;
      if (pc < 0) {
        work[-1 - pc] = stack[--depth]!;
        continue;
      }
      if (marks[pc] === generation) continue;
      marks[pc] = generation;
      this.steps += 1;
      switch (op[pc]) {
        case SPLIT:
          stack[depth++] = other[pc]!;
          stack[depth++] = out[pc]!;
          break;
        case ASSERT:
          if (holds(operand[pc]!, before, behind)) stack[depth++] = out[pc]!;
          break;
        case SAVE: {
          const slot = operand[pc]!;
          stack[depth++] = work[slot]!;
          stack[depth++] = -1 - slot;
          work[slot] = at;
          stack[depth++] = out[pc]!;
          break;
        }
        default:
          dense[threads.count++] = pc;
          for (let slot = 0; slot < slots; slot += 1) captures[pc * slots + slot] = work[slot]!;
      }
    }
  }
}
