/**
 * A rate that finds out what the way carries: additive increase, multiplicative decrease (Chiu and Jain, 1989). What counts as
 * loss is only what shows that we are too fast: our own ring that dropped, a queue that refused packets (ENOBUFS), and canaries,
 * probes to ports that are known to answer, of which fewer answer than before.
 */
import { assert } from "@palisade/base";

const SECOND_US = 1_000_000;
/** After a loss the rate is this part of itself. */
const DECREASE = 1 / 2;
/** In a second without loss the rate grows by this part of the most: from a half to the whole in two. */
const INCREASE_PER_SECOND = 1 / 4;
/** Losses within this time of a decrease are of the same excess, whose packets are still on the way. */
const HOLD_US = 100_000;
/** Canaries that are sent before their answers are counted: of fewer, one that is lost by chance would weigh too much. */
const CANARIES_MIN = 16;
/** How much the part that is answered may fall short of the usual before it counts as loss. */
const RATIO_TOLERANCE = 0.1;
/** How fast the usual follows what is seen to be less, lest a host that went away slow us for good. */
const USUAL_SMOOTHING = 1 / 8;

/** What happened since the last time: whole numbers, none negative. */
export interface LossSignals {
  /** Packets that our own receive ring dropped. */
  readonly ringDropped: number;
  /** Packets that the device's queue refused. */
  readonly refused: number;
  /** Canaries whose time to answer is over, and how many of them did. */
  readonly canariesSent: number;
  readonly canariesAnswered: number;
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
  #canariesSent = 0;
  #canariesAnswered = 0;
  /** The part of canaries that usually answers; below 0 before it is known. */
  #usual = -1;

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
    const canariesFell = this.#countCanaries(signals);
    const isHeld = nowUs - this.#slowedUs < HOLD_US;
    if (signals.ringDropped > 0 || signals.refused > 0 || canariesFell) {
      if (!isHeld) {
        this.#rate = Math.max(this.#least, this.#rate * DECREASE);
        this.#slowedUs = nowUs;
      }
      return this.#rate;
    }
    if (!isHeld) {
      const increase = (this.#most * INCREASE_PER_SECOND * elapsedUs) / SECOND_US;
      this.#rate = Math.min(this.#most, this.#rate + increase);
    }
    return this.#rate;
  }

  /** Whether fewer canaries answer than usual, once enough were sent to say. */
  #countCanaries({ canariesSent, canariesAnswered }: LossSignals): boolean {
    this.#canariesSent += canariesSent;
    this.#canariesAnswered += canariesAnswered;
    if (this.#canariesSent < CANARIES_MIN) return false;
    const ratio = this.#canariesAnswered / this.#canariesSent;
    this.#canariesSent = 0;
    this.#canariesAnswered = 0;
    if (ratio >= this.#usual) {
      this.#usual = ratio;
      return false;
    }
    const fell = ratio < this.#usual - RATIO_TOLERANCE;
    this.#usual += (ratio - this.#usual) * USUAL_SMOOTHING;
    return fell;
  }
}
