import type { Pace, Sliced } from "../slices.js";
import { OCTETS, type OctetSet, setSize } from "./octet-set.js";
import type { NodeList, RepeatNode } from "./syntax.js";

/** Strings of which one must be in every match, by alternatives: more of them are not listed. */
export const REQUIRED_STRINGS_MAX = 1024;
/** Strings that what stands one behind the other can make: where there are more, shorter ones are listed. */
export const REQUIRED_PRODUCT_MAX = 64;
/** Longest of those strings, in octets. */
export const REQUIRED_OCTETS_MAX = 64;

/** What it takes to make a string, or to look whether it is there, in units of work. */
const TEXT_UNITS = 16;

/** Octets, a character each, letters of ASCII in their small form: only for as long as they are worked out. */
type Text = string;

/** Strings that differ. */
interface Texts {
  readonly list: readonly Text[];
  /** Octets of the shortest; 0 where there are none. */
  readonly shortest: number;
}

/** What is known of the matches of a part of a pattern. */
interface Known {
  /** All matches, where they are few and short. */
  readonly exact: Texts | undefined;
  /** Strings of which one is in every match. */
  readonly required: Texts | undefined;
}

const NOTHING: Known = { exact: undefined, required: undefined };
const NO_OCTETS: Texts = { list: [""], shortest: 0 };
const EMPTY: Known = { exact: NO_OCTETS, required: undefined };

/**
 * Strings of which one, its letters in either case, is in every match of a pattern: the longest that were found, then the fewest. Undefined
 * where there are none.
 */
export function* requiredStrings(
  { nodes, inside }: NodeList,
  pace: Pace,
): Sliced<readonly Uint8Array[] | undefined> {
  const known = new Array<Known>(nodes.length).fill(NOTHING);
  const ofSets = new Map<OctetSet, Known>();
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const node = nodes[index]!;
    const from = inside[index]!;
    switch (node.kind) {
      case "empty":
      case "assertion":
        known[index] = EMPTY;
        break;
      case "set": {
        let one = ofSets.get(node.set);
        if (one === undefined) {
          one = { exact: textsOf(node.set), required: undefined };
          ofSets.set(node.set, one);
          pace.isDue(2 * OCTETS);
        }
        known[index] = one;
        break;
      }
      case "capture":
        known[index] = known[from]!;
        break;
      case "sequence":
        known[index] = yield* sequence(known.slice(from, from + node.parts.length), pace);
        break;
      case "alternatives":
        known[index] = yield* alternatives(known.slice(from, from + node.branches.length), pace);
        break;
      case "repeat":
        known[index] = yield* repeated(node, known[from]!, pace);
    }
    if (pace.isDue(TEXT_UNITS)) yield pace.turn();
  }
  const { exact, required } = known[0]!;
  const best = better(exact, required);
  return best && (yield* octetsOf(best, pace));
}

function* octetsOf({ list }: Texts, pace: Pace): Sliced<readonly Uint8Array[]> {
  const all: Uint8Array[] = [];
  for (const text of list) {
    const octets = new Uint8Array(text.length);
    for (let at = 0; at < text.length; at += 1) octets[at] = text.charCodeAt(at);
    all.push(octets);
    if (pace.isDue(TEXT_UNITS)) yield pace.turn();
  }
  return all;
}

/** Octets of the longest match of a pattern; undefined where there is no bound. */
export function* longestMatch({ nodes, inside }: NodeList, pace: Pace): Sliced<number | undefined> {
  const longest = new Float64Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const node = nodes[index]!;
    const from = inside[index]!;
    let most = 0;
    if (node.kind === "set") most = 1;
    else if (node.kind === "capture") most = longest[from]!;
    else if (node.kind === "sequence")
      for (let part = 0; part < node.parts.length; part += 1) most += longest[from + part]!;
    else if (node.kind === "alternatives")
      for (let branch = 0; branch < node.branches.length; branch += 1)
        most = Math.max(most, longest[from + branch]!);
    else if (node.kind === "repeat" && longest[from]! > 0 && node.max > 0) most = longest[from]! * node.max;
    longest[index] = most;
    // What is inside a node has been counted.
    if (pace.isDue(2)) yield pace.turn();
  }
  return longest[0] === Number.POSITIVE_INFINITY ? undefined : longest[0]!;
}

function* repeated({ min, max }: RepeatNode, one: Known, pace: Pace): Sliced<Known> {
  if (max === 0) return EMPTY;
  if (min === 0) return max === 1 ? yield* alternatives([one, EMPTY], pace) : NOTHING;
  // As many passes as can tell something, and whatever comes behind them.
  const passes = Math.min(min, REQUIRED_OCTETS_MAX);
  const needed = new Array<Known>(passes).fill(one);
  return yield* sequence(passes === max ? needed : [...needed, NOTHING], pace);
}

function* sequence(parts: readonly Known[], pace: Pace): Sliced<Known> {
  let best: Texts | undefined;
  /** All that the parts since the last one that was too many can be. */
  let run = NO_OCTETS;
  let whole = true;
  for (const { exact, required } of parts) {
    const longer = exact && product(run, exact);
    if (pace.isDue(TEXT_UNITS * (longer?.list.length ?? 1))) yield pace.turn();
    if (longer !== undefined) {
      run = longer;
      continue;
    }
    whole = false;
    best = better(better(best, run), required);
    run = exact ?? NO_OCTETS;
  }
  return whole ? { exact: run, required: undefined } : { exact: undefined, required: better(best, run) };
}

function* alternatives(branches: readonly Known[], pace: Pace): Sliced<Known> {
  const exact = yield* union(
    branches.map((branch) => branch.exact),
    pace,
  );
  const required = yield* union(
    branches.map((branch) => better(branch.exact, branch.required)),
    pace,
  );
  return { exact, required };
}

/** Undefined where one of the lists is, and where there are too many. */
function* union(lists: readonly (Texts | undefined)[], pace: Pace): Sliced<Texts | undefined> {
  if (lists.includes(undefined)) return undefined;
  const all = new Set<Text>();
  let shortest = Number.POSITIVE_INFINITY;
  for (const list of lists as readonly Texts[]) {
    if (list.list.length > 0) shortest = Math.min(shortest, list.shortest);
    for (const text of list.list) all.add(text);
    if (pace.isDue(TEXT_UNITS * list.list.length)) yield pace.turn();
    if (all.size > REQUIRED_STRINGS_MAX) return undefined;
  }
  return { list: [...all], shortest: all.size === 0 ? 0 : shortest };
}

/** All heads with all tails behind them; undefined where these are many or long. */
function product(heads: Texts, tails: Texts): Texts | undefined {
  if (heads.list.length * tails.list.length > REQUIRED_PRODUCT_MAX) return undefined;
  if (heads === NO_OCTETS) return tails;
  const all = new Set<Text>();
  for (const head of heads.list)
    for (const tail of tails.list) {
      const text = head + tail;
      if (text.length > REQUIRED_OCTETS_MAX) return undefined;
      all.add(text);
    }
  return { list: [...all], shortest: all.size === 0 ? 0 : heads.shortest + tails.shortest };
}

/** Of two lists the one that tells more; undefined where neither tells anything, as one that holds an empty string. */
function better(one: Texts | undefined, other: Texts | undefined): Texts | undefined {
  const a = one?.shortest ?? 0;
  const b = other?.shortest ?? 0;
  if (a === 0 && b === 0) return undefined;
  if (a !== b) return a > b ? one : other;
  return one!.list.length <= other!.list.length ? one : other;
}

/** Those of one octet that are in a set; undefined where these are many. */
function textsOf(set: OctetSet): Texts | undefined {
  if (setSize(set) > REQUIRED_PRODUCT_MAX) return undefined;
  const list: Text[] = [];
  for (let octet = 0; octet < OCTETS; octet += 1) {
    if (set[octet] === 0) continue;
    const isUpper = octet >= 0x41 && octet <= 0x5a;
    if (!isUpper || set[octet | 0x20] === 0) list.push(String.fromCharCode(isUpper ? octet | 0x20 : octet));
  }
  return { list, shortest: Math.min(list.length, 1) };
}
