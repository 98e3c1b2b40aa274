import { Malformed } from "@palisade/base";
import { startsWith, u8 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { VARINT_CUT, varintEnd, varintValue } from "../varint.js";

/** Name of the client or server program: "ClickHouse client". */
export const CLICKHOUSE_CLIENT = attribute("clickhouse.client", "text");
export const CLICKHOUSE_SERVER = attribute("clickhouse.server", "text");
export const CLICKHOUSE_DATABASE = attribute("clickhouse.database", "text");
export const CLICKHOUSE_USER = attribute("clickhouse.user", "text");
/** Version of the server: major.minor. */
export const CLICKHOUSE_VERSION = attribute("clickhouse.server-version", "text");

/** After the verdict: a first packet of the server that is neither hello nor exception. */
export const CLICKHOUSE_ANSWER_INVALID = new Malformed("clickhouse.answer-invalid");

export const CLICKHOUSE_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "clickhouse.cleartext-credentials",
  severity: "medium",
  title: "A ClickHouse client sends its password in clear text",
};

const HELLO = 0;
const EXCEPTION = 2;
const NAME_OCTETS_MAX = 127;
/** Of a version or revision. */
const NUMBER_OCTETS_MAX = 3;

export const clickhouse: Protocol = {
  name: "clickhouse",
  title: "ClickHouse native protocol",
  spec: "ClickHouse documentation, “Native client protocol”",
  category: "database",
  attributes: [
    CLICKHOUSE_CLIENT,
    CLICKHOUSE_SERVER,
    CLICKHOUSE_DATABASE,
    CLICKHOUSE_USER,
    CLICKHOUSE_VERSION,
  ],
  malformed: [CLICKHOUSE_ANSWER_INVALID],
  findings: [CLICKHOUSE_CLEARTEXT_CREDENTIALS],
  recognises:
    "A hello of client or server: a program's name with “ClickHouse” in it, or on port 9000 any, and the numbers of its version.",
  omits: "Everything behind the hellos: queries, blocks, progress.",
  stream: {
    ports: [9000],
    firstOctets: [HELLO, EXCEPTION],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      if (u8(octets, offset) !== HELLO) {
        if (!known) return NO;
        return flow.direction === 1 && u8(octets, offset) !== EXCEPTION ? CLICKHOUSE_ANSWER_INVALID : DONE;
      }
      const nameEnd = afterText(octets, offset + 1, end);
      if (nameEnd < 0) return nameEnd === -1 ? MORE : known ? CLICKHOUSE_ANSWER_INVALID : NO;
      const nameStart = offset + 2;
      if (!nameMayBe(octets, nameStart, nameEnd, flow.sourcePort === 9000 || flow.destinationPort === 9000)) {
        return known ? CLICKHOUSE_ANSWER_INVALID : NO;
      }
      let at = nameEnd;
      let major = 0;
      let minor = 0;
      let revision = 0;
      for (let field = 0; field < 3; field += 1) {
        const after = varintEnd(octets, at, end, NUMBER_OCTETS_MAX);
        if (after < 0) return after === VARINT_CUT ? MORE : NO;
        major = minor;
        minor = revision;
        revision = varintValue(octets, at, after);
        at = after;
      }
      // Years since 2018, or 1 before, and revisions of the protocol from 50,000 on.
      if (major > 99 || minor > 999 || revision < 50_000 || revision > 99_999) return NO;
      if (flow.direction === 1 || !passwordFollows(octets, at, end)) {
        if (flow.direction === 0) return MORE;
        flow.stage = 1;
        flow.text(CLICKHOUSE_SERVER, octets, nameStart, nameEnd);
        if (flow.wants(CLICKHOUSE_VERSION)) flow.set(CLICKHOUSE_VERSION, `${major}.${minor}`);
        return DONE;
      }
      flow.stage = 1;
      flow.text(CLICKHOUSE_CLIENT, octets, nameStart, nameEnd);
      at = setText(octets, at, end, CLICKHOUSE_DATABASE, flow);
      at = setText(octets, at, end, CLICKHOUSE_USER, flow);
      if (u8(octets, at) > 0) flow.report(CLICKHOUSE_CLEARTEXT_CREDENTIALS);
      flow.consume(at + 1 + u8(octets, at) - offset);
      return MATCH;
    },
  },
};

/** Index after a text of a one-octet length; -1 where it is not whole, -2 where it is too long or not printable. */
function afterText(octets: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const length = u8(octets, at);
  if (length > NAME_OCTETS_MAX) return -2;
  const stop = at + 1 + length;
  for (let index = at + 1; index < Math.min(stop, end); index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x20 || octet === 0x7f) return -2;
  }
  return stop > end ? -1 : stop;
}

function nameMayBe(octets: Uint8Array, start: number, end: number, onPort: boolean): boolean {
  if (end - start < 4) return false;
  for (let index = start; index + 10 <= end; index += 1) {
    if (startsWith(octets, index, end, "ClickHouse")) return true;
  }
  return onPort;
}

/** Whether database, user and the password's length are at hand. */
function passwordFollows(octets: Uint8Array, at: number, end: number): boolean {
  const user = afterText(octets, at, end);
  const password = user < 0 ? -1 : afterText(octets, user, end);
  return password >= 0 && password < end;
}

function setText(
  octets: Uint8Array,
  at: number,
  end: number,
  target: Attribute<"text">,
  flow: FlowContext,
): number {
  const stop = afterText(octets, at, end);
  if (stop > at + 1) flow.text(target, octets, at + 1, stop);
  return stop;
}
