/**
 * How fast probes may leave: buckets of tokens for `--max-rate`, `--min-rate` and `--scan-delay`, and a rate that slows when
 * we lose packets and speeds up again. No clock of its own: each call is told the time, in microseconds of a monotonic clock.
 */
import { assert, PalisadeError } from "@palisade/base";

const SECOND_US = 1_000_000;
/** Fastest rate, above what any port of 100 Gbit/s can carry in the smallest frames. */
export const PACKETS_PER_SECOND_MAX = 150_000_000;
/** Slowest rate: a packet in about eleven days. */
export const PACKETS_PER_SECOND_MIN = 0.000_001;
/** Longest time between two packets, that of the slowest rate, in microseconds. */
export const DELAY_US_MAX = 1_000_000_000_000;
/** Packets that a bucket can hold. */
export const BURST_PACKETS_MAX = 65_536;
/** Default burst: this much time's worth of packets, at least one. */
const BURST_US = 10_000;

/**
 * Packets per time, as a fraction of whole numbers: the rate is `packets / perUs` exactly, so that no error adds up however
 * long a scan lasts.
 */
interface Ratio {
  readonly packets: number;
  readonly perUs: number;
}

/** Packets per second to four significant digits at least; whole rates exactly. */
function ratioOf(packetsPerSecond: number): Ratio {
  if (!(packetsPerSecond >= PACKETS_PER_SECOND_MIN && packetsPerSecond <= PACKETS_PER_SECOND_MAX)) {
    throw new PalisadeError(
      "SCAN_RATE_RANGE",
      `a rate of ${packetsPerSecond} packets per second cannot be kept: use ${PACKETS_PER_SECOND_MIN} to ${PACKETS_PER_SECOND_MAX}`,
    );
  }
  if (Number.isInteger(packetsPerSecond)) return { packets: packetsPerSecond, perUs: SECOND_US };
  // Rounded to the slower side: a limit is a limit.
  if (packetsPerSecond > 1) return { packets: Math.floor(packetsPerSecond * 1000), perUs: SECOND_US * 1000 };
  return { packets: 1, perUs: Math.ceil(SECOND_US / packetsPerSecond) };
}

/**
 * A bucket of tokens, one for each packet, that fills at a rate up to its burst. It starts with one token, not full: a scan
 * begins gently.
 *
 * Never grants more than rate × time + burst over any stretch of time, whatever the order of calls.
 */
export class TokenBucket {
  #packets: number;
  #perUs: number;
  readonly #burst: number;
  /** Tokens times `#perUs`: a whole number, 0 … `#burst × #perUs`. */
  #level: number;
  #lastUs: number;

  /**
   * @param burst most packets at once, 1 … `BURST_PACKETS_MAX`; default what 10 ms bring, at least one
   * @throws {PalisadeError} `SCAN_RATE_RANGE`
   */
  constructor(packetsPerSecond: number, nowUs: number, burst: number = burstOf(packetsPerSecond)) {
    assert(Number.isInteger(burst) && burst >= 1 && burst <= BURST_PACKETS_MAX, "rate: a burst in range");
    const { packets, perUs } = ratioOf(packetsPerSecond);
    this.#packets = packets;
    this.#burst = burst;
    this.#perUs = this.#exact(perUs);
    this.#level = perUs;
    this.#lastUs = Math.floor(nowUs);
  }

  /**
   * One packet each `delayUs`, never two at once: `--scan-delay`.
   *
   * @throws {PalisadeError} `SCAN_DELAY_RANGE` where the delay is not 1 … `DELAY_US_MAX`
   */
  static every(delayUs: number, nowUs: number): TokenBucket {
    if (!(delayUs >= 1 && delayUs <= DELAY_US_MAX)) {
      throw new PalisadeError(
        "SCAN_DELAY_RANGE",
        `a scan delay of ${delayUs} µs cannot be kept: use 1 to ${DELAY_US_MAX}`,
      );
    }
    const bucket = new TokenBucket(1, nowUs, 1);
    bucket.#perUs = Math.ceil(delayUs);
    bucket.#level = bucket.#perUs;
    return bucket;
  }

  get packetsPerSecond(): number {
    return (this.#packets / this.#perUs) * SECOND_US;
  }

  /** Another rate from now on; what has filled up stays. @throws {PalisadeError} `SCAN_RATE_RANGE` */
  setRate(packetsPerSecond: number, nowUs: number): void {
    const { packets, perUs } = ratioOf(packetsPerSecond);
    this.#fill(nowUs);
    if (perUs !== this.#perUs) {
      // One unit less, since floating point may have rounded up.
      this.#level = Math.max(0, Math.floor(this.#level * (perUs / this.#perUs)) - 1);
    }
    this.#packets = packets;
    this.#perUs = this.#exact(perUs);
  }

  /** Whole packets that may leave now; takes nothing. */
  available(nowUs: number): number {
    this.#fill(nowUs);
    return Math.floor(this.#level / this.#perUs);
  }

  /** Takes up to `wanted` packets, and says how many may leave. */
  take(wanted: number, nowUs: number): number {
    const granted = Math.min(Math.max(0, Math.floor(wanted)), this.available(nowUs));
    this.#level -= granted * this.#perUs;
    return granted;
  }

  /** Puts back packets that were taken and did not leave. */
  giveBack(packets: number): void {
    assert(packets >= 0, "rate: only what was taken is given back");
    this.#level = Math.min(this.#burst * this.#perUs, this.#level + packets * this.#perUs);
  }

  /** Microseconds until `packets` may leave together, 0 for now. No more than the burst ever may. */
  waitUs(packets: number, nowUs: number): number {
    assert(packets <= this.#burst, "rate: more than the burst never leaves at once");
    this.#fill(nowUs);
    const missing = packets * this.#perUs - this.#level;
    return missing <= 0 ? 0 : Math.ceil(missing / this.#packets);
  }

  #exact(perUs: number): number {
    assert(Number.isSafeInteger(this.#burst * perUs), "rate: so slow a rate has no such burst");
    return perUs;
  }

  #fill(nowUs: number): void {
    const now = Math.floor(nowUs);
    const elapsedUs = now - this.#lastUs;
    // A time that was told before brings nothing, or going back and forth would make time.
    if (elapsedUs <= 0) return;
    this.#lastUs = now;
    const full = this.#burst * this.#perUs;
    // What is longer than it takes to fill the bucket is not multiplied, so that all numbers stay whole.
    const missingUs = Math.ceil((full - this.#level) / this.#packets);
    this.#level = elapsedUs >= missingUs ? full : this.#level + elapsedUs * this.#packets;
  }
}

function burstOf(packetsPerSecond: number): number {
  const packets = Math.floor((packetsPerSecond * BURST_US) / SECOND_US);
  return Math.min(BURST_PACKETS_MAX, Math.max(1, packets || 1));
}
