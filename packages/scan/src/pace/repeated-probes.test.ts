import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { RepeatedProbes } from "./repeated-probes.js";

const ROOM = 256;
const BEFORE_THE_FIRST = 1_024;
const SECOND_US = 1_000_000;

function knowing(pairs: number): RepeatedProbes {
  const probes = new RepeatedProbes();
  for (let pair = 0; pair < pairs; pair += 1) probes.remember(pair);
  return probes;
}

/** Asks so many. @returns which */
function ask(probes: RepeatedProbes, count: number, nowUs: number): number[] {
  const asked: number[] = [];
  for (let turn = 0; turn < count; turn += 1) {
    const pair = probes.next(nowUs);
    if (pair < 0) break;
    probes.asked(nowUs);
    asked.push(pair);
  }
  return asked;
}

function counted(probes: RepeatedProbes, nowUs: number, smoothedUs = 0): [number, number] {
  probes.count(nowUs, smoothedUs, 0);
  return [probes.sent, probes.answered];
}

describe("RepeatedProbes", () => {
  it("asks each pair that has answered in turn, at most once a second", () => {
    const probes = knowing(20);
    const all = Array.from({ length: 20 }, (_, pair) => pair);
    assert.deepEqual(ask(probes, 50, SECOND_US), all);
    counted(probes, 1.5 * SECOND_US);
    assert.deepEqual(ask(probes, 50, 1.9 * SECOND_US), []);
    assert.deepEqual(ask(probes, 50, 2 * SECOND_US), all);
  });

  it("asks none of a scan that is soon over, and as long as few have answered", () => {
    assert.equal(knowing(ROOM).placeIn(64, BEFORE_THE_FIRST - 1, SECOND_US), 64);
    assert.ok(knowing(ROOM).placeIn(64, BEFORE_THE_FIRST, SECOND_US) < 64);
    assert.equal(knowing(15).placeIn(64, 10_000, SECOND_US), 64);
    assert.ok(knowing(16).placeIn(64, 10_000, SECOND_US) < 64);
  });

  it("is one probe in 256 where many are sent, and in 32 at most where few are", () => {
    for (const [perSecond, batch, least, most] of [
      [500_000, 256, 1 / 520, 1 / 256],
      [20_000, 16, 1 / 150, 1 / 90],
      [500, 1, 1 / 40, 1 / 31],
    ] as const) {
      const probes = knowing(ROOM);
      let sent = BEFORE_THE_FIRST;
      let repeated = 0;
      for (let us = 0; us < 4 * SECOND_US; us += (batch * SECOND_US) / perSecond) {
        if (probes.placeIn(batch, sent, us) < batch) repeated += 1;
        sent += batch;
      }
      const part = repeated / (sent - BEFORE_THE_FIRST);
      assert.ok(part >= least && part <= most, `${1 / part} at ${perSecond}`);
    }
  });

  it("stands at any place of a batch but the first, where there is more than one", () => {
    const places = new Set<number>();
    const probes = knowing(16);
    for (let turn = 1; turn <= 1_000; turn += 1)
      places.add(probes.placeIn(8, BEFORE_THE_FIRST + turn * 256, 0));
    assert.deepEqual([...places].sort(), [1, 2, 3, 4, 5, 6, 7]);
    assert.equal(probes.placeIn(1, 1_000_000, 0), 0);
  });

  it("counts answers and silence when their time is over, and nothing twice", () => {
    const probes = knowing(16);
    const [first, second] = ask(probes, 2, 0);
    probes.answer(second!);
    probes.answer(999);
    assert.deepEqual(counted(probes, 19_999), [0, 0]);
    assert.deepEqual(counted(probes, 20_000), [2, 1]);
    probes.answer(first!);
    assert.deepEqual(counted(probes, SECOND_US), [0, 0]);
    ask(probes, 1, 2 * SECOND_US);
    assert.deepEqual(counted(probes, 2 * SECOND_US + 99_999, 100_000), [0, 0]);
    assert.deepEqual(counted(probes, 2 * SECOND_US + 100_000, 100_000), [1, 0]);
  });

  it("forgets what was asked", () => {
    const probes = knowing(16);
    ask(probes, 16, 0);
    probes.forget();
    assert.deepEqual(counted(probes, SECOND_US), [0, 0]);
  });

  it("keeps to its room, and counts each that was asked once, whatever happens", () => {
    const events = fc.array(
      fc.record({
        does: fc.constantFrom("remember", "remember", "ask", "answer", "count"),
        pair: fc.nat(400),
        times: fc.integer({ min: 1, max: 300 }),
        afterUs: fc.nat(700_000),
      }),
      { maxLength: 100 },
    );
    fc.assert(
      fc.property(events, (list) => {
        const probes = new RepeatedProbes();
        const known = new Set<number>();
        let nowUs = 0;
        let waiting = 0;
        for (const { does, pair, times, afterUs } of list) {
          nowUs += afterUs;
          if (does === "remember") {
            for (let more = pair; more < pair + times; more += 1) {
              probes.remember(more);
              known.add(more);
            }
          } else if (does === "ask") {
            const asked = ask(probes, times, nowUs);
            for (const one of asked) assert.ok(known.has(one));
            waiting += asked.length;
            assert.ok(waiting <= ROOM);
          } else if (does === "answer") {
            probes.answer(pair);
          } else {
            const [sent, answered] = counted(probes, nowUs);
            assert.ok(answered <= sent && sent <= waiting);
            waiting -= sent;
          }
        }
        assert.deepEqual(counted(probes, nowUs + SECOND_US)[0], waiting);
      }),
    );
  });
});
