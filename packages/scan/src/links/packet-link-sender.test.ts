import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type FrameSender, MixedSender } from "./packet-link-sender.js";

const SLOTS = 12;
const SLOT_BYTES = 64;

/** Remembers what it was handed, and takes only so much at once. */
class Recorder implements FrameSender {
  readonly octets = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly slotBytes = SLOT_BYTES;
  readonly slots = SLOTS;
  readonly statistics = { firewalled: 3 };
  readonly sent: string[] = [];
  closed = false;
  room = Number.POSITIVE_INFINITY;
  readonly #lengths = new Uint16Array(SLOTS);

  set(slot: number, bytes: number): void {
    this.#lengths[slot] = bytes;
  }

  send(count: number): number {
    const taken = Math.min(count, this.room);
    for (let slot = 0; slot < taken; slot += 1) {
      const start = slot * SLOT_BYTES;
      this.sent.push(this.octets.subarray(start, start + this.#lengths[slot]!).join(" "));
    }
    return taken;
  }

  close(): void {
    this.closed = true;
  }
}

interface Probe {
  readonly frame: Uint8Array;
  /** As it should leave. */
  readonly as: string;
  readonly isLocal: boolean;
}

/** Frames of several lengths to link addresses that differ from zeros in one octet, or not at all. */
const probes = fc.array(
  fc.record({
    octet: fc.constantFrom(-1, -1, 0, 1, 2, 3, 4, 5),
    bytes: fc.integer({ min: 20, max: SLOT_BYTES }),
  }),
  { minLength: 1, maxLength: SLOTS },
);

function probeOf(number: number, octet: number, bytes: number): Probe {
  const frame = new Uint8Array(bytes).fill(number + 1);
  frame.fill(0, 0, 6);
  if (octet >= 0) frame[octet] = 7;
  return { frame, as: frame.subarray(octet < 0 ? 14 : 0).join(" "), isLocal: octet < 0 };
}

function write(sender: FrameSender, list: readonly Probe[]): void {
  for (const [slot, { frame }] of list.entries()) {
    sender.octets.set(frame, slot * SLOT_BYTES);
    sender.set(slot, frame.length);
  }
}

describe("a sender of frames and packets", () => {
  it("sends each probe once by the right way, and leaves the slots as they were", () => {
    fc.assert(
      fc.property(probes, (specs) => {
        const frames = new Recorder();
        const packets = new Recorder();
        const sender = new MixedSender(frames, packets);
        const list = specs.map(({ octet, bytes }, number) => probeOf(number, octet, bytes));
        write(sender, list);
        const before = sender.octets.slice();
        assert.equal(sender.send(list.length), list.length);
        assert.deepEqual(sender.octets, before);
        assert.deepEqual(
          frames.sent.toSorted(),
          list
            .filter(({ isLocal }) => !isLocal)
            .map(({ as }) => as)
            .toSorted(),
        );
        assert.deepEqual(
          packets.sent,
          packets.sent.filter((as) => list.some((probe) => probe.isLocal && probe.as === as)),
        );
        assert.equal(packets.sent.length, list.filter(({ isLocal }) => isLocal).length);
        // Lengths are right again as well.
        frames.sent.length = 0;
        packets.sent.length = 0;
        assert.equal(sender.send(list.length), list.length);
        assert.equal(frames.sent.length + packets.sent.length, list.length);
        assert.ok(list.every(({ as, isLocal }) => (isLocal ? packets : frames).sent.includes(as)));
      }),
    );
  });

  it("has sent all that it says it took, where the queue is full", () => {
    fc.assert(
      fc.property(probes, fc.nat(SLOTS), (specs, room) => {
        const frames = new Recorder();
        const packets = new Recorder();
        const sender = new MixedSender(frames, packets);
        const list = specs.map(({ octet, bytes }, number) => probeOf(number, octet, bytes));
        write(sender, list);
        const before = sender.octets.slice();
        frames.room = room;
        const taken = sender.send(list.length);
        const framesInAll = list.filter(({ isLocal }) => !isLocal).length;
        assert.equal(taken, framesInAll <= room ? list.length : room);
        assert.deepEqual(sender.octets, before);
        for (const { as, isLocal } of list.slice(0, taken)) {
          assert.ok((isLocal ? packets : frames).sent.includes(as));
        }
      }),
    );
  });

  it("is closed with both", () => {
    const frames = new Recorder();
    const packets = new Recorder();
    new MixedSender(frames, packets).close();
    assert.ok(frames.closed && packets.closed);
  });
});
