/**
 * JSON: one object for a scan; JSON lines: one for each port as it is found, then
 * one for each host and one for the scan. Times are ISO 8601 in UTC.
 */
import type {
  AskSummary,
  HostResult,
  PortCount,
  PortProtocol,
  ScanRecord,
  ScanResult,
  TechniqueAnswer,
} from "../result/result.js";

/** The whole result as one line of JSON, in pieces; `more` are further fields of it. */
export function* scanJson(result: ScanResult, more: object = {}): Generator<string> {
  const head = JSON.stringify({ ...scanRecord(result), ...more });
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
    // Also those that nobody was there for: whoever compares results has to know what they mean.
    techniques: [...new Set([...result.scans, ...result.asks].map(({ technique }) => technique))],
    scans: result.scans.map(({ portsPerHost, limitedHosts, ...scan }) => ({
      ...scan,
      ports_per_host: portsPerHost,
      limited_hosts: limitedHosts || undefined,
    })),
    discoveries: result.discoveries,
    evasion: result.evasion.length === 0 ? undefined : result.evasion,
    arguments: result.arguments,
    targets: result.targets,
    excluded: result.excluded,
    ports_asked: portsAsked([...result.scans, ...result.asks]),
    seed: result.seed,
    started: new Date(result.startedMs).toISOString(),
    finished: new Date(result.finishedMs).toISOString(),
    stopped: result.stopped,
    not_asked: result.notAsked.hosts + result.notAsked.ports === 0 ? undefined : result.notAsked,
    unnamed: result.unnamed,
    failure: result.failure?.message,
    probes: result.probes,
    lost: result.losses.ringDrops,
    send_refusals: result.losses.sendRefusals,
    firewalled: result.losses.firewalled,
    hosts_asked: result.hostsAsked,
  };
}

/** Ranges by protocol: of techniques that share one, all that any of them asked. */
function portsAsked(scans: readonly AskSummary[]): object {
  const asked = new Map<PortProtocol, Uint8Array>();
  for (const { protocol, ports } of scans) {
    const wanted = asked.get(protocol) ?? new Uint8Array(PORTS);
    asked.set(protocol, wanted);
    for (const range of ports.split(",")) {
      const [first, last = first] = range.split("-").map(Number) as [number, number?];
      wanted.fill(1, first, last! + 1);
    }
  }
  return Object.fromEntries([...asked].map(([protocol, wanted]) => [protocol, rangesOfFlags(wanted)]));
}

const PORTS = 65_536;

/** The places of ones as ranges. */
function rangesOfFlags(flags: Uint8Array): string {
  const parts: string[] = [];
  for (let first = flags.indexOf(1); first >= 0; ) {
    const next = flags.indexOf(0, first);
    const end = next < 0 ? flags.length : next;
    parts.push(end === first + 1 ? `${first}` : `${first}-${end - 1}`);
    first = flags.indexOf(1, end);
  }
  return parts.join(",");
}

function hostRecord(host: HostResult): object {
  return {
    address: host.address,
    zone: host.zone,
    names: host.names,
    reverse_names: host.reverseNames,
    state: host.state,
    reason: host.reason,
    ttl: host.replyTtl || undefined,
    rtt_us: host.roundTripUs,
    mac: host.linkAddress,
    provider: host.provider,
    verdict: host.verdict,
    timed_out: host.isTimedOut ? true : undefined,
    started: timeOf(host.startedMs),
    finished: timeOf(host.finishedMs),
    ports: host.ports.map(({ protocol, port, state, reason, replyTtl, service, answers }) => ({
      protocol,
      port,
      state,
      reason,
      ttl: replyTtl === 0 ? undefined : replyTtl,
      service,
      answers: answers?.map(answerRecord),
    })),
    closed: countOf(host, "closed"),
    filtered: countOf(host, "filtered"),
    not_asked: host.notAsked || undefined,
    others: host.others.map(countRecord),
  };
}

function countRecord(other: PortCount): object {
  // As it is, where nothing is to be said besides: of many hosts there are many.
  return other.answers === undefined ? other : { ...other, answers: other.answers.map(answerRecord) };
}

function answerRecord({ technique, state, reason, replyTtl }: TechniqueAnswer): object {
  return { technique, state, reason, ttl: replyTtl === 0 ? undefined : replyTtl };
}

/** The last that was made: hosts that were asked together have the same. */
const lastTime = { ms: Number.NaN, text: "" };

function timeOf(ms: number): string {
  if (ms !== lastTime.ms) {
    lastTime.ms = ms;
    lastTime.text = new Date(ms).toISOString();
  }
  return lastTime.text;
}

/** All ports of a state, listed or not. */
export function countOf(host: HostResult, state: PortCount["state"]): number {
  const listed = host.ports.filter((port) => port.state === state).length;
  return host.others.reduce((sum, other) => (other.state === state ? sum + other.count : sum), listed);
}
