/**
 * What a person wants to see first: totals, who talked to whom, in which protocols, what looks wrong. Built per engine
 * in bounded memory, and merged.
 */
import type { EndedFlow } from "@palisade/inspect";
import { endText } from "../terminal.js";
import {
  type Conversation,
  ConversationTable,
  compareConversations,
  type Tally,
} from "./conversation-table.js";
import { compareExplained, type ExplainedFlow, FlowFinder } from "./explain.js";

/** Protocols, applications and findings are few by nature; an embedder's own names are bounded here. */
const NAMES_MAX = 4_096;
const OTHER = "other";
/** What flows of no known protocol are counted under. */
const UNKNOWN = "unknown";
/** Stands behind the name of a protocol for which only the port speaks. */
export const GUESSED = "?";

/** Attributes of which the first that a flow has stands beside it: the one that says most. */
export const tableAttributes: readonly string[] = [
  "tls.sni",
  "http.host",
  "ssh.server-software",
  "dhcp.host-name",
  "smtp.banner",
  "ftp.banner",
  "sip.to",
];
/** Characters kept of what is said of a conversation: a few more than a table shows. */
export const DETAIL_CHARACTERS_MAX = 64;
/** Values of one attribute that are said. */
const DETAIL_VALUES = 3;

export interface FindingTally {
  readonly severity: string;
  readonly title: string;
  flows: number;
  /** The first packet that had it, and the ends of the flow that this was in. */
  packet: number;
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
  | "confidence"
  | "dport"
  | "attribute"
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
  /** The flow that was asked for. */
  readonly explained: ExplainedFlow | undefined;
}

/** Names that flows are counted under, and a number for each: its place among all, where 0 is that of no name. */
class NameTallies {
  readonly #numbers = new Map<string, number>();
  readonly #names: string[] = [""];
  readonly #tallies: Tally[] = [{ flows: 0, packets: 0, bytes: 0 }];

  /** Counts a flow, and returns the number of the name. */
  add(name: string, packets: number, bytes: number): number {
    let number = this.#numbers.get(name);
    if (number === undefined) {
      if (this.#numbers.size >= NAMES_MAX && name !== OTHER) return this.add(OTHER, packets, bytes);
      number = this.#names.push(name) - 1;
      this.#numbers.set(name, number);
      this.#tallies.push({ flows: 0, packets: 0, bytes: 0 });
    }
    addTo(this.#tallies[number]!, 1, packets, bytes);
    return number;
  }

  nameOf(number: number): string {
    return this.#names[number]!;
  }

  byName(): Map<string, Tally> {
    return new Map([...this.#numbers].map(([name, number]) => [name, this.#tallies[number]!]));
  }
}

export class SummaryBuilder {
  readonly #topMax: number;
  #flows = 0;
  readonly #protocols = new NameTallies();
  readonly #applications = new NameTallies();
  /** By shard, so that what is given up does not depend on how many workers there are. */
  readonly #conversations: ConversationTable[] = [];
  readonly #findings = new Map<string, FindingTally>();
  readonly #finder: FlowFinder | undefined;
  readonly #words = new Int32Array(8);

  /**
   * @param top conversations that the summary lists
   * @param explain the flow to find, as `--explain` names it
   */
  constructor(top: number, explain?: string) {
    this.#topMax = top;
    this.#finder = explain === undefined ? undefined : new FlowFinder(explain);
  }

  add(flow: SummarizedFlow): void {
    const packets = flow.packets(0) + flow.packets(1);
    const bytes = flow.bytes(0) + flow.bytes(1);
    const { app, firstPacket } = flow;
    this.#flows += 1;
    const protocol = this.#protocols.add(protocolOf(flow), packets, bytes);
    const application = app === undefined ? 0 : this.#applications.add(app, packets, bytes);
    flow.addressWords(this.#words);
    const table = (this.#conversations[flow.shard] ??= new ConversationTable());
    const number = table.add(this.#words, flow.ipVersion, protocol, application, flow.dport, packets, bytes);
    if (table.leads(number, bytes, firstPacket)) {
      const detail = detailOf(flow);
      if (detail !== "") table.setSample(number, { bytes, firstPacket, detail });
    }
    if (flow.findings.length > 0) this.#addFindings(flow);
    this.#finder?.add(flow);
  }

  #addFindings(flow: SummarizedFlow): void {
    for (const { kind, packet } of flow.findings) {
      const known = this.#findings.get(kind.name);
      if (known === undefined) {
        const { severity, title } = kind;
        this.#findings.set(kind.name, { severity, title, flows: 1, packet, example: endsOf(flow) });
      } else {
        known.flows += 1;
        if (packet <= known.packet) takeEarlier(known, packet, endsOf(flow));
      }
    }
  }

  summary(): Summary {
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
      protocols: this.#protocols.byName(),
      applications: this.#applications.byName(),
      conversations: conversations.sort(compareConversations).slice(0, this.#topMax),
      conversationCount,
      otherConversations,
      findings: this.#findings,
      explained: this.#finder?.found,
    };
  }
}

/** The name that a flow's protocol is counted under. */
function protocolOf(flow: SummarizedFlow): string {
  const { appProto } = flow;
  if (appProto === undefined) return UNKNOWN;
  return flow.confidence === "port" ? appProto + GUESSED : appProto;
}

/** What says most about a flow; "" where nothing was read. */
function detailOf(flow: SummarizedFlow): string {
  for (const name of tableAttributes) {
    const value = flow.attribute(name);
    if (value === undefined || value === "") continue;
    const text = Array.isArray(value) ? value.slice(0, DETAIL_VALUES).join(", ") : String(value);
    // A part of it is copied, since a slice would keep the whole.
    return text.length <= DETAIL_CHARACTERS_MAX
      ? text
      : Buffer.from(text.slice(0, DETAIL_CHARACTERS_MAX)).toString();
  }
  return "";
}

function endsOf({ src, dst, dport }: SummarizedFlow): string {
  return `${src} → ${endText(dst, dport)}`;
}

/** Makes the earlier of two sights of a finding its first; of a packet that is in two flows, by text. */
function takeEarlier(known: FindingTally, packet: number, example: string): void {
  if (packet > known.packet || (packet === known.packet && example >= known.example)) return;
  known.packet = packet;
  known.example = example;
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
        takeEarlier(known, one.packet, one.example);
      }
    }
  }
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
    explained: summaries.flatMap(({ explained }) => explained ?? []).sort(compareExplained)[0],
  };
}

function mergeTallies(into: Map<string, Tally>, from: ReadonlyMap<string, Tally>): void {
  for (const [key, { flows, packets, bytes }] of from) {
    const known = into.get(key);
    if (known === undefined) into.set(key, { flows, packets, bytes });
    else addTo(known, flows, packets, bytes);
  }
}
