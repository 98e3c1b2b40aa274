import { Haystack, Needle } from "@palisade/match";
import type { Operator, OperatorKind, RequiredLiterals } from "./operator.js";

const NOWHERE = -1;
/** Times that a search reads an octet at most, back to where it still can match included (Knuth, Morris, Pratt: 2n). */
const READS = 2;

/** `@streq`: the value is the argument, octet by octet. */
export const streq: OperatorKind = {
  name: "streq",
  compile: (argument) =>
    comparing(argument, (start, end) => (end - start === argument.length ? start : NOWHERE)),
};

/** `@beginsWith`: the value begins with the argument. */
export const beginsWith: OperatorKind = {
  name: "beginsWith",
  compile: (argument) =>
    comparing(argument, (start, end) => (end - start >= argument.length ? start : NOWHERE)),
};

/** `@endsWith`: the value ends with the argument. */
export const endsWith: OperatorKind = {
  name: "endsWith",
  compile: (argument) =>
    comparing(argument, (start, end) => (end - start >= argument.length ? end - argument.length : NOWHERE)),
};

/** `@contains`: the argument is somewhere in the value, in the same case. */
export const contains: OperatorKind = { name: "contains", compile: containing };

/** `@strmatch`: as `@contains`; ModSecurity prepares the argument there, which is done for both here. */
export const strmatch: OperatorKind = { name: "strmatch", compile: containing };

/**
 * `@containsWord`: the argument is somewhere in the value, and neither beside it nor before it is a letter, a digit or `_`: what
 * `\bargument\b` is for an argument that begins and ends with one of these (reference manual, containsWord).
 */
export const containsWord: OperatorKind = {
  name: "containsWord",
  compile(argument) {
    const needle = new Needle(argument);
    const work = { steps: 0 };
    return {
      engine: "octets",
      work,
      required: requires(argument),
      test(octets, start, end) {
        work.steps += READS * (end - start);
        for (let at = needle.find(octets, start, end); at >= 0; at = needle.next(octets, at, end)) {
          const behind = at + argument.length;
          const freeBefore = at === start || !isWord(octets[at - 1]!);
          const freeBehind = behind === end || !isWord(octets[behind]!);
          if (freeBefore && freeBehind) return true;
        }
        return false;
      },
    };
  },
};

/** `@within`: the value is somewhere in the argument, in the same case; an empty value always is. */
export const within: OperatorKind = {
  name: "within",
  compile(argument) {
    const haystack = new Haystack(argument);
    const work = { steps: 0 };
    return {
      engine: "octets",
      work,
      test(octets, start, end) {
        if (end - start <= argument.length) work.steps += READS * (argument.length + end - start);
        return haystack.find(octets, start, end) >= 0;
      },
    };
  },
};

function containing(argument: Uint8Array): Operator {
  const needle = new Needle(argument);
  const work = { steps: 0 };
  return {
    engine: "octets",
    work,
    required: requires(argument),
    test(octets, start, end) {
      const at = needle.find(octets, start, end);
      work.steps += READS * ((at < 0 ? end : at + argument.length) - start);
      return at >= 0;
    },
  };
}

/** An empty argument is in every value. */
function requires(argument: Uint8Array): RequiredLiterals | undefined {
  return argument.length === 0 ? undefined : { literals: [argument], ignoreCase: false };
}

/** Holds where the argument stands at the place that `placeOf` names; `NOWHERE`: it cannot stand in the value. */
function comparing(argument: Uint8Array, placeOf: (start: number, end: number) => number): Operator {
  const work = { steps: 0 };
  return {
    engine: "octets",
    work,
    required: requires(argument),
    test(octets, start, end) {
      const at = placeOf(start, end);
      if (at === NOWHERE) return false;
      let same = 0;
      while (same < argument.length && octets[at + same] === argument[same]) same += 1;
      work.steps += same;
      return same === argument.length;
    },
  };
}

function isWord(octet: number): boolean {
  return (
    (octet >= 0x30 && octet <= 0x39) ||
    (octet >= 0x41 && octet <= 0x5a) ||
    octet === 0x5f ||
    (octet >= 0x61 && octet <= 0x7a)
  );
}
