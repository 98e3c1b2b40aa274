import { Malformed } from "@palisade/base";
import { lineEnd, startsWith, u8, u16le, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { decimal, fieldIs, headEnd, headerField, nextField } from "../text-head.js";

export const GNUTELLA_VERSION = attribute("gnutella.version", "text");
export const GNUTELLA_STATUS = attribute("gnutella.status", "number", { many: true });
export const GNUTELLA_USER_AGENT = attribute("gnutella.user-agent", "text", { many: true });
/** Kinds of datagram: `ping`, `pong`, `query`, `vendor`, `dht`, `gnutella2`. */
export const GNUTELLA_MESSAGE = attribute("gnutella.message", "text", { many: true });
/** Text that is searched for. */
export const GNUTELLA_SEARCH = attribute("gnutella.search", "text", { many: true });

/** After the verdict: a message whose length is not that of its datagram. */
export const GNUTELLA_LENGTH_IMPOSSIBLE = new Malformed("gnutella.length-impossible");

const CONNECT = "GNUTELLA CONNECT/";
const RESPONSE = "GNUTELLA/";
const PUSH = "GIV ";
const HEAD_OCTETS_MAX = 8_192;
const HEADER_BYTES = 23;
const HOPS_MAX = 16;
/** Begins a block of extensions (GGEP 0.51 §2.2). */
const EXTENSION = 0xc3;
const PING = 0x00;
const PONG = 0x01;
const BYE = 0x02;
const ROUTE_TABLE = 0x30;
const VENDOR = 0x31;
const VENDOR_STANDARD = 0x32;
const PUSH_REQUEST = 0x40;
const DHT = 0x44;
const QUERY = 0x80;
const QUERY_HIT = 0x81;
const PORTS: readonly number[] = [6346, 6347];

export const gnutella: Protocol = {
  name: "gnutella",
  title: "Gnutella and Gnutella2",
  spec: "Gnutella RFC draft 0.6, GGEP 0.51, LimeWire's Mojito DHT messages, Gnutella2 standard",
  category: "peer-to-peer",
  attributes: [GNUTELLA_VERSION, GNUTELLA_STATUS, GNUTELLA_USER_AGENT, GNUTELLA_MESSAGE, GNUTELLA_SEARCH],
  malformed: [GNUTELLA_LENGTH_IMPOSSIBLE],
  recognises:
    "The word GNUTELLA with a version, or a datagram whose header has a known type, plausible hops and exact length before a payload that fits the type, or a Gnutella2 header.",
  omits: "What peers say after the handshake, which is mostly compressed, and downloads, which are HTTP.",
  stream: {
    ports: PORTS,
    firstOctets: [0x47],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & (1 << flow.direction)) !== 0 && u8(octets, offset) !== 0x47) return DONE;
      const word = wordAt(octets, offset, end);
      if (word === "") return flow.stage === 0 ? NO : DONE;
      const short = flow.stage === 0 ? MORE : MATCH;
      if (end - offset < word.length + 4) return short;
      if (word === PUSH) return push(octets, offset, end, flow, short);
      const version = offset + word.length;
      if (!isVersion(octets, version)) return NO;
      const lineFeed = lineEnd(octets, offset, Math.min(end, offset + 256));
      if (lineFeed < 0) return end - offset >= 256 ? NO : short;
      const bodyStart = headEnd(octets, offset, Math.min(end, offset + HEAD_OCTETS_MAX));
      flow.stage |= 4;
      if (bodyStart < 0) return end - offset >= HEAD_OCTETS_MAX ? DONE : MATCH;
      flow.stage |= 1 << flow.direction;
      flow.text(GNUTELLA_VERSION, octets, version, version + 3);
      if (word === RESPONSE) {
        const status = decimal(octets, version + 4, version + 7);
        if (status >= 0) flow.set(GNUTELLA_STATUS, status);
      }
      headers(octets, lineFeed + 1, bodyStart, flow);
      flow.consume(bodyStart - offset);
      return MATCH;
    },
  },
  datagram: {
    ports: PORTS,
    dissect(octets, offset, end, flow) {
      const outcome = startsWith(octets, offset, end, "GND")
        ? gnutella2(octets, offset, end, flow)
        : message(octets, offset, end, flow);
      return outcome === NO && flow.stage !== 0 ? GNUTELLA_LENGTH_IMPOSSIBLE : outcome;
    },
  },
};

/** Which of the three openings the octets begin, as far as they go; "" for none. */
function wordAt(octets: Uint8Array, offset: number, end: number): string {
  for (const word of [CONNECT, RESPONSE, PUSH]) {
    if (startsWith(octets, offset, end, word.slice(0, Math.min(word.length, end - offset)))) return word;
  }
  return "";
}

/** `0.6`. */
function isVersion(octets: Uint8Array, at: number): boolean {
  return (
    decimal(octets, at, at + 1) === 0 && u8(octets, at + 1) === 0x2e && decimal(octets, at + 2, at + 3) >= 0
  );
}

/** `GIV 0:` then 32 hexadecimal digits, a slash and a name: the peer behind a firewall answers a push request. */
function push(octets: Uint8Array, offset: number, end: number, flow: FlowContext, short: Outcome): Outcome {
  let colon = offset + PUSH.length;
  while (colon < end && colon - offset < 16 && decimal(octets, colon, colon + 1) >= 0) colon += 1;
  if (colon === end || end - colon < 34) return short;
  if (colon === offset + PUSH.length || u8(octets, colon) !== 0x3a || u8(octets, colon + 33) !== 0x2f)
    return NO;
  flow.set(GNUTELLA_MESSAGE, "giv");
  return DONE;
}

function headers(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  for (let next = nextField(octets, start, stop); next >= 0; next = nextField(octets, next, stop)) {
    if (!fieldIs(octets, "user-agent")) continue;
    flow.text(GNUTELLA_USER_AGENT, octets, headerField.from, headerField.to);
  }
}

/** Flags (compressed, acknowledge me), sequence of 16 bits, part, count of parts: 0 for an acknowledgement. */
function gnutella2(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < 8) return NO;
  const part = u8(octets, offset + 6);
  const count = u8(octets, offset + 7);
  if (part === 0 || (count === 0 ? end - offset !== 8 : part > count)) return NO;
  flow.stage = 4;
  flow.set(GNUTELLA_MESSAGE, "gnutella2");
  return MATCH;
}

/** Identifier of sixteen octets, type, time to live, hops, length (little-endian), payload. */
function message(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < HEADER_BYTES) return NO;
  const type = u8(octets, offset + 16);
  const payload = offset + HEADER_BYTES;
  // LimeWire's DHT keeps the header's size, with a version in place of time to live and hops.
  if (u32le(octets, offset + 19) !== end - payload) return NO;
  if (type !== DHT && u8(octets, offset + 17) + u8(octets, offset + 18) > HOPS_MAX) return NO;
  const name = nameOf(octets, offset, payload, end, type);
  if (name === "") return NO;
  flow.stage = 4;
  flow.set(GNUTELLA_MESSAGE, name);
  if (type === QUERY) {
    let stop = payload + 2;
    while (stop < end && u8(octets, stop) !== 0) stop += 1;
    if (stop > payload + 2) flow.text(GNUTELLA_SEARCH, octets, payload + 2, stop);
  }
  return MATCH;
}

/** The kind of message, or "" where the payload is not what the type asks for. */
function nameOf(octets: Uint8Array, offset: number, payload: number, end: number, type: number): string {
  const length = end - payload;
  switch (type) {
    case PING:
      // Without extensions all of the header is zeros but the time to live: then modern peers' mark in the identifier.
      if (length === 0) return u8(octets, offset + 8) === 0xff ? "ping" : "";
      return u8(octets, payload) === EXTENSION ? "ping" : "";
    case PONG:
      return length === 14 || (length > 14 && u8(octets, payload + 14) === EXTENSION) ? "pong" : "";
    case BYE:
      return length >= 3 && u8(octets, end - 1) === 0 ? "bye" : "";
    case ROUTE_TABLE:
      return length >= 5 && u8(octets, payload) <= 1 ? "route-table" : "";
    case VENDOR:
    case VENDOR_STANDARD:
      return length >= 8 && isVendor(octets, payload) && u16le(octets, payload + 6) < 16 ? "vendor" : "";
    case PUSH_REQUEST:
      return length === 26 || (length > 26 && u8(octets, payload + 26) === EXTENSION) ? "push" : "";
    case DHT:
      return length >= 31 &&
        u8(octets, payload) >= 1 &&
        u8(octets, payload) <= 10 &&
        isVendor(octets, payload + 1)
        ? "dht"
        : "";
    case QUERY:
      return isQuery(octets, payload, end) ? "query" : "";
    case QUERY_HIT:
      // A count, port, address and speed, results, and at the end the peer's identifier.
      return length >= 11 + 16 && u16le(octets, payload + 1) !== 0 ? "query-hit" : "";
    default:
      return "";
  }
}

/** Four letters, or zeros for messages that all vendors share. */
function isVendor(octets: Uint8Array, at: number): boolean {
  if (u32le(octets, at) === 0) return true;
  for (let index = at; index < at + 4; index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x41 || octet > 0x5a) return false;
  }
  return true;
}

/** Flags or speed, printable text that ends with a zero octet, and nothing or extensions behind it. */
function isQuery(octets: Uint8Array, payload: number, end: number): boolean {
  let at = payload + 2;
  while (at < end && u8(octets, at) >= 0x20) at += 1;
  if (at >= end || u8(octets, at) !== 0) return false;
  const rest = at + 1;
  return rest === end || u8(octets, rest) === EXTENSION || startsWith(octets, rest, end, "urn:");
}
