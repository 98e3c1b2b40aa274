import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FlowRecord } from "@palisade/inspect";
import fc from "fast-check";
import { CONVERSATIONS_PER_SHARD_MAX, mergeSummaries, OTHER, SummaryBuilder } from "./summary.js";

function flowOf(more: Partial<FlowRecord>): FlowRecord {
  return {
    shard: 0,
    firstPacket: 1,
    firstUs: 0,
    lastUs: 0,
    proto: 6,
    ipVersion: 4,
    src: "192.0.2.1",
    sport: 1,
    dst: "192.0.2.2",
    dport: 2,
    vlan: undefined,
    path: "eth.ip.tcp",
    appProto: undefined,
    app: undefined,
    category: undefined,
    confidence: "none",
    originator: { packets: 1, bytes: 100, payloadBytes: 0 },
    responder: { packets: 0, bytes: 0, payloadBytes: 0 },
    connState: "OTH",
    history: "",
    communityId: undefined,
    tcp: undefined,
    fragments: 0,
    end: "timeout",
    attributes: {},
    findings: [],
    steps: [],
    ...more,
  };
}

/** The order in which a summary's entries came means nothing. */
const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

const flows = fc.array(
  fc.record({
    host: fc.nat(5),
    appProto: fc.constantFrom(undefined, "tls", "dns"),
    app: fc.constantFrom(undefined, "shop"),
    bytes: fc.nat(50),
    finding: fc.constantFrom(undefined, "a.one", "b.two"),
    engine: fc.nat(2),
  }),
  { maxLength: 200 },
);

describe("a summary", () => {
  it("of several engines is that of one", () => {
    fc.assert(
      fc.property(flows, fc.integer({ min: 1, max: 10 }), (described, top) => {
        const one = new SummaryBuilder(top);
        const several = [0, 1, 2].map(() => new SummaryBuilder(top));
        described.forEach(({ host, appProto, app, bytes, finding, engine }, at) => {
          const flow = flowOf({
            firstPacket: at + 1,
            src: `192.0.2.${host}`,
            appProto,
            app,
            originator: { packets: 1, bytes, payloadBytes: 0 },
            findings:
              finding === undefined
                ? []
                : [{ kind: finding, severity: "low", title: finding, packet: at + 1, count: 1 }],
          });
          one.add(flow);
          several[engine]!.add(flow);
        });
        const expected = mergeSummaries([one.summary()], top);
        const merged = mergeSummaries(
          several.map((builder) => builder.summary()),
          top,
        );
        assert.equal(merged.flows, described.length);
        assert.deepEqual(merged.top, expected.top);
        for (const what of ["protocols", "applications", "conversations", "findings"] as const) {
          assert.deepEqual(sorted(merged[what]), sorted(expected[what]), what);
        }
        assert.equal(
          [...merged.protocols.values()].reduce((sum, tally) => sum + tally.flows, 0),
          described.length,
        );
      }),
    );
  });

  it("lists the flows with most bytes, earlier ones first among equals", () => {
    const builder = new SummaryBuilder(3);
    for (let at = 1; at <= 500; at += 1) {
      builder.add(flowOf({ firstPacket: at, originator: { packets: 1, bytes: at % 100, payloadBytes: 0 } }));
    }
    assert.deepEqual(
      builder.summary().top.map(({ firstPacket }) => firstPacket),
      [99, 199, 299],
    );
  });

  it("holds so many conversations, and sums the smallest of more", () => {
    const builder = new SummaryBuilder(1);
    const more = CONVERSATIONS_PER_SHARD_MAX + 1_000;
    for (let at = 0; at < more; at += 1) {
      builder.add(
        flowOf({
          src: `10.${at >>> 16}.${(at >>> 8) & 255}.${at & 255}`,
          originator: { packets: 1, bytes: 1 + (at % 1_000), payloadBytes: 0 },
        }),
      );
    }
    const { conversations, flows: counted } = builder.summary();
    assert.ok(conversations.size <= CONVERSATIONS_PER_SHARD_MAX + 1);
    assert.equal(counted, more);
    assert.equal(
      [...conversations.values()].reduce((sum, tally) => sum + tally.flows, 0),
      more,
    );
    assert.ok(conversations.get(OTHER)!.flows > 0);
  });
});
