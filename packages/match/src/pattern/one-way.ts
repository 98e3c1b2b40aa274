import { unsupported } from "./errors.js";
import { addSet, OCTETS, type OctetSet, setsMeet } from "./octet-set.js";
import { alternativesNode, captureNode, type Node, repeatNode, sequenceNode } from "./syntax.js";

/**
 * What an atomic group or a possessive repetition around `node` amounts to without atomic matching: the same with its
 * greedy repetitions possessive, provided that all else in it can match in one way only. A possessive repetition is then
 * proven to be the same as a greedy one when the whole pattern is known (`checkPossessive`).
 *
 * @throws {PalisadeError} `PATTERN_UNSUPPORTED` where that cannot be shown
 */
export function atomicNode(node: Node, source: string, position: number): Node {
  const possessive = possessed(node);
  if (possessive === undefined) {
    throw unsupported(
      source,
      position,
      "atomic matching is taken only where it makes no difference, which cannot be shown here; leave the + or ?> out",
    );
  }
  return possessive;
}

/** `node` with possessive repetitions; undefined where it has choices that are not a repetition's. */
function possessed(node: Node): Node | undefined {
  switch (node.kind) {
    case "empty":
    case "set":
    case "assertion":
      return node;
    case "capture": {
      const body = possessed(node.body);
      return body && captureNode(body, node.group);
    }
    case "sequence": {
      const parts = node.parts.map(possessed);
      return parts.includes(undefined) ? undefined : sequenceNode(parts as Node[]);
    }
    case "alternatives": {
      const branches = node.branches.map(possessed);
      if (branches.includes(undefined) || node.nullable) return undefined;
      return disjoint(node.branches) ? alternativesNode(branches as Node[]) : undefined;
    }
    case "repeat": {
      const body = possessed(node.body);
      if (body === undefined) return undefined;
      if (node.min === node.max) return repeatNode(body, node.min, node.max, "greedy", node.position);
      if (node.how === "lazy" || node.body.nullable) return undefined;
      return repeatNode(body, node.min, node.max, "possessive", node.position);
    }
  }
}

/** Whether no octet can begin two of the branches, so that at most one of them matches. */
function disjoint(branches: readonly Node[]): boolean {
  const seen = new Uint8Array(OCTETS);
  for (const branch of branches) {
    const first = firstOctets(branch);
    if (setsMeet(seen, first)) return false;
    addSet(seen, first);
  }
  return true;
}

/** The octets that a match of `node` can begin with, as if every assertion held. */
export function firstOctets(node: Node): OctetSet {
  const first = new Uint8Array(OCTETS);
  addFirst(node, first);
  return first;
}

function addFirst(node: Node, first: Uint8Array): void {
  switch (node.kind) {
    case "empty":
    case "assertion":
      return;
    case "set":
      addSet(first, node.set);
      return;
    case "capture":
      addFirst(node.body, first);
      return;
    case "repeat":
      if (node.max > 0) addFirst(node.body, first);
      return;
    case "alternatives":
      for (const branch of node.branches) addFirst(branch, first);
      return;
    case "sequence":
      for (const part of node.parts) {
        addFirst(part, first);
        if (!part.nullable) return;
      }
      return;
  }
}
