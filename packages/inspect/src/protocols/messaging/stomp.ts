import { Malformed } from "@palisade/base";
import { lineEnd, startsWith, u8 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { lineStop } from "../text-line.js";

/** Versions that the client accepts, or the one that the server chose. */
export const STOMP_VERSION = attribute("stomp.version", "text", { many: true });
export const STOMP_HOST = attribute("stomp.host", "text");
export const STOMP_LOGIN = attribute("stomp.login", "text");
export const STOMP_SERVER = attribute("stomp.server", "text");

/** After the verdict: a frame whose header line has no colon. */
export const STOMP_HEADER_INVALID = new Malformed("stomp.header-invalid");

export const STOMP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "stomp.cleartext-credentials",
  severity: "medium",
  title: "A STOMP client sends its password in clear text",
};

const FRAME_OCTETS_MAX = 4096;
const COMMANDS = [
  "CONNECT\n",
  "CONNECT\r\n",
  "STOMP\n",
  "STOMP\r\n",
  "CONNECTED\n",
  "CONNECTED\r\n",
] as const;
const HEADERS: readonly (readonly [string, Attribute<"text">])[] = [
  ["accept-version:", STOMP_VERSION],
  ["version:", STOMP_VERSION],
  ["host:", STOMP_HOST],
  ["login:", STOMP_LOGIN],
  ["server:", STOMP_SERVER],
];

export const stomp: Protocol = {
  name: "stomp",
  title: "Simple Text Oriented Messaging Protocol",
  spec: "STOMP 1.0, 1.1, 1.2",
  category: "messaging",
  attributes: [STOMP_VERSION, STOMP_HOST, STOMP_LOGIN, STOMP_SERVER],
  malformed: [STOMP_HEADER_INVALID],
  findings: [STOMP_CLEARTEXT_CREDENTIALS],
  recognises: "A CONNECT, STOMP or CONNECTED frame: headers with a colon, an empty line, a zero octet.",
  omits: "Frames behind the connection's two.",
  stream: {
    ports: [61613],
    firstOctets: [0x43, 0x53],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      const commandEnd = commandAt(octets, offset, end);
      if (commandEnd === 0) return known ? DONE : NO;
      if (commandEnd < 0) return MORE;
      let at = commandEnd;
      const limit = Math.min(end, offset + FRAME_OCTETS_MAX);
      for (;;) {
        const newline = lineEnd(octets, at, limit);
        if (newline < 0) return limit === end && end - offset < FRAME_OCTETS_MAX ? MORE : NO;
        const stop = lineStop(octets, at, newline);
        if (stop === at) {
          at = newline + 1;
          break;
        }
        if (!hasColon(octets, at, stop)) return known ? STOMP_HEADER_INVALID : NO;
        at = newline + 1;
      }
      if (at >= end) return MORE;
      if (u8(octets, at) !== 0) return known ? STOMP_HEADER_INVALID : NO;
      flow.stage |= 1 << flow.direction;
      return readHeaders(flow, octets, offset, commandEnd, at + 1);
    },
  },
};

/** Index behind the command's line; 0 where it is none, -1 where it is not whole. */
function commandAt(octets: Uint8Array, offset: number, end: number): number {
  let partial = false;
  for (const command of COMMANDS) {
    if (startsWith(octets, offset, end, command)) return offset + command.length;
    if (end - offset < command.length && startsWith(octets, offset, end, command.slice(0, end - offset)))
      partial = true;
  }
  return partial ? -1 : 0;
}

function hasColon(octets: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const octet = u8(octets, index);
    if (octet === 0x3a) return index > start;
    if (octet < 0x20) return false;
  }
  return false;
}

function readHeaders(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  start: number,
  end: number,
): Outcome {
  let at = start;
  while (at < end - 1) {
    const newline = lineEnd(octets, at, end);
    if (newline < 0) break;
    const stop = lineStop(octets, at, newline);
    for (const [header, target] of HEADERS) {
      if (startsWith(octets, at, stop, header) && stop > at + header.length) {
        flow.text(target, octets, at + header.length, stop);
      }
    }
    if (startsWith(octets, at, stop, "passcode:")) flow.report(STOMP_CLEARTEXT_CREDENTIALS);
    at = newline + 1;
  }
  if (flow.stage === 3) return DONE;
  flow.consume(end - offset);
  return MATCH;
}
