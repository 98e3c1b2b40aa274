export type Severity = "info" | "low" | "medium" | "high" | "critical";

/** Something was seen. One of the two nouns that cross between engines. */
export interface Finding {
  /** Microseconds since the Unix epoch, on the clock of the evidence (for packets: the capture's). */
  readonly timeUs: number;
  /** The engine that saw it: `inspect`, `scan`, `shield`, `mesh`. */
  readonly source: string;
  /** Stable dotted name: `dns.pointer-loop`, `tcp.overlap-conflict`. */
  readonly kind: string;
  readonly severity: Severity;
  /** Whom or what it is about: an address, a flow, a host name. */
  readonly subject: string;
  /** What it rests on, as plain values that JSON can hold. */
  readonly evidence: Readonly<Record<string, string | number | boolean>>;
}
