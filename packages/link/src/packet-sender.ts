/**
 * Packets to the network in batches: sendmmsg(2) over a packet socket (packet(7)) or a raw socket (raw(7)).
 *
 * Packets are written into slots of one mapping, which also holds the headers that the kernel reads them by. Those are laid
 * out once; per packet only its length is written, and its destination where the kernel looks up routes. A batch is one
 * system call. Nothing is allocated per packet, nor per batch but what another thread is told (`sendAside`).
 *
 * **What happens to a packet that the kernel does not take.** Where a queue is full (EAGAIN, ENOBUFS) the batch stops there,
 * and the rest may be sent again. Where the device is at fault (it is down, or gone), `send` throws; if the batch was under
 * way, it returns the number so far, and the next call throws. Where the packet itself is at fault (too long, no route to its
 * address, refused by a rule of this machine), it is passed over and counted as rejected, `rejection` says why of the first,
 * and the rest of the batch goes out.
 */
import { close } from "node:fs";
import { assert, PalisadeError } from "@palisade/base";
import { formatIpAddress, IPV4_BYTES, IPV6_BYTES } from "@palisade/wire";
import { bpf, encodeProgram, instruction } from "./bpf/program.js";
import { ARPHRD_ETHER, type NetworkInterface } from "./interfaces.js";
import { SOCKADDR4_BYTES, SOCKADDR6_BYTES, sockaddr } from "./socket-address.js";
import {
  type Address,
  AF_INET,
  AF_INET6,
  AF_PACKET,
  EACCES,
  ENETDOWN,
  ENOBUFS,
  EPERM,
  errorName,
  type KernelCall,
  type KernelCallAside,
  type KernelType,
  linkError,
  type Memory,
  openSystem,
  SOCK_RAW,
  SOL_SOCKET,
  type System,
} from "./system.js";

/** Default number of slots. A larger batch is not faster: past 64 packets the cost of the call no longer shows. */
export const SLOTS = 256;
/** Default size of a slot: a probe of most kinds. */
export const SLOT_BYTES = 256;

/** What the kernel takes in one call (UIO_MAXIOV). */
const SLOTS_MAX = 1024;
/** A slot begins where a cache line does, so that neighbours do not share one. */
const SLOT_ALIGNMENT_BYTES = 64;
/** The longest IP packet with an Ethernet header, rounded up to whole cache lines. */
const SLOT_BYTES_MAX = 65_600;
const SEND_BUFFER_BYTES_MIN = 4096;
const SEND_BUFFER_BYTES_MAX = 1024 * 1024 * 1024;

const SO_SNDBUF = 7;
const SO_BINDTODEVICE = 25;
const SO_SNDBUFFORCE = 32;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
const IPPROTO_IP = 0;
const IPPROTO_IPV6 = 41;
const IPPROTO_RAW = 255;
const IP_RECVERR = 11;
const IPV6_RECVERR = 25;
const MSG_DONTWAIT = 0x40;

const EAGAIN = 11;
const EINVAL = 22;
const EPROTO = 71;
const EDESTADDRREQ = 89;
const EMSGSIZE = 90;
const ENOPROTOOPT = 92;
const EADDRNOTAVAIL = 99;
const ENETUNREACH = 101;
const ECONNREFUSED = 111;
const EHOSTDOWN = 112;
const EHOSTUNREACH = 113;

/** Errors that say something about one packet, and nothing about the next. */
const ERRORS_OF_PACKET: readonly number[] = [
  EPERM,
  EACCES,
  EINVAL,
  EPROTO,
  EDESTADDRREQ,
  EMSGSIZE,
  ENOPROTOOPT,
  EADDRNOTAVAIL,
  ENETUNREACH,
  ECONNREFUSED,
  EHOSTDOWN,
  EHOSTUNREACH,
];
/** Where the kernel picks the device by the address, one that is down concerns the packets that go there. */
const ERRORS_OF_IP_PACKET: readonly number[] = [...ERRORS_OF_PACKET, ENETDOWN];

/** struct mmsghdr and struct iovec of 64-bit Linux, in octets. */
const message = { name: 0, nameBytes: 8, vector: 16, vectors: 24 } as const;
const MESSAGE_BYTES = 64;
const vector = { base: 0, bytes: 8 } as const;
const VECTOR_BYTES = 16;
/** Room for a socket address of either family. */
const NAME_ROOM_BYTES = 32;
/** Where the destination lies in the IP header (RFC 791 §3.1, RFC 8200 §3). */
const DESTINATION4 = 16;
const DESTINATION6 = 24;
const ETHERNET_BYTES = 14;

const LITTLE_ENDIAN = true;
const SENDMMSG_VALUES: readonly KernelType[] = ["int", "void *", "uint", "int"];

/** What a sender has room for. */
export interface PacketSenderOptions {
  /** Packets of a batch, 1 … 1,024. Default `SLOTS`. */
  readonly slots?: number | undefined;
  /**
   * Octets of a slot, link header included: 64 … 65,600, rounded up to a multiple of 64. Default `SLOT_BYTES`. Slots that are
   * longer than what is sent cost nothing but memory, unless their length is a high power of two: then they share few sets of
   * the processor's cache.
   */
  readonly slotBytes?: number | undefined;
  /**
   * Octets of packets that may wait in the kernel, with its own accounting: 4 KiB … 1 GiB. Default: as the kernel is
   * configured (net.core.wmem_default).
   */
  readonly sendBufferBytes?: number | undefined;
}

export interface EthernetSenderOptions extends PacketSenderOptions {
  /**
   * Hand frames to the driver past the interface's queueing discipline, and so past limits and accounts that are kept there.
   * Default `false`.
   */
  readonly bypassQueue?: boolean | undefined;
}

export interface IpSenderOptions extends PacketSenderOptions {
  /** Send through this interface alone; link-local addresses of IPv6 need it. Default: as the kernel's routes say. */
  readonly interface?: NetworkInterface | undefined;
}

/** What became of packets since the sender was opened. */
export interface SenderStatistics {
  /** Packets that the kernel took. */
  readonly sent: number;
  /** Times that the kernel had no room (ENOBUFS, EAGAIN). */
  readonly refused: number;
  /** Packets that were passed over, because no later try would have sent them. */
  readonly rejected: number;
  /** Those of `rejected` that this machine's own firewall refused: EPERM, which a rule that drops or rejects output gives. */
  readonly firewalled: number;
}

/** What became of a batch that was sent aside: how many slots are done with, or why nothing was sent. */
export type SendDone = (taken: number, failure: unknown) => void;

/** A batch of packets that is written in place and sent in one call. */
export interface PacketSender {
  /** All slots, one after the other: slot n begins at n * `slotBytes`. The caller writes link header and IP packet there. */
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  /** Octets of the link header at a slot's start: 14 on Ethernet, 0 where IP packets are sent. */
  readonly linkBytes: number;
  /**
   * Says how long what stands in a slot is, in octets, link header included; 0 … `slotBytes`. It holds until it is said anew.
   */
  set(slot: number, bytes: number): void;
  /**
   * Hands `count` slots from `first` on to the kernel, without waiting. Where IP packets are sent, the destination is read from
   * each one's own header.
   *
   * @param first default 0
   * @returns how many slots are done with, from the first on: sent, or rejected. The rest may be sent again: a queue was full
   * @throws {PalisadeError} `LINK_DOWN`, `LINK_NO_SUCH_INTERFACE`, `LINK_NO_MEMORY`, `LINK_FAILED` where the device is at fault
   *   and nothing was sent by this call
   */
  send(count: number, first?: number): number;
  /**
   * As `send`, on another thread (libuv's), so that the next slots can be written meanwhile: on a local link the kernel does all
   * the work of a packet, and that of its answer, within the call. The slots belong to the sender until `done` is called, once, in a
   * later turn of the event loop, with what `send` returns or throws. Batches that are under way at the same time leave in no order.
   */
  sendAside(count: number, first: number, done: SendDone): void;
  readonly statistics: SenderStatistics;
  /**
   * Why the first of the rejected packets was: `LINK_NO_ROUTE`, `LINK_PACKET_TOO_LONG`, `LINK_PACKET_REFUSED` (a rule of this
   * machine) or `LINK_FAILED`.
   */
  readonly rejection: PalisadeError | undefined;
  /** Ends sending; packets that the kernel took still leave. The slots' octets read as zeros from then on. */
  close(): void;
}

/**
 * Opens an Ethernet interface for frames without their check sequence. They leave as they were written, whatever the
 * kernel's routes, neighbours and firewall for IP say; a rule that drops at the interface's egress looks like a queue that
 * stays full.
 *
 * @throws {PalisadeError} `LINK_NOT_PERMITTED`, `LINK_NO_SUCH_INTERFACE`, `LINK_DOWN`, `LINK_NO_MEMORY`, `LINK_UNSUPPORTED`
 *   (platform, or an interface without Ethernet: use `openIpSender`), `LINK_OPTION_INVALID`, `LINK_FAILED`
 */
export function openEthernetSender(
  networkInterface: NetworkInterface,
  options: EthernetSenderOptions = {},
): PacketSender {
  const { name: subject, hardwareType, index, up } = networkInterface;
  const shape = shapeOf(options);
  if (hardwareType !== ARPHRD_ETHER) {
    throw new PalisadeError(
      "LINK_UNSUPPORTED",
      `interface ${subject} sends no Ethernet frames (hardware type ${hardwareType}): send IP packets there`,
    );
  }
  if (!up) throw linkError("bind", ENETDOWN, subject, "send");
  const system = openSystem();
  // Protocol 0: the socket takes in nothing.
  const fd = system.socket(AF_PACKET, SOCK_RAW, 0, subject, "send");
  return orClosed(system, fd, () => {
    system.bindPacket(fd, 0, index, subject, "send");
    setSendBuffer(system, fd, options.sendBufferBytes, subject);
    if (options.bypassQueue === true) {
      system.setOption(fd, SOL_PACKET, PACKET_QDISC_BYPASS, word(1), "PACKET_QDISC_BYPASS", subject, "send");
    }
    return new BatchSender(system, fd, subject, shape, undefined, index);
  });
}

/**
 * Opens a raw socket for whole IP packets, header included, that the kernel routes: for loopback, where frames of a packet
 * socket are dropped as martian, and for interfaces of bare IP. Packets pass the firewall's output rules.
 *
 * The kernel writes the total length and the header checksum of IPv4 itself, and the identification and source address
 * where they are zero (raw(7)). IPv6 packets leave as written. Neither is fragmented.
 *
 * @throws {PalisadeError} `LINK_NOT_PERMITTED`, `LINK_NO_SUCH_INTERFACE`, `LINK_DOWN`, `LINK_NO_MEMORY`, `LINK_UNSUPPORTED`,
 *   `LINK_OPTION_INVALID`, `LINK_FAILED`
 */
export function openIpSender(ipVersion: 4 | 6, options: IpSenderOptions = {}): PacketSender {
  const shape = shapeOf(options);
  const { interface: bound } = options;
  const subject = bound?.name ?? "any interface";
  if (bound !== undefined && !bound.up) throw linkError("bind", ENETDOWN, subject, "send");
  const system = openSystem();
  const fd = system.socket(ipVersion === 4 ? AF_INET : AF_INET6, SOCK_RAW, IPPROTO_RAW, subject, "send");
  return orClosed(system, fd, () => {
    // Packets of protocol 255 would pile up where nobody reads them.
    system.attachFilter(fd, encodeProgram([instruction(bpf.returnConstant, 0)], true), subject, "send");
    // Without it a raw socket says "sent" of packets that a full queue dropped (raw(7): "Unless IP_RECVERR is enabled").
    if (ipVersion === 4) {
      system.setOption(fd, IPPROTO_IP, IP_RECVERR, word(1), "IP_RECVERR", subject, "send");
    } else {
      system.setOption(fd, IPPROTO_IPV6, IPV6_RECVERR, word(1), "IPV6_RECVERR", subject, "send");
    }
    if (bound !== undefined) {
      const text = new TextEncoder().encode(`${bound.name}\0`);
      system.setOption(fd, SOL_SOCKET, SO_BINDTODEVICE, text, "SO_BINDTODEVICE", subject, "send");
    }
    setSendBuffer(system, fd, options.sendBufferBytes, subject);
    return new BatchSender(system, fd, subject, shape, ipVersion, bound?.index ?? 0);
  });
}

interface Shape {
  readonly slots: number;
  readonly slotBytes: number;
}

/** Both kinds: they differ in whether messages name a destination. */
class BatchSender implements PacketSender {
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly linkBytes: number;

  readonly #system: System;
  readonly #fd: number;
  readonly #subject: string;
  /** `undefined` for frames. */
  readonly #ipVersion: 4 | 6 | undefined;
  readonly #memory: Memory;
  /** The whole mapping in 32-bit words. */
  readonly #words: Uint32Array;
  readonly #messages: Address;
  /** Where vectors and names begin, in octets. */
  readonly #vectorsAt: number;
  readonly #namesAt: number;
  readonly #errorsOfPacket: readonly number[];
  readonly #sendmmsg: KernelCall;
  /** The same, on another thread. */
  readonly #sendmmsgAside: KernelCallAside;
  /** Batches that another thread is sending. */
  #aside = 0;
  #closed = false;
  #sent = 0;
  #refused = 0;
  #rejected = 0;
  #firewalled = 0;
  #rejection: PalisadeError | undefined;

  constructor(
    system: System,
    fd: number,
    subject: string,
    shape: Shape,
    ipVersion: 4 | 6 | undefined,
    interfaceIndex: number,
  ) {
    const { slots, slotBytes } = shape;
    this.#system = system;
    this.#fd = fd;
    this.#subject = subject;
    this.#ipVersion = ipVersion;
    this.#errorsOfPacket = ipVersion === undefined ? ERRORS_OF_PACKET : ERRORS_OF_IP_PACKET;
    this.slots = slots;
    this.slotBytes = slotBytes;
    this.linkBytes = ipVersion === undefined ? ETHERNET_BYTES : 0;
    this.#sendmmsg = system.door("sendmmsg", "int", SENDMMSG_VALUES);
    this.#sendmmsgAside = system.doorAside("sendmmsg", "int", SENDMMSG_VALUES);

    const messagesAt = slots * slotBytes;
    this.#vectorsAt = messagesAt + slots * MESSAGE_BYTES;
    this.#namesAt = this.#vectorsAt + slots * VECTOR_BYTES;
    this.#memory = allocated(system, this.#namesAt + slots * NAME_ROOM_BYTES, subject);
    const { address, octets, view } = this.#memory;
    this.octets = octets.subarray(0, messagesAt);
    this.#words = new Uint32Array(octets.buffer, 0, octets.length >>> 2);
    this.#messages = address + BigInt(messagesAt);
    for (let slot = 0; slot < slots; slot += 1) {
      const messageAt = messagesAt + slot * MESSAGE_BYTES;
      const vectorAt = this.#vectorsAt + slot * VECTOR_BYTES;
      view.setBigUint64(messageAt + message.vector, address + BigInt(vectorAt), LITTLE_ENDIAN);
      view.setBigUint64(messageAt + message.vectors, 1n, LITTLE_ENDIAN);
      view.setBigUint64(vectorAt + vector.base, address + BigInt(slot * slotBytes), LITTLE_ENDIAN);
      if (ipVersion === undefined) continue;
      const nameAt = this.#namesAt + slot * NAME_ROOM_BYTES;
      view.setBigUint64(messageAt + message.name, address + BigInt(nameAt), LITTLE_ENDIAN);
      view.setUint32(
        messageAt + message.nameBytes,
        ipVersion === 4 ? SOCKADDR4_BYTES : SOCKADDR6_BYTES,
        LITTLE_ENDIAN,
      );
      view.setUint16(nameAt + sockaddr.family, ipVersion === 4 ? AF_INET : AF_INET6, LITTLE_ENDIAN);
      if (ipVersion === 6) view.setUint32(nameAt + sockaddr.scope, interfaceIndex, LITTLE_ENDIAN);
    }
  }

  get statistics(): SenderStatistics {
    return {
      sent: this.#sent,
      refused: this.#refused,
      rejected: this.#rejected,
      firewalled: this.#firewalled,
    };
  }

  get rejection(): PalisadeError | undefined {
    return this.#rejection;
  }

  set(slot: number, bytes: number): void {
    assert(Number.isInteger(slot) && slot >= 0 && slot < this.slots, "packet sender: there is such a slot");
    assert(
      Number.isInteger(bytes) && bytes >= 0 && bytes <= this.slotBytes,
      "packet sender: a packet fits into its slot",
    );
    this.#words[(this.#vectorsAt + slot * VECTOR_BYTES + vector.bytes) >>> 2] = bytes;
  }

  send(count: number, first = 0): number {
    this.#prepare(count, first);
    return this.#send(count, first, 0);
  }

  sendAside(count: number, first: number, done: SendDone): void {
    this.#prepare(count, first);
    this.#aside += 1;
    this.#sendmmsgAside(this.#fd, this.#messageAt(first), count, MSG_DONTWAIT, (_, taken) => {
      this.#aside -= 1;
      if (this.#closed) {
        if (this.#aside === 0) this.#release();
        done(count, undefined);
        return;
      }
      if (taken > 0) this.#sent += taken;
      // The error's number stayed on the other thread: asking again tells it, and goes on behind what cannot be sent.
      let all = taken;
      let failure: unknown;
      if (taken < count) {
        try {
          all = this.#send(count, first, Math.max(0, taken));
        } catch (error) {
          failure = error;
          all = 0;
        }
      }
      done(all, failure);
    });
  }

  #messageAt(slot: number): Address {
    return slot === 0 ? this.#messages : this.#messages + BigInt(slot * MESSAGE_BYTES);
  }

  #prepare(count: number, first: number): void {
    assert(
      Number.isInteger(count) &&
        Number.isInteger(first) &&
        count >= 0 &&
        first >= 0 &&
        first + count <= this.slots,
      "packet sender: so many slots there are",
    );
    // The descriptor's number may be somebody else's by now.
    assert(!this.#closed, "packet sender: it is open");
    if (this.#ipVersion !== undefined) this.#name(count, first);
  }

  /** Sends what is left of a batch of which `already` slots are done with. */
  #send(count: number, first: number, already: number): number {
    let done = already;
    let failedAt = -1;
    while (done < count) {
      const taken = this.#sendmmsg(this.#fd, this.#messageAt(first + done), count - done, MSG_DONTWAIT);
      if (taken > 0) {
        done += taken;
        this.#sent += taken;
        continue;
      }
      const errno = this.#system.errno();
      if (errno === EAGAIN || errno === ENOBUFS) {
        this.#refused += 1;
        return done;
      }
      // An error that waited on the socket (an ICMP message about an earlier packet) is told once, by whichever call comes
      // next. Only what is said twice is about this packet.
      if (failedAt !== done) {
        failedAt = done;
        continue;
      }
      if (!this.#errorsOfPacket.includes(errno)) {
        if (done > 0) return done;
        throw linkError("sendmmsg", errno, this.#subject, "send");
      }
      this.#rejected += 1;
      if (errno === EPERM) this.#firewalled += 1;
      this.#rejection ??= this.#packetError(errno, first + done);
      done += 1;
    }
    return done;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    // What another thread is sending needs both.
    if (this.#aside === 0) this.#release();
  }

  #release(): void {
    // On another thread, as a ring's.
    close(this.#fd, () => {});
    this.#memory.release();
  }

  /** Copies the destinations of slots to where the kernel looks for them. */
  #name(count: number, first: number): void {
    const words = this.#words;
    const step = this.slotBytes >>> 2;
    let nameWord = (this.#namesAt + first * NAME_ROOM_BYTES) >>> 2;
    let word = first * step;
    if (this.#ipVersion === 4) {
      for (let slot = 0; slot < count; slot += 1) {
        // The version's four bits: the high ones of the first octet. A wrong one would send to an address that nobody named.
        assert((words[word]! & 0xf0) === 0x40, "packet sender: what is sent is IPv4");
        words[nameWord + (sockaddr.address4 >>> 2)] = words[word + (DESTINATION4 >>> 2)]!;
        word += step;
        nameWord += NAME_ROOM_BYTES >>> 2;
      }
      return;
    }
    for (let slot = 0; slot < count; slot += 1) {
      assert((words[word]! & 0xf0) === 0x60, "packet sender: what is sent is IPv6");
      const from = word + (DESTINATION6 >>> 2);
      const to = nameWord + (sockaddr.address6 >>> 2);
      words[to] = words[from]!;
      words[to + 1] = words[from + 1]!;
      words[to + 2] = words[from + 2]!;
      words[to + 3] = words[from + 3]!;
      word += step;
      nameWord += NAME_ROOM_BYTES >>> 2;
    }
  }

  #packetError(errno: number, slot: number): PalisadeError {
    const bytes = this.#words[(this.#vectorsAt + slot * VECTOR_BYTES + vector.bytes) >>> 2]!;
    const start = slot * this.slotBytes;
    const packet =
      this.#ipVersion === undefined
        ? `a frame of ${bytes} octets`
        : this.#ipVersion === 4
          ? `a packet of ${bytes} octets to ${formatIpAddress(this.octets, start + DESTINATION4, IPV4_BYTES)}`
          : `a packet of ${bytes} octets to ${formatIpAddress(this.octets, start + DESTINATION6, IPV6_BYTES)}`;
    const what = `${packet} was not sent on ${this.#subject}`;
    switch (errno) {
      case ENETUNREACH:
      case EHOSTUNREACH:
      case EHOSTDOWN:
      case ENETDOWN:
        return new PalisadeError(
          "LINK_NO_ROUTE",
          `${what}: the kernel has no route (${errorName(errno)}): add one (ip route add), or leave the address out`,
        );
      case EMSGSIZE:
        return new PalisadeError(
          "LINK_PACKET_TOO_LONG",
          `${what}: it is longer than the interface's MTU: send less at once`,
        );
      case EPERM:
        return new PalisadeError(
          "LINK_PACKET_REFUSED",
          `${what}: this machine's firewall refuses it: allow it there (nft list ruleset), or leave the address out`,
        );
      case EACCES:
        return new PalisadeError(
          "LINK_PACKET_REFUSED",
          `${what}: a route prohibits it, or the address is a broadcast: leave the address out`,
        );
      default:
        return new PalisadeError("LINK_FAILED", `${what}: sendmmsg: ${errorName(errno)}`);
    }
  }
}

function shapeOf(options: PacketSenderOptions): Shape {
  const slots = checked("slots", options.slots ?? SLOTS, 1, SLOTS_MAX);
  const asked = checked("slotBytes", options.slotBytes ?? SLOT_BYTES, SLOT_ALIGNMENT_BYTES, SLOT_BYTES_MAX);
  if (options.sendBufferBytes !== undefined) {
    checked("sendBufferBytes", options.sendBufferBytes, SEND_BUFFER_BYTES_MIN, SEND_BUFFER_BYTES_MAX);
  }
  return { slots, slotBytes: Math.ceil(asked / SLOT_ALIGNMENT_BYTES) * SLOT_ALIGNMENT_BYTES };
}

/** @throws {PalisadeError} `LINK_OPTION_INVALID` where the machine's bound is lower, and this process may not lift it */
function setSendBuffer(system: System, fd: number, bytes: number | undefined, subject: string): void {
  if (bytes === undefined) return;
  system.setOption(fd, SOL_SOCKET, SO_SNDBUF, word(bytes), "SO_SNDBUF", subject, "send");
  if (sendBufferBytes(system, fd, subject) >= bytes) return;
  try {
    system.setOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, word(bytes), "SO_SNDBUFFORCE", subject, "send");
  } catch (cause) {
    throw new PalisadeError(
      "LINK_OPTION_INVALID",
      `sendBufferBytes is ${bytes}, and this machine allows ${sendBufferBytes(system, fd, subject)}: ` +
        `ask for less, or raise it (sysctl net.core.wmem_max=${bytes})`,
      { cause },
    );
  }
}

/** As it was asked for: the kernel doubles it for its own accounting, and tells the double (socket(7)). */
function sendBufferBytes(system: System, fd: number, subject: string): number {
  const value = system.option(fd, SOL_SOCKET, SO_SNDBUF, 4, "SO_SNDBUF", subject);
  return new DataView(value.buffer).getUint32(0, LITTLE_ENDIAN) / 2;
}

/** @throws {PalisadeError} `LINK_NO_MEMORY`, in the words of sending */
function allocated(system: System, bytes: number, subject: string): Memory {
  try {
    return system.allocate(bytes, subject);
  } catch {
    throw linkError("mmap", system.errno(), subject, "send");
  }
}

function orClosed<T>(system: System, fd: number, open: () => T): T {
  try {
    return open();
  } catch (error) {
    system.close(fd);
    throw error;
  }
}

function word(value: number): Uint8Array {
  return new Uint8Array(Uint32Array.of(value).buffer);
}

function checked(what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new PalisadeError(
    "LINK_OPTION_INVALID",
    `${what} is ${value}: give a whole number, ${least} to ${most}`,
  );
}
