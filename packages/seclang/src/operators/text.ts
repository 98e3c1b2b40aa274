import { Haystack, Needle } from "@palisade/match";
import type { Operator, OperatorKind, RequiredLiterals } from "./operator.js";

/** `@streq`: the value is the argument, octet by octet. */
export const streq: OperatorKind = {
  name: "streq",
  needsArgument: true,
  compile: (argument) => ({
    required: requires(argument),
    test: (octets, start, end) => end - start === argument.length && standsAt(argument, octets, start),
  }),
};

/** `@beginsWith`: the value begins with the argument. */
export const beginsWith: OperatorKind = {
  name: "beginsWith",
  needsArgument: true,
  compile: (argument) => ({
    required: requires(argument),
    test: (octets, start, end) => end - start >= argument.length && standsAt(argument, octets, start),
  }),
};

/** `@endsWith`: the value ends with the argument. */
export const endsWith: OperatorKind = {
  name: "endsWith",
  needsArgument: true,
  compile: (argument) => ({
    required: requires(argument),
    test: (octets, start, end) =>
      end - start >= argument.length && standsAt(argument, octets, end - argument.length),
  }),
};

/** `@contains`: the argument is somewhere in the value, in the same case. */
export const contains: OperatorKind = { name: "contains", needsArgument: true, compile: containing };

/** `@strmatch`: as `@contains`; ModSecurity prepares the argument there, which is done for both here. */
export const strmatch: OperatorKind = { name: "strmatch", needsArgument: true, compile: containing };

/**
 * `@containsWord`: the argument is somewhere in the value, and neither beside it nor before it is a letter, a digit or `_`: what
 * `\bargument\b` is for an argument that begins and ends with one of these (reference manual, containsWord).
 */
export const containsWord: OperatorKind = {
  name: "containsWord",
  needsArgument: true,
  compile(argument) {
    const needle = new Needle(argument);
    return {
      required: requires(argument),
      test(octets, start, end) {
        // Octets are searched again only where it overlaps itself: no more often than it has octets.
        for (let at = needle.find(octets, start, end); at >= 0; at = needle.find(octets, at + 1, end)) {
          const behind = at + argument.length;
          const freeBefore = at === start || !isWord(octets[at - 1]!);
          const freeBehind = behind === end || !isWord(octets[behind]!);
          if (freeBefore && freeBehind) return true;
          if (at === end) return false;
        }
        return false;
      },
    };
  },
};

/** `@within`: the value is somewhere in the argument, in the same case; an empty value always is. */
export const within: OperatorKind = {
  name: "within",
  needsArgument: true,
  compile(argument) {
    const haystack = new Haystack(argument);
    return { test: (octets, start, end) => haystack.find(octets, start, end) >= 0 };
  },
};

function containing(argument: Uint8Array): Operator {
  const needle = new Needle(argument);
  return {
    required: requires(argument),
    test: (octets, start, end) => needle.find(octets, start, end) >= 0,
  };
}

/** An empty argument is in every value. */
function requires(argument: Uint8Array): RequiredLiterals | undefined {
  return argument.length === 0 ? undefined : { literals: [argument], ignoreCase: false };
}

/** Whether `octets` hold all of `text` from `at` on, where there are as many. */
function standsAt(text: Uint8Array, octets: Uint8Array, at: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (octets[at + index] !== text[index]) return false;
  }
  return true;
}

function isWord(octet: number): boolean {
  return (
    (octet >= 0x30 && octet <= 0x39) ||
    (octet >= 0x41 && octet <= 0x5a) ||
    octet === 0x5f ||
    (octet >= 0x61 && octet <= 0x7a)
  );
}
