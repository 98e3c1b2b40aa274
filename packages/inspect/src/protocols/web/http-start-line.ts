/**
 * Start lines of HTTP/1.x messages: RFC 9112 §3 (request line) and §4 (status line).
 */
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { lineStop } from "../text-line.js";

/** Not a start line of HTTP/1.x. */
export const LINE_NONE = 0;
/** It can still become one. */
export const LINE_PARTIAL = 1;
/** A status line. */
export const LINE_RESPONSE = 2;
/** A request in origin-form or asterisk-form (RFC 9112 §3.2.1, §3.2.4). */
export const LINE_REQUEST = 3;
/** A request to a proxy: absolute-form or CONNECT with an authority (RFC 9112 §3.2.2, §3.2.3). */
export const LINE_PROXY_REQUEST = 4;

export type StartLine =
  | typeof LINE_NONE
  | typeof LINE_PARTIAL
  | typeof LINE_RESPONSE
  | typeof LINE_REQUEST
  | typeof LINE_PROXY_REQUEST;

/** Longest method that is looked for; the longest registered (UPDATEREDIRECTREF) has 17 letters. */
const METHOD_OCTETS_MAX = 24;
/** Printable octets after a common method and "/" that decide without the end of the line. */
const LONG_TARGET_OCTETS = 512;
/** Schemes of the URIs that clients send to a proxy. */
const PROXIED_SCHEMES: readonly string[] = ["http://", "https://", "ftp://"];
const STATUS_PREFIX = "HTTP/1.";
const STATUS_OCTETS = 12;
/** A blank, and the version that ends a request line. */
const VERSION_OCTETS = " HTTP/1.1".length;

const SPACE = 0x20;
const LF = 0x0a;
const CR = 0x0d;

/** What the octets from `offset` begin, as far as they go. */
export function startLineOf(octets: Uint8Array, offset: number, end: number): StartLine {
  const status = statusLine(octets, offset, end);
  if (status !== LINE_NONE) return status;
  return requestLine(octets, offset, end);
}

function statusLine(octets: Uint8Array, offset: number, end: number): StartLine {
  const known = Math.min(end - offset, STATUS_OCTETS);
  for (let index = 0; index < known; index += 1) {
    const octet = u8(octets, offset + index);
    if (index < STATUS_PREFIX.length) {
      if (octet !== STATUS_PREFIX.charCodeAt(index)) return LINE_NONE;
    } else if (index === 7) {
      if (octet !== 0x30 && octet !== 0x31) return LINE_NONE;
    } else if (index === 8) {
      if (octet !== SPACE) return LINE_NONE;
    } else if (octet < (index === 9 ? 0x31 : 0x30) || octet > (index === 9 ? 0x35 : 0x39)) {
      return LINE_NONE;
    }
  }
  return known < STATUS_OCTETS ? LINE_PARTIAL : LINE_RESPONSE;
}

/** Index of the blank after a method, -1 where the octets cannot be one, or `end` where they can but do not end. */
export function methodEnd(octets: Uint8Array, offset: number, end: number): number {
  const stop = Math.min(end, offset + METHOD_OCTETS_MAX + 1);
  for (let index = offset; index < stop; index += 1) {
    const octet = u8(octets, index);
    if (octet === SPACE) return index - offset >= 3 ? index : -1;
    const letter = octet >= 0x41 && octet <= 0x5a;
    if (!letter && !(index > offset && (octet === 0x2d || octet === 0x5f))) return -1;
  }
  return stop === end ? end : -1;
}

function requestLine(octets: Uint8Array, offset: number, end: number): StartLine {
  const blank = methodEnd(octets, offset, end);
  if (blank < 0) return LINE_NONE;
  const target = blank + 1;
  if (target >= end) return LINE_PARTIAL;
  const form = targetForm(octets, offset, target, end);
  if (form === LINE_NONE || form === LINE_PARTIAL) return form;
  for (let index = target; index < end; index += 1) {
    const octet = u8(octets, index);
    if (octet === LF)
      return endsWithVersion(octets, target, lineStop(octets, target, index)) ? form : LINE_NONE;
    if (octet < SPACE && octet !== CR) return LINE_NONE;
    if (index - target >= LONG_TARGET_OCTETS && isCommonMethod(octets, offset, end)) return form;
  }
  return LINE_PARTIAL;
}

function targetForm(octets: Uint8Array, offset: number, target: number, end: number): StartLine {
  if (startsWith(octets, offset, end, "CONNECT ")) return LINE_PROXY_REQUEST;
  const first = u8(octets, target);
  if (first === 0x2f || first === 0x2a || first === 0x3f) return LINE_REQUEST; // "/", "*", and "?" of careless clients
  if ((first | 0x20) !== 0x68 && (first | 0x20) !== 0x66) return LINE_NONE;
  for (const scheme of PROXIED_SCHEMES) {
    const known = Math.min(end - target, scheme.length);
    let index = 0;
    // Schemes are compared without case (RFC 3986 §3.1); the bit leaves ":" and "/" as they are.
    while (index < known && (u8(octets, target + index) | 0x20) === scheme.charCodeAt(index)) index += 1;
    if (index === scheme.length) return LINE_PROXY_REQUEST;
    if (index === known) return LINE_PARTIAL;
  }
  return LINE_NONE;
}

/** Whether `octets[target … stop)`, a request line without its end, closes with a blank and the version. */
export function endsWithVersion(octets: Uint8Array, target: number, stop: number): boolean {
  const version = stop - VERSION_OCTETS;
  if (version <= target || !startsWith(octets, version, stop, " HTTP/1.")) return false;
  const minor = u8(octets, stop - 1);
  return minor === 0x30 || minor === 0x31;
}

function isCommonMethod(octets: Uint8Array, offset: number, end: number): boolean {
  return (
    startsWith(octets, offset, end, "GET ") ||
    startsWith(octets, offset, end, "POST ") ||
    startsWith(octets, offset, end, "HEAD ") ||
    startsWith(octets, offset, end, "PUT ")
  );
}

/** Whether `octets[start … end)` holds a blank. */
export function hasBlank(octets: Uint8Array, start: number, end: number): boolean {
  return indexOfOctet(octets, SPACE, start, end) >= 0;
}
