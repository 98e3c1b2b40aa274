/** `--explain`: what one flow is, and on what grounds, step by step. */
import { type EndedFlow, type FlowRecord, flowBytes, flowPackets } from "@palisade/inspect";
import { endText, formatBytes, formatDuration, printable } from "../terminal.js";

/** A flow that was asked for. */
export interface ExplainedFlow {
  /** Whether it begins with the packet that was named. */
  readonly begins: boolean;
  readonly record: FlowRecord;
}

/** The flow that begins with a packet before one in which that packet only looks wrong; then that with most bytes. */
export function compareExplained(a: ExplainedFlow, b: ExplainedFlow): number {
  return (
    Number(b.begins) - Number(a.begins) ||
    flowBytes(b.record) - flowBytes(a.record) ||
    a.record.firstPacket - b.record.firstPacket
  );
}

/** Finds the flow of a packet number, its first or one with a finding, or of a community id, among all that end. */
export class FlowFinder {
  readonly #packet: number;
  readonly #communityId: string | undefined;
  found: ExplainedFlow | undefined;

  constructor(wanted: string) {
    const isNumber = /^\d+$/.test(wanted);
    this.#packet = isNumber ? Number(wanted) : 0;
    this.#communityId = isNumber ? undefined : wanted;
  }

  add(flow: Pick<EndedFlow, "firstPacket" | "findings" | "record">): void {
    const packet = this.#packet;
    const begins = flow.firstPacket === packet;
    if (this.#communityId === undefined && !begins && !flow.findings.some((one) => one.packet === packet))
      return;
    const record = flow.record();
    if (this.#communityId !== undefined && record.communityId !== this.#communityId) return;
    const flowFound = { begins, record };
    if (this.found === undefined || compareExplained(flowFound, this.found) < 0) this.found = flowFound;
  }
}

export function explainFlow(flow: FlowRecord): string {
  const lines = [
    `${endText(flow.src, flow.sport)} → ${endText(flow.dst, flow.dport)}  ${flow.path}`,
    `  verdict      ${flow.appProto ?? "unknown"}${flow.app === undefined ? "" : ` / ${flow.app}`} (${confidenceText(flow)})`,
    `  community id ${flow.communityId ?? ""}`,
    `  first packet ${flow.firstPacket}, ${new Date(flow.firstUs / 1000).toISOString()}, for ${formatDuration((flow.lastUs - flow.firstUs) / 1e6)}, ended by ${flow.end}`,
    `  packets      ${flowPackets(flow)} (${flow.originator.packets} →, ${flow.responder.packets} ←), ${formatBytes(flowBytes(flow))}`,
    `  connection   ${flow.connState} ${flow.history}`,
  ];
  if (flow.steps.length === 0) {
    lines.push("", "  No protocol was recognised: no candidate claimed the payload that was read.");
  } else {
    lines.push("", "  How the verdict came");
    for (const step of flow.steps) {
      const afterMs = ((step.timeUs - flow.firstUs) / 1000).toFixed(1);
      lines.push(`    packet ${step.packet} (+${afterMs} ms): ${step.protocol}, by ${step.confidence}`);
      lines.push(`      rule   ${step.rule}`);
      if (step.octets !== undefined) lines.push(...octetLines(step.octets));
    }
  }
  const attributes = Object.entries(flow.attributes);
  if (attributes.length > 0) {
    lines.push("", "  What was read");
    const width = Math.max(...attributes.map(([name]) => name.length));
    for (const [name, value] of attributes) {
      lines.push(
        `    ${name.padEnd(width)}  ${printable(Array.isArray(value) ? value.join(", ") : String(value))}`,
      );
    }
  }
  if (flow.findings.length > 0) {
    lines.push("", "  What looks wrong");
    for (const { kind, severity, title, packet, count } of flow.findings) {
      lines.push(
        `    ${severity} ${kind}, first in packet ${packet}${count > 1 ? `, ${count} times` : ""}: ${title}`,
      );
    }
  }
  return `${lines.join("\n")}\n`;
}

function confidenceText(flow: FlowRecord): string {
  switch (flow.confidence) {
    case "dpi":
      return "read from the payload";
    case "expected":
      return "announced by another flow of these hosts";
    case "port":
      return "guessed from the port";
    default:
      return "nothing decided";
  }
}

/** Sixteen octets a line, as hexadecimal and as text. */
function octetLines(hexadecimal: string): string[] {
  const octets = hexadecimal.match(/../g) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < octets.length; at += 16) {
    const row = octets.slice(at, at + 16);
    const text = row.map((octet) => {
      const code = Number.parseInt(octet, 16);
      return code >= 0x20 && code < 0x7f ? String.fromCharCode(code) : ".";
    });
    lines.push(`      ${at === 0 ? "octets" : "      "} ${row.join(" ").padEnd(47)}  ${text.join("")}`);
  }
  return lines;
}
