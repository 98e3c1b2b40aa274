/** Long work that lets others have their turn: a generator that yields wherever it may be interrupted. */
import type { Sliced } from "@palisade/match";

export { atOnce, Pace, type Sliced } from "@palisade/match";

/** Milliseconds after which work in slices gives way, at the next place where it may be interrupted. */
export const SLICE_MS = 2;

/**
 * Does the work, and lets the event loop turn after each slice of `SLICE_MS`, the last one too: who does one short work after the other
 * would stop it otherwise.
 *
 * @param signal where it aborts, the work goes no further, and the promise is rejected with its reason
 * @throws what the work throws, by the promise
 */
export async function inSlices<T>(work: Sliced<T>, signal?: AbortSignal): Promise<T> {
  for (;;) {
    signal?.throwIfAborted();
    const until = performance.now() + SLICE_MS;
    let step = work.next();
    while (!step.done && performance.now() < until) step = work.next();
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (step.done) return step.value;
  }
}
