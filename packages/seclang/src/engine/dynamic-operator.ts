/** An operator whose argument has macros: compiled for each text that they become, and kept for the last few. */
import { PalisadeError } from "@palisade/base";
import type { Operator, OperatorFiles, OperatorKind } from "../operators/operator.js";
import type { CompiledMacro } from "./compiled.js";

/** Most compiled operators of a rule whose argument has macros; the one that has been there longest gives way. */
export const EXPANDED_OPERATORS_MAX = 8;
/** Longer arguments are compiled each time. */
export const EXPANDED_OPERATOR_BYTES_MAX = 16_384;

export class DynamicOperator {
  readonly argument: CompiledMacro;
  readonly #kind: OperatorKind;
  readonly #files: OperatorFiles;
  readonly #kept: { readonly argument: Uint8Array; readonly operator: Operator | undefined }[] = [];
  #next = 0;

  constructor(argument: CompiledMacro, kind: OperatorKind, files: OperatorFiles) {
    this.argument = argument;
    this.#kind = kind;
    this.#files = files;
  }

  /** The operator for an expanded argument; undefined where it cannot be compiled. */
  of(octets: Uint8Array, start: number, end: number): Operator | undefined {
    for (const kept of this.#kept) if (equal(kept.argument, octets, start, end)) return kept.operator;
    const argument = octets.slice(start, end);
    const operator = this.#compile(argument);
    if (argument.length > EXPANDED_OPERATOR_BYTES_MAX) return operator;
    this.#kept[this.#next] = { argument, operator };
    this.#next = (this.#next + 1) % EXPANDED_OPERATORS_MAX;
    return operator;
  }

  #compile(argument: Uint8Array): Operator | undefined {
    try {
      return this.#kind.compile(argument, this.#files);
    } catch (error) {
      if (error instanceof PalisadeError) return undefined;
      throw error;
    }
  }
}

/** From how many octets on a comparison is left to the platform. */
const LONG_BYTES = 48;

function equal(a: Uint8Array, octets: Uint8Array, start: number, end: number): boolean {
  if (a.length !== end - start) return false;
  if (a.length > LONG_BYTES) return Buffer.compare(a, octets.subarray(start, end)) === 0;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== octets[start + at]) return false;
  return true;
}
