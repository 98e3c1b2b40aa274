/** Handing batches over: aside where a link can, again where it had no room. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import { BatchSender } from "./batch-sender.js";
import { hostsFrom } from "./hosts.build.js";
import { unpaced } from "./pace/unpaced.build.js";
import { Passes } from "./passes.js";
import { ScanPlan } from "./scan-plan.js";
import { StateTable } from "./state-table.js";

const SLOTS = 128;
const SLOT_BYTES = 8;

/** A link that takes so many frames of each batch as it is told, aside in a later turn of the event loop. */
class TakingLink {
  readonly octets: Uint8Array;
  readonly slotBytes = SLOT_BYTES;
  readonly slots = SLOTS;
  readonly lanes: number;
  /** Of all frames that were taken: their first four octets. */
  readonly taken: number[] = [];
  under = 0;
  underMost = 0;
  failure: unknown;
  readonly sendAside:
    | ((count: number, first: number, done: (taken: number, failure: unknown) => void) => void)
    | undefined;
  readonly #takes: (count: number) => number;
  readonly #lengths: number[] = [];

  constructor(lanes: number, takes: (count: number) => number) {
    this.lanes = lanes;
    this.#takes = takes;
    this.octets = new Uint8Array(lanes * SLOTS * SLOT_BYTES);
    this.sendAside = lanes === 1 ? undefined : (count, first, done) => this.#aside(count, first, done);
  }

  set(slot: number, bytes: number): void {
    this.#lengths[slot] = bytes;
  }

  send(count: number, first = 0): number {
    const taken = this.#takes(count);
    for (let slot = first; slot < first + taken; slot += 1) {
      assert.equal(this.#lengths[slot], 4);
      this.taken.push(new DataView(this.octets.buffer).getUint32(slot * SLOT_BYTES));
    }
    return taken;
  }

  #aside(count: number, first: number, done: (taken: number, failure: unknown) => void): void {
    this.under += 1;
    this.underMost = Math.max(this.underMost, this.under);
    setTimeout(() => {
      this.under -= 1;
      if (this.failure === undefined) done(this.send(count, first), undefined);
      else done(0, this.failure);
    }, 1);
  }

  drain(): void {}
  wait(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }
  ringDrops(): number {
    return 0;
  }
}

function senderOn(link: TakingLink): {
  sender: BatchSender<object>;
  spent: () => number;
  slowed: () => number;
} {
  let spent = 0;
  let slowed = 0;
  const plan = new ScanPlan(hostsFrom("192.0.2.1", 1), [80], 1);
  const pacer = {
    ...unpaced,
    permits: () => SLOTS,
    spend: (frames: number) => void (spent += frames),
    slow: () => void (slowed += 1),
  };
  const nowUs = () => performance.now() * 1000;
  const replyTime = { timeoutUs: 1, measured: () => {} };
  const passes = new Passes({ plan, table: new StateTable(1), pacer, replyTime, retriesMax: 0, nowUs });
  const sender = new BatchSender<object>({ link, pacer, passes, nowUs, sink: { packet: () => {} } });
  return { sender, spent: () => spent, slowed: () => slowed };
}

/** Writes frames with numbers in them, `batch` at a time. */
async function sendAll(link: TakingLink, sender: BatchSender<object>, frames: number, batch: number) {
  const { signal } = new AbortController();
  const view = new DataView(link.octets.buffer);
  for (let number = 0; number < frames; number += 1) {
    view.setUint32(sender.slot * SLOT_BYTES, number);
    sender.written(4);
    if (sender.pending >= batch && !sender.send()) await sender.ready(signal);
  }
  await sender.flush(signal);
}

describe("batches", () => {
  test("every frame leaves once, whatever the link takes of each batch, aside or not", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 0, max: 700 }),
        fc.integer({ min: 1, max: SLOTS }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 8 }),
        async (lanes, frames, batch, shares) => {
          let call = 0;
          // Takes everything in the end, so that it ends.
          const takes = (count: number) => Math.floor(count * (shares[call++] ?? 1));
          const link = new TakingLink(lanes, takes);
          const { sender, spent } = senderOn(link);
          await sendAll(link, sender, frames, batch);
          assert.deepEqual(
            link.taken.toSorted((a, b) => a - b),
            Array.from({ length: frames }, (_, number) => number),
          );
          assert.equal(spent(), frames);
          assert.equal(link.under, 0);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("two are under way while the third is written", async () => {
    const link = new TakingLink(3, (count) => count);
    const { sender } = senderOn(link);
    await sendAll(link, sender, 10 * SLOTS, SLOTS);
    assert.equal(link.underMost, 3);
  });

  test("a few frames are not worth another thread", async () => {
    const link = new TakingLink(3, (count) => count);
    const { sender } = senderOn(link);
    await sendAll(link, sender, 200, 10);
    assert.equal(link.underMost, 0);
  });

  test("each time that there was no room is counted, and slows the pace down", async () => {
    let calls = 0;
    const link = new TakingLink(2, (count) => (++calls <= 3 ? 0 : count));
    const { sender, slowed } = senderOn(link);
    await sendAll(link, sender, SLOTS, SLOTS);
    assert.equal(sender.refusals, 3);
    assert.equal(slowed(), 3);
  });

  test("what went wrong aside is thrown by what comes next", async () => {
    const link = new TakingLink(3, (count) => count);
    link.failure = new PalisadeError("LINK_DOWN", "the interface is down");
    const { sender } = senderOn(link);
    await assert.rejects(sendAll(link, sender, 10 * SLOTS, SLOTS), { code: "LINK_DOWN" });
  });

  test("a scan that is stopped waits for nothing but what is under way", async () => {
    const link = new TakingLink(2, () => 0);
    const { sender } = senderOn(link);
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 20);
    for (let frame = 0; frame < SLOTS; frame += 1) sender.written(4);
    sender.send();
    await sender.flush(stop.signal);
    assert.equal(link.taken.length, 0);
  });
});
