import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatIpAddress, latin1, parseIpAddress } from "@palisade/wire";
import fc from "fast-check";
import { readIpAddress } from "./address-octets.js";

function read(text: string): Uint8Array | undefined {
  const octets = latin1(`1:${text}:1`);
  const out = new Uint8Array(16).fill(0xee);
  const length = readIpAddress(octets, 2, 2 + text.length, out);
  return length === 0 ? undefined : out.slice(0, length);
}

describe("readIpAddress", () => {
  it("reads what the parser of texts reads, and nothing else", () => {
    const address = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }).map(formatIpAddress),
      fc.uint8Array({ minLength: 16, maxLength: 16 }).map(formatIpAddress),
      fc.ipV6(),
      fc.ipV4(),
    );
    const part = fc.constantFrom(
      ":",
      "::",
      ".",
      "0",
      "00",
      "1",
      "255",
      "256",
      "ffff",
      "10000",
      "g",
      "1.2.3.4",
      "%",
      " ",
      "\xff",
    );
    const text = fc.oneof(
      address,
      fc.array(part, { maxLength: 17 }).map((parts) => parts.join("")),
      fc
        .tuple(address, part, fc.nat(40))
        .map(([whole, some, at]) => whole.slice(0, at) + some + whole.slice(at)),
    );
    let addresses = 0;
    fc.assert(
      fc.property(text, (given) => {
        const expected = parseIpAddress(given);
        if (expected !== undefined) addresses += 1;
        assert.deepEqual(read(given), expected && new Uint8Array(expected));
      }),
      { numRuns: 3_000 },
    );
    assert.ok(addresses > 500);
  });

  it("reads the forms of RFC 4291 §2.2", () => {
    for (const text of [
      "2001:DB8:0:0:8:800:200C:417A",
      "FF01::101",
      "::1",
      "::",
      "::13.1.68.3",
      "::FFFF:129.144.52.38",
      "1::",
      "1:2:3:4:5:6:7::",
    ])
      assert.deepEqual(read(text), parseIpAddress(text), text);
  });
});
