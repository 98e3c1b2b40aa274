import { ANY, addSet, OCTETS, type OctetSet } from "./octet-set.js";
import type { Node } from "./syntax.js";

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

/**
 * Sets of octets of which every match of `root` holds at least one octet each: the rarest first, `REQUIRED_SETS_MAX` at most, none that
 * all octets are in.
 */
export function requiredOctets(root: Node): readonly OctetSet[] {
  const rarest = setsOf(root)
    .map((set) => ({ set, commonness: commonness(set) }))
    .sort((one, other) => one.commonness - other.commonness);
  const kept: OctetSet[] = [];
  for (const { set } of rarest) {
    if (kept.length === REQUIRED_SETS_MAX) break;
    if (set.includes(0) && !kept.some((other) => isWithin(other, set))) kept.push(set);
  }
  return kept;
}

function setsOf(node: Node): readonly OctetSet[] {
  switch (node.kind) {
    case "empty":
    case "assertion":
      return [];
    case "set":
      return [node.set];
    case "capture":
      return setsOf(node.body);
    case "sequence":
      return distinct(node.parts.flatMap(setsOf));
    case "repeat":
      return node.min === 0 ? [] : setsOf(node.body);
    case "alternatives":
      return alternatives(node.branches.map(setsOf));
  }
}

/** One set of what is rarest in each branch, and sets that all branches have. */
function alternatives(branches: readonly (readonly OctetSet[])[]): readonly OctetSet[] {
  if (branches.some((sets) => sets.length === 0)) return [];
  const either = new Uint8Array(OCTETS);
  for (const sets of branches) addSet(either, rarest(sets));
  const [first, ...others] = branches;
  const common = first!.filter((set) => others.every((sets) => sets.some((other) => isWithin(other, set))));
  return distinct([either, ...common]);
}

function rarest(sets: readonly OctetSet[]): OctetSet {
  return sets.reduce((best, set) => (commonness(set) < commonness(best) ? set : best));
}

function distinct(sets: readonly OctetSet[]): readonly OctetSet[] {
  return sets.filter(
    (set, index) => sets.findIndex((other) => isWithin(other, set) && isWithin(set, other)) === index,
  );
}

function commonness(set: OctetSet): number {
  let sum = 0;
  for (let octet = 0; octet < OCTETS; octet += 1) if (set[octet] === 1) sum += COMMONNESS[octet]!;
  return sum;
}

/** Whether all that `inner` holds is in `outer`: then a match that has one of `inner` has one of `outer`. */
function isWithin(inner: OctetSet, outer: OctetSet): boolean {
  for (let octet = 0; octet < OCTETS; octet += 1) if (inner[octet]! > outer[octet]!) return false;
  return true;
}
