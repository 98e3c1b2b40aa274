import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { HTAB, is, VALUE } from "./octets.js";
import { bufferView, plainBytes } from "./value-octets.js";

describe("octets of a value, eight at a time", () => {
  it("are those of the class VALUE but tabs, wherever they lie", () => {
    const octet = fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom(0x20, 0x61, 0x7e, 0x80, 0xff) },
      fc.nat({ max: 255 }),
    );
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 60 }), fc.nat({ max: 7 }), (values, offset) => {
        const octets = Uint8Array.from([...Array(offset).fill(0x61), ...values, 0x61]).subarray(offset);
        const base = octets.byteOffset;
        const bytes = plainBytes(bufferView(octets), base, base + octets.length);
        const others = octets.findIndex((one) => !is(one, VALUE) || one === HTAB);
        const plain = others < 0 ? octets.length : others;
        assert.equal(bytes, Math.min(plain - (plain % 8), octets.length - 1 - ((octets.length - 1) % 8)));
      }),
      { numRuns: 2_000 },
    );
  });

  it("stop at each octet that is none, at each place of a word", () => {
    for (let octet = 0; octet < 256; octet += 1) {
      for (let place = 0; place < 8; place += 1) {
        const octets = new Uint8Array(16).fill(0x61);
        octets[place] = octet;
        const plain = is(octet, VALUE) && octet !== HTAB;
        assert.equal(plainBytes(bufferView(octets), 0, 16), plain ? 8 : 0, `${octet} at ${place}`);
      }
    }
  });
});
