/**
 * What transformations made of a transaction's values: each step of each chain at most once a value, since chains share what they begin
 * with. Two arenas serve by turns, for a transformation never writes where it reads.
 */
import type { Step } from "../engine/transformation-tree.js";
import type { Transformation } from "../transformations/transformation.js";
import { Arena } from "./arena.js";
import { VOLATILE } from "./values.js";

/** Most results that are kept; when there are more, all are forgotten and made anew where they are needed. */
export const TRANSFORMED_VALUES_MAX = 65_536;
/** Octets of kept results after which all are forgotten. One value's results may take more for as long as it is tested. */
export const TRANSFORMED_BYTES_MAX = 33_554_432;

const INITIAL_SLOTS = 1024;
/** Slots that are kept for the next transaction; more are given back. */
const SLOTS_KEPT_MAX = 16_384;
/** Where a result lies: in the octets that were asked about, or in an arena. */
const GIVEN = 0;
const EVEN = 1;
const ODD = 2;
/** Numbers a slot: generation, value, step, buffer, start, end. */
const SLOT = 6;

export class TransformationCache {
  /** The result of the last call. */
  octets: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** Transformations that ran, for tests and for explanations. */
  applied = 0;
  readonly #even = new Arena();
  readonly #odd = new Arena();
  #slots = new Int32Array(INITIAL_SLOTS * SLOT);
  #generation = 1;
  #kept = 0;
  #buffer = GIVEN;

  /** What a chain makes of `octets[start … end)`: left in `octets`, `start`, `end`, where it holds until the next call. */
  transform(octets: Uint8Array, start: number, end: number, value: number, steps: readonly Step[]): void {
    this.begin(octets, start, end);
    let from = 0;
    if (value !== VOLATILE)
      for (let at = steps.length; at > 0; at -= 1)
        if (this.#load(value, steps[at - 1]!.id, octets)) {
          from = at;
          break;
        }
    const even = this.#even.length;
    const odd = this.#odd.length;
    for (let at = from; at < steps.length; at += 1) this.#step(value, steps[at]!);
    if (value !== VOLATILE) return;
    this.#even.length = even;
    this.#odd.length = odd;
  }

  /** Begins to go through a chain step by step. */
  begin(octets: Uint8Array, start: number, end: number): void {
    if (this.#even.length + this.#odd.length > TRANSFORMED_BYTES_MAX || this.#kept > TRANSFORMED_VALUES_MAX)
      this.#forget();
    this.octets = octets;
    this.start = start;
    this.end = end;
    this.#buffer = GIVEN;
  }

  /** Goes on by a step; whether it changed anything. */
  next(given: Uint8Array, value: number, step: Step): boolean {
    const { octets, start, end } = this;
    if (value === VOLATILE || !this.#load(value, step.id, given)) this.#step(value, step);
    return !sameOctets(octets, start, end, this.octets, this.start, this.end);
  }

  reset(): void {
    this.#forget();
    if (this.#slots.length > SLOTS_KEPT_MAX * SLOT) this.#slots = new Int32Array(INITIAL_SLOTS * SLOT);
    this.#even.reset();
    this.#odd.reset();
    this.octets = this.#even.octets;
    this.start = 0;
    this.end = 0;
    this.applied = 0;
  }

  #step(value: number, { id, transformation }: Step): void {
    if (mayChange(transformation, this.octets, this.start, this.end)) this.#apply(transformation);
    if (value !== VOLATILE) this.#store(value, id);
  }

  #apply(transformation: Transformation): void {
    const { octets, start, end } = this;
    const isEven = octets === this.#even.octets;
    const out = isEven ? this.#odd : this.#even;
    const at = out.reserve(transformation.bytesMax(end - start));
    const length = transformation.apply(octets, start, end, out.octets, at);
    this.applied += 1;
    if (sameOctets(octets, start, end, out.octets, at, at + length)) return;
    out.length = at + length;
    this.octets = out.octets;
    this.start = at;
    this.end = at + length;
    this.#buffer = isEven ? ODD : EVEN;
  }

  #load(value: number, step: number, given: Uint8Array): boolean {
    const slots = this.#slots;
    const mask = slots.length / SLOT - 1;
    for (let slot = mixed(value, step) & mask; ; slot = (slot + 1) & mask) {
      const at = slot * SLOT;
      if (slots[at] !== this.#generation) return false;
      if (slots[at + 1] !== value || slots[at + 2] !== step) continue;
      this.#buffer = slots[at + 3]!;
      this.octets =
        this.#buffer === GIVEN ? given : this.#buffer === EVEN ? this.#even.octets : this.#odd.octets;
      this.start = slots[at + 4]!;
      this.end = slots[at + 5]!;
      return true;
    }
  }

  #store(value: number, step: number): void {
    if (this.#kept * 2 >= this.#slots.length / SLOT) this.#grow();
    this.#put(value, step, this.#buffer, this.start, this.end);
    this.#kept += 1;
  }

  #put(value: number, step: number, buffer: number, start: number, end: number): void {
    const slots = this.#slots;
    const mask = slots.length / SLOT - 1;
    let slot = mixed(value, step) & mask;
    while (slots[slot * SLOT] === this.#generation) slot = (slot + 1) & mask;
    const at = slot * SLOT;
    slots[at] = this.#generation;
    slots[at + 1] = value;
    slots[at + 2] = step;
    slots[at + 3] = buffer;
    slots[at + 4] = start;
    slots[at + 5] = end;
  }

  #grow(): void {
    const old = this.#slots;
    this.#slots = new Int32Array(old.length * 2);
    for (let at = 0; at < old.length; at += SLOT)
      if (old[at] === this.#generation)
        this.#put(old[at + 1]!, old[at + 2]!, old[at + 3]!, old[at + 4]!, old[at + 5]!);
  }

  #forget(): void {
    this.#even.length = 0;
    this.#odd.length = 0;
    this.#kept = 0;
    this.#generation += 1;
    if (this.#generation < 0x7fffffff) return;
    this.#slots.fill(0);
    this.#generation = 1;
  }
}

function mixed(value: number, step: number): number {
  const product = Math.imul(value, 0x9e3779b1) ^ Math.imul(step, 0x85ebca6b);
  return product ^ (product >>> 15);
}

function mayChange({ actsOn }: Transformation, octets: Uint8Array, start: number, end: number): boolean {
  if (actsOn === undefined) return true;
  for (let at = start; at < end; at += 1) if (actsOn[octets[at]!] !== 0) return true;
  return false;
}

/** Whether two runs are of the same octets. */
export function sameOctets(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  if (a === b && aStart === bStart) return true;
  for (let at = aStart, other = bStart; at < aEnd; at += 1, other += 1) if (a[at] !== b[other]) return false;
  return true;
}
