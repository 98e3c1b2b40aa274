import assert from "node:assert/strict";
import { test } from "node:test";
import { latin1 } from "@palisade/wire";
import { fieldValue, nextLine, valueEnd } from "./field-lines.js";

const lines = latin1("NT: upnp:rootdevice \r\nnts:ssdp:alive");

test("finds lines, the last without a line feed", () => {
  const second = nextLine(lines, 0, lines.length);
  assert.equal(second, 22);
  assert.equal(nextLine(lines, second, lines.length), lines.length);
});

test("reads a field without regard to case or the blanks around its value", () => {
  const value = fieldValue(lines, 0, 22, "nt:");
  assert.equal(value, 4);
  assert.equal(valueEnd(lines, value, 22), 19);
  assert.equal(fieldValue(lines, 22, lines.length, "nts:"), 26);
  assert.equal(fieldValue(lines, 22, lines.length, "nt:"), -1);
});

test("never gives a value that ends before it begins", () => {
  const empty = latin1("nt:  \r\n");
  const value = fieldValue(empty, 0, empty.length, "nt:");
  assert.ok(valueEnd(empty, value, empty.length) >= value);
});
