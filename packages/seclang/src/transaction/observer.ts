/** Who is told what rules do, to explain a verdict. Nothing is made for it where there is none. */
import type { CompiledEffect } from "../engine/compiled.js";
import type { Rule } from "../language/rule.js";

export type SkipReason =
  /** `ctl:ruleRemove…` */
  | "removed"
  /** No value of the message has what it needs: see `plan/`. */
  | "cannot-match"
  /** `skip`, `skipAfter` of a rule before it. */
  | "skipped"
  /** `allow`, a decision, or an engine that was turned off. */
  | "phase-over";

export interface TransactionObserver {
  /** A rule is about to run. */
  started?(rule: Rule): void;
  /** It ran. */
  ran?(rule: Rule, matched: boolean): void;
  notRun?(rule: Rule, reason: SkipReason): void;
  /**
   * A value was tested: `octets[start … end)` after its transformations, which hold for the call.
   *
   * @param link which rule of the chain, from 0
   * @param matched with `!` counted
   */
  tested?(
    rule: Rule,
    link: number,
    variable: string,
    octets: Uint8Array,
    start: number,
    end: number,
    matched: boolean,
  ): void;
  /** A rule of the chain matched, and did this. */
  did?(rule: Rule, effect: CompiledEffect["source"]): void;
}
