/**
 * The pace of a scan: what the user allows, and within it what the way carries.
 *
 * It begins slowly and doubles twice in a round trip, as TCP's slow start does (RFC 5681 §3.1), until something is lost; from then
 * on it halves with each loss of our own, goes down to what is answered where fewer answer (`AnswerRatio`), and grows by steps
 * (`AdaptiveRate`). On a local link that takes milliseconds; where nobody
 * answers, and so no round trip is known, it stays gentle.
 */
import { PalisadeError } from "@palisade/base";
import type { Pacer } from "../passes.js";
import { AdaptiveRate, type LossSignals } from "./adaptive-rate.js";
import { AnswerRatio } from "./answer-ratio.js";
import { TokenBucket } from "./rate.js";

export interface ScanPacerOptions {
  /** Probes per second; 0 < least ≤ most. */
  readonly probesPerSecondMin?: number | undefined;
  readonly probesPerSecondMax?: number | undefined;
  /** Probes per second to begin with, as far as least and most leave it. Default `PROBES_PER_SECOND_FIRST`. */
  readonly probesPerSecondFirst?: number | undefined;
  /** Microseconds between two probes; 0 for none. */
  readonly delayUs?: number | undefined;
  /** The smoothed round trip in microseconds; undefined before the first reply. */
  readonly roundTripUs: () => number | undefined;
  readonly nowUs: number;
}

/** About what a slow line of 10 Mbit/s carries. */
export const PROBES_PER_SECOND_FIRST = 20_000;
/** More than one thread can send. */
export const PROBES_PER_SECOND_MOST = 2_000_000;
const SECOND_US = 1_000_000;
const PROBES_PER_SECOND_LEAST = 100;
/** Hosts that answer once a second are not rare; slower than this, nobody waits for the end. */
const PROBES_PER_SECOND_SLOWEST = 1;
/** Time in which the rate doubles while no round trip is known, and the shortest. */
const DOUBLING_US_UNKNOWN = 100_000;
const DOUBLING_US_MIN = 1_000;
/** A bucket holds a time's worth of probes at its rate, so it is made anew where the rate has changed by more than this part. */
const RATE_CHANGE = 0.1;

const NOTHING_LOST: LossSignals = { ringDropped: 0, refused: 0 };
const LOST: LossSignals = { ...NOTHING_LOST, refused: 1 };

export class ScanPacer implements Pacer {
  /** Undefined where a delay was asked for: that is the pace, and probes are to be few. */
  readonly repeated: Pacer["repeated"];
  readonly #options: ScanPacerOptions;
  readonly #least: number;
  /** What the user asked for at least, or as slow as it may become. */
  readonly #leastAsked: number;
  #most: number;
  #rate: number;
  #bucketRate: number;
  #bucket: TokenBucket;
  /** From the first loss on. */
  #adaptive: AdaptiveRate | undefined;
  #doubledUs: number;
  readonly #ratio: AnswerRatio;
  #probes = 0;

  /** @throws {PalisadeError} `SCAN_RATE_RANGE`, `SCAN_DELAY_RANGE` */
  constructor(options: ScanPacerOptions) {
    this.#options = options;
    const { nowUs, delayUs = 0 } = options;
    const { probesPerSecondMin: least, probesPerSecondMax: most } = options;
    if (least !== undefined && most !== undefined && least > most) {
      throw new PalisadeError(
        "SCAN_RATE_RANGE",
        `a least rate of ${least} and a most of ${most} probes per second cannot both be kept: lower the least`,
      );
    }
    this.#most = most ?? Math.max(PROBES_PER_SECOND_MOST, least ?? 0);
    this.#least = least ?? Math.min(PROBES_PER_SECOND_LEAST, this.#most);
    this.#leastAsked = least ?? PROBES_PER_SECOND_SLOWEST;
    const first = options.probesPerSecondFirst ?? PROBES_PER_SECOND_FIRST;
    this.#rate = Math.max(this.#least, Math.min(first, this.#most));
    this.#bucketRate = this.#rate;
    // The slower of the two: a limit is a limit.
    this.#bucket =
      delayUs > 0
        ? TokenBucket.every(Math.max(delayUs, SECOND_US / this.#most), nowUs)
        : new TokenBucket(this.#rate, nowUs);
    this.#doubledUs = nowUs;
    this.#ratio = new AnswerRatio(nowUs);
    if (delayUs === 0) this.repeated = (...count) => this.#hearRepeated(...count);
  }

  /** Probes per second now. */
  get probesPerSecond(): number {
    return this.#bucket.packetsPerSecond;
  }

  permits(nowUs: number): number {
    if ((this.#options.delayUs ?? 0) === 0) this.#grow(nowUs);
    return this.#bucket.available(nowUs);
  }

  spend(probes: number, nowUs: number): void {
    this.#bucket.take(probes, nowUs);
    this.#probes += probes;
  }

  waitUs(nowUs: number): number {
    return this.#bucket.waitUs(1, nowUs);
  }

  slow(nowUs: number): void {
    if ((this.#options.delayUs ?? 0) > 0) return;
    this.#adaptive ??= this.#adaptiveAt(this.#rate, nowUs);
    this.#setRate(this.#adaptive.observe(LOST, nowUs), nowUs);
  }

  limit(probesPerSecond: number, nowUs: number): void {
    if ((this.#options.delayUs ?? 0) > 0) return;
    this.#most = Math.max(this.#leastAsked, Math.min(this.#most, probesPerSecond));
    const rate = Math.min(this.#rate, this.#most);
    this.#adaptive = this.#adaptiveAt(rate, nowUs);
    this.#setRate(rate, nowUs);
  }

  #hearRepeated(sent: number, answered: number, nowUs: number): boolean {
    const before = this.#rate;
    const rate = this.#ratio.observe({
      sent,
      answered,
      probes: this.#probes,
      rate: before,
      least: Math.min(this.#least, this.#most),
      nowUs,
    });
    if (rate === before) return false;
    this.#adaptive ??= this.#adaptiveAt(before, nowUs);
    this.#adaptive.set(rate, nowUs);
    this.#setRate(this.#adaptive.packetsPerSecond, nowUs);
    return true;
  }

  #adaptiveAt(rate: number, nowUs: number): AdaptiveRate {
    return new AdaptiveRate(
      {
        packetsPerSecondMin: Math.min(this.#least, this.#most),
        packetsPerSecondMax: this.#most,
        packetsPerSecondFirst: rate,
      },
      nowUs,
    );
  }

  #grow(nowUs: number): void {
    if (this.#adaptive !== undefined) {
      this.#setRate(this.#adaptive.observe(NOTHING_LOST, nowUs), nowUs);
      return;
    }
    if (this.#rate >= this.#most) return;
    const roundTripUs = this.#options.roundTripUs();
    const doublingUs =
      roundTripUs === undefined ? DOUBLING_US_UNKNOWN : Math.max(DOUBLING_US_MIN, roundTripUs / 2);
    if (nowUs - this.#doubledUs < doublingUs) return;
    this.#doubledUs = nowUs;
    this.#setRate(Math.min(this.#most, this.#rate * 2), nowUs);
  }

  #setRate(rate: number, nowUs: number): void {
    this.#rate = rate;
    if (Math.abs(rate / this.#bucketRate - 1) <= RATE_CHANGE && rate !== this.#least && rate !== this.#most)
      return;
    if (rate === this.#bucketRate) return;
    const isEmpty = this.#bucket.available(nowUs) < 1;
    this.#bucketRate = rate;
    // What had filled up is given up: a batch's worth, at the rate before. A new bucket's first probe is no gift.
    this.#bucket = new TokenBucket(rate, nowUs);
    if (isEmpty) this.#bucket.take(1, nowUs);
  }
}
