/**
 * Seeded random numbers: the same on every machine, so that a run is repeated from its seed. The generator is sfc32 of
 * Chris Doty-Humphrey's PractRand (public domain): small, fast, and without visible patterns in what a fuzzer draws.
 */
export class Random {
  #a = 0;
  #b: number;
  #c: number;
  #counter = 1;

  /** @param seed and @param stream 32 bits each; every pair is a sequence of its own */
  constructor(seed: number, stream: number) {
    this.#b = seed | 0;
    this.#c = stream | 0;
    for (let round = 0; round < 15; round += 1) this.word();
  }

  /** 32 bits, unsigned. */
  word(): number {
    const sum = (this.#a + this.#b + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum >>> 0;
  }

  /** 0 … bound - 1; 0 where the bound is 0. */
  below(bound: number): number {
    return Math.floor((this.word() / 0x1_0000_0000) * bound);
  }

  /** least … most. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(probability: number): boolean {
    return this.word() < probability * 0x1_0000_0000;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)]!;
  }

  octets(length: number): Uint8Array {
    const octets = new Uint8Array(length);
    for (let at = 0; at < length; at += 1) octets[at] = this.word() >>> 24;
    return octets;
  }

  /** 0 … most, small ones far more often. */
  small(most: number): number {
    return this.below(this.below(this.below(most + 1) + 1) + 1);
  }
}
