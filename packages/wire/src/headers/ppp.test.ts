import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { PPP_IPV4, PPP_LCP, PPP_PROTOCOL_IMPOSSIBLE, PPP_TRUNCATED, parsePpp } from "./ppp.js";

test("address, control and a compressed protocol number are told apart", () => {
  const payload = hex("45");
  assert.deepEqual(parsePpp(hex("0021 45")), { addressAndControl: false, protocol: PPP_IPV4, payload });
  assert.deepEqual(parsePpp(hex("21 45")), { addressAndControl: false, protocol: PPP_IPV4, payload });
  assert.deepEqual(parsePpp(hex("ff03 c021 45")), { addressAndControl: true, protocol: PPP_LCP, payload });
  assert.deepEqual(parsePpp(hex("ff03 21 45")), { addressAndControl: true, protocol: PPP_IPV4, payload });
});

test("names what is wrong", () => {
  assert.equal(parsePpp(hex("0020")), PPP_PROTOCOL_IMPOSSIBLE);
  assert.equal(parsePpp(hex("00")), PPP_TRUNCATED);
  assert.equal(parsePpp(hex("ff03")), PPP_TRUNCATED);
});
