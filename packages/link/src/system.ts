/**
 * The kernel's doors: the system calls that packet sockets need, on Linux, through koffi.
 *
 * koffi is loaded when the first door is opened, so that reading a capture file never loads native code. Whatever the
 * kernel is shown lies in memory of our own that the garbage collector does not move: small typed arrays live on V8's heap,
 * where their address is good for nothing. Structures are those of 64-bit Linux, little-endian.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { getSystemErrorName } from "node:util";
import { assert, PalisadeError } from "@palisade/base";

type Koffi = typeof import("koffi");
/** A function of the C library. Addresses are big integers; what it returns is a number. */
export type KernelCall = (...values: readonly (number | bigint | string)[]) => number;
/** The same on another thread: the last value is called with what it returned, in a later turn of the event loop. */
export type KernelCallAside = (
  ...values: readonly [...(number | bigint | string)[], (failure: unknown, returned: number) => void]
) => void;
/** Of memory that does not move. */
export type Address = bigint;
/** What a descriptor is wanted for, in messages. */
export type LinkPurpose = "capture" | "send";
/** Types of a kernel call's values, as koffi names them. */
export type KernelType =
  | "int"
  | "uint"
  | "long"
  | "ulong"
  | "size_t"
  | "intptr_t"
  | "int64_t"
  | "void *"
  | "str";

export const AF_UNSPEC = 0;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_PACKET = 17;
export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_CLOEXEC = 0x8_0000;
export const IPPROTO_TCP = 6;

export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
const SO_ATTACH_FILTER = 26;

const PROTECT_READ_WRITE = 3;
const MAP_SHARED = 0x01;
const MAP_PRIVATE = 0x02;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_FAILED = 0xffff_ffff_ffff_ffffn;
const NULL = 0n;

export const EPERM = 1;
const ENXIO = 6;
const ENOMEM = 12;
export const EACCES = 13;
const ENODEV = 19;
const ENOPROTOOPT = 92;
const EAFNOSUPPORT = 97;
export const ENETDOWN = 100;
export const ENOBUFS = 105;

/** Octets of memory for what calls are shown: a program of the most instructions, or a frame to send. */
const ARENA_BYTES = 128 * 1024;
/** Where the arena holds what a structure in its beginning points to. */
const ARENA_POINTED = 1024;
/** Longest frame or option that can be handed over. */
const ARENA_VALUE_MAX = ARENA_BYTES - ARENA_POINTED;

const INTERFACE_REQUEST_BYTES = 40;
/** Octets of an interface's name with its terminating zero (IFNAMSIZ). */
const INTERFACE_NAME_BYTES = 16;

/** Node's builds for these are all little-endian, and the kernel gives them the same numbers for calls and options. */
const ARCHITECTURES: readonly string[] = ["x64", "arm64", "riscv64", "loong64"];
const LITTLE_ENDIAN = true;

/** Memory that is shared with the kernel. */
export interface Mapping {
  readonly memory: ArrayBuffer;
  /**
   * Gives the mapping back. Views that somebody kept read zeros from then on, instead of ending the process; the addresses
   * are free when the last view is gone.
   */
  release(): void;
}

/** Memory of our own that the garbage collector does not move, for what the kernel is shown or writes. */
export interface Memory {
  readonly address: Address;
  readonly octets: Uint8Array;
  readonly view: DataView;
  /** Gives it back. Views that somebody kept read zeros from then on. */
  release(): void;
}

/** Tells when a descriptor can be read, once for each time it is armed. */
export interface ReadinessWatch {
  /** `ready` is called once, in a turn of the event loop of its own; also for an error, which a read then finds. */
  arm(ready: () => void): void;
  disarm(): void;
  close(): void;
}

let system: System | undefined;

/**
 * The doors of this process, opened at the first call.
 *
 * @throws {PalisadeError} `LINK_UNSUPPORTED` where the platform is not Linux of a known architecture, or has no koffi
 */
export function openSystem(): System {
  system ??= new System(loadKoffi(process.platform, process.arch));
  return system;
}

/** @throws {PalisadeError} `LINK_UNSUPPORTED` */
function loadKoffi(platform: string, architecture: string): Koffi {
  const reason = unsupported(platform, architecture);
  if (reason !== undefined) throw reason;
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    throw new PalisadeError(
      "LINK_UNSUPPORTED",
      `live capture needs the koffi package, which could not be loaded for ${platform}-${architecture}: ` +
        "install it (npm install koffi), or pipe a capture in (tcpdump -i IFACE -w - | palisade inspect -i -)",
      { cause },
    );
  }
}

/** Why this platform has no live capture, or `undefined` where it has. */
export function unsupported(platform: string, architecture: string): PalisadeError | undefined {
  if (platform === "linux" && ARCHITECTURES.includes(architecture)) return undefined;
  return new PalisadeError(
    "LINK_UNSUPPORTED",
    `live capture works on Linux (${ARCHITECTURES.join(", ")}), and this is ${platform}-${architecture}: ` +
      "pipe a capture in (tcpdump -i IFACE -w - | palisade inspect -i -)",
  );
}

/** One for the process: calls share its arena, and JavaScript makes them one at a time. */
export class System {
  readonly #koffi: Koffi;
  readonly #library: ReturnType<Koffi["load"]>;
  readonly #arena: Uint8Array;
  readonly #arenaView: DataView;
  readonly #arenaAddress: Address;
  readonly #socket: KernelCall;
  readonly #bind: KernelCall;
  readonly #setsockopt: KernelCall;
  readonly #getsockopt: KernelCall;
  readonly #ioctl: KernelCall;
  readonly #send: KernelCall;
  readonly #close: KernelCall;
  readonly #munmap: KernelCall;
  readonly #mmap: (...values: readonly (number | bigint)[]) => Address | null;
  /** Unmaps addresses when nobody can read them any more. */
  readonly #unmapper = new FinalizationRegistry<{ address: Address; bytes: number }>(({ address, bytes }) => {
    this.#munmap(address, bytes);
  });

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    // The process's own symbols: node is linked to the C library, whichever it is.
    const library = koffi.load(null);
    this.#library = library;
    this.#socket = library.func("socket", "int", ["int", "int", "int"]);
    this.#bind = library.func("bind", "int", ["int", "void *", "uint"]);
    this.#setsockopt = library.func("setsockopt", "int", ["int", "int", "int", "void *", "uint"]);
    this.#getsockopt = library.func("getsockopt", "int", ["int", "int", "int", "void *", "void *"]);
    this.#ioctl = library.func("ioctl", "int", ["int", "ulong", "void *"]);
    this.#send = library.func("send", "intptr_t", ["int", "void *", "size_t", "int"]);
    this.#close = library.func("close", "int", ["int"]);
    this.#munmap = library.func("munmap", "int", ["void *", "size_t"]);
    this.#mmap = library.func("mmap", "void *", ["void *", "size_t", "int", "int", "int", "int64_t"]);
    const arena = this.#mapAt(NULL, ARENA_BYTES, MAP_PRIVATE | MAP_ANONYMOUS, -1, "mmap");
    this.#arenaAddress = arena;
    this.#arena = new Uint8Array(koffi.view(arena, ARENA_BYTES));
    this.#arenaView = new DataView(this.#arena.buffer);
  }

  /**
   * @param subject what the socket is for, in messages: an interface's name
   * @returns a descriptor; `close` it
   * @throws {PalisadeError} `LINK_NOT_PERMITTED` and what else `linkError` says
   */
  socket(
    family: number,
    type: number,
    protocol: number,
    subject: string,
    purpose: LinkPurpose = "capture",
  ): number {
    const fd = this.#socket(family, type | SOCK_CLOEXEC, protocol);
    if (fd < 0) throw this.#failed("socket", subject, purpose);
    return fd;
  }

  close(fd: number): void {
    this.#close(fd);
  }

  /**
   * Binds a packet socket to an interface, 0 for all of them, for packets of a protocol (an EtherType, or 3 for every one).
   *
   * @throws {PalisadeError} `LINK_NO_SUCH_INTERFACE` and what else `linkError` says
   */
  bindPacket(
    fd: number,
    etherType: number,
    interfaceIndex: number,
    subject: string,
    purpose: LinkPurpose = "capture",
  ): void {
    const bytes = 20; // struct sockaddr_ll
    this.#arena.fill(0, 0, bytes);
    this.#arenaView.setUint16(0, AF_PACKET, LITTLE_ENDIAN);
    this.#arenaView.setUint16(2, etherType); // network order
    this.#arenaView.setInt32(4, interfaceIndex, LITTLE_ENDIAN);
    if (this.#bind(fd, this.#arenaAddress, bytes) < 0) {
      throw this.#failed("bind", subject, purpose);
    }
  }

  /** @throws {PalisadeError} as `linkError` says; `what` names the option in the message */
  setOption(
    fd: number,
    level: number,
    option: number,
    value: Uint8Array,
    what: string,
    subject: string,
    purpose: LinkPurpose = "capture",
  ): void {
    this.#place(value);
    if (this.#setsockopt(fd, level, option, this.#pointed(), value.length) < 0) {
      throw this.#failed(`setsockopt ${what}`, subject, purpose);
    }
  }

  /** @returns a copy of what the kernel wrote, at most `bytes` octets */
  option(
    fd: number,
    level: number,
    option: number,
    bytes: number,
    what: string,
    subject: string,
  ): Uint8Array {
    assert(bytes <= ARENA_VALUE_MAX, "system: an option fits into the arena");
    this.#arenaView.setUint32(0, bytes, LITTLE_ENDIAN);
    if (this.#getsockopt(fd, level, option, this.#pointed(), this.#arenaAddress) < 0) {
      throw this.#failed(`getsockopt ${what}`, subject);
    }
    const written = Math.min(this.#arenaView.getUint32(0, LITTLE_ENDIAN), bytes);
    return this.#arena.slice(ARENA_POINTED, ARENA_POINTED + written);
  }

  /** Lets the kernel run a program over each packet for the socket. `filter` is what `encodeProgram` made. */
  attachFilter(fd: number, filter: Uint8Array, subject: string, purpose: LinkPurpose = "capture"): void {
    this.#place(filter);
    this.#arena.fill(0, 0, 16); // struct sock_fprog
    this.#arenaView.setUint16(0, filter.length / 8, LITTLE_ENDIAN);
    this.#arenaView.setBigUint64(8, this.#pointed(), LITTLE_ENDIAN);
    if (this.#setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, this.#arenaAddress, 16) < 0) {
      throw this.#failed("setsockopt SO_ATTACH_FILTER", subject, purpose);
    }
  }

  /** The error that waits on a socket, as an `errno` number, 0 for none; reading takes it away. */
  pendingError(fd: number, subject: string): number {
    const value = this.option(fd, SOL_SOCKET, SO_ERROR, 4, "SO_ERROR", subject);
    return new DataView(value.buffer).getInt32(0, LITTLE_ENDIAN);
  }

  /**
   * An interface request (netdevice(7)): the sixteen octets of the name, then what the kernel answers.
   *
   * @returns the 24 octets of the answer
   */
  interfaceRequest(fd: number, request: number, name: string): Uint8Array {
    const octets = new TextEncoder().encode(name);
    assert(octets.length < INTERFACE_NAME_BYTES, "system: an interface's name fits into a request");
    this.#arena.fill(0, 0, INTERFACE_REQUEST_BYTES);
    this.#arena.set(octets);
    if (this.#ioctl(fd, request, this.#arenaAddress) < 0) throw this.#failed("ioctl", name);
    return this.#arena.slice(INTERFACE_NAME_BYTES, INTERFACE_REQUEST_BYTES);
  }

  /** Sends a frame through a bound packet socket. */
  send(fd: number, frame: Uint8Array, subject: string): void {
    this.#place(frame);
    if (this.#send(fd, this.#pointed(), frame.length, 0) < 0) throw this.#failed("send", subject, "send");
  }

  /** Maps what stands behind a descriptor from `offset`, for reading and writing. */
  map(fd: number, bytes: number, subject: string, offset = 0): Mapping & { readonly address: Address } {
    return this.#mapping(this.#mapAt(NULL, bytes, MAP_SHARED, fd, subject, offset), bytes, subject);
  }

  /** Zeros, in whole pages: for structures that live as long as a device does. */
  allocate(bytes: number, subject: string): Memory {
    const address = this.#mapAt(NULL, bytes, MAP_PRIVATE | MAP_ANONYMOUS, -1, subject);
    const { memory, release } = this.#mapping(address, bytes, subject);
    return { address, octets: new Uint8Array(memory), view: new DataView(memory), release };
  }

  /**
   * A function of the C library, for a device that knows what it says; `errno` tells why it failed. Looked up once by each
   * device, not at each call.
   */
  door(name: string, result: KernelType, values: readonly KernelType[]): KernelCall {
    return this.#library.func(name, result, [...values]);
  }

  /** As `door`, called on one of libuv's threads, of whose error numbers this one learns nothing. What it is shown must stay. */
  doorAside(name: string, result: KernelType, values: readonly KernelType[]): KernelCallAside {
    return this.#library.func(name, result, [...values]).async;
  }

  /** The error number that the last call left. */
  errno(): number {
    return this.#koffi.errno();
  }

  #mapping(address: Address, bytes: number, subject: string): Mapping & { readonly address: Address } {
    const memory = this.#koffi.view(address, bytes);
    let released = false;
    return {
      address,
      memory,
      release: () => {
        if (released) return;
        released = true;
        this.#mapAt(address, bytes, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, subject);
        this.#unmapper.register(memory, { address, bytes });
      },
    };
  }

  /**
   * Watches a descriptor from the event loop's own epoll: no thread waits in poll(2), and no timer turns for nothing.
   */
  watch(fd: number): ReadinessWatch {
    let whenReady: (() => void) | undefined;
    // libuv calls outside of Node's callback scope, where promises that are settled stay unnoticed until something else
    // happens. An immediate comes right after, in a scope of its own.
    const handle = this.#koffi.node.poll(fd, { readable: true }, notice);
    handle.stop();
    function notice(): void {
      handle.stop();
      const ready = whenReady;
      whenReady = undefined;
      if (ready !== undefined) setImmediate(ready);
    }
    return {
      arm(ready) {
        whenReady = ready;
        handle.start({ readable: true }, notice);
      },
      disarm() {
        whenReady = undefined;
        handle.stop();
      },
      close() {
        whenReady = undefined;
        handle.close();
      },
    };
  }

  #mapAt(address: Address, bytes: number, flags: number, fd: number, subject: string, offset = 0): Address {
    const mapped = this.#mmap(address, bytes, PROTECT_READ_WRITE, flags, fd, offset);
    if (mapped === MAP_FAILED || mapped === null) throw this.#failed("mmap", subject);
    return mapped;
  }

  #place(value: Uint8Array): void {
    assert(value.length <= ARENA_VALUE_MAX, "system: what a call is shown fits into the arena");
    this.#arena.set(value, ARENA_POINTED);
  }

  #pointed(): Address {
    return this.#arenaAddress + BigInt(ARENA_POINTED);
  }

  #failed(call: string, subject: string, purpose: LinkPurpose = "capture"): PalisadeError {
    return linkError(call, this.#koffi.errno(), subject, purpose);
  }
}

/**
 * What a failed call means for the person who asked.
 *
 * `LINK_NOT_PERMITTED`, `LINK_NO_SUCH_INTERFACE`, `LINK_DOWN`, `LINK_NO_MEMORY`, `LINK_UNSUPPORTED`, else `LINK_FAILED` with the
 * call and the error's name.
 *
 * @param errno the number that the call left
 * @param subject the interface that was asked for
 * @param purpose what it was wanted for, which decides what the person can do
 */
export function linkError(
  call: string,
  errno: number,
  subject: string,
  purpose: LinkPurpose = "capture",
): PalisadeError {
  const sending = purpose === "send";
  switch (errno) {
    case EPERM:
    case EACCES:
      return new PalisadeError(
        "LINK_NOT_PERMITTED",
        `no permission to ${purpose} on ${subject}: run as root, or with the capability CAP_NET_RAW ` +
          "(systemd: AmbientCapabilities=CAP_NET_RAW; shell: setpriv --inh-caps +net_raw --ambient-caps +net_raw)" +
          (sending ? "" : `, or ${pipeInstead(subject)}`),
      );
    case ENODEV:
    case ENXIO:
      return noSuchInterface(subject);
    case ENETDOWN:
      return new PalisadeError(
        "LINK_DOWN",
        `interface ${subject} is down: nothing can be ${sending ? "sent" : "captured"} before it is up ` +
          `(ip link set dev ${subject} up)`,
      );
    case ENOMEM:
    case ENOBUFS:
      return new PalisadeError(
        "LINK_NO_MEMORY",
        `the kernel has no memory to ${purpose} on ${subject} (${call}): ` +
          (sending ? "ask for fewer or shorter slots" : "ask for a smaller ring or a shorter filter"),
      );
    case ENOPROTOOPT:
    case EAFNOSUPPORT:
      return new PalisadeError(
        "LINK_UNSUPPORTED",
        sending
          ? `this kernel, or a rule for this process, leaves no way to send on ${subject} (${call}): allow packet ` +
              "and raw sockets (systemd: RestrictAddressFamilies)"
          : `this kernel has no packet sockets with rings (${call}): ${pipeInstead(subject)}`,
      );
    default:
      return new PalisadeError(
        "LINK_FAILED",
        `cannot ${purpose} on ${subject}: ${call}: ${errorName(errno)}`,
      );
  }
}

function pipeInstead(subject: string): string {
  return `pipe a capture in (tcpdump -i ${subject} -w - | palisade inspect -i -)`;
}

/** `LINK_NO_SUCH_INTERFACE`, naming those that there are. */
export function noSuchInterface(name: string): PalisadeError {
  const names = [...interfaceNames(), "any"].join(", ");
  return new PalisadeError(
    "LINK_NO_SUCH_INTERFACE",
    `there is no interface ${JSON.stringify(name)}; there are: ${names}`,
  );
}

/** Names of the interfaces that this process sees, in the kernel's order; none where the kernel does not tell. */
export function interfaceNames(): readonly string[] {
  try {
    return parseInterfaceNames(readFileSync("/proc/net/dev", "utf8"));
  } catch {
    return [];
  }
}

/** The names in proc_net_dev's table: two lines of headings, then a line `name: counters` for each interface. */
export function parseInterfaceNames(text: string): readonly string[] {
  const names: string[] = [];
  for (const line of text.split("\n").slice(2)) {
    const colon = line.lastIndexOf(":");
    if (colon > 0) names.push(line.slice(0, colon).trim());
  }
  return names;
}

/** The name of an error number, as in `EINVAL`. */
export function errorName(errno: number): string {
  return errno > 0 ? getSystemErrorName(-errno) : `error ${errno}`;
}
