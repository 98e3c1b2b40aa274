/** Long work that lets others have their turn: a generator that yields wherever it may be interrupted. */

/**
 * Units of work between two places where work that counts may be interrupted, or somewhat more: as many as the last thing takes that is done
 * as one. A unit is a cell that is written, or what takes as long, some ten nanoseconds: a turn takes less than a millisecond.
 */
export const TURN_UNITS = 16_384;

/** Work that may be interrupted where it yields, and returns a `T`. What counts its work yields the units done since the turn before. */
export type Sliced<T> = Generator<number | undefined, T, undefined>;

/** Does the work without a pause. @throws what it throws */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value as T;
  }
}

/** Counts work, so that it is interrupted often enough and no more: `if (pace.isDue(units)) yield pace.turn();` */
export class Pace {
  #units = 0;

  /** Counts what was done. Returns whether a turn is over. */
  isDue(units: number): boolean {
    this.#units += units;
    return this.#units >= TURN_UNITS;
  }

  /** Begins a turn. Returns the units of the one before. */
  turn(): number {
    const units = this.#units;
    this.#units = 0;
    return units;
  }
}
