/**
 * The words after `palisade inspect`, read and checked.
 */

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { ParseArgsConfig } from "node:util";
import { nearest, PalisadeError } from "@palisade/base";
import { engineDefaults } from "@palisade/inspect";
import { type BpfProgram, DURATION_MS_MAX, parseDdd, RING_BYTES_MAX } from "@palisade/link";
import { PCAP_RECORD_BYTES_MAX } from "@palisade/wire";
import { version } from "../version.js";
import { parseWords, type Ranges, usage, whole } from "../words.js";
import { checkBpf, checkFilter } from "./options-filter.js";
import {
  attributes,
  attributesHelp,
  DEFAULT_TOP,
  filterHelp,
  inspectHelp,
  WORKERS_UNASKED_MAX,
  WORKERS_WORTHWHILE_BYTES,
} from "./options-help.js";
import type { EngineSettings } from "./runner.js";
import { tableAttributes } from "./summary.js";

export type Format = "table" | "jsonl" | "json";

export interface InspectCommandOptions {
  /** Where only a text is asked for, such as the help: the text. */
  readonly answer: string | undefined;
  /** Paths, `-` for standard input; empty where an interface is given. */
  readonly files: readonly string[];
  readonly interface: string | undefined;
  /** The bundled capture instead of files or an interface. */
  readonly example: boolean;
  readonly format: Format;
  /** Path of the output, undefined for standard output. */
  readonly output: string | undefined;
  /** Expression over flow records. */
  readonly filter: string | undefined;
  /** Expression over frames, or a compiled program. */
  readonly bpf: string | BpfProgram | undefined;
  /** A flow to explain: number of its first packet or of a finding's, or community id. */
  readonly explain: string | undefined;
  readonly statistics: boolean;
  readonly top: number;
  /** Undefined: as many as the size of the capture is worth. */
  readonly workers: number | undefined;
  readonly progress: boolean;
  readonly promiscuous: boolean;
  readonly snaplenBytes: number | undefined;
  readonly packetsMax: number | undefined;
  readonly durationMs: number | undefined;
  readonly ringBytes: number | undefined;
  readonly engine: EngineSettings;
}

/** Rows of a table. */
export const TOP_MAX = 100_000;
export const WORKERS_MAX = 64;
/** A flow for each shard. */
const FLOWS_MIN = 64;
/** Flows held at once: about 5 GiB of table. */
export const FLOWS_MAX = 16_777_216;
/** An idle time: a day. */
export const TIMEOUT_SECONDS_MAX = 86_400;
/** Community ID, "seed": 16 bits. */
const COMMUNITY_ID_SEED_MAX = 65_535;
const MS_PER_SECOND = 1_000;
const BYTES_PER_MIB = 1_048_576;

/** What only a capture from an interface can honour. */
const LIVE_OPTIONS = ["promiscuous", "snaplen", "count", "duration", "ring-mib"] as const;

/** What the options that are numbers can be. */
const RANGES = {
  top: [1, TOP_MAX],
  workers: [1, WORKERS_MAX],
  snaplen: [1, PCAP_RECORD_BYTES_MAX],
  count: [1, Number.MAX_SAFE_INTEGER],
  duration: [1, Math.floor(DURATION_MS_MAX / MS_PER_SECOND)],
  "ring-mib": [1, RING_BYTES_MAX / BYTES_PER_MIB],
  "flows-max": [FLOWS_MIN, FLOWS_MAX],
  "community-id-seed": [0, COMMUNITY_ID_SEED_MAX],
  "timeout-default": [1, TIMEOUT_SECONDS_MAX],
  "timeout-short": [1, TIMEOUT_SECONDS_MAX],
  "timeout-long": [1, TIMEOUT_SECONDS_MAX],
  "timeout-live": [1, TIMEOUT_SECONDS_MAX],
} as const satisfies Ranges;

const config = {
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
    example: { type: "boolean" },
    format: { type: "string", short: "f" },
    output: { type: "string", short: "o" },
    filter: { type: "string" },
    top: { type: "string" },
    stats: { type: "boolean" },
    explain: { type: "string" },
    attributes: { type: "string" },
    "no-progress": { type: "boolean" },
    interface: { type: "string", short: "i" },
    bpf: { type: "string" },
    "bpf-ddd": { type: "string" },
    promiscuous: { type: "boolean", short: "p" },
    snaplen: { type: "string", short: "s" },
    count: { type: "string", short: "c" },
    duration: { type: "string" },
    "ring-mib": { type: "string" },
    workers: { type: "string" },
    "flows-max": { type: "string" },
    "timeout-default": { type: "string" },
    "timeout-short": { type: "string" },
    "timeout-long": { type: "string" },
    "timeout-live": { type: "string" },
    "no-vlans": { type: "boolean" },
    "community-id-seed": { type: "string" },
  },
} as const satisfies ParseArgsConfig;

/** @throws {PalisadeError} `USAGE` and what the filters throw, each in one line that says what to do */
export function parseInspectOptions(words: readonly string[]): InspectCommandOptions {
  const { values, positionals } = parseWords("inspect", config, RANGES, words);
  const answer = answerTo(values);
  const standardInput = values.interface === "-";
  const files = standardInput ? [...positionals, "-"] : positionals;
  const live = standardInput ? undefined : values.interface;
  const example = values.example === true;
  const format = values.format ?? "table";
  if (format !== "table" && format !== "jsonl" && format !== "json") {
    throw usage(`--format ${format}: there are table, jsonl and json`);
  }
  // A table shows a few attributes only; what nobody sees is not read.
  const asTable = format === "table" && values.explain === undefined;
  let filtered: readonly string[] = [];
  if (answer === undefined) {
    checkSources(files, live, example);
    if (values.filter !== undefined) filtered = checkFilter(values.filter);
    if (values.bpf !== undefined && values["bpf-ddd"] !== undefined)
      throw usage("give --bpf or --bpf-ddd, not both");
    if (values.bpf !== undefined) checkBpf(values.bpf);
    checkViews(values, format);
    if (live === undefined) checkNotLive(values, standardInput);
  }
  const timeouts = engineDefaults.timeoutSeconds;
  return {
    answer,
    files,
    interface: live,
    example,
    format,
    output: values.output,
    filter: values.filter,
    bpf: values["bpf-ddd"] === undefined ? values.bpf : readProgram(values["bpf-ddd"]),
    explain: values.explain,
    statistics: values.stats === true,
    top: whole(RANGES, "top", values) ?? DEFAULT_TOP,
    workers: whole(RANGES, "workers", values),
    progress: values["no-progress"] !== true,
    promiscuous: values.promiscuous === true,
    snaplenBytes: whole(RANGES, "snaplen", values),
    packetsMax: whole(RANGES, "count", values),
    durationMs: scaled(whole(RANGES, "duration", values), MS_PER_SECOND),
    ringBytes: scaled(whole(RANGES, "ring-mib", values), BYTES_PER_MIB),
    engine: {
      flowsMax: whole(RANGES, "flows-max", values) ?? engineDefaults.flowsMax,
      explain: values.explain !== undefined,
      vlans: values["no-vlans"] !== true,
      communityIdSeed: whole(RANGES, "community-id-seed", values) ?? 0,
      timeoutSeconds: {
        default: whole(RANGES, "timeout-default", values) ?? timeouts.default,
        short: whole(RANGES, "timeout-short", values) ?? timeouts.short,
        long: whole(RANGES, "timeout-long", values) ?? timeouts.long,
        live: whole(RANGES, "timeout-live", values) ?? timeouts.live,
      },
      communityIds: !asTable || filtered.includes("community_id"),
      attributes: attributeList(values.attributes, filtered, asTable),
    },
  };
}

/** The text that is asked for instead of an inspection. */
function answerTo(values: {
  readonly help?: boolean;
  readonly version?: boolean;
  readonly filter?: string;
  readonly attributes?: string;
}): string | undefined {
  if (values.help === true) return inspectHelp;
  if (values.version === true) return `palisade ${version}\n`;
  if (values.filter === "help") return filterHelp();
  if (values.attributes === "help") return attributesHelp();
  return undefined;
}

function checkSources(files: readonly string[], live: string | undefined, example: boolean): void {
  if (example && (live !== undefined || files.length > 0))
    throw usage("--example is a capture: give no other with it");
  if (example) return;
  if (live !== undefined && files.length > 0) throw usage("give captures or an interface, not both");
  if (live === undefined && files.length === 0) {
    throw usage(
      "give a capture file, or an interface with -i, or --example; `palisade inspect --help` shows examples",
    );
  }
  if (files.filter((file) => file === "-").length > 1) throw usage("standard input can be read once only");
}

/** What is shown instead of flows refuses the options that choose and lay out flows. */
function checkViews(
  values: {
    readonly stats?: boolean;
    readonly explain?: string;
    readonly filter?: string;
    readonly top?: string;
    readonly attributes?: string;
    readonly "community-id-seed"?: string;
  },
  format: Format,
): void {
  const { stats = false, explain, filter, top, attributes: list } = values;
  if (explain === "") throw usage("--explain wants the number of a packet, or a community id");
  if (stats && values["community-id-seed"] !== undefined)
    throw usage("--community-id-seed is for flows, and --stats shows none: leave it out");
  if (stats && explain !== undefined) throw usage("give --stats or --explain, not both");
  if (stats && filter !== undefined)
    throw usage("--stats counts every frame, --filter chooses flows: choose frames with --bpf instead");
  if (explain !== undefined && filter !== undefined)
    throw usage("--explain names its flow, so that --filter has none to choose: give one of them");
  if (explain !== undefined && format !== "table")
    throw usage(`--explain is written as text, not as ${format}: leave --format out`);
  if (top !== undefined && (stats || explain !== undefined))
    throw usage(
      `--top is for tables of flows, and ${stats ? "--stats" : "--explain"} shows none: leave it out`,
    );
  if (top !== undefined && format !== "table")
    throw usage(`--top is for tables of flows, and ${format} has all flows: leave it out`);
  if (list !== undefined && (stats || (format === "table" && explain === undefined)))
    throw usage(
      `--attributes is for records, and ${stats ? "--stats shows none: leave it out" : "the table shows none: give --format jsonl with it"}`,
    );
}

/** Refuses what only a capture from an interface can honour. */
function checkNotLive(
  values: Readonly<Partial<Record<(typeof LIVE_OPTIONS)[number], unknown>>>,
  standardInput: boolean,
): void {
  for (const name of LIVE_OPTIONS) {
    if (values[name] === undefined) continue;
    const instead = standardInput
      ? "and - is standard input: tell the sender, as in `tcpdump -c 1000 -w -`"
      : "give one with -i";
    throw usage(`--${name} is for capture from an interface${standardInput ? "," : ":"} ${instead}`);
  }
}

/**
 * How many workers a capture of this size is worth: half of the processors, since each worker's own compiler and
 * collector keep another busy for seconds. On two processors two workers take as long as one, and twice its CPU time.
 */
export function worthwhileWorkers(
  sizeBytes: number | undefined,
  processors = availableParallelism(),
): number {
  if (sizeBytes === undefined || sizeBytes < WORKERS_WORTHWHILE_BYTES) return 1;
  return Math.max(1, Math.min(processors >>> 1, WORKERS_UNASKED_MAX));
}

function scaled(value: number | undefined, by: number): number | undefined {
  return value === undefined ? undefined : value * by;
}

function readProgram(path: string): BpfProgram {
  try {
    return parseDdd(readFileSync(path, "utf8"));
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new PalisadeError("USAGE", `--bpf-ddd ${path}: cannot be read: ${reason}`, { cause: error });
  }
}

/** The attributes that are read, all where undefined: those listed or shown, and what a filter looks at. */
function attributeList(
  text: string | undefined,
  filtered: readonly string[],
  asTable: boolean,
): readonly string[] | undefined {
  const listed = text !== undefined && text !== "help";
  if (!listed && !asTable) return undefined;
  const names = attributes().map(({ name }) => name);
  const known = new Set(names);
  const wanted = listed
    ? text.split(",").flatMap((part) => attributesNamed(part.trim(), names))
    : tableAttributes;
  return [...new Set([...wanted, ...filtered])].filter((name) => known.has(name));
}

/** The attribute that is called so, or, behind a prefix with a star, all that begin so. */
function attributesNamed(word: string, names: readonly string[]): readonly string[] {
  const prefix = word.endsWith("*") ? word.slice(0, -1) : undefined;
  const found = names.filter((name) => (prefix === undefined ? name === word : name.startsWith(prefix)));
  if (found.length > 0) return found;
  const what =
    prefix === undefined ? `there is no attribute "${word}"` : `no attribute begins with "${prefix}"`;
  const near = prefix === undefined ? nearest(word, names) : nearestPrefix(prefix, names);
  throw usage(
    `--attributes: ${what}${near === undefined ? "; `--attributes help` lists them" : `: did you mean ${near}?`}`,
  );
}

/** `tls.*` for `tsl.`: what stands before the dot, put right. */
function nearestPrefix(prefix: string, names: readonly string[]): string | undefined {
  const near = nearest(
    prefix.replace(/\..*$/, ""),
    new Set(names.map((name) => name.slice(0, name.indexOf(".")))),
  );
  return near === undefined ? undefined : `${near}.*`;
}
