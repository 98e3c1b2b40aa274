import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Protocol version of the startup message: "3.0". */
export const POSTGRESQL_PROTOCOL = attribute("postgresql.protocol-version", "text");
export const POSTGRESQL_USER = attribute("postgresql.user", "text");
export const POSTGRESQL_DATABASE = attribute("postgresql.database", "text");
/** Name that the client's program gives itself. */
export const POSTGRESQL_APPLICATION = attribute("postgresql.application", "text");
/** Version of the server. */
export const POSTGRESQL_VERSION = attribute("postgresql.server-version", "text");
/** How the server asks the client to authenticate: "trust", "cleartext-password", "md5", "sasl" … */
export const POSTGRESQL_AUTHENTICATION = attribute("postgresql.authentication", "text");
/** SQLSTATE codes of errors and notices: "28P01". */
export const POSTGRESQL_STATE = attribute("postgresql.sqlstate", "text", { many: true });

/** After the verdict: a message type that does not exist, or an impossible length. */
export const POSTGRESQL_MESSAGE_INVALID = new Malformed("postgresql.message-invalid");

export const POSTGRESQL_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "postgresql.cleartext-credentials",
  severity: "medium",
  title: "A PostgreSQL server has a client send its password in clear text",
};

// Codes in place of a protocol version (PostgreSQL documentation §55.7 "Message Formats").
const CANCEL_REQUEST = 80_877_102;
const SSL_REQUEST = 80_877_103;
const GSSENC_REQUEST = 80_877_104;
const STARTUP_OCTETS_MAX = 10_000;
const PARAMETERS_MAX = 64;
/** Largest message taken for one: PostgreSQL's own bound is 1 GiB. */
const MESSAGE_OCTETS_MAX = 0x4000_0000;
/** Octets of a message that are waited for and read. */
const MESSAGE_OCTETS_READ_MAX = 1024;
/** Messages without a startup are taken for PostgreSQL's where the first is no longer than this, and two follow each other. */
const MIDSTREAM_OCTETS_MAX = 8192;

// `flow.stage`: bits.
const KNOWN = 1;
const SSL_ASKED = 2;
const GSSENC_ASKED = 4;

/** Types of messages that a server sends ("Message Formats", those marked B). */
const FROM_SERVER = new Set([..."RKZENSTDCIntsAGHWcd123Vv"].map((type) => type.charCodeAt(0)));
/** Types of messages that a client sends (marked F). */
const FROM_CLIENT = new Set([..."BCdcfDEHFPpQSX"].map((type) => type.charCodeAt(0)));

const AUTHENTICATION: ReadonlyMap<number, string> = new Map([
  [0, "trust"],
  [2, "kerberos"],
  [3, "cleartext-password"],
  [5, "md5"],
  [7, "gss"],
  [9, "sspi"],
  [10, "sasl"],
]);
const CLEARTEXT = 3;

export const postgresql: Protocol = {
  name: "postgresql",
  title: "PostgreSQL frontend/backend protocol",
  spec: "PostgreSQL documentation, part “Frontend/Backend Protocol”",
  category: "database",
  attributes: [
    POSTGRESQL_PROTOCOL,
    POSTGRESQL_USER,
    POSTGRESQL_DATABASE,
    POSTGRESQL_APPLICATION,
    POSTGRESQL_VERSION,
    POSTGRESQL_AUTHENTICATION,
    POSTGRESQL_STATE,
  ],
  malformed: [POSTGRESQL_MESSAGE_INVALID],
  findings: [POSTGRESQL_CLEARTEXT_CREDENTIALS],
  recognises:
    "A startup, cancel, TLS or GSSAPI request, a server's authentication request or error, or a query that ends where its length says.",
  omits: "Statements, results, the protocol before 3.0, and replication.",
  stream: {
    ports: [5432],
    // Startup messages; of messages with a type those that decide midstream: "E", "Q", "R", "Z".
    firstOctets: [0x00, 0x45, 0x51, 0x52, 0x5a],
    dissect(octets, offset, end, flow) {
      const stage = flow.stage;
      if (flow.direction === 1 && (stage & (SSL_ASKED | GSSENC_ASKED)) !== 0) {
        return readEncryptionAnswer(flow, octets, offset);
      }
      const first = u8(octets, offset);
      // Startup messages have no type: a length below 64 KiB begins with a zero octet.
      if (first === 0) return readStartup(flow, octets, offset, end);
      const types = flow.direction === 0 ? FROM_CLIENT : FROM_SERVER;
      if (stage === 0) return readMidstream(flow, octets, offset, end);
      if (!types.has(first)) return flow.gap ? DONE : POSTGRESQL_MESSAGE_INVALID;
      if (end - offset < 5) return MATCH;
      const length = u32(octets, offset + 1);
      if (length < 4 || length > MESSAGE_OCTETS_MAX) return POSTGRESQL_MESSAGE_INVALID;
      const messageEnd = offset + 1 + length;
      const needed = Math.min(messageEnd, offset + MESSAGE_OCTETS_READ_MAX);
      if (end < needed) return MATCH;
      if (flow.direction === 1) readServerMessage(flow, octets, first, offset + 5, needed);
      flow.consume(1 + length);
      return MATCH;
    },
  },
};

function readStartup(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const wrong = flow.stage === 0 ? NO : POSTGRESQL_MESSAGE_INVALID;
  const atHand = end - offset;
  if (atHand >= 2 && u8(octets, offset + 1) !== 0) return wrong;
  if (atHand < 4) return MORE;
  const length = u32(octets, offset);
  if (length < 8 || length > STARTUP_OCTETS_MAX) return wrong;
  if (atHand < 8) return MORE;
  const code = u32(octets, offset + 4);
  if (code === SSL_REQUEST || code === GSSENC_REQUEST) {
    if (length !== 8) return wrong;
    flow.stage |= KNOWN | (code === SSL_REQUEST ? SSL_ASKED : GSSENC_ASKED);
    flow.consume(8);
    return MATCH;
  }
  if (code === CANCEL_REQUEST) {
    // A process number and a secret key: four octets, and since 3.2 up to 256.
    if (length < 16 || length > 268) return wrong;
    flow.stage |= KNOWN;
    flow.consume(length);
    return MATCH;
  }
  const major = code >>> 16;
  const minor = code & 0xffff;
  // 3.0 and 3.2 are in use; 3.9999 asks the server for its newest ("protocol negotiation").
  if (major !== 3 || (minor > 15 && minor !== 9999)) return wrong;
  if (length < 17) return wrong;
  if (atHand < length) return MORE;
  const stop = offset + length;
  if (u8(octets, stop - 1) !== 0) return wrong;
  if (!parametersValid(octets, offset + 8, stop)) return wrong;
  flow.stage |= KNOWN;
  if (flow.wants(POSTGRESQL_PROTOCOL)) flow.set(POSTGRESQL_PROTOCOL, `${major}.${minor}`);
  let at = offset + 8;
  for (let count = 0; count < PARAMETERS_MAX && at < stop - 1; count += 1) {
    const valueStart = indexOfOctet(octets, 0, at, stop) + 1;
    const valueEnd = indexOfOctet(octets, 0, valueStart, stop);
    if (startsWith(octets, at, valueStart, "user\0")) {
      flow.text(POSTGRESQL_USER, octets, valueStart, valueEnd);
    } else if (startsWith(octets, at, valueStart, "database\0")) {
      flow.text(POSTGRESQL_DATABASE, octets, valueStart, valueEnd);
    } else if (startsWith(octets, at, valueStart, "application_name\0")) {
      flow.text(POSTGRESQL_APPLICATION, octets, valueStart, valueEnd);
    }
    at = valueEnd + 1;
  }
  flow.consume(length);
  return MATCH;
}

/** Whether `start … end` is pairs of texts ended by zero octets, with one more zero octet, beginning with a printable one. */
function parametersValid(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end - 1) {
    const nameEnd = indexOfOctet(octets, 0, at, end);
    if (nameEnd <= at) return false;
    for (let index = at; index < nameEnd; index += 1) {
      const octet = u8(octets, index);
      if (octet < 0x20 || octet > 0x7e) return false;
    }
    const valueEnd = indexOfOctet(octets, 0, nameEnd + 1, end);
    if (valueEnd < 0) return false;
    at = valueEnd + 1;
  }
  return at === end - 1;
}

/** One octet answers SSLRequest and GSSENCRequest: "S" or "G" for yes, "N" for no, "E" begins an error of old servers. */
function readEncryptionAnswer(flow: FlowContext, octets: Uint8Array, offset: number): Outcome {
  const answer = u8(octets, offset);
  const asked = flow.stage & (SSL_ASKED | GSSENC_ASKED);
  flow.stage &= ~(SSL_ASKED | GSSENC_ASKED);
  if (answer === 0x45) return MATCH;
  flow.consume(1);
  if (answer === 0x53 && (asked & SSL_ASKED) !== 0) return flow.become("tls");
  if (answer === 0x47 && (asked & GSSENC_ASKED) !== 0) return DONE;
  return answer === 0x4e ? MATCH : POSTGRESQL_MESSAGE_INVALID;
}

/** Before the verdict, without a startup message: either end may be the server, since the beginning was not seen. */
function readMidstream(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const type = u8(octets, offset);
  if (!FROM_SERVER.has(type) && !FROM_CLIENT.has(type)) return NO;
  if (end - offset >= 3 && (u8(octets, offset + 1) !== 0 || u8(octets, offset + 2) !== 0)) return NO;
  if (end - offset < 5) return MORE;
  const length = u32(octets, offset + 1);
  if (length < 4 || length > MIDSTREAM_OCTETS_MAX) return NO;
  const messageEnd = offset + 1 + length;
  if (type === 0x52) {
    // AuthenticationRequest: its number decides, and lengths are fixed for most.
    if (end - offset < 9) return MORE;
    const method = u32(octets, offset + 5);
    const expected = method === 5 ? 12 : method === 10 || method === 8 ? length : 8;
    if (!AUTHENTICATION.has(method) || length !== expected) return NO;
    flow.stage |= KNOWN;
    return MATCH;
  }
  if (type === 0x45 && length >= 12) {
    // ErrorResponse: "S" severity first (documentation, "Error and Notice Message Fields").
    if (end - offset < 6) return MORE;
    if (u8(octets, offset + 5) !== 0x53) return NO;
    if (end < messageEnd) return MORE;
    const severityEnd = indexOfOctet(octets, 0, offset + 6, messageEnd);
    const zeros = u8(octets, messageEnd - 1) === 0 && u8(octets, messageEnd - 2) === 0;
    const field = severityEnd < 0 ? 0 : u8(octets, severityEnd + 1);
    if (!zeros || (field !== 0x56 && field !== 0x43)) return NO;
    flow.stage |= KNOWN;
    return MATCH;
  }
  if (type === 0x5a) {
    // ReadyForQuery: "I", "T" or "E" for the transaction's state.
    if (length !== 5) return NO;
    if (end < messageEnd) return MORE;
    const state = u8(octets, offset + 5);
    if (state !== 0x49 && state !== 0x54 && state !== 0x45) return NO;
    flow.stage |= KNOWN;
    return MATCH;
  }
  if (type === 0x51) {
    // Query: one text that ends in a zero octet exactly where the message does.
    if (length < 6) return NO;
    const zero = indexOfOctet(octets, 0, offset + 5, Math.min(end, messageEnd));
    if (zero < 0) return end < messageEnd ? MORE : NO;
    if (zero !== messageEnd - 1) return NO;
    for (let index = offset + 5; index < zero; index += 1) {
      const octet = u8(octets, index);
      if (octet < 0x20 && octet !== 0x0a && octet !== 0x0d && octet !== 0x09) return NO;
    }
    flow.stage |= KNOWN;
    return MATCH;
  }
  return NO;
}

function readServerMessage(
  flow: FlowContext,
  octets: Uint8Array,
  type: number,
  start: number,
  end: number,
): void {
  if (type === 0x52 && end - start >= 4) {
    const method = u32(octets, start);
    const name = AUTHENTICATION.get(method);
    if (name !== undefined) flow.set(POSTGRESQL_AUTHENTICATION, name);
    if (method === CLEARTEXT) flow.report(POSTGRESQL_CLEARTEXT_CREDENTIALS);
  } else if (type === 0x53 && startsWith(octets, start, end, "server_version\0")) {
    const valueEnd = indexOfOctet(octets, 0, start + 15, end);
    if (valueEnd >= 0) flow.text(POSTGRESQL_VERSION, octets, start + 15, valueEnd);
  } else if (type === 0x45 || type === 0x4e) {
    let at = start;
    while (at < end && u8(octets, at) !== 0) {
      const fieldEnd = indexOfOctet(octets, 0, at + 1, end);
      if (fieldEnd < 0) return;
      if (u8(octets, at) === 0x43) flow.text(POSTGRESQL_STATE, octets, at + 1, fieldEnd);
      at = fieldEnd + 1;
    }
  }
}
