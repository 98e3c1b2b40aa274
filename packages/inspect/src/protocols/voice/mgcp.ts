import { Malformed } from "@palisade/base";
import { lineEnd, startsWith, startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { decimal, headEnd } from "../text-head.js";
import { lineStop } from "../text-line.js";
import { expectMedia } from "./sdp.js";

export const MGCP_COMMAND = attribute("mgcp.command", "text", { many: true });
export const MGCP_ENDPOINT = attribute("mgcp.endpoint", "text", { many: true });
export const MGCP_RESPONSE = attribute("mgcp.response", "number", { many: true });
/** Media that a session description offers or accepts, as `type port`. */
export const MGCP_MEDIA = attribute("mgcp.media", "text", { many: true });

/** After the verdict: a first line that is neither a command nor a response (RFC 3435 §3.2, §3.3). */
export const MGCP_LINE_MALFORMED = new Malformed("mgcp.line-malformed");

const VERBS: readonly string[] = [
  "epcf",
  "crcx",
  "mdcx",
  "dlcx",
  "rqnt",
  "ntfy",
  "auep",
  "aucx",
  "rsip",
  "mesg",
];
const VERSION = "MGCP 1.";
const SPACE = 0x20;
const GATEWAY = 2427;
const AGENT = 2727;

export const mgcp: Protocol = {
  name: "mgcp",
  title: "Media Gateway Control Protocol",
  spec: "RFC 3435",
  category: "voice-video",
  attributes: [MGCP_COMMAND, MGCP_ENDPOINT, MGCP_RESPONSE, MGCP_MEDIA],
  malformed: [MGCP_LINE_MALFORMED],
  recognises:
    "A command line that begins with a verb and ends in MGCP 1.x; on ports 2427 and 2727 also a response line.",
  omits: "Parameter lines, and further messages piggybacked in a datagram.",
  datagram: {
    ports: [GATEWAY, AGENT],
    firstOctets: [..."EeCcMmDdRrNnAa012345678"].map((letter) => letter.charCodeAt(0)),
    dissect(octets, offset, end, flow) {
      const lineFeed = lineEnd(octets, offset, Math.min(end, offset + 512));
      const outcome = lineFeed < 0 ? NO : message(octets, offset, lineFeed, end, flow);
      if (outcome === NO && flow.stage !== 0) return MGCP_LINE_MALFORMED;
      return outcome;
    },
  },
};

function message(
  octets: Uint8Array,
  offset: number,
  lineFeed: number,
  end: number,
  flow: FlowContext,
): Outcome {
  const stop = lineStop(octets, offset, lineFeed);
  if (u8(octets, offset) <= 0x39) {
    const code = decimal(octets, offset, Math.min(stop, offset + 3));
    let id = offset + 4;
    while (id < stop && octets[id] !== SPACE) id += 1;
    if (stop - offset < 5 || code < 0 || octets[offset + 3] !== SPACE) return NO;
    if (decimal(octets, offset + 4, id) < 0) return NO;
    const onPort = isPort(flow.sourcePort) || isPort(flow.destinationPort);
    if (flow.stage === 0 && !onPort) return MORE;
    flow.set(MGCP_RESPONSE, code);
  } else {
    if (!isVerb(octets, offset, stop)) return NO;
    const endpoint = wordAfter(octets, offset + 5, stop);
    const version = wordAfter(octets, endpoint, stop);
    if (!startsWith(octets, version, stop, VERSION)) return NO;
    flow.text(MGCP_COMMAND, octets, offset, offset + 4);
    flow.text(MGCP_ENDPOINT, octets, endpoint, version - 1);
  }
  flow.stage = 1;
  const description = headEnd(octets, offset, end);
  if (description > 0 && startsWith(octets, description, end, "v=0")) {
    expectMedia(octets, description, end, flow, MGCP_MEDIA);
  }
  return MATCH;
}

function isPort(port: number): boolean {
  return port === GATEWAY || port === AGENT;
}

function isVerb(octets: Uint8Array, offset: number, stop: number): boolean {
  if (stop - offset < 5 || octets[offset + 4] !== SPACE) return false;
  for (let index = 0; index < VERBS.length; index += 1) {
    if (startsWithNoCase(octets, offset, stop, VERBS[index]!)) return true;
  }
  return false;
}

/** Start of the word after the one at `at`. */
function wordAfter(octets: Uint8Array, at: number, stop: number): number {
  let index = at;
  while (index < stop && octets[index] !== SPACE) index += 1;
  return index + 1;
}
