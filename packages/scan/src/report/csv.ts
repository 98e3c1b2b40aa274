/**
 * CSV (RFC 4180): a record a port, of listed ports and, with empty port, counts of the others. Columns that come later are added
 * at the end.
 */
import { otherAnswers } from "../result/merge-techniques.js";
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
  "tunnel",
  "certificate_subject",
  "certificate_not_after",
  "zone",
  "other_answers",
] as const;

/** A header record, then the rest, each ended by CR LF. */
export function* scanCsv(result: ScanResult): Generator<string> {
  yield recordText(COLUMNS);
  for (const { address, names, reverseNames = [], zone = "", ports, others } of result.hosts) {
    const host = [address, [...names, ...reverseNames].join(" ")];
    for (const one of ports) {
      const { protocol, port, state, reason, replyTtl, service } = one;
      yield recordText([
        ...host,
        protocol,
        port,
        state,
        reason,
        replyTtl || "",
        ...serviceFields(service),
        1,
        ...tlsFields(service),
        zone,
        otherAnswers(one) ?? "",
      ]);
    }
    for (const other of others) {
      const { protocol, state, reason, count } = other;
      const said = otherAnswers(other) ?? "";
      yield recordText([
        ...host,
        protocol,
        "",
        state,
        reason,
        "",
        ...serviceFields(undefined),
        count,
        ...tlsFields(undefined),
        zone,
        said,
      ]);
    }
  }
}

function serviceFields(service: PortService | undefined): string[] {
  return [service?.name ?? "", service?.product ?? "", service?.version ?? ""];
}

/** Whether the service is within TLS, and what stands in the certificate of that session, or of one that the service changed to. */
function tlsFields(service: PortService | undefined): string[] {
  const certificate = service?.tls?.certificate;
  return [service?.tunnel ?? "", certificate?.subject ?? "", certificate?.validTo ?? ""];
}

function recordText(values: readonly (string | number)[]): string {
  return `${values.map(field).join(",")}\r\n`;
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
