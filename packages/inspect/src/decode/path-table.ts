/**
 * Protocol paths as a tree: a node is a layer on top of a path, and its number stands for the whole path.
 *
 * A capture shows a few dozen paths; an attacker who stacks tunnels and tags could make many, so at a bound further ones
 * are their parent. Layers and applications have a bound each: stacked tunnels take no room from applications. Engines that
 * share the work decode the same frames but for plain ones of others, whose paths `enterPlainPaths` has entered in all of
 * them; what they find of applications is that of their own shards only. So the paths of layers are the same in all engines
 * over the same frames.
 */
import { LAYERS_MAX, layerNames } from "./layers.js";

export const PATHS_MAX = 4_096;
/** Of these, paths of layers alone. */
export const LAYER_PATHS_MAX = 2_048;

/** The path of nothing decoded yet. */
export const ROOT_PATH = 0;

/** One table for each engine; nodes of one mean nothing in another. */
export class PathTable {
  /** By node × `LAYERS_MAX` + layer: the child node, 0 where there is none yet. */
  readonly #children: Uint16Array = new Uint16Array(PATHS_MAX * LAYERS_MAX);
  readonly #parents: Uint16Array = new Uint16Array(PATHS_MAX);
  readonly #names: string[] = [""];
  readonly #texts: string[] = [""];
  /** By protocol, then by node. */
  readonly #applications = new Map<string, Uint16Array>();
  /** Paths of layers alone, the root included. */
  #layers = 1;

  get size(): number {
    return this.#names.length;
  }

  /** Whether a further application would be its parent. */
  get applicationsFull(): boolean {
    return this.#names.length - this.#layers >= PATHS_MAX - LAYER_PATHS_MAX;
  }

  /** The node of `layer` on top of `node`. */
  child(node: number, layer: number): number {
    const child = this.#children[node * LAYERS_MAX + layer]!;
    return child !== 0 ? child : this.#add(node, layer);
  }

  /**
   * The node of an application protocol on top of `node`, or `node` where there is no room; for use once per flow, not per
   * packet.
   */
  application(node: number, protocol: string): number {
    let nodes = this.#applications.get(protocol);
    if (nodes === undefined) {
      nodes = new Uint16Array(PATHS_MAX);
      this.#applications.set(protocol, nodes);
    }
    const known = nodes[node]!;
    if (known !== 0) return known;
    if (this.applicationsFull) return node;
    const made = this.#make(node, protocol);
    nodes[node] = made;
    return made;
  }

  /** The node below `node`; `ROOT_PATH` for a first layer. */
  parent(node: number): number {
    return this.#parents[node]!;
  }

  /** Name of the topmost layer: `tcp`. */
  name(node: number): string {
    return this.#names[node]!;
  }

  /** The whole path, outermost first: `eth.ip.tcp`. */
  text(node: number): string {
    return this.#texts[node]!;
  }

  #add(node: number, layer: number): number {
    if (this.#layers >= LAYER_PATHS_MAX) return node;
    this.#layers += 1;
    const made = this.#make(node, layerNames[layer] ?? "unknown");
    this.#children[node * LAYERS_MAX + layer] = made;
    return made;
  }

  #make(parent: number, name: string): number {
    const node = this.#names.length;
    this.#names.push(name);
    this.#texts.push(parent === ROOT_PATH ? name : `${this.#texts[parent]!}.${name}`);
    this.#parents[node] = parent;
    return node;
  }
}
