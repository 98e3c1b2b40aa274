import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import { digitsEnd, memberValue, stringEnd } from "./json-member.js";

const text = '{"port" : 17500, "name":"a \\"b\\" c", "none"x, "last":';
const octets = latin1(text);

describe("json members", () => {
  it("finds a value by its name, with and without blanks", () => {
    const port = memberValue(octets, 0, octets.length, '"port"');
    assert.equal(text.slice(port, digitsEnd(octets, port, octets.length)), "17500");
    const name = memberValue(octets, 0, octets.length, '"name"');
    assert.equal(text.slice(name + 1, stringEnd(octets, name, octets.length)), 'a \\"b\\" c');
  });

  it("finds none where there is no colon, no value, or no such name", () => {
    assert.equal(memberValue(octets, 0, octets.length, '"none"'), -1);
    assert.equal(memberValue(octets, 0, octets.length, '"last"'), -1);
    assert.equal(memberValue(octets, 0, octets.length, '"absent"'), -1);
    assert.equal(memberValue(octets, 0, 6, '"port"'), -1);
  });

  it("finds no end of a string that has none", () => {
    assert.equal(stringEnd(latin1('"abc\\"'), 0, 6), -1);
    assert.equal(stringEnd(latin1("abc"), 0, 3), -1);
  });
});
