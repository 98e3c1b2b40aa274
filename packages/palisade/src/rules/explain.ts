/** What each rule made of one request: watched in one run, timed in several others. */
import {
  type CollectionStore,
  type Effect,
  Engine,
  effectChars,
  type Hit,
  type Interruption,
  type LoadedRules,
  loadRules,
  MemoryStore,
  operatorOf,
  type Rule,
  type RulePhase,
  type SkipReason,
  type Transaction,
  type TransactionObserver,
  type Work,
} from "@palisade/seclang";
import { utf8 } from "./check.js";
import type { ExplainedExchange } from "./explain-message.js";
import { needsOf } from "./explain-needs.js";
import { readRuleData, ruleFiles } from "./rule-files.js";

/** Runs that are timed. A rule's time is the median of those in which it ran. */
export const EXPLAIN_RUNS = 15;
/** Different effects of a rule that are told. */
export const EXPLAIN_EFFECTS_MAX = 64;

/** `matched`; `no-match`: it ran, and did not; else why it did not run. */
export type RuleOutcome = "matched" | "no-match" | SkipReason;

/** What one rule made of the request. */
export interface ExplainedRule {
  readonly rule: Rule;
  readonly phase: RulePhase;
  readonly outcome: RuleOutcome;
  /** Undefined: it did not match, or does not log. */
  readonly hit: Hit | undefined;
  /** Variables of the values that were tested, with how many of each. */
  readonly tested: ReadonlyMap<string, number>;
  /** What it did, as a rule file has it, macros unexpanded. */
  readonly did: readonly string[];
  /** Of `cannot-match`: what no value of its targets holds. */
  readonly needs: string | undefined;
  /** Of `skipped`: the rule that did. */
  readonly skippedBy: number | undefined;
  /** Of rules that ran. */
  readonly microseconds: number | undefined;
  /** Of rules that ran: octets that operators read and states that they made. */
  readonly steps: number | undefined;
}

/** What all rules made of it. */
export interface Explanation {
  readonly exchange: ExplainedExchange;
  readonly interruption: Interruption | undefined;
  /** In which phase it was decided; undefined: let through, or by a limit. */
  readonly phase: RulePhase | undefined;
  /** Why phases behind `lastPhase` are not known. */
  readonly missing: string | undefined;
  readonly lastPhase: RulePhase;
  /** In the order in which they came up; none of a phase that is not known. */
  readonly rules: readonly ExplainedRule[];
  readonly errors: readonly string[];
}

interface Noted {
  outcome: RuleOutcome;
  readonly tested: Map<string, number>;
  readonly did: Set<string>;
  skippedBy: number | undefined;
  steps: number | undefined;
}

/** Watches one run, then times others: telling what was tested would be timed too. */
class Watch implements TransactionObserver {
  readonly works = new Set<Work>();
  readonly noted = new Map<Rule, Noted>();
  readonly times = new Map<Rule, number[]>();
  timing = false;
  #lastMatched: Rule | undefined;
  #startedNs = 0n;
  #startedSteps = 0;

  started(rule: Rule): void {
    if (!this.timing) {
      this.#note(rule, "no-match");
      this.#startedSteps = this.#steps();
    }
    this.#startedNs = process.hrtime.bigint();
  }

  ran(rule: Rule, matched: boolean): void {
    const tookUs = Number(process.hrtime.bigint() - this.#startedNs) / 1_000;
    if (this.timing) {
      const times = this.times.get(rule);
      if (times === undefined) this.times.set(rule, [tookUs]);
      else times.push(tookUs);
      return;
    }
    const noted = this.noted.get(rule)!;
    noted.steps = this.#steps() - this.#startedSteps;
    if (!matched) return;
    noted.outcome = "matched";
    this.#lastMatched = rule;
  }

  notRun(rule: Rule, reason: SkipReason): void {
    if (this.timing) return;
    const noted = this.#note(rule, reason);
    if (reason === "skipped") noted.skippedBy = this.#lastMatched?.id;
  }

  tested(rule: Rule, _link: number, variable: string): void {
    if (this.timing) return;
    const { tested } = this.noted.get(rule)!;
    tested.set(variable, (tested.get(variable) ?? 0) + 1);
  }

  did(rule: Rule, effect: Effect): void {
    if (this.timing) return;
    const { did } = this.noted.get(rule)!;
    if (did.size < EXPLAIN_EFFECTS_MAX) did.add(effectText(effect));
  }

  #note(rule: Rule, outcome: RuleOutcome): Noted {
    const noted = {
      outcome,
      tested: new Map(),
      did: new Set<string>(),
      skippedBy: undefined,
      steps: undefined,
    };
    this.noted.set(rule, noted);
    return noted;
  }

  #steps(): number {
    let steps = 0;
    for (const work of this.works) steps += work.steps;
    return steps;
  }
}

/**
 * Runs a request through rules.
 *
 * @throws {PalisadeError} with a place, for the first error of the rule files
 */
export function explain(files: readonly string[], exchange: ExplainedExchange): Explanation {
  const loaded = loadRules(files, ruleFiles);
  const watch = new Watch();
  let store = new MemoryStore();
  const engine = engineOf(loaded, exchange, watch, {
    open: (collection, key, nowMs, timeoutSeconds) => store.open(collection, key, nowMs, timeoutSeconds),
  });
  const { transaction, lastPhase, missing } = run(engine, exchange);
  watch.timing = true;
  for (let count = 0; count < EXPLAIN_RUNS; count += 1) {
    // Each begins with what the first one did: nothing that rules keep.
    store = new MemoryStore();
    run(engine, exchange);
  }
  const hits = new Map(transaction.hits.map((hit) => [hit.rule, hit]));
  const { interruption, errors } = transaction;
  return {
    exchange,
    interruption,
    phase: interruption?.rule?.phase,
    missing,
    lastPhase,
    rules: [...watch.noted]
      .filter(([rule]) => rule.phase <= lastPhase)
      .map(([rule, { outcome, tested, did, skippedBy, steps }]) => ({
        rule,
        phase: rule.phase,
        outcome,
        hit: hits.get(rule),
        tested,
        did: [...did],
        needs: outcome === "cannot-match" ? needsOf(rule, loaded) : undefined,
        skippedBy,
        microseconds: steps === undefined ? undefined : median(watch.times.get(rule) ?? []),
        steps,
      })),
    errors,
  };
}

function engineOf(
  loaded: LoadedRules,
  { timeMs }: ExplainedExchange,
  watch: Watch,
  store: CollectionStore,
): Engine {
  return Engine.of(loaded, {
    readData: readRuleData,
    clock: () => timeMs,
    observer: watch,
    store,
    operatorOf: (name) => {
      const kind = operatorOf(name);
      return (
        kind && {
          name: kind.name,
          compile: (argument, data) => {
            const operator = kind.compile(argument, data);
            watch.works.add(operator.work);
            return operator;
          },
        }
      );
    },
  });
}

interface Run {
  readonly transaction: Transaction;
  readonly lastPhase: RulePhase;
  readonly missing: string | undefined;
}

/** All phases, as far as the messages go and nothing is decided. */
function run(engine: Engine, { id, connection, request, response }: ExplainedExchange): Run {
  const transaction = engine.begin(id);
  const known = (): Omit<Run, "transaction"> => {
    const whole = { lastPhase: 5, missing: undefined } as const;
    transaction.connection(connection);
    transaction.requestLine(request.method, request.target, request.protocol);
    for (const [name, value] of request.headers) transaction.requestHeader(name, value);
    if (transaction.endRequestHeaders() !== undefined) return whole;
    if (!request.ended) return { lastPhase: 1, missing: "all behind the head of the request" };
    if (transaction.readsRequestBody) {
      if (request.body === undefined)
        return { lastPhase: 1, missing: `the ${request.bodyCame ? "" : "end of the "}body of the request` };
      if (request.body.length > 0 && transaction.requestBody(request.body) !== undefined) return whole;
    }
    if (transaction.endRequestBody() !== undefined) return whole;
    if (response === undefined) return { lastPhase: 2, missing: "the response" };
    transaction.responseLine(response.protocol, response.status);
    for (const [name, value] of response.headers) transaction.responseHeader(name, value);
    if (transaction.endResponseHeaders() !== undefined) return whole;
    if (transaction.readsResponseBody) {
      if (response.body === undefined) return { lastPhase: 3, missing: "the body of the response" };
      if (response.body.length > 0 && transaction.responseBody(response.body) !== undefined) return whole;
    }
    transaction.endResponseBody();
    return whole;
  };
  const end = known();
  transaction.finish();
  return { transaction, ...end };
}

/** Undefined of none. */
function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[values.length >>> 1];
}

/** An action as a rule file has it, macros unexpanded; of `ctl` what it is about. */
function effectText(effect: Effect): string {
  return effect.kind === "ctl"
    ? `ctl:${effect.change.control}`
    : utf8(`${effect.kind}:${effectChars(effect)}`);
}
