/**
 * What there is to say of a rule set before it serves: every operator is compiled, every pattern of a selector too, and what they take is noted.
 */
import { assert, PalisadeError } from "@palisade/base";
import {
  AuditPolicy,
  type Exclusion,
  type LoadedRules,
  loadRules,
  type Macro,
  type OperatorEngine,
  type OperatorFiles,
  operatorOf,
  type Place,
  patternOf,
  placeText,
  type Rule,
  type RuleLink,
  type RuleOperator,
  type RulePhase,
  type RuleReader,
  type Setting,
  settingWords,
  type Target,
} from "@palisade/seclang";
import { readRuleData } from "./rule-files.js";

/** Where in a rule something stands. */
interface InRule {
  readonly rule: number;
  /** Which rule of a chain, from 0. */
  readonly link: number;
  readonly place: Place;
}

/** Of an operator's engines those that have a machine. */
export type PatternEngine = Extract<OperatorEngine, "dfa" | "literals">;

/** A pattern, or a list of strings, that a rule looks for. */
export interface CheckedPattern extends InRule {
  /** Without `@`. */
  readonly operator: string;
  readonly engine: PatternEngine;
  /** Undefined where the operator does not tell. */
  readonly states: number | undefined;
  /** Whether a match leaves its groups in TX. */
  readonly captures: boolean;
}

/** What is SecLang, and what Palisade does not do. */
export interface Refusal extends InRule {
  readonly kind: "operator" | "selector";
  readonly name: string;
  readonly why: string;
}

/** A directive that set something, its value as a rule file has it. */
export interface CheckedSetting {
  readonly name: string;
  readonly value: string;
  readonly place: Place;
}

/** What a check finds where there is no error. */
export interface RuleCheck {
  /** All that were read, in order. */
  readonly files: readonly string[];
  /** Rules; those of a chain count as one. */
  readonly rules: number;
  /** Rules behind the first of a chain. */
  readonly chained: number;
  readonly phases: ReadonlyMap<RulePhase, number>;
  /** How many rules, chained ones too, have each operator, the most frequent first. */
  readonly operators: readonly (readonly [name: string, rules: number])[];
  /** The largest first; those that do not tell last. */
  readonly patterns: readonly CheckedPattern[];
  readonly refused: readonly Refusal[];
  /** Those that change no rule. */
  readonly unusedExclusions: readonly Exclusion[];
  readonly settings: readonly CheckedSetting[];
}

/**
 * Loads rule files, and looks at all that they name.
 *
 * @throws {PalisadeError} `SECLANG_…`, its message `FILE:LINE:COLUMN: what is wrong, what was expected`, for the first error
 */
export function checkRules(files: readonly string[], reader: RuleReader): RuleCheck {
  const loaded = loadRules(files, reader);
  // The pattern of statuses is only compiled by what decides about records, which would refuse to start.
  AuditPolicy.of(loaded.settings);
  const checker = new Checker(loaded, reader);
  for (const rule of loaded.rules) checker.take(rule);
  return checker.result();
}

class Checker {
  readonly #loaded: LoadedRules;
  readonly #reader: RuleReader;
  readonly #patterns: CheckedPattern[] = [];
  readonly #refused: Refusal[] = [];
  readonly #phases = new Map<RulePhase, number>([1, 2, 3, 4, 5].map((phase) => [phase as RulePhase, 0]));
  readonly #operators = new Map<string, number>();
  #chained = 0;

  constructor(loaded: LoadedRules, reader: RuleReader) {
    this.#loaded = loaded;
    this.#reader = reader;
  }

  take(rule: Rule): void {
    this.#phases.set(rule.phase, this.#phases.get(rule.phase)! + 1);
    this.#chained += rule.links.length - 1;
    rule.links.forEach((link, index) => {
      const at = { rule: rule.id, link: index };
      for (const target of [...link.targets, ...link.exclusions]) this.#selector(target, at);
      for (const effect of link.effects)
        if (effect.kind === "ctl" && effect.change.control === "ruleRemoveTarget")
          this.#selector(effect.change.target, at);
      if (link.operator !== undefined) this.#operator(link.operator, link, at);
    });
  }

  #selector({ variable, selector, place }: Target, at: Omit<InRule, "place">): void {
    if (selector?.kind !== "pattern") return;
    const { octets } = selector;
    this.#attempt("selector", variable, { ...at, place }, () => {
      try {
        patternOf("rx", octets);
      } catch (error) {
        if (!(error instanceof PalisadeError && error.cause instanceof PalisadeError)) throw error;
        throw new PalisadeError(error.code, `the selector of ${variable}: ${error.cause.message}`, {
          cause: error.cause,
        });
      }
    });
  }

  #operator(operator: RuleOperator, link: RuleLink, at: Omit<InRule, "place">): void {
    const { name, place } = operator;
    this.#operators.set(name, (this.#operators.get(name) ?? 0) + 1);
    const where: InRule = { ...at, place };
    const kind = operatorOf(name);
    assert(kind !== undefined, "the language knows no operator that is not there");
    const argument = octetsOf(operator.argument);
    // What a macro stands for is known when a request comes.
    if (argument === undefined) return;
    this.#attempt("operator", name, where, () => {
      const { engine, states } = kind.compile(argument, this.#files(place));
      if (engine !== "dfa" && engine !== "literals") return;
      this.#patterns.push({ ...where, operator: name, engine, states, captures: link.capture });
    });
  }

  #files(place: Place): OperatorFiles {
    return {
      read: (name) => readRuleData(name, place.file, this.#reader),
      dataset: (name) => this.#loaded.datasets.get(name),
    };
  }

  /** Notes what is refused; says of an error where it is. */
  #attempt(kind: Refusal["kind"], name: string, where: InRule, action: () => void): void {
    try {
      action();
    } catch (error) {
      if (!(error instanceof PalisadeError)) throw error;
      if (!isRefusal(error)) throw placed(error, where.place);
      this.#refused.push({ ...where, kind, name, why: error.message });
    }
  }

  result(): RuleCheck {
    const { files, rules, exclusions, settings } = this.#loaded;
    return {
      files,
      rules: rules.length,
      chained: this.#chained,
      phases: this.#phases,
      operators: [...this.#operators].sort(([a, most], [b, more]) => more - most || (a < b ? -1 : 1)),
      patterns: this.#patterns.sort((a, b) => (b.states ?? -1) - (a.states ?? -1)),
      refused: this.#refused,
      unusedExclusions: exclusions.filter(({ rulesChanged }) => rulesChanged === 0),
      settings: Object.entries(settings).map(([name, { value, place }]) => ({
        name,
        value: utf8(settingWords({ name, value } as Setting).join(" ")),
        place,
      })),
    };
  }
}

/** Whether an error says that Palisade does not do something, rather than that it is written wrongly. */
function isRefusal({ cause }: PalisadeError): boolean {
  if (!(cause instanceof PalisadeError)) return false;
  return cause.code === "PATTERN_UNSUPPORTED" || cause.code === "PATTERN_TOO_LARGE";
}

function placed(error: PalisadeError, place: Place): PalisadeError {
  return new PalisadeError(error.code, `${placeText(place)}: ${error.message}`, { cause: error });
}

/** Undefined where a macro stands in it. */
function octetsOf(macro: Macro): Uint8Array | undefined {
  const parts = macro.flatMap((part) => (part.kind === "octets" ? [part.octets] : []));
  return parts.length < macro.length ? undefined : Buffer.concat(parts);
}

/** Text whose characters are octets of UTF-8. */
export function utf8(chars: string): string {
  return Buffer.from(chars, "latin1").toString("utf8");
}
