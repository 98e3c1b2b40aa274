/**
 * Rounds of pings by packets: each kind after the other, and each only to the hosts that have not shown to be up. A second round
 * asks the silent ones once more; where it finds any, something was lost, and there is another (`passes.ts`).
 *
 * Replies count whenever they come, also those to an earlier ping: all links are read all the time, by all pings. So only the
 * last ping of a round waits for as long as a reply may take; the others move on after `STEP_US`, whose cost is a probe more to
 * hosts that are farther away.
 */
import type { PacketSink } from "@palisade/wire";
import type { Cookie } from "../cookie.js";
import type { ProbeLink } from "../links/probe-link.js";
import { type Pacer, Passes, type ReplyTime } from "../passes.js";
import { type ProbeProgress, type ProbeReply, ProbeScan } from "../probe-scan.js";
import { type HostList, ScanPlan } from "../scan-plan.js";
import type { StateTable } from "../state-table.js";
import type { VerdictCodes } from "../verdict-codes.js";
import type { PingTechnique } from "./pings.js";

export interface PingRoundsOptions {
  readonly hosts: HostList;
  /** In the order in which they are asked. */
  readonly pings: readonly PingTechnique[];
  /** Of the order of the hosts, 0 … 2^53 - 1. */
  readonly seed: number;
  /** By host: 0 where it is not known to be up. */
  readonly table: StateTable;
  readonly codes: VerdictCodes;
  readonly cookie: Cookie;
  /** As of `ProbeScanOptions`. */
  readonly sourcePort: number;
  readonly pacer: Pacer;
  readonly replyTime: ReplyTime;
  /** Rounds after the first, at most. */
  readonly retriesMax: number;
  readonly nowUs: () => number;
  /** Whether nothing may be sent for now. */
  readonly isHeld?: (() => boolean) | undefined;
  /** Opens what probes of an IP protocol (0: of several) need, of at most so many octets; called once for each. */
  readonly openLink: (ipProtocol: number, probeBytesMax: number) => Promise<ProbeLink>;
  /** Told of each reply about a host that is not known to be up; returns whether it shows that. `pair` is the host. */
  readonly told: (reply: ProbeReply) => boolean;
  /** Called now and then; `pass` is the round. */
  readonly progress: (progress: ProbeProgress, ping: string) => void;
}

/** How long the pings of a round but its last wait for replies, at most. */
const STEP_US = 250_000;

export class PingRounds {
  readonly #options: PingRoundsOptions;
  readonly #links = new Map<number, ProbeLink>();
  /** By ping: who asked it last, and reads its replies. */
  readonly #scans: ProbeScan[] = [];
  readonly #pacer: SendingTime;
  #probes = 0;
  #sendRefusals = 0;

  constructor(options: PingRoundsOptions) {
    this.#options = options;
    this.#pacer = new SendingTime(options.pacer);
  }

  get probes(): number {
    return this.#probes;
  }

  /** Times that the kernel had no room for probes, which were then sent later. */
  get sendRefusals(): number {
    return this.#sendRefusals;
  }

  /** Replies that were lost because nobody took them away in time. */
  get ringDrops(): number {
    let drops = 0;
    for (const link of this.#links.values()) drops += link.ringDrops();
    return drops;
  }

  /** As of `Losses`. */
  get firewalled(): number {
    let packets = 0;
    for (const link of this.#links.values()) packets += link.firewalled?.() ?? 0;
    return packets;
  }

  /** As `ScanResult.engine`; undefined before `run`. */
  get engine(): string | undefined {
    return this.#links.values().next().value?.engine;
  }

  /**
   * Runs until all hosts are up, or silence is an answer, or the signal aborts. Once.
   *
   * @throws what `openLink` throws
   */
  async run(signal: AbortSignal): Promise<void> {
    const { hosts, pings, table, nowUs } = this.#options;
    await this.#open(signal);
    const plan = new ScanPlan(hosts, [0], this.#options.seed);
    const rounds = new Passes({ ...this.#options, plan });
    await rounds.run(signal, async () => {
      const startedUs = nowUs();
      let sendingUs = 0;
      for (const [index, ping] of pings.entries()) {
        if (signal.aborted || table.answered >= hosts.size) break;
        // One that asked before knows no more which headers stand in the slots; its late replies are read by this one.
        const scan = this.#scanOf(ping, rounds.pass, index < pings.length - 1);
        this.#scans[index] = scan;
        this.#pacer.begin();
        await scan.run(signal);
        sendingUs += this.#pacer.tookUs;
        this.#probes += scan.probes;
        this.#sendRefusals += scan.sendRefusals;
      }
      // The pace of the next round is by the time in which probes left, not by that in which replies were waited for.
      rounds.sent(plan.size, startedUs + sendingUs);
    });
  }

  close(): void {
    for (const link of this.#links.values()) link.close();
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { pings, openLink } = this.#options;
    for (const { technique } of pings) {
      const { ipProtocol } = technique;
      if (signal.aborted) return;
      if (this.#links.has(ipProtocol)) continue;
      const alike = pings.filter((ping) => ping.technique.ipProtocol === ipProtocol);
      const probeBytesMax = Math.max(...alike.map((ping) => ping.technique.probeBytesMax));
      this.#links.set(ipProtocol, await openLink(ipProtocol, probeBytesMax));
    }
  }

  #scanOf({ technique, port, name }: PingTechnique, round: number, movesOn: boolean): ProbeScan {
    const { hosts, seed, table, codes, cookie, sourcePort, replyTime, nowUs, isHeld, told } = this.#options;
    return new ProbeScan({
      plan: new ScanPlan(hosts, [port], seed),
      technique,
      link: new SharedLink(this.#links.get(technique.ipProtocol)!, this.#links, this.#scans),
      table,
      codes,
      cookie,
      sourcePort,
      pacer: this.#pacer,
      replyTime: {
        get timeoutUs() {
          return movesOn ? Math.min(STEP_US, replyTime.timeoutUs) : replyTime.timeoutUs;
        },
        measured: (roundTripUs) => replyTime.measured(roundTripUs),
      },
      retriesMax: 0,
      nowUs,
      isHeld,
      decides: told,
      progress: (progress) =>
        this.#options.progress({ ...progress, pass: round, probes: this.#probes + progress.probes }, name),
    });
  }
}

/** A link of one ping, by which all links are read, and each packet is shown to all pings. */
class SharedLink implements ProbeLink, PacketSink {
  readonly engine: string;
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly linkAddresses: Uint8Array | undefined;
  readonly #link: ProbeLink;
  readonly #links: ReadonlyMap<number, ProbeLink>;
  readonly #scans: readonly ProbeScan[];

  constructor(link: ProbeLink, links: ReadonlyMap<number, ProbeLink>, scans: readonly ProbeScan[]) {
    this.#link = link;
    this.#links = links;
    this.#scans = scans;
    this.engine = link.engine;
    this.octets = link.octets;
    this.slotBytes = link.slotBytes;
    this.slots = link.slots;
    this.linkAddresses = link.linkAddresses;
  }

  pathTo(address: Uint8Array, at: number): ReturnType<ProbeLink["pathTo"]> {
    return this.#link.pathTo(address, at);
  }

  set(slot: number, bytes: number): void {
    this.#link.set(slot, bytes);
  }

  send(count: number): number {
    return this.#link.send(count);
  }

  drain(): void {
    for (const link of this.#links.values()) link.drain(this);
  }

  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
  ): void {
    for (let index = 0; index < this.#scans.length; index += 1) {
      this.#scans[index]!.packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType);
    }
  }

  async wait(timeoutMs: number): Promise<void> {
    await this.#link.wait(timeoutMs);
  }

  ringDrops(): number {
    return this.#link.ringDrops();
  }

  /** The links are closed by who opened them. */
  close(): void {}
}

/** A pacer that takes down how long probes have been leaving. */
class SendingTime implements Pacer {
  readonly repeated: Pacer["repeated"];
  readonly #pacer: Pacer;
  #firstUs: number | undefined;
  #lastUs = 0;

  constructor(pacer: Pacer) {
    this.#pacer = pacer;
    this.repeated = pacer.repeated;
  }

  begin(): void {
    this.#firstUs = undefined;
  }

  /** Microseconds from the first probes to the last since `begin`. */
  get tookUs(): number {
    return this.#firstUs === undefined ? 0 : this.#lastUs - this.#firstUs;
  }

  permits(nowUs: number): number {
    return this.#pacer.permits(nowUs);
  }

  spend(probes: number, nowUs: number): void {
    this.#firstUs ??= nowUs;
    this.#lastUs = nowUs;
    this.#pacer.spend(probes, nowUs);
  }

  waitUs(nowUs: number): number {
    return this.#pacer.waitUs(nowUs);
  }

  slow(nowUs: number): void {
    this.#pacer.slow(nowUs);
  }

  limit(probesPerSecond: number, nowUs: number): void {
    this.#pacer.limit(probesPerSecond, nowUs);
  }
}
