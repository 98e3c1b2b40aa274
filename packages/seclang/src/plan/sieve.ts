/**
 * Which rules a value can match at all, found in a few passes over its octets, whatever the number of rules: whether it holds octets that
 * a rule cannot do without, strings of which a rule needs one, and, for patterns without such strings, what these match themselves. What is said is never too little: a rule that is ruled out would not have matched.
 */
import { LiteralSet, type OctetSet, PatternSet } from "@palisade/match";
import type { Operator } from "../operators/operator.js";
import { Pace, type Sliced } from "../slices.js";
import { hasBit, setBit } from "./bits.js";
import { type ClassMask, EVERY_VALUE, mixed, type OctetClasses } from "./octet-classes.js";

/** Answers kept, by the octets that a value holds; a further one takes the place of one that falls on it. */
const ANSWERS = 1024;
/** Fewer octets than this are a need of octets: one look-up each is all that a string would be, too. */
const LITERAL_OCTETS_MIN = 2;
/** What it takes to note a string, in units of work. */
const LITERAL_UNITS = 64;

/** A rule as the sieve sees it: its bit, and what it tests with. */
export interface Sifted {
  readonly bit: number;
  readonly operator: Operator;
}

/** What a sieve looks for, built one after the other. */
interface SieveParts {
  readonly sifted: readonly Sifted[];
  readonly patterns: PatternSet;
  /** Bits of the rules of `patterns`. */
  readonly patterned: readonly number[];
  readonly literals: LiteralSet;
  /** By literal: bits of its rules. */
  readonly users: readonly (readonly number[])[];
}

export class Sieve {
  /** Words of a set of rules. */
  readonly words: number;
  /** By octet, a bit of its class. */
  readonly #low: Int32Array;
  readonly #high: Int32Array;
  /** By rule: where its needs begin in `#needs`, and one more. Two words a need. */
  readonly #needsFrom: Int32Array;
  readonly #needs: Int32Array;
  /** Rules of this sieve, and those of them that need a string. */
  readonly #rules: Uint32Array;
  readonly #withLiterals: Uint32Array;
  readonly #literals: LiteralSet;
  /** By literal: where its rules begin in `#users`, and one more. */
  readonly #usersFrom: Int32Array;
  readonly #users: Int32Array;
  readonly #found: Int32Array;
  /** Rules that are patterns without strings to look for, by their index in `#patterns`. */
  readonly #withPatterns: Uint32Array;
  readonly #patternRules: Int32Array;
  readonly #patterns: PatternSet;
  readonly #matching: Uint32Array;
  readonly #answers: Uint32Array;
  /** Two words a kept answer, and whether there is one. */
  readonly #answerMasks = new Int32Array(ANSWERS * 2);
  readonly #answered = new Uint8Array(ANSWERS);
  /** The classes of the octets that the last value holds. */
  low = 0;
  high = 0;

  /** May be interrupted between its sets. @param rules bits of all rules there are, at least */
  static *building(sifted: readonly Sifted[], rules: number, classes: OctetClasses): Sliced<Sieve> {
    const patterned = sifted.filter(
      ({ operator }) => operator.pattern !== undefined && !hasLiterals(operator),
    );
    const patterns = yield* PatternSet.building(patterned.map(({ operator }) => operator.pattern!));
    yield;
    const users = new Map<string, number[]>();
    const pace = new Pace();
    for (const { bit, operator } of sifted) {
      for (const literal of literalsOf(operator)) {
        const known = users.get(literal);
        if (known === undefined) users.set(literal, [bit]);
        else if (known.at(-1) !== bit) known.push(bit);
        if (pace.isDue(LITERAL_UNITS)) yield pace.turn();
      }
    }
    const octets: Uint8Array[] = [];
    for (const literal of users.keys()) {
      octets.push(Buffer.from(literal, "latin1"));
      if (pace.isDue(LITERAL_UNITS)) yield pace.turn();
    }
    const literals = yield* LiteralSet.building(octets, { ignoreCase: true });
    yield;
    return new Sieve(
      { sifted, patterns, patterned: patterned.map(({ bit }) => bit), literals, users: [...users.values()] },
      rules,
      classes,
    );
  }

  private constructor(
    { sifted, patterns, patterned, literals, users }: SieveParts,
    rules: number,
    classes: OctetClasses,
  ) {
    this.words = (rules + 31) >>> 5;
    this.#low = classes.low;
    this.#high = classes.high;
    this.#rules = new Uint32Array(this.words);
    this.#withLiterals = new Uint32Array(this.words);
    this.#answers = new Uint32Array(ANSWERS * this.words);
    const needs: ClassMask[][] = Array.from({ length: rules }, () => []);
    for (const { bit, operator } of sifted) {
      setBit(this.#rules, bit);
      needs[bit] = octetNeeds(operator).map((set) => classes.maskOf(set));
      if (hasLiterals(operator)) setBit(this.#withLiterals, bit);
    }
    this.#withPatterns = new Uint32Array(this.words);
    for (const bit of patterned) setBit(this.#withPatterns, bit);
    this.#patternRules = Int32Array.from(patterned);
    this.#patterns = patterns;
    this.#matching = new Uint32Array((patterned.length + 31) >>> 5);
    const counts = needs.map((masks) => masks.length);
    this.#needsFrom = offsets(counts);
    this.#needs = Int32Array.from(needs.flat().flatMap(({ low, high }) => [low, high]));
    this.#literals = literals;
    this.#usersFrom = offsets(users.map((bits) => bits.length));
    this.#users = Int32Array.from(users.flat());
    this.#found = new Int32Array(users.length);
  }

  /**
   * Sets the bits of the rules that `octets[start … end)` does not rule out, and clears all others, those that are not `wanted` not
   * regarded. Leaves in `low` and `high` which octets there are.
   */
  sift(octets: Uint8Array, start: number, end: number, wanted: Uint32Array, out: Uint32Array): void {
    const lowOf = this.#low;
    const highOf = this.#high;
    let low = EVERY_VALUE;
    let high = 0;
    for (let at = start; at < end; at += 1) {
      const octet = octets[at]!;
      low |= lowOf[octet]!;
      high |= highOf[octet]!;
    }
    this.low = low;
    this.high = high;
    const { words } = this;
    const answers = this.#answers;
    const from = this.#answer(low, high) * words;
    const withLiterals = this.#withLiterals;
    const withPatterns = this.#withPatterns;
    let looked = 0;
    let searched = 0;
    for (let word = 0; word < words; word += 1) {
      const answer = answers[from + word]! & wanted[word]!;
      out[word] = answer & ~withLiterals[word]! & ~withPatterns[word]!;
      looked |= answer & withLiterals[word]!;
      searched |= answer & withPatterns[word]!;
    }
    if (looked !== 0) this.#look(octets, start, end, from, wanted, out);
    if (searched !== 0) this.#search(octets, start, end, from, wanted, out);
  }

  /** Adds rules of which a string occurs. */
  #look(
    octets: Uint8Array,
    start: number,
    end: number,
    from: number,
    wanted: Uint32Array,
    out: Uint32Array,
  ): void {
    const answers = this.#answers;
    const found = this.#found;
    const count = this.#literals.collect(octets, start, end, found);
    for (let index = 0; index < count; index += 1) {
      const literal = found[index]!;
      const last = this.#usersFrom[literal + 1]!;
      for (let user = this.#usersFrom[literal]!; user < last; user += 1) {
        const bit = this.#users[user]!;
        const word = bit >>> 5;
        out[word]! |= answers[from + word]! & wanted[word]! & (1 << (bit & 31));
      }
    }
  }

  /** Adds rules whose pattern matches. */
  #search(
    octets: Uint8Array,
    start: number,
    end: number,
    from: number,
    wanted: Uint32Array,
    out: Uint32Array,
  ): void {
    const matching = this.#matching;
    matching.fill(0);
    this.#patterns.mark(octets, start, end, matching);
    for (let word = 0; word < matching.length; word += 1)
      for (let left = matching[word]!; left !== 0; left &= left - 1) {
        const bit = this.#patternRules[(word << 5) + 31 - Math.clz32(left & -left)]!;
        out[bit >>> 5]! |= this.#answers[from + (bit >>> 5)]! & wanted[bit >>> 5]! & (1 << (bit & 31));
      }
  }

  /** Where the answer for a set of octets is kept. */
  #answer(low: number, high: number): number {
    const slot = mixed(low, high) & (ANSWERS - 1);
    const masks = this.#answerMasks;
    if (this.#answered[slot] === 1 && masks[slot * 2] === low && masks[slot * 2 + 1] === high) return slot;
    this.#answered[slot] = 1;
    masks[slot * 2] = low;
    masks[slot * 2 + 1] = high;
    const { words } = this;
    const answer = this.#answers.subarray(slot * words, (slot + 1) * words);
    answer.set(this.#rules);
    for (let bit = 0; bit < this.#needsFrom.length - 1; bit += 1)
      if (hasBit(answer, bit) && !this.#hasNeeds(bit, low, high)) answer[bit >>> 5]! &= ~(1 << (bit & 31));
    return slot;
  }

  #hasNeeds(bit: number, low: number, high: number): boolean {
    const last = this.#needsFrom[bit + 1]!;
    for (let need = this.#needsFrom[bit]!; need < last; need += 1)
      if ((this.#needs[need * 2]! & low) === 0 && (this.#needs[need * 2 + 1]! & high) === 0) return false;
    return true;
  }
}

/** Sets of octets that each value that `operator` holds for has one of; those that are in its strings included. */
export function octetNeeds(operator: Operator): readonly OctetSet[] {
  const { required, requiredOctets = [] } = operator;
  if (required === undefined || hasLiterals(operator)) return requiredOctets;
  // Strings too short to look for: one of their octets.
  const either = new Uint8Array(256);
  for (const literal of required.literals) {
    const octet = literal[0]!;
    either[octet] = 1;
    const letter = octet | 0x20;
    if (required.ignoreCase && letter >= 0x61 && letter <= 0x7a) {
      either[letter] = 1;
      either[letter & 0xdf] = 1;
    }
  }
  return [...requiredOctets, either];
}

/** Whether a value needs one of some strings that are worth looking for. */
function hasLiterals({ required }: Operator): boolean {
  return required?.literals.every((literal) => literal.length >= LITERAL_OCTETS_MIN) ?? false;
}

/** These, in small letters and a character each octet. */
function literalsOf(operator: Operator): readonly string[] {
  if (!hasLiterals(operator)) return [];
  return operator.required!.literals.map((literal) => lowered(Buffer.from(literal).toString("latin1")));
}

function lowered(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function offsets(counts: readonly number[]): Int32Array {
  const from = new Int32Array(counts.length + 1);
  for (const [index, count] of counts.entries()) from[index + 1] = from[index]! + count;
  return from;
}
