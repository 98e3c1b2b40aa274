import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, hex, latin1 } from "@palisade/wire";
import fc from "fast-check";
import { DerElement, derOidText, derTimeMs, readDer } from "./der.js";

describe("readDer", () => {
  it("reads short and long lengths", () => {
    const element = new DerElement();
    const long = concat(hex("30 81 80"), new Uint8Array(128));
    assert.ok(readDer(hex("04 02 aabb"), 0, 4, element));
    assert.deepEqual([element.tag, element.start, element.end], [0x04, 2, 4]);
    assert.ok(readDer(long, 0, long.length, element));
    assert.deepEqual([element.tag, element.start, element.end], [0x30, 3, 131]);
  });

  const refused: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["a tag alone", "30"],
    ["content past the end", "04 03 aabb"],
    ["an indefinite length", "30 80 0000"],
    ["a length cut short", "30 82 01"],
    ["a length of five octets", "30 85 0000000001 00"],
    ["a length of 4 GiB", "30 84 ffffffff"],
    ["a tag of several octets", "1f 81 01 00"],
  ];
  for (const [name, octets] of refused) {
    it(`refuses ${name}`, () => {
      const all = hex(octets);
      assert.equal(readDer(all, 0, all.length, new DerElement()), false);
    });
  }

  it("stays inside, whatever the octets", () => {
    const element = new DerElement();
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(40), (octets, at) => {
        if (!readDer(octets, at, octets.length, element)) return;
        assert.ok(element.start >= at + 2 && element.start <= element.end && element.end <= octets.length);
      }),
    );
  });
});

describe("derTimeMs", () => {
  function time(tag: number, text: string): number | undefined {
    const octets = concat(tag, text.length, latin1(text));
    const element = new DerElement();
    assert.ok(readDer(octets, 0, octets.length, element));
    return derTimeMs(octets, element);
  }

  it("reads both forms, with years of two digits from 1950 to 2049", () => {
    assert.equal(time(0x17, "240131235959Z"), Date.UTC(2024, 0, 31, 23, 59, 59));
    assert.equal(time(0x17, "500101000000Z"), Date.UTC(1950, 0, 1));
    assert.equal(time(0x17, "491231000000Z"), Date.UTC(2049, 11, 31));
    assert.equal(time(0x18, "99991231235959Z"), Date.UTC(9999, 11, 31, 23, 59, 59));
  });

  for (const [tag, text] of [
    [0x17, "2401312359Z"],
    [0x17, "240131235959+0100"],
    [0x17, "241331235959Z"],
    [0x17, "24013123595xZ"],
    [0x18, "20240131235959.5Z"],
    [0x18, "00000101000000Z"],
    [0x04, "240131235959Z"],
  ] as const) {
    it(`refuses ${text} with tag ${tag}`, () => assert.equal(time(tag, text), undefined));
  }
});

describe("derOidText", () => {
  it("reads identifiers of every arc", () => {
    for (const [octets, text] of [
      ["55 04 03", "2.5.4.3"],
      ["2a 86 48 86 f7 0d 01 09 01", "1.2.840.113549.1.9.1"],
      ["09 92 26 89 93 f2 2c 64 01 19", "0.9.2342.19200300.100.1.25"],
      ["88 37 03", "2.999.3"],
    ] as const) {
      const all = hex(octets);
      assert.equal(derOidText(all, 0, all.length), text);
    }
  });

  it("is empty for one that is cut, empty, or beyond all measure", () => {
    for (const octets of ["", "55 84", "ff ff ff ff ff ff ff ff ff 7f"]) {
      const all = hex(octets);
      assert.equal(derOidText(all, 0, all.length), "");
    }
  });
});
