/**
 * A shard: the flows of the host pairs that hash to it, with all their state. Shards share nothing, so any number of
 * workers can divide them and come to the same result.
 */
import {
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  IP_PROTOCOL_UDP_LITE,
  u8,
} from "@palisade/wire";
import type { Classifier } from "./classifier.js";
import type { PacketView } from "./decode/packet-view.js";
import type { PathTable } from "./decode/path-table.js";
import type { FindingKind } from "./finding-kind.js";
import type { EndedFlow } from "./flow/ended-flow.js";
import {
  CONFIDENCE_DPI,
  CONFIDENCE_EXPECTED,
  CONFIDENCE_PORT,
  confidenceOf,
  FlowFacts,
  withConfidence,
} from "./flow/flow-facts.js";
import type { FlowKey } from "./flow/flow-key.js";
import type { FlowEnd } from "./flow/flow-record.js";
import {
  ADDRESSES,
  BYTES,
  DOUBLES,
  FIRST_PACKET,
  FIRST_US,
  FLAGS,
  FlowTable,
  FRAGMENTS,
  INTS,
  KIND,
  LAST_US,
  PACKETS,
  PATH,
  PAYLOAD,
  PORTS,
  PROTOCOL,
  TCP_NEXT,
  WHEEL_NEXT,
  WHEEL_SECONDS,
} from "./flow/flow-table.js";
import { LETTER_DATA, ONCE_DATA, rememberOnce } from "./flow/history.js";
import {
  ACK,
  accountTcp,
  FLAG_CLOSED,
  FLAG_HANDSHAKE_DONE,
  FLAG_INSPECTED,
  FLAG_ORIGINATOR_HIGH,
  FLAG_PAYLOAD,
  rememberFlip,
  SYN,
} from "./flow/tcp-accounting.js";
import type { FlowContext } from "./flow-context.js";
import { HeldOctets, Inspection } from "./inspection.js";
import { malformedKind } from "./malformed-kind.js";
import type { EngineOptions } from "./options.js";
import { type StreamAssembler, TCP_OVERLAP_CONFLICT } from "./reassembly/stream-assembler.js";
import { hinted } from "./registry.js";

/** Flows announced by others (`flow.expect`) and not seen yet, per shard; a further one replaces the oldest. */
export const EXPECTATIONS_MAX = 256;
/** Ports remembered for announced flows; at the bound those whose flows have come are forgotten. */
const EXPECTED_PORTS_MAX = 4 * EXPECTATIONS_MAX;
/** Microseconds on the packet clock for which an announced flow is expected. */
export const EXPECTATION_US = 60_000_000;
/** Inspections kept for reuse; more are left to the garbage collector. */
export const INSPECTIONS_POOLED_MAX = 4_096;
/** Flows looked at to find one to evict: those that were active since they were scheduled are put back first. */
const EVICTION_TRIES_MAX = 8;

/** Categories whose connections idle for long without being dead. */
const LONG_IDLE: ReadonlySet<string> = new Set(["remote-access", "messaging", "database", "vpn", "chat"]);

interface Expectation {
  readonly port: number;
  readonly protocol: string;
  readonly untilUs: number;
}

/** What shards of one engine share, and tell it. */
export interface ShardHost {
  readonly options: EngineOptions;
  readonly paths: PathTable;
  readonly classifier: Classifier;
  readonly context: FlowContext;
  /** The packet clock: microseconds. It goes back only where the captures do, by a day and more (`CLOCK_BACK_SECONDS_MAX`). */
  readonly clockUs: number;
  /** Where flows are told as they end. */
  readonly ended: EndedFlow;
  flowEnded(flow: EndedFlow): void;
  anomaly(kind: FindingKind, packet: number): void;
}

export const FLOW_TABLE_FULL: FindingKind = {
  name: "flow.table-full",
  severity: "medium",
  title: "Flows ended early because the flow table was full (see --flows-max)",
};

export class Shard {
  readonly #host: ShardHost;
  readonly #number: number;
  readonly #table: FlowTable;
  /** By flow number. */
  readonly #facts: (FlowFacts | undefined)[] = [];
  readonly #inspections: (Inspection | undefined)[] = [];
  readonly #pool: Inspection[];
  readonly #assembler: StreamAssembler;
  readonly #held = new HeldOctets();
  readonly #expectations = new Map<string, Expectation>();
  /** Ports of the expectations; a port may stay when its last expectation is gone. */
  readonly #expectedPorts = new Set<number>();
  /** The flow that the context stands on. */
  #flow = -1;

  constructor(
    host: ShardHost,
    number: number,
    flowsMax: number,
    pool: Inspection[],
    assembler: StreamAssembler,
  ) {
    this.#host = host;
    this.#number = number;
    this.#table = new FlowTable(flowsMax);
    this.#pool = pool;
    this.#assembler = assembler;
  }

  get flows(): number {
    return this.#table.size;
  }

  /** Accounts a packet whose key has been read, and reads its payload while its flow is not decided. */
  packet(view: PacketView, key: FlowKey): void {
    const table = this.#table;
    let flow = table.find(key);
    const isTcp = view.protocol === IP_PROTOCOL_TCP;
    if (
      flow >= 0 &&
      isTcp &&
      (view.tcpFlags & (SYN | ACK)) === SYN &&
      (table.ints[flow * INTS + FLAGS]! & FLAG_CLOSED) !== 0
    ) {
      // The same ports are used again: another connection.
      this.#end(flow, "closed");
      flow = -1;
    }
    if (flow < 0) flow = this.#begin(view, key);
    const base = flow * INTS;
    const wide = flow * DOUBLES;
    const { ints, doubles } = table;
    const originatorHigh = (ints[base + FLAGS]! & FLAG_ORIGINATOR_HIGH) !== 0;
    const direction: 0 | 1 = originatorHigh === key.reversed ? 0 : 1;
    doubles[wide + PACKETS + direction]! += view.frames;
    doubles[wide + BYTES + direction]! += view.capturedBytes;
    doubles[wide + PAYLOAD + direction]! += view.payloadBytes;
    if (view.timeUs > doubles[wide + LAST_US]!) doubles[wide + LAST_US] = view.timeUs;
    if (view.frames > 1 || view.finding !== undefined) this.#accountFragments(flow, view);
    if (view.malformed !== undefined) {
      this.#factsOf(flow).report(malformedKind(view.malformed), view.number, view.timeUs);
    }
    let closed = false;
    if (isTcp) {
      if (view.transportRead) closed = accountTcp(table, flow, view, direction);
    } else if (view.payloadBytes > 0) {
      rememberOnce(table, flow, LETTER_DATA, direction, ONCE_DATA);
    }
    if (view.payloadEnd > view.payload || (isTcp && (view.tcpFlags & SYN) !== 0))
      this.#read(flow, view, direction, isTcp);
    if (closed) this.#schedule(flow);
  }

  #begin(view: PacketView, key: FlowKey): number {
    const table = this.#table;
    if (table.full) this.#evict(view.number);
    let flow = table.insert(key);
    while (flow < 0) {
      this.#host.anomaly(FLOW_TABLE_FULL, view.number);
      this.#end(table.crowded(key), "evicted");
      flow = table.insert(key);
    }
    const base = flow * INTS;
    const wide = flow * DOUBLES;
    // A SYN-ACK that comes first was sent by the responder.
    const flipped = view.protocol === IP_PROTOCOL_TCP && (view.tcpFlags & (SYN | ACK)) === (SYN | ACK);
    if (key.reversed !== flipped) table.ints[base + FLAGS]! |= FLAG_ORIGINATOR_HIGH;
    if (flipped) rememberFlip(table, flow);
    table.ints[base + PATH] = view.path;
    table.doubles[wide + FIRST_US] = view.firstUs;
    table.doubles[wide + LAST_US] = view.timeUs;
    table.doubles[wide + FIRST_PACKET] = view.firstNumber;
    if (
      view.protocol !== IP_PROTOCOL_TCP &&
      view.protocol !== IP_PROTOCOL_UDP &&
      view.protocol !== IP_PROTOCOL_UDP_LITE
    ) {
      table.ints[base + FLAGS]! |= FLAG_INSPECTED;
      if (isIcmp(view.protocol) && view.payloadEnd - view.transport >= 2) {
        // No ports: these fields are free, and the community id wants the first message's type and code.
        table.ints[base + TCP_NEXT] = u8(view.octets, view.transport);
        table.ints[base + TCP_NEXT + 1] = u8(view.octets, view.transport + 1);
      }
    }
    if (flow >= this.#facts.length) this.#makeRoom(flow);
    this.#schedule(flow);
    return flow;
  }

  /** The lists by flow number grow with the table; a flow that ends leaves nothing in them. */
  #makeRoom(flow: number): void {
    for (let at = this.#facts.length; at <= flow; at += 1) {
      this.#facts.push(undefined);
      this.#inspections.push(undefined);
    }
  }

  #accountFragments(flow: number, view: PacketView): void {
    this.#table.doubles[flow * DOUBLES + FRAGMENTS]! += view.frames;
    const first = this.#table.doubles[flow * DOUBLES + FIRST_US]!;
    if (view.firstUs < first) this.#table.doubles[flow * DOUBLES + FIRST_US] = view.firstUs;
    if (view.finding !== undefined) this.#factsOf(flow).report(view.finding, view.number, view.timeUs);
  }

  #factsOf(flow: number): FlowFacts {
    return (this.#facts[flow] ??= new FlowFacts());
  }

  /** Attributes and findings of the flow that the context stands on. */
  currentFacts(): FlowFacts {
    return this.#factsOf(this.#flow);
  }

  // Payload ------------------------------------------------------------------------------------------------------

  #read(flow: number, view: PacketView, direction: 0 | 1, isTcp: boolean): void {
    const { ints } = this.#table;
    const flags = ints[flow * INTS + FLAGS]!;
    if ((flags & FLAG_INSPECTED) !== 0 || !view.transportRead) {
      if (view.payloadEnd > view.payload) ints[flow * INTS + FLAGS] = flags | FLAG_PAYLOAD;
      return;
    }
    const hasPayload = view.payloadEnd > view.payload;
    if (hasPayload) ints[flow * INTS + FLAGS] = flags | FLAG_PAYLOAD;
    const inspection = (this.#inspections[flow] ??= this.#startInspection(flow));
    const { context, classifier } = this.#host;
    this.#flow = flow;
    context.inspection = inspection;
    context.direction = direction;
    context.transport = view.protocol;
    context.sourcePort = view.sourcePort;
    context.destinationPort = view.destinationPort;
    context.packetNumber = view.number;
    context.timeUs = view.timeUs;
    context.ipv6 = view.ipVersion === 6;
    context.toGroup = isGroup(view);
    context.gap = false;
    context.cut = view.payloadEnd - view.payload < view.payloadBytes || view.incomplete;
    let more: boolean;
    if (isTcp) {
      more = this.#assembler.segment(inspection, view, direction);
      if (this.#assembler.conflict)
        this.#factsOf(flow).report(TCP_OVERLAP_CONFLICT, view.number, view.timeUs);
    } else {
      more = classifier.datagram(inspection, view.octets, view.payload, view.payloadEnd);
    }
    if (!more) this.#stopInspection(flow);
  }

  #startInspection(flow: number): Inspection {
    const size = this.#host.classifier.registry.size;
    let inspection = this.#pool.pop();
    if (inspection === undefined) inspection = new Inspection(size);
    else inspection.reset(size);
    inspection.allowance = this.#held;
    if (this.#expectations.size > 0) inspection.expected = this.#expectedOf(flow);
    return inspection;
  }

  /** Gives the inspection back, and settles for what it knows where there was no verdict. */
  #stopInspection(flow: number): void {
    const { ints } = this.#table;
    const base = flow * INTS;
    const flags = ints[base + FLAGS]!;
    if ((flags & FLAG_INSPECTED) !== 0) return;
    ints[base + FLAGS] = flags | FLAG_INSPECTED;
    const inspection = this.#inspections[flow];
    if (inspection === undefined) return;
    this.#inspections[flow] = undefined;
    if (ints[base + PROTOCOL]! < 0) {
      if (inspection.expected >= 0) {
        this.#believe(
          flow,
          inspection.expected,
          CONFIDENCE_EXPECTED,
          "a flow announced by another of the same hosts",
        );
      } else if (inspection.hintedMalformed !== undefined) {
        this.#believe(
          flow,
          inspection.hintedProtocol,
          CONFIDENCE_PORT,
          "the port, and octets that are malformed",
        );
        this.#factsOf(flow).report(
          malformedKind(inspection.hintedMalformed),
          this.#table.doubles[flow * DOUBLES + FIRST_PACKET]!,
          this.#table.doubles[flow * DOUBLES + FIRST_US]!,
        );
      }
    }
    inspection.release();
    if (this.#pool.length < INSPECTIONS_POOLED_MAX) this.#pool.push(inspection);
  }

  /** A verdict on the flow that the context stands on. */
  verdict(id: number, octets: string | undefined): void {
    this.#believe(
      this.#flow,
      id,
      CONFIDENCE_DPI,
      this.#host.classifier.registry.protocols[id]!.recognises,
      this.#host.context,
      octets,
    );
  }

  #believe(
    flow: number,
    id: number,
    confidence: number,
    rule: string,
    at?: { readonly packetNumber: number; readonly timeUs: number },
    octets?: string,
  ): void {
    const { ints, doubles } = this.#table;
    const base = flow * INTS;
    const protocol = this.#host.classifier.registry.protocols[id]!;
    ints[base + PROTOCOL] = id;
    ints[base + FLAGS] = withConfidence(ints[base + FLAGS]!, confidence);
    if (confidence >= CONFIDENCE_EXPECTED) {
      const path = ints[base + PATH]!;
      const rest = this.#facts[flow]?.pathRest ?? "";
      const above = rest === "" ? this.#host.paths.application(path, protocol.name) : path;
      if (above === path) this.#factsOf(flow).pathRest = `${rest}.${protocol.name}`;
      ints[base + PATH] = above;
    }
    if (!this.#host.options.explain) return;
    this.#factsOf(flow).step({
      packet: at?.packetNumber ?? doubles[flow * DOUBLES + FIRST_PACKET]!,
      timeUs: at?.timeUs ?? doubles[flow * DOUBLES + FIRST_US]!,
      protocol: protocol.name,
      confidence: confidenceOf(ints[base + FLAGS]!),
      rule,
      ...(octets !== undefined && { octets }),
    });
  }

  // Expectations -------------------------------------------------------------------------------------------------

  /** The flow that the context stands on announces another between its two hosts. */
  expect(port: number, transport: number, protocol: string): void {
    const key = this.#expectationKey(this.#flow, transport, port);
    this.#expectations.delete(key);
    if (this.#expectations.size >= EXPECTATIONS_MAX) {
      this.#expectations.delete(this.#expectations.keys().next().value!);
    }
    if (this.#expectedPorts.size >= EXPECTED_PORTS_MAX) {
      this.#expectedPorts.clear();
      for (const expectation of this.#expectations.values()) this.#expectedPorts.add(expectation.port);
    }
    this.#expectedPorts.add(port);
    this.#expectations.set(key, { port, protocol, untilUs: this.#host.clockUs + EXPECTATION_US });
  }

  #expectedOf(flow: number): number {
    const ports = this.#table.ints[flow * INTS + PORTS]!;
    const transport = this.#table.ints[flow * INTS + KIND]! & 0xff;
    for (let end = 0; end < 2; end += 1) {
      const port = end === 0 ? ports >>> 16 : ports & 0xffff;
      if (!this.#expectedPorts.has(port)) continue;
      const key = this.#expectationKey(flow, transport, port);
      const expectation = this.#expectations.get(key);
      if (expectation === undefined) continue;
      const leftUs = expectation.untilUs - this.#host.clockUs;
      // One that would hold for longer is of a time that the packet clock has left again.
      if (leftUs < 0 || leftUs > EXPECTATION_US) this.#expectations.delete(key);
      else return this.#host.classifier.registry.idOf(expectation.protocol);
    }
    return -1;
  }

  #expectationKey(flow: number, transport: number, port: number): string {
    const base = flow * INTS + ADDRESSES;
    return `${transport} ${port} ${this.#table.ints.subarray(base, base + 8).join(" ")}`;
  }

  /** Believes in the port of a flow that never had payload: nothing else can tell. */
  #guessByPort(flow: number): void {
    const { ints } = this.#table;
    const base = flow * INTS;
    const proto = ints[base + KIND]! & 0xff;
    if (
      ints[base + PROTOCOL]! >= 0 ||
      (ints[base + FLAGS]! & FLAG_PAYLOAD) !== 0 ||
      (proto !== IP_PROTOCOL_TCP && proto !== IP_PROTOCOL_UDP)
    )
      return;
    const { registry } = this.#host.classifier;
    const table = proto === IP_PROTOCOL_TCP ? registry.stream : registry.datagram;
    const ports = ints[base + PORTS]!;
    const low = Math.min(ports >>> 16, ports & 0xffff);
    const high = Math.max(ports >>> 16, ports & 0xffff);
    // The lower port is the service's: the other was chosen by the client's system.
    const guess = hinted(table, low)[0] ?? hinted(table, high)[0];
    if (guess !== undefined) this.#believe(flow, guess, CONFIDENCE_PORT, "the port: no payload was read");
  }

  // Time ---------------------------------------------------------------------------------------------------------

  #timeoutSeconds(flow: number): number {
    const { ints } = this.#table;
    const flags = ints[flow * INTS + FLAGS]!;
    const { timeoutSeconds } = this.#host.options;
    if ((flags & FLAG_CLOSED) !== 0) return timeoutSeconds.short;
    if ((flags & FLAG_HANDSHAKE_DONE) === 0) return timeoutSeconds.default;
    const protocol = this.#host.classifier.registry.protocols[ints[flow * INTS + PROTOCOL]!];
    return protocol !== undefined && LONG_IDLE.has(protocol.category)
      ? timeoutSeconds.live
      : timeoutSeconds.long;
  }

  /** The first whole second at which the flow has been idle for its timeout. */
  #dueSecond(flow: number): number {
    const lastUs = this.#table.doubles[flow * DOUBLES + LAST_US]!;
    // Of a time that the clock has left again: it is over.
    if (lastUs > this.#host.clockUs) return Math.floor(this.#host.clockUs / 1e6);
    return Math.ceil(lastUs / 1e6) + this.#timeoutSeconds(flow);
  }

  #schedule(flow: number): void {
    const nowSecond = Math.floor(this.#host.clockUs / 1e6);
    const due = this.#dueSecond(flow);
    this.#table.schedule(flow, Math.min(Math.max(due, nowSecond + 1), nowSecond + WHEEL_SECONDS - 1));
  }

  /**
   * Ends the flows that have been idle for their timeout at `second`, the last look having been at `before`: those that
   * are scheduled for the seconds since then, or all where the wheel has gone round or the clock has gone back.
   */
  advance(before: number, second: number): void {
    const table = this.#table;
    if (table.size === 0) return;
    const passed = second - before;
    if (passed >= 0 && passed < WHEEL_SECONDS) {
      for (let at = before + 1; at <= second; at += 1) this.#look(table.scheduled(at), at);
    } else {
      for (let bucket = 0; bucket < WHEEL_SECONDS; bucket += 1) this.#look(table.scheduled(bucket), second);
    }
  }

  #look(first: number, second: number): void {
    let flow = first;
    while (flow >= 0) {
      const next = this.#table.ints[flow * INTS + WHEEL_NEXT]!;
      this.#lookAt(flow, second);
      flow = next;
    }
  }

  /** Ends a flow that is due at `second`; one that was active since it was scheduled is put off. */
  #lookAt(flow: number, second: number): void {
    const table = this.#table;
    const due = this.#dueSecond(flow);
    if (due <= second) {
      this.#end(flow, (table.ints[flow * INTS + FLAGS]! & FLAG_CLOSED) !== 0 ? "closed" : "timeout");
    } else {
      table.unschedule(flow);
      table.schedule(flow, Math.min(due, second + WHEEL_SECONDS - 1));
    }
  }

  /** Ends the flow that is closest to its timeout, or one nearly so: only a few are looked at. */
  #evict(packet: number): void {
    const table = this.#table;
    const nowSecond = Math.floor(this.#host.clockUs / 1e6);
    let tries = 0;
    let chosen = -1;
    for (let ahead = 0; ahead < WHEEL_SECONDS && tries < EVICTION_TRIES_MAX; ahead += 1) {
      const second = nowSecond + ahead;
      let flow = table.scheduled(second);
      while (flow >= 0 && tries < EVICTION_TRIES_MAX) {
        const next = table.ints[flow * INTS + WHEEL_NEXT]!;
        const due = this.#dueSecond(flow);
        chosen = flow;
        if (due <= second) {
          tries = EVICTION_TRIES_MAX;
          break;
        }
        // It was active since it was scheduled, and is put back to where it belongs.
        tries += 1;
        table.unschedule(flow);
        table.schedule(flow, Math.min(due, second + WHEEL_SECONDS - 1));
        flow = next;
      }
    }
    this.#host.anomaly(FLOW_TABLE_FULL, packet);
    this.#end(chosen, "evicted");
  }

  /** Ends all flows. */
  finish(): void {
    for (const flow of [...this.#table.flows()]) {
      this.#end(
        flow,
        (this.#table.ints[flow * INTS + FLAGS]! & FLAG_CLOSED) !== 0 ? "closed" : "end-of-capture",
      );
    }
  }

  #end(flow: number, end: FlowEnd): void {
    this.#stopInspection(flow);
    this.#guessByPort(flow);
    const { ended } = this.#host;
    ended.stand(this.#number, this.#table, flow, this.#facts[flow], end);
    this.#host.flowEnded(ended);
    this.#facts[flow] = undefined;
    this.#table.remove(flow);
  }
}

function isIcmp(protocol: number): boolean {
  return protocol === IP_PROTOCOL_ICMP || protocol === IP_PROTOCOL_ICMPV6;
}

/** Multicast (RFC 5771, RFC 4291 §2.7) or the limited broadcast address (RFC 919 §7). */
function isGroup(view: PacketView): boolean {
  const first = u8(view.octets, view.destinationAddress);
  if (view.ipVersion === 6) return first === 0xff;
  if (first >= 224 && first < 240) return true;
  return (
    first === 255 &&
    u8(view.octets, view.destinationAddress + 1) === 255 &&
    u8(view.octets, view.destinationAddress + 2) === 255 &&
    u8(view.octets, view.destinationAddress + 3) === 255
  );
}
