/**
 * Hosts that limit their ICMP errors (`LimitedHost`), asked in rounds, of which each has a turn in every one. They are found when the
 * passes are over: those that have refused some ports and not answered at others.
 *
 * Others may not have had a word. Whoever was asked a moment ago by somebody else has no error left, so that passes which were over in
 * less than it takes to get one are followed by another question then. And a machine has one limit for all of its addresses: where a
 * host turned out to be limited, those that have refused nothing are asked once more when all are done. Whoever refuses now is asked
 * as the first were.
 */
import { ERROR_TURNS, LimitedHost, TRIAL_PROBES, TURN_ENDS } from "./limited-host.js";
import { Permutation } from "./permutation.js";
import type { ScanPlan } from "./scan-plan.js";
import type { StateTable } from "./state-table.js";
import type { Verdict } from "./technique.js";
import type { VerdictCodes } from "./verdict-codes.js";

export interface LimitedHostsOptions {
  readonly plan: ScanPlan;
  readonly table: StateTable;
  readonly codes: VerdictCodes;
  /** Whether they are asked as long as it takes; else a trial is all, and tells how many there are. */
  readonly waits: boolean;
  /** Whether the passes were over before a host without an error left would have had one again. */
  readonly areBrief: boolean;
  /** Microseconds that an answer takes at most. */
  readonly answerUs: () => number;
}

/** Hosts that are asked at their own pace; with more, those of the highest numbers are left. */
export const LIMITED_HOSTS_MAX = 65_536;
/** Times that hosts are asked once more that have refused nothing, and rounds before that in which a machine gets errors to send. */
const SWEEPS_MAX = 32;
const SWEEP_ROUNDS = 6;

export class LimitedHosts {
  /** Hosts that were left though silence of theirs says nothing: nobody waits, or not for ever. */
  left = 0;
  /** Pairs that were silent when their hosts were found, but for those that are so for good, and those that have answered since. */
  silentFirst = 0;
  answered = 0;
  /** Seconds until the last is done, if all that is silent is closed. */
  secondsLeft = 0;
  /** Whether a round lasts a turn; else it is over when what was asked in it has been answered. */
  isTimed = false;
  /** Everything was asked. */
  isDone = false;
  readonly #options: LimitedHostsOptions;
  /** By number. */
  readonly #hosts = new Map<number, LimitedHost>();
  /** By number: 1 where the host was ever one of them. */
  readonly #isKnown: Uint8Array;
  /** In which the ports of a host are asked. */
  readonly #order: Permutation;
  readonly #course: Iterator<number, void>;
  /** Whether hosts that have refused nothing are asked once more after brief passes. */
  readonly #isWordDue: boolean;
  #isBegun = false;
  #isAnyLimited = false;

  constructor(options: LimitedHostsOptions) {
    this.#options = options;
    const { plan } = options;
    this.#order = new Permutation(Math.max(1, plan.ports.length), plan.seed);
    this.#isKnown = new Uint8Array(plan.hosts.size);
    this.#find();
    this.#isWordDue = options.waits && options.areBrief && this.#isAnyMute();
    this.#course = this.#rounds();
    this.isDone = this.size === 0 && !this.#isWordDue;
  }

  /** Hosts that are asked. */
  get size(): number {
    return this.#hosts.size;
  }

  /** A turn of each: pairs to ask now. By the second, those that have no limit are gone. */
  *round(): Generator<number> {
    this.isTimed = this.#isBegun;
    this.#isBegun = true;
    for (;;) {
      const { done, value } = this.#course.next();
      if (done === true) this.isDone = true;
      if (done === true || value === TURN_ENDS) return;
      yield value;
    }
  }

  /** A pair has answered; @param isAgain it had before */
  answer(pair: number, isAgain: boolean): void {
    const host = this.#hosts.get(this.#options.plan.hostOf(pair));
    if (host === undefined) return;
    if (isAgain) host.refusedAgain += 1;
    else {
      host.silent -= 1;
      this.answered += 1;
    }
  }

  *#rounds(): Generator<number, void> {
    if (this.#isWordDue) {
      for (let round = 0; round <= ERROR_TURNS; round += 1) {
        yield* this.#turns();
        yield TURN_ENDS;
      }
      this.isTimed = false;
      yield* this.#sweep(0, TRIAL_PROBES);
    }
    for (let sweep = 1; this.size > 0; sweep += 1) {
      while (this.size > 0) {
        yield* this.#turns();
        if (this.size > 0) yield TURN_ENDS;
      }
      if (!this.#isAnyLimited || !this.#options.waits || sweep > SWEEPS_MAX) return;
      if (!this.#isAnyMute()) return;
      // Before it, a machine gets some errors to send.
      for (let round = 0; round < SWEEP_ROUNDS; round += 1) yield TURN_ENDS;
      yield* this.#sweep(sweep / SWEEPS_MAX, 1);
    }
  }

  *#turns(): Generator<number, void> {
    this.secondsLeft = 0;
    // Of addresses of one machine, the first have its errors, and are soon done.
    for (const [number, host] of this.#hosts) {
      let step = host.next();
      for (; step.done !== true && step.value !== TURN_ENDS; step = host.next()) yield step.value;
      this.#isAnyLimited ||= host.isLimited;
      if (step.done === true) {
        this.#hosts.delete(number);
        this.silentFirst -= host.silent;
        if (!step.value) this.left += 1;
      } else this.secondsLeft = Math.max(this.secondsLeft, host.silent / host.pace);
    }
  }

  /** Asks each host that has refused nothing for so many ports, others each time; and looks who refuses one. */
  *#sweep(part: number, ports: number): Generator<number, void> {
    for (let host = 0; host < this.#isKnown.length; host += 1) yield* this.#silentAt(host, part, ports);
    yield TURN_ENDS;
    this.#find();
  }

  /** Whether a host has refused nothing and not answered at some port. */
  #isAnyMute(): boolean {
    const { plan, table } = this.#options;
    if (table.answered >= plan.size) return false;
    for (let host = 0; host < this.#isKnown.length; host += 1) {
      if (this.#silentAt(host, 0, 1).next().done !== true) return true;
    }
    return false;
  }

  /** At most so many pairs of a host that have not answered, where it has refused none. */
  *#silentAt(host: number, part: number, most: number): Generator<number, void> {
    if (this.#isKnown[host] !== 0) return;
    const { plan, table } = this.#options;
    const { length } = plan.ports;
    const from = Math.floor(part * length);
    let found = 0;
    for (let at = 0; at < length && found < most; at += 1) {
      const pair = host * length + this.#order.at((from + at) % length);
      if (table.get(pair) !== 0 || !plan.isOurs(pair)) continue;
      found += 1;
      yield pair;
    }
  }

  /** Takes up hosts that have refused some ports and not answered at others. */
  #find(): void {
    for (let host = 0; host < this.#isKnown.length; host += 1) {
      const silent = this.#isKnown[host] === 0 ? this.#silentOf(host) : 0;
      if (silent === 0) continue;
      this.#isKnown[host] = 1;
      if (this.size >= LIMITED_HOSTS_MAX) {
        this.left += 1;
        continue;
      }
      this.#hosts.set(host, this.#hostOf(host, silent));
      this.silentFirst += silent;
    }
  }

  #hostOf(host: number, silent: number): LimitedHost {
    const { plan, table, waits, answerUs } = this.#options;
    return new LimitedHost({
      first: host * plan.ports.length,
      order: this.#order,
      silent,
      isSilent: (pair) => table.get(pair) === 0 && plan.isOurs(pair),
      isRefused: (pair) => this.#isRefused(table.get(pair)),
      waits,
      answerUs,
    });
  }

  /** Pairs of a host that have not answered; 0 where it has refused none. */
  #silentOf(host: number): number {
    const { plan, table } = this.#options;
    const { length } = plan.ports;
    const first = host * length;
    if (!table.hasAny(first, first + length)) return 0;
    let silent = 0;
    let refused = 0;
    for (let pair = first; pair < first + length; pair += 1) {
      const code = table.get(pair);
      if (code === 0) silent += plan.isOurs(pair) ? 1 : 0;
      else if (this.#isRefused(code)) refused += 1;
    }
    return refused === 0 ? 0 : silent;
  }

  #isRefused(code: number): boolean {
    return code !== 0 && isRefusal(this.#options.codes.verdictOf(code));
  }
}

/** Whether this is the host's own error, by which a port or protocol is closed: what routers say, they limit for all hosts together. */
function isRefusal({ state, reason }: Verdict): boolean {
  return (
    state === "closed" &&
    (reason === "port-unreach" || reason === "proto-unreach" || reason === "param-problem")
  );
}
