import { ATTRIBUTE_VALUES_MAX, type Attribute, type AttributeValue } from "../attribute.js";
import type { FindingKind } from "../finding-kind.js";

/** Different kinds of finding kept per flow; further kinds are dropped, further ones of a kept kind are counted. */
export const FINDINGS_PER_FLOW_MAX = 16;
/** Steps of a verdict's timeline kept per flow. */
export const STEPS_PER_FLOW_MAX = 8;
/** Octets of evidence kept with a step or finding, for `--explain`. */
export const EVIDENCE_OCTETS_MAX = 32;

/** How a verdict was reached, weakest first: guessed from a port, announced by a control flow, read from the payload. */
export type Confidence = "none" | "port" | "expected" | "dpi";

export interface FlowFinding {
  readonly kind: FindingKind;
  /** Number of the packet (1 is the capture's first) in which it was first seen. */
  readonly packet: number;
  readonly timeUs: number;
  count: number;
}

/** One step of a verdict's timeline: what was believed from this packet on, and on what grounds. */
export interface VerdictStep {
  readonly packet: number;
  readonly timeUs: number;
  readonly protocol: string;
  readonly confidence: Confidence;
  /** The protocol's own sentence on what decides it, or the host name rule for an application. */
  readonly rule: string;
  /** Offset of the deciding octets in their datagram or stream, and the first of them in hexadecimal; kept with `--explain`. */
  readonly octets?: string;
}

/**
 * What is known of a flow beyond its counters: made when the first attribute, finding or step comes, dropped with the
 * flow's record.
 */
export class FlowFacts {
  readonly attributes: Attribute[] = [];
  readonly values: (AttributeValue | AttributeValue[])[] = [];
  readonly findings: FlowFinding[] = [];
  readonly steps: VerdictStep[] = [];
  /** The application that a host name belongs to, and its category. */
  application: string | undefined;
  applicationCategory: string | undefined;

  /** Keeps the first value of a single attribute, and different values of one with `many` up to their bound. */
  add(attribute: Attribute, value: AttributeValue): void {
    const at = this.attributes.indexOf(attribute);
    if (at < 0) {
      this.attributes.push(attribute);
      this.values.push(attribute.many ? [value] : value);
    } else if (attribute.many) {
      const values = this.values[at] as AttributeValue[];
      if (values.length < ATTRIBUTE_VALUES_MAX && !values.includes(value)) values.push(value);
    }
  }

  report(kind: FindingKind, packet: number, timeUs: number): void {
    for (const finding of this.findings) {
      if (finding.kind === kind) {
        finding.count += 1;
        return;
      }
    }
    if (this.findings.length < FINDINGS_PER_FLOW_MAX) this.findings.push({ kind, packet, timeUs, count: 1 });
  }
}
