import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Payload types: 0x8001 message in EXI, 0x9000 search for a charging station's controller, 0x9001 its answer … */
export const V2GTP_TYPE = attribute("v2gtp.payload-type", "number", { many: true });

/** Another version, a payload type that is not defined, or a length that it cannot have. */
export const V2GTP_HEADER_INVALID = new Malformed("v2gtp.header-invalid");

export const V2GTP_UNPROTECTED: FindingKind = {
  name: "v2gtp.unprotected",
  severity: "low",
  title: "A charging station offers to speak with vehicles without TLS",
};

const HEADER_BYTES = 8;
const VERSION = 0x01;
const VERSION_INVERSE = 0xfe;
const EXI_FIRST = 0x8001;
const EXI_LAST = 0x8006;
const SEARCH_REQUEST = 0x9000;
const SEARCH_RESPONSE = 0x9001;
const SEARCH_REQUEST_BYTES = 2;
/** Address 16, port 2, security 1, transport 1. */
const SEARCH_RESPONSE_BYTES = 20;
const NO_SECURITY = 0x10;
const PAYLOAD_BYTES_MAX = 65_535;

export const v2gtp: Protocol = {
  name: "v2gtp",
  title: "Vehicle to Grid Transfer Protocol",
  spec: "ISO 15118-2 §7.8, §7.10.1; ISO 15118-20",
  category: "industrial",
  attributes: [V2GTP_TYPE],
  malformed: [V2GTP_HEADER_INVALID],
  findings: [V2GTP_UNPROTECTED],
  recognises: "The version 01 FE, and a defined payload type whose length is possible.",
  omits: "Messages, which are compressed XML, and those inside TLS.",
  datagram: {
    ports: [15_118],
    firstOctets: [VERSION],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES || !headerValid(octets, offset)) return V2GTP_HEADER_INVALID;
      if (u32(octets, offset + 4) !== end - offset - HEADER_BYTES) return V2GTP_HEADER_INVALID;
      const type = u16(octets, offset + 2);
      flow.set(V2GTP_TYPE, type);
      if (type === SEARCH_RESPONSE && u8(octets, offset + HEADER_BYTES + 18) === NO_SECURITY) {
        flow.report(V2GTP_UNPROTECTED);
      }
      return MATCH;
    },
  },
  stream: {
    ports: [],
    firstOctets: [VERSION],
    dissect(octets, offset, end, flow) {
      if (end - offset >= 2 && u8(octets, offset + 1) !== VERSION_INVERSE) return V2GTP_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return flow.stage === 1 ? MATCH : MORE;
      if (!headerValid(octets, offset)) return V2GTP_HEADER_INVALID;
      return readStream(octets, offset, flow);
    },
  },
};

function headerValid(octets: Uint8Array, offset: number): boolean {
  if (u8(octets, offset) !== VERSION || u8(octets, offset + 1) !== VERSION_INVERSE) return false;
  const type = u16(octets, offset + 2);
  const length = u32(octets, offset + 4);
  if (type === SEARCH_REQUEST) return length === SEARCH_REQUEST_BYTES;
  if (type === SEARCH_RESPONSE) return length === SEARCH_RESPONSE_BYTES;
  return type >= EXI_FIRST && type <= EXI_LAST && length >= 1 && length <= PAYLOAD_BYTES_MAX;
}

function readStream(octets: Uint8Array, offset: number, flow: FlowContext): typeof MATCH {
  flow.stage = 1;
  flow.set(V2GTP_TYPE, u16(octets, offset + 2));
  flow.consume(HEADER_BYTES + u32(octets, offset + 4));
  return MATCH;
}
