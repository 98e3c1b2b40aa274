import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { ESP_TRUNCATED, parseEsp } from "./esp.js";

test("only the index and the sequence number are in the clear", () => {
  assert.deepEqual(parseEsp(hex("00000100 00000001 aabb")), {
    spi: 0x100,
    sequence: 1,
    payload: hex("aabb"),
  });
  assert.equal(parseEsp(hex("00000100 000000")), ESP_TRUNCATED);
});
