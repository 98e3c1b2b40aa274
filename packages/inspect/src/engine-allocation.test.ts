/**
 * The packet path allocates no object: counted by V8 itself, over the packets of a flow of which nothing more is read.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GCProfiler } from "node:v8";
import { ethernet, ipv4, LINKTYPE_ETHERNET, TCP_ACK, tcp, udp, vxlan } from "@palisade/wire";
import { CLIENT, SERVER, START_US, startEngine } from "./engine.build.js";
import type { Engine } from "./engine.js";

const WARM_UP = 50_000;
/**
 * Less than the smallest object has beside a boxed number: where V8 does not inline `Engine.packet`, which is its own choice
 * in every run, the time of a packet is handed over in 16 octets that are garbage at once.
 */
const OCTETS_PER_PACKET_MAX = 16 + 8;

const inside = ipv4({
  source: CLIENT,
  destination: SERVER,
  payload: tcp({ sourcePort: 40_001, destinationPort: 40_002, flags: TCP_ACK, payload: new Uint8Array(100) }),
});
const frames: readonly (readonly [string, number, Uint8Array])[] = [
  ["TCP", 1_000_000, ethernet({ payload: inside })],
  [
    "UDP",
    300_000,
    ethernet({
      payload: ipv4({
        source: CLIENT,
        destination: SERVER,
        payload: udp({ sourcePort: 40_001, destinationPort: 40_002, payload: new Uint8Array(100) }),
      }),
    }),
  ],
  [
    "TCP in VXLAN",
    300_000,
    ethernet({
      payload: ipv4({
        source: CLIENT,
        destination: SERVER,
        payload: udp({
          sourcePort: 40_001,
          destinationPort: 4_789,
          payload: vxlan({ vni: 1, payload: ethernet({ payload: inside }) }),
        }),
      }),
    }),
  ],
];

function repeat(engine: Engine, octets: Uint8Array, packets: number, firstUs: number): void {
  for (let number = 0; number < packets; number += 1) {
    engine.packet(octets, 0, octets.length, octets.length, firstUs + number, LINKTYPE_ETHERNET);
  }
}

/** Octets that were allocated on the heap while `work` ran: what it grew by between collections, and since the last. */
function allocatedBy(work: () => void): number {
  const profiler = new GCProfiler();
  profiler.start();
  const start = process.memoryUsage().heapUsed;
  work();
  const end = process.memoryUsage().heapUsed;
  const { statistics } = profiler.stop();
  let allocated = 0;
  let after = start;
  for (const { beforeGC, afterGC } of statistics) {
    allocated += beforeGC.heapStatistics.usedHeapSize - after;
    after = afterGC.heapStatistics.usedHeapSize;
  }
  return allocated + end - after;
}

describe("frames of others", () => {
  it("allocate no object", () => {
    const { engine } = startEngine();
    const skip = (frames: number, firstUs: number): void => {
      for (let number = 0; number < frames; number += 1) engine.skip(1 + (number & 1), 100, firstUs + number);
    };
    skip(WARM_UP, START_US);
    const allocated = allocatedBy(() => skip(800_000, START_US + WARM_UP));
    assert.ok(allocated / 800_000 < OCTETS_PER_PACKET_MAX, `${allocated / 800_000} octets a call`);
  });
});

describe("the packets of one flow", () => {
  for (const [what, packets, octets] of frames) {
    it(`allocate no object: ${packets} of ${what}`, () => {
      const { engine, ticks } = startEngine();
      repeat(engine, octets, WARM_UP, START_US);
      const allocated = allocatedBy(() => repeat(engine, octets, packets, START_US + WARM_UP));
      assert.ok(allocated / packets < OCTETS_PER_PACKET_MAX, `${allocated / packets} octets a packet`);
      engine.finish();
      assert.equal(ticks.flat().length, 1);
      assert.equal(ticks.flat()[0]!.originator.packets, packets + WARM_UP);
    });
  }
});
