/** What a replay of a log comes to: counts, rules, and a few records of each. Bounded, however long the log is. */
import {
  type AuditAction,
  type AuditRecord,
  CHANGE_KINDS,
  type ChangeKind,
  type ReplayGap,
  type VerdictChange,
} from "@palisade/seclang";
import type { LoggedRecord } from "./audit-log.js";

/** Most rules that are told apart; matches of further ones are counted together. */
export const RULES_TOLD_MAX = 65_536;

/** A record whose verdict is another one. */
export interface ChangeExample {
  readonly kind: ChangeKind;
  readonly id: string;
  /** Of the log, from 1. */
  readonly line: number;
  /** Method and target, as text of a record. */
  readonly request: string;
  readonly before: AuditAction | null;
  readonly after: AuditAction | null;
  readonly more: readonly number[];
  readonly fewer: readonly number[];
}

/** In how many records a rule matches that it did not, and the other way. */
export interface RuleChange {
  readonly id: number;
  more: number;
  fewer: number;
  /** What it says, of the first of them. */
  msg: string | undefined;
  /** Ids of the first of them. */
  readonly examples: string[];
}

export class ReplaySummary {
  readonly #examplesMax: number;
  readonly counts: Record<ChangeKind, number> = {
    newly_blocked: 0,
    no_longer_blocked: 0,
    other_answer: 0,
    other_rules: 0,
  };
  readonly gaps: Record<ReplayGap, number> = {
    refused: 0,
    "request-body": 0,
    response: 0,
    "response-body": 0,
  };
  readonly #rules = new Map<number, RuleChange>();
  readonly #examples: Readonly<Record<ChangeKind, ChangeExample[]>> = {
    newly_blocked: [],
    no_longer_blocked: [],
    other_answer: [],
    other_rules: [],
  };
  records = 0;
  /** Verdicts on all of the transaction. */
  whole = 0;
  partial = 0;
  notReplayable = 0;
  unchanged = 0;
  rulesLeftOut = 0;

  /** @param examplesMax of each kind of change, and of each rule */
  constructor(examplesMax: number) {
    this.#examplesMax = examplesMax;
  }

  get changes(): number {
    return CHANGE_KINDS.reduce((sum, kind) => sum + this.counts[kind], 0);
  }

  /** Rules that match more or less often, the most frequent first. */
  get rules(): readonly RuleChange[] {
    return [...this.#rules.values()].sort((a, b) => b.more + b.fewer - a.more - a.fewer || a.id - b.id);
  }

  /** By kind, in the order of the log. */
  get examples(): readonly ChangeExample[] {
    return CHANGE_KINDS.flatMap((kind) => this.#examples[kind]);
  }

  /** A record that the rules in question are not about. */
  takeUnmet(): void {
    this.records += 1;
    this.unchanged += 1;
  }

  takeNotReplayable(): void {
    this.records += 1;
    this.notReplayable += 1;
  }

  /** @param msgOf what a rule says, where that is known */
  take(
    { record, place }: LoggedRecord,
    gap: ReplayGap | undefined,
    change: VerdictChange | undefined,
    before: AuditAction | null,
    after: AuditAction | null,
    msgOf: (id: number) => string | undefined,
  ): void {
    this.records += 1;
    if (gap === undefined) this.whole += 1;
    else {
      this.partial += 1;
      this.gaps[gap] += 1;
    }
    if (change === undefined) {
      this.unchanged += 1;
      return;
    }
    const { kind, more, fewer } = change;
    this.counts[kind] += 1;
    for (const id of more) this.#count(id, "more", record, msgOf);
    for (const id of fewer) this.#count(id, "fewer", record, msgOf);
    const examples = this.#examples[kind];
    if (examples.length < this.#examplesMax)
      examples.push({
        kind,
        id: record.id,
        line: place.line,
        request: requestText(record),
        before,
        after,
        more,
        fewer,
      });
  }

  #count(
    id: number,
    way: "more" | "fewer",
    record: AuditRecord,
    msgOf: (id: number) => string | undefined,
  ): void {
    let rule = this.#rules.get(id);
    if (rule === undefined) {
      if (this.#rules.size === RULES_TOLD_MAX) {
        this.rulesLeftOut += 1;
        return;
      }
      rule = { id, more: 0, fewer: 0, msg: undefined, examples: [] };
      this.#rules.set(id, rule);
    }
    rule[way] += 1;
    rule.msg ??= msgOf(id);
    if (rule.examples.length < this.#examplesMax) rule.examples.push(record.id);
  }
}

/** Method and target. */
export function requestText({ request }: AuditRecord): string {
  return request === null ? "" : `${request.method} ${request.target}`;
}
