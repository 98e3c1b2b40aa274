/**
 * Asks hosts that limit their ICMP errors until all of their ports are known, or their silence is an answer: in turn a trial of those
 * that may have had an error left, and a pass over the silent ports of the others, all of these hosts at once. Which hosts these are
 * is told by `LimitedErrors`, how fast they are asked by `LimitedPace`, and why by decision 22.
 */
import type { BatchSender } from "./batch-sender.js";
import { ERROR_US, LimitedErrors, type LimitedErrorsOptions } from "./limited-errors.js";
import type { ProbePath } from "./links/probe-link.js";
import { LimitedPace, type Tally } from "./pace/limited-pace.js";
import type { Pacer, Passes } from "./passes.js";

export interface ErrorLimitOptions {
  /** Whether they are asked as long as it takes; else they are only counted. */
  readonly waits: boolean;
  /** What they are asked by: so many probes per second at most. */
  readonly pacerOf: (probesPerSecondMax: number) => Pacer;
}

/** How far the asking of such hosts is. */
export interface LimitedProgress {
  readonly hosts: number;
  /** Pairs of theirs that were silent when the pass began. */
  readonly silent: number;
  /** What all of them together are expected to give. */
  readonly answersPerSecond: number;
}

export interface LimitedPassesOptions extends ErrorLimitOptions, LimitedErrorsOptions {
  readonly passes: Passes;
  readonly sender: BatchSender<ProbePath>;
  /** What a trial is asked by: as fast as anybody else is. */
  readonly pacer: Pacer;
  /** Microseconds since the epoch, with the part of a millisecond that there is. */
  readonly nowUs: () => number;
  /** Of the whole scan. */
  readonly tally: () => Tally;
  /** Hands the probe of a pair to the sender; false where there is no way to its host. */
  readonly write: (pair: number) => boolean;
  /** Asks the silent pairs of hosts that these passes have (`has`), and waits for the replies. */
  readonly ask: (signal: AbortSignal) => Promise<void>;
}

export class LimitedPasses {
  readonly #options: LimitedPassesOptions;
  readonly #errors: LimitedErrors;
  readonly #pace: LimitedPace;

  /** Looks for such hosts, when all else has been asked. */
  constructor(options: LimitedPassesOptions) {
    this.#options = options;
    this.#errors = new LimitedErrors(options);
    this.#pace = new LimitedPace(options.pacerOf);
  }

  /** Hosts that have not been asked to the end. */
  get hosts(): number {
    return this.#errors.hosts + this.#errors.left;
  }

  get progress(): LimitedProgress {
    const { hosts, silent } = this.#errors;
    return { hosts, silent, answersPerSecond: this.#pace.answersPerSecond };
  }

  /** Whether the pair is one of a host that is asked by these passes. */
  has(pair: number): boolean {
    return this.#errors.has(pair);
  }

  /** A pair that had answered was answered again by an ICMP error: in a trial, that is what counts. */
  answer(pair: number): void {
    this.#errors.answer(pair);
  }

  /** Now and then in a pass: goes on faster where nearly all is answered. */
  look(nowUs: number): void {
    const { sender, tally } = this.#options;
    sender.pacer = this.#pace.faster(tally(), nowUs) ?? sender.pacer;
  }

  /** Runs until no such host is left, or the signal aborts; where nobody waits for them, one trial. */
  async run(signal: AbortSignal): Promise<void> {
    const { waits, passes, sender, tally, nowUs, ask } = this.#options;
    for (;;) {
      await this.#try(signal);
      if (signal.aborted || this.#errors.hosts === 0 || !waits) return;
      sender.pacer = this.#pace.begin(this.#errors.answersPerSecond, tally(), nowUs());
      await passes.another(() => ask(signal));
      if (signal.aborted) return;
      this.#errors.endPass();
    }
  }

  /** Asks each host that is to be tried several times at once what it has refused. */
  async #try(signal: AbortSignal): Promise<void> {
    const { passes, sender, pacer, nowUs, write } = this.#options;
    const errors = this.#errors;
    const probes = errors.trialProbes;
    if (probes === 0) return;
    sender.pacer = pacer;
    let room = 0;
    for (let nth = 0; nth < probes; nth += 1) {
      if (!write(errors.trialPair(nth)) || sender.pending < room) continue;
      if (!sender.send()) await sender.ready(signal);
      if (signal.aborted) return;
      if (sender.isTurnDue(nowUs())) await sender.turn();
      room = await sender.room(signal);
      if (signal.aborted) return;
    }
    await sender.flush(signal);
    const endUs = nowUs() + passes.quietUs;
    await sender.quiet(() => endUs - nowUs(), signal);
    errors.endTrial();
    // What the trial took is given anew, or the next pass would begin in vain.
    const givenUs = nowUs() + ERROR_US;
    if (errors.hosts > 0) await sender.quiet(() => givenUs - nowUs(), signal);
  }
}
