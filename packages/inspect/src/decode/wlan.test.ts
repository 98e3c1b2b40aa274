import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, hex } from "@palisade/wire";
import { wlanPayload } from "./wlan.js";

const SNAP = hex("aaaa03 000000 0800");
/** Duration, three addresses, sequence control. */
const REST = hex("0000 00005e005301 00005e005302 00005e005303 0000");
/** Offset of what follows the header in a frame that lies 4 octets from the start of its array. */
const payloadOf = (frameControl: string, more = "", payload = SNAP): number => {
  const frame = concat(hex("ffffffff"), hex(frameControl), REST, hex(more), payload);
  return wlanPayload(frame, 4, frame.length) - 4;
};
const NONE = -5;

describe("an 802.11 frame", () => {
  const carrying: readonly (readonly [string, string, string, number])[] = [
    ["to the distribution system", "0801", "", 24],
    ["from the distribution system", "0802", "", 24],
    ["between access points, with a fourth address", "0803", "00005e005304", 30],
    ["with quality of service", "8801", "0000", 26],
    ["with quality of service and HT control", "8881", "0000 00000000", 30],
    ["with the order flag and no quality of service, so no HT control", "0881", "", 24],
    ["whose two octets of frame control are swapped", "0108", "", 24],
  ];
  for (const [title, frameControl, more, offset] of carrying) {
    it(`carries LLC ${title}`, () => assert.equal(payloadOf(frameControl, more), offset));
  }

  const closed: readonly (readonly [string, string])[] = [
    ["is protected", "0841"],
    ["is management", "8000"],
    ["is control", "b400"],
    ["has no data", "4801"],
    ["is of another version", "0901"],
  ];
  for (const [title, frameControl] of closed) {
    it(`is not opened where it ${title}`, () => assert.equal(payloadOf(frameControl), NONE));
  }

  it("is not opened where something else than SNAP follows, or it is cut before", () => {
    assert.equal(payloadOf("0801", "", hex("0006 00005e005301 aaaa03")), NONE);
    assert.equal(payloadOf("0801", "", SNAP.subarray(0, 7)), NONE);
    assert.equal(wlanPayload(hex("0801"), 0, 2), -1);
  });
});
