import { OCTETS, type OctetSet, setSize } from "./octet-set.js";
import type { Node } from "./syntax.js";

/** Strings of which one must be in every match, by alternatives: more of them are not listed. */
export const REQUIRED_STRINGS_MAX = 1024;
/** Strings that what stands one behind the other can make: where there are more, shorter ones are listed. */
export const REQUIRED_PRODUCT_MAX = 64;
/** Longest of those strings, in octets. */
export const REQUIRED_OCTETS_MAX = 64;

/** Octets, a character each, letters of ASCII in their small form: only for as long as they are worked out. */
type Text = string;

/** What is known of the matches of a part of a pattern. */
interface Known {
  /** All matches, where they are few and short. */
  readonly exact: readonly Text[] | undefined;
  /** Strings of which one is in every match. */
  readonly required: readonly Text[] | undefined;
}

const NOTHING: Known = { exact: undefined, required: undefined };

/**
 * Strings of which one, its letters in either case, is in every match of `root`: the longest that were found, then the fewest. Undefined
 * where there are none.
 */
export function requiredStrings(root: Node): readonly Uint8Array[] | undefined {
  const { exact, required } = known(root);
  return better(exact, required)?.map((text) => Uint8Array.from(text, (octet) => octet.charCodeAt(0)));
}

/** Octets of the longest match of `root`; undefined where there is no bound. */
export function longestMatch(root: Node): number | undefined {
  const longest = longestOf(root);
  return longest === Number.POSITIVE_INFINITY ? undefined : longest;
}

function longestOf(node: Node): number {
  switch (node.kind) {
    case "empty":
    case "assertion":
      return 0;
    case "set":
      return 1;
    case "capture":
      return longestOf(node.body);
    case "sequence":
      return node.parts.reduce((sum, part) => sum + longestOf(part), 0);
    case "alternatives":
      return node.branches.reduce((longest, branch) => Math.max(longest, longestOf(branch)), 0);
    case "repeat": {
      const body = longestOf(node.body);
      return body === 0 || node.max === 0 ? 0 : body * node.max;
    }
  }
}

function known(node: Node): Known {
  switch (node.kind) {
    case "empty":
    case "assertion":
      return { exact: [""], required: undefined };
    case "set":
      return {
        exact: setSize(node.set) <= REQUIRED_PRODUCT_MAX ? texts(node.set) : undefined,
        required: undefined,
      };
    case "capture":
      return known(node.body);
    case "sequence":
      return sequence(node.parts.map(known));
    case "alternatives":
      return alternatives(node.branches.map(known));
    case "repeat": {
      const { body, min, max } = node;
      if (max === 0) return { exact: [""], required: undefined };
      const one = known(body);
      if (min === 0) return max === 1 ? alternatives([one, { exact: [""], required: undefined }]) : NOTHING;
      // As many passes as can tell something, and whatever comes behind them.
      const passes = Math.min(min, REQUIRED_OCTETS_MAX);
      const needed = new Array<Known>(passes).fill(one);
      return sequence(passes === max ? needed : [...needed, NOTHING]);
    }
  }
}

function sequence(parts: readonly Known[]): Known {
  let best: readonly Text[] | undefined;
  /** All that the parts since the last one that was too many can be. */
  let run: readonly Text[] = [""];
  let whole = true;
  for (const { exact, required } of parts) {
    const longer = exact && product(run, exact);
    if (longer !== undefined) {
      run = longer;
      continue;
    }
    whole = false;
    best = better(better(best, run), required);
    run = exact ?? [""];
  }
  return whole ? { exact: run, required: undefined } : { exact: undefined, required: better(best, run) };
}

function alternatives(branches: readonly Known[]): Known {
  const exact = union(branches.map((branch) => branch.exact));
  return { exact, required: union(branches.map((branch) => better(branch.exact, branch.required))) };
}

function union(lists: readonly (readonly Text[] | undefined)[]): readonly Text[] | undefined {
  const all = new Set<Text>();
  for (const list of lists) {
    if (list === undefined) return undefined;
    for (const text of list) all.add(text);
  }
  return all.size <= REQUIRED_STRINGS_MAX ? [...all] : undefined;
}

function product(heads: readonly Text[], tails: readonly Text[]): readonly Text[] | undefined {
  if (heads.length * tails.length > REQUIRED_PRODUCT_MAX) return undefined;
  const all = new Set(heads.flatMap((head) => tails.map((tail) => head + tail)));
  return [...all].some((text) => text.length > REQUIRED_OCTETS_MAX) ? undefined : [...all];
}

/** Of two lists the one that tells more; undefined where neither tells anything, as one that holds an empty string. */
function better(
  one: readonly Text[] | undefined,
  other: readonly Text[] | undefined,
): readonly Text[] | undefined {
  const a = shortest(one);
  const b = shortest(other);
  if (a === 0 && b === 0) return undefined;
  if (a !== b) return a > b ? one : other;
  return one!.length <= other!.length ? one : other;
}

function shortest(list: readonly Text[] | undefined): number {
  return list === undefined || list.length === 0 ? 0 : Math.min(...list.map((text) => text.length));
}

function texts(set: OctetSet): readonly Text[] {
  const all: Text[] = [];
  for (let octet = 0; octet < OCTETS; octet += 1) {
    if (set[octet] === 0) continue;
    const isUpper = octet >= 0x41 && octet <= 0x5a;
    if (!isUpper || set[octet | 0x20] === 0) all.push(String.fromCharCode(isUpper ? octet | 0x20 : octet));
  }
  return all;
}
