/**
 * What a person reads first of a scan: listed ports, what the others are, and how it was obtained.
 */
import {
  type HostResult,
  type HostState,
  type HostVerdict,
  otherAnswers,
  type PortResult,
  type PortService,
  type ScanResult,
  type ScanSummary,
} from "@palisade/scan";
import {
  addressText,
  type Column,
  clip,
  countedExactly,
  endText,
  formatDuration,
  formatExactly,
  printable,
  renderTable,
} from "../terminal.js";

/** Hosts that are named one by one in a line that says the same of several. */
const HOSTS_NAMED_MAX = 8;

/** Lines about ports that are not listed, before hosts are only counted. */
const LINES_MAX = 12;

/** Hosts and ports in one table; the rest is in further ones, with widths of their own: of more, nobody reads the columns at once. */
const TABLE_ROWS_MAX = 16_384;

/** In pieces. `width` is what a line can hold. */
export function* renderScan(result: ScanResult, width?: number): Generator<string> {
  // Where no port was asked, who is up is the result.
  const isOfPorts = result.scans.length > 0;
  const isList = !isOfPorts && result.discoveries.length === 0;
  const render = isOfPorts ? renderPorts : renderHosts;
  const rest = new Rest();
  let shown: HostResult[] = [];
  let rows = 0;
  let answered = 0;
  let seen = 0;
  let listed = 0;
  let hasDetails = false;
  // A blank line, before all blocks but the first.
  let gap = "";
  for (const host of result.hosts) {
    seen += 1;
    if (host.state === "up") answered += 1;
    if (isOfPorts || host.state === "down") rest.add(host);
    if (isOfPorts ? host.ports.length === 0 : host.state === "down") continue;
    if (isList) {
      yield `${title(host)}\n`;
      gap = "\n";
      continue;
    }
    shown.push(host);
    listed += 1;
    rows += 1 + host.ports.length;
    hasDetails ||= host.ports.some(({ service }) => service !== undefined && detailsOf(service).length > 0);
    if (rows < TABLE_ROWS_MAX) continue;
    yield gap + render(shown, width);
    gap = "\n";
    shown = [];
    rows = 0;
  }
  rest.unheard(result.hostsAsked - seen, result.notAsked.hosts + result.notAsked.ports === 0);
  if (shown.length > 0) {
    yield gap + render(shown, width);
    gap = "\n";
  }
  const isOneHost = isOfPorts && listed === 1 && seen === 1;
  const lines = rest.lines(isOneHost).map((line) => `${line}\n`);
  if (lines.length > 0) {
    yield (isOneHost ? "" : gap) + lines.join("");
    gap = "\n";
  }
  if (hasDetails) {
    yield gap;
    for (const host of result.hosts) yield renderDetails(host, width);
  }
  yield gap + summary(result, answered);
}

const COLUMNS: readonly (Column & { readonly cell: (port: PortResult) => string })[] = [
  { title: "PORT", align: "right", cell: ({ port, protocol }) => `${port}/${protocol}` },
  { title: "STATE", cell: ({ state }) => state },
  { title: "SERVICE", cell: ({ service }) => printable(nameOf(service)) },
  { title: "VERSION", folds: true, clips: 24, cell: ({ service }) => printable(versionOf(service)) },
  { title: "REASON", cell: ({ reason }) => reason },
  { title: "TTL", align: "right", cell: ({ replyTtl }) => (replyTtl === 0 ? "" : String(replyTtl)) },
  { title: "OTHER ANSWERS", folds: true, cell: (port) => otherAnswers(port) ?? "" },
];

/** Within TLS, as in `tls/http`. */
function nameOf(service: PortService | undefined): string {
  if (service === undefined) return "";
  return service.tunnel === undefined ? service.name : `${service.tunnel}/${service.name}`;
}

/** As in `OpenSSH 9.2p1 (protocol 2.0)`. */
function versionOf(service: PortService | undefined): string {
  const { product, version, info } = service ?? {};
  const words = [product, version, info === undefined ? undefined : `(${info})`];
  return words.filter((word) => word !== undefined).join(" ");
}

/** One host stands above its table; of several, each row names its own. Columns without a cell are left out. */
function renderPorts(hosts: readonly HostResult[], width: number | undefined): string {
  const rows = hosts.flatMap((host) =>
    host.ports.map((port) => [title(host), ...COLUMNS.map(({ cell }) => cell(port))]),
  );
  const columns: readonly Column[] = [{ title: "HOST" }, ...COLUMNS];
  const shown = columns
    .map((_, at) => at)
    .filter((at) => (at === 0 ? hosts.length > 1 : rows.some((row) => row[at] !== "")));
  const table = renderTable(
    shown.map((at) => columns[at]!),
    rows.map((row) => shown.map((at) => row[at]!)),
    width,
  );
  return hosts.length > 1 ? table : `${title(hosts[0]!)}\n${table}`;
}

const HOST_COLUMNS: readonly (Column & { readonly cell: (host: HostResult) => string })[] = [
  { title: "HOST", cell: title },
  { title: "STATE", cell: ({ state }) => state },
  { title: "REASON", cell: ({ reason }) => reason },
  { title: "TTL", align: "right", cell: ({ replyTtl }) => (replyTtl === 0 ? "" : String(replyTtl)) },
  {
    title: "RTT",
    align: "right",
    cell: ({ roundTripUs }) => (roundTripUs === undefined ? "" : formatDuration(roundTripUs / 1e6)),
  },
  { title: "MAC", cell: ({ linkAddress }) => linkAddress ?? "" },
  { title: "PROVIDER", cell: ({ provider }) => provider ?? "" },
];

/** Hosts without their ports. */
function renderHosts(hosts: readonly HostResult[], width: number | undefined): string {
  const rows = hosts.map((host) => HOST_COLUMNS.map(({ cell }) => cell(host)));
  const shown = HOST_COLUMNS.map((_, at) => at).filter((at) => rows.some((row) => row[at] !== ""));
  return renderTable(
    shown.map((at) => HOST_COLUMNS[at]!),
    rows.map((row) => shown.map((at) => row[at]!)),
    width,
  );
}

/** What a host's services said besides their version, a line each: on a terminal, as much of it as the line holds. */
function renderDetails(host: HostResult, width: number = Number.POSITIVE_INFINITY): string {
  const lines: string[] = [];
  for (const { port, protocol, service } of host.ports) {
    const details = service === undefined ? [] : detailsOf(service);
    if (details.length === 0) continue;
    lines.push(`${endText(addressText(host), port)}/${protocol}`);
    const widest = Math.max(...details.map(([name]) => name.length));
    for (const [name, value] of details)
      lines.push(clip(`    ${name.padEnd(widest)}  ${printable(value)}`, width));
  }
  return lines.map((line) => `${line}\n`).join("");
}

function detailsOf(service: PortService): [name: string, value: string][] {
  const { tls, details, hostname, os, device, banner } = service;
  const certificate = tls?.certificate;
  const facts: [string, string | undefined][] = [
    ["hostname", hostname],
    ["system", os],
    ["device", device],
    ["tls", tls === undefined ? undefined : [tls.version, tls.cipher, tls.alpn].filter(Boolean).join(", ")],
    [
      "certificate",
      certificate &&
        `${certificate.subject}, until ${certificate.validTo.slice(0, 10)}${certificate.selfIssued ? ", self-issued" : ""}`,
    ],
    ["names", certificate?.alternativeNames.join(", ")],
    ...Object.entries(details).map(([name, value]): [string, string] => [
      name,
      typeof value === "string" ? value : value.join(", "),
    ]),
    ["banner", banner],
  ];
  return facts.filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== "");
}

const HOST_TEXTS: Readonly<Record<HostState, string>> = { up: "", unknown: "no answer", down: "down" };

/** Who was not asked has not kept silent. */
function stateText({ state, reason, ports, others, notAsked }: HostResult): string {
  const isUnasked = reason === "not-asked" || (notAsked > 0 && ports.length + others.length === 0);
  return state !== "up" && isUnasked ? (notAsked > 0 ? "" : "not asked") : HOST_TEXTS[state];
}

const VERDICT_TEXTS: Readonly<Record<HostVerdict, string>> = {
  "all-open":
    "answers as if every port were open (a tarpit or a proxy): that a port is open there says nothing",
  suspect: "has suspiciously many open ports, or some that nobody uses",
};

/** What is said of ports that are not listed, and of hosts that have none: the same in one line for all of whom it is true. */
class Rest {
  readonly #hosts = new Map<string, { readonly named: string[]; count: number }>();
  #unheard = 0;
  #isWhole = true;

  add(host: HostResult): void {
    const text = [
      stateText(host),
      others(host),
      host.isTimedOut ? "its time was over" : "",
      host.verdict === undefined ? "" : VERDICT_TEXTS[host.verdict],
      host.provider === undefined ? "" : `an address of ${host.provider}`,
    ]
      .filter((part) => part !== "")
      .join("; ");
    if (text === "") return;
    const known = this.#hosts.get(text) ?? { named: [], count: 0 };
    known.count += 1;
    if (known.named.length < HOSTS_NAMED_MAX) known.named.push(title(host));
    this.#hosts.set(text, known);
  }

  /** So many hosts of which nothing is known, @param isWhole though all were asked. */
  unheard(count: number, isWhole: boolean): void {
    this.#unheard = count;
    this.#isWhole = isWhole;
  }

  lines(isOneHost: boolean): string[] {
    const all = [...this.#hosts].sort(([, a], [, b]) => b.count - a.count);
    const lines = all.slice(0, LINES_MAX).map(([text, { named, count }]) => {
      if (isOneHost) return text;
      return `${count > named.length ? countedExactly(count, "host") : named.join(", ")}: ${text}`;
    });
    const more = all.slice(LINES_MAX).reduce((sum, [, { count }]) => sum + count, 0);
    if (more > 0) lines.push(`${countedExactly(more, "more host")} with other numbers of such ports`);
    if (this.#unheard > 0)
      lines.push(
        `${countedExactly(this.#unheard, "host")} without any answer${this.#isWhole ? "" : " so far"}`,
      );
    return lines;
  }
}

/** That names could not be looked up. */
export function unnamedText({ addresses, because }: NonNullable<ScanResult["unnamed"]>): string {
  return `the names of ${countedExactly(addresses, "host")} could not be looked up (${because})`;
}

/** With the names that the user gave, and the first that its address has. */
function title(host: HostResult): string {
  const names = [...new Set([...host.names, ...(host.reverseNames?.slice(0, 1) ?? [])])];
  const address = addressText(host);
  return names.length === 0 ? address : `${address} (${names.map(printable).join(", ")})`;
}

/** As in "990 closed (reset), 8 filtered (no-response)". */
function others(host: HostResult): string {
  const groups = host.others.map((other) => {
    const { count, state, reason, protocol } = other;
    const but = otherAnswers(other);
    const why = but === undefined ? reason : `${reason}; but ${but}`;
    return `${formatExactly(count)} ${state}${protocol === "tcp" ? "" : ` ${protocol}`} (${why})`;
  });
  return [...groups, ...(host.notAsked > 0 ? [`${formatExactly(host.notAsked)} not asked`] : [])].join(", ");
}

function summary(result: ScanResult, answered: number): string {
  const { hostsAsked, startedMs, finishedMs, probes, losses, scans, discoveries } = result;
  if (scans.length === 0 && discoveries.length === 0 && !result.stopped)
    return `${countedExactly(hostsAsked, "host")}, none was asked\n`;
  const texts = new Set(scans.map((scan) => wayText(scan, scans)));
  const asked = new Set(scans.map(({ technique }) => mostOf(technique, scans)));
  const each = asked.size === 0 ? "" : `${[...asked].join(" and ")} each `;
  const parts = [
    `${countedExactly(hostsAsked, "host")}, ${formatExactly(answered)} ${asked.size === 0 ? "up" : "answered"}; ${each}in ` +
      `${formatDuration((finishedMs - startedMs) / 1000)}, ${countedExactly(probes, "probe")}`,
    [...discoveryTexts(result), ...texts, `seed ${result.seed}`].join(", "),
  ];
  if (result.evasion.length > 0) parts.push(`probes were disguised: ${result.evasion.join(", ")}`);
  if (losses.ringDrops > 0)
    parts.push(
      `${countedExactly(losses.ringDrops, "packet")} lost by ourselves; what they answered was asked again`,
    );
  const limited = limitedHostsOf(scans, "ipv4") + limitedHostsOf(scans, "ipv6");
  if (limited > 0) parts.push(limitedText(limited));
  if (losses.firewalled > 0) parts.push(firewalledText(losses.firewalled));
  if (result.stopped) parts.push(`stopped before its end: ${notAskedText(result)}`);
  return `${parts.join("\n")}\n`;
}

/** Hosts of a family that limit their ICMP errors: several techniques find the same. */
function limitedHostsOf(scans: readonly ScanSummary[], family: ScanSummary["family"]): number {
  return Math.max(
    0,
    ...scans.filter((scan) => scan.family === family).map(({ limitedHosts }) => limitedHosts),
  );
}

function limitedText(hosts: number): string {
  const [limit, were] = hosts === 1 ? ["limits", "was"] : ["limit", "were"];
  return (
    `${countedExactly(hosts, "host")} ${limit} how often ICMP says that something is closed, and ` +
    `${were} not asked to the end: what is without a response there may be closed`
  );
}

/** As in "1,234 ports and 7 hosts not asked". */
function notAskedText({ notAsked: { hosts, ports } }: ScanResult): string {
  const left = [
    ...(ports > 0 ? [countedExactly(ports, "port")] : []),
    ...(hosts > 0 ? [countedExactly(hosts, "host")] : []),
  ];
  return left.length === 0
    ? "what was silent may not have been asked again"
    : `${left.join(" and ")} not asked`;
}

/** Of packets that never left. */
export function firewalledText(packets: number): string {
  return `${countedExactly(packets, "packet")} ${packets === 1 ? "was" : "were"} refused by this machine's own firewall: what is without a response may be for that`;
}

/** The ports that a technique asked of each host, or of those that it asked most; by which technique, where another asks such ports too. */
function mostOf(name: string, scans: readonly ScanSummary[]): string {
  const same = scans.filter(({ technique }) => technique === name);
  const counts = same.map(({ portsPerHost }) => portsPerHost);
  const most = Math.max(...counts);
  const { protocol } = same[0]!;
  const what = protocol === "ip" ? "protocol" : protocol === "tcp" ? "port" : `${protocol} port`;
  const isOnly = scans.every((other) => other.technique === name || other.protocol !== protocol);
  return `${Math.min(...counts) < most ? "up to " : ""}${countedExactly(most, what)}${isOnly ? "" : ` by ${name}`}`;
}

/** How hosts were looked for, where anybody had to be asked; why no better, unless a technique will say the same. */
function discoveryTexts({ discoveries, scans }: ScanResult): Set<string> {
  const asked = discoveries.filter(({ engine }) => engine !== "none");
  const said = new Set<string | undefined>([undefined, ...scans.map(({ because }) => because)]);
  return new Set(
    asked.map(({ engine, because }) => `hosts by ${engine}${said.has(because) ? "" : ` (${because})`}`),
  );
}

/** How a technique was done; for which address family, where that was not the same for both. */
function wayText(scan: ScanSummary, scans: readonly ScanSummary[]): string {
  const way = wayOf(scan);
  const isSame = scans.every((other) => other.technique !== scan.technique || wayOf(other) === way);
  return isSame ? way : `${way} for ${scan.family === "ipv4" ? "IPv4" : "IPv6"}`;
}

function wayOf({ technique, engine, because }: ScanSummary): string {
  return `${technique} by ${engine}${because === undefined ? "" : ` (${because})`}`;
}
