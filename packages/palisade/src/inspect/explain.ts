/** `--explain`: what one flow is, and on what grounds, step by step. */
import { type FlowRecord, flowBytes, flowPackets } from "@palisade/inspect";
import { formatBytes, formatDuration, printable } from "../terminal.js";

export function explainFlow(flow: FlowRecord): string {
  const lines = [
    `${flow.src}${port(flow.sport)} → ${flow.dst}${port(flow.dport)}  ${flow.path}`,
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

function port(number: number): string {
  return number === 0 ? "" : `:${number}`;
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
