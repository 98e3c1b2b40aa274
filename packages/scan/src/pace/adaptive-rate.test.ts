import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AdaptiveRate } from "./adaptive-rate.js";

const quiet = { ringDropped: 0, refused: 0 };
const options = { packetsPerSecondMin: 1_000, packetsPerSecondMax: 100_000 };
const MS = 1_000;

describe("AdaptiveRate", () => {
  it("starts at the most, or where it is told, and keeps it while nothing is lost", () => {
    const rate = new AdaptiveRate(options, 0);
    assert.equal(rate.observe(quiet, 50 * MS), 100_000);
    assert.equal(new AdaptiveRate({ ...options, packetsPerSecondFirst: 5_000 }, 0).packetsPerSecond, 5_000);
  });

  it("halves when our ring drops, and when the queue refuses", () => {
    for (const loss of [{ ringDropped: 1 }, { refused: 1 }]) {
      const rate = new AdaptiveRate(options, 0);
      assert.equal(rate.observe({ ...quiet, ...loss }, 10 * MS), 50_000);
    }
  });

  it("halves once for losses of the same excess", () => {
    const rate = new AdaptiveRate(options, 0);
    for (const now of [10, 20, 109]) rate.observe({ ...quiet, ringDropped: 3 }, now * MS);
    assert.equal(rate.packetsPerSecond, 50_000);
    rate.observe({ ...quiet, ringDropped: 3 }, 110 * MS);
    assert.equal(rate.packetsPerSecond, 25_000);
  });

  it("grows again by a quarter of the most in a second, to the most", () => {
    const rate = new AdaptiveRate(options, 0);
    rate.observe({ ...quiet, refused: 9 }, 0);
    for (let now = 10; now <= 1_000; now += 10) rate.observe(quiet, now * MS);
    // A tenth of a second of it is held.
    assert.ok(Math.abs(rate.packetsPerSecond - 72_750) < 500, `${rate.packetsPerSecond}`);
    for (let now = 1_010; now <= 3_000; now += 10) rate.observe(quiet, now * MS);
    assert.equal(rate.packetsPerSecond, 100_000);
  });

  it("grows slowly after fewer answered, and the faster the longer all is well", () => {
    const rate = new AdaptiveRate({ packetsPerSecondMin: 10, packetsPerSecondMax: 1_000_000 }, 0);
    rate.set(1_000, 0);
    const grown: number[] = [];
    for (let ms = 1; ms <= 12_000; ms += 1) {
      rate.observe(quiet, ms * MS);
      if (ms % 1_000 === 0) grown.push(rate.packetsPerSecond);
    }
    assert.ok(grown[0]! > 1_100 && grown[0]! < 1_200, `${grown[0]}`);
    assert.ok(grown[1]! > 1_500 && grown[1]! < 1_800, `${grown[1]}`);
    assert.ok(grown[5]! > 20_000, `${grown[5]}`);
    assert.equal(grown[11], 1_000_000);
  });

  it("goes back to a rate that was not the reason, and grows from there as before", () => {
    const rate = new AdaptiveRate(options, 0);
    rate.set(2_000, 0);
    rate.set(50_000, 1_000 * MS);
    assert.equal(rate.observe(quiet, 2_000 * MS), 75_000);
  });

  it("does not take a long pause for a time when all was well", () => {
    const rate = new AdaptiveRate(options, 0);
    rate.set(2_000, 0);
    rate.observe(quiet, 1_000 * MS);
    const grown = rate.packetsPerSecond;
    rate.observe(quiet, 4_000 * MS);
    assert.ok(rate.packetsPerSecond <= 2 * grown, `${rate.packetsPerSecond} after ${grown}`);
  });

  it("stays between least and most, whatever happens", () => {
    const counts = fc.oneof(fc.constant(0), fc.nat(1_000));
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            ringDropped: counts,
            refused: counts,
            to: fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }), { nil: undefined }),
            afterUs: fc.nat(2e6),
          }),
        ),
        (events) => {
          const rate = new AdaptiveRate(options, 0);
          let now = 0;
          for (const { ringDropped, refused, to, afterUs } of events) {
            now += afterUs;
            if (to !== undefined) rate.set(to, now);
            const said = rate.observe({ ringDropped, refused }, now);
            assert.equal(said, rate.packetsPerSecond);
            assert.ok(said >= 1_000 && said <= 100_000);
          }
        },
      ),
    );
  });

  it("refuses options that are not in order", () => {
    for (const wrong of [
      { packetsPerSecondMin: 0, packetsPerSecondMax: 1 },
      { packetsPerSecondMin: 2, packetsPerSecondMax: 1 },
      { packetsPerSecondMin: 1, packetsPerSecondMax: 2, packetsPerSecondFirst: 3 },
    ]) {
      assert.throws(() => new AdaptiveRate(wrong, 0));
    }
  });
});
