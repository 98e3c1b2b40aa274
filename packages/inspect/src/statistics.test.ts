import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LAYER } from "./decode/layers.js";
import { PathTable, ROOT_PATH } from "./decode/path-table.js";
import { type PathStatistics, Statistics, statisticsTree } from "./statistics.js";

function start() {
  const paths = new PathTable();
  const eth = paths.child(ROOT_PATH, LAYER.eth);
  const ip = paths.child(eth, LAYER.ip);
  const tcp = paths.child(ip, LAYER.tcp);
  const udp = paths.child(ip, LAYER.udp);
  const nodes = [
    eth,
    paths.child(eth, LAYER.arp),
    tcp,
    paths.application(tcp, "tls"),
    udp,
    paths.application(udp, "dns"),
  ];
  return { paths, statistics: new Statistics(paths), nodes };
}

function walk(nodes: readonly PathStatistics[], visit: (node: PathStatistics) => void): void {
  for (const node of nodes) {
    visit(node);
    walk(node.children, visit);
  }
}

const counts = fc.tuple(fc.nat(1_000), fc.nat(1_000));
const event = fc.oneof(
  fc.record({
    node: fc.constantFrom(0, 1),
    bytes: fc.nat(1_500),
    timeUs: fc.integer({ min: 1, max: 1_000 }),
  }),
  fc.record({
    node: fc.constantFrom(2, 3, 4, 5),
    packets: fc.tuple(fc.integer({ min: 1, max: 9 }), fc.nat(9)),
    bytes: counts,
    payload: counts,
    fragments: fc.nat(5),
    timedOut: fc.boolean(),
    firstUs: fc.integer({ min: 1, max: 1_000 }),
    lastUs: fc.integer({ min: 1_000, max: 2_000 }),
  }),
);
type Event = typeof event extends fc.Arbitrary<infer T> ? T : never;

function count(into: ReturnType<typeof start>, one: Event): void {
  const node = into.nodes[one.node]!;
  if ("packets" in one)
    into.statistics.flow({
      path: node,
      packets: (direction) => one.packets[direction],
      bytes: (direction) => one.bytes[direction],
      payloadBytes: (direction) => one.payload[direction],
      fragments: one.fragments,
      end: one.timedOut ? "timeout" : "closed",
      firstUs: one.firstUs,
      lastUs: one.lastUs,
    });
  else into.statistics.frame(node, one.bytes, one.timeUs);
}

describe("statistics by path", () => {
  it("sum what ended in every path with what is above it", () => {
    const all = start();
    count(all, {
      node: 3,
      packets: [2, 3],
      bytes: [200, 300],
      payload: [20, 30],
      fragments: 0,
      timedOut: true,
      firstUs: 5,
      lastUs: 9,
    });
    count(all, {
      node: 2,
      packets: [1, 0],
      bytes: [60, 0],
      payload: [0, 0],
      fragments: 2,
      timedOut: false,
      firstUs: 3,
      lastUs: 3,
    });
    count(all, { node: 1, bytes: 42, timeUs: 12 });
    const [eth] = statisticsTree(all.statistics.counters());
    assert.deepEqual(
      { ...eth, children: eth!.children.map(({ path }) => path) },
      {
        path: "eth",
        name: "eth",
        packets: 7,
        bytes: 602,
        payloadBytes: 50,
        originator: { packets: 3, bytes: 260, payloadBytes: 20 },
        responder: { packets: 3, bytes: 300, payloadBytes: 30 },
        fragments: 2,
        sessions: 2,
        timedOutSessions: 1,
        firstUs: 3,
        lastUs: 12,
        children: ["eth.ip", "eth.arp"],
      },
    );
    const tcp = eth!.children[0]!.children[0]!;
    assert.deepEqual([tcp.path, tcp.packets, tcp.sessions, tcp.firstUs], ["eth.ip.tcp", 6, 2, 3]);
    assert.deepEqual([tcp.children[0]!.name, tcp.children[0]!.packets], ["tls", 5]);
  });

  it("of several engines add up to those of one, whoever counted what", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(event, fc.nat(2)), { maxLength: 30 }), (events) => {
        const single = start();
        const several = [start(), start(), start()];
        for (const [one, engine] of events) {
          count(single, one);
          count(several[engine]!, one);
        }
        const tree = statisticsTree(single.statistics.counters());
        assert.deepEqual(statisticsTree(several.flatMap(({ statistics }) => statistics.counters())), tree);
        walk(tree, (node) => {
          const below = (of: (node: PathStatistics) => number) =>
            node.children.reduce((sum, child) => sum + of(child), 0);
          assert.ok(node.packets >= below(({ packets }) => packets));
          assert.ok(node.bytes >= below(({ bytes }) => bytes));
          assert.ok(node.sessions >= below(({ sessions }) => sessions));
          assert.ok(node.firstUs <= node.lastUs);
          for (const child of node.children) {
            assert.ok(child.path === `${node.path}.${child.name}`);
            assert.ok(child.firstUs >= node.firstUs && child.lastUs <= node.lastUs);
          }
          const bytes = node.children.map((child) => child.bytes);
          assert.deepEqual(
            bytes,
            bytes.toSorted((a, b) => b - a),
          );
        });
        assert.equal(
          tree.reduce((sum, { sessions }) => sum + sessions, 0),
          events.filter(([one]) => "packets" in one).length,
        );
      }),
    );
  });

  it("leave out paths that counted nothing", () => {
    const { statistics } = start();
    assert.deepEqual(statistics.counters(), []);
    assert.deepEqual(statisticsTree([]), []);
  });
});
