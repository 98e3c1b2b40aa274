/**
 * The words after `palisade inspect`, read and checked.
 */

import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { type ParseArgsConfig, parseArgs } from "node:util";
import { PalisadeError } from "@palisade/base";
import { builtInRegistry, compileFlowFilter, engineDefaults, flowFilterNames } from "@palisade/inspect";
import { type BpfProgram, DURATION_MS_MAX, parseDdd, parseExpression, RING_BYTES_MAX } from "@palisade/link";
import { PCAP_RECORD_BYTES_MAX } from "@palisade/wire";
import type { EngineSettings } from "./runner.js";
import { tableAttributes } from "./summary-table.js";

export type Format = "table" | "jsonl" | "json";

export interface InspectCommandOptions {
  readonly help: boolean;
  /** Only the names of attributes are asked for. */
  readonly listAttributes: boolean;
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
  /** A flow to explain: number of its first packet, or community id. */
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

const DEFAULT_TOP = 20;
/** Rows of a table. */
export const TOP_MAX = 100_000;
export const WORKERS_MAX = 64;
/** Workers that are started unasked. */
const WORKERS_UNASKED_MAX = 4;
/** A capture shorter than this is read by one: starting a worker costs as much as reading some 100,000 packets. */
const WORKERS_WORTHWHILE_BYTES = 268_435_456;
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
} as const;
type NumberName = keyof typeof RANGES;

export const inspectHelp = `palisade inspect: flows, protocols, metadata and findings from captures or a live interface

Usage: palisade inspect FILE… [OPTIONS]
       palisade inspect -i IFACE [OPTIONS]
       palisade inspect --example [OPTIONS]

FILE is a pcap or pcapng capture, also compressed with gzip (and zstd, where Node can); "-" is standard input.
--example is a capture that comes with palisade: a laptop's first minute on a network.

Output
  -f, --format FORMAT     table (default), jsonl (a flow a line), json (one array)
  -o, --output FILE       write there instead of to standard output
      --filter EXPR       only flows that match, such as 'app_proto == tls and bytes > 10k'
      --top N             rows of each table (default ${DEFAULT_TOP})
      --stats             the tree of protocol paths, with packets, bytes and shares
      --explain FLOW      why one flow got its verdict: FLOW is the number of its first packet, or its community id
      --attributes LIST   only these attributes in records, separated by commas (default all); "help" lists them
      --no-progress       no progress bar

Live
  -i, --interface IFACE   capture there; "any" is all of them, "-" is a capture on standard input
      --bpf EXPR          only frames that match, in tcpdump's language: 'tcp port 443'
      --bpf-ddd FILE      the same, compiled by \`tcpdump -ddd\`
  -p, --promiscuous       also frames addressed to others
  -s, --snaplen N         keep at most N octets of a frame
  -c, --count N           stop after N packets
      --duration SECONDS  stop after so long
      --ring-mib N        size of the kernel's ring (default 4)

Engine
      --workers N         threads that share the flows; the result is the same (default 1; for a capture file from
                          ${WORKERS_WORTHWHILE_BYTES / BYTES_PER_MIB} MiB on half as many as processors, at most ${WORKERS_UNASKED_MAX})
      --flows-max N       flows held at once (default ${engineDefaults.flowsMax})
      --timeout-default, --timeout-short, --timeout-long, --timeout-live SECONDS
                          idle times after which a flow ends (defaults ${Object.values(engineDefaults.timeoutSeconds).join(", ")})
      --no-vlans          one flow for a 5-tuple on several VLANs
      --community-id-seed N

  -h, --help              this text

Exit status: 0 done, 2 bad usage or a capture that could not be read in full, 3 not permitted,
130 and 143 stopped by Ctrl-C and by SIGTERM before the end of a capture (of a live one they are the end: 0)

Examples
  palisade inspect --example
  palisade inspect capture.pcap
  palisade inspect capture.pcap --format jsonl --filter 'finding' -o findings.jsonl
  palisade inspect capture.pcap --stats
  palisade inspect capture.pcap --explain 17
  palisade inspect -i eth0 --bpf 'not port 22' --duration 60
  ssh gateway tcpdump -i eth0 -w - | palisade inspect -i -
`;

const config = {
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h" },
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
  const { values, positionals } = parseWords(words);
  const help = values.help === true;
  const standardInput = values.interface === "-";
  const files = standardInput ? [...positionals, "-"] : positionals;
  const live = standardInput ? undefined : values.interface;
  const example = values.example === true;
  if (!help && values.attributes !== "help") checkSources(files, live, example);
  const format = values.format ?? "table";
  if (format !== "table" && format !== "jsonl" && format !== "json") {
    throw usage(`--format ${format}: there are table, jsonl and json`);
  }
  // A table shows a few attributes only; what nobody sees is not read.
  const asTable = format === "table" && values.explain === undefined;
  const filtered = values.filter === undefined ? [] : flowFilterNames(values.filter);
  if (values.filter !== undefined) compileFlowFilter(values.filter);
  if (values.bpf !== undefined && values["bpf-ddd"] !== undefined)
    throw usage("give --bpf or --bpf-ddd, not both");
  if (values.bpf !== undefined) parseExpression(values.bpf);
  checkViews(values, format);
  for (const name of ["promiscuous", "snaplen", "count", "duration", "ring-mib"] as const) {
    if (!help && live === undefined && values[name] !== undefined) {
      throw usage(`--${name} is for live capture: give an interface with -i`);
    }
  }
  const timeouts = engineDefaults.timeoutSeconds;
  return {
    help,
    listAttributes: values.attributes === "help",
    files,
    interface: live,
    example,
    format,
    output: values.output,
    filter: values.filter,
    bpf: values["bpf-ddd"] === undefined ? values.bpf : readProgram(values["bpf-ddd"]),
    explain: values.explain,
    statistics: values.stats === true,
    top: whole("top", values) ?? DEFAULT_TOP,
    workers: whole("workers", values),
    progress: values["no-progress"] !== true,
    promiscuous: values.promiscuous === true,
    snaplenBytes: whole("snaplen", values),
    packetsMax: whole("count", values),
    durationMs: scaled(whole("duration", values), MS_PER_SECOND),
    ringBytes: scaled(whole("ring-mib", values), BYTES_PER_MIB),
    engine: {
      flowsMax: whole("flows-max", values) ?? engineDefaults.flowsMax,
      explain: values.explain !== undefined,
      vlans: values["no-vlans"] !== true,
      communityIdSeed: whole("community-id-seed", values) ?? 0,
      timeoutSeconds: {
        default: whole("timeout-default", values) ?? timeouts.default,
        short: whole("timeout-short", values) ?? timeouts.short,
        long: whole("timeout-long", values) ?? timeouts.long,
        live: whole("timeout-live", values) ?? timeouts.live,
      },
      communityIds: !asTable || filtered.includes("community_id"),
      attributes: attributeList(values.attributes, asTable ? [...tableAttributes, ...filtered] : undefined),
    },
  };
}

function parseWords(words: readonly string[]) {
  try {
    const parsed = parseArgs({ ...config, args: withNegativeNumbers(words), tokens: true });
    const given = new Map<string, string>();
    for (const token of parsed.tokens) {
      if (token.kind !== "option" || token.value === undefined) continue;
      const before = given.get(token.name);
      if (before !== undefined && before !== token.value)
        throw usage(
          `--${token.name} is given as ${quoted(before)} and as ${quoted(token.value)}: give it once`,
        );
      given.set(token.name, token.value);
    }
    return parsed;
  } catch (error) {
    if (error instanceof PalisadeError) throw error;
    // parseArgs says in its first sentence what is wrong; the rest is advice on quoting.
    const [sentence] = (error instanceof Error ? error.message : String(error)).split(/[.] |\n/);
    const name = /^Option '.*?--([\w-]+).*' argument/.exec(sentence!)?.[1];
    if (name !== undefined && isNumber(name)) throw outOfRange(name, "");
    throw new PalisadeError("USAGE", `${sentence}; \`palisade inspect --help\` shows what there is`, {
      cause: error,
    });
  }
}

/** Options with a negative number behind them as one word: parseArgs would take the number for an option. */
function withNegativeNumbers(words: readonly string[]): string[] {
  const joined: string[] = [];
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === "--") return [...joined, ...words.slice(at)];
    const name = word.startsWith("--") ? word.slice(2) : longName(word);
    const next = words[at + 1] ?? "";
    if (name !== undefined && isNumber(name) && /^-\d/.test(next)) {
      joined.push(`--${name}=${next}`);
      at += 1;
    } else {
      joined.push(word);
    }
  }
  return joined;
}

/** The name of `-c`, where that is an option. */
function longName(word: string): string | undefined {
  const found = Object.entries(config.options).find(
    ([, option]) => "short" in option && word === `-${option.short}`,
  );
  return found?.[0];
}

function isNumber(name: string): name is NumberName {
  return Object.hasOwn(RANGES, name);
}

function quoted(text: string): string {
  return text === "" || /\s/.test(text) ? JSON.stringify(text) : text;
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
  },
  format: Format,
): void {
  const { stats = false, explain, filter, top } = values;
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

function usage(message: string): PalisadeError {
  return new PalisadeError("USAGE", message);
}

function whole(name: NumberName, values: Readonly<Partial<Record<NumberName, string>>>): number | undefined {
  const text = values[name];
  if (text === undefined) return undefined;
  const [min, max] = RANGES[name];
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw outOfRange(name, ` ${quoted(text)}`);
  return value;
}

function outOfRange(name: NumberName, given: string): PalisadeError {
  const [min, max] = RANGES[name];
  return usage(`--${name}${given}: give a whole number from ${min} to ${max}`);
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

/** The attributes for the records, all where undefined; `otherwise` as far as they exist. */
function attributeList(
  text: string | undefined,
  otherwise: readonly string[] | undefined,
): readonly string[] | undefined {
  const known = new Set(attributeNames());
  if (text === undefined || text === "help") return otherwise?.filter((name) => known.has(name));
  const names = text.split(",").map((name) => name.trim());
  for (const name of names) {
    if (!known.has(name))
      throw usage(`--attributes: there is no attribute "${name}"; \`--attributes help\` lists them`);
  }
  return names;
}

/** Names of all attributes of the built-in protocols, in their order. */
export function attributeNames(): string[] {
  return builtInRegistry().protocols.flatMap(({ attributes }) => attributes.map(({ name }) => name));
}
