import { indexOfOctet, startsWith, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Connectionless commands seen: "getstatus", "statusResponse". */
export const QUAKE_COMMAND = attribute("quake.command", "text", { many: true });
export const QUAKE_SERVER_NAME = attribute("quake.server-name", "text");
export const QUAKE_MAP = attribute("quake.map", "text");

const CONNECTIONLESS = 0xffff_ffff;
const BACKSLASH = 0x5c;
/**
 * Commands that id Tech 3 has and its relatives took over; those that GoldSrc and Source use as well (connect,
 * getchallenge, print, rcon) prove nothing.
 */
const COMMANDS: readonly string[] = [
  "getstatus",
  "getinfo",
  "statusResponse",
  "infoResponse",
  "challengeResponse",
  "connectResponse",
  "getserversResponse",
  "getserversExtResponse",
  "getserversExt",
  "getservers",
];

export const quake: Protocol = {
  name: "quake",
  title: "Quake III Arena network protocol",
  spec: "id Software, Quake III Arena source (code/server/sv_main.c, code/client/cl_main.c): connectionless packets",
  category: "game",
  attributes: [QUAKE_COMMAND, QUAKE_SERVER_NAME, QUAKE_MAP],
  malformed: [],
  recognises:
    "Four octets of ones and a connectionless command that this family of engines alone has, as a whole word.",
  omits: "The game itself, whose packets have no structure of their own in clear.",
  datagram: {
    ports: [27960, 27950, 28960],
    firstOctets: [0xff],
    dissect(octets, offset, end, flow) {
      if (end - offset < 11 || u32(octets, offset) !== CONNECTIONLESS) return NO;
      const start = offset + 4;
      const first = u8(octets, start);
      for (const command of COMMANDS) {
        if (command.charCodeAt(0) !== first || !startsWith(octets, start, end, command)) continue;
        const stop = start + command.length;
        if (stop < end && !endsWord(u8(octets, stop))) continue;
        flow.set(QUAKE_COMMAND, command);
        if (flow.wants(QUAKE_SERVER_NAME) || flow.wants(QUAKE_MAP)) information(octets, stop, end, flow);
        return MATCH;
      }
      return NO;
    },
  },
};

/** Blank, line end, the start of an information string or of a list of servers, or the text's end. */
function endsWord(octet: number): boolean {
  return octet <= 0x20 || octet === BACKSLASH || octet === 0x2f;
}

/** The information string `\key\value\key\value` after a response's line end. */
function information(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let key = indexOfOctet(octets, BACKSLASH, start, end);
  while (key >= 0) {
    const value = indexOfOctet(octets, BACKSLASH, key + 1, end);
    if (value < 0) return;
    let valueEnd = value + 1;
    while (valueEnd < end && u8(octets, valueEnd) !== BACKSLASH && u8(octets, valueEnd) !== 0x0a)
      valueEnd += 1;
    if (isKey(octets, key + 1, value, "hostname") || isKey(octets, key + 1, value, "sv_hostname")) {
      flow.text(QUAKE_SERVER_NAME, octets, value + 1, valueEnd);
    } else if (isKey(octets, key + 1, value, "mapname")) {
      flow.text(QUAKE_MAP, octets, value + 1, valueEnd);
    }
    key = valueEnd < end && u8(octets, valueEnd) === BACKSLASH ? valueEnd : -1;
  }
}

function isKey(octets: Uint8Array, start: number, end: number, key: string): boolean {
  return end - start === key.length && startsWith(octets, start, end, key);
}
