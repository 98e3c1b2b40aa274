import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, latin1 } from "@palisade/wire";
import { isNetbiosLabel, netbiosLabelText } from "./netbios-name.js";

test("decodes the name of RFC 1001 §14.1", () => {
  // "FRED            ": sixteen octets, the last (a blank there) is the suffix.
  const label = concat(32, latin1("EGFCEFEECACACACACACACACACACACACA"));
  assert.ok(isNetbiosLabel(label, 0, label.length));
  assert.equal(netbiosLabelText(label, 0), "FRED<20>");
});

test("decodes the wildcard name of a node status request", () => {
  const label = concat(32, latin1("CKAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
  assert.equal(netbiosLabelText(label, 0), "*<00>");
});

test("refuses letters above P, other lengths, and a label that is cut", () => {
  const letters = "EGFCEFEECACACACACACACACACACACACA";
  assert.equal(isNetbiosLabel(concat(32, latin1(letters.replace("F", "Q"))), 0, 33), false);
  assert.equal(isNetbiosLabel(concat(31, latin1(letters)), 0, 33), false);
  assert.equal(isNetbiosLabel(concat(32, latin1(letters)), 0, 32), false);
});
