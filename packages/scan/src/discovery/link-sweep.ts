/**
 * Asks all hosts on a link for their link addresses: by ARP requests to everybody (RFC 826), or by neighbour solicitations to
 * the group of each (RFC 4861 §4.3). Who answers is up, firewall or not, and probes to it can be sent as frames; who does not is
 * not there. The kernel's own table, of a thousand neighbours, takes no part.
 *
 * Passes and their ends are those of `Passes`: all once, then those that did not answer, as long as that brings answers. A host
 * that asks for others meanwhile is there too, and is not asked any more.
 */
import { assert, PalisadeError } from "@palisade/base";
import { findLinkAddress, type NetworkInterface, RouteMap, visitPermanentNeighbours } from "@palisade/link";
import { IPV4_BYTES, LINKTYPE_ETHERNET, MAC_BYTES, type PacketSink } from "@palisade/wire";
import { BatchSender } from "../batch-sender.js";
import type { Ways } from "../links/ways.js";
import { ScanPacer } from "../pace/pacer.js";
import { type RttBounds, RttEstimator } from "../pace/rtt.js";
import { type Pacer, Passes, type PassesOptions, type ReplyTime } from "../passes.js";
import { type HostList, ScanPlan } from "../scan-plan.js";
import { ANSWER_REPLY, type LinkAnswer, newLinkAnswer, readLinkAnswer } from "./link-sweep-answers.js";
import { Neighbours } from "./link-sweep-neighbours.js";
import { LinkQuestion } from "./link-sweep-questions.js";
import { openSweepLink, type SweepLink } from "./link-sweep-socket.js";
import { type LinkSources, linkSources } from "./link-sweep-sources.js";

/** How fast and how often a sweep asks. */
export interface LinkSweepPace {
  /** Default: a pacer that begins with 5,000 questions per second and asks at most 20,000, and no more than the next two say. */
  readonly pacer?: Pacer | undefined;
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two questions; 0 for none. */
  readonly delayUs?: number | undefined;
  /** Default: an estimator that waits 250 ms before anything is measured, and then 100 ms … 1 s. */
  readonly replyTime?: ReplyTime | undefined;
  /** Passes after the first, at most. Default 2: three questions, as a kernel asks (MAX_MULTICAST_SOLICIT, RFC 4861 §10). */
  readonly retriesMax?: number | undefined;
}

export interface LinkSweepOptions extends LinkSweepPace {
  /** `LINK_HOSTS_MAX` at most. Those that are not on the link of the interface are passed over. */
  readonly hosts: HostList;
  /** Of Ethernet, and up. */
  readonly interface: NetworkInterface;
  /** Default: the kernel's routes through the interface. */
  readonly ways?: Ways | undefined;
  /** Whether neighbours that somebody wrote down (`nud permanent`) are taken for there, and not asked. Default false. */
  readonly permanent?: boolean | undefined;
  /** Of the order, 0 … 2^53 - 1. Default 0. */
  readonly seed?: number | undefined;
  /** Whether nothing may be sent for now. */
  readonly isHeld?: (() => boolean) | undefined;
  /** Stands before the link of the interface. */
  readonly wrap?: ((link: SweepLink, device: NetworkInterface) => SweepLink) | undefined;
  /** What is known by then is the result. */
  readonly signal?: AbortSignal | undefined;
}

export interface LinkSweepResult {
  readonly neighbours: Neighbours;
  /** Hosts that are on the link; of others nothing is known. */
  readonly hostsOnLink: number;
  readonly probes: number;
  readonly passes: number;
  /** Answers that were lost because they were not taken away, and times that the kernel had no room for questions. */
  readonly ringDrops: number;
  readonly sendRefusals: number;
}

/** A slow radio link takes some thousands of frames to everybody in a second, and switches begin to hold them back above. */
const PROBES_PER_SECOND_FIRST = 5_000;
const PROBES_PER_SECOND_MOST = 20_000;
/** A neighbour answers in a millisecond, one whose radio sleeps in some hundreds. */
const REPLY_BOUNDS: RttBounds = {
  timeoutInitialUs: 250_000,
  timeoutMinUs: 100_000,
  timeoutMaxUs: 1_000_000,
};
const RETRIES_MAX = 2;
/** The plan asks each host once: any port will do. */
const ONE_PORT = [0];

/**
 * Sweeps the link.
 *
 * @throws {PalisadeError} `SCAN_LINK_HOSTS_TOO_MANY`; `LINK_UNSUPPORTED` where the interface is no Ethernet; what
 *   `openEthernetSender`, `PacketRing` and `RouteMap` throw: `LINK_NOT_PERMITTED`, `LINK_DOWN`, …
 */
export async function sweepLink(options: LinkSweepOptions): Promise<LinkSweepResult> {
  const { hosts, interface: device } = options;
  if (device.linkType !== LINKTYPE_ETHERNET || device.loopback) {
    throw new PalisadeError(
      "LINK_UNSUPPORTED",
      `${device.name} has no link addresses to ask for: send IP packets there`,
    );
  }
  const neighbours = new Neighbours(hosts);
  const ways = options.ways ?? new RouteMap({ interface: device });
  const sources = linkSources(hosts, device, ways);
  if (options.permanent === true) takePermanent(neighbours, sources, device);
  const hardware = findLinkAddress(device);
  const opened = openSweepLink(device, hosts.addressBytes);
  const link = options.wrap?.(opened, device) ?? opened;
  try {
    const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1_000;
    const times = new RttEstimator(REPLY_BOUNDS);
    const sweep = new LinkSweep({
      neighbours,
      sources,
      link,
      hardware,
      plan: new ScanPlan(hosts, ONE_PORT, options.seed ?? 0),
      pacer:
        options.pacer ??
        new ScanPacer({
          probesPerSecondFirst: PROBES_PER_SECOND_FIRST,
          probesPerSecondMax: Math.min(
            PROBES_PER_SECOND_MOST,
            options.probesPerSecondMax ?? PROBES_PER_SECOND_MOST,
          ),
          delayUs: options.delayUs,
          roundTripUs: () => times.smoothedUs,
          nowUs: nowUs(),
        }),
      replyTime: options.replyTime ?? times,
      retriesMax: options.retriesMax ?? RETRIES_MAX,
      isHeld: options.isHeld,
      nowUs,
    });
    await sweep.run(options.signal ?? new AbortController().signal);
    return {
      neighbours,
      hostsOnLink: sources.hostsOnLink,
      probes: sweep.probes,
      passes: sweep.passes,
      ringDrops: link.ringDrops(),
      sendRefusals: sweep.sendRefusals,
    };
  } finally {
    link.close();
  }
}

function takePermanent(neighbours: Neighbours, { sourceOf }: LinkSources, device: NetworkInterface): void {
  const { hosts } = neighbours;
  visitPermanentNeighbours(device.index, hosts.addressBytes === IPV4_BYTES ? 4 : 6, (address, link) => {
    const host = hosts.indexAt(address, 0);
    if (host >= 0 && sourceOf[host] !== 0) neighbours.heard(host, link, 0, undefined);
  });
}

/** What a sweep stands on; `sweepLink` puts it together. The plan asks each host once. */
export interface LinkSweepParts
  extends Pick<PassesOptions, "plan" | "pacer" | "replyTime" | "retriesMax" | "nowUs" | "isHeld"> {
  readonly neighbours: Neighbours;
  readonly sources: LinkSources;
  readonly link: SweepLink;
  /** Our link address, 6 octets. */
  readonly hardware: Uint8Array;
}

/** The sweep over any link, by any clock. */
export class LinkSweep implements PacketSink {
  probes = 0;
  passes = 0;
  readonly #parts: LinkSweepParts;
  /** By place in `sources`. */
  readonly #questions: readonly LinkQuestion[];
  readonly #answer: LinkAnswer = newLinkAnswer();
  readonly #order: Passes;
  readonly #sender: BatchSender<LinkQuestion>;

  constructor(parts: LinkSweepParts) {
    const { sources, link, hardware, plan, neighbours, pacer, nowUs } = parts;
    assert(plan.pairs === neighbours.hosts.size, "a sweep asks each host once");
    this.#parts = parts;
    this.#order = new Passes({ ...parts, table: neighbours.table });
    this.#questions = sources.sources.map((source) => new LinkQuestion(hardware, source));
    this.#sender = new BatchSender({ link, pacer, passes: this.#order, nowUs, sink: this });
  }

  /** Times that the kernel had no room for questions, which were then sent later. */
  get sendRefusals(): number {
    return this.#sender.refusals;
  }

  /** Runs until all on the link have answered, or silence is an answer, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { replyTime, nowUs } = this.#parts;
    this.#sender.begin(nowUs());
    const leftUs = (): number =>
      this.#allAnswered() ? 0 : this.#order.sentUs + replyTime.timeoutUs - nowUs();
    await this.#order.run(signal, async (place) => {
      // Hosts that are not on the link never answer.
      if (this.#allAnswered()) return;
      this.passes += 1;
      await this.#askAll(place, signal);
      await this.#sender.quiet(leftUs, signal);
    });
  }

  #allAnswered(): boolean {
    const { neighbours, sources } = this.#parts;
    return neighbours.answered >= sources.hostsOnLink;
  }

  async #askAll(first: number, signal: AbortSignal): Promise<void> {
    const { plan, neighbours, sources, nowUs } = this.#parts;
    const sender = this.#sender;
    let room = 0;
    for (let place = first; place < plan.size; place += 1) {
      const host = plan.pairAt(place);
      const source = sources.sourceOf[host]!;
      if (source === 0 || neighbours.has(host)) continue;
      if (room < 1) {
        if (sender.isTurnDue(nowUs())) await sender.turn();
        room = await sender.room(signal);
        if (signal.aborted) return;
        // It may have spoken meanwhile.
        if (neighbours.has(host)) continue;
      }
      this.#write(host, this.#questions[source - 1]!);
      if (sender.pending < room) continue;
      await sender.flush(signal);
      sender.lookAtDrops(nowUs());
      this.#order.sent(place + 1, nowUs());
      room = 0;
    }
    await sender.flush(signal);
    sender.lookAtDrops(nowUs());
    this.#order.sent(plan.size, nowUs());
  }

  #write(host: number, question: LinkQuestion): void {
    const { neighbours, link, nowUs } = this.#parts;
    const sender = this.#sender;
    const { slot } = sender;
    const start = slot * link.slotBytes;
    if (sender.headIn[slot] !== question) {
      question.begin(link.octets, start);
      sender.headIn[slot] = question;
    }
    question.ask(neighbours.hosts, host, link.octets, start);
    neighbours.asked(host, nowUs() >>> 0);
    sender.written(question.bytes);
    this.probes += 1;
  }

  /** A frame that came in; see `PacketSink`. */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    _wireBytes: number,
    timeUs: number,
    linkType: number,
  ): void {
    if (linkType !== LINKTYPE_ETHERNET) return;
    const { neighbours, sources, hardware, replyTime } = this.#parts;
    const { hosts } = neighbours;
    const answer = this.#answer;
    if (!readLinkAnswer(octets, offset, offset + capturedBytes, hosts.addressBytes, answer)) return;
    // Our own questions, should the link bring them back, and whoever claims to be where we are.
    if (same(octets, answer.linkAt, hardware, MAC_BYTES)) return;
    const host = hosts.indexAt(octets, answer.addressAt);
    if (host < 0) return;
    const place = sources.sourceOf[host]!;
    if (place === 0) return;
    const isReply = answer.kind === ANSWER_REPLY;
    if (isReply) {
      if (!same(octets, answer.ownAddressAt, sources.sources[place - 1]!, hosts.addressBytes)) return;
      if (answer.ownLinkAt >= 0 && !same(octets, answer.ownLinkAt, hardware, MAC_BYTES)) return;
    }
    const tookUs = neighbours.heard(host, octets, answer.linkAt, isReply ? timeUs >>> 0 : undefined);
    // Of a host that was asked again nobody knows which question it answers (RFC 6298 §3).
    if (isReply && tookUs >= 0 && this.#order.pass === 0) replyTime.measured(tookUs);
  }
}

function same(octets: Uint8Array, at: number, own: Uint8Array, bytes: number): boolean {
  for (let octet = 0; octet < bytes; octet += 1) {
    if (octets[at + octet] !== own[octet]) return false;
  }
  return true;
}
