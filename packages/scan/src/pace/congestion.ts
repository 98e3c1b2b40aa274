/**
 * How many probes may be out at once: a congestion window as TCP has it (RFC 5681 §3.1), with nmap's numbers. One for each
 * host, and one for all hosts together; a probe is sent where both have room.
 */
import { assert } from "@palisade/base";

/** Probes that a window starts with, grows to, and where its slow start ends. */
export const WINDOW_PROBES_INITIAL = 10;
export const WINDOW_PROBES_MAX = 300;
export const THRESHOLD_PROBES_INITIAL = 75;
/** Where replies are rare, each counts for as many probes as wait for one, up to this. */
export const REPLY_WEIGHT_MAX = 50;
/** RFC 5681 §3.1, equation 4: the threshold stays at two at least. */
const THRESHOLD_PROBES_MIN = 2;
const GROUP_DIVISOR = 2;

export interface CongestionOptions {
  /** `host`: a loss shuts the window to its least; `group`: to half, since the other hosts had no part in it. */
  readonly of: "host" | "group";
  /** Probes; default 1 and `WINDOW_PROBES_MAX`. Both whole, 1 ≤ least ≤ most. */
  readonly probesMin?: number;
  readonly probesMax?: number;
  /** Growth in a round trip past slow start, in probes; default 1. */
  readonly increment?: number;
  /** What the probes that are out are divided by to make the threshold after a loss; default 3/2. */
  readonly thresholdDivisor?: number;
}

export class CongestionWindow {
  readonly #probesMin: number;
  readonly #probesMax: number;
  readonly #increment: number;
  readonly #thresholdDivisor: number;
  readonly #isGroup: boolean;
  #probes: number;
  #threshold = THRESHOLD_PROBES_INITIAL;
  #expected = 0;
  #received = 0;
  #droppedUs = Number.NEGATIVE_INFINITY;

  /** @throws {AssertionFailure} where the options are out of range */
  constructor(options: CongestionOptions) {
    this.#probesMin = options.probesMin ?? 1;
    this.#probesMax = Math.max(this.#probesMin, options.probesMax ?? WINDOW_PROBES_MAX);
    this.#increment = options.increment ?? 1;
    this.#thresholdDivisor = options.thresholdDivisor ?? 3 / 2;
    assert(this.#probesMin >= 1, "congestion: a window holds one probe at least");
    assert(
      options.probesMax === undefined || options.probesMax >= this.#probesMin,
      "congestion: least ≤ most",
    );
    assert(this.#increment > 0 && this.#thresholdDivisor >= 1, "congestion: growth and divisor in range");
    this.#isGroup = options.of === "group";
    this.#probes = this.#bounded(WINDOW_PROBES_INITIAL);
  }

  /** Probes that may be out: whole, between least and most. */
  get probes(): number {
    return Math.floor(this.#probes);
  }

  /** Probes at which slow start ends. */
  get threshold(): number {
    return this.#threshold;
  }

  /** Probes that may be sent now. */
  room(probesOut: number): number {
    return Math.max(0, this.probes - probesOut);
  }

  /** A probe was answered: the window grows. */
  answered(): void {
    this.#expected += 1;
    this.#received += 1;
    const weight = Math.min(this.#expected / this.#received, REPLY_WEIGHT_MAX);
    if (this.#probes < this.#threshold) {
      // Slow start: one more for each reply, not past the threshold.
      this.#probes = this.#bounded(Math.min(this.#probes + weight, this.#threshold));
    } else {
      this.#probes = this.#bounded(this.#probes + (this.#increment / this.#probes) * weight);
    }
  }

  /** A probe was given up, and nothing says that it was lost: filters are silent too. */
  unanswered(): void {
    this.#expected += 1;
  }

  /**
   * A probe was lost: it was answered only when sent again. Losses of probes that were out at the last reduction are of the
   * same congestion, and reduce nothing more (RFC 5681 §3.2, RFC 6582).
   *
   * @param probesOut when it was noticed
   * @param sentUs when the lost probe was sent
   * @returns whether the window was reduced
   */
  lost(probesOut: number, sentUs: number, nowUs: number): boolean {
    if (sentUs <= this.#droppedUs) return false;
    this.#droppedUs = nowUs;
    this.#threshold = Math.max(probesOut / this.#thresholdDivisor, THRESHOLD_PROBES_MIN);
    this.#probes = this.#isGroup ? this.#bounded(this.#probes / GROUP_DIVISOR) : this.#probesMin;
    return true;
  }

  #bounded(probes: number): number {
    return Math.min(this.#probesMax, Math.max(this.#probesMin, probes));
  }
}
