import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex } from "@palisade/wire";
import fc from "fast-check";
import { CUT, field, NOT_PROTOBUF, readField } from "./protobuf.js";

describe("protobuf fields", () => {
  it("reads the documentation's examples", () => {
    assert.equal(readField(hex("08 9601"), 0, 3), 3);
    assert.deepEqual({ ...field, start: 0, end: 0 }, { number: 1, type: 0, value: 150, start: 0, end: 0 });
    assert.equal(readField(hex("12 07 74657374696e67"), 0, 9), 9);
    assert.deepEqual([field.number, field.type, field.start, field.end], [2, 2, 2, 9]);
  });

  it("skips fixed fields", () => {
    assert.equal(readField(hex("09 0102030405060708"), 0, 9), 9);
    assert.equal(readField(hex("0d 01020304"), 0, 5), 5);
  });

  it("says where octets are missing, and where they are none", () => {
    assert.equal(readField(hex("08 96"), 0, 2), CUT);
    assert.equal(readField(hex("12 07 7465"), 0, 4), CUT);
    assert.equal(readField(hex("0d 0102"), 0, 3), CUT);
    assert.equal(readField(hex(""), 0, 0), CUT);
    assert.equal(readField(hex("0b 00"), 0, 2), NOT_PROTOBUF);
    assert.equal(readField(hex("00 00"), 0, 2), NOT_PROTOBUF);
    assert.equal(readField(new Uint8Array(16).fill(0x80), 0, 16), NOT_PROTOBUF);
  });

  it("advances on any octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const after = readField(octets, 0, octets.length);
        assert.ok(after === CUT || after === NOT_PROTOBUF || (after > 0 && after <= octets.length));
      }),
    );
  });
});
