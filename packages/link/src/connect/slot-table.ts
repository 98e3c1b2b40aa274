/**
 * Slots: sockets that are used again and again, and what becomes of their attempts.
 *
 * A slot holds a socket of one family, and one attempt at a time. A socket whose connect failed takes the next attempt; one
 * that was connected is closed with a reset (SO_LINGER of no time, socket(7)), so that no TIME_WAIT stays behind.
 *
 * What looks like a connection need not be one. A socket that happens to be given the port it connects to, on an own address,
 * meets itself, and two of ours that connect to each other's ports meet as well (simultaneous open, RFC 9293 §3.5). Both are
 * found by comparing addresses, and tried again from other ports.
 */
import { assert, PalisadeError } from "@palisade/base";
import { emitSocketAddress, SOCKADDR4_BYTES, SOCKADDR6_BYTES, sockaddr } from "../socket-address.js";
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  errorName,
  IPPROTO_TCP,
  type KernelCall,
  type Memory,
  SO_ERROR,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
  type System,
} from "../system.js";
import {
  type Attempt,
  type AttemptSource,
  CONNECT_RESETS_MAX,
  CONNECT_TRIES_MAX,
  ERRNO,
  REST_MS,
} from "./connector.js";
import type { ConnectEngine, EngineSlots, SlotAddresses } from "./engine.js";
import { BARE, IdleSlots, NO_SLOT } from "./idle-slots.js";
import { ANY4, ANY6, LocalEnds } from "./local-ends.js";
import { noDescriptors } from "./no-descriptors.js";
import { type ExpirySink, TimerWheel } from "./timer-wheel.js";

const SOL_IP = 0;
const IP_BIND_ADDRESS_NO_PORT = 24;
const SO_LINGER = 13;
const MSG_DONTWAIT = 0x40;
const MSG_ERRQUEUE = 0x2000;
/** Errors that a socket is relieved of at a time; a connect leaves one, or one for each repeated SYN. */
const ERRORS_LEFT_MAX = 8;

/** What calls are shown lies before the slots' addresses. */
const scratch = {
  linger: 0,
  one: 8,
  length: 16,
  unspecified: 32,
  source: 64,
  local: 96,
  peer: 128,
  error: 160,
  message: 192,
} as const;
const SLOTS_AT = 256;
const SLOT_BYTES = 32;

const IDLE = 0;
const FLYING = 1;
const CANCELLING = 2;
const RESTING = 3;

const NO_SOCKET = -1;
const LITTLE_ENDIAN = true;

const PORTS = 65_536;

/** What met a socket that says it is connected. */
const MET_PEER = 0;
const MET_ITSELF = 1;
const MET_SIBLING = 2;
const MET_NOBODY = 3;

export type EngineMaker = (
  system: System,
  slots: EngineSlots,
  slotCount: number,
  addresses: SlotAddresses,
) => ConnectEngine;

/** Slots, their sockets, and what becomes of their attempts. */
export class SlotTable implements EngineSlots, ExpirySink {
  readonly engine: ConnectEngine;
  /** Sockets that may be open at once. */
  capacity: number;
  /** Why that has become less. */
  shortage: string | undefined;
  inFlight = 0;

  readonly #system: System;
  readonly #slotCount: number;
  readonly #socket: KernelCall;
  readonly #bind: KernelCall;
  readonly #connect: KernelCall;
  readonly #getsockname: KernelCall;
  readonly #getpeername: KernelCall;
  readonly #setsockopt: KernelCall;
  readonly #getsockopt: KernelCall;
  readonly #recvmsg: KernelCall;
  readonly #memory: Memory;
  readonly #at: Readonly<Record<keyof typeof scratch, bigint>>;
  readonly #sourceFamily: number;

  readonly #states: Uint8Array;
  readonly #fds: Int32Array;
  /** Of the slot's socket, where it has one, else of its attempt. */
  readonly #families: Uint8Array;
  readonly #ports: Uint16Array;
  readonly #tokens: Float64Array;
  readonly #timeouts: Float64Array;
  readonly #startedMs: Float64Array;
  readonly #tries: Uint8Array;
  readonly #resets: Uint8Array;
  /** What a cancelled attempt ends with. */
  readonly #verdicts: Uint8Array;
  readonly #localEnds: LocalEnds;
  /** By slot: the end that its socket is bound to, else any of its family. */
  readonly #ends: Uint8Array;
  readonly #idle: IdleSlots;
  readonly #wheel: TimerWheel;
  /** How many attempts are about each port, where a sibling may stand. */
  readonly #aimed = new Uint16Array(PORTS);
  #sockets = 0;
  /** Errno of the socket that could not be made. */
  #refusal = 0;
  #nowMs = performance.now();
  #ended = 0;
  /** Sockets have been refused by ICMP, not by a reset, as firewalls do: which of the two it was nothing tells. */
  #errorsStay = false;
  #source: AttemptSource | undefined;

  constructor(system: System, makeEngine: EngineMaker, slotCount: number, source: Uint8Array | undefined) {
    this.#system = system;
    this.#slotCount = slotCount;
    this.capacity = slotCount;
    this.#socket = system.door("socket", "int", ["int", "int", "int"]);
    this.#bind = system.door("bind", "int", ["int", "void *", "uint"]);
    this.#connect = system.door("connect", "int", ["int", "void *", "uint"]);
    this.#getsockname = system.door("getsockname", "int", ["int", "void *", "void *"]);
    this.#getpeername = system.door("getpeername", "int", ["int", "void *", "void *"]);
    this.#setsockopt = system.door("setsockopt", "int", ["int", "int", "int", "void *", "uint"]);
    this.#getsockopt = system.door("getsockopt", "int", ["int", "int", "int", "void *", "void *"]);
    this.#recvmsg = system.door("recvmsg", "long", ["int", "void *", "int"]);
    this.#states = new Uint8Array(slotCount);
    this.#fds = new Int32Array(slotCount).fill(NO_SOCKET);
    this.#families = new Uint8Array(slotCount);
    this.#ports = new Uint16Array(slotCount);
    this.#tokens = new Float64Array(slotCount);
    this.#timeouts = new Float64Array(slotCount);
    this.#startedMs = new Float64Array(slotCount);
    this.#tries = new Uint8Array(slotCount);
    this.#resets = new Uint8Array(slotCount);
    this.#verdicts = new Uint8Array(slotCount);
    this.#ends = new Uint8Array(slotCount);
    this.#idle = new IdleSlots(slotCount);
    for (let slot = slotCount - 1; slot >= 0; slot -= 1) this.#idle.push(BARE, slot);
    this.#wheel = new TimerWheel(slotCount, this.#nowMs);
    this.#memory = system.allocate(SLOTS_AT + slotCount * SLOT_BYTES, "connects");
    const { address, view } = this.#memory;
    const at = (key: keyof typeof scratch) => address + BigInt(scratch[key]);
    this.#at = {
      linger: at("linger"),
      one: at("one"),
      length: at("length"),
      unspecified: at("unspecified"),
      source: at("source"),
      local: at("local"),
      peer: at("peer"),
      error: at("error"),
      message: at("message"),
    };
    view.setInt32(scratch.linger, 1, LITTLE_ENDIAN);
    view.setInt32(scratch.one, 1, LITTLE_ENDIAN);
    view.setUint16(scratch.unspecified, AF_UNSPEC, LITTLE_ENDIAN);
    this.#sourceFamily = source === undefined ? AF_UNSPEC : source.length === 4 ? AF_INET : AF_INET6;
    if (source !== undefined) emitSocketAddress(this.#memory, scratch.source, source, source.length, 0, 0);
    let localEnds: LocalEnds | undefined;
    try {
      localEnds = new LocalEnds(system, source);
      this.#localEnds = localEnds;
      this.engine = makeEngine(system, this, slotCount, {
        base: address,
        offset: SLOTS_AT,
        stride: SLOT_BYTES,
      });
    } catch (error) {
      localEnds?.close();
      this.#memory.release();
      throw error;
    }
  }

  /** @throws {PalisadeError} `LINK_SOURCE_ADDRESS` where nothing can be bound to the source address */
  probe(): void {
    if (this.#sourceFamily === AF_UNSPEC) return;
    const fd = this.#open(this.#sourceFamily);
    if (fd >= 0) {
      this.#system.close(fd);
      return;
    }
    throw new PalisadeError(
      "LINK_SOURCE_ADDRESS",
      `cannot connect from the source address (${errorName(-fd)}): name one that an interface of this machine has (ip address)`,
    );
  }

  begin(source: AttemptSource): void {
    this.#source = source;
    this.capacity = this.#slotCount;
    this.shortage = undefined;
  }

  clock(): void {
    this.#nowMs = performance.now();
  }

  nextMs(): number {
    return this.#wheel.nextMs();
  }

  /** @returns false where there is no socket for it just now; keep it */
  launch(attempt: Attempt): boolean {
    const { addressBytes } = attempt;
    assert(addressBytes === 4 || addressBytes === 16, "connector: an address has 4 or 16 octets");
    const family = addressBytes === 4 ? AF_INET : AF_INET6;
    const slot = this.#take(this.#localEnds.of(attempt, this.#nowMs), family);
    if (slot === NO_SLOT) {
      if (isShortage(this.#refusal)) return false;
      this.#ended += 1;
      this.#source?.ended(attempt.token, this.#refusal, 0);
      return true;
    }
    const { address, port, scopeId } = attempt;
    emitSocketAddress(this.#memory, SLOTS_AT + slot * SLOT_BYTES, address, addressBytes, port, scopeId);
    this.#ports[slot] = port;
    this.#tokens[slot] = attempt.token;
    this.#timeouts[slot] = attempt.timeoutMs;
    this.#tries[slot] = 0;
    this.#resets[slot] = 0;
    this.inFlight += 1;
    this.#aimed[port]! += 1;
    this.#start(slot);
    return true;
  }

  /** Hands over what was begun, and tells what has ended. @returns whether there is more to do at once */
  turn(): boolean {
    const before = this.#ended;
    if (this.inFlight > 0) {
      this.engine.hand();
      this.clock();
      this.engine.reap();
    }
    const expired = this.#wheel.expire(this.#nowMs, this);
    return this.#ended !== before || expired > 0 || this.engine.pending;
  }

  /** Ends whatever is under way with ECANCELED. */
  cancelAll(): void {
    this.clock();
    for (let slot = 0; slot < this.#slotCount; slot += 1) {
      const state = this.#states[slot];
      if (state === RESTING) this.#finish(slot, ERRNO.ECANCELED);
      else if (state === FLYING) this.#cancel(slot, ERRNO.ECANCELED);
      // One that is being cancelled for its time keeps that end.
    }
  }

  /** The error for a run that gets no socket at all. */
  starved(): PalisadeError {
    return noDescriptors("socket", this.#refusal);
  }

  close(): void {
    this.engine.close();
    this.#localEnds.close();
    for (let slot = 0; slot < this.#slotCount; slot += 1) this.#drop(slot);
    this.#memory.release();
  }

  isFlying(slot: number): boolean {
    return this.#states[slot] === FLYING;
  }

  isCancelling(slot: number): boolean {
    return this.#states[slot] === CANCELLING;
  }

  fdOf(slot: number): number {
    return this.#fds[slot]!;
  }

  addressBytesOf(slot: number): number {
    return this.#families[slot] === AF_INET ? SOCKADDR4_BYTES : SOCKADDR6_BYTES;
  }

  settled(slot: number, errno: number): void {
    const cancelled = this.#states[slot] === CANCELLING;
    this.#wheel.clear(slot);
    switch (errno) {
      case 0:
        this.#connected(slot, cancelled);
        return;
      case ERRNO.ECONNRESET:
      case ERRNO.EPIPE:
        this.#reset(slot, cancelled);
        return;
      case ERRNO.ECANCELED: {
        const told = cancelled && this.#verdicts[slot] === ERRNO.ETIMEDOUT ? this.#softError(slot) : 0;
        if (isReset(told)) {
          this.#reset(slot, false);
          return;
        }
        // The connect goes on in the socket until it is taken apart.
        this.#takeApart(slot);
        if (told !== 0) this.#finish(slot, told);
        else if (cancelled) this.#finish(slot, this.#verdicts[slot]!);
        else this.#again(slot, errno);
        return;
      }
      case ERRNO.EADDRNOTAVAIL:
      case ERRNO.EAGAIN:
        // All ports are taken, or that of a bound socket; or what was asked for has no source address now.
        this.#unbind(slot);
        if (cancelled) this.#finish(slot, this.#verdicts[slot]!);
        else this.#rest(slot, errno);
        return;
      case ERRNO.ECONNABORTED:
        // What a socket says, in some kernels, whose earlier failure io_uring has read; it can be used from now on.
        if (cancelled) this.#finish(slot, this.#verdicts[slot]!);
        else this.#again(slot, errno);
        return;
      case ERRNO.EINTR:
      case ERRNO.EALREADY:
      case ERRNO.EINPROGRESS:
      case ERRNO.EISCONN:
        this.#drop(slot);
        if (cancelled) this.#finish(slot, this.#verdicts[slot]!);
        else this.#again(slot, errno);
        return;
      case ERRNO.EINVAL:
      case ERRNO.ENETUNREACH:
        // What kernels say of a bound source address that they have no more; but ENETUNREACH routers say too.
        if (this.#isBoundRight(slot)) {
          this.#finish(slot, errno);
          return;
        }
        this.#unbind(slot);
        if (cancelled) this.#finish(slot, this.#verdicts[slot]!);
        else this.#again(slot, errno);
        return;
      default:
        this.#finish(slot, errno);
    }
  }

  expired(slot: number): void {
    const state = this.#states[slot];
    if (state === RESTING) this.#start(slot);
    else if (state === FLYING) this.#cancel(slot, ERRNO.ETIMEDOUT);
  }

  #connected(slot: number, cancelled: boolean): void {
    const met = this.#met(slot);
    if (met === MET_NOBODY) {
      const told = this.#softError(slot) || this.#errorAboutToCome(slot);
      if (told === 0 || isReset(told)) {
        if (told === 0) this.#errorsStay = true;
        this.#reset(slot, cancelled);
      } else {
        this.#takeApart(slot);
        this.#finish(slot, told);
      }
      return;
    }
    this.#drop(slot);
    if (met === MET_PEER) this.#finish(slot, 0);
    else if (cancelled) this.#finish(slot, this.#verdicts[slot]!);
    // Who met itself was given the port because nobody has it: a listener's port is not given out.
    else this.#again(slot, met === MET_ITSELF ? ERRNO.ECONNREFUSED : 0);
  }

  /**
   * What an ICMP error said of a connect that goes on all the same; 0 where none came. Where the answer comes while the
   * kernel still holds the socket for the call, as it does over veth, the error ends nothing: the SYN would be sent again after a
   * second, and the error come again (net/ipv4/tcp_ipv4.c, `tcp_v4_err`; `sk_err_soft`).
   */
  #softError(slot: number): number {
    const { view } = this.#memory;
    view.setUint32(scratch.length, 4, LITTLE_ENDIAN);
    view.setInt32(scratch.error, 0, LITTLE_ENDIAN);
    if (this.#getsockopt(this.#fds[slot]!, SOL_SOCKET, SO_ERROR, this.#at.error, this.#at.length) < 0)
      return 0;
    return view.getInt32(scratch.error, LITTLE_ENDIAN);
  }

  /**
   * The error of an ICMP message that another processor is about to put into the socket: it wakes who waits for the socket before it
   * writes the error (`ip_icmp_error` in `tcp_v4_err`), and holds the lock meanwhile, which this call waits for.
   */
  #errorAboutToCome(slot: number): number {
    this.#setsockopt(this.#fds[slot]!, SOL_SOCKET, SO_LINGER, this.#at.linger, 8);
    return this.#softError(slot);
  }

  /**
   * Takes what ICMP messages left in the socket's error queue, which outlives the connect: with something in it, io_uring takes the next
   * connect for ended as soon as it has begun.
   */
  #clearErrors(slot: number): void {
    const fd = this.#fds[slot]!;
    if (fd === NO_SOCKET) return;
    for (let errors = 0; errors < ERRORS_LEFT_MAX; errors += 1) {
      if (this.#recvmsg(fd, this.#at.message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return;
    }
    this.#drop(slot);
  }

  /** Ends a connect that is under way; the socket can be used again. */
  #takeApart(slot: number): void {
    if (this.#connect(this.#fds[slot]!, this.#at.unspecified, SOCKADDR4_BYTES) < 0) this.#drop(slot);
  }

  #reset(slot: number, cancelled: boolean): void {
    this.#drop(slot);
    this.#resets[slot]! += 1;
    if (cancelled) this.#finish(slot, this.#verdicts[slot]!);
    // A sibling that was found out is closed with a reset as well. Tried again, it is not there any more.
    else if (this.#resets[slot]! < CONNECT_RESETS_MAX) this.#again(slot, 0);
    else this.#finish(slot, 0);
  }

  /** Whom a connected socket is connected to. */
  #met(slot: number): number {
    const fd = this.#fds[slot]!;
    const { octets, view } = this.#memory;
    const bytes = this.addressBytesOf(slot);
    view.setUint32(scratch.length, SOCKADDR6_BYTES, LITTLE_ENDIAN);
    if (this.#getsockname(fd, this.#at.local, this.#at.length) < 0) return MET_NOBODY;
    view.setUint32(scratch.length, SOCKADDR6_BYTES, LITTLE_ENDIAN);
    // The peer, not the target: who connects to 0.0.0.0 comes to 127.0.0.1.
    if (this.#getpeername(fd, this.#at.peer, this.#at.length) < 0) return MET_NOBODY;
    const from = bytes === SOCKADDR4_BYTES ? sockaddr.address4 : sockaddr.address6;
    const to = bytes === SOCKADDR4_BYTES ? sockaddr.address4 + 4 : sockaddr.scope;
    for (let index = from; index < to; index += 1) {
      if (octets[scratch.local + index] !== octets[scratch.peer + index]) return MET_PEER;
    }
    const port = view.getUint16(scratch.local + sockaddr.port);
    if (port === this.#ports[slot]) return MET_ITSELF;
    return this.#aimed[port]! > 0 ? MET_SIBLING : MET_PEER;
  }

  /** Begins the attempt anew at once, or ends it with `errno` where that was done often enough. */
  #again(slot: number, errno: number): void {
    if (this.#tries[slot]! >= CONNECT_TRIES_MAX) this.#finish(slot, errno);
    else this.#start(slot);
  }

  #rest(slot: number, errno: number): void {
    if (this.#tries[slot]! >= CONNECT_TRIES_MAX) {
      this.#finish(slot, errno);
      return;
    }
    this.#states[slot] = RESTING;
    this.#wheel.set(slot, this.#nowMs + REST_MS);
  }

  #start(slot: number): void {
    this.#tries[slot]! += 1;
    if (this.#fds[slot] === NO_SOCKET) {
      const errno = this.#furnish(slot, this.#families[slot]!);
      if (errno !== 0) {
        if (isShortage(errno)) this.#rest(slot, errno);
        else this.#finish(slot, errno);
        return;
      }
    }
    this.#states[slot] = FLYING;
    this.#startedMs[slot] = this.#nowMs;
    this.#wheel.set(slot, this.#nowMs + this.#timeouts[slot]!);
    this.engine.start(slot);
  }

  #cancel(slot: number, verdict: number): void {
    this.#wheel.clear(slot);
    this.#states[slot] = CANCELLING;
    this.#verdicts[slot] = verdict;
    this.engine.cancel(slot);
  }

  #finish(slot: number, errno: number): void {
    this.#wheel.clear(slot);
    this.#states[slot] = IDLE;
    this.inFlight -= 1;
    this.#ended += 1;
    this.#aimed[this.#ports[slot]!]! -= 1;
    if (errno !== ERRNO.ETIMEDOUT && (errno !== ERRNO.ECONNREFUSED || this.#errorsStay))
      this.#clearErrors(slot);
    this.#shelve(slot);
    const tookUs = Math.round((this.#nowMs - this.#startedMs[slot]!) * 1000);
    this.#source?.ended(this.#tokens[slot]!, errno, tookUs);
  }

  #shelve(slot: number): void {
    this.#idle.push(this.#fds[slot] === NO_SOCKET ? BARE : this.#ends[slot]!, slot);
  }

  /**
   * A slot with a socket that connects from an end, or from any of its family; or none, then `#refusal` says why. A socket is
   * bound when it is used again: those that were connected are closed after their first use.
   */
  #take(end: number, family: number): number {
    if (this.#idle.has(end)) return this.#idle.pop(end);
    const any = anyEnd(family);
    if (this.#idle.has(any)) {
      const slot = this.#idle.pop(any);
      if (this.#localEnds.bind(this.#fds[slot]!, end)) this.#ends[slot] = end;
      return slot;
    }
    if (this.#sockets < this.capacity && this.#idle.has(BARE)) {
      const slot = this.#idle.pop(BARE);
      this.#refusal = this.#furnish(slot, family);
      if (this.#refusal === 0) return slot;
      this.#idle.push(BARE, slot);
      if (!isShortage(this.#refusal)) return NO_SLOT;
    }
    const other = this.#idle.other();
    if (other === BARE) return NO_SLOT;
    const slot = this.#idle.pop(other);
    this.#drop(slot);
    this.#refusal = this.#furnish(slot, family);
    if (this.#refusal === 0) return slot;
    this.#idle.push(BARE, slot);
    return NO_SLOT;
  }

  /** Gives up a socket that is bound, and what is known of sources. */
  #unbind(slot: number): void {
    if (this.#fds[slot] === NO_SOCKET || this.#ends[slot]! <= ANY6) return;
    this.#localEnds.forget();
    this.#drop(slot);
  }

  /** Whether the slot's socket is bound to nothing, or to what the kernel would choose for its target. */
  #isBoundRight(slot: number): boolean {
    const end = this.#ends[slot]!;
    const target = this.#memory.address + BigInt(SLOTS_AT + slot * SLOT_BYTES);
    return end <= ANY6 || this.#localEnds.isChosen(end, this.#families[slot]!, target);
  }

  /** Makes a socket for a slot. @returns 0 or an errno */
  #furnish(slot: number, family: number): number {
    this.#families[slot] = family;
    this.#ends[slot] = anyEnd(family);
    const fd = this.#open(family);
    const errno = fd < 0 ? -fd : this.engine.adopt(slot, fd);
    if (errno === 0) {
      this.#fds[slot] = fd;
      this.#sockets += 1;
      return 0;
    }
    if (fd >= 0) this.#system.close(fd);
    if (isShortage(errno)) {
      this.capacity = Math.max(1, this.#sockets);
      this.shortage = `no more than ${this.#sockets} sockets could be had (${errorName(errno)})`;
    }
    return errno;
  }

  /** @returns a descriptor, or an errno below zero */
  #open(family: number): number {
    const source = this.#sourceFamily;
    if (source !== AF_UNSPEC && source !== family) return -ERRNO.EAFNOSUPPORT;
    const fd = this.#socket(family, SOCK_STREAM | SOCK_CLOEXEC | this.engine.socketFlags, IPPROTO_TCP);
    if (fd < 0) return -this.#system.errno();
    if (source === AF_UNSPEC) return fd;
    // The port is chosen when the target is known, so that each target has all ports.
    this.#setsockopt(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, this.#at.one, 4);
    const bytes = family === AF_INET ? SOCKADDR4_BYTES : SOCKADDR6_BYTES;
    if (this.#bind(fd, this.#at.source, bytes) === 0) return fd;
    const errno = this.#system.errno();
    this.#system.close(fd);
    return -errno;
  }

  /** Closes a slot's socket, if it has one; a connection in it ends with a reset. */
  #drop(slot: number): void {
    const fd = this.#fds[slot]!;
    if (fd === NO_SOCKET) return;
    this.#setsockopt(fd, SOL_SOCKET, SO_LINGER, this.#at.linger, 8);
    this.#system.close(fd);
    if (this.#ends[slot]! > ANY6) this.#localEnds.unbound();
    this.#fds[slot] = NO_SOCKET;
    this.#sockets -= 1;
  }
}

function anyEnd(family: number): number {
  return family === AF_INET ? ANY4 : ANY6;
}

/** Whether an open connection was reset: a reset before the handshake is ECONNREFUSED. */
function isReset(errno: number): boolean {
  return errno === ERRNO.ECONNRESET || errno === ERRNO.EPIPE;
}

/** Whether a socket could be had later, or in exchange for another. */
function isShortage(errno: number): boolean {
  return (
    errno === ERRNO.EMFILE ||
    errno === ERRNO.ENFILE ||
    errno === ERRNO.ENOBUFS ||
    errno === ERRNO.ENOMEM ||
    errno === ERRNO.EAGAIN
  );
}
