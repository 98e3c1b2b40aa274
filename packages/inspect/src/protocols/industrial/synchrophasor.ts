import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Frame types: 0 data, 1 header, 2 and 3 configuration, 4 command, 5 configuration 3. */
export const SYNCHROPHASOR_FRAME = attribute("synchrophasor.frame", "number", { many: true });
/** Identification codes of the streams. */
export const SYNCHROPHASOR_ID = attribute("synchrophasor.id-code", "number", { many: true });
/** Commands: 1 stop, 2 start, 3 send header, 4 and 5 send configuration. */
export const SYNCHROPHASOR_COMMAND = attribute("synchrophasor.command", "number", { many: true });

/** A synchronization word, frame type or size that is not defined. */
export const SYNCHROPHASOR_HEADER_INVALID = new Malformed("synchrophasor.header-invalid");
/** The checksum is wrong. */
export const SYNCHROPHASOR_CHECKSUM_WRONG = new Malformed("synchrophasor.checksum-wrong");

const SYNC = 0xaa;
/** SYNC 2, size 2, identification 2, second 4, fraction 4; then data, and a checksum of 2. */
const HEADER_BYTES = 14;
const CHECKSUM_BYTES = 2;
const FRAME_MAX = 8192;
const TYPE_MAX = 5;
const COMMAND = 4;

export const synchrophasor: Protocol = {
  name: "synchrophasor",
  title: "IEEE C37.118 synchrophasors",
  spec: "IEEE C37.118.2-2011 §6.2",
  category: "industrial",
  attributes: [SYNCHROPHASOR_FRAME, SYNCHROPHASOR_ID, SYNCHROPHASOR_COMMAND],
  malformed: [SYNCHROPHASOR_HEADER_INVALID, SYNCHROPHASOR_CHECKSUM_WRONG],
  recognises: "A frame that begins with AA and a defined type, and whose checksum is right.",
  omits: "Configurations and phasors.",
  datagram: {
    ports: [4713],
    firstOctets: [SYNC],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES + CHECKSUM_BYTES || !headerValid(octets, offset)) {
        return SYNCHROPHASOR_HEADER_INVALID;
      }
      const frameEnd = offset + u16(octets, offset + 2);
      if (frameEnd !== end) return SYNCHROPHASOR_HEADER_INVALID;
      if (!checksumRight(octets, offset, end)) return SYNCHROPHASOR_CHECKSUM_WRONG;
      readFrame(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [4712],
    firstOctets: [SYNC],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 1 ? MATCH : MORE;
      if (u8(octets, offset) !== SYNC) return SYNCHROPHASOR_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return short;
      if (!headerValid(octets, offset)) return SYNCHROPHASOR_HEADER_INVALID;
      const frameEnd = offset + u16(octets, offset + 2);
      if (end < frameEnd) return short;
      if (!checksumRight(octets, offset, frameEnd)) return SYNCHROPHASOR_CHECKSUM_WRONG;
      flow.stage = 1;
      readFrame(octets, offset, frameEnd, flow);
      flow.consume(frameEnd - offset);
      return MATCH;
    },
  },
};

/** The second octet: bit 7 reserved, three bits of type, four of version 1 or 2. */
function headerValid(octets: Uint8Array, offset: number): boolean {
  const word = u8(octets, offset + 1);
  const size = u16(octets, offset + 2);
  if (u8(octets, offset) !== SYNC || word >>> 4 > TYPE_MAX || (word & 0xf) < 1 || (word & 0xf) > 2)
    return false;
  return size >= HEADER_BYTES + CHECKSUM_BYTES && size <= FRAME_MAX;
}

/** CRC-CCITT, annex B: polynomial 0x1021, begun with all ones, high bit first. Of `octets[start … end)`. */
export function synchrophasorChecksum(octets: Uint8Array, start: number, end: number): number {
  let remainder = 0xffff;
  for (let at = start; at < end; at += 1) {
    remainder ^= u8(octets, at) << 8;
    for (let bit = 0; bit < 8; bit += 1) {
      remainder =
        (remainder & 0x8000) !== 0 ? ((remainder << 1) ^ 0x1021) & 0xffff : (remainder << 1) & 0xffff;
    }
  }
  return remainder;
}

function checksumRight(octets: Uint8Array, offset: number, end: number): boolean {
  return synchrophasorChecksum(octets, offset, end - CHECKSUM_BYTES) === u16(octets, end - CHECKSUM_BYTES);
}

function readFrame(octets: Uint8Array, offset: number, end: number, flow: FlowContext): void {
  const type = u8(octets, offset + 1) >>> 4;
  flow.set(SYNCHROPHASOR_FRAME, type);
  flow.set(SYNCHROPHASOR_ID, u16(octets, offset + 4));
  if (type === COMMAND && end - offset >= HEADER_BYTES + 2 + CHECKSUM_BYTES) {
    flow.set(SYNCHROPHASOR_COMMAND, u16(octets, offset + HEADER_BYTES));
  }
}
