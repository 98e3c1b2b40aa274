/**
 * A network of hosts that answer TCP and UDP by a table of behaviours, with a clock of its own: replies take their time, and some of
 * the packets are lost, by a seed.
 */

import { Malformed } from "@palisade/base";
import {
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  icmp,
  ipv4,
  LINKTYPE_RAW,
  type PacketSink,
  parseIpv4,
  parseTcp,
  parseUdp,
  TCP_ACK,
  TCP_RST,
  TCP_SYN,
  tcp,
  udp,
} from "@palisade/wire";
import type { ProbeLink, ProbePath } from "./links/probe-link.js";

export type Behaviour = "open" | "closed" | "silent" | "prohibited" | "unknown-cookie";

export interface SimulatedNetworkOptions {
  behaviour(address: string, port: number): Behaviour;
  /** Of a hundred packets, each way. */
  readonly lostPercent?: number;
  readonly roundTripUs?: number;
  /** Probes that are taken at once; the rest finds the queue full. */
  readonly queueMax?: number;
  /** Probes that pass in a second, at the time since the network began, and 20 ms' worth at once; undefined for all. */
  readonly passesPerSecond?: (afterUs: number) => number | undefined;
  /** ICMP errors that a host has to send, at most six at once (Linux's icmp_ratelimit); undefined for any number. */
  readonly errorsPerSecond?: (address: string) => number | undefined;
  /** Of those, what a host has left when the network begins. Default: all that it sends at once. */
  readonly errorsAtFirst?: number;
  /** They are counted anew each second instead, so many in each (FreeBSD's icmplim). */
  readonly errorsBySecond?: boolean;
  /** What has the limit, where several addresses share one. Default: each its own. */
  readonly machineOf?: (address: string) => string;
  /** Of the numbers that decide what is lost. */
  readonly seed?: number;
}

interface Arrival {
  readonly atUs: number;
  readonly packet: Uint8Array;
}

const START_US = 1_700_000_000_000_000;
/** Errors of a host that has not sent any for long. */
const ERRORS_AT_ONCE = 6;
/** Of a second's probes, what passes at once where so many pass. */
const BURST_SECONDS = 0.02;
const SLOTS = 64;
const SLOT_BYTES = 128;
const SOURCE = Uint8Array.of(192, 0, 2, 1);

export class SimulatedNetwork implements ProbeLink {
  readonly engine = "simulated";
  readonly octets = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly slotBytes = SLOT_BYTES;
  readonly slots = SLOTS;
  nowUs = START_US;
  /** Probes seen by the network, lost ones included, as `address:port`. */
  readonly seen: string[] = [];
  readonly #options: SimulatedNetworkOptions;
  readonly #lengths = new Uint16Array(SLOTS);
  readonly #arrivals: Arrival[] = [];
  readonly #path: ProbePath;
  /** By machine: errors that are left, and when that was. */
  readonly #errors = new Map<string, { readonly left: number; readonly atUs: number }>();
  #random: number;
  #tokens = 0;
  #filledUs = START_US;

  constructor(options: SimulatedNetworkOptions) {
    this.#options = options;
    this.#random = options.seed ?? 1;
    const header = ipv4({
      source: "192.0.2.1",
      destination: "0.0.0.0",
      protocol: IP_PROTOCOL_TCP,
      payload: new Uint8Array(0),
    });
    this.#path = { header, ipAt: 0, source: SOURCE };
  }

  pathTo(address: Uint8Array): ProbePath | undefined {
    return address[0] === 203 ? undefined : this.#path;
  }

  set(slot: number, bytes: number): void {
    this.#lengths[slot] = bytes;
  }

  send(count: number): number {
    const taken = Math.min(count, this.#options.queueMax ?? count);
    for (let slot = 0; slot < taken; slot += 1) {
      const start = slot * SLOT_BYTES;
      this.#probe(this.octets.slice(start, start + this.#lengths[slot]!));
    }
    this.nowUs += taken;
    return taken;
  }

  drain(sink: PacketSink): void {
    this.#arrivals.sort((a, b) => a.atUs - b.atUs);
    while (this.#arrivals.length > 0 && this.#arrivals[0]!.atUs <= this.nowUs) {
      const { atUs, packet } = this.#arrivals.shift()!;
      sink.packet(packet, 0, packet.length, packet.length, atUs, LINKTYPE_RAW, 0);
    }
  }

  async wait(timeoutMs: number): Promise<void> {
    const next = Math.min(...this.#arrivals.map(({ atUs }) => atUs), Number.POSITIVE_INFINITY);
    this.nowUs = Math.max(this.nowUs, Math.min(next, this.nowUs + timeoutMs * 1_000));
  }

  ringDrops(): number {
    return 0;
  }

  close(): void {}

  #probe(packet: Uint8Array): void {
    const ip = parseIpv4(packet);
    if (ip instanceof Malformed) throw new Error(`the network was sent what is no IPv4: ${ip.name}`);
    const address = [...ip.destination].join(".");
    const answer = (payload: Uint8Array): void => {
      if (this.#lost()) return;
      const reply = ipv4({ source: address, destination: ip.source, payload });
      this.#arrivals.push({ atUs: this.nowUs + (this.#options.roundTripUs ?? 500), packet: reply });
    };
    if (ip.protocol === IP_PROTOCOL_UDP) {
      this.#datagram(packet, address, ip.payload, answer);
      return;
    }
    const segment = parseTcp(ip.payload);
    if (segment instanceof Malformed) throw new Error(`the network was sent what is no TCP: ${segment.name}`);
    const { sourcePort, destinationPort, sequence } = segment;
    this.seen.push(`${address}:${destinationPort}`);
    if (this.#lost() || !this.#passes()) return;
    const ports = { sourcePort: destinationPort, destinationPort: sourcePort };
    switch (this.#options.behaviour(address, destinationPort)) {
      case "open":
        answer(
          tcp({ ...ports, flags: TCP_SYN | TCP_ACK, sequence: 7, acknowledgement: (sequence + 1) >>> 0 }),
        );
        break;
      case "closed":
        answer(tcp({ ...ports, flags: TCP_RST | TCP_ACK, acknowledgement: (sequence + 1) >>> 0 }));
        break;
      case "unknown-cookie":
        answer(
          tcp({ ...ports, flags: TCP_SYN | TCP_ACK, sequence: 7, acknowledgement: (sequence + 99) >>> 0 }),
        );
        break;
      case "prohibited":
        if (!this.#hasError(address)) break;
        answer(icmp({ type: 3, code: 13, payload: packet.subarray(0, 28) }));
        break;
      case "silent":
        break;
    }
  }

  #datagram(
    packet: Uint8Array,
    address: string,
    payload: Uint8Array,
    answer: (payload: Uint8Array) => void,
  ): void {
    const datagram = parseUdp(payload);
    if (datagram instanceof Malformed)
      throw new Error(`the network was sent what is no UDP: ${datagram.name}`);
    const { sourcePort, destinationPort } = datagram;
    this.seen.push(`${address}:${destinationPort}`);
    if (this.#lost() || !this.#passes()) return;
    const behaviour = this.#options.behaviour(address, destinationPort);
    if (behaviour === "open")
      answer(udp({ sourcePort: destinationPort, destinationPort: sourcePort, payload: Uint8Array.of(1) }));
    else if (behaviour === "closed" && this.#hasError(address))
      answer(icmp({ type: 3, code: 3, payload: packet.subarray(0, 28) }));
  }

  #hasError(address: string): boolean {
    const perSecond = this.#options.errorsPerSecond?.(address);
    if (perSecond === undefined) return true;
    const machine = this.#options.machineOf?.(address) ?? address;
    const most = this.#options.errorsBySecond === true ? perSecond : ERRORS_AT_ONCE;
    const { errorsAtFirst = most } = this.#options;
    const { left, atUs } = this.#errors.get(machine) ?? { left: errorsAtFirst, atUs: START_US };
    const now = Math.min(most, left + perSecond * this.#errorSeconds(atUs));
    this.#errors.set(machine, { left: now < 1 ? now : now - 1, atUs: this.nowUs });
    return now >= 1;
  }

  /** Since a time: whole ones where that is how errors are counted. */
  #errorSeconds(atUs: number): number {
    const [from, to] = [atUs / 1e6, this.nowUs / 1e6];
    return this.#options.errorsBySecond === true ? Math.floor(to) - Math.floor(from) : to - from;
  }

  #passes(): boolean {
    const perSecond = this.#options.passesPerSecond?.(this.nowUs - START_US);
    if (perSecond === undefined) return true;
    const filled = this.#tokens + (perSecond * (this.nowUs - this.#filledUs)) / 1e6;
    this.#filledUs = this.nowUs;
    this.#tokens = Math.min(perSecond * BURST_SECONDS, filled);
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }

  /** A linear congruential generator (Numerical Recipes' constants). */
  #lost(): boolean {
    this.#random = (Math.imul(this.#random, 1_664_525) + 1_013_904_223) >>> 0;
    return ((this.#random >>> 8) % 10_000) / 100 < (this.#options.lostPercent ?? 0);
  }
}
