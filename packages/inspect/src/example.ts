/**
 * Examples: exchanges written by hand or by a builder, kept beside the dissector that they exercise. The contract suite
 * runs every protocol over its examples (whole, cut in every way, mutated), and the fuzzer starts from them.
 */
import type { AttributeValue } from "./attribute.js";

/** One exchange of one flow, and what the engine must make of it. */
export interface Example {
  /** What it shows: "a client asks for the time". */
  readonly title: string;
  readonly transport: "tcp" | "udp";
  /** Source and destination port of the originator. The default, 49152 and 40000, is nobody's: payload alone decides. */
  readonly ports?: readonly [number, number];
  /** Datagrams, or parts of the two streams, in the order in which they are sent. `>` from the originator, `<` from the responder. */
  readonly exchange: readonly (readonly [">" | "<", Uint8Array])[];
  /** `app_proto` at the end; undefined for octets that look like it and are not, which nobody may claim. */
  readonly protocol: string | undefined;
  /** Exactly the attributes of the flow at the end; arrays for those with `many`. */
  readonly attributes?: Readonly<Record<string, AttributeValue | readonly AttributeValue[]>>;
  /** Names of the findings of the flow, in order of first appearance; default none. */
  readonly findings?: readonly string[];
  /** The protocol path above the transport, where it is more than the protocol: `["smtp", "tls"]`. */
  readonly path?: readonly string[];
  /** Payload packets seen when the verdict fell (as `exchange` is written, one packet a part): the cost. */
  readonly decidedAfter?: number;
}
