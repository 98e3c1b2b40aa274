/**
 * The scan of one address family: who is up, then each technique over those, then ports that tell hosts which seem to have all
 * open. Each is a part, which a scan that was stopped goes on from.
 */
import { PalisadeError } from "@palisade/base";
import { type NetworkInterface, openConnector } from "@palisade/link";
import { formatIpAddress, MAC_BYTES } from "@palisade/wire";
import { type ActiveTime, Deadline } from "./active-time.js";
import { type AskSettings, askByConnect, askByPackets, CONNECT, evasionFor } from "./ask.js";
import { CANARIES_MAX, chooseCanaries, judgeHost } from "./canary.js";
import { whyConnect } from "./connect-instead.js";
import { discover, type Sweep } from "./discovery/discover.js";
import { HostStates } from "./discovery/host-states.js";
import { hostNumbers, hostSubset, hostsUp } from "./discovery/host-subset.js";
import { sweepLink } from "./discovery/link-sweep.js";
import { LINK_HOSTS_MAX, type Neighbours } from "./discovery/link-sweep-neighbours.js";
import { familyName, firstLinkLocal, namesByAddress } from "./families.js";
import { openPacketLink } from "./links/packet-link.js";
import { OwnFirewall } from "./own-firewall.js";
import { DISCOVERY, type Part } from "./part.js";
import { PROVIDER_PORTS, providerOf } from "./providers/index.js";
import type { AskedPart } from "./result/host-results.js";
import type { HostVerdict, PortService } from "./result/result.js";
import type { Ask, ScanOptions, ServiceOptions } from "./scan-options.js";
import { type HostList, ScanPlan, WHOLE } from "./scan-plan.js";
import type { ServiceTarget } from "./service/service-result.js";
import type { PortState, Verdict } from "./technique.js";
import { syn } from "./techniques/syn.js";

/** What the whole scan is to each of its parts. */
export interface ScanContext {
  readonly options: ScanOptions;
  readonly signal: AbortSignal;
  /** Of the order. */
  readonly seed: number;
  readonly interface: NetworkInterface | undefined;
  readonly isHeld: () => boolean;
  /** Stands still while the scan is held. */
  readonly activeTime: ActiveTime;
  /** The part of a name that was asked before a stop, of so many pairs; else a new one. It belongs to the scan from now on. */
  partOf(name: string, technique: string, pairs: number): Part;
  /** A part's asking begins, and `update` brings the part up to date; undefined where it has ended. */
  running(update: (() => void) | undefined): void;
  /** A pair was found to be so, by a technique that may have taken the place of the one that was asked for. */
  tell(plan: ScanPlan, ask: Ask, by: string, pair: number, verdict: Verdict): void;
}

/** Ports that are asked to tell a host that answers as if all were open. */
export const CANARIES = 4;
/** With fewer open ports nobody is surprised, unless they are all that was asked. */
const OPEN_SURPRISING = 8;
const ASKED_FEW = 3;

export class FamilyScan {
  readonly name: "ipv4" | "ipv6";
  /** All targets of the family. */
  readonly hosts: HostList;
  /** What discovery found; undefined where every target is taken for up. */
  states: HostStates | undefined;
  discovery: Part | undefined;
  /** All that was to be done was done, or stopped; nothing failed. */
  isEnded = false;
  readonly neighbours: Neighbours[] = [];
  readonly asked: AskedPart[] = [];
  /** Addresses of hosts whose time was over while it was asked what serves their ports. */
  readonly timedOut = new Set<string>();
  /** By address: hosts whose open ports say nothing. */
  readonly verdicts = new Map<string, HostVerdict>();
  /** By address, protocol and port. */
  readonly #services = new Map<string, PortService>();
  readonly #context: ScanContext;

  constructor(hosts: HostList, context: ScanContext) {
    this.hosts = hosts;
    this.name = familyName(hosts);
    this.#context = context;
  }

  /** @throws {PalisadeError} `SCAN_ZONE_MISSING`, what `discover`, `openPacketLink` and `openConnector` throw; an abort reason where it was stopped on the way */
  async run(): Promise<void> {
    await this.#run();
    this.isEnded = true;
  }

  async #run(): Promise<void> {
    const { options, signal } = this.#context;
    const linkLocal = this.#context.interface === undefined ? firstLinkLocal(this.hosts) : undefined;
    if (linkLocal !== undefined) {
      throw new PalisadeError(
        "SCAN_ZONE_MISSING",
        `${linkLocal} can be on any link: say on which, as in ${linkLocal}%eth0`,
      );
    }
    if (options.discovery !== undefined) await this.#discover();
    const hosts = this.states === undefined ? this.hosts : hostsUp(this.hosts, this.states.up);
    if (hosts.size === 0) return;
    const { ordinary, provided } = this.#split(hosts);
    // Where the scan was stopped, this is what was not asked, or was before an earlier stop.
    for (const ask of options.asks) {
      if (ordinary.size > 0) await this.#ask(ordinary, ask, "");
      const few = ask.ports.filter((port) => PROVIDER_PORTS.includes(port));
      if (provided.size > 0 && few.length > 0)
        await this.#ask(provided, { ...ask, ports: few }, " of providers");
    }
    if (!signal.aborted) await this.#askCanaries();
    if (options.services !== undefined && !signal.aborted) await this.#detect(options.services);
  }

  /** What serves a port, where that was found out. */
  detected(address: string, protocol: string, port: number): PortService | undefined {
    return this.#services.get(serviceKey(address, protocol, port));
  }

  /** Whether any port of a host has answered. */
  hasHeard(address: Uint8Array): boolean {
    return this.asked.some(({ part, plan }) => {
      const host = plan.hosts.indexAt(address, 0);
      return host >= 0 && part.table.hasAny(host * plan.ports.length, (host + 1) * plan.ports.length);
    });
  }

  async #discover(): Promise<void> {
    const { options, signal, seed, isHeld, interface: device } = this.#context;
    const { hosts } = this;
    const name = `${this.name} discovery`;
    const part = this.#context.partOf(name, DISCOVERY, hosts.size);
    this.states = new HostStates(hosts.size, part);
    this.discovery = part;
    if (part.isDone || signal.aborted) return;
    part.startedMs ||= Date.now();
    const version = hosts.addressBytes === 4 ? 4 : 6;
    const found = await discover({
      hosts,
      states: this.states,
      pings: options.discovery?.pings?.(version),
      sweep: options.discovery?.withoutSweep === true ? undefined : this.#sweep,
      sweepHostsMax: LINK_HOSTS_MAX,
      openLink: options.openLink,
      openConnector: options.openConnector,
      orConnect: options.orConnect,
      timing: options.timing,
      isHeld,
      probesPerSecondMin: options.probesPerSecondMin,
      probesPerSecondMax: options.probesPerSecondMax,
      delayUs: options.delayUs,
      retriesMax: options.retriesMax,
      sourcePort: options.sourcePort,
      interface: device,
      timeToLive: options.evasion?.timeToLive,
      seed,
      signal,
      progress: (progress, asking) => options.progress?.({ ...progress, part: `${name} (${asking})` }),
    });
    part.engine = found.engine;
    part.because = found.because;
    part.probes += found.probes;
    part.ringDrops += found.losses.ringDrops;
    part.sendRefusals += found.losses.sendRefusals;
    part.firewalled += found.losses.firewalled;
    part.finishedMs = Date.now();
    part.isDone = !signal.aborted;
  }

  readonly #sweep: Sweep = async (hosts, device, up, signal) => {
    const { options, seed, isHeld } = this.#context;
    const { neighbours, probes, ringDrops, sendRefusals } = await sweepLink({
      hosts,
      interface: device,
      probesPerSecondMax: options.probesPerSecondMax,
      delayUs: options.delayUs ?? options.timing.scanDelayUs,
      seed,
      wrap: options.wrapSweep,
      isHeld,
      signal,
    });
    const numbers = new Float64Array(neighbours.answered);
    const octets = new Uint8Array(neighbours.answered * MAC_BYTES);
    const address = new Uint8Array(hosts.addressBytes);
    let count = 0;
    for (let host = 0; host < hosts.size; host += 1) {
      if (!neighbours.has(host)) continue;
      up(host, neighbours.replyUs(host) ?? -1);
      hosts.write(host, address, 0);
      numbers[count] = this.hosts.indexAt(address, 0);
      neighbours.writeLinkAddress(address, 0, octets, count * MAC_BYTES);
      count += 1;
    }
    this.discovery?.details?.addLinkAddresses({ hosts: numbers, octets });
    this.neighbours.push(neighbours);
    return { probes, losses: { ringDrops, sendRefusals } };
  };

  /** Hosts that providers have, apart, where those are asked less. */
  #split(hosts: HostList): { readonly ordinary: HostList; readonly provided: HostList } {
    const nobody = hostSubset(hosts, hostNumbers(0, hosts.size));
    if (this.#context.options.skipsProviders !== true) return { ordinary: hosts, provided: nobody };
    const address = new Uint8Array(hosts.addressBytes);
    const numbers: [ordinary: number[], provided: number[]] = [[], []];
    for (let host = 0; host < hosts.size; host += 1) {
      hosts.write(host, address, 0);
      numbers[providerOf(address, 0, address.length) === undefined ? 0 : 1].push(host);
    }
    const [ordinary, provided] = numbers.map((some) => {
      const room = hostNumbers(some.length, hosts.size);
      room.set(some);
      return hostSubset(hosts, room);
    });
    return { ordinary: ordinary!, provided: provided! };
  }

  /** @param which hosts these are, for the part's name */
  async #ask(hosts: HostList, ask: Ask, which: string): Promise<AskedPart> {
    const { options, seed } = this.#context;
    const { technique, ports } = ask;
    // Each shard judges hosts by what it asked, and needs all canaries for that.
    const shard = which === CANARY_PART ? WHOLE : (options.shard ?? WHOLE);
    const plan = new ScanPlan(hosts, ports, seed, shard);
    const asked = technique === CONNECT ? CONNECT : technique.name;
    const part = this.#context.partOf(`${this.name} ${asked}${which}`, asked, plan.pairs);
    const result = (): AskedPart => ({
      part,
      plan,
      protocol: technique === CONNECT ? "tcp" : technique.protocol,
      silence: { state: this.#silenceOf(technique, part), reason: "no-response" },
    });
    try {
      if (!part.isDone && !this.#context.signal.aborted) await this.#askPart(part, plan, ask);
    } catch (error) {
      // The way was lost in the middle: what has answered by then is known.
      if (which !== CANARY_PART && part.probes > 0) this.asked.push(result());
      throw error;
    }
    if (which !== CANARY_PART) this.asked.push(result());
    return result();
  }

  /** What a port is that has not answered. */
  #silenceOf(technique: Ask["technique"], part: Part): PortState {
    if (technique === CONNECT || part.technique === CONNECT) return "filtered";
    const isDefeated = this.#context.options.defeatsErrorLimits === true && technique.protocol === "udp";
    return isDefeated ? "closed|filtered" : technique.silence;
  }

  async #askPart(part: Part, plan: ScanPlan, ask: Ask): Promise<void> {
    const { options, signal } = this.#context;
    const { hostTimeoutMs } = options;
    part.startedMs ||= Date.now();
    const late =
      hostTimeoutMs === undefined ? undefined : new Deadline(hostTimeoutMs, this.#context.activeTime);
    const end = late === undefined ? signal : AbortSignal.any([signal, late.signal]);
    try {
      await this.#askSomehow(part, plan, ask, this.#settingsOf(part, plan, ask, end));
    } catch (error) {
      // Late, or stopped, while the way was looked for: nothing has answered.
      if (!end.aborted || error !== end.reason) throw error;
    } finally {
      late?.close();
      this.#context.running(undefined);
      part.finishedMs = Date.now();
    }
    part.isTimedOut = late?.signal.aborted === true && part.table.answered < plan.size;
    part.isDone = !signal.aborted;
  }

  async #askSomehow(part: Part, plan: ScanPlan, { technique }: Ask, settings: AskSettings): Promise<void> {
    if (technique === CONNECT || part.technique === CONNECT) return askByConnect(part, plan, settings);
    try {
      return await askByPackets(part, plan, technique, settings);
    } catch (error) {
      const because = whyConnect(error);
      const canConnect = this.#context.options.orConnect === true && technique.protocol === "tcp";
      if (because === undefined || !canConnect) throw error;
      part.because = because;
      return askByConnect(part, plan, settings);
    }
  }

  #settingsOf(part: Part, plan: ScanPlan, ask: Ask, signal: AbortSignal): AskSettings {
    const context = this.#context;
    const { options } = context;
    return {
      timing: options.timing,
      probesPerSecondMin: options.probesPerSecondMin,
      probesPerSecondMax: options.probesPerSecondMax,
      delayUs: options.delayUs,
      retriesMax: options.retriesMax,
      defeatsErrorLimits: options.defeatsErrorLimits,
      interface: context.interface,
      evasion: evasionFor(options.evasion, plan.hosts.addressBytes === 4 ? 4 : 6),
      neighbours: this.neighbours.length === 1 ? this.neighbours[0] : undefined,
      openLink: options.openLink ?? openPacketLink,
      openConnector: options.openConnector ?? openConnector,
      // Connections that are only shown pass no firewall.
      ownFirewall:
        options.openConnector === undefined
          ? new OwnFirewall(plan.hosts.addressBytes === 4 ? 4 : 6)
          : undefined,
      isHeld: context.isHeld,
      progress: (progress) => options.progress?.({ ...progress, part: part.name }),
      found: (pair, verdict) => context.tell(plan, ask, part.technique, pair, verdict),
      signal,
      running: (update) => context.running(update),
    };
  }

  /** Asks what serves open ports; not of hosts that seem to have all open. */
  async #detect(services: ServiceOptions): Promise<void> {
    const { options, signal } = this.#context;
    const { detectServices } = await import("./service/detect.js");
    const names = namesByAddress(options.targets);
    // Host by host, so that the time for one is not spent on others.
    const byHost = new Map<string, ServiceTarget[]>();
    const known = new Set<string>();
    let size = 0;
    const silent = new Map<string, { readonly part: Part; readonly pair: number }>();
    for (const { plan, part, protocol } of this.asked) {
      if (protocol !== "tcp" && protocol !== "udp") continue;
      const address = new Uint8Array(plan.hosts.addressBytes);
      const zone = options.targets.zone === undefined ? "" : `%${options.targets.zone}`;
      const mayBeOpen = protocol === "udp" && options.defeatsErrorLimits !== true;
      for (const pair of [...openPairs(part), ...(mayBeOpen ? silentPairs(part, plan) : [])]) {
        plan.hosts.write(plan.hostOf(pair), address, 0);
        const text = formatIpAddress(address);
        if (this.verdicts.get(text) === "all-open") continue;
        const port = plan.portOf(pair);
        const key = serviceKey(text, protocol, port);
        // Two techniques may have found the same.
        if (known.has(key)) continue;
        known.add(key);
        if (part.table.get(pair) === 0) silent.set(key, { part, pair });
        const target = { address: text + zone, port, protocol, host: names.get(text)?.[0] };
        const same = byHost.get(text);
        if (same === undefined) byHost.set(text, [target]);
        else same.push(target);
        size += 1;
      }
    }
    let done = 0;
    const tell = (): void =>
      options.progress?.({
        part: `${this.name} services`,
        pass: 0,
        asked: done,
        size,
        answered: done,
        probes: done,
      });
    tell();
    await detectServices([...byHost.values()].flat(), {
      ...services,
      signal,
      activeTime: this.#context.activeTime,
      ...(options.hostTimeoutMs === undefined ? {} : { hostTimeoutMs: options.hostTimeoutMs }),
      onHostTimeout: (address) => this.timedOut.add(address.split("%")[0]!),
      onResult: ({ address, port, protocol, ...service }) => {
        done += 1;
        tell();
        const key = serviceKey(address.split("%")[0]!, protocol, port);
        const asked = silent.get(key);
        // Of a port that stayed silent there is nothing to say, unless it answers now.
        if (asked !== undefined && service.method === "table") return;
        asked?.part.table.set(asked.pair, asked.part.codes.codeOf(UDP_RESPONSE));
        this.#services.set(key, service);
      },
    });
  }

  /** Asks hosts that have surprisingly many open ports for some that nobody uses. */
  async #askCanaries(): Promise<void> {
    const { options, seed } = this.#context;
    const { canaries: count = CANARIES } = options;
    const asked = this.asked.find(({ part }) => part.technique === CONNECT || part.technique === syn.name);
    if (asked === undefined || count === 0) return;
    const { plan, part } = asked;
    const open = openCounts(asked);
    const suspects = [...open].filter(
      ([host, opens]) => opens >= Math.min(OPEN_SURPRISING, Math.max(ASKED_FEW, portsAsked(plan, host))),
    );
    if (suspects.length === 0) return;
    const ports = chooseCanaries(plan.ports, seed, Math.min(count, CANARIES_MAX)).sort((a, b) => a - b);
    const canaries = ports.length === 0 ? undefined : await this.#canaries(plan, part, suspects, ports);
    const address = new Uint8Array(plan.hosts.addressBytes);
    for (const [at, [host, opens]] of suspects.entries()) {
      const tally = {
        asked: portsAsked(plan, host),
        open: opens,
        canaries: ports.length,
        canariesOpen: canaries?.get(at) ?? 0,
      };
      const judgement = judgeHost(tally);
      if (judgement === "ordinary") continue;
      plan.hosts.write(host, address, 0);
      this.verdicts.set(formatIpAddress(address), judgement);
    }
  }

  /** Open canaries by place among the suspects. */
  async #canaries(
    plan: ScanPlan,
    part: Part,
    suspects: readonly (readonly [host: number, open: number])[],
    ports: readonly number[],
  ): Promise<ReadonlyMap<number, number>> {
    const numbers = hostNumbers(suspects.length, plan.hosts.size);
    numbers.set(suspects.map(([host]) => host));
    const technique = part.technique === CONNECT ? CONNECT : syn;
    return openCounts(await this.#ask(hostSubset(plan.hosts, numbers), { technique, ports }, CANARY_PART));
  }
}

const CANARY_PART = " of canaries";

/** Ports that were asked of a host: of several shards, one asks some of them. */
function portsAsked(plan: ScanPlan, host: number): number {
  const { length } = plan.ports;
  if (plan.size === plan.pairs) return length;
  let count = 0;
  for (let pair = host * length; pair < (host + 1) * length; pair += 1) {
    if (plan.isOurs(pair)) count += 1;
  }
  return count;
}

/** Hosts with open ports, by number, in order, and how many each has. */
function openCounts({ plan, part }: AskedPart): Map<number, number> {
  const counts = new Map<number, number>();
  for (const pair of openPairs(part)) {
    const host = plan.hostOf(pair);
    counts.set(host, (counts.get(host) ?? 0) + 1);
  }
  return counts;
}

/** Pairs that answered as open, in order. */
function openPairs({ codes, table }: Part): number[] {
  const pairs: number[] = [];
  for (const [index, { state }] of codes.verdicts.entries()) {
    if (state !== "open") continue;
    const code = index + 1;
    for (const { number, octets } of table.blocks()) {
      const first = number * table.blockEntries;
      for (let at = octets.indexOf(code); at >= 0; at = octets.indexOf(code, at + 1)) pairs.push(first + at);
    }
  }
  return pairs.sort((a, b) => a - b);
}

/** UDP ports that have not answered are asked by the probes of services as well, where they are no more than so many. */
export const SILENT_PORTS_DETECTED_MAX = 1_024;

const UDP_RESPONSE: Verdict = { state: "open", reason: "udp-response" };

/** Pairs of this shard that have not answered; none where there are more than `SILENT_PORTS_DETECTED_MAX`. */
function silentPairs({ table }: Part, plan: ScanPlan): number[] {
  const pairs: number[] = [];
  if (plan.size - table.answered > SILENT_PORTS_DETECTED_MAX) return pairs;
  for (let place = 0; place < plan.size; place += 1) {
    const pair = plan.pairAt(place);
    if (table.get(pair) === 0) pairs.push(pair);
  }
  return pairs.sort((a, b) => a - b);
}

function serviceKey(address: string, protocol: string, port: number): string {
  return `${address} ${protocol} ${port}`;
}
