import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import {
  COOKED_OUTGOING,
  emitLinuxCooked,
  LINUX_COOKED_TRUNCATED,
  parseLinuxCooked,
  parseLinuxCooked2,
} from "./linux-cooked.js";

test("both versions give the same facts, the second the interface too", () => {
  const facts = {
    packetType: COOKED_OUTGOING,
    hardwareType: 1,
    addressLength: 6,
    address: hex("00005e005301"),
    protocol: 0x0800,
    payload: hex("45"),
  };
  assert.deepEqual(parseLinuxCooked(hex("0004 0001 0006 00005e0053010000 0800 45")), facts);
  assert.deepEqual(parseLinuxCooked2(hex("0800 0000 00000002 0001 04 06 00005e0053010000 45")), {
    ...facts,
    interfaceIndex: 2,
  });
});

test("of an address longer than its place the first eight octets are there", () => {
  const frame = parseLinuxCooked(hex("0000 0020 0014 0102030405060708 0800"));
  assert.ok("address" in frame);
  assert.equal(frame.addressLength, 20);
  assert.deepEqual(frame.address, hex("0102030405060708"));
  const tooLong = { ...frame, address: new Uint8Array(9) };
  assert.throws(() => emitLinuxCooked(tooLong, new Uint8Array(64), 0), /9 octets/);
});

test("names what is wrong", () => {
  assert.equal(parseLinuxCooked(new Uint8Array(15)), LINUX_COOKED_TRUNCATED);
  assert.equal(parseLinuxCooked2(new Uint8Array(19)), LINUX_COOKED_TRUNCATED);
});
