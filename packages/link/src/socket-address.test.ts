import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "@palisade/wire";
import { emitSocketAddress } from "./socket-address.js";

function emitted(address: string, port: number, scopeId: number): Uint8Array {
  const room = new Uint8Array(40).fill(0xaa);
  const memory = { address: 0n, octets: room, view: new DataView(room.buffer), release() {} };
  const octets = new Uint8Array(16).fill(0xbb);
  const given = hex(address);
  octets.set(given);
  const bytes = emitSocketAddress(memory, 4, octets, given.length, port, scopeId);
  assert.deepEqual([...room.subarray(0, 4), ...room.subarray(32)], Array(12).fill(0xaa));
  return room.slice(4, 4 + bytes);
}

test("socket addresses of IPv4 are as in ip(7)", () => {
  assert.deepEqual(emitted("c0000207", 443, 9), hex("0200 01bb c0000207 0000000000000000"));
});

test("socket addresses of IPv6 are as in ipv6(7)", () => {
  const address = "fe80 0000 0000 0000 0202 5eff fe00 5301";
  assert.deepEqual(emitted(address, 443, 3), hex(`0a00 01bb 00000000 ${address} 03000000`));
});
