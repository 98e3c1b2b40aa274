import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Commands seen: `syn`, `ack`, `auth-request`, `data` … */
export const TENCENT_GAMES_COMMAND = attribute("tencent-games.command", "text", { many: true });
/** Version of the header's format. */
export const TENCENT_GAMES_HEAD_VERSION = attribute("tencent-games.head-version", "number");

// Magic, head version, body version, command (16 bits each), encrypted (8), sequence, head length, body length (32 each).
const MAGIC = 0x3366;
const HEAD_BYTES_MIN = 21;
const HEAD_BYTES_MAX = 4_096;
const BODY_BYTES_MAX = 16_777_216;
const VERSION_MAX = 0xff;
const COMMANDS: ReadonlyMap<number, string> = new Map([
  [0x1001, "syn"],
  [0x1002, "ack"],
  [0x2001, "auth-request"],
  [0x2002, "auth-response"],
  [0x3002, "wait"],
  [0x4013, "data"],
  [0x4023, "transmit"],
  [0x5001, "client-stop"],
  [0x5002, "server-stop"],
  [0x6002, "bingo"],
  [0x7001, "auth-refresh-request"],
  [0x7002, "auth-refresh-notify"],
  [0x8002, "route-change"],
  [0x9001, "heart-beat"],
]);

// `flow.stage` after the verdict.
const KNOWN = 1;

export const tencentGames: Protocol = {
  name: "tencent-games",
  title: "Tencent GCP (game client to TConnd)",
  spec: "Tencent TSF4G, TGCP API: GCP protocol between game clients and TConnd",
  category: "game",
  attributes: [TENCENT_GAMES_COMMAND, TENCENT_GAMES_HEAD_VERSION],
  malformed: [],
  recognises:
    "A packet header with magic 3366, small versions, a known command, and head and body lengths that are possible together.",
  omits: "Bodies, which are encrypted, and what games add to the header.",
  stream: {
    ports: [],
    firstOctets: [MAGIC >>> 8],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length >= 2 && u16(octets, offset) !== MAGIC) return NO;
      if (length >= 3 && u8(octets, offset + 2) !== 0) return NO;
      if (length < HEAD_BYTES_MIN) return flow.stage === KNOWN ? MATCH : MORE;
      return head(octets, offset, flow);
    },
  },
};

function head(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  const version = u16(octets, offset + 2);
  if (version === 0 || version > VERSION_MAX) return NO;
  if (u16(octets, offset + 4) === 0 || u16(octets, offset + 4) > VERSION_MAX) return NO;
  const command = COMMANDS.get(u16(octets, offset + 6));
  if (command === undefined || u8(octets, offset + 8) > 1) return NO;
  const headBytes = u32(octets, offset + 13);
  const bodyBytes = u32(octets, offset + 17);
  if (headBytes < HEAD_BYTES_MIN || headBytes > HEAD_BYTES_MAX || bodyBytes > BODY_BYTES_MAX) return NO;
  // The request to synchronize has no body.
  if (command === "syn" && bodyBytes !== 0) return NO;
  flow.stage = KNOWN;
  flow.set(TENCENT_GAMES_COMMAND, command);
  flow.set(TENCENT_GAMES_HEAD_VERSION, version);
  flow.consume(headBytes + bodyBytes);
  return MATCH;
}
