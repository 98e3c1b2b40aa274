import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Kinds of media seen: `audio`, `video`, `screen-share`, `rtcp`. */
export const ZOOM_MEDIA = attribute("zoom.media", "text", { many: true });

/** Opens a session: type, two octets, the session's identifier. The router answers with the same identifier. */
const OPEN = 1;
const OPENED = 2;
const SESSION_BYTES = 16;
const OPEN_BYTES_MIN = 3 + SESSION_BYTES;
/** Measure the round trip: both carry the same twelve octets. */
const PROBE = 3;
const PROBE_ANSWER = 4;
const PROBE_BYTES = 13;
/** An envelope of eight octets for the router, then a header for the media, then RTP or RTCP. */
const ENVELOPE = 5;
const ENVELOPE_BYTES = 8;
/** From the media header's first octet to RTP or RTCP, by kind of media. */
const RTP_AT: Readonly<Record<number, number>> = { 13: 27, 15: 19, 16: 24, 33: 16, 34: 16 };
const MEDIA: Readonly<Record<number, string>> = {
  13: "screen-share",
  15: "audio",
  16: "video",
  33: "rtcp",
  34: "rtcp",
};
const RTP_HEADER_BYTES = 12;
const RTCP_HEADER_BYTES = 8;
const RTCP_TYPE_FIRST = 200;
const RTCP_TYPE_LAST = 204;

/** Datagrams without a verdict after which it is none. */
const DATAGRAMS_MAX = 10;
const DECIDED = -1;

/** Words that two messages must have in common: an identifier's four, or a measurement's three. */
const SESSION_WORDS = 4;
const PROBE_WORDS = 3;
/** Messages of a type that are remembered: both ends measure, and an answer may come after the next question. */
const REMEMBERED = 2;

/** The first words of the last messages of each type, and how many there were; the source of the last media. */
interface Seen {
  readonly words: Uint32Array;
  readonly counts: Uint8Array;
  source: number;
}

function nothingSeen(): Seen {
  return {
    words: new Uint32Array((PROBE_ANSWER + 1) * REMEMBERED * SESSION_WORDS),
    counts: new Uint8Array(PROBE_ANSWER + 1),
    source: -1,
  };
}

export const zoom: Protocol = {
  name: "zoom",
  title: "Zoom media",
  spec: "Michel et al., “Enabling Passive Measurement of Zoom Performance in Production Networks” (ACM IMC 2022), and behaviour of the Zoom client",
  category: "voice-video",
  attributes: [ZOOM_MEDIA],
  malformed: [],
  recognises:
    "From or to UDP port 8801 … 8810: two messages that agree, of a session's opening, of a round trip's measurement, or of one source of media.",
  omits: "Media between two participants without a router, which use other ports, and everything encrypted.",
  weak: true,
  datagram: {
    // Of Zoom's multimedia routers.
    ports: [8801, 8802, 8803, 8804, 8805, 8806, 8807, 8808, 8809, 8810],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const type = u8(octets, offset);
      let outcome: Outcome = MORE;
      if (type === ENVELOPE) outcome = media(octets, offset, end, flow);
      else if (type === OPEN || type === OPENED) outcome = session(octets, offset, end, type, flow);
      else if (type === PROBE || type === PROBE_ANSWER) outcome = probe(octets, offset, end, type, flow);
      else if (flow.stage !== DECIDED) return NO;
      if (flow.stage === DECIDED) return MATCH;
      if (outcome === MATCH) {
        flow.stage = DECIDED;
        return MATCH;
      }
      flow.stage += 1;
      return flow.stage >= DATAGRAMS_MAX ? NO : outcome;
    },
  },
};

function session(octets: Uint8Array, offset: number, end: number, type: number, flow: FlowContext): Outcome {
  if (end - offset < OPEN_BYTES_MIN || u8(octets, offset + 1) !== 0) return NO;
  return agrees(octets, offset + 3, SESSION_WORDS, type, flow);
}

function probe(octets: Uint8Array, offset: number, end: number, type: number, flow: FlowContext): Outcome {
  if (end - offset < PROBE_BYTES) return NO;
  return agrees(octets, offset + 1, PROBE_WORDS, type, flow);
}

/** `MATCH` where one of the counterparts (1 of 2, 3 of 4) had the `count` words at `start`; they are remembered. */
function agrees(octets: Uint8Array, start: number, count: number, type: number, flow: FlowContext): Outcome {
  const seen = flow.memo(nothingSeen);
  const counterpart = type === OPEN || type === PROBE ? type + 1 : type - 1;
  const own = (type * REMEMBERED + (seen.counts[type]! % REMEMBERED)) * SESSION_WORDS;
  let bits = 0;
  for (let index = 0; index < count; index += 1) {
    const word = u32(octets, start + index * 4);
    seen.words[own + index] = word;
    bits |= word;
  }
  seen.counts[type]! += 1;
  // Zeros agree with everything, and so with nothing.
  if (bits === 0) return MORE;
  for (let entry = 0; entry < Math.min(REMEMBERED, seen.counts[counterpart]!); entry += 1) {
    const other = (counterpart * REMEMBERED + entry) * SESSION_WORDS;
    let index = 0;
    while (index < count && seen.words[other + index] === seen.words[own + index]) index += 1;
    if (index === count) return MATCH;
  }
  return MORE;
}

function media(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < ENVELOPE_BYTES + 1) return MORE;
  const kind = u8(octets, offset + ENVELOPE_BYTES);
  const rtpAt = RTP_AT[kind];
  if (rtpAt === undefined) return MORE;
  const start = offset + ENVELOPE_BYTES + rtpAt;
  if (end - start < RTCP_HEADER_BYTES || u8(octets, start) >>> 6 !== 2) return MORE;
  let source = 0;
  if (MEDIA[kind] === "rtcp") {
    const type = u8(octets, start + 1);
    if (type < RTCP_TYPE_FIRST || type > RTCP_TYPE_LAST) return MORE;
    if ((u16(octets, start + 2) + 1) * 4 > end - start) return MORE;
    source = u32(octets, start + 4);
  } else {
    if (end - start < RTP_HEADER_BYTES) return MORE;
    source = u32(octets, start + 8);
  }
  const seen = flow.memo(nothingSeen);
  const again = seen.source === source;
  seen.source = source;
  if (again || flow.stage === DECIDED) flow.set(ZOOM_MEDIA, MEDIA[kind]!);
  return again ? MATCH : MORE;
}
