import { Malformed } from "@palisade/base";
import { startsWith, startsWithNoCase, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  decimal,
  fieldIs,
  headEnd,
  headerField,
  isWaitOver,
  MessageWait,
  NOT,
  nextField,
  numberHeader,
  startLine,
  UNFINISHED,
} from "../text-head.js";
import { lineStop } from "../text-line.js";

export const RTSP_METHOD = attribute("rtsp.method", "text", { many: true });
export const RTSP_URI = attribute("rtsp.uri", "text", { many: true });
/** The host of the request's URI. */
export const RTSP_HOST = attribute("rtsp.host", "text");
export const RTSP_STATUS = attribute("rtsp.status", "number", { many: true });
export const RTSP_USER_AGENT = attribute("rtsp.user-agent", "text");
export const RTSP_SERVER = attribute("rtsp.server", "text");

/** A status outside 100 … 599 (RFC 2326 §7.1.1). */
export const RTSP_STATUS_IMPOSSIBLE = new Malformed("rtsp.status-impossible");

const VERSION_1 = "RTSP/1.0";
const VERSION_2 = "RTSP/2.0";
const SCHEME = "rtsp://";
/** Begins a packet of media between messages: `$`, channel, length (RFC 2326 §10.12). */
const INTERLEAVED = 0x24;
const SPACE = 0x20;
const UDP = 17;

export const rtsp: Protocol = {
  name: "rtsp",
  title: "Real Time Streaming Protocol",
  spec: "RFC 2326, RFC 7826 (version 2)",
  category: "voice-video",
  attributes: [RTSP_METHOD, RTSP_URI, RTSP_HOST, RTSP_STATUS, RTSP_USER_AGENT, RTSP_SERVER],
  malformed: [RTSP_STATUS_IMPOSSIBLE],
  recognises:
    "A request line for an rtsp URI or that ends in RTSP/1.0 or 2.0, or a status line that begins with it.",
  omits: "Session descriptions, authentication, and tunnels over HTTP.",
  stream: {
    ports: [554, 8554],
    firstOctets: Array.from({ length: 26 }, (_, index) => 0x41 + index),
    follow: true,
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 0 ? MORE : MATCH;
      if (flow.stage !== 0 && !isWaitOver(octets, offset, end, flow)) return MATCH;
      if (flow.stage !== 0 && u8(octets, offset) === INTERLEAVED) {
        if (end - offset < 4) return MATCH;
        flow.consume(4 + u16(octets, offset + 2));
        return MATCH;
      }
      let lineFeed = startLine(octets, offset, end, VERSION_1, SCHEME);
      if (lineFeed === NOT) lineFeed = startLine(octets, offset, end, VERSION_2, SCHEME);
      if (lineFeed === NOT) return NO;
      if (lineFeed === UNFINISHED) return short;
      flow.stage = 1;
      const bodyStart = headEnd(octets, offset, end);
      if (bodyStart < 0) {
        flow.memo(MessageWait.create).head(flow.direction, octets, offset, end);
        return MATCH;
      }
      const length = numberHeader(octets, lineFeed + 1, bodyStart, "content-length");
      flow.consume(bodyStart - offset + Math.max(0, length));
      return message(octets, offset, lineFeed, bodyStart, flow);
    },
  },
};

function message(
  octets: Uint8Array,
  offset: number,
  lineFeed: number,
  bodyStart: number,
  flow: FlowContext,
): Outcome {
  const stop = lineStop(octets, offset, lineFeed);
  if (startsWith(octets, offset, stop, "RTSP/")) {
    const status = decimal(octets, offset + 9, offset + 12);
    if (status < 100 || status > 599) return RTSP_STATUS_IMPOSSIBLE;
    flow.set(RTSP_STATUS, status);
  } else {
    let space = offset;
    while (space < stop && octets[space] !== SPACE) space += 1;
    let uriEnd = space + 1;
    while (uriEnd < stop && octets[uriEnd] !== SPACE) uriEnd += 1;
    flow.text(RTSP_METHOD, octets, offset, space);
    flow.text(RTSP_URI, octets, space + 1, uriEnd);
    if (startsWithNoCase(octets, space + 1, uriEnd, SCHEME))
      host(octets, space + 1 + SCHEME.length, uriEnd, flow);
  }
  for (
    let next = nextField(octets, lineFeed + 1, bodyStart);
    next >= 0;
    next = nextField(octets, next, bodyStart)
  ) {
    const { from, to } = headerField;
    if (fieldIs(octets, "user-agent")) flow.text(RTSP_USER_AGENT, octets, from, to);
    else if (fieldIs(octets, "server")) flow.text(RTSP_SERVER, octets, from, to);
    else if (fieldIs(octets, "transport")) transport(octets, from, to, flow);
  }
  return MATCH;
}

/** The name or IPv4 address in `user@host:port/path`; a user is left out. */
function host(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  let from = start;
  let to = start;
  while (to < stop && octets[to] !== 0x2f && octets[to] !== 0x3f) {
    if (octets[to] === 0x40) from = to + 1;
    to += 1;
  }
  let colon = from;
  while (colon < to && octets[colon] !== 0x3a) colon += 1;
  if (colon > from && octets[from] !== 0x5b) flow.host(RTSP_HOST, octets, from, colon);
}

/** `RTP/AVP;unicast;client_port=4588-4589;server_port=6256-6257` announces flows of RTP and RTCP (RFC 2326 §12.39). */
function transport(octets: Uint8Array, from: number, to: number, flow: FlowContext): void {
  let at = from;
  while (at < to) {
    let stop = at;
    while (stop < to && octets[stop] !== 0x3b) stop += 1;
    if (
      startsWithNoCase(octets, at, stop, "client_port=") ||
      startsWithNoCase(octets, at, stop, "server_port=")
    ) {
      const first = at + 12;
      let dash = first;
      while (dash < stop && octets[dash] !== 0x2d) dash += 1;
      const media = decimal(octets, first, dash);
      const control = decimal(octets, dash + 1, stop);
      if (media > 0 && media <= 0xffff) flow.expect(media, UDP, "rtp");
      if (control > 0 && control <= 0xffff) flow.expect(control, UDP, "rtcp");
    }
    at = stop + 1;
  }
}
