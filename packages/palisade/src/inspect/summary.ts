/**
 * What a person wants to see first: totals, who talked to whom, in which protocols, what looks wrong. Built per engine
 * in bounded memory, and merged.
 */
import { type EndedFlow, type FlowRecord, flowBytes } from "@palisade/inspect";
import {
  type Conversation,
  ConversationTable,
  compareConversations,
  type Tally,
} from "./conversation-table.js";

/** Protocols, applications and findings are few by nature; an embedder's own names are bounded here. */
const NAMES_MAX = 4_096;
const OTHER = "other";
/** What flows of no known protocol are counted under. */
export const UNKNOWN = "unknown";

export interface FindingTally {
  readonly severity: string;
  readonly title: string;
  flows: number;
  /** The first flow that had it, by first packet. */
  firstPacket: number;
  example: string;
}

/** What is read of a flow for a summary. */
export type SummarizedFlow = Pick<
  EndedFlow,
  | "shard"
  | "firstPacket"
  | "ipVersion"
  | "appProto"
  | "app"
  | "findings"
  | "packets"
  | "bytes"
  | "addressWords"
  | "src"
  | "dst"
  | "record"
>;

export interface Summary {
  readonly flows: number;
  readonly protocols: ReadonlyMap<string, Tally>;
  readonly applications: ReadonlyMap<string, Tally>;
  /** Those with most bytes, most first; ties by addresses and names. */
  readonly conversations: readonly Conversation[];
  /** How many different conversations were told apart to the end. */
  readonly conversationCount: number;
  /** The flows of all others. */
  readonly otherConversations: Tally;
  readonly findings: ReadonlyMap<string, FindingTally>;
  /** The flows with most bytes, most first; ties by first packet. */
  readonly top: readonly FlowRecord[];
}

/** Names that flows are counted under, and a number for each. */
class NameTallies {
  readonly tallies = new Map<string, Tally>();
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [""];

  /** Counts a flow, and returns the number of the name: 0 of none. */
  add(name: string, packets: number, bytes: number): number {
    const known = this.tallies.get(name);
    if (known !== undefined) {
      addTo(known, 1, packets, bytes);
      return this.#numbers.get(name)!;
    }
    if (this.tallies.size >= NAMES_MAX && name !== OTHER) return this.add(OTHER, packets, bytes);
    this.tallies.set(name, { flows: 1, packets, bytes });
    this.#numbers.set(name, this.#names.length);
    return this.#names.push(name) - 1;
  }

  nameOf(number: number): string {
    return this.#names[number]!;
  }
}

/** Order of flows in a summary. */
function before(a: FlowRecord, b: FlowRecord): number {
  return flowBytes(b) - flowBytes(a) || a.firstPacket - b.firstPacket;
}

export class SummaryBuilder {
  readonly #topMax: number;
  #flows = 0;
  readonly #protocols = new NameTallies();
  readonly #applications = new NameTallies();
  /** By shard, so that what is given up does not depend on how many workers there are. */
  readonly #conversations: ConversationTable[] = [];
  readonly #findings = new Map<string, FindingTally>();
  #top: FlowRecord[] = [];
  /** The last of the top when it was sorted last: what does not come before it cannot be among them. */
  #topLast: FlowRecord | undefined;
  readonly #words = new Int32Array(8);

  /** @param top flows and conversations that the summary lists */
  constructor(top: number) {
    this.#topMax = top;
  }

  /** @param record the flow's, where it has been made already */
  add(flow: SummarizedFlow, record?: FlowRecord): void {
    const packets = flow.packets(0) + flow.packets(1);
    const bytes = flow.bytes(0) + flow.bytes(1);
    const { appProto, app, findings } = flow;
    this.#flows += 1;
    const protocol = this.#protocols.add(appProto ?? UNKNOWN, packets, bytes);
    const application = app === undefined ? 0 : this.#applications.add(app, packets, bytes);
    flow.addressWords(this.#words);
    const table = (this.#conversations[flow.shard] ??= new ConversationTable());
    table.add(this.#words, flow.ipVersion, protocol, application, packets, bytes);
    if (findings.length > 0) this.#addFindings(flow);
    const last = this.#topLast;
    if (last !== undefined) {
      const ahead = bytes - flowBytes(last) || last.firstPacket - flow.firstPacket;
      if (ahead < 0) return;
    }
    // More than the wanted number is kept, so that sorting happens once for many flows.
    this.#top.push(record ?? flow.record());
    if (this.#top.length >= 2 * this.#topMax + 64) this.#trim();
  }

  #addFindings(flow: SummarizedFlow): void {
    const { firstPacket } = flow;
    for (const { kind } of flow.findings) {
      const known = this.#findings.get(kind.name);
      if (known === undefined) {
        const { severity, title } = kind;
        this.#findings.set(kind.name, { severity, title, flows: 1, firstPacket, example: endsOf(flow) });
      } else {
        known.flows += 1;
        if (firstPacket < known.firstPacket) {
          known.firstPacket = firstPacket;
          known.example = endsOf(flow);
        }
      }
    }
  }

  summary(): Summary {
    this.#trim();
    const conversations: Conversation[] = [];
    let conversationCount = 0;
    const otherConversations: Tally = { flows: 0, packets: 0, bytes: 0 };
    for (const table of this.#conversations) {
      if (table === undefined) continue;
      conversationCount += table.size;
      const { other } = table;
      addTo(otherConversations, other.flows, other.packets, other.bytes);
      conversations.push(
        ...table.top(
          this.#topMax,
          (number) => this.#protocols.nameOf(number),
          (number) => this.#applications.nameOf(number),
        ),
      );
    }
    return {
      flows: this.#flows,
      protocols: this.#protocols.tallies,
      applications: this.#applications.tallies,
      conversations: conversations.sort(compareConversations).slice(0, this.#topMax),
      conversationCount,
      otherConversations,
      findings: this.#findings,
      top: this.#top,
    };
  }

  #trim(): void {
    this.#top.sort(before);
    if (this.#top.length < this.#topMax) return;
    this.#top.length = this.#topMax;
    this.#topLast = this.#top[this.#topMax - 1]!;
  }
}

function endsOf({ src, dst }: SummarizedFlow): string {
  return `${src} → ${dst}`;
}

function addTo(tally: Tally, flows: number, packets: number, bytes: number): void {
  tally.flows += flows;
  tally.packets += packets;
  tally.bytes += bytes;
}

/** One summary from those of several engines. */
export function mergeSummaries(summaries: readonly Summary[], top: number): Summary {
  const protocols = new Map<string, Tally>();
  const applications = new Map<string, Tally>();
  const findings = new Map<string, FindingTally>();
  const otherConversations: Tally = { flows: 0, packets: 0, bytes: 0 };
  let flows = 0;
  for (const summary of summaries) {
    flows += summary.flows;
    const other = summary.otherConversations;
    addTo(otherConversations, other.flows, other.packets, other.bytes);
    mergeTallies(protocols, summary.protocols);
    mergeTallies(applications, summary.applications);
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
  // Two hosts are in one shard, so no conversation is in two summaries.
  const conversations = summaries.flatMap((summary) => summary.conversations).sort(compareConversations);
  return {
    flows,
    protocols,
    applications,
    conversations: conversations.slice(0, top),
    conversationCount: summaries.reduce((sum, summary) => sum + summary.conversationCount, 0),
    otherConversations,
    findings,
    top: best.slice(0, top),
  };
}

function mergeTallies(into: Map<string, Tally>, from: ReadonlyMap<string, Tally>): void {
  for (const [key, { flows, packets, bytes }] of from) {
    const known = into.get(key);
    if (known === undefined) into.set(key, { flows, packets, bytes });
    else addTo(known, flows, packets, bytes);
  }
}
