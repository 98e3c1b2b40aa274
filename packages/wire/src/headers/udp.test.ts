import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumHolds, pseudoHeaderSum } from "../checksum.js";
import { hex } from "../octets.js";
import { emitUdp, parseUdp, UDP_LENGTH_IMPOSSIBLE, UDP_TRUNCATED } from "./udp.js";

test("the payload ends where the length field says", () => {
  assert.deepEqual(parseUdp(hex("1388 0035 000a abcd 0102 ffff")), {
    sourcePort: 5000,
    destinationPort: 53,
    checksum: 0xabcd,
    payload: hex("0102"),
  });
});

test("names what is wrong", () => {
  assert.equal(parseUdp(hex("1388 0035 0007 0000")), UDP_LENGTH_IMPOSSIBLE);
  assert.equal(parseUdp(hex("1388 0035 0009 0000")), UDP_TRUNCATED);
  assert.equal(parseUdp(hex("1388 0035 0008 00")), UDP_TRUNCATED);
});

test("the computed checksum holds", () => {
  const out = new Uint8Array(11);
  const pseudo = pseudoHeaderSum(hex("c0000201"), hex("c6336402"), 17, 11);
  const payload = hex("616263");
  emitUdp({ sourcePort: 5000, destinationPort: 53, checksum: 0, payload }, out, 0, pseudo);
  assert.equal(checksumHolds(out, 0, 11, pseudo), true);
});

test("a computed zero is sent as all ones", () => {
  const out = new Uint8Array(10);
  // Length 10 and the payload fff5 add up to ffff.
  emitUdp({ sourcePort: 0, destinationPort: 0, checksum: 0, payload: hex("fff5") }, out, 0, 0);
  assert.deepEqual(out, hex("0000 0000 000a ffff fff5"));
});

test("a datagram longer than its length field can say is not emitted", () => {
  const datagram = { sourcePort: 1, destinationPort: 2, checksum: 0, payload: new Uint8Array(65_528) };
  assert.throws(() => emitUdp(datagram, new Uint8Array(70_000), 0), /65536 octets/);
});
