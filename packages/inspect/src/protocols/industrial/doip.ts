import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Payload types: 1 vehicle identification request, 4 announcement, 5 routing activation, 0x8001 diagnostic message … */
export const DOIP_TYPE = attribute("doip.payload-type", "number", { many: true });
export const DOIP_VIN = attribute("doip.vin", "text");
/** Logical addresses of the entities that announce themselves or are spoken to. */
export const DOIP_ADDRESS = attribute("doip.logical-address", "number", { many: true });
/** Services of Unified Diagnostic Services that are requested or answered: 0x10 session control, 0x22 read data … */
export const DOIP_SERVICE = attribute("doip.service", "number", { many: true });

/** A version without its inverse, a payload type that is not defined, or a length that the type cannot have. */
export const DOIP_HEADER_INVALID = new Malformed("doip.header-invalid");

const HEADER_BYTES = 8;
const PAYLOAD_BYTES_MAX = 0x10_0000;
/** Octets of a payload that are waited for and read; the rest is skipped. */
const READ_MAX = 64;
const VERSIONS: readonly number[] = [0x01, 0x02, 0x03, 0x04, 0xff];
const ANNOUNCEMENT = 0x0004;
const ROUTING_REQUEST = 0x0005;
const DIAGNOSTIC = 0x8001;
const VIN_BYTES = 17;
/** Smallest and largest payload by type. */
const LENGTHS: ReadonlyMap<number, readonly [number, number]> = new Map([
  [0x0000, [1, 1]],
  [0x0001, [0, 0]],
  [0x0002, [6, 6]],
  [0x0003, [VIN_BYTES, VIN_BYTES]],
  [ANNOUNCEMENT, [32, 33]],
  [ROUTING_REQUEST, [7, 11]],
  [0x0006, [9, 13]],
  [0x0007, [0, 0]],
  [0x0008, [2, 2]],
  [0x4001, [0, 0]],
  [0x4002, [3, 7]],
  [0x4003, [0, 0]],
  [0x4004, [1, 1]],
  [DIAGNOSTIC, [5, PAYLOAD_BYTES_MAX]],
  [0x8002, [5, PAYLOAD_BYTES_MAX]],
  [0x8003, [5, PAYLOAD_BYTES_MAX]],
]);

export const doip: Protocol = {
  name: "doip",
  title: "Diagnostics over IP",
  spec: "ISO 13400-2",
  category: "industrial",
  attributes: [DOIP_TYPE, DOIP_VIN, DOIP_ADDRESS, DOIP_SERVICE],
  malformed: [DOIP_HEADER_INVALID],
  recognises: "A version and its inverse, and a defined payload type whose length is possible.",
  omits: "Data of diagnostic services, and DoIP inside TLS.",
  datagram: {
    ports: [13_400],
    firstOctets: VERSIONS,
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES || !headerValid(octets, offset)) return DOIP_HEADER_INVALID;
      if (u32(octets, offset + 4) !== end - offset - HEADER_BYTES) return DOIP_HEADER_INVALID;
      readPayload(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [13_400],
    firstOctets: VERSIONS,
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 1 ? MATCH : MORE;
      if (end - offset >= 2 && (u8(octets, offset) ^ u8(octets, offset + 1)) !== 0xff)
        return DOIP_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return short;
      if (!headerValid(octets, offset)) return DOIP_HEADER_INVALID;
      const length = u32(octets, offset + 4);
      const readEnd = offset + HEADER_BYTES + Math.min(length, READ_MAX);
      if (end < readEnd) return short;
      flow.stage = 1;
      readPayload(octets, offset, readEnd, flow);
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};

function headerValid(octets: Uint8Array, offset: number): boolean {
  const version = u8(octets, offset);
  if (!VERSIONS.includes(version) || (version ^ u8(octets, offset + 1)) !== 0xff) return false;
  const type = u16(octets, offset + 2);
  const bounds = LENGTHS.get(type);
  // Charging stations' V2GTP has 01 FE and 0x8001 up as well: version 1 of 2010 is believed without diagnostics only.
  if (bounds === undefined || (version === 1 && type >= DIAGNOSTIC)) return false;
  const length = u32(octets, offset + 4);
  return length >= bounds[0] && length <= bounds[1];
}

function readPayload(octets: Uint8Array, offset: number, end: number, flow: FlowContext): void {
  const type = u16(octets, offset + 2);
  const body = offset + HEADER_BYTES;
  flow.set(DOIP_TYPE, type);
  if (type === ANNOUNCEMENT) {
    flow.text(DOIP_VIN, octets, body, body + VIN_BYTES);
    flow.set(DOIP_ADDRESS, u16(octets, body + VIN_BYTES));
  } else if (type === ROUTING_REQUEST) {
    flow.set(DOIP_ADDRESS, u16(octets, body));
  } else if (type === DIAGNOSTIC && body + 4 < end) {
    flow.set(DOIP_ADDRESS, u16(octets, body + 2));
    // Positive answers have bit 6 set, negative ones are 7F and the service.
    const service = u8(octets, body + 4);
    if (service !== 0x7f) flow.set(DOIP_SERVICE, service & ~0x40);
  }
}
