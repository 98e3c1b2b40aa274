import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, hex } from "../octets.js";
import { emitIpv6, IPV6_TRUNCATED, IPV6_VERSION_WRONG, parseIpv6, parseQuotedIpv6 } from "./ipv6.js";

const HEADER = hex(`
  6b9a bcde 0004 3b 40
  20010db8 00000000 00000000 00000001
  20010db8 00000000 00000000 00000002
`);

test("reads the fields of RFC 8200 §3", () => {
  assert.deepEqual(parseIpv6(concat(HEADER, hex("01020304 ffff # padding"))), {
    dscp: 46,
    ecn: 1,
    flowLabel: 0xabcde,
    nextHeader: 59,
    hopLimit: 64,
    source: hex("20010db8 00000000 00000000 00000001"),
    destination: hex("20010db8 00000000 00000000 00000002"),
    payload: hex("01020304"),
  });
});

test("a quoted packet is as long as its quotation", () => {
  const quoted = concat(HEADER, hex("0102"));
  assert.equal(parseIpv6(quoted), IPV6_TRUNCATED);
  const parsed = parseQuotedIpv6(quoted);
  assert.ok("payload" in parsed);
  assert.deepEqual(parsed.payload, hex("0102"));
});

test("names what is wrong", () => {
  const version4 = Uint8Array.from(HEADER);
  version4[0] = 0x45;
  assert.equal(parseIpv6(version4), IPV6_VERSION_WRONG);
});

test("what no header can say is not emitted", () => {
  const packet = parseIpv6(concat(HEADER, hex("01020304")));
  assert.ok("payload" in packet);
  const out = new Uint8Array(70_000);
  assert.throws(() => emitIpv6({ ...packet, payload: new Uint8Array(65_536) }, out, 0), /65536 octets/);
  assert.throws(() => emitIpv6({ ...packet, source: new Uint8Array(4) }, out, 0), /16 octets was given 4/);
});
