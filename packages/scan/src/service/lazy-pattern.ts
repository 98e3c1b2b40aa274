/** A pattern that is compiled when octets first come near it: of thousands, a scan needs some dozens. */
import { PalisadeError } from "@palisade/base";
import { compilePattern, type Pattern } from "@palisade/match";
import { type Literal, literalOf, occurs } from "./pattern-literal.js";
import { printable } from "./template.js";

/** Prefixes that are compared before a pattern is compiled are not looked at beyond as many octets. */
const PREFIX_BYTES_MAX = 16;

export class LazyPattern {
  readonly source: string;
  readonly flags: string;
  /** Octets that every match begins with, at the start of the input; empty where that is not plain to see. */
  readonly #prefix: Uint8Array;
  /** Octets that stand somewhere in every match; found when first asked for. */
  #literal: Literal | undefined;
  #compiled: Pattern | undefined;

  /** @param flags of `compilePattern` */
  constructor(source: string, flags: string) {
    this.source = source;
    this.flags = flags;
    this.#prefix = prefixOf(source, flags);
  }

  /** @throws {PalisadeError} `PATTERN_MALFORMED`, `PATTERN_UNSUPPORTED`, `PATTERN_TOO_LARGE`, as `compilePattern` */
  get compiled(): Pattern {
    try {
      this.#compiled ??= compilePattern(this.source, this.flags);
    } catch (error) {
      // The message shows the pattern, which may hold what a terminal obeys.
      if (!(error instanceof PalisadeError)) throw error;
      throw new PalisadeError(error.code, printable(error.message), { cause: error });
    }
    return this.#compiled;
  }

  /** As `Pattern.exec`: the groups' places, valid until its next call. */
  exec(octets: Uint8Array): Int32Array | undefined {
    const prefix = this.#prefix;
    if (prefix.length > octets.length) return undefined;
    for (let at = 0; at < prefix.length; at += 1) if (prefix[at] !== octets[at]) return undefined;
    if (this.#compiled === undefined) {
      this.#literal ??= literalOf(this.source, this.flags);
      if (!occurs(this.#literal, octets)) return undefined;
    }
    return this.compiled.exec(octets);
  }
}

const NOTHING = new Uint8Array(0);
const ESCAPED: Readonly<Record<string, number>> = { r: 13, n: 10, t: 9, "0": 0 };

/** Reads literal characters behind `^`, and stops at the first that could be anything else. Errs towards fewer. */
function prefixOf(source: string, flags: string): Uint8Array {
  if (source[0] !== "^" || /[imx]/.test(flags) || /[|]/.test(source)) return NOTHING;
  const octets: number[] = [];
  let at = 1;
  while (octets.length < PREFIX_BYTES_MAX && at < source.length) {
    const character = source[at]!;
    let octet = -1;
    let next = at + 1;
    if (character === "\\") {
      const letter = source[at + 1] ?? "";
      const digits = source.slice(at + 2, at + 4);
      if (letter === "x" && /^[0-9a-fA-F]{2}$/.test(digits)) {
        octet = Number.parseInt(digits, 16);
        next = at + 4;
      } else if (letter === "0" && /\d/.test(source[at + 2] ?? "")) break;
      else {
        octet = ESCAPED[letter] ?? (/^[^A-Za-z0-9]$/.test(letter) ? letter.charCodeAt(0) : -1);
        next = at + 2;
      }
    } else if (!/[.^$*+?()[\]{}]/.test(character)) octet = character.charCodeAt(0);
    // What is not of ASCII stands for several octets; a quantifier makes the last one optional.
    if (octet < 0 || (octet > 0x7f && character !== "\\") || /[*?{+]/.test(source[next] ?? "")) break;
    octets.push(octet);
    at = next;
  }
  return Uint8Array.from(octets);
}
