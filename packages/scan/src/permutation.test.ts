import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import {
  PERMUTATION_SIZE_MAX,
  Permutation,
  parseShard,
  SHARDS_MAX,
  shardIndex,
  shardSize,
} from "./permutation.js";

const seeds = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
/** Sizes of every magnitude, and those next to a power of two. */
const sizes = fc
  .tuple(
    fc.integer({ min: 0, max: 48 }),
    fc.integer({ min: -2, max: 2 }),
    fc.double({ min: 0, max: 1, noNaN: true }),
  )
  .map(([bits, by, part]) => {
    const size = part < 0.5 ? 2 ** bits + by : Math.floor(2 ** bits * part) + 1;
    return Math.min(Math.max(size, 1), PERMUTATION_SIZE_MAX);
  });

test("each element comes exactly once, for any size and seed", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3000 }), seeds, (size, seed) => {
      const permutation = new Permutation(size, seed);
      const seen = new Uint8Array(size);
      for (let index = 0; index < size; index += 1) {
        const value = permutation.at(index);
        assert.ok(Number.isInteger(value) && value >= 0 && value < size);
        assert.equal(seen[value], 0);
        seen[value] = 1;
      }
    }),
    { numRuns: 60 },
  );
});

test("the way back leads to where an element stood, up to 2^48", () => {
  fc.assert(
    fc.property(
      sizes,
      seeds,
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (size, seed, part) => {
        const permutation = new Permutation(size, seed);
        for (const index of [0, size - 1, Math.floor(size * part)]) {
          const value = permutation.at(index);
          assert.ok(Number.isInteger(value) && value >= 0 && value < size, `${value} of ${size}`);
          assert.equal(permutation.indexOf(value), index);
          assert.equal(permutation.at(permutation.indexOf(index)), index);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test("neighbours do not come one after the other", () => {
  fc.assert(
    fc.property(fc.integer({ min: 4096, max: PERMUTATION_SIZE_MAX }), seeds, (size, seed) => {
      const permutation = new Permutation(size, seed);
      let neighbours = 0;
      let last = permutation.at(0);
      for (let index = 1; index < 2000; index += 1) {
        const value = permutation.at(index);
        if (Math.abs(value - last) === 1) neighbours += 1;
        last = value;
      }
      // Chance alone gives one on average at the smallest size; more than 16 would be no chance (10^-14).
      assert.ok(neighbours <= 16, `${neighbours} neighbours in a row`);
    }),
    { numRuns: 100 },
  );
});

test("a stretch of the order is spread over all of the networks", () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const permutation = new Permutation(65_536, seed);
      const perNetwork = new Uint8Array(256);
      for (let index = 0; index < 256; index += 1) perNetwork[permutation.at(index) >>> 8]! += 1;
      // One each on average; 14 in one of them by chance is less than 10^-8.
      assert.ok(Math.max(...perNetwork) < 14);
      assert.ok(perNetwork.filter((count) => count > 0).length > 100);
    }),
    { numRuns: 100 },
  );
});

test("another seed is another order, in its low and in its high half", () => {
  const order = (seed: number) => {
    const permutation = new Permutation(1000, seed);
    return Array.from({ length: 1000 }, (_, index) => permutation.at(index)).join(" ");
  };
  assert.equal(order(7), order(7));
  assert.notEqual(order(7), order(8));
  assert.notEqual(order(7), order(7 + 2 ** 32));
});

test("shards share the order out: every element is in exactly one", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 40 }),
      seeds,
      (size, count, seed) => {
        const permutation = new Permutation(size, seed);
        const seen: number[] = [];
        for (let index = 0; index < count; index += 1) {
          const shard = parseShard(`${index + 1}/${count}`);
          for (let nth = 0; nth < shardSize(size, shard); nth += 1) {
            assert.equal(shardIndex(shard, nth) % count, index);
            seen.push(permutation.at(shardIndex(shard, nth)));
          }
        }
        assert.deepEqual(
          seen.sort((a, b) => a - b),
          Array.from({ length: size }, (_, value) => value),
        );
      },
    ),
    { numRuns: 100 },
  );
});

test("a shard is written as which of how many", () => {
  assert.deepEqual(parseShard("1/4"), { index: 0, count: 4 });
  assert.deepEqual(parseShard(`${SHARDS_MAX}/${SHARDS_MAX}`), { index: SHARDS_MAX - 1, count: SHARDS_MAX });
  for (const text of ["", "1", "0/4", "5/4", "1/0", "-1/4", "1/4/4", "a/b", "1.0/4", `1/${SHARDS_MAX + 1}`]) {
    assert.throws(
      () => parseShard(text),
      (error) =>
        error instanceof PalisadeError && error.code === "SCAN_SHARD_INVALID" && error.message.includes(text),
    );
  }
});
