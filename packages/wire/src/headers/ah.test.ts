import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { AH_LENGTH_IMPOSSIBLE, AH_TRUNCATED, emitAh, parseAh } from "./ah.js";

test("the length counts words less two", () => {
  assert.deepEqual(parseAh(hex("06 02 0000 00000100 00000001 aabbccdd 1388")), {
    nextHeader: 6,
    spi: 0x100,
    sequence: 1,
    integrityCheckValue: hex("aabbccdd"),
    payload: hex("1388"),
  });
});

test("names what is wrong", () => {
  assert.equal(parseAh(hex("06 00 0000 00000100 00000001")), AH_LENGTH_IMPOSSIBLE);
  assert.equal(parseAh(hex("06 02 0000 00000100 00000001 aabbcc")), AH_TRUNCATED);
});

test("an integrity check value that is no whole words is not emitted", () => {
  const packet = { nextHeader: 6, spi: 1, sequence: 1, integrityCheckValue: hex("aa"), payload: hex("") };
  assert.throws(() => emitAh(packet, new Uint8Array(64), 0), /integrity check value/);
});
