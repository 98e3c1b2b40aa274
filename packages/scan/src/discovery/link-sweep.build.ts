/**
 * A link of stations that answer ARP and neighbour solicitations, with a clock of its own, and frames to hand to it. What it is
 * asked is read by the parsers of `wire`, which know nothing of how a sweep writes.
 */
import { Malformed } from "@palisade/base";
import {
  ARP_REPLY,
  type ArpOptions,
  arp,
  checksumHolds,
  concat,
  ETHERTYPE_ARP,
  ethernet,
  formatIpAddress,
  ICMPV6_NEIGHBOR_ADVERTISEMENT,
  ICMPV6_NEIGHBOR_SOLICITATION,
  IP_PROTOCOL_ICMPV6,
  icmpv6,
  ipv6,
  LINKTYPE_ETHERNET,
  type PacketSink,
  parseArp,
  parseEthernet,
  parseIcmp,
  parseIpv6,
  pseudoHeaderSum,
} from "@palisade/wire";
import { octetsOf } from "../hosts.build.js";
import type { SweepLink } from "./link-sweep-socket.js";

export const OWN_LINK = "02:00:00:00:00:01";
const BROADCAST = "ff:ff:ff:ff:ff:ff";
/** Solicited and override (RFC 4861 §4.4). */
const ADVERTISED = 0x6000_0000;

interface AdvertisementOptions {
  readonly target: string;
  readonly link: string;
  readonly to: string;
  readonly source?: string;
  readonly rest?: number;
  readonly code?: number;
  readonly hopLimit?: number;
  readonly checksum?: number;
  /** Instead of the target's link address. */
  readonly options?: Uint8Array;
}

/** A neighbour advertisement (RFC 4861 §4.4) in its frame. */
export function advertisement(options: AdvertisementOptions): Uint8Array {
  const { target, link, to } = options;
  return ethernet({
    source: link,
    destination: OWN_LINK,
    payload: ipv6({
      source: options.source ?? target,
      destination: to,
      hopLimit: options.hopLimit ?? 255,
      payload: icmpv6({
        type: ICMPV6_NEIGHBOR_ADVERTISEMENT,
        code: options.code ?? 0,
        rest: options.rest ?? ADVERTISED,
        ...(options.checksum === undefined ? {} : { checksum: options.checksum }),
        payload: concat(octetsOf(target), options.options ?? linkOption(2, link)),
      }),
    }),
  });
}

/** A neighbour solicitation by a target, for somebody else. */
export function solicitation(source: string, link: string, target: string): Uint8Array {
  return ethernet({
    source: link,
    destination: "33:33:ff:00:00:01",
    payload: ipv6({
      source,
      destination: "ff02::1:ff00:1",
      hopLimit: 255,
      payload: icmpv6({
        type: ICMPV6_NEIGHBOR_SOLICITATION,
        payload: concat(octetsOf(target), linkOption(1, link)),
      }),
    }),
  });
}

export function linkOption(type: number, link: string): Uint8Array {
  return Uint8Array.from([type, 1, ...link.split(":").map((octet) => Number.parseInt(octet, 16))]);
}

/** ARP in its frame. */
export function arpFrame(options: ArpOptions, destination: string = OWN_LINK): Uint8Array {
  return ethernet({
    source: typeof options.senderHardware === "string" ? options.senderHardware : OWN_LINK,
    destination,
    payload: arp(options),
    bytesMin: 60,
  });
}

export interface SimulatedLinkOptions {
  /** Link addresses of whoever answers for an address, in the order of their answers. */
  stationsOf(address: string): readonly string[];
  readonly roundTripUs?: number;
  /** Questions that nobody hears, of all: by their number, from 0. */
  isLost?(question: number): boolean;
  /** Questions that are taken at once; the rest finds the queue full. */
  readonly queueMax?: number;
  /** What else comes in when somebody is asked for. */
  besides?(address: string): readonly Uint8Array[];
}

const SLOTS = 16;
const SLOT_BYTES = 128;

export class SimulatedLink implements SweepLink {
  readonly octets = new Uint8Array(SLOTS * SLOT_BYTES);
  readonly slotBytes = SLOT_BYTES;
  readonly slots = SLOTS;
  nowUs = 1_700_000_000_000_000;
  /** Who was asked for, in order, with the address that it was asked from. */
  readonly asked: string[] = [];
  closed = false;
  readonly #options: SimulatedLinkOptions;
  readonly #lengths = new Uint16Array(SLOTS);
  readonly #arrivals: { readonly atUs: number; readonly frame: Uint8Array }[] = [];

  constructor(options: SimulatedLinkOptions) {
    this.#options = options;
  }

  set(slot: number, bytes: number): void {
    this.#lengths[slot] = bytes;
  }

  send(count: number): number {
    const taken = Math.min(count, this.#options.queueMax ?? count);
    for (let slot = 0; slot < taken; slot += 1) {
      const start = slot * SLOT_BYTES;
      this.#question(this.octets.slice(start, start + this.#lengths[slot]!));
    }
    this.nowUs += taken;
    return taken;
  }

  drain(sink: PacketSink): void {
    this.#arrivals.sort((a, b) => a.atUs - b.atUs);
    while (this.#arrivals.length > 0 && this.#arrivals[0]!.atUs <= this.nowUs) {
      const { atUs, frame } = this.#arrivals.shift()!;
      sink.packet(frame, 0, frame.length, frame.length, atUs, LINKTYPE_ETHERNET, 0);
    }
  }

  async wait(timeoutMs: number): Promise<void> {
    const next = Math.min(...this.#arrivals.map(({ atUs }) => atUs), Number.POSITIVE_INFINITY);
    this.nowUs = Math.max(this.nowUs, Math.min(next, this.nowUs + timeoutMs * 1_000));
  }

  ringDrops(): number {
    return 0;
  }

  close(): void {
    this.closed = true;
  }

  #question(octets: Uint8Array): void {
    const { address, source } = questionIn(octets);
    const number = this.asked.push(`${address} from ${source}`) - 1;
    const { stationsOf, isLost, besides, roundTripUs = 500 } = this.#options;
    if (isLost?.(number) === true) return;
    const frames = stationsOf(address).map((link) =>
      source.includes(":")
        ? advertisement({ target: address, link, to: source })
        : arpFrame({
            operation: ARP_REPLY,
            senderHardware: link,
            senderProtocol: address,
            targetHardware: OWN_LINK,
            targetProtocol: source,
          }),
    );
    for (const frame of [...frames, ...(besides?.(address) ?? [])]) {
      this.#arrivals.push({ atUs: this.nowUs + roundTripUs, frame });
    }
  }
}

/** Who is asked for by a frame, and from where; throws where it is no right question. */
export function questionIn(octets: Uint8Array): { readonly address: string; readonly source: string } {
  const frame = parseEthernet(octets);
  if (frame instanceof Malformed) throw new Error(frame.name);
  if (frame.etherType === ETHERTYPE_ARP) {
    const request = parseArp(frame.payload);
    if (request instanceof Malformed) throw new Error(request.name);
    const same =
      request.operation === 1 &&
      request.hardwareType === 1 &&
      request.targetHardware.every((octet) => octet === 0) &&
      macOf(frame.destination) === BROADCAST &&
      macOf(frame.source) === OWN_LINK &&
      macOf(request.senderHardware) === OWN_LINK &&
      octets.length === 60;
    if (!same) throw new Error("an ARP request is wrong");
    return {
      address: formatIpAddress(request.targetProtocol),
      source: formatIpAddress(request.senderProtocol),
    };
  }
  const packet = parseIpv6(frame.payload);
  if (packet instanceof Malformed) throw new Error(packet.name);
  const message = parseIcmp(packet.payload);
  if (message instanceof Malformed) throw new Error(message.name);
  const target = message.payload.subarray(0, 16);
  const ends = formatIpAddress(concat(octetsOf("ff02::1:ff00:0").subarray(0, 13), target.subarray(13)));
  const sum = pseudoHeaderSum(packet.source, packet.destination, IP_PROTOCOL_ICMPV6, packet.payload.length);
  const same =
    message.type === ICMPV6_NEIGHBOR_SOLICITATION &&
    packet.hopLimit === 255 &&
    formatIpAddress(packet.destination) === ends &&
    macOf(frame.destination) === macOf(concat(Uint8Array.of(0x33, 0x33), packet.destination.subarray(12))) &&
    macOf(frame.source) === OWN_LINK &&
    macOf(message.payload.subarray(18, 24)) === OWN_LINK &&
    checksumHolds(packet.payload, 0, packet.payload.length, sum);
  if (!same) throw new Error("a neighbour solicitation is wrong");
  return { address: formatIpAddress(target), source: formatIpAddress(packet.source) };
}

function macOf(octets: Uint8Array): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}
