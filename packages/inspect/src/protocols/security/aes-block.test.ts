import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { test } from "node:test";
import { be32, concat, hex } from "@palisade/wire";
import fc from "fast-check";
import { encryptBlock } from "./aes-block.js";

function encrypted(key: Uint8Array, octets: Uint8Array, at = 0): Uint8Array {
  const out = new Int32Array(4);
  encryptBlock(key, octets, at, out);
  return concat(...Array.from(out, (word) => be32(word >>> 0)));
}

test("encrypts as FIPS 197 says in appendices B and C.1", () => {
  assert.deepEqual(
    encrypted(hex("2b7e151628aed2a6abf7158809cf4f3c"), hex("3243f6a8885a308d313198a2e0370734")),
    hex("3925841d02dc09fbdc118597196a0b32"),
  );
  assert.deepEqual(
    encrypted(hex("000102030405060708090a0b0c0d0e0f"), hex("00112233445566778899aabbccddeeff")),
    hex("69c4e0d86a7b0430d8cdb78070b4c55a"),
  );
});

test("encrypts as the platform does, whatever the key and octets, and wherever they lie", () => {
  const sixteen = fc.uint8Array({ minLength: 16, maxLength: 16 });
  fc.assert(
    fc.property(sixteen, sixteen, fc.nat({ max: 5 }), (key, octets, at) => {
      const expected = createCipheriv("aes-128-ecb", key, null).update(octets);
      assert.deepEqual(Buffer.from(encrypted(key, concat(new Uint8Array(at), octets), at)), expected);
    }),
  );
});
