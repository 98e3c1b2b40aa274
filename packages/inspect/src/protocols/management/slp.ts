import { Malformed } from "@palisade/base";
import { u8, u16, u24 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

export const SLP_VERSION = attribute("slp.version", "number");
/** 1 service request, 2 reply, 3 registration, 5 acknowledgement, 6 and 7 attributes, 8 directory agent, 9 and 10 types. */
export const SLP_FUNCTION = attribute("slp.function", "number", { many: true });
/** Type of service asked for (version 2): `service:directory-agent`. */
export const SLP_SERVICE_TYPE = attribute("slp.service-type", "text", { many: true });
/** Places of services, registered or found (version 2). */
export const SLP_URL = attribute("slp.url", "text", { many: true });
/** Scopes that a request is about (version 2). */
export const SLP_SCOPE = attribute("slp.scope", "text", { many: true });

/** Fewer octets than the header, or than its length field counts. */
export const SLP_TRUNCATED = new Malformed("slp.truncated");
/** A version other than 1 and 2. */
export const SLP_VERSION_UNKNOWN = new Malformed("slp.version-unknown");
/** A function outside RFC 2165 §4 and RFC 2608 §8. */
export const SLP_FUNCTION_UNKNOWN = new Malformed("slp.function-unknown");
/** Reserved flags set, or a language tag that is none. */
export const SLP_HEADER_WRONG = new Malformed("slp.header-wrong");

const PORT_SLP = 427;
const VERSION_1_BYTES = 12;
const VERSION_2_BYTES = 14;
const FUNCTION_LAST_1 = 10;
const FUNCTION_LAST_2 = 11;
const LANGUAGE_BYTES_MAX = 32;
const RESERVED_1 = 0b0000_0111;
const RESERVED_2 = 0x1fff;
const STREAM_MESSAGE_MAX = 16_000;
const SERVICE_REQUEST = 1;
const SERVICE_REPLY = 2;
const SERVICE_REGISTRATION = 3;
/** Before the URL of a URL entry: reserved octet, lifetime, length (RFC 2608 §4.3). */
const URL_ENTRY_BYTES = 5;

export const slp: Protocol = {
  name: "slp",
  title: "Service Location Protocol",
  spec: "RFC 2608 (version 2), RFC 2165 (version 1)",
  category: "network",
  attributes: [SLP_VERSION, SLP_FUNCTION, SLP_SERVICE_TYPE, SLP_URL, SLP_SCOPE],
  malformed: [SLP_TRUNCATED, SLP_VERSION_UNKNOWN, SLP_FUNCTION_UNKNOWN, SLP_HEADER_WRONG],
  recognises:
    "A header of version 1 or 2 with a known function, reserved flags clear, a length that is the message's, and a language tag of letters.",
  omits: "Attribute lists, authentication blocks, and the bodies of version 1 messages.",
  datagram: {
    ports: [PORT_SLP],
    firstOctets: [1, 2],
    dissect(octets, offset, end, flow) {
      const wrong = checkHeader(octets, offset, end);
      if (wrong !== undefined) return wrong;
      if (lengthOf(octets, offset) !== end - offset) return SLP_TRUNCATED;
      return readMessage(octets, offset, end, flow);
    },
  },
  stream: {
    ports: [PORT_SLP],
    firstOctets: [1, 2],
    dissect(octets, offset, end, flow) {
      const version = u8(octets, offset);
      if (version !== 1 && version !== 2) return SLP_VERSION_UNKNOWN;
      const headerBytes = version === 1 ? VERSION_1_BYTES : VERSION_2_BYTES;
      if (end - offset < headerBytes) return incomplete(flow);
      const length = lengthOf(octets, offset);
      if (length < headerBytes || length > STREAM_MESSAGE_MAX) return SLP_TRUNCATED;
      if (end - offset < length) return incomplete(flow);
      const stop = offset + length;
      const wrong = checkHeader(octets, offset, stop);
      if (wrong !== undefined) return wrong;
      const outcome = readMessage(octets, offset, stop, flow);
      if (outcome === MATCH) flow.consume(length);
      return outcome;
    },
  },
};

function lengthOf(octets: Uint8Array, offset: number): number {
  return u8(octets, offset) === 1 ? u16(octets, offset + 2) : u24(octets, offset + 2);
}

function checkHeader(octets: Uint8Array, offset: number, end: number): Malformed | undefined {
  const version = u8(octets, offset);
  if (version !== 1 && version !== 2) return SLP_VERSION_UNKNOWN;
  if (end - offset < (version === 1 ? VERSION_1_BYTES : VERSION_2_BYTES)) return SLP_TRUNCATED;
  const code = u8(octets, offset + 1);
  if (code === 0 || code > (version === 1 ? FUNCTION_LAST_1 : FUNCTION_LAST_2)) return SLP_FUNCTION_UNKNOWN;
  if (version === 1) {
    // RFC 2165 §4.2: flags, dialect 0, a language code of two letters.
    const isSound = (u8(octets, offset + 4) & RESERVED_1) === 0 && u8(octets, offset + 5) === 0;
    return isSound && isLanguage(octets, offset + 6, offset + 8) ? undefined : SLP_HEADER_WRONG;
  }
  if ((u16(octets, offset + 5) & RESERVED_2) !== 0) return SLP_HEADER_WRONG;
  const tagBytes = u16(octets, offset + 12);
  const tag = offset + VERSION_2_BYTES;
  if (tagBytes < 1 || tagBytes > LANGUAGE_BYTES_MAX) return SLP_HEADER_WRONG;
  if (tag + tagBytes > end) return SLP_TRUNCATED;
  return isLanguage(octets, tag, tag + tagBytes) ? undefined : SLP_HEADER_WRONG;
}

/** Letters, digits and hyphens (RFC 1766). */
function isLanguage(octets: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const octet = u8(octets, index);
    const letter = octet | 0x20;
    const isLetter = letter >= 0x61 && letter <= 0x7a;
    if (!isLetter && octet !== 0x2d && !(octet >= 0x30 && octet <= 0x39)) return false;
  }
  return true;
}

function readMessage(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const version = u8(octets, offset);
  const code = u8(octets, offset + 1);
  if (version === 1 && !isKnownTo(flow) && u16(octets, offset + 8) === 0) return NO;
  flow.stage = 1;
  flow.set(SLP_VERSION, version);
  flow.set(SLP_FUNCTION, code);
  if (version === 1) return MATCH;
  const body = offset + VERSION_2_BYTES + u16(octets, offset + 12);
  if (code === SERVICE_REQUEST) readRequest(octets, body, end, flow);
  else if (code === SERVICE_REPLY) readReply(octets, body, end, flow);
  else if (code === SERVICE_REGISTRATION) readUrlEntry(octets, body, end, flow);
  return MATCH;
}

/** RFC 2165 §4.2: the character encoding is never 0; some senders leave it so, on the port of the protocol. */
function isKnownTo(flow: FlowContext): boolean {
  return flow.sourcePort === PORT_SLP || flow.destinationPort === PORT_SLP;
}

/** Index after the text at `at` whose length comes first, or `end + 1` where it does not fit. */
function textEnd(octets: Uint8Array, at: number, end: number): number {
  return at + 2 > end ? end + 1 : Math.min(end + 1, at + 2 + u16(octets, at));
}

/** RFC 2608 §8.1: previous responders, service type, scopes. */
function readRequest(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  const type = textEnd(octets, at, end);
  const scope = textEnd(octets, type, end);
  if (scope > end) return;
  if (scope > type + 2) flow.text(SLP_SERVICE_TYPE, octets, type + 2, scope);
  const stop = textEnd(octets, scope, end);
  if (stop <= end && stop > scope + 2) flow.text(SLP_SCOPE, octets, scope + 2, stop);
}

/** RFC 2608 §8.2: error, count, URL entries; those with authentication blocks end the reading. */
function readReply(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  if (at + 4 > end) return;
  let entry = at + 4;
  for (let left = u16(octets, at + 2); left > 0 && entry !== 0; left -= 1) {
    entry = readUrlEntry(octets, entry, end, flow);
  }
}

/** Returns the index after the entry, 0 where it does not hold or is authenticated. */
function readUrlEntry(octets: Uint8Array, at: number, end: number, flow: FlowContext): number {
  const url = at + URL_ENTRY_BYTES;
  if (url > end) return 0;
  const stop = url + u16(octets, at + 3);
  if (stop > end) return 0;
  if (stop > url) flow.text(SLP_URL, octets, url, stop);
  return stop < end && u8(octets, stop) === 0 ? stop + 1 : 0;
}
