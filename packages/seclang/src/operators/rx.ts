import { PalisadeError } from "@palisade/base";
import { compilingPattern, type Pattern } from "@palisade/match";
import { atOnce, type Sliced } from "../slices.js";
import { argumentError } from "./argument.js";
import { CAPTURES_MAX, type Captures, type Operator, type OperatorKind, slicedKind } from "./operator.js";

const BACKSLASH = 0x5c;

/**
 * The flags under which rules are written: the dot matches line feeds, `$` only the very end, `^` only the start (reference
 * manual, rx: PCRE_DOTALL and PCRE_DOLLAR_ENDONLY). A pattern changes them itself, as by `(?i)` or `(?m)`.
 */
const FLAGS = "sD";

/** `@rx`: the regular expression matches somewhere in the value. Groups are captured. Time is linear in the value. */
export const rx: OperatorKind = slicedKind("rx", function* (argument) {
  return searching(yield* compilingArgument("rx", argument));
});

/** The operator that holds where a pattern matches, and captures its groups. */
export function searching(pattern: Pattern): Operator {
  return {
    engine: "dfa",
    states: pattern.states,
    work: pattern,
    pattern,
    required: pattern.required && { literals: pattern.required, ignoreCase: true },
    requiredOctets: pattern.requiredOctets,
    test(octets, start, end, captures) {
      if (captures === undefined) return pattern.test(octets, start, end);
      const slots = pattern.exec(octets, start, end);
      if (slots === undefined) return false;
      capture(captures, octets, slots);
      return true;
    },
  };
}

/**
 * The pattern that an argument is, over octets.
 *
 * @throws {PalisadeError} `SECLANG_OPERATOR_ARGUMENT`
 */
export function patternOf(operator: string, argument: Uint8Array): Pattern {
  return atOnce(compilingArgument(operator, argument));
}

/** As `patternOf`; may be interrupted. */
export function* compilingArgument(operator: string, argument: Uint8Array): Sliced<Pattern> {
  try {
    return yield* compilingPattern(patternSource(argument), FLAGS);
  } catch (error) {
    if (error instanceof PalisadeError) throw argumentError(operator, error.message, error);
    throw error;
  }
}

/** Fills `captures` with what a pattern's `exec` gave, as far as there is room. */
export function capture(captures: Captures, octets: Uint8Array, slots: Int32Array): void {
  const count = Math.min(slots.length >>> 1, CAPTURES_MAX);
  captures.octets = octets;
  captures.count = count;
  for (let group = 0; group < count; group += 1) {
    captures.starts[group] = slots[2 * group]!;
    captures.ends[group] = slots[2 * group + 1]!;
  }
}

/**
 * Octets beyond ASCII by their numbers: as in ModSecurity, which does not set PCRE's UTF mode, each is a character of its own, also
 * in a class or before a quantifier.
 */
export function patternSource(argument: Uint8Array): string {
  let source = "";
  let quoting = false;
  for (let at = 0; at < argument.length; at += 1) {
    const octet = argument[at]!;
    const next = argument[at + 1];
    if (octet >= 0x80) {
      const number = `\\x${octet.toString(16)}`;
      source += quoting ? `\\E${number}\\Q` : number;
    } else if (octet === BACKSLASH && next !== undefined) {
      if (quoting ? next === 0x45 : next === 0x51) quoting = !quoting;
      // A backslash before an octet that means nothing leaves it as it is.
      else if (quoting || next >= 0x80) {
        if (quoting) source += "\\";
        continue;
      }
      source += String.fromCharCode(octet, next);
      at += 1;
    } else {
      source += String.fromCharCode(octet);
    }
  }
  return source;
}
