/**
 * What a rule tests: variables with `|` between them, each with `&` (count) or `!` (not this one) before it and a selector
 * behind a colon (reference manual, "SecRule" and "Variables").
 *
 * A selector is a name, a pattern between slashes (a slash inside it as `\/`), or either in single quotes, in which `|` and
 * slashes are as any other octet and `\'` is a quote. That of `XML` is an XPath: `/*` or `//@*`.
 */
import type { Selector, Target } from "./ast.js";
import { lookUp } from "./names.js";
import { ruleError, shown } from "./place.js";
import { backslashesBefore, charsOf, isBlank, type Text } from "./text.js";
import { VARIABLES, type VariableName } from "./variables.js";

/** Most variables that a rule lists. */
export const RULE_TARGETS_MAX = 4_096;

/** @throws {PalisadeError} `SECLANG_SYNTAX`, `SECLANG_UNKNOWN`, `SECLANG_UNSUPPORTED`, `SECLANG_LIMIT` */
export function parseTargets(text: Text): Target[] {
  const targets: Target[] = [];
  for (let at = 0; ; ) {
    const { target, end } = parseTarget(text, at);
    targets.push(target);
    if (targets.length > RULE_TARGETS_MAX)
      throw ruleError(
        "SECLANG_LIMIT",
        text.place(),
        `more than ${RULE_TARGETS_MAX} variables, expected fewer`,
      );
    if (end >= text.length) return targets;
    at = end + 1;
  }
}

/** One variable alone, as `ctl` has it. @throws {PalisadeError} as `parseTargets` */
export function parseOneTarget(text: Text): Target {
  const { target, end } = parseTarget(text, 0);
  if (end < text.length)
    throw ruleError("SECLANG_SYNTAX", text.place(end), "a second variable, expected one");
  return target;
}

function parseTarget(text: Text, from: number): { readonly target: Target; readonly end: number } {
  const { chars } = text;
  let at = skipBlanks(chars, from);
  const start = at;
  const mark = chars[at];
  if (mark === "!" || mark === "&") at = skipBlanks(chars, at + 1);
  if (chars[at] === "!" || chars[at] === "&")
    throw ruleError("SECLANG_SYNTAX", text.place(at), `${chars[at]} behind ${mark}, expected a variable`);
  const nameStart = at;
  while (at < chars.length && chars[at] !== ":" && chars[at] !== "|") at += 1;
  const written = text.slice(nameStart, at).trim();
  const variable = lookUp(VARIABLES, written);
  const base = {
    place: text.place(start),
    variable: variable.name,
    count: mark === "&",
    exclude: mark === "!",
  };
  if (chars[at] !== ":") return { target: { ...base, selector: undefined }, end: at };
  const { selector, end } = parseSelector(text, at + 1, variable);
  return { target: { ...base, selector }, end };
}

function parseSelector(
  text: Text,
  from: number,
  variable: VariableName,
): { readonly selector: Selector; readonly end: number } {
  const { chars } = text;
  if (variable.kind === "single")
    throw ruleError(
      "SECLANG_SYNTAX",
      text.place(from - 1),
      `${variable.name} is not a collection, expected | or the end of the variables`,
    );
  if (chars[from] === "'") return quotedSelector(text, from, variable);
  if (chars[from] === "/" && variable.kind === "collection") {
    const close = closing(chars, from + 1, "/");
    if (close < 0)
      throw ruleError("SECLANG_SYNTAX", text.place(from), "the pattern is not closed, expected /");
    const end = skipBlanks(chars, close + 1);
    if (end < chars.length && chars[end] !== "|")
      throw ruleError(
        "SECLANG_SYNTAX",
        text.place(end),
        `${shown(chars[end]!)} behind a pattern, expected | (a slash inside of it is written \\/)`,
      );
    return { selector: patternOf(text.slice(from + 1, close)), end };
  }
  const bar = chars.indexOf("|", from);
  const end = bar < 0 ? chars.length : bar;
  return { selector: plainSelector(text.slice(from, end).trim(), variable), end };
}

function quotedSelector(text: Text, from: number, variable: VariableName) {
  const { chars } = text;
  const close = closing(chars, from + 1, "'");
  if (close < 0) throw ruleError("SECLANG_SYNTAX", text.place(from), "the quotes are not closed, expected '");
  const end = skipBlanks(chars, close + 1);
  if (end < chars.length && chars[end] !== "|")
    throw ruleError(
      "SECLANG_SYNTAX",
      text.place(end),
      `${shown(chars[end]!)} behind a closing quote, expected |`,
    );
  const inside = unescaped(text.slice(from + 1, close), "'");
  if (variable.kind === "collection" && inside.chars.startsWith("/")) {
    const last = inside.length - 1;
    if (last === 0 || inside.chars[last] !== "/" || backslashesBefore(inside.chars, last) % 2 === 1)
      throw ruleError("SECLANG_SYNTAX", inside.place(), "the pattern is not closed, expected /");
    return { selector: patternOf(inside.slice(1, last)), end };
  }
  return { selector: plainSelector(inside, variable), end };
}

function patternOf(inside: Text): Selector {
  if (inside.length > 0) return { kind: "pattern", octets: inside.octets() };
  throw ruleError("SECLANG_SYNTAX", inside.place(), "an empty pattern, expected one");
}

function plainSelector(written: Text, variable: VariableName): Selector {
  if (variable.kind === "xml") {
    const path = written.chars;
    if (path === "/*" || path === "//@*") return { kind: "xpath", path };
    throw ruleError(
      "SECLANG_UNSUPPORTED",
      written.place(),
      `XPath ${shown(path)} is not supported, expected /* (all text) or //@* (all attributes)`,
    );
  }
  if (written.length > 0) return { kind: "name", octets: written.octets() };
  throw ruleError("SECLANG_SYNTAX", written.place(), `no name, expected one of ${variable.name}`);
}

/** As a rule file has them, one octet a character. */
export function targetsChars(targets: readonly Target[]): string {
  return targets.map(targetChars).join("|");
}

/** As a rule file has it, one octet a character. */
export function targetChars(target: Target): string {
  const mark = target.exclude ? "!" : target.count ? "&" : "";
  return `${mark}${target.variable}${target.selector === undefined ? "" : `:${selectorChars(target.selector)}`}`;
}

function selectorChars(selector: Selector): string {
  if (selector.kind === "xpath") return selector.path;
  const chars = charsOf(selector.octets);
  if (selector.kind === "pattern")
    return closing(chars, 0, "/") < 0 ? `/${chars}/` : `'${escaped(`/${chars}/`, "'")}'`;
  const bare = !chars.includes("|") && !/^['/]/.test(chars) && !isBlank(chars.charCodeAt(0));
  return bare && !isBlank(chars.charCodeAt(chars.length - 1)) ? chars : `'${escaped(chars, "'")}'`;
}

/** The index of the first quote, from one on, that no backslash escapes; -1 where there is none. */
export function closing(chars: string, from: number, quote: string): number {
  for (let at = from; at < chars.length; at += 1) {
    if (chars[at] === "\\") at += 1;
    else if (chars[at] === quote) return at;
  }
  return -1;
}

/** Without the backslashes that escape a quote. */
export function unescaped(text: Text, quote: string): Text {
  const dropped: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text.chars[at] !== "\\") continue;
    if (text.chars[at + 1] === quote) dropped.push(at);
    at += 1;
  }
  return text.without(dropped);
}

/** With a backslash before each quote. */
export function escaped(chars: string, quote: string): string {
  return chars.replaceAll(quote, `\\${quote}`);
}

function skipBlanks(chars: string, from: number): number {
  let at = from;
  while (at < chars.length && isBlank(chars.charCodeAt(at))) at += 1;
  return at;
}
