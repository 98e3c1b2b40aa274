import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex, latin1 } from "@palisade/wire";
import { accessPointName, digits, element, readElement } from "./gtp-elements.js";

describe("GTP elements", () => {
  it("reads telephony digits, low half first, up to the filler", () => {
    assert.equal(digits(hex("00 01 01 21 43 65 87 f9"), 0, 8), "001010123456789");
    assert.equal(digits(hex("21 43"), 0, 2), "1234");
    assert.equal(digits(hex("2a"), 0, 1), "", "no digits");
  });

  it("reads access point names", () => {
    const name = latin1("\x08internet\x06mnc001");
    assert.equal(accessPointName(name, 0, name.length), "internet.mnc001");
    assert.equal(accessPointName(name, 0, 5), "", "cut");
    assert.equal(accessPointName(hex("00"), 0, 1), "", "an empty label");
  });

  it("knows the lengths of version 1 values that have none", () => {
    assert.ok(readElement(hex("0e 05"), 0, 2, 1));
    assert.deepEqual(element, { type: 14, start: 1, end: 2 });
    assert.ok(!readElement(hex("02 00 01"), 0, 3, 1), "an IMSI cut short");
    assert.ok(!readElement(hex("0600"), 0, 2, 1), "a type that is not defined");
  });
});
