/**
 * Packets from a network interface by a ring of memory that the kernel fills and this process empties: packet(7) with
 * TPACKET_V3 (Documentation/networking/packet_mmap.rst). No system call is made per packet.
 *
 * The ring is a row of blocks. The kernel writes packets into one until it is full or has been open for `retireMs`, then
 * gives it to us and goes on with the next; a block that we have walked through goes back. When all blocks are ours, what
 * comes is lost and counted.
 */
import { close } from "node:fs";
import { PalisadeError } from "@palisade/base";
import {
  ETHERTYPE_SERVICE_VLAN,
  ETHERTYPE_VLAN,
  LINKTYPE_LINUX_SLL2,
  type PacketSink,
  put16,
  put32,
  u8,
} from "@palisade/wire";
import { compileExpression, FILTER_COOKED_IN_KERNEL } from "./bpf/expression.js";
import {
  BPF_ACCEPT_BYTES,
  BPF_ANCILLARY_PROTOCOL,
  BPF_ANCILLARY_VLAN_PRESENT,
  BPF_INSTRUCTIONS_MAX,
  type BpfInstruction,
  type BpfProgram,
  bpf,
  compileFilter,
  encodeProgram,
  type FrameTest,
  instruction,
  limitKept,
  needsKernel,
  verifyProgram,
} from "./bpf/program.js";
import type { DeviceStatistics } from "./device.js";
import { ARPHRD_LOOPBACK, findInterface, type NetworkInterface } from "./interfaces.js";
import {
  AF_PACKET,
  ENETDOWN,
  linkError,
  type Mapping,
  openSystem,
  type ReadinessWatch,
  SOCK_DGRAM,
  SOCK_RAW,
  type System,
} from "./system.js";

/** Default size of the ring: about 30 ms of full 1 Gbit/s, or the packets of a longer stop of a slower link. */
export const RING_BYTES = 4 * 1024 * 1024;
/** Default size of a block: room for the longest packet that offloads put together (64 KiB) and for many short ones. */
export const BLOCK_BYTES = 256 * 1024;
/** Largest ring that can be asked for: the memory is the kernel's, and none else can use it. */
export const RING_BYTES_MAX = 1024 * 1024 * 1024;
/** Default time after which a block that is not full is given to us: what a packet waits for at most. */
export const RETIRE_MS = 10;

const SOL_PACKET = 263;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_STATISTICS = 6;
const PACKET_VERSION = 10;
const PACKET_RESERVE = 12;
const PACKET_IGNORE_OUTGOING = 23;
const PACKET_MR_PROMISC = 1;
const TPACKET_V3 = 2;
/** The protocol that stands for every one (linux/if_ether.h). */
const ETH_P_ALL = 3;

/** Only what the kernel divides a block by when it checks the request; packets take the room that they need. */
const FRAME_BYTES = 2048;
const BLOCK_BYTES_MIN = 4096;
const BLOCK_BYTES_MAX = 4 * 1024 * 1024;
const RETIRE_MS_MAX = 10_000;
/** Room that the kernel leaves before each frame for a VLAN tag to be put back. */
const RESERVED_BYTES = 4;

/** struct tpacket_block_desc, in 32-bit words. */
const block = { status: 2, packets: 3, firstPacket: 4 } as const;
/** struct tpacket3_hdr, in 32-bit words; behind it a struct sockaddr_ll, in octets. */
const packet = {
  next: 0,
  seconds: 1,
  nanoseconds: 2,
  captured: 3,
  wire: 4,
  status: 5,
  offsets: 6,
  tci: 8,
  tpid: 9,
} as const;
const address = {
  protocol: 50,
  interfaceIndex: 52,
  hardwareType: 56,
  packetType: 58,
} as const;
const PACKET_HEADER_BYTES = 68;

const STATUS_KERNEL = 0;
const STATUS_USER = 1 << 0;
const STATUS_VLAN_VALID = 1 << 4;
const STATUS_VLAN_TPID_VALID = 1 << 6;
const PACKET_OUTGOING = 4;
/** IEEE 802.1Q and 802.1ad: tags that Linux takes off. */
const ETHER_TYPES_VLAN = [ETHERTYPE_VLAN, ETHERTYPE_SERVICE_VLAN] as const;
const ETHERNET_ADDRESSES_BYTES = 12;
const COOKED_HEADER_BYTES = 20;
const TAG_BYTES = 4;

/** What a ring takes in, and how much memory it holds packets in. */
export interface PacketRingOptions {
  /**
   * Which packets to take: an expression (see `compileExpression`), or a program, such as `parseDdd` reads. Default all. It
   * is attached before the first packet can come.
   */
  readonly filter?: string | BpfProgram | undefined;
  /** Also take frames that are addressed to others, where the network brings them here; no matter for `any`. Default `false`. */
  readonly promiscuous?: boolean | undefined;
  /** Keep at most so many octets of a frame, 1 … 262,144. Default all. */
  readonly snaplenBytes?: number | undefined;
  /** A multiple of `blockBytes`, two blocks at least. Default `RING_BYTES`. */
  readonly ringBytes?: number | undefined;
  /** A power of two, 4 KiB … 4 MiB. Default `BLOCK_BYTES`, or half of a smaller ring. */
  readonly blockBytes?: number | undefined;
  /** Default `RETIRE_MS`. */
  readonly retireMs?: number | undefined;
}

/** Programs of a filter: the kernel's, and a test here for frames that it cannot judge. */
interface Filter {
  readonly kernel: BpfProgram;
  /** Accepts every frame. */
  readonly all: BpfProgram;
  readonly test: FrameTest | undefined;
  /** Whether the test is for all packets, or only for those whose VLAN tag the interface had taken off. */
  readonly testAll: boolean;
}

/** Whoever waits for minutes looks so often whether the wait is still wanted, in milliseconds. */
const WAIT_MS_MAX = 250;

/** The packets of one interface, or of all: `visitBlock` while it returns true, `releaseBlock` after each, then `wait`. */
export class PacketRing {
  readonly interface: NetworkInterface;
  /** LINKTYPE_ number of all packets. */
  readonly linkType: number;
  readonly retireMs: number;
  /** Arrival of the packet that a sink is being handed: seconds since the epoch, and nanoseconds above them. */
  seconds = 0;
  nanoseconds = 0;

  readonly #system: System;
  readonly #fd: number;
  readonly #cooked: boolean;
  #filter: Filter;
  readonly #blockBytes: number;
  readonly #blocks: number;
  #mapping: Mapping | undefined;
  #watch: ReadinessWatch | undefined;
  #octets = new Uint8Array(0);
  #words = new Int32Array(0);
  /** Index of the block that is ours next. */
  #next = 0;
  #closed = false;
  #received = 0;
  #dropped = 0;
  /** Ends the wait that is going on. */
  #wake: (() => void) | undefined;

  /**
   * Opens the interface, or all of them by the name `any`. Packets are taken from then on: empty the ring, and close it.
   *
   * @throws {PalisadeError} `LINK_NOT_PERMITTED`, `LINK_NO_SUCH_INTERFACE`, `LINK_DOWN`, `LINK_NO_MEMORY`, `LINK_UNSUPPORTED`,
   *   `LINK_OPTION_INVALID`, `LINK_FAILED`; for the filter the codes of `compileExpression` and `verifyProgram`
   */
  constructor(interfaceName: string, options: PacketRingOptions = {}) {
    const ringBytes = checked(
      "ringBytes",
      options.ringBytes ?? RING_BYTES,
      2 * BLOCK_BYTES_MIN,
      RING_BYTES_MAX,
    );
    const blockBytes = options.blockBytes ?? Math.min(BLOCK_BYTES, 2 ** Math.floor(Math.log2(ringBytes / 2)));
    checked("blockBytes", blockBytes, BLOCK_BYTES_MIN, BLOCK_BYTES_MAX);
    if ((blockBytes & (blockBytes - 1)) !== 0)
      throw invalidOption("blockBytes", blockBytes, "a power of two");
    if (ringBytes % blockBytes !== 0 || ringBytes === blockBytes) {
      throw invalidOption(
        "ringBytes",
        ringBytes,
        `a multiple of ${blockBytes} (blockBytes), twice that at least`,
      );
    }
    this.retireMs = checked("retireMs", options.retireMs ?? RETIRE_MS, 1, RETIRE_MS_MAX);
    const snaplenBytes = checked(
      "snaplenBytes",
      options.snaplenBytes ?? BPF_ACCEPT_BYTES,
      1,
      BPF_ACCEPT_BYTES,
    );
    this.#system = openSystem();
    this.interface = findInterface(interfaceName);
    if (!this.interface.up) throw interfaceDown(interfaceName);
    this.linkType = this.interface.linkType;
    this.#cooked = this.linkType === LINKTYPE_LINUX_SLL2;
    this.#filter = filterFor(options.filter, this.linkType, this.#cooked, snaplenBytes);
    this.#blockBytes = blockBytes;
    this.#blocks = ringBytes / blockBytes;

    // With protocol 0 the socket takes no packets before it is bound: none comes past the filter or beside the ring.
    this.#fd = this.#system.socket(AF_PACKET, this.#cooked ? SOCK_DGRAM : SOCK_RAW, 0, interfaceName);
    try {
      this.#open(options.promiscuous ?? false);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Hands out the packets of all blocks that are ready, and gives the blocks back. */
  drain(sink: PacketSink): void {
    // At most once round: under a load that never stops, the caller still has its turn.
    for (let blocks = 0; blocks < this.#blocks; blocks += 1) {
      if (!this.visitBlock(sink)) return;
      this.releaseBlock();
    }
  }

  /**
   * Hands out the packets of the next block, in place. The octets are valid until `releaseBlock`, and a sink may overwrite
   * all from the frame's start to its end, and sixteen octets before.
   *
   * @returns false where no block is ready
   */
  visitBlock(sink: PacketSink): boolean {
    if (this.#mapping === undefined) return false;
    const words = this.#words;
    const start = this.#next * this.#blockBytes;
    // The kernel writes the status after all else; what was written before it is seen after an atomic read.
    if ((Atomics.load(words, (start >>> 2) + block.status) & STATUS_USER) === 0) return false;
    const end = start + this.#blockBytes;
    const packets = words[(start >>> 2) + block.packets]!;
    let at = start + words[(start >>> 2) + block.firstPacket]!;
    for (let index = 0; index < packets && at + PACKET_HEADER_BYTES <= end; index += 1) {
      const next = at + words[(at >>> 2) + packet.next]!;
      this.#visit(sink, at, end);
      if (next <= at) break;
      at = next;
    }
    return true;
  }

  /** Gives the block that was visited back to the kernel. */
  releaseBlock(): void {
    if (this.#mapping === undefined) return;
    Atomics.store(this.#words, ((this.#next * this.#blockBytes) >>> 2) + block.status, STATUS_KERNEL);
    this.#next = (this.#next + 1) % this.#blocks;
  }

  /**
   * Waits until a block is ready, `wake` is called or the time is over. The event loop does the waiting, and runs on.
   *
   * @param timeoutMs how long at most; of more than `WAIT_MS_MAX` no more than that is waited at once. Without it, as long as
   *   it takes, or until `wake`
   * @throws {PalisadeError} `LINK_DOWN` where the interface went down or away
   */
  async wait(timeoutMs?: number): Promise<void> {
    const watch = this.#watch;
    if (watch === undefined) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      watch.arm(resolve);
      if (timeoutMs !== undefined) timer = setTimeout(resolve, Math.min(timeoutMs, WAIT_MS_MAX));
    });
    clearTimeout(timer);
    this.#wake = undefined;
    if (this.#mapping === undefined) return;
    watch.disarm();
    const errno = this.#system.pendingError(this.#fd, this.interface.name);
    if (errno !== 0) throw linkError("poll", errno, this.interface.name);
  }

  /** Ends a wait before its time. */
  wake(): void {
    this.#wake?.();
  }

  /** Lets no further packet in. What has come is in the ring, ready within `retireMs`. */
  refuseAll(): void {
    if (this.#mapping !== undefined) this.#attach([instruction(bpf.returnConstant, 0)]);
  }

  /** Packets since the ring was opened; also after it was closed. */
  statistics(): DeviceStatistics {
    if (this.#mapping !== undefined) {
      // struct tpacket_stats_v3: packets, drops, times that the ring was full. Reading sets the kernel's counters to zero.
      const value = this.#system.option(
        this.#fd,
        SOL_PACKET,
        PACKET_STATISTICS,
        12,
        "PACKET_STATISTICS",
        this.interface.name,
      );
      const view = new DataView(value.buffer);
      this.#received += view.getUint32(0, true);
      this.#dropped += view.getUint32(4, true);
    }
    return { received: this.#received, dropped: this.#dropped };
  }

  /** Ends the capture. Packets in the ring are lost. */
  close(): void {
    if (this.#mapping !== undefined) {
      this.statistics();
      this.#mapping.release();
      this.#mapping = undefined;
    }
    if (this.#watch !== undefined) {
      this.#watch.close();
      this.#watch = undefined;
    }
    if (this.#closed) return;
    this.#closed = true;
    // On another thread: the kernel waits until no processor looks at the socket any more, 20 ms and more.
    close(this.#fd, () => {});
    this.#octets = new Uint8Array(0);
    this.#words = new Int32Array(0);
    this.wake();
  }

  #open(promiscuous: boolean): void {
    const ringBytes = this.#blocks * this.#blockBytes;
    this.#setOption(PACKET_VERSION, "PACKET_VERSION", TPACKET_V3);
    this.#setOption(PACKET_RESERVE, "PACKET_RESERVE", RESERVED_BYTES);
    this.#attachFilter();
    this.#setOption(
      PACKET_RX_RING,
      "PACKET_RX_RING",
      this.#blockBytes,
      this.#blocks,
      FRAME_BYTES,
      (this.#blockBytes / FRAME_BYTES) * this.#blocks,
      this.retireMs,
      0, // no private area
      0, // no receive hash
    );
    this.#mapping = this.#system.map(this.#fd, ringBytes, this.interface.name);
    this.#octets = new Uint8Array(this.#mapping.memory);
    this.#words = new Int32Array(this.#mapping.memory);
    if (this.interface.loopback) {
      try {
        // A packet on loopback is seen going out and coming in; before Linux 4.20 `#visit` alone leaves the first one out.
        this.#setOption(PACKET_IGNORE_OUTGOING, "PACKET_IGNORE_OUTGOING", 1);
      } catch (error) {
        if (!(error instanceof PalisadeError && error.code === "LINK_UNSUPPORTED")) throw error;
      }
    }
    this.#system.bindPacket(this.#fd, ETH_P_ALL, this.interface.index, this.interface.name);
    if (promiscuous && this.interface.index !== 0) {
      // struct packet_mreq: index, type and address length in 16 bits each, address.
      this.#setOption(
        PACKET_ADD_MEMBERSHIP,
        "PACKET_ADD_MEMBERSHIP",
        this.interface.index,
        PACKET_MR_PROMISC,
        0,
        0,
      );
    }
    this.#watch = this.#system.watch(this.#fd);
  }

  /** Sets an option of 32-bit words. */
  #setOption(option: number, what: string, ...words: readonly number[]): void {
    const value = new Uint8Array(Int32Array.from(words).buffer);
    this.#system.setOption(this.#fd, SOL_PACKET, option, value, what, this.interface.name);
  }

  /**
   * Where the kernel does not take the program, all is left to the test here: long ones may be more than it has memory for
   * (net.core.optmem_max), or jump farther in its own instructions than those can.
   */
  #attachFilter(): void {
    const { kernel, all, test } = this.#filter;
    try {
      this.#attach(kernel);
    } catch (error) {
      if (test === undefined) throw error;
      this.#filter = { kernel: all, all, test, testAll: true };
      this.#attach(all);
    }
  }

  #attach(program: BpfProgram): void {
    this.#system.attachFilter(this.#fd, encodeProgram(program, true), this.interface.name);
  }

  #visit(sink: PacketSink, at: number, end: number): void {
    const words = this.#words;
    const octets = this.#octets;
    const word = at >>> 2;
    const status = words[word + packet.status]!;
    const hardwareType = octets[at + address.hardwareType]! | (octets[at + address.hardwareType + 1]! << 8);
    if (hardwareType === ARPHRD_LOOPBACK && u8(octets, at + address.packetType) === PACKET_OUTGOING) return;
    let captured = words[word + packet.captured]!;
    let wire = words[word + packet.wire]! >>> 0;
    let frame = at + (words[word + packet.offsets]! & 0xffff);
    if (captured < 0 || frame + captured > end) return;

    const tagged = (status & STATUS_VLAN_VALID) !== 0;
    const tci = words[word + packet.tci]! & 0xffff;
    const tpid =
      (status & STATUS_VLAN_TPID_VALID) !== 0 ? words[word + packet.tpid]! & 0xffff : ETHERTYPE_VLAN;
    if (this.#cooked) {
      const room = COOKED_HEADER_BYTES + (tagged ? TAG_BYTES : 0);
      if (frame - room < at + PACKET_HEADER_BYTES) return;
      frame -= room;
      captured += room;
      wire += room;
      if (tagged) {
        put16(octets, frame + COOKED_HEADER_BYTES, tci);
        octets.copyWithin(frame + COOKED_HEADER_BYTES + 2, at + address.protocol, at + address.protocol + 2);
        put16(octets, at + address.protocol, tpid);
      }
      // LINUX_SLL2: protocol, two octets of zeros, interface index, ARPHRD_ type, packet type, address length, address.
      octets.copyWithin(frame, at + address.protocol, at + address.protocol + 2);
      put16(octets, frame + 2, 0);
      put32(octets, frame + 4, words[word + (address.interfaceIndex >>> 2)]!);
      put16(octets, frame + 8, hardwareType);
      octets.copyWithin(frame + 10, at + address.packetType, at + address.packetType + 10);
    } else if (tagged && captured >= ETHERNET_ADDRESSES_BYTES) {
      if (frame - TAG_BYTES < at + PACKET_HEADER_BYTES) return;
      frame -= TAG_BYTES;
      octets.copyWithin(frame, frame + TAG_BYTES, frame + TAG_BYTES + ETHERNET_ADDRESSES_BYTES);
      put16(octets, frame + ETHERNET_ADDRESSES_BYTES, tpid);
      put16(octets, frame + ETHERNET_ADDRESSES_BYTES + 2, tci);
      captured += TAG_BYTES;
      wire += TAG_BYTES;
    }
    const { test, testAll } = this.#filter;
    if (test !== undefined && (testAll || tagged) && !test(octets, frame, captured, wire)) return;

    this.seconds = words[word + packet.seconds]! >>> 0;
    this.nanoseconds = words[word + packet.nanoseconds]! >>> 0;
    sink.packet(
      octets,
      frame,
      captured,
      wire,
      this.seconds * 1_000_000 + this.nanoseconds / 1000,
      this.linkType,
      words[word + (address.interfaceIndex >>> 2)]!,
    );
  }
}

/**
 * An expression means the same here as over a capture file. So where VLAN tags are taken off before the kernel's filter
 * sees the frame, the kernel lets the frame through, and it is judged here with its tag put back.
 */
function filterFor(
  filter: string | BpfProgram | undefined,
  linkType: number,
  cooked: boolean,
  snaplenBytes: number,
): Filter {
  const all = [instruction(bpf.returnConstant, snaplenBytes)];
  if (filter === undefined) return { kernel: all, all, test: undefined, testAll: false };
  if (typeof filter !== "string") {
    verifyProgram(filter);
    // A program of somebody else's for cooked packets expects a header that the kernel's filter does not see.
    if (cooked) return { kernel: all, all, test: compileFilter(filter), testAll: true };
    const limited = limitKept(filter, snaplenBytes);
    // One that asks the kernel about tags knows what to do with them.
    if (needsKernel(filter)) return { kernel: limited, all, test: undefined, testAll: false };
    return { kernel: pastTags(limited, all), all, test: compileFilter(filter), testAll: false };
  }
  const test = compileFilter(compileExpression(filter, { linkType }));
  if (!cooked) {
    const kernel = pastTags(compileExpression(filter, { linkType, snaplenBytes }), all);
    return { kernel, all, test, testAll: false };
  }
  // What is sent with a tag in the frame comes past the filter before the ring sorts out tag and protocol.
  let kernel = compileExpression(filter, { linkType: FILTER_COOKED_IN_KERNEL, snaplenBytes });
  for (const etherType of ETHER_TYPES_VLAN) {
    kernel = past(instruction(bpf.loadHalf, BPF_ANCILLARY_PROTOCOL), etherType, kernel, all);
  }
  return { kernel: pastTags(kernel, all), all, test, testAll: true };
}

/** Runs `all` for packets whose tag was taken off, `program` for others. */
function pastTags(program: BpfProgram, all: BpfProgram): BpfProgram {
  return past(instruction(bpf.loadWord, BPF_ANCILLARY_VLAN_PRESENT), 1, program, all);
}

/** Runs `all` where what is loaded equals `k`, else `program`. */
function past(load: BpfInstruction, k: number, program: BpfProgram, all: BpfProgram): BpfProgram {
  const whole = [load, instruction(bpf.jumpEqual, k, 0, all.length), ...all, ...program];
  if (whole.length > BPF_INSTRUCTIONS_MAX) {
    throw new PalisadeError(
      "FILTER_TOO_LONG",
      `the filter program needs ${whole.length} instructions, the kernel takes ${BPF_INSTRUCTIONS_MAX}`,
    );
  }
  return whole;
}

function interfaceDown(name: string): PalisadeError {
  return linkError("bind", ENETDOWN, name);
}

function checked(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidOption(name, value, `a whole number, ${least} to ${most}`);
}

function invalidOption(name: string, value: number, wanted: string): PalisadeError {
  return new PalisadeError("LINK_OPTION_INVALID", `${name} is ${value}: give ${wanted}`);
}
