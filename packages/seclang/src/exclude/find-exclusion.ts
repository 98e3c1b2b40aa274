/** The narrowest exclusion that silences a record, found by trying: what still matches is taken out as well, until nothing does. */
import type { PalisadeError } from "@palisade/base";
import type { AuditRecord } from "../audit/record.js";
import type { Replay, ReplayVerdict } from "../replay/replay.js";
import type { Hit } from "../transaction/hit.js";
import { exclusionText } from "./exclusion-text.js";
import { MatchObserver } from "./matched-links.js";
import { type RuleExclusion, ruleExclusion, unique, wholeRule } from "./rule-exclusion.js";
import { type ExclusionScope, impossible, scopeOf } from "./scope.js";

/** Most times that a record is replayed to find what silences it. */
export const EXCLUSION_ROUNDS_MAX = 12;

/** A rule set with an exclusion before it; undefined: without one. */
export type ReplayWith = (exclusion: Uint8Array | undefined, observer: MatchObserver) => Replay;

export interface FoundExclusion {
  readonly scope: ExclusionScope;
  /** By rule, in the order in which they matched. */
  readonly exclusions: readonly RuleExclusion[];
  /** The verdict without it. */
  readonly before: ReplayVerdict;
}

/**
 * @param rule the one to silence; undefined: all that match
 * @param id that the exclusion gets
 * @throws {PalisadeError} `EXCLUSION_IMPOSSIBLE`: the record cannot be replayed, or no rule matches in it
 */
export function findExclusion(
  record: AuditRecord,
  rule: number | undefined,
  id: number,
  replayWith: ReplayWith,
): FoundExclusion {
  const scope = scopeOf(record);
  const observer = new MatchObserver();
  const before = replayWith(undefined, observer).run(record)!;
  if (before.gap === "request-body")
    throw impossible(
      "the record does not hold all of the request's body",
      "log part C (SecAuditLogParts); longer bodies are cut",
    );
  const found = new Map<number, RuleExclusion>();
  let hits = selected(before, rule);
  if (hits.length === 0) throw silent(before, rule);
  for (let round = 1; hits.length > 0 && round < EXCLUSION_ROUNDS_MAX; round += 1) {
    if (!exclude(hits, observer, found)) break;
    observer.reset();
    const text = exclusionText(id, scope, [...found.values()]);
    hits = selected(replayWith(text, observer).run(record)!, rule);
  }
  return { scope, exclusions: [...found.values()], before };
}

/** Hits that are to be silenced. */
export function selected({ hits }: ReplayVerdict, rule: number | undefined): readonly Hit[] {
  return rule === undefined ? hits : hits.filter((hit) => hit.rule.id === rule);
}

function silent({ hits }: ReplayVerdict, rule: number | undefined): PalisadeError {
  if (rule === undefined || hits.length === 0)
    return impossible(
      "no rule of these files matches the record",
      "give the files that were served with --with",
    );
  const matched = [...new Set(hits.map((hit) => hit.rule.id))].join(", ");
  return impossible(`rule ${rule} does not match the record`, `those that do are ${matched}`);
}

const WRITTEN = "it tests what other rules wrote";
const STILL = "it matches though what it matched is taken out";

/** Adds what silences some hits. Returns whether there is anything more. */
function exclude(hits: readonly Hit[], observer: MatchObserver, found: Map<number, RuleExclusion>): boolean {
  let more = false;
  for (const hit of hits) {
    const exclusion = ruleExclusion(hit, observer.matchesOf(hit));
    if (exclusion === undefined) continue;
    const { id } = hit.rule;
    const merged = mergedWith(found.get(id), exclusion) ?? wholeRule(hit.rule, STILL);
    found.set(id, merged);
    more = true;
  }
  if (more) return true;
  // Nothing is left but rules on what rules wrote: those that wrote it do not log.
  for (const { rule } of hits) {
    if (found.get(rule.id)?.targets === undefined && found.has(rule.id)) continue;
    found.set(rule.id, wholeRule(rule, WRITTEN));
    more = true;
  }
  return more;
}

/** Undefined: there is nothing new in it. */
function mergedWith(before: RuleExclusion | undefined, more: RuleExclusion): RuleExclusion | undefined {
  if (before?.targets === undefined) return before === undefined ? more : undefined;
  if (more.targets === undefined) return more;
  const targets = unique([...before.targets, ...more.targets]);
  if (targets.length === before.targets.length) return undefined;
  return { rule: more.rule, targets, why: before.why ?? more.why };
}
