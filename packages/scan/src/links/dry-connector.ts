/**
 * Connections that are not made: what a scan would connect to is handed to whoever wants to see it, and nobody answers. Needs no
 * privilege, and takes no socket.
 */
import { type Attempt, type AttemptSource, blankAttempt, type Connector, ERRNO } from "@palisade/link";
import type { FrameRoom } from "./dry-link.js";

/** Takes a connection that would be tried; the attempt is filled anew for each. */
export type AttemptTaker = (attempt: Attempt) => void;

/** Attempts that are handed on before the event loop has its turn. */
const TURN_ATTEMPTS = 64;

export class DryConnector implements Connector {
  readonly name = "dry-run";
  readonly because = undefined;
  readonly inFlightMax = TURN_ATTEMPTS;
  readonly limited = undefined;
  readonly #attempt: AttemptTaker;
  readonly #room: FrameRoom | undefined;

  /** @param room what whoever takes the attempts can do no more of for now. Default: nothing */
  constructor(attempt: AttemptTaker, room?: FrameRoom) {
    this.#attempt = attempt;
    this.#room = room;
  }

  /** Hands on every attempt once, as fast as the source has them; each ends as one that nobody answered. */
  async run(source: AttemptSource, signal: AbortSignal): Promise<void> {
    const attempt = blankAttempt();
    while (!signal.aborted) {
      for (let taken = 0; taken < TURN_ATTEMPTS; taken += 1) {
        const step = source.next(attempt);
        if (step === "done") return;
        if (step === "wait") {
          await new Promise((resolve) => setTimeout(resolve, attempt.waitMs));
          break;
        }
        this.#attempt(attempt);
        source.ended(attempt.token, ERRNO.ETIMEDOUT, 0);
      }
      await new Promise((resolve) => setImmediate(resolve));
      if (this.#room?.isFull() === true) await this.#room.drained();
    }
  }

  close(): void {}
}
