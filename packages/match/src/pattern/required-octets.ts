import type { Pace, Sliced } from "../slices.js";
import { ANY, OCTETS, type OctetSet } from "./octet-set.js";
import type { NodeList } from "./syntax.js";

/** Most sets of octets that are named for a pattern. */
export const REQUIRED_SETS_MAX = 4;

/** How much of ordinary text an octet is, in rough parts: what counts is which of two sets is rarer. */
const COMMONNESS = Float64Array.from(ANY, (_, octet) => {
  const letter = octet | 0x20;
  if (octet === 0x20) return 60;
  if (letter >= 0x61 && letter <= 0x7a) return 15;
  if (octet >= 0x30 && octet <= 0x39) return 10;
  return octet > 0x20 && octet < 0x7f ? 2 : 0.1;
});

const WORD_BITS = 32;
const WORDS = OCTETS / WORD_BITS;
const UNITS = new Uint16Array(2 * WORDS);

/** A set of octets as a bit each: of those of the same octets there is one object. */
interface Bits {
  readonly words: Int32Array;
  readonly commonness: number;
}

/** The sets that come up in a pattern. */
class BitsTable {
  /** As lists, since what is known of a part of a pattern is one. */
  readonly #ofSets = new Map<OctetSet, readonly [Bits]>();
  readonly #ofWords = new Map<string, Bits>();

  ofSet(set: OctetSet): readonly [Bits] {
    let known = this.#ofSets.get(set);
    if (known === undefined) {
      const words = new Int32Array(WORDS);
      for (let octet = 0; octet < OCTETS; octet += 1) words[octet >>> 5]! |= set[octet]! << (octet & 31);
      known = [this.ofWords(words)];
      this.#ofSets.set(set, known);
    }
    return known;
  }

  ofWords(words: Int32Array): Bits {
    for (let word = 0; word < WORDS; word += 1) {
      UNITS[2 * word] = words[word]!;
      UNITS[2 * word + 1] = words[word]! >>> 16;
    }
    const key = String.fromCharCode(...UNITS);
    let bits = this.#ofWords.get(key);
    if (bits === undefined) {
      bits = { words, commonness: commonnessOf(words) };
      this.#ofWords.set(key, bits);
    }
    return bits;
  }
}

/**
 * Sets of octets of which every match of a pattern holds at least one octet each: the rarest first, `REQUIRED_SETS_MAX` at most, none that
 * all octets are in.
 */
export function* requiredOctets({ nodes, inside }: NodeList, pace: Pace): Sliced<readonly OctetSet[]> {
  const table = new BitsTable();
  /** By node: sets that differ. */
  const known = new Array<readonly Bits[]>(nodes.length).fill([]);
  for (let index = nodes.length - 1; index >= 0; index -= 1) {
    const node = nodes[index]!;
    const from = inside[index]!;
    if (node.kind === "set") known[index] = table.ofSet(node.set);
    else if (node.kind === "sequence")
      known[index] = yield* sequence(known.slice(from, from + node.parts.length), pace);
    else if (node.kind === "alternatives")
      known[index] = yield* alternatives(known.slice(from, from + node.branches.length), table, pace);
    else if (node.kind === "capture" || (node.kind === "repeat" && node.min > 0)) known[index] = known[from]!;
    if (pace.isDue(WORDS)) yield pace.turn();
  }
  const rarest = [...known[0]!].sort((one, other) => one.commonness - other.commonness);
  const kept: Bits[] = [];
  for (const bits of rarest) {
    if (kept.length === REQUIRED_SETS_MAX) break;
    if (bits.words.some((word) => word !== -1) && !kept.some((other) => isWithin(other, bits)))
      kept.push(bits);
  }
  return kept.map(({ words }) => ANY.map((_, octet) => (words[octet >>> 5]! >>> (octet & 31)) & 1));
}

function* sequence(parts: readonly (readonly Bits[])[], pace: Pace): Sliced<readonly Bits[]> {
  const all = new Set<Bits>();
  for (const sets of parts) {
    for (const bits of sets) all.add(bits);
    if (pace.isDue(WORDS * sets.length)) yield pace.turn();
  }
  return [...all];
}

/** One set of what is rarest in each branch, and sets that all branches have. */
function* alternatives(
  branches: readonly (readonly Bits[])[],
  table: BitsTable,
  pace: Pace,
): Sliced<readonly Bits[]> {
  if (branches.some((sets) => sets.length === 0)) return [];
  const words = new Int32Array(WORDS);
  for (const sets of branches) {
    const { words: rarest } = sets.reduce((best, bits) => (bits.commonness < best.commonness ? bits : best));
    for (let word = 0; word < WORDS; word += 1) words[word]! |= rarest[word]!;
    if (pace.isDue(WORDS + sets.length)) yield pace.turn();
  }
  const found = new Set([table.ofWords(words)]);
  const [first, ...others] = branches;
  for (const bits of first!) {
    let isCommon = true;
    for (const sets of others) {
      isCommon = sets.some((other) => isWithin(other, bits));
      if (pace.isDue(WORDS * sets.length)) yield pace.turn();
      if (!isCommon) break;
    }
    if (isCommon) found.add(bits);
  }
  return [...found];
}

function commonnessOf(words: Int32Array): number {
  let sum = 0;
  for (let octet = 0; octet < OCTETS; octet += 1)
    if (((words[octet >>> 5]! >>> (octet & 31)) & 1) === 1) sum += COMMONNESS[octet]!;
  return sum;
}

/** Whether all that `inner` holds is in `outer`: then a match that has one of `inner` has one of `outer`. */
function isWithin(inner: Bits, outer: Bits): boolean {
  if (inner === outer) return true;
  for (let word = 0; word < WORDS; word += 1)
    if ((inner.words[word]! & ~outer.words[word]!) !== 0) return false;
  return true;
}
