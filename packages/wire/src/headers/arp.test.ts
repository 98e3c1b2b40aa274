import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { ARP_REQUEST, ARP_TRUNCATED, emitArp, parseArp } from "./arp.js";

const REQUEST = hex(`
  0001 0800 06 04 0001
  00005e005301 c0000201
  000000000000 c0000202
`);

test("a request for an Ethernet address, padding left out", () => {
  const padded = new Uint8Array(46);
  padded.set(REQUEST);
  assert.deepEqual(parseArp(padded), {
    hardwareType: 1,
    protocolType: 0x0800,
    operation: ARP_REQUEST,
    senderHardware: hex("00005e005301"),
    senderProtocol: hex("c0000201"),
    targetHardware: hex("000000000000"),
    targetProtocol: hex("c0000202"),
  });
});

test("lengths that promise more octets than there are name it", () => {
  const lying = Uint8Array.from(REQUEST);
  lying[4] = 255;
  assert.equal(parseArp(lying), ARP_TRUNCATED);
});

test("addresses of unlike lengths are not emitted", () => {
  const packet = parseArp(REQUEST);
  assert.ok("operation" in packet);
  const unlike = { ...packet, targetHardware: new Uint8Array(8) };
  assert.throws(() => emitArp(unlike, new Uint8Array(64), 0), /differ in length/);
});
