import { startsWith, u8, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

export const SOURCE_SERVER = attribute("source-engine.server-name", "text");
export const SOURCE_MAP = attribute("source-engine.map", "text");
/** Directory of the game's files: "cstrike", "tf" … */
export const SOURCE_FOLDER = attribute("source-engine.folder", "text");
export const SOURCE_GAME = attribute("source-engine.game", "text");

const SINGLE = 0xffff_ffff;
const INFO_REQUEST = "TSource Engine Query\0";
const INFO_RESPONSE = 0x49;
const CHALLENGE_RESPONSE = 0x41;
const PLAYERS_REQUEST = 0x55;
const RULES_REQUEST = 0x56;
/** Types that are read past once the flow is known: players, rules. */
const OTHER_RESPONSES: readonly number[] = [0x44, 0x45];
const PROTOCOL_SOURCE = 17;
const STRING_MAX = 256;
const STRINGS = [SOURCE_SERVER, SOURCE_MAP, SOURCE_FOLDER, SOURCE_GAME] as const;

export const sourceEngine: Protocol = {
  name: "source-engine",
  title: "Source engine server queries",
  spec: "Valve Developer Community, Server queries (A2S)",
  category: "game",
  attributes: [SOURCE_SERVER, SOURCE_MAP, SOURCE_FOLDER, SOURCE_GAME],
  malformed: [],
  recognises:
    "FFFFFFFF and the request TSource Engine Query, or an answer of type I with protocol 17 and four texts.",
  omits: "Players, rules, answers of several datagrams, and the game itself.",
  datagram: {
    ports: [27_015, 27_016, 27_017],
    firstOctets: [0xff],
    dissect(octets, offset, end, flow) {
      if (end - offset < 5 || u32le(octets, offset) !== SINGLE) return NO;
      const type = u8(octets, offset + 4);
      if (startsWith(octets, offset + 4, end, INFO_REQUEST)) {
        // A challenge of four octets may follow.
        const rest = end - offset - 4 - INFO_REQUEST.length;
        if (rest !== 0 && rest !== 4) return NO;
      } else if (type === INFO_RESPONSE) {
        if (u8(octets, offset + 5) !== PROTOCOL_SOURCE || end - offset < 6) return NO;
        if (!readTexts(octets, offset + 6, end, undefined)) return NO;
        readTexts(octets, offset + 6, end, flow);
      } else if (flow.stage === 0 || !isOther(type)) {
        return NO;
      }
      flow.stage = 1;
      return MATCH;
    },
  },
};

function isOther(type: number): boolean {
  if (type === CHALLENGE_RESPONSE || type === PLAYERS_REQUEST || type === RULES_REQUEST) return true;
  return OTHER_RESPONSES.includes(type);
}

/** Four texts, each ended by a zero octet; at least 11 octets of numbers follow. With a flow, they are told to it. */
function readTexts(octets: Uint8Array, start: number, end: number, flow: FlowContext | undefined): boolean {
  let at = start;
  for (const target of STRINGS) {
    const limit = Math.min(end, at + STRING_MAX);
    let textEnd = at;
    while (textEnd < limit && u8(octets, textEnd) !== 0) textEnd += 1;
    if (textEnd >= limit) return false;
    if (flow !== undefined && textEnd > at) flow.text(target, octets, at, textEnd);
    at = textEnd + 1;
  }
  return end - at >= 11;
}
