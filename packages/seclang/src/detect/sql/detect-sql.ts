/**
 * `@detectSQLi`: whether a value, put into an SQL statement as it is, would change what the statement does.
 *
 * After the published method of Galbraith ("libinjection: SQLi lexical analysis", Black Hat USA 2012): the value is cut into
 * tokens as if it stood outside of strings and, where it holds such a quote, inside one of each kind; each token becomes a letter,
 * the letters are folded, and the first few are the value's shape. The shapes that injections have are in shapes.ts, which
 * tools/sql-shapes.mjs writes from a grammar of injections. Lexer, alphabet, folding and grammar are our own, so fingerprints
 * are not libinjection's.
 *
 * Work is linear in the octets: at most eight passes (four contexts, two dialects). Nothing is allocated unless it is an injection.
 */
import type { OctetSet } from "@palisade/match";
import { SqlFolder } from "./folder.js";
import { COMMENT, KIND_LETTERS, LEFT_OPEN, OPENED } from "./kinds.js";
import { dialectsDiffer, SqlLexer } from "./lexer.js";
import { readShapes, ShapeSet } from "./shape-set.js";
import { SHAPES } from "./shapes.js";

/** Octets of the comment in `admin' -- x` that is all of an injection: prose puts more behind a dash. */
const COMMENT_BYTES_MAX = 10;

/** `)`. */
const CLOSING = 0x29;

const lexer = new SqlLexer();
const folder = new SqlFolder();
const shapes = new ShapeSet(readShapes(SHAPES));

/** Octets read before the passes, of all values so far. */
let scanned = 0;
/** What `detectSql` has done so far: octets read, each time anew, and tokens gone through. */
export const sqlWork: { readonly steps: number } = {
  get steps() {
    return scanned + folder.steps;
  },
};

/** Quotes that an application may have opened around a value; 0: none. */
const QUOTES: Uint8Array = Uint8Array.of(0, 0x27, 0x22, 0x60);

/** The dialects may read an octet otherwise. */
const DIALECT = 1 << 3;
/** By octet: marks of what a value holds. One without any is a single word or number, which changes no statement. */
const MARKS = new Uint8Array(256);
for (let octet = 0; octet < 256; octet += 1) {
  const letter = octet | 0x20;
  const ofWord =
    (octet >= 0x30 && octet <= 0x39) ||
    (letter >= 0x61 && letter <= 0x7a) ||
    octet === 0x2e ||
    octet === 0x5f;
  MARKS[octet] = ofWord || octet === 0x2c || octet === 0x3a ? 0 : 1 << 4;
}
MARKS[0x27] = 1 << 0;
MARKS[0x22] = 1 << 1;
MARKS[0x60] = 1 << 2;
for (const octet of new TextEncoder().encode("#\\-/")) MARKS[octet]! |= DIALECT;

/** Octets without any of which a value is a single word or number, and no injection. */
export const SQL_SIGNS: OctetSet = MARKS.map((marks) => (marks === 0 ? 0 : 1));

/**
 * The fingerprint of the injection that `octets[start … end)` holds, letters as in kinds.ts; undefined: none. Total, and linear in
 * the octets.
 */
export function detectSql(octets: Uint8Array, start: number, end: number): string | undefined {
  let marks = 0;
  for (let at = start; at < end; at += 1) marks |= MARKS[octets[at]!]!;
  scanned += end - start;
  if (marks === 0) return undefined;
  if ((marks & DIALECT) !== 0) scanned += end - start;
  const differ = (marks & DIALECT) !== 0 && dialectsDiffer(octets, start, end);
  for (let index = 0; index < QUOTES.length; index += 1) {
    const quote = QUOTES[index]!;
    if (quote !== 0 && (marks & MARKS[quote]!) === 0) continue;
    for (let mysql = 0; mysql < (differ ? 2 : 1); mysql += 1) {
      lexer.reset(octets, start, end, quote, mysql === 1);
      folder.fold(lexer);
      if (shapes.has(folder.kinds, folder.count) && isCredible(octets, start, end)) return fingerprint();
    }
  }
  return undefined;
}

function fingerprint(): string {
  let letters = "";
  for (let index = 0; index < folder.count; index += 1) letters += KIND_LETTERS[folder.kinds[index]!];
  return letters;
}

/** Of the shapes that prose and code have as well, whether what lies between the tokens speaks for an injection. */
function isCredible(octets: Uint8Array, start: number, end: number): boolean {
  const { kinds, count } = folder;
  // The name of a procedure alone is not its call.
  if (count === 1) return octets[folder.lastBefore - 1] === CLOSING;
  const last = folder.lastStart;
  // `admin'--`, `sleep(5)#`, but not `"--verbose"`, `'#fff'`, nor `the dogs' -- all of them -- …`.
  if (count === 2 && kinds[1] === COMMENT) return isCutOff(octets, start, end);
  if (kinds[0] !== OPENED) return true;
  // `x'='x`, but not `split('=')`.
  if (count === 3 && kinds[2] === LEFT_OPEN)
    return isNameOctet(octets[last + 1]!) || octets[last + 1] === 0x25;
  return true;
}

/** Whether the comment directly behind the first token is there to cut the statement's rest off. */
function isCutOff(octets: Uint8Array, start: number, end: number): boolean {
  const comment = folder.lastStart;
  const hash = octets[comment] === 0x23;
  const behind = comment + (hash ? 1 : 2);
  const opened = lexer.openedEnd;
  const before = opened > start ? octets[opened - 1]! : 0;
  // What stands before the quote is nothing, or the end of a word, or `%` or `)`.
  if (
    folder.kinds[0] === OPENED &&
    before !== 0 &&
    before !== 0x25 &&
    before !== 0x29 &&
    !isNameOctet(before)
  )
    return false;
  if (behind >= end) return true;
  const short = end - behind <= COMMENT_BYTES_MAX;
  if (hash) return short && !hasWordOrQuote(octets, behind, end);
  if (octets[comment] === 0x2f)
    return short && comment - folder.lastBefore <= 1 && !hasWordOrQuote(octets, behind, end);
  // Where `+` stands for a blank it may have been decoded or not.
  if (octets[behind] === 0x2b && behind + 1 === end) return true;
  if (octets[behind]! > 0x20) return false;
  return before === 0 ? short && octets[opened] !== 0x60 : short || comment === folder.lastBefore;
}

function hasWordOrQuote(octets: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const octet = octets[at]!;
    if (isNameOctet(octet) || octet === 0x22 || octet === 0x27 || octet === 0x60) return true;
  }
  return false;
}

function isNameOctet(octet: number): boolean {
  const letter = octet | 0x20;
  return (octet >= 0x30 && octet <= 0x39) || (letter >= 0x61 && letter <= 0x7a) || octet === 0x5f;
}
