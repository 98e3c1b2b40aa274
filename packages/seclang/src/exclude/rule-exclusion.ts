/** What has to be taken out of a rule so that it does not match what it matched: as little as can be. */
import type { Rule, RuleLink } from "../language/rule.js";
import { VARIABLES } from "../language/variables.js";
import { HIT_VALUE_BYTES_MAX, type Hit } from "../transaction/hit.js";
import { isCounted, type LinkMatch } from "./matched-links.js";

/** A variable that a rule does not test any more. */
export interface ExcludedTarget {
  /** In capital letters; `XML` with its path. */
  readonly variable: string;
  /** The value's name, which may be empty; undefined: all values. */
  readonly name: Uint8Array | undefined;
}

export interface RuleExclusion {
  readonly rule: number;
  /** Undefined: the rule as a whole. */
  readonly targets: readonly ExcludedTarget[] | undefined;
  /** Why it is wider than a header, cookie or argument by its name; undefined: it is not. */
  readonly why: string | undefined;
}

/** What rules write, or what tells of what they matched: it goes with the rules that wrote it. */
const DERIVED: ReadonlySet<string> = new Set([
  "ENV",
  "GLOBAL",
  "HIGHEST_SEVERITY",
  "IP",
  "MATCHED_VAR",
  "MATCHED_VARS",
  "MATCHED_VARS_NAMES",
  "MATCHED_VAR_NAME",
  "RESOURCE",
  "RULE",
  "SESSION",
  "TX",
  "USER",
]);

/** @returns undefined where the rule matched nothing but what other rules wrote */
export function ruleExclusion({ rule }: Hit, matches: readonly LinkMatch[]): RuleExclusion | undefined {
  const links = rule.links.map((link, at) =>
    linkExclusion(
      link,
      matches.filter((match) => match.link === at),
    ),
  );
  const [narrowest] = links
    .flatMap((exclusion) => (exclusion?.kind === "named" ? [exclusion] : []))
    .sort((a, b) => a.matches - b.matches);
  if (narrowest !== undefined) return { rule: rule.id, targets: narrowest.targets, why: undefined };
  const wider = links.find((exclusion) => exclusion?.kind === "unnamed");
  if (wider !== undefined) return { rule: rule.id, targets: wider.targets, why: wider.why };
  const whole = links.find((exclusion) => exclusion?.kind === "rule");
  return whole && { rule: rule.id, targets: undefined, why: whole.why };
}

/** The rule as a whole. */
export function wholeRule({ id }: Rule, why: string): RuleExclusion {
  return { rule: id, targets: undefined, why };
}

type LinkExclusion =
  | { readonly kind: "named"; readonly targets: readonly ExcludedTarget[]; readonly matches: number }
  | { readonly kind: "unnamed"; readonly targets: readonly ExcludedTarget[]; readonly why: string }
  | { readonly kind: "rule"; readonly why: string };

/** What silences one link, and so its chain; undefined: nothing of a message. */
function linkExclusion(link: RuleLink, matches: readonly LinkMatch[]): LinkExclusion | undefined {
  if (matches.length === 0 || matches.every(({ variable }) => DERIVED.has(variable))) return undefined;
  const counted = matches.find(({ variable }) => isCounted(link, variable));
  if (counted !== undefined)
    return { kind: "rule", why: `it counts ${counted.variable}, which no value can be taken out of` };
  const derived = matches.find(({ variable }) => DERIVED.has(variable));
  if (derived !== undefined)
    return { kind: "rule", why: `it matched ${derived.variable} as well, which other rules wrote` };
  const targets = unique(matches.flatMap(({ variable, name }) => targetOf(variable, name)));
  const unnamed = targets.filter(({ name }) => name === undefined).map(({ variable }) => variable);
  if (targets.length === 0) return undefined;
  if (unnamed.length === 0) return { kind: "named", targets, matches: matches.length };
  const why = `it matched ${unnamed.join(" and ")}, which has no names`;
  const remains = link.targets.some((target) => !unnamed.some((variable) => variable === fullName(target)));
  return remains ? { kind: "unnamed", targets, why } : { kind: "rule", why };
}

function fullName({ variable, selector }: RuleLink["targets"][number]): string {
  return selector?.kind === "xpath" ? `${variable}:${selector.path}` : variable;
}

/** None where the hit does not tell the name. */
function targetOf(variable: string, name: Uint8Array | undefined): ExcludedTarget[] {
  if (VARIABLES.known.get(variable.toLowerCase())?.kind !== "collection")
    return [{ variable, name: undefined }];
  if (name === undefined) return [];
  // A name that was cut off is not the value's.
  return variable.length + 1 + name.length >= HIT_VALUE_BYTES_MAX
    ? [{ variable, name: undefined }]
    : [{ variable, name }];
}

/** Each once; names in any case are the same. */
export function unique(targets: readonly ExcludedTarget[]): ExcludedTarget[] {
  return [...new Map(targets.map((target) => [targetKey(target), target])).values()];
}

function targetKey({ variable, name }: ExcludedTarget): string {
  return name === undefined
    ? variable
    : `${variable}:${Buffer.from(name)
        .toString("latin1")
        .replace(/[A-Z]/g, (letter) => letter.toLowerCase())}`;
}
