/** Results of the commands as JSON, as people see it on a terminal too. */

/** What JSON lets stand as it is and terminals may act on: DEL, C1, and Unicode's invisible and direction-turning ones (UAX #9, table 4). */
const UNSAFE = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** A value as indented JSON with a line feed, in which no character of the value does anything to a terminal: such are escaped. */
export function jsonText(value: object): string {
  const json = JSON.stringify(value, undefined, 2);
  return `${json.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
