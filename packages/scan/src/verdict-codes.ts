import { assert } from "@palisade/base";
import type { Verdict } from "./technique.js";

/** Most verdicts that one table can hold: an octet, of which 0 is silence. */
export const VERDICTS_MAX = 255;

/** Verdicts as small numbers, for the table of what answered: 1 … 255, in the order in which they were first seen. */
export class VerdictCodes {
  readonly #verdicts: Verdict[];

  /** @param verdicts those of the codes 1, 2, …: at most `VERDICTS_MAX` */
  constructor(verdicts: readonly Verdict[] = []) {
    this.#verdicts = [...verdicts];
  }

  /** Those of the codes 1, 2, … */
  get verdicts(): readonly Verdict[] {
    return this.#verdicts;
  }

  codeOf(verdict: Verdict): number {
    // There are a dozen at most, each a constant of its technique.
    const known = this.#verdicts.indexOf(verdict);
    if (known >= 0) return known + 1;
    const same = this.#verdicts.findIndex(
      ({ state, reason }) => state === verdict.state && reason === verdict.reason,
    );
    if (same >= 0) return same + 1;
    assert(this.#verdicts.length < VERDICTS_MAX, "verdict codes: a technique has few verdicts");
    return this.#verdicts.push(verdict);
  }

  verdictOf(code: number): Verdict {
    return this.#verdicts[code - 1]!;
  }
}
