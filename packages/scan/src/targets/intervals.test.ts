import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bigintStep, firstWithin, type Interval, numberStep, subtract, union } from "./intervals.js";

const intervals = fc.array(
  fc
    .tuple(fc.nat({ max: 60 }), fc.nat({ max: 12 }))
    .map(([first, more]): Interval<number> => [first, first + more]),
  { maxLength: 12 },
);

function members(list: readonly Interval<number>[]): number[] {
  const all = new Set<number>();
  for (const [first, last] of list) for (let value = first; value <= last; value += 1) all.add(value);
  return [...all].sort((a, b) => a - b);
}

function assertApart(list: readonly Interval<number>[]): void {
  for (const [at, [first, last]] of list.entries()) {
    assert.ok(first <= last);
    if (at > 0) assert.ok(first > list[at - 1]![1] + 1, "intervals overlap or touch");
  }
}

test("a union has each number once, and its intervals lie apart", () => {
  fc.assert(
    fc.property(intervals, (list) => {
      const all = union(list, numberStep);
      assertApart(all);
      assert.deepEqual(members(all), members(list));
    }),
  );
});

test("a difference has what is in the one and not in the other", () => {
  fc.assert(
    fc.property(intervals, intervals, (a, b) => {
      const left = subtract(union(a, numberStep), union(b, numberStep), numberStep);
      assertApart(left);
      const gone = new Set(members(b));
      assert.deepEqual(
        members(left),
        members(a).filter((value) => !gone.has(value)),
      );
    }),
    { numRuns: 500 },
  );
});

test("the first number within is the lowest of both", () => {
  fc.assert(
    fc.property(intervals, fc.nat({ max: 70 }), fc.nat({ max: 9 }), (list, first, more) => {
      const found = firstWithin(union(list, numberStep), [first, first + more]);
      assert.equal(
        found,
        members(list).find((value) => value >= first && value <= first + more),
      );
    }),
    { numRuns: 500 },
  );
});

test("numbers of 128 bits are treated alike", () => {
  const top = 2n ** 128n - 1n;
  const all: Interval<bigint>[] = [[0n, top]];
  assert.deepEqual(subtract(all, [[top, top]], bigintStep), [[0n, top - 1n]]);
  assert.deepEqual(subtract(all, all, bigintStep), []);
  assert.deepEqual(
    union(
      [
        [5n, 6n],
        [0n, 4n],
      ],
      bigintStep,
    ),
    [[0n, 6n]],
  );
});
