/**
 * A flow that has ended, read where the table holds it. Who wants totals alone reads a few numbers; who wants the record
 * has it made.
 */
import {
  formatIpAddress,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IP_PROTOCOL_UDP_LITE,
} from "@palisade/wire";
import type { AttributeValue } from "../attribute.js";
import type { PathTable } from "../decode/path-table.js";
import type { EngineOptions } from "../options.js";
import type { Registry } from "../registry.js";
import { communityId } from "./community-id.js";
import { type Confidence, confidenceOf, type FlowFacts, type FlowFinding } from "./flow-facts.js";
import type { FlowEnd, FlowRecord, FlowRecordFinding, TcpRecord } from "./flow-record.js";
import {
  ADDRESSES,
  BYTES,
  DOUBLES,
  FIRST_PACKET,
  FIRST_US,
  FLAGS,
  type FlowTable,
  FRAGMENTS,
  INTS,
  KIND,
  LAST_US,
  MISSED,
  PACKETS,
  PATH,
  PAYLOAD,
  PORTS,
  PROTOCOL,
  RTT_US,
  TCP_FLAGS,
  TCP_NEXT,
  TCP_OUT_OF_ORDER,
  TCP_RETRANSMITTED,
} from "./flow-table.js";
import { historyText } from "./history.js";
import {
  ACK,
  FIN,
  FLAG_HANDSHAKE_DONE,
  FLAG_ORIGINATOR_HIGH,
  NO_RTT,
  PSH,
  RST,
  SYN,
  tcpState,
} from "./tcp-accounting.js";

/** Verdict names of IP protocols that carry no application of their own here, by the layer's name. */
const NETWORK_PROTOCOLS: ReadonlyMap<string, string> = new Map([
  ["icmp", "icmp"],
  ["icmpv6", "icmpv6"],
  ["igmp", "igmp"],
  ["sctp", "sctp"],
  ["gre", "gre"],
  ["esp", "ipsec"],
  ["ah", "ipsec"],
  ["ospf", "ospf"],
  ["vrrp", "vrrp"],
  ["pim", "ip-pim"],
  ["pgm", "pgm"],
  ["eigrp", "eigrp"],
  ["rsvp", "rsvp"],
  ["dccp", "dccp"],
  ["etherip", "etherip"],
]);

/** Names of `app_proto` that no protocol of a registry has. */
export const networkProtocols: readonly string[] = [...new Set(NETWORK_PROTOCOLS.values())];

const NO_ATTRIBUTES: FlowRecord["attributes"] = {};
const NO_FINDINGS: readonly FlowFinding[] = [];

/** What ended flows are read with: one engine's. */
interface EndedFlowContext {
  readonly options: EngineOptions;
  readonly paths: PathTable;
  readonly registry: Registry;
}

/** One object for all flows of an engine: what it says holds until the handler that it was given to returns. */
export class EndedFlow {
  readonly #context: EndedFlowContext;
  #table: FlowTable = undefined as never;
  #facts: FlowFacts | undefined;
  /** Where the flow's fields begin. */
  #ints = 0;
  #doubles = 0;
  #flow = 0;
  readonly #octets4 = new Uint8Array(4);
  readonly #octets16 = new Uint8Array(16);
  #shard = 0;
  #end: FlowEnd = "timeout";

  constructor(context: EndedFlowContext) {
    this.#context = context;
  }

  /** Makes this the flow with the number `flow` of a shard's table. */
  stand(shard: number, table: FlowTable, flow: number, facts: FlowFacts | undefined, end: FlowEnd): void {
    this.#shard = shard;
    this.#end = end;
    this.#table = table;
    this.#flow = flow;
    this.#ints = flow * INTS;
    this.#doubles = flow * DOUBLES;
    this.#facts = facts;
  }

  get shard(): number {
    return this.#shard;
  }

  /** Why it ended. */
  get end(): FlowEnd {
    return this.#end;
  }

  get firstPacket(): number {
    return this.#table.doubles[this.#doubles + FIRST_PACKET]!;
  }

  get firstUs(): number {
    return this.#table.doubles[this.#doubles + FIRST_US]!;
  }

  get lastUs(): number {
    return Math.max(this.firstUs, this.#table.doubles[this.#doubles + LAST_US]!);
  }

  /** IP protocol number. */
  get proto(): number {
    return this.#table.ints[this.#ints + KIND]! & 0xff;
  }

  get ipVersion(): 4 | 6 {
    return ((this.#table.ints[this.#ints + KIND]! >>> 8) & 0xff) === 4 ? 4 : 6;
  }

  /** Node of the flow's path in the engine's path table. */
  get path(): number {
    return this.#table.ints[this.#ints + PATH]!;
  }

  /** The protocol's name, or undefined where it is not known. */
  get appProto(): string | undefined {
    const id = this.#table.ints[this.#ints + PROTOCOL]!;
    return id >= 0 ? this.#context.registry.protocols[id]!.name : this.#networkProtocol;
  }

  /** The application's name, or undefined. */
  get app(): string | undefined {
    return this.#facts?.application;
  }

  /** How the protocol was reached. */
  get confidence(): Confidence {
    // What the IP header says is read, not guessed.
    if (this.#table.ints[this.#ints + PROTOCOL]! < 0 && this.#networkProtocol !== undefined) return "dpi";
    return confidenceOf(this.#table.ints[this.#ints + FLAGS]!);
  }

  /** The originator's port, 0 where the protocol has none. */
  get sport(): number {
    const ports = this.#table.ints[this.#ints + PORTS]!;
    return this.#originatorHigh ? ports & 0xffff : ports >>> 16;
  }

  get dport(): number {
    const ports = this.#table.ints[this.#ints + PORTS]!;
    return this.#originatorHigh ? ports >>> 16 : ports & 0xffff;
  }

  get findings(): readonly Readonly<FlowFinding>[] {
    return this.#facts === undefined ? NO_FINDINGS : this.#facts.findings;
  }

  /** What was read of the attribute with this name: an array where there can be several, undefined where nothing was. */
  attribute(name: string): AttributeValue | readonly AttributeValue[] | undefined {
    if (this.#facts === undefined) return undefined;
    const { attributes, values } = this.#facts;
    for (let at = 0; at < attributes.length; at += 1) if (attributes[at]!.name === name) return values[at];
    return undefined;
  }

  /** Frames of one direction: 0 is the originator's. */
  packets(direction: 0 | 1): number {
    return this.#table.doubles[this.#doubles + PACKETS + direction]!;
  }

  /** Captured octets of the frames of one direction. */
  bytes(direction: 0 | 1): number {
    return this.#table.doubles[this.#doubles + BYTES + direction]!;
  }

  /** Octets of payload of one direction, by the length fields of IP and transport. */
  payloadBytes(direction: 0 | 1): number {
    return this.#table.doubles[this.#doubles + PAYLOAD + direction]!;
  }

  /** Frames that were fragments. */
  get fragments(): number {
    return this.#table.doubles[this.#doubles + FRAGMENTS]!;
  }

  /** The addresses as eight words, the originator's four first; of IPv4 the first of each four counts, the others are 0. */
  addressWords(into: Int32Array): void {
    const { ints } = this.#table;
    const source = this.#source;
    const destination = this.#destination;
    for (let word = 0; word < 4; word += 1) {
      into[word] = ints[source + word]!;
      into[word + 4] = ints[destination + word]!;
    }
  }

  /** The originator's address in canonical text. */
  get src(): string {
    return formatIpAddress(this.#address(this.#source));
  }

  get dst(): string {
    return formatIpAddress(this.#address(this.#destination));
  }

  get #originatorHigh(): boolean {
    return (this.#table.ints[this.#ints + FLAGS]! & FLAG_ORIGINATOR_HIGH) !== 0;
  }

  get #source(): number {
    return this.#ints + ADDRESSES + (this.#originatorHigh ? 4 : 0);
  }

  get #destination(): number {
    return this.#ints + ADDRESSES + (this.#originatorHigh ? 0 : 4);
  }

  get #networkProtocol(): string | undefined {
    return NETWORK_PROTOCOLS.get(this.#context.paths.name(this.path));
  }

  /** The whole record, which stays as it is. */
  record(): FlowRecord {
    const { ints } = this.#table;
    const { options, paths, registry } = this.#context;
    const facts = this.#facts;
    const { proto, path, sport, dport } = this;
    const id = ints[this.#ints + PROTOCOL]!;
    const protocol = id >= 0 ? registry.protocols[id]! : undefined;
    const network = protocol === undefined ? this.#networkProtocol : undefined;
    const vlan = ints[this.#ints + KIND]! >>> 16;
    const isTcp = proto === IP_PROTOCOL_TCP;
    return {
      firstPacket: this.firstPacket,
      shard: this.shard,
      firstUs: this.firstUs,
      lastUs: this.lastUs,
      proto,
      ipVersion: this.ipVersion,
      src: this.src,
      sport,
      dst: this.dst,
      dport,
      vlan: vlan === 0 ? undefined : vlan - 1,
      path: paths.text(path) + (facts?.pathRest ?? ""),
      appProto: protocol?.name ?? network,
      app: facts?.application,
      category:
        facts?.applicationCategory ?? protocol?.category ?? (network === undefined ? undefined : "network"),
      confidence: this.confidence,
      originator: { packets: this.packets(0), bytes: this.bytes(0), payloadBytes: this.payloadBytes(0) },
      responder: { packets: this.packets(1), bytes: this.bytes(1), payloadBytes: this.payloadBytes(1) },
      connState: isTcp ? tcpState(this.#table, this.#flow) : datagramState(proto, this.packets(1)),
      history: historyText(this.#table, this.#flow),
      communityId: options.communityIds ? this.#communityId(sport, dport) : undefined,
      tcp: isTcp ? this.#tcpRecord() : undefined,
      fragments: this.fragments,
      end: this.end,
      attributes: facts === undefined ? NO_ATTRIBUTES : attributesOf(facts),
      findings: facts === undefined ? [] : facts.findings.map(recordFinding),
      steps: facts?.steps ?? [],
    };
  }

  #communityId(sport: number, dport: number): string {
    const { ints } = this.#table;
    const { proto } = this;
    const icmp = proto === IP_PROTOCOL_ICMP || proto === IP_PROTOCOL_ICMPV6;
    return communityId(
      this.#address(this.#source).slice(),
      this.#address(this.#destination).slice(),
      proto,
      icmp ? ints[this.#ints + TCP_NEXT]! : sport,
      icmp ? ints[this.#ints + TCP_NEXT + 1]! : dport,
      this.#context.options.communityIdSeed,
    );
  }

  /** The address at `field`, in an array that is used again. */
  #address(field: number): Uint8Array {
    const { ints } = this.#table;
    const octets = this.ipVersion === 4 ? this.#octets4 : this.#octets16;
    for (let at = 0; at < octets.length; at += 4) {
      const value = ints[field + (at >>> 2)]!;
      octets[at] = value >>> 24;
      octets[at + 1] = value >>> 16;
      octets[at + 2] = value >>> 8;
      octets[at + 3] = value;
    }
    return octets;
  }

  #tcpRecord(): TcpRecord {
    const { ints, doubles } = this.#table;
    const base = this.#ints;
    const wide = this.#doubles;
    const flags = ints[base + TCP_FLAGS]!;
    const rttUs = doubles[wide + RTT_US]!;
    return {
      originatorFlags: FLAG_LETTERS[flags & 0xff]!,
      responderFlags: FLAG_LETTERS[(flags >>> 16) & 0xff]!,
      retransmissions: [ints[base + TCP_RETRANSMITTED]!, ints[base + TCP_RETRANSMITTED + 1]!],
      outOfOrder: [ints[base + TCP_OUT_OF_ORDER]!, ints[base + TCP_OUT_OF_ORDER + 1]!],
      missedBytes: [doubles[wide + MISSED]!, doubles[wide + MISSED + 1]!],
      rttUs: (ints[base + FLAGS]! & FLAG_HANDSHAKE_DONE) !== 0 && rttUs !== NO_RTT ? rttUs : undefined,
    };
  }
}

function attributesOf(facts: FlowFacts): FlowRecord["attributes"] {
  if (facts.attributes.length === 0) return NO_ATTRIBUTES;
  const attributes: Record<string, AttributeValue | AttributeValue[]> = {};
  for (let at = 0; at < facts.attributes.length; at += 1)
    attributes[facts.attributes[at]!.name] = facts.values[at] as AttributeValue | AttributeValue[];
  return attributes;
}

function recordFinding({ kind, packet, count }: FlowFinding): FlowRecordFinding {
  return { kind: kind.name, severity: kind.severity, title: kind.title, packet, count };
}

const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [SYN, "S"],
  [FIN, "F"],
  [RST, "R"],
  [PSH, "P"],
  [ACK, "A"],
  [0x20, "U"],
  [0x40, "E"],
  [0x80, "C"],
];

/** The letters of every combination of flags. */
const FLAG_LETTERS: readonly string[] = Array.from({ length: 256 }, (_, flags) =>
  FLAG_NAMES.filter(([flag]) => (flags & flag) !== 0)
    .map(([, letter]) => letter)
    .join(""),
);

/** Zeek's `conn_state` for what has no connections: answered, asked, or only answered (UDP); else `OTH`. */
function datagramState(proto: number, responderPackets: number): string {
  if (proto !== IP_PROTOCOL_UDP && proto !== IP_PROTOCOL_UDP_LITE && proto !== IP_PROTOCOL_SCTP) return "OTH";
  return responderPackets > 0 ? "SF" : "S0";
}
