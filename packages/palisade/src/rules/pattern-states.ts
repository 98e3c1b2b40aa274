/** How large the machines are that match what rules look for: what bounds the work for an octet. */
import { assemble, parsePattern } from "@palisade/match";
import { patternOf } from "@palisade/seclang";

const BLANK = 0x20;

/**
 * States of the machine of a pattern operator, of which each octet of a value takes one look-up in a table where the DFA has room,
 * and a step through all of them where it has not. Undefined for an operator that makes its pattern itself (`@restpath`).
 *
 * @param argument one that `operator` has compiled
 */
export function patternStates(operator: string, argument: Uint8Array): number | undefined {
  if (operator === "restpath") return undefined;
  // A country stands before the pattern.
  const pattern = operator === "validateNid" ? behindWord(argument) : argument;
  const { source } = patternOf(operator, pattern);
  // Flags change what states read, not how many there are.
  return assemble(parsePattern(source, ""), source).states;
}

function behindWord(octets: Uint8Array): Uint8Array {
  const from = octets.findIndex((octet) => octet !== BLANK);
  const blank = octets.indexOf(BLANK, from);
  return octets.subarray(octets.findIndex((octet, at) => at > blank && octet !== BLANK));
}

/**
 * States of the machine that looks for literals: one for each beginning that some of them have, the empty one among them (Aho and
 * Corasick, "Efficient string matching", 1975). An octet takes one look-up in a table.
 *
 * @param ignoreCase letters of ASCII in either case
 */
export function literalStates(literals: readonly Uint8Array[], ignoreCase: boolean): number {
  const sorted = literals
    .map((literal) => Buffer.from(ignoreCase ? literal.map(smallLetter) : literal))
    .sort((a, b) => a.compare(b));
  let states = 1;
  sorted.forEach((literal, at) => {
    const before = sorted[at - 1];
    let shared = 0;
    while (before !== undefined && shared < before.length && before[shared] === literal[shared]) shared += 1;
    states += literal.length - shared;
  });
  return states;
}

function smallLetter(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}
