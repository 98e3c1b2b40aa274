/** The default view: what a person wants to see first. */
import type { Anomaly } from "@palisade/inspect";
import {
  counted,
  endText,
  formatBytes,
  formatCount,
  formatDuration,
  printable,
  renderTable,
  wrap,
} from "../terminal.js";
import type { Tally } from "./conversation-table.js";
import { GUESSED, type Summary } from "./summary.js";

export interface CaptureTotals {
  readonly packets: number;
  readonly bytes: number;
  /** All flows, also those that a filter kept from the summary. */
  readonly flows: number;
  readonly firstUs: number;
  readonly lastUs: number;
}

export interface SummaryView {
  /** Rows of each table. */
  readonly top: number;
  /** Whether a filter chose the flows of the summary. */
  readonly filtered: boolean;
  /** Characters that a line can hold; no bound where undefined. */
  readonly width?: number | undefined;
}

const SEVERITIES = ["critical", "high", "medium", "low", "info"];

export function renderSummary(
  summary: Summary,
  totals: CaptureTotals,
  anomalies: readonly Anomaly[],
  { top, filtered, width = Number.POSITIVE_INFINITY }: SummaryView,
): string {
  if (totals.packets === 0) return "No packets.\n";
  const noMatch = filtered && summary.flows === 0;
  return [
    lines(headline(summary, totals, filtered), width),
    noMatch ? "No flow matches the filter.\n" : "",
    conversations(summary, width),
    protocols(summary, totals, top, width),
    findings(summary, anomalies, width) || (noMatch ? "" : "Nothing looks wrong.\n"),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function headline({ flows }: Summary, totals: CaptureTotals, filtered: boolean): string {
  const seconds = Math.max(0, (totals.lastUs - totals.firstUs) / 1e6);
  const when = `${formatDuration(seconds)} from ${new Date(totals.firstUs / 1000).toISOString()}`;
  const read = counted(totals.packets, "packet");
  const bytes = formatBytes(totals.bytes);
  if (!filtered) return `${read}, ${bytes}, ${counted(flows, "flow")}, ${when}`;
  const matches = `${formatCount(flows)} of ${counted(totals.flows, "flow")} ${flows === 1 ? "matches" : "match"}`;
  return `${read} read, ${bytes}; ${matches}; ${when}`;
}

/** A sentence in lines that fit. */
function lines(text: string, width: number): string {
  return `${wrap(text, width).join("\n")}\n`;
}

function conversations(summary: Summary, width: number): string {
  if (summary.conversations.length === 0) return "";
  const rows = summary.conversations.map((one) => [
    one.src,
    endText(one.dst, one.port),
    one.protocol,
    one.application,
    formatCount(one.flows),
    formatCount(one.packets),
    formatBytes(one.bytes),
    printable(one.detail),
  ]);
  const table = renderTable(
    [
      { title: "FROM" },
      { title: "TO" },
      { title: "PROTOCOL" },
      { title: "APPLICATION", folds: true },
      { title: "FLOWS", align: "right" },
      { title: "PACKETS", align: "right" },
      { title: "BYTES", align: "right" },
      { title: "DETAIL", width: 60, clips: 12, folds: true },
    ],
    rows,
    width,
  );
  const notes: string[] = [];
  const others = summary.conversationCount - rows.length;
  if (others > 0) notes.push(`… and ${counted(others, "more conversation")} (--top N shows more)`);
  const { flows, bytes } = summary.otherConversations;
  if (flows > 0)
    notes.push(
      `… and ${counted(flows, "flow")} (${formatBytes(bytes)}) of small conversations that were too many to tell apart`,
    );
  return table + notes.map((note) => lines(note, width)).join("");
}

function protocols(summary: Summary, totals: CaptureTotals, top: number, width: number): string {
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
  const table = renderTable(
    [
      { title: "" },
      { title: "NAME" },
      { title: "FLOWS", align: "right" },
      { title: "PACKETS", align: "right" },
      { title: "BYTES", align: "right" },
      { title: "SHARE", align: "right" },
    ],
    all,
    width,
  );
  const shown = [...all.map(([, name]) => name!), ...summary.conversations.map(({ protocol }) => protocol)];
  const isGuessed = (name: string): boolean => name.endsWith(GUESSED);
  return shown.some(isGuessed)
    ? table + lines(`${GUESSED} after a protocol: guessed from the port alone`, width)
    : table;
}

/** What looks wrong, worst first; "" where nothing does. */
function findings(summary: Summary, anomalies: readonly Anomaly[], width: number): string {
  const rows = [...summary.findings].map(([kind, one]) => [
    one.severity,
    kind,
    counted(one.flows, "flow"),
    String(one.packet),
    one.example,
    one.title,
  ]);
  for (const { kind, packet, count } of anomalies)
    rows.push([kind.severity, kind.name, counted(count, "frame"), String(packet), "", kind.title]);
  if (rows.length === 0) return "";
  rows.sort(
    (a, b) =>
      SEVERITIES.indexOf(a[0]!) - SEVERITIES.indexOf(b[0]!) ||
      Number(a[3]) - Number(b[3]) ||
      (a[1]! < b[1]! ? -1 : 1),
  );
  return renderTable(
    [
      { title: "SEVERITY" },
      { title: "FINDING" },
      { title: "COUNT", align: "right" },
      { title: "PACKET", align: "right" },
      { title: "BETWEEN", folds: true },
      { title: "MEANING", folds: true },
    ],
    rows,
    width,
  );
}
