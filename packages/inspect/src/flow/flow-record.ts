/**
 * What is said of a flow when it ends: the one record that every format is made from.
 */

import type { Severity } from "@palisade/base";
import type { AttributeValue } from "../attribute.js";
import type { Confidence, VerdictStep } from "./flow-facts.js";

/** Why a flow's record ended. */
export type FlowEnd = "closed" | "timeout" | "evicted" | "end-of-capture";

/** Counters of one direction. */
export interface DirectionCounters {
  readonly packets: number;
  /** Captured octets of frames, link headers included. */
  readonly bytes: number;
  /** Octets of payload by the length fields of IP and transport. */
  readonly payloadBytes: number;
}

/** A finding of the flow: its kind once, however often it was seen. */
export interface FlowRecordFinding {
  readonly kind: string;
  readonly severity: Severity;
  readonly title: string;
  /** Number of the packet in which it was first seen. */
  readonly packet: number;
  readonly count: number;
}

/** What a TCP flow's sequence numbers and flags told. */
export interface TcpRecord {
  /** Flags seen, as letters in the order of the header: `SPAF`. */
  readonly originatorFlags: string;
  readonly responderFlags: string;
  /** Segments with payload that had been sent before. */
  readonly retransmissions: readonly [originator: number, responder: number];
  readonly outOfOrder: readonly [originator: number, responder: number];
  /** Octets of the sequence space that were never seen. */
  readonly missedBytes: readonly [originator: number, responder: number];
  /** Microseconds from the originator's SYN to its acknowledgement of the SYN-ACK: one round trip between the ends. */
  readonly rttUs: number | undefined;
}

/** A flow that ended. Originator is who sent first, or, of a TCP handshake that is seen, who sent the SYN. */
export interface FlowRecord {
  /** Number of the flow's first packet in its capture: its identity. */
  readonly firstPacket: number;
  /** The shard that held the flow: 0 … 63, by its host pair, whatever the number of workers. */
  readonly shard: number;
  /** Microseconds since the epoch. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** IP protocol number. */
  readonly proto: number;
  readonly ipVersion: 4 | 6;
  /** The originator: canonical text, and port where the protocol has ports, else 0. */
  readonly src: string;
  readonly sport: number;
  readonly dst: string;
  readonly dport: number;
  /** Outermost VLAN id. */
  readonly vlan: number | undefined;
  /** Protocol path: `eth.ip.tcp.tls`. */
  readonly path: string;
  /** The protocol, or undefined where it is not known. */
  readonly appProto: string | undefined;
  /** The application or service, or undefined. */
  readonly app: string | undefined;
  readonly category: string | undefined;
  readonly confidence: Confidence;
  readonly originator: DirectionCounters;
  readonly responder: DirectionCounters;
  /** Zeek's connection state and history. */
  readonly connState: string;
  readonly history: string;
  /** Undefined where the engine was asked for none. */
  readonly communityId: string | undefined;
  readonly tcp: TcpRecord | undefined;
  /** Frames that were fragments. */
  readonly fragments: number;
  readonly end: FlowEnd;
  /** By attribute name. */
  readonly attributes: Readonly<Record<string, AttributeValue | readonly AttributeValue[]>>;
  readonly findings: readonly FlowRecordFinding[];
  /** The verdict's timeline, oldest first; empty unless the engine was asked to explain. */
  readonly steps: readonly VerdictStep[];
}

/** Packets of both directions. */
export function flowPackets(flow: FlowRecord): number {
  return flow.originator.packets + flow.responder.packets;
}

/** Captured octets of both directions. */
export function flowBytes(flow: FlowRecord): number {
  return flow.originator.bytes + flow.responder.bytes;
}
