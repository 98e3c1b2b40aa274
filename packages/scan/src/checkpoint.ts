/**
 * A scan that can go on after it was stopped, as octets for a file.
 *
 * Layout, big-endian: magic (8 octets); length of a head (4) and the head, JSON in UTF-8; for each part its table's blocks,
 * each behind its number (4), and 0xffffffff behind the last; length of a tail (4) and the tail, JSON; CRC32c of all before it (4).
 * Positions stand in the head and codes in the tail, because tables fill on while they are written: an answer that came
 * meanwhile is no harm, a code without its meaning would be.
 */
import { PalisadeError } from "@palisade/base";
import { crc32c, put32, u32 } from "@palisade/wire";
import { COOKIE_KEY_BYTES } from "./cookie.js";
import type { Part } from "./part.js";
import type { ScanPosition } from "./passes.js";
import { jsonExceeds } from "./report/json-reader.js";
import { STATE_ENTRIES_MAX, StateTable } from "./state-table.js";
import type { PortState, Reason, Verdict } from "./technique.js";
import { VERDICTS_MAX, VerdictCodes } from "./verdict-codes.js";

/** Longest head and tail, in octets. */
export const CHECKPOINT_TEXT_BYTES_MAX = 128 * 1024 * 1024;
/** Most values in a head or a tail, of whatever kind: three for each open port. */
export const CHECKPOINT_VALUES_MAX = 33_554_432;
/** Parts of a scan: techniques, twice where both address families are asked, and discovery. */
export const CHECKPOINT_PARTS_MAX = 64;

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
const MAGIC = Uint8Array.of(0x50, 0x41, 0x4c, 0x53, 0x43, 0x41, 0x4e, 2);
const BLOCKS_END = 0xffff_ffff;

/** The octets, piece by piece; each is only good until the next is asked for. */
export function* encodeCheckpoint(checkpoint: Checkpoint): Generator<Uint8Array> {
  let sum = 0;
  const summed = (octets: Uint8Array): Uint8Array => {
    sum = crc32c(octets, 0, octets.length, sum);
    return octets;
  };
  const { parts, ...scan } = checkpoint;
  yield summed(MAGIC);
  yield summed(framedJson({ ...scan, parts: parts.map(headOf) }));
  const number = new Uint8Array(4);
  for (const { table } of parts) {
    for (const block of table.blocks()) {
      put32(number, 0, block.number);
      yield summed(number);
      // A copy, as the table may change before it is written.
      yield summed(block.octets.slice());
    }
    put32(number, 0, BLOCKS_END);
    yield summed(number);
  }
  yield summed(framedJson(parts.map(tailOf)));
  put32(number, 0, sum);
  yield number;
}

interface PartHead extends Omit<Part, "table" | "codes" | "ttls" | "key"> {
  readonly size: number;
  readonly key: string;
}

interface PartTail {
  readonly codes: readonly (readonly [state: string, reason: string])[];
  readonly ttls: readonly (readonly [pair: number, ttl: number])[];
}

function headOf({ table, codes, ttls, key, ...rest }: Part): PartHead {
  return { ...rest, size: table.size, key: Buffer.from(key).toString("hex") };
}

function tailOf({ codes, ttls }: Part): PartTail {
  return { codes: codes.verdicts.map(({ state, reason }) => [state, reason]), ttls: [...ttls] };
}

function framedJson(value: unknown): Uint8Array {
  const text = Buffer.from(JSON.stringify(value), "utf8");
  const octets = new Uint8Array(4 + text.length);
  put32(octets, 0, text.length);
  octets.set(text, 4);
  return octets;
}

/**
 * What `encodeCheckpoint` wrote.
 *
 * @throws {PalisadeError} `SCAN_RESUME_DAMAGED` where the octets are not all that was written, or were changed;
 *   `SCAN_TABLE_TOO_LARGE` where they hold more than a table may
 */
export function decodeCheckpoint(octets: Uint8Array): Checkpoint {
  if (octets.length < MAGIC.length + 4) throw damaged("it is cut short");
  if (MAGIC.some((octet, index) => octets[index] !== octet))
    throw damaged("it is no resume file of this version");
  const end = octets.length - 4;
  if (crc32c(octets, 0, end) !== u32(octets, end)) throw damaged("its checksum does not hold");
  const reader = new Reader(octets, MAGIC.length, end);
  const head = record(reader.json());
  const heads = list(head.parts, CHECKPOINT_PARTS_MAX).map(record);
  const tables = heads.map((part) => {
    const table = new StateTable(whole(part.size, STATE_ENTRIES_MAX));
    for (let last = -1; ; ) {
      const number = reader.u32();
      if (number === BLOCKS_END) return table;
      const bytes = table.blockBytes(number);
      if (number <= last || bytes === 0) throw damaged("its blocks are out of order");
      last = number;
      if (!table.restore({ number, octets: reader.take(bytes) })) {
        throw new PalisadeError(
          "SCAN_TABLE_TOO_LARGE",
          "the resume file's results take more memory than a scan may: start the scan anew, in parts",
        );
      }
    }
  });
  const tails = list(reader.json(), CHECKPOINT_PARTS_MAX).map(record);
  if (reader.at !== end || tails.length !== heads.length) throw damaged("it is longer than it says");
  return {
    plan: text(head.plan),
    seed: whole(head.seed, Number.MAX_SAFE_INTEGER),
    arguments: list(head.arguments, CHECKPOINT_TEXT_BYTES_MAX).map(text),
    startedMs: whole(head.startedMs, Number.MAX_SAFE_INTEGER),
    parts: heads.map((part, index) => partOf(part, tails[index]!, tables[index]!)),
  };
}

/** What a head or a tail may hold: none of it is taken for what it should be. */
type Fields = {
  readonly [Name in
    | keyof Checkpoint
    | keyof Part
    | keyof PartHead
    | keyof PartTail
    | keyof ScanPosition]?: unknown;
};

function partOf(head: Fields, tail: Fields, table: StateTable): Part {
  const position = record(head.position);
  const key = Buffer.from(text(head.key), "hex");
  if (key.length !== COOKIE_KEY_BYTES) throw damaged("a key in it has another length");
  const codes = new VerdictCodes(list(tail.codes, VERDICTS_MAX).map(verdictOf));
  for (const { octets } of table.blocks()) {
    if (octets.some((code) => code > codes.verdicts.length)) throw damaged("an answer in it has no meaning");
  }
  const ttls = list(tail.ttls, CHECKPOINT_TEXT_BYTES_MAX).map((entry) => {
    const [pair, ttl] = list(entry, 2);
    return [whole(pair, table.size), whole(ttl, 255)] as const;
  });
  return {
    name: text(head.name),
    table,
    codes,
    ttls: new Map(ttls),
    key,
    sourcePort: whole(head.sourcePort, 65_535),
    technique: text(head.technique),
    engine: text(head.engine),
    because: head.because === undefined ? undefined : text(head.because),
    position: {
      pass: whole(position.pass, Number.MAX_SAFE_INTEGER),
      place: whole(position.place, table.size),
      answers: whole(position.answers, table.size),
    },
    isDone: head.isDone === true,
    isTimedOut: head.isTimedOut === true,
    startedMs: whole(head.startedMs, Number.MAX_SAFE_INTEGER),
    finishedMs: whole(head.finishedMs, Number.MAX_SAFE_INTEGER),
    probes: whole(head.probes, Number.MAX_SAFE_INTEGER),
    ringDrops: whole(head.ringDrops, Number.MAX_SAFE_INTEGER),
    sendRefusals: whole(head.sendRefusals, Number.MAX_SAFE_INTEGER),
    firewalled: whole(head.firewalled, Number.MAX_SAFE_INTEGER),
  };
}

/** A verdict by its words: what they mean was ours to write, that they are words is checked. */
function verdictOf(entry: unknown): Verdict {
  const [state, reason] = list(entry, 2).map(text);
  if (state === undefined || reason === undefined || !WORD.test(state) || !WORD.test(reason))
    throw damaged("an answer in it has no meaning");
  return Object.freeze({ state: state as PortState, reason: reason as Reason });
}

const WORD = /^[a-z|-]{1,32}$/;

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

  json(): unknown {
    const bytes = this.u32();
    if (bytes > CHECKPOINT_TEXT_BYTES_MAX) throw damaged("a text in it is too long");
    const octets = this.take(bytes);
    let text: string;
    try {
      text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(octets);
    } catch (cause) {
      throw damaged("a text in it cannot be read", cause);
    }
    if (jsonExceeds(text, CHECKPOINT_VALUES_MAX)) throw damaged("a text in it holds too much");
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
