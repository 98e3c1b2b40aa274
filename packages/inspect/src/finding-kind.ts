import type { Severity } from "@palisade/base";

/**
 * A kind of finding that a dissector or the engine can report: created once beside the code that reports it.
 * `Malformed` constants need none: one returned after the verdict becomes a finding of severity `low` by itself.
 */
export interface FindingKind {
  /** Stable dotted name: `ntp.monlist-request`. */
  readonly name: string;
  readonly severity: Severity;
  /** What it means, in one sentence for the person who reads the table. */
  readonly title: string;
}
