/**
 * Lines of the text protocols that stand on Telnet's line end (CR LF): mail, news, FTP, chat.
 */
import { startsWithNoCase, u8 } from "@palisade/wire";
import { MATCH, MORE, NO, type Outcome } from "../dissector.js";
import type { FlowContext } from "../flow-context.js";

/** Octets of one line; RFC 5321 §4.5.3.1 and RFC 3501 promise less, and implementations take more. */
export const LINE_OCTETS_MAX = 2_048;
/** What is at hand can become a line. */
export const LINE_OPEN = -1;
/** What is at hand is no line of text. */
export const LINE_NOT_TEXT = -2;

/**
 * Index of the LF that ends the line at `offset`, or `LINE_OPEN`, or `LINE_NOT_TEXT` where control characters other
 * than TAB lie in it, or it is longer than `LINE_OCTETS_MAX`. Octets above 127 are text.
 */
export function textLine(octets: Uint8Array, offset: number, end: number): number {
  const stop = Math.min(end, offset + LINE_OCTETS_MAX);
  for (let index = offset; index < stop; index += 1) {
    const octet = u8(octets, index);
    if (octet >= 0x20) continue;
    if (octet === 0x0a) return index;
    if (octet === 0x09) continue;
    // CR belongs to the line end; alone, as careless software sends it, it is passed over.
    if (octet !== 0x0d) return LINE_NOT_TEXT;
  }
  return stop - offset < LINE_OCTETS_MAX ? LINE_OPEN : LINE_NOT_TEXT;
}

/**
 * End of the text of a line whose LF stands at `lineFeed`: before its CR, where it has one. One CR is the line end's (RFC
 * 5321 §2.3.8, RFC 9112 §2.2); another before it is text, as it is to whom the line was sent.
 */
export function lineStop(octets: Uint8Array, offset: number, lineFeed: number): number {
  return lineFeed > offset && u8(octets, lineFeed - 1) === 0x0d ? lineFeed - 1 : lineFeed;
}

/** The bit of `stage` that `recogniseLines` keeps; the others are the dissector's own. */
export const RECOGNISED = 1;
const LINES_LOOKED_AT_MAX = 6;

/**
 * Gives the lines from `offset` to `judge` until it says what they are: `MATCH` sets `RECOGNISED`, after which all is a
 * match; undefined asks for the next line.
 */
export function recogniseLines(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  judge: (
    octets: Uint8Array,
    start: number,
    stop: number,
    line: number,
    flow: FlowContext,
  ) => Outcome | undefined,
): Outcome {
  if ((flow.stage & RECOGNISED) !== 0) return MATCH;
  let at = offset;
  for (let line = 0; line < LINES_LOOKED_AT_MAX; line += 1) {
    const lineFeed = textLine(octets, at, end);
    if (lineFeed < 0) return lineFeed === LINE_OPEN ? MORE : NO;
    const outcome = judge(octets, at, lineStop(octets, at, lineFeed), line, flow);
    if (outcome === MATCH) flow.stage |= RECOGNISED;
    if (outcome !== undefined) return outcome;
    at = lineFeed + 1;
    if (at === end) return MORE;
  }
  return NO;
}

/** Whether the text at `offset` is the word, in any case, followed by a space or the end of the line. */
export function isWord(octets: Uint8Array, offset: number, stop: number, lower: string): boolean {
  if (!startsWithNoCase(octets, offset, stop, lower)) return false;
  const after = offset + lower.length;
  return after === stop || u8(octets, after) === 0x20;
}

/** Which of the words the text at `offset` is, as `isWord` tells it. */
export function wordAmong(
  octets: Uint8Array,
  offset: number,
  stop: number,
  lowerWords: readonly string[],
): string | undefined {
  for (const word of lowerWords) if (isWord(octets, offset, stop, word)) return word;
  return undefined;
}

/** The octets at hand are the whole word, or its beginning, or neither. */
export const MAGIC_WHOLE = 1;
export const MAGIC_PARTIAL = 0;
export const MAGIC_OTHER = -1;

/** Whether the octets from `offset` are the word's, as far as they go; compares case. */
export function magicAt(
  octets: Uint8Array,
  offset: number,
  end: number,
  word: string,
): typeof MAGIC_WHOLE | typeof MAGIC_PARTIAL | typeof MAGIC_OTHER {
  const known = Math.min(end - offset, word.length);
  for (let index = 0; index < known; index += 1) {
    if (u8(octets, offset + index) !== word.charCodeAt(index)) return MAGIC_OTHER;
  }
  return known < word.length ? MAGIC_PARTIAL : MAGIC_WHOLE;
}

/** Index of the first space in `offset … stop`, or `stop`. */
export function wordStop(octets: Uint8Array, offset: number, stop: number): number {
  let index = offset;
  while (index < stop && u8(octets, index) !== 0x20) index += 1;
  return index;
}

/** Index of the first octet from `offset` that is no space, at most `stop`. */
export function skipSpaces(octets: Uint8Array, offset: number, stop: number): number {
  let index = offset;
  while (index < stop && u8(octets, index) === 0x20) index += 1;
  return index;
}

/** Whether the text in `offset … stop` holds the word somewhere, in any case. Work: length times that of the word. */
export function contains(octets: Uint8Array, offset: number, stop: number, lower: string): boolean {
  for (let index = offset; index + lower.length <= stop; index += 1) {
    if (startsWithNoCase(octets, index, stop, lower)) return true;
  }
  return false;
}

/**
 * The code of a reply line as SMTP, FTP and NNTP share it (RFC 959 §4.2): three digits, then a blank, a hyphen or the
 * end of the line. -1 where it is none.
 */
export function replyCode(octets: Uint8Array, offset: number, stop: number): number {
  if (stop - offset < 3) return -1;
  let code = 0;
  for (let index = offset; index < offset + 3; index += 1) {
    const digit = u8(octets, index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    code = code * 10 + digit;
  }
  if (code < 100 || code > 699) return -1;
  if (stop - offset === 3) return code;
  const after = u8(octets, offset + 3);
  return after === 0x20 || after === 0x2d ? code : -1;
}

/** Whether a reply line is one of several, with more to come: a hyphen stands after its code. */
export function isReplyContinued(octets: Uint8Array, offset: number, stop: number): boolean {
  return stop - offset > 3 && u8(octets, offset + 3) === 0x2d;
}

/** First octets of the given words, in both cases, for `firstOctets`. */
export function firstOctetsOf(...words: readonly string[]): number[] {
  const octets = new Set<number>();
  for (const word of words) {
    octets.add(word.toLowerCase().charCodeAt(0));
    octets.add(word.toUpperCase().charCodeAt(0));
  }
  return [...octets];
}
