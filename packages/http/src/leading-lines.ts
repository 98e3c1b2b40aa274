/** What may stand before a start line: empty lines, which are passed over (RFC 9112 §2.2), and octets of some other protocol. */
import { INCOMPLETE, STOPPED } from "./field-lines.js";
import type { MessageHead } from "./message-head.js";
import { CR, DEL, is, LF, LINE_END, VALUE } from "./octets.js";
import {
  HTTP_BARE_LF,
  HTTP_LEADING_EMPTY_LINE,
  HTTP_LEADING_LINES_TOO_MANY,
  HTTP_NOT_HTTP,
} from "./violations.js";

/** Empty lines that are passed over before a start line (RFC 9112 §2.2: at least one). */
export const HTTP_LEADING_LINES_MAX = 4;

/**
 * Where the start line begins of the head that begins at `start`; `INCOMPLETE` where that is not there yet, `STOPPED` where there is
 * none: `head.end` says then how far was read. What is no text leaves what there is of it, up to `lineBytesMax`, as the line.
 */
export function startLineAt(
  head: MessageHead,
  octets: Uint8Array,
  start: number,
  end: number,
  lineBytesMax: number,
): number {
  const { violations } = head;
  let at = start;
  for (let lines = 0; ; lines += 1) {
    const step = emptyLineAt(octets, at, end);
    if (step === INCOMPLETE) return INCOMPLETE;
    if (step === 0) break;
    violations.add(step === 1 ? HTTP_BARE_LF : HTTP_LEADING_EMPTY_LINE, at);
    if (lines === HTTP_LEADING_LINES_MAX) {
      violations.add(HTTP_LEADING_LINES_TOO_MANY, at);
      head.end = at;
      return STOPPED;
    }
    at += step;
  }
  if (!isBinary(octets[at]!)) return at;
  violations.add(HTTP_NOT_HTTP, at);
  const limit = Math.min(end, at + lineBytesMax);
  const lineFeed = octets.subarray(at, limit).indexOf(LF);
  head.lineStart = at;
  head.end = head.lineEnd = lineFeed < 0 ? limit : at + lineFeed;
  return STOPPED;
}

/** Octets of the line's end where an empty line begins; 0 where none does, `INCOMPLETE` where that cannot be told yet. */
function emptyLineAt(octets: Uint8Array, at: number, end: number): number {
  if (at >= end) return INCOMPLETE;
  if (octets[at] === LF) return 1;
  if (octets[at] !== CR) return 0;
  if (at + 1 >= end) return INCOMPLETE;
  return octets[at + 1] === LF ? 2 : 0;
}

/** Octets that no line of text begins with; blanks and CR are, and told as what they are. */
export function isBinary(octet: number): boolean {
  return octet > DEL || !is(octet, VALUE | LINE_END);
}
