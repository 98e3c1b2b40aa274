import { Malformed } from "@palisade/base";
import { u8, u16, u16le, u32le } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { ntlmAttributes, readNtlm } from "../files/ntlm.js";
import { setUtf16 } from "../utf16.js";

/** Kinds of packets: "pre-login", "sql-batch". */
export const TDS_TYPE = attribute("mssql-tds.type", "text", { many: true });
/** Version of the server, from its answer to pre-login: "16.0.1000". */
export const TDS_SERVER_VERSION = attribute("mssql-tds.server-version", "text");
/** Version of the protocol that the client logs in with: "7.4". */
export const TDS_VERSION = attribute("mssql-tds.version", "text");
export const TDS_HOST = attribute("mssql-tds.client-host", "text");
export const TDS_USER = attribute("mssql-tds.user", "text");
export const TDS_APPLICATION = attribute("mssql-tds.application", "text");
/** Name of the server as the client calls it. */
export const TDS_SERVER = attribute("mssql-tds.server", "text");
export const TDS_DATABASE = attribute("mssql-tds.database", "text");
/** TLS records are carried in pre-login packets. */
export const TDS_ENCRYPTED = attribute("mssql-tds.encrypted", "flag");

/** After the verdict: no packet header where one must begin. */
export const TDS_HEADER_INVALID = new Malformed("mssql-tds.header-invalid");

/** MS-TDS §2.2.3.1: type, status, length, process, packet number, window. */
const HEADER_BYTES = 8;
/** Packets are negotiated up to 32,767 octets (MS-TDS §2.2.6.4, "PacketSize"). */
const PACKET_OCTETS_MAX = 32_767;
const PACKET_OCTETS_READ_MAX = 1024;
/** End of message, ignore, and two ways of resetting (MS-TDS §2.2.3.1.2); 0x04 marks packets that are not the last, with some clients. */
const STATUS_BITS = 0x1f;
const TYPES: ReadonlyMap<number, string> = new Map([
  [1, "sql-batch"],
  [2, "pre-tds7-login"],
  [3, "rpc"],
  [4, "tabular-result"],
  [6, "attention"],
  [7, "bulk-load"],
  [8, "federated-authentication-token"],
  [14, "transaction-manager"],
  [16, "login7"],
  [17, "sspi"],
  [18, "pre-login"],
]);
const SQL_BATCH = 1;
const RPC = 3;
const RESULT = 4;
const TRANSACTION = 14;
const LOGIN7 = 16;
const SSPI = 17;
const PRELOGIN = 18;
/** Tokens that results begin with (MS-TDS §2.2.7): column data, error, info, login answer, environment, done … */
const RESULT_TOKENS = new Set([
  0x79, 0x81, 0x88, 0xa4, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xd1, 0xd2, 0xe3, 0xe5, 0xed, 0xee, 0xfd, 0xfe, 0xff,
]);
const PRELOGIN_OPTIONS_MAX = 10;
const TLS_CONTENT_TYPES_FROM = 0x14;
const TLS_CONTENT_TYPES_TO = 0x17;

export const mssqlTds: Protocol = {
  name: "mssql-tds",
  title: "Tabular Data Stream (Microsoft SQL Server)",
  spec: "MS-TDS",
  category: "database",
  attributes: [
    TDS_TYPE,
    TDS_SERVER_VERSION,
    TDS_VERSION,
    TDS_HOST,
    TDS_USER,
    TDS_APPLICATION,
    TDS_SERVER,
    TDS_DATABASE,
    TDS_ENCRYPTED,
    ...ntlmAttributes,
  ],
  malformed: [TDS_HEADER_INVALID],
  recognises:
    "A packet header of published type and status whose contents begin as that type's must; types without such a beginning on port 1433 only.",
  omits:
    "Statements, parameters and results, and the TLS that pre-login packets or the whole connection carry.",
  stream: {
    ports: [1433],
    firstOctets: [...TYPES.keys()],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      const first = u8(octets, offset);
      const atHand = end - offset;
      // With full encryption bare TLS records follow the login.
      if (known && first >= TLS_CONTENT_TYPES_FROM && first <= TLS_CONTENT_TYPES_TO) return DONE;
      const wrong: Outcome = !known ? NO : flow.gap ? DONE : TDS_HEADER_INVALID;
      const name = TYPES.get(first);
      if (name === undefined) return wrong;
      if (atHand >= 2 && (u8(octets, offset + 1) & ~STATUS_BITS) !== 0) return wrong;
      if (atHand < HEADER_BYTES) return MORE;
      const length = u16(octets, offset + 2);
      // Every client and server sends a zero window; only servers number their process.
      if (length < HEADER_BYTES || length > PACKET_OCTETS_MAX || u8(octets, offset + 7) !== 0) return wrong;
      const needed = offset + Math.min(length, PACKET_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      const body = offset + HEADER_BYTES;
      if (!known && !beginsPlausibly(octets, first, body, needed, offset + length, flow)) return NO;
      flow.stage = 1;
      flow.set(TDS_TYPE, name);
      if (first === PRELOGIN) {
        const content = u8(octets, body);
        const tls = content >= TLS_CONTENT_TYPES_FROM && content <= TLS_CONTENT_TYPES_TO;
        if (tls && needed > body) flow.set(TDS_ENCRYPTED, true);
      } else if (first === RESULT && u8(octets, body) === 0 && flow.direction === 1) {
        readServerVersion(flow, octets, body, needed);
      } else if (first === LOGIN7) {
        readLogin(flow, octets, body, needed);
      }
      if (first === SSPI || first === RESULT || first === LOGIN7) readNtlm(flow, octets, body, needed);
      flow.consume(length);
      return MATCH;
    },
  },
};

/** Before the verdict: what `start … end`, of a packet that ends at `packetEnd`, must hold for its type. */
function beginsPlausibly(
  octets: Uint8Array,
  type: number,
  start: number,
  end: number,
  packetEnd: number,
  flow: FlowContext,
): boolean {
  const onPort = flow.sourcePort === 1433 || flow.destinationPort === 1433;
  if (type === PRELOGIN) {
    return (
      preloginValid(octets, start, end) ||
      (onPort && u8(octets, start) === 0x16 && u8(octets, start + 1) === 3)
    );
  }
  if (type === LOGIN7) {
    // The length is the packet's, or more where the login needs several; versions 7.0 … 7.4, and 8.0.
    if (end - start < 94) return false;
    const length = u32le(octets, start);
    const major = u8(octets, start + 7);
    return length >= packetEnd - start && length < 0x2_0000 && major >= 0x70 && major <= 0x80;
  }
  if (type === SQL_BATCH || type === RPC || type === TRANSACTION) {
    // ALL_HEADERS since 7.2 (MS-TDS §2.2.5.3): its length, then headers each with length and type 1 … 3.
    if (end - start >= 22) {
      const all = u32le(octets, start);
      const one = u32le(octets, start + 4);
      const kind = u16le(octets, start + 8);
      if (all >= 22 && all <= 512 && one >= 6 && one + 4 <= all && kind >= 1 && kind <= 3) return true;
    }
    return onPort && end > start;
  }
  if (type === RESULT) {
    if (end === start) return false;
    if (preloginValid(octets, start, end)) return true;
    return onPort && RESULT_TOKENS.has(u8(octets, start));
  }
  return onPort;
}

/** MS-TDS §2.2.6.5: options of token, offset and length until 0xff, the version's six octets first. */
function preloginValid(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  for (let count = 0; count < PRELOGIN_OPTIONS_MAX; count += 1) {
    if (at >= end) return false;
    const token = u8(octets, at);
    if (token === 0xff) return count > 0;
    if (at + 5 > end || token > 8 || (count === 0 && token !== 0)) return false;
    const offset = u16(octets, at + 1);
    const length = u16(octets, at + 3);
    if (offset < 6 || start + offset + length > end || (token === 0 && length !== 6)) return false;
    at += 5;
  }
  return false;
}

function readServerVersion(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  if (!flow.wants(TDS_SERVER_VERSION) || !preloginValid(octets, start, end)) return;
  const at = start + u16(octets, start + 1);
  flow.set(TDS_SERVER_VERSION, `${u8(octets, at)}.${u8(octets, at + 1)}.${u16(octets, at + 2)}`);
}

/** MS-TDS §2.2.6.4: fixed part, then offsets and lengths in characters. The password (at 44) is not read. */
function readLogin(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  if (end - start < 94) return;
  const major = u8(octets, start + 7);
  if (flow.wants(TDS_VERSION)) flow.set(TDS_VERSION, major < 0x80 ? `7.${major & 0xf}` : "8.0");
  setField(flow, TDS_HOST, octets, start, 36, end);
  setField(flow, TDS_USER, octets, start, 40, end);
  setField(flow, TDS_APPLICATION, octets, start, 48, end);
  setField(flow, TDS_SERVER, octets, start, 52, end);
  setField(flow, TDS_DATABASE, octets, start, 68, end);
}

function setField(
  flow: FlowContext,
  target: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  field: number,
  end: number,
): void {
  const at = start + u16le(octets, start + field);
  const stop = at + 2 * u16le(octets, start + field + 2);
  if (at >= start + 86 && stop <= end) setUtf16(flow, target, octets, at, stop);
}
