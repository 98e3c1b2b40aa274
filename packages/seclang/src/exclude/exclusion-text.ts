/** An exclusion as a rule: for one host and path, which rules go, or what of them. */
import type { Action, Control, Directive, Macro, RuleOperator, Selector, Target } from "../language/ast.js";
import { printRules } from "../language/print-rules.js";
import { charsOf, octetsOf } from "../language/text.js";
import type { ExcludedTarget, RuleExclusion } from "./rule-exclusion.js";
import type { ExclusionScope } from "./scope.js";

/** The first id that exclusions take: within 1 … 99,999, which the reference manual ("id") keeps for local use. */
export const EXCLUSION_ID_FIRST = 10_000;

/** The first id from `EXCLUSION_ID_FIRST` on that no rule has. */
export function freeRuleId(rules: readonly { readonly id: number }[]): number {
  const taken = new Set(rules.map(({ id }) => id));
  let id = EXCLUSION_ID_FIRST;
  while (taken.has(id)) id += 1;
  return id;
}

/** Nobody reads the places of what is printed. */
const PLACE = { file: "", line: 1, column: 1 };

/** The octets of a rule file: a chain of two, ASCII alone. */
export function exclusionText(
  id: number,
  scope: ExclusionScope,
  exclusions: readonly RuleExclusion[],
): Uint8Array {
  const first: readonly Action[] = [
    { kind: "id", place: PLACE, id },
    { kind: "phase", place: PLACE, phase: 1 },
    { kind: "pass", place: PLACE },
    { kind: "nolog", place: PLACE },
    { kind: "t", place: PLACE, transformation: "none" },
  ];
  const chain: Action = { kind: "chain", place: PLACE };
  const small: Action = { kind: "t", place: PLACE, transformation: "lowercase" };
  const { host, path } = scope;
  const printed = printRules([
    host === undefined
      ? rule(header(true), operator("eq", octetsOf("0")), [...first, chain])
      : rule(header(false), equal(host), [...first, small, chain]),
    rule(target("REQUEST_FILENAME", undefined), equal(path), [
      { kind: "t", place: PLACE, transformation: "none" },
      ...exclusions.flatMap(controls).map((change): Action => ({ kind: "ctl", place: PLACE, change })),
    ]),
  ]);
  // A line each: no argument has this in it, for quotes are never written plainly.
  return octetsOf(charsOf(printed).replaceAll(",ctl:'", ",\\\n    ctl:'"));
}

function controls({ rule: id, targets }: RuleExclusion): Control[] {
  const rules = { by: "id", ranges: [{ first: id, last: id }] } as const;
  if (targets === undefined) return [{ control: "ruleRemove", rules }];
  return targets.map((excluded) => ({
    control: "ruleRemoveTarget",
    rules,
    target: excludedTarget(excluded),
  }));
}

function excludedTarget({ variable, name }: ExcludedTarget): Target {
  const path = variable.startsWith("XML:") ? variable.slice("XML:".length) : undefined;
  if (path === "/*" || path === "//@*") return target("XML", { kind: "xpath", path });
  return target(variable, name && selectorOf(name));
}

/** Names that nothing in a rule file takes for anything else. */
const PLAIN_NAME = /^[\w$*+.@[\]()<>=?!^~&:{}#-]+$/;

/** Other names as a pattern, in which any octet can be written. */
function selectorOf(name: Uint8Array): Selector {
  if (PLAIN_NAME.test(charsOf(name))) return { kind: "name", octets: name };
  return { kind: "pattern", octets: octetsOf(patternOf(name)) };
}

/** Arguments that are neither blank nor a macro, a quote or an escape. */
const PLAIN_ARGUMENT = /^[\w!#$&()*+,\-./:;<=>?@[\]^{|}~]+$/;

function equal(value: Uint8Array): RuleOperator {
  if (PLAIN_ARGUMENT.test(charsOf(value))) return operator("streq", value);
  return operator("rx", octetsOf(patternOf(value)));
}

/** A pattern for these octets and no others. */
function patternOf(octets: Uint8Array): string {
  const escaped = Array.from(octets, (octet) => {
    const char = String.fromCharCode(octet);
    return /[\w]/.test(char) ? char : `\\x${octet.toString(16).padStart(2, "0")}`;
  });
  return `^${escaped.join("")}$`;
}

function rule(tested: Target, test: RuleOperator, actions: readonly Action[]): Directive {
  return { kind: "SecRule", place: PLACE, targets: [tested], operator: test, actions };
}

function header(count: boolean): Target {
  return { ...target("REQUEST_HEADERS", { kind: "name", octets: octetsOf("Host") }), count };
}

function target(variable: string, selector: Selector | undefined): Target {
  return { place: PLACE, variable, selector, count: false, exclude: false };
}

function operator(name: string, argument: Uint8Array): RuleOperator {
  const macro: Macro = [{ kind: "octets", octets: argument }];
  return { place: PLACE, name, negated: false, argument: macro };
}
