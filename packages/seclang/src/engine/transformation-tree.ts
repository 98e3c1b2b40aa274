/**
 * The transformation chains of a rule set as a tree: chains that begin alike share their first steps, and so what those steps made of a
 * value. A step's id and a value's id are the key under which a transaction keeps the result.
 */
import { type Place, ruleError } from "../language/place.js";
import type { Transformation } from "../transformations/transformation.js";

export interface Step {
  /** From 1; by the steps before it and its transformation. */
  readonly id: number;
  readonly transformation: Transformation;
}

interface Node {
  readonly step: Step | undefined;
  readonly children: Map<string, Node>;
}

export class TransformationTree {
  readonly #root: Node = { step: undefined, children: new Map() };
  readonly #transformationOf: (name: string) => Transformation | undefined;
  /** Ids given so far. */
  steps = 0;

  constructor(transformationOf: (name: string) => Transformation | undefined) {
    this.#transformationOf = transformationOf;
  }

  /** The steps of a chain. @throws {PalisadeError} `SECLANG_UNSUPPORTED` where there is no such transformation */
  chain(names: readonly string[], place: Place): Step[] {
    let node = this.#root;
    return names.map((name) => {
      const transformation = this.#transformationOf(name);
      if (transformation === undefined)
        throw ruleError(
          "SECLANG_UNSUPPORTED",
          place,
          `the transformation ${name} is not supported, expected one that is`,
        );
      let child = node.children.get(transformation.name);
      if (child === undefined) {
        this.steps += 1;
        child = { step: { id: this.steps, transformation }, children: new Map() };
        node.children.set(transformation.name, child);
      }
      node = child;
      return child.step!;
    });
  }
}
