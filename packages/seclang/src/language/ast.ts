/**
 * A rule file as read: plain data, every node with its place.
 *
 * What rules compare, write or log is octets; what people name (versions, labels, files) is text.
 */
import type { Place } from "./place.js";
import type { Setting } from "./settings.js";
import type { PersistentCollection, WritableCollection } from "./variables.js";

/** What stands behind the colon of a variable. */
export type Selector =
  /** A name, its case not counting. */
  | { readonly kind: "name"; readonly octets: Uint8Array }
  /** Names that a pattern matches; between its slashes as written. */
  | { readonly kind: "pattern"; readonly octets: Uint8Array }
  /** `XML` only. */
  | { readonly kind: "xpath"; readonly path: "/*" | "//@*" };

/** A variable that a rule tests, or (`exclude`) does not. */
export interface Target {
  readonly place: Place;
  /** In capital letters. */
  readonly variable: string;
  readonly selector: Selector | undefined;
  /** `&`: how many values there are instead of the values. */
  readonly count: boolean;
  /** `!` */
  readonly exclude: boolean;
}

/** A piece of text that macros are expanded in: octets as they are, or a variable's first value. */
export type MacroPart =
  | { readonly kind: "octets"; readonly octets: Uint8Array }
  | {
      readonly kind: "variable";
      readonly place: Place;
      /** In capital letters. */
      readonly variable: string;
      /** Behind the dot; undefined: the variable itself. */
      readonly key: Uint8Array | undefined;
    };

/** No part: the empty text. No two octet parts stand beside each other, and none is empty. */
export type Macro = readonly MacroPart[];

export interface RuleOperator {
  readonly place: Place;
  /** As `OPERATORS` spells it. */
  readonly name: string;
  readonly negated: boolean;
  /** Blanks before it are gone. Empty where there is none. */
  readonly argument: Macro;
}

export type RulePhase = 1 | 2 | 3 | 4 | 5;
/** 0: emergency … 7: debug. */
export type RuleSeverity = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
export type BodyProcessorName = "URLENCODED" | "MULTIPART" | "XML" | "JSON" | "RAW";
export type EngineMode = "On" | "Off" | "DetectionOnly";
export type AuditMode = "On" | "Off" | "RelevantOnly";
export type AllowScope = "transaction" | "phase" | "request";

/** Rules whose id is from `first` to `last`. */
export interface IdRange {
  readonly first: number;
  readonly last: number;
}

/** Which rules an exclusion is about. Tags and messages are compared whole, case counting, before macros are expanded. */
export type RuleSelection =
  | { readonly by: "id"; readonly ranges: readonly IdRange[] }
  | { readonly by: "tag"; readonly tag: Macro }
  | { readonly by: "msg"; readonly msg: Macro };

/** What `ctl` changes for the rest of a transaction. */
export type Control =
  | { readonly control: "ruleEngine"; readonly mode: EngineMode }
  | { readonly control: "auditEngine"; readonly mode: AuditMode }
  | {
      readonly control: "auditLogParts";
      readonly change: "add" | "remove" | "set";
      readonly parts: string;
    }
  | {
      readonly control: "requestBodyProcessor" | "responseBodyProcessor";
      readonly processor: BodyProcessorName;
    }
  | { readonly control: "requestBodyLimit" | "responseBodyLimit"; readonly bytes: number }
  | { readonly control: "debugLogLevel"; readonly level: number }
  | { readonly control: "parseXmlIntoArgs"; readonly mode: XmlArguments }
  | {
      readonly control:
        | "forceRequestBodyVariable"
        | "forceResponseBodyVariable"
        | "requestBodyAccess"
        | "responseBodyAccess";
      readonly on: boolean;
    }
  | { readonly control: "ruleRemove"; readonly rules: RuleSelection }
  | { readonly control: "ruleRemoveTarget"; readonly rules: RuleSelection; readonly target: Target };

export type XmlArguments = "On" | "Off" | "OnlyArgs";

/** A node of each of some kinds: its own member of a union, so that its kind tells what it holds. */
type Node<Kind extends string, Fields = unknown> = Kind extends string
  ? { readonly kind: Kind; readonly place: Place } & Fields
  : never;

/** What a rule does besides deciding, in the order of its list. */
export type Effect =
  | Node<
      "setvar",
      {
        readonly collection: WritableCollection;
        readonly name: Macro;
        /** `=`, `=+`, `=-`, and `!` before the name. */
        readonly operation: "set" | "add" | "subtract" | "unset";
        /** Of `unset`: empty. */
        readonly value: Macro;
      }
    >
  | Node<"initcol", { readonly collection: PersistentCollection; readonly key: Macro }>
  | Node<"setsid" | "setuid" | "setrsc", { readonly key: Macro }>
  | Node<
      "expirevar",
      { readonly collection: PersistentCollection; readonly name: Macro; readonly seconds: number }
    >
  /** `value` undefined: taken away. */
  | Node<"setenv", { readonly name: string; readonly value: Macro | undefined }>
  | Node<"ctl", { readonly change: Control }>;

/** One action of a list, as written. */
export type Action =
  | Effect
  | Node<"id", { readonly id: number }>
  | Node<"phase", { readonly phase: RulePhase }>
  /** A name of `TRANSFORMATIONS`. */
  | Node<"t", { readonly transformation: string }>
  | Node<"pass" | "deny" | "drop" | "block">
  | Node<"allow", { readonly scope: AllowScope }>
  | Node<"redirect", { readonly to: Macro }>
  | Node<"status", { readonly status: number }>
  | Node<"capture" | "chain" | "multiMatch" | "log" | "nolog" | "auditlog" | "noauditlog">
  | Node<"msg" | "logdata" | "tag", { readonly text: Macro }>
  | Node<"ver" | "rev", { readonly text: string }>
  | Node<"severity", { readonly severity: RuleSeverity }>
  | Node<"maturity" | "accuracy", { readonly grade: number }>
  | Node<"skip", { readonly rules: number }>
  | Node<"skipAfter", { readonly label: string }>;

/** A directive of a rule file. */
export type Directive =
  | Node<
      "SecRule",
      {
        readonly targets: readonly Target[];
        readonly operator: RuleOperator;
        readonly actions: readonly Action[];
      }
    >
  | Node<"SecAction" | "SecDefaultAction", { readonly actions: readonly Action[] }>
  | Node<"SecMarker", { readonly label: string }>
  | Node<"Include", { readonly pattern: string }>
  | Node<"SecComponentSignature", { readonly signature: string }>
  | Node<"SecRuleRemove", { readonly rules: RuleSelection }>
  | Node<
      "SecRuleUpdateTarget",
      {
        readonly rules: RuleSelection;
        /** Which rule of a chain, from 0. */
        readonly link: number;
        readonly targets: readonly Target[];
      }
    >
  | Node<
      "SecRuleUpdateAction",
      { readonly id: number; readonly link: number; readonly actions: readonly Action[] }
    >
  | Node<"SecDataset", { readonly name: string; readonly lines: readonly Uint8Array[] }>
  | Node<"setting", { readonly setting: Setting }>;
