/** What the plan says of a transaction's values: which rules each can match, and which rules any can. Found when a phase begins. */
import { Arena } from "../transaction/arena.js";
import type { State } from "../transaction/state.js";
import { sameOctets } from "../transaction/transformation-cache.js";
import { nameId, REQUEST_BODY_ID, RESPONSE_BODY_ID, VOLATILE, valueId } from "../transaction/values.js";
import { hasBit } from "./bits.js";
import type { Plan, PlannedSource } from "./plan.js";
import type { Sieve } from "./sieve.js";
import { SOURCES, type SourceKind, sourceKind } from "./sources.js";
import type { StepNode } from "./step-tree.js";

const INITIAL_VALUES = 512;
/** Values whose bits are kept for the next transaction; more are given back. */
const VALUES_KEPT_MAX = 16_384;

const KINDS: readonly SourceKind[] = Array.from({ length: SOURCES }, (_, source) => sourceKind(source));

export class Candidates {
  readonly #plan: Plan;
  readonly #state: State;
  /** Rules that some value of the phase's sources can match. */
  readonly #possible: Uint32Array;
  /** By source: rules that the values gone through so far can match, and how many these are. */
  readonly #ofSource: Uint32Array;
  readonly #seen = new Int32Array(SOURCES);
  /** By id of a value: its rules, where `#known` has the transaction's generation. */
  #ofValue: Uint32Array;
  #known = new Int32Array(INITIAL_VALUES);
  #generation = 1;
  /** By depth in the tree of steps: rules that what the steps have made so far can match. */
  readonly #sifted: readonly Uint32Array[];
  readonly #even = new Arena();
  readonly #odd = new Arena();
  /** Where in `#ofValue` the rules of the value stand that is gone through. */
  #into = 0;

  constructor(plan: Plan, state: State) {
    this.#plan = plan;
    this.#state = state;
    this.#possible = new Uint32Array(plan.words);
    this.#ofSource = new Uint32Array(plan.words * SOURCES);
    this.#ofValue = new Uint32Array(plan.words * INITIAL_VALUES);
    this.#sifted = Array.from({ length: plan.depth + 1 }, () => new Uint32Array(plan.words));
  }

  /** Goes through what has come since the phase before. */
  begin(phase: number): void {
    const { words, phases } = this.#plan;
    const possible = this.#possible.fill(0);
    for (const planned of phases[phase - 1]!) {
      this.#take(planned);
      const from = planned.source * words;
      for (let word = 0; word < words; word += 1) possible[word]! |= this.#ofSource[from + word]!;
    }
  }

  /** Whether any value can match a rule; rules that are not planned always can. */
  canMatch(ruleIndex: number): boolean {
    const bit = this.#plan.bits[ruleIndex]!;
    return bit < 0 || hasBit(this.#possible, bit);
  }

  /** The bit under which `allows` knows a rule; -1: all values may match it. */
  bitOf(ruleIndex: number): number {
    return this.#plan.bits[ruleIndex]!;
  }

  /** Whether a value can match the rule of a bit. */
  allows(bit: number, value: number): boolean {
    if (value === VOLATILE || value >= this.#known.length || this.#known[value] !== this.#generation)
      return true;
    const word = this.#ofValue[value * this.#plan.words + (bit >>> 5)]!;
    return ((word >>> (bit & 31)) & 1) === 1;
  }

  reset(): void {
    this.#even.reset();
    this.#odd.reset();
    this.#ofSource.fill(0);
    this.#seen.fill(0);
    if (this.#known.length > VALUES_KEPT_MAX) this.#makeRoom(INITIAL_VALUES);
    this.#generation += 1;
    if (this.#generation < 0x7fffffff) return;
    this.#known.fill(0);
    this.#generation = 1;
  }

  #take(planned: PlannedSource): void {
    const { source } = planned;
    const kind = KINDS[source]!;
    switch (kind.kind) {
      case "list":
        this.#takeList(planned, kind.list, kind.names);
        return;
      case "text":
        this.#takeText(planned, this.#state.texts[kind.text]!);
        return;
      case "request-body": {
        const { requestBody, requestBodyShown } = this.#state;
        this.#takeBody(planned, requestBodyShown, requestBody.octets, requestBody.length, REQUEST_BODY_ID);
        return;
      }
      case "response-body": {
        const { responseBody, responseBodyShown } = this.#state;
        this.#takeBody(
          planned,
          responseBodyShown,
          responseBody.octets,
          responseBody.length,
          RESPONSE_BODY_ID,
        );
      }
    }
  }

  #takeList(planned: PlannedSource, index: number, names: boolean): void {
    const { lists, values } = this.#state;
    const { records, count } = lists[index]!;
    for (let at = this.#seen[planned.source]!; at < count; at += 1) {
      const record = records[at]!;
      const { octets } = values.arena;
      if (names)
        this.#value(planned, octets, values.nameStart(record), values.nameEnd(record), nameId(record));
      else this.#value(planned, octets, values.valueStart(record), values.valueEnd(record), valueId(record));
    }
    this.#seen[planned.source] = count;
  }

  /** A text that is not set is tested as an empty one. */
  #takeText(planned: PlannedSource, record: number): void {
    const seen = record + 2;
    if (this.#seen[planned.source] === seen) return;
    this.#seen[planned.source] = seen;
    if (record < 0) this.#nothing(planned);
    else {
      const { values } = this.#state;
      const { octets } = values.arena;
      this.#value(planned, octets, values.valueStart(record), values.valueEnd(record), valueId(record));
    }
  }

  #takeBody(planned: PlannedSource, shown: boolean, octets: Uint8Array, end: number, id: number): void {
    const seen = shown ? 2 : 1;
    if (this.#seen[planned.source] === seen) return;
    this.#seen[planned.source] = seen;
    if (shown) this.#value(planned, octets, 0, end, id);
    else this.#nothing(planned);
  }

  #nothing({ source, onNothing }: PlannedSource): void {
    const from = source * this.#plan.words;
    for (let word = 0; word < this.#plan.words; word += 1) this.#ofSource[from + word]! |= onNothing[word]!;
  }

  #value(planned: PlannedSource, octets: Uint8Array, start: number, end: number, id: number): void {
    const { words } = this.#plan;
    if (id >= this.#known.length) this.#makeRoom(Math.max(this.#known.length * 2, id + 1));
    const into = id * words;
    this.#ofValue.fill(0, into, into + words);
    this.#known[id] = this.#generation;
    const { sieve, tree } = planned;
    const sifted = this.#sifted[0]!;
    sieve.sift(octets, start, end, tree.rulesBelow, sifted);
    this.#into = into;
    this.#from(sieve, tree, 0, octets, start, end, sieve.low, sieve.high);
    const from = planned.source * words;
    for (let word = 0; word < words; word += 1) this.#ofSource[from + word]! |= this.#ofValue[into + word]!;
  }

  /**
   * Rules whose chains begin with that of a node, which has made `octets[start … end)` of the value.
   *
   * @param depth where in `#sifted` is what they can match
   * @param low what octets there are, as is `high`
   */
  #from(
    sieve: Sieve,
    node: StepNode,
    depth: number,
    octets: Uint8Array,
    start: number,
    end: number,
    low: number,
    high: number,
  ): void {
    const reach = node.reaches.of(node, low, high);
    this.#add(this.#sifted[depth]!, reach.rules);
    const { next } = reach;
    for (let index = 0; index < next.length; index += 1) {
      const child = next[index]!;
      const { bytesMax, changes, apply } = child.transformation!;
      if (changes !== undefined && !changes(octets, start, end)) {
        this.#from(sieve, child, depth, octets, start, end, low, high);
        continue;
      }
      // Two arenas by turns, as transformations never write where they read; what is made is given back when it has been looked at.
      const out = octets === this.#even.octets ? this.#odd : this.#even;
      const { length } = out;
      const at = out.reserve(bytesMax(end - start));
      const to = at + apply(octets, start, end, out.octets, at);
      if (sameOctets(octets, start, end, out.octets, at, to))
        this.#from(sieve, child, depth, octets, start, end, low, high);
      else {
        out.length = to;
        sieve.sift(out.octets, at, to, child.rulesBelow, this.#sifted[depth + 1]!);
        this.#from(sieve, child, depth + 1, out.octets, at, to, sieve.low, sieve.high);
      }
      out.length = length;
    }
  }

  #add(sifted: Uint32Array, rules: Uint32Array): void {
    const into = this.#into;
    const ofValue = this.#ofValue;
    for (let word = 0; word < rules.length; word += 1) ofValue[into + word]! |= sifted[word]! & rules[word]!;
  }

  #makeRoom(values: number): void {
    const { words } = this.#plan;
    const known = new Int32Array(values);
    const ofValue = new Uint32Array(values * words);
    if (values > this.#known.length) {
      known.set(this.#known);
      ofValue.set(this.#ofValue);
    }
    this.#known = known;
    this.#ofValue = ofValue;
  }
}
