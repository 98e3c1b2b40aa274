/**
 * What a person reads of two scans compared: what opened first, then what changed and closed, then hosts, then what could not be
 * compared and why.
 */
import type {
  ComparedHost,
  HostChange,
  NotCompared,
  NotComparedBecause,
  OpenPort,
  PortChange,
  PortSight,
  RecordedService,
  ScanDifference,
  ServiceChange,
} from "@palisade/scan";
import { addressText, countedExactly, printable, renderTable, wrap } from "../terminal.js";

/** Hosts of one kind that are named one by one; ports that are named of a host. */
const HOSTS_NAMED_MAX = 8;
const PORTS_NAMED_MAX = 8;

const APPEARED = "+";
const GONE = "-";
const CHANGED = "~";

/** `columns` is what a line can hold. */
export function renderDifference(difference: ScanDifference, columns?: number): string {
  const { opened, closed, changed, services, appeared, gone, notCompared, stillOpen } = difference;
  const rows = [
    ...opened.map((change) => portRow(APPEARED, change)),
    ...services.map(serviceRow),
    ...changed.map((change) => portRow(CHANGED, change)),
    ...closed.map((change) => portRow(GONE, change)),
  ];
  const blocks: string[] = [];
  if (rows.length > 0) blocks.push(renderTable(HEADINGS, rows, columns));
  const hosts = [
    ...hostLines(APPEARED, "answers now", appeared),
    ...hostLines(GONE, "answers no more", gone),
  ];
  if (hosts.length > 0) blocks.push(linesOf(hosts, columns));
  const left = notComparedLines(notCompared);
  if (left.length > 0) blocks.push(linesOf(left, columns));
  const total = rows.length + appeared.length + gone.length;
  blocks.push(linesOf([...summary(difference, total, stillOpen)], columns));
  return blocks.join("\n");
}

const HEADINGS = [
  { title: "" },
  { title: "HOST" },
  { title: "PORT", align: "right" },
  { title: "WAS" },
  { title: "IS" },
  { title: "SERVICE" },
] as const;

function portRow(mark: string, change: PortChange): string[] {
  const { protocol, port, before, after, service } = change;
  return [
    mark,
    title(change),
    `${port}/${protocol}`,
    sightText(before),
    sightText(after),
    serviceText(service),
  ];
}

function serviceRow(change: ServiceChange): string[] {
  const { protocol, port, before, after } = change;
  return [
    CHANGED,
    title(change),
    `${port}/${protocol}`,
    "open",
    "open",
    `${serviceText(before)} → ${serviceText(after)}`,
  ];
}

/** As in "closed (reset)"; "closed or filtered" where it is one of them. */
function sightText({ states, reason }: PortSight): string {
  const state = states.join(" or ");
  return reason === undefined ? state : `${state} (${printable(reason)})`;
}

/** What was found out; of a port that was not asked, what it is registered for, with a question mark. */
function serviceText(service: RecordedService | undefined): string {
  if (service === undefined) return "";
  const { name, isProbed, product, version } = service;
  if (!isProbed) return `${printable(name)}?`;
  return [name, product, version]
    .filter((word) => word !== undefined)
    .map(printable)
    .join(" ");
}

function title(host: ComparedHost): string {
  const { names } = host;
  const address = addressText(host);
  return names.length === 0 ? address : `${address} (${names.map(printable).join(", ")})`;
}

function hostLines(mark: string, what: string, hosts: readonly HostChange[]): string[] {
  const lines = hosts
    .slice(0, HOSTS_NAMED_MAX)
    .map((host) => `${mark} ${title(host)} ${what}${openText(host.open, mark)}`);
  const more = hosts.length - lines.length;
  if (more > 0)
    lines.push(
      `${mark} ${countedExactly(more, "more host")} ${more === 1 ? what : what.replace("answers", "answer")}`,
    );
  return lines;
}

function openText(open: readonly OpenPort[], mark: string): string {
  if (open.length === 0) return "";
  return `; ${mark === GONE ? "were" : "are"} open: ${portsText(open)}`;
}

function portsText(open: readonly OpenPort[]): string {
  const named = open.slice(0, PORTS_NAMED_MAX).map(({ protocol, port }) => `${port}/${protocol}`);
  const more = open.length - named.length;
  return more === 0 ? named.join(", ") : `${named.join(", ")} and ${more} more`;
}

const REASONS: Readonly<Record<NotComparedBecause, string>> = {
  "host-not-asked": "did not ask the host",
  "host-unknown": "does not say whether it asked the host",
  "host-down": "took the host for down and did not ask its ports",
  "port-not-asked": "did not ask the port",
  "port-unknown": "does not say whether it asked the port, or what it was",
  "other-technique": "asked by a technique whose states mean something else",
  unfinished: "was stopped, or failed, before it could tell",
};

/** Grouped by scan and reason, since one reason mostly holds for many hosts. */
function notComparedLines(all: readonly NotCompared[]): string[] {
  const groups = new Map<string, NotCompared[]>();
  for (const one of all) {
    const key = `${one.seenBy} ${one.because}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return [...groups.values()].flatMap((group) => {
    const [{ seenBy, because }] = group as [NotCompared, ...NotCompared[]];
    const lacking = seenBy === "newer" ? "older" : "newer";
    const lines = group
      .slice(0, HOSTS_NAMED_MAX)
      .map((host) => `  ${title(host)}${host.open.length === 0 ? "" : `: ${portsText(host.open)}`}`);
    const more = group.length - lines.length;
    if (more > 0) lines.push(`  ${countedExactly(more, "more host")}`);
    return [`? seen by the ${seenBy} scan; the ${lacking} one ${REASONS[because]}:`, ...lines];
  });
}

function* summary(difference: ScanDifference, total: number, stillOpen: number): Generator<string> {
  const { older, newer, notCompared } = difference;
  const compared = notCompared.length === 0 ? "" : " in what could be compared";
  yield total === 0 ? `no difference${compared}` : `${countedExactly(total, "difference")}${compared}`;
  yield `${countedExactly(stillOpen, "port")} open in both`;
  yield `older: ${scanText(older)}`;
  yield `newer: ${scanText(newer)}`;
  if (older.startedMs > newer.startedMs)
    yield "the older scan was made after the newer: give them in the other order";
}

function scanText({ startedMs, techniques, hostsAsked, isStopped }: ScanDifference["older"]): string {
  const end = isStopped ? ", stopped before its end" : "";
  return `${new Date(startedMs).toISOString()}, ${techniques.map(printable).join(" and ")}, ${countedExactly(hostsAsked, "host")}${end}`;
}

/** Lines, each broken where it is too long; what follows is indented as it is. */
function linesOf(lines: readonly string[], columns: number | undefined): string {
  const broken = lines.flatMap((line) => {
    if (columns === undefined || line.length <= columns) return [line];
    const indent = /^ */.exec(line)![0];
    return wrap(line.trimStart(), columns - indent.length).map((part) => indent + part);
  });
  return `${broken.join("\n")}\n`;
}
