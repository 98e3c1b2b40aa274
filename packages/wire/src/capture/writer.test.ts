import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import { concat, hex } from "../octets.js";
import { LINKTYPE_ETHERNET, LINKTYPE_IPV6, LINKTYPE_RAW, linkTypeName } from "./link-types.js";
import { CaptureReader, FRAME_BYTES_MAX, PCAPNG_INTERFACES_MAX } from "./reader.js";
import { PCAPNG_INBOUND, PCAPNG_OUTBOUND, PcapngWriter, PcapWriter } from "./writer.js";

interface Packet {
  readonly frame: Uint8Array;
  readonly wireBytes: number;
  readonly timeUs: number;
  readonly linkType: number;
  readonly interfaceIndex: number;
}

function readAll(chunks: readonly Uint8Array[]): Packet[] {
  const packets: Packet[] = [];
  const reader = new CaptureReader({
    packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex) {
      packets.push({
        frame: octets.slice(offset, offset + capturedBytes),
        wireBytes,
        timeUs,
        linkType,
        interfaceIndex,
      });
    },
  });
  for (const chunk of chunks) reader.push(chunk);
  const end = reader.end();
  assert.equal(end.malformed, undefined);
  assert.equal(end.truncated, false);
  return packets;
}

const code = (expected: string) => (error: unknown) =>
  error instanceof PalisadeError && error.code === expected;

/** Quarters of a microsecond: what a double near the present can hold. */
const timeUs = fc.nat({ max: 2 ** 52 }).map((quarters) => quarters / 4);
const arbitraryPacket = fc.record({
  frame: fc.uint8Array({ maxLength: 40 }),
  wireBytes: fc.nat(0xffff_ffff),
  timeUs,
});

describe("a pcap writer", () => {
  test("writes what a reader reads back, in nanoseconds", () => {
    fc.assert(
      fc.property(fc.array(arbitraryPacket), fc.nat(0xffff), (packets, linkType) => {
        const chunks: Uint8Array[] = [];
        const writer = new PcapWriter((octets) => chunks.push(octets), { linkType });
        for (const { frame, wireBytes, timeUs } of packets) {
          writer.packet(concat(hex("ffff"), frame), 2, frame.length, wireBytes, timeUs);
        }
        writer.end();
        assert.deepEqual(
          readAll(chunks),
          packets.map((packet) => ({ ...packet, linkType, interfaceIndex: 0 })),
        );
      }),
    );
  });

  test("writes microseconds where asked, rounded to the nearest", () => {
    for (const [given, written] of [
      [1_000_000.4, 1_000_000],
      [1_000_000.6, 1_000_001],
      [1_999_999.75, 2_000_000],
    ] as const) {
      const chunks: Uint8Array[] = [];
      const writer = new PcapWriter((octets) => chunks.push(octets), { linkType: 1, resolution: "us" });
      writer.packet(hex("01"), 0, 1, 1, given);
      writer.end();
      assert.deepEqual(concat(...chunks).subarray(0, 4), hex("d4c3b2a1"));
      assert.equal(readAll(chunks)[0]?.timeUs, written);
    }
  });

  test("writes times that cannot be as the nearest that can", () => {
    for (const [given, written] of [
      [-5, 0],
      [Number.NaN, 0],
      [Number.POSITIVE_INFINITY, 2 ** 32 * 1_000_000 - 1],
      [1e30, 2 ** 32 * 1_000_000 - 1],
    ] as const) {
      for (const resolution of ["us", "ns"] as const) {
        const chunks: Uint8Array[] = [];
        const writer = new PcapWriter((octets) => chunks.push(octets), { linkType: 1, resolution });
        writer.packet(hex("01"), 0, 1, 1, given);
        writer.end();
        assert.equal(
          Math.floor(readAll(chunks)[0]!.timeUs + 0.5),
          written === 0 ? 0 : written + (resolution === "ns" ? 1 : 0),
        );
      }
    }
  });

  test("cuts frames to the snapshot length and keeps their length on the wire", () => {
    const chunks: Uint8Array[] = [];
    const writer = new PcapWriter((octets) => chunks.push(octets), { linkType: 1, snaplenBytes: 2 });
    writer.packet(hex("010203"), 0, 3, 3, 0);
    writer.end();
    const [packet] = readAll(chunks);
    assert.deepEqual([packet?.frame, packet?.wireBytes], [hex("0102"), 3]);
  });

  test("writes the header of a file without packets", () => {
    const chunks: Uint8Array[] = [];
    new PcapWriter((octets) => chunks.push(octets), {
      linkType: LINKTYPE_ETHERNET,
      snaplenBytes: 65_535,
    }).end();
    assert.deepEqual(concat(...chunks), hex("4d3cb2a1 0200 0400 00000000 00000000 ffff0000 01000000"));
  });

  test("refuses a second link type and options that make no sense", () => {
    const writer = new PcapWriter(() => undefined, { linkType: LINKTYPE_ETHERNET });
    assert.throws(() => writer.packet(hex("45"), 0, 1, 1, 0, LINKTYPE_RAW), code("CAPTURE_LINK_TYPE_MIXED"));
    for (const options of [
      { linkType: -1 },
      { linkType: 0x1_0000 },
      { linkType: 1, snaplenBytes: 0 },
      { linkType: 1, snaplenBytes: FRAME_BYTES_MAX + 1 },
      { linkType: 1, snaplenBytes: 1.5 },
    ]) {
      assert.throws(() => new PcapWriter(() => undefined, options), code("CAPTURE_OPTION_INVALID"));
    }
  });
});

describe("a pcapng writer", () => {
  test("writes what a reader reads back, of many interfaces", () => {
    const ofInterface = fc.record({ packet: arbitraryPacket, from: fc.nat(9) });
    fc.assert(
      fc.property(fc.array(ofInterface), (packets) => {
        const chunks: Uint8Array[] = [];
        const writer = new PcapngWriter((octets) => chunks.push(octets));
        for (let index = 0; index < 10; index += 1) writer.addInterface(index, 100 + index, `port ${index}`);
        for (const { packet, from } of packets) {
          writer.packet(
            packet.frame,
            0,
            packet.frame.length,
            packet.wireBytes,
            packet.timeUs,
            100 + from,
            from,
          );
        }
        writer.end();
        assert.deepEqual(
          readAll(chunks),
          packets.map(({ packet, from }) => ({ ...packet, linkType: 100 + from, interfaceIndex: from })),
        );
      }),
    );
  });

  test("describes an interface when its first packet comes", () => {
    const chunks: Uint8Array[] = [];
    const writer = new PcapngWriter((octets) => chunks.push(octets));
    writer.packet(hex("01"), 0, 1, 1, 1, LINKTYPE_RAW, 7);
    writer.packet(hex("02"), 0, 1, 1, 2, LINKTYPE_IPV6, 7);
    writer.packet(hex("03"), 0, 1, 1, 3, LINKTYPE_RAW, 7);
    writer.end();
    assert.deepEqual(
      readAll(chunks).map((packet) => [packet.linkType, packet.interfaceIndex]),
      [
        [LINKTYPE_RAW, 0],
        [LINKTYPE_IPV6, 1],
        [LINKTYPE_RAW, 0],
      ],
    );
  });

  test("keeps the start of a name that is too long", () => {
    const chunks: Uint8Array[] = [];
    const writer = new PcapngWriter((octets) => chunks.push(octets));
    writer.addInterface(0, 1, "x".repeat(100_000));
    writer.packet(hex("01"), 0, 1, 1, 1, 1, 0);
    writer.end();
    assert.equal(readAll(chunks).length, 1);
    assert.equal(
      Buffer.from(concat(...chunks))
        .toString("latin1")
        .match(/x+/)?.[0].length,
      255,
    );
  });

  test("refuses interfaces beyond what a section can number", () => {
    const writer = new PcapngWriter(() => undefined);
    assert.throws(() => writer.addInterface(PCAPNG_INTERFACES_MAX, 1), code("CAPTURE_OPTION_INVALID"));
    for (let index = 0; index < PCAPNG_INTERFACES_MAX; index += 1) writer.addInterface(index, 1);
    assert.throws(() => writer.packet(hex("01"), 0, 1, 1, 1, 2, 0), code("CAPTURE_INTERFACES_TOO_MANY"));
  });

  test("joined to a reader turns pcap into pcapng", () => {
    const pcap: Uint8Array[] = [];
    const writer = new PcapWriter((octets) => pcap.push(octets), { linkType: LINKTYPE_RAW });
    for (let index = 0; index < 3000; index += 1)
      writer.packet(new Uint8Array(index % 97), 0, index % 97, 1500, index);
    writer.end();
    const pcapng: Uint8Array[] = [];
    const converter = new PcapngWriter((octets) => pcapng.push(octets));
    const reader = new CaptureReader(converter);
    for (const chunk of pcap) reader.push(chunk);
    converter.end();
    assert.ok(pcapng.length > 1);
    assert.equal(readAll(pcap).length, 3000);
    assert.deepEqual(readAll(pcapng), readAll(pcap));
  });
});

test("a pcapng packet says its direction where that is known, and else nothing", () => {
  for (const [direction, options] of [
    [0, ""],
    [PCAPNG_INBOUND, "0200 0400 01000000 0000 0000"],
    [PCAPNG_OUTBOUND, "0200 0400 02000000 0000 0000"],
  ] as const) {
    for (const frame of [hex("aa bb cc"), new Uint8Array(500).fill(0xdd)]) {
      const chunks: Uint8Array[] = [];
      const writer = new PcapngWriter((octets) => chunks.push(octets));
      writer.addInterface(0, LINKTYPE_RAW);
      writer.flush();
      writer.packet(frame, 0, frame.length, frame.length, 1, LINKTYPE_RAW, 0, direction);
      writer.end();
      assert.deepEqual(readAll(chunks)[0]?.frame, frame);
      const block = chunks[1]!;
      const optionsAt = 28 + Math.ceil(frame.length / 4) * 4;
      assert.deepEqual(block.subarray(optionsAt, -4), hex(options));
      assert.deepEqual(block.subarray(4, 8), block.subarray(-4));
    }
  }
});

test("chunks belong to whom they are handed, also a record longer than one", () => {
  const chunks: Uint8Array[] = [];
  const kept: Uint8Array[] = [];
  const writer = new PcapWriter(
    (octets) => {
      chunks.push(octets);
      kept.push(octets.slice());
    },
    { linkType: 1 },
  );
  const long = new Uint8Array(200_000).fill(0xab);
  for (const size of [10, 200_000, 0, 60_000, 60_000]) writer.packet(long, 0, size, size, 1);
  writer.flush();
  writer.flush();
  writer.packet(long, 0, 5, 5, 1);
  writer.end();
  assert.deepEqual(chunks, kept);
  assert.deepEqual(
    readAll(chunks).map((packet) => packet.frame.length),
    [10, 200_000, 0, 60_000, 60_000, 5],
  );
});

test("link types have the registry's names, others their number", () => {
  assert.equal(linkTypeName(LINKTYPE_ETHERNET), "ETHERNET");
  assert.equal(linkTypeName(12), "RAW");
  assert.equal(linkTypeName(276), "LINUX_SLL2");
  assert.equal(linkTypeName(147), "link type 147");
});
