import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { LLC_TRUNCATED, parseLlc, parseSnap, SNAP_TRUNCATED } from "./llc.js";

test("unnumbered frames have one octet of control, all others two with the low one first", () => {
  assert.deepEqual(parseLlc(hex("4242 03 0000")), {
    destinationSap: 0x42,
    sourceSap: 0x42,
    control: 0x03,
    payload: hex("0000"),
  });
  assert.deepEqual(parseLlc(hex("e0e0 0102 aa")), {
    destinationSap: 0xe0,
    sourceSap: 0xe0,
    control: 0x0201,
    payload: hex("aa"),
  });
  assert.equal(parseLlc(hex("e0e0 01")), LLC_TRUNCATED);
});

test("a SNAP header of organization zero names an EtherType", () => {
  assert.deepEqual(parseSnap(hex("000000 0800 45")), { oui: 0, protocol: 0x0800, payload: hex("45") });
  assert.equal(parseSnap(hex("000000 08")), SNAP_TRUNCATED);
});
