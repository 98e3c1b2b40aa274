/** What the plan says of a transaction's values: which rules each can match, and which rules any can. Found when a phase begins. */
import type { State } from "../transaction/state.js";
import { nameId, REQUEST_BODY_ID, RESPONSE_BODY_ID, VOLATILE, valueId } from "../transaction/values.js";
import { hasBit } from "./bits.js";
import type { Plan, PlannedSource } from "./plan.js";
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
  /** The value that is gone through. */
  #octets: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;
  #id = VOLATILE;
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
        this.#takeBody(planned, responseBodyShown, responseBody.octets, responseBody.length, RESPONSE_BODY_ID);
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
    this.#octets = octets;
    this.#start = start;
    this.#end = end;
    this.#id = id;
    this.#into = into;
    const { sieve, tree } = planned;
    const sifted = this.#sifted[0]!;
    sieve.sift(octets, start, end, tree.rulesBelow, sifted);
    this.#add(sifted, tree.rules);
    this.#below(planned, tree, sifted, octets, start, end, sieve.low, sieve.high);
    const from = planned.source * words;
    for (let word = 0; word < words; word += 1)
      this.#ofSource[from + word]! |= this.#ofValue[into + word]!;
  }

  /** Rules whose chains go on from a node, where `octets[start … end)` is what its chain has made of the value. */
  #below(
    planned: PlannedSource,
    node: StepNode,
    sifted: Uint32Array,
    octets: Uint8Array,
    start: number,
    end: number,
    low: number,
    high: number,
  ): void {
    const { children } = node;
    for (let at = 0; at < children.length; at += 1) {
      const child = children[at]!;
      const { acts, actsBelow } = child;
      if (((actsBelow.low & low) | (actsBelow.high & high)) === 0) this.#add(sifted, child.rulesBelow);
      else if (((acts.low & low) | (acts.high & high)) === 0) {
        this.#add(sifted, child.rules);
        this.#below(planned, child, sifted, octets, start, end, low, high);
      } else this.#through(planned, child, sifted, octets, start, end, low, high);
    }
  }

  /** As `#below`, from a node whose step may change the octets. */
  #through(
    planned: PlannedSource,
    node: StepNode,
    before: Uint32Array,
    octets: Uint8Array,
    start: number,
    end: number,
    low: number,
    high: number,
  ): void {
    const { cache } = this.#state;
    const { generation } = cache;
    cache.transform(this.#octets, this.#start, this.#end, this.#id, node.path);
    const isSame =
      cache.octets === octets &&
      cache.start === start &&
      cache.end === end &&
      cache.generation === generation;
    if (isSame) {
      this.#add(before, node.rules);
      this.#below(planned, node, before, octets, start, end, low, high);
      return;
    }
    const { sieve } = planned;
    const made = this.#sifted[node.path.length]!;
    const { octets: madeOctets, start: madeStart, end: madeEnd } = cache;
    sieve.sift(madeOctets, madeStart, madeEnd, node.rulesBelow, made);
    this.#add(made, node.rules);
    if (node.children.length > 0)
      this.#below(planned, node, made, madeOctets, madeStart, madeEnd, sieve.low, sieve.high);
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
