/**
 * What two scans of the same network differ in: plain values. Only what both scans asked in a comparable way is a difference;
 * the rest is listed as not compared, with the reason.
 */
import type { PortProtocol } from "../ports/services.js";
import type { RecordedService } from "../report/json-reader.js";
import type { PortState } from "../technique.js";

/** One of the two scans, for headings. */
export interface ComparedScan {
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  readonly finishedMs: number;
  readonly techniques: readonly string[];
  readonly isStopped: boolean;
  readonly hostsAsked: number;
}

/**
 * What a scan says of a port. Where ports are counted and not listed, and not all in one state, it is one of several: then
 * `states` has more than one, and `reason` is undefined unless all share it.
 */
export interface PortSight {
  readonly states: readonly PortState[];
  readonly reason: string | undefined;
}

/** The host that something is said of. */
export interface ComparedHost {
  readonly address: string;
  /** Name of the interface that a link-local address is on: the same address on another is another host. */
  readonly zone?: string | undefined;
  readonly names: readonly string[];
}

export interface PortChange extends ComparedHost {
  readonly protocol: PortProtocol;
  readonly port: number;
  readonly before: PortSight;
  readonly after: PortSight;
  /** Of the newer scan, else of the older. */
  readonly service: RecordedService | undefined;
}

/** Both scans asked the service, and it said something else. */
export interface ServiceChange extends ComparedHost {
  readonly protocol: PortProtocol;
  readonly port: number;
  readonly before: RecordedService;
  readonly after: RecordedService;
}

export interface HostChange extends ComparedHost {
  /** Ports that are open, or were before it went away. */
  readonly open: readonly OpenPort[];
}

export interface OpenPort {
  readonly protocol: PortProtocol;
  readonly port: number;
  readonly service: RecordedService | undefined;
}

/**
 * Why something was not compared, as the scan that does not know it has it: the host was not among its targets (`host-not-asked`),
 * or nobody can tell whether it was (`host-unknown`); discovery took the host for down, so its ports were not asked
 * (`host-down`); the port was not asked (`port-not-asked`), or nobody can tell (`port-unknown`); it was asked by a technique whose
 * states mean something else (`other-technique`); the scan was stopped, or failed for this address family, before an answer could be
 * told from none (`unfinished`).
 */
export type NotComparedBecause =
  | "host-not-asked"
  | "host-unknown"
  | "host-down"
  | "port-not-asked"
  | "port-unknown"
  | "other-technique"
  | "unfinished";

/** Open ports of a host that one scan has and of which the other cannot say what they are. */
export interface NotCompared extends ComparedHost {
  /** The scan that has them open. */
  readonly seenBy: "older" | "newer";
  readonly because: NotComparedBecause;
  /** Empty where the host itself, which answered, is all that there is to compare. */
  readonly open: readonly OpenPort[];
}

/** All lists are by address (IPv4 first), then protocol and port. */
export interface ScanDifference {
  readonly older: ComparedScan;
  readonly newer: ComparedScan;
  /** Open now, and before certainly not. */
  readonly opened: readonly PortChange[];
  /** Open before, and now certainly not; ports of hosts that went away are theirs. */
  readonly closed: readonly PortChange[];
  /** Other states than before, of ports that a scan lists. */
  readonly changed: readonly PortChange[];
  readonly services: readonly ServiceChange[];
  /** Hosts that answer and did not; their open ports are in `opened` too. */
  readonly appeared: readonly HostChange[];
  /** Hosts that answered and do not. */
  readonly gone: readonly HostChange[];
  readonly notCompared: readonly NotCompared[];
  /** Ports that were open and are. */
  readonly stillOpen: number;
}
