import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumHolds } from "../checksum.js";
import { hex } from "../octets.js";
import {
  emitGre,
  GRE_FLAGS_IMPOSSIBLE,
  GRE_TRUNCATED,
  GRE_VERSION_UNKNOWN,
  type Gre,
  parseGre,
} from "./gre.js";

test("checksum, key and sequence number stand in this order where their flags are set", () => {
  assert.deepEqual(parseGre(hex("b000 0800 1234 0000 00000007 00000008 45")), {
    version: 0,
    protocol: 0x0800,
    checksum: 0x1234,
    key: 7,
    sequence: 8,
    payload: hex("45"),
  });
  assert.deepEqual(parseGre(hex("1000 6558 00000008")), {
    version: 0,
    protocol: 0x6558,
    checksum: undefined,
    key: undefined,
    sequence: 8,
    payload: hex(""),
  });
});

test("version 1 says how long its payload is and which call it belongs to", () => {
  assert.deepEqual(parseGre(hex("3081 880b 0002 0009 00000001 00000002 0021 ffff")), {
    version: 1,
    protocol: 0x880b,
    callId: 9,
    sequence: 1,
    acknowledgement: 2,
    payload: hex("0021"),
  });
});

test("the computed checksum holds", () => {
  const packet: Gre = {
    version: 0,
    protocol: 0x0800,
    checksum: 0xbeef,
    key: undefined,
    sequence: undefined,
    payload: hex("010203"),
  };
  const out = new Uint8Array(11);
  emitGre(packet, out, 0, true);
  assert.equal(checksumHolds(out, 0, 11), true);
});

test("names what is wrong", () => {
  assert.equal(parseGre(hex("4000 0800 0000 0000 00000000")), GRE_FLAGS_IMPOSSIBLE);
  assert.equal(parseGre(hex("0800 0800")), GRE_FLAGS_IMPOSSIBLE);
  assert.equal(parseGre(hex("0001 880b 0000 0009")), GRE_FLAGS_IMPOSSIBLE);
  assert.equal(parseGre(hex("0002 0800")), GRE_VERSION_UNKNOWN);
  assert.equal(parseGre(hex("2001 880b 0001 0009")), GRE_TRUNCATED);
  assert.equal(parseGre(hex("2000 0800 0000 07")), GRE_TRUNCATED);
});
