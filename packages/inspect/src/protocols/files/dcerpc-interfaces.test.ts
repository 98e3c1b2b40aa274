import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "@palisade/wire";
import { interfaceName, uuidText } from "./dcerpc-interfaces.js";

test("prints a UUID in either byte order", () => {
  // The endpoint mapper's interface: C706 appendix O.
  const text = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";
  assert.equal(uuidText(hex("e1af8308 5d1f 11c9 91a4 08002b14a0fa"), 0, false), text);
  assert.equal(uuidText(hex("ff 0883afe1 1f5d c911 91a4 08002b14a0fa"), 1, true), text);
  assert.equal(interfaceName(text), "epmapper");
});

test("knows no name for other interfaces", () => {
  assert.equal(interfaceName("00000000-0000-0000-0000-000000000000"), undefined);
});
