/**
 * Time in which a scan is not held: while it is paused, or nobody takes what it finds, no time is over for anybody.
 */

/** Between two looks at whether it is held: as much of a pause may count. */
const LOOK_MS = 50;

export class ActiveTime {
  readonly #isHeld: () => boolean;
  /** Until the last look. */
  #heldMs = 0;
  #heldSinceMs: number | undefined;
  readonly #timer: NodeJS.Timeout;

  /** Runs until `close`. */
  constructor(isHeld: () => boolean) {
    this.#isHeld = isHeld;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
  }

  get isHeld(): boolean {
    this.#look();
    return this.#heldSinceMs !== undefined;
  }

  /** Milliseconds since some moment, without those in which it was held. */
  get nowMs(): number {
    this.#look();
    return (this.#heldSinceMs ?? performance.now()) - this.#heldMs;
  }

  /** Waits while it is held; ends at once when the signal aborts. */
  async held(signal: AbortSignal): Promise<void> {
    while (this.isHeld && !signal.aborted) {
      await new Promise<void>((resolve) => {
        const end = (): void => {
          clearTimeout(timer);
          signal.removeEventListener("abort", end);
          resolve();
        };
        const timer = setTimeout(end, LOOK_MS);
        signal.addEventListener("abort", end, { once: true });
      });
    }
  }

  close(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    if (this.#isHeld()) {
      this.#heldSinceMs ??= performance.now();
    } else if (this.#heldSinceMs !== undefined) {
      this.#heldMs += performance.now() - this.#heldSinceMs;
      this.#heldSinceMs = undefined;
    }
  }
}

/** Aborts its signal when so much active time is over. */
export class Deadline {
  readonly #controller = new AbortController();
  readonly #time: ActiveTime;
  readonly #endMs: number;
  #timer: NodeJS.Timeout | undefined;

  /** @param ms from now on */
  constructor(ms: number, time: ActiveTime) {
    this.#time = time;
    this.#endMs = time.nowMs + ms;
    this.#wait();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** It will not come any more. */
  close(): void {
    clearTimeout(this.#timer);
  }

  #wait(): void {
    const leftMs = this.#endMs - this.#time.nowMs;
    if (leftMs <= 0) {
      this.#controller.abort();
      return;
    }
    const waitMs = this.#time.isHeld ? Math.max(leftMs, LOOK_MS) : leftMs;
    this.#timer = setTimeout(() => this.#wait(), Math.min(TIMER_MS_MAX, Math.ceil(waitMs)));
  }
}

/** Longer ones are none of a timer's: Node takes 2^31 - 1 at most. */
const TIMER_MS_MAX = 86_400_000;
