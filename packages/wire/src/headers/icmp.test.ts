import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumHolds, pseudoHeaderSum } from "../checksum.js";
import { hex } from "../octets.js";
import {
  emitIcmp,
  ICMP_DESTINATION_UNREACHABLE,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMP_TRUNCATED,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_PACKET_TOO_BIG,
  isIcmpError,
  isIcmpv6Error,
  parseIcmp,
} from "./icmp.js";

test("an echo has its identifier above its sequence number", () => {
  assert.deepEqual(parseIcmp(hex("0800 1234 0007 0001 6162")), {
    type: ICMP_ECHO_REQUEST,
    code: 0,
    checksum: 0x1234,
    rest: 0x0007_0001,
    payload: hex("6162"),
  });
});

test("the computed checksum holds, with a pseudo header or without", () => {
  const message = { type: ICMP_ECHO_REPLY, code: 0, checksum: 0xbeef, rest: 1, payload: hex("616263") };
  const out = new Uint8Array(11);
  emitIcmp(message, out, 0, 0);
  assert.equal(checksumHolds(out, 0, 11), true);
  const address = hex("20010db8 00000000 00000000 00000001");
  const pseudo = pseudoHeaderSum(address, address, 58, 11);
  emitIcmp(message, out, 0, pseudo);
  assert.equal(checksumHolds(out, 0, 11, pseudo), true);
});

test("errors are told from questions", () => {
  assert.equal(isIcmpError(ICMP_DESTINATION_UNREACHABLE), true);
  assert.equal(isIcmpError(ICMP_ECHO_REQUEST), false);
  assert.equal(isIcmpv6Error(ICMPV6_PACKET_TOO_BIG), true);
  assert.equal(isIcmpv6Error(ICMPV6_ECHO_REQUEST), false);
});

test("names what is wrong", () => {
  assert.equal(parseIcmp(hex("0800 1234 0007 00")), ICMP_TRUNCATED);
});
