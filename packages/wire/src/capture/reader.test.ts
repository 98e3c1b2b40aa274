import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Malformed } from "@palisade/base";
import fc from "fast-check";
import { be16, be32, concat, hex, latin1, le16, le32 } from "../octets.js";
import { LINKTYPE_ETHERNET, LINKTYPE_IPV4, LINKTYPE_LINUX_SLL, LINKTYPE_RAW } from "./link-types.js";
import {
  CAPTURE_EMPTY,
  CAPTURE_UNKNOWN_FORMAT,
  type CaptureEnd,
  CaptureReader,
  FRAME_BYTES_MAX,
  PCAP_RECORD_BYTES_MAX,
  PCAP_RECORD_TOO_LONG,
  PCAP_VERSION_UNKNOWN,
  PCAPNG_BLOCK_LENGTH_IMPOSSIBLE,
  PCAPNG_BLOCK_LENGTHS_DIFFER,
  PCAPNG_BLOCK_TOO_LONG,
  PCAPNG_BYTE_ORDER_UNKNOWN,
  PCAPNG_INTERFACE_UNKNOWN,
  PCAPNG_INTERFACES_MAX,
  PCAPNG_INTERFACES_TOO_MANY,
  PCAPNG_OPTION_LENGTH_IMPOSSIBLE,
  PCAPNG_PACKET_LENGTH_IMPOSSIBLE,
  PCAPNG_VERSION_UNKNOWN,
} from "./reader.js";

interface Seen {
  readonly frame: string;
  readonly wireBytes: number;
  readonly timeUs: number;
  readonly linkType: number;
  readonly interfaceIndex: number;
}

/** Reads `octets`, cut at the given places. */
function read(octets: Uint8Array, cuts: readonly number[] = []): { seen: Seen[]; end: CaptureEnd } {
  const seen: Seen[] = [];
  const reader = new CaptureReader({
    packet(chunk, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex) {
      assert.ok(offset >= 0 && offset + capturedBytes <= chunk.length, "a frame lies inside its octets");
      const frame = Buffer.from(chunk.subarray(offset, offset + capturedBytes)).toString("hex");
      seen.push({ frame, wireBytes, timeUs, linkType, interfaceIndex });
      assert.equal(reader.packets, seen.length);
    },
  });
  let from = 0;
  for (const cut of [...cuts, octets.length]) {
    // A chunk of its own, with other octets around it and overwritten after the call: nothing may be read or kept there.
    const chunk = concat(hex("ee ee ee"), octets.subarray(from, cut), hex("ee ee ee"));
    reader.push(chunk, 3, 3 + cut - from);
    chunk.fill(0xdd);
    from = cut;
  }
  return { seen, end: reader.end() };
}

const everyOctet = (octets: Uint8Array): number[] => Array.from(octets.keys()).slice(1);

interface Order {
  readonly name: string;
  readonly u16: (value: number) => Uint8Array;
  readonly u32: (value: number) => Uint8Array;
}
const LITTLE: Order = { name: "little-endian", u16: le16, u32: le32 };
const BIG: Order = { name: "big-endian", u16: be16, u32: be32 };

function pcapHeader(
  order: Order,
  options: { magic?: number; version?: [number, number]; snaplen?: number; link?: number },
) {
  const [major, minor] = options.version ?? [2, 4];
  return concat(
    order.u32(options.magic ?? 0xa1b2c3d4),
    order.u16(major),
    order.u16(minor),
    order.u32(0),
    order.u32(0),
    order.u32(options.snaplen ?? 65_535),
    order.u32(options.link ?? LINKTYPE_ETHERNET),
  );
}

function block(order: Order, type: number, ...body: Uint8Array[]): Uint8Array {
  const inside = concat(...body);
  const padding = new Uint8Array((4 - (inside.length & 3)) & 3);
  const length = order.u32(inside.length + padding.length + 12);
  return concat(order.u32(type), length, inside, padding, length);
}
const section = (order: Order, major = 1): Uint8Array =>
  block(order, 0x0a0d0d0a, order.u32(0x1a2b3c4d), order.u16(major), order.u16(0), hex("ffffffff ffffffff"));
const iface = (order: Order, linkType: number, snaplen = 0, ...options: Uint8Array[]): Uint8Array =>
  block(order, 1, order.u16(linkType), order.u16(0), order.u32(snaplen), ...options);
const option = (order: Order, code: number, value: Uint8Array): Uint8Array =>
  concat(order.u16(code), order.u16(value.length), value, new Uint8Array((4 - (value.length & 3)) & 3));
const enhanced = (
  order: Order,
  index: number,
  high: number,
  low: number,
  frame: Uint8Array,
  wire = frame.length,
) =>
  block(
    order,
    6,
    order.u32(index),
    order.u32(high),
    order.u32(low),
    order.u32(frame.length),
    order.u32(wire),
    frame,
  );

function ticks(value: bigint): [number, number] {
  return [Number(value >> 32n), Number(value & 0xffff_ffffn)];
}

/** The packet and the end of a stream that holds one packet. */
function only(octets: Uint8Array): Seen {
  const { seen, end } = read(octets);
  assert.equal(end.malformed, undefined);
  assert.equal(seen.length, 1);
  return seen[0]!;
}

describe("a pcap stream", () => {
  for (const order of [LITTLE, BIG]) {
    test(`${order.name}, microseconds`, () => {
      const octets = concat(
        pcapHeader(order, {}),
        order.u32(1_700_000_000),
        order.u32(250_001),
        order.u32(3),
        order.u32(60),
        hex("010203"),
      );
      const { seen, end } = read(octets);
      assert.deepEqual(seen, [
        { frame: "010203", wireBytes: 60, timeUs: 1_700_000_000_250_001, linkType: 1, interfaceIndex: 0 },
      ]);
      assert.deepEqual(end, {
        packets: 1,
        octets: octets.length,
        wholeOctets: octets.length,
        format: "pcap",
        malformed: undefined,
        truncated: false,
        missingBytes: 0,
      });
    });

    test(`${order.name}, nanoseconds`, () => {
      const { timeUs } = only(
        concat(
          pcapHeader(order, { magic: 0xa1b23c4d }),
          order.u32(1000),
          order.u32(999_999_500),
          order.u32(0),
          order.u32(0),
        ),
      );
      assert.equal(timeUs, 1_000_999_999.5);
    });

    test(`${order.name}, modified, with its longer record header`, () => {
      const record = concat(
        order.u32(1),
        order.u32(2),
        order.u32(2),
        order.u32(2),
        order.u32(77),
        order.u16(0x0800),
        hex("0400"),
        hex("abcd"),
      );
      const { seen, end } = read(concat(pcapHeader(order, { magic: 0xa1b2cd34 }), record, record));
      assert.equal(end.truncated, false);
      assert.deepEqual(
        seen.map((packet) => [packet.frame, packet.timeUs, packet.interfaceIndex]),
        [
          ["abcd", 1_000_002, 0],
          ["abcd", 1_000_002, 0],
        ],
      );
    });
  }

  test("has its link type apart from the FCS length beside it", () => {
    const octets = concat(pcapHeader(LITTLE, { link: 0x2400_0000 | LINKTYPE_RAW }), new Uint8Array(16));
    assert.equal(only(octets).linkType, LINKTYPE_RAW);
  });

  test("hands out a packet whose original length is below the captured one", () => {
    const octets = concat(pcapHeader(BIG, {}), be32(0), be32(0), be32(2), be32(1), hex("aabb"));
    assert.deepEqual([only(octets).frame, only(octets).wireBytes], ["aabb", 1]);
  });

  test("of versions before 2.3 has the original length first", () => {
    const octets = concat(
      pcapHeader(BIG, { version: [2, 2] }),
      be32(0),
      be32(0),
      be32(60),
      be32(2),
      hex("aabb"),
    );
    assert.deepEqual([only(octets).frame, only(octets).wireBytes], ["aabb", 60]);
  });

  test("of version 2.3 has the smaller length for the captured one", () => {
    const header = pcapHeader(BIG, { version: [2, 3] });
    for (const lengths of [hex("0000003c 00000002"), hex("00000002 0000003c")]) {
      const octets = concat(header, be32(0), be32(0), lengths, hex("aabb"));
      assert.deepEqual([only(octets).frame, only(octets).wireBytes], ["aabb", 60]);
    }
  });

  test("may hold records above its snapshot length, up to the bound", () => {
    const frame = new Uint8Array(PCAP_RECORD_BYTES_MAX);
    const octets = concat(
      pcapHeader(LITTLE, { snaplen: 96 }),
      le32(0),
      le32(0),
      le32(frame.length),
      le32(1),
      frame,
    );
    assert.equal(only(octets).frame.length, 2 * frame.length);
  });

  const tooLong: readonly [snaplen: number, captured: number, refused: boolean][] = [
    [96, PCAP_RECORD_BYTES_MAX + 1, true],
    [PCAP_RECORD_BYTES_MAX + 1, PCAP_RECORD_BYTES_MAX + 1, false],
    [0, FRAME_BYTES_MAX, false],
    [0, FRAME_BYTES_MAX + 1, true],
    [0xffff_ffff, FRAME_BYTES_MAX + 1, true],
    [65_535, 0xffff_ffff, true],
  ];
  for (const [snaplen, captured, refused] of tooLong) {
    test(`with snapshot length ${snaplen} ${refused ? "refuses" : "believes"} a record of ${captured}`, () => {
      const whole = concat(le32(0), le32(0), le32(1), le32(1), hex("01"));
      const octets = concat(
        pcapHeader(LITTLE, { snaplen }),
        whole,
        le32(0),
        le32(0),
        le32(captured),
        le32(captured),
      );
      const { seen, end } = read(octets);
      assert.equal(seen.length, 1, "what was whole before is there");
      assert.equal(end.wholeOctets, 24 + 17);
      assert.equal(end.malformed, refused ? PCAP_RECORD_TOO_LONG : undefined);
      assert.equal(end.missingBytes, refused ? 0 : captured);
    });
  }

  test("of another major version is refused", () => {
    const { end } = read(concat(pcapHeader(LITTLE, { version: [3, 0] }), new Uint8Array(16)));
    assert.equal(end.malformed, PCAP_VERSION_UNKNOWN);
    assert.equal(end.packets, 0);
  });

  test("has finite times whatever it says", () => {
    const octets = concat(pcapHeader(LITTLE, {}), hex("ffffffff ffffffff"), le32(0), le32(0));
    assert.equal(only(octets).timeUs, 0xffff_ffff * 1_000_001);
  });

  test("takes nothing after it went wrong", () => {
    const bad = concat(pcapHeader(LITTLE, {}), le32(0), le32(0), le32(0xffff_ffff), le32(0));
    const { seen, end } = read(concat(bad, new Uint8Array(64)), [bad.length, bad.length + 20]);
    assert.equal(seen.length, 0);
    assert.equal(end.octets, bad.length + 64);
    assert.equal(end.wholeOctets, 24);
  });
});

describe("a pcapng stream", () => {
  for (const order of [LITTLE, BIG]) {
    test(`${order.name}: interfaces, all three packet blocks, and blocks passed over`, () => {
      const octets = concat(
        section(order),
        iface(order, LINKTYPE_ETHERNET, 4),
        iface(order, LINKTYPE_RAW),
        block(order, 5, new Uint8Array(32)), // Interface Statistics
        enhanced(order, 1, 0, 5_000_000, hex("0102030405"), 90),
        block(order, 0x0a, new Uint8Array(5)), // Decryption Secrets
        block(order, 0x0bad, latin1("custom")),
        block(order, 0x7f), // a type of the future, without a body
        block(order, 3, order.u32(100), hex("0a0b0c0d")),
        block(
          order,
          2,
          order.u16(1),
          order.u16(0xffff),
          order.u32(0),
          order.u32(7_000_000),
          order.u32(2),
          order.u32(2),
          hex("ccdd"),
        ),
      );
      const { seen, end } = read(octets);
      assert.deepEqual(seen, [
        { frame: "0102030405", wireBytes: 90, timeUs: 5_000_000, linkType: LINKTYPE_RAW, interfaceIndex: 1 },
        {
          frame: "0a0b0c0d",
          wireBytes: 100,
          timeUs: 5_000_000,
          linkType: LINKTYPE_ETHERNET,
          interfaceIndex: 0,
        },
        { frame: "ccdd", wireBytes: 2, timeUs: 7_000_000, linkType: LINKTYPE_RAW, interfaceIndex: 1 },
      ]);
      assert.deepEqual(end, {
        packets: 3,
        octets: octets.length,
        wholeOctets: octets.length,
        format: "pcapng",
        malformed: undefined,
        truncated: false,
        missingBytes: 0,
      });
    });
  }

  test("has sections, each with its own byte order and interfaces", () => {
    const { seen, end } = read(
      concat(
        section(LITTLE),
        iface(LITTLE, LINKTYPE_ETHERNET),
        enhanced(LITTLE, 0, 0, 1, hex("01")),
        section(BIG),
        iface(BIG, LINKTYPE_LINUX_SLL),
        enhanced(BIG, 0, 0, 2, hex("02")),
        section(LITTLE),
        enhanced(LITTLE, 0, 0, 3, hex("03")),
      ),
    );
    assert.deepEqual(
      seen.map((packet) => [packet.frame, packet.linkType]),
      [
        ["01", LINKTYPE_ETHERNET],
        ["02", LINKTYPE_LINUX_SLL],
      ],
    );
    assert.equal(end.malformed, PCAPNG_INTERFACE_UNKNOWN, "the third section has described none");
  });

  test("has Simple Packet Blocks as long as the packet where the snapshot length is unlimited", () => {
    const octets = concat(
      section(LITTLE),
      iface(LITTLE, LINKTYPE_IPV4),
      block(LITTLE, 3, le32(3), hex("450000")),
    );
    assert.deepEqual(only(octets), {
      frame: "450000",
      wireBytes: 3,
      timeUs: 0,
      linkType: LINKTYPE_IPV4,
      interfaceIndex: 0,
    });
  });

  const seconds = 1_700_000_000n;
  const times: readonly [name: string, resolution: string, ticks: bigint, timeUs: number][] = [
    ["seconds", "00", seconds, 1_700_000_000_000_000],
    ["milliseconds", "03", seconds * 1000n + 7n, 1_700_000_000_007_000],
    ["microseconds", "06", seconds * 1_000_000n + 7n, 1_700_000_000_000_007],
    ["nanoseconds", "09", seconds * 1_000_000_000n + 7_250n, 1_700_000_000_000_007 + 0.25],
    ["picoseconds", "0c", 3_600_000_000_000_000n + 500_000n, 3_600_000_000.5],
    ["units too small for any time", "7f", 0xffff_ffff_ffff_ffffn, 0],
    ["2^-10 s", "8a", seconds * 1024n + 512n, 1_700_000_000_500_000],
    ["2^-32 s", "a0", (seconds << 32n) + (1n << 30n), 1_700_000_000_250_000],
    ["2^0 s", "80", seconds, 1_700_000_000_000_000],
  ];
  for (const [name, resolution, value, timeUs] of times) {
    test(`counts time in ${name}`, () => {
      const [high, low] = ticks(value);
      for (const order of [LITTLE, BIG]) {
        const described = iface(
          order,
          1,
          0,
          option(order, 2, latin1("eth0!")),
          option(order, 9, hex(resolution)),
        );
        const packet = only(concat(section(order), described, enhanced(order, 0, high, low, hex(""))));
        assert.ok(Math.abs(packet.timeUs - timeUs) < 1e-90 || packet.timeUs === timeUs, `${packet.timeUs}`);
      }
    });
  }

  test("adds the interface's offset, which may be negative", () => {
    const offsets: readonly [Order, Uint8Array, number][] = [
      [BIG, hex("00000000 00000e10"), 3600],
      [LITTLE, hex("100e0000 00000000"), 3600],
      [BIG, hex("ffffffff fffffffe"), -2],
      [LITTLE, hex("feffffff ffffffff"), -2],
    ];
    for (const [order, value, offset] of offsets) {
      const octets = concat(
        section(order),
        iface(order, 1, 0, option(order, 14, value), option(order, 0, hex(""))),
        enhanced(order, 0, 0, 10_000_000, hex("")),
      );
      assert.equal(only(octets).timeUs, (10 + offset) * 1_000_000);
    }
  });

  test("has finite times whatever it says", () => {
    for (let resolution = 0; resolution < 256; resolution += 1) {
      const octets = concat(
        section(BIG),
        iface(BIG, 1, 0, option(BIG, 9, Uint8Array.of(resolution)), option(BIG, 14, hex("7fffffffffffffff"))),
        enhanced(BIG, 0, 0xffff_ffff, 0xffff_ffff, hex("")),
      );
      assert.ok(Number.isFinite(only(octets).timeUs), `resolution ${resolution}`);
    }
  });

  test("may hold more interfaces than anybody has, up to the bound", () => {
    const many = [section(LITTLE)];
    for (let index = 0; index < PCAPNG_INTERFACES_MAX; index += 1) many.push(iface(LITTLE, 1));
    const last = enhanced(LITTLE, PCAPNG_INTERFACES_MAX - 1, 0, 0, hex("01"));
    const { seen, end } = read(concat(...many, last, iface(LITTLE, 1)));
    assert.equal(seen[0]?.interfaceIndex, PCAPNG_INTERFACES_MAX - 1);
    assert.equal(end.malformed, PCAPNG_INTERFACES_TOO_MANY);
  });

  const start = concat(section(LITTLE), iface(LITTLE, 1, 64), enhanced(LITTLE, 0, 0, 0, hex("01")));
  const length = (octets: Uint8Array, value: number, trailer = value): Uint8Array => {
    const changed = octets.slice();
    changed.set(le32(value), 4);
    changed.set(le32(trailer), octets.length - 4);
    return changed;
  };
  const captured = (octets: Uint8Array, at: number, value: number): Uint8Array => {
    const changed = octets.slice();
    changed.set(le32(value), at);
    return changed;
  };
  const packet = enhanced(LITTLE, 0, 0, 0, hex("01020304"));
  const wrong: readonly [name: string, octets: Uint8Array, malformed: Malformed][] = [
    ["a block length below a block", length(block(LITTLE, 5), 8), PCAPNG_BLOCK_LENGTH_IMPOSSIBLE],
    ["a block length of zero", length(block(LITTLE, 5), 0), PCAPNG_BLOCK_LENGTH_IMPOSSIBLE],
    ["a block length that is no multiple of four", length(packet, 35), PCAPNG_BLOCK_LENGTH_IMPOSSIBLE],
    [
      "a packet block without room for its fields",
      block(LITTLE, 6, new Uint8Array(16)),
      PCAPNG_BLOCK_LENGTH_IMPOSSIBLE,
    ],
    ["an interface without its fields", block(LITTLE, 1), PCAPNG_BLOCK_LENGTH_IMPOSSIBLE],
    ["a simple packet without its length", block(LITTLE, 3), PCAPNG_BLOCK_LENGTH_IMPOSSIBLE],
    [
      "a section header without its fields",
      block(LITTLE, 0x0a0d0d0a, le32(0x1a2b3c4d)),
      PCAPNG_BLOCK_LENGTH_IMPOSSIBLE,
    ],
    ["a packet block above the bound", length(packet, 0x7fff_fffc), PCAPNG_BLOCK_TOO_LONG],
    ["a trailing length that differs", length(packet, 36, 40), PCAPNG_BLOCK_LENGTHS_DIFFER],
    [
      "the same in a block passed over",
      length(block(LITTLE, 5, hex("00000000")), 16, 20),
      PCAPNG_BLOCK_LENGTHS_DIFFER,
    ],
    ["an interface nobody described", enhanced(LITTLE, 1, 0, 0, hex("")), PCAPNG_INTERFACE_UNKNOWN],
    ["more captured than the block holds", captured(packet, 20, 5), PCAPNG_PACKET_LENGTH_IMPOSSIBLE],
    [
      "a captured length with every bit set",
      captured(packet, 20, 0xffff_ffff),
      PCAPNG_PACKET_LENGTH_IMPOSSIBLE,
    ],
    [
      "a simple packet shorter than it says",
      block(LITTLE, 3, le32(9), hex("00000000 00000000")),
      PCAPNG_PACKET_LENGTH_IMPOSSIBLE,
    ],
    [
      "a simple packet cut above the snapshot length",
      block(LITTLE, 3, le32(900), hex("00000000")),
      PCAPNG_PACKET_LENGTH_IMPOSSIBLE,
    ],
    [
      "an option past its block",
      iface(LITTLE, 1, 0, le16(2), le16(5), hex("00000000")),
      PCAPNG_OPTION_LENGTH_IMPOSSIBLE,
    ],
    [
      "a resolution of two octets",
      iface(LITTLE, 1, 0, option(LITTLE, 9, hex("0909"))),
      PCAPNG_OPTION_LENGTH_IMPOSSIBLE,
    ],
    [
      "an offset of four octets",
      iface(LITTLE, 1, 0, option(LITTLE, 14, hex("00000001"))),
      PCAPNG_OPTION_LENGTH_IMPOSSIBLE,
    ],
    ["a byte order that is none", captured(section(LITTLE), 8, 0x1a2b3c4e), PCAPNG_BYTE_ORDER_UNKNOWN],
    ["a section of another major version", section(BIG, 2), PCAPNG_VERSION_UNKNOWN],
  ];
  for (const [name, octets, malformed] of wrong) {
    test(`stops at ${name}`, () => {
      const stream = concat(start, octets, packet);
      for (const cuts of [[], everyOctet(stream)]) {
        const { seen, end } = read(stream, cuts);
        assert.equal(end.malformed, malformed);
        assert.equal(seen.length, 1, "what was whole before is there, and nothing after");
        assert.equal(end.wholeOctets, start.length);
        assert.equal(end.truncated, false);
      }
    });
  }

  test("passes over a block of any length without keeping it", () => {
    const huge = concat(le32(5), le32(0xffff_fffc), new Uint8Array(1000));
    const { end } = read(concat(start, huge), [start.length + 20]);
    assert.equal(end.malformed, undefined);
    assert.equal(end.missingBytes, 0xffff_fffc - 1008);
    assert.equal(end.wholeOctets, start.length);
  });

  test("is not read where no section is open", () => {
    assert.equal(read(enhanced(LITTLE, 0, 0, 0, hex("01"))).end.malformed, CAPTURE_UNKNOWN_FORMAT);
  });
});

describe("any stream", () => {
  test("of no octets is empty", () => {
    assert.deepEqual(read(new Uint8Array(0)).end, {
      packets: 0,
      octets: 0,
      wholeOctets: 0,
      format: undefined,
      malformed: CAPTURE_EMPTY,
      truncated: false,
      missingBytes: 0,
    });
  });

  test("that is no capture is of unknown format, also where it is too short to tell", () => {
    for (const octets of [
      hex("d4"),
      hex("d4c3b2"),
      latin1("hello, world"),
      hex("1f8b0800"),
      new Uint8Array(40),
    ]) {
      const { end } = read(octets);
      assert.equal(end.malformed, CAPTURE_UNKNOWN_FORMAT);
      assert.equal(end.format, undefined);
      assert.equal(end.truncated, false);
    }
  });

  const frame = hex("00112233 44556677 8899");
  const pcap = concat(
    pcapHeader(BIG, {}),
    ...[1, 2].map((second) => concat(be32(second), be32(0), be32(10), be32(10), frame)),
  );
  const pcapng = concat(
    section(BIG),
    iface(BIG, LINKTYPE_RAW, 10, option(BIG, 9, hex("09"))),
    enhanced(BIG, 0, 1, 2, frame),
    block(BIG, 0x0a, new Uint8Array(30)),
    section(LITTLE),
    iface(LITTLE, LINKTYPE_ETHERNET, 10),
    block(LITTLE, 3, le32(80), frame),
    enhanced(LITTLE, 0, 3, 4, frame),
  );

  for (const [name, whole] of [
    ["pcap", pcap],
    ["pcapng", pcapng],
  ] as const) {
    test(`${name} gives the same packets and the same end however it is cut`, () => {
      const expected = read(whole);
      assert.ok(expected.seen.length >= 2 && expected.end.malformed === undefined);
      assert.deepEqual(read(whole, everyOctet(whole)), expected);
      fc.assert(
        fc.property(fc.array(fc.nat(whole.length)), fc.nat(whole.length), (places, shortened) => {
          const octets = whole.subarray(0, whole.length - shortened);
          const cuts = places.filter((place) => place <= octets.length).sort((a, b) => a - b);
          assert.deepEqual(read(octets, cuts), read(octets));
        }),
      );
    });

    test(`${name} cut short says how much is missing`, () => {
      for (let kept = 4; kept < whole.length; kept += 1) {
        const { seen, end } = read(whole.subarray(0, kept));
        assert.equal(end.malformed, undefined);
        assert.equal(end.truncated, end.wholeOctets < kept, `${kept} octets`);
        assert.equal(end.missingBytes > 0, end.truncated);
        assert.equal(seen.length, end.packets);
        // With what is said to be missing, more is known: at the latest with a few steps the unit is whole.
        const further = read(whole.subarray(0, kept + end.missingBytes)).end;
        assert.ok(further.truncated ? further.missingBytes > 0 : further.wholeOctets >= kept);
      }
    });

    test(`${name} with changed octets never throws, and ends the same however it is cut`, () => {
      const change = fc.tuple(fc.nat(whole.length - 1), fc.nat(255));
      fc.assert(
        fc.property(
          fc.array(change, { minLength: 1, maxLength: 6 }),
          fc.nat(whole.length),
          (changes, cut) => {
            const octets = whole.slice();
            for (const [at, value] of changes) octets[at] = value;
            const expected = read(octets);
            assert.deepEqual(read(octets, [cut]), expected);
            assert.deepEqual(read(octets, everyOctet(octets)), expected);
            assert.ok(expected.end.wholeOctets <= octets.length);
          },
        ),
        { numRuns: 1000 },
      );
    });
  }

  test("of anything never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.constantFrom(pcap, pcapng), (octets, prefix) => {
        read(octets);
        read(concat(prefix, octets));
      }),
    );
  });

  test("longer than a chunk is put together whole", () => {
    const long = new Uint8Array(200_000).map((_, index) => index * 7);
    const octets = concat(
      pcapHeader(LITTLE, {}),
      le32(1),
      le32(0),
      le32(long.length),
      le32(long.length),
      long,
    );
    const cuts = Array.from({ length: Math.floor(octets.length / 1000) }, (_, index) => (index + 1) * 1000);
    assert.equal(read(octets, cuts).seen[0]?.frame, Buffer.from(long).toString("hex"));
  });
});
