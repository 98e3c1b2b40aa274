import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { md5, sha1 } from "./digest.js";
import type { Transformation } from "./transformation.js";
import { applied } from "./vectors.build.js";

/** RFC 1321 §A.5, and a value with all octets. */
const md5Vectors: readonly (readonly [string, string])[] = [
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["abc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  ["abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b"],
  ["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f"],
  ["1234567890".repeat(8), "57edf4a22be3c955ac49da2e2107b67a"],
  ["\0", "93b885adfe0da089cdf634904fd59f71"],
];

/** RFC 3174 §7.3, FIPS 180-1 appendices A to C, and short ones. */
const sha1Vectors: readonly (readonly [string, string])[] = [
  ["", "da39a3ee5e6b4b0d3255bfef95601890afd80709"],
  ["a", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"],
  ["abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
  ["abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "84983e441c3bd26ebaae4aa1f95129e5e54670f1"],
  [
    "0123456701234567012345670123456701234567012345670123456701234567".repeat(10),
    "dea356a2cddd90c7a7ecedc5ebb563934f460452",
  ],
  ["a".repeat(1_000_000), "34aa973cd4c4daa4f61eeb2bdbad27316534016f"],
  ["\0", "5ba93c9db0cff93f52b521d7420e43f6eda2784f"],
  ["The quick brown fox jumps over the lazy dog", "2fd4e1c67a2d28fced849ee1bb76e7391b93eb12"],
];

function testDigests(transformation: Transformation, vectors: readonly (readonly [string, string])[]): void {
  describe(transformation.name, () => {
    for (const [value, hex] of vectors) {
      it(`makes ${hex} of ${value.length} octets`, () => {
        assert.equal(Buffer.from(applied(transformation, value), "latin1").toString("hex"), hex);
      });
    }
  });
}

testDigests(md5, md5Vectors);
testDigests(sha1, sha1Vectors);
