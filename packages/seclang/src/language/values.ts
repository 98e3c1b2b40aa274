/** Small arguments that directives and actions share: numbers, words of a list, ranges of ids. */
import type { IdRange } from "./ast.js";
import { ruleError, shown } from "./place.js";
import type { Text } from "./text.js";

/** The largest rule id: what a signed integer of 32 bits holds, as other engines read it. */
export const RULE_ID_MAX = 2_147_483_647;
/** Most ids and ranges of one exclusion. */
export const ID_RANGES_MAX = 65_536;

/**
 * A whole number in decimal digits.
 *
 * @throws {PalisadeError} `SECLANG_VALUE`
 */
export function number(text: Text, what: string, least: number, most: number): number {
  const value = /^[0-9]{1,15}$/.test(text.chars) ? Number(text.chars) : Number.NaN;
  if (value >= least && value <= most) return value;
  throw ruleError(
    "SECLANG_VALUE",
    text.place(),
    `${what} ${shown(text.chars)}, expected a number from ${least} to ${most}`,
  );
}

/**
 * One word of a few, its case not counting.
 *
 * @throws {PalisadeError} `SECLANG_VALUE`
 */
export function oneOf<T extends string>(text: Text, what: string, words: readonly T[]): T {
  const lower = text.chars.toLowerCase();
  const found = words.find((word) => word.toLowerCase() === lower);
  if (found !== undefined) return found;
  const expected = words.length === 1 ? words[0] : `one of ${words.join(", ")}`;
  throw ruleError("SECLANG_VALUE", text.place(), `${what} ${shown(text.chars)}, expected ${expected}`);
}

/** `On` or `Off`, in any case. @throws {PalisadeError} `SECLANG_VALUE` */
export function onOff(text: Text, what: string): boolean {
  return oneOf(text, what, ["On", "Off"]) === "On";
}

/** 1 … `RULE_ID_MAX`. @throws {PalisadeError} `SECLANG_VALUE` */
export function ruleId(text: Text): number {
  return number(text, "rule id", 1, RULE_ID_MAX);
}

/** `942100`, `942100-942199`. @throws {PalisadeError} `SECLANG_VALUE` */
export function idRange(text: Text): IdRange {
  const dash = text.chars.indexOf("-");
  if (dash < 0) {
    const id = ruleId(text);
    return { first: id, last: id };
  }
  const first = ruleId(text.slice(0, dash).trim());
  const last = ruleId(text.slice(dash + 1).trim());
  if (last < first)
    throw ruleError(
      "SECLANG_VALUE",
      text.place(),
      `range ${shown(text.chars)}, expected the smaller id before the larger`,
    );
  return { first, last };
}

/** Ids and ranges with blanks or commas between them. @throws {PalisadeError} `SECLANG_VALUE`, `SECLANG_LIMIT` */
export function idRanges(text: Text): IdRange[] {
  const ranges: IdRange[] = [];
  for (const match of text.chars.matchAll(/[^\s,]+/g)) {
    ranges.push(idRange(text.slice(match.index, match.index + match[0].length)));
    if (ranges.length > ID_RANGES_MAX)
      throw ruleError("SECLANG_LIMIT", text.place(), `more than ${ID_RANGES_MAX} ids, expected fewer`);
  }
  if (ranges.length === 0)
    throw ruleError("SECLANG_SYNTAX", text.place(), "no id, expected the id of a rule");
  return ranges;
}

/** As `idRange` reads it. */
export function idRangeText({ first, last }: IdRange): string {
  return first === last ? `${first}` : `${first}-${last}`;
}
