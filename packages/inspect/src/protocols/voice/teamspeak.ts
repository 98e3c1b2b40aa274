import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** When the client was built: seconds since 2010, as it says itself. */
export const TEAMSPEAK_BUILD = attribute("teamspeak.build", "number");

/** A handshake packet whose fixed identifier or flags are others, or that is too short. */
export const TEAMSPEAK_INIT_MALFORMED = new Malformed("teamspeak.init-malformed");

const MAGIC = "TS3INIT1";
/** Packet identifier of all handshake packets. */
const INIT_PACKET = 0x0065;
/** Unencrypted, type 8 (Init1). */
const INIT_FLAGS = 0x88;
const CLIENT_HEADER_BYTES = 13;
const SERVER_HEADER_BYTES = 11;
/** Servers announce themselves to a list of servers on this port. */
const LIST_PORT = 2010;
const LIST_ASK = 1;
const LIST_ANNOUNCE = 2;

/** What the list of servers gave as a challenge; -1 until seen. */
interface Announcement {
  sequence: number;
  challenge: number;
}

function noAnnouncement(): Announcement {
  return { sequence: -1, challenge: -1 };
}

export const teamspeak: Protocol = {
  name: "teamspeak",
  title: "TeamSpeak 3",
  spec: "TeamSpeak 3 client and server behaviour: the handshake that begins with TS3INIT1, announcements to port 2010",
  category: "voice-video",
  attributes: [TEAMSPEAK_BUILD],
  malformed: [TEAMSPEAK_INIT_MALFORMED],
  recognises:
    "The word TS3INIT1 with the handshake's fixed identifier; on port 2010 a question, its challenge and the challenge sent back.",
  omits: "Commands and voice, which are encrypted, and file transfers.",
  datagram: {
    ports: [9987, LIST_PORT],
    firstOctets: [0x54, 0x01],
    dissect(octets, offset, end, flow) {
      if (!startsWith(octets, offset, end, MAGIC)) {
        if (flow.stage !== 0) return MATCH;
        if (flow.sourcePort !== LIST_PORT && flow.destinationPort !== LIST_PORT) return NO;
        return list(octets, offset, end, flow);
      }
      const length = end - offset;
      if (length < SERVER_HEADER_BYTES || u16(octets, offset + 8) !== INIT_PACKET)
        return TEAMSPEAK_INIT_MALFORMED;
      // A client's header has its own identifier, 0 so far, before the flags.
      const fromServer = u8(octets, offset + 10) === INIT_FLAGS;
      if (!fromServer) {
        if (length < CLIENT_HEADER_BYTES + 5 || u8(octets, offset + 12) !== INIT_FLAGS)
          return TEAMSPEAK_INIT_MALFORMED;
        flow.set(TEAMSPEAK_BUILD, u32(octets, offset + CLIENT_HEADER_BYTES));
      }
      flow.stage = 1;
      return MATCH;
    },
  },
};

/** `01 sequence 01` is answered with a challenge; `01 sequence+1 02 challenge …` gives it back. */
function list(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < 4 || u8(octets, offset) !== 1) return NO;
  const announcement = flow.memo(noAnnouncement);
  const sequence = u16(octets, offset + 1);
  const kind = u8(octets, offset + 3);
  if (flow.destinationPort === LIST_PORT && kind === LIST_ASK && end - offset === 4) {
    announcement.sequence = sequence;
    return MORE;
  }
  if (flow.sourcePort === LIST_PORT && kind === LIST_ASK && end - offset === 8) {
    if (sequence !== announcement.sequence) return NO;
    announcement.challenge = u32(octets, offset + 4);
    return MORE;
  }
  if (kind !== LIST_ANNOUNCE || end - offset < 8 || announcement.challenge < 0) return NO;
  if (u32(octets, offset + 4) !== announcement.challenge) return NO;
  flow.stage = 1;
  return MATCH;
}
