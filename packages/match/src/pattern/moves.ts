import { ASSERT, CONTEXTS, holds, MATCH, type Program, SET, SPLIT } from "./program.js";

/** Cells that remember where states lead; when they are full all are forgotten. */
export const MOVES_CELLS_MAX = 65_536;
/** States gone through from one without reading, from which on it is remembered where that leads. */
const WIDE_STATES = 8;
const CELLS_FIRST = 256;

const WIDE = 1;
const NARROW = 2;

/** Written in place of a list's length where there is a match. */
const MOVES_MATCH = -1;

/**
 * Where single states of a pattern lead with a symbol, remembered: one that begins a long list of alternatives goes through all of them
 * without reading, and mostly to very few. Each pattern that can match anywhere goes on from its first state at every octet.
 */
export class Moves {
  readonly #program: Program;
  readonly #symbols: number;
  /** By state: `WIDE`, `NARROW`, or 0 where that is not known yet. */
  readonly #width: Uint8Array;
  readonly #marks: Int32Array;
  #generation = 0;
  readonly #stack: Int32Array;
  readonly #places = new Map<number, number>();
  #used = 0;
  /** Lists: a length, or `MOVES_MATCH`, and as many states behind what was read. */
  lists: Int32Array = new Int32Array(CELLS_FIRST);
  /** States gone through. */
  steps = 0;

  constructor(program: Program, symbols: number) {
    this.#program = program;
    this.#symbols = symbols;
    this.#width = new Uint8Array(program.states);
    this.#marks = new Int32Array(program.states);
    this.#stack = new Int32Array(2 * program.states + 2);
  }

  /** Whether so many states are gone through from this one that it is worth remembering. */
  isWide(state: number): boolean {
    const known = this.#width[state]!;
    if (known !== 0) return known === WIDE;
    const { op, out, other } = this.#program;
    const stack = this.#stack;
    let depth = 1;
    let visited = 0;
    stack[0] = state;
    while (depth > 0 && visited < WIDE_STATES) {
      const pc = stack[--depth]!;
      visited += 1;
      if (op[pc] === SET || op[pc] === MATCH) continue;
      if (op[pc] === SPLIT) stack[depth++] = other[pc]!;
      stack[depth++] = out[pc]!;
    }
    this.steps += visited;
    this.#width[state] = visited < WIDE_STATES ? NARROW : WIDE;
    return visited >= WIDE_STATES;
  }

  /**
   * The place in `lists` of what `state` leads to.
   *
   * @param before bits of what stands before the symbol, and @param behind of what it is to assertions
   * @param reads the class that it is read as; -1 where nothing is read
   */
  of(state: number, before: number, symbol: number, behind: number, reads: number): number {
    const key = (state * CONTEXTS + before) * this.#symbols + symbol;
    const place = this.#places.get(key);
    if (place !== undefined) return place;
    const found = this.#find(state, before, behind, reads);
    this.#places.set(key, found);
    return found;
  }

  #find(state: number, before: number, behind: number, reads: number): number {
    const { op, operand, out, other, setHas, classes, states } = this.#program;
    if (this.#used + states + 1 > this.lists.length) this.#makeRoom(states + 1);
    const generation = this.#nextGeneration();
    const { lists } = this;
    const marks = this.#marks;
    const stack = this.#stack;
    const place = this.#used;
    let end = place + 1;
    let depth = 1;
    let visited = 0;
    stack[0] = state;
    lists[place] = 0;
    while (depth > 0) {
      const pc = stack[--depth]!;
      if (marks[pc] === generation) continue;
      marks[pc] = generation;
      visited += 1;
      switch (op[pc]) {
        case SET:
          if (reads >= 0 && setHas[operand[pc]! * classes + reads] === 1) lists[end++] = out[pc]!;
          break;
        case MATCH:
          lists[place] = MOVES_MATCH;
          depth = 0;
          end = place + 1;
          break;
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
    if (lists[place] !== MOVES_MATCH) lists[place] = end - place - 1;
    this.#used = end;
    this.steps += visited;
    return place;
  }

  /** Makes room for a list of so many cells, behind those that are there or instead of them. */
  #makeRoom(cells: number): void {
    const needed = this.#used + cells;
    if (needed > MOVES_CELLS_MAX) {
      this.#places.clear();
      this.#used = 0;
      return;
    }
    let size = this.lists.length;
    while (size < needed) size *= 2;
    const lists = new Int32Array(size);
    lists.set(this.lists);
    this.lists = lists;
  }

  #nextGeneration(): number {
    if (this.#generation === 0x7fff_ffff) {
      this.#generation = 0;
      this.#marks.fill(0);
    }
    this.#generation += 1;
    return this.#generation;
  }
}
