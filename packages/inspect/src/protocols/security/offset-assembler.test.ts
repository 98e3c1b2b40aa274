import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ASSEMBLER_RANGES_MAX, OffsetAssembler } from "./offset-assembler.js";

const whole = Uint8Array.from({ length: 200 }, (_, index) => index);

describe("OffsetAssembler", () => {
  it("puts pieces together in any order, with overlaps and repetitions", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 1, max: 199 }), { maxLength: 12 }),
        fc.array(fc.tuple(fc.nat(199), fc.nat(40)), { maxLength: 5 }),
        fc.infiniteStream(fc.nat()),
        (cuts, extra, order) => {
          const bounds = [0, ...cuts.sort((one, other) => one - other), 200];
          const pieces = bounds.slice(1).map((end, index) => [bounds[index]!, end] as const);
          const all = [...pieces, ...extra.map(([at, size]) => [at, Math.min(200, at + size)] as const)];
          const shuffled = all
            .map((piece) => [order.next().value as number, piece] as const)
            .sort(([one], [other]) => one - other);
          const assembler = new OffsetAssembler(1000);
          for (const [, [start, end]] of shuffled) {
            assert.ok(assembler.insert(start, whole, start, end));
          }
          assert.equal(assembler.contiguous, 200);
          assert.deepEqual(assembler.octets.subarray(0, 200), whole);
        },
      ),
    );
  });

  it("keeps of octets that come twice the first, and tells where they differ", () => {
    const piece = fc.tuple(fc.nat(60), fc.integer({ min: 1, max: 30 }), fc.nat(1));
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 10 }), (pieces) => {
        const assembler = new OffsetAssembler(1000);
        const known = new Map<number, number>();
        for (const [offset, length, flip] of pieces) {
          const octets = whole.map((octet) => octet ^ flip);
          let differ = false;
          for (let at = offset; at < offset + length; at += 1) {
            if (known.has(at)) differ ||= known.get(at) !== octets[at];
            else known.set(at, octets[at]!);
          }
          assembler.conflict = false;
          assert.equal(assembler.insert(offset, octets, offset, offset + length), true);
          assert.equal(assembler.conflict, differ);
        }
        const { contiguous } = assembler;
        assert.equal(known.has(contiguous), false);
        assert.deepEqual(
          [...assembler.octets.subarray(0, contiguous)],
          Array.from({ length: contiguous }, (_, at) => known.get(at)),
        );
      }),
    );
  });

  it("counts only what is there from the first octet on", () => {
    const assembler = new OffsetAssembler(1000);
    assembler.insert(10, whole, 10, 20);
    assert.equal(assembler.contiguous, 0);
    assembler.insert(0, whole, 0, 9);
    assert.equal(assembler.contiguous, 9);
    assembler.insert(9, whole, 9, 10);
    assert.equal(assembler.contiguous, 20);
  });

  it("drops what reaches beyond its limit", () => {
    const assembler = new OffsetAssembler(100);
    assert.equal(assembler.insert(1, whole, 0, 100), false);
    assert.equal(assembler.insert(2 ** 40, whole, 0, 1), false);
    assert.equal(assembler.insert(0, whole, 0, 100), true);
    assert.equal(assembler.contiguous, 100);
  });

  it("drops a piece that would open one gap too many, and takes those that close one", () => {
    const assembler = new OffsetAssembler(100_000);
    for (let range = 0; range < ASSEMBLER_RANGES_MAX; range += 1) {
      assert.equal(assembler.insert(range * 10, whole, 0, 1), true);
    }
    assert.equal(assembler.insert(90_000, whole, 0, 1), false);
    assert.equal(assembler.insert(1, whole, 1, 10), true);
    assert.equal(assembler.contiguous, 11);
    assert.equal(assembler.insert(90_000, whole, 0, 1), true);
  });

  it("starts anew after a reset", () => {
    const assembler = new OffsetAssembler(100);
    assembler.insert(0, whole, 0, 50);
    assembler.reset();
    assert.equal(assembler.contiguous, 0);
    assembler.insert(0, whole, 100, 103);
    assert.deepEqual(assembler.octets.subarray(0, assembler.contiguous), whole.subarray(100, 103));
  });
});
