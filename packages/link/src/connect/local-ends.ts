/**
 * Where sockets connect from. One that is bound to its source address and to a port of its own spares the kernel a search for a
 * free port and a second look at the routes with each connect: 65,535 refused ones over the loopback interface took 0.42 s of processor time
 * bound, 0.50 s unbound (Linux 6.18).
 *
 * The address is the one that the kernel would choose for the target, as a UDP socket tells without sending anything (connect(2)). The port
 * is one that the kernel finds, so that what it keeps back stays free (ip_local_port_range and ip_local_reserved_ports, ip(7)).
 */
import { readFileSync } from "node:fs";
import { IPV4_BYTES, IPV6_BYTES } from "@palisade/wire";
import { routesDependOnTransport } from "../routes.js";
import { emitSocketAddress, SOCKADDR4_BYTES, SOCKADDR6_BYTES, sockaddr } from "../socket-address.js";
import {
  type Address,
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  IPPROTO_TCP,
  type KernelCall,
  type Memory,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_STREAM,
  type System,
} from "../system.js";
import { type Attempt, ERRNO } from "./connector.js";

/** Ends of sockets that the kernel may choose, by family. */
export const ANY4 = 0;
export const ANY6 = 1;
const ANY_ENDS = 2;
/** Source addresses told apart, the two kinds of any included; targets reached from further ones are connected to from any. */
export const LOCAL_ENDS_MAX = 16;
/** Targets whose source address is remembered; at the bound all are forgotten. */
export const LOCAL_END_TARGETS_MAX = 4_096;
/**
 * Sockets bound at once, and the share of the ports that connects are given: the kernel gives a bound port to no other program's connect,
 * whereas one that it chose itself serves for many targets.
 */
export const BOUND_PORTS_MAX = 1_024;
const BOUND_PORTS_SHARE = 1 / 4;
/**
 * Milliseconds after which all are asked about anew: routes change, and nothing tells a silent target from one that answers another
 * address. Over IPv4 the kernel refuses to connect from an address that is gone; over IPv6 it sends all the same.
 */
export const LOCAL_END_MS_MAX = 1_000;
/** In place of an end: the target was connected to once. */
const SEEN_ONCE = -1;
/** Ports that others may take between the kernel's finding them and our binding them. */
const BIND_TRIES_MAX = 3;

const at = { target: 0, local: 32, unspecified: 64, length: 96 } as const;
const MEMORY_BYTES = 128;
const LITTLE_ENDIAN = true;

/** A way of connecting is named by a small number, its end: `ANY4`, `ANY6`, or that of a source address. */
export class LocalEnds {
  readonly #system: System;
  readonly #socket: KernelCall;
  readonly #bind: KernelCall;
  readonly #connect: KernelCall;
  readonly #getsockname: KernelCall;
  readonly #memory: Memory;
  /** By end: its address; empty for any. */
  readonly #addresses: Uint8Array[] = [new Uint8Array(), new Uint8Array()];
  /** By end: there is no port left for it, or the address is gone. */
  readonly #spent: boolean[] = [true, true];
  #bound = 0;
  readonly #boundMax: number = boundMax();
  readonly #byTarget = new Map<number | string, number>();
  /** By family: whether ports have a say in the way to a target, so that a UDP socket cannot tell. */
  readonly #portsMatter = new Map<number, boolean>();
  /** By family: a UDP socket that asks for source addresses, once there is one. */
  readonly #askers = new Map<number, number>();
  /** The end of every attempt of its family, where the source address was given. */
  readonly #given: number | undefined;
  readonly #lastTarget = new Uint8Array(16);
  #lastBytes = 0;
  #lastScope = 0;
  #lastEnd = ANY4;
  /** When to forget. */
  #knownUntilMs = 0;

  constructor(system: System, given: Uint8Array | undefined) {
    this.#system = system;
    this.#socket = system.door("socket", "int", ["int", "int", "int"]);
    this.#bind = system.door("bind", "int", ["int", "void *", "uint"]);
    this.#connect = system.door("connect", "int", ["int", "void *", "uint"]);
    this.#getsockname = system.door("getsockname", "int", ["int", "void *", "void *"]);
    this.#memory = system.allocate(MEMORY_BYTES, "connects");
    this.#memory.view.setUint16(at.unspecified, AF_UNSPEC, LITTLE_ENDIAN);
    this.#given = given === undefined ? undefined : this.#endOf(given);
  }

  /** Where to connect to the attempt's target from; `nowMs` by a clock that does not go back. */
  of(attempt: Attempt, nowMs: number): number {
    const { addressBytes } = attempt;
    const any = addressBytes === 4 ? ANY4 : ANY6;
    if (this.#given !== undefined) {
      return this.#isUsable(this.#given) && this.#addresses[this.#given]!.length === addressBytes
        ? this.#given
        : any;
    }
    if (nowMs >= this.#knownUntilMs) {
      this.#knownUntilMs = nowMs + LOCAL_END_MS_MAX;
      this.forget();
    }
    if (!this.#isLast(attempt)) this.#recall(attempt);
    else if (this.#lastEnd === SEEN_ONCE) this.#lastEnd = this.#learn(attempt);
    return this.#isUsable(this.#lastEnd) ? this.#lastEnd : any;
  }

  /** Binds a socket to an end's address and a port of its own. @returns false where it stays as it was */
  bind(fd: number, end: number): boolean {
    if (this.#bound >= this.#boundMax) return false;
    const address = this.#addresses[end]!;
    const local = this.#memory.address + BigInt(at.local);
    for (let tries = 0; tries < BIND_TRIES_MAX; tries += 1) {
      const bytes = emitSocketAddress(this.#memory, at.local, address, address.length, 0, 0);
      if (!this.#findPort(end, local, bytes)) return false;
      if (this.#bind(fd, local, bytes) === 0) {
        this.#bound += 1;
        return true;
      }
      if (this.#system.errno() !== ERRNO.EADDRINUSE) return false;
    }
    return false;
  }

  /** A socket that was bound has been closed. */
  unbound(): void {
    this.#bound -= 1;
  }

  /**
   * Whether the kernel would connect to a target from this end. What it says of a socket that is bound to it is then said of the target.
   *
   * @param target a socket address of the family, which the kernel can read
   */
  isChosen(end: number, family: number, target: Address): boolean {
    if (end === this.#given) return true;
    const source = this.#ask(family, target);
    return source !== undefined && Buffer.compare(source, this.#addresses[end]!) === 0;
  }

  /** Routes or addresses have changed, or may have: all targets are asked about anew. */
  forget(): void {
    this.#byTarget.clear();
    this.#portsMatter.clear();
    this.#lastBytes = 0;
  }

  close(): void {
    for (const fd of this.#askers.values()) this.#system.close(fd);
    this.#askers.clear();
    this.#memory.release();
  }

  #isUsable(end: number): boolean {
    return end >= ANY_ENDS && !this.#spent[end]!;
  }

  #isLast({ address, addressBytes, scopeId }: Attempt): boolean {
    if (addressBytes !== this.#lastBytes || scopeId !== this.#lastScope) return false;
    for (let index = 0; index < addressBytes; index += 1) {
      if (address[index] !== this.#lastTarget[index]) return false;
    }
    return true;
  }

  /** Makes the attempt's target the last, with what is known of it. */
  #recall(attempt: Attempt): void {
    this.#lastTarget.set(attempt.address);
    this.#lastBytes = attempt.addressBytes;
    this.#lastScope = attempt.scopeId;
    const key = keyOf(attempt);
    const end = this.#byTarget.get(key);
    if (end === undefined) {
      if (this.#byTarget.size >= LOCAL_END_TARGETS_MAX) this.#byTarget.clear();
      this.#byTarget.set(key, SEEN_ONCE);
    }
    // To ask costs more than one connect gains.
    this.#lastEnd = end === undefined ? SEEN_ONCE : end === SEEN_ONCE ? this.#learn(attempt) : end;
  }

  #learn(attempt: Attempt): number {
    const { address, addressBytes, port, scopeId } = attempt;
    emitSocketAddress(this.#memory, at.target, address, addressBytes, port, scopeId);
    const family = addressBytes === 4 ? AF_INET : AF_INET6;
    const source = this.#dependsOnPorts(family)
      ? undefined
      : this.#ask(family, this.#memory.address + BigInt(at.target));
    const end = source === undefined ? (addressBytes === 4 ? ANY4 : ANY6) : this.#endOf(source);
    this.#byTarget.set(keyOf(attempt), end);
    return end;
  }

  #dependsOnPorts(family: number): boolean {
    let depends = this.#portsMatter.get(family);
    if (depends === undefined) {
      depends = routesDependOnTransport(family);
      this.#portsMatter.set(family, depends);
    }
    return depends;
  }

  /** The end with a source address. */
  #endOf(source: Uint8Array): number {
    const known = this.#addresses.findIndex((address) => Buffer.compare(address, source) === 0);
    if (known >= 0) return known;
    if (this.#addresses.length >= LOCAL_ENDS_MAX) return source.length === 4 ? ANY4 : ANY6;
    this.#spent.push(false);
    return this.#addresses.push(source) - 1;
  }

  /** The source address that the kernel would choose; undefined where it has none, or one of an interface alone (RFC 4007). */
  #ask(family: number, target: Address): Uint8Array | undefined {
    const { view, octets } = this.#memory;
    const pointer = (offset: number) => this.#memory.address + BigInt(offset);
    let fd = this.#askers.get(family);
    if (fd === undefined) {
      fd = this.#socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
      if (fd < 0) return undefined;
      this.#askers.set(family, fd);
    }
    // Without this it keeps the source address of the target before.
    this.#connect(fd, pointer(at.unspecified), SOCKADDR4_BYTES);
    const bytes = family === AF_INET ? SOCKADDR4_BYTES : SOCKADDR6_BYTES;
    if (this.#connect(fd, target, bytes) < 0) return undefined;
    view.setUint32(at.length, SOCKADDR6_BYTES, LITTLE_ENDIAN);
    if (this.#getsockname(fd, pointer(at.local), pointer(at.length)) < 0) return undefined;
    const from = at.local + (family === AF_INET ? sockaddr.address4 : sockaddr.address6);
    const source = octets.slice(from, from + (family === AF_INET ? IPV4_BYTES : IPV6_BYTES));
    const linkLocal = family === AF_INET6 && source[0] === 0xfe && (source[1]! & 0xc0) === 0x80;
    return linkLocal || source.every((octet) => octet === 0) ? undefined : source;
  }

  /** Writes a free port into the local address. A port that the kernel itself gives to a socket is gone with its first failed connect. */
  #findPort(end: number, local: Address, bytes: number): boolean {
    const family = bytes === SOCKADDR4_BYTES ? AF_INET : AF_INET6;
    const fd = this.#socket(family, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_TCP);
    if (fd < 0) return false;
    this.#memory.view.setUint32(at.length, SOCKADDR6_BYTES, LITTLE_ENDIAN);
    const length = this.#memory.address + BigInt(at.length);
    const found = this.#bind(fd, local, bytes) === 0 && this.#getsockname(fd, local, length) === 0;
    if (!found) this.#spent[end] = true;
    this.#system.close(fd);
    return found;
  }
}

function boundMax(): number {
  try {
    const [first, last] = setting("ip_local_port_range").split("\t").map(Number) as [number, number];
    let ports = last - first + 1;
    for (const range of setting("ip_local_reserved_ports").split(",")) {
      const [from, to = from] = range.split("-").map(Number) as [number, number?];
      if (range !== "") ports -= Math.max(0, Math.min(to, last) - Math.max(from, first) + 1);
    }
    const share = Math.floor(ports * BOUND_PORTS_SHARE);
    return Number.isNaN(share) ? 0 : Math.min(share, BOUND_PORTS_MAX);
  } catch {
    return 0;
  }
}

function setting(name: string): string {
  return readFileSync(`/proc/sys/net/ipv4/${name}`, "latin1").trim();
}

function keyOf({ address, addressBytes, scopeId }: Attempt): number | string {
  if (addressBytes === 4) {
    return ((address[0]! << 24) | (address[1]! << 16) | (address[2]! << 8) | address[3]!) >>> 0;
  }
  return `${address.subarray(0, addressBytes).join(" ")}%${scopeId}`;
}
