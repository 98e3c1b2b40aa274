/**
 * `@detectXSS`: whether a value becomes script where a page shows it, after the method that libinjection published: the value is read by
 * an HTML tokenizer in every context in which a page may put it, and the tokens are judged. Tokenizer: WHATWG HTML §13.2.5, over octets
 * (what it looks for is ASCII). Words: `vocabulary.ts`.
 *
 * Contexts: text; the value of an attribute without quotes, in `'`, in `"`, and in the backticks that Internet Explorer took for quotes. Each
 * is one pass, in which no octet is read more than three times, so the time is linear.
 *
 * What it does not do: elements whose content is text (`textarea`, `title`) do not hide the tags inside, because the page may end them
 * first; octets of value 0 inside names are not left out (transformations do that); a value inside a script is not parsed.
 */
import type { OctetSet } from "@palisade/match";
import { LOWER, WordTable } from "../word-table.js";
import { addressRuns, holdsCall, styleRuns, valueRuns } from "./attribute-value.js";
import {
  ATTRIBUTE_LOADS,
  ATTRIBUTE_RUNS,
  ATTRIBUTE_STYLE,
  ATTRIBUTE_URL,
  attributes,
  handlers,
  TAG_ENDS,
  TAG_LOADS,
  TAG_RUNS,
  tags,
  wordsOn,
} from "./vocabulary.js";
import { htmlWork } from "./work.js";

const LESS = 0x3c;
const GREATER = 0x3e;
const SLASH = 0x2f;
const EQUALS = 0x3d;
const DASH = 0x2d;
const COLON = 0x3a;
const DOUBLE_QUOTE = 0x22;
const SINGLE_QUOTE = 0x27;
const BACKTICK = 0x60;

/** Which octets are in a value, one bit each: decides in one pass which contexts can hold anything. */
const HAS_LESS = 1;
const HAS_EQUALS = 2;
const HAS_SINGLE = 4;
const HAS_DOUBLE = 8;
const HAS_BACKTICK = 16;
const HAS_COLON = 32;
const signs = new Uint8Array(256);
signs[LESS] = HAS_LESS;
signs[EQUALS] = HAS_EQUALS;
signs[SINGLE_QUOTE] = HAS_SINGLE;
signs[DOUBLE_QUOTE] = HAS_DOUBLE;
signs[BACKTICK] = HAS_BACKTICK;
signs[COLON] = HAS_COLON;
// A colon may come as a character reference.
signs[0x26] = HAS_COLON;

/** Octets without any of which a value is no markup that runs. */
export const HTML_SIGNS: OctetSet = signs.map((sign) => (sign === 0 ? 0 : 1));

/** What ends the name of a tag (§13.2.5.8) and, with `=`, that of an attribute (§13.2.5.33). */
const WHITE = 1;
const ENDS_TAG_NAME = 2;
const ENDS_ATTRIBUTE_NAME = 4;
const classes = new Uint8Array(256);
for (const octet of [0x09, 0x0a, 0x0c, 0x0d, 0x20])
  classes[octet] = WHITE | ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME;
for (const octet of [SLASH, GREATER]) classes[octet] = ENDS_TAG_NAME | ENDS_ATTRIBUTE_NAME;
classes[EQUALS] = ENDS_ATTRIBUTE_NAME;

function isLetter(octet: number): boolean {
  return LOWER[octet]! >= 0x61 && LOWER[octet]! <= 0x7a;
}

/** Declarations and instructions that name what an XML processor or an old browser loads. */
const declarations = WordTable.of([["doctype entity element attlist notation import", 1]]);
const instructions = WordTable.of([["xml import xml-stylesheet xml:namespace", 1]]);

/** How often the name of an attribute is read: to its end, as letters, and in three tables for its hash and to compare it. */
const NAME_READS = 8;
/** As above, of the name of a tag, which is in one table. */
const TAG_READS = 3;

/** Where a step of the tokenizer ended; `RUNS` where it found what runs. */
const RUNS = -1;

/**
 * Whether `octets[start … end)` holds markup that runs, in any context. Total; nothing is allocated, and nothing kept between calls.
 *
 * A lone `on…=` counts inside a tag of the value's own with any name of three letters and more that is no English word; where the tag
 * would be the page's, with the names of events that browsers have, or with a value that calls something.
 */
export function detectHtml(octets: Uint8Array, start: number, end: number): boolean {
  let found = 0;
  for (let at = start; at < end; at += 1) found |= signs[octets[at]!]!;
  htmlWork.steps += end - start;
  if ((found & HAS_LESS) !== 0 && scanText(octets, start, end)) return true;
  if ((found & HAS_EQUALS) !== 0) {
    if (scanUnquoted(octets, start, end)) return true;
    if ((found & HAS_SINGLE) !== 0 && scanQuoted(octets, start, end, SINGLE_QUOTE)) return true;
    if ((found & HAS_DOUBLE) !== 0 && scanQuoted(octets, start, end, DOUBLE_QUOTE)) return true;
    if ((found & HAS_BACKTICK) !== 0 && scanQuoted(octets, start, end, BACKTICK)) return true;
  }
  return (found & HAS_COLON) !== 0 && valueRuns(octets, start, end);
}

/** The value stands in an attribute without quotes: white space or `>` ends it (§13.2.5.38). */
function scanUnquoted(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && octets[at] !== GREATER && (classes[octets[at]!]! & WHITE) === 0) at += 1;
  htmlWork.steps += at - start;
  return scanRest(octets, at, end) || scanNames(octets, start, end);
}

/** The value stands between attributes and begins with the name of one itself. */
function scanNames(octets: Uint8Array, start: number, end: number): boolean {
  return isLetter(octets[start]!) && scanRest(octets, start, end);
}

/** The value stands in an attribute in quotes, which the next such quote ends (§13.2.5.36 f.). */
function scanQuoted(octets: Uint8Array, start: number, end: number, quote: number): boolean {
  let at = start;
  while (at < end && octets[at] !== quote) at += 1;
  htmlWork.steps += at - start;
  return at < end && scanRest(octets, at + 1, end);
}

/** From inside a tag of the page on: attributes, and what comes after its end. */
function scanRest(octets: Uint8Array, start: number, end: number): boolean {
  const at = scanAttributes(octets, start, end, 0, false);
  return at === RUNS || scanText(octets, at, end);
}

/** The data state (§13.2.5.1), up to the end. */
function scanText(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const from = at;
    while (at < end && octets[at] !== LESS) at += 1;
    at += 1;
    htmlWork.steps += at - from;
    if (at >= end) return false;
    const next = octets[at]!;
    if (isLetter(next)) at = scanTag(octets, at, end, TAG_RUNS);
    else if (next === SLASH) {
      at += 1;
      if (at < end && isLetter(octets[at]!)) at = scanTag(octets, at, end, TAG_ENDS);
    } else if (next === 0x21) at = scanDeclaration(octets, at + 1, end);
    else if (next === 0x3f) at = scanInstruction(octets, at + 1, end);
    if (at === RUNS) return true;
  }
  return false;
}

/**
 * From the first letter of a tag's name to behind its `>`, or `RUNS`.
 *
 * @param runs the flag of names that suffice: `TAG_RUNS`, or `TAG_ENDS` for an end tag
 */
function scanTag(octets: Uint8Array, start: number, end: number, runs: number): number {
  let at = start;
  let local = start;
  for (; at < end; at += 1) {
    if ((classes[octets[at]!]! & ENDS_TAG_NAME) !== 0) break;
    // XML: the name behind the prefix decides which element it is, the prefix being the writer's choice.
    if (octets[at] === COLON) local = at + 1;
  }
  htmlWork.steps += TAG_READS * (at - start);
  const flags = tags.valueOf(octets, local, at);
  if ((flags & runs) !== 0) return RUNS;
  return scanAttributes(octets, at, end, flags, true);
}

/**
 * Attributes (§13.2.5.32 ff.) from anywhere between them to behind the tag's `>`, or `RUNS`.
 *
 * @param tag the tag's flags
 * @param own whether the tag is in the value, too, and not the page's
 */
function scanAttributes(octets: Uint8Array, start: number, end: number, tag: number, own: boolean): number {
  let at = start;
  while (at < end) {
    const octet = octets[at]!;
    if (octet === GREATER) return at + 1;
    if (octet === SLASH || (classes[octet]! & WHITE) !== 0) {
      at += 1;
      htmlWork.steps += 1;
      continue;
    }
    const name = at;
    // A name may begin with `=` (§13.2.5.32).
    at += 1;
    while (at < end && (classes[octets[at]!]! & ENDS_ATTRIBUTE_NAME) === 0) at += 1;
    const nameEnd = at;
    while (at < end && (classes[octets[at]!]! & WHITE) !== 0) at += 1;
    htmlWork.steps += at - name;
    if (at >= end || octets[at] !== EQUALS) continue;
    at += 1;
    while (at < end && (classes[octets[at]!]! & WHITE) !== 0) at += 1;
    let value = at;
    let valueEnd: number;
    const quote = at < end ? octets[at]! : 0;
    if (quote === DOUBLE_QUOTE || quote === SINGLE_QUOTE) {
      value += 1;
      at = value;
      while (at < end && octets[at] !== quote) at += 1;
      valueEnd = at;
      if (at < end) at += 1;
    } else {
      while (at < end && octets[at] !== GREATER && (classes[octets[at]!]! & WHITE) === 0) at += 1;
      valueEnd = at;
    }
    htmlWork.steps += at - nameEnd + (NAME_READS - 1) * (nameEnd - name);
    if (attributeRuns(octets, name, nameEnd, value, valueEnd, tag, own)) return RUNS;
  }
  return end;
}

function attributeRuns(
  octets: Uint8Array,
  name: number,
  nameEnd: number,
  value: number,
  valueEnd: number,
  tag: number,
  own: boolean,
): boolean {
  if (isHandler(octets, name, nameEnd, value, valueEnd, own)) return true;
  const flags = attributes.valueOf(octets, name, nameEnd);
  if (flags === 0) return false;
  if ((flags & ATTRIBUTE_RUNS) !== 0) return true;
  if ((flags & ATTRIBUTE_LOADS) !== 0 && (tag & TAG_LOADS) !== 0) return true;
  if ((flags & ATTRIBUTE_URL) !== 0 && addressRuns(octets, value, valueEnd)) return true;
  return (flags & ATTRIBUTE_STYLE) !== 0 && styleRuns(octets, value, valueEnd);
}

/** Letters after "on" that a name needs which no list has. */
const HANDLER_LETTERS_MIN = 3;

function isHandler(
  octets: Uint8Array,
  name: number,
  nameEnd: number,
  value: number,
  valueEnd: number,
  own: boolean,
): boolean {
  if (nameEnd - name < 2 + HANDLER_LETTERS_MIN) return false;
  if (LOWER[octets[name]!] !== 0x6f || LOWER[octets[name + 1]!] !== 0x6e) return false;
  if (handlers.valueOf(octets, name, nameEnd) !== 0) return true;
  for (let at = name + 2; at < nameEnd; at += 1) if (!isLetter(octets[at]!)) return false;
  if (wordsOn.valueOf(octets, name, nameEnd) !== 0) return false;
  return own || holdsCall(octets, value, valueEnd);
}

/** `<!…`: comments, declarations, CDATA sections (§13.2.5.42 ff.); from behind the `!` to behind the end, or `RUNS`. */
function scanDeclaration(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  if (at + 1 < end && octets[at] === DASH && octets[at + 1] === DASH) return scanComment(octets, at + 2, end);
  if (at < end && octets[at] === 0x5b) {
    if (isCondition(octets, at, end)) return RUNS;
    // `<![CDATA[`: text of an XML document that becomes HTML, so what is inside is read as such.
    return at + 1;
  }
  while (at < end && (isLetter(octets[at]!) || octets[at] === DASH)) at += 1;
  htmlWork.steps += (TAG_READS - 1) * (at - start);
  if (declarations.valueOf(octets, start, at) !== 0) return RUNS;
  while (at < end && octets[at] !== GREATER) at += 1;
  htmlWork.steps += at - start;
  return at < end ? at + 1 : end;
}

/** From behind `<!--` to behind `-->` or `--!>`, or `RUNS`: Internet Explorer read what stands in conditions (`<!--[if IE]>`). */
function scanComment(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (classes[octets[at]!]! & WHITE) !== 0) at += 1;
  htmlWork.steps += at - start;
  if (isCondition(octets, at, end)) return RUNS;
  // `<!-->` and `<!--->` end at once (§13.2.5.43 f.).
  if (start < end && octets[start] === GREATER) return start + 1;
  if (start + 1 < end && octets[start] === DASH && octets[start + 1] === GREATER) return start + 2;
  const behind = commentEnd(octets, start, end);
  htmlWork.steps += behind - start;
  return behind;
}

function commentEnd(octets: Uint8Array, start: number, end: number): number {
  let dashes = 0;
  for (let at = start; at < end; at += 1) {
    const octet = octets[at]!;
    if (octet === DASH) dashes += 1;
    else if (dashes >= 2 && octet === GREATER) return at + 1;
    else if (dashes >= 2 && octet === 0x21 && at + 1 < end && octets[at + 1] === GREATER) return at + 2;
    else dashes = 0;
  }
  return end;
}

/** `[if` or `[endif` at the place. */
function isCondition(octets: Uint8Array, at: number, end: number): boolean {
  if (at >= end || octets[at] !== 0x5b) return false;
  let to = at + 1;
  while (to < end && to < at + 7 && isLetter(octets[to]!)) to += 1;
  return conditions.valueOf(octets, at + 1, to) !== 0;
}

const conditions = WordTable.of([["if endif", 1]]);

/** `<?…`: from behind the question mark to behind `>`, or `RUNS` (a bogus comment in HTML, §13.2.5.41). */
function scanInstruction(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && (isLetter(octets[at]!) || octets[at] === DASH || octets[at] === COLON)) at += 1;
  htmlWork.steps += (TAG_READS - 1) * (at - start);
  if (instructions.valueOf(octets, start, at) !== 0) return RUNS;
  while (at < end && octets[at] !== GREATER) at += 1;
  htmlWork.steps += at - start;
  return at < end ? at + 1 : end;
}
