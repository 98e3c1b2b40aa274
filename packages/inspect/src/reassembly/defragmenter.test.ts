import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  concat,
  ethernet,
  fragmentIpv4,
  fragmentIpv6,
  hex,
  ipv4,
  ipv6,
  ipv6Extensions,
  LINKTYPE_ETHERNET,
  udp,
  vxlan,
} from "@palisade/wire";
import fc from "fast-check";
import { Decoder } from "../decode/decoder.js";
import { TUNNEL_DEPTH_MAX } from "../decode/descent.js";
import { PacketView } from "../decode/packet-view.js";
import { PathTable } from "../decode/path-table.js";
import { CLIENT, type Frame, framesOf, runEngine, SERVER, START_US } from "../engine.build.js";
import { REASSEMBLY_DEPTH_MAX } from "../engine.js";
import {
  DATAGRAMS_MAX,
  type Datagram,
  Defragmenter,
  FRAGMENT_CONFLICT,
  FRAGMENT_FLOOD,
  FRAGMENT_IMPOSSIBLE,
  FRAGMENT_INCOMPLETE,
  FRAGMENT_NESTED,
  FRAGMENT_OVERLAP,
  FRAGMENT_TIMEOUT_US,
  FRAGMENT_TINY,
  FRAGMENTS_MAX,
} from "./defragmenter.js";

const CLIENT6 = "2001:db8::1";
const SERVER6 = "2001:db8:1::2";
const decoder = new Decoder(new PathTable());

/** Feeds packets to a defragmenter, a microsecond apart. */
class Feeder {
  readonly defragmenter = new Defragmenter();
  readonly view = new PacketView();
  #number = 0;

  /** @param wireLength octets that the packet had before it was cut */
  take(
    packet: Uint8Array,
    timeUs?: number,
    tags: readonly number[] = [],
    wireLength = packet.length,
  ): Datagram | undefined {
    const { view } = this;
    const octets = ethernet({ payload: packet, tags, etherType: packet[0]! >> 4 === 4 ? 0x0800 : 0x86dd });
    this.#number += 1;
    view.number = this.#number;
    view.firstNumber = this.#number;
    view.frames = 1;
    view.timeUs = timeUs ?? START_US + this.#number;
    view.firstUs = view.timeUs;
    view.capturedBytes = octets.length;
    view.wireBytes = octets.length + wireLength - packet.length;
    decoder.frame(view, octets, 0, octets.length, LINKTYPE_ETHERNET);
    assert.ok(view.fragment);
    return this.defragmenter.take(view, decoder.ipHeaders, view.timeUs);
  }

  /** The datagram that these packets come to; they must come to one, with the last. */
  whole(packets: readonly Uint8Array[]): Datagram {
    const datagrams = packets.map((packet) => this.take(packet));
    for (const early of datagrams.slice(0, -1)) assert.equal(early, undefined);
    return datagrams.at(-1)!;
  }
}

function contentOf(datagram: Datagram): Uint8Array {
  const start = datagram.present(new PacketView());
  return datagram.octets.slice(start, start + datagram.length);
}

const pattern = (length: number, seed = 0): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 31 + (at >>> 8) + seed) & 0xff);

/** A fragment of IPv4 by hand. */
function piece(
  offset: number,
  octets: Uint8Array,
  more: boolean,
  identification = 9,
  protocol = 17,
): Uint8Array {
  return ipv4({
    source: CLIENT,
    destination: SERVER,
    protocol,
    identification,
    fragmentOffsetBytes: offset,
    moreFragments: more,
    payload: octets,
  });
}

function piece6(
  offset: number,
  octets: Uint8Array,
  more: boolean,
  identification = 9,
  nextHeader = 17,
): Uint8Array {
  return ipv6({
    source: CLIENT6,
    destination: SERVER6,
    payload: ipv6Extensions({
      extensions: [{ kind: "fragment", offsetBytes: offset, moreFragments: more, identification }],
      nextHeader,
      payload: octets,
    }),
  });
}

describe("fragments in any order", () => {
  it("take their next header from the one at offset zero (RFC 8200 §4.5)", () => {
    const octets = pattern(24);
    const feeder = new Feeder();
    assert.equal(feeder.take(piece6(16, octets.subarray(16), false, 9, 59)), undefined);
    assert.equal(feeder.take(piece6(0, octets.subarray(0, 8), true, 9, 17)), undefined);
    const datagram = feeder.take(piece6(8, octets.subarray(8, 16), true, 9, 6))!;
    assert.equal(datagram.protocol, 17);
    assert.deepEqual(contentOf(datagram), octets);
  });

  it("come to the datagram that was cut, over IPv4 and IPv6", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4, 6),
        fc.integer({ min: 9, max: 9_000 }),
        fc.integer({ min: 1, max: 100 }),
        fc.infiniteStream(fc.nat()),
        (version, length, words, order) => {
          const size = Math.max(words * 8, Math.ceil(length / (FRAGMENTS_MAX - 2) / 8) * 8);
          const content = pattern(length);
          const fragments =
            version === 4
              ? fragmentIpv4(
                  ipv4({
                    source: CLIENT,
                    destination: SERVER,
                    protocol: 17,
                    identification: 7,
                    payload: content,
                  }),
                  size,
                )
              : fragmentIpv6(
                  ipv6({ source: CLIENT6, destination: SERVER6, nextHeader: 17, payload: content }),
                  size,
                  7,
                );
          fc.pre(fragments.length > 1);
          const shuffled = fragments
            .map((fragment) => ({ fragment, place: order.next().value as number }))
            .sort((a, b) => a.place - b.place)
            .map(({ fragment }) => fragment);
          const feeder = new Feeder();
          const datagram = feeder.whole(shuffled);
          assert.ok(datagram.whole);
          assert.deepEqual(contentOf(datagram), content);
          assert.equal(datagram.finding, undefined);
          assert.equal(datagram.spoilt, false);
          assert.deepEqual([datagram.frames, datagram.fragments], [fragments.length, fragments.length]);
          assert.equal(datagram.firstNumber, 1);
          assert.equal(feeder.defragmenter.size, 0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("come to what a map of octets comes to, however they overlap and repeat", () => {
    const fragment = fc.record({
      offset: fc.nat(1_100).map((units) => units * 8),
      length: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 6_000 })),
      seed: fc.nat(2),
    });
    fc.assert(
      fc.property(fc.array(fragment, { minLength: 1, maxLength: 12 }), (fragments) => {
        const feeder = new Feeder();
        const known = new Map<number, number>();
        let overlaps = false;
        let conflicts = false;
        for (const { offset, length, seed } of fragments) {
          const octets = pattern(length, seed);
          const places = Array.from(octets, (octet, at) => [offset + at, octet] as const);
          const held = places.filter(([at]) => known.has(at));
          const differ = held.some(([at, octet]) => known.get(at) !== octet);
          if (held.length > 0 && (differ || held.length < length)) overlaps = true;
          if (differ) conflicts = true;
          for (const [at, octet] of places) if (!known.has(at)) known.set(at, octet);
          assert.equal(feeder.take(piece(offset, octets, true, 9, 99)), undefined);
        }
        const datagram = feeder.defragmenter.expired(Number.POSITIVE_INFINITY)!;
        let prefix = 0;
        while (known.has(prefix)) prefix += 1;
        assert.equal(datagram.prefix, prefix);
        const expected = conflicts ? FRAGMENT_CONFLICT : overlaps ? FRAGMENT_OVERLAP : FRAGMENT_INCOMPLETE;
        assert.equal(datagram.finding, expected);
        const start = datagram.present(new PacketView());
        assert.deepEqual(
          [...datagram.octets.subarray(start, start + prefix)],
          Array.from({ length: prefix }, (_, at) => known.get(at)),
        );
      }),
      { numRuns: 200 },
    );
  });

  it("of different datagrams do not mix", () => {
    const feeder = new Feeder();
    const first = pattern(16, 1);
    const second = pattern(16, 2);
    assert.equal(feeder.take(piece(0, first.subarray(0, 8), true, 1)), undefined);
    assert.equal(feeder.take(piece(0, second.subarray(0, 8), true, 2)), undefined);
    // The protocol is part of IPv4's buffer identifier (RFC 791 §3.2).
    assert.equal(feeder.take(piece(8, second.subarray(8), false, 1, 6)), undefined);
    // Another VLAN is another network.
    assert.equal(feeder.take(piece(8, second.subarray(8), false, 1), undefined, [5]), undefined);
    assert.deepEqual(contentOf(feeder.take(piece(8, first.subarray(8), false, 1))!), first);
    assert.deepEqual(contentOf(feeder.take(piece(8, second.subarray(8), false, 2))!), second);
    assert.equal(feeder.defragmenter.size, 2);
  });
});

describe("fragments that overlap", () => {
  const content = pattern(32);

  it("with the same octets are told, and change nothing over IPv4", () => {
    const datagram = new Feeder().whole([
      piece(0, content.subarray(0, 16), true),
      piece(8, content.subarray(8, 24), true),
      piece(24, content.subarray(24), false),
    ]);
    assert.equal(datagram.finding, FRAGMENT_OVERLAP);
    assert.equal(datagram.spoilt, false);
    assert.deepEqual(contentOf(datagram), content);
  });

  it("with other octets are a conflict in which what came first stays, over IPv4", () => {
    const other = pattern(32, 100);
    const cases: readonly (readonly [string, readonly Uint8Array[]])[] = [
      [
        "behind",
        [
          piece(0, content.subarray(0, 16), true),
          piece(8, concat(other.subarray(8, 16), content.subarray(16, 24)), true),
          piece(24, content.subarray(24), false),
        ],
      ],
      [
        "before",
        [
          piece(8, content.subarray(8, 24), true),
          piece(0, concat(content.subarray(0, 8), other.subarray(8, 16)), true),
          piece(24, content.subarray(24), false),
        ],
      ],
      [
        "around",
        [
          piece(8, content.subarray(8, 16), true),
          piece(24, content.subarray(24), false),
          piece(0, concat(content.subarray(0, 8), other.subarray(8, 16), content.subarray(16, 24)), true),
        ],
      ],
      [
        "again",
        [
          piece(0, content.subarray(0, 16), true),
          piece(0, other.subarray(0, 16), true),
          piece(16, content.subarray(16), false),
        ],
      ],
    ];
    for (const [what, packets] of cases) {
      const datagram = new Feeder().whole(packets);
      assert.equal(datagram.finding, FRAGMENT_CONFLICT, what);
      assert.deepEqual(contentOf(datagram), content, what);
    }
  });

  it("spoil the datagram over IPv6 (RFC 5722 §4)", () => {
    const datagram = new Feeder().whole([
      piece6(0, content.subarray(0, 16), true),
      piece6(8, content.subarray(8, 24), true),
      piece6(24, content.subarray(24), false),
    ]);
    assert.equal(datagram.spoilt, true);
    assert.equal(datagram.finding, FRAGMENT_OVERLAP);
  });
});

describe("fragments that cannot be", () => {
  it("are told where a first one is too short for its transport header", () => {
    const feeder = new Feeder();
    const tiny = feeder.whole([piece(0, pattern(8), true, 9, 6), piece(8, pattern(24), false, 9, 6)]);
    assert.equal(tiny.finding, FRAGMENT_TINY);
    assert.ok(tiny.whole);
    const enough = feeder.whole([piece(0, pattern(8), true, 9, 17), piece(8, pattern(24), false, 9, 17)]);
    assert.equal(enough.finding, undefined);
  });

  it("are told where one ends past the longest datagram", () => {
    const feeder = new Feeder();
    assert.equal(feeder.take(piece(65_528, pattern(16), false)), undefined);
    const given = feeder.defragmenter.expired(Number.POSITIVE_INFINITY)!;
    assert.equal(given.finding, FRAGMENT_IMPOSSIBLE);
    assert.equal(given.spoilt, true);
    assert.equal(given.prefix, 0);
  });

  it("are told where two claim to be the last, at different ends", () => {
    const feeder = new Feeder();
    feeder.take(piece(16, pattern(8), false));
    feeder.take(piece(32, pattern(8), false));
    const given = feeder.defragmenter.expired(Number.POSITIVE_INFINITY)!;
    assert.equal(given.finding, FRAGMENT_IMPOSSIBLE);
    assert.equal(given.spoilt, true);
  });

  it("are told where one lies behind the last", () => {
    for (const packets of [
      [piece(16, pattern(16), true), piece(8, pattern(8), false), piece(0, pattern(8), true)],
      [piece(8, pattern(8), false), piece(8, pattern(24), true), piece(0, pattern(8), true)],
    ]) {
      const feeder = new Feeder();
      const datagrams = packets.map((packet) => feeder.take(packet));
      const given =
        datagrams.find((one) => one !== undefined) ?? feeder.defragmenter.expired(Number.POSITIVE_INFINITY)!;
      assert.equal(given.finding?.name, FRAGMENT_IMPOSSIBLE.name);
      assert.equal(given.spoilt, true);
    }
  });
});

describe("fragments shorter than they say", () => {
  const START = 1_400;
  const long = ipv4({
    source: CLIENT,
    destination: SERVER,
    protocol: 17,
    identification: 9,
    moreFragments: true,
    payload: pattern(START),
  });
  const rest = piece(START, pattern(600), false, 9);

  it("are told where the frame was no longer on the wire, and wait for what they lack", () => {
    const feeder = new Feeder();
    assert.equal(feeder.take(long.subarray(0, 420)), undefined);
    assert.equal(feeder.take(rest), undefined);
    const whole = feeder.take(piece(400, pattern(START).subarray(400), true, 9))!;
    assert.deepEqual(
      [whole.whole, whole.spoilt, whole.length, whole.finding],
      [true, false, 2_000, FRAGMENT_IMPOSSIBLE],
    );
  });

  it("count as whole where the snap length cut them, and nothing behind is read", () => {
    const feeder = new Feeder();
    assert.equal(feeder.take(long.subarray(0, 420), undefined, [], long.length), undefined);
    const whole = feeder.take(rest)!;
    assert.deepEqual([whole.whole, whole.cutAt, whole.length, whole.finding], [true, 400, 2_000, undefined]);
  });

  it("cost what they hold, not what they say", () => {
    const feeder = new Feeder();
    const lie = long.slice(0, 28);
    lie[2] = 0xff;
    lie[3] = 0xff;
    feeder.take(lie);
    assert.ok(feeder.defragmenter.heldBytes < 5_000, `${feeder.defragmenter.heldBytes} octets`);
  });
});

it("of what is wrong with a datagram the gravest is told, in any order", () => {
  const pieces = [
    piece(0, pattern(64), true),
    piece(0, pattern(64).reverse(), true),
    piece(0, pattern(32), true),
    piece(65_528, pattern(16), true),
  ];
  for (const order of [pieces, [pieces[0]!, pieces[2]!, pieces[3]!, pieces[1]!]]) {
    const feeder = new Feeder();
    for (const one of order) feeder.take(one);
    assert.equal(feeder.defragmenter.expired(Number.POSITIVE_INFINITY)!.finding, FRAGMENT_CONFLICT);
  }
});

describe("bounds", () => {
  it(`gives up a datagram of ${FRAGMENTS_MAX} fragments`, () => {
    const feeder = new Feeder();
    for (let at = 0; at < FRAGMENTS_MAX - 1; at += 1) {
      assert.equal(feeder.take(piece((at * 16) % 0xf000, pattern(8), true)), undefined);
    }
    const given = feeder.take(piece(0xfff0, pattern(8), true))!;
    assert.equal(given.finding, FRAGMENT_FLOOD);
    assert.equal(given.frames, FRAGMENTS_MAX);
    assert.equal(feeder.defragmenter.size, 0);
  });

  it("takes the longest datagram in the smallest fragments that a link can make of it", () => {
    // RFC 791 §3.2: a link carries 68 octets, of which a header with all options takes 60.
    const content = pattern(65_535 - 60);
    const feeder = new Feeder();
    let datagram: Datagram | undefined;
    for (let at = 0; at < content.length; at += 8) {
      assert.equal(datagram, undefined);
      datagram = feeder.take(piece(at, content.subarray(at, at + 8), at + 8 < content.length));
    }
    assert.deepEqual([datagram?.whole, datagram?.finding], [true, undefined]);
    assert.deepEqual(contentOf(datagram!), content);
    assert.equal(feeder.defragmenter.heldBytes, 0);
  });

  it("holds memory for the octets that came, not for those before them", () => {
    const feeder = new Feeder();
    feeder.take(piece(0, pattern(8), true, 1));
    const one = feeder.defragmenter.heldBytes;
    assert.ok(one < 5_000, `${one} octets`);
    for (let number = 2; number <= 100; number += 1) feeder.take(piece(65_000, pattern(8), true, number));
    assert.equal(feeder.defragmenter.heldBytes, 100 * one);
    while (feeder.defragmenter.expired(Number.POSITIVE_INFINITY)?.present(new PacketView()) !== undefined);
    assert.equal(feeder.defragmenter.heldBytes, 0);
  });

  it("holds a datagram, however many fragments it has, in little more than its octets", () => {
    const feeder = new Feeder();
    for (let at = 8; at < 65_500; at += 16) feeder.take(piece(at, pattern(8), true));
    assert.ok(feeder.defragmenter.heldBytes < 75_000, `${feeder.defragmenter.heldBytes} octets`);
  });

  it(`holds ${DATAGRAMS_MAX} datagrams, and gives up the oldest`, () => {
    const feeder = new Feeder();
    for (let number = 0; number < DATAGRAMS_MAX; number += 1) {
      feeder.take(piece(0, pattern(8), true, number));
      assert.equal(feeder.defragmenter.overflow(), undefined);
    }
    feeder.take(piece(0, pattern(8), true, DATAGRAMS_MAX));
    const given = feeder.defragmenter.overflow()!;
    assert.equal(given.finding, FRAGMENT_FLOOD);
    assert.equal(given.firstNumber, 1);
    assert.equal(feeder.defragmenter.overflow(), undefined);
    assert.equal(feeder.defragmenter.size, DATAGRAMS_MAX);
  });

  it("gives up a datagram when its time is up, and not before", () => {
    const feeder = new Feeder();
    feeder.take(piece(0, pattern(8), true), START_US);
    feeder.take(piece(16, pattern(8), true), START_US + FRAGMENT_TIMEOUT_US - 1);
    assert.equal(feeder.defragmenter.expired(START_US + FRAGMENT_TIMEOUT_US - 1), undefined);
    const given = feeder.defragmenter.expired(START_US + FRAGMENT_TIMEOUT_US)!;
    assert.equal(given.finding, FRAGMENT_INCOMPLETE);
    assert.deepEqual([given.frames, given.prefix, given.whole], [2, 8, false]);
    assert.equal(feeder.defragmenter.expired(Number.POSITIVE_INFINITY), undefined);
  });
});

describe("an engine that meets fragments", () => {
  const query = hex("1234 0100 0001 0000 0000 0000 07 6578616d706c65 03 636f6d 00 0001 0001");
  const datagram = udp({ sourcePort: 40_001, destinationPort: 53, payload: query });
  const fragmentsOf = (payload: Uint8Array, size: number, identification = 3): Uint8Array[] =>
    fragmentIpv4(ipv4({ source: CLIENT, destination: SERVER, identification, payload }), size);
  const octetsOf = (frames: readonly Frame[]): number =>
    frames.reduce((sum, { octets }) => sum + octets.length, 0);

  it("accounts and reads the datagram, with all frames, in its flow", () => {
    const frames = framesOf(fragmentsOf(datagram, 16).reverse());
    const { records } = runEngine(frames);
    assert.equal(records.length, 1);
    const [flow] = records;
    assert.deepEqual(
      [flow!.sport, flow!.dport, flow!.appProto, flow!.path],
      [40_001, 53, "dns", "eth.ip.udp.dns"],
    );
    assert.equal(flow!.attributes["dns.query"]?.toString(), "example.com");
    assert.deepEqual(flow!.originator, {
      packets: frames.length,
      bytes: octetsOf(frames),
      payloadBytes: query.length,
    });
    assert.deepEqual(
      [flow!.fragments, flow!.firstPacket, flow!.firstUs],
      [frames.length, 1, frames[0]!.timeUs],
    );
    assert.deepEqual(flow!.findings, []);
  });

  it("accounts an incomplete one when it is given up, with its ports where they came", () => {
    const frames = framesOf(fragmentsOf(datagram, 16).slice(0, -1));
    const later: Frame = {
      timeUs: START_US + FRAGMENT_TIMEOUT_US + 2_000_000,
      octets: framesOf([ipv4({ source: SERVER, destination: CLIENT, payload: datagram })])[0]!.octets,
    };
    const { records } = runEngine([...frames, later]);
    const flow = records.find(({ fragments }) => fragments > 0)!;
    assert.deepEqual(
      [flow.src, flow.sport, flow.dport, flow.originator.packets],
      [CLIENT, 40_001, 53, frames.length],
    );
    assert.ok(flow.findings.some(({ kind }) => kind === FRAGMENT_INCOMPLETE.name));
    assert.equal(flow.originator.bytes, octetsOf(frames));
  });

  it("dates an incomplete one by its own frames, not by the one at which it is given up", () => {
    const frames = framesOf(fragmentsOf(datagram, 16).slice(0, -1));
    const later: Frame = {
      timeUs: START_US + FRAGMENT_TIMEOUT_US + 2_000_000,
      octets: framesOf([ipv4({ source: SERVER, destination: CLIENT, payload: datagram })])[0]!.octets,
    };
    const { records } = runEngine([...frames, later]);
    const flow = records.find(({ fragments }) => fragments > 0)!;
    assert.deepEqual([flow.firstUs, flow.lastUs], [frames[0]!.timeUs, frames.at(-1)!.timeUs]);
    assert.equal(flow.findings.find(({ kind }) => kind === FRAGMENT_INCOMPLETE.name)!.packet, frames.length);
  });

  it("reads no further than the snap length left of its fragments, and counts what their headers say", () => {
    // Ethernet and IP headers are 34 octets: from none of the first fragment's 32 to all of them.
    for (let left = 34; left <= 34 + 32; left += 1) {
      for (const whole of [true, false]) {
        const pieces = fragmentsOf(datagram, 32).slice(0, whole ? undefined : 1);
        const frames = framesOf(pieces).map((frame) => ({ ...frame, capturedBytes: left }));
        const payloads: string[] = [];
        const { records } = runEngine(frames, {
          packet: ({ octets, payload, payloadEnd }) =>
            payloads.push(Buffer.from(octets.slice(payload, payloadEnd)).toString("hex")),
        });
        assert.equal(records.length, 1);
        assert.equal(payloads.length, 1);
        // Behind the 8 octets of UDP's header.
        const expected = Buffer.from(datagram.subarray(8, Math.max(8, left - 34))).toString("hex");
        // Where the first fragment was kept in full, the second one's octets follow.
        if (left < 34 + 32 || !whole) assert.equal(payloads[0], expected, `${left} octets a frame`);
        else assert.ok(payloads[0]!.startsWith(expected));
        assert.equal(records[0]!.originator.packets, frames.length);
        if (whole && left >= 34 + 8) assert.equal(records[0]!.originator.payloadBytes, query.length);
      }
    }
  });

  it("accounts one whose first fragment never came, without ports", () => {
    const frames = framesOf(fragmentsOf(datagram, 16).slice(1));
    const { records } = runEngine(frames);
    assert.deepEqual(
      records.map(({ src, sport, dport, proto, originator, findings }) => [
        src,
        sport,
        dport,
        proto,
        originator.packets,
        findings.map(({ kind }) => kind),
      ]),
      [[CLIENT, 0, 0, 17, frames.length, [FRAGMENT_INCOMPLETE.name]]],
    );
  });

  it("does not read a datagram that is spoilt", () => {
    const [first, ...rest] = fragmentIpv6(
      ipv6({ source: CLIENT6, destination: SERVER6, payload: datagram }),
      16,
      3,
    );
    // Reaches eight octets into the next fragment, with the same octets.
    const [longer] = fragmentIpv6(
      ipv6({ source: CLIENT6, destination: SERVER6, payload: datagram }),
      24,
      3,
    ) as [Uint8Array];
    const { records } = runEngine(framesOf([first!, longer, ...rest]));
    assert.equal(records.length, 1);
    assert.deepEqual(records[0]!.attributes, {});
    assert.deepEqual(
      records[0]!.findings.map(({ kind }) => kind),
      [FRAGMENT_OVERLAP.name],
    );
    assert.equal(records[0]!.originator.packets, rest.length + 2);
  });

  it("takes a fragment that came twice for one, and counts both frames", () => {
    const [first, ...rest] = fragmentIpv6(
      ipv6({ source: CLIENT6, destination: SERVER6, payload: datagram }),
      16,
      3,
    );
    const { records } = runEngine(framesOf([first!, first!, ...rest]));
    assert.equal(records.length, 1);
    assert.notDeepEqual(records[0]!.attributes, {});
    assert.deepEqual(
      records[0]!.findings.map(({ kind }) => kind),
      [],
    );
    assert.equal(records[0]!.originator.packets, rest.length + 2);
  });

  it("opens a tunnel whose outer datagram was in fragments, and fragments inside a tunnel", () => {
    const inner = fragmentsOf(datagram, 24, 5);
    const carried = inner.flatMap((packet, at) =>
      fragmentIpv4(
        ipv4({
          source: "203.0.113.1",
          destination: "203.0.113.2",
          identification: 100 + at,
          payload: udp({
            sourcePort: 50_000 + at,
            destinationPort: 4_789,
            payload: vxlan({ vni: 1, payload: ethernet({ payload: packet }) }),
          }),
        }),
        40,
      ),
    );
    const frames = framesOf(carried);
    const { records } = runEngine(frames);
    assert.equal(records.length, 1);
    const [flow] = records;
    assert.deepEqual([flow!.src, flow!.sport, flow!.dport, flow!.appProto], [CLIENT, 40_001, 53, "dns"]);
    assert.equal(flow!.path, "eth.ip.udp.vxlan.eth.ip.udp.dns");
    assert.deepEqual(
      [flow!.originator.packets, flow!.originator.bytes, flow!.fragments],
      [frames.length, octetsOf(frames), frames.length],
    );
  });

  /** First fragments inside each other: `depth` of them, and a tenth of a query inside. */
  const nested = (depth: number): Uint8Array => {
    let packet = ipv4({ source: CLIENT, destination: SERVER, payload: datagram });
    for (let at = 0; at < depth; at += 1) {
      packet = ipv4({
        source: CLIENT,
        destination: SERVER,
        identification: at,
        protocol: 4,
        moreFragments: true,
        payload: packet.subarray(0, packet.length & ~7),
      });
    }
    return packet;
  };

  for (const depth of [REASSEMBLY_DEPTH_MAX, REASSEMBLY_DEPTH_MAX + 1, 20]) {
    it(`gives up ${depth} fragments inside each other, down to ${REASSEMBLY_DEPTH_MAX}, as one packet`, () => {
      const { records, engine } = runEngine(framesOf([nested(depth)]));
      assert.equal(engine.datagramsHeld, 0);
      const reached = depth === REASSEMBLY_DEPTH_MAX;
      assert.deepEqual(
        records.map(({ path, dport, originator, findings }) => [
          path.replace(".dns", ""),
          dport,
          originator.packets,
          findings.map(({ kind }) => kind),
        ]),
        [
          [
            `eth${".ip".repeat(REASSEMBLY_DEPTH_MAX + 1)}${reached ? ".udp" : ""}`,
            reached ? 53 : 0,
            1,
            [(reached ? FRAGMENT_INCOMPLETE : FRAGMENT_NESTED).name],
          ],
        ],
      );
    });
  }

  it("counts IP headers through datagrams inside each other", () => {
    const tunnels = (packet: Uint8Array, count: number) => {
      let inner = packet;
      for (let at = 0; at < count; at += 1)
        inner = ipv4({ source: CLIENT, destination: SERVER, protocol: 4, payload: inner });
      return inner;
    };
    const [first, second] = fragmentsOf(datagram, 24) as [Uint8Array, Uint8Array];
    for (const [outside, headers] of [
      [TUNNEL_DEPTH_MAX - 1, TUNNEL_DEPTH_MAX],
      [TUNNEL_DEPTH_MAX, TUNNEL_DEPTH_MAX],
    ] as const) {
      const { records } = runEngine(framesOf([tunnels(first, outside), tunnels(second, outside)]));
      assert.deepEqual(
        new Set(records.map(({ path }) => path.split(".").filter((name) => name === "ip").length)),
        new Set([headers]),
      );
      assert.deepEqual(
        records.map(({ dport }) => dport),
        [outside < TUNNEL_DEPTH_MAX ? 53 : 0],
      );
    }
  });

  it("tells of a datagram inside what is wrong with the one around it", () => {
    const inner = fragmentsOf(datagram, 24, 5);
    const around = (packet: Uint8Array, identification: number) =>
      fragmentIpv4(
        ipv4({
          source: "203.0.113.1",
          destination: "203.0.113.2",
          identification,
          protocol: 4,
          payload: packet,
        }),
        32,
      );
    const [first, ...rest] = inner.map((packet, at) => around(packet, 100 + at)) as [
      Uint8Array[],
      ...Uint8Array[][],
    ];
    const frames = framesOf([first[0]!, ...first, ...rest.flat()]);
    frames[1]!.octets[frames[1]!.octets.length - 1]! ^= 1;
    const { records } = runEngine(frames);
    assert.deepEqual(
      records.map(({ dport, appProto, findings }) => [dport, appProto, findings.map(({ kind }) => kind)]),
      [[53, "dns", [FRAGMENT_CONFLICT.name]]],
    );
  });

  it("loses no frame of a flood", () => {
    const frames: Frame[] = [];
    for (let number = 0; number < DATAGRAMS_MAX + 500; number += 1) {
      frames.push(...framesOf([piece(0, pattern(24), true, number)], START_US + number));
    }
    const { records, engine } = runEngine(frames);
    assert.equal(
      records.reduce((sum, { originator }) => sum + originator.packets, 0),
      frames.length,
    );
    assert.ok(records.some(({ findings }) => findings.some(({ kind }) => kind === FRAGMENT_FLOOD.name)));
    assert.equal(engine.datagramsHeld, 0);
  });
});
