import { Malformed } from "@palisade/base";
import { indexOfOctet, u8, u16le, u24le, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Version of the server, as it says: "8.0.36", "5.5.5-10.11.6-MariaDB". */
export const MYSQL_VERSION = attribute("mysql.server-version", "text");
export const MYSQL_USER = attribute("mysql.user", "text");
export const MYSQL_DATABASE = attribute("mysql.database", "text");
/** Authentication methods that server and client name. */
export const MYSQL_METHOD = attribute("mysql.authentication-method", "text", { many: true });
/** Error codes of the server. */
export const MYSQL_ERROR = attribute("mysql.error", "number", { many: true });
/** Commands of the client: "query", "ping". */
export const MYSQL_COMMAND = attribute("mysql.command", "text", { many: true });

/** After the verdict: a packet of the handshake whose fields do not fit into it. */
export const MYSQL_HANDSHAKE_INVALID = new Malformed("mysql.handshake-invalid");

export const MYSQL_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "mysql.cleartext-credentials",
  severity: "medium",
  title: "A MySQL client sends its password in clear text",
};

/** Length of three octets and a sequence number ("MySQL Packets", MySQL Internals). */
const HEADER_BYTES = 4;
const PROTOCOL_10 = 10;
const ERROR_PACKET = 0xff;
/** Fixed part of a login: capabilities, largest packet, character set, 23 octets of filler. */
const LOGIN_BYTES = 32;
const GREETING_OCTETS_MAX = 512;
const LOGIN_OCTETS_MAX = 4096;
const VERSION_OCTETS_MAX = 64;

// Capability flags ("Capabilities Flags", MySQL Internals).
const CONNECT_WITH_DB = 0x8;
const PROTOCOL_41 = 0x200;
const SSL = 0x800;
const PLUGIN_AUTH = 0x8_0000;
const PLUGIN_AUTH_LENENC = 0x20_0000;

// `flow.stage`: what the responder, who speaks first, has said and the originator has answered.
const GREETED = 1;
const LOGGED_IN = 2;

/** COM_* commands ("Text Protocol", "Utility Commands", "Prepared Statements"). */
const COMMANDS: ReadonlyMap<number, string> = new Map([
  [0x01, "quit"],
  [0x02, "init-db"],
  [0x03, "query"],
  [0x04, "field-list"],
  [0x07, "refresh"],
  [0x09, "statistics"],
  [0x0a, "process-info"],
  [0x0c, "process-kill"],
  [0x0d, "debug"],
  [0x0e, "ping"],
  [0x11, "change-user"],
  [0x12, "binlog-dump"],
  [0x15, "register-slave"],
  [0x16, "stmt-prepare"],
  [0x17, "stmt-execute"],
  [0x19, "stmt-close"],
  [0x1b, "set-option"],
  [0x1e, "binlog-dump-gtid"],
  [0x1f, "reset-connection"],
]);

export const mysql: Protocol = {
  name: "mysql",
  title: "MySQL client/server protocol",
  spec: "MySQL Internals, “MySQL Client/Server Protocol”; MariaDB's documentation of the same",
  category: "database",
  attributes: [MYSQL_VERSION, MYSQL_USER, MYSQL_DATABASE, MYSQL_METHOD, MYSQL_ERROR, MYSQL_COMMAND],
  malformed: [MYSQL_HANDSHAKE_INVALID],
  findings: [MYSQL_CLEARTEXT_CREDENTIALS],
  recognises:
    "A server's greeting of version 10 or its refusal, or a client's login whose filler and strings fill the packet.",
  omits:
    "Statements, results, compressed packets, the protocol before 4.1, and the X protocol of port 33060.",
  stream: {
    ports: [3306],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES + 1) {
        // Greetings and logins are shorter than 64 KiB and the first packets of their directions.
        const partial = end - offset >= 3 && (u8(octets, offset + 2) !== 0 || u24le(octets, offset) === 0);
        if (flow.stage === 0 && (partial || (end - offset === 4 && u8(octets, offset + 3) > 1))) return NO;
        return MORE;
      }
      const length = u24le(octets, offset);
      const sequence = u8(octets, offset + 3);
      const packetEnd = offset + HEADER_BYTES + length;
      if (flow.stage === 0) {
        if (sequence === 0) return readGreeting(flow, octets, offset, end, packetEnd);
        if (sequence === 1) return readLogin(flow, octets, offset, end, packetEnd);
        return NO;
      }
      if (flow.stage === GREETED && flow.direction === 0) {
        return readLogin(flow, octets, offset, end, packetEnd);
      }
      const first = u8(octets, offset + HEADER_BYTES);
      if (flow.direction === 0) {
        if (sequence === 0 && flow.wants(MYSQL_COMMAND)) {
          const command = COMMANDS.get(first);
          if (command !== undefined) flow.set(MYSQL_COMMAND, command);
        }
      } else if (first === ERROR_PACKET && length >= 3) {
        if (end - offset < HEADER_BYTES + 3) return MATCH;
        flow.set(MYSQL_ERROR, u16le(octets, offset + HEADER_BYTES + 1));
      }
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};

/** "Protocol::HandshakeV10", or an error packet in its place ("Host … is not allowed to connect"). */
function readGreeting(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  end: number,
  packetEnd: number,
): Outcome {
  const length = packetEnd - offset - HEADER_BYTES;
  const body = offset + HEADER_BYTES;
  const kind = u8(octets, body);
  if (length > GREETING_OCTETS_MAX) return NO;
  if (kind === ERROR_PACKET) return readRefusal(flow, octets, body, end, packetEnd);
  if (kind !== PROTOCOL_10 || length < 45) return NO;
  const versionStop = Math.min(end, packetEnd, body + 1 + VERSION_OCTETS_MAX);
  const versionEnd = indexOfOctet(octets, 0, body + 1, versionStop);
  // "5." and the like: a digit first, printable throughout.
  for (let index = body + 1; index < (versionEnd < 0 ? versionStop : versionEnd); index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x20 || octet > 0x7e) return NO;
    if (index === body + 1 && (octet < 0x30 || octet > 0x39)) return NO;
  }
  if (end < packetEnd) return MORE;
  if (versionEnd < body + 2) return NO;
  // Thread number, 8 octets of challenge, a zero octet; then capabilities of at least the upper half.
  const filler = versionEnd + 13;
  if (filler + 19 > packetEnd || u8(octets, filler) !== 0) return NO;
  const capabilities = u16le(octets, filler + 1) | (u16le(octets, filler + 6) << 16);
  // Six octets that every server leaves zero; MariaDB uses the four after them.
  for (let index = filler + 9; index < filler + 15; index += 1) if (u8(octets, index) !== 0) return NO;
  flow.stage = GREETED;
  flow.text(MYSQL_VERSION, octets, body + 1, versionEnd);
  if ((capabilities & PLUGIN_AUTH) !== 0) {
    const challengeRest = Math.max(13, u8(octets, filler + 8) - 8);
    setZeroEnded(flow, octets, filler + 19 + challengeRest, packetEnd);
  }
  flow.consume(packetEnd - offset);
  return MATCH;
}

/** "ERR_Packet" before any capabilities: code and message without an SQL state. */
function readRefusal(
  flow: FlowContext,
  octets: Uint8Array,
  body: number,
  end: number,
  packetEnd: number,
): Outcome {
  if (packetEnd - body < 12) return NO;
  if (end < packetEnd) return MORE;
  const code = u16le(octets, body + 1);
  // Server errors are 1000 … 1999 and, since 5.7, 3000 … 4999 ("Server Error Message Reference").
  if (!((code >= 1000 && code < 2000) || (code >= 3000 && code < 5000))) return NO;
  for (let index = body + 3; index < packetEnd; index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x20 || octet === 0x7f) return NO;
  }
  flow.stage = LOGGED_IN;
  flow.set(MYSQL_ERROR, code);
  flow.consume(packetEnd - body + HEADER_BYTES);
  return MATCH;
}

/** "Protocol::HandshakeResponse41", or its beginning alone, "Protocol::SSLRequest". */
function readLogin(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  end: number,
  packetEnd: number,
): Outcome {
  const before = flow.stage === 0;
  const wrong = before ? NO : MYSQL_HANDSHAKE_INVALID;
  const body = offset + HEADER_BYTES;
  if (packetEnd - body > LOGIN_OCTETS_MAX || u8(octets, offset + 3) !== 1) return wrong;
  if (packetEnd - body < LOGIN_BYTES) {
    // The login of the protocol before 4.1 has no filler.
    if (before) return NO;
    if (end < packetEnd) return MATCH;
    flow.stage = LOGGED_IN;
    flow.consume(packetEnd - offset);
    return MATCH;
  }
  if (end < body + LOGIN_BYTES) return MORE;
  const capabilities = u32le(octets, body);
  if ((capabilities & PROTOCOL_41) === 0) return wrong;
  // 23 octets of filler, of which MariaDB's clients use the last four.
  for (let index = body + 9; index < body + 28; index += 1) if (u8(octets, index) !== 0) return wrong;
  if ((capabilities & SSL) !== 0 && packetEnd - body === LOGIN_BYTES) {
    flow.stage = LOGGED_IN;
    flow.consume(packetEnd - offset);
    return flow.become("tls");
  }
  if (end < packetEnd) return MORE;
  const userEnd = indexOfOctet(octets, 0, body + LOGIN_BYTES, packetEnd);
  if (userEnd < 0) return wrong;
  let at = userEnd + 1;
  if (at < packetEnd) {
    const proofLength = u8(octets, at);
    // Above 250, a length-encoded number announces more octets; no method's proof is that long.
    const lengthEncoded = (capabilities & PLUGIN_AUTH_LENENC) !== 0 && proofLength > 250;
    if (lengthEncoded || at + 1 + proofLength > packetEnd) return wrong;
    at += 1 + proofLength;
  }
  flow.stage = LOGGED_IN;
  if (userEnd > body + LOGIN_BYTES) flow.text(MYSQL_USER, octets, body + LOGIN_BYTES, userEnd);
  if ((capabilities & CONNECT_WITH_DB) !== 0 && at < packetEnd) {
    const databaseEnd = indexOfOctet(octets, 0, at, packetEnd);
    const stop = databaseEnd < 0 ? packetEnd : databaseEnd;
    if (stop > at) flow.text(MYSQL_DATABASE, octets, at, stop);
    at = stop + 1;
  }
  if ((capabilities & PLUGIN_AUTH) !== 0) {
    const start = at;
    const stop = setZeroEnded(flow, octets, start, packetEnd);
    if (isClearPassword(octets, start, stop) && u8(octets, userEnd + 1) > 1) {
      flow.report(MYSQL_CLEARTEXT_CREDENTIALS);
    }
  }
  flow.consume(packetEnd - offset);
  return MATCH;
}

/** The name of an authentication method, ended by a zero octet or the packet. Returns where it ends. */
function setZeroEnded(flow: FlowContext, octets: Uint8Array, start: number, end: number): number {
  if (start >= end) return end;
  const zero = indexOfOctet(octets, 0, start, end);
  const stop = zero < 0 ? end : zero;
  if (stop > start) flow.text(MYSQL_METHOD, octets, start, stop);
  return stop;
}

const CLEAR_PASSWORD = "mysql_clear_password";

function isClearPassword(octets: Uint8Array, start: number, end: number): boolean {
  if (end - start !== CLEAR_PASSWORD.length) return false;
  for (let index = 0; index < CLEAR_PASSWORD.length; index += 1) {
    if (octets[start + index] !== CLEAR_PASSWORD.charCodeAt(index)) return false;
  }
  return true;
}
