/** Time-outs of all connections by one coarse clock: no timer for each. */

/** Milliseconds between two looks at all deadlines; a time-out comes that much too late at most. */
export const TICK_MS = 250;

/** What ends when its time has come. */
export interface Expiring {
  /** By the clock of `Deadlines.nowMs`; `Infinity` where there is none. */
  deadlineMs: number;
  /** Its deadline has passed, and has been set to `Infinity`. */
  expire(): void;
}

export class Deadlines {
  readonly #clock: () => number;
  readonly #held = new Set<Expiring>();
  #nowMs: number;

  /** @param clock milliseconds that only grow */
  constructor(clock: () => number) {
    this.#clock = clock;
    this.#nowMs = clock();
  }

  /** The time of the last tick, in milliseconds. */
  get nowMs(): number {
    return this.#nowMs;
  }

  add(one: Expiring): void {
    this.#held.add(one);
  }

  delete(one: Expiring): void {
    this.#held.delete(one);
  }

  /** Looks at the clock, and ends whatever is over. */
  tick(): void {
    this.#nowMs = this.#clock();
    for (const one of this.#held) {
      if (one.deadlineMs > this.#nowMs) continue;
      one.deadlineMs = Number.POSITIVE_INFINITY;
      one.expire();
    }
  }
}
