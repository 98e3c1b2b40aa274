/** Results as JSON, which people see on a terminal too. */

/** What JSON lets stand as it is and terminals may act on: DEL, C1, and Unicode's invisible and direction-turning ones (UAX #9, table 4). */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/;
const UNSAFE_ALL = new RegExp(UNSAFE.source, "g");

/** A value as JSON in which no character of the value does anything to a terminal: such are escaped. @param indent blanks a level; 0: one line */
export function jsonText(value: unknown, indent = 0): string {
  const json = JSON.stringify(value, undefined, indent);
  return UNSAFE.test(json)
    ? json.replace(UNSAFE_ALL, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : json;
}
