import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import {
  emitGtpU,
  GTPU_EXTENSION_LENGTH_IMPOSSIBLE,
  GTPU_G_PDU,
  GTPU_TRUNCATED,
  GTPU_VERSION_UNKNOWN,
  parseGtpU,
} from "./gtp-u.js";

test("a user's packet behind a PDU session container", () => {
  assert.deepEqual(parseGtpU(hex("34 ff 0009 00000005 0000 00 85 01 0009 00 45 ffff")), {
    messageType: GTPU_G_PDU,
    teid: 5,
    sequence: undefined,
    nPduNumber: undefined,
    extensions: [{ type: 0x85, content: hex("0009") }],
    payload: hex("45"),
  });
});

test("of the optional octets only those mean something whose flag is set", () => {
  const parsed = parseGtpU(hex("32 ff 0005 00000005 0006 aa 85 45"));
  assert.ok("payload" in parsed);
  assert.equal(parsed.sequence, 6);
  assert.equal(parsed.nPduNumber, undefined);
  assert.deepEqual(parsed.extensions, []);
  assert.deepEqual(parsed.payload, hex("45"));
});

test("names what is wrong", () => {
  assert.equal(parseGtpU(hex("48 20 0004 00000005")), GTPU_VERSION_UNKNOWN);
  assert.equal(parseGtpU(hex("20 ff 0000 00000005")), GTPU_VERSION_UNKNOWN);
  assert.equal(parseGtpU(hex("30 ff 0001 00000005")), GTPU_TRUNCATED);
  assert.equal(parseGtpU(hex("32 ff 0003 00000005 000600")), GTPU_TRUNCATED);
  assert.equal(parseGtpU(hex("34 ff 0008 00000005 0000 00 85 00 0000 00")), GTPU_EXTENSION_LENGTH_IMPOSSIBLE);
  assert.equal(parseGtpU(hex("34 ff 0008 00000005 0000 00 85 02 0000 00")), GTPU_TRUNCATED);
  assert.equal(parseGtpU(hex("34 ff 0004 00000005 0000 00 85")), GTPU_TRUNCATED);
});

test("an extension header that ends the list or is no whole words is not emitted", () => {
  const packet = { messageType: 255, teid: 1, sequence: undefined, nPduNumber: undefined, payload: hex("") };
  const out = new Uint8Array(64);
  const ending = { ...packet, extensions: [{ type: 0, content: hex("0000") }] };
  const uneven = { ...packet, extensions: [{ type: 0x85, content: hex("00") }] };
  assert.throws(() => emitGtpU(ending, out, 0), /type 0/);
  assert.throws(() => emitGtpU(uneven, out, 0), /3 octets/);
});
