import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** 1 responder, 2 authorizer, 3 filter. */
export const FASTCGI_ROLE = attribute("fastcgi.role", "number");
export const FASTCGI_METHOD = attribute("fastcgi.method", "text", { many: true });
/** Parameter REQUEST_URI. */
export const FASTCGI_URI = attribute("fastcgi.uri", "text", { many: true });
/** Parameter SCRIPT_FILENAME. */
export const FASTCGI_SCRIPT = attribute("fastcgi.script", "text", { many: true });
/** Parameter HTTP_HOST without port. */
export const FASTCGI_HOST = attribute("fastcgi.host", "text");
export const FASTCGI_USER_AGENT = attribute("fastcgi.user-agent", "text");

/** A header whose version or type was never published (§3.3, §8). */
export const FASTCGI_HEADER_INVALID = new Malformed("fastcgi.header-invalid");

const HEADER_OCTETS = 8;
const BEGIN_OCTETS = 16;
/** A record of parameters longer than this is skipped unread. */
const PARAMS_OCTETS_MAX = 12_000;
const TYPE_BEGIN_REQUEST = 1;
const TYPE_PARAMS = 4;
const TYPE_MAX = 11;
const RECOGNISED = 1;

export const fastcgi: Protocol = {
  name: "fastcgi",
  title: "FastCGI",
  spec: "FastCGI Specification 1.0 (Open Market, 1996)",
  category: "web",
  attributes: [FASTCGI_ROLE, FASTCGI_METHOD, FASTCGI_URI, FASTCGI_SCRIPT, FASTCGI_HOST, FASTCGI_USER_AGENT],
  malformed: [FASTCGI_HEADER_INVALID],
  recognises: "A record FCGI_BEGIN_REQUEST of sixteen octets, its reserved octets zero.",
  omits: "Parameters that span records, and the streams of input and output.",
  stream: {
    ports: [9000],
    firstOctets: [1],
    dissect(octets, offset, end, flow): Outcome {
      if (flow.stage !== RECOGNISED) {
        const begin = beginRequest(octets, offset, end);
        if (begin <= 0) return begin < 0 ? NO : MORE;
        flow.stage = RECOGNISED;
      }
      if (end - offset < HEADER_OCTETS) return MATCH;
      const type = u8(octets, offset + 1);
      if (u8(octets, offset) !== 1 || type === 0 || type > TYPE_MAX) return FASTCGI_HEADER_INVALID;
      const length = u16(octets, offset + 4);
      if (type === TYPE_BEGIN_REQUEST) {
        if (length !== 8) return FASTCGI_HEADER_INVALID;
        if (end - offset < BEGIN_OCTETS) return MATCH;
        flow.set(FASTCGI_ROLE, u16(octets, offset + HEADER_OCTETS));
      } else if (type === TYPE_PARAMS && length <= PARAMS_OCTETS_MAX) {
        if (end - offset < HEADER_OCTETS + length) return MATCH;
        readParameters(octets, offset + HEADER_OCTETS, offset + HEADER_OCTETS + length, flow);
      }
      flow.consume(HEADER_OCTETS + length + u8(octets, offset + 6));
      return MATCH;
    },
  },
};

/** §5.1: 1 where a whole FCGI_BEGIN_REQUEST record is there, 0 where it may come, -1 where it is none. */
function beginRequest(octets: Uint8Array, offset: number, end: number): number {
  if (end - offset >= 6) {
    if (u8(octets, offset + 1) !== TYPE_BEGIN_REQUEST || u16(octets, offset + 4) !== 8) return -1;
    if (u16(octets, offset + 2) === 0) return -1;
  }
  if (end - offset < BEGIN_OCTETS) return 0;
  const role = u16(octets, offset + 8);
  const isBlank = u8(octets, offset + 11) === 0 && u32(octets, offset + 12) === 0;
  return role >= 1 && role <= 3 && u8(octets, offset + 10) <= 1 && isBlank && u8(octets, offset + 7) === 0
    ? 1
    : -1;
}

/** §3.4: name-value pairs; lengths above 127 take four octets. */
function readParameters(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let at = start;
  while (at < end) {
    const nameWide = u8(octets, at) >= 0x80;
    if (end - at < (nameWide ? 4 : 1)) return;
    const nameOctets = nameWide ? u32(octets, at) & 0x7fff_ffff : u8(octets, at);
    at += nameWide ? 4 : 1;
    if (at >= end) return;
    const valueWide = u8(octets, at) >= 0x80;
    if (end - at < (valueWide ? 4 : 1)) return;
    const valueOctets = valueWide ? u32(octets, at) & 0x7fff_ffff : u8(octets, at);
    at += valueWide ? 4 : 1;
    if (nameOctets > end - at || valueOctets > end - at - nameOctets) return;
    readParameter(octets, at, at + nameOctets, at + nameOctets + valueOctets, flow);
    at += nameOctets + valueOctets;
  }
}

function readParameter(
  octets: Uint8Array,
  name: number,
  value: number,
  end: number,
  flow: FlowContext,
): void {
  if (value === end) return;
  const length = value - name;
  if (length === 14 && startsWith(octets, name, value, "REQUEST_METHOD")) {
    flow.text(FASTCGI_METHOD, octets, value, end);
  } else if (length === 11 && startsWith(octets, name, value, "REQUEST_URI")) {
    flow.text(FASTCGI_URI, octets, value, end);
  } else if (length === 15 && startsWith(octets, name, value, "SCRIPT_FILENAME")) {
    flow.text(FASTCGI_SCRIPT, octets, value, end);
  } else if (length === 15 && startsWith(octets, name, value, "HTTP_USER_AGENT")) {
    flow.text(FASTCGI_USER_AGENT, octets, value, end);
  } else if (length === 9 && startsWith(octets, name, value, "HTTP_HOST")) {
    let stop = end;
    if (u8(octets, value) !== 0x5b) for (stop = value; stop < end && u8(octets, stop) !== 0x3a; ) stop += 1;
    flow.host(FASTCGI_HOST, octets, value, stop);
  }
}
