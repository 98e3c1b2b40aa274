import assert from "node:assert/strict";
import { createECDH } from "node:crypto";
import { test } from "node:test";
import { hex } from "@palisade/wire";
import { isCurvePoint } from "./secp256k1.js";

// SEC 2 §2.4.1: the base point G.
const generator = hex(`04
  79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798
  483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8
`);

test("the base point is on the curve, its neighbour is not", () => {
  assert.ok(isCurvePoint(generator, 0));
  const neighbour = generator.slice();
  neighbour[64]! ^= 1;
  assert.ok(!isCurvePoint(neighbour, 0));
});

test("other forms and coordinates beyond the prime are refused", () => {
  assert.ok(!isCurvePoint(new Uint8Array(65).fill(0xff, 1).fill(4, 0, 1), 0));
  const compressed = generator.slice();
  compressed[0] = 2;
  assert.ok(!isCurvePoint(compressed, 0));
});

test("every public key that is made is on the curve", () => {
  for (let round = 0; round < 16; round += 1) {
    const made = createECDH("secp256k1");
    made.setPrivateKey(new Uint8Array(32).fill(round + 1));
    assert.ok(isCurvePoint(new Uint8Array(made.getPublicKey()), 0));
  }
});
