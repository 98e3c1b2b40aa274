import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gunzipSync } from "node:zlib";
import { CaptureReader, concat } from "@palisade/wire";
import { captureCampaign, captureFile, examineCapture, FILES_PER_LIFE, type Unpack } from "./captures.js";
import { Random } from "./random.js";

const plan = { seed: 3, worker: 0, workers: 1, files: [] };

async function lives(options: Parameters<typeof captureCampaign>[0]) {
  const done = [];
  for await (const life of captureCampaign(options)) done.push(life);
  return done;
}

/** How many of a few hundred files fail, and how the first does. */
function failures(makeReader: NonNullable<Parameters<typeof examineCapture>[2]>) {
  const random = new Random(1, 1);
  const found = [];
  for (let file = 0; file < 300; file += 1) {
    const { failure } = examineCapture(captureFile(random, []), random, makeReader);
    if (failure !== undefined) found.push(failure);
  }
  return found;
}

describe("the fuzzer of capture files", () => {
  it("finds nothing in 1,000 files, of which many hold frames", async () => {
    const done = await lives({ ...plan, runs: 2 * FILES_PER_LIFE });
    assert.deepEqual(
      done.map(({ life, executions, failed }) => [life, executions, failed?.failure]),
      [0, 1].map((life) => [life, FILES_PER_LIFE, undefined]),
    );
    for (const { frames } of done) assert.ok(frames > FILES_PER_LIFE, `${frames} frames`);
  });

  it("lives a life the same way whoever lives it, and another one for another number", async () => {
    const run = { ...plan, runs: FILES_PER_LIFE + 100 };
    const all = await lives(run);
    assert.deepEqual(await lives({ ...run, life: 1 }), [all[1]]);
    assert.deepEqual(await lives({ ...run, worker: 1, workers: 2 }), [all[1]]);
    assert.notEqual(all[0]!.frames, all[1]!.frames);
  });

  it("makes captures that are whole, damaged, cut, and of both formats", () => {
    const random = new Random(2, 2);
    const ends = new Set<string>();
    for (let file = 0; file < 1_000; file += 1) {
      const reader = new CaptureReader({ packet: () => undefined });
      reader.push(captureFile(random, []));
      const { format, malformed, truncated } = reader.end();
      ends.add(`${format} ${malformed?.name ?? (truncated ? "cut" : "whole")}`);
    }
    for (const end of ["pcap whole", "pcap cut", "pcapng whole", "pcapng cut", "pcap pcap.record-too-long"])
      assert.ok(ends.has(end), `${end} of ${[...ends].join(", ")}`);
    assert.ok(ends.size > 12, [...ends].join(", "));
  });

  it("starts from files", () => {
    const seed = Uint8Array.from({ length: 99 }, (_, at) => at ^ 0x5c);
    const random = new Random(1, 0);
    const made = Array.from({ length: 200 }, () => captureFile(random, [seed]));
    assert.ok(made.some((octets) => Buffer.compare(octets, seed) === 0));
  });

  it("notices a reader that throws", () => {
    const found = failures(() => {
      throw new RangeError("octets of ill omen");
    });
    assert.equal(found.length, 300);
    assert.equal(found[0]!.kind, "throws");
    assert.match(found[0]!.detail, /ill omen/);
  });

  it("notices a reader that loses what spans chunks", () => {
    const found = failures((sink) => {
      const reader = new CaptureReader(sink);
      let pushes = 0;
      return {
        push(octets, start, end) {
          pushes += 1;
          if (pushes !== 3) reader.push(octets, start, end);
        },
        end: () => reader.end(),
      };
    });
    assert.ok(found.length > 200);
    assert.ok(found.every(({ kind }) => kind === "depends-on-chunks"));
  });

  it("notices a frame that reaches past its octets, and numbers that none can be", () => {
    for (const [change, message] of [
      [{ longer: 2_000 }, /end is/],
      [{ wireBytes: -1 }, /length on the wire is -1/],
      [{ timeUs: Number.NaN }, /time is NaN/],
    ] as const) {
      const found = failures((sink) => {
        return new CaptureReader({
          packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex) {
            const { longer = 0, ...numbers } = { wireBytes, timeUs, longer: 0, ...change };
            sink.packet(
              octets,
              offset,
              capturedBytes + longer,
              numbers.wireBytes,
              numbers.timeUs,
              linkType,
              interfaceIndex,
            );
          },
        });
      });
      assert.ok(found.length > 50);
      assert.equal(found[0]!.kind, "frame");
      assert.match(found[0]!.detail, message);
    }
  });

  it("compresses some of them, and notices a decompressor that loses octets", async () => {
    let calls = 0;
    const unpack =
      (lose: boolean): Unpack =>
      async (chunks) => {
        calls += 1;
        try {
          const octets = gunzipSync(concat(...chunks));
          return { octets: lose && chunks.length > 1 ? octets.subarray(1) : octets, end: "whole" };
        } catch {
          return { octets: new Uint8Array(0), end: "damaged" };
        }
      };
    const run = { ...plan, runs: FILES_PER_LIFE };
    const [good] = await lives({ ...run, unpack: unpack(false) });
    assert.equal(good!.failed, undefined);
    assert.ok(calls > 20);
    const [bad] = await lives({ ...run, unpack: unpack(true) });
    assert.equal(bad!.failed?.failure.kind, "decompression");
  });
});
