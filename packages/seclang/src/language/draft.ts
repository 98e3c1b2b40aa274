/** A rule while it is loaded: action lists that exclusions may still change, merged at the end. */

import { RULE_ACTIONS_MAX } from "./actions.js";
import type { Action, Directive, RulePhase, Target } from "./ast.js";
import { placeText, ruleError } from "./place.js";
import type { Disruption, Rule, RuleDescription, RuleLink } from "./rule.js";
import { RULE_TARGETS_MAX } from "./targets.js";

type RuleDirective = Extract<Directive, { readonly kind: "SecRule" | "SecAction" }>;

/** A rule of a chain, before the merge. */
export interface DraftLink {
  readonly directive: RuleDirective;
  targets: readonly Target[];
  actions: readonly Action[];
}

export interface Draft {
  readonly kind: "rule";
  readonly id: number;
  readonly phase: RulePhase;
  /** Of its phase, at the time. */
  readonly defaults: readonly Action[];
  readonly links: DraftLink[];
}

/** Decides alone: of those in a list the last one counts, and one that comes later takes the place of all. */
const DISRUPTIVE: ReadonlySet<Action["kind"]> = new Set([
  "pass",
  "deny",
  "drop",
  "block",
  "allow",
  "redirect",
] as const);

/** Once in a list. */
const SINGLE: ReadonlySet<Action["kind"]> = new Set([
  "id",
  "phase",
  "status",
  "msg",
  "logdata",
  "severity",
  "ver",
  "rev",
  "maturity",
  "accuracy",
] as const);

/** What describes one rule: tags may be those of all. */
const METADATA: ReadonlySet<Action["kind"]> = new Set([
  "id",
  "msg",
  "logdata",
  "severity",
  "ver",
  "rev",
  "maturity",
  "accuracy",
] as const);

/** A chain's first rule says these for all of it. */
const OF_THE_FIRST: ReadonlySet<Action["kind"]> = new Set([
  "id",
  "phase",
  "status",
  "msg",
  "logdata",
  "tag",
  "severity",
  "ver",
  "rev",
  "maturity",
  "accuracy",
  "skip",
  "skipAfter",
  "log",
  "nolog",
  "auditlog",
  "noauditlog",
] as const);

/** The action of a kind that a list has; the last where there are several. */
export function actionOf<K extends Action["kind"]>(
  actions: readonly Action[],
  ...kinds: readonly K[]
): Extract<Action, { readonly kind: K }> | undefined {
  return actions.findLast((action): action is Extract<Action, { readonly kind: K }> =>
    kinds.includes(action.kind as K),
  );
}

/**
 * That a list says nothing twice that can be said once.
 *
 * @throws {PalisadeError} `SECLANG_RULE`
 */
export function checkOnce(actions: readonly Action[]): void {
  const seen = new Map<string, Action>();
  for (const action of actions) {
    const group = groupOf(action);
    if (group === undefined) continue;
    const before = seen.get(group);
    if (before !== undefined)
      throw ruleError(
        "SECLANG_RULE",
        action.place,
        `${action.kind} behind ${before.kind} at ${placeText(before.place)}, expected one of them`,
      );
    seen.set(group, action);
  }
}

function groupOf(action: Action): string | undefined {
  if (DISRUPTIVE.has(action.kind)) return "disruptive";
  if (action.kind === "skip" || action.kind === "skipAfter") return "skip";
  return SINGLE.has(action.kind) ? action.kind : undefined;
}

/** That a later rule of a chain says nothing that its first one says. @throws {PalisadeError} `SECLANG_RULE` */
export function checkChained(actions: readonly Action[], firstId: number): void {
  checkOnce(actions);
  for (const { kind, place } of actions)
    if (OF_THE_FIRST.has(kind) || DISRUPTIVE.has(kind))
      throw ruleError(
        "SECLANG_RULE",
        place,
        `${kind} in a later rule of the chain of ${firstId}, expected it in the chain's first rule`,
      );
}

/**
 * The phase that default actions are of.
 *
 * @throws {PalisadeError} `SECLANG_RULE` where they have no phase or nothing disruptive, or say what only a rule can
 */
export function checkDefaults(
  directive: Extract<Directive, { readonly kind: "SecDefaultAction" }>,
): RulePhase {
  const { actions, place } = directive;
  checkOnce(actions);
  for (const { kind, place: where } of actions)
    if (METADATA.has(kind) || kind === "chain" || kind === "skip" || kind === "skipAfter" || kind === "block")
      throw ruleError("SECLANG_RULE", where, `${kind} in default actions, expected it in a rule`);
  const phase = actionOf(actions, "phase");
  if (phase === undefined)
    throw ruleError("SECLANG_RULE", place, "default actions without a phase, expected phase:N");
  if (!actions.some(({ kind }) => DISRUPTIVE.has(kind)))
    throw ruleError("SECLANG_RULE", place, "default actions that decide nothing, expected pass or deny");
  return phase.phase;
}

/** What exclusions know a draft by. */
export function descriptionOf({ id, defaults, links }: Draft): RuleDescription {
  const own = links[0]!.actions;
  return {
    id,
    tags: [...defaults, ...own].flatMap((action) => (action.kind === "tag" ? [action.text] : [])),
    msg: actionOf(own, "msg")?.text,
  };
}

/** Further targets, or exclusions. @throws {PalisadeError} `SECLANG_RULE`, `SECLANG_LIMIT` */
export function updateTargets(
  link: DraftLink,
  { place, targets }: Extract<Directive, { readonly kind: "SecRuleUpdateTarget" }>,
): void {
  if (link.directive.kind === "SecAction")
    throw ruleError("SECLANG_RULE", place, "a SecAction tests nothing, expected a SecRule");
  if (link.targets.length + targets.length > RULE_TARGETS_MAX)
    throw ruleError("SECLANG_LIMIT", place, `more than ${RULE_TARGETS_MAX} variables, expected fewer`);
  link.targets = [...link.targets, ...targets];
}

/**
 * Further actions: what can be said once takes the place of what was said, the rest is added.
 *
 * @throws {PalisadeError} `SECLANG_RULE`, `SECLANG_LIMIT`
 */
export function updateActions(
  draft: Draft,
  link: DraftLink,
  { place, actions }: Extract<Directive, { readonly kind: "SecRuleUpdateAction" }>,
): void {
  for (const { kind, place: where } of actions)
    if (kind === "id" || kind === "phase" || kind === "chain")
      throw ruleError("SECLANG_RULE", where, `${kind} of a rule that is there, expected another action`);
  if (link === draft.links[0]) checkOnce(actions);
  else checkChained(actions, draft.id);
  const groups = new Set(actions.map(groupOf).filter((group) => group !== undefined));
  const kept = link.actions.filter((action) => !groups.has(groupOf(action) ?? ""));
  if (kept.length + actions.length > RULE_ACTIONS_MAX)
    throw ruleError("SECLANG_LIMIT", place, `more than ${RULE_ACTIONS_MAX} actions, expected fewer`);
  link.actions = [...kept, ...actions];
}

/** The rule that a draft has become. */
export function ruleOf(draft: Draft, skipTo: number | undefined): Rule {
  const { defaults, links, phase } = draft;
  const first = links[0]!;
  const own = first.actions;
  const log = actionOf(own, "log", "nolog") ?? actionOf(defaults, "log", "nolog");
  return {
    kind: "rule",
    place: first.directive.place,
    ...descriptionOf(draft),
    phase,
    links: links.map((link) => linkOf(link, defaults, link === first)),
    disruption: disruptionOf(own, defaults),
    log: log?.kind !== "nolog",
    auditLog: isAudited(own, defaults),
    logdata: actionOf(own, "logdata")?.text,
    severity: actionOf(own, "severity")?.severity,
    ver: actionOf(own, "ver")?.text,
    rev: actionOf(own, "rev")?.text,
    maturity: actionOf(own, "maturity")?.grade,
    accuracy: actionOf(own, "accuracy")?.grade,
    skipTo,
  };
}

function linkOf(link: DraftLink, defaults: readonly Action[], isFirst: boolean): RuleLink {
  const { directive, actions, targets } = link;
  // Default actions happen once for a chain, with its first rule; their transformations hold for each.
  const all = isFirst
    ? [...defaults, ...actions]
    : [...defaults.filter(({ kind }) => kind === "t"), ...actions];
  return {
    place: directive.place,
    targets: targets.filter(({ exclude }) => !exclude),
    exclusions: targets.filter(({ exclude }) => exclude),
    operator: directive.kind === "SecRule" ? directive.operator : undefined,
    transformations: transformationsOf(all),
    multiMatch: all.some(({ kind }) => kind === "multiMatch"),
    capture: all.some(({ kind }) => kind === "capture"),
    effects: all.filter((action) => isEffect(action)),
  };
}

/** `none` takes away what stands before it, the defaults' too. */
function transformationsOf(actions: readonly Action[]): string[] {
  const names: string[] = [];
  for (const action of actions) {
    if (action.kind !== "t") continue;
    if (action.transformation === "none") names.length = 0;
    else names.push(action.transformation);
  }
  return names;
}

function isEffect(action: Action): action is RuleLink["effects"][number] {
  switch (action.kind) {
    case "setvar":
    case "initcol":
    case "setsid":
    case "setuid":
    case "setrsc":
    case "expirevar":
    case "setenv":
    case "ctl":
      return true;
    default:
      return false;
  }
}

/** What is said of the audit log counts before what is said of the log, and that before the defaults. */
function isAudited(own: readonly Action[], defaults: readonly Action[]): boolean {
  for (const actions of [own, defaults]) {
    const said = actionOf(actions, "auditlog", "noauditlog") ?? actionOf(actions, "log", "nolog");
    if (said !== undefined) return said.kind === "auditlog" || said.kind === "log";
  }
  return true;
}

const DENY_STATUS = 403;
const REDIRECT_STATUS = 302;
const REDIRECTIONS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** A rule's own decision; `block`, or none: the defaults'. */
function disruptionOf(own: readonly Action[], defaults: readonly Action[]): Disruption {
  const kinds = ["pass", "deny", "drop", "block", "allow", "redirect"] as const;
  const mine = actionOf(own, ...kinds);
  const decided = mine === undefined || mine.kind === "block" ? actionOf(defaults, ...kinds) : mine;
  const inherited = decided === mine ? undefined : actionOf(defaults, "status");
  const status = (actionOf(own, "status") ?? inherited)?.status;
  switch (decided?.kind) {
    case "deny":
    case "drop":
      return { kind: decided.kind, status: status ?? DENY_STATUS };
    case "redirect": {
      const redirection = status !== undefined && REDIRECTIONS.has(status) ? status : REDIRECT_STATUS;
      return { kind: "redirect", status: redirection, to: decided.to };
    }
    case "allow":
      return { kind: "allow", scope: decided.scope };
    default:
      return { kind: "pass" };
  }
}
