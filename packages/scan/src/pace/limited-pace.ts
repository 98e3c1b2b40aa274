/**
 * The pace of asking hosts that limit their ICMP errors: twice as fast as they answer, so that no answer of theirs is left unused
 * while some of what is asked stays silent for good. How fast that is shows only while they are asked: a pass in which nearly all is
 * answered becomes faster on the way, and the next begins with what the last one brought.
 */
import { FASTER_THAN_ANSWERED, type Pacer } from "../passes.js";

/** Probes and answers of a scan until now. */
export interface Tally {
  readonly probes: number;
  readonly answered: number;
}

/** Microseconds between two looks at what was answered, at least, and probes: of fewer, what is answered says little. */
const LOOK_US = 4_000_000;
const LOOK_PROBES = 8;
/** The share of probes (0 … 1) whose answers show that more would be answered. */
const UNLIMITED_PART = 0.75;

export class LimitedPace {
  /** What is expected; 0 before the first pass. */
  answersPerSecond = 0;
  readonly #pacerOf: (probesPerSecondMax: number) => Pacer;
  /** As the pass began, and as it was last looked at. */
  #pass: Tally & { readonly us: number } = { probes: 0, answered: 0, us: 0 };
  #look = this.#pass;

  constructor(pacerOf: (probesPerSecondMax: number) => Pacer) {
    this.#pacerOf = pacerOf;
  }

  /** A pass begins, over hosts that give so many answers in a second at least, all together. Returns what it is asked by. */
  begin(leastPerSecond: number, tally: Tally, nowUs: number): Pacer {
    const seconds = (nowUs - this.#pass.us) / 1e6;
    const measured = this.answersPerSecond === 0 ? 0 : (tally.answered - this.#pass.answered) / seconds;
    this.#pass = { ...tally, us: nowUs };
    this.#look = this.#pass;
    return this.#pacer(Math.max(leastPerSecond, measured));
  }

  /** What the pass is asked by from now on; undefined where that stays as it is. */
  faster(tally: Tally, nowUs: number): Pacer | undefined {
    const probes = tally.probes - this.#look.probes;
    if (nowUs - this.#look.us < LOOK_US || probes < LOOK_PROBES) return undefined;
    const answers = tally.answered - this.#look.answered;
    this.#look = { ...tally, us: nowUs };
    return answers < probes * UNLIMITED_PART
      ? undefined
      : this.#pacer(FASTER_THAN_ANSWERED * this.answersPerSecond);
  }

  #pacer(answersPerSecond: number): Pacer {
    this.answersPerSecond = answersPerSecond;
    return this.#pacerOf(FASTER_THAN_ANSWERED * answersPerSecond);
  }
}
