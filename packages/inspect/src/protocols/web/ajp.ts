import { Malformed } from "@palisade/base";
import { startsWith, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

export const AJP_METHOD = attribute("ajp.method", "text", { many: true });
export const AJP_URI = attribute("ajp.uri", "text", { many: true });
/** Server name of a forwarded request. */
export const AJP_HOST = attribute("ajp.host", "text");
/** Address of the client, as the web server saw it. */
export const AJP_REMOTE_ADDRESS = attribute("ajp.remote-address", "text");
/** Status codes of responses. */
export const AJP_STATUS = attribute("ajp.status", "number", { many: true });

/** A packet without the magic of its direction. */
export const AJP_MAGIC_INVALID = new Malformed("ajp.magic-invalid");

export const AJP_INCLUDE_ATTRIBUTE: FindingKind = {
  name: "ajp.include-attribute",
  severity: "high",
  title:
    "A request sets the container's own include attributes, by which files can be read on unpatched servers (CVE-2020-1938)",
};

const MAGIC_REQUEST = 0x1234;
const MAGIC_RESPONSE = 0x4142;
const HEADER_OCTETS = 4;
const PACKET_OCTETS_MAX = 8_192;
const FORWARD_REQUEST = 2;
const SHUTDOWN = 7;
const PING = 8;
const CPING = 10;
const SEND_BODY_CHUNK = 3;
const SEND_HEADERS = 4;
const END_RESPONSE = 5;
const GET_BODY_CHUNK = 6;
const CPONG = 9;
const NO_STRING = 0xffff;
const HEADERS_MAX = 100;
const RECOGNISED = 1;

/** Method codes 1 … 28. */
const METHODS: readonly string[] = [
  "",
  "OPTIONS",
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "TRACE",
  "PROPFIND",
  "PROPPATCH",
  "MKCOL",
  "COPY",
  "MOVE",
  "LOCK",
  "UNLOCK",
  "ACL",
  "REPORT",
  "VERSION-CONTROL",
  "CHECKIN",
  "CHECKOUT",
  "UNCHECKOUT",
  "SEARCH",
  "MKWORKSPACE",
  "UPDATE",
  "LABEL",
  "MERGE",
  "BASELINE_CONTROL",
  "MKACTIVITY",
];

export const ajp: Protocol = {
  name: "ajp",
  title: "Apache JServ Protocol",
  spec: "AJPv13 (Apache Tomcat Connectors)",
  category: "web",
  attributes: [AJP_METHOD, AJP_URI, AJP_HOST, AJP_REMOTE_ADDRESS, AJP_STATUS],
  malformed: [AJP_MAGIC_INVALID],
  findings: [AJP_INCLUDE_ATTRIBUTE],
  recognises:
    "A packet with the magic of its direction whose length and code agree: a forwarded HTTP request, ping or shutdown, or a response to one.",
  omits: "Headers and bodies.",
  stream: {
    ports: [8009],
    firstOctets: [0x12, 0x41],
    dissect(octets, offset, end, flow): Outcome {
      const isRecognised = flow.stage === RECOGNISED;
      if (end - offset < HEADER_OCTETS) {
        if (isRecognised) return MATCH;
        const isStart = end - offset < 2 || isMagic(u16(octets, offset));
        return isStart ? MORE : NO;
      }
      const magic = u16(octets, offset);
      const length = u16(octets, offset + 2);
      if (!isMagic(magic)) return isRecognised ? AJP_MAGIC_INVALID : NO;
      if (!isRecognised) {
        const known = recognise(octets, offset, end, magic, length);
        if (known <= 0) return known < 0 ? NO : MORE;
        flow.stage = RECOGNISED;
      }
      const whole = HEADER_OCTETS + length;
      const isReadable = length > 0 && whole <= PACKET_OCTETS_MAX;
      if (isReadable && end - offset < 5) return MATCH;
      const code = isReadable ? u8(octets, offset + 4) : 0;
      if (magic === MAGIC_REQUEST && code === FORWARD_REQUEST && isForward(octets, offset, end)) {
        if (end - offset < whole) return MATCH;
        readForward(octets, offset + 5, offset + whole, flow);
      } else if (magic === MAGIC_RESPONSE && code === SEND_HEADERS && length >= 3) {
        if (end - offset < 7) return MATCH;
        flow.set(AJP_STATUS, u16(octets, offset + 5));
      }
      flow.consume(whole);
      return MATCH;
    },
  },
};

function isMagic(magic: number): boolean {
  return magic === MAGIC_REQUEST || magic === MAGIC_RESPONSE;
}

/** 1 where the packet is surely of this protocol, 0 where more octets are needed, -1 where it is not. */
function recognise(octets: Uint8Array, offset: number, end: number, magic: number, length: number): number {
  if (length === 0 || length > PACKET_OCTETS_MAX) return -1;
  if (end - offset < 5) return 0;
  const code = u8(octets, offset + 4);
  if (magic === MAGIC_REQUEST) {
    if (code === CPING || code === PING || code === SHUTDOWN) return length === 1 ? 1 : -1;
    if (code !== FORWARD_REQUEST || length < 20) return -1;
    if (end - offset < 13) return 0;
    return isForward(octets, offset, end) ? 1 : -1;
  }
  if (code === CPONG) return length === 1 ? 1 : -1;
  if (code === END_RESPONSE) return length === 2 ? 1 : -1;
  if (code === GET_BODY_CHUNK) return length === 3 ? 1 : -1;
  if (end - offset < 7) return 0;
  const field = u16(octets, offset + 5);
  if (code === SEND_HEADERS) return field >= 100 && field <= 599 && length >= 7 ? 1 : -1;
  if (code === SEND_BODY_CHUNK) return field + 3 === length || field + 4 === length ? 1 : -1;
  return -1;
}

/** A forwarded request: a known method, and a protocol that begins with HTTP. */
function isForward(octets: Uint8Array, offset: number, end: number): boolean {
  const method = u8(octets, offset + 5);
  if (end - offset < 13 || method === 0 || (method > 28 && method !== 0xff)) return false;
  return u16(octets, offset + 6) === 8 && startsWith(octets, offset + 8, end, "HTTP/");
}

/** Index of the string after the one at `at` (length, octets, NUL); -1 where it does not fit. */
function afterString(octets: Uint8Array, at: number, end: number): number {
  if (at < 0 || end - at < 2) return -1;
  const length = u16(octets, at);
  if (length === NO_STRING) return at + 2;
  return length + 3 > end - at ? -1 : at + 3 + length;
}

/** AJPv13, "Forward Request Packet": from the method on. */
function readForward(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  flow.set(AJP_METHOD, METHODS[u8(octets, start)] ?? String(u8(octets, start)));
  const uri = afterString(octets, start + 1, end);
  const address = afterString(octets, uri, end);
  const remoteHost = afterString(octets, address, end);
  const server = afterString(octets, remoteHost, end);
  const port = afterString(octets, server, end);
  if (address < 0) return;
  setString(octets, uri, flow, AJP_URI);
  if (remoteHost < 0) return;
  setString(octets, address, flow, AJP_REMOTE_ADDRESS);
  if (port < 0) return;
  const serverOctets = u16(octets, server);
  if (serverOctets !== NO_STRING && serverOctets > 0)
    flow.host(AJP_HOST, octets, server + 2, server + 2 + serverOctets);
  if (end - port < 5) return;
  const headers = Math.min(u16(octets, port + 3), HEADERS_MAX);
  let at = port + 5;
  for (let header = 0; header < headers; header += 1) {
    if (end - at < 2) return;
    at = afterString(octets, u8(octets, at) === 0xa0 ? at + 2 : afterString(octets, at, end), end);
    if (at < 0) return;
  }
  readAttributes(octets, at, end, flow);
}

/** Attributes follow the headers: a code and a string; code 10 has a name and a value, code 11 a number, 0xff ends. */
function readAttributes(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let at = start;
  while (at < end) {
    const code = u8(octets, at);
    if (code === 0xff) return;
    if (code === 11) {
      at += 3;
      continue;
    }
    if (code === 10) {
      if (startsWith(octets, at + 3, end, "javax.servlet.include.")) flow.report(AJP_INCLUDE_ATTRIBUTE);
      at = afterString(octets, afterString(octets, at + 1, end), end);
    } else {
      at = afterString(octets, at + 1, end);
    }
    if (at < 0) return;
  }
}

function setString(octets: Uint8Array, at: number, flow: FlowContext, to: typeof AJP_URI): void {
  const length = u16(octets, at);
  if (length !== NO_STRING && length > 0) flow.text(to, octets, at + 2, at + 2 + length);
}
