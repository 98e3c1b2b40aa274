/**
 * The order in which targets are asked: a permutation of 0 … size - 1 that is computed, not stored, so that neighbours in
 * the list are far apart in time and a scan of any length takes no memory for its order.
 *
 * A Feistel network over the smallest power of two that holds `size`, walked until it falls inside: Black and Rogaway,
 * "Ciphers with Arbitrary Finite Domains" (CT-RSA 2002), §3 (cycle walking) and §4 (Feistel). At least half of the domain is
 * inside, so a call walks less than two steps on average. The order is even, not secret: the round function is a mixing of
 * 32-bit integers, no cipher.
 *
 * The halves have at most 24 bits, so everything but taking an index apart is 32-bit integer arithmetic.
 */
import { assert, PalisadeError } from "@palisade/base";

/** Most elements that can be permuted: two halves of 24 bits. */
export const PERMUTATION_SIZE_MAX = 2 ** 48;
/** Most shards that a scan can be cut into. */
export const SHARDS_MAX = 65_536;

/**
 * Halves that are changed, in turn. Four are a permutation that no test of distribution tells from chance where the round
 * function is good (Luby and Rackoff 1988); six make up for one that is only fast and for halves of a few bits.
 */
const ROUNDS = 6;

export class Permutation {
  /** How many elements are permuted: 1 … 2^48. */
  readonly size: number;
  /** What the order follows from: 0 … 2^53 - 1. */
  readonly seed: number;

  readonly #keys: Int32Array;
  /** 2^bits of the right half; the left half is what an index has above it. */
  readonly #rightSize: number;
  /** Its inverse, exact since it is a power of two: a product costs less than a quotient. */
  readonly #leftUnit: number;
  readonly #leftMask: number;
  readonly #rightMask: number;

  /** @throws {AssertionFailure} where `size` is not within 1 … 2^48, or `seed` within 0 … 2^53 - 1 */
  constructor(size: number, seed: number) {
    assert(
      Number.isInteger(size) && size >= 1 && size <= PERMUTATION_SIZE_MAX,
      "a permutation's size is 1 … 2^48",
    );
    assert(Number.isSafeInteger(seed) && seed >= 0, "a permutation's seed is 0 … 2^53 - 1");
    this.size = size;
    this.seed = seed;
    let bits = 0;
    while (2 ** bits < size) bits += 1;
    const rightBits = bits >>> 1;
    this.#rightSize = 2 ** rightBits;
    this.#leftUnit = 2 ** -rightBits;
    this.#rightMask = 2 ** rightBits - 1;
    this.#leftMask = 2 ** (bits - rightBits) - 1;
    this.#keys = new Int32Array(ROUNDS);
    let low = seed | 0;
    let high = Math.floor(seed / 0x1_0000_0000) | 0;
    for (let round = 0; round < ROUNDS; round += 1) {
      // Steps of the golden ratio (Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", 2014).
      low = (low + 0x9e3779b9) | 0;
      high = mix(high + low, round);
      this.#keys[round] = mix(low, high);
    }
  }

  /** The element that is `index`th: a bijection of 0 … size - 1. Allocates nothing. */
  at(index: number): number {
    const keys = this.#keys;
    let value = index;
    do {
      let left = (value * this.#leftUnit) | 0;
      let right = value - left * this.#rightSize;
      for (let round = 0; round < ROUNDS; round += 2) {
        left ^= mix(right, keys[round]!) & this.#leftMask;
        right ^= mix(left, keys[round + 1]!) & this.#rightMask;
      }
      value = left * this.#rightSize + right;
    } while (value >= this.size);
    return value;
  }

  /** Where `value` stands: `indexOf(at(index))` is `index`. Allocates nothing. */
  indexOf(value: number): number {
    const keys = this.#keys;
    let index = value;
    do {
      let left = (index * this.#leftUnit) | 0;
      let right = index - left * this.#rightSize;
      for (let round = ROUNDS - 2; round >= 0; round -= 2) {
        right ^= mix(left, keys[round + 1]!) & this.#rightMask;
        left ^= mix(right, keys[round]!) & this.#leftMask;
      }
      index = left * this.#rightSize + right;
    } while (index >= this.size);
    return index;
  }
}

/** One of several scans that share the work, each on its own machine: the same seed, every `count`th element. */
export interface Shard {
  /** 0 … count - 1; the user counts from 1. */
  readonly index: number;
  readonly count: number;
}

/**
 * The shard that `1/4` names: the first of four.
 *
 * @throws {PalisadeError} `SCAN_SHARD_INVALID`
 */
export function parseShard(text: string): Shard {
  const match = /^([0-9]{1,6})\/([0-9]{1,6})$/.exec(text);
  if (match === null) {
    throw new PalisadeError("SCAN_SHARD_INVALID", `shard "${text}": write which and of how many, as in 1/4`);
  }
  const which = Number(match[1]);
  const count = Number(match[2]);
  if (count < 1 || count > SHARDS_MAX) {
    throw new PalisadeError("SCAN_SHARD_INVALID", `shard "${text}": there can be 1 to ${SHARDS_MAX} shards`);
  }
  if (which < 1 || which > count) {
    throw new PalisadeError("SCAN_SHARD_INVALID", `shard "${text}": the first number is 1 to ${count}`);
  }
  return { index: which - 1, count };
}

/** How many of `size` elements are the shard's. */
export function shardSize(size: number, shard: Shard): number {
  return size <= shard.index ? 0 : Math.floor((size - shard.index - 1) / shard.count) + 1;
}

/** The index, in the order that all shards share, of the shard's `nth` element: those that leave `shard.index` modulo `count`. */
export function shardIndex(shard: Shard, nth: number): number {
  return nth * shard.count + shard.index;
}

/** 32 bits in which each bit of both arguments counts: the finisher of MurmurHash3 (Appleby, public domain), keyed before and between. */
function mix(value: number, key: number): number {
  let hash = value ^ key;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35) + key;
  return hash ^ (hash >>> 16);
}
