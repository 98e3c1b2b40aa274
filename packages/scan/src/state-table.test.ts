import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import { STATE_ENTRIES_MAX, StateTable } from "./state-table.js";

/** A table's size, and writes of it: pair and value. */
const filled = fc
  .oneof(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 2 ** 34 }))
  .chain((size) =>
    fc.record({
      size: fc.constant(size),
      writes: fc.array(fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.integer({ min: 1, max: 255 })), {
        maxLength: 60,
      }),
    }),
  );

test("a table gives back what was last written, and 0 for the rest", () => {
  fc.assert(
    fc.property(
      filled,
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      ({ size, writes }, probes) => {
        const table = new StateTable(size);
        const model = new Map<number, number>();
        for (const [pair, value] of writes) {
          assert.equal(table.set(pair, value), true);
          model.set(pair, value);
        }
        assert.equal(table.answered, model.size);
        for (const [pair] of model) {
          for (const near of [pair - 1, pair, pair + 1]) {
            if (near >= 0 && near < size) assert.equal(table.get(near), model.get(near) ?? 0);
          }
        }
        for (const part of probes) {
          const pair = Math.floor(part * size);
          assert.equal(table.get(pair), model.get(pair) ?? 0);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("a stretch has answered where any pair in it has", () => {
  fc.assert(
    fc.property(filled, fc.nat(), fc.nat({ max: 200_000 }), ({ size, writes }, start, length) => {
      const table = new StateTable(size);
      for (const [pair, value] of writes) table.set(pair, value);
      const first = start % size;
      const end = Math.min(size, first + length);
      assert.equal(
        table.hasAny(first, end),
        writes.some(([pair]) => pair >= first && pair < end),
      );
    }),
    { numRuns: 200 },
  );
});

test("blocks put into another table make it the same", () => {
  fc.assert(
    fc.property(filled, ({ size, writes }) => {
      const table = new StateTable(size);
      for (const [pair, value] of writes) table.set(pair, value);
      const again = new StateTable(size);
      for (const block of table.blocks()) assert.equal(again.restore(block), true);
      assert.deepEqual([again.answered, again.bytes], [table.answered, table.bytes]);
      for (const [pair] of writes) assert.equal(again.get(pair), table.get(pair));
    }),
    { numRuns: 50 },
  );
});

test("memory ends where it was said to; what is not kept is counted", () => {
  const table = new StateTable(200_000, { bytesMax: 65_536 });
  assert.equal(table.set(0, 1), true);
  assert.equal(table.set(65_536, 1), false);
  assert.equal(table.set(65_535, 255), true);
  assert.equal(table.get(65_536), 0);
  assert.deepEqual([table.refused, table.answered, table.bytes], [1, 2, 65_536]);
  const block = { number: 1, octets: new Uint8Array(65_536) };
  assert.equal(table.restore(block), false);
  const isTooLarge = (error: unknown): boolean =>
    error instanceof PalisadeError && error.code === "SCAN_TABLE_TOO_LARGE";
  assert.throws(() => new StateTable(STATE_ENTRIES_MAX + 1), isTooLarge);
});

test("a run of equal values ends where the next other one stands", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200_000 }),
      fc.array(fc.tuple(fc.nat(199_999), fc.integer({ min: 1, max: 3 })), { maxLength: 40 }),
      fc.nat(199_999),
      (size, values, from) => {
        const table = new StateTable(size);
        for (const [pair, value] of values) if (pair < size) table.set(pair, value);
        const first = from % size;
        let end = first + 1;
        while (end < size && table.get(end) === table.get(first)) end += 1;
        assert.equal(table.runEnd(first, size), end);
      },
    ),
    { numRuns: 50 },
  );
});
