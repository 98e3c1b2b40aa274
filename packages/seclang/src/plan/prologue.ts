/** What the first rules of a rule set do in every transaction alike, done once. */
import type {
  CompiledEffect,
  CompiledLink,
  CompiledMacro,
  CompiledRule,
  CompiledTarget,
} from "../engine/compiled.js";
import { Evaluation } from "../transaction/evaluation.js";
import type { Matched } from "../transaction/matched.js";
import { selects } from "../transaction/selector.js";
import { type Program, State } from "../transaction/state.js";
import type { VariableMap } from "../transaction/variable-map.js";
import { MAPS, type Reader } from "../transaction/variables.js";
import { type SettledRules, settledRules } from "./settled.js";

const TX = MAPS.indexOf("TX");

/** How a transaction stands when the rules before `at` of phase 1 have run. */
export interface Prologue {
  readonly at: number;
  readonly tx: VariableMap;
  readonly matched: Matched;
  /** By target that selects of `TX` by more than a name: which of its variables of the prologue it means, in their order. */
  readonly selected: ReadonlyMap<CompiledTarget, Int32Array>;
  readonly settled: SettledRules;
}

/**
 * The prologue of a program; undefined where its first rule needs a request. It goes as far as rules read and write `TX` alone, and log
 * nothing and decide nothing or do not hold: defaults of a rule set's settings, as the Core Rule Set begins with.
 */
export function prologueOf(program: Program): Prologue | undefined {
  const state = new State(program);
  state.reset();
  const evaluation = new Evaluation(state);
  let at = 0;
  for (const rules = program.phases[0]!; at < rules.length; ) {
    const rule = rules[at]!;
    if (isSettled(rule)) at = evaluation.run(rule) ? rule.skipTo : at + 1;
    else if (rule.quickTest?.map === TX && !evaluation.holds(rule.quickTest)) at += 1;
    else break;
  }
  if (at === 0) return undefined;
  const tx = state.maps[TX]!;
  const selected = new Map<CompiledTarget, Int32Array>();
  for (const { links } of program.phases.flat())
    for (const { targets } of links)
      for (const target of targets)
        if (isTx(target.reader) && target.name === undefined) selected.set(target, selectedOf(target, tx));
  return { at, tx, matched: state.matched, selected, settled: settledRules(program, at, evaluation) };
}

function selectedOf(target: CompiledTarget, tx: VariableMap): Int32Array {
  const entries = Array.from({ length: tx.count }, (_, entry) => entry);
  return Int32Array.from(
    entries.filter((entry) => selects(target, tx.octets, tx.nameStart(entry), tx.nameEnd(entry))),
  );
}

function isSettled({ rule, links }: CompiledRule): boolean {
  const { log, severity, disruption } = rule;
  return !log && severity === undefined && disruption.kind === "pass" && links.every(isSettledLink);
}

function isSettledLink({ operator, dynamic, targets, capture, effects }: CompiledLink): boolean {
  const readsTx =
    operator === undefined || (!dynamic && targets.every(({ reader, pattern }) => isTx(reader) && !pattern));
  return readsTx && !capture && effects.every(isSettledEffect);
}

function isSettledEffect(effect: CompiledEffect): boolean {
  return (
    effect.kind === "setvar" &&
    effect.map === TX &&
    isSettledMacro(effect.name) &&
    isSettledMacro(effect.value)
  );
}

function isSettledMacro({ parts }: CompiledMacro): boolean {
  return parts.every((part) => part.kind === "octets" || isTx(part.reader));
}

function isTx(reader: Reader): boolean {
  return reader.kind === "map" && reader.index === TX;
}
