import type { Connector, NetworkInterface } from "@palisade/link";
import type { CONNECT } from "./ask.js";
import type { SweepLink } from "./discovery/link-sweep-socket.js";
import type { Ping } from "./discovery/pings.js";
import type { Decoys } from "./links/decoys.js";
import type { Evasion } from "./links/evasion.js";
import type { PacketLinkOptions } from "./links/packet-link.js";
import type { ProbeLink } from "./links/probe-link.js";
import type { TimingTemplate } from "./pace/templates.js";
import type { Shard } from "./permutation.js";
import type { ProbeProgress } from "./probe-scan.js";
import type { HostResultOptions } from "./result/host-results.js";
import type { DetectOptions } from "./service/detect.js";
import type { ReverseLookUp } from "./targets/reverse-names.js";
import type { TargetSet } from "./targets/target-set.js";
import type { PortState, Technique } from "./technique.js";

/** What is asked of every host. */
export interface Ask {
  readonly technique: Technique | typeof CONNECT;
  /** 0 … 65,535, sorted, each once; protocol numbers, 0 … 255, where the technique asks about those. */
  readonly ports: readonly number[] | Uint16Array;
}

/** How hosts are looked for before their ports are asked about. */
export interface DiscoveryOptions {
  /** What is asked of hosts that are not on a link of ours, by IP version. Default: `defaultPings`. */
  readonly pings?: ((version: 4 | 6) => readonly Ping[]) | undefined;
  /** Hosts on a link of ours are pinged as well, not asked by ARP or Neighbour Discovery. */
  readonly withoutSweep?: boolean | undefined;
}

/** What is done to probes for the sake of those who watch; decoys by IP version. */
export interface EvasionOptions extends Omit<Evasion, "decoys"> {
  readonly decoys?: ((version: 4 | 6) => Decoys) | undefined;
}

/** How open ports are asked what serves them. */
export type ServiceOptions = Pick<
  DetectOptions,
  "database" | "intensity" | "concurrency" | "deadlineMs" | "details"
>;

export interface ScanOptions {
  readonly targets: TargetSet;
  /** Each technique once; none where only hosts are looked for. */
  readonly asks: readonly Ask[];
  /** Undefined: every target is taken for up. */
  readonly discovery?: DiscoveryOptions | undefined;
  /** Where a technique of TCP is not permitted, `connect` takes its place, and the result says so. */
  readonly orConnect?: boolean | undefined;
  readonly timing: TimingTemplate;
  /** Probes per second. */
  readonly probesPerSecondMin?: number | undefined;
  readonly probesPerSecondMax?: number | undefined;
  /** Microseconds between two probes. Default: the template's. */
  readonly delayUs?: number | undefined;
  /** Times that a probe is sent again. Default: the template's. */
  readonly retriesMax?: number | undefined;
  /**
   * Whether hosts that limit their ICMP errors are not waited for. UDP ports without a response are `closed|filtered` then, as with
   * nmap's `--defeat-icmp-ratelimit`. Default: they are waited for, but not with a template that does not, fewer than two retries or
   * a least rate.
   */
  readonly defeatsErrorLimits?: boolean | undefined;
  /** Milliseconds after which a technique gives up on hosts that have not answered all it asks: all are asked at the same time. */
  readonly hostTimeoutMs?: number | undefined;
  readonly sourcePort?: number | undefined;
  /** Name of the interface that probes leave by. */
  readonly interface?: string | undefined;
  readonly evasion?: EvasionOptions | undefined;
  /** Of a provider that answers for others (`providerOf`), only the ports that it does so at are asked. */
  readonly skipsProviders?: boolean | undefined;
  /**
   * Ports nobody uses that are asked of hosts with surprisingly many open ones, 0 … `CANARIES_MAX`, to tell hosts that answer as
   * if all were open. Default `CANARIES`.
   */
  readonly canaries?: number | undefined;
  /** Open ports are asked what serves them. */
  readonly services?: ServiceOptions | undefined;
  /** Gives the names of hosts that are not down, once all else is known. Default: they are not looked up. */
  readonly reverseLookUp?: ReverseLookUp | undefined;
  /** Of the order, 0 … 2^53 - 1; the same one gives the same order. Default: any. */
  readonly seed?: number | undefined;
  readonly shard?: Shard | undefined;
  /** Whether ports of a state are listed one by one, not only counted. Default: those that may be open. */
  readonly lists?: ((state: PortState) => boolean) | undefined;
  /**
   * Of ports that are not open and have the same state and reason, a host's are listed where there are no more than so many; else they
   * are counted. Default: any number.
   */
  readonly alikeListedMax?: number | undefined;
  /** What a port is registered for. */
  readonly serviceOf?: HostResultOptions["serviceOf"] | undefined;
  /** The command's words, for reports. */
  readonly arguments?: readonly string[] | undefined;
  /** What the targets were made of, and what was left out of them, as expressions: for whoever compares results. */
  readonly targetTexts?: readonly string[] | undefined;
  readonly excludedTexts?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((progress: ScanProgress) => void) | undefined;
  /** While it is true nothing is sent. */
  readonly isHeld?: (() => boolean) | undefined;
  /** Opens what probes leave by. Default `openPacketLink`. */
  readonly openLink?: ((options: PacketLinkOptions) => Promise<ProbeLink>) | undefined;
  /** Opens what connections are made by. Default `openConnector`. */
  readonly openConnector?: (() => Connector) | undefined;
  /** Stands before what questions for neighbours leave by. */
  readonly wrapSweep?: ((link: SweepLink, device: NetworkInterface) => SweepLink) | undefined;
  /** What `checkpoint` was given by a scan of the same options, which then goes on where that one was. */
  readonly resume?: Uint8Array | undefined;
  /**
   * Keeps what is known by now, for a scan that goes on after this one was stopped or killed: called every few seconds, never
   * twice at a time, and once more when the scan is stopped. Each piece is only good until the next is asked for.
   */
  readonly checkpoint?: ((pieces: () => Iterable<Uint8Array>, isLast: boolean) => Promise<void>) | undefined;
}

/** How far a scan is. */
export interface ScanProgress extends ProbeProgress {
  /** As in `ipv4 syn`. */
  readonly part: string;
}
