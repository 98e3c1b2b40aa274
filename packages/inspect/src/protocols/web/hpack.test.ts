import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex } from "@palisade/wire";
import fc from "fast-check";
import { HpackDecoder, type HpackField } from "./hpack.js";
import { codeSpaceUsed, decodeHuffman } from "./hpack-huffman.js";

function decode(decoder: HpackDecoder, octets: Uint8Array): string[] | undefined {
  const fields: string[] = [];
  return decoder.decode(octets, 0, octets.length, ({ name, value }) => fields.push(`${name}: ${value}`))
    ? fields
    : undefined;
}

describe("HPACK's Huffman code", () => {
  it("fills the code space", () => assert.equal(codeSpaceUsed(), 2 ** 30));

  for (const [coded, text] of [
    ["f1e3c2e5f23a6ba0ab90f4ff", "www.example.com"],
    ["a8eb10649cbf", "no-cache"],
    ["25a849e95ba97d7f", "custom-key"],
    ["d07abe941054d444a8200595040b8166e082a62d1bff", "Mon, 21 Oct 2013 20:13:21 GMT"],
    ["9d29ad171863c78f0b97c8e9ae82ae43d3", "https://www.example.com"],
    [
      "94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
      "foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1",
    ],
  ] as const) {
    it(`decodes "${text}" (RFC 7541 appendix C)`, () => {
      const octets = hex(coded);
      assert.equal(decodeHuffman(octets, 0, octets.length), text);
    });
  }

  it("refuses padding that is not the end-of-string symbol's", () => {
    assert.equal(decodeHuffman(hex("f1e3c2e5f23a6ba0ab90f4fe"), 0, 12), undefined);
    assert.equal(decodeHuffman(hex("ffffffff"), 0, 4), undefined);
    assert.equal(decodeHuffman(hex("07ff"), 0, 2), undefined);
  });
});

describe("HPACK", () => {
  it("decodes requests with a dynamic table (RFC 7541 appendix C.4)", () => {
    const decoder = new HpackDecoder();
    assert.deepEqual(decode(decoder, hex("828684418cf1e3c2e5f23a6ba0ab90f4ff")), [
      ":method: GET",
      ":scheme: http",
      ":path: /",
      ":authority: www.example.com",
    ]);
    assert.deepEqual(decode(decoder, hex("828684be5886a8eb10649cbf")), [
      ":method: GET",
      ":scheme: http",
      ":path: /",
      ":authority: www.example.com",
      "cache-control: no-cache",
    ]);
    assert.deepEqual(decode(decoder, hex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")), [
      ":method: GET",
      ":scheme: https",
      ":path: /index.html",
      ":authority: www.example.com",
      "custom-key: custom-value",
    ]);
  });

  it("evicts what a smaller table has no room for (RFC 7541 appendix C.5)", () => {
    const decoder = new HpackDecoder();
    // §6.3: the table shrinks to 256 octets before the first field.
    const update = "3fe101";
    const first =
      "4803333032 5807 70726976617465 611d 4d6f6e2c203231204f637420323031332032303a31333a323120474d54 6e17 68747470733a2f2f7777772e6578616d706c652e636f6d";
    assert.deepEqual(decode(decoder, hex(update + first)), [
      ":status: 302",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ]);
    assert.deepEqual(decode(decoder, hex("4803333037c1c0bf")), [
      ":status: 307",
      "cache-control: private",
      "date: Mon, 21 Oct 2013 20:13:21 GMT",
      "location: https://www.example.com",
    ]);
    // The entry ":status: 302" made room: 65 entries in all, and no 66th.
    assert.equal(decode(decoder, hex("c2")), undefined);
  });

  it("finds fields by their number however many came and went (RFC 7541 §2.3.3)", () => {
    const decoder = new HpackDecoder();
    const name = (number: number): string => String.fromCharCode(0x61 + (number % 26), 0x61 + (number % 7));
    // Room for four fields of two letters without a value.
    assert.deepEqual(decode(decoder, hex("3f69")), []);
    for (let number = 0; number < 300; number += 1) {
      const letters = Uint8Array.from(name(number), (letter) => letter.charCodeAt(0));
      assert.deepEqual(decode(decoder, Uint8Array.of(0x40, 2, ...letters, 0)), [`${name(number)}: `]);
      for (let back = 0; back < 4; back += 1) {
        const expected = back <= number ? [`${name(number - back)}: `] : undefined;
        if (expected !== undefined) assert.deepEqual(decode(decoder, Uint8Array.of(0xbe + back)), expected);
      }
    }
    assert.equal(decode(decoder, hex("c2")), undefined);
  });

  it("gives the same object for each reference to a field, so that its value is read once", () => {
    const decoder = new HpackDecoder();
    const fields: HpackField[] = [];
    assert.ok(decoder.decode(hex("7a 03 616263 be be"), 0, 7, (field) => fields.push(field)));
    assert.deepEqual([fields.length, fields[0]?.value], [3, "abc"]);
    assert.ok(fields.every((field) => field === fields[0]));
  });

  it("refuses what does not end", () => {
    for (const block of [
      "ff",
      "ffffffffffffffff7f",
      "00",
      "0001",
      "000161",
      "00016105",
      "80",
      "3fffffffff7f",
    ]) {
      assert.equal(decode(new HpackDecoder(), hex(block)), undefined, block);
    }
  });

  it("decodes or refuses, whatever the octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
        const decoder = new HpackDecoder();
        for (let round = 0; round < 2; round += 1) {
          const fields = decode(decoder, octets);
          assert.ok(fields === undefined || fields.every((field) => field.includes(": ")));
        }
      }),
    );
  });
});
