import { assert, PalisadeError } from "@palisade/base";
import { atOnce, Pace, type Sliced } from "../slices.js";
import { NONE, Trie } from "./trie.js";

/** States times classes of octets: cells of four octets. */
export const LITERAL_CELLS_MAX = 16_777_216;

const OCTETS = 256;
const MARKS_MAX = 0xffff_ffff;
/** Octets that most of a text is made of. */
const COMMON_OCTETS = [
  ...new TextEncoder().encode(" abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"),
];

export interface LiteralSetOptions {
  /** ASCII letters match both cases. Default: false. */
  readonly ignoreCase?: boolean;
}

/** The table and what belongs to it, as `LiteralSet` has them. */
interface Machine {
  readonly classOf: Uint8Array;
  readonly classes: number;
  readonly states: number;
  readonly next: Int32Array;
  /** States behind which a literal ends: the last ones. */
  readonly endings: number;
  readonly longest: Int32Array;
  readonly shorter: Int32Array;
  readonly literal: Int32Array;
  readonly lengths: Int32Array;
}

/**
 * Many strings of octets, looked for in one pass (A. Aho and M. Corasick, "Efficient string matching: an aid to bibliographic
 * search", 1975): one look-up an octet, whatever the octets are and however many strings there are.
 *
 * The machine is one table: a row for each state, a column for each class of octets. An octet that is in a literal has a class
 * of its own, or shares it with the letter's other case where case does not count; all others are class 0. A state is the
 * place of its row, and states behind which a literal ends are the last, so that one comparison tells them. Where no literal
 * begins with what text is made of, octets that begin none are passed over while nothing is under way. Elsewhere that would
 * cost: branches that the processor guesses wrong took it from 240 to 90 MB/s (see literal-set.bench.ts).
 *
 * An object serves one search at a time.
 */
export class LiteralSet {
  readonly #classOf: Uint8Array;
  /** 1 for octets that a literal begins with. */
  readonly #begins: Uint8Array;
  /** The state in which octets that begin no literal are passed over: 0, or -1 where that is not worth it. */
  readonly #rest: number;
  /** `state + class` → state. */
  readonly #next: Int32Array;
  readonly #classes: number;
  /** States from this one on are those behind which a literal ends. */
  readonly #firstEnding: number;
  /** By ending state: the number of the longest literal that ends there among those that differ. */
  readonly #longest: Int32Array;
  /** By number of those: the next shorter one that ends wherever this ends, or -1. */
  readonly #shorter: Int32Array;
  /** By number of those: the literal that it is, by index; of those that are the same the first. */
  readonly #literal: Int32Array;
  readonly #lengths: Int32Array;
  /** By number: which `collect` came by last. */
  readonly #marked: Uint32Array;
  #marks = 0;

  /** Of the machine: beginnings of literals, the empty one among them. */
  readonly states: number;
  /** Where the match of the last `find` begins and ends, if there was one. */
  matchStart = 0;
  matchEnd = 0;

  /**
   * @param literals of one octet or more; some may be the same
   * @throws {PalisadeError} `LITERALS_EMPTY` for a literal without octets, `LITERALS_TOO_LARGE` beyond the bounds
   */
  static of(literals: readonly Uint8Array[], options?: LiteralSetOptions): LiteralSet {
    return atOnce(LiteralSet.building(literals, options));
  }

  /** As `of`; may be interrupted. */
  static *building(literals: readonly Uint8Array[], options?: LiteralSetOptions): Sliced<LiteralSet> {
    const empty = literals.findIndex((literal) => literal.length === 0);
    if (empty >= 0) {
      throw new PalisadeError(
        "LITERALS_EMPTY",
        `literals: number ${empty + 1} of ${literals.length} has no octets; leave it out`,
      );
    }
    return new LiteralSet(yield* buildingMachine(literals, options?.ignoreCase ?? false));
  }

  private constructor({
    classOf,
    classes,
    states,
    next,
    endings,
    longest,
    shorter,
    literal,
    lengths,
  }: Machine) {
    this.states = states;
    this.#classOf = classOf;
    this.#begins = Uint8Array.from(classOf, (octetClass) => (next[octetClass] === 0 ? 0 : 1));
    this.#rest = COMMON_OCTETS.some((octet) => this.#begins[octet] === 1) ? -1 : 0;
    this.#next = next;
    this.#classes = classes;
    this.#firstEnding = (states - endings) * classes;
    this.#longest = longest;
    this.#shorter = shorter;
    this.#literal = literal;
    this.#lengths = lengths;
    this.#marked = new Uint32Array(literal.length);
  }

  /** Literals, each that is given again counted again. */
  get size(): number {
    return this.#lengths.length;
  }

  /**
   * The literal whose match in `octets[start … end)` ends first, the longest of those, and of the same ones the first: its index
   * in the list that the set was made from; -1 where none occurs. `matchStart` and `matchEnd` say where.
   */
  find(octets: Uint8Array, start = 0, end = octets.length): number {
    assert(0 <= start && start <= end && end <= octets.length, "literals: not within the octets");
    const next = this.#next;
    const classOf = this.#classOf;
    const begins = this.#begins;
    const firstEnding = this.#firstEnding;
    const rest = this.#rest;
    let state = 0;
    let from = start;
    while (from < end) {
      if (rest === 0) from = skip(octets, from, end, begins);
      let at = from;
      for (; at < end; at += 1) {
        state = next[state + classOf[octets[at]!]!]!;
        if (state >= firstEnding || state <= rest) break;
      }
      if (state >= firstEnding) {
        const index = this.#literal[this.#longest[(state - firstEnding) / this.#classes]!]!;
        this.matchEnd = at + 1;
        this.matchStart = at + 1 - this.#lengths[index]!;
        return index;
      }
      from = at + 1;
    }
    return NONE;
  }

  /**
   * Writes the index of each literal that occurs in `octets[start … end)` to `found`, each once, of those that are the same the first
   * alone, in no order. Time is linear in the octets and the literals that occur: none is come by twice.
   *
   * @param found at least as long as there are literals
   * @returns how many occur
   */
  collect(octets: Uint8Array, start: number, end: number, found: Int32Array): number {
    assert(0 <= start && start <= end && end <= octets.length, "literals: not within the octets");
    assert(found.length >= this.#literal.length, "literals: no room for what is found");
    const next = this.#next;
    const classOf = this.#classOf;
    const begins = this.#begins;
    const firstEnding = this.#firstEnding;
    const rest = this.#rest;
    const mark = this.#nextMark();
    let count = 0;
    let state = 0;
    let from = start;
    while (from < end) {
      if (state <= rest) from = skip(octets, from, end, begins);
      let at = from;
      for (; at < end; at += 1) {
        state = next[state + classOf[octets[at]!]!]!;
        if (state >= firstEnding || state <= rest) break;
      }
      if (state >= firstEnding)
        for (
          let number = this.#longest[(state - firstEnding) / this.#classes]!;
          number !== NONE && this.#marked[number] !== mark;
          number = this.#shorter[number]!
        ) {
          this.#marked[number] = mark;
          found[count] = this.#literal[number]!;
          count += 1;
        }
      from = at + 1;
    }
    return count;
  }

  #nextMark(): number {
    if (this.#marks === MARKS_MAX) {
      this.#marks = 0;
      this.#marked.fill(0);
    }
    this.#marks += 1;
    return this.#marks;
  }
}

function* buildingMachine(literals: readonly Uint8Array[], ignoreCase: boolean): Sliced<Machine> {
  const pace = new Pace();
  const { classOf, classes } = yield* classesOf(literals, ignoreCase, pace);
  const trie = yield* Trie.building(literals, classOf, pace);
  const { states, order, fail } = trie;
  if (states * classes > LITERAL_CELLS_MAX) {
    throw new PalisadeError(
      "LITERALS_TOO_LARGE",
      `literals: ${states} states times ${classes} classes are more than ${LITERAL_CELLS_MAX} cells; give fewer or shorter strings`,
    );
  }

  // The literal that is a state's longest ending: its own, or that of what it ends with, which comes before in order.
  const longestOf = new Int32Array(states).fill(NONE);
  const shorter: number[] = [];
  const literal: number[] = [];
  let endings = 0;
  for (const state of order) {
    const below = longestOf[fail[state]!]!;
    const own = trie.literal[state]!;
    longestOf[state] = own === NONE ? below : literal.length;
    if (own !== NONE) {
      literal.push(own);
      shorter.push(below);
    }
    if (longestOf[state] !== NONE) endings += 1;
    if (pace.isDue(1)) yield pace.turn();
  }

  const row = new Int32Array(states);
  const longest = new Int32Array(endings);
  let plain = 0;
  let ending = 0;
  for (const state of order) {
    if (longestOf[state] === NONE) row[state] = plain++ * classes;
    else {
      longest[ending] = longestOf[state]!;
      row[state] = (states - endings + ending++) * classes;
    }
    if (pace.isDue(1)) yield pace.turn();
  }

  const next = new Int32Array(states * classes);
  for (const state of order) {
    // A state goes where the longest thing it ends with goes, but where it has a way of its own.
    const at = row[state]!;
    const like = row[fail[state]!]!;
    if (state !== 0) next.copyWithin(at, like, like + classes);
    trie.eachChild(state, (child, octetClass) => {
      next[at + octetClass] = row[child]!;
    });
    if (pace.isDue(classes)) yield pace.turn();
  }
  return {
    classOf,
    classes,
    states,
    next,
    endings,
    longest,
    shorter: Int32Array.from(shorter),
    literal: Int32Array.from(literal),
    lengths: Int32Array.from(literals, (octets) => octets.length),
  };
}

/** Where from `at` on a literal can begin. */
function skip(octets: Uint8Array, from: number, end: number, begins: Uint8Array): number {
  let at = from;
  while (
    at < end - 3 &&
    (begins[octets[at]!]! |
      begins[octets[at + 1]!]! |
      begins[octets[at + 2]!]! |
      begins[octets[at + 3]!]!) ===
      0
  ) {
    at += 4;
  }
  while (at < end && begins[octets[at]!] === 0) at += 1;
  return at;
}

/** A class for each octet that is in a literal, from 1 on; 0 for all others. */
function* classesOf(
  literals: readonly Uint8Array[],
  ignoreCase: boolean,
  pace: Pace,
): Sliced<{ readonly classOf: Uint8Array; readonly classes: number }> {
  const used = new Uint8Array(OCTETS);
  for (const literal of literals) {
    for (const octet of literal) used[ignoreCase ? lower(octet) : octet] = 1;
    if (pace.isDue(literal.length)) yield pace.turn();
  }
  // A literal of all 256 octets leaves none for class 0.
  let classes = used.includes(0) ? 1 : 0;
  const numbers = used.map((is) => (is === 1 ? classes++ : 0));
  const classOf = numbers.map((number, octet) => (ignoreCase ? numbers[lower(octet)]! : number));
  return { classOf, classes };
}

function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}
