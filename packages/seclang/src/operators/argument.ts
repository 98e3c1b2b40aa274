import { PalisadeError } from "@palisade/base";
import { Pace, type Sliced } from "../slices.js";
import { isSpace } from "../transformations/octets.js";

/** Longest piece of an argument that an error message quotes, in octets. */
const QUOTED_BYTES = 48;

const HASH = 0x23;
const LINE_FEED = 0x0a;
/** What reading a line takes, in units of work. */
const LINE_UNITS = 64;

/** What is wrong with an operator's argument. @param what without the operator's name */
export function argumentError(operator: string, what: string, cause?: unknown): PalisadeError {
  return new PalisadeError("SECLANG_OPERATOR_ARGUMENT", `@${operator}: ${what}`, { cause });
}

/** For messages: in quotes, on one line, cut where it is long. */
export function quoted(octets: Uint8Array): string {
  const text = JSON.stringify(textOf(octets.subarray(0, QUOTED_BYTES)));
  return octets.length > QUOTED_BYTES ? `${text}…` : text;
}

/** UTF-8 as far as it is. */
export function textOf(octets: Uint8Array): string {
  return new TextDecoder().decode(octets);
}

/** Without white space at its ends. */
export function trimmed(octets: Uint8Array): Uint8Array {
  let start = 0;
  let end = octets.length;
  while (start < end && isSpace(octets[start]!)) start += 1;
  while (end > start && isSpace(octets[end - 1]!)) end -= 1;
  return octets.subarray(start, end);
}

/** What stands between white space. */
export function words(octets: Uint8Array): readonly Uint8Array[] {
  return pieces(octets, isSpace).filter((piece) => piece.length > 0);
}

/** What stands between commas, without white space around it. */
export function commaSeparated(octets: Uint8Array): readonly Uint8Array[] {
  return pieces(octets, (octet) => octet === 0x2c).map(trimmed);
}

/**
 * Adds the lines of a data file that say something to `lines`, without white space around them: not empty, and no comment (`#`). May be
 * interrupted.
 */
export function* readDataLines(content: Uint8Array, lines: Uint8Array[]): Sliced<void> {
  const pace = new Pace();
  for (let start = 0, end = 0; end >= 0; start = end + 1) {
    end = content.indexOf(LINE_FEED, start);
    const line = trimmed(content.subarray(start, end < 0 ? content.length : end));
    if (line.length > 0 && line[0] !== HASH) lines.push(line);
    if (pace.isDue(LINE_UNITS)) yield pace.turn();
  }
}

function pieces(octets: Uint8Array, separates: (octet: number) => boolean): readonly Uint8Array[] {
  const found: Uint8Array[] = [];
  let start = 0;
  for (let at = 0; at < octets.length; at += 1) {
    if (!separates(octets[at]!)) continue;
    found.push(octets.subarray(start, at));
    start = at + 1;
  }
  found.push(octets.subarray(start));
  return found;
}
