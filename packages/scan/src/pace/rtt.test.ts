import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RttEstimator } from "./rtt.js";

const wide = { timeoutInitialUs: 1_000_000, timeoutMinUs: 1, timeoutMaxUs: 1e9 };

describe("RttEstimator", () => {
  it("waits as long as it was told before anything is measured, within the bounds", () => {
    assert.equal(new RttEstimator(wide).timeoutUs, 1_000_000);
    assert.equal(new RttEstimator(wide).smoothedUs, undefined);
    assert.equal(new RttEstimator({ ...wide, timeoutMaxUs: 500 }).timeoutUs, 500);
    assert.equal(new RttEstimator({ ...wide, timeoutMinUs: 2_000_000 }).timeoutUs, 2_000_000);
  });

  it("computes as RFC 6298 §2 does", () => {
    const estimator = new RttEstimator(wide);
    estimator.measured(80_000);
    // (2.2): SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR.
    assert.deepEqual(
      [estimator.smoothedUs, estimator.variationUs, estimator.timeoutUs],
      [80_000, 40_000, 240_000],
    );
    estimator.measured(160_000);
    // (2.3): RTTVAR = 3/4 · 40 + 1/4 · |80 - 160| = 50, then SRTT = 7/8 · 80 + 1/8 · 160 = 90.
    assert.deepEqual(
      [estimator.smoothedUs, estimator.variationUs, estimator.timeoutUs],
      [90_000, 50_000, 290_000],
    );
  });

  it("comes close to a round trip that stays the same", () => {
    const estimator = new RttEstimator(wide);
    for (let count = 0; count < 200; count += 1) estimator.measured(30_000);
    assert.equal(Math.round(estimator.timeoutUs), 30_000);
  });

  it("never leaves its bounds, whatever is measured", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.integer({ min: -1_000, max: 1e9 }), fc.constant(Number.MAX_SAFE_INTEGER))),
        fc.integer({ min: 1, max: 1e6 }),
        fc.nat(1e7),
        fc.nat(1e8),
        (measurements, timeoutMinUs, more, timeoutInitialUs) => {
          const timeoutMaxUs = timeoutMinUs + more;
          const estimator = new RttEstimator({ timeoutInitialUs, timeoutMinUs, timeoutMaxUs });
          for (const rttUs of [undefined, ...measurements]) {
            if (rttUs !== undefined) estimator.measured(rttUs);
            assert.ok(estimator.timeoutUs >= timeoutMinUs && estimator.timeoutUs <= timeoutMaxUs);
          }
        },
      ),
    );
  });

  it("refuses bounds that are not in order", () => {
    assert.throws(() => new RttEstimator({ ...wide, timeoutMinUs: 0 }));
    assert.throws(() => new RttEstimator({ ...wide, timeoutMinUs: 2, timeoutMaxUs: 1 }));
  });
});
