/** The transformation chains of the rules that are about one source, as a tree: what they begin with in common is done once. */
import type { Step } from "../engine/transformation-tree.js";
import { setBit } from "./bits.js";
import type { ClassMask, OctetClasses } from "./octet-classes.js";

export interface StepNode {
  /** The chain up to here. */
  readonly path: readonly Step[];
  /** Values that hold none of these octets stay as they are but for the case of letters; all bits where any value may change. */
  readonly acts: ClassMask;
  /** Rules whose chain ends here. */
  readonly rules: Uint32Array;
  readonly children: readonly StepNode[];
  /** As `acts` and `rules`, of the node and all below. */
  readonly actsBelow: ClassMask;
  readonly rulesBelow: Uint32Array;
}

const ALL: ClassMask = { low: -1, high: -1 };
const NONE: ClassMask = { low: 0, high: 0 };

/** A chain, and the bit of the rule that has it. */
export interface RuleChain {
  readonly bit: number;
  readonly steps: readonly Step[];
  /** Whether what each step leaves is tested too. */
  readonly multiMatch: boolean;
}

class Growing {
  readonly path: readonly Step[];
  readonly rules: Uint32Array;
  readonly children = new Map<number, Growing>();

  constructor(path: readonly Step[], words: number) {
    this.path = path;
    this.rules = new Uint32Array(words);
  }
}

/** The root, whose path is empty. */
export function stepTree(chains: readonly RuleChain[], words: number, classes: OctetClasses): StepNode {
  const root = new Growing([], words);
  for (const { bit, steps, multiMatch } of chains) {
    let node = root;
    for (const step of steps) {
      if (multiMatch) setBit(node.rules, bit);
      let child = node.children.get(step.id);
      if (child === undefined) {
        child = new Growing([...node.path, step], words);
        node.children.set(step.id, child);
      }
      node = child;
    }
    setBit(node.rules, bit);
  }
  return finished(root, classes);
}

function finished({ path, rules, children }: Growing, classes: OctetClasses): StepNode {
  const below = [...children.values()].map((child) => finished(child, classes));
  const acts = path.length === 0 ? NONE : actsOf(path.at(-1)!, classes);
  return {
    path,
    acts,
    rules,
    children: below,
    actsBelow: below.reduce((mask, child) => either(mask, child.actsBelow), acts),
    rulesBelow: below.reduce(
      (bits, child) => bits.map((word, at) => word | child.rulesBelow[at]!),
      rules.slice(),
    ),
  };
}

function actsOf({ transformation }: Step, classes: OctetClasses): ClassMask {
  const { actsOn, foldsLetters } = transformation;
  return actsOn === undefined ? ALL : classes.maskOf(actsOn, foldsLetters !== true);
}

function either(one: ClassMask, other: ClassMask): ClassMask {
  return { low: one.low | other.low, high: one.high | other.high };
}

/** How many steps the longest path has. */
export function depth(node: StepNode): number {
  return node.children.reduce((deepest, child) => Math.max(deepest, depth(child)), node.path.length);
}
