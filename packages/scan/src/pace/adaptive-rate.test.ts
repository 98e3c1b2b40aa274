import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AdaptiveRate } from "./adaptive-rate.js";

const quiet = { ringDropped: 0, refused: 0, canariesSent: 0, canariesAnswered: 0 };
const options = { packetsPerSecondMin: 1_000, packetsPerSecondMax: 100_000 };
const MS = 1_000;
const canaries = (sent: number, answered: number) => ({
  ...quiet,
  canariesSent: sent,
  canariesAnswered: answered,
});

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

  it("slows when fewer canaries answer than usual", () => {
    const rate = new AdaptiveRate(options, 0);
    rate.observe(canaries(16, 15), 200 * MS);
    rate.observe(canaries(16, 14), 400 * MS);
    assert.equal(rate.packetsPerSecond, 100_000);
    rate.observe(canaries(16, 8), 600 * MS);
    assert.equal(rate.packetsPerSecond, 50_000);
  });

  it("judges no fewer than sixteen canaries, however they are told", () => {
    const rate = new AdaptiveRate(options, 0);
    rate.observe(canaries(16, 16), 200 * MS);
    for (let count = 1; count <= 15; count += 1) {
      assert.equal(rate.observe(canaries(1, 0), (200 + count) * MS), 100_000);
    }
    assert.equal(rate.observe(canaries(1, 0), 300 * MS), 50_000);
  });

  it("gets used to canaries that answer no more, instead of slowing for good", () => {
    const rate = new AdaptiveRate(options, 0);
    rate.observe(canaries(16, 16), 0);
    for (let second = 1; second <= 60; second += 1) rate.observe(canaries(16, 0), second * 1_000 * MS);
    assert.equal(rate.packetsPerSecond, 100_000);
  });

  it("stays between least and most, whatever happens", () => {
    const counts = fc.oneof(fc.constant(0), fc.nat(1_000));
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            ringDropped: counts,
            refused: counts,
            sent: counts,
            part: fc.nat(100),
            afterUs: fc.nat(2e6),
          }),
        ),
        (events) => {
          const rate = new AdaptiveRate(options, 0);
          let now = 0;
          for (const { ringDropped, refused, sent, part, afterUs } of events) {
            now += afterUs;
            const answered = Math.floor((sent * part) / 100);
            const said = rate.observe(
              { ringDropped, refused, canariesSent: sent, canariesAnswered: answered },
              now,
            );
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
