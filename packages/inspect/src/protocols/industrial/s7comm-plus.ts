import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { firstUserData, readTpkt, TPKT_CONTROL, TPKT_DATA, TPKT_SHORT, tpkt } from "./tpkt.js";

/** Versions of the messages: 1 while connecting, 2, 3 with integrity protection. */
export const S7COMM_PLUS_VERSION = attribute("s7comm-plus.version", "number", { many: true });

/** Not a TPKT with data of transport class 0. */
export const S7COMM_PLUS_FRAME_INVALID = new Malformed("s7comm-plus.frame-invalid");

const PROTOCOL_ID = 0x72;
const VERSION_MAX = 3;
const HEADER_BYTES = 4;

export const s7commPlus: Protocol = {
  name: "s7comm-plus",
  title: "Siemens S7 communication plus",
  spec: "RFC 1006; messages of S7-1200 and S7-1500 controllers as published in analyses of TIA Portal traffic",
  category: "industrial",
  attributes: [S7COMM_PLUS_VERSION],
  malformed: [S7COMM_PLUS_FRAME_INVALID],
  recognises:
    "ISO transport data that begins with 72, a version from 1 to 3, and a length that lies inside the packet.",
  omits: "Functions, objects and values, and messages inside TLS.",
  stream: {
    ports: [102],
    firstOctets: [3],
    dissect(octets, offset, end, flow) {
      if (flow.stage === 0) return decide(octets, offset, end, flow);
      const kind = readTpkt(octets, offset, end);
      if (kind === TPKT_SHORT) return MATCH;
      if (kind !== TPKT_DATA && kind !== TPKT_CONTROL) return S7COMM_PLUS_FRAME_INVALID;
      if (kind === TPKT_DATA && tpkt.start + HEADER_BYTES <= tpkt.end) {
        if (end < tpkt.start + HEADER_BYTES) return MATCH;
        const version = u8(octets, tpkt.start + 1);
        if (u8(octets, tpkt.start) === PROTOCOL_ID && version >= 1 && version <= VERSION_MAX) {
          flow.set(S7COMM_PLUS_VERSION, version);
        }
      }
      flow.consume(tpkt.end - offset);
      return MATCH;
    },
  },
};

function decide(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const kind = firstUserData(octets, offset, end);
  if (kind === TPKT_SHORT) return MORE;
  if (kind !== TPKT_DATA) return NO;
  const { start, end: packetEnd } = tpkt;
  const available = Math.min(end, packetEnd) - start;
  if (packetEnd - start < HEADER_BYTES) return NO;
  if (available >= 1 && u8(octets, start) !== PROTOCOL_ID) return NO;
  if (available < HEADER_BYTES) return MORE;
  const version = u8(octets, start + 1);
  const length = u16(octets, start + 2);
  if (version < 1 || version > VERSION_MAX) return NO;
  // A trailer of the header's size follows the last part of a message.
  const rest = packetEnd - start - HEADER_BYTES;
  if (length === 0 || (length !== rest && length !== rest - HEADER_BYTES)) return NO;
  flow.stage = 1;
  flow.set(S7COMM_PLUS_VERSION, version);
  flow.consume(packetEnd - offset);
  return MATCH;
}
