import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import {
  CAPWAP_LENGTH_IMPOSSIBLE,
  CAPWAP_PREAMBLE_UNKNOWN,
  CAPWAP_TRUNCATED,
  parseCapwap,
} from "./capwap.js";

test("reads the fields of RFC 5415 §4.3, the radio's address among them", () => {
  // HLEN 4 words, radio 1, binding 1, T, M
  assert.deepEqual(parseCapwap(hex("00 204310 0007 0018 06 00005e005301 00 0801")), {
    kind: "clear",
    radioId: 1,
    wirelessBinding: 1,
    nativeFrame: true,
    fragment: false,
    lastFragment: false,
    keepAlive: false,
    fragmentId: 7,
    fragmentOffsetBytes: 24,
    radioMac: hex("00005e005301"),
    wirelessInformation: undefined,
    payload: hex("0801"),
  });
});

test("a preamble of type 1 stands before a DTLS record", () => {
  assert.deepEqual(parseCapwap(hex("01 000000 16feff")), { kind: "dtls", payload: hex("16feff") });
});

test("names what is wrong", () => {
  assert.equal(parseCapwap(hex("10 100200 0000 0000")), CAPWAP_PREAMBLE_UNKNOWN);
  assert.equal(parseCapwap(hex("00 080200 0000 0000")), CAPWAP_LENGTH_IMPOSSIBLE);
  assert.equal(parseCapwap(hex("00 180200 0000 0000")), CAPWAP_TRUNCATED);
  assert.equal(parseCapwap(hex("00 100210 0000 0000 06")), CAPWAP_LENGTH_IMPOSSIBLE);
  assert.equal(parseCapwap(hex("00 180220 0000 0000 04 000000 00")), CAPWAP_LENGTH_IMPOSSIBLE);
});
