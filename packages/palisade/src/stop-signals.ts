import { EXIT_DONE, EXIT_INTERRUPTED, EXIT_TERMINATED } from "./exit-status.js";

/** Lets SIGINT and SIGTERM end a run in order: the first aborts `signal`, a second ends the process at once. */
export class StopSignals {
  readonly #controller = new AbortController();
  #status: number = EXIT_DONE;

  constructor() {
    this.#hear();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit status that the signal stands for; `EXIT_DONE` before there was one. */
  get status(): number {
    return this.#status;
  }

  /**
   * Does what may wait without letting signals be seen, such as reading a pipe that nobody writes to: meanwhile they end the
   * process at once.
   */
  whileBlocked<T>(act: () => T): T {
    const isHeard = process.listeners("SIGINT").includes(this.#onSignal);
    this.ignore();
    try {
      return act();
    } finally {
      if (isHeard) this.#hear();
    }
  }

  #hear(): void {
    process.on("SIGINT", this.#onSignal).on("SIGTERM", this.#onSignal);
  }

  /** Leaves signals to the system again. */
  ignore(): void {
    process.off("SIGINT", this.#onSignal).off("SIGTERM", this.#onSignal);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    // A second signal finds nobody here, and ends the process at once.
    this.ignore();
    this.#status = signal === "SIGINT" ? EXIT_INTERRUPTED : EXIT_TERMINATED;
    this.#controller.abort();
  };
}
