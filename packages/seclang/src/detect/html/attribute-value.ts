/**
 * Judges values of attributes as a browser reads them: character references are decoded in place, one after the other
 * (WHATWG HTML §13.2.5.72 ff.), nothing is written anywhere.
 */
import { LOWER, WordTable } from "../word-table.js";
import { htmlWork } from "./work.js";

/** Where `nextCharacter` goes on. */
let cursor = 0;

/** Named references that say what an address or a style sheet needs; others stand for what neither does. */
const TAB = 0x09;
const NEW_LINE = 0x0a;
const names = WordTable.of([
  ["tab", TAB],
  ["newline", NEW_LINE],
  ["colon", 0x3a],
  ["semi", 0x3b],
  ["comma", 0x2c],
  ["sol", 0x2f],
  ["bsol", 0x5c],
  ["lpar", 0x28],
  ["rpar", 0x29],
  ["ast", 0x2a],
  ["commat", 0x40],
  ["lt", 0x3c],
  ["gt", 0x3e],
  ["amp", 0x26],
  ["quot", 0x22],
  ["apos", 0x27],
  ["grave", 0x60],
  ["equals", 0x3d],
  ["nbsp", 0x20],
  ["period", 0x2e],
  ["plus", 0x2b],
  ["lowbar", 0x5f],
]);
/** More letters than the longest of them. */
const NAME_LETTERS = 8;

/** What a character beyond ASCII counts as: no letter, no sign that matters here. */
const OTHER = 0x7f;

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39;
}

/** 0 … 15, or -1. */
function hexValue(octet: number): number {
  if (isDigit(octet)) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/** The character at `cursor`, in lower case, which goes behind it; only called where `cursor < end`. */
function nextCharacter(octets: Uint8Array, end: number): number {
  const octet = octets[cursor]!;
  cursor += 1;
  if (octet !== 0x26) return LOWER[octet]!;
  if (cursor < end && octets[cursor] === 0x23) return numericReference(octets, end);
  let at = cursor;
  const last = Math.min(end, cursor + NAME_LETTERS);
  while (at < last && (octets[at]! | 0x20) >= 0x61 && (octets[at]! | 0x20) <= 0x7a) at += 1;
  htmlWork.steps += at - cursor;
  if (at >= end || octets[at] !== 0x3b) return octet;
  const value = names.valueOf(octets, cursor, at);
  if (value === 0) return octet;
  cursor = at + 1;
  return value;
}

/** `&#106;`, `&#x6a`, with any number of zeros and with or without the semicolon (§13.2.5.75 ff.). */
function numericReference(octets: Uint8Array, end: number): number {
  let at = cursor + 1;
  const hexadecimal = at < end && (octets[at]! | 0x20) === 0x78;
  if (hexadecimal) at += 1;
  const first = at;
  let code = 0;
  for (; at < end; at += 1) {
    const digit = hexadecimal ? hexValue(octets[at]!) : isDigit(octets[at]!) ? octets[at]! - 0x30 : -1;
    if (digit < 0) break;
    code = Math.min(code * (hexadecimal ? 16 : 10) + digit, 0x110000);
  }
  if (at === first) return 0x26;
  if (at < end && octets[at] === 0x3b) at += 1;
  cursor = at;
  return code < 0x80 ? LOWER[code]! : OTHER;
}

const SCHEME_RUNS = 1;
const SCHEME_DATA = 2;
const schemes = WordTable.of([
  ["javascript vbscript livescript mocha jscript vbs view-source", SCHEME_RUNS],
  ["data", SCHEME_DATA],
]);

/** Types of `data:` that no browser runs; an image of SVG can. */
const STILL = 1;
const stillTypes = WordTable.of([
  [
    "image/png image/gif image/jpeg image/jpg image/webp image/avif image/bmp image/heic image/tiff image/x-icon",
    STILL,
  ],
  ["image/vnd.microsoft.icon image/apng font/woff font/woff2 font/ttf font/otf application/font-woff", STILL],
  [
    "application/x-font-ttf audio/mpeg audio/ogg audio/wav audio/webm video/mp4 video/webm video/ogg text/plain",
    STILL,
  ],
]);

/** Room for the words looked up here; longer than each. */
const word = new Uint8Array(32);

/**
 * The scheme at the beginning of an address as browsers find it (WHATWG URL §4.4): control characters and spaces before it, and tabs and
 * line ends anywhere, do not count; nor do the quotes that Internet Explorer took away. Leaves `cursor` behind the colon.
 */
function schemeOf(octets: Uint8Array, start: number, end: number): number {
  cursor = start;
  let length = 0;
  while (cursor < end) {
    const character = nextCharacter(octets, end);
    if (character === 0x3a) return schemes.valueOf(word, 0, length);
    if (character < 0x20) continue;
    if (
      length === 0 &&
      (character === 0x20 || character === 0x22 || character === 0x27 || character === 0x60)
    )
      continue;
    const inScheme = (character >= 0x61 && character <= 0x7a) || character === 0x2d;
    if (!inScheme || length === word.length) return 0;
    word[length] = character;
    length += 1;
  }
  return 0;
}

/** Whether the media type at `cursor`, after `data:`, is one that never runs. */
function isStill(octets: Uint8Array, end: number): boolean {
  let length = 0;
  while (cursor < end) {
    const character = nextCharacter(octets, end);
    if (character === 0x3b || character === 0x2c) return stillTypes.valueOf(word, 0, length) === STILL;
    if (character <= 0x20) continue;
    if (length === word.length) return false;
    word[length] = character;
    length += 1;
  }
  return stillTypes.valueOf(word, 0, length) === STILL;
}

/** Whether an attribute that holds an address runs script with it. */
export function addressRuns(octets: Uint8Array, start: number, end: number): boolean {
  const scheme = schemeOf(octets, start, end);
  const runs = scheme === SCHEME_RUNS || (scheme === SCHEME_DATA && !isStill(octets, end));
  htmlWork.steps += cursor - start;
  return runs;
}

const markup = WordTable.of([
  ["text/html application/xhtml+xml text/xml application/xml image/svg+xml text/javascript", 1],
  ["application/javascript", 1],
]);

/**
 * Whether a whole value, standing where an address is expected, runs: the scheme, and behind it at once something that script needs. Less
 * than in an attribute, because text begins so as well: "JavaScript: The Good Parts".
 */
export function valueRuns(octets: Uint8Array, start: number, end: number): boolean {
  const runs = wholeRuns(octets, start, end);
  htmlWork.steps += cursor - start;
  return runs;
}

function wholeRuns(octets: Uint8Array, start: number, end: number): boolean {
  const scheme = schemeOf(octets, start, end);
  if (scheme === 0 || cursor >= end) return false;
  if (scheme === SCHEME_DATA) {
    let length = 0;
    while (cursor < end) {
      const character = nextCharacter(octets, end);
      if (character === 0x3b || character === 0x2c) return markup.valueOf(word, 0, length) !== 0;
      if (length === word.length) return false;
      word[length] = character;
      length += 1;
    }
    return false;
  }
  const behind = cursor;
  return nextCharacter(octets, end) !== 0x20 && holdsCall(octets, behind, end);
}

/** Whether there is anything with which script calls or assigns: `(`, a backtick, `=`. */
export function holdsCall(octets: Uint8Array, start: number, end: number): boolean {
  cursor = start;
  let holds = false;
  while (cursor < end && !holds) {
    const character = nextCharacter(octets, end);
    holds = character === 0x28 || character === 0x60 || character === 0x3d;
  }
  htmlWork.steps += cursor - start;
  return holds;
}

/** Words of a style sheet that run, or load what runs; after them comes what the second value says, 0 for anything. */
const styleWords = WordTable.of([
  ["expression", 0x28],
  ["javascript vbscript livescript mocha behavior -moz-binding", 0x3a],
  ["@import", 0x20],
]);

/**
 * Whether a style sheet holds what some browser ran (OWASP: `expression()`, `url(javascript:…)`, `behavior:`, `-moz-binding:`, `@import`), or
 * an escape (CSS Syntax §4.3.7), with which these are hidden. Comments are taken out, as they split words for such browsers.
 */
export function styleRuns(octets: Uint8Array, start: number, end: number): boolean {
  const runs = sheetRuns(octets, start, end);
  htmlWork.steps += cursor - start;
  return runs;
}

function sheetRuns(octets: Uint8Array, start: number, end: number): boolean {
  cursor = start;
  let length = 0;
  let inComment = false;
  let before = 0;
  while (cursor < end) {
    const character = nextCharacter(octets, end);
    if (inComment) {
      if (character === 0x2f && before === 0x2a) {
        inComment = false;
        before = 0;
      } else before = character;
      continue;
    }
    if (character === 0x5c) return true;
    if (character === 0x2a && before === 0x2f) {
      inComment = true;
      before = 0;
      continue;
    }
    before = character;
    // The word goes on behind a comment.
    if (character === 0x2f) continue;
    if ((character >= 0x61 && character <= 0x7a) || character === 0x2d || character === 0x40) {
      if (length < word.length) word[length] = character;
      length += 1;
      continue;
    }
    if (character < 0x20 || length === 0) continue;
    const follows = length > word.length ? 0 : styleWords.valueOf(word, 0, length);
    if (follows === 0x20 || (follows !== 0 && follows === character)) return true;
    // "expression (" and "behavior :" hold as well
    if (character !== 0x20 || follows === 0) length = 0;
  }
  return false;
}
