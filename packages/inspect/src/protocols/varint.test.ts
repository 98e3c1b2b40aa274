import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex } from "@palisade/wire";
import fc from "fast-check";
import { VARINT_CUT, VARINT_TOO_LONG, varintEnd, varintValue } from "./varint.js";

describe("varints", () => {
  it("are as in the specifications", () => {
    // protobuf.dev "Base 128 Varints": 150; MQTT 5.0 table 1-1: the ends of each length.
    const cases: readonly (readonly [string, number])[] = [
      ["9601", 150],
      ["00", 0],
      ["7f", 127],
      ["8001", 128],
      ["ff7f", 16_383],
      ["80808001", 2_097_152],
      ["ffffff7f", 268_435_455],
    ];
    for (const [text, value] of cases) {
      const octets = hex(text);
      assert.equal(varintEnd(octets, 0, octets.length, 4), octets.length, text);
      assert.equal(varintValue(octets, 0, octets.length), value, text);
    }
  });

  it("are cut, or too long", () => {
    assert.equal(varintEnd(hex(""), 0, 0), VARINT_CUT);
    assert.equal(varintEnd(hex("80 01"), 0, 1), VARINT_CUT);
    assert.equal(varintEnd(hex("80 80 80"), 0, 3, 4), VARINT_CUT);
    assert.equal(varintEnd(hex("80 80 80 80 01"), 0, 5, 4), VARINT_TOO_LONG);
    assert.equal(varintEnd(new Uint8Array(16).fill(0x80), 0, 16), VARINT_TOO_LONG);
  });

  it("are read back, whatever the number", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        const octets: number[] = [];
        let rest = number;
        for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) octets.push((rest % 0x80) | 0x80);
        octets.push(rest);
        const encoded = Uint8Array.from(octets);
        assert.equal(varintEnd(encoded, 0, encoded.length), encoded.length);
        assert.equal(varintValue(encoded, 0, encoded.length), number);
      }),
    );
  });
});
