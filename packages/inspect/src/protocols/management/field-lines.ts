/**
 * Lines of the form `Name: value` in one datagram, as SSDP and its relatives borrow them from HTTP. Unlike the fields of
 * ../text-head.ts the last needs no line end, and a name has its separator, of whatever kind, right behind it.
 */
import { indexOfOctet, startsWithNoCase } from "@palisade/wire";
import type { Attribute } from "../../attribute.js";
import type { FlowContext } from "../../flow-context.js";
import { skipBlanks } from "../text-head.js";

const LF = 0x0a;
const CR = 0x0d;

/** Index after the line that starts at `at`: after its LF, or `end` where it has none. */
export function nextLine(octets: Uint8Array, at: number, end: number): number {
  const lineFeed = indexOfOctet(octets, LF, at, end);
  return lineFeed === -1 ? end : lineFeed + 1;
}

/**
 * Index of the first octet of the value where the line at `at` is the field `name` (lower case, with its colon), without
 * blanks in front of it; -1 where the line is another field.
 */
export function fieldValue(octets: Uint8Array, at: number, end: number, name: string): number {
  if (!startsWithNoCase(octets, at, end, name)) return -1;
  return skipBlanks(octets, at + name.length, end);
}

/** Index after the value that ends before `next`, the start of the line that follows: without CR, LF and blanks. */
export function valueEnd(octets: Uint8Array, value: number, next: number): number {
  let index = next;
  while (index > value && isBlank(octets[index - 1]!)) index -= 1;
  return index;
}

/** Sets the attribute whose field the line `line … next` is: `fields` has their names as `fieldValue` takes them. */
export function setField(
  flow: FlowContext,
  fields: readonly (readonly [name: string, attribute: Attribute<"text">])[],
  octets: Uint8Array,
  line: number,
  next: number,
): void {
  for (const [name, attribute] of fields) {
    const value = fieldValue(octets, line, next, name);
    if (value < 0) continue;
    const stop = valueEnd(octets, value, next);
    if (stop > value) flow.text(attribute, octets, value, stop);
    return;
  }
}

function isBlank(octet: number): boolean {
  return octet === LF || octet === CR || octet === 0x20 || octet === 0x09;
}
