/**
 * The boundary in `Content-Type: multipart/form-data` (RFC 2046 §5.1.1, RFC 7578 §4.1). Servers find it in different ways (by parameter, by
 * searching for the word, up to a comma), so whatever these could find differently is an error.
 */
import type { BodyError } from "./body.js";
import {
  MULTIPART_BOUNDARY_INVALID,
  MULTIPART_BOUNDARY_QUOTED,
  MULTIPART_BOUNDARY_WHITESPACE,
  MULTIPART_MISSING_SEMICOLON,
} from "./multipart-errors.js";

/** Octets of a boundary (RFC 2046 §5.1.1). */
export const MULTIPART_BOUNDARY_BYTES_MAX = 70;

const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const QUOTE = 0x22;

/** RFC 2046's bchars, without the space, which may stand inside only. */
const inBoundary = new Uint8Array(256);
for (const character of "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=?")
  inBoundary[character.charCodeAt(0)] = 1;

const BOUNDARY = new TextEncoder().encode("boundary");

function isWhite(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}

function isBoundaryWord(octets: Uint8Array, start: number): boolean {
  for (let n = 0; n < BOUNDARY.length; n += 1) if ((octets[start + n]! | 0x20) !== BOUNDARY[n]) return false;
  return true;
}

/** How often the word "boundary" stands in `octets[start … end)`. */
function boundaryWords(octets: Uint8Array, start: number, end: number): number {
  let count = 0;
  for (let at = start; at + BOUNDARY.length <= end; at += 1) if (isBoundaryWord(octets, at)) count += 1;
  return count;
}

/**
 * The boundary that a Content-Type names, or undefined where there is none to go by.
 *
 * @param report takes what is wrong
 */
export function multipartBoundary(
  contentType: Uint8Array,
  report: (error: BodyError) => void,
): Uint8Array | undefined {
  const end = contentType.length;
  let at = 0;
  // The type: up to the first parameter, or to white space before what should have been one.
  while (at < end && contentType[at] !== SEMICOLON && contentType[at] !== 0x2c && !isWhite(contentType[at]!))
    at += 1;
  let boundary: Uint8Array | undefined;
  let valid = true;
  while (at < end) {
    let semicolon = false;
    while (
      at < end &&
      (isWhite(contentType[at]!) || contentType[at] === SEMICOLON || contentType[at] === 0x2c)
    ) {
      if (contentType[at] === SEMICOLON) semicolon = true;
      at += 1;
    }
    if (at >= end) break;
    const name = at;
    while (
      at < end &&
      contentType[at] !== EQUALS &&
      contentType[at] !== SEMICOLON &&
      !isWhite(contentType[at]!)
    )
      at += 1;
    const nameEnd = at;
    while (at < end && isWhite(contentType[at]!)) at += 1;
    let white = at > nameEnd;
    if (at < end && contentType[at] === EQUALS) at += 1;
    else {
      // No parameter at all; a name alone that could be taken for ours is.
      if (boundaryWords(contentType, name, nameEnd) > 0) valid = false;
      continue;
    }
    const equals = at;
    while (at < end && isWhite(contentType[at]!)) at += 1;
    if (at > equals) white = true;
    const quoted = at < end && contentType[at] === QUOTE;
    let value = at;
    let valueEnd: number;
    let closed = true;
    if (quoted) {
      value += 1;
      at = value;
      while (at < end && contentType[at] !== QUOTE) at += contentType[at] === 0x5c ? 2 : 1;
      closed = at < end;
      valueEnd = Math.min(at, end);
      at = Math.min(at + 1, end);
    } else {
      while (at < end && contentType[at] !== SEMICOLON && !isWhite(contentType[at]!)) at += 1;
      valueEnd = at;
    }
    if (nameEnd - name !== BOUNDARY.length || !isBoundaryWord(contentType, name)) {
      if (boundaryWords(contentType, name, valueEnd) > 0) valid = false;
      continue;
    }
    if (!semicolon) report(MULTIPART_MISSING_SEMICOLON);
    if (white) report(MULTIPART_BOUNDARY_WHITESPACE);
    if (quoted) report(MULTIPART_BOUNDARY_QUOTED);
    if (!closed || boundary !== undefined) valid = false;
    boundary = contentType.slice(value, valueEnd);
    if (!isBoundary(boundary, quoted)) valid = false;
    // What follows white space without a semicolon was meant as a part of it.
    let next = at;
    while (next < end && isWhite(contentType[next]!)) next += 1;
    if (next < end && contentType[next] !== SEMICOLON) {
      report(MULTIPART_BOUNDARY_WHITESPACE);
      valid = false;
    }
  }
  if (boundary === undefined || !valid) report(MULTIPART_BOUNDARY_INVALID);
  return boundary !== undefined &&
    boundary.length > 0 &&
    boundary.length <= MULTIPART_BOUNDARY_BYTES_MAX &&
    valid
    ? boundary
    : undefined;
}

function isBoundary(octets: Uint8Array, quoted: boolean): boolean {
  if (octets.length === 0 || octets.length > MULTIPART_BOUNDARY_BYTES_MAX) return false;
  for (const octet of octets) {
    // A comma ends it for some servers where no quotes stand around it.
    if (octet === 0x2c && !quoted) return false;
    if (inBoundary[octet] === 0 && !(quoted && octet === 0x20)) return false;
  }
  return octets.at(-1) !== 0x20;
}
