import { PalisadeError } from "@palisade/base";
import { LiteralSet } from "@palisade/match";
import type { Sliced } from "../slices.js";
import { isSpace } from "../transformations/octets.js";
import { argumentError, textOf } from "./argument.js";
import { datasetEntries, fileEntries } from "./lists.js";
import { type Operator, type OperatorKind, slicedKind } from "./operator.js";

const BAR = 0x7c;

/**
 * `@pm`: one of the words of the argument is somewhere in the value, in either case of ASCII's letters. Between bars stand octets
 * in hexadecimal: `A|42 43|D` is `ABCD`, and `|20|` is a blank (reference manual, pm). Bars around anything else stand for themselves.
 */
export const pm: OperatorKind = slicedKind("pm", (argument) => {
  const phrases = phrasesOf(argument);
  if (phrases.length === 0)
    throw argumentError("pm", "no word to look for; write words with blanks between them");
  return anyOf("pm", phrases);
});

/** `@pmFromFile`: as `@pm`, with the lines of the named files, blanks inside them included. Lines that begin with `#` are comments. */
export const pmFromFile: OperatorKind = fromFile("pmFromFile");
/** `@pmf`: `@pmFromFile`. */
export const pmf: OperatorKind = fromFile("pmf");

/** `@pmFromDataset`: as `@pmFromFile`, with the entries that `SecDataset` gave a name. */
export const pmFromDataset: OperatorKind = slicedKind("pmFromDataset", (argument, files) =>
  anyOf("pmFromDataset", datasetEntries("pmFromDataset", argument, files)),
);

function fromFile(name: string): OperatorKind {
  return slicedKind(name, function* (argument, files) {
    return yield* anyOf(name, yield* fileEntries(name, argument, files));
  });
}

/** Of one octet or more each; group 0 is what was found. */
function* anyOf(name: string, entries: readonly Uint8Array[]): Sliced<Operator> {
  const literals = entries.filter((entry) => entry.length > 0);
  const set = yield* setOf(name, literals);
  const work = { steps: 0 };
  return {
    engine: "literals",
    states: set.states,
    work,
    required: { literals, ignoreCase: true },
    test(octets, start, end, captures) {
      const found = set.find(octets, start, end) >= 0;
      work.steps += (found ? set.matchEnd : end) - start;
      if (!found) return false;
      if (captures !== undefined) {
        captures.octets = octets;
        captures.count = 1;
        captures.starts[0] = set.matchStart;
        captures.ends[0] = set.matchEnd;
      }
      return true;
    },
  };
}

function* setOf(name: string, literals: readonly Uint8Array[]): Sliced<LiteralSet> {
  try {
    return yield* LiteralSet.building(literals, { ignoreCase: true });
  } catch (error) {
    if (error instanceof PalisadeError) throw argumentError(name, error.message, error);
    throw error;
  }
}

function phrasesOf(argument: Uint8Array): readonly Uint8Array[] {
  const phrases: Uint8Array[] = [];
  let phrase: number[] = [];
  const finish = (): void => {
    if (phrase.length > 0) phrases.push(Uint8Array.from(phrase));
    phrase = [];
  };
  for (let at = 0; at < argument.length; at += 1) {
    const octet = argument[at]!;
    if (octet === BAR) {
      const close = argument.indexOf(BAR, at + 1);
      const hexadecimal = close < 0 ? undefined : hexadecimalOf(argument.subarray(at + 1, close));
      if (hexadecimal !== undefined) {
        phrase.push(...hexadecimal);
        at = close;
        continue;
      }
    }
    if (isSpace(octet)) finish();
    else phrase.push(octet);
  }
  finish();
  return phrases;
}

/** Pairs of hexadecimal digits, with or without blanks between them; undefined for anything else. */
function hexadecimalOf(octets: Uint8Array): readonly number[] | undefined {
  const text = textOf(octets);
  if (!/^\s*(?:[\da-f]{2}\s*)+$/i.test(text)) return undefined;
  return text
    .replace(/\s/g, "")
    .match(/../g)!
    .map((pair) => Number.parseInt(pair, 16));
}
