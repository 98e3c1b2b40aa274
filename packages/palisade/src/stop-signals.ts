import { closeSync } from "node:fs";
import { isatty } from "node:tty";
import { EXIT_DONE, EXIT_HUNG_UP, EXIT_INTERRUPTED, EXIT_TERMINATED } from "./exit-status.js";
import { outliveStandardOutput } from "./output.js";

const STATUSES = { SIGINT: EXIT_INTERRUPTED, SIGTERM: EXIT_TERMINATED, SIGHUP: EXIT_HUNG_UP } as const;
type StopSignal = keyof typeof STATUSES;
const STANDARD_FILES = [0, 1, 2] as const;
const SIGNALS = Object.keys(STATUSES) as readonly StopSignal[];

/** Lets SIGINT, SIGTERM and SIGHUP end a run in order: the first aborts `signal`, a second ends the process at once. */
export class StopSignals {
  readonly #controller = new AbortController();
  /** Standard input, output and error, as far as a terminal is there. */
  readonly #terminals = STANDARD_FILES.filter((file) => isatty(file));
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
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
  }

  /** Leaves signals to the system again. */
  ignore(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
  }

  readonly #onSignal = (signal: NodeJS.Signals): void => {
    // A second signal finds nobody here, and ends the process at once.
    this.ignore();
    if (signal === "SIGHUP") this.#outliveTerminal();
    this.#status = STATUSES[signal as StopSignal];
    this.#controller.abort();
  };

  /**
   * The terminal is gone: what cannot be written there any more is not to keep files from being. A shell that ends and the kernel may both
   * say so, one after the other.
   */
  #outliveTerminal(): void {
    process.on("SIGHUP", () => {});
    outliveStandardOutput();
    process.stderr.on("error", () => {});
    // Node aborts at its end where it cannot give a terminal its modes back; one that is closed it passes over.
    process.on("exit", () => {
      for (const file of this.#terminals) if (!isatty(file)) closeSync(file);
    });
  }
}
