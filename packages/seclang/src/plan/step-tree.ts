/** The transformation chains of the rules that are about one source, as a tree: what they begin with in common is done once. */
import type { Step } from "../engine/transformation-tree.js";
import type { Transformation } from "../transformations/transformation.js";
import { addBits, setBit } from "./bits.js";
import { type ClassMask, EVERY_VALUE, mixed, type OctetClasses } from "./octet-classes.js";

/** Reaches that are kept at the root, where each value begins, and at other nodes. Powers of two. */
const REACHES_ROOT = 512;
const REACHES_NODE = 64;

/** How far a value gets in the tree by the octets that it holds. */
export interface Reach {
  /** Rules whose chains leave the value as it is. */
  readonly rules: Uint32Array;
  /** The first nodes on other ways, whose transformations have to be done. */
  readonly next: readonly StepNode[];
}

export interface StepNode {
  /** Of the node's own step; undefined at the root. */
  readonly transformation: Transformation | undefined;
  readonly reaches: Reaches;
  /** Whether the case of letters is changed, and something below can tell. */
  readonly changesCase: boolean;
  /** Whether a step below does otherwise with a letter's other case. */
  readonly readsCase: boolean;
  /** Values that hold none of these octets stay as they are but for the case of letters; all bits where any value may change. */
  readonly acts: ClassMask;
  /** The octets by which values go different ways from here. */
  readonly asks: ClassMask;
  /** Rules whose chain ends here. */
  readonly rules: Uint32Array;
  readonly children: readonly StepNode[];
  /** Those and the rules of all nodes below. */
  readonly rulesBelow: Uint32Array;
  /** Those of all nodes that have the transformation: what it makes of the same octets serves all of them. */
  readonly rulesAlike: Uint32Array;
}

/**
 * Reaches from a node, kept by those octets that the nodes below ask about: a further one takes the place of one that falls on it. Kept by
 * all octets that values hold, they would hardly ever be met again, and what is made for each value is old before it is garbage.
 */
export class Reaches {
  readonly #kept: (Reach | undefined)[];
  readonly #masks: Int32Array;

  constructor(slots: number) {
    this.#kept = new Array<Reach | undefined>(slots).fill(undefined);
    this.#masks = new Int32Array(slots * 2);
  }

  /** From `node`, whose these are, for a value that its chain has made and that holds these octets. */
  of(node: StepNode, holdsLow: number, holdsHigh: number): Reach {
    const low = holdsLow & node.asks.low;
    const high = holdsHigh & node.asks.high;
    const slot = mixed(low, high) & (this.#kept.length - 1);
    const kept = this.#kept[slot];
    if (kept !== undefined && this.#masks[slot * 2] === low && this.#masks[slot * 2 + 1] === high)
      return kept;
    const rules = node.rules.slice();
    const next: StepNode[] = [];
    follow(node, { low, high }, rules, next);
    const reach = { rules, next };
    this.#kept[slot] = reach;
    this.#masks[slot * 2] = low;
    this.#masks[slot * 2 + 1] = high;
    return reach;
  }
}

function follow({ children }: StepNode, held: ClassMask, rules: Uint32Array, next: StepNode[]): void {
  for (const child of children) {
    if (((child.acts.low & held.low) | (child.acts.high & held.high)) !== 0) next.push(child);
    else {
      addBits(rules, child.rules);
      follow(child, held, rules, next);
    }
  }
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
  readonly step: Step | undefined;
  readonly rules: Uint32Array;
  readonly children = new Map<number, Growing>();

  constructor(step: Step | undefined, words: number) {
    this.step = step;
    this.rules = new Uint32Array(words);
  }
}

/** The root, which stands for values as they are. */
export function stepTree(chains: readonly RuleChain[], words: number, classes: OctetClasses): StepNode {
  const root = new Growing(undefined, words);
  for (const { bit, steps, multiMatch } of chains) {
    let node = root;
    for (const step of steps) {
      if (multiMatch) setBit(node.rules, bit);
      let child = node.children.get(step.id);
      if (child === undefined) {
        child = new Growing(step, words);
        node.children.set(step.id, child);
      }
      node = child;
    }
    setBit(node.rules, bit);
  }
  const alike = new Map<Transformation, Uint32Array>();
  gatherAlike(root, alike);
  return finished(root, classes, alike);
}

/** Rules at and below the nodes of each transformation. Returns those of the node itself. */
function gatherAlike(
  { step, rules, children }: Growing,
  alike: Map<Transformation, Uint32Array>,
): Uint32Array {
  const below = rules.slice();
  for (const child of children.values()) addBits(below, gatherAlike(child, alike));
  if (step === undefined) return below;
  const known = alike.get(step.transformation);
  if (known === undefined) alike.set(step.transformation, below.slice());
  else addBits(known, below);
  return below;
}

function finished(
  { step, rules, children }: Growing,
  classes: OctetClasses,
  alike: ReadonlyMap<Transformation, Uint32Array>,
): StepNode {
  const below = [...children.values()].map((child) => finished(child, classes, alike));
  const readsCase = below.some((child) => child.readsCase || child.transformation!.ignoresCase !== true);
  const changesCase = readsCase && step?.transformation.foldsLetters === true;
  const rulesBelow = rules.slice();
  for (const child of below) addBits(rulesBelow, child.rulesBelow);
  return {
    transformation: step?.transformation,
    reaches: new Reaches(step === undefined ? REACHES_ROOT : REACHES_NODE),
    changesCase,
    readsCase,
    acts: step === undefined ? NONE : actsOf(step, classes, changesCase),
    asks: asksOf(below),
    rules,
    children: below,
    rulesBelow,
    rulesAlike: step === undefined ? rulesBelow : alike.get(step.transformation)!,
  };
}

function asksOf(children: readonly StepNode[]): ClassMask {
  // By which every value is met where any value may change.
  let low = EVERY_VALUE;
  let high = 0;
  for (const { acts, asks } of children) {
    if (acts === ALL) continue;
    low |= acts.low | asks.low;
    high |= acts.high | asks.high;
  }
  return { low, high };
}

function actsOf({ transformation }: Step, classes: OctetClasses, changesCase: boolean): ClassMask {
  const { actsOn, foldsLetters } = transformation;
  return actsOn === undefined ? ALL : classes.maskOf(actsOn, foldsLetters !== true || changesCase);
}
