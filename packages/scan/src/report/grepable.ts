/**
 * nmap's grepable format: a line a host, fields by tabs; ports as `number/state/protocol/owner/service/rpc/version/`.
 */
import type { HostResult, PortCount, PortService, ScanResult } from "../result/result.js";
import { addressesText, secondsOf, timeText } from "./text.js";

/** All lines. `version` is the program's own. */
export function* scanGrepable(result: ScanResult, version: string): Generator<string> {
  yield lineOf(
    `# palisade ${version} scan initiated ${timeText(result.startedMs)} as: ${result.arguments.join(" ")}`,
  );
  let up = 0;
  for (const host of result.hosts) {
    if (host.state === "up") up += 1;
    for (const line of hostLines(host)) yield lineOf(line);
  }
  yield lineOf(
    `# palisade done at ${timeText(result.finishedMs)} -- ${addressesText(result.hostsAsked, up)} scanned in ` +
      `${secondsOf(result.finishedMs - result.startedMs)} seconds${result.stopped ? ", stopped before its end" : ""}`,
  );
}

function hostLines(host: HostResult): string[] {
  const subject = `Host: ${host.address} (${field(host.names[0] ?? host.reverseNames?.[0] ?? "")})`;
  const lines = [`${subject}\tStatus: ${host.state[0]!.toUpperCase()}${host.state.slice(1)}`];
  if (host.ports.length + host.others.length === 0) return lines;
  const ports = host.ports.map(
    ({ port, state, protocol, service }) =>
      `${port}/${state}/${protocol}//${field(nameOf(service))}//${field(versionOf(service))}/`,
  );
  const fields = [`Ports: ${ports.join(", ")}`];
  const most = ignored(host.others);
  if (most !== undefined) fields.push(`Ignored State: ${most.state} (${most.count})`);
  return [...lines, [subject, ...fields].join("\t")];
}

/** With the tunnel before it, as in `ssl|http`. */
function nameOf(service: PortService | undefined): string {
  if (service === undefined) return "";
  return service.tunnel === "tls" ? `ssl/${service.name}` : service.name;
}

function versionOf(service: PortService | undefined): string {
  const { product, version, info } = service ?? {};
  const words = [product, version, info === undefined ? undefined : `(${info})`];
  return words.filter((word) => word !== undefined).join(" ");
}

/** The format has room for one state that is not listed: the one of most ports. */
function ignored(others: readonly PortCount[]): { state: string; count: number } | undefined {
  const counts = new Map<string, number>();
  for (const { state, count } of others) counts.set(state, (counts.get(state) ?? 0) + count);
  const [most] = [...counts].sort(([, a], [, b]) => b - a);
  return most === undefined ? undefined : { state: most[0], count: most[1] };
}

/** The format has no escape for its separators. */
function field(text: string): string {
  return text.replaceAll("/", "|").replaceAll(",", " ");
}

/** A tab parts fields; other control characters would break lines. */
function lineOf(text: string): string {
  return `${[...text].map((character) => (character < " " && character !== "\t" ? " " : character)).join("")}\n`;
}
