/**
 * A rate that finds out what the way carries: additive increase, multiplicative decrease (Chiu and Jain, 1989). What counts as
 * loss is only what shows that we are too fast: our own ring that dropped, a queue that refused packets (ENOBUFS), and fewer
 * answers from those who answered before, which say what is carried (`AnswerRatio`).
 *
 * After the last of these the rate grows slowly at first, since what limits it is likely to be there still, and the faster the
 * longer all is well, as in CUBIC (RFC 9438 §4.2), which knows the rate of the last loss and time alone.
 */
import { assert } from "@palisade/base";

const SECOND_US = 1_000_000;
/** After a loss the rate is this part of itself. */
const DECREASE = 1 / 2;
/** In a second without loss the rate grows by this part of the most: from a half to the whole in two. */
const INCREASE_PER_SECOND = 1 / 4;
/** Losses within this time of a decrease are of the same excess, whose packets are still on the way. */
const HOLD_US = 100_000;
/** Where fewer answered, the part of itself by which the rate grows in the first second, and twice that in the next … */
const INCREASE_GROWING = 1 / 4;
/** A longer time between two calls, of a scan that was held, says nothing of the way. */
const ELAPSED_US_MAX = 1_000_000;

/** What happened since the last time: whole numbers, none negative. */
export interface LossSignals {
  /** Packets that our own receive ring dropped. */
  readonly ringDropped: number;
  /** Packets that the device's queue refused. */
  readonly refused: number;
}

export interface AdaptiveRateOptions {
  /** Packets per second: 0 < least ≤ first ≤ most. `first` is the most by default. */
  readonly packetsPerSecondMin: number;
  readonly packetsPerSecondMax: number;
  readonly packetsPerSecondFirst?: number | undefined;
}

export class AdaptiveRate {
  readonly #least: number;
  readonly #most: number;
  #rate: number;
  #lastUs: number;
  #slowedUs = Number.NEGATIVE_INFINITY;
  /** When fewer answered, until it turned out to be for another reason. */
  #fewerUs: number | undefined;

  /** @throws {AssertionFailure} where the options are not in order */
  constructor(options: AdaptiveRateOptions, nowUs: number) {
    const first = options.packetsPerSecondFirst ?? options.packetsPerSecondMax;
    assert(
      options.packetsPerSecondMin > 0 &&
        options.packetsPerSecondMin <= first &&
        first <= options.packetsPerSecondMax,
      "adaptive rate: 0 < least ≤ first ≤ most",
    );
    this.#least = options.packetsPerSecondMin;
    this.#most = options.packetsPerSecondMax;
    this.#rate = first;
    this.#lastUs = nowUs;
  }

  get packetsPerSecond(): number {
    return this.#rate;
  }

  /**
   * Tells what was lost since the last call, or that nothing was.
   *
   * @returns packets per second from now on
   */
  observe(signals: LossSignals, nowUs: number): number {
    const elapsedUs = Math.max(0, nowUs - this.#lastUs);
    this.#lastUs = Math.max(this.#lastUs, nowUs);
    const isHeld = nowUs - this.#slowedUs < HOLD_US;
    if (signals.ringDropped > 0 || signals.refused > 0) {
      if (!isHeld) {
        this.#rate = Math.max(this.#least, this.#rate * DECREASE);
        this.#slowedUs = nowUs;
      }
      return this.#rate;
    }
    if (!isHeld) {
      this.#rate = Math.min(this.#most, this.#rate + this.#increase(elapsedUs, nowUs));
    }
    return this.#rate;
  }

  /** Another rate from now on: less, because fewer answered, or more, because they do at any rate. */
  set(packetsPerSecond: number, nowUs: number): void {
    const isLess = packetsPerSecond < this.#rate;
    this.#rate = Math.max(this.#least, Math.min(this.#most, packetsPerSecond));
    this.#lastUs = Math.max(this.#lastUs, nowUs);
    this.#fewerUs = isLess ? nowUs : undefined;
  }

  #increase(elapsedUs: number, nowUs: number): number {
    const increase = (this.#most * INCREASE_PER_SECOND * elapsedUs) / SECOND_US;
    if (this.#fewerUs === undefined) return increase;
    const seconds = Math.max(0, nowUs - this.#fewerUs) / SECOND_US;
    const growing =
      (this.#rate * INCREASE_GROWING * seconds * Math.min(ELAPSED_US_MAX, elapsedUs)) / SECOND_US;
    return Math.min(increase, growing);
  }
}
