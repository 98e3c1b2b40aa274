/**
 * Statistics per protocol path, as MMT-DPI's `proto_statistics_struct` has them: every path counts what ended in it, and
 * a tree of sums is made when somebody asks.
 */
import { PATHS_MAX, type PathTable, ROOT_PATH } from "./decode/path-table.js";
import type { EndedFlow } from "./flow/ended-flow.js";

const FIELDS = 14;
const PACKETS = 0;
const BYTES = 1;
const PAYLOAD = 2;
/** Then the same three of the originator and of the responder. */
const ORIGINATOR_PACKETS = 3;
const RESPONDER_PACKETS = 6;
const FRAGMENTS = 9;
const SESSIONS = 10;
const TIMED_OUT = 11;
const FIRST_US = 12;
const LAST_US = 13;

/** What one path came to, sums over the paths above it included. */
export interface PathStatistics {
  /** `eth.ip.tcp.tls`. */
  readonly path: string;
  /** Topmost layer: `tls`. */
  readonly name: string;
  readonly packets: number;
  /** Captured octets of frames. */
  readonly bytes: number;
  /** Octets of application payload, by the length fields of IP and transport. */
  readonly payloadBytes: number;
  readonly originator: { readonly packets: number; readonly bytes: number; readonly payloadBytes: number };
  readonly responder: { readonly packets: number; readonly bytes: number; readonly payloadBytes: number };
  /** Frames that were fragments of a datagram. */
  readonly fragments: number;
  /** Flow records that ended. */
  readonly sessions: number;
  /** … of these, by a timeout. */
  readonly timedOutSessions: number;
  /** Microseconds since the epoch. */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly children: readonly PathStatistics[];
}

/** Counters of flows and frames by path node, to be summed over engines. */
export interface PathCounters {
  readonly path: string;
  readonly counters: readonly number[];
}

/** What is counted of a flow. */
type CountedFlow = Pick<
  EndedFlow,
  "path" | "packets" | "bytes" | "payloadBytes" | "fragments" | "end" | "firstUs" | "lastUs"
>;

/** The counters of one engine, by path node. */
export class Statistics {
  readonly #paths: PathTable;
  readonly #counters: Float64Array = new Float64Array(PATHS_MAX * FIELDS);

  constructor(paths: PathTable) {
    this.#paths = paths;
    for (let base = 0; base < this.#counters.length; base += FIELDS) {
      this.#counters[base + FIRST_US] = Number.POSITIVE_INFINITY;
      this.#counters[base + LAST_US] = Number.NEGATIVE_INFINITY;
    }
  }

  /** Counts a frame that belongs to no flow. */
  frame(path: number, bytes: number, timeUs: number): void {
    const base = path * FIELDS;
    const counters = this.#counters;
    counters[base + PACKETS]! += 1;
    counters[base + BYTES]! += bytes;
    this.#seen(base, timeUs, timeUs);
  }

  /** Counts a flow that ended. */
  flow(flow: CountedFlow): void {
    const base = flow.path * FIELDS;
    const counters = this.#counters;
    for (let direction: 0 | 1 = 0; direction < 2; direction = (direction + 1) as 0 | 1) {
      const packets = flow.packets(direction);
      const bytes = flow.bytes(direction);
      const payloadBytes = flow.payloadBytes(direction);
      const side = base + (direction === 0 ? ORIGINATOR_PACKETS : RESPONDER_PACKETS);
      counters[base + PACKETS]! += packets;
      counters[base + BYTES]! += bytes;
      counters[base + PAYLOAD]! += payloadBytes;
      counters[side]! += packets;
      counters[side + 1]! += bytes;
      counters[side + 2]! += payloadBytes;
    }
    counters[base + FRAGMENTS]! += flow.fragments;
    counters[base + SESSIONS]! += 1;
    if (flow.end === "timeout") counters[base + TIMED_OUT]! += 1;
    this.#seen(base, flow.firstUs, flow.lastUs);
  }

  #seen(base: number, firstUs: number, lastUs: number): void {
    const counters = this.#counters;
    if (firstUs < counters[base + FIRST_US]!) counters[base + FIRST_US] = firstUs;
    if (lastUs > counters[base + LAST_US]!) counters[base + LAST_US] = lastUs;
  }

  /** The counters of every path that counted anything. */
  counters(): PathCounters[] {
    const all: PathCounters[] = [];
    for (let node = ROOT_PATH + 1; node < this.#paths.size; node += 1) {
      const base = node * FIELDS;
      if (this.#counters[base + PACKETS] === 0) continue;
      all.push({ path: this.#paths.text(node), counters: [...this.#counters.subarray(base, base + FIELDS)] });
    }
    return all;
  }
}

interface Building {
  readonly path: string;
  readonly name: string;
  readonly counters: number[];
  readonly children: Map<string, Building>;
}

/** The tree of paths from the counters of one or more engines; children with most bytes first. */
export function statisticsTree(counters: Iterable<PathCounters>): PathStatistics[] {
  const roots = new Map<string, Building>();
  for (const { path, counters: own } of counters) {
    let level = roots;
    let prefix = "";
    for (const name of path.split(".")) {
      prefix = prefix === "" ? name : `${prefix}.${name}`;
      let node = level.get(name);
      if (node === undefined) {
        node = { path: prefix, name, counters: noCounters(), children: new Map() };
        level.set(name, node);
      }
      addCounters(node.counters, own);
      level = node.children;
    }
  }
  return finishLevel(roots);
}

function noCounters(): number[] {
  const counters = new Array<number>(FIELDS).fill(0);
  counters[FIRST_US] = Number.POSITIVE_INFINITY;
  counters[LAST_US] = Number.NEGATIVE_INFINITY;
  return counters;
}

function addCounters(sum: number[], own: readonly number[]): void {
  for (let field = 0; field < FIRST_US; field += 1) sum[field]! += own[field]!;
  sum[FIRST_US] = Math.min(sum[FIRST_US]!, own[FIRST_US]!);
  sum[LAST_US] = Math.max(sum[LAST_US]!, own[LAST_US]!);
}

function finishLevel(level: Map<string, Building>): PathStatistics[] {
  return [...level.values()]
    .map(({ path, name, counters, children }): PathStatistics => {
      const side = (base: number) => ({
        packets: counters[base]!,
        bytes: counters[base + 1]!,
        payloadBytes: counters[base + 2]!,
      });
      return {
        path,
        name,
        ...side(PACKETS),
        originator: side(ORIGINATOR_PACKETS),
        responder: side(RESPONDER_PACKETS),
        fragments: counters[FRAGMENTS]!,
        sessions: counters[SESSIONS]!,
        timedOutSessions: counters[TIMED_OUT]!,
        firstUs: counters[FIRST_US]!,
        lastUs: counters[LAST_US]!,
        children: finishLevel(children),
      };
    })
    .sort((a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
}
