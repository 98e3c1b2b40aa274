/**
 * A link that sends nothing: what a scan would send is handed to whoever wants to see it. No reply ever comes, and nobody waits
 * for one. Needs no privilege, since the kernel tells its routes to everybody.
 *
 * Frames begin with the IP header, as those of `raw-ip` do: the Ethernet header before it would take asking for the neighbour.
 */
import { assert } from "@palisade/base";
import { type NetworkInterface, type Route, RouteMap } from "@palisade/link";
import type { PacketSink } from "@palisade/wire";
import type { SweepLink } from "../discovery/link-sweep-socket.js";
import { pathFrom } from "./path.js";
import type { ProbeLink, ProbePath } from "./probe-link.js";
import type { Ways } from "./ways.js";

/** Takes a frame that would be sent: `octets[at … at + bytes)`, valid during the call. */
export type FrameTaker = (octets: Uint8Array, at: number, bytes: number) => void;

export interface DryLinkOptions {
  readonly addressBytes: 4 | 16;
  /** Octets of the longest probe, from its transport header on. */
  readonly probeBytesMax: number;
  readonly frame: FrameTaker;
  /** Probes would leave by this interface alone. */
  readonly interface?: NetworkInterface | undefined;
  /** Hops that a probe may take, 1 … 255. Default 64. */
  readonly timeToLive?: number | undefined;
  /** Who knows the ways. Default: the kernel, by `RouteMap`. */
  readonly routes?: Ways | undefined;
  /** What whoever takes the frames can do no more of for now. Default: nothing. */
  readonly room?: FrameRoom | undefined;
}

/** Whether frames may be handed on. */
export interface FrameRoom {
  /** While it is true, none is: they stay, as if a queue were full. */
  isFull(): boolean;
  /** Resolves when there is room, or may be. */
  drained(): Promise<void>;
}

/** Probes that are written before they are handed on. */
const SLOTS = 64;
/** IPv6, and room for the Ethernet header that other links have there. */
const HEADER_BYTES_MAX = 14 + 40;

export class DryLink implements ProbeLink {
  readonly engine = "dry-run";
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots = SLOTS;
  readonly #options: DryLinkOptions;
  readonly #routes: Ways;
  readonly #lengths = new Uint32Array(SLOTS);
  readonly #pathOf = new WeakMap<Route, ProbePath>();
  /** By source address. */
  readonly #paths = new Map<string, ProbePath>();

  /** @throws {PalisadeError} what the kernel's routes cannot be asked for, with the first call of `pathTo` */
  constructor(options: DryLinkOptions) {
    this.#options = options;
    this.#routes = options.routes ?? new RouteMap({ interface: options.interface });
    this.slotBytes = HEADER_BYTES_MAX + options.probeBytesMax;
    this.octets = new Uint8Array(SLOTS * this.slotBytes);
  }

  pathTo(address: Uint8Array, at: number): ProbePath | undefined {
    const route = this.#routes.find(address, at, this.#options.addressBytes);
    if (route === undefined) return undefined;
    const known = this.#pathOf.get(route);
    if (known !== undefined) return known;
    const key = route.source.join(".");
    const path = this.#paths.get(key) ?? pathFrom(route.source, this.#options.timeToLive);
    this.#paths.set(key, path);
    this.#pathOf.set(route, path);
    return path;
  }

  set(slot: number, bytes: number): void {
    assert(slot >= 0 && slot < SLOTS && bytes <= this.slotBytes, "dry link: a probe fits into its slot");
    this.#lengths[slot] = bytes;
  }

  /** Hands on every frame, and takes all; none while there is no room. What `frame` throws passes through. */
  send(count: number): number {
    assert(count >= 0 && count <= SLOTS, "dry link: so many slots there are");
    if (this.#options.room?.isFull() === true) return 0;
    for (let slot = 0; slot < count; slot += 1) {
      this.#options.frame(this.octets, slot * this.slotBytes, this.#lengths[slot]!);
    }
    return count;
  }

  drain(_sink: PacketSink): void {}

  /** One turn of the event loop, so that signals and output have theirs, and as long as there is no room. */
  async wait(_timeoutMs: number): Promise<void> {
    await waitForRoom(this.#options.room);
  }

  ringDrops(): number {
    return 0;
  }

  close(): void {}
}

/**
 * Stands before what questions for neighbours leave by, and sends nothing: each question is handed on, as a frame of Ethernet,
 * and nobody answers. The link underneath says how questions are laid out, and is closed with this one.
 */
export class DrySweep implements SweepLink {
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly #inner: SweepLink;
  readonly #frame: FrameTaker;
  readonly #room: FrameRoom | undefined;
  readonly #lengths: Uint32Array;

  constructor(inner: SweepLink, frame: FrameTaker, room?: FrameRoom) {
    this.#inner = inner;
    this.#frame = frame;
    this.#room = room;
    this.octets = inner.octets;
    this.slotBytes = inner.slotBytes;
    this.slots = inner.slots;
    this.#lengths = new Uint32Array(inner.slots);
  }

  set(slot: number, bytes: number): void {
    this.#lengths[slot] = bytes;
  }

  /** As a `DryLink`'s. */
  send(count: number): number {
    if (this.#room?.isFull() === true) return 0;
    for (let slot = 0; slot < count; slot += 1)
      this.#frame(this.octets, slot * this.slotBytes, this.#lengths[slot]!);
    return count;
  }

  drain(_sink: PacketSink): void {}

  async wait(_timeoutMs: number): Promise<void> {
    await waitForRoom(this.#room);
  }

  ringDrops(): number {
    return 0;
  }

  close(): void {
    this.#inner.close();
  }
}

async function waitForRoom(room: FrameRoom | undefined): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  if (room?.isFull() === true) await room.drained();
}
