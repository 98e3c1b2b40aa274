import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hostsFrom } from "./hosts.build.js";
import { unpaced } from "./pace/unpaced.build.js";
import { Passes } from "./passes.js";
import { ScanPlan } from "./scan-plan.js";
import { StateTable } from "./state-table.js";

const PAIRS = 1_000;
const START_US = 1_700_000_000_000_000;

/**
 * Passes over pairs of which the first `open` would answer, by a network that takes its time: probes leave at the rate that is
 * allowed, at first 100,000 in a second, and `answers` says which of them are answered.
 */
async function run(
  open: number,
  retriesMax: number,
  answers: (rate: number) => (pair: number, us: number) => boolean,
  pairs = PAIRS,
) {
  const plan = new ScanPlan(hostsFrom("10.0.0.0", pairs), [80], 5);
  const table = new StateTable(pairs);
  let us = START_US;
  let rate = 100_000;
  const rates: number[] = [];
  const passes = new Passes({
    plan,
    table,
    pacer: {
      ...unpaced,
      permits: () => 1,
      limit: (probesPerSecond) => {
        rate = Math.min(rate, probesPerSecond);
      },
    },
    replyTime: { timeoutUs: 100_000, measured: () => {} },
    retriesMax,
    nowUs: () => us,
  });
  await passes.run(new AbortController().signal, async (first) => {
    rates.push(Math.round(rate));
    const isAnswered = answers(rate);
    for (let place = first; place < plan.size; place += 1) {
      const pair = plan.pairAt(place);
      if (table.get(pair) !== 0) continue;
      us += 1e6 / rate;
      passes.sent(place + 1, us);
      if (pair < open && isAnswered(pair, us)) table.set(pair, 1);
    }
    us += 100_000;
  });
  return { answered: table.answered, rates, seconds: (us - START_US) / 1e6 };
}

describe("Passes", () => {
  it("finds what is answered no faster than so many times in a second, in about the time that takes", async () => {
    let tokens = 6;
    let lastUs = START_US;
    const limited = () => (_: number, us: number) => {
      tokens = Math.min(6, tokens + (us - lastUs) / 50_000);
      lastUs = us;
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    };
    const { answered, seconds } = await run(PAIRS, 10, limited);
    assert.equal(answered, PAIRS);
    // Twenty answers a second make it fifty seconds.
    assert.ok(seconds < 150, `${seconds} s`);
  });

  it("does not crawl where few answer and some packets are lost by chance", async () => {
    let seed = 1;
    const lossy = () => () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 16) % 100 >= 20;
    };
    for (let turn = 0; turn < 20; turn += 1) {
      seed = turn * 7_919 + 1;
      const { seconds, answered } = await run(16, 10, lossy, 65_535);
      assert.ok(seconds < 60, `${seconds} s`);
      assert.ok(answered >= 12, `${answered}`);
    }
  });

  it("asks a lossy host that answers everything again as fast as before", async () => {
    let seed = 3;
    const { answered, rates } = await run(PAIRS, 10, () => () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 16) % 100 >= 20;
    });
    // Who is lost twice in a row where all others answered is called silent.
    assert.ok(answered >= PAIRS - 2, `${answered}`);
    assert.deepEqual(new Set(rates), new Set([100_000]));
  });

  it("ends after one more pass where nothing answers", async () => {
    const { rates } = await run(0, 10, () => () => true);
    assert.equal(rates.length, 2);
  });
});
