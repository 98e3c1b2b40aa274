import { atOnce, Pace, type Sliced } from "../slices.js";
import { tooLarge, unsupported } from "./errors.js";
import { addSet, OCTETS, type OctetSet, setKey, setsMeet, singleSet, WORD } from "./octet-set.js";
import { firstOctets } from "./one-way.js";
import type { Syntax } from "./parser.js";
import {
  ASSERT,
  ASSERTIONS,
  BEFORE_NEWLINE,
  BEFORE_START,
  BEFORE_WORD,
  MATCH,
  type Program,
  SAVE,
  SET,
  SPLIT,
} from "./program.js";
import type { Assertion, Node, RepeatNode } from "./syntax.js";

/** States of a pattern's machine: an octet, a choice, an end of a group each; counts multiply what they repeat. */
export const PATTERN_STATES_MAX = 16_384;
/** States times slots, which is what captures take: 32-bit cells, twice. */
export const PATTERN_CELLS_MAX = 1_048_576;

/** What it takes to lay out a state, or to come by it, in units of work. */
const STATE_UNITS = 8;

const TEXT_START = ASSERTIONS.indexOf("text-start");
const NONE = -1;

/** A repetition that gives nothing back, and the states that come behind it. */
interface Possessive {
  readonly node: RepeatNode;
  readonly exits: readonly number[];
}

/**
 * Builds the machine from its end to its start, so that each piece knows what comes behind it.
 *
 * Perl ends a repetition behind a pass of its body that took no octet. So a body that can be empty is built twice: once for
 * as long as the pass has taken nothing, from whose end the repetition is left, and once from its first octet on. What
 * stands inside such a body has two continuations, `idle` before the pass's first octet and `busy` after it; elsewhere the
 * two are the same.
 *
 * @throws {PalisadeError} `PATTERN_TOO_LARGE`, or `PATTERN_UNSUPPORTED` where a possessive repetition is not a greedy one's equal
 */
export function assemble(syntax: Syntax, source: string): Program {
  return atOnce(assembling(syntax, source, new Pace()));
}

/** As `assemble`; may be interrupted, but not while states are laid out, of which there are `PATTERN_STATES_MAX` at most. */
export function assembling(syntax: Syntax, source: string, pace: Pace): Sliced<Program> {
  return new Assembler(source, pace).program(syntax);
}

class Assembler {
  readonly #source: string;
  readonly #pace: Pace;
  readonly #op: number[] = [];
  readonly #operand: number[] = [];
  readonly #out: number[] = [];
  readonly #other: number[] = [];
  readonly #sets: OctetSet[] = [];
  readonly #setNumbers = new Map<string, number>();
  readonly #setsSeen = new Map<OctetSet, number>();
  readonly #possessives: Possessive[] = [];
  /** Entries of nodes inside bodies that can be empty, by their continuations: they are asked for several times. */
  readonly #entries = new Map<Node, Map<number, number>>();
  #emptyBodies = 0;

  constructor(source: string, pace: Pace) {
    this.#source = source;
    this.#pace = pace;
  }

  *program({ root, groups }: Syntax): Sliced<Program> {
    const slots = 2 * (groups + 1);
    const match = this.#state(MATCH, 0, NONE, NONE);
    const end = this.#state(SAVE, 1, match, NONE);
    const start = this.#state(SAVE, 0, this.#entry(root, end, end), NONE);
    for (const possessive of this.#possessives) this.#check(possessive);
    const states = this.#op.length;
    if (states * slots > PATTERN_CELLS_MAX)
      throw tooLarge("too many groups for its size; write (?:…) where none is read");
    if (this.#pace.isDue(STATE_UNITS * states)) yield this.#pace.turn();
    const { classOf, classes } = yield* this.#classes();
    const setHas = yield* this.#setHas(classOf, classes);
    const reach = this.#reach([start], true);
    if (this.#pace.isDue(STATE_UNITS * states)) yield this.#pace.turn();
    return {
      states,
      start,
      op: Uint8Array.from(this.#op),
      operand: Int32Array.from(this.#operand),
      out: Int32Array.from(this.#out),
      other: Int32Array.from(this.#other),
      slots,
      classOf,
      classes,
      setHas,
      contextMask: this.#contextMask(),
      needsContext: this.#op.includes(ASSERT),
      first: reach.match ? undefined : reach.first,
      anchored: this.#anchored(start),
    };
  }

  #state(op: number, operand: number, out: number, other: number): number {
    if (this.#op.length === PATTERN_STATES_MAX)
      throw tooLarge(`more than ${PATTERN_STATES_MAX} states when its counts are written out; lower them`);
    this.#op.push(op);
    this.#operand.push(operand);
    this.#out.push(out);
    this.#other.push(other);
    return this.#op.length - 1;
  }

  #split(first: number, second: number, how: RepeatNode["how"]): number {
    return how === "lazy" ? this.#state(SPLIT, 0, second, first) : this.#state(SPLIT, 0, first, second);
  }

  /** Where `node` begins, if behind it the machine goes on at `idle` or `busy`. */
  #entry(node: Node, idle: number, busy: number): number {
    const before = node.nullable ? idle : busy;
    if (this.#emptyBodies === 0) return this.#build(node, before, busy);
    const key = before * PATTERN_STATES_MAX + busy;
    let entries = this.#entries.get(node);
    if (entries === undefined) this.#entries.set(node, (entries = new Map()));
    const known = entries.get(key);
    if (known !== undefined) return known;
    const entry = this.#build(node, before, busy);
    entries.set(key, entry);
    return entry;
  }

  #build(node: Node, idle: number, busy: number): number {
    switch (node.kind) {
      case "empty":
        return idle;
      case "set":
        return this.#state(SET, this.#setNumber(node.set), busy, NONE);
      case "assertion":
        return this.#state(ASSERT, ASSERTIONS.indexOf(node.assertion), idle, NONE);
      case "capture": {
        const endBusy = this.#state(SAVE, 2 * node.group + 1, busy, NONE);
        const endIdle = idle === busy ? endBusy : this.#state(SAVE, 2 * node.group + 1, idle, NONE);
        return this.#state(SAVE, 2 * node.group, this.#entry(node.body, endIdle, endBusy), NONE);
      }
      case "sequence": {
        let [nextIdle, nextBusy] = [idle, busy];
        for (const part of node.parts.toReversed()) {
          const partBusy = this.#entry(part, nextBusy, nextBusy);
          nextIdle = nextIdle === nextBusy ? partBusy : this.#entry(part, nextIdle, nextBusy);
          nextBusy = partBusy;
        }
        return nextIdle;
      }
      case "alternatives": {
        let entry = NONE;
        for (const branch of node.branches.toReversed()) {
          const one = this.#entry(branch, idle, busy);
          entry = entry === NONE ? one : this.#state(SPLIT, 0, one, entry);
        }
        return entry;
      }
      case "repeat":
        return this.#repeat(node, idle, busy);
    }
  }

  #repeat(node: RepeatNode, idle: number, busy: number): number {
    const { body, min, max, how } = node;
    if (how === "possessive") this.#possessives.push({ node, exits: [idle, busy] });
    let [nextIdle, nextBusy] = [idle, busy];
    let needed = min;
    if (max === Number.POSITIVE_INFINITY) {
      const [loopIdle, loopBusy] = this.#loop(node, idle, busy);
      if (min === 0) return this.#split(loopIdle, idle, how);
      [nextIdle, nextBusy] = [loopIdle, loopBusy];
      needed -= 1;
    } else {
      for (let count = min; count < max; count += 1) {
        const oneBusy = this.#split(this.#entry(body, nextBusy, nextBusy), busy, how);
        nextIdle = idle === busy ? oneBusy : this.#split(this.#entry(body, nextIdle, nextBusy), idle, how);
        nextBusy = oneBusy;
      }
    }
    for (let count = 0; count < needed; count += 1) {
      const oneBusy = this.#entry(body, nextBusy, nextBusy);
      const oneIdle = nextIdle === nextBusy ? oneBusy : this.#entry(body, nextIdle, nextBusy);
      // A body without states, of which a count makes nothing.
      if (oneIdle === nextIdle && oneBusy === nextBusy) break;
      nextIdle = oneIdle;
      nextBusy = oneBusy;
    }
    return nextIdle;
  }

  /** Where the first of one or more passes begins. */
  #loop({ body, how }: RepeatNode, idle: number, busy: number): [idle: number, busy: number] {
    const again = this.#state(SPLIT, 0, NONE, NONE);
    if (body.nullable) this.#emptyBodies += 1;
    const first = this.#entry(body, body.nullable ? busy : again, again);
    const idleFirst = idle === busy || !body.nullable ? first : this.#entry(body, idle, again);
    if (body.nullable) this.#emptyBodies -= 1;
    this.#out[again] = how === "lazy" ? busy : first;
    this.#other[again] = how === "lazy" ? first : busy;
    return [idleFirst, first];
  }

  #setNumber(set: OctetSet): number {
    const same = this.#setsSeen.get(set);
    if (same !== undefined) return same;
    const key = setKey(set);
    let number = this.#setNumbers.get(key);
    if (number === undefined) {
      number = this.#sets.length;
      this.#sets.push(set);
      this.#setNumbers.set(key, number);
    }
    this.#setsSeen.set(set, number);
    return number;
  }

  /** Parts the octets into classes, none of which a set or an assertion tells apart. */
  *#classes(): Sliced<{ readonly classOf: Uint8Array; readonly classes: number }> {
    const sets = [...this.#sets];
    const has = (...assertions: Assertion[]): boolean =>
      this.#op.some((op, state) => op === ASSERT && assertions.includes(ASSERTIONS[this.#operand[state]!]!));
    if (has("word-boundary", "word-inside")) sets.push(WORD);
    // The last octet is looked at on its own if it is a line feed, so that needs a class to be told by.
    if (has("line-start", "line-end", "text-end-newline")) sets.push(singleSet(0x0a));
    const classOf = new Uint8Array(OCTETS);
    let classes = 1;
    const sizes = new Uint16Array(OCTETS);
    sizes[0] = OCTETS;
    const held = new Uint16Array(OCTETS);
    const parted = new Uint8Array(OCTETS);
    for (const set of sets) {
      held.fill(0);
      parted.fill(0);
      for (let octet = set.indexOf(1); octet >= 0; octet = set.indexOf(1, octet + 1))
        held[classOf[octet]!]! += 1;
      for (let octet = set.indexOf(1); octet >= 0; octet = set.indexOf(1, octet + 1)) {
        const whole = classOf[octet]!;
        // A class of which the set holds some octets alone is parted: these get a number of their own.
        if (parted[whole] === 0) {
          if (held[whole] === sizes[whole]) continue;
          sizes[classes] = held[whole]!;
          sizes[whole]! -= held[whole]!;
          parted[whole] = classes;
          classes += 1;
        }
        classOf[octet] = parted[whole]!;
      }
      if (this.#pace.isDue(OCTETS)) yield this.#pace.turn();
    }
    return { classOf, classes };
  }

  /** Which sets have which classes: see `Program`. */
  *#setHas(classOf: Uint8Array, classes: number): Sliced<Uint8Array> {
    const sample = Array.from({ length: classes }, (_, octetClass) => classOf.indexOf(octetClass));
    const setHas = new Uint8Array(this.#sets.length * classes);
    for (const [number, set] of this.#sets.entries()) {
      for (let octetClass = 0; octetClass < classes; octetClass += 1)
        setHas[number * classes + octetClass] = set[sample[octetClass]!]!;
      if (this.#pace.isDue(classes)) yield this.#pace.turn();
    }
    return setHas;
  }

  #contextMask(): number {
    let mask = 0;
    for (const [state, op] of this.#op.entries()) {
      if (op !== ASSERT) continue;
      const assertion = ASSERTIONS[this.#operand[state]!]!;
      if (assertion === "text-start") mask |= BEFORE_START;
      if (assertion === "line-start") mask |= BEFORE_START | BEFORE_NEWLINE;
      if (assertion === "word-boundary" || assertion === "word-inside") mask |= BEFORE_WORD;
    }
    return mask;
  }

  /**
   * What can be reached from `from` without reading: the octets that can be read then, and whether that ends a match.
   *
   * @param assertions whether they hold; those that do not are not gone past but noted
   */
  #reach(
    from: readonly number[],
    assertions: boolean,
  ): { first: Uint8Array; match: boolean; stopped: Set<number> } {
    const first = new Uint8Array(OCTETS);
    const sets = new Set<number>();
    const seen = new Set(from);
    const stopped = new Set<number>();
    let match = false;
    for (const state of seen) {
      const op = this.#op[state]!;
      if (op === SET) sets.add(this.#operand[state]!);
      else if (op === MATCH) match = true;
      else if (op === ASSERT && !assertions) stopped.add(state);
      else {
        seen.add(this.#out[state]!);
        if (op === SPLIT) seen.add(this.#other[state]!);
      }
    }
    for (const set of sets) addSet(first, this.#sets[set]!);
    return { first, match, stopped };
  }

  /** Whether nothing can be read nor matched from `start` without `\A`. */
  #anchored(start: number): boolean {
    const seen = new Set([start]);
    for (const state of seen) {
      const op = this.#op[state]!;
      if (op === SET || op === MATCH) return false;
      if (op === ASSERT && this.#operand[state] === TEXT_START) continue;
      seen.add(this.#out[state]!);
      if (op === SPLIT) seen.add(this.#other[state]!);
    }
    return true;
  }

  /**
   * A possessive repetition is a greedy one if giving back passes never helps: what comes behind it cannot go on where a
   * further pass could begin, or it matches wherever the repetition ends.
   *
   * @throws {PalisadeError} `PATTERN_UNSUPPORTED` where neither is so
   */
  #check({ node, exits }: Possessive): void {
    const { first, match, stopped } = this.#reach(exits, false);
    if (match) return;
    const behind = Uint8Array.from(first);
    for (const state of stopped) {
      const assertion = ASSERTIONS[this.#operand[state]!]!;
      if (assertion === "text-end") continue;
      if (assertion === "text-end-newline" || assertion === "line-end") addSet(behind, singleSet(0x0a));
      else behind.fill(1);
    }
    if (!setsMeet(behind, firstOctets(node.body))) return;
    throw unsupported(
      this.#source,
      node.position,
      "what comes behind this possessive repetition or atomic group could use what it would not give back; leave the + or ?> out",
    );
  }
}
