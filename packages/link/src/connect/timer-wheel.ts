/**
 * Deadlines of numbered slots, one each at most: a wheel of buckets of a millisecond (Varghese and Lauck, "Hashed and
 * Hierarchical Timing Wheels", SOSP 1987, scheme 6). To set and to take away costs the same however many there are.
 */

/** About a second goes once round; a deadline further away is looked at once in each round. */
const BUCKETS = 1024;
const NONE = -1;

/** Told of slots whose deadline has passed. The deadline is gone by then; a new one may be set for the same slot only. */
export interface ExpirySink {
  expired(slot: number): void;
}

export class TimerWheel {
  readonly #heads = new Int32Array(BUCKETS).fill(NONE);
  readonly #next: Int32Array;
  readonly #previous: Int32Array;
  /** Tick at which a slot is due; -1 for none. */
  readonly #due: Float64Array;
  /** Ticks up to this one have been walked. */
  #walked: number;
  #count = 0;

  /** For slots 0 … `slots` - 1. Times are milliseconds of a clock that does not go back, now at `nowMs`. */
  constructor(slots: number, nowMs: number) {
    this.#next = new Int32Array(slots).fill(NONE);
    this.#previous = new Int32Array(slots).fill(NONE);
    this.#due = new Float64Array(slots).fill(NONE);
    this.#walked = Math.floor(nowMs);
  }

  /** Sets the deadline of a slot that has none. Fractions of a millisecond are rounded up. */
  set(slot: number, dueMs: number): void {
    const due = Math.max(Math.ceil(dueMs), this.#walked + 1);
    const bucket = due % BUCKETS;
    const head = this.#heads[bucket]!;
    this.#due[slot] = due;
    this.#next[slot] = head;
    this.#previous[slot] = NONE;
    if (head !== NONE) this.#previous[head] = slot;
    this.#heads[bucket] = slot;
    this.#count += 1;
  }

  /** Takes a slot's deadline away, if it has one. */
  clear(slot: number): void {
    const due = this.#due[slot]!;
    if (due < 0) return;
    const next = this.#next[slot]!;
    const previous = this.#previous[slot]!;
    if (next !== NONE) this.#previous[next] = previous;
    if (previous === NONE) this.#heads[due % BUCKETS] = next;
    else this.#next[previous] = next;
    this.#due[slot] = NONE;
    this.#count -= 1;
  }

  /** Tells the slots that are due. @returns how many */
  expire(nowMs: number, sink: ExpirySink): number {
    const now = Math.floor(nowMs);
    const from = Math.max(this.#walked + 1, now - BUCKETS + 1);
    // Before the slots are told: one that sets itself anew must land in a tick that is still to come.
    this.#walked = Math.max(this.#walked, now);
    let expired = 0;
    if (this.#count === 0) return expired;
    for (let tick = from; tick <= now; tick += 1) {
      let slot = this.#heads[tick % BUCKETS]!;
      while (slot !== NONE) {
        const next = this.#next[slot]!;
        if (this.#due[slot]! <= now) {
          this.clear(slot);
          expired += 1;
          sink.expired(slot);
        }
        slot = next;
      }
    }
    return expired;
  }

  /** When to look next: not later than the first deadline, maybe earlier, at most one round away; Infinity without any. */
  nextMs(): number {
    if (this.#count === 0) return Number.POSITIVE_INFINITY;
    for (let ahead = 1; ahead < BUCKETS; ahead += 1) {
      if (this.#heads[(this.#walked + ahead) % BUCKETS] !== NONE) return this.#walked + ahead;
    }
    return this.#walked + BUCKETS;
  }
}
