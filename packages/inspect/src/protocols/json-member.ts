/**
 * Members of a JSON object of one message, found by name without reading the whole: enough for objects whose makers
 * write them flat. A name is found wherever it stands, so callers ask for names that occur once.
 */
import { startsWith, u8 } from "@palisade/wire";
import type { Attribute } from "../attribute.js";
import type { FlowContext } from "../flow-context.js";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

/**
 * Index of the first octet of the value of `quotedName` (with its quotation marks), or -1 where no such member is in
 * `start … end`.
 */
export function memberValue(octets: Uint8Array, start: number, end: number, quotedName: string): number {
  for (let at = start; at + quotedName.length < end; at += 1) {
    if (octets[at] !== QUOTE || !startsWith(octets, at, end, quotedName)) continue;
    let value = skipJsonWhitespace(octets, at + quotedName.length, end);
    if (value >= end || u8(octets, value) !== COLON) continue;
    value = skipJsonWhitespace(octets, value + 1, end);
    return value < end ? value : -1;
  }
  return -1;
}

/** Index after the number at `start`, digits only; `start` where there is none. */
export function digitsEnd(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && octets[at]! >= 0x30 && octets[at]! <= 0x39) at += 1;
  return at;
}

/** Index of the quotation mark that ends the string whose opening mark is at `start`, or -1. */
export function stringEnd(octets: Uint8Array, start: number, end: number): number {
  if (start >= end || u8(octets, start) !== QUOTE) return -1;
  for (let at = start + 1; at < end; at += 1) {
    if (octets[at] === BACKSLASH) at += 1;
    else if (octets[at] === QUOTE) return at;
  }
  return -1;
}

/** Whether the value of `quotedName` is a string, which may be empty, or go on past `end`. */
export function hasString(octets: Uint8Array, start: number, end: number, quotedName: string): boolean {
  const value = memberValue(octets, start, end, quotedName);
  return value >= 0 && u8(octets, value) === QUOTE;
}

/** Whether the value of `quotedName` is a string that is whole and not empty. */
export function hasFilledString(octets: Uint8Array, start: number, end: number, quotedName: string): boolean {
  const value = memberValue(octets, start, end, quotedName);
  return value >= 0 && stringEnd(octets, value, end) > value + 1;
}

/**
 * Sets `attribute` to the text that is the value of `quotedName`, as it is written: escapes are not undone. Leaves it where
 * no such member is in `start … end`, or its value is empty or no text.
 */
export function setMember(
  flow: FlowContext,
  attribute: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  end: number,
  quotedName: string,
): void {
  if (!flow.wants(attribute)) return;
  const value = memberValue(octets, start, end, quotedName);
  if (value >= 0) setString(flow, attribute, octets, value, end);
}

/** Sets `attribute` to the text whose opening quotation mark is at `start`, as `setMember` does. */
export function setString(
  flow: FlowContext,
  attribute: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  end: number,
): void {
  const stop = stringEnd(octets, start, end);
  if (stop > start + 1) flow.text(attribute, octets, start + 1, stop);
}

/** Index of the first octet from `start` that is no white space (RFC 8259 §2), at most `end`. */
export function skipJsonWhitespace(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (
    at < end &&
    (octets[at] === 0x20 || octets[at] === 0x09 || octets[at] === 0x0a || octets[at] === 0x0d)
  ) {
    at += 1;
  }
  return at;
}
