import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BLOCK_BYTES_MAX, BLOCKS_KEPT_MAX, BlockPool } from "./block-pool.js";

describe("a pool of blocks", () => {
  it("gives blocks that are large enough, and not much larger", () => {
    const pool = new BlockPool();
    for (const [bytes, size] of [
      [0, 2_048],
      [1, 2_048],
      [2_048, 2_048],
      [2_049, 4_096],
      [10_000, 16_384],
      [BLOCK_BYTES_MAX, BLOCK_BYTES_MAX],
    ] as const)
      assert.equal(pool.take(bytes).length, size);
    assert.throws(() => pool.take(BLOCK_BYTES_MAX + 1));
  });

  it("gives a block again when it was given back, whole or in part, and never to two", () => {
    const pool = new BlockPool();
    const block = pool.take(5_000);
    assert.notEqual(pool.take(5_000).buffer, block.buffer);
    pool.giveBack(block.subarray(10, 20));
    const again = pool.take(6_000);
    assert.equal(again.buffer, block.buffer);
    assert.equal(again.length, block.length);
    assert.notEqual(pool.take(6_000).buffer, block.buffer);
  });

  it("refuses what is no block, and a block that it has", () => {
    const pool = new BlockPool();
    assert.throws(() => pool.giveBack(Buffer.allocUnsafeSlow(100) as Buffer<ArrayBuffer>));
    assert.throws(() => pool.giveBack(Buffer.allocUnsafeSlow(2 * BLOCK_BYTES_MAX) as Buffer<ArrayBuffer>));
    const block = pool.take(1);
    pool.giveBack(block);
    assert.throws(() => pool.giveBack(block.subarray(5)));
  });

  it("keeps so many of a size", () => {
    const pool = new BlockPool();
    const blocks = Array.from({ length: BLOCKS_KEPT_MAX + 1 }, () => pool.take(3_000));
    for (const block of blocks) pool.giveBack(block);
    const again = new Set(blocks.map(() => pool.take(3_000).buffer));
    assert.equal(blocks.filter(({ buffer }) => again.has(buffer)).length, BLOCKS_KEPT_MAX);
  });
});
