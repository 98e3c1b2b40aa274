/**
 * Probes to pairs that have answered, sent once more now and then between the others: that they are answered again shows that the
 * way carries what we send; that fewer of them are than were before, that it does not, whatever else is silent.
 *
 * They decide nothing else: what is known of a pair stays as it is, and nobody waits for them.
 */

/** Pairs that are remembered. */
const PAIRS_MAX = 256;
/** With fewer, each would be asked too often, and what one host does would weigh too much. */
const PAIRS_MIN = 16;
/** One probe in so many, where there are that many in `EVERY_US`; else one in that time, but at most one in `PROBES_MIN`. */
const PROBES_MAX = 256;
const PROBES_MIN = 32;
const EVERY_US = 5_000;
/** A scan of fewer is over before they tell anything. */
const PROBES_FIRST = 1_024;
/** Between two probes to a pair. Linux answers a SYN to a connection that is half open at most every 500 ms (tcp_invalid_ratelimit). */
const PAIR_US = 1_000_000;
/** The least that is waited for an answer, as for whatever is asked again (`Passes`). */
const ANSWER_US_MIN = 20_000;
const VARIATIONS = 4;
/** 2^32 over the golden ratio, by which whole numbers are spread (Knuth, "The Art of Computer Programming", volume 3, §6.4). */
const GOLDEN = 0x9e3779b1;
const NONE = -1;

export class RepeatedProbes {
  /** What `count` counted: probes whose time to be answered is over, and how many of them were. */
  sent = 0;
  answered = 0;
  /** By slot: a pair that has answered; `NONE` where there is none yet. */
  readonly #pairs = new Float64Array(PAIRS_MAX).fill(NONE);
  /** By slot: when the pair was asked again, and whether that is neither answered nor over, or answered. */
  readonly #askedUs = new Float64Array(PAIRS_MAX).fill(Number.NEGATIVE_INFINITY);
  readonly #waits = new Uint8Array(PAIRS_MAX);
  readonly #hasAnswered = new Uint8Array(PAIRS_MAX);
  #known = 0;
  #putAt = 0;
  #nextAt = 0;
  /** Slot of the pair that `next` gave last. */
  #given = 0;
  #waiting = 0;
  #lastProbes = 0;
  #lastUs = 0;

  /** A pair has answered for the first time. */
  remember(pair: number): void {
    const slot = this.#putAt;
    this.#putAt = slot + 1 === PAIRS_MAX ? 0 : slot + 1;
    if (this.#waits[slot] !== 0) return;
    this.#pairs[slot] = pair;
    this.#askedUs[slot] = Number.NEGATIVE_INFINITY;
    if (this.#known < PAIRS_MAX) this.#known += 1;
  }

  /**
   * How many of a batch of so many frames go before one that is repeated; all of them where it is not time for one, and none only
   * in a batch of one. Any place is as likely: what polices the way passes the first frames of a batch, and drops the last.
   *
   * @param probes that have been sent until now
   */
  placeIn(frames: number, probes: number, nowUs: number): number {
    const since = probes - this.#lastProbes;
    if (probes < PROBES_FIRST || since < PROBES_MIN || this.#known < PAIRS_MIN) return frames;
    if (since < PROBES_MAX && nowUs - this.#lastUs < EVERY_US) return frames;
    this.#lastProbes = probes;
    this.#lastUs = nowUs;
    return frames <= 1 ? 0 : 1 + ((Math.imul(probes, GOLDEN) >>> 8) % (frames - 1));
  }

  /** A pair to ask again; -1 where there is none that may be asked. */
  next(nowUs: number): number {
    for (let turn = 0; turn < this.#known; turn += 1) {
      const slot = this.#nextAt;
      this.#nextAt = slot + 1 >= this.#known ? 0 : slot + 1;
      if (this.#waits[slot] !== 0 || nowUs - this.#askedUs[slot]! < PAIR_US) continue;
      this.#given = slot;
      return this.#pairs[slot]!;
    }
    return NONE;
  }

  /** The pair that `next` gave has been asked. */
  asked(nowUs: number): void {
    const slot = this.#given;
    this.#askedUs[slot] = nowUs;
    this.#waits[slot] = 1;
    this.#hasAnswered[slot] = 0;
    this.#waiting += 1;
  }

  /** A pair that had answered before has answered. */
  answer(pair: number): void {
    if (this.#waiting === 0) return;
    const slot = this.#pairs.indexOf(pair);
    if (slot >= 0 && this.#waits[slot] !== 0) this.#hasAnswered[slot] = 1;
  }

  /**
   * Counts into `sent` and `answered` those whose time is over. An answer counts no sooner than silence, or there would seem to be
   * more answers whenever counting has just begun.
   *
   * @param smoothedUs the smoothed round trip and its mean deviation
   */
  count(nowUs: number, smoothedUs: number, variationUs: number): void {
    this.sent = 0;
    this.answered = 0;
    if (this.#waiting === 0) return;
    const leastUs = nowUs - Math.max(ANSWER_US_MIN, smoothedUs + VARIATIONS * variationUs);
    for (let slot = 0; slot < PAIRS_MAX; slot += 1) {
      if (this.#waits[slot] === 0 || this.#askedUs[slot]! > leastUs) continue;
      this.#waits[slot] = 0;
      this.#waiting -= 1;
      this.sent += 1;
      this.answered += this.#hasAnswered[slot]!;
    }
  }

  /** What was asked until now does not count: it was asked at another rate. */
  forget(): void {
    this.#waits.fill(0);
    this.#waiting = 0;
  }
}
