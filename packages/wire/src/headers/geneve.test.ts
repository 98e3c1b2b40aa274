import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import {
  emitGeneve,
  GENEVE_OPTION_LENGTH_IMPOSSIBLE,
  GENEVE_TRUNCATED,
  GENEVE_VERSION_UNKNOWN,
  parseGeneve,
} from "./geneve.js";

test("reads the fields of RFC 8926 §3.4 and its options", () => {
  const octets = hex("03 40 6558 00004e 00  0102 80 01 aabbccdd  0103 04 00  0102");
  assert.deepEqual(parseGeneve(octets), {
    control: false,
    critical: true,
    protocol: 0x6558,
    vni: 78,
    options: [
      { class: 0x0102, type: 0x80, data: hex("aabbccdd") },
      { class: 0x0103, type: 0x04, data: hex("") },
    ],
    payload: hex("0102"),
  });
});

test("names what is wrong", () => {
  assert.equal(parseGeneve(hex("40 00 6558 00004e 00")), GENEVE_VERSION_UNKNOWN);
  assert.equal(parseGeneve(hex("01 00 6558 00004e 00 0102")), GENEVE_TRUNCATED);
  assert.equal(parseGeneve(hex("01 00 6558 00004e 00 0102 80 01 aabbccdd")), GENEVE_OPTION_LENGTH_IMPOSSIBLE);
});

test("options that the lengths cannot say are not emitted", () => {
  const packet = { control: false, critical: false, protocol: 0, vni: 0, payload: hex("") };
  const option = (bytes: number) => ({ class: 0, type: 0, data: new Uint8Array(bytes) });
  const out = new Uint8Array(1000);
  assert.throws(() => emitGeneve({ ...packet, options: [option(3)] }, out, 0), /option of 3 octets/);
  assert.throws(() => emitGeneve({ ...packet, options: [option(128)] }, out, 0), /option of 128 octets/);
  const three = [option(124), option(124), option(0)];
  assert.throws(() => emitGeneve({ ...packet, options: three }, out, 0), /260 octets of options/);
});
