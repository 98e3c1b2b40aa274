/**
 * Hosts that say by ICMP errors which ports are closed, and say so only so often: Linux six times at once and once a second to
 * each who asks (icmp(7), `icmp_ratelimit`), others otherwise (RFC 1812 §4.3.2.8, RFC 4443 §2.4 f). Of such a host, silence says
 * nothing of a port that was asked while the host had no error left to send.
 *
 * Whether it had is told by a trial: some silent ports are asked at once, and as many that it has refused. If most of these are
 * refused again and none of those answers, its silence was one. If these are refused again and some of those answer too, they were
 * lost by chance, and all are asked once more. Else its silent ports are asked at a pace of its own, evenly: where they were asked
 * in bursts, errors would be left unused between them, and the next trial would find those.
 */
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
}

/** Hosts that are asked at their own pace; with more, those of the highest numbers are left. */
export const LIMITED_HOSTS_MAX = 65_536;
/** Between two turns of a host, so that it is asked twice as often as Linux answers: while half is silent for good, no error is left unused. */
export const ROUND_US = 500_000;
/** In which a host that has none left gets an error again. */
const ERROR_ROUNDS = 2;
/** Refused ports in a trial, and silent ones. */
const TRIAL_PROBES = 16;
/** So many are refused again by whoever has no such limit, though a third be lost: Linux answers six at once. */
const UNLIMITED_ANSWERS = 9;
/** So many are a store that had filled up, where the host was asked evenly before; while it was empty, a trial gets one or two. */
const STORED_ANSWERS = 5;
/** Of a cycle, half is answered where all is closed; less than so much may be all that is not silent for good: there is a trial. */
const LIMITED_PART = 0.25;
/** Cycles in a row that bring nothing. */
const BARREN_CYCLES_MAX = 2;
/** Cycles in all: twice as many as halve 65,536 ports. Whoever refuses one port in each, to be asked for ever, is left then. */
const CYCLES_MAX = 32;
/** Probes after which a host is asked twice as fast, or half as fast: Linux gives five errors in the time of the first eight. */
const LOOK_PROBES = 8;
const FASTER_PART = 0.75;
const SLOWER_PART = 0.4;
/** Probes in a turn to a host that had no limit when it was tried, and the most that one comes to which seems to have another than Linux's. */
const TURN_PROBES_MANY = 256;
const TURN_PROBES_MAX = 4_096;

/** In place of a pair: the host's turn is over. */
const TURN_ENDS = -1;

class LimitedHost {
  readonly host: number;
  /** Pairs that have not answered. */
  silent: number;
  /** Answers to what it had refused before, since its trial began. */
  refusedAgain = 0;
  /** Probes in a turn. */
  turnProbes = 1;
  readonly course: Iterator<number, boolean>;

  constructor(host: number, silent: number, courseOf: (host: LimitedHost) => Iterator<number, boolean>) {
    this.host = host;
    this.silent = silent;
    this.course = courseOf(this);
  }
}

export class LimitedHosts {
  /** Hosts that were left though silence of theirs says nothing: nobody waits, or not for ever. */
  left = 0;
  /** Pairs that were silent in the beginning, of hosts that are asked. */
  readonly silentFirst: number;
  /** That have answered since. */
  answered = 0;
  /** Seconds until the last is done, if all that is silent is closed. */
  secondsLeft = 0;
  readonly #options: LimitedHostsOptions;
  /** By number. */
  readonly #hosts = new Map<number, LimitedHost>();
  /** In which the ports of a host are asked. */
  readonly #order: Permutation;

  constructor(options: LimitedHostsOptions) {
    this.#options = options;
    const { plan, codes } = options;
    this.#order = new Permutation(Math.max(1, plan.ports.length), plan.seed);
    let silentFirst = 0;
    const count = codes.verdicts.some(isRefusal) ? plan.hosts.size : 0;
    for (let host = 0; host < count; host += 1) {
      const silent = this.#silentOf(host);
      if (silent === 0) continue;
      if (this.#hosts.size >= LIMITED_HOSTS_MAX) {
        this.left += 1;
        continue;
      }
      this.#hosts.set(host, new LimitedHost(host, silent, (limited) => this.#course(limited)));
      silentFirst += silent;
    }
    this.silentFirst = silentFirst;
  }

  /** Hosts that are asked. */
  get size(): number {
    return this.#hosts.size;
  }

  /** A turn of each: pairs to ask now. By the second, those that have no limit are gone. */
  *round(): Generator<number> {
    let secondsLeft = 0;
    for (const [number, host] of this.#hosts) {
      let step = host.course.next();
      for (; step.done !== true && step.value !== TURN_ENDS; step = host.course.next()) yield step.value;
      if (step.done === true) {
        this.#hosts.delete(number);
        if (!step.value) this.left += 1;
      } else secondsLeft = Math.max(secondsLeft, host.silent / host.turnProbes);
    }
    this.secondsLeft = secondsLeft;
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

  /** What a host is asked, turn by turn. Returns whether its silence is one in the end. */
  *#course(host: LimitedHost): Generator<number, boolean> {
    let isDoubtful = true;
    let barren = 0;
    for (let cycle = 0; cycle < CYCLES_MAX; cycle += 1) {
      if (isDoubtful) {
        const before = host.silent;
        host.refusedAgain = 0;
        yield* this.#trial(host.host, cycle * TRIAL_PROBES);
        yield TURN_ENDS;
        const isUnlimited = host.refusedAgain >= UNLIMITED_ANSWERS;
        const hadErrors = isUnlimited || (cycle > 0 && host.refusedAgain >= STORED_ANSWERS);
        if (host.silent === 0 || (hadErrors && host.silent === before)) return true;
        if (!this.#options.waits) return isUnlimited;
        host.turnProbes = isUnlimited ? TURN_PROBES_MANY : 1;
        for (let round = 0; round < ERROR_ROUNDS && !isUnlimited; round += 1) yield TURN_ENDS;
      }
      const { silent } = host;
      yield* this.#cycle(host);
      const answers = silent - host.silent;
      if (host.silent === 0) return true;
      barren = answers === 0 ? barren + 1 : 0;
      if (barren >= BARREN_CYCLES_MAX) return true;
      isDoubtful = answers < silent * LIMITED_PART;
    }
    return false;
  }

  /** Pairs that a host has refused, each once as long as there are others, and between them silent ones, from a place of the order on. */
  *#trial(host: number, from: number): Generator<number> {
    const { table } = this.#options;
    const refused = this.#pairs(host, from, (pair) => this.#isRefused(table.get(pair)));
    const silent = this.#pairs(host, from, (pair) => this.#isSilent(pair));
    for (let probes = 0; probes < TRIAL_PROBES; probes += 1) {
      yield refused[probes % refused.length]!;
      if (probes < silent.length) yield silent[probes]!;
    }
  }

  /** As many pairs of a host that are so as a trial can want, in order from a place on. */
  #pairs(host: number, from: number, isSo: (pair: number) => boolean): number[] {
    const { length } = this.#options.plan.ports;
    const found: number[] = [];
    for (let at = 0; at < length && found.length < TRIAL_PROBES; at += 1) {
      const pair = host * length + this.#order.at((from + at) % length);
      if (isSo(pair)) found.push(pair);
    }
    return found;
  }

  /** All pairs of a host that are silent, so many in a turn as it answers half of. */
  *#cycle(host: LimitedHost): Generator<number> {
    const { length } = this.#options.plan.ports;
    const first = host.host * length;
    let inTurn = 0;
    let asked = 0;
    let silent = host.silent;
    for (let place = 0; place < length && host.silent > 0; place += 1) {
      const pair = first + this.#order.at(place);
      if (!this.#isSilent(pair)) continue;
      yield pair;
      asked += 1;
      inTurn += 1;
      if (inTurn < host.turnProbes) continue;
      yield TURN_ENDS;
      inTurn = 0;
      if (asked < LOOK_PROBES) continue;
      const part = (silent - host.silent) / asked;
      if (part >= FASTER_PART) host.turnProbes = Math.min(TURN_PROBES_MAX, host.turnProbes * 2);
      else if (part < SLOWER_PART) host.turnProbes = Math.max(1, host.turnProbes / 2);
      asked = 0;
      silent = host.silent;
    }
    if (inTurn > 0) yield TURN_ENDS;
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

  #isSilent(pair: number): boolean {
    const { table, plan } = this.#options;
    return table.get(pair) === 0 && plan.isOurs(pair);
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
