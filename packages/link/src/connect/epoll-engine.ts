/**
 * Connects by epoll(7): non-blocking sockets that tell when something has happened to them.
 *
 * What came of a connect is asked by a second connect(2) on the socket. It gives the error as SO_ERROR would, and, as SO_ERROR
 * does not, brings the socket back to where it can be used for another connect; without that the next one fails with
 * ECONNABORTED (net/ipv4/af_inet.c, `__inet_stream_connect`).
 */
import { PalisadeError } from "@palisade/base";
import { errorName, type KernelCall, type Memory, type System } from "../system.js";
import { ERRNO } from "./connector.js";
import type { ConnectEngine, EngineSlots, SlotAddresses } from "./engine.js";
import { noDescriptors } from "./no-descriptors.js";

const SOCK_NONBLOCK = 0x800;
const EPOLL_CLOEXEC = 0x8_0000;
const EPOLL_CTL_ADD = 1;
const EPOLLOUT = 0x4;
const EPOLLET = 0x8000_0000;
/** struct epoll_event is packed on x86-64 and nowhere else (linux/eventpoll.h). */
const EVENT_BYTES = process.arch === "x64" ? 12 : 16;
const EVENT_DATA_AT = EVENT_BYTES - 8;
/** Events taken with one call. */
const EVENTS_MAX = 256;
/** Calls in one turn, so that timeouts and new attempts have theirs. */
const WAITS_MAX = 4;
const LITTLE_ENDIAN = true;

export class EpollEngine implements ConnectEngine {
  readonly name = "epoll";
  readonly socketFlags = SOCK_NONBLOCK;
  readonly watchedFd: number;
  /** Connects go to the kernel as they are begun. */
  readonly pending = false;
  readonly #system: System;
  readonly #slots: EngineSlots;
  readonly #connect: KernelCall;
  readonly #epollCtl: KernelCall;
  readonly #epollWait: KernelCall;
  readonly #events: Memory;
  /** A big integer for each slot: made once, because each one made is garbage. */
  readonly #addresses: readonly bigint[];
  #closed = false;

  /** @throws {PalisadeError} `LINK_UNSUPPORTED` where the kernel refuses, `LINK_NO_DESCRIPTORS` */
  constructor(system: System, slots: EngineSlots, slotCount: number, addresses: SlotAddresses) {
    this.#system = system;
    this.#slots = slots;
    this.#connect = system.door("connect", "int", ["int", "void *", "uint"]);
    this.#epollCtl = system.door("epoll_ctl", "int", ["int", "int", "int", "void *"]);
    this.#epollWait = system.door("epoll_wait", "int", ["int", "void *", "int", "int"]);
    this.#addresses = Array.from(
      { length: slotCount },
      (_, slot) => addresses.base + BigInt(addresses.offset + slot * addresses.stride),
    );
    this.watchedFd = system.door("epoll_create1", "int", ["int"])(EPOLL_CLOEXEC);
    if (this.watchedFd < 0) {
      const errno = system.errno();
      if (errno === ERRNO.EMFILE || errno === ERRNO.ENFILE) throw noDescriptors("epoll_create1", errno);
      throw new PalisadeError(
        "LINK_UNSUPPORTED",
        `this kernel gives no epoll (epoll_create1: ${errorName(errno)}): connect with "node"`,
      );
    }
    try {
      // One place more than is waited for: where `adopt` writes.
      this.#events = system.allocate((EVENTS_MAX + 1) * EVENT_BYTES, "connects");
    } catch (error) {
      system.close(this.watchedFd);
      throw error;
    }
  }

  adopt(slot: number, fd: number): number {
    const at = EVENTS_MAX * EVENT_BYTES;
    const { view, address } = this.#events;
    view.setUint32(at, EPOLLOUT | EPOLLET, LITTLE_ENDIAN);
    view.setUint32(at + EVENT_DATA_AT, slot, LITTLE_ENDIAN);
    view.setUint32(at + EVENT_DATA_AT + 4, 0, LITTLE_ENDIAN);
    return this.#epollCtl(this.watchedFd, EPOLL_CTL_ADD, fd, address + BigInt(at)) < 0
      ? this.#system.errno()
      : 0;
  }

  start(slot: number): void {
    const errno = this.#connectSlot(slot);
    if (errno !== ERRNO.EINPROGRESS) this.#slots.settled(slot, errno);
  }

  cancel(slot: number): void {
    this.#slots.settled(slot, ERRNO.ECANCELED);
  }

  hand(): void {}

  reap(): void {
    for (let waits = 0; waits < WAITS_MAX; waits += 1) {
      const events = this.#epollWait(this.watchedFd, this.#events.address, EVENTS_MAX, 0);
      for (let index = 0; index < events; index += 1) {
        const slot = this.#events.view.getUint32(index * EVENT_BYTES + EVENT_DATA_AT, LITTLE_ENDIAN);
        // An event may be of an earlier connect of the slot. Where the present one goes on, the kernel says so.
        if (!this.#slots.isFlying(slot)) continue;
        const errno = this.#connectSlot(slot);
        if (errno !== ERRNO.EALREADY && errno !== ERRNO.EINPROGRESS) this.#slots.settled(slot, errno);
      }
      if (events < EVENTS_MAX) return;
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#system.close(this.watchedFd);
    this.#events.release();
  }

  #connectSlot(slot: number): number {
    const result = this.#connect(
      this.#slots.fdOf(slot),
      this.#addresses[slot]!,
      this.#slots.addressBytesOf(slot),
    );
    return result < 0 ? this.#system.errno() : 0;
  }
}
