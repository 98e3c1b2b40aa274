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

/** Where the confidence of a verdict stands in a flow's `FLAGS`. */
const CONFIDENCE_SHIFT = 8;
const CONFIDENCE_MASK = 3 << CONFIDENCE_SHIFT;
const CONFIDENCES: readonly Confidence[] = ["none", "port", "expected", "dpi"];
export const CONFIDENCE_PORT = 1;
export const CONFIDENCE_EXPECTED = 2;
export const CONFIDENCE_DPI = 3;

/** The confidence that a flow's `FLAGS` hold. */
export function confidenceOf(flags: number): Confidence {
  return CONFIDENCES[(flags & CONFIDENCE_MASK) >>> CONFIDENCE_SHIFT]!;
}

/** A flow's `FLAGS` with a confidence in them. */
export function withConfidence(flags: number, confidence: number): number {
  return (flags & ~CONFIDENCE_MASK) | (confidence << CONFIDENCE_SHIFT);
}

/** A kind of finding in one flow: where it was first seen, and how often. */
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
  /** The first of the deciding octets in hexadecimal, at most `EVIDENCE_OCTETS_MAX`; kept with `--explain`. */
  readonly octets?: string;
}

const NO_ATTRIBUTES: Attribute[] = [];
const NO_VALUES: (AttributeValue | AttributeValue[])[] = [];
const NO_FINDINGS: FlowFinding[] = [];
const NO_STEPS: VerdictStep[] = [];

/**
 * What is known of a flow beyond its counters: made when the first attribute, finding or step comes, dropped with the
 * flow's record.
 */
export class FlowFacts {
  // Empty lists are shared: most flows that have one of these lack the others.
  #attributes = NO_ATTRIBUTES;
  #values = NO_VALUES;
  #findings = NO_FINDINGS;
  #steps = NO_STEPS;
  /** Protocols of the path that the path table had no room for: `.smtp.tls`. */
  pathRest = "";
  /** The application that a host name belongs to, and its category. */
  application: string | undefined;
  applicationCategory: string | undefined;

  get attributes(): readonly Attribute[] {
    return this.#attributes;
  }

  /** By place in `attributes`; an array for those with `many`. */
  get values(): readonly (AttributeValue | readonly AttributeValue[])[] {
    return this.#values;
  }

  get findings(): readonly Readonly<FlowFinding>[] {
    return this.#findings;
  }

  get steps(): readonly VerdictStep[] {
    return this.#steps;
  }

  /** Keeps the first value of a single attribute, and different values of one with `many` up to their bound. */
  add(attribute: Attribute, value: AttributeValue): void {
    const at = this.#attributes.indexOf(attribute);
    if (at < 0) {
      if (this.#attributes === NO_ATTRIBUTES) {
        this.#attributes = [];
        this.#values = [];
      }
      this.#attributes.push(attribute);
      this.#values.push(attribute.many ? [value] : value);
    } else if (attribute.many) {
      const values = this.#values[at] as AttributeValue[];
      if (values.length < ATTRIBUTE_VALUES_MAX && !values.includes(value)) values.push(value);
    }
  }

  /** Keeps a finding of a new kind, while there is room, or counts one more of a kept kind. */
  report(kind: FindingKind, packet: number, timeUs: number): void {
    for (const finding of this.#findings) {
      if (finding.kind === kind) {
        finding.count += 1;
        return;
      }
    }
    if (this.#findings === NO_FINDINGS) this.#findings = [];
    if (this.#findings.length < FINDINGS_PER_FLOW_MAX)
      this.#findings.push({ kind, packet, timeUs, count: 1 });
  }

  /** Adds a step to the verdict's timeline, while there is room. */
  step(step: VerdictStep): void {
    if (this.#steps === NO_STEPS) this.#steps = [];
    if (this.#steps.length < STEPS_PER_FLOW_MAX) this.#steps.push(step);
  }
}
