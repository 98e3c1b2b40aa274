/**
 * Target expressions, as nmap's reference guide describes them ("Target Specification"): an address, a prefix
 * (`10.0.0.0/24`, `2001:db8::/120`), lists and ranges per octet of IPv4 (`10.0.0-3.1,5,9-20`, `10.0.*.1`), a host name, alone or
 * with a prefix length for each of its addresses.
 *
 * Reading is as strict as in `parseIpAddress`: an octet with leading zeros, or fewer than four octets, is one address to some
 * programs and another to others (RFC 6943 §3.1.1) and so is refused, and never taken for a host name.
 */
import { PalisadeError } from "@palisade/base";
import { formatIpAddress, IPV4_BYTES, parseIpAddress } from "@palisade/wire";

/** Longest expression, in characters: a host name (RFC 1035 §2.3.4) and more than any useful list of octets. */
export const TARGET_CHARACTERS_MAX = 1024;
/** Most expressions in one list of targets. */
export const TARGET_EXPRESSIONS_MAX = 1_048_576;

const NAME_CHARACTERS_MAX = 253;
const LABEL_CHARACTERS_MAX = 63;
const ZONE_CHARACTERS_MAX = 32;

/** IPv4 addresses from `first` to `last`, both within, as unsigned 32-bit numbers. */
export interface Ipv4Target {
  readonly kind: "ipv4";
  readonly text: string;
  readonly first: number;
  readonly last: number;
}

/** IPv4 addresses each of whose octets is in a list of its own. */
export interface Ipv4OctetsTarget {
  readonly kind: "ipv4-octets";
  readonly text: string;
  /** Four lists, ascending and without repetition. */
  readonly octets: readonly Uint8Array[];
}

/** IPv6 addresses from `first` to `last`, both within, as unsigned 128-bit numbers. */
export interface Ipv6Target {
  readonly kind: "ipv6";
  readonly text: string;
  readonly first: bigint;
  readonly last: bigint;
  /** The interface of a link-local address (RFC 4007 §11): `eth0`. */
  readonly zone: string | undefined;
}

/** The addresses of a host name, or the networks that they lie in. */
export interface NameTarget {
  readonly kind: "name";
  readonly text: string;
  readonly name: string;
  /** In bits; undefined where the addresses alone are meant. */
  readonly prefixLength: number | undefined;
}

export type TargetExpression = Ipv4Target | Ipv4OctetsTarget | Ipv6Target | NameTarget;

/**
 * What one word of targets stands for.
 *
 * @throws {PalisadeError} `SCAN_TARGET_INVALID`, naming the part that is wrong and what would be right
 */
export function parseTarget(text: string): TargetExpression {
  if (text === "")
    throw invalid("(nothing)", "a target is an address, a prefix, octet ranges or a host name");
  if (text.length > TARGET_CHARACTERS_MAX) {
    throw invalid(`${text.slice(0, 32)}…`, `a target is at most ${TARGET_CHARACTERS_MAX} characters long`);
  }
  const slash = text.indexOf("/");
  const head = slash < 0 ? text : text.slice(0, slash);
  const prefix = slash < 0 ? undefined : text.slice(slash + 1);
  if (head.includes(":") || head.startsWith("[")) return parseIpv6Target(text, head, prefix);
  if (/^[0-9.,*-]+$/.test(head)) return parseIpv4Target(text, head, prefix);
  return parseNameTarget(text, head, prefix);
}

/**
 * A list of targets as `-iL` reads it: expressions between white space, on any number of lines; from a `#` to the
 * end of its line is a comment.
 *
 * @throws {PalisadeError} `SCAN_TARGET_INVALID`, with the number of the line; `SCAN_TARGETS_TOO_MANY` past `TARGET_EXPRESSIONS_MAX`
 */
export function parseTargetList(text: string): TargetExpression[] {
  const expressions: TargetExpression[] = [];
  let line = 0;
  // A mark of byte order is what some editors put at the start of a file.
  for (const [content] of text.replace(/^\uFEFF/, "").matchAll(/[^\n\r]*(?:\r\n|\n|\r|$)/g)) {
    line += 1;
    for (const [word] of content.replace(/#.*/s, "").matchAll(/\S+/g)) {
      if (expressions.length === TARGET_EXPRESSIONS_MAX) {
        throw new PalisadeError(
          "SCAN_TARGETS_TOO_MANY",
          `line ${line}: a list holds at most ${TARGET_EXPRESSIONS_MAX} targets: write prefixes, or scan in parts`,
        );
      }
      try {
        expressions.push(parseTarget(word));
      } catch (error) {
        if (!(error instanceof PalisadeError)) throw error;
        throw new PalisadeError(error.code, `line ${line}: ${error.message}`, { cause: error });
      }
    }
  }
  return expressions;
}

/** The addresses of the prefix of `prefixLength` bits that an IPv4 address lies in: first and last. */
export function ipv4Prefix(address: number, prefixLength: number): [first: number, last: number] {
  const size = 2 ** (32 - prefixLength);
  const first = address - (address % size);
  return [first, first + size - 1];
}

/** The addresses of the prefix of `prefixLength` bits that an IPv6 address lies in: first and last. */
export function ipv6Prefix(address: bigint, prefixLength: number): [first: bigint, last: bigint] {
  const size = 1n << BigInt(128 - prefixLength);
  const first = address - (address % size);
  return [first, first + size - 1n];
}

/** An address's octets as an unsigned number. */
export function ipv4Number(octets: Uint8Array): number {
  let number = 0;
  for (const octet of octets) number = number * 256 + octet;
  return number;
}

/** As `ipv4Number`, of sixteen octets. */
export function ipv6Number(octets: Uint8Array): bigint {
  let number = 0n;
  for (const octet of octets) number = (number << 8n) | BigInt(octet);
  return number;
}

/** Text of an IPv4 address from its number. */
export function ipv4Text(number: number): string {
  return formatIpAddress(
    Uint8Array.of(number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255),
  );
}

/** Text of an IPv6 address from its number (RFC 5952). */
export function ipv6Text(number: bigint): string {
  return formatIpAddress(
    Uint8Array.from({ length: 16 }, (_, at) => Number((number >> BigInt(120 - at * 8)) & 255n)),
  );
}

function parseIpv4Target(text: string, head: string, prefix: string | undefined): TargetExpression {
  const parts = head.split(".");
  if (parts.length !== IPV4_BYTES) {
    const hint =
      head.includes("-") && parts.length > IPV4_BYTES ? "; a range is written in its octet, 10.0.0.1-9" : "";
    throw invalid(text, `an IPv4 address has four octets, this has ${parts.length}${hint}`);
  }
  const octets = parts.map((part) => parseOctets(text, part));
  const address = octets.map((list) => list[0]!);
  if (octets.some((list) => list.length > 1)) {
    if (prefix !== undefined)
      throw invalid(text, "a prefix length goes with one address, not with octet ranges");
    return { kind: "ipv4-octets", text, octets };
  }
  const [first, last] = ipv4Prefix(ipv4Number(Uint8Array.from(address)), parsePrefixLength(text, prefix, 32));
  return { kind: "ipv4", text, first, last };
}

/** The values of `5`, `1-9`, `-9`, `250-`, `-`, `*` and lists of them, ascending. */
function parseOctets(text: string, part: string): Uint8Array {
  // What lists mostly hold.
  if (/^\d+$/.test(part)) return SINGLE_OCTETS[parseOctet(text, part, 0)]!;
  const wanted = new Uint8Array(256);
  for (const piece of part.split(",")) {
    if (piece === "")
      throw invalid(text, part === "" ? "an octet is missing" : `"${part}" has a comma too many`);
    const [from, to, more] = piece === "*" ? ["", ""] : piece.split("-");
    if (more !== undefined) throw invalid(text, `"${piece}" is no range, which is written as in 1-9`);
    const first = parseOctet(text, from!, 0);
    const last = to === undefined ? first : parseOctet(text, to, 255);
    if (last < first)
      throw invalid(text, `the range ${piece} is the wrong way round: write ${last}-${first}`);
    wanted.fill(1, first, last + 1);
  }
  // By hand and in place: a file may hold a million of these.
  let count = 0;
  for (let octet = 0; octet < wanted.length; octet += 1) {
    if (wanted[octet] !== 1) continue;
    wanted[count] = octet;
    count += 1;
  }
  return wanted.slice(0, count);
}

/** Lists of one octet, each once: nobody writes into them. */
const SINGLE_OCTETS: readonly Uint8Array[] = Array.from({ length: 256 }, (_, octet) => Uint8Array.of(octet));

function parseOctet(text: string, digits: string, missing: number): number {
  if (digits === "") return missing;
  if (digits.includes("*")) throw invalid(text, `"${digits}": a * stands alone, for every octet`);
  if (digits.length > 1 && digits.startsWith("0")) {
    throw invalid(text, `"${digits}": an octet has no leading zero, which some read as octal`);
  }
  const octet = Number(digits);
  if (octet > 255) throw invalid(text, "an octet is 0 to 255");
  return octet;
}

function parseIpv6Target(text: string, head: string, prefix: string | undefined): Ipv6Target {
  let address = head;
  if (head.startsWith("[")) {
    if (!head.endsWith("]")) {
      throw invalid(text, "a [ is closed by a ] behind the address; ports are given with -p");
    }
    address = head.slice(1, -1);
  }
  let zone: string | undefined;
  const percent = address.indexOf("%");
  if (percent >= 0) {
    zone = address.slice(percent + 1);
    address = address.slice(0, percent);
    if (zone === "" || zone.length > ZONE_CHARACTERS_MAX || !/^[!-~]+$/.test(zone)) {
      throw invalid(text, "a zone is the name of an interface, as in fe80::1%eth0");
    }
  }
  const octets = address.includes(":") ? parseIpAddress(address) : undefined;
  if (octets === undefined) {
    throw invalid(
      text,
      /[*,-]/.test(address)
        ? "octet ranges are for IPv4: write an IPv6 prefix, as in 2001:db8::/120"
        : `"${address}" is no IPv6 address, which is written as in 2001:db8::1`,
    );
  }
  const number = ipv6Number(octets);
  const prefixLength = parsePrefixLength(text, prefix, 128);
  const [first, last] = ipv6Prefix(number, prefixLength);
  if (zone !== undefined && (prefixLength < LINK_LOCAL_BITS || number >> 118n !== LINK_LOCAL)) {
    throw invalid(text, `only link-local addresses (fe80::/10) have a zone: leave out %${zone}`);
  }
  return { kind: "ipv6", text, first, last, zone };
}

/** fe80::/10 (RFC 4291 §2.5.6). */
const LINK_LOCAL_BITS = 10;
const LINK_LOCAL = 0xfe80n >> 6n;

function parseNameTarget(text: string, head: string, prefix: string | undefined): NameTarget {
  if (/[^!-~]/.test(head)) {
    throw invalid(text, "a host name is of ASCII letters: write an internationalised one in its xn-- form");
  }
  const name = head.endsWith(".") ? head.slice(0, -1) : head;
  if (name.length > NAME_CHARACTERS_MAX) {
    throw invalid(`${name.slice(0, 32)}…`, `a host name has at most ${NAME_CHARACTERS_MAX} characters`);
  }
  const labels = name.split(".");
  for (const label of labels) {
    if (label === "")
      throw invalid(text, "a host name has no empty label: two dots follow each other, or one leads");
    if (label.length > LABEL_CHARACTERS_MAX) {
      throw invalid(text, `a label of a host name has at most ${LABEL_CHARACTERS_MAX} characters`);
    }
    // Underscores are no part of host names (RFC 1123 §2.1), but names with them do have addresses.
    if (!/^[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?$/.test(label)) {
      throw invalid(
        text,
        `"${label}" is neither an octet nor a label of a host name (letters, digits, inner hyphens)`,
      );
    }
  }
  // No top-level domain is a number (RFC 3696 §2), and resolvers read `0x7f.1` and `127.1.0x1` as addresses.
  if (/^(?:[0-9]+|0[xX][0-9A-Fa-f]*)$/.test(labels.at(-1)!)) {
    throw invalid(text, "a host name does not end in a number, and an IPv4 address is four decimal octets");
  }
  const prefixLength = prefix === undefined ? undefined : parsePrefixLength(text, prefix, 128);
  return { kind: "name", text, name, prefixLength };
}

function parsePrefixLength(text: string, digits: string | undefined, max: number): number {
  if (digits === undefined) return max;
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(digits) || Number(digits) > max) {
    throw invalid(text, `a prefix length is 0 to ${max}, as in /${max === 32 ? 24 : 120}`);
  }
  return Number(digits);
}

function invalid(text: string, why: string): PalisadeError {
  // A control character in a list of others must not reach a terminal.
  return new PalisadeError("SCAN_TARGET_INVALID", `${text}: ${why}`.replace(/\p{C}/gu, "?"));
}
