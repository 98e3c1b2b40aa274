/**
 * Filter expressions: a subset of the language of pcap-filter(7), compiled to a classic BPF program.
 *
 *     expression  = operand { ("and" | "&&" | "or" | "||") operand }
 *     operand     = ("not" | "!") operand | "(" expression ")" | primitive
 *     primitive   = [protocol] [direction] [kind] value          tcp dst port 80, net 192.0.2.0/24, src 192.0.2.1
 *                 | protocol                                     arp, ip, ip6, rarp, tcp, udp, sctp, icmp, icmp6
 *                 | ["ether"] ("broadcast" | "multicast") | ("ip" | "ip6") "multicast"
 *                 | "vlan" [id] | "less" octets | "greater" octets
 *     direction   = "src" | "dst" | "src or dst" | "src and dst"
 *     kind        = "host" | "net" | "port" | "portrange" | "proto"
 *     value       = address | prefix | number | range | "(" value { ("and" | "or") value } ")"
 *
 * As there, `and` and `or` bind equally and from the left (`a or b and c` is `(a or b) and c`); a value alone takes
 * the words of the primitive before it (`port 80 or 443`); the first `vlan` moves what follows behind the tag, to the end
 * of the text; `tcp` over IPv6 looks behind a fragment header and `port` does not; neither follows other extension
 * headers. Names of hosts, services and networks are not looked up, and `tcp[13] & 2 != 0` is not read.
 */
import { PalisadeError } from "@palisade/base";
import {
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_LOOP,
  LINKTYPE_NULL,
  LINKTYPE_RAW,
  LINKTYPE_RAW_DLT,
  LINKTYPE_RAW_OPENBSD_DLT,
  parseIpAddress,
  parseMac,
  u16,
  u32,
} from "@palisade/wire";
import {
  BPF_ACCEPT_BYTES,
  BPF_ANCILLARY_PROTOCOL,
  BPF_INSTRUCTIONS_MAX,
  type BpfInstruction,
  type BpfProgram,
  bpf,
  instruction,
  verifyProgram,
} from "./assembler.js";

/** Longest expression that is read, in characters. A longer one is refused. */
export const EXPRESSION_TEXT_MAX = 16_384;
/** Most parentheses and `not` inside each other. Deeper ones are refused. */
export const EXPRESSION_DEPTH_MAX = 64;
/** Most primitives in an expression, and values after them. More are refused, as is what makes more instructions than the kernel takes. */
export const EXPRESSION_PRIMITIVES_MAX = 1024;

/** Where frames of a link type keep what the primitives ask about. */
interface LinkLayer {
  readonly name: string;
  /** Octets before the network header. */
  readonly networkOffset: number;
  /** How the network protocol is told: an EtherType to load, the IP version's own digits, or an address family. */
  readonly protocol:
    | { readonly kind: "ether-type"; readonly offset: number }
    | { readonly kind: "ip-version" }
    | { readonly kind: "address-family" };
  /** Whether frames begin with two Ethernet addresses. */
  readonly ethernet: boolean;
  /** Octets that the frame will have in the capture before those that the filter is shown. */
  readonly hiddenBytes?: number;
}

const ETHERNET: LinkLayer = {
  name: "Ethernet",
  networkOffset: 14,
  protocol: { kind: "ether-type", offset: 12 },
  ethernet: true,
};
const RAW: LinkLayer = {
  name: "raw IP",
  networkOffset: 0,
  protocol: { kind: "ip-version" },
  ethernet: false,
};
const LOOPBACK: LinkLayer = {
  name: "BSD loopback",
  networkOffset: 4,
  protocol: { kind: "address-family" },
  ethernet: false,
};
const COOKED: LinkLayer = {
  name: "Linux cooked",
  networkOffset: 16,
  protocol: { kind: "ether-type", offset: 14 },
  ethernet: false,
};
const COOKED_2: LinkLayer = {
  name: "Linux cooked v2",
  networkOffset: 20,
  protocol: { kind: "ether-type", offset: 0 },
  ethernet: false,
};
/** A packet socket without link-layer header shows filters the network header, and tells the protocol on request. */
const COOKED_IN_KERNEL: LinkLayer = {
  name: "Linux cooked",
  networkOffset: 0,
  protocol: { kind: "ether-type", offset: BPF_ANCILLARY_PROTOCOL },
  ethernet: false,
  hiddenBytes: COOKED_2.networkOffset,
};

/** The frames of a SOCK_DGRAM packet socket as the kernel shows them to a filter; no LINKTYPE_ has this number. */
export const FILTER_COOKED_IN_KERNEL = -1;

const LINK_LAYERS: ReadonlyMap<number, LinkLayer> = new Map([
  [FILTER_COOKED_IN_KERNEL, COOKED_IN_KERNEL],
  [LINKTYPE_NULL, LOOPBACK],
  [LINKTYPE_ETHERNET, ETHERNET],
  [LINKTYPE_RAW_DLT, RAW],
  [LINKTYPE_RAW_OPENBSD_DLT, RAW],
  [LINKTYPE_RAW, RAW],
  [LINKTYPE_LOOP, LOOPBACK],
  [LINKTYPE_LINUX_SLL, COOKED],
  [LINKTYPE_IPV4, RAW],
  [LINKTYPE_IPV6, RAW],
  [LINKTYPE_LINUX_SLL2, COOKED_2],
]);

const ETHER_TYPE_IPV4 = 0x0800;
const ETHER_TYPE_ARP = 0x0806;
const ETHER_TYPE_RARP = 0x8035;
const ETHER_TYPE_IPV6 = 0x86dd;
/** IEEE 802.1Q, 802.1ad, and the number that stacked tags had before 802.1ad. */
const ETHER_TYPES_VLAN = [0x8100, 0x88a8, 0x9100] as const;
/** Smaller numbers in the type field are lengths (IEEE 802.3 §3.2.6). */
const ETHER_TYPE_MIN = 0x0600;

const PROTOCOL_FRAGMENT = 44;
const PROTOCOL_NUMBERS: Readonly<Record<string, number>> = { icmp: 1, tcp: 6, udp: 17, icmp6: 58, sctp: 132 };
const ETHER_TYPES: Readonly<Record<string, number>> = {
  ip: ETHER_TYPE_IPV4,
  ip6: ETHER_TYPE_IPV6,
  arp: ETHER_TYPE_ARP,
  rarp: ETHER_TYPE_RARP,
};

/** Fields from the start of the IPv4 header (RFC 791 §3.1), IPv6 header (RFC 8200 §3) and ARP packet (RFC 826). */
const ipv4At = { fragment: 6, protocol: 9, source: 12, destination: 16 } as const;
const ipv6At = { nextHeader: 6, source: 8, destination: 24, payload: 40 } as const;
const arpAt = { sender: 14, target: 24 } as const;
const FRAGMENT_OFFSET_MASK = 0x1fff;

type Direction = "src" | "dst" | "either" | "both";
type Kind = "host" | "net" | "port" | "portrange" | "proto";

/** The words before a value. What is `undefined` was not written. */
interface Qualifiers {
  readonly protocol: string | undefined;
  readonly direction: Direction | undefined;
  readonly kind: Kind | undefined;
}

type Expression =
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

interface PortRange {
  readonly low: number;
  readonly high: number;
}

interface Prefix {
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** A parsed expression, not yet bound to a link type. */
export interface FilterExpression {
  readonly text: string;
  /** `undefined` for an empty text, which accepts every frame. */
  readonly root: Expression | undefined;
}

/**
 * Reads the text; `compileExpression` makes the program. An empty text is an expression that accepts every frame.
 *
 * @throws {PalisadeError} `FILTER_SYNTAX`: the message names the column, what was expected and what is there
 */
export function parseExpression(text: string): FilterExpression {
  if (text.length > EXPRESSION_TEXT_MAX) {
    throw syntax(0, `at most ${EXPRESSION_TEXT_MAX} characters`, `${text.length}`);
  }
  if (text.trim() === "") return { text, root: undefined };
  return { text, root: new Parser(text).whole() };
}

export interface CompileOptions {
  /** A LINKTYPE_ number: how frames begin. Default Ethernet. */
  readonly linkType?: number;
  /** Most octets of an accepted frame to keep. Default `BPF_ACCEPT_BYTES`. */
  readonly snaplenBytes?: number;
}

/**
 * @throws {PalisadeError} `FILTER_SYNTAX`; `FILTER_LINK_TYPE` where frames of the link type cannot be asked, or have nothing of
 *   what a primitive asks for; `FILTER_TOO_LONG` where the program would be longer than the kernel takes
 */
export function compileExpression(
  expression: string | FilterExpression,
  options: CompileOptions = {},
): BpfProgram {
  const parsed = typeof expression === "string" ? parseExpression(expression) : expression;
  const linkType = options.linkType ?? LINKTYPE_ETHERNET;
  const keep = options.snaplenBytes ?? BPF_ACCEPT_BYTES;
  const link = LINK_LAYERS.get(linkType);
  if (link === undefined) {
    throw new PalisadeError("FILTER_LINK_TYPE", `filter: frames of link type ${linkType} cannot be filtered`);
  }
  const { root } = parsed;
  const program =
    root === undefined ? [instruction(bpf.returnConstant, keep)] : emit(new Lowering(link).lower(root), keep);
  if (program.length > BPF_INSTRUCTIONS_MAX) {
    throw new PalisadeError(
      "FILTER_TOO_LONG",
      `filter: the expression needs ${program.length} instructions, the kernel takes ${BPF_INSTRUCTIONS_MAX}; ` +
        "join addresses to networks and ports to ranges",
    );
  }
  verifyProgram(program);
  return program;
}

// ── text → expression ────────────────────────────────────────────────────────────────────────────────────────────────

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
        const port = this.#number("a port number", 0xffff);
        return { op: "ports", ranges: [{ low: port, high: port }], from };
      }
      case "portrange": {
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
        if (octets === undefined) throw this.#expected("an IPv4 or IPv6 address");
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
    if (value < ETHER_TYPE_MIN)
      throw syntax(token!.at, "an EtherType of at least 1536 (0x600)", `"${token!.text}"`);
    return value;
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
      const character = text.charAt(at);
      const hint = "[&=<>+*%^|]".includes(character)
        ? " (octet expressions such as tcp[13] & 2 != 0 are not read; compile them with tcpdump -ddd)"
        : "";
      throw syntax(at, `a word, an address, a number or a parenthesis${hint}`, `"${character}"`);
    }
    list.push({ text: found[0], at });
    at += found[0].length;
  }
  return list;
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

function syntax(at: number, expected: string, found: string): PalisadeError {
  return new PalisadeError("FILTER_SYNTAX", `filter, column ${at + 1}: expected ${expected}, found ${found}`);
}

// ── expression → decisions ───────────────────────────────────────────────────────────────────────────────────────────

type Decision =
  | boolean
  | { readonly op: "and" | "or"; readonly left: Decision; readonly right: Decision }
  | { readonly op: "not"; readonly operand: Decision }
  | Test;

/** Loads A, then compares it with `k`. */
interface Test {
  readonly op: "test";
  readonly load: readonly BpfInstruction[];
  readonly jump: number;
  readonly k: number;
}

/** Binds an expression to a link layer. Goes through it in the order of the text, since `vlan` moves what follows. */
class Lowering {
  readonly #link: LinkLayer;
  #networkOffset: number;
  #etherTypeOffset: number;

  constructor(link: LinkLayer) {
    this.#link = link;
    this.#networkOffset = link.networkOffset;
    this.#etherTypeOffset = link.protocol.kind === "ether-type" ? link.protocol.offset : 0;
  }

  lower(expression: Expression): Decision {
    switch (expression.op) {
      case "and":
      case "or": {
        const left = this.lower(expression.left);
        const right = this.lower(expression.right);
        return expression.op === "and" ? and(left, right) : or(left, right);
      }
      case "not":
        return not(this.lower(expression.operand));
      case "protocol": {
        const etherType = ETHER_TYPES[expression.name];
        if (etherType !== undefined) return this.#network(etherType);
        const number = PROTOCOL_NUMBERS[expression.name]!;
        if (expression.name === "icmp") return this.#ipv4Protocol(number);
        if (expression.name === "icmp6") return this.#ipv6Protocol(number);
        return or(this.#ipv4Protocol(number), this.#ipv6Protocol(number));
      }
      case "number": {
        const { value, from } = expression;
        if (from.protocol === "ether") return this.#network(value);
        if (from.protocol === "ip") return this.#ipv4Protocol(value);
        if (from.protocol === "ip6") return this.#ipv6Protocol(value);
        return or(this.#ipv4Protocol(value), this.#ipv6Protocol(value));
      }
      case "address":
        return this.#address(expression.prefixes, expression.from);
      case "ether-host": {
        this.#needEthernet(expression.at, "Ethernet addresses");
        const { octets } = expression;
        const matches = (offset: number): Decision =>
          and(equal(half(offset + 4), u16(octets, 4)), equal(word(offset), u32(octets, 0)));
        return directed(expression.from.direction, matches(6), matches(0));
      }
      case "cast":
        return this.#cast(expression);
      case "ports":
        return this.#ports(expression.ranges, expression.from);
      case "vlan":
        return this.#vlan(expression.id, expression.at);
      case "length": {
        const hidden = this.#link.hiddenBytes ?? 0;
        const length = [instruction(bpf.loadLength), ...(hidden === 0 ? [] : [instruction(bpf.add, hidden)])];
        return expression.name === "less"
          ? not({ op: "test", load: length, jump: bpf.jumpGreater, k: expression.octets })
          : { op: "test", load: length, jump: bpf.jumpGreaterOrEqual, k: expression.octets };
      }
    }
  }

  /** The network layer is the one of an EtherType. */
  #network(etherType: number): Decision {
    switch (this.#link.protocol.kind) {
      case "ether-type":
        return equal(half(this.#etherTypeOffset), etherType);
      case "ip-version": {
        if (etherType !== ETHER_TYPE_IPV4 && etherType !== ETHER_TYPE_IPV6) return false;
        const version = [...byte(0), instruction(bpf.and, 0xf0)];
        return equal(version, etherType === ETHER_TYPE_IPV4 ? 0x40 : 0x60);
      }
      case "address-family": {
        // AF_INET is 2 everywhere; AF_INET6 is 24, 28 or 30 by system. LINKTYPE_NULL has the order of the host that
        // captured, LINKTYPE_LOOP network order: both are accepted.
        const families =
          etherType === ETHER_TYPE_IPV4 ? [2] : etherType === ETHER_TYPE_IPV6 ? [24, 28, 30] : [];
        let any: Decision = false;
        for (const family of families) {
          any = or(any, or(equal(word(0), family), equal(word(0), (family << 24) >>> 0)));
        }
        return any;
      }
    }
  }

  #ipv4Protocol(number: number): Decision {
    return and(this.#network(ETHER_TYPE_IPV4), equal(byte(this.#networkOffset + ipv4At.protocol), number));
  }

  #ipv6Protocol(number: number): Decision {
    const nextHeader = byte(this.#networkOffset + ipv6At.nextHeader);
    const inFragment = and(
      equal(nextHeader, PROTOCOL_FRAGMENT),
      equal(byte(this.#networkOffset + ipv6At.payload), number),
    );
    return and(this.#network(ETHER_TYPE_IPV6), or(equal(nextHeader, number), inFragment));
  }

  #address(prefixes: readonly Prefix[], { protocol, direction }: Qualifiers): Decision {
    const at = this.#networkOffset;
    const between = (source: number, destination: number): Decision =>
      directed(direction, anyPrefixAt(at + source, prefixes), anyPrefixAt(at + destination, prefixes));
    if (prefixes[0]!.octets.length === 16) {
      return and(this.#network(ETHER_TYPE_IPV6), between(ipv6At.source, ipv6At.destination));
    }
    const inIpv4 = and(this.#network(ETHER_TYPE_IPV4), between(ipv4At.source, ipv4At.destination));
    const inArp = (etherType: number): Decision =>
      and(this.#network(etherType), between(arpAt.sender, arpAt.target));
    if (protocol === "ip") return inIpv4;
    if (protocol === "arp" || protocol === "rarp") return inArp(ETHER_TYPES[protocol]!);
    return or(inIpv4, or(inArp(ETHER_TYPE_ARP), inArp(ETHER_TYPE_RARP)));
  }

  #ports(ranges: readonly PortRange[], { protocol, direction }: Qualifiers): Decision {
    const at = this.#networkOffset;
    const numbers = protocol === undefined ? ["sctp", "tcp", "udp"] : [protocol];
    const carries = (offset: number): Decision => {
      let any: Decision = false;
      for (const name of numbers) any = or(any, equal(byte(offset), PROTOCOL_NUMBERS[name]!));
      return any;
    };
    const within = (load: readonly BpfInstruction[]): Decision => {
      let any: Decision = false;
      for (const range of ranges) any = or(any, inRange(load, range));
      return any;
    };
    const ipv6Payload = at + ipv6At.payload;
    const inIpv6 = and(
      carries(at + ipv6At.nextHeader),
      directed(direction, within(half(ipv6Payload)), within(half(ipv6Payload + 2))),
    );
    // Ports are in the first fragment only (RFC 791 §3.2); behind others there is data in their place.
    const first: Decision = not({
      op: "test",
      load: half(at + ipv4At.fragment),
      jump: bpf.jumpAnySet,
      k: FRAGMENT_OFFSET_MASK,
    });
    const behindHeader = (offset: number): readonly BpfInstruction[] => [
      instruction(bpf.loadIndexHeaderLength, at),
      instruction(bpf.loadHalfIndexed, at + offset),
    ];
    const inIpv4 = and(
      carries(at + ipv4At.protocol),
      and(first, directed(direction, within(behindHeader(0)), within(behindHeader(2)))),
    );
    return or(and(this.#network(ETHER_TYPE_IPV4), inIpv4), and(this.#network(ETHER_TYPE_IPV6), inIpv6));
  }

  #cast({ name, of, at }: Extract<Expression, { op: "cast" }>): Decision {
    const network = this.#networkOffset;
    if (of === "ip") {
      // 224.0.0.0/4 and above (RFC 1112 §4), which takes in the broadcast address as pcap-filter does.
      const load = byte(network + ipv4At.destination);
      return and(this.#network(ETHER_TYPE_IPV4), { op: "test", load, jump: bpf.jumpGreaterOrEqual, k: 224 });
    }
    if (of === "ip6") {
      return and(this.#network(ETHER_TYPE_IPV6), equal(byte(network + ipv6At.destination), 0xff));
    }
    this.#needEthernet(at, `"${name}"`);
    if (name === "broadcast") return and(equal(half(4), 0xffff), equal(word(0), 0xffff_ffff));
    return { op: "test", load: byte(0), jump: bpf.jumpAnySet, k: 1 };
  }

  #vlan(id: number | undefined, at: number): Decision {
    if (this.#link.protocol.kind !== "ether-type") {
      throw this.#absent(at, "VLAN tags");
    }
    const type = half(this.#etherTypeOffset);
    let tagged: Decision = false;
    for (const etherType of ETHER_TYPES_VLAN) tagged = or(tagged, equal(type, etherType));
    const tag = this.#networkOffset;
    this.#etherTypeOffset = tag + 2;
    this.#networkOffset = tag + 4;
    return id === undefined ? tagged : and(tagged, equal([...half(tag), instruction(bpf.and, 0x0fff)], id));
  }

  #needEthernet(at: number, what: string): void {
    if (!this.#link.ethernet) throw this.#absent(at, what);
  }

  #absent(at: number, what: string): PalisadeError {
    return new PalisadeError(
      "FILTER_LINK_TYPE",
      `filter, column ${at + 1}: frames of this link type (${this.#link.name}) have no ${what}`,
    );
  }
}

function and(left: Decision, right: Decision): Decision {
  if (left === false || right === false) return false;
  if (left === true) return right;
  if (right === true) return left;
  return { op: "and", left, right };
}

function or(left: Decision, right: Decision): Decision {
  if (left === true || right === true) return true;
  if (left === false) return right;
  if (right === false) return left;
  return { op: "or", left, right };
}

function not(operand: Decision): Decision {
  return typeof operand === "boolean" ? !operand : { op: "not", operand };
}

function directed(direction: Direction | undefined, source: Decision, destination: Decision): Decision {
  switch (direction) {
    case "src":
      return source;
    case "dst":
      return destination;
    case "both":
      return and(source, destination);
    default:
      return or(source, destination);
  }
}

function word(offset: number): readonly BpfInstruction[] {
  return [instruction(bpf.loadWord, offset)];
}

function half(offset: number): readonly BpfInstruction[] {
  return [instruction(bpf.loadHalf, offset)];
}

function byte(offset: number): readonly BpfInstruction[] {
  return [instruction(bpf.loadByte, offset)];
}

function equal(load: readonly BpfInstruction[], k: number): Decision {
  return { op: "test", load, jump: bpf.jumpEqual, k };
}

function inRange(load: readonly BpfInstruction[], { low, high }: PortRange): Decision {
  if (low === high) return equal(load, low);
  return and(
    { op: "test", load, jump: bpf.jumpGreaterOrEqual, k: low },
    not({ op: "test", load, jump: bpf.jumpGreater, k: high }),
  );
}

function anyPrefixAt(offset: number, prefixes: readonly Prefix[]): Decision {
  let any: Decision = false;
  for (const prefix of prefixes) any = or(any, prefixAt(offset, prefix));
  return any;
}

/** The address at `offset` begins with the prefix: a comparison for each word that the prefix reaches into. */
function prefixAt(offset: number, { octets, bits }: Prefix): Decision {
  let all: Decision = true;
  for (let index = 0; index * 8 < bits; index += 4) {
    const wordBits = Math.min(bits - index * 8, 32);
    const mask = wordBits === 32 ? 0xffff_ffff : ~(0xffff_ffff >>> wordBits) >>> 0;
    const load = word(offset + index);
    all = and(
      all,
      equal(wordBits === 32 ? load : [...load, instruction(bpf.and, mask)], u32(octets, index) & mask),
    );
  }
  return all;
}

/** The octet of a network mask of `bits` bits at `index`. */
function maskOctet(bits: number, index: number): number {
  const inOctet = Math.min(Math.max(bits - index * 8, 0), 8);
  return (0xff00 >>> inOctet) & 0xff;
}

// ── decisions → program ──────────────────────────────────────────────────────────────────────────────────────────────

/** Most instructions that a conditional jump can skip: its offsets have eight bits. */
const JUMP_MAX = 0xff;

/**
 * Writes the program from its end to its beginning, so that the distance to every jump's target is known when the jump is
 * written. Positions count instructions from the end.
 */
class Emitter {
  /** The program, last instruction first. */
  readonly #reversed: BpfInstruction[] = [];
  /** The last unconditional jump to a position that is far away. */
  readonly #relays = new Map<number, number>();

  get length(): number {
    return this.#reversed.length;
  }

  program(): BpfProgram {
    return this.#reversed.toReversed();
  }

  push(step: BpfInstruction): number {
    this.#reversed.push(step);
    return this.#reversed.length;
  }

  /** @returns the position where the decision begins, given those of what follows it */
  decide(decision: Decision, yes: number, no: number): number {
    if (typeof decision === "boolean") return decision ? yes : no;
    switch (decision.op) {
      case "and":
        return this.decide(decision.left, this.decide(decision.right, yes, no), no);
      case "or":
        return this.decide(decision.left, yes, this.decide(decision.right, yes, no));
      case "not":
        return this.decide(decision.operand, no, yes);
      case "test":
        return this.#test(decision, yes, no);
    }
  }

  #test({ load, jump, k }: Test, yes: number, no: number): number {
    const taken = this.#reachable(this.#shortcut(yes, load, jump === bpf.jumpEqual ? k : undefined, true));
    const missed = this.#reachable(
      this.#shortcut(no, load, jump === bpf.jumpEqual ? k : undefined, false),
      1,
    );
    const here = this.#reversed.length;
    // `reachable` left room for its own jump: the distances fit whatever it wrote.
    this.push(instruction(jump, k, here - taken, here - missed));
    for (const step of load.toReversed()) this.push(step);
    return this.#reversed.length;
  }

  /**
   * A is loaded already when a jump arrives where the same load comes next: the jump goes behind it. Where then the
   * comparison's outcome is known, because A was compared for equality before, it goes on to that.
   *
   * @param equals what A was compared with, `undefined` where it was no comparison for equality
   */
  #shortcut(
    target: number,
    load: readonly BpfInstruction[],
    equals: number | undefined,
    held: boolean,
  ): number {
    let at = target;
    for (;;) {
      if (at <= load.length) return at;
      for (const [index, step] of load.entries()) {
        const there = this.#reversed[at - 1 - index]!;
        if (there.code !== step.code || there.k !== step.k) return at;
      }
      at -= load.length;
      const next = this.#reversed[at - 1]!;
      if (next.code !== bpf.jumpEqual || equals === undefined) return at;
      if (held) at = at - 1 - (next.k === equals ? next.jt : next.jf);
      else if (next.k === equals) at = at - 1 - next.jf;
      else return at;
    }
  }

  /**
   * A position from which `target` is reached by a conditional jump that is written after `more` further instructions:
   * the target itself, or an unconditional jump to it.
   */
  #reachable(target: number, more = 0): number {
    const from = this.#reversed.length + more;
    if (from - target < JUMP_MAX) return target;
    const relay = this.#relays.get(target);
    if (relay !== undefined && from - relay < JUMP_MAX) return relay;
    const position = this.push(instruction(bpf.jump, this.#reversed.length - target));
    this.#relays.set(target, position);
    return position;
  }
}

function emit(decision: Decision, keep: number): BpfProgram {
  const emitter = new Emitter();
  const refuse = emitter.push(instruction(bpf.returnConstant, 0));
  const accept = emitter.push(instruction(bpf.returnConstant, keep));
  const entry = emitter.decide(decision, accept, refuse);
  if (entry < emitter.length) emitter.push(instruction(bpf.jump, emitter.length - entry));
  return withoutUnreachable(emitter.program());
}

/** Leaves out the loads that every jump goes past. Jumps become shorter by that, never longer. */
function withoutUnreachable(program: BpfProgram): BpfProgram {
  const reached = new Uint8Array(program.length);
  reached[0] = 1;
  /** Reached instructions before each one. */
  const before = new Int32Array(program.length + 1);
  for (const [index, { code, jt, jf, k }] of program.entries()) {
    before[index + 1] = before[index]! + reached[index]!;
    if (reached[index] === 0 || code === bpf.returnConstant) continue;
    reached[index + 1 + (code === bpf.jump ? k : jt)] = 1;
    reached[index + 1 + (code === bpf.jump ? k : jf)] = 1;
  }
  const skipped = (index: number, count: number) => before[index + 1 + count]! - before[index + 1]!;
  const kept: BpfInstruction[] = [];
  for (const [index, step] of program.entries()) {
    if (reached[index] === 0) continue;
    const { code, jt, jf, k } = step;
    if (code === bpf.jump) kept.push(instruction(code, skipped(index, k)));
    else kept.push(instruction(code, k, skipped(index, jt), skipped(index, jf)));
  }
  return kept;
}
