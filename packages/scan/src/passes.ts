/**
 * How often a scan asks. A second pass, of what has not answered, tells whether anything is lost: where it brings no new
 * answer, silence is one. Where it does, something on the way carries no more than so many answers in a second (routers and
 * hosts limit ICMP errors: RFC 1812 §4.3.2.8), or loses some by chance; so the next pass asks at most twice as fast as the last
 * was answered.
 */
import type { StateTable } from "./bitmap.js";
import type { ScanPlan } from "./scan-plan.js";

/** When probes may be sent, by a clock in microseconds. */
export interface Pacer {
  /** Probes that may be sent now. */
  permits(nowUs: number): number;
  spend(probes: number, nowUs: number): void;
  /** Until one more may be sent. */
  waitUs(nowUs: number): number;
  /** Something was lost, by us or on the way. */
  slow(nowUs: number): void;
  /** Not faster than this from now on, as far as the user's least rate leaves it. */
  limit(probesPerSecond: number, nowUs: number): void;
}

export interface PassesOptions {
  readonly plan: ScanPlan;
  readonly table: StateTable;
  readonly pacer: Pacer;
  /** Passes after the first, at most. */
  readonly retriesMax: number;
  readonly nowUs: () => number;
}

/** What became of a pass. */
export interface PassEnd {
  /** Time of its last probe. */
  readonly sentUs: number;
  /** Pairs that this machine could not ask, for want of ports or memory: they have not been silent. */
  readonly refusals: number;
}

/** Passes that count for nothing because of what could not be asked. */
const REFUSED_PASSES_MAX = 8;
/** What a pass is taken to last at least, so that one of a few probes does not seem to be answered at any rate. */
const PASS_US_MIN = 1_000;
const FASTER_THAN_ANSWERED = 2;

/**
 * Runs passes, numbered from 0, until everything has answered, or silence is an answer, or the signal aborts.
 *
 * @param pass asks what has not answered, and resolves when its replies would have come
 */
export async function runPasses(
  options: PassesOptions,
  signal: AbortSignal,
  pass: (number: number) => Promise<PassEnd>,
): Promise<void> {
  const { plan, table, pacer, retriesMax, nowUs } = options;
  let refused = 0;
  for (let number = 0; number <= retriesMax + refused && !signal.aborted; number += 1) {
    const before = table.answered;
    const startedUs = nowUs();
    const { sentUs, refusals } = await pass(number);
    const answers = table.answered - before;
    if (table.answered >= plan.size) return;
    if (refusals > 0 && refused < REFUSED_PASSES_MAX) {
      refused += 1;
      continue;
    }
    if (number === 0) continue;
    if (answers === 0) return;
    const seconds = Math.max(PASS_US_MIN, sentUs - startedUs) / 1e6;
    pacer.limit((FASTER_THAN_ANSWERED * answers) / seconds, nowUs());
  }
}
