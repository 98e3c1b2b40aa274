import { isSpace } from "../transformations/octets.js";
import type { OperatorKind } from "./operator.js";

const PLUS = 0x2b;
const MINUS = 0x2d;
const ZERO = 0x30;

/**
 * The integer that a text begins with, as C's atoi reads it: white space, a sign, decimal digits; whatever comes behind does not
 * count, and a text without digits is 0. What is beyond ±(2⁵³ − 1) is that: C leaves it open, and a large number is to stay one.
 */
export function integerOf(octets: Uint8Array, start = 0, end = octets.length): number {
  let at = start;
  while (at < end && isSpace(octets[at]!)) at += 1;
  const sign = at < end ? octets[at] : undefined;
  if (sign === PLUS || sign === MINUS) at += 1;
  let value = 0;
  for (; at < end; at += 1) {
    const digit = octets[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    value = Math.min(value * 10 + digit, Number.MAX_SAFE_INTEGER);
  }
  return sign === MINUS ? -value : value;
}

/** `@eq`: the value is the number. */
export const eq: OperatorKind = comparison("eq", (value, bound) => value === bound);
/** `@ge`: the value is the number or more. */
export const ge: OperatorKind = comparison("ge", (value, bound) => value >= bound);
/** `@gt`: the value is more than the number. */
export const gt: OperatorKind = comparison("gt", (value, bound) => value > bound);
/** `@le`: the value is the number or less. */
export const le: OperatorKind = comparison("le", (value, bound) => value <= bound);
/** `@lt`: the value is less than the number. */
export const lt: OperatorKind = comparison("lt", (value, bound) => value < bound);

/** Both sides are read by `integerOf`: a macro that gives no number gives 0. */
function comparison(name: string, holds: (value: number, bound: number) => boolean): OperatorKind {
  return {
    name,
    compile(argument) {
      const bound = integerOf(argument);
      const work = { steps: 0 };
      return {
        engine: "octets",
        work,
        holds: (value) => holds(value, bound),
        test(octets, start, end) {
          const value = integerOf(octets, start, end);
          work.steps += end - start;
          return holds(value, bound);
        },
      };
    },
  };
}
