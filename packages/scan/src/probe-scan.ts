/**
 * The scheduler of techniques that send packets: stateless at speed. A probe carries a cookie that its reply gives back, so
 * that nothing is remembered of it; the table holds an octet for each pair of host and port that answered, and later passes
 * ask only the pairs that did not (`passes.ts`). A pass ends as soon as everything has answered, or when a reply to its last
 * probe would have come by the round trips that were measured (RFC 6298, with nmap's bounds).
 */
import {
  finishChecksum,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_UDP,
  IPV4_HEADER_BYTES,
  internetSum,
  MAC_BYTES,
  type PacketSink,
  put8,
  put16,
  u8,
} from "@palisade/wire";
import { BatchSender, TURN_US } from "./batch-sender.js";
import type { Cookie } from "./cookie.js";
import { ERROR_TURNS, TURN_US as LIMITED_TURN_US } from "./limited-host.js";
import { LimitedHosts } from "./limited-hosts.js";
import { atIpv4, atIpv6, ipHeaderAt } from "./links/frames.js";
import type { ProbeLink, ProbePath } from "./links/probe-link.js";
import { RepeatedProbes } from "./pace/repeated-probes.js";
import { Passes, type PassesOptions } from "./passes.js";
import { newReply, type ReplyRead, readReply, sameAddress, WIDE } from "./reply.js";
import { type ProbeTarget, REPLY_ERROR, type Technique, type Verdict } from "./technique.js";
import type { VerdictCodes } from "./verdict-codes.js";

/** What all ways of asking need. The table has an octet for each pair, whose meaning `codes` says. */
export interface AskOptions extends PassesOptions {
  readonly codes: VerdictCodes;
  /** Called now and then. */
  readonly progress: (progress: ProbeProgress) => void;
  /** Called when a pair has answered. */
  readonly found?: ((pair: number, verdict: Verdict) => void) | undefined;
}

export interface ProbeScanOptions extends AskOptions {
  readonly technique: Technique;
  readonly link: ProbeLink;
  readonly cookie: Cookie;
  /** Probes come from this port; those of UDP from `SOURCE_PORT_SPREAD` ports from there on. */
  readonly sourcePort: number;
  /** By pair: time to live of replies that say open, as far as `REPLY_TTLS_MAX` goes. */
  readonly ttls?: Map<number, number> | undefined;
  /**
   * Told of each reply with the right cookie about a pair that is not decided yet. Where it returns false, the reply does not
   * decide, and the pair is asked again. Default: each decides.
   */
  readonly decides?: ((reply: ProbeReply) => boolean) | undefined;
  /**
   * Whether hosts that limit their ICMP errors are asked at their own pace, as long as it takes, or only counted (`LimitedHosts`).
   * Default: neither.
   */
  readonly limitedHosts?: "asked" | "counted" | undefined;
}

/** A reply that was matched to its pair; one object, filled anew for each. */
export interface ProbeReply {
  pair: number;
  verdict: Verdict;
  /** Time to live, or hop limit, of the packet as it arrived. */
  ttl: number;
  /** Microseconds since the last probe to the pair; -1 where that was forgotten. */
  roundTripUs: number;
}

export interface ProbeProgress {
  /** Pairs of the pass, and how many of them were asked. */
  readonly pass: number;
  readonly asked: number;
  readonly size: number;
  readonly answered: number;
  readonly probes: number;
  /** Of hosts that limit their ICMP errors, where those alone are asked. */
  readonly limited?: LimitedProgress | undefined;
}

export interface LimitedProgress {
  readonly hosts: number;
  /** Pairs of theirs that are silent. */
  readonly pairs: number;
  /** Until the last of them has answered all, if all that is silent is closed. */
  readonly secondsLeft: number;
}

/** UDP has nothing that every service gives back, so its cookie picks one of so many source ports. */
export const SOURCE_PORT_SPREAD = 64;

/** Probes whose time of sending is remembered, until another takes the place. */
const TIMED_MAX = 16_384;
/** Times to live of replies that are remembered: those of ports that are likely to be listed. */
const REPLY_TTLS_MAX = 65_536;
/** Pairs that are passed over before replies are taken and signals heard: some milliseconds. */
const SKIPPED_AT_ONCE = 65_536;
const NO_PATH = 0xffff;
/** What stands in a `ProbeReply` before the first. */
const NOTHING_SAID: Verdict = Object.freeze({ state: "filtered", reason: "no-response" });

export class ProbeScan implements PacketSink {
  probes = 0;
  /** Hosts that there is no way to. */
  unreachable = 0;
  readonly passes: Passes;
  readonly #options: ProbeScanOptions;
  readonly #paths: ProbePath[] = [];
  /** By host: index of its path plus one, 0 while it is not known. */
  readonly #pathOf: Uint16Array;
  readonly #sender: BatchSender<ProbePath>;
  readonly #target: { -readonly [K in keyof ProbeTarget]: ProbeTarget[K] };
  readonly #reply: ReplyRead = newReply();
  readonly #told: ProbeReply = { pair: 0, verdict: NOTHING_SAID, ttl: 0, roundTripUs: -1 };
  readonly #address = new Uint8Array(16);
  readonly #timedPairs = new Float64Array(TIMED_MAX).fill(-1);
  readonly #timedUs = new Float64Array(TIMED_MAX);
  /** When drops and progress were looked at. */
  #lookedUs = 0;
  /** When the batch that is being written was begun. */
  #batchUs = 0;
  readonly #repeated = new RepeatedProbes();
  /** Answers by ICMP errors that no slower pass is made for. */
  #errors = 0;
  /** Once all passes are over. */
  #limited: LimitedHosts | undefined;

  constructor(options: ProbeScanOptions) {
    this.#options = options;
    this.passes = new Passes({ ...options, unwanted: () => this.#errors });
    const { plan, link, pacer, nowUs } = options;
    this.#sender = new BatchSender({ link, pacer, passes: this.passes, nowUs, sink: this });
    this.#pathOf = new Uint16Array(plan.hosts.size);
    this.#target = {
      ipVersion: plan.hosts.addressBytes === 4 ? 4 : 6,
      addressSum: 0,
      sourcePort: options.sourcePort,
      port: 0,
      pass: 0,
      cookie: WIDE,
    };
  }

  /** Times that the kernel had no room for probes, which were then sent later. */
  get sendRefusals(): number {
    return this.#sender.refusals;
  }

  /** Hosts that limit their ICMP errors and have not been asked to the end. */
  get limitedHosts(): number {
    return this.#limited === undefined ? 0 : this.#limited.size + this.#limited.left;
  }

  /** Runs until everything has answered, or silence is an answer, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { limitedHosts, nowUs } = this.#options;
    const startUs = nowUs();
    this.#sender.begin(startUs);
    await this.passes.run(signal, (place) => this.#askAndWait(place, signal));
    if (limitedHosts === undefined || signal.aborted) return;
    const areBrief = this.passes.sentUs - startUs < ERROR_TURNS * LIMITED_TURN_US;
    await this.#askLimited(limitedHosts === "asked", areBrief, signal);
  }

  async #askAndWait(place: number, signal: AbortSignal): Promise<void> {
    const { plan, table, nowUs } = this.#options;
    await this.#ask(place, signal);
    const leftUs = (): number =>
      table.answered >= plan.size ? 0 : this.passes.sentUs + this.passes.quietUs - nowUs();
    await this.#sender.quiet(leftUs, signal);
  }

  /** Asks hosts that limit their errors at their own pace. */
  async #askLimited(waits: boolean, areBrief: boolean, signal: AbortSignal): Promise<void> {
    const { nowUs } = this.#options;
    const answerUs = () => this.passes.quietUs;
    const limited = new LimitedHosts({ ...this.#options, waits, areBrief, answerUs });
    this.#limited = limited;
    while (!limited.isDone && !signal.aborted) {
      const startUs = nowUs();
      this.#target.pass = this.passes.pass + 1;
      await this.#askEach(limited.round(), signal);
      this.#sender.lookAtDrops(nowUs());
      if (limited.isTimed && limited.silentFirst > 0) this.#tellLimited(limited);
      const endUs = limited.isTimed ? startUs + LIMITED_TURN_US : nowUs() + this.passes.quietUs;
      await this.#sender.quiet(() => (limited.isDone ? 0 : endUs - nowUs()), signal);
    }
  }

  async #askEach(pairs: Iterable<number>, signal: AbortSignal): Promise<void> {
    const { nowUs } = this.#options;
    const sender = this.#sender;
    let room = 0;
    for (const pair of pairs) {
      if (!this.#write(pair)) continue;
      this.#batchUs = nowUs();
      this.#time(pair);
      if (sender.pending < room) continue;
      if (!sender.send()) await sender.ready(signal);
      if (signal.aborted) return;
      if (sender.isTurnDue(nowUs())) await sender.turn();
      room = await sender.room(signal);
      if (signal.aborted) return;
    }
    await sender.flush(signal);
  }

  #tellLimited({ size, silentFirst, answered, secondsLeft }: LimitedHosts): void {
    const { table, progress } = this.#options;
    progress({
      pass: this.passes.pass + 1,
      asked: answered,
      size: silentFirst,
      answered: table.answered,
      probes: this.probes,
      limited: size === 0 ? undefined : { hosts: size, pairs: silentFirst - answered, secondsLeft },
    });
  }

  async #ask(first: number, signal: AbortSignal): Promise<void> {
    const { plan, table, nowUs } = this.#options;
    const sender = this.#sender;
    this.#target.pass = this.passes.pass;
    this.#batchUs = nowUs();
    let room = 0;
    // Frames of the batch before a probe is repeated, or all of them.
    let until = 0;
    let skipped = 0;
    for (let place = first; place < plan.size; place += 1) {
      const pair = plan.pairAt(place);
      if (table.get(pair) !== 0 || !this.#write(pair)) {
        skipped += 1;
        if (skipped % SKIPPED_AT_ONCE !== 0) continue;
        await sender.turn();
        await sender.quiet(() => 0, signal);
        if (signal.aborted) return;
        continue;
      }
      this.#time(pair);
      if (sender.pending < until) continue;
      if (until < room) {
        until = room;
        this.#repeat();
        if (sender.pending < room) continue;
      }
      if (!sender.send()) await sender.ready(signal);
      if (signal.aborted) return;
      const now = nowUs();
      this.passes.sent(place + 1, now);
      if (now - this.#lookedUs > TURN_US) this.#look(place + 1, now);
      if (sender.isTurnDue(now)) await sender.turn();
      room = sender.roomNow();
      if (room < 1) room = await sender.room(signal);
      if (signal.aborted) return;
      this.#batchUs = nowUs();
      until = this.#repeated.placeIn(room, this.probes, this.#batchUs);
      if (until === 0 && this.#repeat()) {
        if (!sender.send()) await sender.ready(signal);
        room = await sender.room(signal);
        if (signal.aborted) return;
        this.#batchUs = nowUs();
        until = room;
      }
    }
    await sender.flush(signal);
    this.passes.sent(plan.size, nowUs());
  }

  /** Writes the probe of a pair into the next slot; false where there is no way to its host. */
  #write(pair: number): boolean {
    const { plan, technique, link, cookie, sourcePort } = this.#options;
    const { octets, slotBytes } = link;
    const host = plan.hostOf(pair);
    const path = this.#pathTo(host);
    if (path === undefined) return false;
    const sender = this.#sender;
    const { slot } = sender;
    const start = slot * slotBytes;
    const { header, ipAt } = path;
    if (sender.headIn[slot] !== path) {
      octets.set(header, start);
      sender.headIn[slot] = path;
    }
    const { linkAddresses } = link;
    if (linkAddresses !== undefined) putLinkAddress(octets, start, linkAddresses, host);
    const { addressBytes } = plan.hosts;
    const addressAt = start + ipAt + (addressBytes === 4 ? atIpv4.destination : atIpv6.destination);
    plan.hosts.write(host, octets, addressAt);
    const transport = start + header.length;
    const target = this.#target;
    const port = plan.portOf(pair);
    const protocol = technique.ipProtocol === 0 ? port : technique.ipProtocol;
    target.port = port;
    target.cookie = cookie.of(protocol, sourcePort, octets, addressAt, addressBytes, port);
    target.sourcePort =
      protocol === IP_PROTOCOL_UDP ? sourcePort + (target.cookie % SOURCE_PORT_SPREAD) : sourcePort;
    target.addressSum = internetSum(octets, addressAt - addressBytes, addressAt + addressBytes);
    const bytes = technique.write(octets, transport, target);
    finishIpHeader(octets, start + ipAt, addressBytes, protocol, bytes, target.cookie);
    sender.written(header.length + bytes);
    this.probes += 1;
    return true;
  }

  /** Remembers when a pair was asked. */
  #time(pair: number): void {
    // The batch's time for all of it, which is some tenths of a millisecond long: asking for each one's would take longer.
    const place = pair % TIMED_MAX;
    this.#timedPairs[place] = pair;
    this.#timedUs[place] = this.#batchUs;
  }

  /** Writes a probe to a pair that has answered, where there is one; its answer times nothing. */
  #repeat(): boolean {
    const repeated = this.#repeated;
    const pair = repeated.next(this.#batchUs);
    if (pair < 0 || !this.#write(pair)) return false;
    repeated.asked(this.#batchUs);
    return true;
  }

  #pathTo(host: number): ProbePath | undefined {
    const known = this.#pathOf[host]!;
    if (known !== 0) return known === NO_PATH ? undefined : this.#paths[known - 1];
    const { plan, link } = this.#options;
    plan.hosts.write(host, this.#address, 0);
    const path = link.pathTo(this.#address, 0);
    if (path === undefined) {
      this.#pathOf[host] = NO_PATH;
      this.unreachable += 1;
      return undefined;
    }
    let index = this.#paths.indexOf(path);
    if (index < 0) index = this.#paths.push(path) - 1;
    // Of more ways than can be numbered, the last are looked up for each probe.
    if (index < NO_PATH - 1) this.#pathOf[host] = index + 1;
    return path;
  }

  /** Tells the pacer whether those who had answered answer again. */
  #countRepeated(now: number): void {
    const { pacer, replyTime } = this.#options;
    const { smoothedUs = replyTime.timeoutUs, variationUs = 0 } = replyTime;
    const repeated = this.#repeated;
    repeated.count(now, smoothedUs, variationUs);
    if (repeated.sent > 0 && pacer.repeated?.(repeated.sent, repeated.answered, now) === true)
      repeated.forget();
  }

  /** Whether an error says no more than silence does, or hosts that limit such errors are asked for them one by one. */
  #isUnwanted({ state }: Verdict): boolean {
    const { technique, limitedHosts } = this.#options;
    return state === technique.silence || (state === "closed" && limitedHosts === "asked");
  }

  /** Tells how far it has come, and slows down where the ring has lost something. */
  #look(asked: number, now: number): void {
    const { plan, table, progress } = this.#options;
    this.#lookedUs = now;
    this.#sender.lookAtDrops(now);
    this.#countRepeated(now);
    progress({
      pass: this.passes.pass,
      asked,
      size: plan.size,
      answered: table.answered,
      probes: this.probes,
    });
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
    const end = offset + capturedBytes;
    const ip = ipHeaderAt(octets, offset, end, linkType);
    const reply = this.#reply;
    if (ip < 0 || !readReply(octets, ip, end, reply)) return;
    const { plan, technique, table, codes, cookie, sourcePort } = this.#options;
    const { addressBytes } = plan.hosts;
    if ((reply.ipVersion === 4) !== (addressBytes === 4)) return;
    const protocol = technique.ipProtocol === 0 ? reply.ipProtocol : technique.ipProtocol;
    if (reply.ipProtocol !== protocol) return;
    const port = technique.ipProtocol === 0 ? protocol : reply.port;
    const pair = plan.pairOf(octets, reply.addressAt, port);
    if (pair < 0) return;
    const expected = cookie.of(protocol, sourcePort, octets, reply.addressAt, addressBytes, port);
    if (technique.ipProtocol === 0) {
      // On loopback our own probes come in as well, and nothing in them tells that they are ours.
      if (
        reply.kind !== REPLY_ERROR &&
        sameAddress(octets, reply.addressAt, reply.ownAddressAt, addressBytes)
      )
        return;
    } else if (protocol !== IP_PROTOCOL_ICMP && protocol !== IP_PROTOCOL_ICMPV6) {
      const spread = protocol === IP_PROTOCOL_UDP ? expected % SOURCE_PORT_SPREAD : 0;
      if (reply.ownPort !== sourcePort + spread) return;
    }
    const verdict = technique.classify(reply, expected);
    if (verdict === undefined) return;
    if (table.get(pair) !== 0) {
      this.#repeated.answer(pair);
      if (reply.kind === REPLY_ERROR) this.#limited?.answer(pair, true);
      return;
    }
    if (!plan.isOurs(pair)) return;
    const told = this.#told;
    told.pair = pair;
    told.verdict = verdict;
    told.ttl = u8(octets, ip + (addressBytes === 4 ? atIpv4.timeToLive : atIpv6.hopLimit));
    told.roundTripUs = -1;
    const place = pair % TIMED_MAX;
    if (this.#timedPairs[place] === pair) {
      this.#timedPairs[place] = -1;
      const tookUs = timeUs - this.#timedUs[place]!;
      if (tookUs >= 0) {
        told.roundTripUs = tookUs;
        this.#options.replyTime.measured(tookUs);
      }
    }
    const { decides, found, ttls, pacer } = this.#options;
    if (decides?.(told) === false) return;
    table.set(pair, codes.codeOf(verdict));
    this.#limited?.answer(pair, false);
    if (reply.kind === REPLY_ERROR && this.#isUnwanted(verdict)) this.#errors += 1;
    // Errors are sent so many in a second and no more by whoever sends them (RFC 1812 §4.3.2.8), which says nothing of the way.
    if (reply.kind !== REPLY_ERROR && pacer.repeated !== undefined) this.#repeated.remember(pair);
    found?.(pair, verdict);
    if (verdict.state === "open" && ttls !== undefined && ttls.size < REPLY_TTLS_MAX)
      ttls.set(pair, told.ttl);
  }
}

/** Writes where a frame to a host goes first, which stands at its start. */
function putLinkAddress(octets: Uint8Array, start: number, linkAddresses: Uint8Array, host: number): void {
  const from = host * MAC_BYTES;
  for (let octet = 0; octet < MAC_BYTES; octet += 1) octets[start + octet] = linkAddresses[from + octet]!;
}

/** Writes what is different in each IP header: lengths, and for IPv4 identification and checksum (RFC 791 §3.1). */
function finishIpHeader(
  octets: Uint8Array,
  at: number,
  addressBytes: 4 | 16,
  protocol: number,
  payloadBytes: number,
  identification: number,
): void {
  if (addressBytes === 16) {
    put16(octets, at + atIpv6.payloadLength, payloadBytes);
    put8(octets, at + atIpv6.nextHeader, protocol);
    return;
  }
  put16(octets, at + atIpv4.totalLength, IPV4_HEADER_BYTES + payloadBytes);
  put16(octets, at + atIpv4.identification, identification >>> 16);
  put8(octets, at + atIpv4.protocol, protocol);
  put16(octets, at + atIpv4.checksum, 0);
  put16(octets, at + atIpv4.checksum, finishChecksum(internetSum(octets, at, at + IPV4_HEADER_BYTES)));
}
