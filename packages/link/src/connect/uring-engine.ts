/**
 * Connects by io_uring(7): connects are written into a queue that the kernel shares, handed over many with one system call, and
 * their outcomes are read from another queue. Layouts and numbers: linux/io_uring.h.
 *
 * Timeouts are the connector's own: only a connect that timed out costs a second entry, to cancel it, whereas a linked timeout
 * would cost each connect one entry more and a timer of the kernel.
 */
import { readFileSync } from "node:fs";
import { PalisadeError } from "@palisade/base";
import { errorName, type KernelCall, type Mapping, type System } from "../system.js";
import { ERRNO } from "./connector.js";
import type { ConnectEngine, EngineSlots, SlotAddresses } from "./engine.js";
import { noDescriptors } from "./no-descriptors.js";

/** The same numbers on all architectures (asm-generic/unistd.h). */
const SYS_IO_URING_SETUP = 425;
const SYS_IO_URING_ENTER = 426;

const IORING_SETUP_CQSIZE = 1 << 3;
const IORING_SETUP_CLAMP = 1 << 4;
const IORING_SETUP_COOP_TASKRUN = 1 << 8;
/**
 * Best first: what 5.19 and older kernels know. Both work; the former interrupts this thread less. IORING_SETUP_DEFER_TASKRUN is not
 * for us: with it nobody who waits for the descriptor is woken by a connect's end (Linux 6.18), and it spares nothing (65,535
 * ports of the loopback interface, six runs by turns: 0.63 CPU s either way).
 */
const SETUP_FLAGS: readonly number[] = [IORING_SETUP_COOP_TASKRUN, 0];
const IORING_FEAT_SINGLE_MMAP = 1 << 0;
const IORING_FEAT_NODROP = 1 << 1;
/** Without it (before 5.7) each connect that does not end at once would hold a thread of the kernel. */
const IORING_FEAT_FAST_POLL = 1 << 5;
const FEATURES_NEEDED = IORING_FEAT_SINGLE_MMAP | IORING_FEAT_NODROP | IORING_FEAT_FAST_POLL;
const IORING_ENTER_GETEVENTS = 1 << 0;
const IORING_OFF_SQES = 0x1000_0000;
const IORING_OP_ASYNC_CANCEL = 14;
const IORING_OP_CONNECT = 16;

/** struct io_uring_params: octets, and where its members are. */
const PARAMS_BYTES = 120;
const params = {
  sqEntries: 0,
  cqEntries: 4,
  flags: 8,
  features: 20,
  sqHead: 40,
  sqTail: 44,
  sqMask: 48,
  sqArray: 64,
  cqHead: 80,
  cqTail: 84,
  cqMask: 88,
  cqCqes: 100,
} as const;
/** Words of 32 bits in a submission and in a completion. */
const SQE_WORDS = 16;
const CQE_WORDS = 4;
const sqe = { opcode: 0, fd: 1, offset: 2, address: 4, userData: 8 } as const;
const cqe = { userData: 0, result: 2 } as const;

/** Submissions that can lie in their queue: several batches, handed over when it is full at the latest. */
const SUBMISSIONS_MAX = 256;
/** Times that the kernel may refuse to take submissions, for want of memory or for a signal, before that is an error. */
const REFUSALS_MAX = 1000;
/** Above a slot's number in the user data: how often it was used, so that a cancellation never meets a later connect. */
const GENERATION_MASK = 0x3fff_ffff;
/** In the same word: a cancellation's own completion. */
const CANCELLATION = 0x4000_0000;
const EBUSY = 16;
const LITTLE_ENDIAN = true;
const WORD = 2 ** 32;

export class UringEngine implements ConnectEngine {
  readonly name = "io_uring";
  /** Blocking sockets: io_uring itself never blocks on them. */
  readonly socketFlags = 0;
  readonly watchedFd: number;
  readonly #system: System;
  readonly #slots: EngineSlots;
  readonly #syscall: KernelCall;
  readonly #rings: Mapping;
  readonly #submissions: Mapping;
  readonly #words: Int32Array;
  readonly #sqes: Int32Array;
  readonly #generations: Int32Array;
  /** Where slots' addresses are, as a number: user addresses have 57 bits at most, real ones 47. */
  readonly #addressBase: number;
  readonly #addressStride: number;
  /** Indexes into `#words`. */
  readonly #sqHead: number;
  readonly #sqTail: number;
  readonly #cqHead: number;
  readonly #cqTail: number;
  readonly #cqes: number;
  readonly #sqMask: number;
  readonly #cqMask: number;
  /** The tail of submissions, before the kernel is shown it. */
  #tail: number;
  #refusals = 0;
  #closed = false;

  /** @throws {PalisadeError} `LINK_UNSUPPORTED` with the reason, where there is no io_uring or it is not permitted */
  constructor(system: System, slots: EngineSlots, slotCount: number, addresses: SlotAddresses) {
    this.#system = system;
    this.#slots = slots;
    this.#generations = new Int32Array(slotCount);
    this.#addressBase = Number(addresses.base) + addresses.offset;
    this.#addressStride = addresses.stride;
    this.#syscall = system.door("syscall", "long", ["long", "long", "long", "long", "long", "long", "long"]);
    const memory = system.allocate(PARAMS_BYTES, "connects");
    const { view } = memory;
    const at = (member: number) => view.getUint32(member, LITTLE_ENDIAN);
    const mappings: Mapping[] = [];
    let fd = -1;
    try {
      for (const flags of SETUP_FLAGS) {
        memory.octets.fill(0);
        view.setUint32(params.flags, flags | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP, LITTLE_ENDIAN);
        // For each slot a connect and its cancellation: completions never overflow.
        const completions = Math.max(2 * slotCount, 2 * SUBMISSIONS_MAX);
        view.setUint32(params.cqEntries, completions, LITTLE_ENDIAN);
        fd = this.#syscall(SYS_IO_URING_SETUP, SUBMISSIONS_MAX, Number(memory.address), 0, 0, 0, 0);
        if (fd >= 0 || system.errno() !== ERRNO.EINVAL) break;
      }
      if (fd < 0) throw refused(system.errno());
      if ((at(params.features) & FEATURES_NEEDED) !== FEATURES_NEEDED) {
        throw new PalisadeError(
          "LINK_UNSUPPORTED",
          "io_uring of this kernel is older than Linux 5.7: use epoll",
        );
      }
      const sqEntries = at(params.sqEntries);
      const ringBytes = Math.max(
        at(params.sqArray) + sqEntries * 4,
        at(params.cqCqes) + at(params.cqEntries) * CQE_WORDS * 4,
      );
      this.#rings = system.map(fd, ringBytes, "io_uring");
      mappings.push(this.#rings);
      this.#submissions = system.map(fd, sqEntries * SQE_WORDS * 4, "io_uring", IORING_OFF_SQES);
      mappings.push(this.#submissions);
      this.#words = new Int32Array(this.#rings.memory, 0, ringBytes >>> 2);
      this.#sqes = new Int32Array(this.#submissions.memory);
      this.#sqHead = at(params.sqHead) >>> 2;
      this.#sqTail = at(params.sqTail) >>> 2;
      this.#cqHead = at(params.cqHead) >>> 2;
      this.#cqTail = at(params.cqTail) >>> 2;
      this.#cqes = at(params.cqCqes) >>> 2;
      this.#sqMask = this.#words[at(params.sqMask) >>> 2]!;
      this.#cqMask = this.#words[at(params.cqMask) >>> 2]!;
      this.#tail = this.#words[this.#sqTail]!;
      // Submissions are used in turn, so the array that could order them differently never changes.
      const array = at(params.sqArray) >>> 2;
      for (let index = 0; index < sqEntries; index += 1) this.#words[array + index] = index;
      this.watchedFd = fd;
    } catch (error) {
      for (const mapping of mappings) mapping.release();
      if (fd >= 0) system.close(fd);
      throw error;
    } finally {
      memory.release();
    }
  }

  get pending(): boolean {
    return this.#waiting() !== 0;
  }

  adopt(): number {
    return 0;
  }

  start(slot: number): void {
    const generation = (this.#generations[slot]! + 1) & GENERATION_MASK;
    this.#generations[slot] = generation;
    const address = this.#addressBase + slot * this.#addressStride;
    const entry = this.#entry();
    const words = this.#sqes;
    words[entry + sqe.opcode] = IORING_OP_CONNECT;
    words[entry + sqe.fd] = this.#slots.fdOf(slot);
    words[entry + sqe.offset] = this.#slots.addressBytesOf(slot);
    words[entry + sqe.address] = address % WORD;
    words[entry + sqe.address + 1] = Math.floor(address / WORD);
    words[entry + sqe.userData] = slot;
    words[entry + sqe.userData + 1] = generation;
  }

  cancel(slot: number): void {
    const generation = this.#generations[slot]!;
    const entry = this.#entry();
    const words = this.#sqes;
    words[entry + sqe.opcode] = IORING_OP_ASYNC_CANCEL;
    words[entry + sqe.fd] = -1;
    words[entry + sqe.address] = slot;
    words[entry + sqe.address + 1] = generation;
    words[entry + sqe.userData] = slot;
    words[entry + sqe.userData + 1] = generation | CANCELLATION;
  }

  hand(): void {
    const waiting = this.#waiting();
    Atomics.store(this.#words, this.#sqTail, this.#tail);
    // Also with nothing to hand over: the kernel brings outcomes forward in this call.
    const taken = this.#syscall(SYS_IO_URING_ENTER, this.watchedFd, waiting, 0, IORING_ENTER_GETEVENTS, 0, 0);
    if (taken >= 0) {
      this.#refusals = 0;
      return;
    }
    const errno = this.#system.errno();
    this.#refusals += 1;
    const passing = errno === ERRNO.EINTR || errno === ERRNO.EAGAIN || errno === EBUSY;
    if (passing && this.#refusals < REFUSALS_MAX) return;
    throw new PalisadeError(
      "LINK_FAILED",
      `io_uring takes no more connects (io_uring_enter: ${errorName(errno)}): connect with epoll instead`,
    );
  }

  reap(): void {
    const words = this.#words;
    let head = words[this.#cqHead]!;
    const tail = Atomics.load(words, this.#cqTail);
    while (head !== tail) {
      const at = this.#cqes + (head & this.#cqMask) * CQE_WORDS;
      const slot = words[at + cqe.userData]!;
      const generation = words[at + cqe.userData + 1]!;
      const result = words[at + cqe.result]!;
      head = (head + 1) | 0;
      // The place is free before anybody is told, who may begin more.
      Atomics.store(words, this.#cqHead, head);
      if (generation === this.#generations[slot]) this.#slots.settled(slot, result < 0 ? -result : 0);
      // A connect that the kernel is about to look at again is not found, or is busy, and goes on: asked anew.
      else if (result < 0 && generation === (this.#generations[slot]! | CANCELLATION)) {
        if (this.#slots.isCancelling(slot)) this.cancel(slot);
      }
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#system.close(this.watchedFd);
    this.#submissions.release();
    this.#rings.release();
  }

  /** Submissions that the kernel has not taken. */
  #waiting(): number {
    return (this.#tail - Atomics.load(this.#words, this.#sqHead)) | 0;
  }

  /** A blank submission: its first word in `#sqes`. */
  #entry(): number {
    while (this.#waiting() > this.#sqMask) this.hand();
    const entry = (this.#tail & this.#sqMask) * SQE_WORDS;
    this.#sqes.fill(0, entry, entry + SQE_WORDS);
    this.#tail = (this.#tail + 1) | 0;
    return entry;
  }
}

function refused(errno: number): PalisadeError {
  if (errno === ERRNO.EMFILE || errno === ERRNO.ENFILE) return noDescriptors("io_uring_setup", errno);
  let disabled = "";
  try {
    const setting = readFileSync("/proc/sys/kernel/io_uring_disabled", "utf8").trim();
    if (setting !== "0") disabled = `, kernel.io_uring_disabled is ${setting}`;
  } catch {
    // Kernels before 6.6 have no such setting.
  }
  return new PalisadeError(
    "LINK_UNSUPPORTED",
    `io_uring is refused here (io_uring_setup: ${errorName(errno)}${disabled}): use epoll`,
  );
}
