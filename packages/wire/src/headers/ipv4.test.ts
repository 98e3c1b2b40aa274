import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumHolds } from "../checksum.js";
import { concat, hex } from "../octets.js";
import {
  emitIpv4,
  IPV4_LENGTH_IMPOSSIBLE,
  IPV4_TRUNCATED,
  IPV4_VERSION_WRONG,
  ipv4Bytes,
  parseIpv4,
  parseQuotedIpv4,
} from "./ipv4.js";

const HEADER = hex("45b9 001c 1234 4000 40 11 0000 c0000201 c6336402");
const PACKET = concat(HEADER, hex("0102030405060708"));

test("reads the fields of RFC 791 §3.1", () => {
  assert.deepEqual(parseIpv4(concat(PACKET, hex("ffff # padding of the link"))), {
    dscp: 46,
    ecn: 1,
    identification: 0x1234,
    reservedFlag: false,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetBytes: 0,
    timeToLive: 64,
    protocol: 17,
    checksum: 0,
    source: hex("c0000201"),
    destination: hex("c6336402"),
    options: hex(""),
    payload: hex("0102030405060708"),
  });
});

test("the offset of a fragment is in octets", () => {
  const fragment = Uint8Array.from(PACKET);
  fragment.set(hex("20b9"), 6);
  const parsed = parseIpv4(fragment);
  assert.ok("payload" in parsed);
  assert.equal(parsed.moreFragments, true);
  assert.equal(parsed.fragmentOffsetBytes, 0xb9 * 8);
});

test("the emitted header checksum holds, options included", () => {
  const packet = parseIpv4(PACKET);
  assert.ok("payload" in packet);
  const routed = { ...packet, options: hex("94040000") };
  const out = new Uint8Array(ipv4Bytes(routed));
  emitIpv4(routed, out, 0);
  assert.equal(out[0], 0x46);
  assert.equal(checksumHolds(out, 0, 24), true);
});

test("options that no header can have are not emitted", () => {
  const packet = parseIpv4(PACKET);
  assert.ok("payload" in packet);
  for (const bytes of [3, 44]) {
    const wrong = { ...packet, options: new Uint8Array(bytes) };
    assert.throws(() => emitIpv4(wrong, new Uint8Array(100), 0), /octets of options/);
  }
  const tooLong = { ...packet, payload: new Uint8Array(65_516) };
  assert.throws(() => emitIpv4(tooLong, new Uint8Array(70_000), 0), /65536 octets/);
});

test("a quoted datagram is as long as its quotation", () => {
  const quoted = concat(HEADER, hex("01020304"));
  assert.equal(parseIpv4(quoted), IPV4_TRUNCATED);
  const parsed = parseQuotedIpv4(quoted);
  assert.ok("payload" in parsed);
  assert.deepEqual(parsed.payload, hex("01020304"));
});

test("names what is wrong", () => {
  const changed = (index: number, octet: number) => {
    const octets = Uint8Array.from(PACKET);
    octets[index] = octet;
    return octets;
  };
  assert.equal(parseIpv4(changed(0, 0x65)), IPV4_VERSION_WRONG);
  assert.equal(parseIpv4(changed(0, 0x44)), IPV4_LENGTH_IMPOSSIBLE);
  assert.equal(parseIpv4(changed(3, 19)), IPV4_LENGTH_IMPOSSIBLE);
  assert.equal(parseIpv4(changed(0, 0x48)), IPV4_LENGTH_IMPOSSIBLE);
  assert.equal(parseIpv4(changed(3, 29)), IPV4_TRUNCATED);
});
