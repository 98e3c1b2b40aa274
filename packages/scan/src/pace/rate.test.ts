import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import { DELAY_US_MAX, PACKETS_PER_SECOND_MAX, TokenBucket } from "./rate.js";

const SECOND = 1_000_000;

const rates = fc.oneof(
  fc.integer({ min: 1, max: PACKETS_PER_SECOND_MAX }),
  fc.integer({ min: 1, max: 100 }),
  fc.double({ min: 0.001, max: 10_000, noNaN: true }),
);
/** Time that passes before a call, and how many packets it asks for. */
const asks = fc.array(
  fc.record({
    afterUs: fc.oneof(fc.nat(50), fc.nat(10_000), fc.nat(100 * SECOND)),
    wanted: fc.oneof(fc.nat(3), fc.nat(100_000)),
  }),
  { maxLength: 60 },
);
const isRange = (code: string) => (error: unknown) => error instanceof PalisadeError && error.code === code;

describe("TokenBucket", () => {
  it("never grants more than rate × time and the burst, over any stretch of any sequence", () => {
    fc.assert(
      fc.property(
        rates,
        fc.integer({ min: 1, max: 5_000 }),
        fc.nat(1e15),
        asks,
        (rate, burst, startUs, sequence) => {
          const bucket = new TokenBucket(rate, startUs, burst);
          let now = startUs;
          const granted: { readonly now: number; readonly packets: number }[] = [];
          for (const { afterUs, wanted } of sequence) {
            now += afterUs;
            const packets = bucket.take(wanted, now);
            assert.ok(Number.isInteger(packets) && packets >= 0 && packets <= wanted);
            granted.push({ now, packets });
          }
          for (let from = 0; from < granted.length; from += 1) {
            let total = 0;
            for (let to = from; to < granted.length; to += 1) {
              total += granted[to]!.packets;
              const seconds = (granted[to]!.now - granted[from]!.now) / SECOND;
              // The sum on the right is in floating point, the bucket is exact.
              assert.ok(total <= (rate * seconds + burst) * (1 + 1e-9), `${total} in ${seconds} s`);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("does not drift: who asks often gets all that the rate allows, for hours", () => {
    for (const [rate, stepUs, steps] of [
      [7, 1_000, 3_600_000],
      [333_333, 17, 1_000_000],
      [0.3, 100_000, 360_000],
    ] as const) {
      const bucket = new TokenBucket(rate, 0, 16);
      let total = 0;
      for (let step = 1; step <= steps; step += 1) total += bucket.take(1_000, step * stepUs);
      const due = (rate * steps * stepUs) / SECOND;
      // One was there at the start, and one may be on its way; the rate below 1 is rounded to a whole microsecond.
      assert.ok(Math.abs(total - due) <= 1 + due * 1e-6, `${total} of ${due} at ${rate}`);
    }
  });

  it("starts with one, fills to the burst, and no further", () => {
    const bucket = new TokenBucket(1_000, 0, 20);
    assert.equal(bucket.take(100, 0), 1);
    assert.equal(bucket.take(100, 999), 0);
    assert.equal(bucket.take(100, 1_000), 1);
    assert.equal(bucket.take(100, 6_000), 5);
    assert.equal(bucket.take(100, 3_600 * SECOND), 20);
    assert.equal(bucket.take(100, 3_600 * SECOND), 0);
  });

  it("says exactly when the next packets may leave", () => {
    fc.assert(
      fc.property(rates, fc.integer({ min: 1, max: 64 }), asks, (rate, burst, sequence) => {
        const bucket = new TokenBucket(rate, 0, burst);
        let now = 0;
        for (const { afterUs, wanted } of sequence) {
          now += afterUs;
          bucket.take(wanted, now);
          const packets = 1 + (wanted % burst);
          const waitUs = bucket.waitUs(packets, now);
          if (waitUs > 0) {
            assert.ok(bucket.available(now + waitUs - 1) < packets);
            now += waitUs;
          }
          assert.ok(bucket.available(now) >= packets);
        }
      }),
    );
  });

  it("takes back what did not leave", () => {
    const bucket = new TokenBucket(1_000, 0, 8);
    assert.equal(bucket.take(8, 10_000), 8);
    bucket.giveBack(3);
    assert.equal(bucket.take(8, 10_000), 3);
    bucket.giveBack(100);
    assert.equal(bucket.take(100, 10_000), 8);
  });

  it("gets nothing from a clock that goes back and forth", () => {
    const bucket = new TokenBucket(1_000, 0, 1_000);
    let total = 0;
    for (let count = 0; count < 100; count += 1) {
      total += bucket.take(1_000, 10_000);
      total += bucket.take(1_000, 0);
    }
    assert.equal(total, 11);
  });

  it("goes over to another rate without a burst of its own", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ rate: rates, forUs: fc.nat(SECOND), wanted: fc.nat(10_000) }), {
          maxLength: 20,
        }),
        (stretches) => {
          const bucket = new TokenBucket(1, 0, 100);
          let now = 0;
          let total = 0;
          let due = 100;
          for (const { rate, forUs, wanted } of stretches) {
            bucket.setRate(rate, now);
            now += forUs;
            due += (rate * forUs) / SECOND;
            total += bucket.take(wanted, now);
            assert.ok(total <= due * (1 + 1e-9), `${total} of ${due}`);
          }
        },
      ),
    );
    const bucket = new TokenBucket(1_000, 0, 10);
    bucket.setRate(0.5, 5_000);
    assert.equal(bucket.packetsPerSecond, 0.5);
    assert.ok(bucket.take(10, 5_000) >= 5);
  });

  it("keeps a scan delay, of which none is left over", () => {
    const bucket = TokenBucket.every(400_000, 0);
    assert.equal(bucket.take(5, 0), 1);
    assert.equal(bucket.waitUs(1, 0), 400_000);
    assert.equal(bucket.take(5, 399_999), 0);
    assert.equal(bucket.take(5, 400_000), 1);
    assert.equal(bucket.take(5, 5_000_000), 1);
    assert.equal(bucket.take(5, 5_000_000), 0);
    assert.equal(TokenBucket.every(300 * SECOND, 0).waitUs(1, 0), 0);
  });

  it("refuses rates and delays that it cannot keep", () => {
    for (const rate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY, PACKETS_PER_SECOND_MAX + 1, 1e-7]) {
      assert.throws(() => new TokenBucket(rate, 0), isRange("SCAN_RATE_RANGE"), String(rate));
    }
    for (const delayUs of [0, -1, Number.NaN, DELAY_US_MAX + 1]) {
      assert.throws(() => TokenBucket.every(delayUs, 0), isRange("SCAN_DELAY_RANGE"), String(delayUs));
    }
    for (const burst of [0, 1.5, 65_537]) assert.throws(() => new TokenBucket(1, 0, burst), String(burst));
  });
});
