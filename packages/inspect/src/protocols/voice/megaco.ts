import { Malformed } from "@palisade/base";
import { startsWith, startsWithNoCase, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

export const MEGACO_VERSION = attribute("megaco.version", "number");
/** Who sends: `[192.0.2.1]:2944`, `<gateway.example>`, `MTP{…}`. */
export const MEGACO_SENDER = attribute("megaco.sender", "text", { many: true });

/** A message without the identifier of its sender (RFC 3525 annex B). */
export const MEGACO_SENDER_ABSENT = new Malformed("megaco.sender-absent");

const LONG = "megaco/";
const SHORT = "!/";
const TPKT_VERSION = 3;
const TPKT_OCTETS_MAX = 16_000;
const HEADER_OCTETS_MAX = 128;

export const megaco: Protocol = {
  name: "megaco",
  title: "Gateway Control Protocol (H.248)",
  spec: "ITU-T H.248.1, RFC 3525 annex B (text)",
  category: "voice-video",
  attributes: [MEGACO_VERSION, MEGACO_SENDER],
  malformed: [MEGACO_SENDER_ABSENT],
  recognises:
    "The word MEGACO (or !), a slash, a version, and a sender in one of the forms of the text encoding.",
  omits: "Transactions, and the binary encoding.",
  datagram: {
    ports: [2944],
    firstOctets: [0x21, 0x4d, 0x6d],
    dissect: message,
  },
  stream: {
    ports: [2944],
    firstOctets: [TPKT_VERSION],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 0 ? MORE : MATCH;
      if (u8(octets, offset) !== TPKT_VERSION) return NO;
      if (end - offset < 4) return short;
      const length = u16(octets, offset + 2);
      if (u8(octets, offset + 1) !== 0 || length < 16 || length > TPKT_OCTETS_MAX) return NO;
      if (end - offset === 4) return short;
      const first = u8(octets, offset + 4) | 0x20;
      if (first !== 0x6d && first !== 0x21) return NO;
      if (offset + length > end) return short;
      const outcome = message(octets, offset + 4, offset + length, flow);
      if (outcome === MATCH) flow.consume(length);
      return outcome;
    },
  },
};

/** `MEGACO/1 [192.0.2.1]:2944 Transaction = …`. */
function message(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  let at = offset;
  if (startsWithNoCase(octets, offset, end, LONG)) at += LONG.length;
  else if (startsWith(octets, offset, end, SHORT)) at += SHORT.length;
  else return NO;
  if (end - at < 4) return NO;
  const version = u8(octets, at) - 0x30;
  if (version < 1 || version > 9 || !isBlank(u8(octets, at + 1))) return NO;
  at += 2;
  while (at < end && isBlank(u8(octets, at))) at += 1;
  const start = at;
  const stop = Math.min(end, start + HEADER_OCTETS_MAX);
  while (at < stop && !isBlank(u8(octets, at))) at += 1;
  const first = start < end ? u8(octets, start) : 0;
  if (first !== 0x5b && first !== 0x3c && !startsWithNoCase(octets, start, end, "mtp{"))
    return MEGACO_SENDER_ABSENT;
  flow.stage = 1;
  flow.set(MEGACO_VERSION, version);
  flow.text(MEGACO_SENDER, octets, start, at);
  return MATCH;
}

function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09 || octet === 0x0d || octet === 0x0a;
}
