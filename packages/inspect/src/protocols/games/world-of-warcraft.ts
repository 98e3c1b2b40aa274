import { startsWith, u8, u16le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Version and build of the client: "3.3.5.12340". */
export const WORLD_OF_WARCRAFT_CLIENT_VERSION = attribute("world-of-warcraft.client-version", "text");
/** Account that logs in. */
export const WORLD_OF_WARCRAFT_USER = attribute("world-of-warcraft.user", "text");

/** The first line of either end of a world connection, since version 4.0 behind its length of sixteen bits. */
const BANNER = "WORLD OF WARCRAFT CONNECTION - ";
const BANNER_ENDS: readonly string[] = ["SERVER TO CLIENT", "CLIENT TO SERVER"];
const BANNER_BYTES = BANNER.length + 16;
/** With the zero at its end. */
const BANNER_LENGTH = BANNER_BYTES + 1;

/** Logon challenge: command, protocol version, size of the rest, game name, version, build, platform … account name. */
const CHALLENGE = 0;
const GAME_NAME = "WoW\0";
const CHALLENGE_HEADER_BYTES = 4;
const CHALLENGE_BODY_BYTES_MIN = 31;
const CHALLENGE_FIXED_BYTES = 30;
const CHALLENGE_VERSION_MAX = 16;
const USER_BYTES_MAX = 255;

export const worldOfWarcraft: Protocol = {
  name: "world-of-warcraft",
  title: "World of Warcraft",
  spec: "behaviour of the game's clients and servers, as the open documentation of wowdev.wiki and of the TrinityCore and MaNGOS servers describes it",
  category: "game",
  attributes: [WORLD_OF_WARCRAFT_CLIENT_VERSION, WORLD_OF_WARCRAFT_USER],
  malformed: [],
  recognises:
    "The line “WORLD OF WARCRAFT CONNECTION” with its direction, from either end, or a logon challenge whose lengths fit the account name.",
  omits: "Everything after these first messages, which is encrypted; Battle.net logon, which is TLS.",
  stream: {
    ports: [3724, 8085],
    firstOctets: [CHALLENGE, BANNER_LENGTH, 0x57],
    dissect(octets, offset, end, flow) {
      const first = u8(octets, offset);
      if (first === CHALLENGE) return challenge(octets, offset, end, flow);
      if (first === 0x57) return banner(octets, offset, end);
      if (end - offset < 2) return MORE;
      return u16le(octets, offset) === BANNER_LENGTH ? banner(octets, offset + 2, end) : NO;
    },
  },
};

function banner(octets: Uint8Array, start: number, end: number): Outcome {
  const length = Math.min(end - start, BANNER.length);
  if (!startsWith(octets, start, end, BANNER.slice(0, length))) return NO;
  if (end - start < BANNER_BYTES) return MORE;
  return BANNER_ENDS.some((text) => startsWith(octets, start + BANNER.length, end, text)) ? DONE : NO;
}

function challenge(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = end - offset;
  if (length >= 2 && u8(octets, offset + 1) > CHALLENGE_VERSION_MAX) return NO;
  if (length < CHALLENGE_HEADER_BYTES) return MORE;
  const body = offset + CHALLENGE_HEADER_BYTES;
  const bodyBytes = u16le(octets, offset + 2);
  if (bodyBytes < CHALLENGE_BODY_BYTES_MIN || bodyBytes > CHALLENGE_FIXED_BYTES + USER_BYTES_MAX) return NO;
  const name = Math.min(GAME_NAME.length, end - body);
  if (!startsWith(octets, body, end, GAME_NAME.slice(0, name))) return NO;
  if (end - body < bodyBytes) return MORE;
  const userBytes = u8(octets, body + CHALLENGE_FIXED_BYTES - 1);
  if (userBytes + CHALLENGE_FIXED_BYTES !== bodyBytes) return NO;
  if (flow.wants(WORLD_OF_WARCRAFT_CLIENT_VERSION)) {
    const version = `${u8(octets, body + 4)}.${u8(octets, body + 5)}.${u8(octets, body + 6)}`;
    flow.set(WORLD_OF_WARCRAFT_CLIENT_VERSION, `${version}.${u16le(octets, body + 7)}`);
  }
  flow.text(WORLD_OF_WARCRAFT_USER, octets, body + CHALLENGE_FIXED_BYTES, body + bodyBytes);
  return DONE;
}
