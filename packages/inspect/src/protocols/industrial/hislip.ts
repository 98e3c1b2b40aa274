import { Malformed } from "@palisade/base";
import { startsWith, u8, u32, u64 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** What a client asks for at the address: "hislip0". */
export const HISLIP_SUB_ADDRESS = attribute("hislip.sub-address", "text");
/** Vendors' two-letter codes of client and server. */
export const HISLIP_CLIENT = attribute("hislip.client-vendor", "text");
export const HISLIP_SERVER = attribute("hislip.server-vendor", "text");
/** Error codes of errors and fatal errors. */
export const HISLIP_ERROR = attribute("hislip.error", "number", { many: true });

/** The prologue HS is missing, the message type is not defined, or the length is impossible. */
export const HISLIP_HEADER_INVALID = new Malformed("hislip.header-invalid");

const PROLOGUE = "HS";
const HEADER_BYTES = 16;
const INITIALIZE = 0;
const FATAL_ERROR = 2;
const ERROR = 3;
const ASYNC_INITIALIZE_RESPONSE = 18;
const TYPE_MAX = 42;
/** From here on types are the vendors' own. */
const TYPE_VENDOR = 128;
const PAYLOAD_MAX = 0x1_0000_0000;
const SUB_ADDRESS_MAX = 256;

export const hislip: Protocol = {
  name: "hislip",
  title: "High-Speed LAN Instrument Protocol",
  spec: "IVI-6.1, section 2",
  category: "industrial",
  attributes: [HISLIP_SUB_ADDRESS, HISLIP_CLIENT, HISLIP_SERVER, HISLIP_ERROR],
  malformed: [HISLIP_HEADER_INVALID],
  recognises: "A message header: HS, a defined type, and a payload length below 2^32.",
  omits: "Commands to and answers of the instrument.",
  stream: {
    ports: [4880],
    firstOctets: [0x48],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const short = known ? MATCH : MORE;
      const size = end - offset;
      if (!startsWith(octets, offset, end, size < 2 ? PROLOGUE.slice(0, size) : PROLOGUE)) {
        return HISLIP_HEADER_INVALID;
      }
      if (size < HEADER_BYTES) return short;
      const type = u8(octets, offset + 2);
      const payloadBytes = u64(octets, offset + 8);
      if ((type > TYPE_MAX && type < TYPE_VENDOR) || payloadBytes > PAYLOAD_MAX) return HISLIP_HEADER_INVALID;
      if (type === INITIALIZE) {
        if (payloadBytes > SUB_ADDRESS_MAX) return HISLIP_HEADER_INVALID;
        if (size < HEADER_BYTES + payloadBytes) return short;
      }
      flow.stage = 1;
      readMessage(octets, offset, type, payloadBytes, flow);
      flow.consume(HEADER_BYTES + payloadBytes);
      return MATCH;
    },
  },
};

function readMessage(
  octets: Uint8Array,
  offset: number,
  type: number,
  payloadBytes: number,
  flow: FlowContext,
): void {
  const parameter = offset + 4;
  if (type === INITIALIZE) {
    // The parameter is the protocol's version 2 and the vendor 2, the payload the sub-address.
    setVendor(flow, HISLIP_CLIENT, octets, parameter + 2);
    const start = offset + HEADER_BYTES;
    if (payloadBytes > 0) flow.text(HISLIP_SUB_ADDRESS, octets, start, start + payloadBytes);
  } else if (type === ASYNC_INITIALIZE_RESPONSE) {
    setVendor(flow, HISLIP_SERVER, octets, parameter + 2);
  } else if (type === ERROR || type === FATAL_ERROR) {
    flow.set(HISLIP_ERROR, u8(octets, offset + 3));
  }
}

function setVendor(flow: FlowContext, target: typeof HISLIP_CLIENT, octets: Uint8Array, at: number): void {
  if (u32(octets, at - 2) !== 0 && u8(octets, at) >= 0x20 && u8(octets, at + 1) >= 0x20) {
    flow.text(target, octets, at, at + 2);
  }
}
