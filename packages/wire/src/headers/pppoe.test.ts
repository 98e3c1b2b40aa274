import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import {
  PPPOE_CODE_INITIATION,
  PPPOE_TAG_TRUNCATED,
  PPPOE_TRUNCATED,
  PPPOE_VERSION_UNKNOWN,
  parsePppoe,
  parsePppoeTags,
} from "./pppoe.js";

test("the payload ends where the length says, before the padding of the link", () => {
  assert.deepEqual(parsePppoe(hex("11 09 0000 0004 01010000 000000")), {
    code: PPPOE_CODE_INITIATION,
    sessionId: 0,
    payload: hex("01010000"),
  });
});

test("tags are read up to the end of the list", () => {
  assert.deepEqual(parsePppoeTags(hex("0101 0000  0103 0002 abcd  0000 0000  ffff")), [
    { type: 0x0101, value: hex("") },
    { type: 0x0103, value: hex("abcd") },
  ]);
});

test("names what is wrong", () => {
  assert.equal(parsePppoe(hex("21 00 0001 0000")), PPPOE_VERSION_UNKNOWN);
  assert.equal(parsePppoe(hex("11 00 0001 0002 c0")), PPPOE_TRUNCATED);
  assert.equal(parsePppoeTags(hex("0101 0003 abcd")), PPPOE_TAG_TRUNCATED);
  assert.equal(parsePppoeTags(hex("0101 00")), PPPOE_TAG_TRUNCATED);
});
