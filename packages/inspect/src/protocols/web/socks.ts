import { Malformed } from "@palisade/base";
import { formatIpAddress, indexOfOctet, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** 4 or 5; 4A counts as 4. */
export const SOCKS_VERSION = attribute("socks.version", "number");
/** 1 connect, 2 bind, 3 UDP associate. */
export const SOCKS_COMMAND = attribute("socks.command", "number");
/** Destination, where the client gives a name. */
export const SOCKS_HOST = attribute("socks.host", "text");
/** Destination, where the client gives an address. */
export const SOCKS_ADDRESS = attribute("socks.address", "address");
export const SOCKS_PORT = attribute("socks.port", "number");
export const SOCKS_USER = attribute("socks.user", "text");
/** Reply code: RFC 1928 §6 (0 succeeded), or 90 … 93 of version 4 (90 granted). */
export const SOCKS_REPLY = attribute("socks.reply", "number");

/** A request or reply that is none of RFC 1928's. */
export const SOCKS_MESSAGE_INVALID = new Malformed("socks.message-invalid");

export const SOCKS_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "socks.cleartext-credentials",
  severity: "medium",
  title: "A client logs in to a SOCKS proxy with its password in clear (RFC 1929)",
};

const PORT = 1080;
const METHODS_MAX = 16;
/** Octets of a user or host name of version 4, NUL included. */
const NAME_OCTETS_MAX = 256;
const REQUEST_4_OCTETS = 8;
const REPLY_4_OCTETS = 8;
const GRANTED_4 = 90;
/** The highest method that IANA lists; those from 0x80 on are private. */
const METHOD_MAX = 9;
const METHOD_GSSAPI = 1;
const METHOD_PASSWORD = 2;

// Bits of `stage`.
const RECOGNISED = 1;
/** A greeting was seen; it decides with the server's answer. */
const GREETED = 2;
const IS_VERSION_4 = 4;
const GREETING_READ = 8;
const PASSWORD_READ = 16;
const REQUEST_READ = 32;
const METHOD_READ = 64;
const STATUS_READ = 128;
const PASSWORD_CHOSEN = 256;
/** Methods offered, shifted by their numbers. */
const OFFERED = 1 << 16;

export const socks: Protocol = {
  name: "socks",
  title: "SOCKS",
  spec: "RFC 1928, RFC 1929 (version 5); SOCKS: A protocol for TCP proxy across firewalls (version 4), and 4A",
  category: "web",
  attributes: [SOCKS_VERSION, SOCKS_COMMAND, SOCKS_HOST, SOCKS_ADDRESS, SOCKS_PORT, SOCKS_USER, SOCKS_REPLY],
  malformed: [SOCKS_MESSAGE_INVALID],
  findings: [SOCKS_CLEARTEXT_CREDENTIALS],
  recognises:
    "A greeting of version 5 with the server's answer, with a request after it, or alone on port 1080; or a whole request of version 4 and nothing after it.",
  omits: "GSS-API authentication and UDP datagrams; what is relayed is read as a flow of its own kind.",
  stream: {
    ports: [PORT],
    firstOctets: [4, 5],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & RECOGNISED) === 0) {
        const outcome = recognise(octets, offset, end, flow);
        if (outcome !== MATCH) return outcome;
        flow.stage |= RECOGNISED;
      }
      if ((flow.stage & IS_VERSION_4) !== 0) {
        return flow.direction === 0
          ? readRequest4(octets, offset, end, flow)
          : readReply4(octets, offset, end, flow);
      }
      return flow.direction === 0
        ? readClient(octets, offset, end, flow)
        : readServer(octets, offset, end, flow);
    },
  },
};

function recognise(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const first = u8(octets, offset);
  if (flow.direction === 1) {
    if ((flow.stage & GREETED) === 0) return NO;
    if (end - offset < 2) return MORE;
    const second = u8(octets, offset + 1);
    // The method chosen is one of those offered, or none.
    if (first !== 5) return NO;
    const isOffered = second <= METHOD_MAX ? (flow.stage & (OFFERED << second)) !== 0 : second >= 0x80;
    return isOffered ? MATCH : NO;
  }
  if (first === 4) {
    const length = request4Octets(octets, offset, end);
    if (length <= 0) return length < 0 ? NO : MORE;
    // The client waits for the answer: its request is all that it sends.
    if (length !== end - offset || !isUnicast4(octets, offset)) return NO;
    flow.stage |= IS_VERSION_4;
    return MATCH;
  }
  if (first !== 5) return NO;
  const length = greetingOctets(octets, offset, end);
  if (length <= 0) return length < 0 ? NO : MORE;
  flow.stage |= GREETED;
  for (let index = offset + 2; index < offset + length; index += 1) {
    const method = u8(octets, index);
    if (method <= METHOD_MAX) flow.stage |= OFFERED << method;
  }
  if (flow.destinationPort === PORT) return MATCH;
  // A client that does not wait may send its request right away.
  if (end - offset === length) return MORE;
  const request = request5Octets(octets, offset + length, end);
  return request < 0 ? NO : request === 0 ? MORE : MATCH;
}

/** RFC 1928 §3: length of a greeting; 0 where it is not whole yet, -1 where it is none. */
function greetingOctets(octets: Uint8Array, offset: number, end: number): number {
  if (end - offset < 2) return 0;
  const count = u8(octets, offset + 1);
  if (count === 0 || count > METHODS_MAX) return -1;
  let seen = 0;
  for (let index = offset + 2; index < Math.min(end, offset + 2 + count); index += 1) {
    const method = u8(octets, index);
    if (method > METHOD_MAX && method < 0x80) return -1;
    if (method === 0xff) return -1;
    if (method <= METHOD_MAX) {
      if ((seen & (1 << method)) !== 0) return -1;
      seen |= 1 << method;
    }
  }
  return end - offset < 2 + count ? 0 : 2 + count;
}

/** RFC 1928 §4 and §6: length of a request or reply of version 5; 0 where it is not whole yet, -1 where it is none. */
function request5Octets(octets: Uint8Array, offset: number, end: number): number {
  if (u8(octets, offset) !== 5) return -1;
  if (end - offset < 5) return 0;
  if (u8(octets, offset + 2) !== 0) return -1;
  const type = u8(octets, offset + 3);
  if (type !== 1 && type !== 3 && type !== 4) return -1;
  const length = 6 + (type === 1 ? 4 : type === 4 ? 16 : 1 + u8(octets, offset + 4));
  return end - offset < length ? 0 : length;
}

/** Length of a request of version 4 or 4A; 0 where it is not whole yet, -1 where it is none. */
function request4Octets(octets: Uint8Array, offset: number, end: number): number {
  if (end - offset < 2) return 0;
  const command = u8(octets, offset + 1);
  if (command !== 1 && command !== 2) return -1;
  if (end - offset < REQUEST_4_OCTETS) return 0;
  if (u16(octets, offset + 2) === 0) return -1;
  let stop = nameStop(octets, offset + REQUEST_4_OCTETS, end);
  if (stop <= 0) return stop;
  if (isNamed4(octets, offset)) {
    const name = stop + 1;
    stop = nameStop(octets, name, end);
    if (stop <= 0) return stop;
    if (stop === name) return -1;
  }
  return stop + 1 - offset;
}

/** Whether the address can be a host's, or stands for a name (4A). */
function isUnicast4(octets: Uint8Array, offset: number): boolean {
  const first = u8(octets, offset + 4);
  return isNamed4(octets, offset) || (first !== 0 && first !== 127 && first < 224);
}

/** SOCKS 4A: an address 0.0.0.x with x not 0 says that a host name follows the user name. */
function isNamed4(octets: Uint8Array, offset: number): boolean {
  const address = u32(octets, offset + 4);
  return address > 0 && address < 256;
}

/** Index of the NUL that ends a name; 0 where it may still come, -1 where the octets are no name. */
function nameStop(octets: Uint8Array, start: number, end: number): number {
  const limit = Math.min(end, start + NAME_OCTETS_MAX);
  for (let index = start; index < limit; index += 1) {
    const octet = u8(octets, index);
    if (octet === 0) return index;
    if (octet < 0x20 || octet === 0x7f) return -1;
  }
  return limit === end ? 0 : -1;
}

function readRequest4(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if ((flow.stage & REQUEST_READ) !== 0) return MATCH; // what is relayed waits for the reply
  const length = request4Octets(octets, offset, end);
  if (length < 0) return SOCKS_MESSAGE_INVALID;
  if (length === 0) return MATCH;
  const user = offset + REQUEST_4_OCTETS;
  const userStop = indexOfOctet(octets, 0, user, end);
  flow.set(SOCKS_VERSION, 4);
  flow.set(SOCKS_COMMAND, u8(octets, offset + 1));
  flow.set(SOCKS_PORT, u16(octets, offset + 2));
  if (userStop > user) flow.text(SOCKS_USER, octets, user, userStop);
  if (isNamed4(octets, offset)) flow.host(SOCKS_HOST, octets, userStop + 1, offset + length - 1);
  else flow.set(SOCKS_ADDRESS, formatIpAddress(octets, offset + 4, 4));
  flow.stage |= REQUEST_READ;
  flow.consume(length);
  return MATCH;
}

function readReply4(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < REPLY_4_OCTETS) return MATCH;
  const code = u8(octets, offset + 1);
  if (u8(octets, offset) !== 0 || code < GRANTED_4 || code > GRANTED_4 + 3) return SOCKS_MESSAGE_INVALID;
  flow.set(SOCKS_REPLY, code);
  flow.consume(REPLY_4_OCTETS);
  return code === GRANTED_4 && (flow.stage & REQUEST_READ) !== 0 ? flow.reclassify() : DONE;
}

function readClient(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if ((flow.stage & GREETING_READ) === 0) {
    const length = greetingOctets(octets, offset, end);
    if (length < 0) return SOCKS_MESSAGE_INVALID;
    if (length === 0) return MATCH;
    flow.set(SOCKS_VERSION, 5);
    flow.stage |= GREETING_READ;
    flow.consume(length);
    return MATCH;
  }
  if ((flow.stage & REQUEST_READ) !== 0) {
    // What is relayed waits for the reply, unless the server's half was not captured.
    return (flow.stage & METHOD_READ) === 0 ? flow.reclassify() : MATCH;
  }
  if (u8(octets, offset) === 1 && (flow.stage & PASSWORD_READ) === 0) {
    return readPassword(octets, offset, end, flow);
  }
  const length = request5Octets(octets, offset, end);
  const command = u8(octets, offset + 1);
  if (length < 0) return SOCKS_MESSAGE_INVALID;
  if (length === 0) return MATCH;
  if (command < 1 || command > 3) return SOCKS_MESSAGE_INVALID;
  flow.set(SOCKS_COMMAND, command);
  const type = u8(octets, offset + 3);
  if (type === 3) flow.host(SOCKS_HOST, octets, offset + 5, offset + length - 2);
  else flow.set(SOCKS_ADDRESS, formatIpAddress(octets, offset + 4, type === 1 ? 4 : 16));
  flow.set(SOCKS_PORT, u16(octets, offset + length - 2));
  flow.stage |= REQUEST_READ;
  flow.consume(length);
  return MATCH;
}

/** RFC 1929 §2: version 1, user name, password. */
function readPassword(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < 2) return MATCH;
  const userOctets = u8(octets, offset + 1);
  if (end - offset < 3 + userOctets) return MATCH;
  const length = 3 + userOctets + u8(octets, offset + 2 + userOctets);
  if (end - offset < length) return MATCH;
  flow.text(SOCKS_USER, octets, offset + 2, offset + 2 + userOctets);
  flow.report(SOCKS_CLEARTEXT_CREDENTIALS);
  flow.stage |= PASSWORD_READ;
  flow.consume(length);
  return MATCH;
}

function readServer(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < 2) return MATCH;
  if ((flow.stage & METHOD_READ) === 0) {
    const method = u8(octets, offset + 1);
    if (u8(octets, offset) !== 5) return SOCKS_MESSAGE_INVALID;
    flow.stage |= METHOD_READ | (method === METHOD_PASSWORD ? PASSWORD_CHOSEN : 0);
    flow.consume(2);
    return method === METHOD_GSSAPI || method === 0xff ? DONE : MATCH;
  }
  if ((flow.stage & PASSWORD_CHOSEN) !== 0 && (flow.stage & STATUS_READ) === 0) {
    flow.stage |= STATUS_READ;
    flow.consume(2);
    return MATCH;
  }
  const length = request5Octets(octets, offset, end);
  if (length < 0) return SOCKS_MESSAGE_INVALID;
  if (length === 0) return MATCH;
  const code = u8(octets, offset + 1);
  flow.set(SOCKS_REPLY, code);
  flow.consume(length);
  return code === 0 ? flow.reclassify() : DONE;
}
