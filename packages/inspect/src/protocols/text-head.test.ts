import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "@palisade/wire";
import {
  colonAt,
  decimal,
  fieldIs,
  headEnd,
  headerField,
  MessageWait,
  nameIs,
  nextField,
  numberHeader,
  skipBlanks,
  trimEnd,
} from "./text-head.js";
import { lineStop } from "./text-line.js";

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

test("fields are read one after the other, past lines without a name", () => {
  const octets = latin1("START\r\nA: 1\r\n: none\r\n folded\r\nB:\r\nL : 12 \r\nC: cut");
  const found: string[] = [];
  for (let next = nextField(octets, 0, octets.length); next >= 0; ) {
    found.push(`${headerField.start} ${headerField.colon} ${headerField.from} ${headerField.to}`);
    assert.equal(fieldIs(octets, "l"), found.length === 3);
    next = nextField(octets, next, octets.length);
  }
  assert.deepEqual(found, ["7 8 10 11", "30 31 32 32", "34 36 38 40"]);
  assert.equal(numberHeader(octets, 0, octets.length, "length", "l"), 12);
  assert.equal(numberHeader(octets, 0, octets.length, "c"), -1);
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

test("a message is waited for until its head ends, however it is cut, and each octet is looked at once", () => {
  for (const text of ["A\r\nB: c\r\n\r\n", "A\nB: c\n\n", "A\r\n\r\n", "A\n\r\n", "A\r\n \r\nB\r\r\n\n"]) {
    const octets = latin1(text);
    for (let first = 1; first < octets.length; first += 1) {
      const wait = new MessageWait();
      wait.head(0, octets, 0, first);
      let looks = 0;
      const watched = new Proxy(octets, {
        get(target, index) {
          looks += 1;
          return Reflect.get(target, index, target) as unknown;
        },
      });
      for (let end = first + 1; end <= octets.length; end += 1) {
        const ends = headEnd(octets, 0, end) >= 0;
        assert.equal(wait.isOver(0, watched, 0, end, false), ends, JSON.stringify([text, first, end]));
        assert.equal(wait.isOver(1, octets, 0, end, false), true);
        if (ends) break;
      }
      assert.ok(looks <= 2 * octets.length, `${looks} looks`);
    }
  }
});

test("a message is waited for until it is as long as it said, or octets were lost", () => {
  const wait = new MessageWait();
  const octets = new Uint8Array(20);
  wait.octets(1, 10);
  assert.equal(wait.isOver(1, octets, 5, 14, false), false);
  assert.equal(wait.isOver(0, octets, 5, 14, false), true);
  assert.equal(wait.isOver(1, octets, 5, 15, false), true);
  assert.equal(wait.isOver(1, octets, 5, 6, false), true);
  wait.octets(1, 10);
  assert.equal(wait.isOver(1, octets, 5, 6, true), true);
});
