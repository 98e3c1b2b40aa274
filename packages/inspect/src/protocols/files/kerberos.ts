import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { decodeText } from "../../flow-context.js";
import {
  BER_GENERAL_STRING,
  BER_INTEGER,
  BER_OK,
  BER_SEQUENCE,
  BER_SHORT,
  BerElement,
  berInteger,
  readBer,
  readBerTag,
} from "../ber.js";
import { incomplete } from "../incomplete.js";

/** Message types, as RFC 4120 §7.5.7 names them, in lower case: "as-req". */
export const KERBEROS_MESSAGE = attribute("kerberos.message", "text", { many: true });
export const KERBEROS_REALM = attribute("kerberos.realm", "text");
/** Name of the client principal, its components joined with "/". */
export const KERBEROS_CLIENT = attribute("kerberos.client", "text");
/** Names of the servers that tickets are asked for or given for: "krbtgt/EXAMPLE.ORG". */
export const KERBEROS_SERVER = attribute("kerberos.server", "text", { many: true });
/** Error codes, RFC 4120 §7.5.9: 25 asks for pre-authentication. */
export const KERBEROS_ERROR = attribute("kerberos.error", "number", { many: true });
/** Encryption types that the client offers (IANA "Kerberos Encryption Type Numbers"). */
export const KERBEROS_ETYPE = attribute("kerberos.encryption-type", "number", { many: true });
/** Encryption type of the ticket that was given. */
export const KERBEROS_TICKET_ETYPE = attribute("kerberos.ticket-encryption-type", "number");

/** The message's parts do not fit into each other. */
export const KERBEROS_ENCODING_INVALID = new Malformed("kerberos.encoding-invalid");
/** A protocol version other than 5, or a type field that contradicts the tag (RFC 4120 §5.4.1). */
export const KERBEROS_VERSION_INVALID = new Malformed("kerberos.version-invalid");

export const KERBEROS_TICKET_WEAK: FindingKind = {
  name: "kerberos.ticket-weak",
  severity: "medium",
  title: "A Kerberos ticket is encrypted with DES or RC4, so its password can be guessed from the capture",
};

const AS_REQ = 10;
const AS_REP = 11;
const TGS_REQ = 12;
const TGS_REP = 13;
const AP_REQ = 14;
const AP_REP = 15;
const ERROR = 30;
const MESSAGES: ReadonlyMap<number, string> = new Map([
  [AS_REQ, "as-req"],
  [AS_REP, "as-rep"],
  [TGS_REQ, "tgs-req"],
  [TGS_REP, "tgs-rep"],
  [AP_REQ, "ap-req"],
  [AP_REP, "ap-rep"],
  [20, "krb-safe"],
  [21, "krb-priv"],
  [22, "krb-cred"],
  [ERROR, "krb-error"],
]);
/** Identifier octets: application class, constructed, and the message type. */
const FIRST_OCTETS = [...MESSAGES.keys()].map((type) => 0x60 | type);
const APPLICATION_TICKET = 0x61;

/** Largest message taken for one over TCP (RFC 4120 §7.2.2 sets no bound): tickets of Windows stay below 64 KiB. */
const MESSAGE_OCTETS_MAX = 0x2_0000;
/** Octets of a message over TCP that are waited for and read: the names precede tickets' contents, or follow the first. */
const MESSAGE_OCTETS_READ_MAX = 8192;
const FIELDS_MAX = 16;
const ETYPES_MAX = 16;
const NAME_COMPONENTS_MAX = 4;
/** RFC 3961 §6.2 (DES: 1, 2, 3) and RFC 4757 §4 (RC4: 23, 24), deprecated by RFC 6649 and RFC 8429. */
const WEAK = new Set([1, 2, 3, 23, 24]);

const message = new BerElement();
const body = new BerElement();
const field = new BerElement();
const value = new BerElement();
const inner = new BerElement();
const part = new BerElement();

export const kerberos: Protocol = {
  name: "kerberos",
  title: "Kerberos version 5",
  spec: "RFC 4120",
  category: "security",
  attributes: [
    KERBEROS_MESSAGE,
    KERBEROS_REALM,
    KERBEROS_CLIENT,
    KERBEROS_SERVER,
    KERBEROS_ERROR,
    KERBEROS_ETYPE,
    KERBEROS_TICKET_ETYPE,
  ],
  malformed: [KERBEROS_ENCODING_INVALID, KERBEROS_VERSION_INVALID],
  findings: [KERBEROS_TICKET_WEAK],
  recognises:
    "A Kerberos message whose tag, version 5 and type field agree, in a datagram that it fills or behind its length in a stream.",
  omits:
    "Pre-authentication data, the contents of tickets, password changes on port 464, and Kerberos version 4.",
  datagram: {
    ports: [88],
    firstOctets: FIRST_OCTETS,
    dissect(octets, offset, end, flow) {
      const result = readBer(octets, offset, end, message);
      // A server's answers are cut by the sender at no point: what is not whole is not Kerberos.
      if (result !== BER_OK || message.end !== end) return flow.stage === 0 ? NO : KERBEROS_ENCODING_INVALID;
      return readMessage(flow, octets, end);
    },
  },
  stream: {
    ports: [88],
    firstOctets: [0x00],
    dissect(octets, offset, end, flow) {
      if (end - offset < 4) return u8(octets, offset) === 0 ? incomplete(flow) : lost(flow);
      const length = u32(octets, offset);
      if (length < 8 || length > MESSAGE_OCTETS_MAX) return lost(flow);
      if (end - offset < 5) return incomplete(flow);
      if (!FIRST_OCTETS.includes(u8(octets, offset + 4))) return lost(flow);
      const needed = Math.min(4 + length, MESSAGE_OCTETS_READ_MAX);
      const result = readBer(octets, offset + 4, end, message);
      if (result === BER_SHORT && message.start === 0) return incomplete(flow);
      if (message.start === 0 || message.end !== offset + 4 + length) return lost(flow);
      if (end - offset < needed) return incomplete(flow);
      const outcome = readMessage(flow, octets, offset + needed);
      flow.consume(4 + length);
      return outcome;
    },
  },
};

function lost(flow: FlowContext): Outcome {
  return flow.stage === 0 ? NO : KERBEROS_ENCODING_INVALID;
}

/** The message in `message`, whose contents are at hand as far as `end`. */
function readMessage(flow: FlowContext, octets: Uint8Array, end: number): Outcome {
  const type = message.number;
  if (!MESSAGES.has(type) || message.tag !== (0x60 | type)) return NO;
  const read = readBer(octets, message.start, end, body);
  if (body.start === 0 || body.tag !== BER_SEQUENCE || body.end > message.end) return lost(flow);
  if (read !== BER_OK && end === message.end) return lost(flow);
  // KDC-REQ alone counts its fields from 1 (RFC 4120 §5.4.1).
  const first = type === AS_REQ || type === TGS_REQ ? 1 : 0;
  let at = body.start;
  const stop = Math.min(body.end, end);
  if (integerField(octets, at, stop, first) !== 5) return KERBEROS_VERSION_INVALID;
  at = field.end;
  if (integerField(octets, at, stop, first + 1) !== type) return KERBEROS_VERSION_INVALID;
  at = field.end;
  const before = flow.stage === 0;
  flow.stage = 1;
  flow.set(KERBEROS_MESSAGE, MESSAGES.get(type)!);
  for (let count = 0; count < FIELDS_MAX && at < stop; count += 1) {
    const outcome = readBer(octets, at, stop, field);
    if (outcome !== BER_OK) break;
    const number = field.number;
    at = field.end;
    if (readBer(octets, field.start, field.end, value) !== BER_OK) {
      // Version and type have decided already: before the verdict what lies behind them does not undo that.
      return before ? MATCH : KERBEROS_ENCODING_INVALID;
    }
    if (first === 1) {
      if (number === 4) readRequestBody(flow, octets);
    } else if (type === AS_REP || type === TGS_REP) {
      if (number === 3) setString(flow, KERBEROS_REALM, octets);
      else if (number === 4) setName(flow, KERBEROS_CLIENT, octets);
      else if (number === 5) readTicket(flow, octets);
    } else if (type === ERROR) {
      if (number === 6) setInteger(flow, KERBEROS_ERROR, octets, value);
      else if (number === 8) setName(flow, KERBEROS_CLIENT, octets);
      else if (number === 9) setString(flow, KERBEROS_REALM, octets);
      else if (number === 10) setName(flow, KERBEROS_SERVER, octets);
    } else if (type === AP_REQ && number === 3) {
      readTicket(flow, octets);
    }
  }
  return MATCH;
}

/** The INTEGER in the field `[number]` at `at`; NaN where there is none. Leaves the field in `field`. */
function integerField(octets: Uint8Array, at: number, end: number, number: number): number {
  if (!readBerTag(octets, at, end, 0xa0 | number, field)) return Number.NaN;
  if (!readBerTag(octets, field.start, field.end, BER_INTEGER, value)) return Number.NaN;
  return berInteger(octets, value);
}

/** KDC-REQ-BODY in `value`: RFC 4120 §5.4.1. */
function readRequestBody(flow: FlowContext, octets: Uint8Array): void {
  let at = value.start;
  const stop = value.end;
  for (let count = 0; count < FIELDS_MAX && at < stop; count += 1) {
    if (readBer(octets, at, stop, field) !== BER_OK) return;
    at = field.end;
    if (readBer(octets, field.start, field.end, value) !== BER_OK) return;
    if (field.number === 1) setName(flow, KERBEROS_CLIENT, octets);
    else if (field.number === 2) setString(flow, KERBEROS_REALM, octets);
    else if (field.number === 3) setName(flow, KERBEROS_SERVER, octets);
    else if (field.number === 8) readEtypes(flow, octets);
  }
}

/** Sets nothing where the element holds no integer of a length that can be one: Int32 is what RFC 4120 §5.2.4 has. */
function setInteger(
  flow: FlowContext,
  attribute: Attribute<"number">,
  octets: Uint8Array,
  element: BerElement,
): void {
  const number = berInteger(octets, element);
  if (Number.isFinite(number)) flow.set(attribute, number);
}

function readEtypes(flow: FlowContext, octets: Uint8Array): void {
  if (!flow.wants(KERBEROS_ETYPE)) return;
  let at = value.start;
  for (let count = 0; count < ETYPES_MAX && at < value.end; count += 1) {
    if (!readBerTag(octets, at, value.end, BER_INTEGER, part)) return;
    setInteger(flow, KERBEROS_ETYPE, octets, part);
    at = part.end;
  }
}

/** Ticket in `value`: RFC 4120 §5.3. */
function readTicket(flow: FlowContext, octets: Uint8Array): void {
  if (value.tag !== APPLICATION_TICKET) return;
  if (!readBerTag(octets, value.start, value.end, BER_SEQUENCE, value)) return;
  let at = value.start;
  const stop = value.end;
  for (let count = 0; count < FIELDS_MAX && at < stop; count += 1) {
    if (readBer(octets, at, stop, field) !== BER_OK) return;
    at = field.end;
    if (readBer(octets, field.start, field.end, value) !== BER_OK) return;
    if (field.number === 2) {
      setName(flow, KERBEROS_SERVER, octets);
    } else if (field.number === 3) {
      const etype = integerField(octets, value.start, value.end, 0);
      if (Number.isNaN(etype)) return;
      flow.set(KERBEROS_TICKET_ETYPE, etype);
      if (WEAK.has(etype)) flow.report(KERBEROS_TICKET_WEAK);
      return;
    }
  }
}

function setString(flow: FlowContext, target: Attribute<"text">, octets: Uint8Array): void {
  if (value.tag === BER_GENERAL_STRING) flow.text(target, octets, value.start, value.end);
}

/** PrincipalName in `value`: RFC 4120 §5.2.2. */
function setName(flow: FlowContext, target: Attribute<"text">, octets: Uint8Array): void {
  if (!flow.wants(target) || value.tag !== BER_SEQUENCE) return;
  if (readBer(octets, value.start, value.end, inner) !== BER_OK) return;
  if (!readBerTag(octets, inner.end, value.end, 0xa1, inner)) return;
  if (!readBerTag(octets, inner.start, inner.end, BER_SEQUENCE, inner)) return;
  let name = "";
  let at = inner.start;
  for (let count = 0; count < NAME_COMPONENTS_MAX && at < inner.end; count += 1) {
    if (!readBerTag(octets, at, inner.end, BER_GENERAL_STRING, part)) return;
    name += `${count === 0 ? "" : "/"}${decodeText(octets, part.start, part.end)}`;
    at = part.end;
  }
  if (name !== "") flow.set(target, name);
}
