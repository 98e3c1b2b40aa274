import { Malformed } from "@palisade/base";
import { startsWith, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

/** `printer` or `scanner`. */
export const BJNP_DEVICE = attribute("bjnp.device", "text", { many: true });
/** 1 discover, 2 start scan, 16 job details, 32 data, 48 identity … */
export const BJNP_COMMAND = attribute("bjnp.command", "number", { many: true });
/** IEEE 1284 identity that the device tells. */
export const BJNP_IDENTITY = attribute("bjnp.identity", "text");

/** A length that runs past the datagram. */
export const BJNP_LENGTH_WRONG = new Malformed("bjnp.length-wrong");
/** A kind of device that does not exist. */
export const BJNP_DEVICE_UNKNOWN = new Malformed("bjnp.device-unknown");

const PORTS: readonly number[] = [8610, 8611, 8612, 8613, 8614];
/** The second and third of Canon's multi-function and newer devices. */
const MAGICS: readonly string[] = ["BJNP", "BJNB", "MFNP"];
const HEADER_BYTES = 16;
const RESPONSE = 0x80;
const DEVICE_PRINTER = 1;
const DEVICE_SCANNER = 2;
const COMMAND_IDENTITY = 0x30;
/** Length of the text in front of it, counting itself. */
const IDENTITY_LENGTH_BYTES = 2;
const IDENTITY_READ_BYTES = 1_024;

export const bjnp: Protocol = {
  name: "bjnp",
  title: "Canon BJNP",
  spec: "Canon's printers and scanners, as SANE's pixma backend and CUPS's bjnp backend speak to them",
  category: "management",
  attributes: [BJNP_DEVICE, BJNP_COMMAND, BJNP_IDENTITY],
  malformed: [BJNP_LENGTH_WRONG, BJNP_DEVICE_UNKNOWN],
  recognises: "One of three magic words, then printer or scanner and a length that fits.",
  omits: "Print and scan data, and the names of users and jobs.",
  datagram: {
    ports: PORTS,
    firstOctets: [0x42, 0x4d],
    dissect(octets, offset, end, flow) {
      const wrong = checkHeader(octets, offset, end);
      if (wrong !== MATCH) return wrong;
      if (u32(octets, offset + 12) > end - offset - HEADER_BYTES) return BJNP_LENGTH_WRONG;
      readHeader(octets, offset, flow);
      readIdentity(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: PORTS,
    firstOctets: [0x42, 0x4d],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES) return couldBeMagic(octets, offset, end) ? incomplete(flow) : NO;
      const wrong = checkHeader(octets, offset, end);
      if (wrong !== MATCH) return wrong;
      const length = u32(octets, offset + 12);
      if (end - offset < HEADER_BYTES + Math.min(length, IDENTITY_READ_BYTES)) return incomplete(flow);
      flow.stage = 1;
      readHeader(octets, offset, flow);
      readIdentity(octets, offset, Math.min(end, offset + HEADER_BYTES + length), flow);
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};

function couldBeMagic(octets: Uint8Array, offset: number, end: number): boolean {
  const length = Math.min(4, end - offset);
  return MAGICS.some((magic) => startsWith(octets, offset, end, magic.slice(0, length)));
}

/** `MATCH` where the header holds, else what is wrong. */
function checkHeader(octets: Uint8Array, offset: number, end: number): Outcome {
  if (!couldBeMagic(octets, offset, end)) return NO;
  if (end - offset < HEADER_BYTES) return BJNP_LENGTH_WRONG;
  const device = u8(octets, offset + 4) & ~RESPONSE;
  return device === DEVICE_PRINTER || device === DEVICE_SCANNER ? MATCH : BJNP_DEVICE_UNKNOWN;
}

function readHeader(octets: Uint8Array, offset: number, flow: FlowContext): void {
  const device = u8(octets, offset + 4) & ~RESPONSE;
  flow.set(BJNP_DEVICE, device === DEVICE_PRINTER ? "printer" : "scanner");
  flow.set(BJNP_COMMAND, u8(octets, offset + 5));
}

function readIdentity(octets: Uint8Array, offset: number, end: number, flow: FlowContext): void {
  const text = offset + HEADER_BYTES + IDENTITY_LENGTH_BYTES;
  const isResponse = (u8(octets, offset + 4) & RESPONSE) !== 0;
  if (!isResponse || u8(octets, offset + 5) !== COMMAND_IDENTITY || text >= end) return;
  flow.text(BJNP_IDENTITY, octets, text, Math.min(end, offset + HEADER_BYTES + u32(octets, offset + 12)));
}
