/**
 * A scan that can go on after it was stopped, as octets for a file.
 *
 * Layout, big-endian: magic (8 octets); a head, JSON in UTF-8; for each part the blocks of its table, and of that of errors where
 * it looks for hosts, each block behind its number (4), 0xffffffff behind the last of a table; a tail, JSON; CRC32c of all before
 * it (4). Head, blocks and tail are compressed (RFC 1951), each behind its length in the file (4): most of a block is zeros.
 * Positions stand in the head and codes in the tail, because tables fill on while they are written: an answer that came
 * meanwhile is no harm, a code without its meaning would be.
 */
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { PalisadeError } from "@palisade/base";
import { crc32c, MAC_BYTES, put32, u32 } from "@palisade/wire";
import { COOKIE_KEY_BYTES } from "./cookie.js";
import {
  HOST_DETAILS_MAX,
  HostDetails,
  type LinkAddresses,
  REPLY_DETAIL_END,
} from "./discovery/host-details.js";
import { LINK_HOSTS_MAX } from "./discovery/link-sweep-neighbours.js";
import type { Part } from "./part.js";
import type { ScanPosition } from "./passes.js";
import { jsonExceeds, PORT_STATES } from "./report/json-reader.js";
import { rangesOf } from "./result/result.js";
import { STATE_ENTRIES_MAX, StateTable } from "./state-table.js";
import type { PortState, Reason, Verdict } from "./technique.js";
import { VERDICTS_MAX, VerdictCodes } from "./verdict-codes.js";

/** Longest head and tail, in octets before they are compressed. */
export const CHECKPOINT_TEXT_BYTES_MAX = 128 * 1024 * 1024;
/** Most values in a head or a tail, of whatever kind: three for each open port. */
export const CHECKPOINT_VALUES_MAX = 33_554_432;
/** Parts of a scan: techniques, twice where both address families are asked, and discovery. */
export const CHECKPOINT_PARTS_MAX = 64;
/** Words of a command: more than the system passes on (2 MiB with the pointers to them; execve(2)). */
export const CHECKPOINT_ARGUMENTS_MAX = 262_144;
/** Octets that all tables of a file take together. */
export const CHECKPOINT_TABLE_BYTES_MAX = 2 * 1024 * 1024 * 1024;

/** The words that asked for the scan that a resume file is of. @throws {PalisadeError} as `decodeCheckpoint` does */
export function checkpointArguments(octets: Uint8Array): readonly string[] {
  return decodeCheckpoint(octets).arguments;
}

export interface Checkpoint {
  /** What was asked, as text that another scan does not have. */
  readonly plan: string;
  /** Of the order: 0 … 2^53 - 1. */
  readonly seed: number;
  /** The words that asked for it. */
  readonly arguments: readonly string[];
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  readonly parts: readonly Part[];
}

/** "PALSCAN" and the version of the layout. */
const VERSION = 3;
const MAGIC = Uint8Array.of(0x50, 0x41, 0x4c, 0x53, 0x43, 0x41, 0x4e, VERSION);
/** A file is written every few seconds: what little more a higher level saves is not worth its time. */
const COMPRESSION = { level: 1 } as const;
const BLOCKS_END = 0xffff_ffff;

/** The octets, piece by piece; each is only good until the next is asked for. */
export function* encodeCheckpoint(checkpoint: Checkpoint): Generator<Uint8Array> {
  let sum = 0;
  const summed = (octets: Uint8Array): Uint8Array => {
    sum = crc32c(octets, 0, octets.length, sum);
    return octets;
  };
  const { parts: begun, ...scan } = checkpoint;
  // Another may begin before all is written, and would have no head.
  const parts = [...begun];
  yield summed(MAGIC);
  yield summed(framedJson({ ...scan, parts: parts.map(headOf) }));
  const number = new Uint8Array(4);
  for (const table of parts.flatMap(tablesOf)) {
    for (const block of table.blocks()) {
      put32(number, 0, block.number);
      yield summed(number);
      // A copy by that, as the table may change before it is written.
      yield summed(framed(block.octets));
    }
    put32(number, 0, BLOCKS_END);
    yield summed(number);
  }
  yield summed(framedJson(parts.map(tailOf)));
  put32(number, 0, sum);
  yield number;
}

function tablesOf({ table, details }: Part): readonly StateTable[] {
  return details === undefined ? [table] : [table, details.errors];
}

interface PartHead extends Omit<Part, "table" | "codes" | "ttls" | "details" | "key"> {
  readonly size: number;
  readonly key: string;
  /** Of discovery. */
  readonly hasDetails: boolean;
}

interface PartTail {
  readonly codes: readonly (readonly [state: string, reason: string])[];
  readonly ttls: readonly (readonly [pair: number, ttl: number])[];
  /** As `HostDetails` has them; undefined where the part looks for no hosts. */
  readonly replies?: readonly (readonly [host: number, reply: number])[] | undefined;
  readonly links?: readonly LinkTail[] | undefined;
}

interface LinkTail {
  /** Numbers of hosts as ranges: `1-3,7`. */
  readonly hosts: string;
  /** Base64. */
  readonly addresses: string;
}

function headOf({ table, codes, ttls, details, key, ...rest }: Part): PartHead {
  const hasDetails = details !== undefined;
  return { ...rest, size: table.size, key: Buffer.from(key).toString("hex"), hasDetails };
}

function tailOf({ codes, ttls, details }: Part): PartTail {
  return {
    codes: codes.verdicts.map(({ state, reason }) => [state, reason]),
    ttls: [...ttls],
    replies: details && [...details.replies],
    links: details?.links.map(({ hosts, octets }) => ({
      hosts: rangesOf(hosts),
      addresses: Buffer.from(octets).toString("base64"),
    })),
  };
}

function framedJson(value: unknown): Uint8Array {
  return framed(Buffer.from(JSON.stringify(value), "utf8"));
}

/** Compressed, behind the length of that. */
function framed(octets: Uint8Array): Uint8Array {
  const compressed = deflateRawSync(octets, COMPRESSION);
  const frame = new Uint8Array(4 + compressed.length);
  put32(frame, 0, compressed.length);
  frame.set(compressed, 4);
  return frame;
}

/**
 * What `encodeCheckpoint` wrote.
 *
 * @throws {PalisadeError} `SCAN_RESUME_DAMAGED` where the octets are not all that was written, or were changed;
 *   `SCAN_RESUME_VERSION` where another version of this program wrote them; `SCAN_TABLE_TOO_LARGE` where they hold more than tables may
 */
export function decodeCheckpoint(octets: Uint8Array): Checkpoint {
  if (octets.length < MAGIC.length + 4) throw damaged("it is cut short");
  const version = octets[MAGIC.length - 1]!;
  if (MAGIC.some((octet, index) => octets[index] !== octet && index < MAGIC.length - 1))
    throw damaged("it is no resume file");
  if (version !== VERSION) {
    throw new PalisadeError(
      "SCAN_RESUME_VERSION",
      `the resume file was written by another version of palisade (format ${version}, this one reads ${VERSION}): go on with that version, or start the scan anew`,
    );
  }
  const end = octets.length - 4;
  if (crc32c(octets, 0, end) !== u32(octets, end)) throw damaged("its checksum does not hold");
  const reader = new Reader(octets, MAGIC.length, end);
  const head = record(reader.json(HEAD_VALUES));
  const heads = list(head.parts, CHECKPOINT_PARTS_MAX).map(record);
  let bytesLeft = CHECKPOINT_TABLE_BYTES_MAX;
  const fill = (table: StateTable): void => {
    for (let last = -1; ; ) {
      const number = reader.u32();
      if (number === BLOCKS_END) return;
      const bytes = table.blockBytes(number);
      if (number <= last || bytes === 0) throw damaged("its blocks are out of order");
      last = number;
      bytesLeft -= bytes;
      const octets = reader.inflated(bytes);
      if (octets.length !== bytes) throw damaged("a block in it has another length");
      if (bytesLeft < 0 || !table.restore({ number, octets })) {
        throw new PalisadeError(
          "SCAN_TABLE_TOO_LARGE",
          "the resume file's results take more memory than a scan may: start the scan anew, in parts",
        );
      }
    }
  };
  const tables = heads.map((part) => {
    const size = whole(part.size, STATE_ENTRIES_MAX);
    const table = new StateTable(size);
    const details = part.hasDetails === true ? new HostDetails(size) : undefined;
    fill(table);
    if (details !== undefined) fill(details.errors);
    return { table, details };
  });
  const answered = tables.reduce((sum, { table }) => sum + table.answered, 0);
  const tailValues = Math.min(CHECKPOINT_VALUES_MAX, TAIL_VALUES + VALUES_OF_ANSWER * answered);
  const tails = list(reader.json(tailValues), CHECKPOINT_PARTS_MAX).map(record);
  if (reader.at !== end || tails.length !== heads.length) throw damaged("it is longer than it says");
  return {
    plan: text(head.plan),
    seed: whole(head.seed, Number.MAX_SAFE_INTEGER),
    arguments: list(head.arguments, CHECKPOINT_ARGUMENTS_MAX).map(text),
    startedMs: whole(head.startedMs, LAST_MS),
    parts: heads.map((part, index) => partOf(part, tails[index]!, tables[index]!)),
  };
}

/** Values of a head: words, and some twenty of each part. */
const HEAD_VALUES = CHECKPOINT_ARGUMENTS_MAX + 64 * CHECKPOINT_PARTS_MAX;
/**
 * Values of a tail: the time to live of each answer in the tables, and besides what verdicts mean, what `HostDetails` has of hosts and
 * links of both families, and answers that came while the tables were written, of which there may be a million.
 */
const TAIL_VALUES = 4_194_304;
const VALUES_OF_ANSWER = 3;

/** What a head or a tail may hold: none of it is taken for what it should be. */
type Fields = {
  readonly [Name in
    | keyof Checkpoint
    | keyof Part
    | keyof PartHead
    | keyof PartTail
    | keyof LinkTail
    | keyof ScanPosition]?: unknown;
};

interface Tables {
  readonly table: StateTable;
  readonly details: HostDetails | undefined;
}

function partOf(head: Fields, tail: Fields, { table, details }: Tables): Part {
  const position = record(head.position);
  const key = Buffer.from(text(head.key), "hex");
  if (key.length !== COOKIE_KEY_BYTES) throw damaged("a key in it has another length");
  const codes = new VerdictCodes(list(tail.codes, VERDICTS_MAX).map(verdictOf));
  for (const some of [table, ...(details === undefined ? [] : [details.errors])]) {
    for (const { octets } of some.blocks()) {
      if (highest(octets) > codes.verdicts.length) throw damaged("an answer in it has no meaning");
    }
  }
  if (details !== undefined) readDetails(tail, details);
  const ttls = list(tail.ttls, CHECKPOINT_TEXT_BYTES_MAX).map((entry) => {
    const [pair, ttl] = list(entry, 2);
    return [whole(pair, table.size - 1), whole(ttl, 255)] as const;
  });
  return {
    name: phrase(head.name),
    table,
    codes,
    ttls: new Map(ttls),
    details,
    key,
    sourcePort: whole(head.sourcePort, 65_535),
    technique: phrase(head.technique),
    engine: phrase(head.engine),
    because: head.because === undefined ? undefined : sentence(head.because),
    position: {
      pass: whole(position.pass, Number.MAX_SAFE_INTEGER),
      place: whole(position.place, table.size),
      answers: whole(position.answers, table.size),
    },
    isDone: head.isDone === true,
    isTimedOut: head.isTimedOut === true,
    startedMs: whole(head.startedMs, LAST_MS),
    finishedMs: whole(head.finishedMs, LAST_MS),
    probes: whole(head.probes, Number.MAX_SAFE_INTEGER),
    ringDrops: whole(head.ringDrops, Number.MAX_SAFE_INTEGER),
    sendRefusals: whole(head.sendRefusals, Number.MAX_SAFE_INTEGER),
    firewalled: whole(head.firewalled, Number.MAX_SAFE_INTEGER),
    limitedHosts: whole(head.limitedHosts, Number.MAX_SAFE_INTEGER),
  };
}

/** In a loop of its own: a callback for each octet of a large table takes seconds. */
function highest(octets: Uint8Array): number {
  let most = 0;
  for (let at = 0; at < octets.length; at += 1) if (octets[at]! > most) most = octets[at]!;
  return most;
}

function readDetails(tail: Fields, details: HostDetails): void {
  const hostMax = details.errors.size - 1;
  for (const entry of list(tail.replies, HOST_DETAILS_MAX)) {
    const [host, reply] = list(entry, 2);
    details.replies.set(whole(host, hostMax), whole(reply, REPLY_DETAIL_END - 1));
  }
  for (const entry of list(tail.links, LINKS_MAX)) details.addLinkAddresses(linkOf(record(entry), hostMax));
}

/** Links that hosts of a scan are on. */
const LINKS_MAX = 65_536;

function linkOf({ hosts, addresses }: Fields, hostMax: number): LinkAddresses {
  const octets = Uint8Array.from(Buffer.from(text(addresses), "base64"));
  const numbers = new Float64Array(octets.length / MAC_BYTES);
  if (octets.length % MAC_BYTES !== 0 || numbers.length > LINK_HOSTS_MAX)
    throw damaged("its link addresses are torn");
  let count = 0;
  for (const range of text(hosts).split(",")) {
    const [first, last = first] = range.split("-").map((number) => whole(Number(number), hostMax));
    const before = count === 0 ? -1 : numbers[count - 1]!;
    if (first! <= before || last! < first! || last! - first! >= numbers.length - count)
      throw damaged("its link addresses are out of order");
    for (let host = first!; host <= last!; host += 1) {
      numbers[count] = host;
      count += 1;
    }
  }
  if (count !== numbers.length) throw damaged("its link addresses are torn");
  return { hosts: numbers, octets };
}

/** A verdict by its words: a reason is ours to write, that it is a word is checked. */
function verdictOf(entry: unknown): Verdict {
  const [state, reason] = list(entry, 2).map(text);
  if (!PORT_STATES.some((known) => known === state) || reason === undefined || !WORD.test(reason))
    throw damaged("an answer in it has no meaning");
  return Object.freeze({ state: state as PortState, reason: reason as Reason });
}

const WORD = /^[a-z|-]{1,32}$/;
/** Names of parts, techniques and engines, which reports repeat as they are. */
const PHRASE = /^[\w -]{1,64}$/;
/** And why an engine was not taken. */
const SENTENCE = /^\P{C}{0,1024}$/u;
/** The end of the year 9999, after which times are no longer written as all read them. */
const LAST_MS = 253_402_300_799_999;

class Reader {
  at: number;
  readonly #octets: Uint8Array;
  readonly #end: number;

  constructor(octets: Uint8Array, at: number, end: number) {
    this.#octets = octets;
    this.at = at;
    this.#end = end;
  }

  take(bytes: number): Uint8Array {
    if (bytes > this.#end - this.at) throw damaged("it is cut short");
    this.at += bytes;
    return this.#octets.subarray(this.at - bytes, this.at);
  }

  u32(): number {
    return u32(this.take(4), 0);
  }

  /** What was compressed, of at most so many octets. */
  inflated(bytesMax: number): Uint8Array {
    try {
      return inflateRawSync(this.take(this.u32()), { maxOutputLength: Math.max(1, bytesMax) });
    } catch (cause) {
      if (cause instanceof PalisadeError) throw cause;
      throw damaged("it is longer than it may be, or torn", cause);
    }
  }

  json(valuesMax: number): unknown {
    const octets = this.inflated(CHECKPOINT_TEXT_BYTES_MAX);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    } catch (cause) {
      throw damaged("a text in it cannot be read", cause);
    }
    if (jsonExceeds(text, valuesMax)) throw damaged("a text in it holds too much");
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw damaged("a text in it cannot be read", cause);
    }
  }
}

function record(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw damaged("a field is missing in it");
  return value as Fields;
}

function list(value: unknown, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value) || value.length > lengthMax) throw damaged("a list is missing in it");
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw damaged("a text is missing in it");
  return value;
}

function phrase(value: unknown): string {
  if (!PHRASE.test(text(value))) throw damaged("a name in it is none");
  return text(value);
}

function sentence(value: unknown): string {
  if (!SENTENCE.test(text(value))) throw damaged("a text in it is none that was written");
  return text(value);
}

function whole(value: unknown, most: number): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0 || value > most)
    throw damaged("a number in it is out of range");
  return value;
}

function damaged(what: string, cause?: unknown): PalisadeError {
  return new PalisadeError(
    "SCAN_RESUME_DAMAGED",
    `the resume file cannot be used: ${what}; start the scan anew`,
    { cause },
  );
}
