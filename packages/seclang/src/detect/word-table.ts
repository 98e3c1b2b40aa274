/** Words to numbers, looked up in place: what the tokenizer reads is never made into text. */

import { assert } from "@palisade/base";

/** Lower-case ASCII letters of an octet, all others as they are. */
export const LOWER: Uint8Array = new Uint8Array(256).map((_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet,
);

/** Lower-case ASCII words, each with a number above 0; matched without regard to case. */
export class WordTable {
  readonly #mask: number;
  /** Index of a word plus one by slot, 0 where none is. */
  readonly #slots: Uint16Array;
  readonly #texts: Uint8Array;
  /** Where the words lie in `#texts`; word n ends where n + 1 begins. */
  readonly #starts: Uint32Array;
  readonly #values: Uint16Array;
  readonly #longest: number;

  private constructor(words: ReadonlyMap<string, number>) {
    let slots = 4;
    while (slots < words.size * 2) slots *= 2;
    this.#mask = slots - 1;
    this.#slots = new Uint16Array(slots);
    this.#starts = new Uint32Array(words.size + 1);
    this.#values = new Uint16Array([...words.values()]);
    const texts = [...words.keys()];
    this.#texts = new TextEncoder().encode(texts.join(""));
    this.#longest = Math.max(...texts.map((text) => text.length));
    for (const [index, text] of texts.entries()) {
      assert(/^[!-@[-~]+$/.test(text), `a word is lower-case ASCII: ${text}`);
      const start = this.#starts[index]!;
      this.#starts[index + 1] = start + text.length;
      let slot = this.#slotOf(this.#texts, start, start + text.length);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot] = index + 1;
    }
  }

  /** @param groups words separated by white space, by the number that they stand for; one in several groups has all their bits */
  static of(groups: ReadonlyArray<readonly [words: string, value: number]>): WordTable {
    const words = new Map<string, number>();
    for (const [text, value] of groups) {
      assert(value > 0, "0 says that a word is not there");
      for (const word of text.trim().split(/\s+/)) words.set(word, (words.get(word) ?? 0) | value);
    }
    return new WordTable(words);
  }

  /** The number of the word that `octets[start … end)` is; 0: none of them. */
  valueOf(octets: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (length > this.#longest || length === 0) return 0;
    let slot = this.#slotOf(octets, start, end);
    for (;;) {
      const index = this.#slots[slot]! - 1;
      if (index < 0) return 0;
      const from = this.#starts[index]!;
      if (this.#starts[index + 1]! - from === length) {
        let n = 0;
        while (n < length && LOWER[octets[start + n]!] === this.#texts[from + n]) n += 1;
        if (n === length) return this.#values[index]!;
      }
      slot = (slot + 1) & this.#mask;
    }
  }

  #slotOf(octets: Uint8Array, start: number, end: number): number {
    let hash = 0x811c9dc5;
    for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ LOWER[octets[at]!]!, 0x01000193);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}
