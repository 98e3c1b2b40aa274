import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { emitTzsp, parseTzsp, TZSP_TRUNCATED, TZSP_TYPE_KEEPALIVE, TZSP_VERSION_UNKNOWN } from "./tzsp.js";

test("tags stand before the frame, up to the end tag", () => {
  assert.deepEqual(parseTzsp(hex("01 00 0001 00 0a 01 c8 00 01 aabb")), {
    type: 0,
    protocol: 1,
    tags: [{ number: 10, value: hex("c8") }],
    payload: hex("aabb"),
  });
});

test("a packet without a frame has no tags", () => {
  assert.deepEqual(parseTzsp(hex("01 04 0000")), {
    type: TZSP_TYPE_KEEPALIVE,
    protocol: 0,
    tags: [],
    payload: hex(""),
  });
  const tagged = {
    type: TZSP_TYPE_KEEPALIVE,
    protocol: 0,
    tags: [{ number: 10, value: hex("c8") }],
    payload: hex(""),
  };
  assert.throws(() => emitTzsp(tagged, new Uint8Array(64), 0), /tags in a packet of type 4/);
});

test("names what is wrong", () => {
  assert.equal(parseTzsp(hex("02 00 0001 01")), TZSP_VERSION_UNKNOWN);
  assert.equal(parseTzsp(hex("01 00 0001")), TZSP_TRUNCATED);
  assert.equal(parseTzsp(hex("01 00 0001 0000")), TZSP_TRUNCATED);
  assert.equal(parseTzsp(hex("01 00 0001 0a")), TZSP_TRUNCATED);
  assert.equal(parseTzsp(hex("01 00 0001 0a 02 c8")), TZSP_TRUNCATED);
});
