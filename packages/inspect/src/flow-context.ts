/**
 * The flow as a dissector sees it: one reused object, set to the flow and packet at hand before every call.
 */
import {
  ATTRIBUTE_OCTETS_MAX,
  type Attribute,
  type AttributeType,
  type AttributeValues,
} from "./attribute.js";
import { BECOME, type Outcome } from "./dissector.js";
import type { FindingKind } from "./finding-kind.js";
import type { FlowFacts } from "./flow/flow-facts.js";
import type { Inspection } from "./inspection.js";
import type { Subscriptions } from "./subscriptions.js";

/** Asks for the candidates to be tried again on what follows, as `become` asks for one protocol. */
export const ANY_PROTOCOL = "";

/** What the engine does with what a dissector says of the flow that the context stands on. */
export interface ContextHost {
  facts(): FlowFacts;
  /** A host name was read: look up the application it belongs to. */
  hostSeen(octets: Uint8Array, start: number, end: number): void;
  expect(port: number, transport: number, protocol: string): void;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });
const HEX = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, "0"));

/** Valid while `dissect`, or the handler of an attribute, is called: between two calls it stands on other flows. */
export class FlowContext {
  /** Who sent these octets: 0 the flow's originator, 1 its responder. */
  direction: 0 | 1 = 0;
  /** IP protocol number: 6 TCP, 17 UDP, 136 UDP-Lite. */
  transport = 0;
  /** Ports of the packet at hand, as sent (not of the flow): 0 … 65,535. */
  sourcePort = 0;
  destinationPort = 0;
  /** Number of the packet at hand in its capture; the first is 1. */
  packetNumber = 0;
  /** Time of the packet at hand: microseconds since the epoch. */
  timeUs = 0;
  /** The packet's destination is a multicast group or the limited broadcast address. */
  toGroup = false;
  /** The packet at hand carried IPv6. */
  ipv6 = false;
  /** Octets of this direction were lost before those at hand (the capture missed them, or a bound was met). */
  gap = false;
  /** The snap length cut the packet at hand, or fragments of it never came: what is missing at its end is nobody's lie. */
  cut = false;

  // Set by the engine, and not for dissectors.
  inspection: Inspection = undefined as never;
  dissector = 0;
  consumed = 0;
  successor = ANY_PROTOCOL;
  readonly #subscriptions: Subscriptions;
  readonly #host: ContextHost;

  constructor(subscriptions: Subscriptions, host: ContextHost) {
    this.#subscriptions = subscriptions;
    this.#host = host;
  }

  /** A number that the dissector keeps for this flow, both directions sharing it: starts at 0. 32 bits, signed. */
  get stage(): number {
    return this.inspection.stage(this.dissector);
  }

  set stage(value: number) {
    this.inspection.setStage(this.dissector, value);
  }

  /**
   * An object that the dissector keeps for this flow, both directions sharing it, made by `create` when first asked for.
   * Give a module-level function, not a closure, and bound what grows in it.
   */
  memo<T extends object>(create: () => T): T {
    return this.inspection.memo(this.dissector, create);
  }

  /** Whether another flow announced this one as the protocol that is being asked (`expect`), or it follows a `become`. */
  get announced(): boolean {
    return this.inspection.expected === this.dissector;
  }

  /** Payload packets of the flow so far in each direction, the one at hand included. */
  payloadPackets(direction: 0 | 1): number {
    return direction === 0 ? this.inspection.originatorPackets : this.inspection.responderPackets;
  }

  /** Whether anybody subscribed to the attribute: ask before work that only the value needs. */
  wants(attribute: Attribute): boolean {
    return this.#subscriptions.wanted[attribute.id] === 1;
  }

  /** Gives an attribute its value. A single attribute keeps its first value, one with `many` all different ones. */
  set<T extends AttributeType>(attribute: Attribute<T>, value: AttributeValues[T]): void {
    if (this.#subscriptions.wanted[attribute.id] !== 1) return;
    this.#host.facts().add(attribute, value);
    this.#subscriptions.deliver(attribute, value, this);
  }

  /** An attribute from `octets[start … end)`: UTF-8, or ISO 8859-1 where it is not valid UTF-8. Cut at 1,024 octets. */
  text(attribute: Attribute<"text">, octets: Uint8Array, start: number, end: number): void {
    if (this.#subscriptions.wanted[attribute.id] === 1) this.set(attribute, decodeText(octets, start, end));
  }

  /** An attribute from `octets[start … end)` as lower-case hexadecimal digits. Cut at 1,024 octets. */
  hex(attribute: Attribute<"hex">, octets: Uint8Array, start: number, end: number): void {
    if (this.#subscriptions.wanted[attribute.id] === 1) this.set(attribute, encodeHex(octets, start, end));
  }

  /**
   * As `text`, for the name of the host that the flow is *to* (TLS server name, HTTP Host): also decides the
   * application. `octets[start … end)` is the bare name, without port. A DNS question is about a host, not to it: `text`.
   */
  host(attribute: Attribute<"text">, octets: Uint8Array, start: number, end: number): void {
    this.text(attribute, octets, start, end);
    this.#host.hostSeen(octets, start, end);
  }

  /** Reports something worth a person's attention. Reported again in the same flow, it is counted. */
  report(kind: FindingKind): void {
    this.#host.facts().report(kind, this.packetNumber, this.timeUs);
  }

  /**
   * Streams, with `MATCH`, `DONE` or `become()`: the first `count` octets of those at hand have been read. More than are at hand skips
   * those still to come in this direction. Called again within one `dissect`, the last count holds.
   */
  consume(count: number): void {
    this.consumed = count;
  }

  /**
   * `return flow.become("tls")`: what follows what was consumed, in both directions, is of the named protocol, carried inside this one (the path
   * becomes `smtp.tls`). Octets not consumed are the first that it sees. An unknown name leaves the flow as it is.
   */
  become(protocol: string): Outcome {
    this.successor = protocol;
    return BECOME;
  }

  /** As `become`, with all candidates tried anew on what follows: for proxies and tunnels. */
  reclassify(): Outcome {
    this.successor = ANY_PROTOCOL;
    return BECOME;
  }

  /**
   * Announces a flow between the same two hosts in which either end has `port`, as FTP's PORT command does: it begins
   * with the named protocol as its first candidate, and is that protocol with confidence `expected` where payload does
   * not say otherwise. `transport` is 6 or 17.
   */
  expect(port: number, transport: number, protocol: string): void {
    this.#host.expect(port, transport, protocol);
  }
}

/** `octets[start … end)` as UTF-8, or as ISO 8859-1 where it is not valid UTF-8. */
export function decodeText(octets: Uint8Array, start: number, end: number): string {
  let stop = Math.min(end, start + ATTRIBUTE_OCTETS_MAX);
  // Not inside a character: half a one would make the text ISO 8859-1. A character has three further octets at most.
  for (let back = 0; stop < end && back < 3 && (octets[stop]! & 0xc0) === 0x80; back += 1) stop -= 1;
  let ascii = true;
  for (let index = start; index < stop; index += 1) {
    if (octets[index]! >= 0x80) {
      ascii = false;
      break;
    }
  }
  if (ascii) return latin1Slice(octets, start, stop);
  try {
    return utf8.decode(octets.subarray(start, stop));
  } catch {
    return latin1Slice(octets, start, stop);
  }
}

/** A Buffer over the memory that was read last, since making one costs more than reading from it. */
let window: Buffer = Buffer.alloc(0);

function latin1Slice(octets: Uint8Array, start: number, end: number): string {
  if (window.buffer !== octets.buffer) window = Buffer.from(octets.buffer);
  const from = octets.byteOffset + start;
  return window.toString("latin1", from, Math.max(from, octets.byteOffset + end));
}

/** `octets[start … end)` as lower-case hexadecimal digits, of 1,024 octets at most. */
export function encodeHex(octets: Uint8Array, start: number, end: number): string {
  const stop = Math.min(end, start + ATTRIBUTE_OCTETS_MAX);
  let text = "";
  for (let index = start; index < stop; index += 1) text += HEX[octets[index]!];
  return text;
}
