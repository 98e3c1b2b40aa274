/** The request line: RFC 9112 §3. */
import { authorityEnd, authorityStart, hasUserinfo, isAuthority } from "./authority.js";
import { INCOMPLETE, STOPPED } from "./field-lines.js";
import {
  BLANK,
  CLASSES,
  CR,
  FRAGMENT,
  is,
  isToken,
  LF,
  NO_URI,
  NUL,
  SP,
  spanEnd,
  TARGET,
  TOKEN,
  trimmedEnd,
  VALUE,
} from "./octets.js";
import type { RequestHead } from "./request-head.js";
import {
  HTTP_BARE_CR,
  HTTP_BARE_LF,
  HTTP_METHOD_INVALID,
  HTTP_METHOD_TOO_LONG,
  HTTP_NUL,
  HTTP_REQUEST_LINE_TOO_LONG,
  HTTP_REQUEST_LINE_WHITESPACE,
  HTTP_TARGET_ABSOLUTE,
  HTTP_TARGET_CONTROL,
  HTTP_TARGET_FRAGMENT,
  HTTP_TARGET_INVALID,
  HTTP_TARGET_OCTETS,
  HTTP_TARGET_USERINFO,
  HTTP_VERSION_INVALID,
  HTTP_VERSION_MINOR,
  HTTP_VERSION_MISSING,
  HTTP_VERSION_UNSUPPORTED,
} from "./violations.js";

/** Octets of a method. The longest registered one (IANA, HTTP Method Registry) has 17. */
export const HTTP_METHOD_BYTES_MAX = 64;

/** ` HTTP/1.1` and CR LF. */
const VERSION_AND_END_BYTES = 11;

/** Reads the line at `start` into `head`. @returns where it ends, `INCOMPLETE` or `STOPPED` */
export function parseRequestLine(
  head: RequestHead,
  octets: Uint8Array,
  start: number,
  end: number,
  lineBytesMax: number,
): number {
  const limit = Math.min(end, start + lineBytesMax + 2);
  let at = spanEnd(octets, start, limit, TOKEN);
  const methodEnd = at;
  let classes = 0;
  if (at < limit && octets[at] === SP && methodEnd > start && methodEnd - start <= HTTP_METHOD_BYTES_MAX) {
    at += 1;
    const targetStart = at;
    const table = CLASSES;
    let those = 0;
    while (at < limit && ((those = table[octets[at]!]!) & TARGET) !== 0) {
      classes |= those;
      at += 1;
    }
    if (
      at > targetStart &&
      at + VERSION_AND_END_BYTES <= limit &&
      octets[at] === SP &&
      octets[at + 1] === 0x48 &&
      octets[at + 2] === 0x54 &&
      octets[at + 3] === 0x54 &&
      octets[at + 4] === 0x50 &&
      octets[at + 5] === 0x2f &&
      octets[at + 6] === 0x31 &&
      octets[at + 7] === 0x2e &&
      (octets[at + 8]! | 1) === 0x31 &&
      octets[at + 9] === CR &&
      octets[at + 10] === LF
    ) {
      head.lineStart = head.methodStart = start;
      head.lineEnd = at + 9;
      head.methodEnd = methodEnd;
      head.targetStart = targetStart;
      head.targetEnd = at;
      head.versionStart = at + 1;
      head.versionEnd = at + 9;
      head.versionMinor = octets[at + 8]! & 1;
      readMethod(head);
      readTarget(head, classes);
      return at + VERSION_AND_END_BYTES;
    }
  }
  return parseOddLine(head, octets, start, end, lineBytesMax);
}

/** A line that is incomplete, or not exactly as it should be: says what is wrong, and reads what can be read. */
function parseOddLine(
  head: RequestHead,
  octets: Uint8Array,
  start: number,
  end: number,
  lineBytesMax: number,
): number {
  const { violations } = head;
  const limit = Math.min(end, start + lineBytesMax + 2);
  let lineFeed = start;
  while (lineFeed < limit && octets[lineFeed] !== LF) lineFeed += 1;
  const incomplete = lineFeed >= limit && limit < start + lineBytesMax + 2;
  const ended = lineFeed < limit;
  const bare = ended && (lineFeed === start || octets[lineFeed - 1] !== CR);
  let lineEnd = Math.min(ended && !bare ? lineFeed - 1 : lineFeed, start + lineBytesMax);
  const tooLong = !incomplete && (!ended || (bare ? lineFeed : lineFeed - 1) - start > lineBytesMax);
  const whole = ended && !tooLong;
  head.lineStart = start;
  head.lineEnd = lineEnd;
  if (tooLong) violations.add(HTTP_REQUEST_LINE_TOO_LONG, start);
  if (whole) {
    if (bare) violations.add(HTTP_BARE_LF, lineFeed);
    for (let at = start; at < lineEnd; at += 1) {
      const octet = octets[at]!;
      if (is(octet, VALUE)) continue;
      violations.add(octet === NUL ? HTTP_NUL : octet === CR ? HTTP_BARE_CR : HTTP_TARGET_CONTROL, at);
    }
  }
  let at = spanEnd(octets, start, lineEnd, BLANK);
  lineEnd = trimmedEnd(octets, at, lineEnd, BLANK);
  const outer = at > start || lineEnd < head.lineEnd;
  head.methodStart = at;
  while (at < lineEnd && !is(octets[at]!, BLANK)) at += 1;
  head.methodEnd = at;
  let inner = at < lineEnd && octets[at] !== SP;
  const gap = at;
  at = spanEnd(octets, at, lineEnd, BLANK);
  inner ||= at - gap > 1;
  head.targetStart = at;
  let last = lineEnd;
  while (last > at && !is(octets[last - 1]!, BLANK)) last -= 1;
  // With one word the line has no version.
  const versioned = last > at && whole;
  head.versionStart = versioned ? last : lineEnd;
  head.versionEnd = lineEnd;
  head.targetEnd = versioned ? last - 1 : lineEnd;
  let classes = 0;
  for (let index = head.targetStart; index < head.targetEnd; index += 1) {
    classes |= CLASSES[octets[index]!]!;
  }
  if ((classes & BLANK) !== 0) inner = true;
  if (versioned && octets[last - 1] !== SP) inner = true;
  if (!whole) return incomplete ? INCOMPLETE : STOPPED;
  if (outer || inner) violations.add(HTTP_REQUEST_LINE_WHITESPACE, start);
  if (head.methodEnd - head.methodStart > HTTP_METHOD_BYTES_MAX) {
    violations.add(HTTP_METHOD_TOO_LONG, head.methodStart);
  }
  if (!isToken(octets, head.methodStart, head.methodEnd))
    violations.add(HTTP_METHOD_INVALID, head.methodStart);
  if (versioned) readVersion(head, octets);
  else violations.add(HTTP_VERSION_MISSING, lineEnd);
  readMethod(head);
  if (head.targetStart < head.targetEnd) readTarget(head, classes);
  return lineFeed + 1;
}

/** `HTTP/` digit `.` digit: RFC 9112 §2.3. */
function readVersion(head: RequestHead, octets: Uint8Array): void {
  const at = head.versionStart;
  const major = octets[at + 5]! - 0x30;
  const minor = octets[at + 7]! - 0x30;
  const right =
    head.versionEnd - at === 8 &&
    octets[at] === 0x48 &&
    octets[at + 1] === 0x54 &&
    octets[at + 2] === 0x54 &&
    octets[at + 3] === 0x50 &&
    octets[at + 4] === 0x2f &&
    octets[at + 6] === 0x2e &&
    major >= 0 &&
    major <= 9 &&
    minor >= 0 &&
    minor <= 9;
  head.versionMinor = 1;
  // There never was a message that names a version below 1.0.
  if (!right || major === 0) head.violations.add(HTTP_VERSION_INVALID, at);
  else if (major > 1) head.violations.add(HTTP_VERSION_UNSUPPORTED, at);
  else if (minor > 1) head.violations.add(HTTP_VERSION_MINOR, at);
  else head.versionMinor = minor;
}

/** Methods are told apart by case: RFC 9110 §9.1. */
function readMethod(head: RequestHead): void {
  const { octets, methodStart: at } = head;
  const length = head.methodEnd - at;
  head.method = "other";
  if (length === 4) {
    if (isText(octets, at, "HEAD")) head.method = "HEAD";
  } else if (length === 7) {
    if (isText(octets, at, "CONNECT")) head.method = "CONNECT";
    else if (isText(octets, at, "OPTIONS")) head.method = "OPTIONS";
  }
}

function isText(octets: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (octets[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** The form of the target (RFC 9112 §3.2), and where its authority and path are. */
function readTarget(head: RequestHead, classes: number): void {
  const { octets, targetStart: start, targetEnd: end, violations } = head;
  if ((classes & FRAGMENT) !== 0) violations.add(HTTP_TARGET_FRAGMENT, start);
  if ((classes & NO_URI) !== 0) violations.add(HTTP_TARGET_OCTETS, start);
  head.pathStart = start;
  if (head.method === "CONNECT") {
    if (!isAuthority(octets, start, end, true)) {
      violations.add(HTTP_TARGET_INVALID, start);
      return;
    }
    head.targetForm = "authority";
    head.authorityStart = start;
    head.authorityEnd = end;
    head.pathStart = end;
    return;
  }
  if (octets[start] === 0x2f) {
    head.targetForm = "origin";
    return;
  }
  if (octets[start] === 0x2a && end - start === 1 && head.method === "OPTIONS") {
    head.targetForm = "asterisk";
    return;
  }
  const from = authorityStart(octets, start, end);
  if (from < 0) {
    violations.add(HTTP_TARGET_INVALID, start);
    return;
  }
  const to = authorityEnd(octets, from, end);
  if (hasUserinfo(octets, from, to)) violations.add(HTTP_TARGET_USERINFO, from);
  else if (!isAuthority(octets, from, to, false)) violations.add(HTTP_TARGET_INVALID, from);
  else violations.add(HTTP_TARGET_ABSOLUTE, start);
  head.targetForm = "absolute";
  head.authorityStart = from;
  head.authorityEnd = to;
  head.pathStart = to;
}
