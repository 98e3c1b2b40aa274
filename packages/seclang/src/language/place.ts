/** Where in a rule file something stands, and the errors that name it. */
import { PalisadeError } from "@palisade/base";

/** A place in a rule file. */
export interface Place {
  /** As it was named to whoever read it. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in characters: the octets that continue a UTF-8 sequence do not count. */
  readonly column: number;
}

/**
 * What can be wrong with a rule file:
 *
 * - `SECLANG_SYNTAX`: it does not read as SecLang
 * - `SECLANG_UNKNOWN`: a directive, variable, operator, transformation, action or label that there is not
 * - `SECLANG_UNSUPPORTED`: one that there is elsewhere, and that Palisade does not honour
 * - `SECLANG_VALUE`: an argument outside of what is possible
 * - `SECLANG_RULE`: a rule that contradicts itself or another: no id, an id twice, a broken chain
 * - `SECLANG_INCLUDE`: a file that cannot be had, or that includes itself
 * - `SECLANG_LIMIT`: more than a bound of docs/limits.md
 */
export type RuleErrorCode =
  | "SECLANG_SYNTAX"
  | "SECLANG_UNKNOWN"
  | "SECLANG_UNSUPPORTED"
  | "SECLANG_VALUE"
  | "SECLANG_RULE"
  | "SECLANG_INCLUDE"
  | "SECLANG_LIMIT";

/** An error of a rule file, its message `FILE:LINE:COLUMN: what is wrong, what was expected`. */
export function ruleError(
  code: RuleErrorCode,
  place: Place,
  message: string,
  cause?: unknown,
): PalisadeError {
  const options = cause === undefined ? undefined : { cause };
  const cut = message.length > MESSAGE_CHARACTERS ? `${message.slice(0, MESSAGE_CHARACTERS)}…` : message;
  return new PalisadeError(code, `${placeText(place)}: ${printable(cut)}`, options);
}

/** Most characters of a message: more than any has but one that repeats a name that nobody means. */
const MESSAGE_CHARACTERS = 1_000;

/** `FILE:LINE:COLUMN`. */
export function placeText(place: Place): string {
  return `${printable(place.file)}:${place.line}:${place.column}`;
}

/** Most characters of a file's text that a message repeats. */
const SHOWN_CHARACTERS = 60;

/** A piece of a rule file, one octet a character, as a message shows it: in quotes, on one line, not long. */
export function shown(chars: string): string {
  const text = Buffer.from(chars.slice(0, SHOWN_CHARACTERS), "latin1").toString("utf8");
  return `"${printable(text)}${chars.length > SHOWN_CHARACTERS ? "…" : ""}"`;
}

function printable(text: string): string {
  return text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
    /[\x00-\x1f\x7f-\x9f\u2028\u2029]/g,
    (control) => `\\x${control.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
}
