import { Malformed } from "@palisade/base";
import { u8, u32, u32le } from "@palisade/wire";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";

/** A packet whose first octet, length or checksum is wrong. */
export const RADMIN_PACKET_INVALID = new Malformed("radmin.packet-invalid");

const HEADER_OCTETS = 9;
const PACKET_OCTETS_MAX = 2_048;
/** Handshake packets of a direction whose checksum is checked; data that follow are encrypted. */
const CHECKED_PACKETS = 2;

export const radmin: Protocol = {
  name: "radmin",
  title: "Radmin",
  spec: "Radmin 3's own protocol, unpublished: as observed of its viewer and server on port 4899",
  category: "remote-access",
  attributes: [],
  malformed: [RADMIN_PACKET_INVALID],
  recognises:
    "A packet of 01, its length, a checksum that is the sum of its contents as little-endian words, and the contents.",
  omits: "Everything after the first packets of either side.",
  stream: {
    ports: [4899],
    firstOctets: [1],
    dissect(octets, offset, end, flow): Outcome {
      // Packets read so far: the low half for direction 0, the high for direction 1.
      const shift = flow.direction * 8;
      const isRecognised = flow.stage !== 0;
      if (((flow.stage >>> shift) & 0xff) >= CHECKED_PACKETS) {
        flow.consume(end - offset);
        return MATCH;
      }
      const length = packetOctets(octets, offset, end);
      if (length < 0) return isRecognised ? RADMIN_PACKET_INVALID : NO;
      if (length === 0) return isRecognised ? MATCH : MORE;
      flow.stage += 1 << shift;
      flow.consume(length);
      return MATCH;
    },
  },
};

/** Length of the whole packet at hand; 0 where it may come, -1 where it is none. */
function packetOctets(octets: Uint8Array, offset: number, end: number): number {
  if (u8(octets, offset) !== 1) return -1;
  // Lengths here are small: their high octets tell early.
  for (let index = 1; index <= 2 && offset + index < end; index += 1) {
    if (u8(octets, offset + index) !== 0) return -1;
  }
  if (end - offset < HEADER_OCTETS) return 0;
  const length = u32(octets, offset + 1);
  if (length === 0 || length > PACKET_OCTETS_MAX) return -1;
  if (end - offset < HEADER_OCTETS + length) return 0;
  const checksum = u32(octets, offset + 5);
  return checksum !== 0 && checksum === sum(octets, offset + HEADER_OCTETS, offset + HEADER_OCTETS + length)
    ? HEADER_OCTETS + length
    : -1;
}

/** Sum of little-endian words, the last one filled with zeros. */
function sum(octets: Uint8Array, start: number, end: number): number {
  let total = 0;
  let at = start;
  for (; at + 4 <= end; at += 4) total = (total + u32le(octets, at)) >>> 0;
  for (let shift = 0; at < end; at += 1, shift += 8) total = (total + u8(octets, at) * 2 ** shift) >>> 0;
  return total;
}
