import { Malformed } from "@palisade/base";
import { u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Message types: "Pd" process data, "Pr" request for it, "Mr" message request, "Mp" reply … */
export const TRDP_TYPE = attribute("trdp.type", "text", { many: true });
/** Communication identifiers: what the data is. */
export const TRDP_COM_ID = attribute("trdp.com-id", "number", { many: true });

/** A protocol version other than 1, or a message type that is not defined. */
export const TRDP_HEADER_INVALID = new Malformed("trdp.header-invalid");
/** A data set that reaches beyond the datagram. */
export const TRDP_LENGTH_INVALID = new Malformed("trdp.length-invalid");

const PROCESS_HEADER_BYTES = 40;
const MESSAGE_HEADER_BYTES = 116;
const PROCESS_DATA_MAX = 1432;
const MESSAGE_DATA_MAX = 65_388;
const PROCESS_TYPES = "Pd Pp Pr Pe";
const MESSAGE_TYPES = "Mn Mr Mp Mq Mc Me";

export const trdp: Protocol = {
  name: "trdp",
  title: "Train Real-time Data Protocol",
  spec: "IEC 61375-2-3, annex A",
  category: "industrial",
  attributes: [TRDP_TYPE, TRDP_COM_ID],
  malformed: [TRDP_HEADER_INVALID, TRDP_LENGTH_INVALID],
  recognises:
    "A header of protocol version 1 with a defined message type, and a data set that fills the datagram up to padding.",
  omits: "Data sets, checksums of headers, and sessions of messages.",
  datagram: {
    ports: [17_224, 17_225],
    dissect(octets, offset, end, flow) {
      if (end - offset < PROCESS_HEADER_BYTES) return TRDP_LENGTH_INVALID;
      const header = headerBytes(octets, offset);
      if (header === 0) return TRDP_HEADER_INVALID;
      const messageEnd = offset + header + padded(u32(octets, offset + 20));
      // Process data may be followed by padding to 64 octets of frame.
      if (messageEnd > end || end - messageEnd > 32) return TRDP_LENGTH_INVALID;
      readMessage(octets, offset, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [17_225],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const short = known ? MATCH : MORE;
      if (end - offset < 8) return short;
      const header = headerBytes(octets, offset);
      if (header !== MESSAGE_HEADER_BYTES) return TRDP_HEADER_INVALID;
      if (end - offset < MESSAGE_HEADER_BYTES) return short;
      const dataBytes = u32(octets, offset + 20);
      if (dataBytes > MESSAGE_DATA_MAX) return TRDP_LENGTH_INVALID;
      flow.stage = 1;
      readMessage(octets, offset, flow);
      flow.consume(header + padded(dataBytes));
      return MATCH;
    },
  },
};

/** Sequence 4, version 2 (its high octet counts), type 2, then what depends on it. 0 where they do not hold. */
function headerBytes(octets: Uint8Array, offset: number): number {
  if (u16(octets, offset + 4) >>> 8 !== 1) return 0;
  const type = u16(octets, offset + 6);
  if (isOneOf(type, PROCESS_TYPES)) {
    return u32(octets, offset + 20) <= PROCESS_DATA_MAX ? PROCESS_HEADER_BYTES : 0;
  }
  return isOneOf(type, MESSAGE_TYPES) ? MESSAGE_HEADER_BYTES : 0;
}

function isOneOf(type: number, names: string): boolean {
  for (let at = 0; at < names.length; at += 3) {
    if (type === ((names.charCodeAt(at) << 8) | names.charCodeAt(at + 1))) return true;
  }
  return false;
}

/** Data sets are filled up to a multiple of four octets. */
function padded(bytes: number): number {
  return Math.ceil(bytes / 4) * 4;
}

function readMessage(octets: Uint8Array, offset: number, flow: FlowContext): void {
  flow.text(TRDP_TYPE, octets, offset + 6, offset + 8);
  flow.set(TRDP_COM_ID, u32(octets, offset + 8));
}
