/**
 * How long to wait for a reply: the retransmission timer of RFC 6298 §2, between bounds.
 *
 * Only replies to probes that were sent once are to be measured (§3, Karn's algorithm): of a probe that was sent again nobody
 * knows which one was answered.
 */
import { assert } from "@palisade/base";

/** Bounds of the time to wait, and where it starts, in microseconds: 0 < min ≤ max. */
export interface RttBounds {
  readonly timeoutInitialUs: number;
  readonly timeoutMinUs: number;
  readonly timeoutMaxUs: number;
}

/** RFC 6298 §2: α, β and K. */
const SMOOTHING = 1 / 8;
const VARIATION_SMOOTHING = 1 / 4;
const VARIATIONS = 4;

export class RttEstimator {
  readonly #bounds: RttBounds;
  #smoothedUs = -1;
  #variationUs = 0;
  #timeoutUs: number;

  /** @throws {AssertionFailure} where the bounds are not in order */
  constructor(bounds: RttBounds) {
    assert(
      bounds.timeoutMinUs > 0 && bounds.timeoutMinUs <= bounds.timeoutMaxUs,
      "rtt: the least timeout is above 0 and not above the longest",
    );
    this.#bounds = bounds;
    this.#timeoutUs = this.#bounded(bounds.timeoutInitialUs);
  }

  /** Microseconds to wait for a reply, between the bounds. */
  get timeoutUs(): number {
    return this.#timeoutUs;
  }

  /** The smoothed round trip in microseconds; undefined before the first. */
  get smoothedUs(): number | undefined {
    return this.#smoothedUs < 0 ? undefined : this.#smoothedUs;
  }

  /** How much round trips differ, in microseconds: the smoothed mean deviation. */
  get variationUs(): number {
    return this.#variationUs;
  }

  /** A reply came `rttUs` after its probe. A negative time, of a clock that was put back, counts as 0. */
  measured(rttUs: number): void {
    const measuredUs = Math.max(0, rttUs);
    if (this.#smoothedUs < 0) {
      this.#smoothedUs = measuredUs;
      this.#variationUs = measuredUs / 2;
    } else {
      const deviationUs = Math.abs(this.#smoothedUs - measuredUs);
      this.#variationUs += (deviationUs - this.#variationUs) * VARIATION_SMOOTHING;
      this.#smoothedUs += (measuredUs - this.#smoothedUs) * SMOOTHING;
    }
    this.#timeoutUs = this.#bounded(this.#smoothedUs + VARIATIONS * this.#variationUs);
  }

  #bounded(timeoutUs: number): number {
    return Math.min(this.#bounds.timeoutMaxUs, Math.max(this.#bounds.timeoutMinUs, timeoutUs));
  }
}
