/**
 * How often a scan asks. A second pass, of what has not answered, tells whether anything is lost: where it brings no new
 * answer, silence is one. Where it does, something on the way carries no more than so many answers in a second (routers and
 * hosts limit ICMP errors: RFC 1812 §4.3.2.8), or loses some by chance. Which it is, a slower pass tells: what is limited
 * answers as many again, what is lost by chance fewer. So the next pass asks at most twice as fast as the last was answered, but no
 * more than four times as slowly as that one asked; and where that does not bring half as many answers again, none is slower.
 */

import type { ScanPlan } from "./scan-plan.js";
import type { StateTable } from "./state-table.js";

/** When probes may be sent, by a clock in microseconds. */
export interface Pacer {
  /** Probes that may be sent now. */
  permits(nowUs: number): number;
  spend(probes: number, nowUs: number): void;
  /** Until one more may be sent. */
  waitUs(nowUs: number): number;
  /** Something was lost, by us or on the way. */
  slow(nowUs: number): void;
  /**
   * Of so many probes to pairs that had answered, so many were answered again. Returns whether the rate is another from now on.
   * Default: no such probes are sent.
   */
  readonly repeated?: ((sent: number, answered: number, nowUs: number) => boolean) | undefined;
  /** Not faster than this from now on, as far as the user's least rate leaves it. */
  limit(probesPerSecond: number, nowUs: number): void;
}

/** How long a reply takes at most. */
export interface ReplyTime {
  readonly timeoutUs: number;
  /** What was measured: the smoothed round trip and its mean deviation, in microseconds; undefined before the first reply. */
  readonly smoothedUs?: number | undefined;
  readonly variationUs?: number | undefined;
  /** A reply took so long. */
  measured(roundTripUs: number): void;
}

export interface PassesOptions {
  readonly plan: ScanPlan;
  readonly table: StateTable;
  readonly pacer: Pacer;
  readonly replyTime: ReplyTime;
  /** Passes after the first, at most. */
  readonly retriesMax: number;
  /** Microseconds since the epoch, with the part of a millisecond that there is. */
  readonly nowUs: () => number;
  /** Whether nothing may be sent for now. */
  readonly isHeld?: (() => boolean) | undefined;
  /** Answers until now that slower passes are not made for. Default: none. */
  readonly unwanted?: (() => number) | undefined;
  /** Where a scan that was stopped goes on. */
  readonly from?: ScanPosition | undefined;
}

/** How far a scan has come: whatever stands before it was asked, and has answered or stayed silent. */
export interface ScanPosition {
  /** From 0. */
  readonly pass: number;
  /** Places of the order that the pass is past. */
  readonly place: number;
  /** Answers that the pass brought until then. */
  readonly answers: number;
}

/** Passes that count for nothing because of what could not be asked. */
const REFUSED_PASSES_MAX = 8;
/** What a pass is taken to last at least, so that one of a few probes does not seem to be answered at any rate. */
const PASS_US_MIN = 1_000;
const FASTER_THAN_ANSWERED = 2;
/** A pass asks no more than so many times as slowly as the one before. */
const SLOWER_MOST = 4;
/** Of the answers of a pass, the next must bring so many to show that slowness helps. */
const STILL_LIMITED = 0.5;
/** Passes that count for nothing because they are slower than the one before: from a million probes per second to four. */
const SLOWER_PASSES_MAX = 9;
/** The least that is waited for replies to what was asked before, and how many mean deviations (RFC 6298 §2). */
const REPEATED_US_MIN = 20_000;
const REPEATED_VARIATIONS = 4;
/** Between two places that are remembered with their time. */
const MARK_US = 20_000;
/** Milliseconds between two looks at whether a scan that is held may go on. */
const HELD_MS = 50;

/** Runs passes, and knows how far they have come. */
export class Passes {
  readonly #options: PassesOptions;
  #pass: number;
  /** Answers of the table when the pass began. */
  #before: number;
  #beganUs = 0;
  #sentUs = 0;
  #heldUs = 0;
  /** Of `#before`, those that are not wanted. */
  #unwantedBefore = 0;
  /** Since when nothing may be sent; 0 where it may. */
  #heldSinceUs = 0;
  #refusals = 0;
  /** Answers that the last pass but the first brought; undefined before there was one. */
  #lastAnswers: number | undefined;
  /** The longest that a reply to a probe of this pass could take. */
  #timeoutUs = 0;
  /** Places that were reached, and when: the first is one whose probes have been answered or never will. */
  #marks: { readonly place: number; readonly us: number }[] = [];

  constructor(options: PassesOptions) {
    this.#options = options;
    this.#pass = options.from?.pass ?? 0;
    this.#before = options.table.answered - (options.from?.answers ?? 0);
  }

  /** From 0. */
  get pass(): number {
    return this.#pass;
  }

  /** When the last probe was sent. */
  get sentUs(): number {
    return this.#sentUs;
  }

  /**
   * How long to wait for replies when all of the pass was asked. In a later pass, to what has been silent for a whole pass and its
   * wait, the round trips that were measured are enough: the timer's least time is for what was asked once.
   */
  get quietUs(): number {
    const { timeoutUs, smoothedUs, variationUs = 0 } = this.#options.replyTime;
    if (this.#pass === 0 || smoothedUs === undefined) return timeoutUs;
    return Math.min(timeoutUs, Math.max(REPEATED_US_MIN, smoothedUs + REPEATED_VARIATIONS * variationUs));
  }

  /** Where to go on after a stop at this moment: before the probes whose replies may be under way. */
  get position(): ScanPosition {
    const { table, nowUs } = this.#options;
    this.#forget(nowUs() - this.#timeoutUs);
    return { pass: this.#pass, place: this.#marks[0]?.place ?? 0, answers: table.answered - this.#before };
  }

  /** Probes up to this place of the order were sent. */
  sent(place: number, nowUs: number): void {
    this.#sentUs = nowUs;
    this.#timeoutUs = Math.max(this.#timeoutUs, this.#options.replyTime.timeoutUs);
    const last = this.#marks.at(-1);
    // The end always counts: whoever is waited for there was asked.
    if (last !== undefined && nowUs - last.us < MARK_US && place < this.#options.plan.size) return;
    this.#forget(nowUs - this.#timeoutUs);
    this.#marks.push({ place, us: nowUs });
  }

  /** A pair could not be asked by this machine, for want of ports or memory: it has not been silent. */
  refused(): void {
    this.#refusals += 1;
  }

  /** Milliseconds after which to look again whether something may be sent; 0 where it may. */
  heldMs(): number {
    const { isHeld, nowUs } = this.#options;
    if (isHeld === undefined || !isHeld()) {
      if (this.#heldSinceUs > 0) this.#heldUs += nowUs() - this.#heldSinceUs;
      this.#heldSinceUs = 0;
      return 0;
    }
    if (this.#heldSinceUs === 0) this.#heldSinceUs = nowUs();
    return HELD_MS;
  }

  /**
   * Runs passes until everything has answered, or silence is an answer, or the signal aborts.
   *
   * @param ask asks what has not answered, from a place of the order on, and resolves when the replies would have come
   */
  async run(signal: AbortSignal, ask: (place: number) => Promise<void>): Promise<void> {
    const { plan, table, pacer, retriesMax, nowUs, from } = this.#options;
    let refused = 0;
    let slowed = 0;
    for (let first = from?.place ?? 0; !signal.aborted; first = 0) {
      this.#beganUs = nowUs();
      this.#sentUs = this.#beganUs;
      this.#heldUs = 0;
      this.#refusals = 0;
      this.#timeoutUs = 0;
      this.#marks = [{ place: first, us: this.#beganUs }];
      this.#unwantedBefore = this.#options.unwanted?.() ?? 0;
      await ask(first);
      if (table.answered >= plan.size || signal.aborted) return;
      if (this.#refusals > 0 && refused < REFUSED_PASSES_MAX) {
        refused += 1;
      } else {
        if (this.#pass > 0 && table.answered === this.#before) return;
        if (this.#pass >= retriesMax + slowed) return;
        const slower = this.#pass === 0 ? undefined : this.#slower();
        if (slower !== undefined) {
          pacer.limit(slower, nowUs());
          if (slowed < SLOWER_PASSES_MAX && retriesMax > 1) slowed += 1;
        }
        this.#pass += 1;
      }
      this.#before = table.answered;
    }
  }

  /** Probes per second that the next pass is to ask at most, where it is to be slower than this one was. */
  #slower(): number | undefined {
    const { plan, table } = this.#options;
    const seconds = Math.max(PASS_US_MIN, this.#sentUs - this.#beganUs - this.#heldUs) / 1e6;
    const unwanted = (this.#options.unwanted?.() ?? 0) - this.#unwantedBefore;
    const answers = table.answered - this.#before - unwanted;
    const asked = plan.size - this.#before;
    const last = this.#lastAnswers;
    this.#lastAnswers = answers;
    if (answers === 0) return undefined;
    if (FASTER_THAN_ANSWERED * answers >= asked) return undefined;
    if (last !== undefined && answers < last * STILL_LIMITED) return undefined;
    return Math.max(FASTER_THAN_ANSWERED * answers, asked / SLOWER_MOST) / seconds;
  }

  /** Leaves the latest mark before a time, and those behind it. */
  #forget(us: number): void {
    let passed = 0;
    while (passed + 1 < this.#marks.length && this.#marks[passed + 1]!.us <= us) passed += 1;
    if (passed > 0) this.#marks.splice(0, passed);
  }
}
