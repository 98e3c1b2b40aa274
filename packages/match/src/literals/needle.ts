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

/** One text that others are looked for in: `Needle` the other way round, with memory for the longest that can be in it. */
export class Haystack {
  readonly #octets: Uint8Array;
  readonly #fail: Int32Array;

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
    borders(octets, start, end, this.#fail);
    return search(text, 0, text.length, octets, start, end, this.#fail, 0);
  }
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
