import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, latin1 } from "@palisade/wire";
import { BER_OK, BerElement, readBer } from "../ber.js";
import { certificateTimeMs } from "./certificate-time.js";

describe("times of certificates", () => {
  function time(tag: number, text: string): number | undefined {
    const octets = concat(tag, text.length, latin1(text));
    const element = new BerElement();
    assert.equal(readBer(octets, 0, octets.length, element), BER_OK);
    return certificateTimeMs(octets, element);
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
