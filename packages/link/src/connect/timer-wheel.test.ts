import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TimerWheel } from "./timer-wheel.js";

test("each deadline is told once, when it has passed and not before, unless it is taken away", () => {
  const slots = 8;
  const step = fc.oneof(
    fc.record({ kind: fc.constant("set"), slot: fc.nat(slots - 1), ms: fc.nat(5000) }),
    fc.record({ kind: fc.constant("clear"), slot: fc.nat(slots - 1), ms: fc.constant(0) }),
    fc.record({
      kind: fc.constant("pass"),
      slot: fc.constant(0),
      ms: fc.double({ min: 0, max: 3000, noNaN: true }),
    }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.nat(100_000), (steps, startMs) => {
      let nowMs = startMs;
      const wheel = new TimerWheel(slots, nowMs);
      const due = new Map<number, number>();
      for (const { kind, slot, ms } of steps) {
        if (kind === "set" && !due.has(slot)) {
          wheel.set(slot, nowMs + ms);
          due.set(slot, Math.max(Math.ceil(nowMs + ms), Math.floor(nowMs) + 1));
        } else if (kind === "clear") {
          wheel.clear(slot);
          due.delete(slot);
        } else if (kind === "pass") {
          nowMs += ms;
          const told: number[] = [];
          wheel.expire(nowMs, { expired: (expired) => told.push(expired) });
          const expected = [...due].filter(([, dueMs]) => dueMs <= nowMs).map(([index]) => index);
          assert.deepEqual(told.toSorted(), expected.toSorted());
          for (const index of expected) due.delete(index);
        }
        const first = Math.min(...due.values());
        assert.ok(wheel.nextMs() <= first, "looked at in time");
        assert.ok(wheel.nextMs() > nowMs - 1, "not in the past");
      }
    }),
  );
});

test("a slot that is told may be set anew", () => {
  const wheel = new TimerWheel(2, 0);
  let told = 0;
  const sink = {
    expired(slot: number) {
      told += 1;
      wheel.set(slot, 0);
    },
  };
  wheel.set(0, 5);
  wheel.set(1, 5);
  wheel.expire(2000, sink);
  assert.equal(told, 2);
  wheel.expire(2000, sink);
  assert.equal(told, 2);
  wheel.expire(2001, sink);
  assert.equal(told, 4);
});
