/**
 * The classic BSD packet filter: McCanne and Jacobson, "The BSD Packet Filter" (USENIX, winter 1993), §3, in the dialect
 * that the Linux kernel takes from SO_ATTACH_FILTER (Documentation/networking/filter.rst).
 *
 * A program is a list of instructions over an accumulator A, an index register X and sixteen words of memory M, all of
 * 32 bits. Jumps go forward only, so a program ends after at most as many steps as it has instructions. What it returns
 * is the number of octets of the frame to keep: zero refuses the frame.
 */
import { PalisadeError } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";

/** One instruction, as `struct sock_filter` has it. */
export interface BpfInstruction {
  /** 16 bits: class, and what the class is modified by. */
  readonly code: number;
  /** Instructions to skip where the condition holds: 0 … 255. Zero in instructions that do not branch. */
  readonly jt: number;
  /** Instructions to skip where it does not. */
  readonly jf: number;
  /** The operand: 0 … 4,294,967,295. */
  readonly k: number;
}

/** Run from its first instruction; `verifyProgram` says whether it can be. */
export type BpfProgram = readonly BpfInstruction[];

/** Most instructions that the kernel takes (BPF_MAXINSNS). */
export const BPF_INSTRUCTIONS_MAX = 4096;
/** Octets of an instruction in the kernel's `struct sock_filter`. */
export const BPF_INSTRUCTION_BYTES = 8;
/** What an accepting program returns when nobody asks for less: more than any frame is long. */
export const BPF_ACCEPT_BYTES = 0x40000;

const MEMORY_WORDS = 16;

/** Operation codes by what they do. `[k]` is a load from the frame at k, `[x+k]` at X + k, `m[k]` from memory. */
export const bpf = {
  /** A ← 4, 2 or 1 octets at k, big-endian. */
  loadWord: 0x20,
  loadHalf: 0x28,
  loadByte: 0x30,
  /** A ← 4, 2 or 1 octets at X + k. */
  loadWordIndexed: 0x40,
  loadHalfIndexed: 0x48,
  loadByteIndexed: 0x50,
  /** A ← length of the frame on the wire. */
  loadLength: 0x80,
  loadImmediate: 0x00,
  loadMemory: 0x60,
  loadIndexImmediate: 0x01,
  loadIndexMemory: 0x61,
  loadIndexLength: 0x81,
  /** X ← 4 · ([k] & 0xf): the length of the IPv4 header at k. */
  loadIndexHeaderLength: 0xb1,
  store: 0x02,
  storeIndex: 0x03,
  add: 0x04,
  addIndex: 0x0c,
  subtract: 0x14,
  subtractIndex: 0x1c,
  multiply: 0x24,
  multiplyIndex: 0x2c,
  divide: 0x34,
  divideIndex: 0x3c,
  or: 0x44,
  orIndex: 0x4c,
  and: 0x54,
  andIndex: 0x5c,
  shiftLeft: 0x64,
  shiftLeftIndex: 0x6c,
  shiftRight: 0x74,
  shiftRightIndex: 0x7c,
  negate: 0x84,
  modulo: 0x94,
  moduloIndex: 0x9c,
  xor: 0xa4,
  xorIndex: 0xac,
  /** Skip k instructions. */
  jump: 0x05,
  jumpEqual: 0x15,
  jumpEqualIndex: 0x1d,
  jumpGreater: 0x25,
  jumpGreaterIndex: 0x2d,
  jumpGreaterOrEqual: 0x35,
  jumpGreaterOrEqualIndex: 0x3d,
  jumpAnySet: 0x45,
  jumpAnySetIndex: 0x4d,
  returnConstant: 0x06,
  returnAccumulator: 0x16,
  copyToIndex: 0x07,
  copyFromIndex: 0x87,
} as const;

const CODES: ReadonlySet<number> = new Set(Object.values(bpf));
const CLASS_JUMP = 0x05;

/** Absolute loads at or above this ask the kernel about the packet instead of reading it (SKF_AD_OFF, -0x1000). */
export const BPF_ANCILLARY = 0xffff_f000;
/** The packet's protocol as an EtherType, whatever its link layer. */
export const BPF_ANCILLARY_PROTOCOL = BPF_ANCILLARY;
/** Whether the interface took a VLAN tag off the frame: 0 or 1. */
export const BPF_ANCILLARY_VLAN_PRESENT = BPF_ANCILLARY + 48;
/** Loads from here on are relative to a header the kernel knows, or ancillary (SKF_LL_OFF, -0x200000). */
const KERNEL_OFFSETS = 0xffe0_0000;

/** An instruction; what is left out is zero. */
export function instruction(code: number, k = 0, jt = 0, jf = 0): BpfInstruction {
  return { code, jt, jf, k: k >>> 0 };
}

/**
 * Checks all that the kernel checks before it runs a program, so that its bare "invalid argument" becomes a reason.
 *
 * @throws {PalisadeError} `FILTER_INVALID` naming the instruction, counted from zero
 */
export function verifyProgram(program: BpfProgram): void {
  const length = program.length;
  if (length === 0) throw invalid("it has no instructions");
  if (length > BPF_INSTRUCTIONS_MAX) {
    throw invalid(`it has ${length} instructions; the kernel takes at most ${BPF_INSTRUCTIONS_MAX}`);
  }
  // Bit n of stored[i]: on every way to instruction i, m[n] has been written. Jumps go forward, so one pass is enough.
  const stored = new Uint16Array(length).fill(0xffff);
  stored[0] = 0;
  for (let index = 0; index < length; index += 1) {
    const { code, jt, jf, k } = program[index]!;
    let memory = stored[index]!;
    if (!CODES.has(code)) throw invalid(`instruction ${index} has the unknown code 0x${code.toString(16)}`);
    switch (code) {
      case bpf.divide:
      case bpf.modulo:
        if (k === 0) throw invalid(`instruction ${index} divides by zero`);
        break;
      case bpf.shiftLeft:
      case bpf.shiftRight:
        if (k >= 32) throw invalid(`instruction ${index} shifts a 32-bit value by ${k}`);
        break;
      case bpf.store:
      case bpf.storeIndex:
        if (k >= MEMORY_WORDS)
          throw invalid(`instruction ${index} writes memory word ${k} of ${MEMORY_WORDS}`);
        memory |= 1 << k;
        break;
      case bpf.loadMemory:
      case bpf.loadIndexMemory:
        if (k >= MEMORY_WORDS)
          throw invalid(`instruction ${index} reads memory word ${k} of ${MEMORY_WORDS}`);
        if (((memory >>> k) & 1) === 0) {
          throw invalid(`instruction ${index} reads memory word ${k} before it is written`);
        }
        break;
    }
    if ((code & 0x07) === CLASS_JUMP) {
      const near = code === bpf.jump ? k : jt;
      const far = code === bpf.jump ? k : jf;
      if (index + 1 + near >= length || index + 1 + far >= length) {
        throw invalid(`instruction ${index} jumps past the end`);
      }
      stored[index + 1 + near]! &= memory;
      stored[index + 1 + far]! &= memory;
    } else if (code !== bpf.returnConstant && code !== bpf.returnAccumulator) {
      if (index + 1 >= length) throw invalid("its last instruction does not return");
      stored[index + 1]! &= memory;
    }
  }
  const last = program[length - 1]!.code;
  // An unreachable tail could end in anything; the kernel refuses that too.
  if (last !== bpf.returnConstant && last !== bpf.returnAccumulator) {
    throw invalid("its last instruction does not return");
  }
}

/** Whether the program asks what only the kernel knows, and so cannot be run over frames from a file. */
export function needsKernel(program: BpfProgram): boolean {
  return program.some(
    ({ code, k }) =>
      k >= KERNEL_OFFSETS &&
      (code === bpf.loadWord ||
        code === bpf.loadHalf ||
        code === bpf.loadByte ||
        code === bpf.loadIndexHeaderLength),
  );
}

/** The program as `struct sock_filter[]`: code 16 bits, jt and jf 8 each, k 32, in the byte order named. */
export function encodeProgram(program: BpfProgram, littleEndian: boolean): Uint8Array {
  const out = new Uint8Array(program.length * BPF_INSTRUCTION_BYTES);
  const view = new DataView(out.buffer);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    const at = index * BPF_INSTRUCTION_BYTES;
    view.setUint16(at, code, littleEndian);
    view.setUint8(at + 2, jt);
    view.setUint8(at + 3, jf);
    view.setUint32(at + 4, k, littleEndian);
  }
  return out;
}

/**
 * The same program, keeping at most `snaplenBytes` of what it accepts. A program that computes what to keep is left alone.
 */
export function limitKept(program: BpfProgram, snaplenBytes: number): BpfProgram {
  return program.map((step) =>
    step.code === bpf.returnConstant && step.k > snaplenBytes ? instruction(step.code, snaplenBytes) : step,
  );
}

/**
 * Codes by the numbers that the interpreter gives them. Of a switch over literals that lie close together V8 makes a jump table;
 * with the codes themselves it would compare with one case after the other.
 */
const OPERATIONS: readonly number[] = [
  bpf.loadWord,
  bpf.loadHalf,
  bpf.loadByte,
  bpf.loadWordIndexed,
  bpf.loadHalfIndexed,
  bpf.loadByteIndexed,
  bpf.loadLength,
  bpf.loadImmediate,
  bpf.loadMemory,
  bpf.loadIndexImmediate,
  bpf.loadIndexMemory,
  bpf.loadIndexLength,
  bpf.loadIndexHeaderLength,
  bpf.store,
  bpf.storeIndex,
  bpf.add,
  bpf.addIndex,
  bpf.subtract,
  bpf.subtractIndex,
  bpf.multiply,
  bpf.multiplyIndex,
  bpf.divide,
  bpf.divideIndex,
  bpf.modulo,
  bpf.moduloIndex,
  bpf.or,
  bpf.orIndex,
  bpf.and,
  bpf.andIndex,
  bpf.xor,
  bpf.xorIndex,
  bpf.shiftLeft,
  bpf.shiftLeftIndex,
  bpf.shiftRight,
  bpf.shiftRightIndex,
  bpf.negate,
  bpf.jump,
  bpf.jumpEqual,
  bpf.jumpEqualIndex,
  bpf.jumpGreater,
  bpf.jumpGreaterIndex,
  bpf.jumpGreaterOrEqual,
  bpf.jumpGreaterOrEqualIndex,
  bpf.jumpAnySet,
  bpf.jumpAnySetIndex,
  bpf.returnConstant,
  bpf.returnAccumulator,
  bpf.copyToIndex,
  bpf.copyFromIndex,
];

/** Whether a frame is wanted: its first `capturedBytes` octets are there from `offset`, `wireBytes` were sent. */
export type FrameTest = (
  octets: Uint8Array,
  offset: number,
  capturedBytes: number,
  wireBytes: number,
) => boolean;

/**
 * The program as a function over captured frames; nothing is allocated per frame. As in the kernel, a load that reaches
 * past the captured octets and a division by zero refuse the frame, and a shift counts modulo 32.
 *
 * @throws {PalisadeError} `FILTER_INVALID` as `verifyProgram` does; `FILTER_NEEDS_KERNEL` where the program was compiled for
 *   a live interface and asks the kernel what no capture file holds
 */
export function compileFilter(program: BpfProgram): FrameTest {
  verifyProgram(program);
  if (needsKernel(program)) {
    throw new PalisadeError(
      "FILTER_NEEDS_KERNEL",
      "the filter program asks the kernel about VLAN tags or the protocol, which frames of a capture do not tell; " +
        "compile it without an interface (tcpdump -y EN10MB -ddd EXPRESSION)",
    );
  }
  const length = program.length;
  const operation = Uint8Array.from(program, (step) => OPERATIONS.indexOf(step.code));
  const taken = Uint16Array.from(program, (step) => (step.code === bpf.jump ? step.k : step.jt));
  const missed = Uint8Array.from(program, (step) => step.jf);
  const operand = Uint32Array.from(program, (step) => step.k);
  const memory = new Int32Array(MEMORY_WORDS);

  return (octets, offset, capturedBytes, wireBytes) => {
    let a = 0; // A and X are signed 32 bits, and read as unsigned where it matters.
    let x = 0;
    for (let at = 0; at < length; at += 1) {
      const k = operand[at]!;
      switch (operation[at]!) {
        case 0: // loadWord
          if (k + 4 > capturedBytes) return false;
          a = u32(octets, offset + k) | 0;
          break;
        case 1: // loadHalf
          if (k + 2 > capturedBytes) return false;
          a = u16(octets, offset + k);
          break;
        case 2: // loadByte
          if (k >= capturedBytes) return false;
          a = u8(octets, offset + k);
          break;
        case 3: {
          // loadWordIndexed
          const from = (x + k) >>> 0;
          if (from + 4 > capturedBytes) return false;
          a = u32(octets, offset + from) | 0;
          break;
        }
        case 4: {
          // loadHalfIndexed
          const from = (x + k) >>> 0;
          if (from + 2 > capturedBytes) return false;
          a = u16(octets, offset + from);
          break;
        }
        case 5: {
          // loadByteIndexed
          const from = (x + k) >>> 0;
          if (from >= capturedBytes) return false;
          a = u8(octets, offset + from);
          break;
        }
        case 6: // loadLength
          a = wireBytes | 0;
          break;
        case 7: // loadImmediate
          a = k | 0;
          break;
        case 8: // loadMemory
          a = memory[k]!;
          break;
        case 9: // loadIndexImmediate
          x = k | 0;
          break;
        case 10: // loadIndexMemory
          x = memory[k]!;
          break;
        case 11: // loadIndexLength
          x = wireBytes | 0;
          break;
        case 12: // loadIndexHeaderLength
          if (k >= capturedBytes) return false;
          x = (u8(octets, offset + k) & 0x0f) << 2;
          break;
        case 13: // store
          memory[k] = a;
          break;
        case 14: // storeIndex
          memory[k] = x;
          break;
        case 15: // add
          a = (a + k) | 0;
          break;
        case 16: // addIndex
          a = (a + x) | 0;
          break;
        case 17: // subtract
          a = (a - k) | 0;
          break;
        case 18: // subtractIndex
          a = (a - x) | 0;
          break;
        case 19: // multiply
          a = Math.imul(a, k);
          break;
        case 20: // multiplyIndex
          a = Math.imul(a, x);
          break;
        case 21: // divide
          a = ((a >>> 0) / k) | 0;
          break;
        case 22: // divideIndex
          if (x === 0) return false;
          a = ((a >>> 0) / (x >>> 0)) | 0;
          break;
        case 23: // modulo
          a = ((a >>> 0) % k) | 0;
          break;
        case 24: // moduloIndex
          if (x === 0) return false;
          a = ((a >>> 0) % (x >>> 0)) | 0;
          break;
        case 25: // or
          a |= k;
          break;
        case 26: // orIndex
          a |= x;
          break;
        case 27: // and
          a &= k;
          break;
        case 28: // andIndex
          a &= x;
          break;
        case 29: // xor
          a ^= k;
          break;
        case 30: // xorIndex
          a ^= x;
          break;
        case 31: // shiftLeft
          a <<= k;
          break;
        case 32: // shiftLeftIndex
          a <<= x;
          break;
        case 33: // shiftRight
          a = (a >>> k) | 0;
          break;
        case 34: // shiftRightIndex
          a = (a >>> x) | 0;
          break;
        case 35: // negate
          a = -a | 0;
          break;
        case 36: // jump
          at += taken[at]!;
          break;
        case 37: // jumpEqual
          at += a >>> 0 === k ? taken[at]! : missed[at]!;
          break;
        case 38: // jumpEqualIndex
          at += a === x ? taken[at]! : missed[at]!;
          break;
        case 39: // jumpGreater
          at += a >>> 0 > k ? taken[at]! : missed[at]!;
          break;
        case 40: // jumpGreaterIndex
          at += a >>> 0 > x >>> 0 ? taken[at]! : missed[at]!;
          break;
        case 41: // jumpGreaterOrEqual
          at += a >>> 0 >= k ? taken[at]! : missed[at]!;
          break;
        case 42: // jumpGreaterOrEqualIndex
          at += a >>> 0 >= x >>> 0 ? taken[at]! : missed[at]!;
          break;
        case 43: // jumpAnySet
          at += (a & k) !== 0 ? taken[at]! : missed[at]!;
          break;
        case 44: // jumpAnySetIndex
          at += (a & x) !== 0 ? taken[at]! : missed[at]!;
          break;
        case 45: // returnConstant
          return k !== 0;
        case 46: // returnAccumulator
          return a !== 0;
        case 47: // copyToIndex
          x = a;
          break;
        case 48: // copyFromIndex
          a = x;
          break;
      }
    }
    return false;
  };
}

function invalid(reason: string): PalisadeError {
  return new PalisadeError("FILTER_INVALID", `the filter program cannot be used: ${reason}`);
}
