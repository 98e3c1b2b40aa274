/**
 * Compares two recorded scans. Pure: two values in, one out; time and memory are those of the records.
 */
import type { PortProtocol } from "../ports/services.js";
import type { RecordedHost, RecordedPort, RecordedScan, RecordedService } from "../report/json-reader.js";
import type { PortState } from "../technique.js";
import type {
  ComparedHost,
  ComparedScan,
  HostChange,
  NotCompared,
  NotComparedBecause,
  OpenPort,
  PortChange,
  PortSight,
  ScanDifference,
  ServiceChange,
} from "./difference.js";
import { HostView, holdsAll, ScanView, SILENT_HOST } from "./scan-view.js";

/** What changed from `older` to `newer`. */
export function compareScans(older: RecordedScan, newer: RecordedScan): ScanDifference {
  return new Comparison(new ScanView(older), new ScanView(newer)).run();
}

const PROTOCOLS: readonly PortProtocol[] = ["tcp", "udp", "sctp", "ip"];
/** What is certainly not open, as far as a scan can tell. */
const SHUT: ReadonlySet<PortState> = new Set(["closed", "filtered", "closed|filtered"]);
/** Reasons of ports that say nothing of the host itself: silence, and what routers say. */
const NOT_OF_HOST: ReadonlySet<string> = new Set([
  "no-response",
  "no-route",
  "net-unreach",
  "host-unreach",
  "net-prohibited",
  "time-exceeded",
]);
/** Reasons of hosts that nobody tried to discover. */
const UNDISCOVERED: ReadonlySet<string> = new Set(["port-reply", "user-set"]);

/** What a scan has of a host; `SILENT_HOST` where it asked in vain. */
type Known = HostView | typeof SILENT_HOST;

class Comparison {
  readonly #older: ScanView;
  readonly #newer: ScanView;
  readonly #opened: PortChange[] = [];
  readonly #closed: PortChange[] = [];
  readonly #changed: PortChange[] = [];
  readonly #services: ServiceChange[] = [];
  readonly #appeared: HostChange[] = [];
  readonly #gone: HostChange[] = [];
  readonly #notCompared: NotCompared[] = [];
  #stillOpen = 0;

  constructor(older: ScanView, newer: ScanView) {
    this.#older = older;
    this.#newer = newer;
  }

  run(): ScanDifference {
    for (const host of hostsOf(this.#older, this.#newer)) {
      const before = this.#older.host(host);
      const after = this.#newer.host(host);
      const isBeforeKnown = before instanceof HostView || before === SILENT_HOST;
      const isAfterKnown = after instanceof HostView || after === SILENT_HOST;
      if (isBeforeKnown && isAfterKnown) this.#compareHost(before, after);
      else if (after instanceof HostView && !isBeforeKnown) this.#leaveHost(after.host, "newer", before);
      else if (before instanceof HostView && !isAfterKnown) this.#leaveHost(before.host, "older", after);
    }
    return {
      older: comparedScan(this.#older.scan),
      newer: comparedScan(this.#newer.scan),
      opened: this.#opened,
      closed: this.#closed,
      changed: this.#changed,
      services: this.#services,
      appeared: this.#appeared,
      gone: this.#gone,
      notCompared: this.#notCompared,
      stillOpen: this.#stillOpen,
    };
  }

  /** A host of which the other scan knows nothing. */
  #leaveHost(host: RecordedHost, seenBy: NotCompared["seenBy"], because: NotComparedBecause): void {
    const open = openPorts(host);
    if (host.state !== "up" && open.length === 0) return;
    this.#notCompared.push({ ...comparedHost(host), seenBy, because, open });
  }

  #compareHost(before: Known, after: Known): void {
    const wasUp = isUp(before);
    const isNowUp = isUp(after);
    if (wasUp && !isNowUp) {
      const because = answerBecause(before, this.#older, after, this.#newer);
      if (because !== undefined) this.#leaveHost(before.host, "older", because);
      else {
        this.#gone.push({ ...comparedHost(before.host), open: openPorts(before.host) });
      }
      return;
    }
    if (isNowUp && !wasUp) {
      const because = answerBecause(after, this.#newer, before, this.#older);
      if (because !== undefined) {
        this.#leaveHost(after.host, "newer", because);
        return;
      }
      this.#appeared.push({ ...comparedHost(after.host), open: openPorts(after.host) });
    }
    this.#comparePorts(before, after, isNowUp && !wasUp);
  }

  #comparePorts(before: Known, after: Known, hasAppeared: boolean): void {
    const one = after instanceof HostView ? after : before;
    if (!(one instanceof HostView)) return;
    const { address, zone } = one.host;
    const names =
      one.host.names.length > 0 || !(before instanceof HostView) ? one.host.names : before.host.names;
    const left = new Map<string, OpenPort[]>();
    for (const { protocol, port } of listedPorts(before, after)) {
      const recordedBefore = before instanceof HostView ? before.listed(protocol, port) : undefined;
      const recordedAfter = after instanceof HostView ? after.listed(protocol, port) : undefined;
      const sightBefore = this.#sight(this.#older, before, this.#newer, protocol, port);
      const sightAfter = this.#sight(this.#newer, after, this.#older, protocol, port);
      const service = recordedAfter?.service ?? recordedBefore?.service;
      if (typeof sightBefore === "string" || typeof sightAfter === "string") {
        for (const [recorded, seenBy, other] of [
          [recordedBefore, "older", sightAfter],
          [recordedAfter, "newer", sightBefore],
        ] as const) {
          if (recorded === undefined || !isOpen(recorded) || typeof other !== "string") continue;
          const key = `${seenBy} ${other}`;
          const ports = left.get(key) ?? [];
          ports.push({ protocol, port, service: recorded.service });
          left.set(key, ports);
        }
        continue;
      }
      const change: PortChange = {
        address,
        zone,
        names,
        protocol,
        port,
        before: sightBefore,
        after: sightAfter,
        service,
      };
      if (isSurelyOpen(sightBefore) && isSurelyOpen(sightAfter)) {
        this.#stillOpen += 1;
        const services = servicesOf(recordedBefore, recordedAfter);
        if (services !== undefined)
          this.#services.push({ address, zone, names, protocol, port, ...services });
      } else if (isSurelyOpen(sightAfter) && isShut(sightBefore)) this.#opened.push(change);
      else if (isSurelyOpen(sightBefore) && isShut(sightAfter)) this.#closed.push(change);
      else if (!hasAppeared && sightBefore.states.every((state) => !sightAfter.states.includes(state)))
        this.#changed.push(change);
    }
    for (const [key, open] of left) {
      const [seenBy, because] = key.split(" ") as [NotCompared["seenBy"], NotComparedBecause];
      this.#notCompared.push({ address, zone, names, seenBy, because, open });
    }
  }

  /** What a scan says of a port that the other scan may have listed. */
  #sight(
    view: ScanView,
    known: Known,
    other: ScanView,
    protocol: PortProtocol,
    port: number,
  ): PortSight | NotComparedBecause {
    const meaning = view.meaningOf(protocol);
    if (meaning === undefined) return "port-not-asked";
    const otherMeaning = other.meaningOf(protocol);
    if (otherMeaning !== undefined && otherMeaning !== meaning) return "other-technique";
    const isAsked = view.isAsked(protocol, port);
    if (known instanceof HostView) return known.sight(protocol, port, isAsked);
    const silence = view.silenceOf(protocol);
    if (isAsked === false) return "port-not-asked";
    if (isAsked === undefined || silence === undefined) return "port-unknown";
    return { states: [silence], reason: "no-response" };
  }
}

function comparedScan(scan: RecordedScan): ComparedScan {
  const { startedMs, finishedMs, techniques, isStopped, hostsAsked } = scan;
  return { startedMs, finishedMs, techniques, isStopped, hostsAsked };
}

/** What changes say of their host. */
function comparedHost({ address, zone, names }: RecordedHost): ComparedHost {
  return { address, zone, names };
}

/** Hosts of either scan, each once, IPv4 first. Where only one of the scans says on which link its hosts are, it is taken for the same. */
function hostsOf(older: ScanView, newer: ScanView): RecordedHost[] {
  const hosts = new Map<string, RecordedHost>();
  const areApart = older.zone !== undefined && newer.zone !== undefined && older.zone !== newer.zone;
  for (const host of [...older.scan.hosts, ...newer.scan.hosts])
    hosts.set(areApart ? `${host.address}%${host.zone ?? ""}` : host.address, host);
  return [...hosts.values()].sort(
    (a, b) => a.octets.length - b.octets.length || Buffer.compare(a.octets, b.octets),
  );
}

/** Ports that one of both lists, each once, in order. */
function listedPorts(before: Known, after: Known): RecordedPort[] {
  const ports = new Map<number, RecordedPort>();
  for (const known of [before, after]) {
    if (!(known instanceof HostView)) continue;
    for (const port of known.host.ports) ports.set(orderOf(port), port);
  }
  return [...ports].sort(([a], [b]) => a - b).map(([, port]) => port);
}

function orderOf({ protocol, port }: RecordedPort): number {
  return PROTOCOLS.indexOf(protocol) * 65_536 + port;
}

function openPorts(host: RecordedHost): OpenPort[] {
  return host.ports
    .filter(isOpen)
    .sort((a, b) => orderOf(a) - orderOf(b))
    .map(({ protocol, port, service }) => ({ protocol, port, service }));
}

function isOpen({ state }: RecordedPort): boolean {
  return state === "open";
}

function isUp(known: Known): known is HostView {
  return known instanceof HostView && known.host.state === "up";
}

function isSurelyOpen({ states }: PortSight): boolean {
  return states.length === 1 && states[0] === "open";
}

function isShut({ states }: PortSight): boolean {
  return states.every((state) => SHUT.has(state));
}

/**
 * Why the silence of a host in one scan does not mean that it is away, although it answered in the other; undefined where it
 * does: something that answered there was asked here too.
 */
function answerBecause(
  answering: HostView,
  answeringView: ScanView,
  silent: Known,
  silentView: ScanView,
): NotComparedBecause | undefined {
  if (silentView.scan.isStopped) return "unfinished";
  if (silent instanceof HostView && silent.host.state === "down")
    return UNDISCOVERED.has(answering.host.reason) ? "host-down" : undefined;
  let because: NotComparedBecause = "port-unknown";
  for (const { protocol, port, reason } of answering.host.ports) {
    if (NOT_OF_HOST.has(reason)) continue;
    const why = whyNotAsked(silentView, answeringView, protocol, port);
    if (why === undefined) return undefined;
    because = why;
  }
  // Ports that answered and are only counted: one of them was asked here where all were.
  for (const { protocol, reason, ports } of answering.host.others) {
    if (NOT_OF_HOST.has(reason)) continue;
    if (silentView.meaningOf(protocol) !== answeringView.meaningOf(protocol)) continue;
    const areAsked =
      ports === undefined
        ? silentView.asksAllOf(answeringView, protocol)
        : holdsAll(silentView.askedOf(protocol), ports);
    if (areAsked) return undefined;
  }
  return because;
}

function whyNotAsked(
  view: ScanView,
  other: ScanView,
  protocol: PortProtocol,
  port: number,
): NotComparedBecause | undefined {
  const isAsked = view.isAsked(protocol, port);
  if (isAsked !== true) return isAsked === false ? "port-not-asked" : "port-unknown";
  return view.meaningOf(protocol) === other.meaningOf(protocol) ? undefined : "other-technique";
}

/** Both services, where both were asked and differ. */
function servicesOf(
  before: RecordedPort | undefined,
  after: RecordedPort | undefined,
): { readonly before: RecordedService; readonly after: RecordedService } | undefined {
  const one = before?.service;
  const other = after?.service;
  if (one === undefined || other === undefined || !one.isProbed || !other.isProbed) return undefined;
  const isSame = one.name === other.name && one.product === other.product && one.version === other.version;
  return isSame ? undefined : { before: one, after: other };
}
