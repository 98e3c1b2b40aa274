import { assert } from "@palisade/base";

/**
 * One string of octets, looked for in time linear in what is searched (D. Knuth, J. Morris, V. Pratt, "Fast pattern matching
 * in strings", 1977). A string without octets is found at the start.
 */
export class Needle {
  readonly #octets: Uint8Array;
  /** By octets that matched: how many still match when the next does not. */
  readonly #fail: Int32Array;

  /** @param octets kept: not to be written to afterwards */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#fail = new Int32Array(octets.length + 1);
    borders(octets, 0, octets.length, this.#fail);
  }

  get length(): number {
    return this.#octets.length;
  }

  /** Where in `octets[start … end)` it begins for the first time; -1 where it does not occur. */
  find(octets: Uint8Array, start = 0, end = octets.length): number {
    assert(0 <= start && start <= end && end <= octets.length, "needle: not within the octets");
    return search(octets, start, end, this.#octets, 0, this.#octets.length, this.#fail, 0);
  }

  /**
   * Where it begins next behind `at`, where it was found, before `end`; -1 where it does not. From one to the next no octet is read
   * anew, so that finding all takes time linear in the octets.
   */
  next(octets: Uint8Array, at: number, end: number): number {
    const { length } = this.#octets;
    assert(0 <= at && at + length <= end && end <= octets.length, "needle: it was not found there");
    if (length === 0) return at < end ? at + 1 : -1;
    return search(octets, at + length, end, this.#octets, 0, length, this.#fail, this.#fail[length]!);
  }
}

/** Octets that a gram is of, and bits of the table a gram: of those that the text has not, few pass. */
const GRAM_BYTES = 3;
const BITS_PER_GRAM = 16;
const GRAM_BITS_MAX = 1 << 20;
/** Shorter texts are gone through at once. */
const GRAM_TEXT_BYTES_MIN = 32;

/**
 * One text that others are looked for in: `Needle` the other way round, with memory for the longest that can be in it. Where more than
 * one is looked for, those with a run of three octets that the text has not are told by that.
 */
export class Haystack {
  readonly #octets: Uint8Array;
  readonly #fail: Int32Array;
  /** Bits by hash of the runs that the text has. Made when a second text is looked for. */
  #grams: Uint32Array | undefined;
  #finds = 0;

  /** @param octets kept: not to be written to afterwards */
  constructor(octets: Uint8Array) {
    this.#octets = octets;
    this.#fail = new Int32Array(octets.length + 1);
  }

  /** Where `octets[start … end)` is in the text for the first time; -1 where it is not. Takes time linear in the text. */
  find(octets: Uint8Array, start = 0, end = octets.length): number {
    assert(0 <= start && start <= end && end <= octets.length, "haystack: not within the octets");
    const text = this.#octets;
    if (end - start > text.length) return -1;
    if (text.length >= GRAM_TEXT_BYTES_MIN && !this.#mayHold(octets, start, end)) return -1;
    borders(octets, start, end, this.#fail);
    return search(text, 0, text.length, octets, start, end, this.#fail, 0);
  }

  #mayHold(octets: Uint8Array, start: number, end: number): boolean {
    this.#finds += 1;
    if (this.#finds === 1) return true;
    const grams = (this.#grams ??= gramsOf(this.#octets));
    const mask = grams.length * 32 - 1;
    for (let at = start; at + GRAM_BYTES <= end; at += 1) {
      const bit = gramHash(octets, at) & mask;
      if (((grams[bit >>> 5]! >>> (bit & 31)) & 1) === 0) return false;
    }
    return true;
  }
}

function gramsOf(text: Uint8Array): Uint32Array {
  let bits = 32;
  while (bits < Math.min(text.length * BITS_PER_GRAM, GRAM_BITS_MAX)) bits *= 2;
  const grams = new Uint32Array(bits >>> 5);
  for (let at = 0; at + GRAM_BYTES <= text.length; at += 1) {
    const bit = gramHash(text, at) & (bits - 1);
    grams[bit >>> 5]! |= 1 << (bit & 31);
  }
  return grams;
}

function gramHash(octets: Uint8Array, at: number): number {
  const gram = octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16);
  // Multiplication mixes upwards: the upper half is taken.
  return Math.imul(gram, 0x9e3779b1) >>> 12;
}

/** For each beginning of `octets[start … end)`: the length of its longest proper beginning that it also ends with. */
function borders(octets: Uint8Array, start: number, end: number, fail: Int32Array): void {
  fail[0] = 0;
  if (end > start) fail[1] = 0;
  let border = 0;
  for (let length = 2; length <= end - start; length += 1) {
    const octet = octets[start + length - 1]!;
    while (border > 0 && octets[start + border] !== octet) border = fail[border]!;
    if (octets[start + border] === octet) border += 1;
    fail[length] = border;
  }
}

/** @param before how many octets of the needle stand directly before `from` already, fewer than all */
function search(
  text: Uint8Array,
  from: number,
  to: number,
  needle: Uint8Array,
  start: number,
  end: number,
  fail: Int32Array,
  before: number,
): number {
  const length = end - start;
  if (length === 0) return from;
  const first = needle[start]!;
  let matched = before;
  for (let at = from; at < to; at += 1) {
    if (matched === 0) {
      const last = to - length;
      while (at <= last && text[at] !== first) at += 1;
      if (at > last) return -1;
    }
    const octet = text[at]!;
    while (matched > 0 && needle[start + matched] !== octet) matched = fail[matched]!;
    if (needle[start + matched] === octet) matched += 1;
    if (matched === length) return at + 1 - length;
  }
  return -1;
}
