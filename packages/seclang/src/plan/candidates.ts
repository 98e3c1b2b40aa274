/** What the plan says of a transaction's values: which rules each can match, and which rules any can. Found when a phase begins. */
import { ARENA_KEPT_BYTES, Arena } from "../transaction/arena.js";
import type { State } from "../transaction/state.js";
import { sameOctets } from "../transaction/transformation-cache.js";
import { nameId, REQUEST_BODY_ID, RESPONSE_BODY_ID, VOLATILE, valueId } from "../transaction/values.js";
import type { Transformation } from "../transformations/transformation.js";
import { nextBit, removeBits, setBit, shareBits } from "./bits.js";
import type { Plan, PlannedSource } from "./plan.js";
import type { Sieve } from "./sieve.js";
import { SOURCES, type SourceKind, sourceKind } from "./sources.js";
import type { StepNode } from "./step-tree.js";

const INITIAL_VALUES = 512;
/** Values whose bits are kept for the next transaction; more are given back. */
const VALUES_KEPT_MAX = 16_384;

const KINDS: readonly SourceKind[] = Array.from({ length: SOURCES }, (_, source) => sourceKind(source));

/** Of longer values no form is kept beyond the chain that it was made for, though it may serve another. */
const FORMS_KEPT_VALUE_BYTES_MAX = 65_536;

/** What some steps have made of a value. */
class Form {
  octets: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Which octets it holds. */
  low = 0;
  high = 0;
  /** Those that it can match, of the rules that it was asked for. */
  readonly rules: Uint32Array;
  /** What it was made of, and how; whether that changed nothing. */
  from: Form | undefined;
  by: Transformation | undefined;
  isSame = false;

  constructor(words: number) {
    this.rules = new Uint32Array(words);
  }
}

export class Candidates {
  readonly #plan: Plan;
  readonly #state: State;
  /** By position in the phase: rules that some value can match, and those that are not planned. */
  readonly #running: Uint32Array;
  #phase = 1;
  /** Whether all rules stand that decide what is settled. */
  #isSettled = true;
  /** By source: rules that the values gone through so far can match, and how many these are. */
  readonly #ofSource: Uint32Array;
  readonly #seen = new Int32Array(SOURCES);
  /** By id of a value: its rules, where `#known` has the transaction's generation. */
  #ofValue: Uint32Array;
  #known = new Int32Array(INITIAL_VALUES);
  #generation = 1;
  /** What steps have made of the value that is gone through; the first is the value. */
  readonly #pool: Form[] = [];
  #forms = 0;
  #keepsForms = true;
  readonly #even = new Arena();
  readonly #odd = new Arena();
  /** Where in `#ofValue` the rules of the value stand that is gone through. */
  #into = 0;

  constructor(plan: Plan, state: State) {
    this.#plan = plan;
    this.#state = state;
    this.#running = new Uint32Array(Math.max(...plan.phases.map(({ unplanned }) => unplanned.length)));
    this.#ofSource = new Uint32Array(plan.words * SOURCES);
    this.#ofValue = new Uint32Array(plan.words * INITIAL_VALUES);
  }

  /** Goes through what has come since the phase before. */
  begin(phase: number): void {
    for (const source of this.#plan.phases[phase - 1]!.sources) this.#take(source);
    this.#phase = phase;
    this.#choose();
  }

  /** Some of these rules are taken out, or targets of theirs. */
  takeOut(rules: Uint32Array): void {
    const { prologue } = this.#state;
    if (prologue === undefined || !this.#isSettled || !shareBits(rules, prologue.settled.deciding)) return;
    this.#isSettled = false;
    this.#choose();
  }

  /** The position of the first rule of the phase, from one on, that a value can match, or that is not planned; -1: there is none. */
  next(position: number): number {
    return nextBit(this.#running, position);
  }

  /** Rules of the phase that run. */
  #choose(): void {
    const { words, phases, positions } = this.#plan;
    const { sources, planned, unplanned } = phases[this.#phase - 1]!;
    const running = this.#running.fill(0);
    running.set(unplanned);
    for (let word = 0; word < words; word += 1) {
      let possible = 0;
      for (const { source } of sources) possible |= this.#ofSource[source * words + word]!;
      for (let left = possible & planned[word]!; left !== 0; left &= left - 1)
        setBit(running, positions[(word << 5) + 31 - Math.clz32(left & -left)]!);
    }
    const { prologue } = this.#state;
    if (prologue === undefined) return;
    if (this.#phase === 1) removeBits(running, prologue.done);
    if (this.#isSettled) removeBits(running, prologue.settled.positions[this.#phase - 1]!);
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
    // Forms would keep memory that arenas give back.
    if (this.#even.octets.length + this.#odd.octets.length > ARENA_KEPT_BYTES) this.#pool.length = 0;
    this.#even.reset();
    this.#odd.reset();
    this.#ofSource.fill(0);
    this.#seen.fill(0);
    if (this.#known.length > VALUES_KEPT_MAX) this.#makeRoom(INITIAL_VALUES);
    this.#isSettled = true;
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
    this.#into = into;
    this.#even.length = 0;
    this.#odd.length = 0;
    this.#forms = 0;
    this.#keepsForms = end - start <= FORMS_KEPT_VALUE_BYTES_MAX;
    const { sieve, tree } = planned;
    const form = this.#newForm(octets, start, end);
    this.#sift(sieve, form, tree.rulesBelow);
    this.#from(sieve, tree, form);
    const from = planned.source * words;
    for (let word = 0; word < words; word += 1) this.#ofSource[from + word]! |= this.#ofValue[into + word]!;
  }

  /** Rules whose chains begin with that of a node, which has made `form` of the value. */
  #from(sieve: Sieve, node: StepNode, form: Form): void {
    const { rules, next } = node.reaches.of(node, form.low, form.high);
    this.#add(form.rules, rules);
    for (let index = 0; index < next.length; index += 1) {
      const child = next[index]!;
      const forms = this.#forms;
      const even = this.#even.length;
      const odd = this.#odd.length;
      this.#from(sieve, child, this.#made(sieve, child, form));
      if (this.#keepsForms) continue;
      this.#forms = forms;
      this.#even.length = even;
      this.#odd.length = odd;
    }
  }

  /** What a node's transformation makes of a form, which may be the same, or has been made for another chain. */
  #made(sieve: Sieve, { transformation, changesCase, rulesAlike }: StepNode, form: Form): Form {
    const { bytesMax, changes, apply } = transformation!;
    const { octets, start, end } = form;
    if (!changesCase && changes !== undefined && !changes(octets, start, end)) return form;
    for (let index = 1; index < this.#forms; index += 1) {
      const known = this.#pool[index]!;
      if (known.from === form && known.by === transformation) return known.isSame ? form : known;
    }
    // Two arenas by turns: a transformation never writes where it reads.
    const out = octets === this.#even.octets ? this.#odd : this.#even;
    const at = out.reserve(bytesMax(end - start));
    const to = at + apply(octets, start, end, out.octets, at);
    const made = this.#newForm(out.octets, at, to);
    made.from = form;
    made.by = transformation;
    made.isSame = sameOctets(octets, start, end, out.octets, at, to);
    if (made.isSame) return form;
    out.length = to;
    this.#sift(sieve, made, rulesAlike);
    return made;
  }

  #newForm(octets: Uint8Array, start: number, end: number): Form {
    const pool = this.#pool;
    if (this.#forms === pool.length) pool.push(new Form(this.#plan.words));
    const form = pool[this.#forms]!;
    this.#forms += 1;
    form.octets = octets;
    form.start = start;
    form.end = end;
    form.from = undefined;
    form.by = undefined;
    form.isSame = false;
    return form;
  }

  #sift(sieve: Sieve, form: Form, wanted: Uint32Array): void {
    sieve.sift(form.octets, form.start, form.end, wanted, form.rules);
    form.low = sieve.low;
    form.high = sieve.high;
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
