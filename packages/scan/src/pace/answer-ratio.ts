/**
 * What rate is left when fewer of those who had answered answer again (`RepeatedProbes`).
 *
 * Where something on the way passes so many packets in a second and no more, the part that it passes says how many: the rate goes
 * down to that. Where slowness brings no more answers, the rate was not the reason (a host went away, somebody shut us out, a
 * radio link loses some by chance): then it goes back, and as few answers as there are is what is usual from now on.
 */

const SECOND_US = 1_000_000;
/** Probes that are counted before they are judged, and in which time at least: of fewer, some lost by chance would weigh too much. */
const PROBES_MIN = 48;
const COUNT_US_MIN = 20_000;
/** Where less than half of the usual part answers, so many show it. */
const PROBES_HALF_MIN = 16;
/**
 * How much the part that answers may fall short of the usual, and by how much more it must answer to show that slowness helps; and
 * how many standard deviations of what is lost by chance besides.
 */
const TOLERANCE = 0.1;
const DEVIATIONS = 1.5;
/** How fast the usual follows. */
const SMOOTHING = 1 / 8;
/** Most that the rate goes down at once. */
const DECREASE_MAX = 1 / 16;
/** Decreases in sequence that bring no more answers until it goes back: together they make a million into some hundreds. */
const FRUITLESS_MAX = 3;

/** What is told of the time since the last count, and of now. */
export interface AnswerCount {
  /** Repeated probes whose time to be answered is over, and how many of them were. */
  readonly sent: number;
  readonly answered: number;
  /** All that were sent since the beginning. */
  readonly probes: number;
  /** Probes per second that may be sent, and the least that the rate may become. */
  readonly rate: number;
  readonly least: number;
  readonly nowUs: number;
}

export class AnswerRatio {
  #sent = 0;
  #answered = 0;
  #sinceUs: number;
  #sinceProbes = 0;
  /** The part that usually answers: who has answered will. */
  #usual = 1;
  /** The rate before the first of decreases in sequence; 0 where the last count was as usual. */
  #before = 0;
  /** The part that answered before the last decrease. */
  #last = 0;
  /** Decreases in sequence that brought no more answers, and the sum of the parts that answered. */
  #fruitless = 0;
  #parts = 0;

  constructor(nowUs: number) {
    this.#sinceUs = nowUs;
  }

  /** Counts, and judges where that is enough. Returns probes per second from now on: `rate` where it is to stay. */
  observe(count: AnswerCount): number {
    const { sent, answered, probes, rate, least, nowUs } = count;
    this.#sent += sent;
    this.#answered += answered;
    const tookUs = nowUs - this.#sinceUs;
    const part = this.#answered / this.#sent;
    const isEnough = this.#sent >= (part < this.#usual / 2 ? PROBES_HALF_MIN : PROBES_MIN);
    if (!isEnough || tookUs < COUNT_US_MIN) return rate;
    // This machine may send more slowly than it is let.
    const sentAt = Math.min(rate, ((probes - this.#sinceProbes) * SECOND_US) / tookUs);
    const deviation = Math.sqrt((this.#usual * (1 - this.#usual)) / this.#sent);
    this.#begin(count);
    if (part >= this.#usual - TOLERANCE - DEVIATIONS * deviation) {
      this.#usual += (part - this.#usual) * SMOOTHING;
      this.#before = 0;
      return rate;
    }
    if (!this.#mayHelp(part, rate)) {
      const before = this.#before;
      this.#before = 0;
      this.#usual = this.#parts / FRUITLESS_MAX;
      return before;
    }
    return Math.max(least, rate * DECREASE_MAX, sentAt * (part / this.#usual));
  }

  #begin({ probes, nowUs }: AnswerCount): void {
    this.#sent = 0;
    this.#answered = 0;
    this.#sinceUs = nowUs;
    this.#sinceProbes = probes;
  }

  /** Whether going down may help still. */
  #mayHelp(part: number, rate: number): boolean {
    const isFirst = this.#before === 0;
    if (isFirst) this.#before = rate;
    if (isFirst || part >= this.#last + TOLERANCE) {
      this.#fruitless = 0;
      this.#parts = 0;
    } else {
      this.#fruitless += 1;
      this.#parts += part;
    }
    this.#last = part;
    return this.#fruitless < FRUITLESS_MAX;
  }
}
