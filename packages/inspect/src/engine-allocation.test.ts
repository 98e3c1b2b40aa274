/**
 * The packet path allocates nothing: counted by V8 itself, over a million packets of a flow whose verdict has fallen.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { GCProfiler } from "node:v8";
import { ethernet, ipv4, LINKTYPE_ETHERNET, TCP_ACK, tcp, udp, vxlan } from "@palisade/wire";
import { CLIENT, SERVER, START_US, startEngine } from "./engine.build.js";
import type { Engine } from "./engine.js";

const PACKETS = 1_000_000;
/** A number that is no small integer and crosses a call that is not inlined (a time) may cost a box of 16 octets. */
const OCTETS_PER_PACKET_MAX = 64;

const inside = ipv4({
  source: CLIENT,
  destination: SERVER,
  payload: tcp({ sourcePort: 40_001, destinationPort: 40_002, flags: TCP_ACK, payload: new Uint8Array(100) }),
});
const frames: readonly (readonly [string, Uint8Array])[] = [
  ["TCP", ethernet({ payload: inside })],
  [
    "UDP",
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

describe("a million packets of one flow", () => {
  for (const [what, octets] of frames) {
    it(`allocate nothing: ${what}`, () => {
      const { engine, ticks } = startEngine();
      repeat(engine, octets, 50_000, START_US);
      const allocated = allocatedBy(() => repeat(engine, octets, PACKETS, START_US + 50_000));
      assert.ok(allocated / PACKETS < OCTETS_PER_PACKET_MAX, `${allocated / PACKETS} octets a packet`);
      engine.finish();
      assert.equal(ticks.flat().length, 1);
      assert.equal(ticks.flat()[0]!.originator.packets, PACKETS + 50_000);
    });
  }
});
