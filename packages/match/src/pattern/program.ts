import { WORD } from "./octet-set.js";
import type { Assertion } from "./syntax.js";

/** What a state does: reads an octet, goes on without reading, or ends. */
export const SET = 0;
/** Goes on at `out`, and with less priority at `other`. */
export const SPLIT = 1;
/** Goes on at `out` if the assertion `operand` holds. */
export const ASSERT = 2;
/** Notes the place in slot `operand` and goes on at `out`. */
export const SAVE = 3;
export const MATCH = 4;

/** Bits of what stands before a place: the text's start, a line feed that is not the last octet, an octet of a word. */
export const BEFORE_START = 1;
export const BEFORE_NEWLINE = 2;
export const BEFORE_WORD = 4;
/** Contexts are numbers below this. */
export const CONTEXTS = 8;

/** Bits of what stands behind a place: the text's end, a line feed that is the last octet or any other, an octet of a word. */
export const BEHIND_END = 1;
export const BEHIND_LAST_NEWLINE = 2;
export const BEHIND_NEWLINE = 4;
export const BEHIND_WORD = 8;

/** Assertions by their number in `operand`. */
export const ASSERTIONS: readonly Assertion[] = [
  "text-start",
  "line-start",
  "text-end",
  "text-end-newline",
  "line-end",
  "word-boundary",
  "word-inside",
];

/**
 * A pattern as a machine: Thompson's, with priorities (R. Cox, "Regular Expression Matching: the Virtual Machine Approach",
 * 2009). States are numbers; the arrays are parallel.
 */
export interface Program {
  readonly states: number;
  readonly start: number;
  readonly op: Uint8Array;
  /** Set, assertion or slot, by `op`. */
  readonly operand: Int32Array;
  readonly out: Int32Array;
  readonly other: Int32Array;
  /** Slots of captures: two for each group, those of the whole match included. */
  readonly slots: number;
  /** Class of each octet: octets of a class are in the same sets. */
  readonly classOf: Uint8Array;
  readonly classes: number;
  /** 1 at `set * classes + class` where the set has the class. */
  readonly setHas: Uint8Array;
  /** Which bits of what stands before a place any assertion asks for. */
  readonly contextMask: number;
  /** Whether any assertion asks for what stands beside a place. */
  readonly needsContext: boolean;
  /** Octets that a match can begin with; undefined where one can be empty. */
  readonly first: Uint8Array | undefined;
  /** Whether a match can begin only at the start. */
  readonly anchored: boolean;
}

/** Whether assertion number `assertion` holds between what the two sets of bits say. */
export function holds(assertion: number, before: number, behind: number): boolean {
  switch (assertion) {
    case 0:
      return (before & BEFORE_START) !== 0;
    case 1:
      return (before & (BEFORE_START | BEFORE_NEWLINE)) !== 0;
    case 2:
      return (behind & BEHIND_END) !== 0;
    case 3:
      return (behind & (BEHIND_END | BEHIND_LAST_NEWLINE)) !== 0;
    case 4:
      return (behind & (BEHIND_END | BEHIND_LAST_NEWLINE | BEHIND_NEWLINE)) !== 0;
    case 5:
      return ((before & BEFORE_WORD) !== 0) !== ((behind & BEHIND_WORD) !== 0);
    default:
      return ((before & BEFORE_WORD) !== 0) === ((behind & BEHIND_WORD) !== 0);
  }
}

/** Bits of what stands before `position` in `[start, end)`. */
export function contextBefore(octets: Uint8Array, position: number, start: number, end: number): number {
  if (position <= start) return BEFORE_START;
  const octet = octets[position - 1]!;
  if (octet === 0x0a) return position < end ? BEFORE_NEWLINE : 0;
  return WORD[octet] === 1 ? BEFORE_WORD : 0;
}

/** Bits of what stands at `position` in a text that ends at `end`. */
export function contextBehind(octets: Uint8Array, position: number, end: number): number {
  if (position >= end) return BEHIND_END;
  const octet = octets[position]!;
  if (octet === 0x0a) return position + 1 === end ? BEHIND_LAST_NEWLINE : BEHIND_NEWLINE;
  return WORD[octet] === 1 ? BEHIND_WORD : 0;
}
