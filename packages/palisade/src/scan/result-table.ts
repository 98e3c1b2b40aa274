/**
 * What a person reads first of a scan: each host's listed ports, what the others are, and how it was obtained.
 */
import type { HostResult, ScanResult } from "@palisade/scan";
import { counted, formatDuration, printable, renderTable } from "../terminal.js";

/** Hosts without a listed port that are named one by one. */
const HOSTS_NAMED_MAX = 8;

/** `width` is what a line can hold. */
export function renderScan(result: ScanResult, width?: number): string {
  const listed = result.hosts.filter(({ ports }) => ports.length > 0);
  const bare = result.hosts.filter(({ ports, state }) => ports.length === 0 && state === "up");
  const silent = result.hosts.filter(({ ports, state }) => ports.length === 0 && state !== "up");
  const unheard = result.hostsAsked - result.hosts.length + silent.length;
  const blocks = listed.map((host) => renderHost(host, width));
  const rest: string[] = [];
  if (bare.length > 0)
    rest.push(...bare.slice(0, HOSTS_NAMED_MAX).map((host) => `${title(host)}: ${others(host)}`));
  if (bare.length > HOSTS_NAMED_MAX)
    rest.push(`${counted(bare.length - HOSTS_NAMED_MAX, "more host")} with no port to list`);
  if (silent.length > 0 && silent.length <= HOSTS_NAMED_MAX)
    rest.push(...silent.map((host) => `${title(host)}: no answer; ${others(host)}`));
  else if (unheard > 0) rest.push(`${counted(unheard, "host")} without any answer`);
  if (rest.length > 0) blocks.push(`${rest.join("\n")}\n`);
  return `${[...blocks, summary(result)].join("\n")}`;
}

function renderHost(host: HostResult, width: number | undefined): string {
  const rows = host.ports.map(({ port, protocol, state, service, reason, replyTtl }) => [
    `${port}/${protocol}`,
    state,
    service === undefined ? "" : printable(service),
    reason,
    replyTtl === 0 ? "" : String(replyTtl),
  ]);
  const table = renderTable(
    [
      { title: "PORT", align: "right" },
      { title: "STATE" },
      { title: "SERVICE" },
      { title: "REASON" },
      { title: "TTL", align: "right" },
    ],
    rows,
    width,
  );
  const rest = others(host);
  return `${title(host)}\n${table}${rest === "" ? "" : `${rest}\n`}`;
}

function title({ address, names }: HostResult): string {
  return names.length === 0 ? address : `${address} (${names.map(printable).join(", ")})`;
}

/** As in "990 closed (reset), 8 filtered (no-response)". */
function others(host: HostResult): string {
  return host.others.map(({ count, state, reason }) => `${count} ${state} (${reason})`).join(", ");
}

function summary(result: ScanResult): string {
  const { hosts, hostsAsked, portsPerHost, startedMs, finishedMs, probes, losses } = result;
  const answered = hosts.filter(({ state }) => state === "up").length;
  const noun = result.protocol === "ip" ? "protocol" : "port";
  const parts = [
    `${counted(hostsAsked, "host")}, ${answered} answered; ${counted(portsPerHost, noun)} each in ` +
      `${formatDuration((finishedMs - startedMs) / 1000)}, ${counted(probes, "probe")}`,
    `${result.technique} by ${result.engine}${result.because === undefined ? "" : ` (${result.because})`}, seed ${result.seed}`,
  ];
  if (losses.ringDrops > 0)
    parts.push(
      `${counted(losses.ringDrops, "packet")} lost by ourselves; what they answered was asked again`,
    );
  if (result.stopped) parts.push("stopped before its end: what is not listed may not have been asked");
  return `${parts.join("\n")}\n`;
}
