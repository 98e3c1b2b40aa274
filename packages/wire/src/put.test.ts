import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionFailure } from "@palisade/base";
import fc from "fast-check";
import { u8, u16, u24, u32, u32le } from "./octets.js";
import { needRoom, put8, put16, put24, put32, put32le, putExactly } from "./put.js";

test("what is written is read as the value cut to its field", () => {
  const pairs = [
    [put8, u8, 8],
    [put16, u16, 16],
    [put24, u24, 24],
    [put32, u32, 32],
    [put32le, u32le, 32],
  ] as const;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 0xffff_ffff }),
      fc.constantFrom(...pairs),
      (value, [put, read, bits]) => {
        const out = new Uint8Array(6).fill(0xa5);
        put(out, 1, value);
        assert.equal(read(out, 1), value % 2 ** bits);
        assert.equal(out[0], 0xa5);
        assert.equal(out[1 + bits / 8], 0xa5);
      },
    ),
  );
});

test("room that is not there is a broken invariant", () => {
  needRoom(new Uint8Array(4), 2, 2);
  assert.throws(() => needRoom(new Uint8Array(4), 2, 3), AssertionFailure);
  assert.throws(() => needRoom(new Uint8Array(4), -1, 2), AssertionFailure);
  assert.throws(() => putExactly(new Uint8Array(8), 0, new Uint8Array(3), 4), AssertionFailure);
});
