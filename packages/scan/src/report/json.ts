/**
 * JSON: one object for a scan; JSON lines: one for each port as it is found, then
 * one for each host and one for the scan. Times are ISO 8601 in UTC.
 */
import type { HostResult, PortCount, ScanRecord, ScanResult } from "../result.js";

/** The whole result as one line of JSON, in pieces. */
export function* scanJson(result: ScanResult): Generator<string> {
  const head = JSON.stringify(scanRecord(result));
  yield `${head.slice(0, -1)},"hosts":[`;
  let separator = "";
  for (const host of result.hosts) {
    yield separator + JSON.stringify(hostRecord(host));
    separator = ",";
  }
  yield "]}\n";
}

/** What a scan tells, as a line of JSON: its `type` says which. */
export function recordJson(record: ScanRecord): string {
  switch (record.type) {
    case "port": {
      const { timeMs, ...port } = record.port;
      return JSON.stringify({ type: record.type, time: new Date(timeMs).toISOString(), ...port });
    }
    case "host":
      return JSON.stringify({ type: record.type, ...hostRecord(record.host) });
    case "scan":
      return JSON.stringify({ type: record.type, ...scanRecord(record.result) });
  }
}

/** All but the hosts. */
function scanRecord(result: ScanResult): object {
  const [first] = result.scans;
  return {
    engine: first?.engine ?? "none",
    because: first?.because,
    technique: [...new Set(result.scans.map(({ technique }) => technique))].join(","),
    scans: result.scans.map(({ portsPerHost, ...scan }) => ({ ...scan, ports_per_host: portsPerHost })),
    arguments: result.arguments,
    seed: result.seed,
    started: new Date(result.startedMs).toISOString(),
    finished: new Date(result.finishedMs).toISOString(),
    stopped: result.stopped,
    failure: result.failure?.message,
    probes: result.probes,
    lost: result.losses.ringDrops,
    send_refusals: result.losses.sendRefusals,
    hosts_asked: result.hostsAsked,
  };
}

function hostRecord(host: HostResult): object {
  return {
    address: host.address,
    names: host.names,
    state: host.state,
    reason: host.reason,
    timed_out: host.isTimedOut ? true : undefined,
    started: new Date(host.startedMs).toISOString(),
    finished: new Date(host.finishedMs).toISOString(),
    ports: host.ports.map(({ protocol, port, state, reason, replyTtl, service }) => ({
      protocol,
      port,
      state,
      reason,
      ttl: replyTtl === 0 ? undefined : replyTtl,
      service: service === undefined ? undefined : { name: service, method: "table" },
    })),
    closed: countOf(host, "closed"),
    filtered: countOf(host, "filtered"),
    others: host.others.map(({ protocol, state, reason, count }) => ({ protocol, state, reason, count })),
  };
}

/** All ports of a state, listed or not. */
export function countOf(host: HostResult, state: PortCount["state"]): number {
  const listed = host.ports.filter((port) => port.state === state).length;
  return host.others.reduce((sum, other) => (other.state === state ? sum + other.count : sum), listed);
}
