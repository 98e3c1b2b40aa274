import type { Pace, Sliced } from "../slices.js";
import type { OctetSet } from "./octet-set.js";

/** What a pattern's text says, as a tree. */
export type Node =
  | EmptyNode
  | SetNode
  | AssertionNode
  | SequenceNode
  | AlternativesNode
  | RepeatNode
  | CaptureNode;

/** What is asked of the place between two octets, with the octets on both sides. */
export type Assertion =
  /** `\A`, and `^` without `m`. */
  | "text-start"
  /** `^` with `m`: at the start, and behind a line feed that is not the last octet (pcre2pattern(3), "Circumflex and dollar"). */
  | "line-start"
  /** `\z`. */
  | "text-end"
  /** `\Z`, and `$` without `m`: at the end, and before a line feed that is the last octet. */
  | "text-end-newline"
  /** `$` with `m`. */
  | "line-end"
  /** `\b`. */
  | "word-boundary"
  /** `\B`. */
  | "word-inside";

export interface EmptyNode {
  readonly kind: "empty";
  readonly nullable: true;
}

/** One octet of the set. */
export interface SetNode {
  readonly kind: "set";
  readonly nullable: false;
  readonly set: OctetSet;
}

export interface AssertionNode {
  readonly kind: "assertion";
  readonly nullable: true;
  readonly assertion: Assertion;
}

export interface SequenceNode {
  readonly kind: "sequence";
  readonly nullable: boolean;
  readonly parts: readonly Node[];
}

export interface AlternativesNode {
  readonly kind: "alternatives";
  readonly nullable: boolean;
  readonly branches: readonly Node[];
}

export interface RepeatNode {
  readonly kind: "repeat";
  readonly nullable: boolean;
  readonly body: Node;
  readonly min: number;
  /** `Infinity` without an upper bound. */
  readonly max: number;
  readonly how: "greedy" | "lazy" | "possessive";
  /** Where it stands in the source: for what is said of it if it has to be refused. */
  readonly position: number;
}

export interface CaptureNode {
  readonly kind: "capture";
  readonly nullable: boolean;
  readonly body: Node;
  /** From 1. */
  readonly group: number;
}

export const EMPTY: EmptyNode = { kind: "empty", nullable: true };

export function setNode(set: OctetSet): SetNode {
  return { kind: "set", nullable: false, set };
}

export function assertionNode(assertion: Assertion): AssertionNode {
  return { kind: "assertion", nullable: true, assertion };
}

export function sequenceNode(parts: readonly Node[]): Node {
  if (parts.length === 0) return EMPTY;
  if (parts.length === 1) return parts[0]!;
  return { kind: "sequence", nullable: parts.every((part) => part.nullable), parts };
}

export function alternativesNode(branches: readonly Node[]): Node {
  if (branches.length === 1) return branches[0]!;
  return { kind: "alternatives", nullable: branches.some((branch) => branch.nullable), branches };
}

export function captureNode(body: Node, group: number): CaptureNode {
  return { kind: "capture", nullable: body.nullable, body, group };
}

export function repeatNode(
  body: Node,
  min: number,
  max: number,
  how: RepeatNode["how"],
  position: number,
): RepeatNode {
  return { kind: "repeat", nullable: min === 0 || body.nullable, body, min, max, how, position };
}

/** The nodes of a tree in a list: each before what is inside it, which stands together. From the end on, what is inside a node is met before it. */
export interface NodeList {
  readonly nodes: readonly Node[];
  /** By node: where what is inside it begins. */
  readonly inside: readonly number[];
}

export function* nodeList(root: Node, pace: Pace): Sliced<NodeList> {
  const nodes = [root];
  const inside: number[] = [];
  for (const node of nodes) {
    inside.push(nodes.length);
    if (node.kind === "sequence") for (const part of node.parts) nodes.push(part);
    else if (node.kind === "alternatives") for (const branch of node.branches) nodes.push(branch);
    else if (node.kind === "capture" || node.kind === "repeat") nodes.push(node.body);
    if (pace.isDue(1)) yield pace.turn();
  }
  return { nodes, inside };
}
