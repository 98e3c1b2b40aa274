/**
 * What a person wants to see first: totals, who talked to whom, in which protocols, what looks wrong. Built per engine
 * in bounded memory, and merged.
 */
import { type FlowRecord, flowBytes, flowPackets } from "@palisade/inspect";

/**
 * Different conversations counted at once, of each shard. When there are more, those of the lower half by bytes are
 * summed under `OTHER`; one of them that comes back starts anew, so figures of small conversations are then too low.
 * By shard, so that what is dropped does not depend on how many workers there are.
 */
export const CONVERSATIONS_PER_SHARD_MAX = 1_024;
/** Protocols, applications and findings are few by nature; an embedder's own names are bounded here. */
const NAMES_MAX = 4_096;
export const OTHER = "other";

export interface Tally {
  flows: number;
  packets: number;
  bytes: number;
}

export interface FindingTally {
  readonly severity: string;
  readonly title: string;
  flows: number;
  /** The first flow that had it, by first packet. */
  firstPacket: number;
  example: string;
}

export interface Summary {
  readonly flows: number;
  readonly protocols: ReadonlyMap<string, Tally>;
  readonly applications: ReadonlyMap<string, Tally>;
  /** By "source destination protocol application", the last two empty where unknown. */
  readonly conversations: ReadonlyMap<string, Tally>;
  readonly findings: ReadonlyMap<string, FindingTally>;
  /** The flows with most bytes, most first; ties by first packet. */
  readonly top: readonly FlowRecord[];
}

function tally(map: Map<string, Tally>, key: string, packets: number, bytes: number): void {
  const into = map.size < NAMES_MAX || map.has(key) ? key : OTHER;
  const known = map.get(into);
  if (known === undefined) map.set(into, { flows: 1, packets, bytes });
  else addTo(known, 1, packets, bytes);
}

/** Order of flows in a summary. */
function before(a: FlowRecord, b: FlowRecord): number {
  return flowBytes(b) - flowBytes(a) || a.firstPacket - b.firstPacket;
}

export class SummaryBuilder {
  readonly #topMax: number;
  #flows = 0;
  readonly #protocols = new Map<string, Tally>();
  readonly #applications = new Map<string, Tally>();
  /** By shard. */
  readonly #conversations: Conversations[] = [];
  readonly #findings = new Map<string, FindingTally>();
  #top: FlowRecord[] = [];
  /** A flow with fewer bytes cannot be among the top. */
  #topBytesMin = 0;

  constructor(top: number) {
    this.#topMax = top;
  }

  add(flow: FlowRecord): void {
    const packets = flowPackets(flow);
    const bytes = flowBytes(flow);
    this.#flows += 1;
    tally(this.#protocols, flow.appProto ?? "unknown", packets, bytes);
    if (flow.app !== undefined) tally(this.#applications, flow.app, packets, bytes);
    (this.#conversations[flow.shard] ??= new Conversations()).add(conversationKey(flow), packets, bytes);
    for (const { kind, severity, title } of flow.findings) {
      const known = this.#findings.get(kind);
      if (known === undefined) {
        this.#findings.set(kind, {
          severity,
          title,
          flows: 1,
          firstPacket: flow.firstPacket,
          example: `${flow.src} → ${flow.dst}`,
        });
      } else {
        known.flows += 1;
        if (flow.firstPacket < known.firstPacket) {
          known.firstPacket = flow.firstPacket;
          known.example = `${flow.src} → ${flow.dst}`;
        }
      }
    }
    if (bytes < this.#topBytesMin) return;
    // More than the wanted number is kept, so that sorting happens once for many flows.
    this.#top.push(flow);
    if (this.#top.length >= 2 * this.#topMax + 64) this.#trim();
  }

  summary(): Summary {
    this.#trim();
    return {
      flows: this.#flows,
      protocols: this.#protocols,
      applications: this.#applications,
      conversations: joined(this.#conversations),
      findings: this.#findings,
      top: this.#top,
    };
  }

  #trim(): void {
    this.#top.sort(before);
    if (this.#top.length < this.#topMax) return;
    this.#top.length = this.#topMax;
    this.#topBytesMin = flowBytes(this.#top[this.#topMax - 1]!);
  }
}

/** What a flow is counted under: who talked to whom, in which protocol and application. */
export function conversationKey(flow: FlowRecord): string {
  return `${flow.src} ${flow.dst} ${flow.appProto ?? ""} ${flow.app ?? ""}`;
}

/** The conversations of one shard. */
class Conversations {
  tallies = new Map<string, Tally>();
  readonly #other: Tally = { flows: 0, packets: 0, bytes: 0 };
  /** A flow with no more bytes does not begin a conversation any more: it would be among the next to be dropped. */
  #bytesMin = -1;

  add(key: string, packets: number, bytes: number): void {
    const known = this.tallies.get(key);
    if (known !== undefined) addTo(known, 1, packets, bytes);
    else if (bytes <= this.#bytesMin) addTo(this.#other, 1, packets, bytes);
    else {
      if (this.tallies.size >= CONVERSATIONS_PER_SHARD_MAX) this.#dropSmaller();
      this.tallies.set(key, { flows: 1, packets, bytes });
    }
  }

  #dropSmaller(): void {
    const sizes = Float64Array.from(this.tallies.values(), ({ bytes }) => bytes).sort();
    this.#bytesMin = sizes[sizes.length >>> 1]!;
    const kept = new Map([[OTHER, this.#other]]);
    for (const [key, one] of this.tallies) {
      if (one === this.#other) continue;
      if (one.bytes > this.#bytesMin) kept.set(key, one);
      else addTo(this.#other, one.flows, one.packets, one.bytes);
    }
    this.tallies = kept;
  }
}

function addTo(tally: Tally, flows: number, packets: number, bytes: number): void {
  tally.flows += flows;
  tally.packets += packets;
  tally.bytes += bytes;
}

function joined(byShard: readonly (Conversations | undefined)[]): Map<string, Tally> {
  const all = new Map<string, Tally>();
  for (const conversations of byShard)
    if (conversations !== undefined) mergeTallies(all, conversations.tallies);
  return all;
}

/** One summary from those of several engines. */
export function mergeSummaries(summaries: readonly Summary[], top: number): Summary {
  const protocols = new Map<string, Tally>();
  const applications = new Map<string, Tally>();
  const conversations = new Map<string, Tally>();
  const findings = new Map<string, FindingTally>();
  let flows = 0;
  for (const summary of summaries) {
    flows += summary.flows;
    mergeTallies(protocols, summary.protocols);
    mergeTallies(applications, summary.applications);
    mergeTallies(conversations, summary.conversations);
    for (const [kind, one] of summary.findings) {
      const known = findings.get(kind);
      if (known === undefined) findings.set(kind, { ...one });
      else {
        known.flows += one.flows;
        if (one.firstPacket < known.firstPacket) {
          known.firstPacket = one.firstPacket;
          known.example = one.example;
        }
      }
    }
  }
  const best = summaries.flatMap((summary) => summary.top).sort(before);
  return { flows, protocols, applications, conversations, findings, top: best.slice(0, top) };
}

function mergeTallies(into: Map<string, Tally>, from: ReadonlyMap<string, Tally>): void {
  for (const [key, { flows, packets, bytes }] of from) {
    const known = into.get(key);
    if (known === undefined) into.set(key, { flows, packets, bytes });
    else addTo(known, flows, packets, bytes);
  }
}
