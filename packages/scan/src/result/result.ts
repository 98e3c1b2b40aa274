/**
 * What a scan comes to: plain values, as every report and program reads them. A result says how it was obtained.
 */
import type { PalisadeError } from "@palisade/base";
import type { HostJudgement } from "../canary.js";
import type { PortProtocol } from "../ports/services.js";
import type { ServiceResult } from "../service/service-result.js";
import type { PortState, Reason } from "../technique.js";

export type { PortProtocol };

export interface PortResult {
  readonly protocol: PortProtocol;
  /** 0 … 65,535; the protocol's number, 0 … 255, where the protocol is `ip`. */
  readonly port: number;
  readonly state: PortState;
  readonly reason: Reason;
  /** Time to live of the packet that decided it, as it arrived; 0 where none did. */
  readonly replyTtl: number;
  /** What serves it, or else what it is registered for (`method` is `table`); undefined where neither is known. */
  readonly service: PortService | undefined;
  /** What each technique said, where several asked it: `state` is the most certain (`mergeTechniques`). */
  readonly answers?: readonly TechniqueAnswer[] | undefined;
}

/** What one technique said of a port. */
export interface TechniqueAnswer {
  readonly technique: string;
  readonly state: PortState;
  readonly reason: Reason;
  /** As of `PortResult`; 0 for ports that are only counted. */
  readonly replyTtl: number;
}

/** A service, without where it is. */
export type PortService = Omit<ServiceResult, "address" | "port" | "protocol">;

/** Ports of one state and reason that are not listed one by one. */
export interface PortCount {
  readonly protocol: PortProtocol;
  readonly state: PortState;
  readonly reason: Reason;
  readonly count: number;
  /** Ranges of their ports, as in `1-21,23`. */
  readonly ports: string;
  /** What each technique said of all of them, where several asked. */
  readonly answers?: readonly TechniqueAnswer[] | undefined;
}

export type HostState = "up" | "down" | "unknown";

/** What canary ports say of a host: that what it calls open is worth nothing, or may be. */
export type HostVerdict = Exclude<HostJudgement, "ordinary">;

export interface HostResult {
  /** Canonical text (RFC 5952 for IPv6), without a zone. */
  readonly address: string;
  /** Name of the interface that a link-local address of IPv6 is on (RFC 4007 §11); undefined for other addresses. */
  readonly zone?: string | undefined;
  /** Names that the user gave for it. */
  readonly names: readonly string[];
  /** Names of its address in DNS; undefined where nobody looked them up, or could. */
  readonly reverseNames?: readonly string[] | undefined;
  readonly state: HostState;
  /** Why: `user-set` where nobody asked (`-Pn`), `not-asked` where nobody came to it before a stop, else the kind of the reply. */
  readonly reason: string;
  /** Time to live of that reply, as it arrived, and how long it took in microseconds; 0 and undefined where that is not known. */
  readonly replyTtl: number;
  readonly roundTripUs: number | undefined;
  /** Where it is on a link of ours: its link address, as in `02:77:00:00:00:02`. */
  readonly linkAddress: string | undefined;
  /** The provider that answers there for its customers' servers. */
  readonly provider: string | undefined;
  /** Undefined for hosts that are not surprising. */
  readonly verdict: HostVerdict | undefined;
  /** Listed ports, by protocol and number. */
  readonly ports: readonly PortResult[];
  readonly others: readonly PortCount[];
  /** Ports that were not asked, or not waited for, before the scan was stopped or the host's time was over. */
  readonly notAsked: number;
  /** The time for it was over before all of its ports had been asked often enough, or what serves them. */
  readonly isTimedOut: boolean;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  readonly finishedMs: number;
}

/** What was lost by ourselves, and what became of it. */
export interface Losses {
  /** Replies that the kernel dropped because we did not take them away in time. */
  readonly ringDrops: number;
  /** Probes that the kernel had no room for at first; each was sent later. */
  readonly sendRefusals: number;
  /** Packets that a rule of this machine's own firewall refused (EPERM), as far as the kernel tells: those were never sent. */
  readonly firewalled: number;
}

/** One technique over the addresses of one family. */
export interface ScanSummary {
  readonly family: "ipv4" | "ipv6";
  readonly technique: string;
  readonly protocol: PortProtocol;
  /** How probes were sent: `packet`, `raw-ip`, `io_uring`, `epoll` or `node`. */
  readonly engine: string;
  /** Why no better engine was taken; undefined where the best was. */
  readonly because: string | undefined;
  /** Ports asked of each host, in order, as ranges. */
  readonly ports: string;
  readonly portsPerHost: number;
  /** Probes sent, those sent again included. */
  readonly probes: number;
  /** Hosts that limit their ICMP errors and were not waited for, or not to the end: silence of theirs says nothing of a port. */
  readonly limitedHosts: number;
}

/** How the hosts of one family were looked for. */
export interface DiscoverySummary {
  readonly family: "ipv4" | "ipv6";
  /** As of `ScanSummary`; `none` where nobody had to be asked. */
  readonly engine: string;
  readonly because: string | undefined;
  readonly probes: number;
  /** Hosts that are up, of those that were asked. */
  readonly up: number;
}

/** What was to be asked of every host, whether or not there was one. */
export interface AskSummary {
  /** `connect` where connections took its place. */
  readonly technique: string;
  readonly protocol: PortProtocol;
  /** In order, as ranges. */
  readonly ports: string;
}

export interface ScanResult {
  /** Empty where every target was taken for up. */
  readonly discoveries: readonly DiscoverySummary[];
  /** What was done, in order; empty where nothing was asked. */
  readonly scans: readonly ScanSummary[];
  /** Empty where only hosts were looked for. */
  readonly asks: readonly AskSummary[];
  /** What was done to probes for the sake of those who watch, as in `fragments of 8 octets`; empty where nothing was. */
  readonly evasion: readonly string[];
  /** Of the order, 0 … 2^53 - 1, as text: with it, the same pairs are asked in the same order. */
  readonly seed: string;
  /** The command's words, for reports. */
  readonly arguments: readonly string[];
  /** Expressions of targets and of what was left out of them; undefined where nobody said. */
  readonly targets: readonly string[] | undefined;
  readonly excluded: readonly string[] | undefined;
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  readonly finishedMs: number;
  /** Probes sent, those sent again included. */
  readonly probes: number;
  readonly losses: Losses;
  /** The scan was stopped: what `notAsked` counts is in no list and no other count; what was silent was asked once at least. */
  readonly stopped: boolean;
  /**
   * What was not asked, or not waited for: hosts of which it is not known whether they are up, whose ports do not count, and pairs of
   * host and port. Zeros where the scan came to its end.
   */
  readonly notAsked: { readonly hosts: number; readonly ports: number };
  /** Addresses whose names could not be looked up, and why the first of them; undefined where all could, or none was to be. */
  readonly unnamed?: { readonly addresses: number; readonly because: string } | undefined;
  /** Why the addresses of one family could not be asked, where those of the other could. */
  readonly failure: PalisadeError | undefined;
  /** Addresses that were asked. */
  readonly hostsAsked: number;
  /** Results of each, made anew whenever they are gone through; of more than `HOSTS_LISTED_MAX` addresses, only those that answered. */
  readonly hosts: Iterable<HostResult>;
}

/** A port as it was found. */
export interface FoundPort {
  readonly address: string;
  /** As of `HostResult`. */
  readonly zone?: string | undefined;
  /** Several may find the same port. */
  readonly technique: string;
  readonly protocol: PortProtocol;
  readonly port: number;
  readonly state: PortState;
  readonly reason: Reason;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
}

/** What a scan tells while it runs and at its end: ports as they are found, then each host, then all of it. */
export type ScanRecord =
  | { readonly type: "port"; readonly port: FoundPort }
  | { readonly type: "host"; readonly host: HostResult }
  | { readonly type: "scan"; readonly result: ScanResult };

/** Addresses whose silence is listed one by one. */
export const HOSTS_LISTED_MAX = 4_096;

/**
 * Whole numbers, ascending and each once, as ranges: `1-3,7`. A range is passed over in steps that double, since numbers as far apart
 * as their places are have no gap between them: most lists are long and of few ranges.
 */
export function rangesOf(numbers: ArrayLike<number>): string {
  const parts: string[] = [];
  const { length } = numbers;
  for (let at = 0; at < length; at += 1) {
    const first = numbers[at]!;
    let step = 1;
    while (step > 0) {
      if (at + step < length && numbers[at + step] === numbers[at]! + step) {
        at += step;
        step *= 2;
      } else step >>>= 1;
    }
    const last = numbers[at]!;
    parts.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return parts.join(",");
}
