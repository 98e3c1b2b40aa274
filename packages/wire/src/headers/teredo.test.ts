import assert from "node:assert/strict";
import { test } from "node:test";
import { hex } from "../octets.js";
import { parseTeredo, TEREDO_PACKET_UNKNOWN, TEREDO_TRUNCATED } from "./teredo.js";

test("an authentication and an origin before the packet, the origin's bits turned back", () => {
  const octets = hex(`
    0001 02 03 aabb ccddee 0102030405060708 00
    0000 63bf 3ffffdfe
    60000000
  `);
  assert.deepEqual(parseTeredo(octets), {
    authentication: {
      clientId: hex("aabb"),
      value: hex("ccddee"),
      nonce: hex("0102030405060708"),
      confirmation: 0,
    },
    origin: { port: 40_000, address: hex("c0000201") },
    payload: hex("60000000"),
  });
});

test("names what is wrong", () => {
  assert.equal(parseTeredo(hex("45000000")), TEREDO_PACKET_UNKNOWN);
  assert.equal(parseTeredo(hex("")), TEREDO_TRUNCATED);
  assert.equal(parseTeredo(hex("0000 63bf 3ffffdfe")), TEREDO_TRUNCATED);
  assert.equal(parseTeredo(hex("0001 ff ff 000000000000000000")), TEREDO_TRUNCATED);
  // An authentication after an origin is in the wrong order.
  assert.equal(
    parseTeredo(hex("0000 63bf 3ffffdfe 0001 0000 0102030405060708 00 60")),
    TEREDO_PACKET_UNKNOWN,
  );
});
