import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { hex, latin1 } from "@palisade/wire";
import fc from "fast-check";
import { HmacKey } from "./hmac-sha256.js";

test("signs as RFC 4231 §4.2 and §4.3 say", () => {
  assert.deepEqual(
    new HmacKey(new Uint8Array(20).fill(0x0b)).sign(latin1("Hi There")),
    hex("b0344c61d8db38535ca8afceaf0bf12b 881dc200c9833da726e9376c2e32cff7"),
  );
  assert.deepEqual(
    new HmacKey(latin1("Jefe")).sign(latin1("what do ya want for nothing?")),
    hex("5bdcc146bf60754e6a042426089575c7 5a003f089d2739839dec58b964ec3843"),
  );
});

test("signs as the platform does, whatever the key and message", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ maxLength: 300 }), (key, message) => {
      const expected = createHmac("sha256", key).update(message).digest();
      assert.deepEqual(Buffer.from(new HmacKey(key).sign(message)), expected);
    }),
  );
});

test("keeps nothing of a message for the next", () => {
  const key = new HmacKey(latin1("key"));
  const first = key.sign(latin1("one"));
  key.sign(new Uint8Array(200).fill(1));
  assert.deepEqual(key.sign(latin1("one")), first);
});
