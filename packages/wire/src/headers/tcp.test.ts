import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumHolds, pseudoHeaderSum } from "../checksum.js";
import { concat, hex } from "../octets.js";
import {
  emitTcp,
  parseTcp,
  parseTcpOptions,
  TCP_ACK,
  TCP_AE,
  TCP_OFFSET_IMPOSSIBLE,
  TCP_OPTION_LENGTH_IMPOSSIBLE,
  TCP_SYN,
  TCP_TRUNCATED,
  tcpBytes,
} from "./tcp.js";

const FIXED = hex("c350 0050 00000001 00000002 5112 ffff 0000 0000");

test("reads the fields of RFC 9293 §3.1", () => {
  assert.deepEqual(parseTcp(concat(FIXED, hex("aabb"))), {
    sourcePort: 50_000,
    destinationPort: 80,
    sequence: 1,
    acknowledgement: 2,
    flags: TCP_AE | TCP_SYN | TCP_ACK,
    window: 65_535,
    checksum: 0,
    urgentPointer: 0,
    options: [],
    payload: hex("aabb"),
  });
});

test("options are read in their order, up to the end of the list", () => {
  const octets = hex(`
    02 04 05b4  04 02  08 0a 00000001 00000002  01  03 03 07
    05 0a 00000064 000000c8  fe 04 f989  02 03 05  00 ff
  `);
  assert.deepEqual(parseTcpOptions(octets), [
    { kind: "maximum-segment-size", bytes: 1460 },
    { kind: "sack-permitted" },
    { kind: "timestamps", value: 1, echo: 2 },
    { kind: "no-operation" },
    { kind: "window-scale", shift: 7 },
    { kind: "sack", blocks: [{ left: 100, right: 200 }] },
    { kind: "raw", number: 254, octets: hex("f989") },
    { kind: "raw", number: 2, octets: hex("05") },
  ]);
});

test("the computed checksum holds", () => {
  const segment = parseTcp(concat(FIXED, hex("616263")));
  assert.ok("payload" in segment);
  const padded = { ...segment, options: [{ kind: "window-scale", shift: 7 }] } as const;
  const out = new Uint8Array(tcpBytes(padded));
  const pseudo = pseudoHeaderSum(hex("c0000201"), hex("c6336402"), 6, out.length);
  emitTcp(padded, out, 0, pseudo);
  assert.equal(out.length, 27);
  assert.equal(checksumHolds(out, 0, out.length, pseudo), true);
});

test("names what is wrong", () => {
  const withOffset = (words: number, options: string) => {
    const octets = concat(FIXED, hex(options));
    octets[12] = words << 4;
    return octets;
  };
  assert.equal(parseTcp(withOffset(4, "")), TCP_OFFSET_IMPOSSIBLE);
  assert.equal(parseTcp(withOffset(6, "020405")), TCP_TRUNCATED);
  assert.equal(parseTcp(withOffset(6, "02000000")), TCP_OPTION_LENGTH_IMPOSSIBLE);
  assert.equal(parseTcp(withOffset(6, "02010000")), TCP_OPTION_LENGTH_IMPOSSIBLE);
  assert.equal(parseTcp(withOffset(6, "01020405")), TCP_OPTION_LENGTH_IMPOSSIBLE);
  assert.equal(parseTcp(withOffset(6, "01010102")), TCP_OPTION_LENGTH_IMPOSSIBLE);
});

test("more options than a header holds are not emitted", () => {
  const segment = parseTcp(FIXED);
  assert.ok("payload" in segment);
  const stuffed = {
    ...segment,
    options: [{ kind: "raw", number: 253, octets: new Uint8Array(39) }],
  } as const;
  assert.throws(() => emitTcp(stuffed, new Uint8Array(100), 0), /44 octets of options/);
});
