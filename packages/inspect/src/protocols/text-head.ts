/**
 * Reading of textual message heads: a start line, `Name: value` lines, a blank line (RFC 822 style, as SIP, RTSP,
 * Gnutella and BitTorrent's local discovery send them). Positions only: nothing is allocated.
 */

import { lineEnd, startsWith, startsWithNoCase } from "@palisade/wire";
import type { FlowContext } from "../flow-context.js";
import { lineStop } from "./text-line.js";

/** Octets of a start line; a longer one is taken for none. */
export const START_LINE_OCTETS_MAX = 2_048;
/** As `startLine` returns them beside an index: it is none, or not all of it is there. */
export const NOT = -1;
export const UNFINISHED = -2;

const METHOD_OCTETS_MAX = 16;
const ASTERISK = 0x2a;
const UNDERSCORE = 0x5f;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const TAB = 0x09;
const COLON = 0x3a;

/** Index after the blank line that ends the head starting at `start`, or -1 where it is not complete before `end`. */
export function headEnd(octets: Uint8Array, start: number, end: number): number {
  let lineStart = start;
  for (let index = start; index < end; index += 1) {
    if (octets[index] !== LF) continue;
    const length = index - lineStart;
    if (lineStart > start && (length === 0 || (length === 1 && octets[lineStart] === CR))) return index + 1;
    lineStart = index + 1;
  }
  return -1;
}

/**
 * What a stream of messages waits for before it is worth reading again, so that a message that comes octet by octet is not
 * searched from its start for each. A dissector keeps one for a flow (`flow.memo`).
 */
export class MessageWait {
  // By direction, counted from the message's first octet.
  readonly #wanted: [number, number] = [0, 0];
  readonly #searched: [number, number] = [0, 0];
  readonly #lineFeed: [number, number] = [-1, -1];

  static create(this: void): MessageWait {
    return new MessageWait();
  }

  /** The head that starts at `start` is not complete before `end`. */
  head(direction: 0 | 1, octets: Uint8Array, start: number, end: number): void {
    this.#searched[direction] = end - start;
    let lineFeed = end - 1;
    while (lineFeed >= start && octets[lineFeed] !== LF) lineFeed -= 1;
    this.#lineFeed[direction] = lineFeed - start;
  }

  /** The message is so many octets long. */
  octets(direction: 0 | 1, count: number): void {
    this.#wanted[direction] = count;
  }

  /** Whether what was waited for, if anything was, is there; it is then forgotten, as it is where octets were lost. */
  isOver(direction: 0 | 1, octets: Uint8Array, start: number, end: number, gap: boolean): boolean {
    if (!gap && end - start < this.#wanted[direction]) return false;
    if (!gap && this.#searched[direction] > 0 && !this.#headEnds(direction, octets, start, end)) return false;
    this.#wanted[direction] = 0;
    this.#searched[direction] = 0;
    return true;
  }

  /** As `headEnd`, from where it was searched last. */
  #headEnds(direction: 0 | 1, octets: Uint8Array, start: number, end: number): boolean {
    let before = this.#lineFeed[direction];
    for (let index = this.#searched[direction]; index < end - start; index += 1) {
      if (octets[start + index] !== LF) continue;
      const length = index - before - 1;
      if (before >= 0 && (length === 0 || (length === 1 && octets[start + before + 1] === CR))) return true;
      before = index;
    }
    this.#lineFeed[direction] = before;
    this.#searched[direction] = end - start;
    return false;
  }
}

/** Whether the flow's `MessageWait` is over; only for flows that are recognised, since it makes one. */
export function isWaitOver(octets: Uint8Array, offset: number, end: number, flow: FlowContext): boolean {
  return flow.memo(MessageWait.create).isOver(flow.direction, octets, offset, end, flow.gap);
}

/** Index of the colon that ends the header name at `start`, or -1 where the line has none before `stop`. */
export function colonAt(octets: Uint8Array, start: number, stop: number): number {
  for (let index = start; index < stop; index += 1) {
    if (octets[index] === COLON) return index;
  }
  return -1;
}

/** Whether the header name `start … colon` is `lower`, without regard to case and to blanks before the colon. */
export function nameIs(octets: Uint8Array, start: number, colon: number, lower: string): boolean {
  const length = lower.length;
  if (colon - start < length) return false;
  for (let index = 0; index < length; index += 1) {
    let octet = octets[start + index]!;
    if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20;
    if (octet !== lower.charCodeAt(index)) return false;
  }
  return skipBlanks(octets, start + length, colon) === colon;
}

/** Index of the first octet from `start` that is neither space nor tab, at most `stop`. */
export function skipBlanks(octets: Uint8Array, start: number, stop: number): number {
  let index = start;
  while (index < stop && (octets[index] === SPACE || octets[index] === TAB)) index += 1;
  return index;
}

/** Where the text `start … stop` stops without the blanks at its end. */
export function trimEnd(octets: Uint8Array, start: number, stop: number): number {
  let index = stop;
  while (index > start && (octets[index - 1] === SPACE || octets[index - 1] === TAB)) index -= 1;
  return index;
}

/** The decimal number that is the whole of `start … stop`, at most nine digits; -1 where it is not one. */
export function decimal(octets: Uint8Array, start: number, stop: number): number {
  if (stop <= start || stop - start > 9) return -1;
  let value = 0;
  for (let index = start; index < stop; index += 1) {
    const digit = octets[index]! - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/**
 * Index of the LF of the request or status line at `offset`, `NOT` or `UNFINISHED`. `version` is what a status line
 * begins with, and a request line ends with: `SIP/2.0`. A method in capitals before a URI of the scheme `scheme` makes a
 * request line with whatever version.
 */
export function startLine(
  octets: Uint8Array,
  offset: number,
  end: number,
  version: string,
  scheme: string,
): number {
  const same = matched(octets, offset, end, version);
  if (same === version.length) {
    // `SIP/2.0 200 OK`: the reason may be empty.
    const code = offset + version.length + 1;
    if (end < code + 4) return UNFINISHED;
    if (octets[code - 1] !== SPACE || decimal(octets, code, code + 3) < 0) return NOT;
    return lineWithin(octets, offset, end);
  }
  if (same === end - offset) return UNFINISHED;
  let method = offset;
  while (method < end && isMethodOctet(octets[method]!)) method += 1;
  if (method - offset > METHOD_OCTETS_MAX) return NOT;
  if (method === end) return UNFINISHED;
  if (method - offset < 3 || octets[method] !== SPACE) return NOT;
  if (method + 1 === end) return UNFINISHED;
  // The URI begins with a scheme, so with a letter (RFC 3986 §3.1), or is `*`: HTTP's begins with a slash.
  const first = octets[method + 1]! | 0x20;
  if ((first < 0x61 || first > 0x7a) && octets[method + 1] !== ASTERISK) return NOT;
  const lineFeed = lineWithin(octets, offset, end);
  if (lineFeed < 0) return lineFeed;
  const stop = lineStop(octets, offset, lineFeed);
  if (startsWithNoCase(octets, method + 1, stop, scheme)) return lineFeed;
  const versionAt = stop - version.length;
  if (versionAt - 1 <= method + 1 || octets[versionAt - 1] !== SPACE) return NOT;
  return startsWith(octets, versionAt, stop, version) ? lineFeed : NOT;
}

function isMethodOctet(octet: number): boolean {
  return (octet >= 0x41 && octet <= 0x5a) || octet === UNDERSCORE;
}

function lineWithin(octets: Uint8Array, offset: number, end: number): number {
  const lineFeed = lineEnd(octets, offset, Math.min(end, offset + START_LINE_OCTETS_MAX));
  if (lineFeed >= 0) return lineFeed;
  return end - offset >= START_LINE_OCTETS_MAX ? NOT : UNFINISHED;
}

/** How many of `text`'s characters the octets begin with. */
function matched(octets: Uint8Array, offset: number, end: number, text: string): number {
  let count = 0;
  while (count < text.length && offset + count < end && octets[offset + count] === text.charCodeAt(count)) {
    count += 1;
  }
  return count;
}

/** The header field that `nextField` read last: its name is `start … colon`, its value `from … to` without the blanks around it. */
export const headerField = { start: 0, colon: 0, from: 0, to: 0 };

/**
 * Reads the first line with a name from `line` on into `headerField`; lines without one are passed over.
 *
 * @returns index of the line after it, or -1 where no whole line with a name is left before `stop`
 */
export function nextField(octets: Uint8Array, line: number, stop: number): number {
  let start = line;
  while (start < stop) {
    const lineFeed = lineEnd(octets, start, stop);
    if (lineFeed < 0) return -1;
    const ends = lineStop(octets, start, lineFeed);
    const colon = colonAt(octets, start, ends);
    if (colon > start) {
      headerField.start = start;
      headerField.colon = colon;
      headerField.from = skipBlanks(octets, colon + 1, ends);
      headerField.to = trimEnd(octets, headerField.from, ends);
      return lineFeed + 1;
    }
    start = lineFeed + 1;
  }
  return -1;
}

/** Whether the name of `headerField` is `lower`, as `nameIs` tells it. */
export function fieldIs(octets: Uint8Array, lower: string): boolean {
  return nameIs(octets, headerField.start, headerField.colon, lower);
}

/** The number that is the value of header `long` (or `short`) in the lines of `start … stop`, or -1. */
export function numberHeader(
  octets: Uint8Array,
  start: number,
  stop: number,
  long: string,
  short = long,
): number {
  for (let next = nextField(octets, start, stop); next >= 0; next = nextField(octets, next, stop)) {
    if (fieldIs(octets, long) || fieldIs(octets, short)) {
      return decimal(octets, headerField.from, headerField.to);
    }
  }
  return -1;
}
