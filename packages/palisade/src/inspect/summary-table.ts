/** The default view: what a person wants to see first. */
import type { Anomaly, FlowRecord } from "@palisade/inspect";
import { formatBytes, formatCount, formatDuration, printable, renderTable } from "../terminal.js";
import type { Tally } from "./conversation-table.js";
import { type Summary, UNKNOWN } from "./summary.js";

export interface CaptureTotals {
  readonly packets: number;
  readonly bytes: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

const SEVERITIES = ["critical", "high", "medium", "low", "info"];

export function renderSummary(
  summary: Summary,
  totals: CaptureTotals,
  anomalies: readonly Anomaly[],
  top: number,
): string {
  return [
    headline(summary, totals),
    conversations(summary),
    protocols(summary, totals, top),
    findings(summary, anomalies),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function headline(summary: Summary, totals: CaptureTotals): string {
  const seconds = Math.max(0, (totals.lastUs - totals.firstUs) / 1e6);
  const when =
    totals.packets === 0
      ? ""
      : `, ${formatDuration(seconds)} from ${new Date(totals.firstUs / 1000).toISOString()}`;
  return `${formatCount(totals.packets)} packets, ${formatBytes(totals.bytes)}, ${formatCount(summary.flows)} flows${when}\n`;
}

function conversations(summary: Summary): string {
  if (summary.conversations.length === 0) return "";
  const sample = new Map<string, FlowRecord>();
  for (const flow of summary.top) {
    const key = sampleKey(flow.src, flow.dst, flow.appProto, flow.app);
    if (!sample.has(key)) sample.set(key, flow);
  }
  const rows = summary.conversations.map(({ src, dst, protocol, application, flows, packets, bytes }) => {
    const flow = sample.get(sampleKey(src, dst, protocol, application));
    return [
      src,
      dst + (flow === undefined || flow.dport === 0 ? "" : `:${flow.dport}`),
      protocol === UNKNOWN ? "?" : protocol,
      application,
      formatCount(flows),
      formatCount(packets),
      formatBytes(bytes),
      flow === undefined ? "" : printable(highlight(flow)),
    ];
  });
  const others = summary.conversationCount - rows.length;
  const { flows, bytes } = summary.otherConversations;
  const more = [
    others > 0 ? `… and ${formatCount(others)} more conversations (--top N shows more)\n` : "",
    flows > 0
      ? `… and ${formatCount(flows)} flows (${formatBytes(bytes)}) of small conversations that were too many to tell apart\n`
      : "",
  ].join("");
  return (
    renderTable(
      [
        { title: "FROM" },
        { title: "TO" },
        { title: "PROTOCOL" },
        { title: "APPLICATION" },
        { title: "FLOWS", align: "right" },
        { title: "PACKETS", align: "right" },
        { title: "BYTES", align: "right" },
        { title: "DETAIL", width: 60 },
      ],
      rows,
    ) + more
  );
}

function sampleKey(src: string, dst: string, protocol = UNKNOWN, application = ""): string {
  return `${src} ${dst} ${protocol} ${application}`;
}

/** Attributes of which the first that a flow has stands beside it: the one that says most. */
export const tableAttributes: readonly string[] = [
  "tls.sni",
  "http.host",
  "ssh.server-software",
  "dhcp.host-name",
  "smtp.banner",
  "ftp.banner",
  "sip.to",
];

function highlight(flow: FlowRecord): string {
  for (const name of tableAttributes) {
    const value = flow.attributes[name];
    if (value !== undefined) return Array.isArray(value) ? value.slice(0, 3).join(", ") : String(value);
  }
  return "";
}

function protocols(summary: Summary, totals: CaptureTotals, top: number): string {
  const rows = (kind: string, tallies: ReadonlyMap<string, Tally>): string[][] =>
    [...tallies]
      .sort((a, b) => b[1].bytes - a[1].bytes || (a[0] < b[0] ? -1 : 1))
      .slice(0, top)
      .map(([name, tally]) => [
        kind,
        name,
        formatCount(tally.flows),
        formatCount(tally.packets),
        formatBytes(tally.bytes),
        `${((100 * tally.bytes) / (totals.bytes || 1)).toFixed(1)} %`,
      ]);
  const all = [...rows("protocol", summary.protocols), ...rows("application", summary.applications)];
  if (all.length === 0) return "";
  return renderTable(
    [
      { title: "" },
      { title: "NAME" },
      { title: "FLOWS", align: "right" },
      { title: "PACKETS", align: "right" },
      { title: "BYTES", align: "right" },
      { title: "SHARE", align: "right" },
    ],
    all,
  );
}

function findings(summary: Summary, anomalies: readonly Anomaly[]): string {
  const rows = [...summary.findings].map(([kind, one]) => [
    one.severity,
    kind,
    formatCount(one.flows),
    String(one.firstPacket),
    one.example,
    one.title,
  ]);
  for (const { kind, packet, count } of anomalies) {
    rows.push([kind.severity, kind.name, `${formatCount(count)} ×`, String(packet), "", kind.title]);
  }
  if (rows.length === 0) return "Nothing looks wrong.\n";
  rows.sort((a, b) => SEVERITIES.indexOf(a[0]!) - SEVERITIES.indexOf(b[0]!) || Number(a[3]) - Number(b[3]));
  return renderTable(
    [
      { title: "SEVERITY" },
      { title: "FINDING" },
      { title: "FLOWS", align: "right" },
      { title: "PACKET", align: "right" },
      { title: "FIRST SEEN" },
      { title: "MEANING", width: 90 },
    ],
    rows,
  );
}
