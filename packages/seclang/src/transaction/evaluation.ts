/** Rules on values: the targets of a link in their order, each value transformed as far as somebody asks, tested, and what a match does. */
import type {
  CompiledLink,
  CompiledRule,
  CompiledSelector,
  CompiledTarget,
  QuickTest,
} from "../engine/compiled.js";
import type { DynamicOperator } from "../engine/dynamic-operator.js";
import { integerOf } from "../operators/numeric.js";
import { CAPTURES_MAX, type Operator } from "../operators/operator.js";
import { hasBit } from "../plan/bits.js";
import { EffectRunner } from "./actions.js";
import { type Name, nameOf } from "./names.js";
import { expandMacro, ValueReading } from "./read-variable.js";
import { selects } from "./selector.js";
import type { State } from "./state.js";
import type { VariableMap } from "./variable-map.js";
import { MAPS, type Reader } from "./variables.js";

const TX = MAPS.indexOf("TX");
const NOTHING = new Uint8Array(0);
const ZERO = 0x30;
const ONE = 0x31;
const GROUPS: readonly Name[] = Array.from({ length: CAPTURES_MAX }, (_, group) =>
  nameOf(Uint8Array.of(0x30 + group)),
);

export class Evaluation {
  /** The value under test. */
  readonly #reading: ValueReading;
  /** Values of macros, beside it. */
  readonly #macros: ValueReading;
  readonly #state: State;
  readonly #effects: EffectRunner;
  /** The rule and link that run, and whether a value has matched. */
  #rule!: CompiledRule;
  #link!: CompiledLink;
  #linkIndex = 0;
  /** Under which the plan knows the link; -1: it does not. */
  #bit = -1;
  #target!: CompiledTarget;
  #matched = false;
  /** Whether targets of the rule were removed for this transaction. */
  #hasRemovals = false;
  /** The operator of a link with a steady argument, once it is known. */
  #steady: Operator | undefined;
  /** The name of the value that is tested. */
  #name: Uint8Array = NOTHING;
  #nameStart = 0;
  #nameEnd = 0;
  /** Values of the target that is counted. */
  #count = 0;

  get macros(): ValueReading {
    return this.#macros;
  }

  constructor(state: State) {
    this.#state = state;
    this.#reading = new ValueReading(state);
    this.#macros = new ValueReading(state);
    this.#effects = new EffectRunner(state, this.#macros);
  }

  /** Whether a rule, all of its chain, holds. What its links do is done. */
  run(rule: CompiledRule): boolean {
    const state = this.#state;
    const { links, quickTest } = rule;
    this.#hasRemovals = state.targetRemovals.length > 0 && hasBit(state.targetRemovalBits, rule.index);
    const isQuick = quickTest !== undefined && !this.#hasRemovals && state.program.observer === undefined;
    if (isQuick && !this.holds(quickTest)) return false;
    state.matched.begin();
    state.rule = rule;
    this.#rule = rule;
    let first = 0;
    if (isQuick) {
      if (quickTest.isTold || state.program.keepsMatches) this.#tellQuickTest(quickTest, links[0]!);
      this.#link = links[0]!;
      this.#did();
      first = 1;
    }
    for (let index = first; index < links.length; index += 1) {
      this.#linkIndex = index;
      this.#bit = index === 0 ? state.candidates.bitOf(rule.index) : -1;
      if (!this.#runLink(links[index]!)) return false;
    }
    return true;
  }

  /** Whether a look at one variable tells that the first link holds. */
  holds({ map: index, name, holds, count }: QuickTest): boolean {
    const { maps, startedMs } = this.#state;
    const map = maps[index];
    const entry = map === undefined ? -1 : map.findName(name);
    const isSet = entry >= 0 && map!.isSet(entry, startedMs);
    if (count) return holds(isSet ? 1 : 0);
    return isSet && holds(integerOf(map!.octets, map!.valueStart(entry), map!.valueEnd(entry)));
  }

  /** What the first link has matched that holds by its quick test. */
  #tellQuickTest({ map: index, name, count }: QuickTest, link: CompiledLink): void {
    const { maps, matched, scratch } = this.#state;
    const map = maps[index];
    const entry = map === undefined ? -1 : map.findName(name);
    const { label } = link.targets[0]!;
    if (count) {
      const at = scratch.length;
      scratch.push(entry >= 0 && map!.isSet(entry, this.#state.startedMs) ? ONE : ZERO);
      matched.add(label, name.octets, 0, name.octets.length, scratch.octets, at, at + 1);
      scratch.length = at;
    } else {
      const { octets } = map!;
      const [nameStart, nameEnd] = [map!.nameStart(entry), map!.nameEnd(entry)];
      matched.add(label, octets, nameStart, nameEnd, octets, map!.valueStart(entry), map!.valueEnd(entry));
    }
  }

  #runLink(link: CompiledLink): boolean {
    this.#link = link;
    this.#matched = false;
    this.#steady = undefined;
    if (link.operator === undefined) {
      this.#did();
      return true;
    }
    for (const target of link.targets) {
      this.#state.scratch.length = 0;
      this.#target = target;
      this.#count = 0;
      this.#readTarget(target.reader);
      if (target.count) this.#testCount();
    }
    return this.#matched;
  }

  #readTarget(reader: Reader): void {
    const reading = this.#reading;
    const state = this.#state;
    this.#nameIs(NOTHING, 0, 0);
    switch (reader.kind) {
      case "text":
        reading.text(reader.index);
        this.#value();
        return;
      case "number":
        reading.number(state.numbers[reader.index]!);
        this.#value();
        return;
      case "computed":
        reading.computed(reader.name);
        this.#value();
        return;
      case "rule":
        if (reading.rule(this.#target.name)) this.#value();
        return;
      case "lists":
        for (const index of reader.lists) this.#readList(index, reader.names);
        return;
      case "matched":
        this.#readMatched(reader.names);
        return;
      case "map":
        this.#readMap(reader.index);
        return;
    }
  }

  #readList(index: number, names: boolean): void {
    const { lists, values } = this.#state;
    const list = lists[index]!;
    for (let at = 0; at < list.count; at += 1) {
      const record = list.records[at]!;
      this.#nameIs(values.arena.octets, values.nameStart(record), values.nameEnd(record));
      if (!this.#isMeant(this.#target)) continue;
      this.#reading.record(record, names);
      this.#value();
    }
  }

  #readMatched(names: boolean): void {
    const { matched } = this.#state;
    // Those of this link add to them.
    const { count } = matched;
    for (let index = 0; index < count; index += 1) {
      this.#nameIs(matched.arena.octets, matched.at(index, 0), matched.at(index, 1));
      if (!this.#isMeant(this.#target)) continue;
      this.#reading.matched(index, names);
      this.#value();
    }
  }

  #readMap(index: number): void {
    const state = this.#state;
    const map = state.maps[index];
    if (map === undefined) return;
    const { name } = this.#target;
    if (name !== undefined) {
      const entry = map.findName(name);
      if (entry >= 0) this.#entry(map, entry);
      return;
    }
    // Rules may set further ones while they are gone through.
    const { count } = map;
    let entry = 0;
    if (index === TX && state.prologue !== undefined) {
      for (const selected of state.prologue.selected.get(this.#target)!) this.#entry(map, selected);
      entry = state.prologue.tx.count;
    }
    for (; entry < count; entry += 1)
      if (selects(this.#target, map.octets, map.nameStart(entry), map.nameEnd(entry)))
        this.#entry(map, entry);
  }

  #entry(map: VariableMap, entry: number): void {
    if (!map.isSet(entry, this.#state.startedMs)) return;
    this.#nameIs(map.octets, map.nameStart(entry), map.nameEnd(entry));
    this.#reading.entry(map, entry);
    this.#value();
  }

  #isExcluded(): boolean {
    const { exclusions, variable } = this.#target;
    for (const exclusion of exclusions) if (this.#isMeant(exclusion)) return true;
    if (!this.#hasRemovals) return false;
    for (const { bits, exclusion } of this.#state.targetRemovals)
      if (isAbout(exclusion.variable, variable) && hasBit(bits, this.#rule.index) && this.#isMeant(exclusion))
        return true;
    return false;
  }

  /** Whether a selector means the value whose name was told. */
  #isMeant(selector: CompiledSelector): boolean {
    return selects(selector, this.#name, this.#nameStart, this.#nameEnd);
  }

  #testCount(): void {
    this.#nameIs(NOTHING, 0, 0);
    const { name } = this.#target;
    if (name !== undefined) this.#nameIs(name.octets, 0, name.octets.length);
    this.#reading.number(this.#count);
    this.#transformAndTest();
  }

  /** The value that `reading` holds meets the link. */
  #value(): void {
    if (this.#bit >= 0 && !this.#state.candidates.allows(this.#bit, this.#reading.id)) return;
    if (this.#isExcluded()) return;
    if (this.#target.count) this.#count += 1;
    else this.#transformAndTest();
  }

  #transformAndTest(): void {
    const { cache } = this.#state;
    const { steps, multiMatch } = this.#link;
    const { octets, start, end, id } = this.#reading;
    if (!multiMatch) {
      if (steps.length === 0) this.#test(octets, start, end);
      else {
        cache.transform(octets, start, end, id, steps);
        this.#test(cache.octets, cache.start, cache.end);
      }
      return;
    }
    this.#test(octets, start, end);
    cache.begin(octets, start, end);
    for (const step of steps)
      if (cache.next(octets, id, step)) this.#test(cache.octets, cache.start, cache.end);
  }

  #test(octets: Uint8Array, start: number, end: number): void {
    const { operator, dynamic, steady, negated, capture } = this.#link;
    const { captures } = this.#state;
    const test = dynamic ? this.#expanded(operator as DynamicOperator, steady) : (operator as Operator);
    // An argument that cannot be compiled holds for nothing, with `!` neither.
    if (test === undefined) return;
    captures.count = 0;
    const holds = test.test(octets, start, end, capture && !negated ? captures : undefined);
    const matched = holds !== negated;
    const { observer } = this.#state.program;
    if (observer !== undefined)
      observer.tested?.(this.#rule.rule, this.#linkIndex, this.#target.variable, octets, start, end, matched);
    if (!matched) return;
    this.#matched = true;
    this.#state.matched.add(
      this.#target.label,
      this.#name,
      this.#nameStart,
      this.#nameEnd,
      octets,
      start,
      end,
    );
    if (capture && !negated) this.#keepCaptures();
    this.#did();
  }

  #expanded(operator: DynamicOperator, steady: boolean): Operator | undefined {
    if (this.#steady !== undefined) return this.#steady;
    const { scratch } = this.#state;
    const mark = scratch.length;
    expandMacro(operator.argument, this.#macros, scratch);
    const found = operator.of(scratch.octets, mark, scratch.length);
    if (found === undefined)
      this.#state.error(`Rule ${this.#rule.rule.id}: an expanded argument cannot be used`);
    scratch.length = mark;
    if (steady) this.#steady = found;
    return found;
  }

  /** TX.0 … TX.9 are the groups of this match; those that took no part are unset. */
  #keepCaptures(): void {
    const { captures, maps } = this.#state;
    const tx = maps[TX]!;
    for (let group = 0; group < CAPTURES_MAX; group += 1) {
      const { octets, hash } = GROUPS[group]!;
      const start = group < captures.count ? captures.starts[group]! : -1;
      if (start >= 0) tx.set(octets, 0, 1, captures.octets, start, captures.ends[group]!, hash);
      else {
        const entry = tx.find(octets, 0, 1, hash);
        if (entry >= 0) tx.unset(entry);
      }
    }
  }

  /** What the link does, each time it matches. */
  #did(): void {
    const { rule } = this.#rule;
    const state = this.#state;
    for (const effect of this.#link.effects) {
      this.#effects.run(effect);
      if (state.program.observer !== undefined) state.program.observer.did?.(rule, effect.source);
    }
  }

  #nameIs(octets: Uint8Array, start: number, end: number): void {
    this.#name = octets;
    this.#nameStart = start;
    this.#nameEnd = end;
  }
}

/** Whether an exclusion of one variable is about another: `XML` is about `XML:/*`. */
function isAbout(exclusion: string, variable: string): boolean {
  return exclusion === variable || (exclusion === "XML" && variable.startsWith("XML:"));
}
