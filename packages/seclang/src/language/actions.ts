/**
 * Lists of actions: names with commas between them, an argument behind a colon (reference manual, "Actions"). An argument may
 * stand in single quotes, in which commas are as any other octet and `\'` is a quote; a backslash behind a backslash escapes
 * nothing.
 */
import type { Action, RulePhase, RuleSeverity } from "./ast.js";
import { controlChars, parseControl } from "./control.js";
import {
  effectChars,
  neededMacro,
  parseExpirevar,
  parseInitcol,
  parseOwner,
  parseSetenv,
  parseSetvar,
} from "./effects.js";
import { findMacro, macroChars, parseMacro } from "./macro.js";
import { lookUp, names } from "./names.js";
import { TRANSFORMATIONS } from "./operator-names.js";
import { type Place, ruleError, shown } from "./place.js";
import { closing, escaped, unescaped } from "./targets.js";
import { backslashesBefore, charsOfName, type Text } from "./text.js";
import { number, oneOf, ruleId } from "./values.js";

/** Most actions of a list. */
export const RULE_ACTIONS_MAX = 4_096;
/** Most rules that `skip` can skip. */
export const RULES_SKIPPED_MAX = 65_536;

interface ActionKind {
  readonly name: string;
  readonly argument: "none" | "optional" | "required";
  /** @param argument empty where there is none */
  parse(argument: Text, place: Place): Action;
}

type FlagKind =
  | "pass"
  | "deny"
  | "drop"
  | "block"
  | "capture"
  | "chain"
  | "multiMatch"
  | "log"
  | "nolog"
  | "auditlog"
  | "noauditlog";

function flags(...kinds: readonly FlagKind[]): ActionKind[] {
  return kinds.map((kind) => ({ name: kind, argument: "none", parse: (_, place) => ({ kind, place }) }));
}

function withArgument(name: string, parse: ActionKind["parse"]): ActionKind {
  return { name, argument: "required", parse };
}

const PHASES: readonly (readonly [string, RulePhase])[] = [
  ["1", 1],
  ["2", 2],
  ["3", 3],
  ["4", 4],
  ["5", 5],
  ["request", 2],
  ["response", 4],
  ["logging", 5],
];

/** Names of severity 0 … 7 (reference manual, "severity"). */
export const RULE_SEVERITIES = [
  "EMERGENCY",
  "ALERT",
  "CRITICAL",
  "ERROR",
  "WARNING",
  "NOTICE",
  "INFO",
  "DEBUG",
] as const;

const CONTENT = "bodies are not changed on their way";
const SANITISE = "what is masked in logs is told by the audit log's own options";

const ACTIONS = names<ActionKind>(
  "action",
  [
    ...flags("pass", "deny", "drop", "block", "capture", "chain", "multiMatch"),
    ...flags("log", "nolog", "auditlog", "noauditlog"),
    withArgument("id", (text, place) => ({ place, kind: "id", id: ruleId(text) })),
    withArgument("phase", (text, place) => {
      const word = oneOf(
        text,
        "phase",
        PHASES.map(([name]) => name),
      );
      return { place, kind: "phase", phase: PHASES.find(([name]) => name === word)![1] };
    }),
    withArgument("t", (text, place) => ({
      place,
      kind: "t",
      transformation: lookUp(TRANSFORMATIONS, text).name,
    })),
    {
      name: "allow",
      argument: "optional",
      parse: (text, place) => ({
        place,
        kind: "allow",
        scope: text.length === 0 ? "transaction" : oneOf(text, "allow", ["phase", "request"]),
      }),
    },
    withArgument("redirect", (text, place) => ({
      place,
      kind: "redirect",
      to: neededMacro(text, "address"),
    })),
    withArgument("status", (text, place) => ({
      place,
      kind: "status",
      status: number(text, "status", 100, 599),
    })),
    ...(["msg", "logdata", "tag"] as const).map((kind) =>
      withArgument(kind, (text, place) => ({ place, kind, text: parseMacro(text) })),
    ),
    ...(["ver", "rev"] as const).map((kind) =>
      withArgument(kind, (text, place) => {
        const macro = findMacro(text);
        if (macro === undefined) return { place, kind, text: text.name(kind) };
        throw ruleError(
          "SECLANG_UNSUPPORTED",
          macro.place(),
          `a macro in ${kind} is not supported, expected text alone; use logdata`,
        );
      }),
    ),
    withArgument("severity", (text, place) => {
      const severity = /^[0-9]/.test(text.chars)
        ? number(text, "severity", 0, 7)
        : RULE_SEVERITIES.indexOf(oneOf(text, "severity", RULE_SEVERITIES));
      return { place, kind: "severity", severity: severity as RuleSeverity };
    }),
    ...(["maturity", "accuracy"] as const).map((kind) =>
      withArgument(kind, (text, place) => ({ place, kind, grade: number(text, kind, 1, 9) })),
    ),
    withArgument("skip", (text, place) => ({
      place,
      kind: "skip",
      rules: number(text, "skip", 1, RULES_SKIPPED_MAX),
    })),
    withArgument("skipAfter", (text, place) => ({
      place,
      kind: "skipAfter",
      label: text.name("label"),
    })),
    withArgument("setvar", parseSetvar),
    withArgument("expirevar", parseExpirevar),
    withArgument("initcol", parseInitcol),
    ...(["setsid", "setuid", "setrsc"] as const).map((kind) =>
      withArgument(kind, (text) => parseOwner(kind, text)),
    ),
    withArgument("setenv", parseSetenv),
    withArgument("ctl", (text, place) => ({ place, kind: "ctl", change: parseControl(text) })),
  ],
  {
    append: CONTENT,
    prepend: CONTENT,
    deprecatevar: "use expirevar",
    exec: "no program is run while a request waits; read the audit log",
    pause: "a request that waits costs a connection; use deny or drop",
    proxy: "where a request goes is the proxy's own option; use redirect",
    sanitiseArg: SANITISE,
    sanitiseMatched: SANITISE,
    sanitiseMatchedBytes: SANITISE,
    sanitiseRequestHeader: SANITISE,
    sanitiseResponseHeader: SANITISE,
    sanitizeArg: SANITISE,
    sanitizeMatched: SANITISE,
    sanitizeMatchedBytes: SANITISE,
    sanitizeRequestHeader: SANITISE,
    sanitizeResponseHeader: SANITISE,
    xmlns: "XPaths with namespaces are not supported; use XML:/* or XML://@*",
  },
);

/** @throws {PalisadeError} `SECLANG_SYNTAX`, `SECLANG_UNKNOWN`, `SECLANG_UNSUPPORTED`, `SECLANG_VALUE`, `SECLANG_LIMIT` */
export function parseActions(text: Text): Action[] {
  const actions: Action[] = [];
  for (let from = 0; ; ) {
    const { action, end } = parseAction(text, from);
    actions.push(action);
    if (actions.length > RULE_ACTIONS_MAX)
      throw ruleError("SECLANG_LIMIT", text.place(), `more than ${RULE_ACTIONS_MAX} actions, expected fewer`);
    if (end >= text.length) return actions;
    from = end + 1;
  }
}

function parseAction(text: Text, from: number): { readonly action: Action; readonly end: number } {
  const found = text.chars.slice(from).search(/[:,]/);
  const nameEnd = found < 0 ? text.length : from + found;
  const name = text.slice(from, nameEnd).trim();
  const kind = lookUp(ACTIONS, name);
  if (text.chars[nameEnd] !== ":") {
    if (kind.argument === "required")
      throw ruleError(
        "SECLANG_SYNTAX",
        text.place(nameEnd),
        `${kind.name} has no argument, expected :ARGUMENT`,
      );
    return { action: kind.parse(text.slice(nameEnd, nameEnd), name.place()), end: nameEnd };
  }
  if (kind.argument === "none")
    throw ruleError("SECLANG_SYNTAX", text.place(nameEnd), `${kind.name} has an argument, expected a comma`);
  const { argument, end } = parseArgument(text, nameEnd + 1);
  if (argument.length === 0)
    throw ruleError("SECLANG_SYNTAX", argument.place(), `${kind.name} has an empty argument, expected one`);
  return { action: kind.parse(argument, name.place()), end };
}

function parseArgument(text: Text, from: number): { readonly argument: Text; readonly end: number } {
  const rest = text.slice(from);
  const blanks = rest.chars.search(/\S|$/);
  if (rest.chars[blanks] === "'") {
    const close = closing(rest.chars, blanks + 1, "'");
    if (close < 0)
      throw ruleError("SECLANG_SYNTAX", rest.place(blanks), "the quotes are not closed, expected '");
    const behind = rest.chars.slice(close + 1).search(/\S|$/) + close + 1;
    if (behind < rest.length && rest.chars[behind] !== ",")
      throw ruleError(
        "SECLANG_SYNTAX",
        rest.place(behind),
        `${shown(rest.chars[behind]!)} behind a closing quote, expected a comma (a quote inside is written \\')`,
      );
    return { argument: unescaped(rest.slice(blanks + 1, close), "'"), end: from + behind };
  }
  const comma = rest.chars.indexOf(",");
  const end = comma < 0 ? rest.length : comma;
  const argument = rest.slice(0, end).trim();
  const quote = argument.chars.indexOf("'");
  if (quote >= 0)
    throw ruleError(
      "SECLANG_SYNTAX",
      argument.place(quote),
      "a quote inside of an argument, expected the whole argument in single quotes",
    );
  if (backslashesBefore(argument.chars, argument.length) % 2 === 1)
    throw ruleError(
      "SECLANG_SYNTAX",
      argument.place(argument.length - 1),
      "a backslash ends an argument, expected the whole argument in single quotes, the backslash twice",
    );
  return { argument, end: from + end };
}

/** As a rule file has them, one octet a character. */
export function actionsChars(actions: readonly Action[]): string {
  return actions.map(actionChars).join(",");
}

function actionChars(action: Action): string {
  const argument = argumentChars(action);
  if (argument === undefined) return action.kind;
  return /^[\w/.-]+$/.test(argument)
    ? `${action.kind}:${argument}`
    : `${action.kind}:'${escaped(argument, "'")}'`;
}

function argumentChars(action: Action): string | undefined {
  switch (action.kind) {
    case "id":
      return `${action.id}`;
    case "phase":
      return `${action.phase}`;
    case "t":
      return action.transformation;
    case "allow":
      return action.scope === "transaction" ? undefined : action.scope;
    case "redirect":
      return macroChars(action.to);
    case "status":
      return `${action.status}`;
    case "msg":
    case "logdata":
    case "tag":
      return macroChars(action.text);
    case "ver":
    case "rev":
      return charsOfName(action.text);
    case "severity":
      return RULE_SEVERITIES[action.severity];
    case "maturity":
    case "accuracy":
      return `${action.grade}`;
    case "skip":
      return `${action.rules}`;
    case "skipAfter":
      return charsOfName(action.label);
    case "ctl":
      return controlChars(action.change);
    case "setvar":
    case "expirevar":
    case "initcol":
    case "setsid":
    case "setuid":
    case "setrsc":
    case "setenv":
      return effectChars(action);
    default:
      return undefined;
  }
}
