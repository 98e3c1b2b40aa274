/**
 * Flow filters: which records to show, as an expression over their fields.
 *
 *     expression  = all { ("or" | "||") all }
 *     all         = one { ("and" | "&&") one }
 *     one         = ("not" | "!") one | "(" expression ")" | field [operator value]
 *     operator    = "==" | "!=" | "<" | "<=" | ">" | ">=" | "contains"
 *     field       = one of `flowFilterFields`, or the name of an attribute
 *
 *     app_proto == tls and bytes > 10k and tls.sni contains "example"
 *     host == 192.0.2.0/24 and not (port == 443 or finding)
 *
 * A field alone asks whether it has a value. Text compares without case; `contains` looks for a part. An attribute with
 * several values holds when one of them does. Numbers take k, M and G (thousands); `host`, `src` and `dst` take
 * addresses and prefixes; times are seconds since the epoch or a date and time in UTC. docs/output.md tells users.
 */
import { Malformed, nearest, PalisadeError, type Severity } from "@palisade/base";
import { IpSet } from "@palisade/match";
import { parseIpAddress } from "@palisade/wire";
import type { Confidence } from "./flow/flow-facts.js";
import { type FlowEnd, type FlowRecord, flowBytes, flowPackets } from "./flow/flow-record.js";

/** Whether a record is to be shown. */
export type FlowFilter = (flow: FlowRecord) => boolean;

type Value = string | number | boolean | undefined;
type Reader = (flow: FlowRecord) => readonly Value[] | Value;

/** Expressions inside one another, by brackets and `not`. */
const FILTER_DEPTH_MAX = 64;
/** Characters of a filter. */
const FILTER_CHARACTERS_MAX = 8_192;

const TRANSPORTS: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["igmp", 2],
  ["tcp", 6],
  ["udp", 17],
  ["gre", 47],
  ["esp", 50],
  ["icmpv6", 58],
  ["sctp", 132],
]);

/** What the values of a field are, and how they are compared. Times are seconds since the epoch. */
export type FlowFilterType = "address" | "number" | "text" | "time";

/** A field that a filter can ask for and that is no attribute. */
export interface FlowFilterField {
  readonly name: string;
  readonly type: FlowFilterType;
  /** What a number counts. */
  readonly unit?: string;
  /** All that the field can be, where that is a short list. */
  readonly values?: readonly string[];
  /** A filter with it. */
  readonly example: string;
}

interface Field extends FlowFilterField {
  readonly read: Reader;
}

const CONFIDENCES: readonly Confidence[] = ["none", "port", "expected", "dpi"];
const ENDS: readonly FlowEnd[] = ["closed", "timeout", "evicted", "end-of-capture"];
const SEVERITIES: readonly Severity[] = ["info", "low", "medium", "high", "critical"];
const CONNECTION_STATES = "S0 S1 SF REJ S2 S3 RSTO RSTR RSTOS0 RSTRH SH SHR OTH".split(" ");

const seconds = (us: number): number => Math.round(us) / 1e6;

/** Under the names of the record as JSON, then those that only a filter has. */
const FIELD_LIST: readonly Field[] = [
  {
    name: "ts_first",
    type: "time",
    example: "ts_first >= 2024-05-01T09:00:15Z",
    read: (flow) => seconds(flow.firstUs),
  },
  { name: "ts_last", type: "time", example: "ts_last < 1714554060.5", read: (flow) => seconds(flow.lastUs) },
  { name: "proto", type: "number", example: "proto == udp or proto == 47", read: (flow) => flow.proto },
  { name: "src", type: "address", example: "src == 192.0.2.23", read: (flow) => flow.src },
  { name: "sport", type: "number", example: "sport < 1024", read: (flow) => flow.sport },
  { name: "dst", type: "address", example: "dst == 2001:db8::/32", read: (flow) => flow.dst },
  { name: "dport", type: "number", example: "dport >= 6000 and dport <= 6063", read: (flow) => flow.dport },
  { name: "vlan", type: "number", example: "vlan == 100", read: (flow) => flow.vlan },
  { name: "app_proto", type: "text", example: "app_proto == tls", read: (flow) => flow.appProto },
  { name: "app", type: "text", example: "app == netflix", read: (flow) => flow.app },
  { name: "category", type: "text", example: "category == mail", read: (flow) => flow.category },
  {
    name: "confidence",
    type: "text",
    values: CONFIDENCES,
    example: "confidence != dpi",
    read: (flow) => flow.confidence,
  },
  { name: "packets", type: "number", unit: "packets", example: "packets > 1k", read: flowPackets },
  { name: "bytes", type: "number", unit: "octets", example: "bytes > 1.5M", read: flowBytes },
  { name: "path", type: "text", example: 'path contains "vlan.ip"', read: (flow) => flow.path },
  {
    name: "orig_packets",
    type: "number",
    unit: "packets",
    example: "orig_packets == 1",
    read: (flow) => flow.originator.packets,
  },
  {
    name: "orig_bytes",
    type: "number",
    unit: "octets",
    example: "orig_bytes > 10k",
    read: (flow) => flow.originator.bytes,
  },
  {
    name: "orig_payload_bytes",
    type: "number",
    unit: "octets",
    example: "orig_payload_bytes == 0",
    read: (flow) => flow.originator.payloadBytes,
  },
  {
    name: "resp_packets",
    type: "number",
    unit: "packets",
    example: "resp_packets == 0",
    read: (flow) => flow.responder.packets,
  },
  {
    name: "resp_bytes",
    type: "number",
    unit: "octets",
    example: "resp_bytes > 1M",
    read: (flow) => flow.responder.bytes,
  },
  {
    name: "resp_payload_bytes",
    type: "number",
    unit: "octets",
    example: "resp_payload_bytes > 0",
    read: (flow) => flow.responder.payloadBytes,
  },
  {
    name: "conn_state",
    type: "text",
    values: CONNECTION_STATES,
    example: "conn_state == S0",
    read: (flow) => flow.connState,
  },
  { name: "history", type: "text", example: "history contains R", read: (flow) => flow.history },
  {
    name: "community_id",
    type: "text",
    example: "community_id contains FzVITSMeYO",
    read: (flow) => flow.communityId,
  },
  { name: "first_packet", type: "number", example: "first_packet <= 100", read: (flow) => flow.firstPacket },
  { name: "end", type: "text", values: ENDS, example: "end == timeout", read: (flow) => flow.end },
  {
    name: "fragments",
    type: "number",
    unit: "packets",
    example: "fragments > 0",
    read: (flow) => flow.fragments,
  },
  {
    name: "tcp.orig_flags",
    type: "text",
    example: "tcp.orig_flags == S",
    read: ({ tcp }) => tcp?.originatorFlags,
  },
  {
    name: "tcp.resp_flags",
    type: "text",
    example: "tcp.resp_flags contains R",
    read: ({ tcp }) => tcp?.responderFlags,
  },
  {
    name: "tcp.orig_retransmissions",
    type: "number",
    unit: "segments",
    example: "tcp.orig_retransmissions > 0",
    read: ({ tcp }) => tcp?.retransmissions[0],
  },
  {
    name: "tcp.resp_retransmissions",
    type: "number",
    unit: "segments",
    example: "tcp.resp_retransmissions > 0",
    read: ({ tcp }) => tcp?.retransmissions[1],
  },
  {
    name: "tcp.orig_out_of_order",
    type: "number",
    unit: "segments",
    example: "tcp.orig_out_of_order > 0",
    read: ({ tcp }) => tcp?.outOfOrder[0],
  },
  {
    name: "tcp.resp_out_of_order",
    type: "number",
    unit: "segments",
    example: "tcp.resp_out_of_order > 0",
    read: ({ tcp }) => tcp?.outOfOrder[1],
  },
  {
    name: "tcp.orig_missed_bytes",
    type: "number",
    unit: "octets",
    example: "tcp.orig_missed_bytes > 0",
    read: ({ tcp }) => tcp?.missedBytes[0],
  },
  {
    name: "tcp.resp_missed_bytes",
    type: "number",
    unit: "octets",
    example: "tcp.resp_missed_bytes > 0",
    read: ({ tcp }) => tcp?.missedBytes[1],
  },
  {
    name: "tcp.rtt_ms",
    type: "number",
    unit: "milliseconds",
    example: "tcp.rtt_ms > 100",
    read: ({ tcp }) => (tcp?.rttUs === undefined ? undefined : Math.round(tcp.rttUs) / 1000),
  },
  { name: "host", type: "address", example: "host == 192.0.2.0/24", read: (flow) => [flow.src, flow.dst] },
  { name: "port", type: "number", example: "port == 443", read: (flow) => [flow.sport, flow.dport] },
  { name: "ip_version", type: "number", example: "ip_version == 6", read: (flow) => flow.ipVersion },
  {
    name: "duration",
    type: "number",
    unit: "seconds",
    example: "duration > 60",
    read: (flow) => (flow.lastUs - flow.firstUs) / 1e6,
  },
  {
    name: "finding",
    type: "text",
    example: "finding contains credentials",
    read: (flow) => flow.findings.map(({ kind }) => kind),
  },
  {
    name: "severity",
    type: "text",
    values: SEVERITIES,
    example: "severity == high",
    read: (flow) => flow.findings.map(({ severity }) => severity),
  },
];

const FIELDS: ReadonlyMap<string, Field> = new Map(FIELD_LIST.map((field) => [field.name, field]));

/** The fields that are no attributes, in the order of the record as JSON. */
export const flowFilterFields: readonly FlowFilterField[] = FIELD_LIST;

/** The field of a name; those of `tcp` also without it. */
function fieldOf(name: string): Field | undefined {
  return FIELDS.get(name) ?? FIELDS.get(`tcp.${name}`);
}

const ATTRIBUTE_NAME = /^[\w-]+(?:\.[\w-]+)+$/;
const OPERATORS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "contains"]);
const OPERATORS_TEXT = "==, !=, <, <=, >, >= and contains";
/** What others write, and what to write here. */
const OTHER_OPERATORS: ReadonlyMap<string, string> = new Map([
  ["=", "write == to compare"],
  ["eq", "write =="],
  ["is", "write =="],
  ["equals", "write =="],
  ["ne", "write !="],
  ["lt", "write <"],
  ["le", "write <="],
  ["gt", "write >"],
  ["ge", "write >="],
  ["in", 'compare with each value and join these by "or"; == also takes a prefix such as 192.0.2.0/24'],
  ["matches", "contains looks for a part; regular expressions are not read"],
  ["like", "contains looks for a part"],
  ["~", "contains looks for a part; regular expressions are not read"],
]);

interface Token {
  readonly text: string;
  /** Character position from 1. */
  readonly at: number;
  readonly quoted: boolean;
}

/** One question of a filter, for who knows which attributes and values there are. */
export interface FlowFilterTerm {
  readonly field: string;
  /** Character position from 1. */
  readonly column: number;
  /** Undefined, as is the value, where the field stands alone. */
  readonly operator: string | undefined;
  readonly value: string | undefined;
  readonly valueColumn: number | undefined;
}

/**
 * What a filter asks, in the order of the text. Its fields may be such as there are not.
 *
 * @throws {PalisadeError} `INSPECT_FILTER_INVALID`
 */
export function flowFilterTerms(text: string): readonly FlowFilterTerm[] {
  const parser = new FilterParser(text, false);
  parser.parse();
  return parser.terms;
}

/**
 * @throws {PalisadeError} `INSPECT_FILTER_INVALID`: `filter, column 9: `, and what is wrong there
 */
export function compileFlowFilter(text: string): FlowFilter {
  return new FilterParser(text, true).parse();
}

function invalid(at: number, what: string): PalisadeError {
  return new PalisadeError("INSPECT_FILTER_INVALID", `filter, column ${at}: ${what}`);
}

/** A word ends before `&&` and `||`; single `&` and `|` stand in paths and queries. */
const TOKEN =
  /\s*(?:"((?:[^"\\]|\\["\\])*)"|(==|!=|<=|>=|&&|\|\||[<>()!])|((?:(?!&&|\|\|)[^\s"()<>=!])+)|(\S))/gy;

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(TOKEN)) {
    const [whole, quoted, operator, word, stray] = match;
    const at = match.index + whole.length - whole.trimStart().length + 1;
    if (stray !== undefined)
      throw invalid(
        at,
        OTHER_OPERATORS.get(stray) ?? 'a quotation mark stands open: write " behind the text',
      );
    if (word?.startsWith("'")) throw invalid(at, `text stands in double quotation marks: "like this"`);
    if (quoted !== undefined) tokens.push({ text: quoted.replace(/\\(.)/g, "$1"), at, quoted: true });
    else tokens.push({ text: operator ?? word ?? "", at, quoted: false });
  }
  return tokens;
}

class FilterParser {
  readonly terms: FlowFilterTerm[] = [];
  readonly #tokens: readonly Token[];
  readonly #end: number;
  /** Whether a field must be one that there is. */
  readonly #strict: boolean;
  #next = 0;
  #depth = 0;

  constructor(text: string, strict: boolean) {
    if (text.length > FILTER_CHARACTERS_MAX)
      throw invalid(1, `expected at most ${FILTER_CHARACTERS_MAX} characters`);
    this.#tokens = tokenize(text);
    this.#end = text.length + 1;
    this.#strict = strict;
  }

  parse(): FlowFilter {
    const filter = this.#any();
    const rest = this.#peek();
    if (rest !== undefined) {
      const hint = { "&": " (write and, or &&)", "|": " (write or, or ||)" }[rest.text] ?? "";
      throw invalid(rest.at, `expected "and", "or" or the end, not "${rest.text}"${hint}`);
    }
    return filter;
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#next];
  }

  #accept(...words: readonly string[]): boolean {
    if (!isOneOf(this.#peek(), words)) return false;
    this.#next += 1;
    return true;
  }

  #any(): FlowFilter {
    const parts = [this.#all()];
    while (this.#accept("or", "||")) parts.push(this.#all());
    return parts.length === 1 ? parts[0]! : (flow) => parts.some((part) => part(flow));
  }

  #all(): FlowFilter {
    const parts = [this.#one()];
    while (this.#accept("and", "&&")) parts.push(this.#one());
    return parts.length === 1 ? parts[0]! : (flow) => parts.every((part) => part(flow));
  }

  #one(): FlowFilter {
    this.#depth += 1;
    if (this.#depth > FILTER_DEPTH_MAX)
      throw invalid(this.#at(), `expected at most ${FILTER_DEPTH_MAX} expressions inside one another`);
    try {
      if (this.#accept("not", "!")) {
        const negated = this.#one();
        return (flow) => !negated(flow);
      }
      if (this.#accept("(")) {
        const inner = this.#any();
        if (!this.#accept(")")) throw invalid(this.#at(), 'expected ")"');
        return inner;
      }
      return this.#comparison();
    } finally {
      this.#depth -= 1;
    }
  }

  #at(): number {
    return this.#peek()?.at ?? this.#end;
  }

  #comparison(): FlowFilter {
    const name = this.#peek();
    if (name === undefined || name.quoted || isSymbol(name)) {
      throw invalid(this.#at(), "expected the name of a field, such as app_proto or tls.sni");
    }
    const field = fieldOf(name.text);
    const read = field?.read ?? this.#attributeReader(name);
    this.#next += 1;
    const operator = this.#operator();
    const value = operator === undefined ? undefined : this.#value(operator);
    this.terms.push({
      field: field?.name ?? name.text,
      column: name.at,
      operator: operator?.text,
      value: value?.text,
      valueColumn: value?.at,
    });
    if (operator === undefined || value === undefined) return (flow) => hasValue(read(flow));
    const test = field?.type === "address" ? addressTest(operator, value) : valueTest(field, operator, value);
    // "Not equal" means that no value is equal, also where there are several.
    if (operator.text === "!=") return (flow) => !someValue(read(flow), test);
    return (flow) => someValue(read(flow), test);
  }

  #attributeReader({ text: name, at }: Token): Reader {
    if (this.#strict && !ATTRIBUTE_NAME.test(name)) {
      const near = nearest(name, FIELDS.keys());
      throw invalid(at, `there is no field "${name}"${near === undefined ? "" : `: did you mean ${near}?`}`);
    }
    return (flow) => flow.attributes[name];
  }

  /** The operator behind a field; undefined where the field stands alone. */
  #operator(): Token | undefined {
    const token = this.#peek();
    if (token === undefined || isOneOf(token, ENDS_OF_TERM)) return undefined;
    if (!isOneOf(token, [...OPERATORS])) {
      const instead = OTHER_OPERATORS.get(token.text.toLowerCase());
      throw invalid(
        token.at,
        `there is no operator "${token.text}": ${instead ?? `there are ${OPERATORS_TEXT}; "and", "or" and "not" join`}`,
      );
    }
    this.#next += 1;
    return token;
  }

  #value(operator: Token): Token {
    const value = this.#peek();
    if (value === undefined || (!value.quoted && isSymbol(value)))
      throw invalid(this.#at(), `expected a value after "${operator.text}"`);
    this.#next += 1;
    return value;
  }
}

/** What may come behind a field that stands alone. */
const ENDS_OF_TERM: readonly string[] = ["and", "&&", "or", "||", ")"];

function isOneOf(token: Token | undefined, words: readonly string[]): boolean {
  return token !== undefined && !token.quoted && words.includes(token.text);
}

/** Whether a token is made of what no name or value has. */
function isSymbol({ text }: Token): boolean {
  return /^(?:[=!<>]=?|&&|\|\||[()])$/.test(text);
}

function hasValue(values: readonly Value[] | Value): boolean {
  return Array.isArray(values) ? values.length > 0 : values !== undefined && values !== false;
}

function someValue(values: readonly Value[] | Value, test: (value: Value) => boolean): boolean {
  return Array.isArray(values) ? values.some(test) : test(values as Value);
}

function addressTest(operator: Token, value: Token): (value: Value) => boolean {
  if (operator.text === "contains") {
    const part = value.text.toLowerCase();
    return (address) => String(address).includes(part);
  }
  if (operator.text !== "==" && operator.text !== "!=")
    throw invalid(operator.at, 'expected "==", "!=" or "contains" for an address');
  const set = new IpSet();
  if (set.add(value.text) instanceof Malformed)
    throw invalid(value.at, "expected an address or a prefix such as 192.0.2.0/24");
  set.freeze();
  return (address) => {
    const octets = parseIpAddress(String(address));
    return octets !== undefined && set.has(octets);
  };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };
const NUMBER = /^(-?\d+(?:\.\d+)?)([kMG]?)$/;
/** ISO 8601, as far as it is read: always UTC. */
const DATE_TIME = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::(\d\d(?:\.\d{1,6})?))?Z?)?$/;

function valueTest(field: Field | undefined, operator: Token, value: Token): (value: Value) => boolean {
  const text = value.text.toLowerCase();
  if (operator.text === "contains") {
    return (one) => one !== undefined && String(one).toLowerCase().includes(text);
  }
  const equality = operator.text === "==" || operator.text === "!=";
  if (field?.type === "text") checkText(field, operator, value);
  const wanted = numberOf(field, value);
  if (wanted === undefined && (!equality || (field !== undefined && field.type !== "text")))
    throw invalid(value.at, expectedNumber(field, operator));
  if (equality) {
    return (one) =>
      one !== undefined &&
      (typeof one === "number" && wanted !== undefined ? one === wanted : String(one).toLowerCase() === text);
  }
  const limit = wanted!;
  const compare = { "<": less, "<=": atMost, ">": more, ">=": atLeast }[operator.text]!;
  return (one) => typeof one === "number" && compare(one, limit);
}

/** Refuses to compare text by size, and a value that the field never has. */
function checkText({ name, values }: Field, operator: Token, value: Token): void {
  if (operator.text !== "==" && operator.text !== "!=")
    throw invalid(operator.at, `expected "==", "!=" or "contains" for ${name}, which is text`);
  if (values === undefined || values.some((one) => one.toLowerCase() === value.text.toLowerCase())) return;
  const near = nearest(value.text, values);
  const instead = near === undefined ? `there are ${values.join(", ")}` : `did you mean ${near}?`;
  throw invalid(value.at, `${name} is never "${value.text}": ${instead}`);
}

/** The number that a value stands for; of an attribute, text in quotation marks is none. */
function numberOf(field: Field | undefined, value: Token): number | undefined {
  if (field === undefined && value.quoted) return undefined;
  const number = NUMBER.exec(value.text);
  if (number !== null) return Number(number[1]) * UNITS[number[2]!]!;
  if (field?.name === "proto") return TRANSPORTS.get(value.text.toLowerCase());
  if (field?.type !== "time") return undefined;
  const [whole, day, minute = "00:00", second = "00"] = DATE_TIME.exec(value.text) ?? [];
  const ms = whole === undefined ? Number.NaN : Date.parse(`${day}T${minute}:${second.slice(0, 2)}Z`);
  return Number.isNaN(ms) ? undefined : Math.round(ms * 1e3 + Number(second.slice(2) || 0) * 1e6) / 1e6;
}

function expectedNumber(field: Field | undefined, operator: Token): string {
  if (field?.name === "proto")
    return `expected a protocol number or one of ${[...TRANSPORTS.keys()].join(", ")}`;
  if (field?.type === "time")
    return "expected seconds since the epoch, or a time in UTC such as 2024-05-01T09:00:15Z";
  return `expected a number after "${operator.text}", such as 10, 2.5k, 10M or 1G`;
}

const less = (a: number, b: number): boolean => a < b;
const atMost = (a: number, b: number): boolean => a <= b;
const more = (a: number, b: number): boolean => a > b;
const atLeast = (a: number, b: number): boolean => a >= b;
