/** Rules as transactions run them: names resolved, arguments compiled, sets of rules as bits. Immutable but for caches. */
import type { Pattern } from "@palisade/match";
import type { Control, Effect, RuleSelection } from "../language/ast.js";
import type { Place } from "../language/place.js";
import type { Rule } from "../language/rule.js";
import type { Operator } from "../operators/operator.js";
import type { Name } from "../transaction/names.js";
import type { MapName, Reader } from "../transaction/variables.js";
import type { DynamicOperator } from "./dynamic-operator.js";
import type { Step } from "./transformation-tree.js";

/** Which values of a variable are meant: those of a name, those whose name a pattern matches, or (neither) all. */
export interface CompiledSelector {
  readonly name: Name | undefined;
  /** What the names begin with, where that is all that a pattern says. */
  readonly prefix: Uint8Array | undefined;
  /** An object serves one search at a time, which holds: transactions do not run inside each other. */
  readonly pattern: Pattern | undefined;
}

/** A variable that `!` or `ctl:ruleRemoveTarget…` takes out. */
export interface CompiledExclusion extends CompiledSelector {
  readonly variable: string;
}

export interface CompiledTarget extends CompiledSelector {
  readonly variable: string;
  /** As `MATCHED_VAR_NAME` has it before the colon. */
  readonly label: Uint8Array;
  readonly reader: Reader;
  readonly count: boolean;
  /** Those of the rule that are about this variable. */
  readonly exclusions: readonly CompiledExclusion[];
}

export type CompiledMacroPart =
  | { readonly kind: "octets"; readonly octets: Uint8Array }
  | { readonly kind: "variable"; readonly reader: Reader; readonly name: Name | undefined };

export interface CompiledMacro {
  readonly parts: readonly CompiledMacroPart[];
  /** All of it, where nothing has to be expanded. */
  readonly literal: Name | undefined;
}

type EffectOf<K extends Effect["kind"]> = Extract<Effect, { readonly kind: K }>;

export type CompiledEffect =
  | {
      readonly kind: "setvar";
      readonly source: EffectOf<"setvar">;
      readonly map: number;
      readonly name: CompiledMacro;
      readonly operation: EffectOf<"setvar">["operation"];
      readonly value: CompiledMacro;
    }
  | {
      readonly kind: "open";
      readonly source: EffectOf<"initcol" | "setsid" | "setuid" | "setrsc">;
      readonly map: number;
      readonly collection: MapName;
      readonly key: CompiledMacro;
    }
  | {
      readonly kind: "expirevar";
      readonly source: EffectOf<"expirevar">;
      readonly map: number;
      readonly name: CompiledMacro;
      readonly seconds: number;
    }
  | {
      readonly kind: "setenv";
      readonly source: EffectOf<"setenv">;
      readonly map: number;
      readonly name: Name;
      readonly value: CompiledMacro | undefined;
    }
  | {
      readonly kind: "ruleRemove";
      readonly source: EffectOf<"ctl">;
      readonly rules: RuleSelection;
      /** A bit for each rule's index. */
      readonly bits: Uint32Array;
    }
  | {
      readonly kind: "ruleRemoveTarget";
      readonly source: EffectOf<"ctl">;
      readonly bits: Uint32Array;
      readonly exclusion: CompiledExclusion;
    }
  | {
      readonly kind: "ctl";
      readonly source: EffectOf<"ctl">;
      readonly change: Exclude<Control, { readonly control: "ruleRemove" | "ruleRemoveTarget" }>;
    };

export interface CompiledLink {
  readonly place: Place;
  readonly targets: readonly CompiledTarget[];
  /** Undefined: it holds in any case. */
  readonly operator: Operator | DynamicOperator | undefined;
  /** Whether `operator` is one whose argument has macros. */
  readonly dynamic: boolean;
  /** Of such a one: whether its argument is the same for all values that the link meets. */
  readonly steady: boolean;
  readonly negated: boolean;
  /** Each shares what its steps have in common with others'. */
  readonly steps: readonly Step[];
  readonly multiMatch: boolean;
  readonly capture: boolean;
  readonly effects: readonly CompiledEffect[];
}

/**
 * What the first link of many a rule is: a comparison of one variable that rules write, or of whether it is set. Where it does not hold
 * the rule has no effect at all, and is over.
 */
export interface QuickTest {
  readonly map: number;
  readonly name: Name;
  /** Whether how many there are is compared. */
  readonly count: boolean;
  /** With `!` counted. */
  holds(value: number): boolean;
  /** Whether the rule itself asks for what it has matched. */
  readonly isTold: boolean;
}

export interface CompiledRule {
  readonly rule: Rule;
  /** Of all rules of the load, from 0: its bit in sets of rules. */
  readonly index: number;
  readonly links: readonly CompiledLink[];
  readonly quickTest: QuickTest | undefined;
  readonly msg: CompiledMacro | undefined;
  readonly logdata: CompiledMacro | undefined;
  readonly redirectTo: CompiledMacro | undefined;
  /** Where the phase goes on when it matches: an index of the phase's compiled list. */
  readonly skipTo: number;
}
