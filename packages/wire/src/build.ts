/**
 * Packets by nesting, for tests, examples and probes:
 *
 * ```ts
 * const frame = ethernet({
 *   payload: ipv4({
 *     source: "192.0.2.1",
 *     destination: "198.51.100.2",
 *     payload: udp({ sourcePort: 53000, destinationPort: 53, payload: query }),
 *   }),
 * });
 * ```
 *
 * Each builder returns plain octets and remembers what they are; the builder around it takes its EtherType or protocol
 * number from there, and the IP builder finishes the transport's checksum, which needs the addresses (RFC 9293 §3.1, RFC
 * 8200 §8.1; the last address of a routing header is not looked for). A field that is given is written as given, however
 * wrong: checksums, protocol numbers and lengths of hostile packets are built so. Octets from elsewhere may be a payload
 * anywhere; then the number that names them must be given.
 */
import { Malformed } from "@palisade/base";
import { IPV4_BYTES, IPV6_BYTES, MAC_BYTES, parseIpAddress, parseMac } from "./address.js";
import { checksumWithout, pseudoHeaderSum, putChecksum } from "./checksum.js";
import { ARP_HARDWARE_ETHERNET, ARP_REQUEST, arpBytes, emitArp } from "./headers/arp.js";
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_TRANSPARENT_BRIDGING,
  ETHERTYPE_VLAN,
  type EthernetTag,
  emitEthernet,
  ethernetBytes,
} from "./headers/ethernet.js";
import {
  emitIcmp,
  ICMP_ECHO_REPLY,
  ICMP_ECHO_REQUEST,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  icmpBytes,
} from "./headers/icmp.js";
import { emitIgmp, type Igmp, igmpBytes } from "./headers/igmp.js";
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_IGMP,
  IP_PROTOCOL_IPV4,
  IP_PROTOCOL_IPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IP_PROTOCOL_UDP_LITE,
} from "./headers/ip-protocols.js";
import { emitIpv4, IPV4_HEADER_BYTES, ipv4Bytes, parseIpv4 } from "./headers/ipv4.js";
import { emitIpv6, IPV6_HEADER_BYTES, ipv6Bytes } from "./headers/ipv6.js";
import { emitSctp, SCTP_DATA, sctpBytes } from "./headers/sctp.js";
import { emitTcp, TCP_ACK, type TcpOption, tcpBytes } from "./headers/tcp.js";
import { emitUdp, udpBytes } from "./headers/udp.js";
import { emitUdpLite, udpLiteBytes } from "./headers/udp-lite.js";
import { be16, be32, concat } from "./octets.js";
import { put16 } from "./put.js";

/** Text (`192.0.2.1`, `2001:db8::1`, `00:00:5e:00:53:01`) or the octets themselves. */
export type AddressLike = string | Uint8Array;

/** A checksum that waits for the addresses of the IP header around it. */
export interface OpenChecksum {
  readonly protocol: number;
  /** Where the transport header starts, and its checksum lies, in the built octets. */
  readonly start: number;
  readonly index: number;
  /** One past the last octet covered. */
  readonly end: number;
  /** Zero is written as all ones, because zero says "not computed". */
  readonly zeroReserved: boolean;
}

/** What the enclosing builder asks of what it carries. */
export interface Built {
  readonly ipProtocol?: number;
  /** `"length"`: LLC, which stands after a length. */
  readonly etherType?: number | "length";
  readonly openChecksum?: OpenChecksum | undefined;
}

const built = new WeakMap<Uint8Array, Built>();

/** What these very octets were built as. */
export function builtAs(octets: Uint8Array): Built | undefined {
  return built.get(octets);
}

/** Notes what the octets are, and returns them. */
export function remember(octets: Uint8Array, what: Built): Uint8Array {
  built.set(octets, what);
  return octets;
}

/** The value's octets in an array of their own. */
export function written<V>(
  value: V,
  bytes: (value: V) => number,
  emit: (value: V, out: Uint8Array, offset: number) => number,
): Uint8Array {
  const out = new Uint8Array(bytes(value));
  emit(value, out, 0);
  return out;
}

export const NOTHING = new Uint8Array(0);
/** Documentation addresses of RFC 9542 §2.1.4. */
const CLIENT_MAC = "00:00:5e:00:53:01";
const SERVER_MAC = "00:00:5e:00:53:02";

/** A frame of IEEE 802.3 for `ethernet`. */
export interface EthernetOptions {
  /** Default `00:00:5e:00:53:01`. */
  readonly source?: AddressLike;
  /** Default `00:00:5e:00:53:02`. */
  readonly destination?: AddressLike;
  /** VLAN identifiers or whole tags, outermost first. */
  readonly tags?: readonly (number | Partial<EthernetTag>)[];
  /** Default: what the payload was built as. `"length"` writes the payload's length instead (IEEE 802.3 with LLC). */
  readonly etherType?: number | "length";
  readonly payload?: Uint8Array;
  /** The frame is padded with zeros to this many octets; 60 is what a device sends without the check sequence. Default 0. */
  readonly bytesMin?: number;
}

/**
 * An Ethernet frame without its check sequence.
 *
 * @throws {RangeError} where an address is none, or the EtherType is not known from the payload and not given
 */
export function ethernet(options: EthernetOptions): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const etherType = options.etherType ?? builtAs(payload)?.etherType;
  if (etherType === undefined) throw new RangeError("ethernet: the payload's EtherType is needed");
  const frame = {
    source: macOctets(options.source ?? CLIENT_MAC),
    destination: macOctets(options.destination ?? SERVER_MAC),
    tags: (options.tags ?? []).map((tag) => wholeTag(typeof tag === "number" ? { vlan: tag } : tag)),
    etherType: etherType === "length" ? undefined : etherType,
    payload,
  };
  const out = new Uint8Array(Math.max(ethernetBytes(frame), options.bytesMin ?? 0));
  emitEthernet(frame, out, 0);
  return remember(out, { etherType: ETHERTYPE_TRANSPARENT_BRIDGING });
}

function wholeTag(tag: Partial<EthernetTag>): EthernetTag {
  return { protocol: ETHERTYPE_VLAN, priority: 0, dropEligible: false, vlan: 0, ...tag };
}

/** A packet of RFC 791 for `ipv4`; what is not given is zero, false or absent unless it says otherwise. */
export interface Ipv4Options {
  readonly source: AddressLike;
  readonly destination: AddressLike;
  /** Default: what the payload was built as. */
  readonly protocol?: number;
  /** Default 64. */
  readonly timeToLive?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  readonly identification?: number;
  readonly reservedFlag?: boolean;
  readonly dontFragment?: boolean;
  readonly moreFragments?: boolean;
  /** A multiple of 8. */
  readonly fragmentOffsetBytes?: number;
  /** Whole words, at most 40 octets. */
  readonly options?: Uint8Array;
  /** Written instead of the packet's length. */
  readonly totalLength?: number;
  /** Written instead of the right checksum. */
  readonly checksum?: number;
  readonly payload?: Uint8Array;
}

/**
 * An IPv4 packet with its right header checksum; a transport's checksum that is still open is finished.
 *
 * @throws {RangeError} where an address is none, or the protocol is not known from the payload and not given
 */
export function ipv4(options: Ipv4Options): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const known = builtAs(payload);
  const protocol = options.protocol ?? known?.ipProtocol;
  if (protocol === undefined) throw new RangeError("ipv4: the payload's protocol is needed");
  const packet = {
    dscp: options.dscp ?? 0,
    ecn: options.ecn ?? 0,
    identification: options.identification ?? 0,
    reservedFlag: options.reservedFlag ?? false,
    dontFragment: options.dontFragment ?? false,
    moreFragments: options.moreFragments ?? false,
    fragmentOffsetBytes: options.fragmentOffsetBytes ?? 0,
    timeToLive: options.timeToLive ?? 64,
    protocol,
    source: ipOctets(options.source, IPV4_BYTES),
    destination: ipOctets(options.destination, IPV4_BYTES),
    options: options.options ?? NOTHING,
    payload,
  };
  const out = written(packet, ipv4Bytes, emitIpv4);
  const headerBytes = IPV4_HEADER_BYTES + packet.options.length;
  if (options.totalLength !== undefined) {
    put16(out, 2, options.totalLength);
    putChecksum(out, 0, headerBytes, 10);
  }
  if (options.checksum !== undefined) put16(out, 10, options.checksum);
  finishTransport(known?.openChecksum, out, headerBytes, packet.source, packet.destination);
  return remember(out, { ipProtocol: IP_PROTOCOL_IPV4, etherType: ETHERTYPE_IPV4 });
}

/** A packet of RFC 8200 for `ipv6`; what is not given is zero or absent unless it says otherwise. */
export interface Ipv6Options {
  readonly source: AddressLike;
  readonly destination: AddressLike;
  /** Default: what the payload was built as. */
  readonly nextHeader?: number;
  /** Default 64. */
  readonly hopLimit?: number;
  readonly dscp?: number;
  readonly ecn?: number;
  readonly flowLabel?: number;
  /** Written instead of the payload's length. */
  readonly payloadLength?: number;
  readonly payload?: Uint8Array;
}

/**
 * An IPv6 packet; a transport's checksum that is still open is finished.
 *
 * @throws {RangeError} where an address is none, or the next header is not known from the payload and not given
 */
export function ipv6(options: Ipv6Options): Uint8Array {
  const payload = options.payload ?? NOTHING;
  const known = builtAs(payload);
  const nextHeader = options.nextHeader ?? known?.ipProtocol;
  if (nextHeader === undefined) throw new RangeError("ipv6: the payload's next header is needed");
  const packet = {
    dscp: options.dscp ?? 0,
    ecn: options.ecn ?? 0,
    flowLabel: options.flowLabel ?? 0,
    nextHeader,
    hopLimit: options.hopLimit ?? 64,
    source: ipOctets(options.source, IPV6_BYTES),
    destination: ipOctets(options.destination, IPV6_BYTES),
    payload,
  };
  const out = written(packet, ipv6Bytes, emitIpv6);
  if (options.payloadLength !== undefined) put16(out, 4, options.payloadLength);
  finishTransport(known?.openChecksum, out, IPV6_HEADER_BYTES, packet.source, packet.destination);
  return remember(out, { ipProtocol: IP_PROTOCOL_IPV6, etherType: ETHERTYPE_IPV6 });
}

/** A datagram of RFC 768 for `udp`. */
export interface UdpOptions {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Written instead of the datagram's length. */
  readonly length?: number;
  /** Written instead of the right checksum; 0 says that none was computed. */
  readonly checksum?: number;
  readonly payload?: Uint8Array;
}

/**
 * A UDP datagram: eight octets of header, then the payload. Its checksum is computed by the `ipv4` or `ipv6` around it.
 *
 * @throws {AssertionFailure} where it is over 65,535 octets
 */
export function udp(options: UdpOptions): Uint8Array {
  const datagram = {
    sourcePort: options.sourcePort,
    destinationPort: options.destinationPort,
    checksum: options.checksum ?? 0,
    payload: options.payload ?? NOTHING,
  };
  const out = written(datagram, udpBytes, emitUdp);
  if (options.length !== undefined) put16(out, 4, options.length);
  return rememberTransport(out, IP_PROTOCOL_UDP, 6, options.checksum, true);
}

/** A segment of RFC 9293 §3.1 for `tcp`; numbers that are not given are zero unless it says otherwise. */
export interface TcpOptions {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence?: number;
  readonly acknowledgement?: number;
  /** `TCP_SYN | TCP_ACK` …; default `TCP_ACK`. */
  readonly flags?: number;
  /** Default 65,535. */
  readonly window?: number;
  readonly urgentPointer?: number;
  /** Padded with zeros to whole words. */
  readonly options?: readonly TcpOption[];
  /** Written instead of the right checksum. */
  readonly checksum?: number;
  readonly payload?: Uint8Array;
}

/**
 * A TCP segment. Its checksum is computed by the `ipv4` or `ipv6` around it.
 *
 * @throws {AssertionFailure} where the options need more than 40 octets
 */
export function tcp(options: TcpOptions): Uint8Array {
  const segment = {
    sourcePort: options.sourcePort,
    destinationPort: options.destinationPort,
    sequence: options.sequence ?? 0,
    acknowledgement: options.acknowledgement ?? 0,
    flags: options.flags ?? TCP_ACK,
    window: options.window ?? 65_535,
    checksum: options.checksum ?? 0,
    urgentPointer: options.urgentPointer ?? 0,
    options: options.options ?? [],
    payload: options.payload ?? NOTHING,
  };
  const out = written(segment, tcpBytes, emitTcp);
  return rememberTransport(out, IP_PROTOCOL_TCP, 16, options.checksum, false);
}

/** A message of RFC 792 for `icmp`, or of RFC 4443 for `icmpv6`. */
export interface IcmpOptions {
  readonly type: number;
  readonly code?: number;
  /** The four octets after the checksum. */
  readonly rest?: number;
  /** Written instead of the right checksum. */
  readonly checksum?: number;
  readonly payload?: Uint8Array;
}

/** An ICMP message for IPv4. */
export function icmp(options: IcmpOptions): Uint8Array {
  const message = wholeIcmp(options);
  const out = new Uint8Array(icmpBytes(message));
  emitIcmp(message, out, 0, options.checksum === undefined ? 0 : undefined);
  return remember(out, { ipProtocol: IP_PROTOCOL_ICMP });
}

/** An ICMP message for IPv6. */
export function icmpv6(options: IcmpOptions): Uint8Array {
  const out = written(wholeIcmp(options), icmpBytes, emitIcmp);
  return rememberTransport(out, IP_PROTOCOL_ICMPV6, 2, options.checksum, false);
}

function wholeIcmp(options: IcmpOptions) {
  return {
    type: options.type,
    code: options.code ?? 0,
    checksum: options.checksum ?? 0,
    rest: options.rest ?? 0,
    payload: options.payload ?? NOTHING,
  };
}

/** For `icmpEcho` and `icmpv6Echo`: identifier and sequence number are 16 bits, default 0. */
export interface IcmpEchoOptions {
  /** Default `false`: a request. */
  readonly reply?: boolean;
  readonly identifier?: number;
  readonly sequence?: number;
  readonly payload?: Uint8Array;
}

/** Echo or echo reply for IPv4. */
export function icmpEcho(options: IcmpEchoOptions): Uint8Array {
  return icmp(echo(options, ICMP_ECHO_REQUEST, ICMP_ECHO_REPLY));
}

/** Echo request or echo reply for IPv6. */
export function icmpv6Echo(options: IcmpEchoOptions): Uint8Array {
  return icmpv6(echo(options, ICMPV6_ECHO_REQUEST, ICMPV6_ECHO_REPLY));
}

function echo(options: IcmpEchoOptions, request: number, reply: number): IcmpOptions {
  return {
    type: options.reply === true ? reply : request,
    rest: ((options.identifier ?? 0) << 16) | ((options.sequence ?? 0) & 0xffff),
    payload: options.payload ?? NOTHING,
  };
}

/** A datagram of RFC 3828 for `udpLite`. */
export interface UdpLiteOptions {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** In octets from the start of the header; default 0, the whole datagram. */
  readonly checksumCoverage?: number;
  /** Written instead of the right checksum. */
  readonly checksum?: number;
  readonly payload?: Uint8Array;
}

/** A UDP-Lite datagram. Its checksum, over what `checksumCoverage` says, is computed by the `ipv4` or `ipv6` around it. */
export function udpLite(options: UdpLiteOptions): Uint8Array {
  const datagram = {
    sourcePort: options.sourcePort,
    destinationPort: options.destinationPort,
    checksumCoverage: options.checksumCoverage ?? 0,
    checksum: options.checksum ?? 0,
    payload: options.payload ?? NOTHING,
  };
  const out = written(datagram, udpLiteBytes, emitUdpLite);
  const covered = datagram.checksumCoverage === 0 ? out.length : datagram.checksumCoverage;
  return rememberTransport(out, IP_PROTOCOL_UDP_LITE, 6, options.checksum, true, covered);
}

/** A packet of RFC 9260 §3 for `sctp`; `value` is a chunk's contents without its type, flags, length and padding. */
export interface SctpOptions {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly verificationTag?: number;
  readonly chunks: readonly { readonly type: number; readonly flags?: number; readonly value?: Uint8Array }[];
  /** Written instead of the right CRC32c. */
  readonly checksum?: number;
}

/** An SCTP packet: the common header with its right CRC32c, then the chunks, each padded to whole words. */
export function sctp(options: SctpOptions): Uint8Array {
  const packet = {
    sourcePort: options.sourcePort,
    destinationPort: options.destinationPort,
    verificationTag: options.verificationTag ?? 0,
    checksum: options.checksum ?? 0,
    chunks: options.chunks.map(({ type, flags, value }) => ({
      type,
      flags: flags ?? 0,
      value: value ?? NOTHING,
    })),
  };
  const out = new Uint8Array(sctpBytes(packet));
  emitSctp(packet, out, 0, options.checksum === undefined);
  return remember(out, { ipProtocol: IP_PROTOCOL_SCTP });
}

/** For `sctpData`: numbers of 32, 16, 16 and 32 bits (RFC 9260 §3.3.1), default 0. */
export interface SctpDataOptions {
  readonly transmissionSequence?: number;
  readonly stream?: number;
  readonly streamSequence?: number;
  readonly payloadProtocol?: number;
  /** Default: a whole message, first and last fragment in one. */
  readonly flags?: number;
  readonly payload: Uint8Array;
}

/** A DATA chunk (RFC 9260 §3.3.1), for `sctp`. */
export function sctpData(options: SctpDataOptions): { type: number; flags: number; value: Uint8Array } {
  return {
    type: SCTP_DATA,
    flags: options.flags ?? 0b11,
    value: concat(
      be32(options.transmissionSequence ?? 0),
      be16(options.stream ?? 0),
      be16(options.streamSequence ?? 0),
      be32(options.payloadProtocol ?? 0),
      options.payload,
    ),
  };
}

/** A packet of RFC 826 for `arp`: hardware addresses of Ethernet, protocol addresses of IPv4. */
export interface ArpOptions {
  /** Default `ARP_REQUEST`. */
  readonly operation?: number;
  readonly senderHardware?: AddressLike;
  readonly senderProtocol: AddressLike;
  /** Default zero, as a request has it. */
  readonly targetHardware?: AddressLike;
  readonly targetProtocol: AddressLike;
}

/** ARP of IPv4 over Ethernet. @throws {RangeError} where an address is none */
export function arp(options: ArpOptions): Uint8Array {
  const packet = {
    hardwareType: ARP_HARDWARE_ETHERNET,
    protocolType: ETHERTYPE_IPV4,
    operation: options.operation ?? ARP_REQUEST,
    senderHardware: macOctets(options.senderHardware ?? CLIENT_MAC),
    senderProtocol: ipOctets(options.senderProtocol, IPV4_BYTES),
    targetHardware: macOctets(options.targetHardware ?? new Uint8Array(MAC_BYTES)),
    targetProtocol: ipOctets(options.targetProtocol, IPV4_BYTES),
  };
  return remember(written(packet, arpBytes, emitArp), { etherType: ETHERTYPE_ARP });
}

/** An IGMP message with its right checksum, whatever `message` says of it. */
export function igmp(message: Igmp): Uint8Array {
  const out = new Uint8Array(igmpBytes(message));
  emitIgmp(message, out, 0, true);
  return remember(out, { ipProtocol: IP_PROTOCOL_IGMP });
}

/**
 * The fragments of a built IPv4 packet, each with at most `payloadBytesMax` octets (rounded down to a multiple of 8) of its
 * payload; the options stay in the first only.
 *
 * @throws {RangeError} where `packet` is no whole IPv4 packet, or less than 8 octets a fragment are asked for
 */
export function fragmentIpv4(packet: Uint8Array, payloadBytesMax: number): Uint8Array[] {
  const whole = parseIpv4(packet);
  if (whole instanceof Malformed) throw new RangeError(`fragmentIpv4: ${whole}`);
  const { checksum: _, ...header } = whole;
  const step = payloadBytesMax & ~7;
  if (step < 8) throw new RangeError("fragmentIpv4: a fragment carries at least 8 octets");
  const fragments: Uint8Array[] = [];
  for (let from = 0; from < whole.payload.length; from += step) {
    const last = from + step >= whole.payload.length;
    fragments.push(
      ipv4({
        ...header,
        options: from === 0 ? whole.options : NOTHING,
        fragmentOffsetBytes: whole.fragmentOffsetBytes + from,
        moreFragments: !last || whole.moreFragments,
        payload: whole.payload.subarray(from, from + step),
      }),
    );
  }
  return fragments;
}

function rememberTransport(
  octets: Uint8Array,
  protocol: number,
  index: number,
  checksum: number | undefined,
  zeroReserved: boolean,
  end = octets.length,
): Uint8Array {
  const openChecksum = { protocol, start: 0, index, end, zeroReserved };
  return remember(octets, {
    ipProtocol: protocol,
    openChecksum: checksum === undefined ? openChecksum : undefined,
  });
}

/** Computes the checksum of what was copied into `out` at `offset`. */
function finishTransport(
  open: OpenChecksum | undefined,
  out: Uint8Array,
  offset: number,
  source: Uint8Array,
  destination: Uint8Array,
): void {
  if (open === undefined) return;
  const start = offset + open.start;
  const length = out.length - start;
  const sum = pseudoHeaderSum(source, destination, open.protocol, length);
  const checksum = checksumWithout(out, start, offset + open.end, offset + open.index, sum);
  put16(out, offset + open.index, checksum === 0 && open.zeroReserved ? 0xffff : checksum);
}

/** The octets of an address. @throws {RangeError} where it is none of `bytes` octets, 4 or 16 */
export function ipOctets(address: AddressLike, bytes: number): Uint8Array {
  const octets = typeof address === "string" ? parseIpAddress(address) : address;
  if (octets?.length !== bytes) throw new RangeError(`not an IPv${bytes === 4 ? 4 : 6} address: ${address}`);
  return octets;
}

/** The six octets of a hardware address. @throws {RangeError} where it is none */
export function macOctets(address: AddressLike): Uint8Array {
  const octets = typeof address === "string" ? parseMac(address) : address;
  if (octets?.length !== MAC_BYTES) throw new RangeError(`not a hardware address: ${address}`);
  return octets;
}
