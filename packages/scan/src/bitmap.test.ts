import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import { crc32c, put32 } from "@palisade/wire";
import fc from "fast-check";
import { type Resume, STATE_ENTRIES_MAX, StateTable } from "./bitmap.js";

const widths = fc.constantFrom(1 as const, 2 as const, 4 as const, 8 as const);
const resume: Resume = {
  seed: 2 ** 53 - 1,
  key: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8),
  position: 2 ** 40 + 3,
  pass: 2,
  plan: "-p 80 192.0.2.0/24 é",
};

/** A table, and writes of it as pairs of index and value. */
const filled = fc
  .tuple(widths, fc.oneof(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 2 ** 34 })))
  .chain(([bits, size]) =>
    fc.record({
      bits: fc.constant(bits),
      size: fc.constant(size),
      writes: fc.array(
        fc.tuple(fc.integer({ min: 0, max: size - 1 }), fc.integer({ min: 1, max: 2 ** bits - 1 })),
        {
          maxLength: 60,
        },
      ),
    }),
  );

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => error instanceof PalisadeError && error.code === code && !error.message.includes("\n");
}

test("a table gives back what was last written, and 0 for the rest", () => {
  fc.assert(
    fc.property(
      filled,
      fc.array(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      ({ bits, size, writes }, probes) => {
        const table = new StateTable(size, { bits });
        const model = new Map<number, number>();
        for (const [index, value] of writes) {
          assert.equal(table.set(index, value), true);
          model.set(index, value);
        }
        assert.equal(table.answered, model.size);
        for (const [index] of model) {
          for (const near of [index - 1, index, index + 1])
            assert.equal(table.get(near), model.get(near) ?? 0);
        }
        for (const part of probes) {
          const index = Math.floor(part * size);
          assert.equal(table.get(index), model.get(index) ?? 0);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("the unanswered come in order of index, each once", () => {
  fc.assert(
    fc.property(
      widths,
      fc.integer({ min: 0, max: 300 }),
      fc.array(fc.nat({ max: 299 })),
      (bits, size, indexes) => {
        const table = new StateTable(size, { bits });
        const answered = new Set(indexes.filter((index) => index < size));
        for (const index of answered) table.set(index, 1);
        const unanswered: number[] = [];
        for (let at = table.nextUnanswered(0); at >= 0; at = table.nextUnanswered(at + 1))
          unanswered.push(at);
        assert.deepEqual(
          unanswered,
          Array.from({ length: size }, (_, index) => index).filter((index) => !answered.has(index)),
        );
      },
    ),
  );
});

test("what is written to a file comes back from it", () => {
  fc.assert(
    fc.property(filled, ({ bits, size, writes }) => {
      const table = new StateTable(size, { bits });
      for (const [index, value] of writes) table.set(index, value);
      const octets = table.serialize(resume);
      const again = StateTable.restore(octets);
      assert.deepEqual(again.resume, resume);
      assert.equal(again.table.size, size);
      assert.equal(again.table.bits, bits);
      assert.equal(again.table.answered, table.answered);
      assert.equal(again.table.bytes, table.bytes);
      for (const [index] of writes) assert.equal(again.table.get(index), table.get(index));
      assert.deepEqual(again.table.serialize(again.resume), octets);
    }),
    { numRuns: 30 },
  );
});

test("a file that was changed anywhere or cut anywhere is refused", () => {
  const table = new StateTable(70_000, { bits: 2 });
  table.set(69_999, 3);
  const octets = table.serialize(resume);
  fc.assert(
    fc.property(fc.nat({ max: octets.length - 1 }), fc.integer({ min: 1, max: 255 }), (index, change) => {
      const changed = octets.slice();
      changed[index]! ^= change;
      assert.throws(() => StateTable.restore(changed), hasCode("SCAN_RESUME_DAMAGED"));
      assert.throws(() => StateTable.restore(octets.subarray(0, index)), hasCode("SCAN_RESUME_DAMAGED"));
    }),
  );
});

test("a file whose checksum was made to hold does no harm", () => {
  const table = new StateTable(100, { bits: 4 });
  table.set(99, 3);
  const octets = table.serialize(resume);
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.integer({ min: 8, max: octets.length - 5 }), fc.integer({ min: 0, max: 255 })), {
        minLength: 1,
      }),
      (changes) => {
        const changed = octets.slice();
        for (const [index, octet] of changes) changed[index] = octet;
        put32(changed, changed.length - 4, crc32c(changed, 0, changed.length - 4));
        try {
          const { table: again } = StateTable.restore(changed);
          assert.ok(again.answered <= again.size && again.bytes <= changed.length);
        } catch (error) {
          assert.ok(hasCode("SCAN_RESUME_DAMAGED")(error), String(error));
        }
      },
    ),
    { numRuns: 500 },
  );
});

test("memory ends where it was said to; what is not kept is counted", () => {
  const table = new StateTable(200_000, { bytesMax: 65_536 });
  assert.equal(table.set(0, 1), true);
  assert.equal(table.set(65_536, 1), false);
  assert.equal(table.set(65_535, 255), true);
  assert.equal(table.get(65_536), 0);
  assert.equal(table.refused, 1);
  assert.equal(table.answered, 2);
  assert.equal(table.bytes, 65_536);
  const octets = table.serialize(resume);
  assert.throws(() => StateTable.restore(octets, { bytesMax: 65_535 }), hasCode("SCAN_TABLE_TOO_LARGE"));
  assert.throws(() => new StateTable(STATE_ENTRIES_MAX + 1), hasCode("SCAN_TABLE_TOO_LARGE"));
});

test("a file that contradicts itself is refused, though its checksum holds", () => {
  const table = new StateTable(140_000, { bits: 1 });
  for (const index of [0, 65_536, 139_999]) table.set(index, 1);
  const octets = table.serialize({ ...resume, plan: "" });
  // The layout is in the comment of `serialize`: 47 octets, the number of blocks, and each block behind its number.
  const blocks = 47;
  const second = blocks + 4 + 4 + 65_536 / 8;
  const third = second + 4 + 65_536 / 8;
  const cases: [title: string, change: (octets: Uint8Array) => Uint8Array][] = [
    ["3 bits per entry", (all) => all.fill(3, 8, 9)],
    ["more entries than there can be", (all) => all.fill(0xff, 12, 13)],
    ["a seed that no number holds", (all) => all.fill(0xff, 19, 20)],
    ["a position that no number holds", (all) => all.fill(0xff, 27, 28)],
    ["a plan longer than the file", (all) => all.fill(0x0f, 45, 46)],
    ["a plan that is no text", (all) => all.fill(1, 46, 47).fill(0xff, 47, 48)],
    ["more blocks than follow", (all) => all.fill(4, blocks + 3, blocks + 4)],
    ["fewer blocks than follow", (all) => all.fill(2, blocks + 3, blocks + 4)],
    ["one block twice", (all) => all.fill(0, second, second + 4)],
    ["a block behind the end of the table", (all) => all.fill(3, third + 3, third + 4)],
    ["octets behind the last block", (all) => Uint8Array.of(...all, 0)],
  ];
  assert.equal(StateTable.restore(octets).table.answered, 3);
  for (const [title, change] of cases) {
    const changed = change(octets.slice());
    put32(changed, changed.length - 4, crc32c(changed, 0, changed.length - 4));
    assert.throws(() => StateTable.restore(changed), hasCode("SCAN_RESUME_DAMAGED"), title);
  }
});
