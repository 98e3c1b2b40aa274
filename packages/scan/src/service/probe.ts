/** What is sent to find out what serves a port, and how answers are read: the entries of a `ServiceDatabase`. */
import type { LazyPattern } from "./lazy-pattern.js";
import type { PortRanges } from "./port-ranges.js";
import type { Template } from "./template.js";

/** The probe that sends nothing and waits for what a service says first. */
export const NULL_PROBE = "null";

export const RARITY_MAX = 9;
/** Waits of longer than this are refused, in ms. */
export const PROBE_WAIT_MS_MAX = 60_000;
export const PROBE_WAIT_MS = 5_000;
/** Silence of a service before it is asked, unless a probe says otherwise, in ms. */
export const PROBE_LISTEN_MS = 300;

/** Texts that a match gives; `service` is its name. */
export const fieldNames = ["product", "version", "info", "hostname", "os", "device"] as const;
export type FieldName = (typeof fieldNames)[number];

export interface ServiceProbe {
  /** Unique within a database. */
  readonly name: string;
  readonly protocol: "tcp" | "udp";
  /** What is sent; none only for the probe `null`. */
  readonly octets: Uint8Array;
  /** Ports whose usual service answers it. */
  readonly ports: PortRanges;
  /** Ports where it does within TLS. */
  readonly tlsPorts: PortRanges;
  /** 1 (answered by many services) … 9: probes above the intensity are sent only to ports they list. */
  readonly rarity: number;
  /** How long a service may take to answer, in ms. */
  readonly waitMs: number;
  /** How long a service on one of its ports is listened to before it is asked, where the round trip is short, in ms. */
  readonly listenMs: number;
  /** Answers may come from other ports of the host than the one that is asked (UDP), as RFC 1350 §4 has it. */
  readonly anyPort: boolean;
  /** Probes whose matches are tried too when none of its own does; those of `null` are in any case (TCP). */
  readonly fallback: readonly string[];
  /** In the order in which they are tried. */
  readonly matches: readonly ServiceMatch[];
}

export interface ServiceMatch {
  readonly service: string;
  /** Says what the service is but no more: later probes, limited to those that know the service, may say the rest. */
  readonly soft: boolean;
  readonly pattern: LazyPattern;
  readonly fields: Readonly<Partial<Record<FieldName, Template>>>;
  readonly cpe: readonly Template[];
  /** 0 … 10. */
  readonly confidence: number;
  /** What the pattern is about, by way of example, and what must come out; checked by tests. */
  readonly examples: readonly MatchExample[];
  /** `file:line`. */
  readonly place: string;
  /** `file:line:column`. */
  readonly patternPlace: string;
}

export interface MatchExample {
  readonly octets: Uint8Array;
  readonly fields: Readonly<Partial<Record<FieldName | "cpe", string>>>;
  /** `file:line:column`. */
  readonly place: string;
}
