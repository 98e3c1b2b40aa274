/**
 * Hosts that limit their ICMP errors (`LimitedHost`), asked in rounds, of which each has a turn in every one. They are found when the
 * passes are over: those that have refused some ports and not answered at others.
 *
 * A machine has one limit for all of its addresses, so that most of them may not have had a word. Where a host turned out to be limited,
 * those that have refused nothing are asked once more when all are done, and whoever does so now is asked as they were.
 */
import { LimitedHost, TURN_ENDS } from "./limited-host.js";
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
  /** Pairs that were silent when their hosts were found, and those of them that have answered since. */
  silentFirst = 0;
  answered = 0;
  /** Seconds until the last is done, if all that is silent is closed. */
  secondsLeft = 0;
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
  #isAnyLimited = false;

  constructor(options: LimitedHostsOptions) {
    this.#options = options;
    const { plan, codes } = options;
    this.#order = new Permutation(Math.max(1, plan.ports.length), plan.seed);
    this.#isKnown = new Uint8Array(codes.verdicts.some(isRefusal) ? plan.hosts.size : 0);
    this.#find();
    this.#course = this.#rounds();
    this.isDone = this.size === 0;
  }

  /** Hosts that are asked. */
  get size(): number {
    return this.#hosts.size;
  }

  /** A turn of each: pairs to ask now. By the second, those that have no limit are gone. */
  *round(): Generator<number> {
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
    for (let sweep = 1; this.size > 0; sweep += 1) {
      while (this.size > 0) {
        yield* this.#turns();
        if (this.size > 0) yield TURN_ENDS;
      }
      if (!this.#isAnyLimited || !this.#options.waits || sweep > SWEEPS_MAX) return;
      yield* this.#sweep(sweep / SWEEPS_MAX);
    }
  }

  *#turns(): Generator<number, void> {
    this.secondsLeft = 0;
    for (const [number, host] of this.#hosts) {
      let step = host.next();
      for (; step.done !== true && step.value !== TURN_ENDS; step = host.next()) yield step.value;
      this.#isAnyLimited ||= host.isLimited;
      if (step.done === true) {
        this.#hosts.delete(number);
        if (!step.value) this.left += 1;
      } else this.secondsLeft = Math.max(this.secondsLeft, host.silent / host.pace);
    }
  }

  /** Asks each host that has refused nothing for a port, another each time; and looks who refuses it. */
  *#sweep(part: number): Generator<number, void> {
    const { plan, table } = this.#options;
    const { length } = plan.ports;
    let isAny = false;
    for (let host = 0; host < this.#isKnown.length; host += 1) {
      if (this.#isKnown[host] !== 0) continue;
      for (let at = 0; at < length; at += 1) {
        const pair = host * length + this.#order.at((Math.floor(part * length) + at) % length);
        if (table.get(pair) !== 0 || !plan.isOurs(pair)) continue;
        // The first of all: before it, a machine gets some errors to send.
        for (let round = 0; round < SWEEP_ROUNDS && !isAny; round += 1) yield TURN_ENDS;
        isAny = true;
        yield pair;
        break;
      }
    }
    if (!isAny) return;
    yield TURN_ENDS;
    this.#find();
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
