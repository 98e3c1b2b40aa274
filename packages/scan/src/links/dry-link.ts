/**
 * A link that sends nothing: what a scan would send is handed to whoever wants to see it. No reply ever comes, and nobody waits
 * for one. Needs no privilege, since the kernel tells its routes to everybody.
 *
 * Frames begin with the IP header, as those of `raw-ip` do: the Ethernet header before it would take asking for the neighbour.
 */
import { assert } from "@palisade/base";
import { type NetworkInterface, type Route, RouteMap } from "@palisade/link";
import { IP_PROTOCOL_TCP, ipv4, ipv6, type PacketSink } from "@palisade/wire";
import type { ProbeLink, ProbePath } from "../probe-link.js";

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
  readonly routes?: Pick<RouteMap, "find"> | undefined;
}

/** Probes that are written before they are handed on. */
const SLOTS = 64;
/** IPv6, and room for the Ethernet header that other links have there. */
const HEADER_BYTES_MAX = 14 + 40;
const TIME_TO_LIVE = 64;

export class DryLink implements ProbeLink {
  readonly engine = "dry-run";
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots = SLOTS;
  readonly #options: DryLinkOptions;
  readonly #routes: Pick<RouteMap, "find">;
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
    const path = this.#paths.get(key) ?? this.#pathFrom(route.source);
    this.#paths.set(key, path);
    this.#pathOf.set(route, path);
    return path;
  }

  set(slot: number, bytes: number): void {
    assert(slot >= 0 && slot < SLOTS && bytes <= this.slotBytes, "dry link: a probe fits into its slot");
    this.#lengths[slot] = bytes;
  }

  /** Hands on every frame, and takes all. What `frame` throws passes through. */
  send(count: number): number {
    assert(count >= 0 && count <= SLOTS, "dry link: so many slots there are");
    for (let slot = 0; slot < count; slot += 1) {
      this.#options.frame(this.octets, slot * this.slotBytes, this.#lengths[slot]!);
    }
    return count;
  }

  drain(_sink: PacketSink): void {}

  async wait(_timeoutMs: number): Promise<void> {}

  ringDrops(): number {
    return 0;
  }

  close(): void {}

  #pathFrom(source: Uint8Array): ProbePath {
    const payload = new Uint8Array(0);
    const { timeToLive = TIME_TO_LIVE } = this.#options;
    const destination = new Uint8Array(source.length);
    const header =
      source.length === 4
        ? ipv4({ source, destination, protocol: IP_PROTOCOL_TCP, timeToLive, payload })
        : ipv6({ source, destination, nextHeader: IP_PROTOCOL_TCP, hopLimit: timeToLive, payload });
    return { header, ipAt: 0, source };
  }
}
