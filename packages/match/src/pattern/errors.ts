import { PalisadeError } from "@palisade/base";

/** Longest piece of a pattern that an error message quotes, in characters. */
const QUOTED_CHARACTERS = 24;

/** The pattern's text is none: `position` is the index in the source, from 0. */
export function malformed(source: string, position: number, what: string): PalisadeError {
  return new PalisadeError("PATTERN_MALFORMED", message(source, position, what));
}

/** The pattern asks for what takes more than linear time, or for what does not exist over octets. */
export function unsupported(source: string, position: number, what: string): PalisadeError {
  return new PalisadeError("PATTERN_UNSUPPORTED", message(source, position, what));
}

/** The pattern is beyond a bound. */
export function tooLarge(what: string): PalisadeError {
  return new PalisadeError("PATTERN_TOO_LARGE", `pattern: ${what}`);
}

function message(source: string, position: number, what: string): string {
  const rest = source.slice(position, position + QUOTED_CHARACTERS);
  const where = rest === "" ? "at its end" : `at ${position}, ${JSON.stringify(rest)}`;
  return `pattern ${where}: ${what}`;
}
