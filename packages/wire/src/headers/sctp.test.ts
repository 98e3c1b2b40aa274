import assert from "node:assert/strict";
import { test } from "node:test";
import { hex, u32le } from "../octets.js";
import {
  emitSctp,
  parseSctp,
  SCTP_CHUNK_LENGTH_IMPOSSIBLE,
  SCTP_COOKIE_ACK,
  SCTP_TRUNCATED,
  sctpBytes,
  sctpChecksum,
  sctpChunkEnd,
} from "./sctp.js";

const HEADER = "1388 1389 00000007 00000000";

test("chunks start at multiples of four octets, and the last padding may be missing", () => {
  const expected = {
    sourcePort: 5000,
    destinationPort: 5001,
    verificationTag: 7,
    checksum: 0,
    chunks: [
      { type: 6, flags: 1, value: hex("aa") },
      { type: SCTP_COOKIE_ACK, flags: 0, value: hex("") },
      { type: 9, flags: 0, value: hex("bbcc") },
    ],
  };
  const chunks = "06 01 0005 aa000000  0b 00 0004  09 00 0006 bbcc";
  assert.deepEqual(parseSctp(hex(HEADER + chunks)), expected);
  assert.deepEqual(parseSctp(hex(`${HEADER + chunks} 0000`)), expected);
});

test("the computed checksum is CRC32c over the packet with the field zero", () => {
  const packet = { sourcePort: 1, destinationPort: 2, verificationTag: 3, checksum: 0xdead_beef, chunks: [] };
  const out = new Uint8Array(sctpBytes(packet) + 2);
  emitSctp(packet, out, 2, true);
  assert.equal(u32le(out, 10), sctpChecksum(out, 2, 14));
  const parsed = parseSctp(out.subarray(2));
  assert.ok("checksum" in parsed);
  assert.equal(parsed.checksum, sctpChecksum(out, 2, 14));
});

test("names what is wrong", () => {
  assert.equal(parseSctp(hex(`${HEADER} 0b 00 0003`)), SCTP_CHUNK_LENGTH_IMPOSSIBLE);
  assert.equal(parseSctp(hex(`${HEADER} 0b 00 0000`)), SCTP_CHUNK_LENGTH_IMPOSSIBLE);
  assert.equal(parseSctp(hex(`${HEADER} 0b 00 0005`)), SCTP_TRUNCATED);
  assert.equal(parseSctp(hex(`${HEADER} 0b 00 00`)), SCTP_TRUNCATED);
});

test("the end of a chunk is found in place, or said not to be there", () => {
  const octets = hex("ffff 06 01 0005 aa000000 0b000004");
  assert.equal(sctpChunkEnd(octets, 2, octets.length), 7);
  assert.equal(sctpChunkEnd(octets, 2, 7), 7);
  assert.equal(sctpChunkEnd(octets, 2, 6), -1);
  assert.equal(sctpChunkEnd(octets, 10, 13), -1);
  assert.equal(sctpChunkEnd(hex("06010003"), 0, 4), -1);
});
