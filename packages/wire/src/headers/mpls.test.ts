import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, hex } from "../octets.js";
import { emitMpls, MPLS_LABELS_MAX, MPLS_LABELS_TOO_MANY, MPLS_TRUNCATED, parseMpls } from "./mpls.js";

test("labels are read down to the bottom of the stack", () => {
  assert.deepEqual(parseMpls(hex("00010 a 40  fffff 1 ff  45")), {
    labels: [
      { label: 16, trafficClass: 5, timeToLive: 64 },
      { label: 0xf_ffff, trafficClass: 0, timeToLive: 255 },
    ],
    payload: hex("45"),
  });
});

test("names what is wrong", () => {
  const label = hex("00010 0 40");
  const stack = (count: number) => concat(...Array.from({ length: count }, () => label));
  assert.equal(parseMpls(stack(2)), MPLS_TRUNCATED);
  assert.equal(parseMpls(stack(MPLS_LABELS_MAX + 1)), MPLS_LABELS_TOO_MANY);
});

test("a stack of no label is not emitted", () => {
  assert.throws(() => emitMpls({ labels: [], payload: hex("") }, new Uint8Array(8), 0), /no label/);
});
