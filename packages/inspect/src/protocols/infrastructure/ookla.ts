import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Version that the server greets with: "2.9". */
export const OOKLA_VERSION = attribute("ookla.server-version", "text");

const GREETING = "HI";
const ANSWER = "HELLO ";
const LINE_MAX = 128;
/** A universally unique identifier as text. */
const CLIENT_ID_BYTES = 36;

// `flow.stage`
const ASKED = 1;
const KNOWN = 2;

export const ookla: Protocol = {
  name: "ookla",
  title: "Ookla Speedtest",
  spec: "Ookla Speedtest server's text protocol (HI, HELLO, PING, DOWNLOAD, UPLOAD) as its clients speak it",
  category: "network",
  attributes: [OOKLA_VERSION],
  malformed: [],
  recognises:
    "A line HI with a client's identifier, or a line HI that is answered by a line HELLO with a version number.",
  omits: "Results, tests inside TLS, and those by HTTP.",
  stream: {
    ports: [8080],
    firstOctets: [0x48],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === KNOWN;
      const lineEnd = indexOfOctet(octets, 0x0a, offset, Math.min(end, offset + LINE_MAX));
      if (startsPartly(octets, offset, end, ANSWER)) {
        if (lineEnd < 0) return end - offset < LINE_MAX ? (known ? MATCH : MORE) : known ? DONE : NO;
        return readAnswer(octets, offset, lineEnd, flow);
      }
      if (known) return flow.direction === 1 ? DONE : MATCH;
      if (!startsPartly(octets, offset, end, GREETING)) return NO;
      if (lineEnd < 0) return end - offset < LINE_MAX && idMayFollow(octets, offset, end) ? MORE : NO;
      if (!idMayFollow(octets, offset, lineEnd)) return NO;
      if (lineEnd - offset === GREETING.length) {
        flow.stage = ASKED;
        return MORE;
      }
      if (lineEnd - offset !== GREETING.length + 1 + CLIENT_ID_BYTES) return NO;
      flow.stage = KNOWN;
      return MATCH;
    },
  },
};

/** Whether the octets at hand are `text`, its beginning, or begin with it. */
function startsPartly(octets: Uint8Array, offset: number, end: number, text: string): boolean {
  return startsWith(octets, offset, end, end - offset < text.length ? text.slice(0, end - offset) : text);
}

/** Whether behind HI stands nothing, or a blank and hexadecimal digits with hyphens. */
function idMayFollow(octets: Uint8Array, offset: number, end: number): boolean {
  let at = offset + GREETING.length;
  if (at >= end) return true;
  if (u8(octets, at) !== 0x20) return false;
  for (at += 1; at < end; at += 1) {
    const octet = u8(octets, at) | 0x20;
    const digit = octet >= 0x30 && octet <= 0x39;
    if (!digit && octet !== 0x2d && (octet < 0x61 || octet > 0x66)) return false;
  }
  return true;
}

/** HELLO, a version of digits and dots, a blank, and more in the server's own words. */
function readAnswer(octets: Uint8Array, offset: number, lineEnd: number, flow: FlowContext): Outcome {
  const start = offset + ANSWER.length;
  let at = start;
  let dots = 0;
  for (; at < lineEnd; at += 1) {
    const octet = u8(octets, at);
    if (octet === 0x2e) dots += 1;
    else if (octet < 0x30 || octet > 0x39) break;
  }
  if (dots !== 1 || at === start || at >= lineEnd || u8(octets, at) !== 0x20) {
    return flow.stage === KNOWN ? DONE : NO;
  }
  // Words behind a version alone could be anybody's: without the client's greeting a parenthesis or a date is needed.
  const next = u8(octets, at + 1);
  if (flow.stage === 0 && next !== 0x28 && (next < 0x30 || next > 0x39)) return NO;
  flow.stage = KNOWN;
  flow.text(OOKLA_VERSION, octets, start, at);
  flow.consume(lineEnd + 1 - offset);
  return DONE;
}
