import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Confidence, FindingKind, FlowRecord } from "@palisade/inspect";
import { parseIpAddress } from "@palisade/wire";
import fc from "fast-check";
import {
  DETAIL_CHARACTERS_MAX,
  mergeSummaries,
  type SummarizedFlow,
  type Summary,
  SummaryBuilder,
} from "./summary.js";

interface Described {
  readonly firstPacket: number;
  readonly shard?: number;
  readonly src?: string;
  readonly dst?: string;
  readonly dport?: number;
  readonly appProto?: string | undefined;
  readonly app?: string | undefined;
  readonly confidence?: Confidence;
  readonly bytes?: number;
  readonly finding?: FindingKind | undefined;
  /** Packet of the finding. */
  readonly packet?: number;
  readonly attributes?: FlowRecord["attributes"] | undefined;
  readonly communityId?: string;
}

function flowOf(described: Described): SummarizedFlow {
  const { firstPacket, shard = 0, src = "192.0.2.1", dst = "192.0.2.200", dport = 443 } = described;
  const { appProto, app, confidence = "dpi", bytes = 1, finding, packet = firstPacket } = described;
  const { attributes = {}, communityId } = described;
  return {
    firstPacket,
    shard,
    ipVersion: 4,
    appProto,
    app,
    confidence,
    src,
    dst,
    dport,
    findings: finding === undefined ? [] : [{ kind: finding, packet, timeUs: 0, count: 1 }],
    packets: (direction) => 1 - direction,
    bytes: (direction) => (direction === 0 ? bytes : 0),
    attribute: (name) => attributes[name],
    addressWords(into) {
      into.fill(0);
      into[0] = wordOf(src);
      into[4] = wordOf(dst);
    },
    record: () =>
      ({
        firstPacket,
        src,
        dst,
        communityId,
        originator: { packets: 1, bytes, payloadBytes: 0 },
        responder: { packets: 0, bytes: 0, payloadBytes: 0 },
      }) as FlowRecord,
  };
}

function summaryOf(...flows: readonly Described[]): Summary {
  const builder = new SummaryBuilder(10);
  for (const flow of flows) builder.add(flowOf(flow));
  return builder.summary();
}

/** The first packet of the flow that is found under a name. */
function explained(wanted: string, flows: readonly Described[]): number | undefined {
  const parts = flows.map((flow) => {
    const builder = new SummaryBuilder(1, wanted);
    builder.add(flowOf(flow));
    return builder.summary();
  });
  const one = new SummaryBuilder(1, wanted);
  for (const flow of flows) one.add(flowOf(flow));
  const found = one.summary().explained?.record.firstPacket;
  assert.equal(mergeSummaries(parts, 1).explained?.record.firstPacket, found);
  return found;
}

function wordOf(address: string): number {
  return Buffer.from(parseIpAddress(address)!).readInt32BE();
}

/** The order in which a summary's entries came means nothing. */
const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

const kinds: readonly FindingKind[] = ["a.one", "b.two"].map((name) => ({
  name,
  severity: "low",
  title: name,
}));

const flows = fc.array(
  fc.record({
    host: fc.nat(5),
    appProto: fc.constantFrom(undefined, "tls", "dns"),
    app: fc.constantFrom(undefined, "shop"),
    bytes: fc.nat(50),
    finding: fc.constantFrom(undefined, ...kinds),
    packet: fc.nat(20),
    dport: fc.constantFrom(443, 444),
    confidence: fc.constantFrom<Confidence>("port", "dpi"),
    attributes: fc.constantFrom(undefined, { "tls.sni": "a" }, { "http.host": "b" }),
  }),
  { maxLength: 200 },
);

describe("a summary", () => {
  it("of several engines is that of one", () => {
    fc.assert(
      fc.property(flows, fc.integer({ min: 1, max: 10 }), (described, top) => {
        const one = new SummaryBuilder(top);
        const several = [0, 1, 2].map(() => new SummaryBuilder(top));
        described.forEach(({ host, ...more }, at) => {
          // Two hosts are in one shard, and a shard in one engine.
          const flow = flowOf({ ...more, firstPacket: at + 1, shard: host, src: `192.0.2.${host}` });
          one.add(flow);
          several[host % 3]!.add(flow);
        });
        const expected = mergeSummaries([one.summary()], top);
        const merged = mergeSummaries(
          several.map((builder) => builder.summary()),
          top,
        );
        assert.equal(merged.flows, described.length);
        assert.deepEqual(merged.conversations, expected.conversations);
        assert.equal(merged.conversationCount, expected.conversationCount);
        assert.deepEqual(merged.otherConversations, expected.otherConversations);
        for (const what of ["protocols", "applications", "findings"] as const) {
          assert.deepEqual(sorted(merged[what]), sorted(expected[what]), what);
        }
        assert.equal(
          [...merged.protocols.values()].reduce((sum, tally) => sum + tally.flows, 0),
          described.length,
        );
      }),
    );
  });

  it("makes no record of a flow", () => {
    const builder = new SummaryBuilder(2);
    for (let at = 1; at <= 100; at += 1) {
      const flow = flowOf({ firstPacket: at, finding: kinds[0], attributes: { "tls.sni": "a" } });
      builder.add({ ...flow, record: () => assert.fail("a record") });
    }
    assert.equal(builder.summary().flows, 100);
  });

  it("says of a conversation what its largest flow with something to say said first", () => {
    const cases: readonly (readonly [FlowRecord["attributes"], string])[] = [
      [{}, ""],
      [{ "dns.query": "a.example" }, ""],
      [{ "tls.sni": "" }, ""],
      [{ "sip.to": "b", "tls.sni": "a" }, "a"],
      [{ "tls.sni": "", "sip.to": "b" }, "b"],
      [{ "http.host": ["a", "b", "c", "d"] }, "a, b, c"],
      [{ "tls.sni": "x".repeat(1_000) }, "x".repeat(DETAIL_CHARACTERS_MAX)],
    ];
    for (const [attributes, detail] of cases) {
      const flows = [
        { firstPacket: 1, bytes: 9 },
        { firstPacket: 2, bytes: 5, attributes },
        { firstPacket: 3, bytes: 4, attributes: detail === "" ? {} : { "tls.sni": "smaller" } },
      ];
      for (const order of [flows, flows.toReversed()])
        assert.equal(summaryOf(...order).conversations[0]!.detail, detail, JSON.stringify(attributes));
    }
  });

  it("says that a protocol was guessed, apart from where it was read", () => {
    const { protocols, conversations } = summaryOf(
      { firstPacket: 1, appProto: "mysql", confidence: "port", bytes: 3 },
      { firstPacket: 2, appProto: "mysql", bytes: 2 },
      { firstPacket: 3, appProto: "mysql", confidence: "expected", bytes: 2 },
      { firstPacket: 4, confidence: "none" },
    );
    assert.deepEqual(sorted(protocols), [
      ["mysql", { flows: 2, packets: 2, bytes: 4 }],
      ["mysql?", { flows: 1, packets: 1, bytes: 3 }],
      ["unknown", { flows: 1, packets: 1, bytes: 1 }],
    ]);
    assert.deepEqual(
      conversations.map(({ protocol, flows: counted }) => [protocol, counted]),
      [
        ["mysql", 2],
        ["mysql?", 1],
        ["unknown", 1],
      ],
    );
  });

  it("names a finding's first packet, and the flow that this was in, whichever ended first", () => {
    const finding = kinds[0];
    const { findings } = summaryOf(
      { firstPacket: 4, packet: 30, src: "192.0.2.4", finding },
      { firstPacket: 9, packet: 20, src: "192.0.2.9", finding },
      { firstPacket: 7, packet: 25, src: "192.0.2.7", finding },
    );
    const { flows: flowsOf, packet, example } = findings.get("a.one")!;
    assert.deepEqual([flowsOf, packet, example], [3, 20, "192.0.2.9 → 192.0.2.200:443"]);
  });

  it("finds the flow to explain by its first packet, a finding's packet, or its community id", () => {
    const finding = kinds[0];
    const flows: readonly Described[] = [
      { firstPacket: 1, bytes: 9, finding, packet: 20 },
      { firstPacket: 2, bytes: 50, finding, packet: 20 },
      { firstPacket: 5, bytes: 7, finding, packet: 30, communityId: "1:a" },
      { firstPacket: 30, bytes: 3, communityId: "1:a" },
    ];
    assert.equal(explained("1", flows), 1);
    assert.equal(explained("20", flows), 2);
    assert.equal(explained("30", flows), 30);
    assert.equal(explained("1:a", flows), 5);
    assert.equal(explained("1:A", flows), undefined);
    assert.equal(explained("31", flows), undefined);
    assert.equal(explained("0", flows), undefined);
  });
});
