import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { FindingKind, FlowRecord } from "@palisade/inspect";
import { parseIpAddress } from "@palisade/wire";
import fc from "fast-check";
import { mergeSummaries, type SummarizedFlow, SummaryBuilder } from "./summary.js";

interface Described {
  readonly firstPacket: number;
  readonly shard?: number;
  readonly src?: string;
  readonly appProto?: string | undefined;
  readonly app?: string | undefined;
  readonly bytes: number;
  readonly finding?: FindingKind | undefined;
}

function flowOf(described: Described): SummarizedFlow {
  const { firstPacket, shard = 0, src = "192.0.2.1", appProto, app, bytes, finding } = described;
  const dst = "192.0.2.200";
  return {
    firstPacket,
    shard,
    ipVersion: 4,
    appProto,
    app,
    src,
    dst,
    findings: finding === undefined ? [] : [{ kind: finding, packet: firstPacket, timeUs: 0, count: 1 }],
    packets: (direction) => 1 - direction,
    bytes: (direction) => (direction === 0 ? bytes : 0),
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
        originator: { packets: 1, bytes, payloadBytes: 0 },
        responder: { packets: 0, bytes: 0, payloadBytes: 0 },
      }) as FlowRecord,
  };
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
        assert.deepEqual(merged.top, expected.top);
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

  it("lists the flows with most bytes, earlier ones first among equals", () => {
    const builder = new SummaryBuilder(3);
    for (let at = 1; at <= 500; at += 1) builder.add(flowOf({ firstPacket: at, bytes: at % 100 }));
    assert.deepEqual(
      builder.summary().top.map(({ firstPacket }) => firstPacket),
      [99, 199, 299],
    );
  });

  it("makes no record of a flow that cannot be among the largest", () => {
    const builder = new SummaryBuilder(2);
    let records = 0;
    for (let at = 1; at <= 10_000; at += 1) {
      const flow = flowOf({ firstPacket: at, bytes: 60 });
      const { record } = flow;
      builder.add({
        ...flow,
        record() {
          records += 1;
          return record();
        },
      });
    }
    assert.deepEqual(
      builder.summary().top.map(({ firstPacket }) => firstPacket),
      [1, 2],
    );
    assert.ok(records < 100, `${records} records`);
  });

  it("names a finding's first flow by packets, whichever ended first", () => {
    const builder = new SummaryBuilder(1);
    builder.add(flowOf({ firstPacket: 9, src: "192.0.2.9", bytes: 1, finding: kinds[0] }));
    builder.add(flowOf({ firstPacket: 4, src: "192.0.2.4", bytes: 1, finding: kinds[0] }));
    builder.add(flowOf({ firstPacket: 7, src: "192.0.2.7", bytes: 1, finding: kinds[0] }));
    const { flows: counted, firstPacket, example } = builder.summary().findings.get("a.one")!;
    assert.deepEqual([counted, firstPacket, example], [3, 4, "192.0.2.4 → 192.0.2.200"]);
  });
});
