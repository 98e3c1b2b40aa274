/**
 * The link address that a packet is sent to first: what the kernel knows of the next hop, else what the next hop says when
 * it is asked by ARP (RFC 826) or neighbour solicitation (RFC 4861 §7.2). The kernel's own table is not written to.
 */
import { Malformed, PalisadeError } from "@palisade/base";
import {
  ARP_HARDWARE_ETHERNET,
  ARP_REPLY,
  arp,
  checksumHolds,
  concat,
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ethernet,
  formatIpAddress,
  ICMPV6_NEIGHBOR_ADVERTISEMENT,
  ICMPV6_NEIGHBOR_SOLICITATION,
  IP_PROTOCOL_ICMPV6,
  IPV4_BYTES,
  IPV6_BYTES,
  icmpv6,
  ipv6,
  MAC_BYTES,
  type PacketSink,
  parseArp,
  parseEthernet,
  parseIcmp,
  parseIpv6,
  pseudoHeaderSum,
  u8,
} from "@palisade/wire";
import { ARPHRD_ETHER } from "./interfaces.js";
import { familyOf } from "./netlink-messages.js";
import { PacketRing } from "./packet-ring.js";
import { openEthernetSender } from "./packet-sender.js";
import { findLinkAddress, findNeighbour, listAddresses, noSource, type Route } from "./routes.js";

/** Default time for all tries together. */
export const RESOLVE_TIMEOUT_MS = 1500;

const RESOLVE_TIMEOUT_MS_MAX = 60_000;
/** Questions, evenly over the time: as many as a kernel asks (MAX_MULTICAST_SOLICIT, RFC 4861 §10). */
const TRIES = 3;
/** A few blocks are enough for answers to one question among those of others. */
const RING_BYTES = 64 * 1024;
const BLOCK_BYTES = 16 * 1024;
const RETIRE_MS = 1;
/** Longest question: Ethernet, IPv6 and a solicitation with an option. */
const QUESTION_BYTES = 128;
/** What a device sends at least, without the check sequence. */
const FRAME_BYTES_MIN = 60;

const BROADCAST = new Uint8Array(MAC_BYTES).fill(0xff);
/** RFC 2464 §7: 33:33 and the last four octets of the group. */
const MULTICAST_PREFIX = Uint8Array.of(0x33, 0x33);
/** ff02::1:ff00:0/104 (RFC 4291 §2.7.1). */
const SOLICITED_NODE_PREFIX = Uint8Array.of(0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff);
/** A packet with another hop limit came through a router, and is no neighbour's (RFC 4861 §7.1). */
const ND_HOP_LIMIT = 255;
const ND_OPTION_SOURCE_LINK_ADDRESS = 1;
const ND_OPTION_TARGET_LINK_ADDRESS = 2;
/** Options are measured in units of eight octets, and an Ethernet address fills one (RFC 4861 §4.6.1). */
const ND_OPTION_UNIT_BYTES = 8;

/** How long to ask. */
export interface ResolveOptions {
  readonly signal?: AbortSignal | undefined;
  /** For all tries together, 1 … 60,000 ms. Default `RESOLVE_TIMEOUT_MS`. */
  readonly timeoutMs?: number | undefined;
}

/**
 * The Ethernet address, six octets, that packets to `address` go to by this route: the gateway's, or the address's own.
 *
 * @param address 4 or 16 octets; where the route has a gateway, only for messages
 * @throws {PalisadeError} `LINK_NO_NEIGHBOUR` where nobody answers; `LINK_NO_SOURCE` where there is no address to ask from;
 *   `LINK_UNSUPPORTED` where the route's interface is no Ethernet; `LINK_OPTION_INVALID`; what `openEthernetSender` and
 *   `PacketRing` throw; the abort reason when `signal` aborts first
 */
export async function resolveNeighbour(
  route: Route,
  address: Uint8Array,
  options: ResolveOptions = {},
): Promise<Uint8Array> {
  const { signal, timeoutMs = RESOLVE_TIMEOUT_MS } = options;
  if (!(Number.isInteger(timeoutMs) && timeoutMs >= 1 && timeoutMs <= RESOLVE_TIMEOUT_MS_MAX)) {
    throw new PalisadeError(
      "LINK_OPTION_INVALID",
      `timeoutMs is ${timeoutMs}: give a whole number, 1 to ${RESOLVE_TIMEOUT_MS_MAX}`,
    );
  }
  signal?.throwIfAborted();
  const { interface: device } = route;
  if (device.hardwareType !== ARPHRD_ETHER) {
    throw new PalisadeError(
      "LINK_UNSUPPORTED",
      `${formatIpAddress(address)} is reached through ${device.name}, where there are no link addresses: ` +
        "send IP packets there",
    );
  }
  const nextHop = route.gateway ?? address;
  const known = findNeighbour(device.index, nextHop);
  if (known !== undefined) return known;

  const link = findLinkAddress(device);
  const source = sourceFor(route, nextHop);
  const overIpv4 = nextHop.length === IPV4_BYTES;
  const question = overIpv4
    ? arpRequest(link, source, nextHop)
    : neighbourSolicitation(link, source, nextHop);
  const answers = overIpv4 ? new ArpAnswers(nextHop, source) : new NeighbourAdvertisements(nextHop);

  const sender = openEthernetSender(device, { slots: 1, slotBytes: QUESTION_BYTES });
  try {
    sender.octets.set(question);
    sender.set(0, question.length);
    const ring = new PacketRing(device.name, {
      filter: overIpv4 ? "arp" : "icmp6",
      ringBytes: RING_BYTES,
      blockBytes: BLOCK_BYTES,
      retireMs: RETIRE_MS,
    });
    const wake = () => ring.wake();
    signal?.addEventListener("abort", wake);
    try {
      for (let tries = 1; tries <= TRIES; tries += 1) {
        // A full queue costs a try, and the next one is later.
        sender.send(1);
        if (sender.rejection !== undefined) throw sender.rejection;
        const found = await answerWithin(ring, answers, timeoutMs / TRIES, signal);
        if (found !== undefined) return found;
      }
    } finally {
      signal?.removeEventListener("abort", wake);
      ring.close();
    }
  } finally {
    sender.close();
  }
  const asked = overIpv4 ? "ARP" : "neighbour solicitation";
  const whose = route.gateway === undefined ? "" : `, the router to ${formatIpAddress(address)},`;
  throw new PalisadeError(
    "LINK_NO_NEIGHBOUR",
    `${formatIpAddress(nextHop)}${whose} does not answer ${asked} on ${device.name}: ` +
      "see that it is on, on this link, and that the address is right",
  );
}

interface Answers extends PacketSink {
  /** The first answer. */
  readonly link: Uint8Array | undefined;
}

async function answerWithin(
  ring: PacketRing,
  answers: Answers,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): Promise<Uint8Array | undefined> {
  const endMs = performance.now() + timeoutMs;
  for (;;) {
    ring.drain(answers);
    if (answers.link !== undefined) return answers.link;
    signal?.throwIfAborted();
    const leftMs = endMs - performance.now();
    if (leftMs <= 0) return undefined;
    await ring.wait(Math.ceil(leftMs));
  }
}

/**
 * The address to ask from. It is the route's, unless the gateway is of another IP version: then one of the interface's own,
 * where it has one that shares the gateway's link, else any.
 */
function sourceFor(route: Route, nextHop: Uint8Array): Uint8Array {
  if (route.source.length === nextHop.length) return route.source;
  const family = nextHop.length;
  let any: Uint8Array | undefined;
  for (const { interfaceIndex, address, prefixBits } of listAddresses()) {
    if (interfaceIndex !== route.interface.index || address.length !== family) continue;
    if (samePrefix(address, nextHop, prefixBits)) return address;
    any ??= address;
  }
  if (any === undefined) throw noSource(route.interface, familyOf(nextHop));
  return any;
}

function samePrefix(one: Uint8Array, other: Uint8Array, bits: number): boolean {
  for (let bit = 0; bit < bits; bit += 8) {
    const mask = bits - bit >= 8 ? 0xff : 0xff << (8 - (bits - bit));
    if (((u8(one, bit >>> 3) ^ u8(other, bit >>> 3)) & mask) !== 0) return false;
  }
  return true;
}

/** RFC 826, "Packet Generation": to everybody on the link. */
export function arpRequest(link: Uint8Array, source: Uint8Array, target: Uint8Array): Uint8Array {
  return ethernet({
    source: link,
    destination: BROADCAST,
    payload: arp({ senderHardware: link, senderProtocol: source, targetProtocol: target }),
    bytesMin: FRAME_BYTES_MIN,
  });
}

/** RFC 4861 §4.3: to the group of those whose addresses end alike, with our link address to answer to. */
export function neighbourSolicitation(link: Uint8Array, source: Uint8Array, target: Uint8Array): Uint8Array {
  const group = concat(SOLICITED_NODE_PREFIX, target.subarray(SOLICITED_NODE_PREFIX.length));
  return ethernet({
    source: link,
    destination: concat(MULTICAST_PREFIX, group.subarray(IPV6_BYTES - 4)),
    payload: ipv6({
      source,
      destination: group,
      hopLimit: ND_HOP_LIMIT,
      payload: icmpv6({
        type: ICMPV6_NEIGHBOR_SOLICITATION,
        payload: concat(target, Uint8Array.of(ND_OPTION_SOURCE_LINK_ADDRESS, 1), link),
      }),
    }),
  });
}

/** Replies to an ARP request of ours. Anybody on the link can forge them, as with all of ARP. */
export class ArpAnswers implements Answers {
  link: Uint8Array | undefined;
  readonly #target: Uint8Array;
  readonly #source: Uint8Array;

  constructor(target: Uint8Array, source: Uint8Array) {
    this.#target = target;
    this.#source = source;
  }

  packet(octets: Uint8Array, offset: number, captured: number): void {
    if (this.link !== undefined) return;
    const frame = parseEthernet(octets.subarray(offset, offset + captured));
    if (frame instanceof Malformed || frame.tags.length > 0 || frame.etherType !== ETHERTYPE_ARP) return;
    const reply = parseArp(frame.payload);
    if (reply instanceof Malformed || reply.operation !== ARP_REPLY) return;
    if (reply.hardwareType !== ARP_HARDWARE_ETHERNET || reply.protocolType !== ETHERTYPE_IPV4) return;
    if (!same(reply.senderProtocol, this.#target) || !same(reply.targetProtocol, this.#source)) return;
    if (isStation(reply.senderHardware)) this.link = reply.senderHardware.slice();
  }
}

/** Advertisements of a neighbour's link address, valid by RFC 4861 §7.1.2. */
export class NeighbourAdvertisements implements Answers {
  link: Uint8Array | undefined;
  readonly #target: Uint8Array;

  constructor(target: Uint8Array) {
    this.#target = target;
  }

  packet(octets: Uint8Array, offset: number, captured: number): void {
    if (this.link !== undefined) return;
    const frame = parseEthernet(octets.subarray(offset, offset + captured));
    if (frame instanceof Malformed || frame.tags.length > 0 || frame.etherType !== ETHERTYPE_IPV6) return;
    const packet = parseIpv6(frame.payload);
    if (packet instanceof Malformed || packet.nextHeader !== IP_PROTOCOL_ICMPV6) return;
    if (packet.hopLimit !== ND_HOP_LIMIT) return;
    const { source, destination, payload } = packet;
    const pseudo = pseudoHeaderSum(source, destination, IP_PROTOCOL_ICMPV6, payload.length);
    if (!checksumHolds(payload, 0, payload.length, pseudo)) return;
    const message = parseIcmp(payload);
    if (message instanceof Malformed) return;
    if (message.type !== ICMPV6_NEIGHBOR_ADVERTISEMENT || message.code !== 0) return;
    const body = message.payload;
    if (body.length < IPV6_BYTES || !same(body.subarray(0, IPV6_BYTES), this.#target)) return;
    const link = targetLinkAddress(body, IPV6_BYTES);
    if (link !== undefined && isStation(link)) this.link = link.slice();
  }
}

/** The option of that name (RFC 4861 §4.6.1); an option of no length makes the whole message invalid. */
function targetLinkAddress(octets: Uint8Array, start: number): Uint8Array | undefined {
  let found: Uint8Array | undefined;
  let at = start;
  while (at + 2 <= octets.length) {
    const bytes = u8(octets, at + 1) * ND_OPTION_UNIT_BYTES;
    if (bytes === 0 || at + bytes > octets.length) return undefined;
    if (u8(octets, at) === ND_OPTION_TARGET_LINK_ADDRESS && bytes === ND_OPTION_UNIT_BYTES) {
      found ??= octets.subarray(at + 2, at + bytes);
    }
    at += bytes;
  }
  return found;
}

/** One station's address: neither a group's nor all zeros. */
function isStation(link: Uint8Array): boolean {
  return link.length === MAC_BYTES && (u8(link, 0) & 1) === 0 && link.some((octet) => octet !== 0);
}

function same(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((octet, index) => octet === other[index]);
}
