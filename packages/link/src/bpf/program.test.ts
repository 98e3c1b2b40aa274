import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import { hex } from "@palisade/wire";
import fc from "fast-check";
import {
  BPF_ANCILLARY_VLAN_PRESENT,
  BPF_INSTRUCTIONS_MAX,
  type BpfInstruction,
  type BpfProgram,
  bpf,
  compileFilter,
  encodeProgram,
  instruction,
  limitKept,
  needsKernel,
  verifyProgram,
} from "./program.js";

const yes = instruction(bpf.returnConstant, 1);
const no = instruction(bpf.returnConstant, 0);

/** Runs over a frame that lies behind three octets of another one. */
function accepts(program: BpfProgram, frame: string, wireBytes?: number): boolean {
  const octets = hex(`ff ff ff ${frame} ff ff`);
  const captured = hex(frame).length;
  return compileFilter(program)(octets, 3, captured, wireBytes ?? captured);
}

/** Whether A is `expected` after the steps. */
function leaves(steps: BpfProgram, expected: number, frame = "01 02 03 04 05"): boolean {
  return accepts([...steps, instruction(bpf.jumpEqual, expected, 0, 1), yes, no], frame);
}

test("loads are big-endian, at an offset, at X plus an offset, and of the length on the wire", () => {
  assert.ok(leaves([instruction(bpf.loadWord, 1)], 0x02030405));
  assert.ok(leaves([instruction(bpf.loadHalf, 3)], 0x0405));
  assert.ok(leaves([instruction(bpf.loadByte, 4)], 0x05));
  const two = instruction(bpf.loadIndexImmediate, 2);
  assert.ok(
    leaves([instruction(bpf.loadIndexImmediate, 1), instruction(bpf.loadWordIndexed, 0)], 0x02030405),
  );
  assert.ok(leaves([two, instruction(bpf.loadHalfIndexed, 1)], 0x0405));
  assert.ok(leaves([two, instruction(bpf.loadByteIndexed, 2)], 0x05));
  assert.ok(
    accepts([instruction(bpf.loadLength), instruction(bpf.jumpEqual, 1500, 0, 1), yes, no], "00", 1500),
  );
  assert.ok(leaves([instruction(bpf.loadIndexHeaderLength, 0), instruction(bpf.copyFromIndex)], 60, "4f"));
});

test("a load past the captured octets refuses the frame, also where more octets follow in memory", () => {
  for (const [code, last] of [
    [bpf.loadWord, 1],
    [bpf.loadHalf, 3],
    [bpf.loadByte, 4],
    [bpf.loadIndexHeaderLength, 4],
  ] as const) {
    assert.ok(accepts([instruction(code, last), yes], "01 02 03 04 05"), `0x${code.toString(16)}`);
    assert.ok(!accepts([instruction(code, last + 1), yes], "01 02 03 04 05"), `0x${code.toString(16)}`);
  }
  for (const code of [bpf.loadWordIndexed, bpf.loadHalfIndexed, bpf.loadByteIndexed]) {
    const width = { [bpf.loadWordIndexed]: 4, [bpf.loadHalfIndexed]: 2, [bpf.loadByteIndexed]: 1 }[code];
    const at = (x: number) => [instruction(bpf.loadIndexImmediate, x), instruction(code, 2), yes];
    assert.ok(accepts(at(3 - width), "01 02 03 04 05"));
    assert.ok(!accepts(at(4 - width), "01 02 03 04 05"));
    // X + k wraps to the frame's start, where the octets are.
    assert.ok(accepts(at(0xffff_fffe), "01 02 03 04 05"));
  }
});

test("arithmetic is on unsigned 32 bits", () => {
  const a = (k: number) => instruction(bpf.loadImmediate, k);
  const x = (k: number) => instruction(bpf.loadIndexImmediate, k);
  const table: readonly [BpfInstruction, number, number, number][] = [
    [instruction(bpf.add, 2), 0xffff_ffff, 0, 1],
    [instruction(bpf.addIndex), 0xffff_ffff, 3, 2],
    [instruction(bpf.subtract, 2), 1, 0, 0xffff_ffff],
    [instruction(bpf.subtractIndex), 1, 3, 0xffff_fffe],
    [instruction(bpf.multiply, 0xffff_ffff), 0xffff_ffff, 0, 1],
    [instruction(bpf.multiplyIndex), 0x1_0001, 0x1_0001, 0x2_0001],
    [instruction(bpf.divide, 2), 0xffff_ffff, 0, 0x7fff_ffff],
    [instruction(bpf.divideIndex), 0x8000_0000, 0xffff_ffff, 0],
    [instruction(bpf.modulo, 10), 0xffff_ffff, 0, 5],
    [instruction(bpf.moduloIndex), 7, 0xffff_ffff, 7],
    [instruction(bpf.and, 0xf0f0), 0xffff_ffff, 0, 0xf0f0],
    [instruction(bpf.andIndex), 0xff, 0x0f, 0x0f],
    [instruction(bpf.or, 0x8000_0000), 1, 0, 0x8000_0001],
    [instruction(bpf.orIndex), 1, 2, 3],
    [instruction(bpf.xor, 0xffff_ffff), 1, 0, 0xffff_fffe],
    [instruction(bpf.xorIndex), 3, 1, 2],
    [instruction(bpf.shiftLeft, 31), 3, 0, 0x8000_0000],
    [instruction(bpf.shiftLeftIndex), 3, 4, 48],
    [instruction(bpf.shiftRight, 31), 0x8000_0000, 0, 1],
    [instruction(bpf.shiftRightIndex), 0x8000_0000, 28, 8],
    [instruction(bpf.negate), 1, 0, 0xffff_ffff],
    [instruction(bpf.copyFromIndex), 1, 9, 9],
  ];
  assert.ok(table.length > 0);
  for (const [step, before, index, after] of table) {
    assert.ok(leaves([a(before), x(index), step], after), `code 0x${step.code.toString(16)}`);
  }
});

test("a division by a zero X refuses the frame", () => {
  for (const code of [bpf.divideIndex, bpf.moduloIndex]) {
    assert.ok(!accepts([instruction(bpf.loadIndexImmediate, 0), instruction(code), yes], "00"));
  }
});

test("memory keeps words of A and X", () => {
  const steps = [
    instruction(bpf.loadImmediate, 0xffff_fff0),
    instruction(bpf.store, 15),
    instruction(bpf.loadIndexImmediate, 5),
    instruction(bpf.storeIndex, 0),
    instruction(bpf.loadMemory, 15),
    instruction(bpf.loadIndexMemory, 0),
    instruction(bpf.addIndex),
  ];
  assert.ok(leaves(steps, 0xffff_fff5));
});

test("jumps compare without sign", () => {
  const compare = (code: number, a: number, k: number, x = 0) =>
    accepts(
      [
        instruction(bpf.loadImmediate, a),
        instruction(bpf.loadIndexImmediate, x),
        instruction(code, k, 1, 0),
        no,
        yes,
      ],
      "00",
    );
  assert.ok(compare(bpf.jumpGreater, 0x8000_0000, 1));
  assert.ok(!compare(bpf.jumpGreater, 1, 1));
  assert.ok(compare(bpf.jumpGreaterOrEqual, 1, 1));
  assert.ok(!compare(bpf.jumpGreaterOrEqual, 1, 0x8000_0000));
  assert.ok(compare(bpf.jumpEqual, 0xffff_ffff, 0xffff_ffff));
  assert.ok(compare(bpf.jumpAnySet, 0x8000_0001, 0x8000_0000));
  assert.ok(!compare(bpf.jumpAnySet, 2, 1));
  assert.ok(compare(bpf.jumpGreaterIndex, 0xffff_ffff, 0, 1));
  assert.ok(compare(bpf.jumpGreaterOrEqualIndex, 0xffff_ffff, 0, 0xffff_ffff));
  assert.ok(compare(bpf.jumpEqualIndex, 7, 0, 7));
  assert.ok(!compare(bpf.jumpAnySetIndex, 7, 0, 8));
});

test("an unconditional jump may be longer than a conditional one", () => {
  const far = [instruction(bpf.jump, 300), ...Array.from({ length: 300 }, () => no), yes];
  assert.ok(accepts(far, "00"));
});

test("returning A keeps the frame unless A is zero", () => {
  assert.ok(accepts([instruction(bpf.loadByte, 0), instruction(bpf.returnAccumulator)], "05"));
  assert.ok(!accepts([instruction(bpf.loadByte, 0), instruction(bpf.returnAccumulator)], "00"));
});

test("the verifier names what the kernel would refuse", () => {
  const table: readonly [string, BpfProgram][] = [
    ["no instructions", []],
    ["takes at most 4096", Array.from({ length: BPF_INSTRUCTIONS_MAX + 1 }, () => yes)],
    ["instruction 0 has the unknown code 0xff", [instruction(0xff), yes]],
    ["instruction 0 divides by zero", [instruction(bpf.divide, 0), yes]],
    ["instruction 0 divides by zero", [instruction(bpf.modulo, 0), yes]],
    ["shifts a 32-bit value by 32", [instruction(bpf.shiftLeft, 32), yes]],
    ["writes memory word 16", [instruction(bpf.store, 16), yes]],
    ["reads memory word 16", [instruction(bpf.loadMemory, 16), yes]],
    ["reads memory word 3 before", [instruction(bpf.loadMemory, 3), yes]],
    ["instruction 0 jumps past the end", [instruction(bpf.jump, 1), yes]],
    ["instruction 0 jumps past the end", [instruction(bpf.jump, 0xffff_ffff), yes]],
    ["instruction 0 jumps past the end", [instruction(bpf.jumpEqual, 0, 0, 1), yes]],
    ["instruction 1 jumps past the end", [yes, instruction(bpf.jumpEqual, 0, 1, 0)]],
    ["last instruction does not return", [yes, instruction(bpf.loadLength)]],
  ];
  for (const [reason, program] of table) {
    assert.throws(
      () => verifyProgram(program),
      (error) =>
        error instanceof PalisadeError && error.code === "FILTER_INVALID" && error.message.includes(reason),
      reason,
    );
  }
});

test("memory that only one of two ways has written cannot be read where they meet", () => {
  const meet = (second: BpfInstruction): BpfProgram => [
    instruction(bpf.jumpEqual, 0, 0, 2),
    instruction(bpf.store, 1),
    instruction(bpf.jump, 1),
    second,
    instruction(bpf.loadMemory, 1),
    yes,
  ];
  assert.doesNotThrow(() => verifyProgram(meet(instruction(bpf.storeIndex, 1))));
  assert.throws(() => verifyProgram(meet(instruction(bpf.storeIndex, 2))), { code: "FILTER_INVALID" });
});

test("a program that asks the kernel is no filter for files", () => {
  const program = [instruction(bpf.loadWord, BPF_ANCILLARY_VLAN_PRESENT), instruction(bpf.returnAccumulator)];
  verifyProgram(program);
  assert.ok(needsKernel(program));
  assert.ok(!needsKernel([instruction(bpf.and, 0xffff_ffff), yes]));
  assert.throws(() => compileFilter(program), { code: "FILTER_NEEDS_KERNEL" });
});

test("instructions are laid out as the kernel's sock_filter", () => {
  const program = [instruction(bpf.jumpEqual, 0x0800, 1, 2)];
  assert.deepEqual(encodeProgram(program, true), hex("1500 01 02 00080000"));
  assert.deepEqual(encodeProgram(program, false), hex("0015 01 02 00000800"));
});

test("what an accepting return keeps is bounded, and a refusing one stays", () => {
  const kept = limitKept([no, instruction(bpf.returnConstant, 0x40000), instruction(bpf.and, 0x40000)], 96);
  assert.deepEqual(
    kept.map((step) => step.k),
    [0, 96, 0x40000],
  );
});

test("any program either fails verification or runs to a verdict over any frame", () => {
  const codes = Object.values(bpf);
  const anyInstruction = fc.record({
    code: fc.constantFrom(...codes),
    jt: fc.integer({ min: 0, max: 3 }),
    jf: fc.integer({ min: 0, max: 3 }),
    k: fc.oneof(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 0, max: 0xffff_ffff })),
  });
  let ran = 0;
  fc.assert(
    fc.property(
      fc.array(anyInstruction, { maxLength: 12 }),
      fc.uint8Array({ maxLength: 24 }),
      (steps, frame) => {
        const before = frame.slice();
        try {
          assert.equal(
            typeof compileFilter([...steps, no, yes, no, yes])(frame, 0, frame.length, frame.length),
            "boolean",
          );
          ran += 1;
        } catch (error) {
          assert.ok(error instanceof PalisadeError, `${error}`);
        }
        assert.deepEqual(frame, before);
      },
    ),
    { numRuns: 2000 },
  );
  assert.ok(ran > 100);
});
