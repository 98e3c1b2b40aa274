/**
 * Host discovery: which of the hosts of one address family are up, before their ports are asked about.
 *
 * As nmap does: this machine's own addresses are up; neighbours on Ethernet are asked by ARP or Neighbour Discovery alone; the
 * others are pinged. Without CAP_NET_RAW, all but our own are asked by TCP connections.
 */
import { randomBytes } from "node:crypto";
import {
  type Connector,
  findRoute,
  listAddresses,
  type NetworkInterface,
  openConnector,
} from "@palisade/link";
import { formatIpAddress } from "@palisade/wire";
import { whyConnect } from "../connect-instead.js";
import { COOKIE_KEY_BYTES, Cookie } from "../cookie.js";
import { isLinkLocal } from "../families.js";
import { chooseSourcePort, openPacketLink, type PacketLinkOptions } from "../links/packet-link.js";
import type { ProbeLink } from "../links/probe-link.js";
import { kernelWays } from "../links/ways.js";
import { OwnFirewall, pauseMsOf, type SilentPort } from "../own-firewall.js";
import { ScanPacer } from "../pace/pacer.js";
import { RttEstimator } from "../pace/rtt.js";
import type { TimingTemplate } from "../pace/templates.js";
import type { ProbeProgress } from "../probe-scan.js";
import type { Losses } from "../result/result.js";
import type { HostList } from "../scan-plan.js";
import { StateTable } from "../state-table.js";
import { verdict } from "../techniques/verdicts.js";
import { connectPings } from "./connect-pings.js";
import { HostStates } from "./host-states.js";
import { type HostNumbers, hostSubset } from "./host-subset.js";
import { type HostWays, hostWays, type LinkHosts } from "./host-ways.js";
import { PingRounds } from "./ping-rounds.js";
import { defaultPings, type Ping, type PingTechnique, pingTechnique } from "./pings.js";

/**
 * Asks hosts on the link of one interface by ARP or Neighbour Discovery.
 *
 * @param hosts all of them on that link, by number
 * @param up told of each that answered, once, and of the microseconds that it took, negative where they are not known
 */
export type Sweep = (
  hosts: HostList,
  device: NetworkInterface,
  up: (host: number, roundTripUs: number) => void,
  signal: AbortSignal,
) => Promise<SweepEnd>;

/** What became of a sweep. */
export interface SweepEnd {
  /** Requests that were sent. */
  readonly probes: number;
  /** Frames pass no firewall that tells. */
  readonly losses: Omit<Losses, "firewalled">;
}

export interface DiscoverOptions {
  readonly hosts: HostList;
  /** What is known already, and filled on. Default: nothing. */
  readonly states?: HostStates | undefined;
  /** Opens what pings leave by. Default `openPacketLink`. */
  readonly openLink?: ((options: PacketLinkOptions) => Promise<ProbeLink>) | undefined;
  /** Opens what connections are made by. Default `openConnector`. */
  readonly openConnector?: (() => Connector) | undefined;
  /** What is asked of hosts that are not on the link, in this order. Default: `defaultPings`. */
  readonly pings?: readonly Ping[] | undefined;
  /** Asks those that are; without it they are pinged as the others are (`--disable-arp-ping`). */
  readonly sweep?: Sweep | undefined;
  /** Hosts on one link that the sweep takes at most; where there are more, they are pinged. Default: any number. */
  readonly sweepHostsMax?: number | undefined;
  /** Where raw sockets are not permitted, connect instead, and say so. */
  readonly orConnect?: boolean | undefined;
  readonly timing: TimingTemplate;
  /** Whether nothing may be sent for now. */
  readonly isHeld?: (() => boolean) | undefined;
  /** Probes per second. */
  readonly probesPerSecondMin?: number | undefined;
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two probes. Default: the template's. */
  readonly delayUs?: number | undefined;
  /** Times that a silent host is asked again. Default: the template's. */
  readonly retriesMax?: number | undefined;
  readonly sourcePort?: number | undefined;
  /** Probes leave by this one. */
  readonly interface?: NetworkInterface | undefined;
  /** Hops that a ping may take, 1 … 255. */
  readonly timeToLive?: number | undefined;
  /** Of the order, 0 … 2^53 - 1. */
  readonly seed: number;
  readonly signal: AbortSignal;
  /** Called now and then; `asking` is a ping's name (`syn 443`), or `connect`. */
  readonly progress?: ((progress: ProbeProgress, asking: string) => void) | undefined;
}

export interface Discovery {
  /** By number of the host; `hostsUp(hosts, states.up)` are those to be scanned. */
  readonly states: HostStates;
  /** How pings were sent: `packet`, `raw-ip` or a connector's name; `none` where none was needed. */
  readonly engine: string;
  /** Why connections took the place of pings; undefined where they did not. */
  readonly because: string | undefined;
  /** Probes sent, those sent again included. */
  readonly probes: number;
  readonly losses: Losses;
}

/** Ports that are connected to: nmap's reference guide, "Host Discovery". */
const CONNECT_PORTS = [80, 443] as const;

const LOCALHOST = verdict("open", "localhost-response");
const ARP = verdict("open", "arp-response");
const ND = verdict("open", "nd-response");
const NO_ROUTE = verdict("filtered", "no-route");

/** Numbers of some hosts; undefined for all of the list. */
type Some = HostNumbers | undefined;

/**
 * Asks which hosts are up. When the signal aborts, what is known by then is the result.
 *
 * @throws {PalisadeError} `SCAN_PING_IPV4_ONLY`, `SCAN_PING_RANGE`; `LINK_NO_ROUTE` where there is no way to any of the hosts;
 *   `LINK_NOT_PERMITTED` without CAP_NET_RAW, unless `orConnect`; what the sweep, `openPacketLink` and `openConnector` throw
 */
export async function discover(options: DiscoverOptions): Promise<Discovery> {
  const { hosts } = options;
  const version = hosts.addressBytes === 4 ? 4 : 6;
  const pings = (options.pings ?? defaultPings(version)).map((ping) => pingTechnique(ping, version));
  const ways = hostWays(hosts, kernelWays(hosts.size, options.interface));
  return new Discovering(options, ways).run(pings);
}

class Discovering {
  readonly #options: DiscoverOptions;
  readonly #ways: HostWays;
  readonly #states: HostStates;
  #probes = 0;
  #ringDrops = 0;
  #sendRefusals = 0;
  #firewalled = 0;
  readonly #nowUs = (): number => (performance.timeOrigin + performance.now()) * 1_000;

  constructor(options: DiscoverOptions, ways: HostWays) {
    this.#options = options;
    this.#ways = ways;
    this.#states = options.states ?? new HostStates(options.hosts.size);
  }

  async run(pings: readonly PingTechnique[]): Promise<Discovery> {
    const { signal, orConnect } = this.#options;
    let engine = "none";
    let because: string | undefined;
    this.#markKnown();
    try {
      engine = await this.#ask(pings);
    } catch (error) {
      // Stopped while the way was looked for.
      if (!(signal.aborted && error === signal.reason)) {
        because = whyConnect(error);
        if (orConnect !== true || because === undefined) throw error;
        engine = await this.#connect();
      }
    }
    return {
      states: this.#states,
      engine,
      because,
      probes: this.#probes,
      losses: {
        ringDrops: this.#ringDrops,
        sendRefusals: this.#sendRefusals,
        firewalled: this.#firewalled,
      },
    };
  }

  /** What needs no question. */
  #markKnown(): void {
    const { hosts } = this.#options;
    const { own, noRoute, others } = this.#ways;
    if (noRoute.length > 0 && noRoute.length === hosts.size) {
      const address = new Uint8Array(hosts.addressBytes);
      hosts.write(0, address, 0);
      findRoute(address, { interface: this.#options.interface }); // throws what there is to say
    }
    for (const host of own) this.#states.told(host, LOCALHOST, 0, -1);
    for (const host of noRoute) this.#states.told(host, NO_ROUTE, 0, -1);
    if (others !== undefined) return;
    for (const { address } of listAddresses()) {
      const host = address.length === hosts.addressBytes ? hosts.indexAt(address, 0) : -1;
      if (host >= 0) this.#states.told(host, LOCALHOST, 0, -1);
    }
  }

  async #ask(pings: readonly PingTechnique[]): Promise<string> {
    const { sweep, sweepHostsMax = Number.POSITIVE_INFINITY, signal } = this.#options;
    if (sweep === undefined) return this.#ping(pings, this.#reachable());
    const { links, others } = this.#ways;
    const tooLarge = links.filter(({ numbers }) => numbers.length > sweepHostsMax);
    for (const link of links) {
      if (!tooLarge.includes(link) && !signal.aborted) await this.#sweep(sweep, link);
    }
    return this.#ping(pings, others && merged([others, ...tooLarge.map(({ numbers }) => numbers)]));
  }

  /** All hosts but our own and those that no route leads to. */
  #reachable(): Some {
    const { links, others } = this.#ways;
    return others === undefined ? undefined : merged([others, ...links.map(({ numbers }) => numbers)]);
  }

  async #sweep(sweep: Sweep, { interface: device, numbers }: LinkHosts): Promise<void> {
    const { hosts, signal } = this.#options;
    const response = hosts.addressBytes === 4 ? ARP : ND;
    const up = (host: number, roundTripUs: number): void => {
      this.#states.told(numbers[host]!, response, 0, roundTripUs);
    };
    const { probes, losses } = await sweep(hostSubset(hosts, numbers), device, up, signal);
    this.#probes += probes;
    this.#ringDrops += losses.ringDrops;
    this.#sendRefusals += losses.sendRefusals;
  }

  /** @returns the engine */
  async #ping(pings: readonly PingTechnique[], some: Some): Promise<string> {
    const { options, list, numberOf } = this.#part(some);
    const { signal, interface: device, timeToLive } = options;
    if (list.size === 0 || pings.length === 0 || signal.aborted) return "none";
    const states = this.#states;
    const sourcePort = options.sourcePort ?? chooseSourcePort(Math.random());
    const rounds = new PingRounds({
      ...this.#commons(),
      hosts: list,
      pings,
      // What is known already is not asked.
      table: list === options.hosts ? states.up : this.#tableOf(list, numberOf),
      codes: states.codes,
      cookie: new Cookie(randomBytes(COOKIE_KEY_BYTES)),
      sourcePort,
      openLink: (ipProtocol, probeBytesMax) =>
        (options.openLink ?? openPacketLink)({
          hosts: list,
          portsPerHost: pings.length,
          ipProtocol,
          probeBytesMax,
          sourcePort,
          interface: device,
          timeToLive,
          signal,
        }),
      told: ({ pair, verdict, ttl, roundTripUs }) => states.told(numberOf(pair), verdict, ttl, roundTripUs),
      progress: (progress, asking) => options.progress?.(progress, asking),
    });
    try {
      await rounds.run(signal);
      return rounds.engine ?? "none";
    } finally {
      this.#probes += rounds.probes;
      this.#ringDrops += rounds.ringDrops;
      this.#sendRefusals += rounds.sendRefusals;
      this.#firewalled += rounds.firewalled;
      rounds.close();
    }
  }

  /** A table for some of the hosts, with what is known of them. */
  #tableOf(list: HostList, numberOf: (host: number) => number): StateTable {
    const table = new StateTable(list.size);
    for (let host = 0; host < list.size; host += 1) {
      const code = this.#states.up.get(numberOf(host));
      if (code !== 0) table.set(host, code);
    }
    return table;
  }

  /** @returns the engine */
  async #connect(): Promise<string> {
    const { options, list, numberOf } = this.#part(this.#reachable());
    const { signal, interface: device } = options;
    if (list.size === 0 || signal.aborted) return "none";
    const connector = (options.openConnector ?? openConnector)();
    // Connections that are only shown pass no firewall.
    const firewall =
      options.openConnector === undefined ? new OwnFirewall(list.addressBytes === 4 ? 4 : 6) : undefined;
    try {
      const probes = await connectPings(
        {
          ...this.#commons(),
          hosts: list,
          ports: CONNECT_PORTS,
          connector,
          scopeId: device?.index ?? 0,
          told: (host, verdict, tookUs) => this.#states.told(numberOf(host), verdict, 0, tookUs),
          progress: (progress) => options.progress?.(progress, "connect"),
        },
        signal,
      );
      this.#probes += probes;
      this.#firewalled +=
        (await firewall?.dropped(this.#silent(list, numberOf), probes, pauseMsOf(options), signal)) ?? 0;
      return connector.name;
    } finally {
      connector.close();
    }
  }

  /** Hosts that are not up, at a port that they were asked. */
  *#silent(list: HostList, numberOf: (host: number) => number): Generator<SilentPort> {
    const octets = new Uint8Array(list.addressBytes);
    const { interface: device } = this.#options;
    for (let host = 0; host < list.size; host += 1) {
      if (this.#states.isUp(numberOf(host))) continue;
      list.write(host, octets, 0);
      const zone = isLinkLocal(octets) && device !== undefined ? `%${device.name}` : "";
      yield { address: `${formatIpAddress(octets)}${zone}`, port: CONNECT_PORTS[0] };
    }
  }

  /** Some of the hosts as a list, and the numbers that they have among all. */
  #part(some: Some) {
    const options = this.#options;
    const isAll = some === undefined || some.length === options.hosts.size;
    const list = isAll ? options.hosts : hostSubset(options.hosts, some);
    const numberOf = isAll ? (host: number) => host : (host: number) => some[host]!;
    return { options, list, numberOf };
  }

  #commons() {
    const { timing, seed, isHeld, probesPerSecondMin, probesPerSecondMax, delayUs, retriesMax } =
      this.#options;
    const times = new RttEstimator(timing);
    return {
      seed,
      isHeld,
      pacer: new ScanPacer({
        probesPerSecondMin,
        probesPerSecondMax,
        delayUs: delayUs ?? timing.scanDelayUs,
        roundTripUs: () => times.smoothedUs,
        nowUs: this.#nowUs(),
      }),
      replyTime: times,
      retriesMax: retriesMax ?? timing.retriesMax,
      nowUs: this.#nowUs,
    };
  }
}

/** Ascending numbers of several lists as one. */
function merged(lists: readonly HostNumbers[]): HostNumbers {
  const [first] = lists;
  if (first !== undefined && lists.length === 1) return first;
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const list of lists) {
    all.set(list, end);
    end += list.length;
  }
  return all.sort();
}
