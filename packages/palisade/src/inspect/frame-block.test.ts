import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { BLOCK_BYTES, BlockWriter, type FrameBlock, readBlock } from "./frame-block.js";

interface Frame {
  readonly octets: Uint8Array;
  readonly wireBytes: number;
  readonly timeUs: number;
  readonly linkType: number;
}

interface Skipped {
  readonly frames: number;
  readonly capturedBytes: number;
  readonly timeUs: number;
}

type Told = Frame | Skipped;

/** What comes out of the blocks that these are written into. */
function through(told: readonly Told[], flushEvery = Number.POSITIVE_INFINITY) {
  const blocks: FrameBlock[] = [];
  const free: ArrayBuffer[] = [];
  const read: Told[] = [];
  const share = {
    packet: (
      octets: Uint8Array,
      offset: number,
      capturedBytes: number,
      wireBytes: number,
      timeUs: number,
      linkType: number,
    ) =>
      void read.push({ octets: octets.slice(offset, offset + capturedBytes), wireBytes, timeUs, linkType }),
    skip: (frames: number, capturedBytes: number, timeUs: number) =>
      void read.push({ frames, capturedBytes, timeUs }),
  };
  const writer = new BlockWriter({
    take: (bytes) => (bytes === BLOCK_BYTES ? free.pop() : undefined) ?? new ArrayBuffer(bytes),
    handOver: (block) => {
      blocks.push(block);
      readBlock(block, share);
      // Used again, with what was in it.
      if (block.buffer.byteLength === BLOCK_BYTES) free.push(block.buffer);
    },
  });
  told.forEach((one, at) => {
    if (at % flushEvery === flushEvery - 1) writer.flush();
    if ("octets" in one) {
      const padded = new Uint8Array(one.octets.length + 20).fill(0xee);
      padded.set(one.octets, 7);
      writer.packet(padded, 7, one.octets.length, one.wireBytes, one.timeUs, one.linkType);
    } else {
      writer.skip(one.frames, one.capturedBytes, one.timeUs);
    }
  });
  writer.flush();
  writer.flush();
  return { read, blocks };
}

const timeUs = fc.oneof(
  fc.integer({ min: 0, max: 2e15 }),
  fc.constantFrom(-1, 0.25, 2 ** 53 - 1, -(2 ** 53 - 1)),
);
const filled = (bytes: number, octet: number): Uint8Array => new Uint8Array(bytes).fill(octet);
const frame = fc.record({
  octets: fc
    .tuple(fc.oneof(fc.nat(2_000), fc.nat(BLOCK_BYTES + 100)), fc.nat(255))
    .map(([bytes, octet]) => filled(bytes, octet)),
  wireBytes: fc.oneof(fc.nat(2_000), fc.constant(0xffff_ffff)),
  timeUs,
  linkType: fc.constantFrom(1, 101, 0xffff),
});
const skipped = fc.record({
  frames: fc.integer({ min: 1, max: 0xffff_ffff }),
  capturedBytes: fc.oneof(fc.nat(10_000), fc.constant(2 ** 40)),
  timeUs,
});

describe("blocks of frames", () => {
  it("give what was put into them, in its order, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof({ weight: 3, arbitrary: frame }, skipped), { maxLength: 60 }),
        fc.integer({ min: 1, max: 40 }),
        (told, flushEvery) => {
          assert.deepEqual(
            through(told, flushEvery).read,
            told.map((one) => ({ ...one })),
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  it("are filled before the next one is taken, and have room for a frame that is larger than they are", () => {
    const small = { octets: filled(1_000, 1), wireBytes: 1_000, timeUs: 1, linkType: 1 };
    const told: Told[] = Array.from({ length: 3_000 }, () => small);
    const { blocks } = through(told);
    assert.equal(blocks.length, Math.ceil(3_000 / Math.floor(BLOCK_BYTES / 1_024)));
    for (const bytes of [BLOCK_BYTES - 24, BLOCK_BYTES - 23, BLOCK_BYTES, 3 * BLOCK_BYTES + 1]) {
      const large = { octets: filled(bytes, 2), wireBytes: bytes, timeUs: 2, linkType: 1 };
      const { read, blocks: of } = through([small, large, small]);
      assert.deepEqual(read, [small, large, small]);
      assert.equal(of.length, 3);
      assert.equal(of[1]!.buffer.byteLength > BLOCK_BYTES, bytes > BLOCK_BYTES - 24);
    }
  });

  it("are none where there is nothing", () => {
    assert.deepEqual(through([]).blocks, []);
  });
});
