import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex } from "@palisade/wire";
import { buildQuicInitial } from "./quic.build.js";
import { type InitialKeys, initialKeys, openInitial } from "./quic-initial.js";
import { LongPacket, parseLongHeader, parseLongPacket } from "./quic-packet.js";
import { quicVersion } from "./quic-versions.js";

const V1 = 0x00000001;
const V2 = 0x6b3343cf;
const DESTINATION = hex("8394c8f03e515708");

function keysText(keys: InitialKeys): string[] {
  return [keys.key, keys.iv, keys.hp].map((part) => Buffer.from(part).toString("hex"));
}

describe("initialKeys", () => {
  it("are those of RFC 9001 §A.1", () => {
    const version = quicVersion(V1)!;
    assert.deepEqual(keysText(initialKeys(version, DESTINATION, "client")), [
      "1f369613dd76d5467730efcbe3b1a22d",
      "fa044b2f42a3fd3b46fb255c",
      "9f50449e04a0e810283a1e9933adedd2",
    ]);
    assert.deepEqual(keysText(initialKeys(version, DESTINATION, "server")), [
      "cf3a5331653c364c88f0f379b6067e37",
      "0ac1493ca1905853b0bba03e",
      "c206b8d9b9f0f37644430b490eeaa314",
    ]);
  });

  it("are those of RFC 9369 §A.1", () => {
    const version = quicVersion(V2)!;
    assert.deepEqual(keysText(initialKeys(version, DESTINATION, "client")), [
      "8b1a0bc121284290a29e0971b5cd045d",
      "91f73e2351d8fa91660e909f",
      "45b95e15235d6f45a6b19cbcb0294ba9",
    ]);
    assert.deepEqual(keysText(initialKeys(version, DESTINATION, "server")), [
      "82db637861d55e1d011f19ea71d5d2a7",
      "dd13c276499c0249d3310652",
      "edf6d05c83121201b436e16877593c3a",
    ]);
  });
});

/** The CRYPTO frame of RFC 9001 §A.2 and RFC 9369 §A.2. */
const frames = hex(`
  060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c000004130113
  02010000c000000010000e00000b6578616d706c652e636f6dff01000100000a00080006001d00170018001000070005
  04616c706e000500050100000000003300260024001d00209370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce1
  5d43e994ec74d748002b0003020304000d0010000e0403050306030203080408050806002d00020101001c0002400100
  3900320408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806
  048000ffff
`);

describe("Initial packets", () => {
  it("are built as in RFC 9001 §A.2", () => {
    const octets = buildQuicInitial({ destination: DESTINATION, packetNumber: 2, frames });
    assert.equal(octets.length, 1200);
    assert.deepEqual(
      octets.subarray(0, 48),
      hex(
        "c000000001088394c8f03e5157080000449e7b9aec34 d1b1c98dd7689fb8ec11d242b123dc9bd8bab936b47d92ec356c",
      ).subarray(0, 48),
    );
    // The tag covers the header and everything in between.
    assert.deepEqual(octets.subarray(-16), hex("e221af44860018ab0856972e194cd934"));
  });

  it("are built as in RFC 9369 §A.2", () => {
    const octets = buildQuicInitial({ version: V2, destination: DESTINATION, packetNumber: 2, frames });
    assert.equal(octets.length, 1200);
    assert.deepEqual(
      octets.subarray(0, 32),
      hex("d76b3343cf088394c8f03e5157080000449ea0c95e82ffe67b6abcdb4298b485"),
    );
  });

  it("are opened again and again with the same keys, which stay as they are", () => {
    const version = quicVersion(V1)!;
    const keys = initialKeys(version, DESTINATION, "client");
    const before = keysText(keys);
    for (const packetNumber of [2, 3, 0x01020304]) {
      // Of a Buffer, whose parts share memory, as of any other.
      const octets = Buffer.from(buildQuicInitial({ destination: DESTINATION, packetNumber, frames }));
      const copy = Buffer.from(octets);
      const packet = new LongPacket();
      assert.ok(parseLongHeader(octets, 0, octets.length, packet));
      assert.equal(parseLongPacket(octets, 0, octets.length, version, packet), 0);
      const payload = openInitial(keys, octets, 0, packet.numberAt, packet.end);
      assert.deepEqual(new Uint8Array(payload!.subarray(0, frames.length)), frames);
      assert.deepEqual(octets, copy);
      assert.deepEqual(keysText(keys), before);
    }
  });

  it("stay closed where one bit is changed", () => {
    const version = quicVersion(V1)!;
    const keys = initialKeys(version, DESTINATION, "client");
    const whole = buildQuicInitial({ destination: DESTINATION, packetNumber: 2, frames });
    for (const at of [6, 18, 21, 100, 1199]) {
      const octets = whole.slice();
      octets[at]! ^= 1;
      assert.equal(openInitial(keys, octets, 0, 18, octets.length), undefined, `octet ${at}`);
    }
  });
});

describe("parseLongPacket", () => {
  const version = quicVersion(V1)!;
  const cases: readonly (readonly [string, string, -1 | 0 | 1])[] = [
    ["whole", "c0 00000001 00 00 00 14 0000000000000000000000000000000000000000", 0],
    ["without the fixed bit", "80 00000001 00 00 00 14 0000000000000000000000000000000000000000", -1],
    ["with a token past its end", "c0 00000001 00 00 7f ff 14", 1],
    ["longer than its datagram", "c0 00000001 00 00 00 15 0000000000000000000000000000000000000000", 1],
    ["too short for a sample", "c0 00000001 00 00 00 13 00000000000000000000000000000000000000", -1],
    ["without length", "c0 00000001 00 00 00", 1],
    ["Retry of a tag alone", "f0 00000001 00 00 00000000000000000000000000000000", -1],
    ["Retry with a token", "f0 00000001 00 00 01 00000000000000000000000000000000", 0],
  ];
  for (const [name, text, expected] of cases) {
    it(`${name}: ${expected}`, () => {
      const octets = hex(text);
      const packet = new LongPacket();
      assert.ok(parseLongHeader(octets, 0, octets.length, packet));
      assert.equal(parseLongPacket(octets, 0, octets.length, version, packet), expected);
    });
  }
});
