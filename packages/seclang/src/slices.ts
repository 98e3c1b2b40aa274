/** Long work that lets others have their turn: a generator that yields wherever it may be interrupted. */

/** Milliseconds after which work in slices gives way, at the next place where it may be interrupted. */
export const SLICE_MS = 5;

/** Work that may be interrupted where it yields, and returns a `T`. */
export type Sliced<T> = Generator<undefined, T, undefined>;

/** Does the work without a pause. @throws what it throws */
export function atOnce<T>(work: Sliced<T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/** Does the work, and lets the event loop turn after each slice of `SLICE_MS`. @throws what it throws */
export async function inSlices<T>(work: Sliced<T>): Promise<T> {
  for (;;) {
    const until = performance.now() + SLICE_MS;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (performance.now() < until);
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
