import { type Pace, type Sliced, TURN_UNITS } from "./slices.js";

/** Items that are sorted as one; merging them takes it from there. */
const RUN_ITEMS = 128;
/** What a comparison takes, in units of work. */
const COMPARED_UNITS = 16;

/** The items in order, equal ones as they stood. May be interrupted, which the platform's sort may not. */
export function* sorting<T>(
  items: readonly T[],
  compare: (one: T, other: T) => number,
  pace: Pace,
): Sliced<T[]> {
  let sorted: T[] = [];
  for (let from = 0; from < items.length; from += RUN_ITEMS) {
    for (const item of items.slice(from, from + RUN_ITEMS).sort(compare)) sorted.push(item);
    if (pace.isDue(TURN_UNITS)) yield pace.turn();
  }
  for (let run = RUN_ITEMS; run < sorted.length; run *= 2) {
    const merged: T[] = [];
    for (let from = 0; from < sorted.length; from += 2 * run) {
      const middle = Math.min(from + run, sorted.length);
      const end = Math.min(middle + run, sorted.length);
      for (let one = from, other = middle; one < middle || other < end; ) {
        const isOther = one === middle || (other < end && compare(sorted[other]!, sorted[one]!) < 0);
        merged.push(sorted[isOther ? other++ : one++]!);
        if (pace.isDue(COMPARED_UNITS)) yield pace.turn();
      }
    }
    sorted = merged;
  }
  return sorted;
}
