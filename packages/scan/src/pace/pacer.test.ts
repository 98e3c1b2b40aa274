import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  PROBES_PER_SECOND_FIRST,
  PROBES_PER_SECOND_MOST,
  ScanPacer,
  type ScanPacerOptions,
} from "./pacer.js";

const START_US = 1_700_000_000_000_000;
/** What a bucket may hold, as a part of a second's probes: rate.ts. */
const BURST_SECONDS = 0.01;

function pacerOf(options: Partial<ScanPacerOptions> = {}): ScanPacer {
  return new ScanPacer({ roundTripUs: () => undefined, nowUs: START_US, ...options });
}

/** Takes all that may leave, each `stepUs`. @returns how many that were */
function sendAll(pacer: ScanPacer, fromUs: number, untilUs: number, stepUs: number): number {
  let sent = 0;
  for (let nowUs = fromUs; nowUs <= untilUs; nowUs += stepUs) {
    const may = pacer.permits(nowUs);
    pacer.spend(may, nowUs);
    sent += may;
  }
  return sent;
}

const steps = fc.array(
  fc.record({
    afterUs: fc.oneof(fc.nat(200), fc.nat(200_000)),
    does: fc.constantFrom("send", "send", "send", "slow"),
    batch: fc.integer({ min: 1, max: 5_000 }),
  }),
  { maxLength: 200 },
);
const rates = fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 3_000_000 }));

describe("the pacer", () => {
  it("never sends more than the most, in any stretch of time", () => {
    fc.assert(
      fc.property(
        rates,
        fc.option(rates, { nil: undefined }),
        fc.option(fc.integer({ min: 1, max: 100_000 }), { nil: undefined }),
        fc.integer({ min: 1, max: 1_000_000 }),
        steps,
        (most, least, delayUs, roundTripUs, list) => {
          const pacer = pacerOf({
            probesPerSecondMax: most,
            probesPerSecondMin: least === undefined ? undefined : Math.min(least, most),
            delayUs,
            roundTripUs: () => roundTripUs,
          });
          let nowUs = START_US;
          const sent: { atUs: number; probes: number }[] = [];
          for (const { afterUs, does, batch } of list) {
            nowUs += afterUs;
            if (does === "slow") pacer.slow(nowUs);
            const probes = Math.min(batch, pacer.permits(nowUs));
            pacer.spend(probes, nowUs);
            if (probes > 0) sent.push({ atUs: nowUs, probes });
          }
          const perUs = Math.min(most, delayUs === undefined ? most : 1_000_000 / delayUs) / 1_000_000;
          const burst = delayUs === undefined ? Math.max(1, Math.floor(most * BURST_SECONDS)) : 1;
          for (let from = 0; from < sent.length; from += 1) {
            let total = 0;
            for (let to = from; to < sent.length; to += 1) {
              total += sent[to]!.probes;
              const allowed = perUs * (sent[to]!.atUs - sent[from]!.atUs + 1) + burst;
              assert.ok(total <= allowed + 1e-6, `${total} probes where ${allowed} are allowed`);
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it("says how long to wait, so that something may leave then", () => {
    fc.assert(
      fc.property(rates, steps, (most, list) => {
        const pacer = pacerOf({ probesPerSecondMax: most });
        let nowUs = START_US;
        for (const { afterUs, does } of list) {
          nowUs += afterUs;
          if (does === "slow") pacer.slow(nowUs);
          pacer.spend(pacer.permits(nowUs), nowUs);
          const waitUs = pacer.waitUs(nowUs);
          assert.ok(waitUs > 0);
          nowUs += waitUs;
          // The rate may have grown meanwhile, which begins a bucket anew: then it takes one more wait.
          const again = pacer.permits(nowUs) >= 1 ? 0 : pacer.waitUs(nowUs);
          assert.ok(pacer.permits(nowUs + again) >= 1);
        }
      }),
      { numRuns: 100 },
    );
  });

  it("begins with what a slow line carries", () => {
    assert.equal(pacerOf().probesPerSecond, PROBES_PER_SECOND_FIRST);
    assert.equal(pacerOf({ probesPerSecondMax: 50 }).probesPerSecond, 50);
    assert.equal(pacerOf({ probesPerSecondMin: 90_000 }).probesPerSecond, 90_000);
    assert.equal(pacerOf({ probesPerSecondFirst: 5, probesPerSecondMin: 9 }).probesPerSecond, 9);
  });

  it("doubles twice in a round trip until the most", () => {
    const pacer = pacerOf({ roundTripUs: () => 20_000, probesPerSecondMax: 100_000 });
    const rates = [0, 10_000, 20_000, 30_000, 40_000].map((us) => {
      pacer.permits(START_US + us);
      return pacer.probesPerSecond;
    });
    assert.deepEqual(rates, [20_000, 40_000, 80_000, 100_000, 100_000]);
  });

  it("grows slowly while nobody answers", () => {
    const pacer = pacerOf();
    pacer.permits(START_US + 99_999);
    assert.equal(pacer.probesPerSecond, PROBES_PER_SECOND_FIRST);
    pacer.permits(START_US + 100_000);
    assert.equal(pacer.probesPerSecond, 2 * PROBES_PER_SECOND_FIRST);
  });

  it("halves with a loss, once for all of the same excess, and grows again by steps", () => {
    const pacer = pacerOf({ probesPerSecondFirst: 80_000, probesPerSecondMax: 80_000 });
    pacer.slow(START_US);
    pacer.slow(START_US + 1_000);
    assert.equal(pacer.probesPerSecond, 40_000);
    pacer.permits(START_US + 1_000_000);
    const grown = pacer.probesPerSecond;
    assert.ok(grown > 40_000 && grown < 80_000, `${grown}`);
    pacer.permits(START_US + 10_000_000);
    assert.equal(pacer.probesPerSecond, 80_000);
  });

  it("keeps the least, whatever is lost", () => {
    const pacer = pacerOf({ probesPerSecondMin: 15_000 });
    for (let loss = 0; loss < 20; loss += 1) pacer.slow(START_US + loss * 200_000);
    assert.equal(pacer.probesPerSecond, 15_000);
  });

  it("takes a least above what it would send at most by itself", () => {
    const pacer = pacerOf({ probesPerSecondMin: PROBES_PER_SECOND_MOST * 10 });
    pacer.slow(START_US);
    assert.equal(pacer.probesPerSecond, PROBES_PER_SECOND_MOST * 10);
  });

  it("sends one probe each delay, also after losses and long silence", () => {
    const pacer = pacerOf({ delayUs: 50_000, roundTripUs: () => 100 });
    assert.equal(sendAll(pacer, START_US, START_US + 1_000_000, 1_000), 21);
    pacer.slow(START_US + 1_000_000);
    assert.equal(sendAll(pacer, START_US + 9_000_000, START_US + 9_000_000, 1), 1);
    assert.equal(pacer.waitUs(START_US + 9_000_000), 50_000);
  });

  it("takes the slower of a delay and a most", () => {
    assert.equal(pacerOf({ delayUs: 1_000, probesPerSecondMax: 10 }).probesPerSecond, 10);
    assert.equal(pacerOf({ delayUs: 100_000, probesPerSecondMax: 5_000 }).probesPerSecond, 10);
  });

  it("refuses rates and delays that cannot be kept", () => {
    for (const [options, code] of [
      [{ probesPerSecondMax: 0 }, "SCAN_RATE_RANGE"],
      [{ probesPerSecondMax: Number.NaN }, "SCAN_RATE_RANGE"],
      [{ probesPerSecondMin: 20, probesPerSecondMax: 10 }, "SCAN_RATE_RANGE"],
      [{ delayUs: 0.5 }, "SCAN_DELAY_RANGE"],
      [{ delayUs: 1e13 }, "SCAN_DELAY_RANGE"],
    ] as const) {
      assert.throws(() => pacerOf(options), { code }, JSON.stringify(options));
    }
  });
});
