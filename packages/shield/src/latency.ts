/** Durations, counted by size: what quantiles of them are, to within 5 %, in memory that does not grow. */

/** Counters for each doubling. */
const STEPS = 16;
/** 1 µs to 2^27 µs, above two minutes: the last counter has all that took longer. */
const DOUBLINGS = 27;

export class Latency {
  readonly #counts = new Uint32Array(STEPS * DOUBLINGS + 1);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** @param ms at or above 0 */
  add(ms: number): void {
    const slot = ms <= 0.001 ? 0 : Math.min(STEPS * DOUBLINGS, Math.floor(Math.log2(ms * 1000) * STEPS));
    this.#counts[slot]! += 1;
    this.#count += 1;
  }

  /** Milliseconds that a share (0 to 1) of all took at most; 0 where there were none. */
  quantile(share: number): number {
    let left = Math.ceil(this.#count * share);
    for (let slot = 0; slot < this.#counts.length; slot += 1) {
      left -= this.#counts[slot]!;
      if (left <= 0) return this.#count === 0 ? 0 : 2 ** ((slot + 0.5) / STEPS) / 1000;
    }
    return 2 ** DOUBLINGS / 1000;
  }

  clear(): void {
    this.#counts.fill(0);
    this.#count = 0;
  }
}
