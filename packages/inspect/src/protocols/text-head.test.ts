import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "@palisade/wire";
import { colonAt, decimal, headEnd, lineStop, nameIs, skipBlanks, trimEnd } from "./text-head.js";

test("a head ends with its first blank line, with CRLF or LF alone", () => {
  for (const [text, expected] of [
    ["A\r\nB: c\r\n\r\nbody", 11],
    ["A\nB: c\n\nbody", 8],
    ["A\r\nB: c\r\n", -1],
    ["\r\nA\r\n\r\n", 7],
    ["", -1],
  ] as const) {
    const octets = latin1(text);
    assert.equal(headEnd(octets, 0, octets.length), expected, JSON.stringify(text));
  }
});

test("a header's name is compared without case, its value read without blanks", () => {
  const octets = latin1("User-Agent :  x y \r\n");
  const stop = lineStop(octets, 0, octets.length - 1);
  const colon = colonAt(octets, 0, stop);
  assert.equal(colon, 11);
  assert.ok(nameIs(octets, 0, colon, "user-agent"));
  assert.ok(!nameIs(octets, 0, colon, "user-agents"));
  assert.ok(!nameIs(octets, 0, colon, "user"));
  const from = skipBlanks(octets, colon + 1, stop);
  assert.equal(from, 14);
  assert.equal(trimEnd(octets, from, stop), 17);
});

test("a number is digits alone", () => {
  for (const [text, expected] of [
    ["0", 0],
    ["65535", 65535],
    ["", -1],
    ["12a", -1],
    ["-1", -1],
    ["1234567890", -1],
  ] as const) {
    assert.equal(decimal(latin1(text), 0, text.length), expected, text);
  }
});
