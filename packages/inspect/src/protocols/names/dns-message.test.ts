import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, hex, latin1 } from "@palisade/wire";
import fc from "fast-check";
import {
  NAME_LABEL_RESERVED,
  NAME_POINTER_WRONG,
  NAME_TOO_LONG,
  NAME_TRUNCATED,
  nameText,
  RECORD_TRUNCATED,
  skipName,
  skipQuestions,
  skipRecords,
  targetName,
} from "./dns-message.js";

// RFC 1035 §4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA by a pointer at 64, the root at 92.
const rfcExample = new Uint8Array(93);
rfcExample.set(concat(1, latin1("F"), 3, latin1("ISI"), 4, latin1("ARPA"), 0), 20);
rfcExample.set(concat(3, latin1("FOO"), hex("c014")), 40);
rfcExample.set(hex("c01a"), 64);

test("reads the names of RFC 1035 §4.1.4", () => {
  const names = [20, 40, 64, 92].map((at) => [skipName(rfcExample, 0, at, 93), nameText(rfcExample, 0, at)]);
  assert.deepEqual(names, [
    [32, "F.ISI.ARPA"],
    [46, "FOO.F.ISI.ARPA"],
    [66, "ARPA"],
    [93, "."],
  ]);
});

test("counts pointers from the start of the message, wherever that is", () => {
  const shifted = concat(hex("ffffff"), rfcExample);
  assert.equal(skipName(shifted, 3, 43, 96), 49);
  assert.equal(nameText(shifted, 3, 43), "FOO.F.ISI.ARPA");
});

test("names what is wrong with a name", () => {
  const cases: readonly (readonly [string, number])[] = [
    ["", NAME_TRUNCATED],
    ["03 61", NAME_TRUNCATED],
    ["01 61", NAME_TRUNCATED],
    ["c0", NAME_TRUNCATED],
    ["c0 00", NAME_POINTER_WRONG], // to itself
    ["c0 04 00 00 00", NAME_POINTER_WRONG], // forward
    ["01 61 c0 00", NAME_POINTER_WRONG], // to the label before: a loop
    ["41 61", NAME_LABEL_RESERVED],
    ["80 61", NAME_LABEL_RESERVED],
  ];
  for (const [octets, code] of cases) {
    const message = hex(octets);
    assert.equal(skipName(message, 0, 0, message.length), code, octets);
  }
});

test("takes a name of 255 octets and refuses one of 256", () => {
  const label = concat(63, new Uint8Array(63).fill(0x61));
  const longest = concat(label, label, label, 61, new Uint8Array(61).fill(0x62), 0);
  assert.equal(longest.length, 255);
  assert.equal(skipName(longest, 0, 0, 255), 255);
  const longer = concat(label, label, label, 62, new Uint8Array(62).fill(0x62), 0);
  assert.equal(skipName(longer, 0, 0, 256), NAME_TOO_LONG);
});

test("gives up on a chain of pointers to pointers", () => {
  const chain = new Uint8Array(400);
  for (let at = 2; at < 400; at += 2) chain.set([0xc0 | ((at - 2) >>> 8), (at - 2) & 0xff], at);
  assert.equal(skipName(chain, 0, 398, 400), NAME_POINTER_WRONG);
  assert.equal(skipName(chain, 0, 20, 400), 22);
});

test("escapes dots, backslashes and what cannot be printed", () => {
  const name = concat(4, hex("61 2e 07 5c"), 0);
  assert.equal(nameText(name, 0, 0), "a\\.\\007\\\\");
});

test("refuses questions and records that are cut", () => {
  assert.equal(skipQuestions(hex("00 0001 00"), 0, 0, 4, 1), RECORD_TRUNCATED);
  assert.equal(skipRecords(hex("00 0001 0001 00000000 0004 c00002"), 0, 0, 14, 1), RECORD_TRUNCATED);
  assert.equal(skipRecords(hex("00 0001 0001 00000000 0004 c0000201"), 0, 0, 15, 1), 15);
});

test("finds the names that records lead to", () => {
  const records: readonly (readonly [string, number])[] = [
    ["00 0005 0001 00000000 0003 016100", 11], // CNAME
    ["00 0002 0001 00000000 0000", -1], // NS of an update, without data
    ["00 0021 0001 00000000 0009 000000000050 016100", 17], // SRV
    ["00 0021 0001 00000000 0006 000000000050", -1],
    ["00 0021 0001 00000000 0008 000000000050 0161", -1],
    ["00 0001 0001 00000000 0004 c0000201", -1], // A
  ];
  for (const [text, target] of records) {
    const octets = hex(text);
    assert.equal(skipRecords(octets, 0, 0, octets.length, 1), octets.length, text);
    assert.equal(targetName(octets, 0), target, text);
  }
});

test("walks any octets to an end, and every walked name has a text", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.nat(299), (octets, from) => {
      const at = from % octets.length;
      const after = skipName(octets, 0, at, octets.length);
      if (after < 0) return;
      assert.ok(after > at && after <= octets.length);
      assert.ok(nameText(octets, 0, at).length >= 1);
    }),
  );
});
