/** Rules as they hold after a load: defaults merged, exclusions applied, chains together. Plain data, no engine. */
import type {
  AllowScope,
  Effect,
  Macro,
  RuleOperator,
  RulePhase,
  RuleSelection,
  RuleSeverity,
  Target,
} from "./ast.js";
import { isSameMacro } from "./macro.js";
import type { Place } from "./place.js";
import type { Settings } from "./settings.js";

/** What an exclusion can know a rule by. */
export interface RuleDescription {
  readonly id: number;
  readonly tags: readonly Macro[];
  readonly msg: Macro | undefined;
}

/** Whether an exclusion, or a `ctl`, is about a rule. */
export function selectsRule(rules: RuleSelection, { id, tags, msg }: RuleDescription): boolean {
  switch (rules.by) {
    case "id":
      return rules.ranges.some(({ first, last }) => id >= first && id <= last);
    case "tag":
      return tags.some((tag) => isSameMacro(tag, rules.tag));
    case "msg":
      return msg !== undefined && isSameMacro(msg, rules.msg);
  }
}

/** What a rule does to the transaction when it matches. */
export type Disruption =
  | { readonly kind: "pass" }
  | { readonly kind: "deny" | "drop"; readonly status: number }
  | { readonly kind: "redirect"; readonly status: number; readonly to: Macro }
  | { readonly kind: "allow"; readonly scope: AllowScope };

/** One of the rules of a chain; a rule that begins no chain has one. */
export interface RuleLink {
  readonly place: Place;
  /** What is tested, without exclusions. Of a `SecAction`: empty. */
  readonly targets: readonly Target[];
  /** What is not, whichever of the targets it comes from. */
  readonly exclusions: readonly Target[];
  /** Of a `SecAction`: undefined, and it holds in any case. */
  readonly operator: RuleOperator | undefined;
  /** Names of `TRANSFORMATIONS` without `none`, in their order. */
  readonly transformations: readonly string[];
  /** The operator is tested before the first transformation and after each that changes something. */
  readonly multiMatch: boolean;
  readonly capture: boolean;
  /** In their order: those of the default actions first. */
  readonly effects: readonly Effect[];
}

export interface Rule extends RuleDescription {
  readonly kind: "rule";
  readonly place: Place;
  readonly phase: RulePhase;
  /** One at least. */
  readonly links: readonly RuleLink[];
  readonly disruption: Disruption;
  readonly log: boolean;
  readonly auditLog: boolean;
  readonly logdata: Macro | undefined;
  /** Those of the default actions first. */
  readonly tags: readonly Macro[];
  readonly severity: RuleSeverity | undefined;
  readonly ver: string | undefined;
  readonly rev: string | undefined;
  readonly maturity: number | undefined;
  readonly accuracy: number | undefined;
  /** Where its phase goes on when it matches: an index of the phase's list, or its length. Undefined: right behind. */
  readonly skipTo: number | undefined;
}

export interface Marker {
  readonly kind: "marker";
  readonly place: Place;
  readonly label: string;
}

/** A `SecRuleRemove…` or `SecRuleUpdate…`, and what it was good for. */
export interface Exclusion {
  readonly place: Place;
  readonly kind: "SecRuleRemove" | "SecRuleUpdateTarget" | "SecRuleUpdateAction";
  readonly rules: RuleSelection;
  /** Rules that it changed. None: it does nothing, or stands before the rules that it means. */
  readonly rulesChanged: number;
}

export interface LoadedRules {
  readonly settings: Settings;
  /** By name; a name given twice counts as it was given last. */
  readonly datasets: ReadonlyMap<string, readonly Uint8Array[]>;
  /** Of what was loaded, in order: what writes it into audit records. */
  readonly componentSignatures: readonly string[];
  /** Rules and markers of phase 1 … 5 at index 0 … 4, in the order in which they were loaded. Markers are in all. */
  readonly phases: readonly (readonly (Rule | Marker)[])[];
  /** All rules, in the order in which they were loaded. */
  readonly rules: readonly Rule[];
  /** In their order. */
  readonly exclusions: readonly Exclusion[];
  /** All files that were read, in order. */
  readonly files: readonly string[];
}
