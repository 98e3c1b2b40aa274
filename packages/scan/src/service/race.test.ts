import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Attempt, race } from "./race.js";

/** An attempt that comes to a value after so many ms; 0 for never. */
function after<T>(ms: number, value: T | undefined, log: (what: string) => void = () => {}): Attempt<T> {
  return async (signal) =>
    await new Promise((resolve) => {
      const timer = ms === 0 ? undefined : setTimeout(() => resolve(value), ms);
      signal.addEventListener("abort", () => {
        clearTimeout(timer);
        log("aborted");
        resolve(undefined);
      });
    });
}

const signal = new AbortController().signal;
const options = { staggerMs: 20, openMax: 2, leastMs: 40, signal };

function from<T>(attempts: readonly Attempt<T>[]): () => Attempt<T> | undefined {
  const waiting = [...attempts];
  return () => waiting.shift();
}

describe("race", () => {
  it("comes to the first success, and ends the others", async () => {
    const log: string[] = [];
    const attempts = [
      after(0, "never", (what) => log.push(what)),
      after<string>(5, undefined),
      after(5, "third"),
    ];
    assert.equal(await race(from<string>(attempts), options), "third");
    assert.deepEqual(log, ["aborted"]);
  });

  it("takes a late answer of an early attempt", async () => {
    assert.equal(
      await race(from<string>([after(70, "early"), after(0, "silent")]), { ...options, leastMs: 500 }),
      "early",
    );
  });

  it("comes to nothing when all have failed, or when there are none", async () => {
    assert.equal(
      await race(from<string>([after<string>(5, undefined), after<string>(1, undefined)]), options),
      undefined,
    );
    assert.equal(await race(() => undefined, options), undefined);
  });

  it("ends with what an attempt throws, and ends the others", async () => {
    const log: string[] = [];
    const attempts = [
      after<string>(0, "never", (what) => log.push(what)),
      async () => await Promise.reject(new Error("defect")),
    ];
    await assert.rejects(race(from<string>(attempts), options), /defect/);
    assert.deepEqual(log, ["aborted"]);
  });

  it("keeps the first attempts that are to have patience, and gives up later ones", async () => {
    const log: number[] = [];
    const attempts = [0, 1, 2, 3, 4].map((index) =>
      after(index === 4 ? 5 : 0, `won ${index}`, () => log.push(index)),
    );
    assert.equal(await race(from(attempts), { ...options, openMax: 3, patient: 1 }), "won 4");
    assert.deepEqual(log.slice(0, 2), [1, 2]);
    assert.ok(log.includes(0), "it is ended with the race");
  });

  it("gives up the oldest for the next, when it has had its time", async () => {
    const log: number[] = [];
    const attempts = [0, 1, 2, 3].map((index) =>
      after(index === 3 ? 5 : 0, `won ${index}`, () => log.push(index)),
    );
    assert.equal(await race(from(attempts), options), "won 3");
    assert.deepEqual(log.slice(0, 2), [0, 1]);
  });

  it("ends with its signal", async () => {
    const controller = new AbortController();
    const running = race(from([after(0, "never")]), { ...options, signal: controller.signal });
    controller.abort();
    assert.equal(await running, undefined);
  });

  it("begins each attempt once, and never more at once than it may", async () => {
    const plan = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 8 }), wins: fc.boolean() }), {
      maxLength: 6,
    });
    await fc.assert(
      fc.asyncProperty(plan, fc.integer({ min: 1, max: 3 }), async (list, openMax) => {
        let open = 0;
        let most = 0;
        let begun = 0;
        const attempts = list.map(
          ({ ms, wins }, index): Attempt<number> =>
            async (aborted) => {
              begun += 1;
              most = Math.max(most, (open += 1));
              const value = await after(ms, wins ? index : undefined)(aborted);
              open -= 1;
              return value;
            },
        );
        const won = await race(from(attempts), { staggerMs: 2, openMax, leastMs: 1_000, signal });
        assert.ok(most <= openMax);
        assert.ok(begun <= list.length);
        if (won === undefined) assert.ok(begun === list.length && list.every(({ wins }) => !wins));
        else assert.ok(list[won]!.wins);
      }),
      { numRuns: 40 },
    );
  });
});
