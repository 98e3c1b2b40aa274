import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, hex, latin1 } from "@palisade/wire";
import { rlpCount, rlpEnd, rlpItem } from "./rlp.js";

test("the yellow paper's examples are measured", () => {
  for (const [octets, start, isList] of [
    [concat(0x83, latin1("dog")), 1, false],
    [concat(0xc8, 0x83, latin1("cat"), 0x83, latin1("dog")), 1, true],
    [hex("80"), 1, false],
    [hex("c0"), 1, true],
    [hex("00"), 0, false],
    [hex("820400"), 1, false],
    [concat(hex("b838"), new Uint8Array(56)), 2, false],
    [hex("c7c0c1c0c3c0c1c0"), 1, true],
  ] as const) {
    assert.equal(rlpEnd(octets, 0, octets.length), octets.length);
    assert.deepEqual({ ...rlpItem }, { start, isList });
    assert.equal(rlpEnd(octets, 0, octets.length - 1), -1);
  }
});

test("a length that is not written in the shortest way is refused", () => {
  const octets = concat(hex("b837"), new Uint8Array(55));
  assert.equal(rlpEnd(octets, 0, octets.length), -1);
});

test("items are counted only where they fill the span", () => {
  const octets = hex("8363617483646f67");
  assert.equal(rlpCount(octets, 0, octets.length, 10), 2);
  assert.equal(rlpCount(octets, 0, octets.length - 1, 10), -1);
  assert.equal(rlpCount(octets, 0, octets.length, 1), -1);
});
