import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ActiveTime, Deadline } from "./active-time.js";

describe("active time", () => {
  it("stands still while the scan is held, and a deadline waits for it", async (test) => {
    let isHeld = false;
    const time = new ActiveTime(() => isHeld);
    test.after(() => time.close());
    const deadline = new Deadline(300, time);
    isHeld = true;
    const before = time.nowMs;
    await sleep(600);
    assert.equal(time.nowMs, before);
    assert.equal(deadline.signal.aborted, false);
    isHeld = false;
    await new Promise<void>((resolve) => deadline.signal.addEventListener("abort", () => resolve()));
    assert.ok(time.nowMs - before >= 250, `${time.nowMs - before}`);
  });

  it("ends a deadline once it is over, and never one that is closed", async (test) => {
    const time = new ActiveTime(() => false);
    test.after(() => time.close());
    const [closed, over] = [new Deadline(20, time), new Deadline(20, time)];
    closed.close();
    await sleep(200);
    assert.deepEqual([closed.signal.aborted, over.signal.aborted], [false, true]);
    assert.equal(new Deadline(0, time).signal.aborted, true);
  });

  it("lets who waits go on when it is not held, or when its signal aborts", async (test) => {
    let isHeld = true;
    const time = new ActiveTime(() => isHeld);
    test.after(() => time.close());
    const stop = new AbortController();
    const stopped = time.held(stop.signal);
    stop.abort();
    await stopped;
    const released = time.held(new AbortController().signal);
    isHeld = false;
    await released;
  });
});
