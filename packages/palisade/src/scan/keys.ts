/**
 * Keys while a scan runs: p pauses, v tells what is found, any other says how far it is. Only where standard input is a
 * terminal that nothing else is read from.
 */
import type { ReadStream } from "node:tty";

export interface KeyHandlers {
  /** The p key: sending stops or goes on. */
  pause(): void;
  /** The v key. */
  details(): void;
  /** Any other. */
  status(): void;
}

/** Ctrl-C, which a terminal that gives every key does not make a signal of. */
const END_OF_TEXT = "\x03";

export class Keys {
  readonly #input: ReadStream | undefined;
  readonly #onData: (keys: Buffer) => void;

  constructor(enabled: boolean, handlers: KeyHandlers) {
    this.#onData = (keys) => {
      for (const key of keys.toString("latin1")) {
        if (key === END_OF_TEXT) process.kill(process.pid, "SIGINT");
        else if (key === "p" || key === "P") handlers.pause();
        else if (key === "v" || key === "V") handlers.details();
        else handlers.status();
      }
    };
    if (!enabled || process.stdin.isTTY !== true || process.stderr.isTTY !== true) return;
    this.#input = process.stdin;
    this.#input.setRawMode(true);
    this.#input.on("data", this.#onData);
    // A terminal that goes away says so by a signal, and by an error here.
    this.#input.on("error", () => this.close());
  }

  get areRead(): boolean {
    return this.#input !== undefined;
  }

  /** Leaves the terminal as it was. */
  close(): void {
    if (this.#input === undefined) return;
    this.#input.off("data", this.#onData);
    try {
      this.#input.setRawMode(false);
    } catch {
      // The terminal is gone.
    }
    this.#input.pause();
  }
}
