import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { COOKIE_KEY_BYTES, Cookie } from "./cookie.js";
import { halfSipHash } from "./half-sip-hash.build.js";

const referenceKey = Uint8Array.from({ length: 8 }, (_, index) => index);
const referenceInput = Uint8Array.from({ length: 64 }, (_, index) => index);

test("HalfSipHash-2-4 gives the vectors published with its reference", () => {
  // Of the octets 0 … length - 1 under the key 0 … 7, for each length from 0; as 32-bit words.
  const vectors = [
    0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a, 0x89466e2a, 0x69b6fac5, 0x23fc6358, 0xc563cf8b,
    0x8f84b8d0, 0x79e706f8, 0x3479b094, 0x50300808, 0x2f87f057, 0xff63e677, 0x7cf8ffd6, 0x972bfe74,
    0x84acb5d9, 0x5b6474c4, 0x9b8d5b46, 0x87e3ef7b, 0x45104de3, 0xb3623f61, 0xfe67f370,
  ];
  for (const [length, expected] of vectors.entries()) {
    const hash = halfSipHash(referenceKey, referenceInput, 0, length, { perWord: 2, final: 4 });
    assert.equal(hash.toString(16), expected.toString(16), `of ${length} octets`);
  }
});

test("HalfSipHash-1-3 gives the values that the Linux kernel's self-test expects", () => {
  // lib/siphash_kunit.c, of machines with 32-bit words: lengths 48 … 63.
  const vectors = [
    0x007783eb, 0x95766243, 0xab639262, 0x9c7e1390, 0xc368dda6, 0x38ddc455, 0xfa13d379, 0x979ea4e8,
    0x53ecd77e, 0x2ee80657, 0x33dbb66a, 0xae3f0577, 0x88b4c4cc, 0x3e7f480b, 0x74c1ebf8, 0x87178304,
  ];
  for (const [index, expected] of vectors.entries()) {
    const hash = halfSipHash(referenceKey, referenceInput, 0, 48 + index, { perWord: 1, final: 3 });
    assert.equal(hash.toString(16), expected.toString(16), `of ${48 + index} octets`);
  }
});

const keys = fc.uint8Array({ minLength: COOKIE_KEY_BYTES, maxLength: COOKIE_KEY_BYTES });
const addresses = fc.oneof(
  fc.uint8Array({ minLength: 4, maxLength: 4 }),
  fc.uint8Array({ minLength: 16, maxLength: 16 }),
);
const protocols = fc.integer({ min: 0, max: 255 });
const ports = fc.integer({ min: 0, max: 65_535 });

/** The message as the head of cookie.ts lays it out. */
function message(address: Uint8Array, port: number, sourcePort: number, protocol: number): Uint8Array {
  return Uint8Array.of(...address, port >> 8, port & 255, sourcePort >> 8, sourcePort & 255, protocol);
}

test("a cookie is HalfSipHash-1-3 of address, ports and protocol, wherever the address lies", () => {
  fc.assert(
    fc.property(
      keys,
      addresses,
      protocols,
      ports,
      ports,
      fc.integer({ min: 0, max: 5 }),
      (key, address, protocol, sourcePort, port, offset) => {
        const octets = new Uint8Array(offset + address.length + 3).fill(0xee);
        octets.set(address, offset);
        const expected = halfSipHash(
          key,
          message(address, port, sourcePort, protocol),
          0,
          address.length + 5,
          { perWord: 1, final: 3 },
        );
        assert.equal(
          new Cookie(key).of(protocol, sourcePort, octets, offset, address.length, port),
          expected,
        );
      },
    ),
    { numRuns: 1000 },
  );
});

test("each bit of the message and of the key turns about half of the bits", () => {
  for (const addressBytes of [4, 16]) {
    const bits = (COOKIE_KEY_BYTES + addressBytes + 5) * 8;
    const samples = 400;
    const turned = new Float64Array(bits);
    let state = 1;
    const octet = () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return state >>> 24;
    };
    const cookieOf = (all: Uint8Array) => {
      const at = COOKIE_KEY_BYTES + addressBytes;
      return new Cookie(all.subarray(0, COOKIE_KEY_BYTES)).of(
        all[at + 4]!,
        (all[at + 2]! << 8) | all[at + 3]!,
        all,
        COOKIE_KEY_BYTES,
        addressBytes,
        (all[at]! << 8) | all[at + 1]!,
      );
    };
    for (let sample = 0; sample < samples; sample += 1) {
      const all = Uint8Array.from({ length: bits / 8 }, octet);
      const before = cookieOf(all);
      for (let bit = 0; bit < bits; bit += 1) {
        all[bit >>> 3]! ^= 1 << (bit & 7);
        const change = before ^ cookieOf(all);
        all[bit >>> 3]! ^= 1 << (bit & 7);
        assert.notEqual(change, 0, `bit ${bit} changed nothing`);
        turned[bit]! += ones(change);
      }
    }
    for (let bit = 0; bit < bits; bit += 1) {
      const mean = turned[bit]! / samples;
      assert.ok(
        mean > 14.5 && mean < 17.5,
        `bit ${bit} of ${addressBytes}-octet addresses turns ${mean} of 32 bits`,
      );
    }
  }
});

test("another host, port, source port or protocol has another cookie", () => {
  const cookie = new Cookie(referenceKey);
  const seen = new Set<number>();
  const address = Uint8Array.of(192, 0, 2, 0);
  for (let host = 0; host < 8; host += 1) {
    address[3] = host;
    for (const port of [22, 80, 0x1600]) {
      for (const sourcePort of [61_111, 61_112]) {
        for (const protocol of [6, 17]) seen.add(cookie.of(protocol, sourcePort, address, 0, 4, port));
      }
    }
  }
  assert.equal(seen.size, 8 * 3 * 2 * 2);
});

function ones(word: number): number {
  let count = 0;
  for (let rest = word >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}
