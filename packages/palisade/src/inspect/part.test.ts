import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { LineMerger, type TickLines } from "./part.js";

describe("lines of several engines", () => {
  it("come in the order of one, whenever each engine's parts arrive", () => {
    const record = fc.record({ tick: fc.integer({ min: 1, max: 8 }), engine: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), fc.infiniteStream(fc.nat()), (records, choice) => {
        const numbered = records.map((one, at) => ({ ...one, firstPacket: at }));
        const expected = numbered
          .toSorted((a, b) => a.tick - b.tick || a.firstPacket - b.firstPacket)
          .map(({ tick, firstPacket }) => `${tick} ${firstPacket}`);
        const written: string[] = [];
        const merger = new LineMerger(3, (line) => written.push(line));
        // What each engine posts: a part for each tick, handed over in any interleaving.
        const queues = [0, 1, 2].map((engine) => {
          const posts: { lines: TickLines[]; passed: number }[] = [];
          for (let tick = 1; tick <= 8; tick += 1) {
            const of = numbered.filter((one) => one.tick === tick && one.engine === engine);
            const firstPackets = of.map(({ firstPacket }) => firstPacket);
            const lines = firstPackets.map((firstPacket) => `${tick} ${firstPacket}`);
            posts.push({ lines: of.length === 0 ? [] : [{ tick, firstPackets, lines }], passed: tick });
          }
          posts.push({ lines: [], passed: Number.POSITIVE_INFINITY });
          return posts;
        });
        while (queues.some((queue) => queue.length > 0)) {
          const ready = queues.flatMap((queue, engine) => (queue.length > 0 ? [engine] : []));
          const engine = ready[(choice.next().value as number) % ready.length]!;
          const { lines, passed } = queues[engine]!.shift()!;
          merger.add(engine, lines, passed);
          assert.deepEqual(written, expected.slice(0, written.length));
        }
        assert.deepEqual(written, expected);
      }),
    );
  });

  it("of a single engine pass straight through", () => {
    const written: string[] = [];
    const merger = new LineMerger(1, (line) => written.push(line));
    merger.add(0, [{ tick: 3, firstPackets: [1, 2], lines: ["a", "b"] }], 3);
    assert.deepEqual(written, ["a", "b"]);
  });
});
