/**
 * Probes through the kernel's packet and raw sockets, replies through rings.
 *
 * Two ways to send. Where all hosts are reached through one Ethernet interface, frames are handed to it (`packet`), which is
 * fastest: to the one next hop of all, or each to its own, whose link addresses are then asked for (`sweepLink`). Else IP packets
 * are handed to the kernel (`raw-ip`), which looks up the way of each, asks for neighbours, and takes loopback and bare-IP
 * interfaces; those to this machine itself always. Every interface that replies can come in by has a ring of its own.
 */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { PalisadeError } from "@palisade/base";
import {
  findRoute,
  type NetworkInterface,
  openEthernetSender,
  openIpSender,
  PacketRing,
  type Route,
  SLOTS,
} from "@palisade/link";
import {
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  MAC_BYTES,
  type PacketSink,
} from "@palisade/wire";
import { SOURCE_PORT_SPREAD } from "../probe-scan.js";
import type { HostList } from "../scan-plan.js";
import { type FrameOptions, type Frames, framesThrough, HOSTS_LOOKED_AT_MAX } from "./packet-link-frames.js";
import { type FrameSender, MixedSender } from "./packet-link-sender.js";
import { pathFrom } from "./path.js";
import type { ProbeLink, ProbePath } from "./probe-link.js";
import { kernelWays, type Ways } from "./ways.js";

export interface PacketLinkOptions extends FrameOptions {
  /** Ports that each of them is asked about. */
  readonly portsPerHost: number;
  /** IP protocol of the probes; 0 for several. */
  readonly ipProtocol: number;
  /** Octets of the longest probe, from its transport header on. */
  readonly probeBytesMax: number;
  readonly sourcePort: number;
  /** Probes leave by this interface alone. */
  readonly interface?: NetworkInterface | undefined;
  /** Hops that a probe may take, 1 … 255. Default 64. */
  readonly timeToLive?: number | undefined;
}

/** Routes that are asked for each time are new objects each time: so many are remembered. */
const ROUTES_REMEMBERED_MAX = 4_096;
/** Room for the replies of some tens of milliseconds at half a million packets per second: a reply takes 160 octets. */
const RING_BYTES = 4 * 1024 * 1024;
const BLOCK_BYTES = 64 * 1024;
/**
 * For few replies, since the kernel takes milliseconds to make a ring of the size above. Of blocks there are as many: each is
 * closed when its time is over, however few packets it holds, and when all are closed the next packet is lost.
 */
const RING_BYTES_SMALL = 1024 * 1024;
const BLOCK_BYTES_SMALL = 16 * 1024;
/** Octets of a reply that are kept: headers, also those that an error quotes. */
const SNAPLEN_BYTES = 512;
const PAIRS_FEW = 1_024;
/** A reply waits for its block at most so long. */
const RETIRE_MS = 2;
/** Interfaces that replies can come in by. */
const RINGS_MAX = 64;
/** The last source port with room for all that UDP probes come from. */
const UDP_SOURCE_PORT_LAST = 65_536 - SOURCE_PORT_SPREAD;
/** Ethernet and IPv6. */
const HEADER_BYTES_MAX = 14 + 40;
/** What every sender has room for. */
const PROBE_BYTES_MIN = 64;
/** One batch is written while the kernel is given others; with one processor there is nobody else to send. */
const LANES = availableParallelism() > 1 ? 4 : 1;

/**
 * Opens what probes to the hosts need.
 *
 * @throws {PalisadeError} `SCAN_SOURCE_PORT_RANGE`, `LINK_NOT_PERMITTED` without CAP_NET_RAW, `LINK_NO_ROUTE` where there is no way to any of the hosts, and
 *   what else `openEthernetSender`, `openIpSender`, `PacketRing`, `resolveNeighbour` and `sweepLink` throw
 */
export async function openPacketLink(options: PacketLinkOptions): Promise<ProbeLink> {
  const { hosts, ipProtocol, sourcePort } = options;
  if (ipProtocol === IP_PROTOCOL_UDP && sourcePort > UDP_SOURCE_PORT_LAST) {
    throw new PalisadeError(
      "SCAN_SOURCE_PORT_RANGE",
      `UDP probes come from ${SOURCE_PORT_SPREAD} ports from ${sourcePort} on, which is above 65535: use a source port of at most ${UDP_SOURCE_PORT_LAST}`,
    );
  }
  const routes = kernelWays(hosts.size, options.interface);
  const address = new Uint8Array(hosts.addressBytes);
  const first = firstRoute(hosts, routes, address) ?? findRoute(address, { interface: options.interface });
  const frames = await framesThrough(routes, options);
  const slotBytes = HEADER_BYTES_MAX + Math.max(PROBE_BYTES_MIN, options.probeBytesMax);
  const sender = openSender(frames, slotBytes, options);
  const link = new PacketLink(sender, frames, routes, options);
  try {
    // Replies to the first probe must find their ring.
    link.listenOn(frames?.interface ?? first.interface);
    return link;
  } catch (error) {
    link.close();
    throw error;
  }
}

function openSender(frames: Frames | undefined, slotBytes: number, options: PacketLinkOptions): FrameSender {
  const openIp = (): FrameSender =>
    openIpSender(options.hosts.addressBytes === 4 ? 4 : 6, {
      interface: options.interface,
      slotBytes,
      slots: LANES * SLOTS,
    });
  if (frames === undefined) return openIp();
  const slots = frames.hasLocal ? SLOTS : LANES * SLOTS;
  const sender = openEthernetSender(frames.interface, { bypassQueue: true, slotBytes, slots });
  if (!frames.hasLocal) return sender;
  try {
    return new MixedSender(sender, openIp());
  } catch (error) {
    sender.close();
    throw error;
  }
}

/** The way to the first host that there is one to, whose address is then in `address`; the first host's where there is none. */
function firstRoute(hosts: HostList, routes: Ways, address: Uint8Array): Route | undefined {
  const size = Math.min(hosts.size, HOSTS_LOOKED_AT_MAX);
  for (let host = 0; host < size; host += 1) {
    hosts.write(host, address, 0);
    const route = routes.find(address, 0, hosts.addressBytes);
    if (route !== undefined) return route;
  }
  hosts.write(0, address, 0);
  return undefined;
}

class PacketLink implements ProbeLink {
  readonly engine: string;
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly lanes: number;
  readonly sendAside: ProbeLink["sendAside"];
  readonly linkAddresses: Uint8Array | undefined;
  readonly #sender: FrameSender;
  readonly #linkHeader: Uint8Array;
  readonly #options: PacketLinkOptions;
  readonly #routes: Ways;
  readonly #pathOf = new Map<Route, ProbePath>();
  /** By source address. */
  readonly #paths = new Map<string, ProbePath>();
  /** By interface index. */
  readonly #rings = new Map<number, PacketRing>();

  constructor(sender: FrameSender, frames: Frames | undefined, routes: Ways, options: PacketLinkOptions) {
    this.engine = frames === undefined ? "raw-ip" : "packet";
    this.#sender = sender;
    this.#linkHeader = frames?.header ?? new Uint8Array(0);
    this.linkAddresses = frames?.linkAddresses;
    this.#options = options;
    this.#routes = routes;
    this.octets = sender.octets;
    this.slotBytes = sender.slotBytes;
    this.lanes = sender.sendAside === undefined ? 1 : LANES;
    this.slots = sender.slots / this.lanes;
    this.sendAside = this.lanes === 1 ? undefined : sender.sendAside?.bind(sender);
  }

  pathTo(address: Uint8Array, at: number): ProbePath | undefined {
    const route = this.#routes.find(address, at, this.#options.hosts.addressBytes);
    if (route === undefined) return undefined;
    if (this.linkAddresses !== undefined && !route.local && !this.#isThere(address, at)) return undefined;
    const known = this.#pathOf.get(route);
    if (known !== undefined) return known;
    this.listenOn(route.interface);
    const key = route.source.join(".");
    const path = this.#paths.get(key) ?? pathFrom(route.source, this.#options.timeToLive, this.#linkHeader);
    this.#paths.set(key, path);
    if (this.#pathOf.size < ROUTES_REMEMBERED_MAX) this.#pathOf.set(route, path);
    return path;
  }

  set(slot: number, bytes: number): void {
    this.#sender.set(slot, bytes);
  }

  send(count: number, first?: number): number {
    return this.#sender.send(count, first);
  }

  drain(sink: PacketSink): void {
    for (const ring of this.#rings.values()) ring.drain(sink);
  }

  async wait(timeoutMs: number): Promise<void> {
    const [first, ...others] = this.#rings.values();
    if (first === undefined) return;
    // Rings that are not waited for are looked at often.
    await first.wait(others.length === 0 ? timeoutMs : Math.min(timeoutMs, RETIRE_MS));
  }

  ringDrops(): number {
    let drops = 0;
    for (const ring of this.#rings.values()) drops += ring.statistics().dropped;
    return drops;
  }

  firewalled(): number {
    return this.#sender.statistics.firewalled;
  }

  close(): void {
    this.#sender.close();
    for (const ring of this.#rings.values()) ring.close();
  }

  /** Whether the host of an address has a link address. */
  #isThere(address: Uint8Array, at: number): boolean {
    const host = this.#options.hosts.indexAt(address, at);
    if (host < 0) return false;
    const end = (host + 1) * MAC_BYTES;
    for (let octet = end - MAC_BYTES; octet < end; octet += 1) {
      if (this.linkAddresses?.[octet] !== 0) return true;
    }
    return false;
  }

  /** Opens the ring of an interface, where there is none yet. */
  listenOn(device: NetworkInterface): void {
    if (this.#rings.has(device.index)) return;
    if (this.#rings.size >= RINGS_MAX) {
      throw new PalisadeError(
        "SCAN_INTERFACES_TOO_MANY",
        `the targets are reached through more than ${RINGS_MAX} interfaces: scan fewer of them at a time`,
      );
    }
    const { hosts, portsPerHost } = this.#options;
    const few = hosts.size * portsPerHost <= PAIRS_FEW;
    const ring = new PacketRing(device.name, {
      filter: replyFilter(this.#options),
      ringBytes: few ? RING_BYTES_SMALL : RING_BYTES,
      blockBytes: few ? BLOCK_BYTES_SMALL : BLOCK_BYTES,
      snaplenBytes: SNAPLEN_BYTES,
      retireMs: RETIRE_MS,
    });
    this.#rings.set(device.index, ring);
  }
}

/** What can be a reply, for the kernel to let in. */
function replyFilter({ hosts, ipProtocol, sourcePort }: PacketLinkOptions): string {
  const [ip, icmp] = hosts.addressBytes === 4 ? ["ip", "icmp"] : ["ip6", "icmp6"];
  switch (ipProtocol) {
    case IP_PROTOCOL_TCP:
      return `${ip} and ((tcp and dst port ${sourcePort}) or ${icmp})`;
    case IP_PROTOCOL_SCTP:
      return `${ip} and ((sctp and dst port ${sourcePort}) or ${icmp})`;
    case IP_PROTOCOL_UDP:
      return `${ip} and ((udp and dst portrange ${sourcePort}-${sourcePort + SOURCE_PORT_SPREAD - 1}) or ${icmp})`;
    default:
      return ip;
  }
}

/** Where Linux says which ports it gives to its own connections. */
const LOCAL_PORT_RANGE = "/proc/sys/net/ipv4/ip_local_port_range";
const PORT_FIRST = 1_024;
const PORT_LAST = 65_535;

/**
 * A source port with `SOURCE_PORT_SPREAD` ports from there on, outside of the range that the kernel takes ports of its own
 * connections from, so that no socket takes the replies.
 *
 * @param random 0 … 1, exclusive
 */
export function chooseSourcePort(random: number, range: string | undefined = readLocalPortRange()): number {
  const [low, high] = (range ?? "32768 60999").trim().split(/\s+/).map(Number) as [number, number];
  const above = PORT_LAST - SOURCE_PORT_SPREAD + 1 - (high + 1);
  const [first, room] = above > 0 ? [high + 1, above] : [PORT_FIRST, low - SOURCE_PORT_SPREAD - PORT_FIRST];
  return first + Math.floor(random * Math.max(1, room));
}

function readLocalPortRange(): string | undefined {
  try {
    return readFileSync(LOCAL_PORT_RANGE, "utf8");
  } catch {
    return undefined;
  }
}
