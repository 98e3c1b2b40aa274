/**
 * What a protocol is to the engine: a name, what it reads, and how its octets are recognised.
 *
 * One protocol is one file in `protocols/<family>/`, with its examples beside it, and
 * a line each in the family's `index.ts` and `examples.ts`.
 */
import type { Malformed } from "@palisade/base";
import type { Attribute } from "./attribute.js";
import type { FindingKind } from "./finding-kind.js";
import type { FlowContext } from "./flow-context.js";

/** These octets are not of this protocol: it is not asked again for this flow. */
export const NO = 0;
/** Cannot be told yet: ask again with the next datagram, or with more octets of the stream. */
export const MORE = 1;
/** It is this protocol, and there is more to read: keep me informed. */
export const MATCH = 2;
/** It is this protocol, and nothing further is wanted: from here on the flow costs accounting alone. */
export const DONE = 3;
/** Returned by `flow.become()` and `flow.reclassify()` only: what follows belongs to another protocol. */
export const BECOME = 4;

/**
 * What `dissect` found. A `Malformed` before the verdict excludes the protocol like `NO`, with a name for `--explain`
 * (and, on the protocol's own port, for the record); after the verdict it is a finding of the flow.
 */
export type Outcome = typeof NO | typeof MORE | typeof MATCH | typeof DONE | typeof BECOME | Malformed;

/** Reads one datagram. `offset … end` is the whole payload; nothing outside it may be read. */
export interface DatagramDissector {
  /** Ports of either end that make this protocol the first to be tried. A hint, never evidence. */
  readonly ports: readonly number[];
  /**
   * Set where the octets say too little by themselves: asked on its `ports` alone, and where another flow announced it
   * or it follows a `become`.
   */
  readonly portsOnly?: true;
  /** The values that the first octet of a datagram can have; absent: any. Fewer means cheaper for every flow. */
  readonly firstOctets?: readonly number[];
  dissect(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome;
}

/**
 * Reads a stream. `offset … end` holds the octets of one direction (`flow.direction`) that are in order and not yet
 * consumed. It may be called with a longer prefix of the same octets, so until it consumes it must be a function of the
 * octets, not of how they were cut: where a prefix cannot tell, it returns `MORE` before the verdict and `MATCH` after.
 *
 * After `MATCH` it may `flow.consume(n)` what it has read (n may reach past `end`: what is still to come is skipped) and
 * is called again at once while it consumes and octets remain: read one message per call. Never look past the message.
 */
export interface StreamDissector {
  readonly ports: readonly number[];
  /** As for datagrams. */
  readonly portsOnly?: true;
  /** The values that the first octet of either direction can have; absent: any. */
  readonly firstOctets?: readonly number[];
  /** Keep reading beyond the budget for the whole flow: only for control channels that announce other flows. */
  readonly follow?: boolean;
  dissect(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome;
}

/** What a protocol or application is for, as it stands in `category`. */
export type Category =
  | "network"
  | "web"
  | "mail"
  | "file-transfer"
  | "remote-access"
  | "voice-video"
  | "chat"
  | "database"
  | "rpc"
  | "messaging"
  | "management"
  | "industrial"
  | "vpn"
  | "peer-to-peer"
  | "mobile-core"
  | "game"
  | "finance"
  | "security"
  | "iot"
  | "media"
  | "cloud"
  | "social";

/** A protocol that can be recognised: over UDP by `datagram`, over TCP by `stream`, or both. */
export interface Protocol {
  /** As it stands in `app_proto` and in paths: lower case letters, digits and hyphens. */
  readonly name: string;
  /** Its full name: "Network Time Protocol". */
  readonly title: string;
  /** Where it is specified: RFC numbers, a standard, or the software whose behaviour it is and how that is known. */
  readonly spec: string;
  readonly category: Category;
  /** Every attribute that it can set. */
  readonly attributes: readonly Attribute[];
  /** Every Malformed that it can return. */
  readonly malformed: readonly Malformed[];
  /** Every other finding that it can report. */
  readonly findings?: readonly FindingKind[];
  /** What must be seen for a verdict, in one sentence: shown by `--explain` and in docs/protocols.md. */
  readonly recognises: string;
  /** What is there and not read, in one sentence, for docs/protocols.md. */
  readonly omits: string;
  /** Set where a verdict rests on a heuristic rather than a magic number or a full structure: tried after all others. */
  readonly weak?: true;
  readonly datagram?: DatagramDissector;
  readonly stream?: StreamDissector;
}
