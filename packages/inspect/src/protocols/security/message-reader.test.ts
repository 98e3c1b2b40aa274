import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, hex } from "@palisade/wire";
import fc from "fast-check";
import { buildCertificateMessage, buildHandshake } from "./client-hello.build.js";
import { HANDSHAKE_OCTETS_MAX, MessageReader } from "./message-reader.js";

interface Read {
  readonly type: number;
  readonly length: number;
  readonly body: string;
}

/** Feeds the octets in fragments that end at `cuts`, and lists what comes out. */
function readAll(octets: Uint8Array, cuts: readonly number[] = []): Read[] {
  const reader = new MessageReader();
  const found: Read[] = [];
  const ends = [...new Set(cuts.filter((cut) => cut < octets.length))].sort((one, other) => one - other);
  let start = 0;
  for (const end of [...ends, octets.length]) {
    // A copy of its own: what is collected may not rest on a fragment that is gone.
    const fragment = octets.slice(start, end);
    let at = 0;
    while (at < fragment.length) {
      at = reader.read(fragment, at, fragment.length);
      if (!reader.ready) continue;
      const body = Buffer.from(reader.octets.subarray(reader.start, reader.end)).toString("hex");
      found.push({ type: reader.type, length: reader.length, body });
    }
    fragment.fill(0xff);
    start = end;
  }
  return found;
}

const chain = [Uint8Array.of(1, 2, 3, 4, 5), new Uint8Array(300).fill(7)];
const stream = concat(
  buildHandshake(2, hex("aabbccddee")),
  buildCertificateMessage(chain),
  buildHandshake(12, new Uint8Array(80)),
  buildHandshake(14, new Uint8Array(0)),
  buildHandshake(1, hex("0102")),
);

describe("MessageReader", () => {
  it("gives hellos whole, of a chain the first certificate, and of others the header", () => {
    assert.deepEqual(readAll(stream), [
      { type: 2, length: 5, body: "aabbccddee" },
      { type: 11, length: 3 + 8 + 303, body: "0001370000050102030405" },
      { type: 12, length: 80, body: "" },
      { type: 14, length: 0, body: "" },
      { type: 1, length: 2, body: "0102" },
    ]);
  });

  it("gives the same however the octets are cut", () => {
    const whole = readAll(stream);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: stream.length }), { maxLength: 30 }), (cuts) => {
        assert.deepEqual(readAll(stream, cuts), whole);
      }),
    );
  });

  it("passes over a hello that is too long, and reads on after it", () => {
    const long = buildHandshake(1, new Uint8Array(HANDSHAKE_OCTETS_MAX + 1));
    const found = readAll(concat(long, buildHandshake(2, hex("aa"))), [1000, 20_000]);
    assert.deepEqual(found, [
      { type: 1, length: HANDSHAKE_OCTETS_MAX + 1, body: "" },
      { type: 2, length: 1, body: "aa" },
    ]);
  });

  it("gives a certificate list whose lengths lie as far as it can be told that they do", () => {
    for (const [body, given] of [
      ["0000", "0000"],
      ["000000", "000000"],
      ["000009 000004 aabbccdd", "000009000004"],
      ["000007 000005 aabbccdd", "000007000005"],
    ] as const) {
      const octets = hex(body);
      assert.deepEqual(readAll(buildHandshake(11, octets)), [
        { type: 11, length: octets.length, body: given },
      ]);
    }
  });
});
