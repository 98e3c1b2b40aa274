/**
 * CSV (RFC 4180): a record a port, of listed ports and, with empty port, counts of the others.
 */
import type { PortService, ScanResult } from "../result/result.js";

const COLUMNS = [
  "address",
  "names",
  "protocol",
  "port",
  "state",
  "reason",
  "ttl",
  "service",
  "product",
  "version",
  "count",
] as const;

/** A header record, then the rest, each ended by CR LF. */
export function* scanCsv(result: ScanResult): Generator<string> {
  yield recordText(COLUMNS);
  for (const { address, names, ports, others } of result.hosts) {
    const host = [address, names.join(" ")];
    for (const { protocol, port, state, reason, replyTtl, service } of ports)
      yield recordText([
        ...host,
        protocol,
        port,
        state,
        reason,
        replyTtl || "",
        ...serviceFields(service),
        1,
      ]);
    for (const { protocol, state, reason, count } of others)
      yield recordText([...host, protocol, "", state, reason, "", "", "", "", count]);
  }
}

function serviceFields(service: PortService | undefined): string[] {
  return [service?.name ?? "", service?.product ?? "", service?.version ?? ""];
}

function recordText(values: readonly (string | number)[]): string {
  return `${values.map(field).join(",")}\r\n`;
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
