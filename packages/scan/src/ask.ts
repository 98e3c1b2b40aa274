/**
 * Asks what a part of a scan is to know, by packets or by connections.
 */
import { PalisadeError } from "@palisade/base";
import { type Connector, findInterface, type NetworkInterface } from "@palisade/link";
import { formatIpAddress } from "@palisade/wire";
import { ConnectScan } from "./connect-scan.js";
import { Cookie } from "./cookie.js";
import type { Neighbours } from "./discovery/link-sweep-neighbours.js";
import { familiesOf, isLinkLocal } from "./families.js";
import { checkEvasion, type Evasion, evasiveProbeBytes } from "./links/evasion.js";
import { EvasiveLink } from "./links/evasive-link.js";
import type { PacketLinkOptions } from "./links/packet-link.js";
import type { ProbeLink } from "./links/probe-link.js";
import { type OwnFirewall, pauseMsOf, type SilentPort } from "./own-firewall.js";
import { ScanPacer } from "./pace/pacer.js";
import { RttEstimator } from "./pace/rtt.js";
import type { TimingTemplate } from "./pace/templates.js";
import type { Part } from "./part.js";
import { type AskOptions, type ProbeProgress, ProbeScan } from "./probe-scan.js";
import type { EvasionOptions, ScanOptions } from "./scan-options.js";
import type { ScanPlan } from "./scan-plan.js";
import type { Technique, Verdict } from "./technique.js";
import { writeUnrouted } from "./unrouted.js";

/** TCP connections by the system's own calls. */
export const CONNECT = "connect";

/** How fast, and by which interface. */
export interface AskSettings {
  readonly timing: TimingTemplate;
  /** Probes per second. */
  readonly probesPerSecondMin?: number | undefined;
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two probes. Default: the template's. */
  readonly delayUs?: number | undefined;
  /** Times that a probe is sent again. Default: the template's. */
  readonly retriesMax?: number | undefined;
  /** As of `ScanOptions`. */
  readonly defeatsErrorLimits?: boolean | undefined;
  /** Probes leave by it. */
  readonly interface?: NetworkInterface | undefined;
  readonly evasion?: Evasion | undefined;
  /** Who is on the link, where that is known. */
  readonly neighbours?: Neighbours | undefined;
  readonly openLink: (options: PacketLinkOptions) => Promise<ProbeLink>;
  readonly openConnector: () => Connector;
  /** Looks whether connections were dropped on this machine. */
  readonly ownFirewall?: OwnFirewall | undefined;
  /** Whether nothing may be sent for now. */
  readonly isHeld: () => boolean;
  readonly progress: (progress: ProbeProgress) => void;
  readonly found: (pair: number, verdict: Verdict) => void;
  readonly signal: AbortSignal;
  /** Called when asking begins, with what brings the part up to date. */
  readonly running: (update: () => void) => void;
}

/** What is asked to be done to probes of one IP version. @throws {PalisadeError} `SCAN_EVASION_DECOYS` */
export function evasionFor(options: EvasionOptions | undefined, version: 4 | 6): Evasion | undefined {
  if (options === undefined) return undefined;
  const { decoys, ...rest } = options;
  return { ...rest, decoys: decoys?.(version) };
}

/**
 * Refuses what cannot be done to the probes of any technique and address family of a scan: before hosts are looked for, so that
 * nothing is sent at all.
 *
 * @throws {PalisadeError} as `checkEvasion` does
 */
export function checkEvasionOf({ evasion: options, targets, asks }: ScanOptions): void {
  if (options === undefined) return;
  for (const { addressBytes } of familiesOf(targets)) {
    const ipVersion = addressBytes === 4 ? 4 : 6;
    const evasion = evasionFor(options, ipVersion);
    for (const { technique } of asks) {
      if (technique === CONNECT || evasion === undefined) continue;
      const { ipProtocol, probeBytesMax } = technique;
      checkEvasion(evasion, { ipVersion, ipProtocol, probeBytesMax });
    }
  }
}

/** Asks by packets of a technique. @throws {PalisadeError} as `openPacketLink` does */
export async function askByPackets(
  part: Part,
  plan: ScanPlan,
  technique: Technique,
  settings: AskSettings,
): Promise<void> {
  const { signal } = settings;
  const link = await openLink(part, plan, technique, settings);
  try {
    const asking = new ProbeScan({
      ...commonsOf(part, plan, settings),
      technique,
      link,
      cookie: new Cookie(part.key),
      sourcePort: part.sourcePort,
      ttls: part.ttls,
      limitedHosts: technique.closedByError === true ? limitedHostsOf(settings) : undefined,
    });
    part.engine = link.engine;
    const before = { ...part };
    const update = (): void => {
      part.position = asking.passes.position;
      part.probes = before.probes + asking.probes;
      part.ringDrops = before.ringDrops + link.ringDrops();
      part.sendRefusals = before.sendRefusals + asking.sendRefusals;
      part.firewalled = before.firewalled + (link.firewalled?.() ?? 0);
      part.limitedHosts = asking.limitedHosts;
    };
    settings.running(update);
    try {
      await asking.run(signal);
    } finally {
      update();
    }
    if (asking.unreachable > 0) writeUnrouted(part, plan, link);
  } finally {
    link.close();
  }
}

async function openLink(
  part: Part,
  plan: ScanPlan,
  technique: Technique,
  settings: AskSettings,
): Promise<ProbeLink> {
  const { evasion, timing, probesPerSecondMax, delayUs } = settings;
  const { ipProtocol, probeBytesMax } = technique;
  const probes = { ipVersion: plan.hosts.addressBytes === 4 ? 4 : 6, ipProtocol, probeBytesMax } as const;
  const link = await settings.openLink({
    hosts: plan.hosts,
    portsPerHost: plan.ports.length,
    ipProtocol,
    probeBytesMax: evasion === undefined ? probeBytesMax : evasiveProbeBytes(evasion, probes),
    sourcePort: part.sourcePort,
    interface: settings.interface,
    neighbours: settings.neighbours,
    sweep: { probesPerSecondMax, delayUs: delayUs ?? timing.scanDelayUs },
    signal: settings.signal,
  });
  if (evasion === undefined) return link;
  try {
    return new EvasiveLink(link, { ...probes, evasion });
  } catch (error) {
    link.close();
    throw error;
  }
}

/** Asks by connections. @throws {PalisadeError} as `openConnector` does */
export async function askByConnect(part: Part, plan: ScanPlan, settings: AskSettings): Promise<void> {
  const scopeId = settings.interface?.index ?? 0;
  const connector = settings.openConnector();
  try {
    const { ownFirewall, signal } = settings;
    ownFirewall?.begin();
    const asking = new ConnectScan({ ...commonsOf(part, plan, settings), connector, scopeId });
    part.technique = CONNECT;
    part.engine = connector.name;
    part.because ??= connector.because;
    const before = { ...part };
    const update = (): void => {
      part.position = asking.passes.position;
      part.probes = before.probes + asking.probes;
      part.sendRefusals = before.sendRefusals + asking.sendRefusals;
      part.firewalled = before.firewalled + asking.firewalled;
    };
    settings.running(update);
    try {
      await asking.run(settings.signal);
    } finally {
      update();
    }
    const silent = silentPorts(part, plan, settings);
    part.firewalled += (await ownFirewall?.dropped(silent, asking.probes, pauseMsOf(settings), signal)) ?? 0;
  } finally {
    connector.close();
  }
}

/** Pairs that have not answered, in the order of asking. */
function* silentPorts({ table }: Part, plan: ScanPlan, settings: AskSettings): Generator<SilentPort> {
  const octets = new Uint8Array(plan.hosts.addressBytes);
  for (let place = 0; place < plan.size && table.answered < plan.size; place += 1) {
    const pair = plan.pairAt(place);
    if (table.get(pair) !== 0) continue;
    plan.hosts.write(plan.hostOf(pair), octets, 0);
    const zone = isLinkLocal(octets) && settings.interface !== undefined ? `%${settings.interface.name}` : "";
    yield { address: `${formatIpAddress(octets)}${zone}`, port: plan.portOf(pair) };
  }
}

/** What is done about hosts that limit their ICMP errors; undefined where they are not even looked for. */
export function limitedHostsOf(settings: AskSettings): "asked" | "counted" | undefined {
  const { timing, defeatsErrorLimits, probesPerSecondMin, retriesMax = timing.retriesMax } = settings;
  // A trial sends probes again.
  if (defeatsErrorLimits === true || retriesMax === 0) return undefined;
  return timing.waitsForErrors && probesPerSecondMin === undefined && retriesMax > 1 ? "asked" : "counted";
}

/** What both ways of asking need. */
function commonsOf(part: Part, plan: ScanPlan, settings: AskSettings): AskOptions {
  const { timing } = settings;
  const { timeOrigin } = performance;
  const nowUs = (): number => (timeOrigin + performance.now()) * 1_000;
  const replyTime = new RttEstimator(timing);
  return {
    plan,
    table: part.table,
    codes: part.codes,
    pacer: new ScanPacer({
      probesPerSecondMin: settings.probesPerSecondMin,
      probesPerSecondMax: settings.probesPerSecondMax,
      delayUs: settings.delayUs ?? timing.scanDelayUs,
      roundTripUs: () => replyTime.smoothedUs,
      nowUs: nowUs(),
    }),
    replyTime,
    retriesMax: settings.retriesMax ?? timing.retriesMax,
    nowUs,
    isHeld: settings.isHeld,
    from: part.position,
    progress: settings.progress,
    found: settings.found,
  };
}

/**
 * The interface of a name.
 *
 * @throws {PalisadeError} `LINK_UNKNOWN_INTERFACE`, `LINK_DOWN` where it cannot send
 */
export function interfaceThatIsUp(name: string): NetworkInterface {
  const found = findInterface(name);
  if (!found.up) {
    throw new PalisadeError(
      "LINK_DOWN",
      `interface ${name} is down: nothing can be sent before it is up (ip link set dev ${name} up)`,
    );
  }
  return found;
}
