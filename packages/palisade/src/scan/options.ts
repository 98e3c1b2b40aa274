/**
 * The words after `palisade scan`, read and checked.
 */
import { resolve } from "node:path";
import type { ParseArgsConfig } from "node:util";
import { TOP_PORTS_FAST } from "@palisade/scan";
import { isStandardOutput } from "../output.js";
import { version } from "../version.js";
import { parseWords, quoted, type Ranges, usage, whole } from "../words.js";
import { translateNmapWords } from "./nmap-words.js";
import { scanHelp } from "./options-help.js";

export type ScanFormat = "table" | "json" | "jsonl" | "xml" | "grepable" | "csv";

const FORMATS: readonly ScanFormat[] = ["table", "json", "jsonl", "xml", "grepable", "csv"];

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

/** A report that is written beside the one on standard output. */
export interface ReportFile {
  readonly format: ScanFormat;
  readonly path: string;
}

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
  /** Undefined: the best that is permitted, `syn` or `connect`. */
  readonly technique: TechniqueName | undefined;
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
  readonly scanDelayMs: number | undefined;
  readonly sourcePort: number | undefined;
  readonly interface: string | undefined;
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
    technique: { type: "string" },
    ports: { type: "string" },
    "exclude-ports": { type: "string" },
    fast: { type: "boolean" },
    "top-ports": { type: "string" },
    "skip-discovery": { type: "boolean" },
    "no-names": { type: "boolean" },
    ipv6: { type: "boolean" },
    timing: { type: "string" },
    "min-rate": { type: "string" },
    "max-rate": { type: "string" },
    "max-retries": { type: "string" },
    "scan-delay": { type: "string" },
    "source-port": { type: "string" },
    interface: { type: "string" },
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

/** @throws {PalisadeError} `USAGE`, in one line that says what to do */
export function parseScanOptions(words: readonly string[]): ScanCommandOptions {
  const { values, positionals } = parseWords("scan", config, RANGES, translateNmapWords(words));
  const answer =
    values.help === true ? scanHelp : values.version === true ? `palisade ${version}\n` : undefined;
  const { technique } = values;
  if (technique !== undefined && !isTechnique(technique))
    throw usage(`--technique ${quoted(technique)}: there are ${TECHNIQUE_NAMES.join(", ")}`);
  const minRate = whole(RANGES, "min-rate", values);
  const maxRate = whole(RANGES, "max-rate", values);
  const sourcePort = whole(RANGES, "source-port", values);
  const scanDelayMs = durationMs("scan-delay", values["scan-delay"]);
  const chosen = [values.ports, values.fast, values["top-ports"]].filter((one) => one !== undefined).length;
  if (answer === undefined) {
    if (positionals.length === 0 && values["targets-from"] === undefined)
      throw usage("give an address, a prefix or a name to scan; `palisade scan --help` shows examples");
    if (chosen > 1) throw usage("give one of --ports, --fast and --top-ports");
    if (minRate !== undefined && maxRate !== undefined && minRate > maxRate)
      throw usage(`--min-rate ${minRate} is above --max-rate ${maxRate}: no rate is both`);
    if (values.open === true && values["all-states"] === true)
      throw usage("--open lists open ports only and --all-states all: give one of them");
    if (technique === "connect" && sourcePort !== undefined)
      throw usage(
        "--source-port: the system chooses the ports of connections: leave it out, or scan with -sS",
      );
    if (technique === "connect" && values.interface !== undefined)
      throw usage("--interface: the system chooses the way of connections: leave it out, or scan with -sS");
    if (minRate !== undefined && scanDelayMs !== undefined && scanDelayMs * minRate > 1_000)
      throw usage(
        `--scan-delay ${values["scan-delay"]} leaves no room for --min-rate ${minRate}: give one of them`,
      );
  }
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
    technique,
    ports: values.ports,
    excludePorts: values["exclude-ports"],
    topPorts: values.fast === true ? TOP_PORTS_FAST : whole(RANGES, "top-ports", values),
    timing: whole(RANGES, "timing", values) ?? 3,
    minRate,
    maxRate,
    retriesMax: whole(RANGES, "max-retries", values),
    scanDelayMs,
    sourcePort,
    interface: values.interface,
    seed: whole(RANGES, "seed", values),
    shard: values.shard,
    allStates: values["all-states"] === true,
    openOnly: values.open === true,
    format: output.format,
    output: output.path,
    reports,
    progress: values["no-progress"] !== true,
    words: ["palisade", "scan", ...words],
  };
}

interface MainReport {
  readonly format: ScanFormat;
  /** Undefined for standard output. */
  readonly path: string | undefined;
}

/**
 * Where each report goes. One that is asked for on standard output (`-oX -`) stands there alone, in place of the table; two
 * in one place would be neither.
 */
function outputsOf(
  values: Readonly<Record<string, unknown>>,
  checked: boolean,
): { readonly output: MainReport; readonly reports: readonly ReportFile[] } {
  const { format: chosen, output: path } = values;
  const format = chosen ?? "table";
  if (typeof format !== "string" || !isFormat(format))
    throw usage(`--format ${quoted(String(format))}: there are ${FORMATS.join(", ")}`);
  const reports = reportsOf(values);
  const asked = chosen === undefined && path === undefined ? reports : [];
  const instead = asked.find((report) => isStandardOutput(report.path));
  const rest = reports.filter((report) => report !== instead);
  const output: MainReport =
    instead === undefined
      ? { format, path: typeof path === "string" ? path : undefined }
      : { format: instead.format, path: undefined };
  const places = new Set<string | undefined>();
  for (const report of [output, ...rest]) {
    const place = isStandardOutput(report.path) ? undefined : resolve(report.path!);
    // What is no file, such as /dev/null, takes any number.
    if (checked && places.has(place) && place?.startsWith("/dev/") !== true)
      throw usage(
        `two reports would go to ${report.path === undefined || place === undefined ? "standard output" : quoted(report.path)}: give each its own file`,
      );
    places.add(place);
  }
  return { output, reports: rest };
}

function reportsOf(values: Readonly<Record<string, unknown>>): ReportFile[] {
  const reports: ReportFile[] = [];
  for (const format of FORMATS) {
    const path = values[format];
    if (typeof path === "string") reports.push({ format, path });
  }
  const base = values["output-all"];
  if (typeof base === "string") {
    reports.push(
      { format: "table", path: `${base}.txt` },
      { format: "xml", path: `${base}.xml` },
      { format: "grepable", path: `${base}.gnmap` },
      { format: "json", path: `${base}.json` },
    );
  }
  return reports;
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
/** A longer wait between two probes is nobody's wish. */
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

function isFormat(word: string): word is ScanFormat {
  return FORMATS.some((format) => format === word);
}

function isTechnique(word: string): word is TechniqueName {
  return TECHNIQUE_NAMES.some((name) => name === word);
}
