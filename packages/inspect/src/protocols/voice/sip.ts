import { Malformed } from "@palisade/base";
import { lineEnd, startsWith, startsWithNoCase } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import {
  colonAt,
  decimal,
  headEnd,
  isWaitOver,
  MessageWait,
  NOT,
  nameIs,
  numberHeader,
  skipBlanks,
  startLine,
  trimEnd,
  UNFINISHED,
} from "../text-head.js";
import { lineStop } from "../text-line.js";
import { expectMedia } from "./sdp.js";

export const SIP_METHOD = attribute("sip.method", "text", { many: true });
export const SIP_REQUEST_URI = attribute("sip.request-uri", "text");
export const SIP_STATUS = attribute("sip.status", "number", { many: true });
export const SIP_FROM = attribute("sip.from", "text", { many: true });
export const SIP_TO = attribute("sip.to", "text", { many: true });
export const SIP_CALL_ID = attribute("sip.call-id", "text", { many: true });
export const SIP_USER_AGENT = attribute("sip.user-agent", "text", { many: true });
export const SIP_SERVER = attribute("sip.server", "text", { many: true });
/** Media that a session description offers or accepts, as `type port`: `audio 49170`. */
export const SIP_MEDIA = attribute("sip.media", "text", { many: true });

/** A status outside 100 … 699 (RFC 3261 §7.2). */
export const SIP_STATUS_IMPOSSIBLE = new Malformed("sip.status-impossible");
/** A line of the head that is neither `name: value` nor the continuation of one (RFC 3261 §7.3.1). */
export const SIP_HEADER_MALFORMED: FindingKind = {
  name: "sip.header-malformed",
  severity: "low",
  title: "A SIP message has a header line without a name",
};
/** A Content-Length that promises more than the datagram holds (RFC 3261 §18.3). */
export const SIP_LENGTH_IMPOSSIBLE: FindingKind = {
  name: "sip.length-impossible",
  severity: "low",
  title: "A SIP message promises a longer body than its datagram holds",
};
export const SIP_VERSION_UNKNOWN: FindingKind = {
  name: "sip.version-unknown",
  severity: "low",
  title: "A SIP request has another version than 2.0, the only one published",
};

const PORT = 5060;
/** Datagrams of a flow on SIP's port that may be something else before the first message. */
const DAMAGED_MAX = 8;
const VERSION = "SIP/2.0";
/** Largest body that is waited for over TCP to read a session description; a larger one is skipped. */
const BODY_OCTETS_MAX = 8_192;
/** `SIP/2.0 200 `, without its line end. */
const START_LINE_OCTETS_MIN = 12;
const CR = 0x0d;
const LF = 0x0a;
const SPACE = 0x20;
const UPPER = Array.from({ length: 26 }, (_, index) => 0x41 + index);

export const sip: Protocol = {
  name: "sip",
  title: "Session Initiation Protocol",
  spec: "RFC 3261, RFC 4566 (session descriptions)",
  category: "voice-video",
  attributes: [
    SIP_METHOD,
    SIP_REQUEST_URI,
    SIP_STATUS,
    SIP_FROM,
    SIP_TO,
    SIP_CALL_ID,
    SIP_USER_AGENT,
    SIP_SERVER,
    SIP_MEDIA,
  ],
  malformed: [SIP_STATUS_IMPOSSIBLE],
  findings: [SIP_HEADER_MALFORMED, SIP_LENGTH_IMPOSSIBLE, SIP_VERSION_UNKNOWN],
  recognises:
    "A request line for a SIP URI or that ends in SIP/2.0, or a status line that begins with it, over UDP or TCP, on any port.",
  omits:
    "Routes, dialogs, credentials, bodies other than session descriptions, and SIP compressed by SigComp.",
  datagram: {
    ports: [PORT],
    firstOctets: [CR, ...UPPER],
    dissect(octets, offset, end, flow) {
      // Too short for a start line: a keep-alive, be it the two line ends of RFC 5626 §4.4.1 or of the sender's own making.
      if (end - offset < START_LINE_OCTETS_MIN) return flow.stage <= 0 ? MORE : MATCH;
      const lineFeed = startLine(octets, offset, end, VERSION, "sip:");
      if (lineFeed < 0) return flow.stage > 0 ? NO : later(flow);
      const bodyStart = headEnd(octets, offset, end);
      return message(octets, offset, lineFeed, bodyStart < 0 ? end : bodyStart, end, flow);
    },
  },
  stream: {
    ports: [PORT],
    follow: true,
    firstOctets: [CR, ...UPPER],
    dissect(octets, offset, end, flow) {
      const { direction } = flow;
      if (flow.stage !== 0 && !isWaitOver(octets, offset, end, flow)) return MATCH;
      if (octets[offset] === CR) {
        if (end - offset < 2) return flow.stage === 0 ? MORE : MATCH;
        if (octets[offset + 1] !== LF) return NO;
        if (flow.stage === 0) return NO;
        flow.consume(2);
        return MATCH;
      }
      const lineFeed = startLine(octets, offset, end, VERSION, "sip:");
      if (lineFeed === NOT) return NO;
      if (lineFeed === UNFINISHED) return flow.stage === 0 ? MORE : MATCH;
      flow.stage = 1;
      const bodyStart = headEnd(octets, offset, end);
      if (bodyStart < 0) {
        flow.memo(MessageWait.create).head(direction, octets, offset, end);
        return MATCH;
      }
      const length = numberHeader(octets, lineFeed + 1, bodyStart, "content-length", "l");
      // Without a length a stream cannot be followed (RFC 3261 §18.3): what was read is all there will be.
      if (length < 0) return message(octets, offset, lineFeed, bodyStart, bodyStart, flow, true);
      if (length <= BODY_OCTETS_MAX && bodyStart + length > end) {
        flow.memo(MessageWait.create).octets(direction, bodyStart + length - offset);
        return MATCH;
      }
      const bodyEnd = length <= BODY_OCTETS_MAX ? bodyStart + length : bodyStart;
      const outcome = message(octets, offset, lineFeed, bodyStart, bodyEnd, flow, true);
      flow.consume(bodyStart + length - offset);
      return outcome;
    },
  },
};

/** On SIP's own port a damaged message does not speak for those that follow; `flow.stage` counts them downwards. */
function later(flow: FlowContext): Outcome {
  if (flow.sourcePort !== PORT && flow.destinationPort !== PORT) return NO;
  flow.stage -= 1;
  return flow.stage < -DAMAGED_MAX ? NO : MORE;
}

/** Reads one message: start line, head up to `bodyStart`, body up to `end`. */
function message(
  octets: Uint8Array,
  offset: number,
  lineFeed: number,
  bodyStart: number,
  end: number,
  flow: FlowContext,
  stream = false,
): Outcome {
  flow.stage = 1;
  const stop = lineStop(octets, offset, lineFeed);
  if (startsWith(octets, offset, stop, VERSION)) {
    const status = decimal(octets, offset + 8, offset + 11);
    if (status < 100 || status > 699) return SIP_STATUS_IMPOSSIBLE;
    flow.set(SIP_STATUS, status);
  } else {
    let space = offset;
    while (octets[space] !== SPACE) space += 1;
    flow.text(SIP_METHOD, octets, offset, space);
    let uriEnd = space + 1;
    while (uriEnd < stop && octets[uriEnd] !== SPACE) uriEnd += 1;
    flow.text(SIP_REQUEST_URI, octets, space + 1, uriEnd);
    if (!startsWith(octets, uriEnd + 1, stop, VERSION)) flow.report(SIP_VERSION_UNKNOWN);
  }
  headers(octets, lineFeed + 1, bodyStart, flow);
  const length = numberHeader(octets, lineFeed + 1, bodyStart, "content-length", "l");
  if (!stream && length > end - bodyStart) flow.report(SIP_LENGTH_IMPOSSIBLE);
  // A description says what it is by its first line, `v=0`; its type may be inside a multipart body, which is not read.
  if (startsWith(octets, bodyStart, end, "v=0")) expectMedia(octets, bodyStart, end, flow, SIP_MEDIA);
  return stream && length < 0 ? DONE : MATCH;
}

function headers(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  let line = start;
  while (line < stop) {
    const found = lineEnd(octets, line, stop);
    const lineFeed = found < 0 ? stop : found;
    const ends = lineStop(octets, line, lineFeed);
    const first = octets[line]!;
    if (ends > line && first !== SPACE && first !== 0x09) {
      const colon = colonAt(octets, line, ends);
      if (colon <= line) flow.report(SIP_HEADER_MALFORMED);
      else header(octets, line, colon, ends, flow);
    }
    line = lineFeed + 1;
  }
}

/** One header line; names have a compact form of one letter (RFC 3261 §7.3.3). */
function header(octets: Uint8Array, line: number, colon: number, ends: number, flow: FlowContext): void {
  const from = skipBlanks(octets, colon + 1, ends);
  const to = trimEnd(octets, from, ends);
  if (nameIs(octets, line, colon, "from") || nameIs(octets, line, colon, "f")) {
    address(octets, from, to, flow, SIP_FROM);
  } else if (nameIs(octets, line, colon, "to") || nameIs(octets, line, colon, "t")) {
    address(octets, from, to, flow, SIP_TO);
  } else if (nameIs(octets, line, colon, "call-id") || nameIs(octets, line, colon, "i")) {
    flow.text(SIP_CALL_ID, octets, from, to);
  } else if (nameIs(octets, line, colon, "user-agent")) {
    flow.text(SIP_USER_AGENT, octets, from, to);
  } else if (nameIs(octets, line, colon, "server")) {
    flow.text(SIP_SERVER, octets, from, to);
  }
}

/** The URI of a From or To value, without display name and parameters (RFC 3261 §20.10). */
function address(
  octets: Uint8Array,
  from: number,
  to: number,
  flow: FlowContext,
  field: typeof SIP_FROM,
): void {
  if (!flow.wants(field)) return;
  let open = from;
  while (open < to && octets[open] !== 0x3c) open += 1;
  const start = open < to ? open + 1 : from;
  const closing = open < to ? 0x3e : 0x3b;
  let stop = start;
  while (stop < to && octets[stop] !== closing) stop += 1;
  if (stop > start && startsWithNoCase(octets, start, stop, "sip")) flow.text(field, octets, start, stop);
  else flow.text(field, octets, from, to);
}
