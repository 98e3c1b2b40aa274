/**
 * A recorded scan, as it is asked what it knows of a host or of a port. Where it does not know, it says why rather than guess:
 * a port that was not asked is no closed port.
 */
import { PalisadeError } from "@palisade/base";
import { IPV4_BYTES } from "@palisade/wire";
import type { PortProtocol } from "../ports/services.js";
import { countOf, type RecordedHost, type RecordedPort, type RecordedScan } from "../report/json-reader.js";
import { parseTarget, type TargetExpression } from "../targets/expression.js";
import { bigintStep, firstWithin, type Interval, numberStep, placeOf, union } from "../targets/intervals.js";
import type { PortState, Technique } from "../technique.js";
import { techniques } from "../techniques/index.js";
import { syn } from "../techniques/syn.js";
import type { NotComparedBecause, PortSight } from "./difference.js";
import { PortGroups } from "./port-groups.js";

/** What silence looks like; also of a pair that a stopped scan never came to. */
const SILENCE = "no-response";

/** The host was asked and its result is not listed, since it did not answer. */
export const SILENT_HOST = "silent-host";

export class ScanView {
  readonly scan: RecordedScan;
  readonly #hosts: ReadonlyMap<string, HostView>;
  readonly #meanings: ReadonlyMap<PortProtocol, string> | undefined;
  readonly #targets: Expressions | undefined;
  readonly #excluded: Expressions | undefined;
  readonly #asksAllOf = new WeakMap<ScanView, Map<PortProtocol, boolean>>();
  /** Name of the interface that link-local addresses are on: a scan has one at most. Undefined where the record does not say. */
  readonly zone: string | undefined;

  constructor(scan: RecordedScan) {
    this.scan = scan;
    this.#hosts = new Map(scan.hosts.map((host) => [host.address, new HostView(host, scan)]));
    this.#meanings = meaningsOf(scan.techniques);
    this.zone = scan.hosts.find(({ zone }) => zone !== undefined)?.zone;
    this.#targets = expressionsOf(scan.targets);
    this.#excluded = expressionsOf(scan.excluded);
  }

  /** What the scan has of a host; `SILENT_HOST` where it asked it in vain; else why it has nothing. */
  host({ octets, address, zone }: RecordedHost): HostView | typeof SILENT_HOST | NotComparedBecause {
    if (zone !== undefined && this.zone !== undefined && zone !== this.zone) return "host-not-asked";
    const host = this.#hosts.get(address);
    if (host !== undefined) return host;
    const { scan } = this;
    if (scan.hasFailed || scan.isStopped) return "unfinished";
    if (scan.hosts.length === scan.hostsAsked) return "host-not-asked";
    const asked = this.#targets?.has(octets);
    const leftOut = this.#excluded?.has(octets);
    if (asked === false || leftOut === true) return "host-not-asked";
    return asked === true && leftOut === false ? SILENT_HOST : "host-unknown";
  }

  /** Whether a port of `protocol` was asked: true, false, or undefined where the record does not say. */
  isAsked(protocol: PortProtocol, port: number): boolean | undefined {
    if (this.#meanings !== undefined && !this.#meanings.has(protocol)) return false;
    const { portsAsked } = this.scan;
    if (portsAsked === undefined) return undefined;
    const list = portsAsked.get(protocol) ?? portsAsked.get("all");
    return list !== undefined && firstWithin(list, [port, port]) !== undefined;
  }

  /** Ports of `protocol` that each host was asked about; undefined where the record does not say. */
  askedOf(protocol: PortProtocol): readonly Interval<number>[] | undefined {
    const { portsAsked } = this.scan;
    return portsAsked?.get(protocol) ?? portsAsked?.get("all");
  }

  /** Whether all ports of `protocol` that another scan asked were asked here too. Looked at once: every host may want to know. */
  asksAllOf(other: ScanView, protocol: PortProtocol): boolean {
    let known = this.#asksAllOf.get(other);
    if (known === undefined) this.#asksAllOf.set(other, (known = new Map()));
    const asksAll = known.get(protocol) ?? holdsAll(this.askedOf(protocol), other.askedOf(protocol));
    known.set(protocol, asksAll);
    return asksAll;
  }

  /** What a port of `protocol` is that never answered; undefined where its technique is not known. */
  silenceOf(protocol: PortProtocol): PortState | undefined {
    for (const name of this.scan.techniques) {
      const technique = techniqueNamed(name);
      if (technique?.protocol === protocol) return technique.silence;
    }
    return undefined;
  }

  /**
   * What states of a protocol's ports mean, as a word that two scans share where theirs mean the same; undefined where the
   * protocol was not scanned.
   */
  meaningOf(protocol: PortProtocol): string | undefined {
    return this.#meanings === undefined
      ? this.scan.techniques.toSorted().join("+")
      : this.#meanings.get(protocol);
  }
}

/** A SYN and a connection ask the same question: whether somebody listens. Other techniques ask each its own. */
const HANDSHAKE = "handshake";
/** The technique that is none: the system's own connections. */
const CONNECT = "connect";

function techniqueNamed(name: string): Technique | undefined {
  return techniques.find((one) => one.name === (name === CONNECT ? syn.name : name));
}

/** By protocol, what its techniques are called together; undefined where one is not known. */
function meaningsOf(names: readonly string[]): ReadonlyMap<PortProtocol, string> | undefined {
  const meanings = new Map<PortProtocol, Set<string>>();
  for (const name of names) {
    const technique = techniqueNamed(name);
    if (technique === undefined) return undefined;
    const words = meanings.get(technique.protocol) ?? new Set();
    words.add(technique === syn ? HANDSHAKE : name);
    meanings.set(technique.protocol, words);
  }
  return new Map([...meanings].map(([protocol, words]) => [protocol, [...words].sort().join("+")]));
}

/** Octet lists that are looked through one by one; of more, nothing is said. */
const OCTET_LISTS = 256;

/** Addresses of target expressions, to be looked up. */
class Expressions {
  readonly #ipv4: readonly Interval<number>[];
  readonly #ipv6: readonly Interval<bigint>[];
  readonly #octets: readonly (readonly Uint8Array[])[];
  /** Whether an address that is not among them is none of theirs: a name stands for whatever it stood for then. */
  readonly #isComplete: boolean;

  constructor(expressions: readonly TargetExpression[]) {
    const ipv4: Interval<number>[] = [];
    const ipv6: Interval<bigint>[] = [];
    const octets: (readonly Uint8Array[])[] = [];
    for (const expression of expressions) {
      if (expression.kind === "ipv4") ipv4.push([expression.first, expression.last]);
      else if (expression.kind === "ipv6") ipv6.push([expression.first, expression.last]);
      else if (expression.kind === "ipv4-octets") octets.push(expression.octets);
    }
    this.#ipv4 = union(ipv4, numberStep);
    this.#ipv6 = union(ipv6, bigintStep);
    this.#octets = octets.slice(0, OCTET_LISTS);
    this.#isComplete = octets.length <= OCTET_LISTS && expressions.every(({ kind }) => kind !== "name");
  }

  /** Undefined where it cannot be told. */
  has(octets: Uint8Array): boolean | undefined {
    return this.#holds(octets) || (this.#isComplete ? false : undefined);
  }

  #holds(octets: Uint8Array): boolean {
    if (octets.length !== IPV4_BYTES) {
      const value = octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n);
      return firstWithin(this.#ipv6, [value, value]) !== undefined;
    }
    const value = octets.reduce((sum, octet) => sum * 256 + octet, 0);
    if (firstWithin(this.#ipv4, [value, value]) !== undefined) return true;
    return this.#octets.some((lists) => lists.every((list, at) => list.includes(octets[at]!)));
  }
}

/** Undefined where there are none, or one is not understood. */
function expressionsOf(texts: readonly string[] | undefined): Expressions | undefined {
  if (texts === undefined) return undefined;
  try {
    return new Expressions(texts.map((text) => parseTarget(text)));
  } catch (error) {
    if (error instanceof PalisadeError) return undefined;
    throw error;
  }
}

/** What a scan has of one host. */
export class HostView {
  readonly host: RecordedHost;
  readonly #scan: RecordedScan;
  readonly #ports: ReadonlyMap<string, RecordedPort>;
  readonly #isWhole = new Map<PortProtocol, boolean>();
  readonly #groups = new Map<PortProtocol, PortGroups>();
  /** What is said of a port that is in one of the groups without names. */
  readonly #unnamed = new Map<PortProtocol, PortSight | NotComparedBecause>();

  constructor(host: RecordedHost, scan: RecordedScan) {
    this.host = host;
    this.#scan = scan;
    this.#ports = new Map(host.ports.map((port) => [`${port.protocol}${port.port}`, port]));
  }

  listed(protocol: PortProtocol, port: number): RecordedPort | undefined {
    return this.#ports.get(`${protocol}${port}`);
  }

  /** What the scan says of a port that it asked, or may have asked (`isAsked` undefined); else why it says nothing. */
  sight(protocol: PortProtocol, port: number, isAsked: boolean | undefined): PortSight | NotComparedBecause {
    const listed = this.listed(protocol, port);
    if (listed !== undefined) return this.#told([listed]);
    if (isAsked === false) return "port-not-asked";
    const groups = this.#groupsOf(protocol);
    const group = groups.with(port);
    if (group !== undefined) return this.#told([group]);
    if (this.host.ports.length === 0 && this.host.others.length === 0) {
      if (this.host.state === "down") return "host-down";
      return this.#scan.isStopped ? "unfinished" : "port-unknown";
    }
    // All groups say which ports are theirs, and this is in none: another shard's, or not asked after all.
    if (groups.unnamed.length === 0)
      return this.#scan.isStopped ? "unfinished" : isAsked === undefined ? "port-unknown" : "port-not-asked";
    if (isAsked === undefined || !this.#hasAll(protocol)) return "port-unknown";
    const told = this.#unnamed.get(protocol) ?? this.#told(groups.unnamed);
    this.#unnamed.set(protocol, told);
    return told;
  }

  #groupsOf(protocol: PortProtocol): PortGroups {
    const known = this.#groups.get(protocol);
    if (known !== undefined) return known;
    const groups = new PortGroups(this.host.others, protocol);
    this.#groups.set(protocol, groups);
    return groups;
  }

  /** Verdicts as one sight; those that look like silence are no verdicts where the scan did not come to its end. */
  #told(
    verdicts: readonly { readonly state: PortState; readonly reason: string }[],
  ): PortSight | NotComparedBecause {
    const { isStopped } = this.#scan;
    if (isStopped && verdicts.some(({ reason }) => reason === SILENCE)) return "unfinished";
    const states = [...new Set(verdicts.map(({ state }) => state))];
    const reasons = new Set(verdicts.map(({ reason }) => reason));
    return { states, reason: reasons.size === 1 ? verdicts[0]!.reason : undefined };
  }

  /** Whether all ports that were asked of a protocol are listed or counted here: not where others had a shard of them. */
  #hasAll(protocol: PortProtocol): boolean {
    const known = this.#isWhole.get(protocol);
    if (known !== undefined) return known;
    const { portsAsked } = this.#scan;
    const asked = countOf(portsAsked?.get(protocol) ?? portsAsked?.get("all") ?? []);
    const listed = this.host.ports.filter((port) => port.protocol === protocol).length;
    const counted = this.host.others
      .filter((group) => group.protocol === protocol)
      .reduce((sum, { count }) => sum + count, 0);
    const isWhole = listed + counted === asked;
    this.#isWhole.set(protocol, isWhole);
    return isWhole;
  }
}

/** Whether `outer` holds all that `inner` holds, and that is something. Either is undefined where a record does not say. */
export function holdsAll(
  outer: readonly Interval<number>[] | undefined,
  inner: readonly Interval<number>[] | undefined,
): boolean {
  if (outer === undefined || inner === undefined || inner.length === 0) return false;
  return inner.every(([first, last]) => {
    const held = outer[placeOf(outer, first)];
    return held !== undefined && held[0] <= first && held[1] >= last;
  });
}
