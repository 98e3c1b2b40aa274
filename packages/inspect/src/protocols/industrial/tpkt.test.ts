import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, hex } from "@palisade/wire";
import {
  findSelector,
  firstUserData,
  readTpkt,
  TPKT_CONTROL,
  TPKT_DATA,
  TPKT_SHORT,
  TPKT_WRONG,
  tpkt,
} from "./tpkt.js";

const request = hex("03000016 11 e0 0000 0001 00 c1020100 c2020102 c0010a");
const data = hex("03000009 02 f0 80 3201");

describe("ISO transport over TCP", () => {
  it("tells control packets from data", () => {
    assert.equal(readTpkt(request, 0, request.length), TPKT_CONTROL);
    assert.equal(readTpkt(data, 0, data.length), TPKT_DATA);
    assert.deepEqual([tpkt.start, tpkt.end, tpkt.last], [7, 9, true]);
  });

  it("refuses other versions, and classes that number their data", () => {
    for (const wrong of [
      "02000009 02f080 3201",
      "03010009 02f080 3201",
      "03000009 02f081 3201",
      "03000006",
    ]) {
      const octets = hex(wrong);
      assert.equal(readTpkt(octets, 0, octets.length), TPKT_WRONG, wrong);
    }
  });

  it("passes over the set-up, and waits for what is not there", () => {
    const both = concat(request, data);
    assert.equal(firstUserData(both, 0, both.length), TPKT_DATA);
    assert.equal(tpkt.start, request.length + 7);
    for (let end = 1; end < request.length + 7; end += 1) {
      assert.equal(firstUserData(both, 0, end), TPKT_SHORT, `${end} octets`);
    }
  });

  it("finds the selectors of both ends", () => {
    assert.ok(findSelector(request, 0, request.length, false));
    assert.deepEqual([...request.subarray(tpkt.start, tpkt.end)], [1, 0]);
    assert.ok(findSelector(request, 0, request.length, true));
    assert.deepEqual([...request.subarray(tpkt.start, tpkt.end)], [1, 2]);
    assert.ok(!findSelector(data, 0, data.length, true));
  });
});
