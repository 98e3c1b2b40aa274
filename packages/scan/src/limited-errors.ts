/**
 * Hosts that say by ICMP errors which ports are closed, and say so only so often: Linux six times at once and once a second to
 * each who asks (icmp(7), `icmp_ratelimit`), others otherwise (RFC 1812 §4.3.2.8, RFC 4443 §2.4 f). Of such a host, silence says
 * nothing of a port that was asked while the host had no error left to send.
 *
 * Whether it had is told by asking what it has refused already, several times at once: if most of that is refused again, the host
 * had errors left when the pass ended, and its silence was one. If not, its silent ports are asked at a pace that it keeps up with,
 * pass after pass: one that brings many answers says by itself that there are more, and after any other there is a trial.
 */
import { assert } from "@palisade/base";
import type { ScanPlan } from "./scan-plan.js";
import type { StateTable } from "./state-table.js";
import type { Verdict } from "./technique.js";
import type { VerdictCodes } from "./verdict-codes.js";

export interface LimitedErrorsOptions {
  readonly plan: ScanPlan;
  readonly table: StateTable;
  readonly codes: VerdictCodes;
}

/** Probes of a trial: two more than Linux answers at once. */
const TRIAL_PROBES = 8;
/** Answers to a trial that show that the host had errors left; with none left, it answers one or two in the time of a trial. */
const TRIAL_ANSWERS = 5;
/** What one host is taken to give at least: Linux's default (icmp(7), `icmp_ratelimit`). */
const ANSWERS_PER_SECOND = 1;
/** Microseconds until a host that has no error left has one again. */
export const ERROR_US = 1e6 / ANSWERS_PER_SECOND;
/** The share of a pass (0 … 1) whose answers say that there are more; at twice the host's rate, half is answered where all is closed. */
const LIMITED_PART = 0.25;
/** Passes in a row that bring nothing: then silence is an answer. */
const BARREN_PASSES_MAX = 2;
/** Passes in all, twice as many as halve 65,536 ports: a host that refuses one port in each would be asked for ever. */
const PASSES_MAX = 32;

/** A host that has refused some ports, and not answered at others. */
interface Candidate {
  readonly host: number;
  readonly silent: number;
  /** Passes at its pace, and how many have brought nothing since one did. */
  readonly passes: number;
  readonly barren: number;
}

export class LimitedErrors {
  /** Hosts that were left with silent ports after `PASSES_MAX`. */
  left = 0;
  readonly #options: LimitedErrorsOptions;
  #candidates: readonly Candidate[];
  /** Of the candidates, those of the next trial. */
  #tried: readonly Candidate[];
  #silent = 0;
  /** By host: 1 where it is a candidate. */
  readonly #isCandidate: Uint8Array;
  /** By host: answers to its trial, as far as they matter. */
  readonly #answers: Uint8Array;
  /** Where the last pair of a trial was found. */
  #cursor = 0;

  constructor(options: LimitedErrorsOptions) {
    this.#options = options;
    const { size } = options.plan.hosts;
    const canRefuse = options.codes.verdicts.some(isRefusal);
    this.#isCandidate = new Uint8Array(canRefuse ? size : 0);
    this.#answers = new Uint8Array(canRefuse ? size : 0);
    const candidates: Candidate[] = [];
    for (let host = 0; host < this.#isCandidate.length; host += 1) {
      const silent = this.#silentOf(host);
      if (silent === 0) continue;
      candidates.push({ host, silent, passes: 0, barren: 0 });
      this.#isCandidate[host] = 1;
    }
    this.#candidates = candidates;
    this.#tried = candidates;
    this.#count();
  }

  /** Hosts whose silence says nothing so far. */
  get hosts(): number {
    return this.#candidates.length;
  }

  /** Pairs of theirs that had not answered after the last trial or pass. */
  get silent(): number {
    return this.#silent;
  }

  /** What all of them together give at least. */
  get answersPerSecond(): number {
    return ANSWERS_PER_SECOND * this.#candidates.length;
  }

  /** Probes of the next trial. */
  get trialProbes(): number {
    return TRIAL_PROBES * this.#tried.length;
  }

  /** Whether the pair is one of theirs. */
  has(pair: number): boolean {
    return this.#isCandidate[this.#options.plan.hostOf(pair)] === 1;
  }

  /** The pair that is asked as the `nth` of a trial, in order from 0: one that its host has refused, and where there are several not always the same. */
  trialPair(nth: number): number {
    const { plan, table } = this.#options;
    const { host } = this.#tried[Math.floor(nth / TRIAL_PROBES)]!;
    const { length } = plan.ports;
    const first = host * length;
    if (nth % TRIAL_PROBES === 0) {
      this.#cursor = first;
      this.#answers[host] = 0;
    }
    for (let turn = 0; turn < length; turn += 1) {
      const pair = this.#cursor;
      this.#cursor = pair + 1 === first + length ? first : pair + 1;
      if (this.#isRefused(table.get(pair))) return pair;
    }
    assert(false, "a host on trial has refused something");
  }

  /** A pair that had refused has refused again. */
  answer(pair: number): void {
    const host = this.#options.plan.hostOf(pair);
    if (this.#isCandidate[host] === 1 && this.#answers[host]! < TRIAL_PROBES) this.#answers[host]! += 1;
  }

  /** Lets those go that had errors left to send. */
  endTrial(): void {
    for (const { host } of this.#tried)
      if (this.#answers[host]! >= TRIAL_ANSWERS) this.#isCandidate[host] = 0;
    this.#candidates = this.#candidates.filter(({ host }) => this.#isCandidate[host] === 1);
    this.#tried = [];
    this.#count();
  }

  /** A pass at their pace is over. Lets those go that have answered all, or nothing. */
  endPass(): void {
    const kept: Candidate[] = [];
    const tried: Candidate[] = [];
    for (const { host, silent: asked, passes, barren } of this.#candidates) {
      const silent = this.#silentOf(host);
      const candidate = { host, silent, passes: passes + 1, barren: silent < asked ? 0 : barren + 1 };
      const isLeft = silent > 0 && candidate.passes >= PASSES_MAX;
      if (isLeft) this.left += 1;
      if (silent === 0 || isLeft || candidate.barren >= BARREN_PASSES_MAX) {
        this.#isCandidate[host] = 0;
        continue;
      }
      kept.push(candidate);
      if (asked - silent < asked * LIMITED_PART) tried.push(candidate);
    }
    this.#candidates = kept;
    this.#tried = tried;
    this.#count();
  }

  #count(): void {
    this.#silent = this.#candidates.reduce((sum, { silent }) => sum + silent, 0);
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

/** Whether a port or protocol is closed by the host's own error; what routers send for it, they limit for all hosts together. */
function isRefusal({ state, reason }: Verdict): boolean {
  return (
    state === "closed" &&
    (reason === "port-unreach" || reason === "proto-unreach" || reason === "param-problem")
  );
}
