import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

export const RTP_PAYLOAD_TYPE = attribute("rtp.payload-type", "number", { many: true });
/** Name of a static payload type (RFC 3551 §6): `PCMU`, `H261`. Dynamic ones are named by signalling only. */
export const RTP_PAYLOAD_NAME = attribute("rtp.payload-name", "text", { many: true });
export const RTP_SSRC = attribute("rtp.ssrc", "hex", { many: true });

/** Contributing sources or a header extension that reach beyond the packet (RFC 3550 §5.1, §5.3.1). */
export const RTP_HEADER_TRUNCATED = new Malformed("rtp.header-truncated");
/** A count of padding octets of zero, or more than there is payload (RFC 3550 §5.1). */
export const RTP_PADDING_IMPOSSIBLE = new Malformed("rtp.padding-impossible");

export const RTP_HEADER_BYTES = 12;
const FIRST_OCTETS = Array.from({ length: 0x40 }, (_, index) => 0x80 + index);

/** Static payload types, RFC 3551 §6 tables 4 and 5; an empty name is a type that was never given out. */
const STATIC_NAMES: readonly string[] = [
  ...["PCMU", "", "", "GSM", "G723", "DVI4", "DVI4", "LPC", "PCMA", "G722", "L16", "L16", "QCELP", "CN"],
  ...["MPA", "G728", "DVI4", "DVI4", "G729", "", "", "", "", "", "", "CelB", "JPEG", "", "nv", "", ""],
  ...["H261", "MPV", "MP2T", "H263"],
];
const DYNAMIC_FIRST = 96;
/** With the marker bit these payload types are the packet types 192 … 223 of RTCP (RFC 5761 §4). */
const RTCP_FIRST = 64;
const RTCP_LAST = 95;

/** How far the sequence number may grow between two packets that are seen one after the other. */
const SEQUENCE_STEP_MAX = 32;
/** How far timestamps of neighbours may lie apart: three minutes at 90 kHz. */
const TIMESTAMP_STEP_MAX = 0x100_0000;
/** Packets without a verdict after which it is none. */
const PACKETS_MAX = 8;

/** The last packet of each direction. */
interface Last {
  readonly ssrc: Float64Array;
  readonly timestamp: Float64Array;
  readonly sequence: Int32Array;
  readonly type: Int32Array;
}

function noPackets(): Last {
  return {
    ssrc: new Float64Array(2).fill(-1),
    timestamp: new Float64Array(2),
    sequence: new Int32Array(2),
    type: new Int32Array(2),
  };
}

/** `flow.stage` once the verdict has fallen. */
const DECIDED = -1;

export const rtp: Protocol = {
  name: "rtp",
  title: "Real-time Transport Protocol",
  spec: "RFC 3550, RFC 3551 (payload types), RFC 5761 (beside RTCP)",
  category: "voice-video",
  attributes: [RTP_PAYLOAD_TYPE, RTP_PAYLOAD_NAME, RTP_SSRC],
  malformed: [RTP_HEADER_TRUNCATED, RTP_PADDING_IMPOSSIBLE],
  recognises:
    "Two packets of one direction with version 2, the same source and payload type, and a sequence number that grows.",
  omits: "Payloads, header extensions, RTP over TCP, and the keys and tags of SRTP.",
  weak: true,
  datagram: {
    ports: [5004],
    firstOctets: FIRST_OCTETS,
    dissect(octets, offset, end, flow) {
      if (end - offset <= RTP_HEADER_BYTES) return NO;
      const first = u8(octets, offset);
      if (first >>> 6 !== 2) return NO;
      const type = u8(octets, offset + 1) & 0x7f;
      if (type >= RTCP_FIRST && type <= RTCP_LAST) return flow.stage === DECIDED ? MATCH : MORE;
      if (type < DYNAMIC_FIRST && (STATIC_NAMES[type] ?? "") === "") return NO;
      const wrong = structure(octets, offset, end, first);
      if (wrong !== MATCH) return wrong;
      if (flow.stage === DECIDED) {
        describe(octets, offset, type, flow);
        return MATCH;
      }
      return compare(octets, offset, type, flow);
    },
  },
};

function structure(octets: Uint8Array, offset: number, end: number, first: number): Outcome {
  let payload = offset + RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (payload + 4 > end) return RTP_HEADER_TRUNCATED;
    payload += 4 + 4 * u16(octets, payload + 2);
  }
  if (payload > end) return RTP_HEADER_TRUNCATED;
  if ((first & 0x20) !== 0) {
    const padding = u8(octets, end - 1);
    if (padding === 0 || padding > end - payload) return RTP_PADDING_IMPOSSIBLE;
  }
  return MATCH;
}

/** Whether the packet follows the last one of its direction. */
function compare(octets: Uint8Array, offset: number, type: number, flow: FlowContext): Outcome {
  const last = flow.memo(noPackets);
  const direction = flow.direction;
  const sequence = u16(octets, offset + 2);
  const timestamp = u32(octets, offset + 4);
  const ssrc = u32(octets, offset + 8);
  if (ssrc === last.ssrc[direction] && type === last.type[direction]) {
    const step = (sequence - last.sequence[direction]!) & 0xffff;
    const ticks = Math.abs((timestamp - last.timestamp[direction]!) | 0);
    if (step >= 1 && step <= SEQUENCE_STEP_MAX && ticks <= TIMESTAMP_STEP_MAX) {
      flow.stage = DECIDED;
      describe(octets, offset, type, flow);
      return MATCH;
    }
  }
  last.ssrc[direction] = ssrc;
  last.type[direction] = type;
  last.sequence[direction] = sequence;
  last.timestamp[direction] = timestamp;
  flow.stage += 1;
  return flow.stage >= PACKETS_MAX ? NO : MORE;
}

function describe(octets: Uint8Array, offset: number, type: number, flow: FlowContext): void {
  flow.set(RTP_PAYLOAD_TYPE, type);
  const name = STATIC_NAMES[type] ?? "";
  if (name !== "") flow.set(RTP_PAYLOAD_NAME, name);
  flow.hex(RTP_SSRC, octets, offset + 8, offset + 12);
}
