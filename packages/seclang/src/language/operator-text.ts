/**
 * A rule's operator: `@name argument`, with `!` before it for "does not", or a pattern alone, which means `@rx` (reference
 * manual, "SecRule" and "Operators"). Blanks before the argument are no part of it, blanks behind it are.
 */
import type { RuleOperator } from "./ast.js";
import { findMacro, literalMacro, macroChars, parseMacro } from "./macro.js";
import { lookUp } from "./names.js";
import { OPERATORS } from "./operator-names.js";
import { ruleError } from "./place.js";
import { isBlank, type Text } from "./text.js";

/** @throws {PalisadeError} `SECLANG_SYNTAX`, `SECLANG_UNKNOWN`, `SECLANG_UNSUPPORTED` */
export function parseOperator(text: Text): RuleOperator {
  const negated = text.chars.startsWith("!");
  const body = negated ? withoutBlanksBefore(text.slice(1)) : text;
  if (!body.chars.startsWith("@")) return operatorOf(text, "rx", negated, body);
  const found = body.chars.search(/\s/);
  const end = found < 0 ? body.length : found;
  const { name } = lookUp(OPERATORS, body.slice(1, end));
  return operatorOf(text, name, negated, withoutBlanksBefore(body.slice(end)));
}

function operatorOf(text: Text, name: string, negated: boolean, argument: Text): RuleOperator {
  const kind = OPERATORS.known.get(name.toLowerCase())!;
  if (kind.argument === "required" && argument.length === 0)
    throw ruleError("SECLANG_SYNTAX", argument.place(), `@${name} has no argument, expected one`);
  if (kind.argument === "none" && argument.trim().length > 0)
    throw ruleError("SECLANG_SYNTAX", argument.place(), `@${name} has an argument, expected none`);
  if (kind.argument === "none") return { place: text.place(), name, negated, argument: [] };
  if (kind.macros) return { place: text.place(), name, negated, argument: parseMacro(argument) };
  const macro = findMacro(argument);
  if (macro !== undefined)
    throw ruleError(
      "SECLANG_UNSUPPORTED",
      macro.place(),
      `a macro in the argument of @${name} is not supported: it is compiled once; use @contains, @streq or @within`,
    );
  return { place: text.place(), name, negated, argument: literalMacro(argument) };
}

/** As a rule file has it, one octet a character. */
export function operatorChars({ name, negated, argument }: RuleOperator): string {
  const chars = macroChars(argument);
  const mark = negated ? "!" : "";
  if (chars === "") return `${mark}@${name}`;
  // Only a pattern alone can begin with a blank.
  return isBlank(chars.charCodeAt(0)) ? `${mark}${chars}` : `${mark}@${name} ${chars}`;
}

function withoutBlanksBefore(text: Text): Text {
  let start = 0;
  while (start < text.length && isBlank(text.chars.charCodeAt(start))) start += 1;
  return text.slice(start);
}
