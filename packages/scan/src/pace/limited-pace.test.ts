import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LimitedPace } from "./limited-pace.js";
import { unpaced } from "./unpaced.build.js";

const SECOND_US = 1_000_000;
const START_US = 1_700_000_000_000_000;

/** A pace, and the probes per second that it allowed, one after the other. */
function paceAndRates() {
  const rates: number[] = [];
  const pace = new LimitedPace((probesPerSecondMax) => {
    rates.push(probesPerSecondMax);
    return unpaced;
  });
  return { pace, rates };
}

describe("the pace of hosts that limit their ICMP errors", () => {
  it("begins at twice what they give at least", () => {
    const { pace, rates } = paceAndRates();
    assert.equal(pace.begin(3, { probes: 1_000, answered: 18 }, START_US), unpaced);
    assert.deepEqual([pace.answersPerSecond, rates], [3, [6]]);
  });

  it("doubles where three quarters are answered, looking every four seconds and at eight probes or more", () => {
    const { pace, rates } = paceAndRates();
    const lookAt = (seconds: number, probes: number, answered: number) =>
      pace.faster({ probes, answered }, START_US + seconds * SECOND_US);
    pace.begin(1, { probes: 0, answered: 0 }, START_US);
    assert.equal(lookAt(3.9, 8, 8), undefined, "too soon");
    assert.equal(lookAt(4, 7, 7), undefined, "too few");
    assert.equal(lookAt(4, 8, 6), unpaced);
    assert.deepEqual([pace.answersPerSecond, rates], [2, [2, 4]]);
    assert.equal(lookAt(8, 24, 17), undefined, "of sixteen probes eleven were answered");
    assert.equal(lookAt(12, 40, 29), unpaced, "of sixteen probes twelve were");
    assert.deepEqual([pace.answersPerSecond, rates], [4, [2, 4, 8]]);
  });

  it("begins the next pass with what the last one brought, or with what they give at least", () => {
    for (const [answered, answersPerSecond] of [
      [50, 5],
      [3, 1],
    ] as const) {
      const { pace } = paceAndRates();
      pace.begin(1, { probes: 100, answered: 6 }, START_US);
      pace.begin(1, { probes: 200, answered: 6 + answered }, START_US + 10 * SECOND_US);
      assert.equal(pace.answersPerSecond, answersPerSecond);
    }
  });
});
