import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CongestionWindow, REPLY_WEIGHT_MAX, WINDOW_PROBES_MAX } from "./congestion.js";

function answer(window: CongestionWindow, times: number): void {
  for (let count = 0; count < times; count += 1) window.answered();
}

describe("CongestionWindow", () => {
  it("starts with ten probes, and grows by one a reply until the threshold", () => {
    const window = new CongestionWindow({ of: "host" });
    assert.deepEqual([window.probes, window.threshold], [10, 75]);
    answer(window, 65);
    assert.equal(window.probes, 75);
  });

  it("then grows by the increment in a round trip of the whole window", () => {
    for (const increment of [1, 2]) {
      const window = new CongestionWindow({ of: "host", increment });
      answer(window, 65);
      answer(window, 75);
      // A reply adds increment/window, of a window that grows meanwhile.
      assert.ok(window.probes >= 75 && window.probes <= 75 + increment, `${window.probes}`);
      answer(window, 2);
      assert.equal(window.probes, 75 + increment);
    }
  });

  it("never passes its most, nor 300", () => {
    const window = new CongestionWindow({ of: "group" });
    answer(window, 200_000);
    assert.equal(window.probes, WINDOW_PROBES_MAX);
    const small = new CongestionWindow({ of: "host", probesMax: 3 });
    assert.equal(small.probes, 3);
    answer(small, 100);
    assert.equal(small.probes, 3);
  });

  it("grows by more a reply where most probes are not answered, up to a limit", () => {
    const window = new CongestionWindow({ of: "host" });
    for (let count = 0; count < 4; count += 1) window.unanswered();
    window.answered();
    // Five expected, one received.
    assert.equal(window.probes, 15);
    const silent = new CongestionWindow({ of: "host" });
    for (let count = 0; count < 10_000; count += 1) silent.unanswered();
    silent.answered();
    assert.equal(silent.probes, 10 + REPLY_WEIGHT_MAX);
  });

  it("of a host falls to its least when a probe is lost, and starts again slowly", () => {
    const window = new CongestionWindow({ of: "host" });
    answer(window, 50);
    assert.equal(window.lost(60, 1_000, 2_000), true);
    assert.deepEqual([window.probes, window.threshold], [1, 40]);
    answer(window, 39);
    assert.equal(window.probes, 40);
    answer(window, 1);
    assert.equal(window.probes, 40);
  });

  it("of a group falls to half", () => {
    const window = new CongestionWindow({ of: "group", thresholdDivisor: 5 / 4 });
    answer(window, 50);
    window.lost(60, 1_000, 2_000);
    assert.deepEqual([window.probes, window.threshold], [30, 48]);
    const least = new CongestionWindow({ of: "group", probesMin: 8 });
    least.lost(10, 1_000, 2_000);
    assert.equal(least.probes, 8);
    assert.equal(new CongestionWindow({ of: "group", probesMin: 20 }).probes, 20);
  });

  it("counts losses of one window once", () => {
    const window = new CongestionWindow({ of: "group" });
    answer(window, 30);
    assert.equal(window.lost(40, 1_000, 5_000), true);
    // Sent before the reduction, noticed after it.
    assert.equal(window.lost(40, 4_999, 6_000), false);
    assert.equal(window.lost(40, 5_000, 6_000), false);
    assert.equal(window.probes, 20);
    assert.equal(window.lost(20, 5_001, 9_000), true);
    assert.equal(window.probes, 10);
  });

  it("has room for what is not out", () => {
    const window = new CongestionWindow({ of: "host" });
    assert.deepEqual([window.room(0), window.room(9), window.room(10), window.room(11)], [10, 1, 0, 0]);
  });

  it("stays between least and most, whatever happens", () => {
    fc.assert(
      fc.property(
        fc.constantFrom<"host" | "group">("host", "group"),
        fc.integer({ min: 1, max: 400 }),
        fc.nat(300),
        fc.array(fc.constantFrom("answered", "unanswered", "lost"), { maxLength: 300 }),
        (of, probesMin, more, events) => {
          const window = new CongestionWindow({ of, probesMin, probesMax: probesMin + more });
          let now = 0;
          for (const event of events) {
            now += 1;
            if (event === "lost") window.lost(window.probes, now, now);
            else if (event === "answered") window.answered();
            else window.unanswered();
            assert.ok(Number.isInteger(window.probes));
            assert.ok(window.probes >= probesMin && window.probes <= probesMin + more);
            assert.ok(window.threshold >= 2);
          }
        },
      ),
    );
  });

  it("refuses options out of range", () => {
    assert.throws(() => new CongestionWindow({ of: "host", probesMin: 0 }));
    assert.throws(() => new CongestionWindow({ of: "host", probesMin: 5, probesMax: 4 }));
    assert.throws(() => new CongestionWindow({ of: "host", increment: 0 }));
    assert.throws(() => new CongestionWindow({ of: "host", thresholdDivisor: 0.5 }));
  });
});
