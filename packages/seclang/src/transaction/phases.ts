/** A phase: its rules in their order, and what those that match decide. */
import type { CompiledMacro, CompiledRule } from "../engine/compiled.js";
import type { RulePhase } from "../language/ast.js";
import { hasBit } from "../plan/bits.js";
import type { Evaluation } from "./evaluation.js";
import {
  HIT_TEXT_BYTES_MAX,
  HIT_VALUE_BYTES_MAX,
  HIT_VARIABLES_MAX,
  type Interruption,
  type MatchedVariable,
} from "./hit.js";
import type { SkipReason } from "./observer.js";
import { expandMacro } from "./read-variable.js";
import type { State } from "./state.js";
import { VARIABLE_BYTES_MAX } from "./variable-map.js";

const LOGGING = 5;
const LAST_OF_REQUEST = 2;

export class PhaseRunner {
  readonly #state: State;
  readonly #evaluation: Evaluation;

  constructor(state: State, evaluation: Evaluation) {
    this.#state = state;
    this.#evaluation = evaluation;
  }

  /** Runs a phase. Returns what a rule of it decided. */
  run(phase: RulePhase): Interruption | undefined {
    const state = this.#state;
    const rules = state.program.phases[phase - 1]!;
    state.phase = phase;
    if (state.mode === "Off" || (phase !== LOGGING && this.#isOver(phase))) {
      this.#notRun(rules, 0, rules.length, "phase-over");
      return undefined;
    }
    const decided = state.interruption;
    if (state.allowed === "phase") state.allowed = undefined;
    const { candidates } = state;
    const { observer, prologue } = state.program;
    if (phase === 1 && prologue !== undefined) state.takePrologue(prologue);
    candidates.begin(phase);
    for (let at = 0; at < rules.length; ) {
      const next = candidates.next(at);
      if (observer !== undefined) this.#notMatching(rules, at, next < 0 ? rules.length : next);
      if (next < 0) break;
      at = next + 1;
      const rule = rules[next]!;
      if (hasBit(state.removed, rule.index)) {
        observer?.notRun?.(rule.rule, "removed");
        continue;
      }
      observer?.started?.(rule.rule);
      const matched = this.#evaluation.run(rule);
      observer?.ran?.(rule.rule, matched);
      if (!matched) continue;
      this.#matched(rule, phase);
      if (this.#endsPhase(phase, decided)) {
        this.#notRun(rules, at, rules.length, "phase-over");
        break;
      }
      this.#notRun(rules, at, rule.skipTo, "skipped");
      at = rule.skipTo;
    }
    return state.interruption === decided ? undefined : state.interruption;
  }

  #isOver(phase: RulePhase): boolean {
    const { interruption, allowed } = this.#state;
    if (interruption !== undefined || allowed === "transaction") return true;
    return allowed === "request" && phase <= LAST_OF_REQUEST;
  }

  #endsPhase(phase: RulePhase, decided: Interruption | undefined): boolean {
    const state = this.#state;
    if (state.mode === "Off" || state.interruption !== decided) return true;
    if (phase === LOGGING) return false;
    if (state.allowed === "request") return phase <= LAST_OF_REQUEST;
    return state.allowed !== undefined;
  }

  #matched(rule: CompiledRule, phase: RulePhase): void {
    const state = this.#state;
    const { severity, log, auditLog, disruption } = rule.rule;
    if (severity !== undefined && severity < state.number("HIGHEST_SEVERITY"))
      state.setNumber("HIGHEST_SEVERITY", severity);
    if (auditLog) state.auditRelevant = true;
    if (log)
      state.hit({
        rule: rule.rule,
        phase,
        msg: rule.msg && this.#expanded(rule.msg, HIT_TEXT_BYTES_MAX),
        data: rule.logdata && this.#expanded(rule.logdata, HIT_TEXT_BYTES_MAX),
        variables: this.#variables(),
      });
    // Reference manual, "SecRuleEngine": DetectionOnly never executes any disruptive action, and allow is one. Nor does the phase in
    // which a response has long been sent.
    if (state.mode !== "On" || phase === LOGGING || disruption.kind === "pass") return;
    if (disruption.kind === "allow") {
      state.allowed = disruption.scope;
      return;
    }
    state.interruption = {
      action: disruption.kind,
      status: disruption.status,
      location: rule.redirectTo && this.#expanded(rule.redirectTo, VARIABLE_BYTES_MAX),
      rule: rule.rule,
    };
  }

  #expanded(macro: CompiledMacro, bytesMax: number): Uint8Array {
    const { scratch } = this.#state;
    scratch.length = 0;
    expandMacro(macro, this.#evaluation.macros, scratch, bytesMax);
    return scratch.octets.slice(0, scratch.length);
  }

  #variables(): MatchedVariable[] {
    const { matched } = this.#state;
    const { octets } = matched.arena;
    return Array.from({ length: Math.min(matched.count, HIT_VARIABLES_MAX) }, (_, index) => {
      const name = matched.at(index, 0);
      const value = matched.at(index, 2);
      return {
        name: octets.slice(name, Math.min(matched.at(index, 1), name + HIT_VALUE_BYTES_MAX)),
        value: octets.slice(value, Math.min(matched.at(index, 3), value + HIT_VALUE_BYTES_MAX)),
      };
    });
  }

  #notMatching(rules: readonly CompiledRule[], from: number, to: number): void {
    for (let at = from; at < to; at += 1) {
      const isRemoved = hasBit(this.#state.removed, rules[at]!.index);
      this.#notRun(rules, at, at + 1, isRemoved ? "removed" : "cannot-match");
    }
  }

  #notRun(rules: readonly CompiledRule[], from: number, to: number, reason: SkipReason): void {
    const { observer } = this.#state.program;
    if (observer === undefined) return;
    for (let at = from; at < to; at += 1) observer.notRun?.(rules[at]!.rule, reason);
  }
}
