/**
 * Flow filters: which records to show, as an expression over their fields.
 *
 *     app_proto == tls and bytes > 10k and tls.sni contains "example"
 *     host == 192.0.2.0/24 and not (port == 443 or finding)
 *
 * A field alone asks whether it has a value. Text compares without case; `contains` looks for a part. An attribute with
 * several values holds when one of them does. Numbers take k, M and G (thousands); `host`, `src` and `dst` take
 * addresses and prefixes.
 */
import { Malformed, PalisadeError } from "@palisade/base";
import { IpSet } from "@palisade/match";
import { parseIpAddress } from "@palisade/wire";
import { type FlowRecord, flowBytes, flowPackets } from "./flow/flow-record.js";

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

const FIELDS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ["src", (flow) => flow.src],
  ["dst", (flow) => flow.dst],
  ["host", (flow) => [flow.src, flow.dst]],
  ["sport", (flow) => flow.sport],
  ["dport", (flow) => flow.dport],
  ["port", (flow) => [flow.sport, flow.dport]],
  ["proto", (flow) => flow.proto],
  ["ip_version", (flow) => flow.ipVersion],
  ["vlan", (flow) => flow.vlan],
  ["app_proto", (flow) => flow.appProto],
  ["app", (flow) => flow.app],
  ["category", (flow) => flow.category],
  ["confidence", (flow) => flow.confidence],
  ["path", (flow) => flow.path],
  ["packets", flowPackets],
  ["bytes", flowBytes],
  ["orig_packets", (flow) => flow.originator.packets],
  ["orig_bytes", (flow) => flow.originator.bytes],
  ["resp_packets", (flow) => flow.responder.packets],
  ["resp_bytes", (flow) => flow.responder.bytes],
  ["duration", (flow) => (flow.lastUs - flow.firstUs) / 1e6],
  ["conn_state", (flow) => flow.connState],
  ["history", (flow) => flow.history],
  ["community_id", (flow) => flow.communityId],
  ["end", (flow) => flow.end],
  ["finding", (flow) => flow.findings.map(({ kind }) => kind)],
  ["severity", (flow) => flow.findings.map(({ severity }) => severity)],
  ["first_packet", (flow) => flow.firstPacket],
]);

/** Names of the fields that are no attributes. */
export const flowFilterFields: readonly string[] = [...FIELDS.keys()];

const ADDRESS_FIELDS: ReadonlySet<string> = new Set(["src", "dst", "host"]);
const ATTRIBUTE_NAME = /^[a-z0-9-]+\.[a-z0-9-]+$/;
const OPERATORS: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">=", "contains"]);

interface Token {
  readonly text: string;
  /** Character position from 1. */
  readonly at: number;
  readonly quoted: boolean;
}

/**
 * Names of the attributes and other fields that a filter reads; those of an invalid filter as far as they go.
 */
export function flowFilterNames(text: string): string[] {
  return tokenize(text)
    .filter(({ quoted, text: word }) => !quoted && (FIELDS.has(word) || ATTRIBUTE_NAME.test(word)))
    .map(({ text: word }) => word);
}

/**
 * @throws {PalisadeError} `INSPECT_FILTER_INVALID`, naming the position and what was expected
 */
export function compileFlowFilter(text: string): FlowFilter {
  if (text.length > FILTER_CHARACTERS_MAX) throw invalid(1, `at most ${FILTER_CHARACTERS_MAX} characters`);
  return new FilterParser(tokenize(text), text.length + 1).parse();
}

function invalid(at: number, expected: string, cause?: unknown): PalisadeError {
  return new PalisadeError("INSPECT_FILTER_INVALID", `filter: at character ${at}: expected ${expected}`, {
    cause,
  });
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /\s*(?:"((?:[^"\\]|\\["\\])*)"|(==|!=|<=|>=|[<>()])|([^\s"()<>=!]+)|(\S))/gy;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [whole, quoted, operator, word, stray] = match;
    const at = match.index + whole.length - whole.trimStart().length + 1;
    if (stray !== undefined)
      throw invalid(at, stray === '"' ? "a closing quotation mark" : `no "${stray}" here`);
    if (quoted !== undefined) tokens.push({ text: quoted.replace(/\\(.)/g, "$1"), at, quoted: true });
    else tokens.push({ text: operator ?? word ?? "", at, quoted: false });
  }
  return tokens;
}

class FilterParser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  parse(): FlowFilter {
    const filter = this.#any();
    const rest = this.#tokens[this.#next];
    if (rest !== undefined) throw invalid(rest.at, `"and", "or" or the end, not "${rest.text}"`);
    return filter;
  }

  #word(word: string): boolean {
    const token = this.#tokens[this.#next];
    if (token === undefined || token.quoted || token.text !== word) return false;
    this.#next += 1;
    return true;
  }

  #any(): FlowFilter {
    const parts = [this.#all()];
    while (this.#word("or")) parts.push(this.#all());
    return parts.length === 1 ? parts[0]! : (flow) => parts.some((part) => part(flow));
  }

  #all(): FlowFilter {
    const parts = [this.#one()];
    while (this.#word("and")) parts.push(this.#one());
    return parts.length === 1 ? parts[0]! : (flow) => parts.every((part) => part(flow));
  }

  #one(): FlowFilter {
    this.#depth += 1;
    if (this.#depth > FILTER_DEPTH_MAX)
      throw invalid(this.#at(), `at most ${FILTER_DEPTH_MAX} expressions inside one another`);
    try {
      if (this.#word("not")) {
        const negated = this.#one();
        return (flow) => !negated(flow);
      }
      if (this.#word("(")) {
        const inner = this.#any();
        if (!this.#word(")")) throw invalid(this.#at(), '")"');
        return inner;
      }
      return this.#comparison();
    } finally {
      this.#depth -= 1;
    }
  }

  #at(): number {
    return this.#tokens[this.#next]?.at ?? this.#end;
  }

  #comparison(): FlowFilter {
    const field = this.#tokens[this.#next];
    if (field === undefined || field.quoted || OPERATORS.has(field.text) || field.text === ")") {
      throw invalid(this.#at(), "the name of a field, such as app_proto or tls.sni");
    }
    const read = FIELDS.get(field.text) ?? attributeReader(field);
    this.#next += 1;
    const operator = this.#tokens[this.#next];
    if (operator === undefined || operator.quoted || !OPERATORS.has(operator.text)) {
      return (flow) => hasValue(read(flow));
    }
    this.#next += 1;
    const value = this.#tokens[this.#next];
    if (value === undefined || (!value.quoted && (value.text === "(" || value.text === ")"))) {
      throw invalid(this.#at(), `a value after "${operator.text}"`);
    }
    this.#next += 1;
    const test = ADDRESS_FIELDS.has(field.text)
      ? addressTest(operator, value)
      : valueTest(field, operator, value);
    // "Not equal" means that no value is equal, also where there are several.
    if (operator.text === "!=") return (flow) => !someValue(read(flow), test);
    return (flow) => someValue(read(flow), test);
  }
}

function attributeReader(field: Token): Reader {
  if (!ATTRIBUTE_NAME.test(field.text)) {
    throw invalid(field.at, `a field (${flowFilterFields.join(", ")}) or an attribute such as tls.sni`);
  }
  const name = field.text;
  return (flow) => flow.attributes[name];
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
    throw invalid(operator.at, '"==", "!=" or "contains" for an address');
  const set = new IpSet();
  if (set.add(value.text) instanceof Malformed)
    throw invalid(value.at, "an address or a prefix such as 192.0.2.0/24");
  set.freeze();
  return (address) => {
    const octets = parseIpAddress(String(address));
    return octets !== undefined && set.has(octets);
  };
}

const UNITS: Readonly<Record<string, number>> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };

function valueTest(field: Token, operator: Token, value: Token): (value: Value) => boolean {
  const text = value.text.toLowerCase();
  if (operator.text === "contains") {
    return (one) => one !== undefined && String(one).toLowerCase().includes(text);
  }
  const number = /^(-?\d+(?:\.\d+)?)([kMG]?)$/.exec(value.text);
  let wanted = number === null || value.quoted ? undefined : Number(number[1]) * UNITS[number[2]!]!;
  if (field.text === "proto" && wanted === undefined) {
    wanted = TRANSPORTS.get(text);
    if (wanted === undefined)
      throw invalid(value.at, `a protocol number or one of ${[...TRANSPORTS.keys()].join(", ")}`);
  }
  switch (operator.text) {
    case "==":
    case "!=":
      return (one) =>
        one !== undefined &&
        (typeof one === "number" && wanted !== undefined
          ? one === wanted
          : String(one).toLowerCase() === text);
    default: {
      if (wanted === undefined) throw invalid(value.at, `a number after "${operator.text}"`);
      const limit = wanted;
      const compare = { "<": less, "<=": atMost, ">": more, ">=": atLeast }[operator.text]!;
      return (one) => typeof one === "number" && compare(one, limit);
    }
  }
}

const less = (a: number, b: number): boolean => a < b;
const atMost = (a: number, b: number): boolean => a <= b;
const more = (a: number, b: number): boolean => a > b;
const atLeast = (a: number, b: number): boolean => a >= b;
