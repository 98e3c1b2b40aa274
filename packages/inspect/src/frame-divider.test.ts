import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ethernet, gre, ipv4, udp } from "@palisade/wire";
import fc from "fast-check";
import { mergeAnomalies } from "./anomalies.js";
import { LAYER_PATHS_MAX } from "./decode/path-table.js";
import { CLIENT, type Frame, runDivided, runEngine, SERVER, START_US, udpFrame } from "./engine.build.js";
import { FRAMES_PER_TICK_MAX } from "./engine.js";
import { FrameDivider } from "./frame-divider.js";
import { CLOCK_BACK_FRAMES_MAX } from "./packet-clock.js";
import { statisticsTree } from "./statistics.js";

const WORKERS = 3;
const shares = Array.from({ length: WORKERS }, (_, worker) => ({ options: { worker, workers: WORKERS } }));

/** What engines that divide the frames come to is what one comes to that has all of them. */
function comesToTheSame(frames: readonly Frame[]): void {
  const whole = runEngine(frames);
  const runs = runDivided(frames, shares);
  const { flows, ...sums } = whole.engine.totals;
  for (const { engine, ticks } of runs) {
    const { flows: _, ...own } = engine.totals;
    assert.deepEqual(own, sums);
    assert.equal(engine.clockUs, whole.engine.clockUs);
    assert.equal(ticks.length, whole.ticks.length);
  }
  whole.ticks.forEach((records, tick) => {
    const together = runs.flatMap(({ ticks }) => ticks[tick]!);
    assert.deepEqual(
      together.sort((a, b) => a.firstPacket - b.firstPacket),
      records,
    );
  });
  assert.equal(
    runs.reduce((sum, { engine }) => sum + engine.totals.flows, 0),
    flows,
  );
  assert.deepEqual(mergeAnomalies(runs.map(({ anomalies }) => anomalies)), mergeAnomalies([whole.anomalies]));
  assert.deepEqual(
    statisticsTree(runs.flatMap(({ engine }) => engine.pathCounters())),
    statisticsTree(whole.engine.pathCounters()),
  );
}

const frameFrom = (host: number, timeUs: number): Frame => udpFrame(timeUs, { source: `10.0.0.${host}` });

describe("frames that are divided between engines", () => {
  it("move the clocks of all as they move one's, whatever their times", () => {
    const start = fc.constantFrom(0, -5e6, 5e5, START_US, 1e300);
    const step = fc.oneof(
      { weight: 6, arbitrary: fc.integer({ min: 0, max: 300_000 }) },
      { weight: 2, arbitrary: fc.integer({ min: -2_000_000, max: 2_000_000 }) },
      { weight: 1, arbitrary: fc.integer({ min: -200, max: 200 }).map((hours) => hours * 3_600e6) },
    );
    const run = fc.tuple(
      step,
      fc.integer({ min: 1, max: 12 }),
      fc.integer({ min: 1, max: CLOCK_BACK_FRAMES_MAX + 6 }),
    );
    fc.assert(
      fc.property(start, fc.array(run, { maxLength: 20 }), (startUs, runs) => {
        let timeUs = startUs;
        const frames: Frame[] = [];
        for (const [stepUs, hosts, count] of runs) {
          timeUs += stepUs;
          for (let at = 0; at < count; at += 1) frames.push(frameFrom(1 + (at % hosts), timeUs + at * 1_000));
        }
        comesToTheSame(frames);
      }),
      { numRuns: 150 },
    );
  });

  it("end ticks in the middle of those that an engine is told of at once", () => {
    const frames = Array.from({ length: 2 * FRAMES_PER_TICK_MAX + 50 }, (_, at) =>
      // Long runs of one host's frames, all in one second.
      frameFrom(1 + Math.floor(at / 5_000), START_US + at),
    );
    assert.equal(runEngine(frames).ticks.length, 3);
    comesToTheSame(frames);
  });

  it("are told of those of others together, in numbers and octets", () => {
    const told: string[] = [];
    const divider = new FrameDivider(
      [0, 1].map((share) => ({
        packet: () => void told.push(`${share} packet`),
        skip: (frames, bytes, us) => void told.push(`${share} skip ${frames} ${bytes} ${us - START_US}`),
      })),
      { default: 1, short: 1, long: 1, live: 1 },
    );
    const shardOf = (source: string): number => {
      let shard = -1;
      const probe = new FrameDivider(
        [0, 1].map((share) => ({
          packet: () => {
            shard = share;
          },
          skip: () => {},
        })),
        { default: 1, short: 1, long: 1, live: 1 },
      );
      const { octets } = udpFrame(START_US, { source });
      for (const at of [0, 1]) probe.packet(octets, 0, octets.length, octets.length, START_US + at, 1);
      return shard;
    };
    const hosts = Array.from({ length: 50 }, (_, at) => `10.0.0.${at + 1}`);
    const ofOne = [0, 1].map((share) => hosts.find((host) => shardOf(host) === share)!);
    const send = (share: number, afterUs: number): void => {
      const { octets } = udpFrame(0, { source: ofOne[share]! });
      divider.packet(octets, 0, octets.length, octets.length, START_US + afterUs, 1);
    };
    // The first frame is told by itself; 50 octets each.
    for (const [share, afterUs] of [
      [0, 0],
      [0, 1],
      [0, 5],
      [0, 3],
      [1, 7],
      // The next second.
      [0, 1e6],
      [1, 1e6 + 1],
    ] as const)
      send(share, afterUs);
    divider.catchUp(0);
    divider.catchUp(1);
    divider.catchUp(1);
    assert.deepEqual(told, [
      "0 packet",
      "1 skip 1 50 0",
      "0 packet",
      "0 packet",
      "0 packet",
      "1 skip 3 150 5",
      "1 packet",
      "0 skip 1 50 7",
      "0 packet",
      "1 skip 1 50 1000000",
      "1 packet",
      "0 skip 1 50 1000001",
    ]);
    assert.equal(divider.frames, 7);
  });

  it("are in the same paths though a table of these is full, in whatever order they came", () => {
    const inOrder = (all: readonly Uint8Array[]): Frame[] =>
      all.map((octets, at) => ({ timeUs: START_US + at, octets }));
    const frames: Uint8Array[] = [];
    // Stacks of tags and tunnels, each a path: more than there is room for.
    for (let tags = 0; tags < 16; tags += 1) {
      for (let outer = 0; outer < 160; outer += 1) {
        // A flow each.
        const datagram = udp({ sourcePort: 1_000 + frames.length, destinationPort: 2 });
        let packet = ipv4({ source: CLIENT, destination: SERVER, payload: datagram });
        for (let level = 0; level < 7; level += 1) {
          const tunnelled = (outer >>> level) & 1 ? gre({ payload: packet }) : packet;
          packet = ipv4({ source: CLIENT, destination: SERVER, payload: tunnelled });
        }
        frames.push(ethernet({ tags: Array.from({ length: tags }, () => 1), payload: packet }));
      }
    }
    assert.ok(runEngine(inOrder(frames)).engine.paths.size >= LAYER_PATHS_MAX);
    // Plain frames, which one engine alone is given, take their paths before or after these.
    for (let host = 1; host <= 4; host += 1) {
      const { octets } = frameFrom(host, 0);
      const tagged = ethernet({ tags: [9], etherType: 0x0800, payload: octets.subarray(14) });
      const plain = [octets, tagged];
      comesToTheSame(inOrder([...plain, ...frames]));
      comesToTheSame(inOrder([...frames, ...plain]));
    }
  });
});
