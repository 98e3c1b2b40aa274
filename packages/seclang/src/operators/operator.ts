/** What an operator is to the engine: a test of octets, compiled from its argument once. */

import type { OctetSet, Pattern } from "@palisade/match";
import { atOnce, type Sliced } from "../slices.js";

/** Most groups that a match leaves behind: TX.0 … TX.9. */
export const CAPTURES_MAX = 10;

/** What a match captured; one object that is filled anew for each. */
export class Captures {
  /** Groups that are set, 0 … `CAPTURES_MAX`. */
  count = 0;
  /** Where the groups lie; the octets hold until the next match. */
  octets: Uint8Array = new Uint8Array(0);
  /** By group; -1 where it took no part. */
  readonly starts: Int32Array = new Int32Array(CAPTURES_MAX).fill(-1);
  readonly ends: Int32Array = new Int32Array(CAPTURES_MAX).fill(-1);
}

/** What a value must hold for an operator to hold for it: at least one of some strings of octets. With none it holds for no value. */
export interface RequiredLiterals {
  /** Of one octet or more each. */
  readonly literals: readonly Uint8Array[];
  /** Letters of ASCII in either case. */
  readonly ignoreCase: boolean;
}

/**
 * How an operator looks at a value: `constant` not at all; `octets` one octet after the other; `literals` for many strings at once, one
 * look-up an octet; `dfa` by a lazy DFA (`compilePattern`); `detector` by tokens, in every context that a value can stand in.
 */
export type OperatorEngine = "constant" | "detector" | "dfa" | "literals" | "octets";

/** Counts what is done, to measure with: two readings around a call are its cost, the same on every machine. */
export interface Work {
  /** Octets that were read, each time anew, and states that were gone through to know what they lead to. */
  readonly steps: number;
}

export interface Operator {
  readonly engine: OperatorEngine;
  /**
   * Of its machine, where `engine` is `dfa` or `literals`. A DFA takes an octet by one look-up where its table has room, and at most
   * by a step through all states where it has not.
   */
  readonly states?: number | undefined;
  /** Of all its tests so far. Detectors are shared, and so is what they count. */
  readonly work: Work;
  /** Undefined where there is nothing that each value must hold. */
  readonly required?: RequiredLiterals | undefined;
  /** Sets of octets (256 entries, 1 where the octet is in it) of which a value must hold at least one octet each. */
  readonly requiredOctets?: readonly OctetSet[];
  /** Of regular expressions: what is searched for. */
  readonly pattern?: Pattern;
  /** Of comparisons: whether it holds for a value that reads as this number. */
  holds?(value: number): boolean;
  /**
   * Whether the operator, without its `!`, holds for `octets[start … end)`. Total, in time linear in the octets.
   *
   * @param captures filled where it holds; undefined where nobody asks
   */
  test(octets: Uint8Array, start: number, end: number, captures: Captures | undefined): boolean;
}

/** Reads the data files and datasets that rules name. */
export interface OperatorFiles {
  /** The content of a file, its name as written, relative to the rule file. @throws {PalisadeError} where it cannot be read */
  read(name: string): Uint8Array;
  /** The entries that `SecDataset` gave a name, or undefined where no dataset has it. */
  dataset(name: string): readonly Uint8Array[] | undefined;
}

/** An operator by its name, before it has its argument. */
export interface OperatorKind {
  /** Without the `@`, in the reference manual's spelling. */
  readonly name: string;
  /**
   * @param argument with macros expanded
   * @throws {PalisadeError} `SECLANG_OPERATOR_ARGUMENT`, saying what is expected; what `files` throws
   */
  compile(argument: Uint8Array, files: OperatorFiles): Operator;
  /** As `compile`, in whose place it is used; may be interrupted. Undefined where it takes too little for that. */
  compiling?(argument: Uint8Array, files: OperatorFiles): Sliced<Operator>;
}

/** A kind that is compiled in turns, and at once by the same steps. */
export function slicedKind(name: string, compiling: NonNullable<OperatorKind["compiling"]>): OperatorKind {
  return { name, compiling, compile: (argument, files) => atOnce(compiling(argument, files)) };
}
