import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  checksumHolds,
  checksumWithout,
  crc32c,
  finishChecksum,
  foldSum,
  internetSum,
  pseudoHeaderSum,
  pseudoHeaderSumAt,
  updateChecksum,
} from "./checksum.js";
import { concat, hex, latin1, u16 } from "./octets.js";
import { put16 } from "./put.js";

test("the example of RFC 1071 §3 sums to ddf2", () => {
  const octets = hex("0001 f203 f4f5 f6f7");
  assert.equal(internetSum(octets, 0, 8), 0x2ddf0);
  assert.equal(foldSum(internetSum(octets, 0, 8)), 0xddf2);
  assert.equal(finishChecksum(internetSum(octets, 0, 8)), 0x220d);
});

test("a last odd octet counts as the high half of a word", () => {
  assert.equal(internetSum(hex("01"), 0, 1), 0x0100);
  assert.equal(internetSum(hex("ff0203ff"), 1, 3), 0x0203);
});

test("the sum of two stretches is that of both, for an even first", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 63 }), (first, second) => {
      const even = first.subarray(0, first.length & ~1);
      const whole = concat(even, second);
      assert.equal(
        internetSum(whole, 0, whole.length),
        internetSum(second, 0, second.length, internetSum(even, 0, even.length)),
      );
    }),
  );
});

test("a large buffer's sum folds without loss", () => {
  // 2^20 words of ffff: all ones, whatever their number.
  const octets = new Uint8Array(2 ** 21).fill(0xff);
  assert.equal(foldSum(internetSum(octets, 0, octets.length)), 0xffff);
});

test("the checksum that is computed holds, and no other word does", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 4, maxLength: 100 }),
      fc.integer({ min: 1, max: 0xfffe }),
      (octets, error) => {
        put16(octets, 2, checksumWithout(octets, 0, octets.length, 2));
        assert.equal(checksumHolds(octets, 0, octets.length), true);
        put16(octets, 2, u16(octets, 2) ^ error);
        assert.equal(checksumHolds(octets, 0, octets.length), false);
      },
    ),
  );
});

test("an update gives the example of RFC 1624 §4: 0000", () => {
  assert.equal(updateChecksum(0xdd2f, 0x5555, 0x3285), 0x0000);
});

test("an updated checksum holds as a recomputed one does", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 8, maxLength: 60 }), fc.nat(0xffff), (octets, after) => {
      octets[4] = 0x45; // as in every header: not all words are zero
      put16(octets, 2, checksumWithout(octets, 0, octets.length, 2));
      put16(octets, 2, updateChecksum(u16(octets, 2), u16(octets, 6), after));
      put16(octets, 6, after);
      assert.equal(checksumHolds(octets, 0, octets.length), true);
    }),
  );
});

test("a pseudo header sums as the layouts of RFC 9293 §3.1 and RFC 8200 §8.1 do", () => {
  const source4 = hex("c0000201");
  const destination4 = hex("c6336402");
  const layout4 = concat(source4, destination4, hex("00 06 0014"));
  assert.equal(pseudoHeaderSum(source4, destination4, 6, 20), internetSum(layout4, 0, layout4.length));

  const addresses6 = hex("20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 00000002");
  const layout6 = concat(addresses6, hex("00012345 000000 11"));
  const expected = foldSum(internetSum(layout6, 0, layout6.length));
  assert.equal(
    foldSum(pseudoHeaderSum(addresses6.subarray(0, 16), addresses6.subarray(16), 17, 0x12345)),
    expected,
  );
  assert.equal(foldSum(pseudoHeaderSumAt(concat(0, 0, addresses6), 2, 16, 17, 0x12345)), expected);
});

test("CRC32c gives the published check value and the vectors of RFC 3720 §B.4", () => {
  const check = latin1("123456789");
  assert.equal(crc32c(check, 0, check.length), 0xe306_9283);
  assert.equal(crc32c(new Uint8Array(32), 0, 32), 0x8a91_36aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff), 0, 32), 0x62a8_ab43);
  const rising = Uint8Array.from({ length: 32 }, (_, index) => index);
  assert.equal(crc32c(rising, 0, 32), 0x46dd_794e);
});

test("CRC32c goes on where it stopped", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (octets, cut) => {
      const middle = Math.min(cut, octets.length);
      const whole = crc32c(octets, 0, octets.length);
      assert.equal(crc32c(octets, middle, octets.length, crc32c(octets, 0, middle)), whole);
    }),
  );
});
