import type { Cursor } from "./cursor.js";
import { malformed, unsupported } from "./errors.js";
import { parseEscape } from "./escape.js";
import { addSet, foldSet, invertedSet, OCTETS, type OctetSet, POSIX_CLASSES } from "./octet-set.js";

const POSIX_NAME = /\[:(\^?)([a-zA-Z]*):\]/y;

/**
 * Reads a class from behind its opening bracket at `start` to behind its closing one: pcre2pattern(3), "Square brackets and
 * character classes". A hyphen beside a set (`[\w-.]`) stands for itself, as in Perl.
 *
 * @throws {PalisadeError} `PATTERN_MALFORMED` or `PATTERN_UNSUPPORTED`
 */
export function parseClass(cursor: Cursor, start: number, ignoreCase: boolean): OctetSet {
  const set = new Uint8Array(OCTETS);
  const inverted = cursor.take("^");
  // A bracket right behind the opening is not the closing one.
  let first = true;
  while (first || !cursor.take("]")) {
    first = false;
    const at = cursor.at;
    const low = parseMember(cursor, start);
    if (low === undefined) continue;
    if (typeof low !== "number") {
      addSet(set, low);
      continue;
    }
    const hyphen = cursor.at;
    if (!cursor.take("-")) {
      set[low] = 1;
      continue;
    }
    if (cursor.next === "]") {
      set[low] = 1;
      cursor.at = hyphen;
      continue;
    }
    const high = parseMember(cursor, start);
    if (typeof high === "number") {
      if (high < low)
        throw malformed(cursor.source, at, "a range whose end comes before its beginning; turn it round");
      set.fill(1, low, high + 1);
      continue;
    }
    set[low] = 1;
    set[0x2d] = 1;
    if (high !== undefined) addSet(set, high);
  }
  if (ignoreCase) foldSet(set);
  return inverted ? invertedSet(set) : set;
}

/** One octet or set of a class; undefined for the `\E` that ends nothing. */
function parseMember(cursor: Cursor, start: number): number | OctetSet | undefined {
  const { source } = cursor;
  const at = cursor.at;
  const character = cursor.next;
  if (character === "")
    throw malformed(source, start, "a class without its closing ]; write \\[ for a bracket itself");
  if (character === "\\") {
    cursor.at += 1;
    if (cursor.next === "Q" || cursor.next === "E")
      throw unsupported(source, at, "quoting inside a class; escape the characters one by one");
    return parseEscape(cursor, at, true);
  }
  if (character === "[") {
    const named = cursor.takeMatch(POSIX_NAME);
    if (named !== undefined) {
      const set = POSIX_CLASSES.get(named[2]!);
      if (set === undefined)
        throw malformed(
          source,
          at,
          `no class is called so; there are ${[...POSIX_CLASSES.keys()].join(", ")}`,
        );
      return named[1] === "^" ? invertedSet(set) : set;
    }
    if (/^\[([.=]).*\1\]/s.test(source.slice(at, at + 64)))
      throw unsupported(source, at, "POSIX collating elements; name the octets");
  }
  if (character.codePointAt(0)! > 0x7f)
    throw unsupported(source, at, "a non-ASCII character in a class is several octets; write (?:…|…)");
  cursor.at += 1;
  return character.charCodeAt(0);
}
