import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { parseVxlan, VXLAN_IDENTIFIER_INVALID, VXLAN_TRUNCATED } from "./vxlan.js";

test("the network identifier is there where the I flag says so; reserved bits are ignored", () => {
  assert.deepEqual(parseVxlan(hex("88 00abcd 00004d ff 0102")), { vni: 77, payload: hex("0102") });
  assert.equal(parseVxlan(hex("00 000000 00004d 00")), VXLAN_IDENTIFIER_INVALID);
  assert.equal(parseVxlan(hex("08 000000 00004d")), VXLAN_TRUNCATED);
});
