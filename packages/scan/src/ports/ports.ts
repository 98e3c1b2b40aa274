/**
 * Port lists as nmap's reference guide describes them ("Port Specification and Scan Order"): numbers, ranges open at either
 * end, names with `*` and `?`, ranges in brackets for those that have a name, and T:, U:, S: and P: before what is for one
 * protocol alone.
 */
import { nearest, PalisadeError } from "@palisade/base";
import { namedPorts, type PortProtocol, serviceNames, servicePorts } from "./services.js";

/** Longest list, in characters: every port with a comma is less. */
export const PORTS_CHARACTERS_MAX = 400_000;

/** Ports of each protocol, ascending, each once; empty for a protocol that is not scanned. */
export type PortSets = Readonly<Record<PortProtocol, Uint16Array>>;

export interface PortsOptions {
  /** Whether each of the protocols must have a port, as where ports are to be asked; default true. */
  readonly ofEach?: boolean;
  /** What stands before the list where somebody wrote it, for errors; default `-p `. */
  readonly before?: string;
}

/**
 * The ports that `text` names, for each of `protocols`, which are those that are scanned.
 *
 * Before a first letter what is named is for all of them; a letter holds until the next. A range open at its start begins at
 * 1 (at 0 for IP protocols): port 0 is asked only where it is written.
 *
 * @throws {PalisadeError} `SCAN_PORTS_INVALID`, naming the piece that is wrong
 */
export function parsePorts(
  text: string,
  protocols: readonly PortProtocol[],
  { ofEach = true, before = "-p " }: PortsOptions = {},
): PortSets {
  try {
    return readPorts(text, protocols, ofEach);
  } catch (error) {
    if (!(error instanceof PortsError)) throw error;
    throw new PalisadeError("SCAN_PORTS_INVALID", `${before}${error.message}`);
  }
}

function readPorts(text: string, protocols: readonly PortProtocol[], ofEach: boolean): PortSets {
  if (text.length > PORTS_CHARACTERS_MAX)
    throw invalid("the list", `it is longer than ${PORTS_CHARACTERS_MAX} characters`);
  const wanted: Record<PortProtocol, Uint8Array> = {
    tcp: new Uint8Array(PORTS),
    udp: new Uint8Array(PORTS),
    sctp: new Uint8Array(PORTS),
    ip: new Uint8Array(PORTS),
  };
  let current = protocols;
  let bracket = false;
  for (const written of text.split(",")) {
    let piece = written.trim();
    // Each round takes one mark off the front: a letter may stand before a bracket or in it.
    for (;;) {
      const letter = /^([A-Za-z]):/.exec(piece)?.[1];
      if (letter !== undefined) {
        current = [protocolOf(letter, written, protocols)];
        piece = piece.slice(2).trimStart();
      } else if (piece.startsWith("[")) {
        if (bracket) throw invalid(written, "a [ stands inside another");
        bracket = true;
        piece = piece.slice(1).trimStart();
      } else break;
    }
    const closes = piece.endsWith("]");
    if (closes && !bracket) throw invalid(written, "a ] has no [ before it");
    if (closes) piece = piece.slice(0, -1).trimEnd();
    if (piece === "")
      throw invalid(
        text === "" ? "(nothing)" : written,
        "a port, a range or a name is missing, as in 22,80-90",
      );
    addPiece(piece, written, current, bracket, wanted);
    if (closes) bracket = false;
  }
  if (bracket) throw invalid(text.slice(text.lastIndexOf("[")), "the [ is not closed by a ]");
  const sets = {
    tcp: collect(wanted.tcp),
    udp: collect(wanted.udp),
    sctp: collect(wanted.sctp),
    ip: collect(wanted.ip),
  };
  for (const protocol of protocols) {
    if (!ofEach || sets[protocol].length > 0) continue;
    throw invalid(
      text,
      `it names no ${protocol} port, and ${protocol} is scanned: add ${LETTERS[protocol]}: with some`,
    );
  }
  return sets;
}

const PORTS = 65_536;
const IP_PROTOCOLS = 256;

const LETTERS: Readonly<Record<PortProtocol, string>> = { tcp: "T", udp: "U", sctp: "S", ip: "P" };
/** What to give so that a protocol is scanned. */
const SCANS: Readonly<Record<PortProtocol, string>> = { tcp: "-sS", udp: "-sU", sctp: "-sY", ip: "-sO" };

function protocolOf(letter: string, written: string, protocols: readonly PortProtocol[]): PortProtocol {
  const upper = letter.toUpperCase();
  for (const protocol of ["tcp", "udp", "sctp", "ip"] as const) {
    if (LETTERS[protocol] !== upper) continue;
    if (protocols.includes(protocol)) return protocol;
    throw invalid(written, `${protocol} is not scanned: add ${SCANS[protocol]}, or leave this out`);
  }
  throw invalid(written, "the letter before a colon is T (tcp), U (udp), S (sctp) or P (IP protocols)");
}

function addPiece(
  piece: string,
  written: string,
  protocols: readonly PortProtocol[],
  named: boolean,
  wanted: Record<PortProtocol, Uint8Array>,
): void {
  const range = /^(\d*)(?:(-)(\d*))?$/.exec(piece);
  if (range === null) {
    addNames(piece, written, protocols, wanted);
    return;
  }
  for (const protocol of protocols) {
    const max = protocol === "ip" ? IP_PROTOCOLS - 1 : PORTS - 1;
    const first = range[1] === "" ? (protocol === "ip" ? 0 : 1) : Number(range[1]);
    const last = range[2] === undefined ? first : range[3] === "" ? max : Number(range[3]);
    if (first > max || last > max) {
      throw invalid(
        written,
        protocol === "ip"
          ? "an IP protocol number is 0 to 255, and ports are written behind T: or U:"
          : "a port is 0 to 65535",
      );
    }
    if (last < first) {
      const hint = range[1] === "" ? "write 0 for port 0" : `write ${last}-${first}`;
      throw invalid(written, `the range is the wrong way round: ${hint}`);
    }
    if (!named) wanted[protocol].fill(1, first, last + 1);
    else
      for (const port of namedPorts(protocol)) if (port >= first && port <= last) wanted[protocol][port] = 1;
  }
}

/** A name has to be known of one of the protocols, not of each: `-p domain,https` is for whichever has them. */
function addNames(
  piece: string,
  written: string,
  protocols: readonly PortProtocol[],
  wanted: Record<PortProtocol, Uint8Array>,
): void {
  const name = piece.toLowerCase();
  if (!/^[a-z0-9*?_-]+$/.test(name))
    throw invalid(written, "this is no port, range or name, as in 22, 80-90 or http*");
  const wild = /[*?]/.test(name);
  let found = false;
  for (const protocol of protocols) {
    const names = wild ? [...serviceNames(protocol)].filter((known) => matches(known, name)) : [name];
    for (const known of names) {
      for (const port of servicePorts(known, protocol)) {
        wanted[protocol][port] = 1;
        found = true;
      }
    }
  }
  if (found) return;
  const near = wild
    ? undefined
    : nearest(
        name,
        protocols.flatMap((protocol) => [...serviceNames(protocol)]),
      );
  const hint = near === undefined ? "give its number" : `did you mean ${near}?`;
  throw invalid(written, `no ${protocols.join(" or ")} service has that name: ${hint}`);
}

/** Whether `*` (any characters) and `?` (any one) of the pattern cover the name; in steps of at most their lengths' product. */
function matches(name: string, pattern: string): boolean {
  let at = 0;
  let next = 0;
  let star = -1;
  let resumed = 0;
  while (at < name.length) {
    if (pattern[next] === "*") {
      star = next;
      resumed = at;
      next += 1;
    } else if (pattern[next] === "?" || pattern[next] === name[at]) {
      at += 1;
      next += 1;
    } else if (star >= 0) {
      resumed += 1;
      at = resumed;
      next = star + 1;
    } else return false;
  }
  while (pattern[next] === "*") next += 1;
  return next === pattern.length;
}

/** Goes from range to range: most of the flags are alike, and this runs once, before its machine code is made. */
function collect(wanted: Uint8Array): Uint16Array {
  const ports = new Uint16Array(PORTS);
  let count = 0;
  for (let first = wanted.indexOf(1); first >= 0; ) {
    const next = wanted.indexOf(0, first);
    const end = next < 0 ? PORTS : next;
    for (let port = first; port < end; port += 1) ports[count++] = port;
    first = wanted.indexOf(1, end);
  }
  return ports.slice(0, count);
}

/** What is wrong with a list, before it is known which option it is of. */
class PortsError extends Error {}

function invalid(piece: string, why: string): PortsError {
  const shown = piece.length > SHOWN_CHARACTERS ? `${piece.slice(0, SHOWN_CHARACTERS)}…` : piece;
  return new PortsError(`${shown.trim()}: ${why}`.replace(/\p{C}/gu, "?"));
}

const SHOWN_CHARACTERS = 64;
