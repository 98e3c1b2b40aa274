/**
 * Reads what `scanJson` wrote: the results of a scan that was made before, by this or another version, to be compared with
 * another. Fields that are not known are passed over; those that are must be what docs/output.md says of them.
 */
import { PalisadeError } from "@palisade/base";
import { formatIpAddress, parseIpAddress } from "@palisade/wire";
import type { PortProtocol } from "../ports/services.js";
import type { HostState } from "../result/result.js";
import type { Interval } from "../targets/intervals.js";
import type { PortState } from "../technique.js";

/** Longest document, in characters: some 100 octets a listed port make it millions of ports. */
export const SCAN_JSON_CHARACTERS_MAX = 268_435_456;
/** Most hosts in one document. */
export const SCAN_JSON_HOSTS_MAX = 1_048_576;
/** Most entries of any one list in a host or in the head: all ports of three transports, and 256 protocols of IP. */
export const SCAN_JSON_ENTRIES_MAX = 196_864;
/** Longest text of a field that is kept, in characters. */
export const SCAN_JSON_TEXT_MAX = 4_096;

/** Most values in one document, of whatever kind: some eight a listed port. Those of JSON take ten times the memory of their text. */
export const SCAN_JSON_VALUES_MAX = 16_777_216;

/** Deepest nesting of lists and objects in one document: what is written has a third of it. */
export const JSON_DEPTH_MAX = 32;

/** What was found out about a port's service, or what the port is registered for. */
export interface RecordedService {
  readonly name: string;
  /** Somebody was asked; else the name is what a table has for the port. */
  readonly isProbed: boolean;
  readonly product: string | undefined;
  readonly version: string | undefined;
}

export interface RecordedPort {
  readonly protocol: PortProtocol;
  /** 0 … 65,535. */
  readonly port: number;
  readonly state: PortState;
  readonly reason: string;
  readonly service: RecordedService | undefined;
}

/** Ports that the document counts and does not list. */
export interface RecordedCount {
  readonly protocol: PortProtocol;
  readonly state: PortState;
  readonly reason: string;
  readonly count: number;
  /** Which they are, ascending and apart (neighbours are one interval); undefined where the document does not say. */
  readonly ports: readonly Interval<number>[] | undefined;
}

export interface RecordedHost {
  /** Canonical text, and the same as 4 or 16 octets. */
  readonly address: string;
  readonly octets: Uint8Array;
  /** Name of the interface that the address is on, where it is link-local; undefined where the document does not say. */
  readonly zone: string | undefined;
  readonly names: readonly string[];
  readonly state: HostState;
  readonly reason: string;
  readonly ports: readonly RecordedPort[];
  readonly others: readonly RecordedCount[];
}

export interface RecordedScan {
  /** Milliseconds since the epoch. */
  readonly startedMs: number;
  readonly finishedMs: number;
  /** Names of techniques; never empty. */
  readonly techniques: readonly string[];
  /** Ended before all was asked. */
  readonly isStopped: boolean;
  /** One address family could not be asked. */
  readonly hasFailed: boolean;
  /** Addresses that were asked. */
  readonly hostsAsked: number;
  /**
   * Ports that each host was asked about, by protocol, ascending and apart (neighbours are one interval); undefined where the document does not say.
   * `all`: one list was given for whichever protocols were scanned.
   */
  readonly portsAsked: ReadonlyMap<PortProtocol | "all", readonly Interval<number>[]> | undefined;
  /** Expressions of what was asked, and what was left out of that; undefined where the document does not say. */
  readonly targets: readonly string[] | undefined;
  readonly excluded: readonly string[] | undefined;
  readonly hosts: readonly RecordedHost[];
}

/**
 * The scan that `text` records.
 *
 * @throws {PalisadeError} `SCAN_JSON_MALFORMED`, naming the field that is wrong and what it should be
 */
export function readScanJson(text: string): RecordedScan {
  if (text.length > SCAN_JSON_CHARACTERS_MAX)
    throw malformed("the document", `no longer than ${SCAN_JSON_CHARACTERS_MAX} characters`);
  if (jsonExceeds(text, SCAN_JSON_VALUES_MAX))
    throw malformed(
      "the document",
      `of no more than ${SCAN_JSON_VALUES_MAX} values, nested no deeper than ${JSON_DEPTH_MAX}`,
    );
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const lines = /^\s*\{[^\n]*\}\r?\n\s*\{/.test(text);
    throw malformed(
      "the document",
      lines ? "one object: write it with --format json, not jsonl" : "JSON, as -oJ FILE writes it",
      cause,
    );
  }
  const scan = objectOf(value, "the document");
  if (scan.hosts === undefined && scan.ports !== undefined && scan.address !== undefined)
    throw malformed(
      "the document",
      "the whole scan, not one host of it: write it with --format json, not jsonl",
    );
  const hosts = listOf(scan.hosts, "hosts", SCAN_JSON_HOSTS_MAX).map((host, at) =>
    readHost(host, `hosts[${at}]`),
  );
  const seen = new Set<string>();
  for (const [at, { address }] of hosts.entries()) {
    if (seen.has(address)) throw malformed(`hosts[${at}].address`, "there once");
    seen.add(address);
  }
  const hostsAsked = integerOf(scan.hosts_asked ?? hosts.length, "hosts_asked", Number.MAX_SAFE_INTEGER);
  if (hostsAsked < hosts.length) throw malformed("hosts_asked", "no less than there are hosts");
  return {
    startedMs: timeOf(scan.started, "started"),
    finishedMs: timeOf(scan.finished, "finished"),
    techniques: readTechniques(scan),
    isStopped: booleanOf(scan.stopped ?? false, "stopped"),
    hasFailed: scan.failure !== undefined && scan.failure !== null,
    hostsAsked,
    portsAsked: readPortsAsked(scan.ports_asked),
    targets: textsOf(scan.targets, "targets"),
    excluded: textsOf(scan.excluded, "excluded"),
    hosts,
  };
}

/**
 * Whether a text of JSON has more values than told, or nests them deeper than `JSON_DEPTH_MAX`: asked before it is parsed, since what
 * is parsed is all in memory, of which a level of nesting takes the most. One look at each character; of a text that is no JSON the
 * answer means nothing.
 */
export function jsonExceeds(text: string, valuesMax: number): boolean {
  let values = 1;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (quoted) {
      if (unit === 0x5c) at += 1;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x5d || unit === 0x7d) depth -= 1;
    else if (unit === 0x2c || unit === 0x5b || unit === 0x7b) {
      values += 1;
      if (unit !== 0x2c) depth += 1;
      if (values > valuesMax || depth > JSON_DEPTH_MAX) return true;
    }
  }
  return false;
}

const PROTOCOLS: readonly PortProtocol[] = ["tcp", "udp", "sctp", "ip"];
export const PORT_STATES: readonly PortState[] = [
  "open",
  "closed",
  "filtered",
  "unfiltered",
  "open|filtered",
  "closed|filtered",
];
const HOST_STATES: readonly HostState[] = ["up", "down", "unknown"];
const PORT_MAX = 65_535;

/** The fields that are read of any object; each is whatever the document has there. */
type Fields = Readonly<
  Partial<
    Record<
      | "hosts"
      | "ports"
      | "address"
      | "zone"
      | "hosts_asked"
      | "ports_asked"
      | "started"
      | "finished"
      | "stopped"
      | "failure"
      | "targets"
      | "excluded"
      | "technique"
      | "techniques"
      | "names"
      | "state"
      | "reason"
      | "others"
      | "protocol"
      | "port"
      | "count"
      | "service"
      | "name"
      | "method"
      | "product"
      | "version",
      unknown
    >
  >
>;

/** Each is looked at for every port. */
const TECHNIQUES_LISTED = 64;

function readTechniques(scan: Fields): readonly string[] {
  if (scan.techniques === undefined) return [textOf(scan.technique, "technique")];
  const techniques = textsOf(scan.techniques, "techniques", TECHNIQUES_LISTED)!;
  if (techniques.length === 0) throw malformed("techniques", "a list with the name of one at least");
  return techniques;
}

function readPortsAsked(value: unknown): RecordedScan["portsAsked"] {
  if (value === undefined) return undefined;
  if (typeof value === "string") return new Map([["all" as const, rangesOf(value, "ports_asked")]]);
  const lists: [string, unknown][] = Object.entries(objectOf(value, "ports_asked"));
  return new Map(
    lists.map(([protocol, list]) => {
      const where = `ports_asked.${protocol.slice(0, QUOTED_CHARACTERS)}`;
      return [oneOf(protocol, PROTOCOLS, where), rangesOf(textOf(list, where, PORT_LIST_CHARACTERS), where)];
    }),
  );
}

function readHost(value: unknown, where: string): RecordedHost {
  const host = objectOf(value, where);
  const octets = parseIpAddress(textOf(host.address, `${where}.address`));
  if (octets === undefined) throw malformed(`${where}.address`, "an IPv4 or IPv6 address");
  const ports = listOf(host.ports, `${where}.ports`, SCAN_JSON_ENTRIES_MAX).map((port, at) =>
    readPort(port, `${where}.ports[${at}]`),
  );
  const seen = new Set<number>();
  for (const [at, { protocol, port }] of ports.entries()) {
    const key = PROTOCOLS.indexOf(protocol) * (PORT_MAX + 1) + port;
    if (seen.has(key)) throw malformed(`${where}.ports[${at}]`, `there once: port ${port}/${protocol}`);
    seen.add(key);
  }
  return {
    address: formatIpAddress(octets),
    octets,
    zone: host.zone === undefined ? undefined : textOf(host.zone, `${where}.zone`),
    names: textsOf(host.names, `${where}.names`) ?? [],
    state: oneOf(host.state, HOST_STATES, `${where}.state`),
    reason: textOf(host.reason, `${where}.reason`),
    ports,
    others: listOf(host.others ?? [], `${where}.others`, SCAN_JSON_ENTRIES_MAX).map((count, at) =>
      readCount(count, `${where}.others[${at}]`),
    ),
  };
}

function readPort(value: unknown, where: string): RecordedPort {
  const port = objectOf(value, where);
  return {
    protocol: oneOf(port.protocol, PROTOCOLS, `${where}.protocol`),
    port: integerOf(port.port, `${where}.port`, PORT_MAX),
    state: oneOf(port.state, PORT_STATES, `${where}.state`),
    reason: textOf(port.reason, `${where}.reason`),
    service: port.service === undefined ? undefined : readService(port.service, `${where}.service`),
  };
}

function readService(value: unknown, where: string): RecordedService {
  const service = objectOf(value, where);
  const optional = (name: "method" | "product" | "version"): string | undefined =>
    service[name] === undefined ? undefined : textOf(service[name], `${where}.${name}`);
  return {
    name: textOf(service.name, `${where}.name`),
    isProbed: optional("method") !== "table",
    product: optional("product"),
    version: optional("version"),
  };
}

function readCount(value: unknown, where: string): RecordedCount {
  const group = objectOf(value, where);
  const ports =
    group.ports === undefined
      ? undefined
      : rangesOf(textOf(group.ports, `${where}.ports`, PORT_LIST_CHARACTERS), `${where}.ports`);
  const count = integerOf(group.count, `${where}.count`, PORT_MAX + 1);
  if (ports !== undefined && countOf(ports) !== count)
    throw malformed(`${where}.count`, `the ${countOf(ports)} ports that it has`);
  return {
    protocol: oneOf(group.protocol, PROTOCOLS, `${where}.protocol`),
    state: oneOf(group.state, PORT_STATES, `${where}.state`),
    reason: textOf(group.reason, `${where}.reason`),
    count,
    ports,
  };
}

/** How many numbers intervals hold that do not overlap. */
export function countOf(intervals: readonly Interval<number>[]): number {
  return intervals.reduce((sum, [first, last]) => sum + last - first + 1, 0);
}

/** A list of every other port with a comma between them. */
const PORT_LIST_CHARACTERS = 400_000;

/** `1-3,7` as intervals; ascending, so that none is there twice. Empty text is none. */
function rangesOf(text: string, where: string): readonly Interval<number>[] {
  if (text.length > PORT_LIST_CHARACTERS)
    throw malformed(where, `no longer than ${PORT_LIST_CHARACTERS} characters`);
  if (text === "") return [];
  let before = -1;
  const ranges: Interval<number>[] = [];
  for (const piece of text.split(",")) {
    const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(piece);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? range?.[1]);
    if (range === null || first <= before || last < first || last > PORT_MAX)
      throw malformed(where, `ascending ports and ranges, as in 22,80-90, not ${quoted(piece)}`);
    const touched = ranges.at(-1);
    if (touched !== undefined && first === before + 1) ranges[ranges.length - 1] = [touched[0], last];
    else ranges.push([first, last]);
    before = last;
  }
  return ranges;
}

function objectOf(value: unknown, where: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed(where, "an object");
  return value as Fields;
}

function listOf(value: unknown, where: string, entriesMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw malformed(where, "a list");
  if (value.length > entriesMax) throw malformed(where, `a list of no more than ${entriesMax}`);
  return value;
}

function textOf(value: unknown, where: string, charactersMax = SCAN_JSON_TEXT_MAX): string {
  if (typeof value !== "string") throw malformed(where, "text");
  if (value.length > charactersMax) throw malformed(where, `no longer than ${charactersMax} characters`);
  return value;
}

function textsOf(
  value: unknown,
  where: string,
  entriesMax = SCAN_JSON_HOSTS_MAX,
): readonly string[] | undefined {
  if (value === undefined) return undefined;
  return listOf(value, where, entriesMax).map((text, at) => textOf(text, `${where}[${at}]`));
}

function integerOf(value: unknown, where: string, max: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0 || value > max)
    throw malformed(where, `a whole number from 0 to ${max}`);
  return value;
}

function booleanOf(value: unknown, where: string): boolean {
  if (typeof value !== "boolean") throw malformed(where, "true or false");
  return value;
}

function timeOf(value: unknown, where: string): number {
  const text = textOf(value, where);
  const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw malformed(where, "a time as in 2026-11-21T17:51:01.000Z");
  return time;
}

function oneOf<T extends string>(value: unknown, known: readonly T[], where: string): T {
  const found = known.find((word) => word === value);
  if (found === undefined) throw malformed(where, `one of ${known.join(", ")}`);
  return found;
}

const QUOTED_CHARACTERS = 32;

function quoted(text: string): string {
  return `"${text.length > QUOTED_CHARACTERS ? `${text.slice(0, QUOTED_CHARACTERS)}…` : text}"`;
}

function malformed(where: string, expected: string, cause?: unknown): PalisadeError {
  const message = `this is no result of a scan: ${where} should be ${expected}`.replace(/\p{C}/gu, "?");
  return new PalisadeError("SCAN_JSON_MALFORMED", message, cause === undefined ? undefined : { cause });
}
