/**
 * Filter expressions, text → tree: the subset of pcap-filter(7)'s language that expression.ts describes.
 */
import { PalisadeError } from "@palisade/base";
import {
  ETHERTYPE_ARP,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  ETHERTYPE_MIN,
  IP_PROTOCOL_ICMP,
  IP_PROTOCOL_ICMPV6,
  IP_PROTOCOL_SCTP,
  IP_PROTOCOL_TCP,
  IP_PROTOCOL_UDP,
  parseIpAddress,
  parseMac,
} from "@palisade/wire";

/** Longest expression that is read, in characters. A longer one is refused. */
export const EXPRESSION_TEXT_MAX = 16_384;
/** Most parentheses and `not` inside each other. Deeper ones are refused. */
export const EXPRESSION_DEPTH_MAX = 64;
/** Most primitives in an expression, and values after them. More are refused, as is what makes more instructions than the kernel takes. */
export const EXPRESSION_PRIMITIVES_MAX = 1024;

/** Ports of the services that people name most, for messages: names are not looked up. */
const SERVICE_PORTS: ReadonlyMap<string, number> = new Map([
  ["ftp-data", 20],
  ["ftp", 21],
  ["ssh", 22],
  ["telnet", 23],
  ["smtp", 25],
  ["domain", 53],
  ["dns", 53],
  ["bootps", 67],
  ["dhcp", 67],
  ["bootpc", 68],
  ["tftp", 69],
  ["http", 80],
  ["kerberos", 88],
  ["pop3", 110],
  ["sunrpc", 111],
  ["ntp", 123],
  ["netbios-ns", 137],
  ["netbios-ssn", 139],
  ["imap", 143],
  ["snmp", 161],
  ["snmptrap", 162],
  ["bgp", 179],
  ["ldap", 389],
  ["https", 443],
  ["microsoft-ds", 445],
  ["syslog", 514],
  ["ldaps", 636],
  ["imaps", 993],
  ["pop3s", 995],
  ["mysql", 3306],
  ["rdp", 3389],
  ["sip", 5060],
  ["postgresql", 5432],
  ["mdns", 5353],
]);

/** Reverse ARP: RFC 903. */
export const ETHERTYPE_RARP = 0x8035;

/** IP protocol numbers by the words that name them. */
export const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = {
  icmp: IP_PROTOCOL_ICMP,
  tcp: IP_PROTOCOL_TCP,
  udp: IP_PROTOCOL_UDP,
  icmp6: IP_PROTOCOL_ICMPV6,
  sctp: IP_PROTOCOL_SCTP,
};
/** EtherTypes by the words that name them. */
export const ETHER_TYPES: Readonly<Record<string, number>> = {
  ip: ETHERTYPE_IPV4,
  ip6: ETHERTYPE_IPV6,
  arp: ETHERTYPE_ARP,
  rarp: ETHERTYPE_RARP,
};

/** Which end of a packet is asked about. */
export type Direction = "src" | "dst" | "either" | "both";
type Kind = "host" | "net" | "port" | "portrange" | "proto";

/** The words before a value. What is `undefined` was not written. */
export interface Qualifiers {
  readonly protocol: string | undefined;
  readonly direction: Direction | undefined;
  readonly kind: Kind | undefined;
}

/** A node of the tree. `at` is where in the text it stands, for messages. */
export type Expression =
  | { readonly op: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | { readonly op: "not"; readonly operand: Expression }
  | { readonly op: "protocol"; readonly name: string }
  /** Any of the prefixes, which are of one family. */
  | { readonly op: "address"; readonly prefixes: readonly Prefix[]; readonly from: Qualifiers }
  | { readonly op: "ether-host"; readonly octets: Uint8Array; readonly from: Qualifiers; readonly at: number }
  /** Any of the ranges. */
  | { readonly op: "ports"; readonly ranges: readonly PortRange[]; readonly from: Qualifiers }
  | { readonly op: "number"; readonly value: number; readonly from: Qualifiers }
  | {
      readonly op: "cast";
      readonly name: "broadcast" | "multicast";
      readonly of: string | undefined;
      readonly at: number;
    }
  | { readonly op: "vlan"; readonly id: number | undefined; readonly at: number }
  | { readonly op: "length"; readonly name: "less" | "greater"; readonly octets: number };

/** Both ends included. */
export interface PortRange {
  readonly low: number;
  readonly high: number;
}

/** The first `bits` bits of an address of 4 or 16 octets. */
export interface Prefix {
  readonly octets: Uint8Array;
  readonly bits: number;
}

/**
 * The tree of a text; `undefined` for an empty one, which accepts every frame.
 *
 * @throws {PalisadeError} `FILTER_SYNTAX`
 */
export function parseText(text: string): Expression | undefined {
  if (text.length > EXPRESSION_TEXT_MAX) {
    throw syntax(0, `at most ${EXPRESSION_TEXT_MAX} characters`, `${text.length}`);
  }
  return text.trim() === "" ? undefined : new Parser(text).whole();
}

interface Token {
  readonly text: string;
  /** Index of its first character. */
  readonly at: number;
}

/** Characters of words: letters and digits, and what joins addresses, prefixes, ranges and escaped names. */
const WORD = /[A-Za-z0-9.:/_\\-]+/y;
const SYMBOL = /&&|\|\||[()!]/y;

const PROTOCOL_WORDS: ReadonlySet<string> = new Set([
  "ether",
  ...Object.keys(ETHER_TYPES),
  ...Object.keys(PROTOCOL_NUMBERS),
]);
const KINDS: ReadonlySet<string> = new Set(["host", "net", "port", "portrange", "proto"]);
const RESERVED: ReadonlySet<string> = new Set([
  ...PROTOCOL_WORDS,
  ...KINDS,
  ...["and", "or", "not", "src", "dst", "vlan", "less", "greater", "broadcast", "multicast"],
]);

const NO_QUALIFIERS: Qualifiers = { protocol: undefined, direction: undefined, kind: undefined };

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;
  #depth = 0;
  #primitives = 0;
  /** Words of the last primitive that had a value, for a value that stands alone. */
  #last: Qualifiers = NO_QUALIFIERS;

  constructor(text: string) {
    this.#tokens = tokens(text);
    this.#end = text.length;
  }

  whole(): Expression {
    const expression = this.#expression();
    if (this.#peek() !== undefined) throw this.#expected('"and", "or" or the end');
    return expression;
  }

  #expression(): Expression {
    let left = this.#operand();
    for (let op = this.#connective(); op !== undefined; op = this.#connective()) {
      left = joined(op, left, this.#operand());
    }
    return left;
  }

  #connective(): "and" | "or" | undefined {
    if (this.#accept("and", "&&")) return "and";
    if (this.#accept("or", "||")) return "or";
    return undefined;
  }

  #operand(): Expression {
    if (this.#accept("not", "!")) {
      this.#deeper();
      const operand = this.#operand();
      this.#depth -= 1;
      return { op: "not", operand };
    }
    if (this.#accept("(")) {
      this.#deeper();
      const inner = this.#expression();
      this.#close();
      return inner;
    }
    return this.#primitive();
  }

  /** One more primitive, or further value of a list. */
  #count(): void {
    this.#primitives += 1;
    if (this.#primitives > EXPRESSION_PRIMITIVES_MAX) {
      throw this.#expected(`at most ${EXPRESSION_PRIMITIVES_MAX} primitives and values`);
    }
  }

  #primitive(): Expression {
    this.#count();
    const first = this.#peek();
    const at = first?.at ?? this.#end;
    if (this.#accept("vlan")) {
      const next = this.#peek()?.text ?? "";
      return { op: "vlan", id: /^[0-9]/.test(next) ? this.#number("a VLAN number", 4095) : undefined, at };
    }
    if (this.#accept("less"))
      return { op: "length", name: "less", octets: this.#number("a length", 0xffff_ffff) };
    if (this.#accept("greater")) {
      return { op: "length", name: "greater", octets: this.#number("a length", 0xffff_ffff) };
    }
    const protocol = PROTOCOL_WORDS.has(first?.text ?? "") ? this.#take().text : undefined;
    for (const name of ["broadcast", "multicast"] as const) {
      if (!this.#accept(name)) continue;
      const known = name === "multicast" ? [undefined, "ether", "ip", "ip6"] : [undefined, "ether"];
      if (!known.includes(protocol)) throw syntax(at, `"ether ${name}"`, `"${protocol} ${name}"`);
      this.#last = NO_QUALIFIERS;
      return { op: "cast", name, of: protocol, at };
    }
    const direction = this.#direction();
    const kindWord = this.#peek()?.text ?? "";
    const kind = KINDS.has(kindWord) ? (this.#take().text as Kind) : undefined;
    const next = this.#peek();
    const valueFollows = next !== undefined && (next.text === "(" || isValue(next.text));
    if (valueFollows && direction === undefined && kind === undefined && isTransport(protocol))
      throw this.#expected('"port", "and", "or" or the end');
    if (direction === undefined && kind === undefined && !valueFollows) {
      if (protocol === undefined) throw this.#expected("a primitive such as host, net, port, tcp or vlan");
      if (protocol === "ether")
        throw this.#expected('"host", "src", "dst", "proto", "broadcast" or "multicast"');
      this.#last = NO_QUALIFIERS;
      return { op: "protocol", name: protocol };
    }
    const written = protocol !== undefined || direction !== undefined || kind !== undefined;
    const qualifiers: Qualifiers = written ? { protocol, direction, kind: kind ?? "host" } : this.#last;
    if (written) {
      checkQualifiers(qualifiers, at);
      this.#last = qualifiers;
    }
    return this.#values(qualifiers, written);
  }

  #direction(): Direction | undefined {
    const word = this.#peek()?.text;
    if (word !== "src" && word !== "dst") return undefined;
    this.#next += 1;
    const joint = this.#peek()?.text;
    const other = this.#tokens[this.#next + 1]?.text;
    if ((joint === "or" || joint === "and") && other === (word === "src" ? "dst" : "src")) {
      this.#next += 2;
      return joint === "or" ? "either" : "both";
    }
    return word;
  }

  /** One value, or after words several in parentheses: `port (80 or 443)`. */
  #values(qualifiers: Qualifiers, mayList: boolean): Expression {
    if (mayList && this.#accept("(")) {
      this.#deeper();
      let left = this.#values(qualifiers, true);
      for (let op = this.#connective(); op !== undefined; op = this.#connective()) {
        this.#count();
        left = joined(op, left, this.#values(qualifiers, true));
      }
      this.#close();
      return left;
    }
    if (mayList && this.#accept("not", "!")) {
      this.#deeper();
      const operand = this.#values(qualifiers, true);
      this.#depth -= 1;
      return { op: "not", operand };
    }
    return this.#value(qualifiers);
  }

  #value(from: Qualifiers): Expression {
    const at = this.#peek()?.at ?? this.#end;
    // A value with no words before it, in a text that had none, is a host.
    const kind = from.kind ?? "host";
    switch (kind) {
      case "port": {
        this.#refuseName("service");
        const port = this.#number("a port number", 0xffff);
        return { op: "ports", ranges: [{ low: port, high: port }], from };
      }
      case "portrange": {
        this.#refuseName("service");
        const expected = "a range of ports such as 6000-6008";
        const match = /^([0-9]{1,5})-([0-9]{1,5})$/.exec(this.#peek()?.text ?? "");
        if (match === null) throw this.#expected(expected);
        const low = Number(match[1]);
        const high = Number(match[2]);
        if (high > 0xffff || low > high) throw this.#expected(`${expected}, lower port first, at most 65535`);
        this.#next += 1;
        return { op: "ports", ranges: [{ low, high }], from };
      }
      case "proto":
        return { op: "number", value: this.#protocolNumber(from), from };
      case "net":
        return { op: "address", prefixes: [this.#prefix(from)], from };
      case "host": {
        if (from.protocol === "ether") {
          const octets = parseMac(this.#peek()?.text ?? "");
          if (octets === undefined) throw this.#expected("an Ethernet address such as 00:00:5e:00:53:01");
          this.#next += 1;
          return { op: "ether-host", octets, from, at };
        }
        const octets = parseIpAddress(this.#peek()?.text ?? "");
        if (octets === undefined) {
          this.#refuseName(from.kind === undefined ? "primitive" : "host");
          throw this.#expected(
            this.#peek()?.text.includes("/")
              ? "an IPv4 or IPv6 address (a prefix stands behind net)"
              : "an IPv4 or IPv6 address",
          );
        }
        this.#next += 1;
        const prefix = { octets, bits: octets.length * 8 };
        checkFamily(prefix, from, at);
        return { op: "address", prefixes: [prefix], from };
      }
    }
  }

  #prefix(from: Qualifiers): Prefix {
    const token = this.#peek();
    const [address = "", length, ...rest] = (token?.text ?? "").split("/");
    const octets = parseIpAddress(address);
    const expected = "a prefix such as 192.0.2.0/24 or 2001:db8::/32";
    if (octets === undefined) this.#refuseName("network");
    if (octets === undefined || rest.length > 0) throw this.#expected(expected);
    if (length !== undefined && !/^[0-9]{1,3}$/.test(length)) throw this.#expected(expected);
    const bits = length === undefined ? octets.length * 8 : Number(length);
    if (bits > octets.length * 8) throw this.#expected(`a prefix length of at most ${octets.length * 8}`);
    for (let index = 0; index < octets.length; index += 1) {
      if ((octets[index]! & ~maskOctet(bits, index)) !== 0) {
        throw this.#expected(`no bits set behind the first ${bits}`);
      }
    }
    const prefix = { octets, bits };
    checkFamily(prefix, from, token!.at);
    this.#next += 1;
    return prefix;
  }

  #protocolNumber(from: Qualifiers): number {
    const word = (this.#peek()?.text ?? "").replace(/^\\/, "");
    const names = from.protocol === "ether" ? ETHER_TYPES : PROTOCOL_NUMBERS;
    const named = Object.hasOwn(names, word) ? names[word] : undefined;
    if (named !== undefined) {
      this.#next += 1;
      return named;
    }
    if (from.protocol !== "ether") return this.#number("a protocol number", 255);
    const token = this.#peek();
    const value = this.#number("an EtherType", 0xffff);
    if (value < ETHERTYPE_MIN)
      throw syntax(token!.at, "an EtherType of at least 1536 (0x600)", `"${token!.text}"`);
    return value;
  }

  /** Says what to write where a name stands that a resolver or the system's tables would have to be asked for. */
  #refuseName(of: "service" | "host" | "network" | "primitive"): void {
    const { text, at } = this.#peek() ?? { text: "", at: this.#end };
    if (RESERVED.has(text) || !/^[A-Za-z][\w.-]*$|^\d[\w.-]*[A-Za-z]/.test(text) || /^0x/i.test(text)) return;
    const [low = "", high] = text.split(/-(?=[a-z])/i);
    const ports = SERVICE_PORTS.has(text) || high === undefined ? [text] : [low, high];
    const numbers = ports.map((name) => SERVICE_PORTS.get(name.toLowerCase()));
    const known = !numbers.includes(undefined);
    if (of === "service" || (of === "primitive" && known && numbers.length === 1)) {
      const what = numbers.length === 1 ? `port ${numbers[0]}` : `portrange ${numbers.join("-")}`;
      throw refused(at, `service names are not looked up: write ${known ? what : "its number"}`);
    }
    if (of === "network") throw refused(at, "network names are not looked up: write its prefix");
    throw refused(at, "host names are not looked up: write its address");
  }

  /** A decimal number, or a hexadecimal one after `0x`. */
  #number(what: string, max: number): number {
    const text = this.#peek()?.text ?? "";
    const value = /^([0-9]{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text) ? Number(text) : Number.NaN;
    if (!(value <= max)) throw this.#expected(`${what} (0 … ${max})`);
    this.#next += 1;
    return value;
  }

  #deeper(): void {
    this.#depth += 1;
    if (this.#depth > EXPRESSION_DEPTH_MAX) {
      throw this.#expected(`at most ${EXPRESSION_DEPTH_MAX} parentheses inside each other`);
    }
  }

  #close(): void {
    if (!this.#accept(")")) throw this.#expected('"and", "or" or ")"');
    this.#depth -= 1;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #take(): Token {
    const token = this.#tokens[this.#next]!;
    this.#next += 1;
    return token;
  }

  #accept(...texts: readonly string[]): boolean {
    const token = this.#peek();
    if (token === undefined || !texts.includes(token.text)) return false;
    this.#next += 1;
    return true;
  }

  #expected(what: string): PalisadeError {
    const token = this.#peek();
    return syntax(token?.at ?? this.#end, what, token === undefined ? "the end" : `"${token.text}"`);
  }
}

/**
 * Ports or addresses that stand beside each other with the same words become one question, so that the headers before
 * them are looked at once. Not after `src and dst`, where each value is to be found at both ends.
 */
function joined(op: "and" | "or", left: Expression, right: Expression): Expression {
  if (op === "or") {
    if (left.op === "or") {
      const last = union(left.right, right);
      if (last !== undefined) return { op, left: left.left, right: last };
    }
    const both = union(left, right);
    if (both !== undefined) return both;
  }
  return { op, left, right };
}

function union(left: Expression, right: Expression): Expression | undefined {
  if (left.op === "ports" && right.op === "ports" && sameWords(left.from, right.from)) {
    return { ...left, ranges: [...left.ranges, ...right.ranges] };
  }
  if (left.op === "address" && right.op === "address" && sameWords(left.from, right.from)) {
    const oneFamily = left.prefixes[0]!.octets.length === right.prefixes[0]!.octets.length;
    return oneFamily ? { ...left, prefixes: [...left.prefixes, ...right.prefixes] } : undefined;
  }
  return undefined;
}

function sameWords(left: Qualifiers, right: Qualifiers): boolean {
  return left.protocol === right.protocol && left.direction === right.direction && left.direction !== "both";
}

function tokens(text: string): readonly Token[] {
  const list: Token[] = [];
  for (let at = 0; at < text.length; ) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    SYMBOL.lastIndex = at;
    WORD.lastIndex = at;
    const found = SYMBOL.exec(text) ?? WORD.exec(text);
    if (found === null) {
      throw unreadable(text, at);
    }
    list.push({ text: found[0], at });
    at += found[0].length;
  }
  return list;
}

/** Why no word begins here: often it is a part of the language that is not in this subset, or of another language. */
function unreadable(text: string, at: number): PalisadeError {
  const character = text.charAt(at);
  const compiled = "compile the expression with tcpdump -ddd";
  if (character === "[") {
    const header = /[a-z0-9]*$/.exec(text.slice(0, at))![0];
    return refused(at, `octets of a header (${header}[…]) are not read here: ${compiled}`);
  }
  if (text.startsWith("==", at) && /[\w-][._][\w-]+\s*$/.test(text.slice(0, at)))
    return refused(
      at,
      "== compares fields of flows, which frames do not have: write port 80, host 192.0.2.1",
    );
  if ("&=<>+*%^|".includes(character))
    return refused(at, `arithmetic and comparisons are not read here: ${compiled}`);
  return syntax(at, "a word, an address, a number or a parenthesis", `"${character}"`);
}

/** Whether a word names what is carried over IP, and so may stand before `port`, never before an address. */
function isTransport(protocol: string | undefined): boolean {
  return protocol !== undefined && Object.hasOwn(PROTOCOL_NUMBERS, protocol);
}

function isValue(text: string): boolean {
  return !RESERVED.has(text) && text !== ")" && text !== "!" && text !== "&&" && text !== "||";
}

/** Refuses words that do not go together, such as `tcp host` and `arp port`. */
function checkQualifiers({ protocol, kind, direction }: Qualifiers, at: number): void {
  const allowed: Readonly<Record<Kind, readonly (string | undefined)[]>> = {
    host: [undefined, "ether", "ip", "ip6", "arp", "rarp"],
    net: [undefined, "ip", "ip6", "arp", "rarp"],
    port: [undefined, "tcp", "udp", "sctp"],
    portrange: [undefined, "tcp", "udp", "sctp"],
    proto: [undefined, "ether", "ip", "ip6"],
  };
  const words = kind ?? "host";
  if (!allowed[words].includes(protocol)) {
    const names = allowed[words].filter((name) => name !== undefined).join(", ");
    throw syntax(at, `"${words}" alone or after one of ${names}`, `"${protocol} ${words}"`);
  }
  if (words === "proto" && direction !== undefined) throw syntax(at, '"proto" without "src" or "dst"', "one");
}

function checkFamily(prefix: Prefix, from: Qualifiers, at: number): void {
  const ipv6 = prefix.octets.length === 16;
  if (ipv6 && from.protocol !== undefined && from.protocol !== "ip6") {
    throw syntax(at, `an IPv4 address after "${from.protocol}"`, "an IPv6 address");
  }
  if (!ipv6 && from.protocol === "ip6") throw syntax(at, 'an IPv6 address after "ip6"', "an IPv4 address");
}

function refused(at: number, what: string): PalisadeError {
  return new PalisadeError("FILTER_SYNTAX", `filter, column ${at + 1}: ${what}`);
}

function syntax(at: number, expected: string, found: string): PalisadeError {
  return refused(at, `expected ${expected}, found ${found}`);
}

/** The octet of a network mask of `bits` bits at `index`. */
function maskOctet(bits: number, index: number): number {
  const inOctet = Math.min(Math.max(bits - index * 8, 0), 8);
  return (0xff00 >>> inOctet) & 0xff;
}
