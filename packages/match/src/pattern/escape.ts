import type { Cursor } from "./cursor.js";
import { malformed, unsupported } from "./errors.js";
import {
  DIGITS,
  HORIZONTAL_SPACE,
  invertedSet,
  NOT_NEWLINE,
  type OctetSet,
  SPACE,
  VERTICAL_SPACE,
  WORD,
} from "./octet-set.js";

/** Escapes that stand for one octet (pcre2pattern(3), "Non-printing characters"). */
const OCTET_ESCAPES: ReadonlyMap<string, number> = new Map([
  ["a", 0x07],
  ["e", 0x1b],
  ["f", 0x0c],
  ["n", 0x0a],
  ["r", 0x0d],
  ["t", 0x09],
]);

/** Escapes that stand for any octet of a set ("Generic character types"). */
const SET_ESCAPES: ReadonlyMap<string, OctetSet> = new Map([
  ["d", DIGITS],
  ["D", invertedSet(DIGITS)],
  ["h", HORIZONTAL_SPACE],
  ["H", invertedSet(HORIZONTAL_SPACE)],
  ["N", NOT_NEWLINE],
  ["s", SPACE],
  ["S", invertedSet(SPACE)],
  ["v", VERTICAL_SPACE],
  ["V", invertedSet(VERTICAL_SPACE)],
  ["w", WORD],
  ["W", invertedSet(WORD)],
]);

/** Escapes of Perl and PCRE that have no place here, and why. */
const REFUSED_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["C", "write (?s:.) for any octet"],
  ["g", "back-references and calls of groups take more than linear time"],
  ["G", "a match has no place where the last one ended"],
  ["k", "back-references take more than linear time"],
  ["K", "a match cannot begin later than its first octet; use a group"],
  ["p", "octets have no Unicode properties; use a class such as [[:alpha:]]"],
  ["P", "octets have no Unicode properties; use a class such as [^[:alpha:]]"],
  ["R", "write (?:\\r\\n|\\n|\\r) for the ends of lines that are meant"],
  ["X", "octets make up no Unicode graphemes"],
]);

const HEXADECIMAL = /([\da-fA-F]{1,2})|\{\s*([\da-fA-F]+)\s*\}/y;
const OCTAL = /[0-7]{1,2}/y;
const OCTAL_IN_CLASS = /[0-7]{1,3}/y;
const OCTAL_BRACED = /\{([0-7]+)\}/y;

/**
 * Reads the escape whose backslash is at `start` and has been passed: an octet, or the set of a generic type. What means
 * something else inside a class than outside (`\b`, `\1`), or only outside (`\A`), is the caller's, except in a class.
 *
 * @throws {PalisadeError} `PATTERN_MALFORMED` or `PATTERN_UNSUPPORTED`
 */
export function parseEscape(cursor: Cursor, start: number, inClass: boolean): number | OctetSet {
  const { source } = cursor;
  const letter = cursor.next;
  if (letter === "") throw malformed(source, start, "a backslash with nothing behind it; write \\\\ for one");
  if (inClass && /[1-7]/.test(letter)) return octetOf(cursor, start, cursor.takeMatch(OCTAL_IN_CLASS)![0], 8);
  cursor.at += letter.length;
  const octet = OCTET_ESCAPES.get(letter);
  if (octet !== undefined) return octet;
  const set = SET_ESCAPES.get(letter);
  if (set !== undefined && !(inClass && letter === "N")) return set;
  if (letter === "x") {
    const digits = cursor.takeMatch(HEXADECIMAL);
    if (digits === undefined)
      throw malformed(source, start, "\\x without hexadecimal digits; write \\x0A or \\x{0A}");
    return octetOf(cursor, start, (digits[1] ?? digits[2])!, 16);
  }
  if (letter === "0") return octetOf(cursor, start, cursor.takeMatch(OCTAL)?.[0] ?? "0", 8);
  if (letter === "o") {
    const digits = cursor.takeMatch(OCTAL_BRACED);
    if (digits === undefined) throw malformed(source, start, "\\o without octal digits; write \\o{12}");
    return octetOf(cursor, start, digits[1]!, 8);
  }
  if (letter === "c") {
    const control = cursor.next;
    if (!/^[\x20-\x7e]$/.test(control))
      throw malformed(source, start, "\\c needs a printable ASCII character");
    cursor.at += 1;
    return control.toUpperCase().charCodeAt(0) ^ 0x40;
  }
  if (inClass && letter === "b") return 0x08;
  const refused = REFUSED_ESCAPES.get(letter);
  if (refused !== undefined) throw unsupported(source, start, `\\${letter} is not supported: ${refused}`);
  if (/^[A-Za-z0-9]$/.test(letter)) {
    throw malformed(
      source,
      start,
      `\\${letter} means nothing ${inClass ? "in a class" : "here"}; without the backslash it stands for itself`,
    );
  }
  if (letter.codePointAt(0)! > 0x7f)
    throw malformed(source, start, "a backslash before a non-ASCII character; leave it out");
  return letter.charCodeAt(0);
}

function octetOf(cursor: Cursor, start: number, digits: string, radix: number): number {
  const value = Number.parseInt(digits, radix);
  if (value > 0xff) {
    throw unsupported(
      cursor.source,
      start,
      "beyond an octet; write a Unicode character itself, or its UTF-8 octets",
    );
  }
  return value;
}
