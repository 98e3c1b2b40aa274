/**
 * Runs payload through the real classifier without packets around it: for the contract suite and tests.
 */
import type { Malformed } from "@palisade/base";
import type { AttributeValue } from "./attribute.js";
import { Classifier } from "./classifier.js";
import type { Example } from "./example.js";
import { FlowFacts } from "./flow/flow-facts.js";
import { FlowContext } from "./flow-context.js";
import { Inspection } from "./inspection.js";
import { malformedKind } from "./malformed-kind.js";
import type { Registry } from "./registry.js";
import { Subscriptions } from "./subscriptions.js";

/** What a flow came to. */
export interface Exercised {
  readonly protocol: string | undefined;
  /** Protocols above the transport, outermost first. */
  readonly path: readonly string[];
  readonly attributes: Readonly<Record<string, AttributeValue | readonly AttributeValue[]>>;
  readonly findings: readonly string[];
  /** Payload packets seen when the last verdict fell; 0 without one. */
  readonly decidedAfter: number;
  /** Flows announced: `transport:port protocol`. */
  readonly expected: readonly string[];
}

export type Part = readonly [">" | "<", Uint8Array];

/**
 * Runs `parts` as datagrams or stream segments of one flow. Each part is laid between guard octets, so that a dissector
 * that reads outside its payload behaves differently with another `guard` (0 … 255).
 */
export function exercise(
  registry: Registry,
  example: Pick<Example, "transport" | "ports">,
  parts: readonly Part[],
  options: { readonly guard?: number } = {},
): Exercised {
  const guard = options.guard ?? 0;
  const facts = new FlowFacts();
  const path: string[] = [];
  const expected: string[] = [];
  let decidedAfter = 0;
  let packets = 0;
  const subscriptions = new Subscriptions();
  for (const protocol of registry.protocols) {
    for (const attribute of protocol.attributes) subscriptions.record(attribute);
  }
  const context: FlowContext = new FlowContext(subscriptions, {
    facts: () => facts,
    hostSeen: () => {},
    expect: (port, transport, protocol) => expected.push(`${transport}:${port} ${protocol}`),
  });
  const classifier = new Classifier(registry, context, {
    verdict(id) {
      path.push(registry.protocols[id]!.name);
      decidedAfter = packets;
    },
    malformed(malformed: Malformed) {
      facts.report(malformedKind(malformed), context.packetNumber, context.timeUs);
    },
    unlimited: () => false,
  });
  const inspection = new Inspection(registry.size);
  const [source, destination] = example.ports ?? [49152, 40000];
  context.transport = example.transport === "tcp" ? 6 : 17;
  for (const [sender, octets] of parts) {
    if (octets.length === 0) continue;
    packets += 1;
    context.direction = sender === ">" ? 0 : 1;
    context.sourcePort = sender === ">" ? source : destination;
    context.destinationPort = sender === ">" ? destination : source;
    context.packetNumber = packets;
    context.timeUs = 1_700_000_000_000_000 + packets * 1000;
    context.gap = false;
    const frame = new Uint8Array(octets.length + 2 * GUARD_OCTETS).fill(guard);
    frame.set(octets, GUARD_OCTETS);
    const end = GUARD_OCTETS + octets.length;
    const more =
      example.transport === "tcp"
        ? classifier.stream(inspection, frame, GUARD_OCTETS, end)
        : classifier.datagram(inspection, frame, GUARD_OCTETS, end);
    if (!more) break;
  }
  const attributes: Record<string, AttributeValue | readonly AttributeValue[]> = {};
  facts.attributes.forEach((attribute, at) => {
    attributes[attribute.name] = facts.values[at]!;
  });
  return {
    protocol: path.at(-1),
    path,
    attributes,
    findings: facts.findings.map((finding) => finding.kind.name),
    decidedAfter,
    expected,
  };
}

const GUARD_OCTETS = 64;
