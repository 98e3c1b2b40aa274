/** What the first rules of a rule set do in every transaction alike, done once. */
import type {
  CompiledEffect,
  CompiledLink,
  CompiledMacro,
  CompiledRule,
  CompiledTarget,
} from "../engine/compiled.js";
import { readersOf } from "../engine/readers.js";
import { Evaluation } from "../transaction/evaluation.js";
import type { Matched } from "../transaction/matched.js";
import { selects } from "../transaction/selector.js";
import { type Program, State } from "../transaction/state.js";
import type { VariableMap } from "../transaction/variable-map.js";
import { MAPS, type Reader } from "../transaction/variables.js";
import { setBit } from "./bits.js";
import { type SettledRules, settledRules } from "./settled.js";

const TX = MAPS.indexOf("TX");

/** How a transaction stands when some rules of phase 1 have run. */
export interface Prologue {
  /** By position in phase 1: those that have run, or were skipped by them. */
  readonly done: Uint32Array;
  readonly tx: VariableMap;
  readonly matched: Matched;
  /** By target that selects of `TX` by more than a name: which of its variables of the prologue it means, in their order. */
  readonly selected: ReadonlyMap<CompiledTarget, Int32Array>;
  readonly settled: SettledRules;
}

/**
 * The prologue of a program: its first rules that read and write `TX` alone, and log nothing and decide nothing or do not hold; defaults
 * of a rule set's settings, as the Core Rule Set begins with. Rules between them may need a request where neither can tell whether it ran
 * before the other: those that choose how a body is read, as ModSecurity's recommended settings begin with. Undefined where there is none.
 */
export function prologueOf(program: Program): Prologue | undefined {
  const rules = program.phases[0]!;
  const state = new State(program);
  state.reset();
  const evaluation = new Evaluation(state);
  const done = new Uint32Array((rules.length + 31) >>> 5);
  let at = 0;
  while (at < rules.length) {
    const rule = rules[at]!;
    let next = at + 1;
    const isOver = rule.quickTest?.map === TX && !evaluation.holds(rule.quickTest);
    if (!isOver && needsNoRequest(rule)) next = evaluation.run(rule) ? rule.skipTo : next;
    else if (!isOver && !program.keepsMatches && isApart(rule) && rule.skipTo === next) {
      at = next;
      continue;
    } else if (!isOver) break;
    for (; at < next; at += 1) setBit(done, at);
  }
  if (done.every((word) => word === 0)) return undefined;
  const tx = state.maps[TX]!;
  const selected = new Map<CompiledTarget, Int32Array>();
  for (const { links } of program.phases.flat())
    for (const { targets } of links)
      for (const target of targets)
        if (isTx(target.reader) && target.name === undefined) selected.set(target, selectedOf(target, tx));
  return { done, tx, matched: state.matched, selected, settled: settledRules(program, at, evaluation) };
}

function selectedOf(target: CompiledTarget, tx: VariableMap): Int32Array {
  const entries = Array.from({ length: tx.count }, (_, entry) => entry);
  return Int32Array.from(
    entries.filter((entry) => selects(target, tx.octets, tx.nameStart(entry), tx.nameEnd(entry))),
  );
}

function needsNoRequest(compiled: CompiledRule): boolean {
  const { rule, links } = compiled;
  return (
    isPassing(compiled) &&
    !rule.log &&
    !rule.auditLog &&
    rule.severity === undefined &&
    links.every(linkNeedsNoRequest)
  );
}

/** Whether a rule has nothing to do with `TX`, and does nothing with other rules. */
function isApart(rule: CompiledRule): boolean {
  const { links } = rule;
  return (
    isPassing(rule) &&
    links.every(({ capture, effects }) => !capture && effects.every(({ kind }) => kind === "ctl")) &&
    !readersOf(rule).some(isTx)
  );
}

function isPassing({ rule }: CompiledRule): boolean {
  return rule.disruption.kind === "pass";
}

function linkNeedsNoRequest({ operator, dynamic, targets, capture, effects }: CompiledLink): boolean {
  const readsTx =
    operator === undefined || (!dynamic && targets.every(({ reader, pattern }) => isTx(reader) && !pattern));
  return readsTx && !capture && effects.every(effectNeedsNoRequest);
}

function effectNeedsNoRequest(effect: CompiledEffect): boolean {
  return (
    effect.kind === "setvar" &&
    effect.map === TX &&
    macroNeedsNoRequest(effect.name) &&
    macroNeedsNoRequest(effect.value)
  );
}

function macroNeedsNoRequest({ parts }: CompiledMacro): boolean {
  return parts.every((part) => part.kind === "octets" || isTx(part.reader));
}

function isTx(reader: Reader): boolean {
  return reader.kind === "map" && reader.index === TX;
}
