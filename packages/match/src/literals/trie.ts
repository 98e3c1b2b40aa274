import { PalisadeError } from "@palisade/base";
import type { Pace, Sliced } from "../slices.js";

/** States of a set of literals: one, and one for each octet of a literal behind a beginning that no other has. */
export const LITERAL_STATES_MAX = 1_048_576;

export const NONE = -1;

/** What it takes to find a child of a state, in units of work. */
const CHILD_UNITS = 16;

/** Literals as a tree of classes of octets, with what Aho and Corasick's machine needs of it. States are numbers, 0 the root. */
export class Trie {
  /** Classes on edges; lists of children by their first one and each one's next. */
  readonly #classTo: Uint16Array;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  /** Parents before children, the root first. */
  order: Int32Array = new Int32Array(0);
  /** By state: that of its longest proper ending which begins a literal. */
  fail: Int32Array = new Int32Array(0);
  /** By state: the first literal that ends there, or -1. */
  readonly literal: Int32Array;
  states = 1;

  /** May be interrupted. @throws {PalisadeError} `LITERALS_TOO_LARGE` */
  static *building(literals: readonly Uint8Array[], classOf: Uint8Array, pace: Pace): Sliced<Trie> {
    const octets = literals.reduce((sum, literal) => sum + literal.length, 0);
    const trie = new Trie(Math.min(octets + 1, LITERAL_STATES_MAX));
    for (const [index, literal] of literals.entries()) {
      let state = 0;
      for (let at = 0; at < literal.length; at += 1) {
        state = trie.#childOrNew(state, classOf[literal[at]!]!);
        if (pace.isDue(CHILD_UNITS)) yield pace.turn();
      }
      if (trie.literal[state] === NONE) trie.literal[state] = index;
    }
    yield* trie.#linking(pace);
    return trie;
  }

  private constructor(room: number) {
    this.#classTo = new Uint16Array(room);
    this.#firstChild = new Int32Array(room).fill(NONE);
    this.#nextSibling = new Int32Array(room).fill(NONE);
    this.literal = new Int32Array(room).fill(NONE);
  }

  /** Calls for each child of `state` with the class that leads to it. */
  eachChild(state: number, call: (child: number, octetClass: number) => void): void {
    for (let child = this.#firstChild[state]!; child !== NONE; child = this.#nextSibling[child]!) {
      call(child, this.#classTo[child]!);
    }
  }

  /** In order, so that a parent's ending, which is shorter than its child's, is known. */
  *#linking(pace: Pace): Sliced<void> {
    this.order = new Int32Array(this.states);
    this.fail = new Int32Array(this.states);
    let count = 1;
    for (let index = 0; index < count; index += 1) {
      const parent = this.order[index]!;
      this.eachChild(parent, (child, octetClass) => {
        this.order[count++] = child;
        this.fail[child] = parent === 0 ? 0 : this.#failOf(parent, octetClass);
      });
      if (pace.isDue(CHILD_UNITS)) yield pace.turn();
    }
  }

  #failOf(parent: number, octetClass: number): number {
    let state = this.fail[parent]!;
    for (;;) {
      const child = this.#child(state, octetClass);
      if (child !== NONE) return child;
      if (state === 0) return 0;
      state = this.fail[state]!;
    }
  }

  #child(state: number, octetClass: number): number {
    let child = this.#firstChild[state]!;
    while (child !== NONE && this.#classTo[child] !== octetClass) child = this.#nextSibling[child]!;
    return child;
  }

  #childOrNew(state: number, octetClass: number): number {
    const child = this.#child(state, octetClass);
    if (child !== NONE) return child;
    if (this.states === LITERAL_STATES_MAX) {
      throw new PalisadeError(
        "LITERALS_TOO_LARGE",
        `literals: more than ${LITERAL_STATES_MAX} states, about one an octet; give fewer or shorter strings`,
      );
    }
    const added = this.states++;
    this.#classTo[added] = octetClass;
    this.#nextSibling[added] = this.#firstChild[state]!;
    this.#firstChild[state] = added;
    return added;
  }
}
