/**
 * Macros: `%{NAME}` and `%{NAME.key}` in a text stand for a variable's value (reference manual, "Macro Expansion"). A `%{` that
 * nothing closes is text. A colon does in place of the dot.
 */
import type { Macro, MacroPart } from "./ast.js";
import { lookUp } from "./names.js";
import { ruleError } from "./place.js";
import { charsOf, octetsOf, type Text } from "./text.js";
import { VARIABLES, type VariableName } from "./variables.js";

const OPEN = "%{";
/** More than the longest variable has. */
const NAME_CHARACTERS = 64;

/** @throws {PalisadeError} `SECLANG_UNKNOWN`, `SECLANG_UNSUPPORTED`, `SECLANG_SYNTAX` */
export function parseMacro(text: Text): Macro {
  const parts: MacroPart[] = [];
  const { chars } = text;
  let from = 0;
  for (;;) {
    const open = chars.indexOf(OPEN, from);
    const close = open < 0 ? -1 : chars.indexOf("}", open);
    const end = close < 0 ? chars.length : open;
    if (end > from) parts.push({ kind: "octets", octets: octetsOf(chars.slice(from, end)) });
    if (close < 0) return parts;
    parts.push(parseVariable(text.slice(open + OPEN.length, close)));
    from = close + 1;
  }
}

/** Text that no macro may stand in, as it is. */
export function literalMacro(text: Text): Macro {
  return text.length === 0 ? [] : [{ kind: "octets", octets: text.octets() }];
}

/** The first macro of a text, where there is one that names a variable; undefined otherwise. */
export function findMacro(text: Text): Text | undefined {
  const { chars } = text;
  let close = -1;
  for (let open = chars.indexOf(OPEN); open >= 0; open = chars.indexOf(OPEN, open + 1)) {
    if (close < open) close = chars.indexOf("}", open);
    if (close < 0) return undefined;
    const name = chars
      .slice(open + OPEN.length, Math.min(close, open + NAME_CHARACTERS))
      .split(/[.:]/, 1)[0]!;
    if (VARIABLES.known.has(name.toLowerCase())) return text.slice(open);
  }
  return undefined;
}

function parseVariable(text: Text): MacroPart {
  const separator = text.chars.search(/[.:]/);
  const name = separator < 0 ? text : text.slice(0, separator);
  const variable: VariableName = lookUp(VARIABLES, name);
  if (separator < 0)
    return { kind: "variable", place: text.place(), variable: variable.name, key: undefined };
  if (variable.kind !== "collection")
    throw ruleError(
      "SECLANG_SYNTAX",
      text.place(separator),
      `${variable.name} is not a collection, expected }`,
    );
  if (separator + 1 === text.length)
    throw ruleError("SECLANG_SYNTAX", text.place(separator + 1), `no name, expected one of ${variable.name}`);
  return {
    kind: "variable",
    place: text.place(),
    variable: variable.name,
    key: text.slice(separator + 1).octets(),
  };
}

/** Whether a rule file has the same text for both. */
export function isSameMacro(one: Macro, other: Macro): boolean {
  const [a] = one;
  const [b] = other;
  if (one.length === 1 && other.length === 1 && a!.kind === "octets" && b!.kind === "octets")
    return a!.octets.length === b!.octets.length && a!.octets.every((octet, at) => octet === b!.octets[at]);
  return macroChars(one) === macroChars(other);
}

/** As a rule file has it, one octet a character. */
export function macroChars(macro: Macro): string {
  return macro
    .map((part) => {
      if (part.kind === "octets") return charsOf(part.octets);
      return `${OPEN}${part.variable}${part.key === undefined ? "" : `.${charsOf(part.key)}`}}`;
    })
    .join("");
}
