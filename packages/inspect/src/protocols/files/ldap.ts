import { Malformed } from "@palisade/base";
import { startsWith } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import {
  BER_ENUMERATED,
  BER_INTEGER,
  BER_OCTET_STRING,
  BER_OK,
  BER_SEQUENCE,
  BER_SHORT,
  BerElement,
  berInteger,
  readBer,
  readBerTag,
} from "../ber.js";
import { ntlmAttributes, readNtlm } from "./ntlm.js";

/** Operations, as RFC 4511 §4 names them. */
export const LDAP_OPERATION = attribute("ldap.operation", "text", { many: true });
export const LDAP_VERSION = attribute("ldap.version", "number");
/** Name that the client binds with. */
export const LDAP_BIND_NAME = attribute("ldap.bind-name", "text", { many: true });
/** SASL mechanism of a bind; "simple" without. */
export const LDAP_MECHANISM = attribute("ldap.mechanism", "text", { many: true });
/** Entries that searches start from. */
export const LDAP_BASE = attribute("ldap.base", "text", { many: true });
/** Result codes of the answers: RFC 4511 §4.1.9, 0 is success. */
export const LDAP_RESULT = attribute("ldap.result", "number", { many: true });
/** Object identifiers of extended requests. */
export const LDAP_EXTENDED = attribute("ldap.extended-request", "text", { many: true });

/** After the verdict: no LDAPMessage where one must begin. */
export const LDAP_MESSAGE_INVALID = new Malformed("ldap.message-invalid");

export const LDAP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "ldap.cleartext-credentials",
  severity: "medium",
  title: "A client sends a password to a directory in clear text",
};

const BIND_REQUEST = 0x60;
const BIND_RESPONSE = 0x61;
const SEARCH_REQUEST = 0x63;
const SEARCH_ENTRY = 0x64;
const SEARCH_DONE = 0x65;
const SEARCH_REFERENCE = 0x73;
const EXTENDED_REQUEST = 0x77;
const EXTENDED_RESPONSE = 0x78;
/** Identifier octets of the operations: RFC 4511 §4.2 … §4.13. */
const OPERATIONS: ReadonlyMap<number, string> = new Map([
  [BIND_REQUEST, "bind-request"],
  [BIND_RESPONSE, "bind-response"],
  [0x42, "unbind-request"],
  [SEARCH_REQUEST, "search-request"],
  [SEARCH_ENTRY, "search-result-entry"],
  [SEARCH_DONE, "search-result-done"],
  [SEARCH_REFERENCE, "search-result-reference"],
  [0x66, "modify-request"],
  [0x67, "modify-response"],
  [0x68, "add-request"],
  [0x69, "add-response"],
  [0x4a, "delete-request"],
  [0x6b, "delete-response"],
  [0x6c, "modify-dn-request"],
  [0x6d, "modify-dn-response"],
  [0x6e, "compare-request"],
  [0x6f, "compare-response"],
  [0x50, "abandon-request"],
  [EXTENDED_REQUEST, "extended-request"],
  [EXTENDED_RESPONSE, "extended-response"],
  [0x79, "intermediate-response"],
]);
/** Answers that begin with an LDAPResult (RFC 4511 §4.1.9). */
const RESULTS = new Set([BIND_RESPONSE, SEARCH_DONE, 0x67, 0x69, 0x6b, 0x6d, 0x6f, EXTENDED_RESPONSE]);
const START_TLS = "1.3.6.1.4.1.1466.20037";
const CREDENTIALS_SIMPLE = 0x80;
const CREDENTIALS_SASL = 0xa3;
/** Microsoft's NTLM binds, whose messages stand in place of a SASL choice (MS-ADTS §5.1.1.1.3). */
const CREDENTIALS_SICILY = new Set([0x89, 0x8a, 0x8b]);

/** Largest message taken for one; OpenLDAP refuses more than 16 MiB. */
const MESSAGE_OCTETS_MAX = 0x100_0000;
/** Octets of a message that are waited for and read; the rest (values of entries) is skipped. */
const MESSAGE_OCTETS_READ_MAX = 4096;

// `flow.stage`
const KNOWN = 1;
const START_TLS_ASKED = 2;

const message = new BerElement();
const id = new BerElement();
const operation = new BerElement();
const part = new BerElement();

const attributes = [
  LDAP_OPERATION,
  LDAP_VERSION,
  LDAP_BIND_NAME,
  LDAP_MECHANISM,
  LDAP_BASE,
  LDAP_RESULT,
  LDAP_EXTENDED,
  ...ntlmAttributes,
];

export const ldap: Protocol = {
  name: "ldap",
  title: "Lightweight Directory Access Protocol",
  spec: "RFC 4511",
  category: "management",
  attributes,
  malformed: [LDAP_MESSAGE_INVALID],
  findings: [LDAP_CLEARTEXT_CREDENTIALS],
  recognises:
    "An LDAPMessage with a message number, a published operation, and that operation's first fields.",
  omits: "Filters, attributes and values of entries, controls, and what a SASL security layer wraps.",
  stream: {
    ports: [389, 3268],
    firstOctets: [BER_SEQUENCE],
    dissect(octets, offset, end, flow) {
      const result = readBer(octets, offset, end, message);
      if (message.tag !== BER_SEQUENCE) return lost(octets, offset, flow);
      if (result === BER_SHORT && message.start === 0) return MORE;
      if (message.start === 0) return lost(octets, offset, flow);
      const total = message.end - offset;
      if (total < 5 || total > MESSAGE_OCTETS_MAX) return lost(octets, offset, flow);
      const needed = Math.min(total, MESSAGE_OCTETS_READ_MAX);
      if (end - offset < needed) return MORE;
      const outcome = readMessage(flow, octets, offset + needed, total <= MESSAGE_OCTETS_READ_MAX);
      flow.consume(total);
      return outcome;
    },
  },
};

export const cldap: Protocol = {
  name: "cldap",
  title: "Connection-less LDAP",
  spec: "RFC 1798, MS-ADTS §6.3.3 (how Windows finds domain controllers)",
  category: "management",
  attributes: [LDAP_OPERATION, LDAP_BASE, LDAP_RESULT],
  malformed: [LDAP_MESSAGE_INVALID],
  recognises: "A datagram of LDAPMessages: a search request, its results, or an abandon request.",
  omits: "Filters, and attributes and values of entries.",
  datagram: {
    ports: [389],
    firstOctets: [BER_SEQUENCE],
    dissect(octets, offset, end, flow) {
      let at = offset;
      // An entry and the result of the search come in one datagram.
      while (at < end) {
        if (readBer(octets, at, end, message) !== BER_OK || message.tag !== BER_SEQUENCE) {
          return flow.stage === 0 ? NO : LDAP_MESSAGE_INVALID;
        }
        at = message.end;
        if (!headerValid(octets, message.end)) return flow.stage === 0 ? NO : LDAP_MESSAGE_INVALID;
        const tag = operation.tag;
        const connectionless =
          tag === SEARCH_REQUEST || tag === SEARCH_ENTRY || tag === SEARCH_DONE || tag === SEARCH_REFERENCE;
        if (!connectionless || !contentsValid(octets, operation.end)) return NO;
        flow.stage = KNOWN;
        readOperation(flow, octets, operation.end);
      }
      return MATCH;
    },
  },
};

function lost(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  if (flow.stage === 0) return NO;
  // A SASL security layer puts a length of four octets before what it wraps (RFC 4422 §3.7).
  return flow.gap || octets[offset] === 0 ? DONE : LDAP_MESSAGE_INVALID;
}

/** Reads the message's number and the header of its operation; their contents may reach past `end`. */
function headerValid(octets: Uint8Array, end: number): boolean {
  if (!readBerTag(octets, message.start, end, BER_INTEGER, id)) return false;
  const number = berInteger(octets, id);
  if (!(number >= 0 && number <= 0x7fff_ffff)) return false;
  readBer(octets, id.end, end, operation);
  return operation.start !== 0 && operation.end <= message.end && OPERATIONS.has(operation.tag);
}

/** Whether the operation begins with the fields that it must have; `end` is as far as its octets are at hand. */
function contentsValid(octets: Uint8Array, end: number): boolean {
  const at = operation.start;
  const tag = operation.tag;
  if (tag === BIND_REQUEST) {
    if (!readBerTag(octets, at, end, BER_INTEGER, part)) return false;
    const version = berInteger(octets, part);
    return version >= 1 && version <= 3 && readBerTag(octets, part.end, end, BER_OCTET_STRING, part);
  }
  if (tag === SEARCH_REQUEST) {
    // Base, scope 0 … 2 (3: RFC draft "subordinates"), dereferencing 0 … 3 (RFC 4511 §4.5.1).
    if (!readBerTag(octets, at, end, BER_OCTET_STRING, part)) return false;
    if (!readBerTag(octets, part.end, end, BER_ENUMERATED, part)) return false;
    const scope = berInteger(octets, part);
    if (!(scope >= 0 && scope <= 3)) return false;
    if (!readBerTag(octets, part.end, end, BER_ENUMERATED, part)) return false;
    const dereference = berInteger(octets, part);
    return dereference >= 0 && dereference <= 3;
  }
  if (RESULTS.has(tag)) {
    if (!readBerTag(octets, at, end, BER_ENUMERATED, part)) return false;
    return readBerTag(octets, part.end, end, BER_OCTET_STRING, part);
  }
  if (tag === 0x42) return operation.end === operation.start;
  if (tag === 0x4a || tag === 0x50) return operation.end > operation.start;
  if (tag === EXTENDED_REQUEST) return readBerTag(octets, at, end, 0x80, part);
  if (tag === SEARCH_REFERENCE) return readBerTag(octets, at, end, BER_OCTET_STRING, part);
  if (tag === 0x79) return true;
  // The others begin with the name of an entry and go on with a sequence or a name.
  if (!readBerTag(octets, at, end, BER_OCTET_STRING, part)) return false;
  readBer(octets, part.end, end, part);
  return part.start !== 0 && (part.tag === BER_SEQUENCE || part.tag === BER_OCTET_STRING);
}

function readMessage(flow: FlowContext, octets: Uint8Array, end: number, whole: boolean): Outcome {
  const valid = headerValid(octets, end) && contentsValid(octets, Math.min(end, operation.end));
  if (!valid) return flow.stage === 0 ? NO : LDAP_MESSAGE_INVALID;
  // Unbind and abandon requests are too short, and intermediate responses too free, to decide by themselves.
  const strong = operation.tag !== 0x42 && operation.tag !== 0x50 && operation.tag !== 0x79;
  if (flow.stage === 0 && !strong) return NO;
  if (flow.stage === 0) flow.stage = KNOWN;
  return whole ? readOperation(flow, octets, operation.end) : readOperation(flow, octets, end);
}

function readOperation(flow: FlowContext, octets: Uint8Array, end: number): Outcome {
  const tag = operation.tag;
  flow.set(LDAP_OPERATION, OPERATIONS.get(tag)!);
  if (tag === BIND_REQUEST) {
    readBindRequest(flow, octets, end);
  } else if (tag === SEARCH_REQUEST) {
    if (readBerTag(octets, operation.start, end, BER_OCTET_STRING, part) && part.end > part.start) {
      flow.text(LDAP_BASE, octets, part.start, part.end);
    }
  } else if (tag === EXTENDED_REQUEST) {
    readBer(octets, operation.start, end, part);
    flow.text(LDAP_EXTENDED, octets, part.start, part.end);
    const startTls = part.end - part.start === START_TLS.length;
    if (startTls && startsWith(octets, part.start, part.end, START_TLS)) flow.stage = START_TLS_ASKED;
  } else if (RESULTS.has(tag)) {
    readBer(octets, operation.start, end, part);
    const code = berInteger(octets, part);
    if (Number.isFinite(code)) flow.set(LDAP_RESULT, code);
    if (tag === BIND_RESPONSE) readNtlm(flow, octets, part.end, end);
    if (tag === EXTENDED_RESPONSE && flow.stage === START_TLS_ASKED) {
      flow.stage = KNOWN;
      // RFC 4511 §4.14.1: TLS begins after the successful answer.
      if (code === 0) {
        flow.consume(message.end - message.at);
        return flow.become("tls");
      }
    }
  }
  return MATCH;
}

/** RFC 4511 §4.2. */
function readBindRequest(flow: FlowContext, octets: Uint8Array, end: number): void {
  readBer(octets, operation.start, end, part);
  flow.set(LDAP_VERSION, berInteger(octets, part));
  readBer(octets, part.end, end, part);
  if (part.end > part.start) flow.text(LDAP_BIND_NAME, octets, part.start, part.end);
  const named = part.end;
  if (readBer(octets, named, end, part) === BER_SHORT && part.start === 0) return;
  if (part.tag === CREDENTIALS_SIMPLE) {
    flow.set(LDAP_MECHANISM, "simple");
    if (part.end > part.start) flow.report(LDAP_CLEARTEXT_CREDENTIALS);
  } else if (part.tag === CREDENTIALS_SASL) {
    const stop = Math.min(part.end, end);
    if (!readBerTag(octets, part.start, stop, BER_OCTET_STRING, part)) return;
    flow.text(LDAP_MECHANISM, octets, part.start, part.end);
    if (startsWith(octets, part.start, part.end, "PLAIN")) flow.report(LDAP_CLEARTEXT_CREDENTIALS);
    readNtlm(flow, octets, part.end, stop);
  } else if (CREDENTIALS_SICILY.has(part.tag)) {
    flow.set(LDAP_MECHANISM, "sicily");
    readNtlm(flow, octets, part.start, Math.min(part.end, end));
  }
}
