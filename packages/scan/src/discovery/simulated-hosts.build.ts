/**
 * A network of hosts that answer as a function says, over both versions of IP and any protocol, with a clock of its own; some of
 * the packets are lost, by a seed. Several links may be open on it at a time: a packet comes in by all of them.
 */
import { Malformed } from "@palisade/base";
import {
  formatIpAddress,
  icmp,
  icmpv6,
  ipv4,
  ipv6,
  LINKTYPE_RAW,
  type PacketSink,
  parseIpv4,
  parseIpv6,
} from "@palisade/wire";
import type { ProbeLink, ProbePath } from "../links/probe-link.js";

/** A probe as it reached the network. */
export interface SeenProbe {
  readonly packet: Uint8Array;
  readonly address: string;
  readonly protocol: number;
  /** From the transport header on. */
  readonly payload: Uint8Array;
}

export interface SimulatedHostsOptions {
  readonly version: 4 | 6;
  /** The packets that come back, whole, from `reply` or `error`. */
  answers(probe: SeenProbe, network: SimulatedHosts): readonly Uint8Array[];
  /** Of a hundred packets, each way. */
  readonly lostPercent?: number;
  readonly roundTripUs?: number;
  readonly seed?: number;
}

const SLOTS = 16;
const SLOT_BYTES = 2_048;
const OURS = { 4: "192.0.2.1", 6: "2001:db8::1" } as const;

export class SimulatedHosts {
  nowUs = 1_700_000_000_000_000;
  /** Probes that were sent, lost ones included. */
  readonly seen: SeenProbe[] = [];
  /** IP protocols that links were opened for. */
  readonly opened: number[] = [];
  closed = 0;
  readonly #options: SimulatedHostsOptions;
  readonly #links: SimulatedLink[] = [];
  #random: number;

  constructor(options: SimulatedHostsOptions) {
    this.#options = options;
    this.#random = options.seed ?? 1;
  }

  open(ipProtocol: number): ProbeLink {
    this.opened.push(ipProtocol);
    const link = new SimulatedLink(this, this.#options.version);
    this.#links.push(link);
    return link;
  }

  /** A packet with this transport payload from an address to us. */
  reply(address: string, protocol: number, payload: Uint8Array, ttl = 57): Uint8Array {
    const { version } = this.#options;
    return version === 4
      ? ipv4({ source: address, destination: OURS[4], protocol, timeToLive: ttl, payload })
      : ipv6({ source: address, destination: OURS[6], nextHeader: protocol, hopLimit: ttl, payload });
  }

  /** An ICMP error from an address about a packet. */
  error(address: string, type: number, code: number, about: Uint8Array): Uint8Array {
    return this.#options.version === 4
      ? this.reply(address, 1, icmp({ type, code, payload: about.subarray(0, 28) }))
      : this.reply(address, 58, icmpv6({ type, code, payload: about }));
  }

  sent(packet: Uint8Array): void {
    const ip = this.#options.version === 4 ? parseIpv4(packet) : parseIpv6(packet);
    if (ip instanceof Malformed) throw new Error(`the network was sent what is no IP: ${ip.name}`);
    const probe = {
      packet,
      address: formatIpAddress(ip.destination),
      protocol: "protocol" in ip ? ip.protocol : ip.nextHeader,
      payload: ip.payload,
    };
    this.seen.push(probe);
    if (this.#lost()) return;
    const atUs = this.nowUs + (this.#options.roundTripUs ?? 500);
    for (const answer of this.#options.answers(probe, this)) {
      if (!this.#lost()) for (const link of this.#links) link.arrivals.push({ atUs, packet: answer });
    }
  }

  /** A linear congruential generator (Numerical Recipes' constants). */
  #lost(): boolean {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return ((this.#random >>> 8) % 10_000) / 100 < (this.#options.lostPercent ?? 0);
  }
}

class SimulatedLink implements ProbeLink {
  readonly engine = "simulated";
  readonly octets = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly slotBytes = SLOT_BYTES;
  readonly slots = SLOTS;
  arrivals: { readonly atUs: number; readonly packet: Uint8Array }[] = [];
  readonly #network: SimulatedHosts;
  readonly #lengths = new Uint16Array(SLOTS);
  readonly #path: ProbePath;

  constructor(network: SimulatedHosts, version: 4 | 6) {
    this.#network = network;
    const payload = new Uint8Array(0);
    const header =
      version === 4
        ? ipv4({ source: OURS[4], destination: "0.0.0.0", protocol: 6, payload })
        : ipv6({ source: OURS[6], destination: "::", nextHeader: 6, payload });
    this.#path = { header, ipAt: 0, source: header.slice(version === 4 ? 12 : 8, version === 4 ? 16 : 24) };
  }

  pathTo(): ProbePath {
    return this.#path;
  }

  set(slot: number, bytes: number): void {
    this.#lengths[slot] = bytes;
  }

  send(count: number): number {
    for (let slot = 0; slot < count; slot += 1) {
      const start = slot * SLOT_BYTES;
      this.#network.sent(this.octets.slice(start, start + this.#lengths[slot]!));
    }
    this.#network.nowUs += count;
    return count;
  }

  drain(sink: PacketSink): void {
    const now = this.#network.nowUs;
    const here = this.arrivals.filter(({ atUs }) => atUs <= now);
    this.arrivals = this.arrivals.filter(({ atUs }) => atUs > now);
    for (const { atUs, packet } of here) {
      sink.packet(packet, 0, packet.length, packet.length, atUs, LINKTYPE_RAW, 0);
    }
  }

  async wait(timeoutMs: number): Promise<void> {
    const next = Math.min(...this.arrivals.map(({ atUs }) => atUs), Number.POSITIVE_INFINITY);
    const { nowUs } = this.#network;
    this.#network.nowUs = Math.max(nowUs, Math.min(next, nowUs + timeoutMs * 1_000));
  }

  ringDrops(): number {
    return 0;
  }

  close(): void {
    this.#network.closed += 1;
  }
}
