/** For tests of work in slices. */
import type { Sliced } from "./slices.js";

/** The work's result, and the units of each of its turns that says them. */
export function turnsOf<T>(work: Sliced<T>): { readonly result: T; readonly turns: readonly number[] } {
  const turns: number[] = [];
  for (;;) {
    const { done, value } = work.next();
    if (done) return { result: value as T, turns };
    if (value !== undefined) turns.push(value as number);
  }
}
