import { Malformed } from "@palisade/base";
import { u8, u16le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

/** Link addresses of the stations that send: 0 … 65,519, and 65,520 up for special uses. */
export const DNP3_SOURCE = attribute("dnp3.source", "number", { many: true });
export const DNP3_DESTINATION = attribute("dnp3.destination", "number", { many: true });
/** Application function codes: 1 read, 2 write, 3 select, 4 operate, 129 response, 130 unsolicited response … */
export const DNP3_FUNCTION = attribute("dnp3.function", "number", { many: true });

/** The two start octets are not there. */
export const DNP3_START_MISSING = new Malformed("dnp3.start-missing");
/** A length below the five octets that every header counts. */
export const DNP3_LENGTH_INVALID = new Malformed("dnp3.length-invalid");
/** The header's checksum is wrong. */
export const DNP3_CHECKSUM_WRONG = new Malformed("dnp3.checksum-wrong");

const PORT = 20_000;
const START_1 = 0x05;
const START_2 = 0x64;
const HEADER_BYTES = 10;
/** Control 1, destination 2, source 2: what the length counts before user data. */
const LENGTH_MIN = 5;
const BLOCK_BYTES = 16;
const CHECKSUM_BYTES = 2;
const TRANSPORT_FIRST = 0x40;
const FUNCTION_MAX_REQUEST = 0x21;

/** CRC-16/DNP (IEEE 1815 §9.2.4.3.5): polynomial 0x3D65 in reflected form, the result complemented. */
const CRC: Uint16Array = Uint16Array.from({ length: 256 }, (_, octet) => {
  let remainder = octet;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = (remainder & 1) !== 0 ? (remainder >>> 1) ^ 0xa6bc : remainder >>> 1;
  }
  return remainder;
});

/** The checksum of `octets[start … end)`, as it is sent, low octet first. */
export function dnp3Checksum(octets: Uint8Array, start: number, end: number): number {
  let remainder = 0;
  for (let at = start; at < end; at += 1) {
    remainder = (remainder >>> 8) ^ CRC[(remainder ^ u8(octets, at)) & 0xff]!;
  }
  return ~remainder & 0xffff;
}

export const dnp3: Protocol = {
  name: "dnp3",
  title: "Distributed Network Protocol 3",
  spec: "IEEE 1815-2012",
  category: "industrial",
  attributes: [DNP3_SOURCE, DNP3_DESTINATION, DNP3_FUNCTION],
  malformed: [DNP3_START_MISSING, DNP3_LENGTH_INVALID, DNP3_CHECKSUM_WRONG],
  recognises: "A link header that begins with 05 64 and whose checksum is right.",
  omits: "Objects and their values, checksums of data blocks, and secure authentication.",
  datagram: {
    ports: [PORT],
    firstOctets: [START_1],
    dissect(octets, offset, end, flow) {
      const wrong = checkHeader(octets, offset, end);
      if (wrong !== undefined) return wrong;
      if (end - offset < HEADER_BYTES) return NO;
      readFrame(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [PORT],
    firstOctets: [START_1],
    dissect(octets, offset, end, flow) {
      const wrong = checkHeader(octets, offset, end);
      if (wrong !== undefined) return wrong;
      if (end - offset < HEADER_BYTES) return incomplete(flow);
      const frameEnd = offset + frameBytes(u8(octets, offset + 2));
      if (end < frameEnd) return incomplete(flow);
      flow.stage = 1;
      readFrame(octets, offset, frameEnd, flow);
      flow.consume(frameEnd - offset);
      return MATCH;
    },
  },
};

/** What is wrong with the header's octets at hand; undefined where nothing is, though they may be too few. */
function checkHeader(octets: Uint8Array, offset: number, end: number): Outcome | undefined {
  if (u8(octets, offset) !== START_1) return DNP3_START_MISSING;
  if (end - offset >= 2 && u8(octets, offset + 1) !== START_2) return DNP3_START_MISSING;
  if (end - offset >= 3 && u8(octets, offset + 2) < LENGTH_MIN) return DNP3_LENGTH_INVALID;
  if (end - offset < HEADER_BYTES) return undefined;
  const checksumAt = offset + HEADER_BYTES - CHECKSUM_BYTES;
  return dnp3Checksum(octets, offset, checksumAt) === u16le(octets, checksumAt)
    ? undefined
    : DNP3_CHECKSUM_WRONG;
}

/** Octets of a frame: user data come in blocks of 16, each with a checksum (§9.2.4.3). */
function frameBytes(length: number): number {
  const userData = length - LENGTH_MIN;
  return HEADER_BYTES + userData + CHECKSUM_BYTES * Math.ceil(userData / BLOCK_BYTES);
}

/** User data: transport octet; in a message's first segment application control and function code follow. */
function readFrame(octets: Uint8Array, offset: number, end: number, flow: FlowContext): void {
  flow.set(DNP3_DESTINATION, u16le(octets, offset + 4));
  flow.set(DNP3_SOURCE, u16le(octets, offset + 6));
  if (u8(octets, offset + 2) < LENGTH_MIN + 3 || end - offset < HEADER_BYTES + 3) return;
  if ((u8(octets, offset + HEADER_BYTES) & TRANSPORT_FIRST) === 0) return;
  const code = u8(octets, offset + HEADER_BYTES + 2);
  // §4.4.5: requests 0 … 0x21, responses 0x81 … 0x83.
  if (code <= FUNCTION_MAX_REQUEST || (code >= 0x81 && code <= 0x83)) flow.set(DNP3_FUNCTION, code);
}
