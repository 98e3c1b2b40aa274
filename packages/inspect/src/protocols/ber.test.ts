import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "@palisade/wire";
import fc from "fast-check";
import {
  BER_OK,
  BER_SHORT,
  BER_WRONG,
  BerElement,
  berInteger,
  berObjectIdentifier,
  readBer,
  readBerTag,
} from "./ber.js";

const element = new BerElement();

test("reads short and long lengths", () => {
  assert.equal(readBer(hex("02 01 05"), 0, 3, element), BER_OK);
  assert.deepEqual([element.tag, element.number, element.start, element.end], [0x02, 2, 2, 3]);
  // X.690 §8.1.3.5: the long form need not be the shortest one.
  assert.equal(readBer(hex("04 84 00000002 aabb"), 0, 8, element), BER_OK);
  assert.deepEqual([element.start, element.end], [6, 8]);
});

test("reads tag numbers above 30", () => {
  assert.equal(readBer(hex("9f 6e 02 3831"), 0, 5, element), BER_OK);
  assert.deepEqual([element.tag, element.number, element.start], [0x9f, 110, 3]);
  assert.equal(readBer(hex("9f 81 7b 00"), 0, 4, element), BER_OK);
  assert.equal(element.number, 251);
  assert.equal(readBer(hex("9f ff ff ff 7f 00"), 0, 6, element), BER_WRONG);
});

test("says where an element would end that is not whole", () => {
  assert.equal(readBer(hex("30 82 0100 02"), 0, 5, element), BER_SHORT);
  assert.deepEqual([element.start, element.end], [4, 260]);
  for (const prefix of ["", "30", "30 82", "30 82 01", "9f", "9f ff"]) {
    assert.equal(readBer(hex(prefix), 0, hex(prefix).length, element), BER_SHORT);
    assert.equal(element.start, 0);
  }
});

test("refuses indefinite, reserved and impossible lengths", () => {
  for (const text of ["30 80 0000", "30 ff", "30 85 0000000001", "30 84 ffffffff"]) {
    assert.equal(readBer(hex(text), 0, hex(text).length, element), BER_WRONG, text);
  }
});

test("tells the tag that was asked for", () => {
  assert.equal(readBerTag(hex("0a0103"), 0, 3, 0x0a, element), true);
  assert.equal(readBerTag(hex("0a0103"), 0, 3, 0x02, element), false);
  assert.equal(readBerTag(hex("0a0103"), 0, 2, 0x0a, element), false);
});

test("reads integers in two's complement", () => {
  // X.690 §8.3, and the usual boundaries of one and two octets.
  const cases: [string, number][] = [
    ["02 01 00", 0],
    ["02 01 7f", 127],
    ["02 02 0080", 128],
    ["02 01 80", -128],
    ["02 02 ff7f", -129],
    ["02 04 7fffffff", 2_147_483_647],
    ["02 05 00ffffffff", 4_294_967_295],
    ["02 00", Number.NaN],
    ["02 07 01020304050607", Number.NaN],
  ];
  for (const [text, value] of cases) {
    const octets = hex(text);
    assert.equal(readBer(octets, 0, octets.length, element), BER_OK);
    assert.equal(berInteger(octets, element), value, text);
  }
});

test("reads object identifiers", () => {
  // X.690 §8.19.5: {2 999 3} is 88 37 03.
  const cases: [string, string][] = [
    ["06 03 883703", "2.999.3"],
    ["06 06 2b0601050502", "1.3.6.1.5.5.2"],
    ["06 01 00", "0.0"],
    ["06 00", ""],
    ["06 02 2b86", ""],
    ["06 09 2a864886f70d010901", "1.2.840.113549.1.9.1"],
    ["06 0a 0992268993f22c640119", "0.9.2342.19200300.100.1.25"],
    ["06 09 2b8fffffffffffff7f", "1.3.9007199254740991"],
    ["06 09 2b90808080808080 00", ""],
    [`06 8181 ${"01".repeat(129)}`, ""],
    [`06 7f ${"01".repeat(127)}`, `0.1${".1".repeat(126)}`],
  ];
  for (const [text, value] of cases) {
    const octets = hex(text);
    assert.equal(readBer(octets, 0, octets.length, element), BER_OK);
    assert.equal(berObjectIdentifier(octets, element), value, text);
  }
});

test("never reads past the limit, whatever the octets", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 24 }), fc.nat(24), (octets, cut) => {
      const limit = Math.min(cut, octets.length);
      const whole = readBer(octets, 0, limit, element);
      const [start, end] = [element.start, element.end];
      const alone = readBer(octets.slice(0, limit), 0, limit, element);
      assert.equal(whole, alone);
      if (whole === BER_OK) {
        assert.deepEqual([start, end], [element.start, element.end]);
        assert.ok(start <= end && end <= limit);
        assert.ok(
          Number.isNaN(berInteger(octets, element)) || Number.isSafeInteger(berInteger(octets, element)),
        );
        assert.match(berObjectIdentifier(octets, element), /^(\d+(\.\d+)+)?$/);
      }
    }),
  );
});
