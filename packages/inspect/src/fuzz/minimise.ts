/**
 * From a life that fails to the fewest of its frames that still fail in the same way: delta debugging (Zeller and
 * Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002), bounded in trials.
 */
import type { Protocol } from "../dissector.js";
import { examine, type Failure } from "./examine.js";
import type { FrameLog } from "./frames.js";
import type { Life } from "./plan.js";

/** Lives fed at most; what is left then is smaller, if not smallest. */
const TRIALS_MAX = 150;

export function minimise(life: Life, failure: Failure, protocols: readonly Protocol[]): FrameLog {
  const plan = {
    ...life.plan,
    repeat: failure.kind === "not-repeatable",
    share: failure.kind === "depends-on-workers",
  };
  let trials = 0;
  const fails = (log: FrameLog): boolean => {
    trials += 1;
    return log.count > 0 && examine({ plan, log }, protocols).failure?.kind === failure.kind;
  };
  let numbers = Array.from({ length: failure.frames }, (_, number) => number);
  let pieces = 2;
  while (numbers.length > 1 && trials < TRIALS_MAX) {
    const size = Math.ceil(numbers.length / pieces);
    let smaller: number[] | undefined;
    for (let start = 0; start < numbers.length && smaller === undefined; start += size) {
      if (trials >= TRIALS_MAX) break;
      const rest = [...numbers.slice(0, start), ...numbers.slice(start + size)];
      if (fails(life.log.only(rest))) smaller = rest;
    }
    if (smaller !== undefined) {
      numbers = smaller;
      pieces = Math.max(2, pieces - 1);
    } else if (size === 1) {
      break;
    } else {
      pieces = Math.min(numbers.length, pieces * 2);
    }
  }
  return life.log.only(numbers);
}
