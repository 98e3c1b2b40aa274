/** Which octets a value holds, in two words: octets that no rule tells apart are one class. */
import type { OctetSet } from "@palisade/match";

/** Most classes; octets of further ones share the last, which loses nothing but sharpness. */
const CLASSES_MAX = 64;
const OCTETS = 256;
/** Letters are in every text, so they are one class, and digits another. */
const LETTERS = 0;
const DIGITS = 1;
/** What every value has, one without octets too. */
const PRESENT = 2;
const CLASSES_FIXED = 3;
/** The bit of `low` that is set for every value, and that no octet has. */
export const EVERY_VALUE = 1 << PRESENT;

/** Those of text first: where classes run out, it is between rare ones. */
const BY_FREQUENCY: readonly number[] = Array.from({ length: OCTETS }, (_, octet) => octet).sort(
  (one, other) => Number(isRare(one)) - Number(isRare(other)) || one - other,
);

/** A set of classes: bit `class & 31` of `low` for classes below 32, of `high` for others. */
export interface ClassMask {
  readonly low: number;
  readonly high: number;
}

export class OctetClasses {
  /** By octet: the bit of its class, in one of the two. */
  readonly low = new Int32Array(OCTETS);
  readonly high = new Int32Array(OCTETS);
  readonly #classOf = new Uint8Array(OCTETS);

  /** @param sets what rules and transformations ask of octets */
  constructor(sets: readonly OctetSet[]) {
    const groups = groupsOf(sets);
    const numbers = new Map<number, number>();
    for (const octet of BY_FREQUENCY) {
      const number = fixedClass(octet) ?? this.#numberOf(groups[octet]!, numbers);
      this.#classOf[octet] = number;
      if (number < 32) this.low[octet] = 1 << number;
      else this.high[octet] = 1 << (number & 31);
    }
  }

  /** The classes of a set's octets. */
  maskOf(set: OctetSet, withLetters = true): ClassMask {
    let low = 0;
    let high = 0;
    for (let octet = 0; octet < OCTETS; octet += 1) {
      if (set[octet] === 0 || (!withLetters && this.#classOf[octet] === LETTERS)) continue;
      low |= this.low[octet]!;
      high |= this.high[octet]!;
    }
    return { low, high };
  }

  #numberOf(group: number, numbers: Map<number, number>): number {
    let number = numbers.get(group);
    if (number === undefined) {
      number = Math.min(CLASSES_FIXED + numbers.size, CLASSES_MAX - 1);
      numbers.set(group, number);
    }
    return number;
  }
}

/** By octet a number: the same for octets that no set tells apart. */
function groupsOf(sets: readonly OctetSet[]): Uint8Array {
  const groups = new Uint8Array(OCTETS);
  const numbers = new Int16Array(2 * OCTETS);
  for (const set of sets) {
    numbers.fill(-1);
    let count = 0;
    for (let octet = 0; octet < OCTETS; octet += 1) {
      const key = 2 * groups[octet]! + set[octet]!;
      if (numbers[key]! < 0) numbers[key] = count++;
      groups[octet] = numbers[key]!;
    }
  }
  return groups;
}

/** A number of 16 bits out of a mask, for tables. Twice: a product's bits know nothing of the higher ones of its factors. */
export function mixed(low: number, high: number): number {
  const once = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0x9e3779b1);
  return Math.imul(once ^ (once >>> 15), 0x9e3779b1) >>> 16;
}

function isRare(octet: number): boolean {
  return (octet < 0x20 && octet !== 0x09 && octet !== 0x0a && octet !== 0x0d) || octet > 0x7e;
}

function fixedClass(octet: number): number | undefined {
  const letter = octet | 0x20;
  if (letter >= 0x61 && letter <= 0x7a) return LETTERS;
  return octet >= 0x30 && octet <= 0x39 ? DIGITS : undefined;
}
