/** Two verdicts on one record: what is different. */
import type { AuditAction, AuditRecord } from "../audit/record.js";
import type { RulePhase } from "../language/ast.js";
import type { ReplayVerdict } from "./replay.js";

/** A rule that matched. */
export interface JudgedRule {
  readonly id: number;
  readonly phase: RulePhase;
}

/** A verdict, recorded or replayed. */
export interface Judgement {
  readonly action: AuditAction | null;
  /**
   * Whether the action came about without rules, so that other rules do not undo it: what is recorded without a rule was refused by who
   * read the message, or by a limit.
   */
  readonly stands: boolean;
  readonly rules: readonly JudgedRule[];
  /** Whether `rules` are all that matched. */
  readonly complete: boolean;
  /** The last phase of which is known what it does; 5: all. */
  readonly lastPhase: RulePhase;
}

/** Of a record that changes in several ways, the first of these counts. */
export const CHANGE_KINDS = ["newly_blocked", "no_longer_blocked", "other_answer", "other_rules"] as const;
/** `other_answer`: refused before and after, with another action or status. */
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** What is different between two verdicts on one record. */
export interface VerdictChange {
  readonly kind: ChangeKind;
  /** Ids of rules that match after and did not before, and the other way. */
  readonly more: readonly number[];
  readonly fewer: readonly number[];
}

/** The verdict that a record holds. */
export function recordedJudgement(record: AuditRecord): Judgement {
  return {
    action: record.action,
    stands: record.action?.rule === null,
    rules: record.rules,
    complete: record.rules_dropped === 0,
    lastPhase: 5,
  };
}

/** The verdict that a replay came to. */
export function replayedJudgement({ action, hits, hitsDropped, lastPhase }: ReplayVerdict): Judgement {
  return {
    action,
    stands: false,
    rules: hits.map(({ rule, phase }) => ({ id: rule.id, phase })),
    complete: hitsDropped === 0,
    lastPhase,
  };
}

/** @returns undefined where nothing is different, as far as both are known */
export function compareJudgements(before: Judgement, after: Judgement): VerdictChange | undefined {
  const last = Math.min(before.lastPhase, after.lastPhase);
  const more: number[] = [];
  const fewer: number[] = [];
  if (before.complete && after.complete) {
    const [old, now] = [idsOf(before, last), idsOf(after, last)];
    for (const id of now) if (!old.has(id)) more.push(id);
    for (const id of old) if (!now.has(id)) fewer.push(id);
  }
  const kind = kindOf(before, after, last) ?? (more.length + fewer.length > 0 ? "other_rules" : undefined);
  return kind && { kind, more, fewer };
}

function idsOf({ rules }: Judgement, last: number): ReadonlySet<number> {
  return new Set(rules.filter(({ phase }) => phase <= last).map(({ id }) => id));
}

function kindOf(before: Judgement, after: Judgement, last: number): ChangeKind | undefined {
  const [old, now] = [before.action, after.action];
  if (old === null) return now === null ? undefined : "newly_blocked";
  if (now === null)
    // What a later phase decided cannot be missed where that phase did not run.
    return before.stands || phaseOf(before, old) > last ? undefined : "no_longer_blocked";
  return old.action === now.action && old.status === now.status ? undefined : "other_answer";
}

/** The phase of the rule that decided; that of one that does not log is not known, and taken for a request's. */
function phaseOf({ rules }: Judgement, { rule }: AuditAction): RulePhase {
  return rules.find(({ id }) => id === rule)?.phase ?? 1;
}
