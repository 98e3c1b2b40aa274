/**
 * Attempts that begin one after the other and may overlap: a silent one holds up the next only for a moment, and yet may still
 * answer. The first that succeeds ends all.
 */

/** Comes to a value, or to undefined when it has failed; ends soon when its signal aborts. What it throws ends the race. */
export type Attempt<T> = (signal: AbortSignal) => Promise<T | undefined>;

export interface RaceOptions {
  /** How long an attempt may be without outcome before the next begins, in ms. */
  readonly staggerMs: number;
  /** Most attempts at once. */
  readonly openMax: number;
  /** The oldest of `openMax` attempts is given up for the next when it has had as long, in ms. */
  readonly leastMs: number;
  /** As many of the first attempts are not given up for others; none unless told, and fewer than `openMax`. */
  readonly patient?: number;
  /** While it is true no attempt begins; those that run go on. */
  readonly isHeld?: () => boolean;
  readonly signal: AbortSignal;
}

/** Between two looks at whether a race that is held may go on, in ms. */
const HELD_MS = 50;

/**
 * @param next the attempt to begin now, undefined when there are none left; asked anew after every failure
 * @throws what an attempt throws while the race is on
 */
export async function race<T>(
  next: () => Attempt<T> | undefined,
  options: RaceOptions,
): Promise<T | undefined> {
  const { staggerMs, openMax, leastMs, signal } = options;
  const patient = Math.min(options.patient ?? 0, openMax - 1);
  const running: {
    readonly controller: AbortController;
    readonly begunMs: number;
    readonly number: number;
  }[] = [];
  let begun = 0;
  let thrown: { readonly error: unknown } | undefined;
  let won: { readonly value: T } | undefined;
  let failed = true;
  let wake: () => void = () => {};
  const onAbort = (): void => wake();
  signal.addEventListener("abort", onAbort, { once: true });

  const begin = (attempt: Attempt<T>): void => {
    const entry = { controller: new AbortController(), begunMs: performance.now(), number: begun++ };
    running.push(entry);
    const end = (): void => {
      const at = running.indexOf(entry);
      if (at >= 0) running.splice(at, 1);
      failed = true;
      wake();
    };
    attempt(entry.controller.signal).then(
      (value) => {
        if (value !== undefined) won ??= { value };
        end();
      },
      (error: unknown) => {
        thrown ??= { error };
        end();
      },
    );
  };

  while (won === undefined && thrown === undefined && !signal.aborted) {
    const now = performance.now();
    const youngest = running.at(-1);
    let waitMs = Number.POSITIVE_INFINITY;
    if (failed || youngest === undefined || now - youngest.begunMs >= staggerMs) {
      const oldest = running.find(({ number }) => number >= patient);
      if (options.isHeld?.() === true) waitMs = HELD_MS;
      else if (running.length >= openMax && oldest !== undefined && now - oldest.begunMs < leastMs) {
        waitMs = leastMs - (now - oldest.begunMs);
      } else {
        const attempt = next();
        if (attempt === undefined) {
          if (running.length === 0) break;
        } else {
          if (running.length >= openMax && oldest !== undefined) {
            running.splice(running.indexOf(oldest), 1);
            oldest.controller.abort();
          }
          failed = false;
          begin(attempt);
          waitMs = staggerMs;
        }
      }
    } else waitMs = staggerMs - (now - youngest.begunMs);
    // Nothing lies between the last look at what has happened and this wait.
    await new Promise<void>((resolve) => {
      const timer =
        waitMs === Number.POSITIVE_INFINITY ? undefined : setTimeout(resolve, Math.max(1, waitMs));
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
  signal.removeEventListener("abort", onAbort);
  for (const { controller } of running) controller.abort();
  if (won === undefined && thrown !== undefined) throw thrown.error;
  return won?.value;
}
