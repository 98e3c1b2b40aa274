import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** 200 sender report, 201 receiver report, 202 description, 203 goodbye, 204 application, 205 and 206 feedback, 207 extended. */
export const RTCP_PACKET_TYPE = attribute("rtcp.packet-type", "number", { many: true });
export const RTCP_SSRC = attribute("rtcp.ssrc", "hex", { many: true });
/** Canonical name of a source (RFC 3550 §6.5.1): mostly `user@host`, or random. */
export const RTCP_CNAME = attribute("rtcp.cname", "text", { many: true });
/** Software that made the source (RFC 3550 §6.5.6). */
export const RTCP_TOOL = attribute("rtcp.tool", "text", { many: true });

/** Set where SRTCP hides all but the first header. */
export const RTCP_ENCRYPTED = attribute("rtcp.encrypted", "flag");

/** A packet of the compound that reaches beyond the datagram, or octets left over behind the last one (RFC 3550 §6.1). */
export const RTCP_LENGTH_IMPOSSIBLE = new Malformed("rtcp.length-impossible");
/** A report shorter than the blocks it counts. */
export const RTCP_REPORT_TRUNCATED = new Malformed("rtcp.report-truncated");
/** A description item that reaches beyond its packet. */
export const RTCP_ITEM_TRUNCATED = new Malformed("rtcp.item-truncated");

const HEADER_BYTES = 4;
const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const DESCRIPTION = 202;
const GOODBYE = 203;
const TRANSPORT_FEEDBACK = 205;
const PAYLOAD_FEEDBACK = 206;
const TYPE_FIRST = 192;
const TYPE_LAST = 213;
const REPORT_BLOCK_BYTES = 24;
const SENDER_REPORT_BYTES = 28;
const RECEIVER_REPORT_BYTES = 8;
const FEEDBACK_BYTES = 12;
const ITEM_CNAME = 1;
const ITEM_TOOL = 6;

/** Index with its flag, authentication tag. */
const SRTCP_TRAILER_BYTES = 4 + 10;
/** Encrypted packets of one direction that decide: late enough for STUN, which such flows mostly hold, to decide first. */
const SRTCP_ROW = 4;
const SRTCP_STEP_MAX = 16;
const DECIDED = -1;

/** The last encrypted packet of each direction, and how many before it agreed. */
interface Row {
  readonly source: Float64Array;
  readonly index: Float64Array;
  readonly length: Int32Array;
}

function noRow(): Row {
  return { source: new Float64Array(2).fill(-1), index: new Float64Array(2), length: new Int32Array(2) };
}

export const rtcp: Protocol = {
  name: "rtcp",
  title: "RTP Control Protocol",
  spec: "RFC 3550 §6, RFC 4585 (feedback), RFC 5506 (reduced size), RFC 3711 §3.4 (SRTCP)",
  category: "voice-video",
  attributes: [RTCP_PACKET_TYPE, RTCP_SSRC, RTCP_CNAME, RTCP_TOOL, RTCP_ENCRYPTED],
  malformed: [RTCP_LENGTH_IMPOSSIBLE, RTCP_REPORT_TRUNCATED, RTCP_ITEM_TRUNCATED],
  recognises:
    "A compound that begins with a report or feedback and whose packets' lengths fill the datagram exactly, or four encrypted ones of a source with growing index.",
  omits:
    "Statistics of reports, contents of feedback and extended reports, and what SRTCP encrypts, with tags of 32 bits at all.",
  datagram: {
    ports: [5005],
    firstOctets: Array.from({ length: 0x40 }, (_, index) => 0x80 + index),
    dissect(octets, offset, end, flow) {
      if (end - offset < 8 || u8(octets, offset) >>> 6 !== 2) return NO;
      const type = u8(octets, offset + 1);
      if (
        type !== SENDER_REPORT &&
        type !== RECEIVER_REPORT &&
        type !== TRANSPORT_FEEDBACK &&
        type !== PAYLOAD_FEEDBACK
      ) {
        return NO;
      }
      const outcome = compound(octets, offset, end);
      if (outcome === MATCH) {
        flow.stage = DECIDED;
        return describe(octets, offset, end, flow);
      }
      if (!endsEncrypted(octets, offset, end)) return outcome;
      if (flow.stage !== DECIDED && !growing(octets, offset, end, flow)) return MORE;
      flow.stage = DECIDED;
      flow.set(RTCP_ENCRYPTED, true);
      flow.hex(RTCP_SSRC, octets, offset + 4, offset + 8);
      return MATCH;
    },
  },
};

/** SRTCP leaves the first header in clear and ends with a flag, an index of 31 bits and a tag of 80 (RFC 3711 §3.4). */
function endsEncrypted(octets: Uint8Array, offset: number, end: number): boolean {
  return end - offset >= 8 + SRTCP_TRAILER_BYTES && u8(octets, end - SRTCP_TRAILER_BYTES) >= 0x80;
}

/** Whether the packet continues a row of encrypted ones of its source with growing index that is long enough. */
function growing(octets: Uint8Array, offset: number, end: number, flow: FlowContext): boolean {
  const row = flow.memo(noRow);
  const direction = flow.direction;
  const source = u32(octets, offset + 4);
  const index = u32(octets, end - SRTCP_TRAILER_BYTES);
  const step = index - row.index[direction]!;
  const follows = source === row.source[direction] && step > 0 && step <= SRTCP_STEP_MAX;
  row.length[direction] = follows ? row.length[direction]! + 1 : 1;
  row.source[direction] = source;
  row.index[direction] = index;
  return row.length[direction]! >= SRTCP_ROW;
}

/** Whether versions, types and lengths of all packets hold; padding is the last one's alone (RFC 3550 §6.4.1). */
function compound(octets: Uint8Array, offset: number, end: number): Outcome {
  let at = offset;
  while (at < end) {
    if (end - at < HEADER_BYTES) return RTCP_LENGTH_IMPOSSIBLE;
    const first = u8(octets, at);
    const type = u8(octets, at + 1);
    if (first >>> 6 !== 2 || type < TYPE_FIRST || type > TYPE_LAST) return RTCP_LENGTH_IMPOSSIBLE;
    const length = 4 * (u16(octets, at + 2) + 1);
    const next = at + length;
    if (next > end || ((first & 0x20) !== 0 && next < end)) return RTCP_LENGTH_IMPOSSIBLE;
    if (length < leastBytes(type, first & 0x1f)) return RTCP_REPORT_TRUNCATED;
    at = next;
  }
  return MATCH;
}

function leastBytes(type: number, count: number): number {
  if (type === SENDER_REPORT) return SENDER_REPORT_BYTES + REPORT_BLOCK_BYTES * count;
  if (type === RECEIVER_REPORT) return RECEIVER_REPORT_BYTES + REPORT_BLOCK_BYTES * count;
  if (type === GOODBYE) return HEADER_BYTES + 4 * count;
  if (type === TRANSPORT_FEEDBACK || type === PAYLOAD_FEEDBACK) return FEEDBACK_BYTES;
  return HEADER_BYTES;
}

function describe(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  let at = offset;
  let outcome: Outcome = MATCH;
  flow.hex(RTCP_SSRC, octets, offset + 4, offset + 8);
  while (at < end) {
    const next = at + 4 * (u16(octets, at + 2) + 1);
    const type = u8(octets, at + 1);
    flow.set(RTCP_PACKET_TYPE, type);
    if (type === DESCRIPTION) outcome = description(octets, at, next, flow);
    if (outcome !== MATCH) return outcome;
    at = next;
  }
  return outcome;
}

/** Chunks of a source and its items, each chunk ended by a zero octet and filled to 32 bits (RFC 3550 §6.5). */
function description(octets: Uint8Array, start: number, end: number, flow: FlowContext): Outcome {
  let at = start + HEADER_BYTES;
  for (let chunk = u8(octets, start) & 0x1f; chunk > 0 && at + 4 < end; chunk -= 1) {
    at += 4;
    while (at < end && octets[at] !== 0) {
      if (at + 2 > end) return RTCP_ITEM_TRUNCATED;
      const type = u8(octets, at);
      const next = at + 2 + u8(octets, at + 1);
      if (next > end) return RTCP_ITEM_TRUNCATED;
      if (type === ITEM_CNAME) flow.text(RTCP_CNAME, octets, at + 2, next);
      else if (type === ITEM_TOOL) flow.text(RTCP_TOOL, octets, at + 2, next);
      at = next;
    }
    // At least one zero octet, up to the next 32-bit boundary of the packet.
    at = start + ((at - start + 4) & ~3);
  }
  return MATCH;
}
