import { Moves } from "./moves.js";
import { OCTETS } from "./octet-set.js";
import {
  ASSERT,
  BEFORE_START,
  CONTEXTS,
  contextBefore,
  contextBehind,
  holds,
  MATCH,
  type Program,
  SET,
  SPLIT,
} from "./program.js";
import type { Skip } from "./skip.js";

/** Rows of a pattern's table; when they are full all are forgotten, but the one that is needed. */
export const DFA_ROWS_MAX = 1_024;
/** States that all rows together stand for. */
export const DFA_KERNEL_STATES_MAX = 65_536;
/** Octets that a row must have brought when the table is full for the second time in a search; with fewer it is given up. */
const OCTETS_PER_ROW_MIN = 8;
/** States that are put in order one by one; a call into the runtime costs more. */
const SORTED_BY_HAND_MAX = 24;
const ROWS_FIRST = 32;
const KERNEL_STATES_FIRST = 256;

/** Rows with a meaning; numbers below `ROWS_FIXED` are never given to others. */
const UNKNOWN = 0;
const DEAD = 1;
const MATCHED = 2;
const START = 3;
const ROWS_FIXED = START + CONTEXTS;

/** Whether there is a match. */
export type Found = "match" | "none";

/**
 * Whether a pattern matches somewhere, an octet a step: the sets of states that the machine can be in are found when they are
 * first met, and kept as rows of a table (R. Cox, "Regular Expression Matching Can Be Simple And Fast", 2007).
 *
 * A row is what the machine can be in behind an octet, before it goes on without reading, and what that octet was to
 * assertions. So whether an assertion holds, and whether there was a match, shows with the symbol that comes next: an
 * octet's class, a line feed that is the last octet, or the end.
 */
export class LazyDfa {
  readonly #program: Program;
  readonly #skip: Skip | undefined;
  readonly #shift: number;
  readonly #symbolLastNewline: number;
  readonly #symbolEnd: number;
  /** By symbol: what assertions before it see, what those behind it see, and which class it is read as. */
  readonly #behind: Uint8Array;
  readonly #context: Uint8Array;
  readonly #reads: Int16Array;

  /** `row << shift | symbol` → `row << shift`. */
  #table = new Int32Array(0);
  #rows = 0;
  /** Where each row's states begin in `#kernels`, and one more. */
  #kernelAt = new Int32Array(0);
  #kernels = new Int32Array(0);
  #rowContext = new Uint8Array(0);
  /** Open addressing: row numbers, 0 for none. */
  #hash = new Int32Array(0);

  readonly #marks: Int32Array;
  readonly #nextMarks: Int32Array;
  #generation = 0;
  readonly #stack: Int32Array;
  /** States behind the octet that was read, and when the table is given up those before it. */
  #next: Int32Array;
  #held: Int32Array;
  readonly #moves: Moves;
  #flushedAt = -1;
  /** States of `#next` when the table was given up. */
  #under = 0;

  /** Where the last search had nothing under way for the last time: no match begins before. */
  restedAt = 0;
  /** Where the last search came to know of a match, which ends there or before; the end where it came to know of none. */
  matchedBy = 0;
  /** Octets looked at and states gone through, for tests. */
  steps = 0;

  constructor(program: Program, skip: Skip | undefined) {
    this.#program = program;
    this.#skip = program.anchored ? undefined : skip;
    const { classes, classOf, states } = program;
    this.#symbolLastNewline = classes;
    this.#symbolEnd = classes + 1;
    const symbols = classes + 2;
    this.#shift = 32 - Math.clz32(symbols - 1);
    this.#behind = new Uint8Array(symbols);
    this.#context = new Uint8Array(symbols);
    this.#reads = new Int16Array(symbols).fill(-1);
    const pair = new Uint8Array(2);
    for (let octet = 0; octet < OCTETS; octet += 1) {
      const symbol = classOf[octet]!;
      pair[0] = octet;
      this.#behind[symbol] = contextBehind(pair, 0, 2);
      this.#context[symbol] = contextBefore(pair, 1, 0, 2) & program.contextMask;
      this.#reads[symbol] = symbol;
    }
    pair[1] = 0x0a;
    this.#behind[this.#symbolLastNewline] = contextBehind(pair, 1, 2);
    this.#reads[this.#symbolLastNewline] = classOf[0x0a]!;
    this.#behind[this.#symbolEnd] = contextBehind(pair, 2, 2);
    this.#marks = new Int32Array(states);
    this.#nextMarks = new Int32Array(states);
    this.#stack = new Int32Array(2 * states + 2);
    this.#next = new Int32Array(states);
    this.#held = new Int32Array(states);
    this.#moves = new Moves(program, symbols);
  }

  /** Whether there is a match in `[start, end)` that begins no earlier than `from`. */
  search(octets: Uint8Array, start: number, end: number, from: number): Found {
    if (this.#rows === 0) this.#allocate();
    const { classOf, contextMask, anchored } = this.#program;
    const skip = this.#skip;
    const shift = this.#shift;
    const limit = ((skip === undefined ? START : ROWS_FIXED) << shift) - 1;
    const dead = DEAD << shift;
    const matched = MATCHED << shift;
    if (anchored && from > start) return "none";
    const last = end > from && octets[end - 1] === 0x0a ? end - 1 : end;
    this.#flushedAt = -1;
    this.matchedBy = end;
    this.restedAt = from;
    let table = this.#table;
    let at = from;
    if (skip !== undefined) at = this.restedAt = skip.next(octets, from, last);
    this.steps += at - from;
    let state = (START + (contextBefore(octets, at, start, end) & contextMask)) << shift;
    if (anchored) state = (START + (BEFORE_START & contextMask)) << shift;
    const began = at;
    while (at < last) {
      const symbol = classOf[octets[at]!]!;
      let next = table[state + symbol]!;
      if (next <= limit) {
        if (next === UNKNOWN) {
          next = this.#step(state, symbol, at);
          if (next < 0) {
            this.steps += at - began;
            return this.#follow(octets, start, end, last, at + 1, this.#under);
          }
          table = this.#table;
        }
        if (next === matched || next === dead) {
          this.steps += at - began;
          this.matchedBy = at;
          return next === matched ? "match" : "none";
        }
        if (next <= limit) {
          at = this.restedAt = skip!.next(octets, at + 1, last);
          state = (START + (contextBefore(octets, at, start, end) & contextMask)) << shift;
          continue;
        }
      }
      state = next;
      at += 1;
    }
    this.steps += at - began;
    if (last < end) {
      state = this.#transition(state, this.#symbolLastNewline, at);
      if (state < 0) return this.#follow(octets, start, end, last, end, this.#under);
      if (state === matched) return "match";
      if (state === dead) return "none";
    }
    const final = this.#transition(state, this.#symbolEnd, end);
    return final === matched ? "match" : "none";
  }

  #transition(state: number, symbol: number, at: number): number {
    const known = this.#table[state + symbol]!;
    return known === UNKNOWN ? this.#step(state, symbol, at) : known;
  }

  /** Finds where `symbol` leads from `state`, and enters it; -1 where the table is given up. */
  #step(state: number, symbol: number, at: number): number {
    const { anchored } = this.#program;
    const row = state >> this.#shift;
    const before = this.#rowContext[row]!;
    const count = this.#advance(
      this.#kernels,
      this.#kernelAt[row]!,
      this.#kernelAt[row + 1]!,
      before,
      symbol,
    );
    let target: number;
    const context = this.#context[symbol]!;
    if (count < 0) target = MATCHED;
    else if (this.#reads[symbol]! < 0) target = DEAD;
    else if (count === 0) target = anchored ? DEAD : START + context;
    else {
      sort(this.#next, count);
      target = this.#rowOf(count, context);
      if (target < 0) {
        const rows = this.#rows;
        this.#flush();
        const soon = this.#flushedAt >= 0 && at - this.#flushedAt < rows * OCTETS_PER_ROW_MIN;
        this.#flushedAt = at;
        this.#under = count;
        if (soon) return -1;
        // The row that led here is forgotten, so there is nowhere to enter this.
        return this.#rowOf(count, context) << this.#shift;
      }
    }
    this.#table[state + symbol] = target << this.#shift;
    return target << this.#shift;
  }

  /**
   * Leaves in `#next` where the states `kernels[from … to)` lead with a symbol, and where it begins anew the first state: how many they
   * are, or -1 for a match.
   *
   * @param before bits of what stands before the symbol
   */
  #advance(kernels: Int32Array, from: number, to: number, before: number, symbol: number): number {
    const { anchored, start, out, setHas, classes, op, operand, other, states } = this.#program;
    const behind = this.#behind[symbol]!;
    const reads = this.#reads[symbol]!;
    const marks = this.#marks;
    const stack = this.#stack;
    const next = this.#next;
    const nextMarks = this.#nextMarks;
    const moves = this.#moves;
    const generation = this.#nextGeneration();
    const remembered = moves.steps;
    let count = 0;
    let depth = 0;
    let visited = 0;
    for (let index = anchored ? from : from - 1; index < to; index += 1) {
      const kernel = index < from ? start : kernels[index]!;
      // What states remember may overlap: as many steps as there are states are enough.
      if (visited + moves.steps - remembered < states && moves.isWide(kernel)) {
        const place = moves.of(kernel, before, symbol, behind, reads);
        const { lists } = moves;
        const length = lists[place]!;
        if (length < 0) {
          count = -1;
          break;
        }
        visited += length + 1;
        for (let item = place + 1; item <= place + length; item += 1) {
          const target = lists[item]!;
          if (nextMarks[target] === generation) continue;
          nextMarks[target] = generation;
          next[count++] = target;
        }
        continue;
      }
      stack[depth++] = kernel;
      while (depth > 0) {
        const pc = stack[--depth]!;
        if (marks[pc] === generation) continue;
        marks[pc] = generation;
        visited += 1;
        switch (op[pc]) {
          case SET:
            if (reads >= 0 && setHas[operand[pc]! * classes + reads] === 1) {
              const target = out[pc]!;
              if (nextMarks[target] !== generation) {
                nextMarks[target] = generation;
                next[count++] = target;
              }
            }
            break;
          case MATCH:
            this.steps += visited + moves.steps - remembered;
            return -1;
          case SPLIT:
            stack[depth++] = other[pc]!;
            stack[depth++] = out[pc]!;
            break;
          case ASSERT:
            if (holds(operand[pc]!, before, behind)) stack[depth++] = out[pc]!;
            break;
          default:
            stack[depth++] = out[pc]!;
        }
      }
    }
    this.steps += visited + moves.steps - remembered;
    return count;
  }

  /**
   * Goes on from `at`, with `count` states of `#next` under way, without the table: sets of states come that hardly come again, and all
   * that a row would bring is work.
   */
  #follow(octets: Uint8Array, start: number, end: number, last: number, from: number, under: number): Found {
    const { classOf, contextMask, anchored } = this.#program;
    let at = from;
    let count = under;
    for (;;) {
      if (count === 0) {
        if (anchored) return "none";
        if (this.#skip !== undefined) {
          const next = this.#skip.next(octets, at, last);
          this.steps += next - at;
          at = next;
        }
        this.restedAt = at;
      }
      const held = this.#next;
      this.#next = this.#held;
      this.#held = held;
      const before = contextBefore(octets, at, start, end) & contextMask;
      const symbol = at < last ? classOf[octets[at]!]! : at < end ? this.#symbolLastNewline : this.#symbolEnd;
      count = this.#advance(held, 0, count, before, symbol);
      if (count < 0) {
        this.matchedBy = at;
        return "match";
      }
      if (at >= end) return "none";
      at += 1;
    }
  }

  #nextGeneration(): number {
    if (this.#generation === 0x7fff_ffff) {
      this.#generation = 0;
      this.#marks.fill(0);
      this.#nextMarks.fill(0);
    }
    this.#generation += 1;
    return this.#generation;
  }

  /** The row for the first `count` states of `#next` and a context, a new one if there is none; -1 where there is no room. */
  #rowOf(count: number, context: number): number {
    const next = this.#next;
    // To be put in order, hashed and kept.
    this.steps += count;
    let hash = context + 1;
    for (let index = 0; index < count; index += 1) hash = Math.imul(hash ^ next[index]!, 0x01000193);
    hash ^= hash >>> 15;
    let mask = this.#hash.length - 1;
    let slot = hash & mask;
    for (let row = this.#hash[slot]!; row !== 0; slot = (slot + 1) & mask, row = this.#hash[slot]!) {
      if (this.#rowContext[row] === context && this.#holds(row, count)) return row;
    }
    const row = this.#rows;
    const kernelAt = this.#kernelAt[row]!;
    if (row === DFA_ROWS_MAX || kernelAt + count > DFA_KERNEL_STATES_MAX) return -1;
    if (row === this.#rowContext.length) {
      this.#grow(2 * row);
      mask = this.#hash.length - 1;
      slot = hash & mask;
      while (this.#hash[slot] !== 0) slot = (slot + 1) & mask;
    }
    if (kernelAt + count > this.#kernels.length) {
      let size = this.#kernels.length;
      while (size < kernelAt + count) size *= 2;
      const kernels = new Int32Array(size);
      kernels.set(this.#kernels);
      this.#kernels = kernels;
    }
    for (let index = 0; index < count; index += 1) this.#kernels[kernelAt + index] = next[index]!;
    this.#kernelAt[row + 1] = kernelAt + count;
    this.#rowContext[row] = context;
    this.#hash[slot] = row;
    this.#rows += 1;
    return row;
  }

  #holds(row: number, count: number): boolean {
    const from = this.#kernelAt[row]!;
    if (this.#kernelAt[row + 1]! - from !== count) return false;
    for (let index = 0; index < count; index += 1) {
      if (this.#kernels[from + index] !== this.#next[index]) return false;
    }
    return true;
  }

  #allocate(): void {
    this.#kernels = new Int32Array(KERNEL_STATES_FIRST);
    this.#grow(ROWS_FIRST);
    this.#flush();
  }

  #grow(rows: number): void {
    const table = new Int32Array(rows << this.#shift);
    table.set(this.#table);
    this.#table = table;
    const kernelAt = new Int32Array(rows + 1);
    kernelAt.set(this.#kernelAt);
    this.#kernelAt = kernelAt;
    const rowContext = new Uint8Array(rows);
    rowContext.set(this.#rowContext);
    this.#rowContext = rowContext;
    const before = this.#hash;
    this.#hash = new Int32Array(2 * rows);
    for (const row of before) if (row !== 0) this.#enter(row);
  }

  #enter(row: number): void {
    let hash = this.#rowContext[row]! + 1;
    for (let index = this.#kernelAt[row]!; index < this.#kernelAt[row + 1]!; index += 1) {
      hash = Math.imul(hash ^ this.#kernels[index]!, 0x01000193);
    }
    hash ^= hash >>> 15;
    const mask = this.#hash.length - 1;
    let slot = hash & mask;
    while (this.#hash[slot] !== 0) slot = (slot + 1) & mask;
    this.#hash[slot] = row;
  }

  /** Forgets all rows but those with a meaning. */
  #flush(): void {
    this.#table.fill(0, 0, this.#rows << this.#shift);
    this.#hash.fill(0);
    this.#rows = ROWS_FIXED;
    this.#kernelAt.fill(0, 0, ROWS_FIXED + 1);
    for (let context = 0; context < CONTEXTS; context += 1) this.#rowContext[START + context] = context;
    // A pattern that can match only at the start begins there once; all others begin anew at every octet.
    if (this.#program.anchored) {
      const row = START + (BEFORE_START & this.#program.contextMask);
      this.#kernels[0] = this.#program.start;
      this.#kernelAt.fill(1, row + 1, ROWS_FIXED + 1);
    }
  }
}

/** Puts the first `count` in order. */
function sort(states: Int32Array, count: number): void {
  if (count > SORTED_BY_HAND_MAX) {
    states.subarray(0, count).sort();
    return;
  }
  for (let index = 1; index < count; index += 1) {
    const state = states[index]!;
    let at = index;
    for (; at > 0 && states[at - 1]! > state; at -= 1) states[at] = states[at - 1]!;
    states[at] = state;
  }
}
