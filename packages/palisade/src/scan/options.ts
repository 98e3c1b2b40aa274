/**
 * The words after `palisade scan`, read and checked.
 */
import type { ParseArgsConfig } from "node:util";
import { PalisadeError } from "@palisade/base";
import {
  CANARIES_MAX,
  type DiscoveryOptions,
  type EvasionOptions,
  parseShard,
  TOP_PORTS_FAST,
} from "@palisade/scan";
import { version } from "../version.js";
import { parseWords, quoted, type Ranges, usage, whole } from "../words.js";
import { discoveryOf } from "./discovery-options.js";
import { EVASION_RANGES, evasionOf } from "./evasion-options.js";
import { renderInterfaces } from "./interface-table.js";
import { asWritten, translateNmapWords } from "./nmap-words.js";
import { scanHelp } from "./options-help.js";
import { FORMATS, outputsOf, type ReportFile, type ScanFormat } from "./output-options.js";
import { nameServersOf } from "./reverse-names.js";

/** What can be done to a port: the raw techniques by their names, and `connect`. */
export const TECHNIQUE_NAMES = [
  "syn",
  "connect",
  "udp",
  "fin",
  "null",
  "xmas",
  "ack",
  "window",
  "maimon",
  "sctp-init",
  "ip-protocol",
] as const;
export type TechniqueName = (typeof TECHNIQUE_NAMES)[number];

export interface ScanCommandOptions {
  /** Where only a text is asked for, such as the help: the text. */
  readonly answer: string | undefined;
  readonly targets: readonly string[];
  /** Files with targets; `-` is standard input. */
  readonly targetFiles: readonly string[];
  readonly excludes: readonly string[];
  readonly excludeFiles: readonly string[];
  readonly scopeFile: string | undefined;
  readonly resolveAll: boolean;
  /** Addresses of names are IPv6. */
  readonly ipv6: boolean;
  /** Each once; none: the best that is permitted, `syn` or `connect`. */
  readonly techniques: readonly TechniqueName[];
  /** As `-p` takes them, undefined for the most usual. */
  readonly ports: string | undefined;
  readonly excludePorts: string | undefined;
  /** How many of the most usual ports; undefined where nothing is said of it. */
  readonly topPorts: number | undefined;
  /** T0 … T5. */
  readonly timing: number;
  /** Probes per second. */
  readonly minRate: number | undefined;
  readonly maxRate: number | undefined;
  readonly retriesMax: number | undefined;
  readonly defeatsErrorLimits: boolean;
  readonly scanDelayMs: number | undefined;
  readonly hostTimeoutMs: number | undefined;
  /** Undefined: every target is taken for up. */
  readonly discovery: DiscoveryOptions | undefined;
  /** Hosts are looked for, and no port is asked about. */
  readonly hostsOnly: boolean;
  /** Targets are listed, and nothing is sent. */
  readonly listOnly: boolean;
  /** Names of addresses are looked up. */
  readonly reverseNames: boolean;
  /** By these instead of the system's resolvers. */
  readonly nameServers: readonly string[];
  readonly sourcePort: number | undefined;
  readonly interface: string | undefined;
  readonly evasion: EvasionOptions | undefined;
  readonly skipsProviders: boolean;
  readonly canaries: number | undefined;
  /** Open ports are asked what serves them, by probes up to this intensity; undefined where they are not. */
  readonly serviceIntensity: number | undefined;
  /** File of probes that take the place of the built-in ones. */
  readonly serviceProbes: string | undefined;
  /** Of the order: 0 … 2^53 - 1. */
  readonly seed: number | undefined;
  readonly shard: string | undefined;
  readonly allStates: boolean;
  readonly openOnly: boolean;
  readonly format: ScanFormat;
  /** Path of what stands on standard output otherwise. */
  readonly output: string | undefined;
  readonly reports: readonly ReportFile[];
  readonly progress: boolean;
  /** Milliseconds between two lines that say how far the scan is. */
  readonly statsEveryMs: number | undefined;
  /** Ports are told as they are found. */
  readonly verbose: boolean;
  /** Keeps what is known, for a scan that goes on from it. */
  readonly resumeFile: string | undefined;
  /** File of all packets. */
  readonly pcapFile: string | undefined;
  /** What would be sent is printed. */
  readonly dryRun: boolean;
  /** JSON of an older scan that the result is compared with. */
  readonly diffFile: string | undefined;
  /** The words as given, for reports. */
  readonly words: readonly string[];
}

const RANGES = {
  timing: [0, 5],
  "top-ports": [1, 65_536],
  "min-rate": [1, 100_000_000],
  "max-rate": [1, 100_000_000],
  "max-retries": [0, 100],
  "source-port": [1, 65_535],
  seed: [0, Number.MAX_SAFE_INTEGER],
  canaries: [0, CANARIES_MAX],
  "version-intensity": [0, 9],
  ...EVASION_RANGES,
} as const satisfies Ranges;

const config = {
  allowPositionals: true,
  options: {
    help: { type: "boolean" },
    version: { type: "boolean" },
    "targets-from": { type: "string", multiple: true },
    exclude: { type: "string", multiple: true },
    excludefile: { type: "string", multiple: true },
    scope: { type: "string" },
    "resolve-all": { type: "boolean" },
    technique: { type: "string", multiple: true },
    ports: { type: "string" },
    "exclude-ports": { type: "string" },
    fast: { type: "boolean" },
    "top-ports": { type: "string" },
    "skip-discovery": { type: "boolean" },
    "hosts-only": { type: "boolean" },
    list: { type: "boolean" },
    ping: { type: "string", multiple: true },
    "arp-ping": { type: "boolean" },
    "disable-arp-ping": { type: "boolean" },
    "service-detection": { type: "boolean" },
    "version-intensity": { type: "string" },
    "version-light": { type: "boolean" },
    "version-all": { type: "boolean" },
    "service-probes": { type: "string" },
    "skip-cdn": { type: "boolean" },
    canaries: { type: "string" },
    decoys: { type: "string" },
    fragment: { type: "boolean", multiple: true },
    mtu: { type: "string" },
    ttl: { type: "string" },
    badsum: { type: "boolean" },
    "data-length": { type: "string" },
    pcap: { type: "string" },
    "dry-run": { type: "boolean" },
    "no-names": { type: "boolean" },
    "reverse-names": { type: "boolean" },
    "dns-servers": { type: "string" },
    ipv6: { type: "boolean" },
    timing: { type: "string" },
    "min-rate": { type: "string" },
    "max-rate": { type: "string" },
    "max-retries": { type: "string" },
    "defeat-icmp-ratelimit": { type: "boolean" },
    "scan-delay": { type: "string" },
    "host-timeout": { type: "string" },
    resume: { type: "string" },
    diff: { type: "string" },
    "stats-every": { type: "string" },
    verbose: { type: "boolean" },
    "source-port": { type: "string" },
    interface: { type: "string" },
    iflist: { type: "boolean" },
    seed: { type: "string" },
    shard: { type: "string" },
    "all-states": { type: "boolean" },
    open: { type: "boolean" },
    reason: { type: "boolean" },
    format: { type: "string" },
    output: { type: "string" },
    table: { type: "string" },
    json: { type: "string" },
    xml: { type: "string" },
    grepable: { type: "string" },
    csv: { type: "string" },
    "output-all": { type: "string" },
    "no-progress": { type: "boolean" },
  },
} as const satisfies ParseArgsConfig;

/** @throws {PalisadeError} `USAGE` and those of lists of ports, in one line that says what to do */
export function parseScanOptions(words: readonly string[]): ScanCommandOptions {
  try {
    return optionsOf(words);
  } catch (error) {
    if (!(error instanceof PalisadeError)) throw error;
    throw new PalisadeError(error.code, asWritten(error.message, words), { cause: error });
  }
}

function optionsOf(words: readonly string[]): ScanCommandOptions {
  const { values, positionals } = parseWords("scan", config, RANGES, translateNmapWords(words));
  const answer = answerOf(values);
  const techniques = [
    ...new Set((values.technique ?? []).flatMap((list) => list.split(",")).map(techniqueName)),
  ];
  const minRate = whole(RANGES, "min-rate", values);
  const maxRate = whole(RANGES, "max-rate", values);
  const sourcePort = whole(RANGES, "source-port", values);
  const scanDelayMs = durationMs("scan-delay", values["scan-delay"]);
  const hostTimeoutMs = durationMs("host-timeout", values["host-timeout"]);
  const statsEveryMs = durationMs("stats-every", values["stats-every"]);
  const evasion = evasionOf(values);
  const serviceIntensity = intensityOf(values);
  const chosen = [values.ports, values.fast, values["top-ports"]].filter((one) => one !== undefined).length;
  if (answer === undefined) {
    if (positionals.length === 0 && values["targets-from"] === undefined && values.resume === undefined)
      throw usage("give an address, a prefix or a name to scan; `palisade scan --help` shows examples");
    for (const [name, ms] of [
      ["host-timeout", hostTimeoutMs],
      ["stats-every", statsEveryMs],
    ] as const) {
      if (ms === 0) throw usage(`--${name} ${values[name]}: give a time above 0, such as 30s or 5m`);
    }
    if (chosen > 1) throw usage("give one of --ports, --fast and --top-ports");
    if (
      values["defeat-icmp-ratelimit"] === true &&
      !techniques.some((name) => name === "udp" || name === "ip-protocol")
    )
      throw usage(
        "--defeat-icmp-ratelimit is about ICMP errors for UDP ports and IP protocols: add -sU or -sO, or leave it out",
      );
    if (minRate !== undefined && maxRate !== undefined && minRate > maxRate)
      throw usage(`--min-rate ${minRate} is above --max-rate ${maxRate}: no rate is both`);
    if (values.shard !== undefined && values.seed === undefined && parseShard(values.shard).count > 1)
      throw usage(
        `--shard ${values.shard}: add --seed N, the same for every part: parts of other seeds overlap, and leave ports out`,
      );
    if (values.open === true && values["all-states"] === true)
      throw usage("--open lists open ports only and --all-states all: give one of them");
    refuseForConnections(techniques, values);
    refuseWithoutPorts(values, techniques.length + chosen);
    refuseTogether(
      values,
      ["skip-discovery", "ping"],
      "-Pn takes every target for up, and nothing is pinged",
    );
    refuseTogether(
      values,
      ["arp-ping", "disable-arp-ping"],
      "one asks neighbours by ARP and the other does not",
    );
    refuseTogether(values, ["no-names", "reverse-names"], "one looks up names and the other does not");
    if (values["dns-servers"] !== undefined && values["reverse-names"] !== true)
      throw usage("--dns-servers is for the names of addresses: add -R, or leave it out");
    refuseTogether(values, ["dry-run", "pcap"], "a dry run sends nothing that could be recorded");
    refuseTogether(values, ["dry-run", "resume"], "a dry run finds nothing that could be kept");
    for (const name of ["hosts-only", "list"])
      refuseTogether(values, [name, "diff"], "what is compared are the ports of two scans");
    refuseTogether(values, ["dry-run", "diff"], "a dry run finds nothing that could be compared");
    if (
      positionals.length > 0 &&
      values.fragment !== undefined &&
      FORMATS.some((name) => name === positionals[0])
    )
      throw usage(`-f cuts probes into fragments, as nmap's does: the format is --format ${positionals[0]}`);
    if (minRate !== undefined && scanDelayMs !== undefined && scanDelayMs * minRate > 1_000)
      throw usage(
        `--scan-delay ${values["scan-delay"]} leaves no room for --min-rate ${minRate}: give one of them`,
      );
  }
  if (answer === undefined) refuseEmptyPaths(values);
  const { output, reports } = outputsOf(values, answer === undefined);
  return {
    answer,
    targets: positionals,
    targetFiles: values["targets-from"] ?? [],
    excludes: (values.exclude ?? []).flatMap((list) => list.split(",")),
    excludeFiles: values.excludefile ?? [],
    scopeFile: values.scope,
    resolveAll: values["resolve-all"] === true,
    ipv6: values.ipv6 === true,
    techniques,
    ports: values.ports,
    excludePorts: values["exclude-ports"],
    topPorts: values.fast === true ? TOP_PORTS_FAST : whole(RANGES, "top-ports", values),
    timing: whole(RANGES, "timing", values) ?? 3,
    minRate,
    maxRate,
    retriesMax: whole(RANGES, "max-retries", values),
    defeatsErrorLimits: values["defeat-icmp-ratelimit"] === true,
    scanDelayMs,
    hostTimeoutMs,
    discovery:
      values["skip-discovery"] === true || values.list === true
        ? undefined
        : discoveryOf(values.ping ?? [], values["disable-arp-ping"] === true),
    hostsOnly: values["hosts-only"] === true,
    listOnly: values.list === true,
    reverseNames: values["reverse-names"] === true,
    nameServers: nameServersOf(values["dns-servers"]),
    sourcePort,
    interface: values.interface,
    evasion,
    skipsProviders: values["skip-cdn"] === true,
    canaries: whole(RANGES, "canaries", values),
    serviceIntensity,
    serviceProbes: values["service-probes"],
    seed: whole(RANGES, "seed", values),
    shard: values.shard,
    allStates: values["all-states"] === true,
    openOnly: values.open === true,
    format: output.format,
    output: output.path,
    reports,
    progress: values["no-progress"] !== true,
    statsEveryMs,
    verbose: values.verbose === true,
    resumeFile: values.resume,
    pcapFile: values.pcap,
    dryRun: values["dry-run"] === true,
    diffFile: values.diff,
    words: ["palisade", "scan", ...words],
  };
}

/** What is asked for instead of a scan. */
function answerOf(
  values: { readonly [name in "help" | "version" | "iflist"]?: boolean },
): string | undefined {
  if (values.help === true) return scanHelp;
  if (values.version === true) return `palisade ${version}\n`;
  return values.iflist === true ? renderInterfaces(process.stdout.columns) : undefined;
}

/** Options that name a file. */
const PATHS = [
  "targets-from",
  "excludefile",
  "scope",
  "service-probes",
  "pcap",
  "resume",
  "diff",
  "output",
  "table",
  "json",
  "xml",
  "grepable",
  "csv",
  "output-all",
] as const;

/** As a variable of a shell is that was never set. */
function refuseEmptyPaths(values: Values): void {
  for (const name of PATHS) {
    const given = values[name];
    if (given === "" || (Array.isArray(given) && given.includes("")))
      throw usage(`--${name} "": the name of a file is missing`);
  }
}

type Values = Readonly<Partial<Record<string, unknown>>>;

/** What the system does by itself for connections, by option. */
const NOT_OF_CONNECTIONS = {
  "source-port": "the system chooses the ports of connections",
  interface: "the system chooses the way of connections",
  decoys: "connections have one sender",
  fragment: "the system cuts the packets of connections",
  mtu: "the system cuts the packets of connections",
  ttl: "the system writes the packets of connections",
  badsum: "the system writes the packets of connections",
  "data-length": "a connection that is not accepted carries nothing",
  pcap: "the system sends the packets of connections (tcpdump sees them)",
} as const;

function refuseForConnections(techniques: readonly TechniqueName[], values: Values): void {
  if (!techniques.includes("connect")) return;
  for (const [name, why] of Object.entries(NOT_OF_CONNECTIONS)) {
    if (values[name] !== undefined) throw usage(`--${name}: ${why}: leave it out, or scan with -sS`);
  }
}

/** What is done to probes of ports alone. */
const NOT_OF_PINGS = ["decoys", "fragment", "mtu", "badsum", "data-length"] as const;

/** @param others ports and techniques that were asked for */
function refuseWithoutPorts(values: Values, others: number): void {
  for (const [name, short] of [
    ["hosts-only", "-sn"],
    ["list", "-sL"],
  ] as const) {
    if (values[name] !== true) continue;
    if (others > 0 || values["service-detection"] === true)
      throw usage(`${short} asks no port: leave out ports, techniques and -sV, or ${short}`);
    if (name === "hosts-only") {
      refuseTogether(values, ["hosts-only", "skip-discovery"], "nothing would be asked");
      for (const disguise of NOT_OF_PINGS)
        refuseTogether(values, ["hosts-only", disguise], "pings and ARP are sent as they are");
    } else refuseTogether(values, ["list", "hosts-only"], "one sends nothing, the other pings");
  }
}

function refuseTogether(values: Values, [one, other]: readonly [string, string], why: string): void {
  if (values[one] !== undefined && values[other] !== undefined)
    throw usage(`--${one} and --${other} do not go together: ${why}`);
}

const INTENSITY = 7;
const INTENSITY_LIGHT = 2;
const INTENSITY_ALL = 9;

/** nmap's levels. */
function intensityOf(values: Values): number | undefined {
  const given = whole(RANGES, "version-intensity", values);
  const light = values["version-light"] === true;
  const all = values["version-all"] === true;
  const levels = [given !== undefined, light, all].filter(Boolean).length;
  if (levels > 1) throw usage("give one of --version-intensity, --version-light and --version-all");
  if (values["service-detection"] !== true) {
    if (levels > 0 || values["service-probes"] !== undefined)
      throw usage("probes of services are for -sV (--service-detection): add it");
    return undefined;
  }
  return given ?? (light ? INTENSITY_LIGHT : all ? INTENSITY_ALL : INTENSITY);
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** Longer waits are nobody's wish. */
const DURATION_MS_MAX = 24 * 3_600_000;

/** As nmap reads times: a number of seconds, or with `ms`, `s`, `m` or `h` behind it. */
function durationMs(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  const ms = match === null ? Number.NaN : Number(match[1]) * UNITS_MS[match[2] ?? "s"]!;
  if (!(ms >= 0 && ms <= DURATION_MS_MAX))
    throw usage(`--${name} ${quoted(text)}: give a time up to 24h, such as 250ms, 2s or 1m`);
  return ms;
}

function techniqueName(word: string): TechniqueName {
  const found = TECHNIQUE_NAMES.find((name) => name === word);
  if (found === undefined)
    throw usage(`--technique ${quoted(word)}: there are ${TECHNIQUE_NAMES.join(", ")}`);
  return found;
}
