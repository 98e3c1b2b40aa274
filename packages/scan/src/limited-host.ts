/**
 * One host that says by ICMP errors which ports are closed, and says so only so often, as a course of turns: what it is asked in each,
 * by how it answers. Linux sends six errors at once and one a second to each who asks (icmp(7), `icmp_ratelimit`), FreeBSD 200 in
 * each second (icmp(4), `icmplim`), others otherwise (RFC 1812 §4.3.2.8, RFC 4443 §2.4 f).
 *
 * Of such a host, silence says nothing of a port that was asked while the host had no error left to send. Whether it had is told by a
 * trial: ports that it has refused already are asked at once, with some silent ones between them. If the former are refused again and
 * none of the latter answers, its silence was one. If some of those answer too, they were lost by chance. Else its silent ports are asked
 * at a pace of its own, evenly: in bursts, errors would be left unused between them, and the next trial would find those.
 */
import type { Permutation } from "./permutation.js";

/** What a host's course looks at. */
export interface LimitedHostOptions {
  /** The first of its pairs, of as many as `order` is long. */
  readonly first: number;
  /** In which they are asked. */
  readonly order: Permutation;
  /** Pairs that have not answered, to begin with. */
  readonly silent: number;
  readonly isSilent: (pair: number) => boolean;
  readonly isRefused: (pair: number) => boolean;
  /** Whether it is asked as long as it takes; else the first trial is all. */
  readonly waits: boolean;
  /** Microseconds that an answer takes at most. */
  readonly answerUs: () => number;
}

/** Between two turns, so that Linux is asked twice as often as it answers: while half is silent for good, no error is left unused. */
export const TURN_US = 500_000;
/** In place of a pair: the turn is over. */
export const TURN_ENDS = -1;

/** In which Linux, when it has none left, gets an error again. */
export const ERROR_TURNS = 2;
/** Refused ports in a trial, and silent ones. */
export const TRIAL_PROBES = 16;
/** So many are refused again by whoever has no such limit, though a third be lost: Linux answers six at once. */
const UNLIMITED_ANSWERS = 9;
/** Refused ports in the middle of a cycle; and so many answers are a store that had filled up, where it was asked evenly before. */
const STORE_PROBES = 8;
const STORED_ANSWERS = 5;
/** Turns in which a store fills up, and some more. */
const STORE_TURNS = 16;
/** Of what is asked at twice Linux's pace, half is answered where all is closed; of less it is to be found out why. */
const LIMITED_PART = 0.25;
/** Probes after which the pace is looked at: Linux gives five errors in the time of the first eight. */
const LOOK_PROBES = 8;
const FASTER_PART = 0.75;
const SLOWER_PART = 0.4;
/** Cycles in all: twice as many as halve 65,536 ports. Whoever refuses one port in each, to be asked for ever, is left then. */
const CYCLES_MAX = 32;
/** Probes in a turn, of which one in 16 turns is the least: Linux can be told to wait ten seconds. */
const PACE_MIN = 1 / 16;
const PACE_MAX = 4_096;
/** To a host that had no limit when it was tried. */
const PACE_UNLIMITED = 256;

export class LimitedHost {
  /** Pairs that have not answered. */
  silent: number;
  /** Answers to what it had refused before, since that was asked last. */
  refusedAgain = 0;
  /** Whether a trial has shown a limit. */
  isLimited = false;
  /** Probes in a turn; of less than one, the turns from one to the next. */
  pace = 1;
  #isGone = false;
  readonly #options: LimitedHostOptions;
  readonly #course: Iterator<number, boolean>;

  constructor(options: LimitedHostOptions) {
    this.#options = options;
    this.silent = options.silent;
    this.#course = this.#turns();
  }

  /** The next pair to ask, or `TURN_ENDS`. At the end, whether its silence is one: else it is left though that says nothing. */
  next(): IteratorResult<number, boolean> {
    return this.#course.next();
  }

  *#turns(): Generator<number, boolean> {
    let barren = 0;
    for (let cycle = 0; cycle < CYCLES_MAX; cycle += 1) {
      const { silent } = this;
      if (!this.isLimited) {
        yield* this.#ask(TRIAL_PROBES, TRIAL_PROBES, cycle * TRIAL_PROBES);
        this.isLimited = this.refusedAgain < UNLIMITED_ANSWERS;
        if (this.silent === 0 || (!this.isLimited && this.silent === silent)) return true;
        if (!this.#options.waits) return !this.isLimited;
        if (this.isLimited) yield* this.#rest();
        this.pace = this.isLimited ? 1 : PACE_UNLIMITED;
      }
      const outcome = yield* this.#cycle();
      if (outcome === "gone") return false;
      if (outcome === "sure" || this.silent === 0) return true;
      if (this.silent < silent) {
        barren = 0;
        continue;
      }
      barren += 1;
      // Once more when it has an error again, and when it is sure to have some: what it is silent about then, and still has, is so for good.
      yield* this.#turnsOf(barren === 1 ? ERROR_TURNS : STORE_TURNS);
      if (barren > 2 && (yield* this.#hasErrors(cycle))) return true;
      if (this.#isGone) return false;
    }
    return false;
  }

  /**
   * Asks all that is silent. `sure` where the host had errors left all the while, so that what is still silent is so for good; `gone`
   * where it says nothing any more.
   */
  *#cycle(): Generator<number, "sure" | "doubtful" | "gone"> {
    const { first, order, isSilent } = this.#options;
    let since = { silent: this.silent, asked: 0, turns: 0 };
    let inTurn = 0;
    // Undefined until it was looked at.
    let isSure: boolean | undefined;
    for (let place = 0; place < order.size && this.silent > 0; place += 1) {
      const pair = first + order.at(place);
      if (!isSilent(pair)) continue;
      yield pair;
      since.asked += 1;
      inTurn += 1;
      if (inTurn < this.pace) continue;
      inTurn = 0;
      const turns = Math.max(1, 1 / this.pace);
      for (let turn = 0; turn < turns; turn += 1) yield TURN_ENDS;
      since.turns += turns;
      const part = (since.silent - this.silent) / since.asked;
      if (since.asked < LOOK_PROBES || (part < LIMITED_PART && since.turns < STORE_TURNS)) continue;
      if (part >= FASTER_PART) {
        isSure = false;
        this.#setPace(2);
      } else if (part < LIMITED_PART) {
        const hasErrors = yield* this.#hasErrors(place);
        if (this.#isGone) return "gone";
        isSure = isSure !== false && hasErrors;
        if (hasErrors) this.#setPace(2);
      } else {
        isSure = false;
        if (part < SLOWER_PART && this.pace > 1) this.#setPace(0.5);
      }
      since = { silent: this.silent, asked: 0, turns: 0 };
    }
    if (inTurn > 0) yield* this.#answerTurns();
    if (isSure === true && since.asked > 0) {
      yield* this.#turnsOf(Math.max(0, STORE_TURNS - since.turns));
      isSure = since.silent === this.silent && (yield* this.#hasErrors(0));
    }
    return isSure === true ? "sure" : "doubtful";
  }

  /** Whether it has errors left to send; else it is asked more slowly, down to the slowest pace, at which whoever says nothing is gone. */
  *#hasErrors(from: number): Generator<number, boolean> {
    yield* this.#ask(STORE_PROBES, 0, from);
    const { refusedAgain } = this;
    const hasErrors = refusedAgain >= STORED_ANSWERS;
    if (!hasErrors) {
      this.#isGone = refusedAgain === 0 && this.pace === PACE_MIN;
      this.#setPace(0.5);
    }
    yield* this.#rest();
    return hasErrors;
  }

  /** Asks at once some that were refused, each once as long as there are others, and between them some silent ones; and ends the turn. */
  *#ask(refusedProbes: number, silentProbes: number, from: number): Generator<number, void> {
    const { isRefused, isSilent } = this.#options;
    const refused = this.#pairs(refusedProbes, from, isRefused);
    const silent = this.#pairs(silentProbes, from, isSilent);
    this.refusedAgain = 0;
    for (let probes = 0; probes < refusedProbes; probes += 1) {
      yield refused[probes % refused.length]!;
      if (probes < silent.length) yield silent[probes]!;
    }
    yield* this.#answerTurns();
  }

  /** Until what was asked in this turn has been answered. */
  *#answerTurns(): Generator<number, void> {
    const turns = Math.max(1, Math.ceil(this.#options.answerUs() / TURN_US));
    for (let turn = 0; turn < turns; turn += 1) yield TURN_ENDS;
  }

  /** So many of its pairs that are so, or all, in order from a place on. */
  #pairs(most: number, from: number, isSo: (pair: number) => boolean): number[] {
    const { first, order } = this.#options;
    const found: number[] = [];
    for (let at = 0; at < order.size && found.length < most; at += 1) {
      const pair = first + order.at((from + at) % order.size);
      if (isSo(pair)) found.push(pair);
    }
    return found;
  }

  /** Until it has an error again. */
  *#rest(): Generator<number, void> {
    yield* this.#turnsOf(ERROR_TURNS);
  }

  /** So many turns in which nothing is asked; more where its pace is slower than Linux's. */
  *#turnsOf(turns: number): Generator<number, void> {
    const all = turns / Math.min(1, this.pace);
    for (let turn = 0; turn < all; turn += 1) yield TURN_ENDS;
  }

  #setPace(times: number): void {
    this.pace = Math.min(PACE_MAX, Math.max(PACE_MIN, this.pace * times));
  }
}
