import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import {
  BENCODE_DEPTH_MAX,
  bencodeEnd,
  bencodeStringStart,
  bencodeStringStop,
  bencodeValue,
} from "./bencode.js";

const endOf = (text: string): number => bencodeEnd(latin1(text), 0, text.length);

test("one whole value is measured", () => {
  for (const text of [
    "4:spam",
    "0:",
    "i3e",
    "i-3e",
    "le",
    "de",
    "l4:spami1ee",
    "d3:cowl3:moo2:noe4:spamdee",
  ]) {
    assert.equal(endOf(text), text.length, text);
    assert.equal(endOf(`${text}4:more`), text.length, `${text} and more`);
  }
});

test("what is cut short or no bencoding is refused", () => {
  for (const text of [
    "",
    "4:spa",
    "4spam",
    "i3",
    "ie",
    "l4:spam",
    "d4:spame",
    "di1ei2ee",
    "dlei1ee",
    "e",
    "x",
    "9999999:a",
  ]) {
    assert.equal(endOf(text), -1, text);
  }
});

test("values lie as deep as the bound, not deeper", () => {
  const nested = (depth: number): string => "l".repeat(depth) + "e".repeat(depth);
  assert.equal(endOf(nested(BENCODE_DEPTH_MAX)), 2 * BENCODE_DEPTH_MAX);
  assert.equal(endOf(nested(BENCODE_DEPTH_MAX + 1)), -1);
});

test("a key's value is found in its own dictionary only", () => {
  const text = "d1:ad2:id3:abce1:q4:ping1:y1:qe";
  const octets = latin1(text);
  const at = bencodeValue(octets, 0, text.length, "q");
  const start = bencodeStringStart(octets, at, text.length);
  assert.equal(text.slice(start, bencodeStringStop(octets, at, text.length)), "ping");
  assert.equal(bencodeValue(octets, 0, text.length, "id"), -1);
});

test("whatever is encoded is measured, and no part of it is", () => {
  type Value = number | string | Value[] | { [key: string]: Value };
  const encode = (value: Value): string => {
    if (typeof value === "number") return `i${value}e`;
    if (typeof value === "string") return `${value.length}:${value}`;
    if (Array.isArray(value)) return `l${value.map(encode).join("")}e`;
    return `d${Object.entries(value)
      .map(([key, inner]) => encode(key) + encode(inner))
      .join("")}e`;
  };
  const text = fc.string({ unit: "binary-ascii", maxLength: 12 });
  const value = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.integer(),
      text,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(text, tie("value"), { maxKeys: 4 }),
    ),
  })).value;
  fc.assert(
    fc.property(value, (made) => {
      const encoded = encode(made);
      assert.equal(endOf(encoded), encoded.length);
      for (let cut = 0; cut < encoded.length; cut += 1) assert.equal(endOf(encoded.slice(0, cut)), -1);
    }),
  );
});
