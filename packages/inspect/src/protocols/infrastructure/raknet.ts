import { indexOfOctet, startsWith, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Number of RakNet's protocol in an open connection request. */
export const RAKNET_VERSION = attribute("raknet.protocol-version", "number");
/** What a server says of itself in a pong: Minecraft gives edition, name, version, players … with semicolons between. */
export const RAKNET_ANNOUNCEMENT = attribute("raknet.announcement", "text");

/** OFFLINE_MESSAGE_DATA_ID: marks messages outside connections. */
const OFFLINE = "\0\xff\xff\0\xfe\xfe\xfe\xfe\xfd\xfd\xfd\xfd\x12\x34\x56\x78";
/** Octets before the mark: a type, or a type and what some messages have; a relay's header comes on top. */
const BEFORE_MAX = 64;
const OPEN_CONNECTION_REQUEST = 0x05;
const UNCONNECTED_PONG = 0x1c;
/** Type 1, time 8, the server's number 8. */
const PONG_MARK_AT = 17;

export const raknet: Protocol = {
  name: "raknet",
  title: "RakNet",
  spec: "RakNet 4.081 sources (RakPeer.cpp, MessageIdentifiers.h)",
  category: "game",
  attributes: [RAKNET_VERSION, RAKNET_ANNOUNCEMENT],
  malformed: [],
  recognises: "The sixteen octets that mark messages outside connections, among the first of a datagram.",
  omits: "Connections whose start was not seen, and all that is said inside them.",
  datagram: {
    ports: [19_132, 19_133],
    dissect(octets, offset, end, flow) {
      const mark = findMark(octets, offset, end);
      if (mark >= 0) {
        readOffline(octets, offset, mark, end, flow);
        flow.stage = 1;
        return MATCH;
      }
      return flow.stage === 1 ? MATCH : NO;
    },
  },
};

/** Index of the mark among the first octets, or -1. It holds one run of 0xFF that is looked for first. */
function findMark(octets: Uint8Array, offset: number, end: number): number {
  const limit = Math.min(end, offset + BEFORE_MAX + OFFLINE.length);
  let at = offset + 1;
  for (;;) {
    at = indexOfOctet(octets, 0, at, limit);
    if (at < 0) return -1;
    if (startsWith(octets, at, limit, OFFLINE)) return at;
    at += 1;
  }
}

function readOffline(octets: Uint8Array, offset: number, mark: number, end: number, flow: FlowContext): void {
  const after = mark + OFFLINE.length;
  const type = u8(octets, offset);
  if (mark === offset + 1 && type === OPEN_CONNECTION_REQUEST && after < end) {
    flow.set(RAKNET_VERSION, u8(octets, after));
  } else if (mark === offset + PONG_MARK_AT && type === UNCONNECTED_PONG && after + 2 <= end) {
    const textEnd = after + 2 + u16(octets, after);
    if (textEnd <= end && textEnd > after + 2) flow.text(RAKNET_ANNOUNCEMENT, octets, after + 2, textEnd);
  }
}
