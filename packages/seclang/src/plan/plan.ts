/**
 * A rule set turned over: not which values a rule tests, but which rules a value can match. Made once, used by all transactions.
 *
 * A rule is planned where its first link tests values of messages alone (`sources.ts`) with an operator that is known beforehand and is
 * not negated. What such an operator needs (strings, octets) is known, too, so that most values rule out most rules unseen. Others run
 * as they stand.
 */
import type { CompiledLink, CompiledRule } from "../engine/compiled.js";
import type { Operator } from "../operators/operator.js";
import type { Sliced } from "../slices.js";
import { setBit } from "./bits.js";
import { OctetClasses } from "./octet-classes.js";
import { octetNeeds, Sieve, type Sifted } from "./sieve.js";
import { isOfResponse, SOURCES, sourcesOf } from "./sources.js";
import { type RuleChain, type StepNode, stepTree } from "./step-tree.js";

/** The rules that are about a source. */
export interface PlannedSource {
  readonly source: number;
  readonly sieve: Sieve;
  readonly tree: StepNode;
  /** Those that a value without octets does not rule out. */
  readonly onNothing: Uint32Array;
}

/** What a phase begins with. Rules go by their position in the phase here. */
export interface PlannedPhase {
  /** What its planned rules test. */
  readonly sources: readonly PlannedSource[];
  /** By bit: its planned rules. */
  readonly planned: Uint32Array;
  /** By position: those that run in any case. */
  readonly unplanned: Uint32Array;
}

export interface Plan {
  /** By `CompiledRule.index`: the rule's bit, or -1. */
  readonly bits: Int32Array;
  readonly words: number;
  /** By bit: the rule's position in its phase. */
  readonly positions: Int32Array;
  /** Phase 1 … 5 at index 0 … 4. */
  readonly phases: readonly PlannedPhase[];
}

interface Planned {
  readonly rule: CompiledRule;
  readonly link: CompiledLink;
  readonly operator: Operator;
  readonly sources: readonly number[];
}

/** A plan that no rule is in: all run as they stand. @param rules how many there are of all phases */
export function emptyPlan(phases: readonly (readonly CompiledRule[])[], rules: number): Plan {
  return planOf(phases, [], new Int32Array(rules).fill(-1), []);
}

/**
 * May be interrupted between its parts: what it tells octets apart by, sieves, sources.
 *
 * @param dormant rules that stay unplanned
 * @param rules how many there are of all phases
 */
export function* makePlan(
  phases: readonly (readonly CompiledRule[])[],
  dormant: ReadonlySet<CompiledRule>,
  rules: number,
): Sliced<Plan> {
  const bits = new Int32Array(rules).fill(-1);
  const planned = phases.flat().flatMap((rule) => (dormant.has(rule) ? [] : plannedRule(rule)));
  yield;
  for (const [bit, { rule }] of planned.entries()) bits[rule.index] = bit;
  const words = wordsOf(planned.length);
  const classes = new OctetClasses(distinguishing(planned));
  yield;
  const sieves: Sieve[] = [];
  for (const ofResponse of [false, true]) {
    const sifted = planned.flatMap(({ sources, operator }, bit): Sifted[] =>
      sources.some((source) => isOfResponse(source) === ofResponse) ? [{ bit, operator }] : [],
    );
    sieves.push(yield* Sieve.building(sifted, words * 32, classes));
    yield;
  }
  const sources: PlannedSource[] = [];
  for (let source = 0; source < SOURCES; source += 1) {
    const about = planned.flatMap((each, bit) => (each.sources.includes(source) ? [{ ...each, bit }] : []));
    if (about.length === 0) continue;
    const onNothing = new Uint32Array(words);
    for (const { bit, link } of about) if (isPossibleOnNothing(link)) setBit(onNothing, bit);
    const chains = about.map(
      ({ bit, link }): RuleChain => ({ bit, steps: link.steps, multiMatch: link.multiMatch }),
    );
    sources.push({
      source,
      sieve: sieves[isOfResponse(source) ? 1 : 0]!,
      tree: stepTree(chains, words, classes),
      onNothing,
    });
    yield;
  }
  return planOf(phases, planned, bits, sources);
}

function planOf(
  phases: readonly (readonly CompiledRule[])[],
  planned: readonly Planned[],
  bits: Int32Array,
  sources: readonly PlannedSource[],
): Plan {
  const positions = new Int32Array(planned.length);
  return {
    bits,
    words: wordsOf(planned.length),
    positions,
    phases: phases.map((list) => {
      const used = new Set<number>();
      const own = new Uint32Array(wordsOf(planned.length));
      const unplanned = new Uint32Array(wordsOf(list.length));
      for (const [position, { index }] of list.entries()) {
        const bit = bits[index]!;
        if (bit < 0) setBit(unplanned, position);
        else {
          setBit(own, bit);
          positions[bit] = position;
          for (const source of planned[bit]!.sources) used.add(source);
        }
      }
      return { sources: sources.filter(({ source }) => used.has(source)), planned: own, unplanned };
    }),
  };
}

function wordsOf(bits: number): number {
  return Math.max(1, (bits + 31) >>> 5);
}

function plannedRule(rule: CompiledRule): Planned[] {
  const link = rule.links[0]!;
  const { operator, dynamic, negated, targets } = link;
  if (operator === undefined || dynamic || negated) return [];
  const sources = new Set<number>();
  for (const { reader, count } of targets) {
    const read = count ? undefined : sourcesOf(reader);
    if (read === undefined) return [];
    for (const source of read) sources.add(source);
  }
  // Nothing could rule it out.
  const { required } = operator as Operator;
  if (required === undefined && octetNeeds(operator as Operator).length === 0) return [];
  return [{ rule, link, operator: operator as Operator, sources: [...sources] }];
}

/** All sets of octets that something depends on. */
function distinguishing(planned: readonly Planned[]): Uint8Array[] {
  const sets = new Set<Uint8Array>();
  for (const { operator, link } of planned) {
    for (const set of octetNeeds(operator)) sets.add(set as Uint8Array);
    for (const { transformation } of link.steps)
      if (transformation.actsOn !== undefined) sets.add(transformation.actsOn);
  }
  return [...sets];
}

/** Whether a value without octets may match: a transformation may make octets of nothing. */
function isPossibleOnNothing({ steps }: CompiledLink): boolean {
  return steps.some(({ transformation }) => transformation.actsOn === undefined);
}
