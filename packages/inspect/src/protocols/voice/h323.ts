import { Malformed } from "@palisade/base";
import { u8, u16, u24 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Messages of call signalling, as Q.931 §3.1 names them: `setup`, `alerting`, `connect`. */
export const H323_MESSAGE = attribute("h323.message", "text", { many: true });
export const H323_CALLING_NUMBER = attribute("h323.calling-number", "text");
export const H323_CALLED_NUMBER = attribute("h323.called-number", "text");
export const H323_DISPLAY = attribute("h323.display", "text", { many: true });
/** Messages to and from a gatekeeper (H.225.0 §7.3), by their abbreviations: `rrq`, `acf`. */
export const H323_RAS_MESSAGE = attribute("h323.ras-message", "text", { many: true });
/** Which of H.323's protocols it is: `h225-call`, `h225-ras`, `h245`. */
export const H323_CHANNEL = attribute("h323.channel", "text");

/** An information element that reaches beyond its message (Q.931 §4.5). */
export const H323_ELEMENT_OVERRUN = new Malformed("h323.element-overrun");

const TPKT_BYTES = 4;
const TPKT_VERSION = 3;
const Q931 = 0x08;
const USER_USER = 0x7e;
const DISPLAY = 0x28;
const CALLING_NUMBER = 0x6c;
const CALLED_NUMBER = 0x70;
/** User information is coded as ASN.1 (X.208, X.209): octet 4 of the user-user element (H.225.0 §7.2). */
const ASN1_CODED = 0x05;
const PACKET_BYTES_MAX = 8_192;
/** Octets of a RAS message or H.245 capability set within which the protocol's identifier stands. */
const IDENTIFIER_WITHIN = 12;
const ELEMENTS_MAX = 64;

const MESSAGES: ReadonlyMap<number, string> = new Map([
  [0x01, "alerting"],
  [0x02, "call-proceeding"],
  [0x03, "progress"],
  [0x05, "setup"],
  [0x07, "connect"],
  [0x0d, "setup-acknowledge"],
  [0x0f, "connect-acknowledge"],
  [0x5a, "release-complete"],
  [0x62, "facility"],
  [0x6e, "notify"],
  [0x75, "status-inquiry"],
  [0x7b, "information"],
  [0x7d, "status"],
]);

const RAS_MESSAGES: readonly string[] = [
  ...[
    "grq",
    "gcf",
    "grj",
    "rrq",
    "rcf",
    "rrj",
    "urq",
    "ucf",
    "urj",
    "arq",
    "acf",
    "arj",
    "brq",
    "bcf",
    "brj",
  ],
  ...["drq", "dcf", "drj", "lrq", "lcf", "lrj", "irq", "irr", "non-standard", "unknown"],
];

export const h323: Protocol = {
  name: "h323",
  title: "H.323 call signalling (H.225.0, RAS, H.245)",
  spec: "ITU-T H.323, H.225.0, H.245, Q.931, RFC 1006 (TPKT)",
  category: "voice-video",
  attributes: [
    H323_MESSAGE,
    H323_RAS_MESSAGE,
    H323_CALLING_NUMBER,
    H323_CALLED_NUMBER,
    H323_DISPLAY,
    H323_CHANNEL,
  ],
  malformed: [H323_ELEMENT_OVERRUN],
  recognises:
    "A Q.931 message in TPKT whose user-user element is ASN.1, or the object identifier of H.225.0 or H.245 near a message's start.",
  omits: "What is coded in packed ASN.1, such as media addresses and capabilities.",
  stream: {
    ports: [1720],
    firstOctets: [TPKT_VERSION],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 0 ? MORE : MATCH;
      if (u8(octets, offset) !== TPKT_VERSION) return NO;
      if (end - offset < 2) return short;
      if (u8(octets, offset + 1) !== 0) return NO;
      if (end - offset < TPKT_BYTES) return short;
      const length = u16(octets, offset + 2);
      if (length < TPKT_BYTES || length > PACKET_BYTES_MAX) return NO;
      const start = offset + TPKT_BYTES;
      const stop = offset + length;
      if (start === stop) {
        // An empty packet keeps the connection alive.
        if (flow.stage === 0) return NO;
        flow.consume(length);
        return MATCH;
      }
      if (end === start) return short;
      const isQ931 = u8(octets, start) === Q931;
      // X.224, which most of TPKT carries, has a count of its own header here, and its code next.
      if (flow.stage === 0 && isQ931 && end > start + 1 && u8(octets, start + 1) > 2) return NO;
      if (stop > end) return short;
      const outcome = isQ931 ? signalling(octets, start, stop, flow) : control(octets, start, stop, flow);
      if (outcome === MATCH) flow.consume(length);
      return outcome;
    },
  },
  datagram: {
    ports: [1719, 1718],
    firstOctets: Array.from({ length: 0x80 }, (_, index) => index),
    dissect(octets, offset, end, flow) {
      if (flow.stage === 0 && !hasIdentifier(octets, offset, end, 0x08914a)) return NO;
      flow.stage = 1;
      flow.set(H323_CHANNEL, "h225-ras");
      // Packed ASN.1: a bit that is zero for the choices of the first version, then their number in five bits.
      const first = u8(octets, offset);
      const choice = first >>> 2;
      if (first < 0x80 && choice < RAS_MESSAGES.length) flow.set(H323_RAS_MESSAGE, RAS_MESSAGES[choice]!);
      return MATCH;
    },
  },
};

/** Whether the identifier `0.0.8.number.0.version` stands near the start: 06 00 08 … 00 0v, six octets and their length. */
function hasIdentifier(octets: Uint8Array, start: number, end: number, arcs: number): boolean {
  const last = Math.min(end - 7, start + IDENTIFIER_WITHIN);
  for (let at = start; at <= last; at += 1) {
    if (u8(octets, at) !== 6 || u8(octets, at + 1) !== 0) continue;
    if (u24(octets, at + 2) !== arcs) continue;
    if (u8(octets, at + 5) === 0 && u8(octets, at + 6) >= 1 && u8(octets, at + 6) <= 0x1f) return true;
  }
  return false;
}

/** H.245, known by its capability set; what else it says follows that on the same connection. */
function control(octets: Uint8Array, start: number, stop: number, flow: FlowContext): Outcome {
  if (flow.stage !== 0) return MATCH;
  if (!hasIdentifier(octets, start, stop, 0x088175)) return NO;
  flow.stage = 1;
  flow.set(H323_CHANNEL, "h245");
  return MATCH;
}

/** One Q.931 message: discriminator, call reference, type, elements. */
function signalling(octets: Uint8Array, start: number, stop: number, flow: FlowContext): Outcome {
  if (stop - start < 5) return flow.stage === 0 ? NO : H323_ELEMENT_OVERRUN;
  const type = start + 2 + u8(octets, start + 1);
  if (u8(octets, start + 1) > 2 || type >= stop) return flow.stage === 0 ? NO : H323_ELEMENT_OVERRUN;
  const name = MESSAGES.get(u8(octets, type));
  if (name === undefined && flow.stage === 0) return NO;
  if (!elements(octets, type + 1, stop, undefined)) return H323_ELEMENT_OVERRUN;
  if (flow.stage === 0 && !hasUserInformation(octets, type + 1, stop)) return NO;
  flow.stage = 1;
  flow.set(H323_CHANNEL, "h225-call");
  if (name !== undefined) flow.set(H323_MESSAGE, name);
  elements(octets, type + 1, stop, flow);
  return MATCH;
}

/** Index past the element at `at`; those with the top bit set are one octet (Q.931 §4.5.1), user-user has a long length. */
function elementEnd(octets: Uint8Array, at: number, stop: number): number {
  const kind = u8(octets, at);
  if (kind >= 0x80) return at + 1;
  if (kind === USER_USER) return at + 3 <= stop ? at + 3 + u16(octets, at + 1) : stop + 1;
  return at + 2 <= stop ? at + 2 + u8(octets, at + 1) : stop + 1;
}

function elements(octets: Uint8Array, start: number, stop: number, flow: FlowContext | undefined): boolean {
  let at = start;
  for (let count = 0; at < stop && count < ELEMENTS_MAX; count += 1) {
    const next = elementEnd(octets, at, stop);
    if (next > stop) return false;
    if (flow !== undefined) element(octets, at, next, flow);
    at = next;
  }
  return true;
}

function hasUserInformation(octets: Uint8Array, start: number, stop: number): boolean {
  let at = start;
  for (let count = 0; at < stop && count < ELEMENTS_MAX; count += 1) {
    const next = elementEnd(octets, at, stop);
    if (u8(octets, at) === USER_USER) return next > at + 3 && u8(octets, at + 3) === ASN1_CODED;
    at = next;
  }
  return false;
}

function element(octets: Uint8Array, at: number, next: number, flow: FlowContext): void {
  const kind = u8(octets, at);
  if (kind === DISPLAY) {
    flow.text(H323_DISPLAY, octets, at + 2, next);
  } else if (kind === CALLED_NUMBER && next > at + 3) {
    flow.text(H323_CALLED_NUMBER, octets, at + 3, next);
  } else if (kind === CALLING_NUMBER && next > at + 3) {
    // Octet 3 may be continued by 3a, which has the presentation (Q.931 §4.5.10).
    const digits = u8(octets, at + 2) >= 0x80 ? at + 3 : at + 4;
    if (digits < next) flow.text(H323_CALLING_NUMBER, octets, digits, next);
  }
}
