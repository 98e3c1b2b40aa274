import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ethernet, ipv4, latin1, TCP_ACK, TCP_SYN, tcp } from "@palisade/wire";
import fc from "fast-check";
import { PAYLOAD_PACKETS_MAX } from "../classifier.js";
import { MATCH, type Protocol } from "../dissector.js";
import {
  CLIENT,
  CLIENT_PORT,
  type Frame,
  runEngine,
  SERVER,
  SERVER_PORT,
  START_US,
} from "../engine.build.js";
import type { FlowRecord } from "../flow/flow-record.js";
import { HELD_OCTETS_MAX, PENDING_SEGMENTS_MAX } from "../inspection.js";
import { Registry } from "../registry.js";
import { TCP_OVERLAP_CONFLICT } from "./stream-assembler.js";

const REQUEST = latin1(
  "GET /a/page.html?q=1 HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: example-browser/1.0\r\nAccept: */*\r\n\r\n",
);
const RESPONSE = latin1(
  "HTTP/1.1 200 OK\r\nServer: example-server\r\nContent-Type: text/html\r\nContent-Length: 12\r\n\r\n<p>hello</p>",
);

interface Segment {
  readonly direction: 0 | 1;
  /** From the direction's first octet of payload. */
  readonly at: number;
  readonly octets: Uint8Array;
  readonly flags?: number;
}

const INITIAL = [0xffff_ffd0, 5_000] as const;

function frameOf({ direction, at, octets, flags }: Segment, timeUs: number): Frame {
  const syn = flags !== undefined && (flags & TCP_SYN) !== 0;
  const segment = tcp({
    sourcePort: direction === 0 ? CLIENT_PORT : SERVER_PORT,
    destinationPort: direction === 0 ? SERVER_PORT : CLIENT_PORT,
    sequence: (INITIAL[direction] + (syn ? 0 : 1 + at)) >>> 0,
    flags: flags ?? TCP_ACK,
    payload: octets,
  });
  const [source, destination] = direction === 0 ? [CLIENT, SERVER] : [SERVER, CLIENT];
  return { timeUs, octets: ethernet({ payload: ipv4({ source, destination, payload: segment }) }) };
}

const NONE = new Uint8Array(0);
const HANDSHAKE: readonly Segment[] = [
  { direction: 0, at: 0, octets: NONE, flags: TCP_SYN },
  { direction: 1, at: 0, octets: NONE, flags: TCP_SYN | TCP_ACK },
  { direction: 0, at: 0, octets: NONE },
];

/** The segments behind a handshake, as far as the snap length lets. */
function framesFor(segments: readonly Segment[], capturedBytes?: number): Frame[] {
  return [...HANDSHAKE, ...segments].map((segment, number) => {
    const frame = frameOf(segment, START_US + number * 100);
    if (capturedBytes === undefined) return frame;
    return { ...frame, capturedBytes: Math.min(capturedBytes, frame.octets.length) };
  });
}

function flowOf(segments: readonly Segment[], capturedBytes?: number): FlowRecord {
  const { records } = runEngine(framesFor(segments, capturedBytes));
  assert.equal(records.length, 1);
  return records[0]!;
}

const read = ({ appProto, app, path, attributes, findings }: FlowRecord) => ({
  appProto,
  app,
  path,
  attributes,
  findings,
});
const kinds = (flow: FlowRecord): string[] => flow.findings.map(({ kind }) => kind);

/** The octets as segments, cut at these places. */
function cut(direction: 0 | 1, octets: Uint8Array, places: readonly number[]): Segment[] {
  const bounds = [...new Set([0, ...places.map((place) => place % octets.length), octets.length])].sort(
    (a, b) => a - b,
  );
  return bounds
    .slice(1)
    .map((end, index) => ({ direction, at: bounds[index]!, octets: octets.subarray(bounds[index]!, end) }));
}

interface Heard {
  readonly direction: 0 | 1;
  readonly gap: boolean;
  readonly text: string;
}

/** What a dissector that takes all octets is given. */
function listen(segments: readonly Segment[], capturedBytes?: number): Heard[] {
  const heard: Heard[] = [];
  const listener: Protocol = {
    name: "listener",
    title: "Everything",
    spec: "none",
    category: "network",
    attributes: [],
    malformed: [],
    recognises: "Any octets.",
    omits: "Nothing.",
    stream: {
      ports: [],
      follow: true,
      dissect(octets, offset, end, flow) {
        const text = Buffer.from(octets.subarray(offset, end)).toString("latin1");
        heard.push({ direction: flow.direction, gap: flow.gap, text });
        flow.consume(end - offset);
        return MATCH;
      },
    },
  };
  runEngine(framesFor(segments, capturedBytes), { registry: Registry.of([listener]) });
  return heard;
}

const inOrder = read(flowOf([...cut(0, REQUEST, []), ...cut(1, RESPONSE, [])]));

describe("a stream of segments", () => {
  it("is read", () => {
    assert.equal(inOrder.appProto, "http");
    assert.equal(inOrder.attributes["http.host"]?.toString(), "www.example.com");
    assert.equal(inOrder.attributes["http.user-agent"]?.toString(), "example-browser/1.0");
    assert.deepEqual(inOrder.findings, []);
  });

  it("says the same however it is cut, in whatever order and how often its segments come", () => {
    const places = fc.array(fc.nat(), { maxLength: PAYLOAD_PACKETS_MAX - 2 });
    fc.assert(
      fc.property(
        places,
        places,
        fc.infiniteStream(fc.nat()),
        fc.array(fc.nat(), { maxLength: 6 }),
        (there, back, order, again) => {
          const shuffled = (segments: Segment[]): Segment[] => {
            const repeated = [...segments, ...again.map((index) => segments[index % segments.length]!)];
            return repeated
              .map((segment) => ({ segment, place: order.next().value as number }))
              .sort((a, b) => a.place - b.place)
              .map(({ segment }) => segment);
          };
          assert.deepEqual(
            read(flowOf([...shuffled(cut(0, REQUEST, there)), ...shuffled(cut(1, RESPONSE, back))])),
            inOrder,
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it("says the same where segments overlap", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat()), { maxLength: 12 }), (extra) => {
        const overlapping = extra.map(([from, length]): Segment => {
          const at = from % REQUEST.length;
          return { direction: 0, at, octets: REQUEST.subarray(at, at + 1 + (length % 60)) };
        });
        const whole = cut(0, REQUEST, [20, 50, 70]);
        // A stretch that is the last to be there: the others come before their turn.
        const flow = flowOf([...overlapping.filter(({ at }) => at > 20), ...whole, ...cut(1, RESPONSE, [])]);
        assert.deepEqual(read(flow), inOrder);
      }),
      { numRuns: 100 },
    );
  });

  it("is read from its first segment where the handshake was missed", () => {
    const frames = [...cut(0, REQUEST, [33]), ...cut(1, RESPONSE, [10])].map((segment, at) =>
      frameOf(segment, START_US + at),
    );
    const { records } = runEngine(frames);
    assert.deepEqual(records[0]!.attributes, inOrder.attributes);
  });

  it("takes octets in the SYN itself (RFC 7413)", () => {
    const segments: Segment[] = [
      { direction: 0, at: 0, octets: REQUEST, flags: TCP_SYN },
      { direction: 1, at: 0, octets: NONE, flags: TCP_SYN | TCP_ACK },
      ...cut(1, RESPONSE, []),
    ];
    const { records } = runEngine(segments.map((segment, at) => frameOf(segment, START_US + at)));
    assert.deepEqual(records[0]!.attributes, inOrder.attributes);
  });
});

describe("octets that are sent again and differ", () => {
  const changed = REQUEST.map((octet, at) => (at === 36 ? octet ^ 1 : octet));

  it("are told, and the first stay, while they wait to be read", () => {
    const flow = flowOf([
      { direction: 0, at: 0, octets: REQUEST.subarray(0, 40) },
      { direction: 0, at: 0, octets: changed.subarray(0, 40) },
      { direction: 0, at: 40, octets: REQUEST.subarray(40) },
      ...cut(1, RESPONSE, []),
    ]);
    assert.deepEqual(kinds(flow), [TCP_OVERLAP_CONFLICT.name]);
    assert.deepEqual(flow.attributes, inOrder.attributes);
  });

  it("are told, and the first stay, while they wait for octets before them", () => {
    const flow = flowOf([
      { direction: 0, at: 20, octets: REQUEST.subarray(20) },
      { direction: 0, at: 25, octets: changed.subarray(25, 60) },
      { direction: 0, at: 0, octets: REQUEST.subarray(0, 20) },
      ...cut(1, RESPONSE, []),
    ]);
    assert.deepEqual(kinds(flow), [TCP_OVERLAP_CONFLICT.name]);
    assert.deepEqual(flow.attributes, inOrder.attributes);
  });

  it("are no conflict where they are the same", () => {
    const flow = flowOf([
      { direction: 0, at: 0, octets: REQUEST.subarray(0, 40) },
      { direction: 0, at: 10, octets: REQUEST.subarray(10, 60) },
      { direction: 0, at: 60, octets: REQUEST.subarray(60) },
      ...cut(1, RESPONSE, []),
    ]);
    assert.deepEqual(read(flow), inOrder);
  });
});

describe("octets that never come", () => {
  it("hold back what is behind them until a bound is met: of octets, or of segments", () => {
    // How many segments of this size behind a hole it takes until they are read all the same.
    const patience = (size: number): number => {
      for (let count = 1; count <= 100; count += 1) {
        const behind = Array.from(
          { length: count },
          (_, number): Segment => ({
            direction: 0,
            at: 1_000 + number * size,
            octets: new Uint8Array(size).fill(0x41),
          }),
        );
        const heard = listen([{ direction: 0, at: 0, octets: REQUEST.subarray(0, 10) }, ...behind]);
        if (heard.length === 1) continue;
        assert.equal(heard[1]!.gap, true);
        assert.equal(heard.map(({ text }) => text).join("").length, 10 + count * size);
        return count;
      }
      return 0;
    };
    assert.equal(patience(1_000), Math.floor(HELD_OCTETS_MAX / 1_000) + 1);
    assert.equal(patience(2), PENDING_SEGMENTS_MAX + 1);
  });

  it("do not keep the other direction from being read", () => {
    const flow = flowOf([{ direction: 0, at: 50, octets: REQUEST.subarray(50) }, ...cut(1, RESPONSE, [12])]);
    assert.equal(flow.appProto, "http");
    assert.equal(flow.tcp!.missedBytes[0], 50);
  });

  it("end a message whose rest the snap length cut, without a wrong attribute", () => {
    const flow = flowOf([...cut(0, REQUEST, []), ...cut(1, RESPONSE, [])], 54 + 60);
    assert.equal(flow.originator.payloadBytes, REQUEST.length);
    assert.equal(flow.attributes["http.host"]?.toString(), "www.example.com");
    for (const [name, value] of Object.entries(flow.attributes)) {
      assert.deepEqual(value, inOrder.attributes[name], name);
    }
  });

  it("let what comes behind the gap be read", () => {
    const late = cut(1, RESPONSE, []).map((segment) => ({ ...segment, at: segment.at + 100 }));
    const filler = Array.from(
      { length: PENDING_SEGMENTS_MAX },
      (_, number): Segment => ({ direction: 1, at: 1_000 + number * 8, octets: latin1("filling.") }),
    );
    const heard = listen([...cut(0, REQUEST, []), ...late, ...filler]);
    assert.deepEqual(
      heard.map(({ direction, gap, text }) => [direction, gap, text]),
      [
        [0, false, Buffer.from(REQUEST).toString("latin1")],
        [1, true, Buffer.from(RESPONSE).toString("latin1")],
      ],
    );
  });

  it("are told to the dissector where the snap length cut them", () => {
    const heard = listen([...cut(0, REQUEST, [70])], 54 + 60);
    assert.deepEqual(
      heard.map(({ gap, text }) => [gap, text]),
      [
        [false, Buffer.from(REQUEST.subarray(0, 60)).toString("latin1")],
        [true, Buffer.from(REQUEST.subarray(70)).toString("latin1")],
      ],
    );
  });
});

describe("a dissector that follows a stream", () => {
  it("hears its octets once and in order, whatever comes when", () => {
    const octets = Uint8Array.from({ length: 400 }, (_, at) => 0x21 + (at % 90));
    const places = fc.array(fc.nat(), { maxLength: PENDING_SEGMENTS_MAX - 8 });
    const repeated = fc.array(fc.tuple(fc.nat(399), fc.integer({ min: 1, max: 80 })), { maxLength: 6 });
    fc.assert(
      fc.property(places, repeated, fc.infiniteStream(fc.nat()), (where, again, order) => {
        const segments = [
          ...cut(0, octets, where),
          ...again.map(
            ([at, length]): Segment => ({ direction: 0, at, octets: octets.subarray(at, at + length) }),
          ),
        ]
          .map((segment) => ({ segment, place: order.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ segment }) => segment);
        const heard = listen(segments);
        assert.equal(heard.map(({ text }) => text).join(""), Buffer.from(octets).toString("latin1"));
        assert.ok(heard.every(({ gap }) => !gap));
      }),
      { numRuns: 200 },
    );
  });
});

describe("segments outside any window", () => {
  it("are not waited for", () => {
    const flow = flowOf([
      { direction: 0, at: 0x6000_0000, octets: latin1("far away") },
      ...cut(0, REQUEST, []),
      ...cut(1, RESPONSE, []),
    ]);
    assert.deepEqual(flow.attributes, inOrder.attributes);
  });
});
