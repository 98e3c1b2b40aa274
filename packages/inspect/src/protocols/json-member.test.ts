import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import {
  digitsEnd,
  hasFilledString,
  hasString,
  memberValue,
  skipJsonWhitespace,
  stringEnd,
} from "./json-member.js";

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

  it("tells strings from other values, and those that hold something", () => {
    const object = latin1('{"user":"a","pass" : "","port":1,"none":null,"cut":"b');
    for (const [name, isString, isFilled] of [
      ["user", true, true],
      ["pass", true, false],
      ["port", false, false],
      ["none", false, false],
      ["cut", true, false],
      ["absent", false, false],
    ] as const) {
      assert.equal(hasString(object, 0, object.length, `"${name}"`), isString, name);
      assert.equal(hasFilledString(object, 0, object.length, `"${name}"`), isFilled, name);
    }
  });

  it("passes over the white space of RFC 8259, and no other", () => {
    assert.equal(skipJsonWhitespace(latin1(" \t\r\n\f1"), 0, 6), 4);
    assert.equal(skipJsonWhitespace(latin1("   "), 1, 2), 2);
  });

  it("finds no end of a string that has none", () => {
    assert.equal(stringEnd(latin1('"abc\\"'), 0, 6), -1);
    assert.equal(stringEnd(latin1("abc"), 0, 3), -1);
  });
});
