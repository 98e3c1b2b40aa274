import type { Sliced } from "../slices.js";
import { argumentError, quoted, textOf, trimmed } from "./argument.js";
import {
  isCardNumber,
  isCpf,
  isNif,
  isRut,
  isSocialSecurityNumber,
  isSvnr,
  type NumberCheck,
} from "./check-digits.js";
import { type Operator, type OperatorKind, slicedKind } from "./operator.js";
import { capture, compilingArgument } from "./rx.js";

/** Octets of the longest number that a pattern of these operators may find. */
export const NUMBER_BYTES_MAX = 256;

/** `@verifyCC`: the pattern finds a number of a payment card, by Luhn's formula. */
export const verifyCC: OperatorKind = verifier("verifyCC", isCardNumber);
/** `@verifySSN`: the pattern finds a Social Security number of the USA that may have been assigned. */
export const verifySSN: OperatorKind = verifier("verifySSN", isSocialSecurityNumber);
/** `@verifyCPF`: the pattern finds a CPF number of Brazil. */
export const verifyCPF: OperatorKind = verifier("verifyCPF", isCpf);
/** `@verifySVNR`: the pattern finds an insurance number of Austria. */
export const verifySVNR: OperatorKind = verifier("verifySVNR", isSvnr);

/** By the country's code of ISO 3166-1. */
const NATIONAL: ReadonlyMap<string, NumberCheck> = new Map([
  ["at", isSvnr],
  ["br", isCpf],
  ["cl", isRut],
  ["es", isNif],
  ["us", isSocialSecurityNumber],
]);

/**
 * `@validateNid`: a country's code, a blank and a pattern, which finds a number that the country gives to persons.
 *
 * SecRule ARGS "@validateNid cl \d{1,2}\.?\d{3}\.?\d{3}-?[\dkK]" "id:102,phase:2,deny"
 */
export const validateNid: OperatorKind = slicedKind("validateNid", function* (argument) {
  const given = trimmed(argument);
  const blank = given.indexOf(0x20);
  const country = blank < 0 ? given : given.subarray(0, blank);
  const check = NATIONAL.get(textOf(country).toLowerCase());
  if (check === undefined || blank < 0) {
    throw argumentError(
      "validateNid",
      `a country and a pattern are expected, not ${quoted(given)}; countries are ${[...NATIONAL.keys()].join(", ")}`,
    );
  }
  return yield* finding("validateNid", trimmed(given.subarray(blank)), check);
});

function verifier(name: string, check: NumberCheck): OperatorKind {
  return slicedKind(name, (argument) => finding(name, argument, check));
}

/**
 * Finds the pattern at each octet, until what it finds is such a number. What begins at an octet has a longest length, so that
 * work is linear in the value.
 */
function* finding(name: string, argument: Uint8Array, check: NumberCheck): Sliced<Operator> {
  const pattern = yield* compilingArgument(name, argument);
  if ((pattern.octetsMax ?? Number.POSITIVE_INFINITY) > NUMBER_BYTES_MAX) {
    throw argumentError(
      name,
      `the pattern matches more than ${NUMBER_BYTES_MAX} octets; write counts with an end, as in \\d{13,16}`,
    );
  }
  const checked = { steps: 0 };
  return {
    engine: "dfa",
    states: pattern.states,
    work: {
      get steps() {
        return pattern.steps + checked.steps;
      },
    },
    test(octets, start, end, captures) {
      for (let from = start; from < end; ) {
        const slots = pattern.exec(octets, start, end, from);
        if (slots === undefined) return false;
        checked.steps += slots[1]! - slots[0]!;
        if (check(octets, slots[0]!, slots[1]!)) {
          if (captures !== undefined) capture(captures, octets, slots);
          return true;
        }
        from = slots[0]! + 1;
      }
      return false;
    },
  };
}
