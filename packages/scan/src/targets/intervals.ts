/**
 * Sets of numbers as ascending lists of intervals that neither overlap nor touch. The numbers are IPv4 addresses (as
 * `number`) or IPv6 addresses (as `bigint`): for building a set, not for the path of packets.
 */

/** From the first to the last, both within; never empty. */
export type Interval<T> = readonly [first: T, last: T];

/** How the numbers of a kind are stepped through. */
export interface Step<T> {
  next(value: T): T;
  previous(value: T): T;
}

export const numberStep: Step<number> = {
  next: (value) => value + 1,
  previous: (value) => value - 1,
};

export const bigintStep: Step<bigint> = {
  next: (value) => value + 1n,
  previous: (value) => value - 1n,
};

/** All numbers of the intervals, which come in any order and may overlap. */
export function union<T extends number | bigint>(
  intervals: readonly Interval<T>[],
  step: Step<T>,
): Interval<T>[] {
  const sorted = intervals.toSorted((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0));
  const merged: Interval<T>[] = [];
  for (const [first, last] of sorted) {
    const before = merged.at(-1);
    if (before === undefined || first > step.next(before[1])) merged.push([first, last]);
    else if (last > before[1]) merged[merged.length - 1] = [before[0], last];
  }
  return merged;
}

/** The numbers of `set` that are not in `without`; both as `union` gives them, and so is the result. */
export function subtract<T extends number | bigint>(
  set: readonly Interval<T>[],
  without: readonly Interval<T>[],
  step: Step<T>,
): Interval<T>[] {
  const left: Interval<T>[] = [];
  let at = 0;
  for (const [first, last] of set) {
    while (at < without.length && without[at]![1] < first) at += 1;
    let from = first;
    let whole = false;
    // The last one that cuts this interval may cut the next too, so `at` stays where it is.
    for (let cut = at; cut < without.length && without[cut]![0] <= last; cut += 1) {
      const [cutFirst, cutLast] = without[cut]!;
      if (cutFirst > from) left.push([from, step.previous(cutFirst)]);
      if (cutLast >= last) {
        whole = true;
        break;
      }
      from = step.next(cutLast);
      at = cut;
    }
    if (!whole) left.push([from, last]);
  }
  return left;
}

/** The place in `set`, as `union` gives it, of the first interval that ends with `value` or behind it; its length where none does. */
export function placeOf<T extends number | bigint>(set: readonly Interval<T>[], value: T): number {
  let low = 0;
  let high = set.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (set[middle]![1] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The lowest number of `set`, as `union` gives it, within `first … last`; undefined where there is none. */
export function firstWithin<T extends number | bigint>(
  set: readonly Interval<T>[],
  [first, last]: Interval<T>,
): T | undefined {
  const found = set[placeOf(set, first)];
  if (found === undefined || found[0] > last) return undefined;
  return found[0] > first ? found[0] : first;
}
