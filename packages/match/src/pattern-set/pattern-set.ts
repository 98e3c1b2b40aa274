import { assert } from "@palisade/base";
import { type CompiledPattern, compilePattern, type Pattern } from "../pattern/pattern.js";
import { ASSERT, ASSERTIONS, MATCH, type Program, SAVE, SET, SPLIT } from "../pattern/program.js";
import { atOnce, Pace, type Sliced } from "../slices.js";
import { type JointProgram, jointProgram } from "./joint-program.js";

/** Rows of a set's table; when they are full all are forgotten. */
export const PATTERN_SET_ROWS_MAX = 4_096;
/** States that all rows together stand for. */
export const PATTERN_SET_STATES_MAX = 1_048_576;
/** States of the patterns of a set, together; a pattern that would make them more is one that may always match. */
export const PATTERN_SET_PROGRAM_STATES_MAX = 65_536;

/** A text may bring so many rows, and one more for as many octets; with more it is not gone through to its end. */
const ROWS_PER_TEXT = 512;
const OCTETS_PER_ROW_MIN = 8;

/** Sets of patterns that cells mark; where there are more, all rows are forgotten. */
export const PATTERN_SET_LISTS_MAX = 4_096;

/** A pattern that is not looked for. */
const NOTHING = (compilePattern("[^\\x00-\\xff]") as CompiledPattern).program;

/** What it takes to go on to a state that reads, those before it included, in units of work. */
const FOLLOWED_UNITS = 16;

const TEXT_START = ASSERTIONS.indexOf("text-start");
/** Cells of the table: odd ones are not simply the next row. */
const UNKNOWN = 1;
const MARKS = 1;

/**
 * Many patterns, of which one pass over a text tells which may match in it: those that do, and now and then one that does not, since
 * assertions other than `^` and `\A` are taken to hold and letters to be of either case. One look-up in a table an octet; rows are made when they are first needed, as
 * in `LazyDfa` (R. Cox, "Regular Expression Matching in the Wild", 2010, has sets of patterns in one such machine).
 *
 * Work is linear in the octets: where a text needs too many new rows it is given up, and all patterns may match.
 *
 * An object serves one search at a time.
 */
export class PatternSet {
  readonly #patterns: number;
  readonly #joint: JointProgram;
  /** Patterns that may match any text, so that nothing is looked for. */
  #always: Int32Array = new Int32Array(0);
  readonly #shift: number;
  /** States that read, in which a match can begin at any place, and what is reached from them by class. */
  #starting: Uint8Array | undefined;
  readonly #startSteps: (Int32Array | undefined)[] = [];
  /** By class: states that read or match, where these lead, but for those that all rows have; undefined where it is not known yet. */
  readonly #begun: (Int32Array | undefined)[] = [];
  /** As `#starting`, where only the text's start is a place to begin. */
  #first: Int32Array = new Int32Array(0);
  /** The row of these; -1: it is not there. */
  #firstRow = -1;

  /** `row << shift | class` → `row << shift`, with `MARKS` where patterns match on the way; `UNKNOWN`. */
  #table = new Int32Array(0);
  #rows = 0;
  #rowStates: Int32Array[] = [];
  #rowStatesSum = 0;
  /** By cell with `MARKS`: which of `#lists` it marks. Lists differ; cells that mark the same patterns have one. */
  #listOf = new Uint16Array(0);
  #lists: Int32Array[] = [];
  #listNumbers = new Map<string, number>();
  #rowOf = new Map<string, number>();

  readonly #seen: Int32Array;
  #generation = 0;
  readonly #stack: Int32Array;
  readonly #reached: Int32Array;
  #reachedCount = 0;
  #matched: number[] = [];
  /** The states of these. */
  #ends: number[] = [];
  /** Rows that were made so far, for tests. */
  made = 0;

  /** @param patterns as `compilePattern` makes them */
  static of(patterns: readonly Pattern[]): PatternSet {
    return atOnce(PatternSet.building(patterns));
  }

  /** As `of`; may be interrupted. */
  static *building(patterns: readonly Pattern[]): Sliced<PatternSet> {
    let states = 0;
    const always = new Set<number>();
    const programs: Program[] = [];
    for (const [index, pattern] of patterns.entries()) {
      const { program } = pattern as CompiledPattern;
      const fits = states + program.states <= PATTERN_SET_PROGRAM_STATES_MAX;
      if (fits) states += program.states;
      else always.add(index);
      programs.push(fits ? program : NOTHING);
    }
    const pace = new Pace();
    const set = new PatternSet(programs.length, yield* jointProgram(programs, pace));
    yield* set.#beginning(always, pace);
    return set;
  }

  private constructor(patterns: number, joint: JointProgram) {
    this.#patterns = patterns;
    this.#joint = joint;
    this.#shift = Math.max(1, 32 - Math.clz32(joint.classes - 1));
    this.#seen = new Int32Array(joint.states);
    this.#stack = new Int32Array(2 * joint.states + 2);
    this.#reached = new Int32Array(joint.states);
    this.#flush();
  }

  /** Finds out where matches begin. */
  *#beginning(always: Set<number>, pace: Pace): Sliced<void> {
    const { classes, states } = this.#joint;
    this.#first = yield* this.#startStates(true, pace);
    for (const pattern of this.#matched) always.add(pattern);
    this.#always = Int32Array.from(always);
    const starting = yield* this.#startStates(false, pace);
    const isStarting = new Uint8Array(states);
    for (const state of starting) isStarting[state] = 1;
    this.#starting = isStarting;
    if (pace.isDue(2 * starting.length)) yield pace.turn();
    for (let octetClass = 0; octetClass < classes; octetClass += 1) {
      const to = starting.filter((state) => this.#reads(state, octetClass));
      this.#startSteps.push(to.length === 0 ? undefined : to);
      if (pace.isDue(2 * starting.length)) yield pace.turn();
    }
  }

  /** States that read, in which a match can begin. */
  *#startStates(atStart: boolean, pace: Pace): Sliced<Int32Array> {
    this.#begin();
    for (const start of this.#joint.starts) {
      const before = this.#reachedCount;
      this.#follow(start, atStart);
      if (pace.isDue(FOLLOWED_UNITS * (this.#reachedCount - before))) yield pace.turn();
    }
    const states = this.#states();
    if (pace.isDue(FOLLOWED_UNITS * states.length)) yield pace.turn();
    return states;
  }

  /**
   * Sets the bits of the patterns that may match somewhere in `octets[start … end)`, bit `index & 31` of word `index >>> 5`; other bits
   * stay as they are.
   */
  mark(octets: Uint8Array, start: number, end: number, bits: Uint32Array): void {
    assert(0 <= start && start <= end && end <= octets.length, "patterns: not within the octets");
    assert(bits.length * 32 >= this.#patterns, "patterns: more patterns than bits");
    for (let index = 0; index < this.#always.length; index += 1) set(bits, this.#always[index]!);
    const rowsMax = this.made + ROWS_PER_TEXT + (end - start) / OCTETS_PER_ROW_MIN;
    const { classOf } = this.#joint;
    if (this.#firstRow < 0) this.#firstRow = this.#rowOfStates(this.#first) << this.#shift;
    let row = this.#firstRow;
    for (let at = start; at < end; at += 1) {
      const cell = row + classOf[octets[at]!]!;
      let next = this.#table[cell]!;
      if ((next & 1) === 0) {
        row = next;
        continue;
      }
      if (next === UNKNOWN) {
        if (this.made > rowsMax) {
          for (let index = 0; index < this.#patterns; index += 1) set(bits, index);
          return;
        }
        row = this.#makeRoom(row);
        next = this.#step(row, classOf[octets[at]!]!);
      }
      if ((next & MARKS) === 1) {
        const marked = this.#lists[this.#listOf[row + classOf[octets[at]!]!]!]!;
        for (let index = 0; index < marked.length; index += 1) set(bits, marked[index]!);
      }
      row = next & ~1;
    }
  }

  /** Fills in where a row goes by a class. */
  #step(row: number, octetClass: number): number {
    this.#begin();
    const { out } = this.#joint;
    this.#beginAnew(octetClass);
    const states = this.#rowStates[row >>> this.#shift]!;
    for (let index = 0; index < states.length; index += 1)
      if (this.#reads(states[index]!, octetClass)) this.#follow(out[states[index]!]!, false);
    const matched = this.#matched;
    const to = this.#rowOfStates(this.#states()) << this.#shift;
    const cell = row + octetClass;
    if (matched.length > 0) this.#listOf[cell] = this.#listNumber(matched);
    this.#table[cell] = matched.length > 0 ? to | MARKS : to;
    return this.#table[cell]!;
  }

  /** Goes where a match that begins with an octet of a class goes: the same for all rows, so it is found once. */
  #beginAnew(octetClass: number): void {
    const { op, operand, out } = this.#joint;
    const known = this.#begun[octetClass];
    if (known !== undefined) {
      for (let index = 0; index < known.length; index += 1) {
        const state = known[index]!;
        this.#seen[state] = this.#generation;
        if (op[state] === MATCH) this.#matched.push(operand[state]!);
        else this.#reached[this.#reachedCount++] = state;
      }
      return;
    }
    const starting = this.#startSteps[octetClass];
    if (starting !== undefined)
      for (let index = 0; index < starting.length; index += 1) this.#follow(out[starting[index]!]!, false);
    this.#begun[octetClass] = Int32Array.from([...this.#states(), ...this.#ends]);
  }

  #listNumber(matched: readonly number[]): number {
    const list = Int32Array.from(matched).sort();
    const key = list.join();
    let number = this.#listNumbers.get(key);
    if (number === undefined) {
      number = this.#lists.length;
      this.#lists.push(list);
      this.#listNumbers.set(key, number);
    }
    return number;
  }

  #reads(state: number, octetClass: number): boolean {
    const { operand, setHas, classes } = this.#joint;
    return setHas[operand[state]! * classes + octetClass] === 1;
  }

  #begin(): void {
    this.#reachedCount = 0;
    this.#matched = [];
    this.#ends = [];
    if (this.#generation === 0x7fffffff) {
      this.#seen.fill(0);
      this.#generation = 0;
    }
    this.#generation += 1;
  }

  /** States that read, and patterns that match, where the machine goes on from a state without reading. */
  #follow(from: number, atStart: boolean): void {
    const { op, operand, out, other } = this.#joint;
    const seen = this.#seen;
    const stack = this.#stack;
    let depth = 0;
    stack[depth++] = from;
    while (depth > 0) {
      const state = stack[--depth]!;
      if (seen[state] === this.#generation) continue;
      seen[state] = this.#generation;
      switch (op[state]) {
        case SET:
          this.#reached[this.#reachedCount++] = state;
          break;
        case SPLIT:
          stack[depth++] = other[state]!;
          stack[depth++] = out[state]!;
          break;
        case ASSERT:
          if (operand[state] !== TEXT_START || atStart) stack[depth++] = out[state]!;
          break;
        case SAVE:
          stack[depth++] = out[state]!;
          break;
        case MATCH:
          this.#matched.push(operand[state]!);
          this.#ends.push(state);
          break;
      }
    }
  }

  /** Those that were reached, in order, but for those that all rows have. */
  #states(): Int32Array {
    const kept = this.#reached.subarray(0, this.#reachedCount);
    const starting = this.#starting;
    return (starting === undefined ? kept.slice() : kept.filter((state) => starting[state] === 0)).sort();
  }

  #rowOfStates(states: Int32Array): number {
    const key = Buffer.from(states.buffer, states.byteOffset, states.byteLength).toString("latin1");
    const known = this.#rowOf.get(key);
    if (known !== undefined) return known;
    const row = this.#rows;
    this.#rows += 1;
    this.made += 1;
    if (this.#rows << this.#shift > this.#table.length) {
      const table = new Int32Array(Math.max(this.#table.length * 2, 64 << this.#shift)).fill(UNKNOWN);
      table.set(this.#table);
      this.#table = table;
      const listOf = new Uint16Array(table.length);
      listOf.set(this.#listOf);
      this.#listOf = listOf;
    }
    this.#rowStates[row] = states;
    this.#rowStatesSum += states.length;
    this.#rowOf.set(key, row);
    return row;
  }

  /** Forgets all rows where there is no room for one more. Returns where `row` is then. */
  #makeRoom(row: number): number {
    if (
      this.#rows < PATTERN_SET_ROWS_MAX &&
      this.#rowStatesSum < PATTERN_SET_STATES_MAX &&
      this.#lists.length < PATTERN_SET_LISTS_MAX
    )
      return row;
    const states = this.#rowStates[row >>> this.#shift]!;
    this.#flush();
    return this.#rowOfStates(states) << this.#shift;
  }

  #flush(): void {
    this.#table.fill(UNKNOWN);
    this.#rows = 0;
    this.#rowStates = [];
    this.#rowStatesSum = 0;
    this.#lists = [];
    this.#listNumbers.clear();
    this.#firstRow = -1;
    this.#rowOf.clear();
  }
}

function set(bits: Uint32Array, index: number): void {
  bits[index >>> 5]! |= 1 << (index & 31);
}
