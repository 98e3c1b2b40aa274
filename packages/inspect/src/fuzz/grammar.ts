/**
 * Frames by grammar: random nesting of everything that the wire builders build, correct in itself unless asked not to be.
 * An exchange is what one script of the fuzzer plays: a conversation, the fragments of a packet, or a single frame.
 */
import {
  ah,
  arp,
  be32,
  capwap,
  concat,
  esp,
  ethernet,
  fragmentIpv4,
  fragmentIpv6,
  geneve,
  gre,
  grePptp,
  gtpU,
  icmp,
  icmpv6,
  igmp,
  ipv4,
  ipv6,
  ipv6Extensions,
  LINKTYPE_C_HDLC,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_NULL,
  LINKTYPE_PPI,
  LINKTYPE_PPP,
  LINKTYPE_PPP_ETHER,
  LINKTYPE_RAW,
  linuxCooked,
  linuxCooked2,
  llc,
  mpls,
  ppp,
  pppoe,
  sctp,
  sctpData,
  snap,
  tcp,
  tcpConversation,
  teredo,
  tzsp,
  udp,
  udpConversation,
  udpLite,
  vxlan,
} from "@palisade/wire";
import type { Protocol } from "../dissector.js";
import type { Example } from "../example.js";
import { type Frame, frameOf } from "./frames.js";
import type { Random } from "./random.js";

/** Link types that the decoder reads, and one that it does not. */
export const linkTypes: readonly number[] = [
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_NULL,
  LINKTYPE_PPP,
  LINKTYPE_PPP_ETHER,
  LINKTYPE_C_HDLC,
  LINKTYPE_PPI,
  147,
];

/** Tunnels inside each other at most; more than the decoder follows. */
const NESTING_MAX = 12;
/** Octets after which nothing more is wrapped around a packet, so that every length still fits its field. */
const PACKET_BYTES_MAX = 30_000;
const GTP_U_PORT = 2152;
const TEREDO_PORT = 3544;
const VXLAN_PORT = 4789;
const CAPWAP_PORT = 5247;
const GENEVE_PORT = 6081;
const TZSP_PORT = 37008;

/** What stands between an Ethernet frame's addresses and its packet: VLAN tags, and one of the kinds below. */
interface EthernetForm {
  readonly kind: number;
  readonly tags: readonly number[];
}

/** What the grammar draws payload and ports from. */
export interface Vocabulary {
  readonly examples: readonly Example[];
  /** Ports that some protocol hints at, by transport. */
  readonly ports: readonly number[];
}

export function vocabularyOf(protocols: readonly Protocol[], examples: readonly Example[]): Vocabulary {
  const ports = new Set<number>([GTP_U_PORT, TEREDO_PORT, VXLAN_PORT, CAPWAP_PORT, GENEVE_PORT, TZSP_PORT]);
  for (const { datagram, stream } of protocols) {
    for (const port of [...(datagram?.ports ?? []), ...(stream?.ports ?? [])]) ports.add(port);
  }
  return { examples, ports: [...ports] };
}

export class Grammar {
  readonly #random: Random;
  readonly #vocabulary: Vocabulary;

  constructor(random: Random, vocabulary: Vocabulary) {
    this.#random = random;
    this.#vocabulary = vocabulary;
  }

  /** A few hosts, so that flows meet each other: documentation addresses (RFC 5737, RFC 3849) and groups. */
  address(version: 4 | 6): string {
    const random = this.#random;
    if (version === 4) {
      return random.chance(0.05)
        ? "239.255.255.250"
        : `${random.pick(["192.0.2", "198.51.100"])}.${random.small(40)}`;
    }
    return random.chance(0.05) ? "ff02::fb" : `2001:db8::${random.small(40).toString(16)}`;
  }

  port(): number {
    const random = this.#random;
    return random.chance(0.4) ? random.pick(this.#vocabulary.ports) : random.below(0x1_0000);
  }

  /** Octets that some protocol may have sent, or noise. */
  payload(): Uint8Array {
    const random = this.#random;
    const { examples } = this.#vocabulary;
    if (examples.length === 0 || random.chance(0.15)) return random.octets(random.small(1_400));
    const [, octets] = random.pick(random.pick(examples).exchange) ?? [">", random.octets(4)];
    return octets.length > PACKET_BYTES_MAX ? octets.subarray(0, PACKET_BYTES_MAX) : octets;
  }

  /** Frames of one exchange, in the order in which they were sent. */
  exchange(): Frame[] {
    const random = this.#random;
    const form = random.below(10);
    if (form < 6 && this.#vocabulary.examples.length > 0)
      return this.#conversation(random.pick(this.#vocabulary.examples));
    if (form < 7) return this.#fragments();
    return Array.from({ length: random.between(1, 6) }, () => this.frame(this.ip(random.small(NESTING_MAX))));
  }

  #conversation(example: Example): Frame[] {
    const random = this.#random;
    const version = random.chance(0.7) ? 4 : 6;
    const [source, destination] = example.ports ?? [49152, 40000];
    const ends = {
      client: { address: this.address(version), port: random.chance(0.5) ? random.below(0x1_0000) : source },
      server: { address: this.address(version), port: random.chance(0.2) ? this.port() : destination },
    };
    let turns = example.exchange.map(([sender, octets]) => ({
      from: sender === ">" ? ("client" as const) : ("server" as const),
      octets: octets.length > PACKET_BYTES_MAX ? octets.subarray(0, PACKET_BYTES_MAX) : octets,
    }));
    if (random.chance(0.1)) {
      turns = [
        ...turns,
        ...random.pick(this.#vocabulary.examples).exchange.map(([sender, octets]) => ({
          from: sender === ">" ? ("client" as const) : ("server" as const),
          octets: octets.length > PACKET_BYTES_MAX ? octets.subarray(0, PACKET_BYTES_MAX) : octets,
        })),
      ];
    }
    const asTcp = example.transport === "tcp" ? !random.chance(0.03) : random.chance(0.03);
    const packets = asTcp
      ? tcpConversation({
          ...ends,
          turns,
          clientSequence: random.chance(0.3) ? 0xffff_ff00 + random.below(256) : random.word(),
          serverSequence: random.word(),
          segmentBytesMax: random.chance(0.3) ? random.between(1, 64) + random.small(400) : 1460,
          handshake: random.chance(0.8),
          close: random.pick(["fin", "reset", "none"] as const),
        })
      : udpConversation({ ...ends, turns });
    // Cut finely, a long exchange would be nothing but itself for a whole run.
    const few = packets.slice(0, 200);
    const depth = random.chance(0.15) ? random.between(1, 3) : 0;
    // One link and one kind of frame for all of it, or its packets would be in as many flows.
    const link = random.chance(0.85) ? 0 : random.below(linkTypes.length);
    const form = this.#form(0.8);
    return few.map((packet) => this.#link(depth > 0 ? this.#nest(packet, depth) : packet, link, form));
  }

  #fragments(): Frame[] {
    const random = this.#random;
    const version = random.chance(0.5) ? 4 : 6;
    const packet = this.#ipOver(this.#transport(random.small(2)), version);
    const size = 8 * random.between(1, 60);
    const pieces = version === 4 ? fragmentIpv4(packet, size) : fragmentIpv6(packet, size, random.below(32));
    // More than a datagram may have is of interest; many more are not.
    return pieces.slice(0, 140).map((piece) => this.frame(piece));
  }

  /** An IP packet with at most `depth` more inside it. */
  ip(depth: number): Uint8Array {
    const random = this.#random;
    return this.#ipOver(this.#transport(depth), random.chance(0.6) ? 4 : 6);
  }

  #ipOver(payload: Uint8Array, version: 4 | 6): Uint8Array {
    const random = this.#random;
    const source = this.address(version);
    const destination = this.address(version);
    if (version === 4) {
      const options = random.chance(0.1) ? random.octets(4 * random.between(1, 10)) : new Uint8Array(0);
      const fragmented = random.chance(0.05);
      return ipv4({
        source,
        destination,
        options,
        payload,
        identification: random.below(64),
        moreFragments: fragmented && random.chance(0.5),
        fragmentOffsetBytes: fragmented ? 8 * random.small(8_191) : 0,
        timeToLive: random.below(256),
      });
    }
    let carried = payload;
    for (let rounds = random.chance(0.3) ? random.small(20) : 0; rounds > 0; rounds -= 1) {
      if (carried.length > PACKET_BYTES_MAX) break;
      carried = ipv6Extensions({ extensions: [this.#extension()], payload: carried });
    }
    return ipv6({ source, destination, payload: carried, hopLimit: random.below(256) });
  }

  #extension(): Parameters<typeof ipv6Extensions>[0]["extensions"][number] {
    const random = this.#random;
    switch (random.below(5)) {
      case 0:
        return { kind: "hop-by-hop", options: random.octets(6 + 8 * random.small(4)) };
      case 1:
        return { kind: "destination-options", options: random.octets(6 + 8 * random.small(4)) };
      case 2:
        return {
          kind: "routing",
          type: random.small(6),
          segmentsLeft: random.small(255),
          data: random.octets(4 + 8 * random.small(4)),
        };
      case 3:
        return {
          kind: "fragment",
          offsetBytes: random.chance(0.5) ? 0 : 8 * random.small(8_191),
          moreFragments: random.chance(0.3),
          identification: random.below(64),
        };
      default:
        return {
          kind: "authentication",
          spi: random.word(),
          sequence: random.word(),
          integrityCheckValue: random.octets(4 * random.between(1, 5)),
        };
    }
  }

  /** What an IP packet carries, with at most `depth` packets inside. */
  #transport(depth: number): Uint8Array {
    const random = this.#random;
    if (depth > 0) return this.#tunnel(this.ip(depth - 1));
    const sourcePort = this.port();
    const destinationPort = this.port();
    switch (random.below(12)) {
      case 0:
        return icmp({
          type: random.below(20),
          code: random.below(16),
          rest: random.word(),
          payload: random.chance(0.5) ? this.ip(0).subarray(0, random.between(8, 60)) : this.payload(),
        });
      case 1:
        return icmpv6({
          type: random.chance(0.5) ? random.below(5) : random.below(256),
          code: random.below(8),
          rest: random.word(),
          payload: random.chance(0.5) ? this.ip(0) : this.payload(),
        });
      case 2:
        return igmp({
          kind: "message",
          type: random.pick([0x11, 0x12, 0x16, 0x17]),
          responseCode: random.below(256),
          checksum: 0,
          group: Uint8Array.of(224, 0, 0, random.below(256)),
        });
      case 3:
        return sctp({
          sourcePort,
          destinationPort,
          verificationTag: random.word(),
          chunks: Array.from({ length: random.between(1, 4) }, () =>
            random.chance(0.5)
              ? sctpData({ payloadProtocol: random.below(64), payload: this.payload() })
              : { type: random.below(256), flags: random.below(256), value: random.octets(random.small(64)) },
          ),
        });
      case 4:
        return udpLite({
          sourcePort,
          destinationPort,
          checksumCoverage: random.chance(0.5) ? 0 : 8,
          payload: this.payload(),
        });
      case 5:
        return random.chance(0.5)
          ? esp({ spi: random.word(), payload: random.octets(random.small(200)) })
          : ah({
              spi: random.word(),
              payload: udp({ sourcePort, destinationPort, payload: this.payload() }),
            });
      case 6:
      case 7:
      case 8:
        return udp({ sourcePort, destinationPort, payload: this.payload() });
      default:
        return tcp({
          sourcePort,
          destinationPort,
          sequence: random.word(),
          acknowledgement: random.word(),
          flags: random.below(256),
          window: random.chance(0.2) ? 0 : random.below(0x1_0000),
          urgentPointer: random.chance(0.1) ? random.below(0x1_0000) : 0,
          options: random.chance(0.2)
            ? [{ kind: "raw", number: random.between(2, 255), octets: random.octets(random.below(10)) }]
            : [],
          payload: random.chance(0.7) ? this.payload() : new Uint8Array(0),
        });
    }
  }

  #nest(packet: Uint8Array, depth: number): Uint8Array {
    let nested = packet;
    for (let level = 0; level < depth && nested.length < PACKET_BYTES_MAX; level += 1) {
      nested = this.#ipOver(this.#tunnel(nested), this.#random.chance(0.6) ? 4 : 6);
    }
    return nested;
  }

  /** `packet` in a tunnel, ready to be carried by IP. */
  #tunnel(packet: Uint8Array): Uint8Array {
    const random = this.#random;
    if (packet.length > PACKET_BYTES_MAX) return udp({ sourcePort: 1, destinationPort: 1 });
    const over = (destinationPort: number, payload: Uint8Array): Uint8Array =>
      udp({
        sourcePort: random.chance(0.5) ? destinationPort : random.below(0x1_0000),
        destinationPort,
        payload,
      });
    const frame = (): Uint8Array => this.#ethernet(packet, this.#form(0.8));
    switch (random.below(13)) {
      case 0:
        return packet;
      case 1:
        return gre({
          payload: packet,
          ...(random.chance(0.3) && { key: random.word() }),
          ...(random.chance(0.3) && { sequence: random.word() }),
          ...(random.chance(0.3) && { checksum: true as const }),
        });
      case 2:
        return gre({ payload: frame() });
      case 3:
        return grePptp({
          callId: random.below(0x1_0000),
          sequence: random.below(99),
          payload: ppp({ payload: packet }),
        });
      case 4:
        return over(VXLAN_PORT, vxlan({ vni: random.below(1 << 24), payload: frame() }));
      case 5:
        return over(
          GENEVE_PORT,
          geneve({
            vni: random.below(1 << 24),
            options: random.chance(0.3)
              ? [
                  {
                    class: random.below(0x1_0000),
                    type: random.below(256),
                    data: random.octets(4 * random.below(8)),
                  },
                ]
              : [],
            payload: random.chance(0.5) ? packet : frame(),
          }),
        );
      case 6:
        return over(
          GTP_U_PORT,
          gtpU({
            teid: random.word(),
            payload: packet,
            ...(random.chance(0.3) && { sequence: random.below(0x1_0000) }),
          }),
        );
      case 7:
        return over(TZSP_PORT, tzsp({ payload: frame() }));
      case 8:
        return over(CAPWAP_PORT, capwap({ payload: frame() }));
      case 9:
        return packet[0]! >>> 4 === 6 ? over(TEREDO_PORT, teredo({ payload: packet })) : packet;
      case 10:
        return mpls({
          labels: Array.from({ length: random.between(1, 4) }, () => random.below(1 << 20)),
          payload: packet,
        });
      case 11:
        return ah({ spi: random.word(), payload: packet });
      default:
        return gre({ payload: mpls({ labels: [random.below(1 << 20)], payload: packet }) });
    }
  }

  /** The packet in a frame of a random link. */
  frame(packet: Uint8Array): Frame {
    const random = this.#random;
    const link = random.chance(0.6) ? 0 : random.below(linkTypes.length);
    return this.#link(packet, link, this.#form(0.5));
  }

  #link(packet: Uint8Array, link: number, form: EthernetForm): Frame {
    const random = this.#random;
    const linkType = linkTypes[link]!;
    const six = packet[0]! >>> 4 === 6;
    switch (linkType) {
      case LINKTYPE_ETHERNET:
        return frameOf(this.#ethernet(packet, form), linkType);
      case LINKTYPE_LINUX_SLL:
        return frameOf(linuxCooked({ payload: packet }), linkType);
      case LINKTYPE_LINUX_SLL2:
        return frameOf(linuxCooked2({ payload: packet }), linkType);
      case LINKTYPE_NULL:
        return frameOf(concat(be32(six ? 30 : 2), packet), linkType);
      case LINKTYPE_PPP:
        return frameOf(ppp({ payload: packet, addressAndControl: random.chance(0.5) }), linkType);
      case LINKTYPE_PPP_ETHER:
        return frameOf(
          pppoe({ sessionId: random.below(0x1_0000), payload: ppp({ payload: packet }) }),
          linkType,
        );
      case LINKTYPE_C_HDLC:
        return frameOf(concat(0x0f, 0, six ? 0x86 : 0x08, six ? 0xdd : 0, packet), linkType);
      case LINKTYPE_PPI:
        // Version 0, no flags, eight octets of header, DLT_EN10MB: all little-endian.
        return frameOf(concat(0, 0, 8, 0, 1, 0, 0, 0, this.#ethernet(packet, form)), linkType);
      default:
        return frameOf(packet, linkType);
    }
  }

  /** @param plain the share of frames in which IP follows the addresses at once, or after VLAN tags */
  #form(plain: number): EthernetForm {
    const random = this.#random;
    const tags = random.chance(0.15)
      ? Array.from({ length: random.between(1, 3) }, () => random.below(4096))
      : [];
    return { kind: random.chance(plain) ? -1 : random.below(6), tags };
  }

  #ethernet(packet: Uint8Array, { kind, tags }: EthernetForm): Uint8Array {
    const random = this.#random;
    switch (kind) {
      case 0:
        return ethernet({ tags, payload: pppoe({ sessionId: 1, payload: ppp({ payload: packet }) }) });
      case 1:
        return ethernet({ tags, payload: mpls({ labels: [random.below(1 << 20)], payload: packet }) });
      case 2:
        return ethernet({ tags, payload: snap({ payload: packet }) });
      case 3:
        return ethernet({
          payload: llc({
            destinationSap: random.below(256),
            sourceSap: random.below(256),
            payload: packet.subarray(0, 1_400),
          }),
        });
      case 4:
        return ethernet({
          payload: arp({ senderProtocol: this.address(4), targetProtocol: this.address(4) }),
        });
      case 5:
        return ethernet({ etherType: random.below(0x1_0000), payload: packet });
      default:
        return ethernet({ tags, payload: packet, bytesMin: random.chance(0.5) ? 60 : 0 });
    }
  }
}
