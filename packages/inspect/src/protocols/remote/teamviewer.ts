import { Malformed } from "@palisade/base";
import { u8, u16, u16le, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";

/** Form of the header: 1 (five octets) or 2 (24 octets). */
export const TEAMVIEWER_HEADER = attribute("teamviewer.header", "number");

/** A packet without the magic of either form. */
export const TEAMVIEWER_MAGIC_INVALID = new Malformed("teamviewer.magic-invalid");

const PORT = 5938;
const MAGIC_1 = 0x1724;
const MAGIC_2 = 0x1130;
const HEADER_1_OCTETS = 5;
const HEADER_2_OCTETS = 24;
/** The first packet of a connection is waited for up to this length. */
const FIRST_OCTETS_MAX = 4_096;
const PACKET_OCTETS_MAX = 0x10_0000;
const COMMAND_MIN = 0x0a;
const COMMAND_MAX = 0x80;
const RECOGNISED = 1;

export const teamviewer: Protocol = {
  name: "teamviewer",
  title: "TeamViewer",
  spec: "TeamViewer's own protocol, unpublished: as observed of its clients on port 5938",
  category: "remote-access",
  attributes: [TEAMVIEWER_HEADER],
  malformed: [TEAMVIEWER_MAGIC_INVALID],
  recognises:
    "A packet with one of the two magic numbers, a command and a length, and a second one behind it, or alone on port 5938.",
  omits: "Its UDP form, and the contents of packets, which are encrypted.",
  stream: {
    ports: [PORT],
    firstOctets: [0x17, 0x11],
    dissect(octets, offset, end, flow): Outcome {
      const length = packetOctets(octets, offset, end);
      if (flow.stage === RECOGNISED) {
        if (length < 0) return TEAMVIEWER_MAGIC_INVALID;
        if (length > 0) flow.consume(length);
        return MATCH;
      }
      if (length <= 0) return length < 0 ? NO : MORE;
      if (length > FIRST_OCTETS_MAX) return NO;
      if (end - offset < length) return MORE;
      // The magic is short: away from the port, a second packet has to follow.
      if (flow.sourcePort !== PORT && flow.destinationPort !== PORT) {
        const next = offset + length;
        if (next === end) return MORE;
        const second = packetOctets(octets, next, end);
        if (second <= 0) return second < 0 ? NO : MORE;
      }
      flow.stage = RECOGNISED;
      flow.set(TEAMVIEWER_HEADER, u16(octets, offset) === MAGIC_1 ? 1 : 2);
      flow.consume(length);
      return MATCH;
    },
  },
};

function isMagic(magic: number): boolean {
  return magic === MAGIC_1 || magic === MAGIC_2;
}

/** Length of the packet at hand; 0 where its header is not whole, -1 where it is none. */
function packetOctets(octets: Uint8Array, offset: number, end: number): number {
  if (end - offset < 2) return u8(octets, offset) === 0x17 || u8(octets, offset) === 0x11 ? 0 : -1;
  const magic = u16(octets, offset);
  if (!isMagic(magic)) return -1;
  if (end - offset < 8) return 0;
  const command = u8(octets, offset + 2);
  if (command < COMMAND_MIN || command > COMMAND_MAX) return -1;
  if (magic === MAGIC_1) return HEADER_1_OCTETS + u16le(octets, offset + 3);
  if (u8(octets, offset + 3) !== 0) return -1;
  const length = HEADER_2_OCTETS + u32le(octets, offset + 4);
  return length > PACKET_OCTETS_MAX ? -1 : length;
}
