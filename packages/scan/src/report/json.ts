/**
 * JSON: one object for a scan; JSON lines: one for each host as it is done. Times are ISO 8601 in UTC.
 */
import type { HostResult, PortCount, ScanResult } from "../result.js";

/** The whole result as one line of JSON. */
export function scanJson(result: ScanResult): string {
  return JSON.stringify({
    engine: result.engine,
    because: result.because,
    technique: result.technique,
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
    ports_per_host: result.portsPerHost,
    hosts: result.hosts.map(hostRecord),
  });
}

/** One host as one line of JSON. */
export function hostJson(host: HostResult): string {
  return JSON.stringify(hostRecord(host));
}

function hostRecord(host: HostResult): object {
  return {
    address: host.address,
    names: host.names,
    state: host.state,
    reason: host.reason,
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
