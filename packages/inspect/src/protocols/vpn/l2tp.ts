import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** 2 or 3. */
export const L2TP_VERSION = attribute("l2tp.version", "number");
/** Control messages, RFC 2661 §3.2: `sccrq`, `iccn`, `hello`. */
export const L2TP_MESSAGE = attribute("l2tp.message", "text", { many: true });
export const L2TP_HOST_NAME = attribute("l2tp.host-name", "text", { many: true });
export const L2TP_VENDOR = attribute("l2tp.vendor", "text", { many: true });
/** Result code of a stopped tunnel or a call that ended. */
export const L2TP_RESULT = attribute("l2tp.result", "number", { many: true });

/** An attribute-value pair shorter than its header, or that reaches beyond its message (RFC 2661 §4.1). */
export const L2TP_PAIR_IMPOSSIBLE = new Malformed("l2tp.pair-impossible");

const PORT = 1701;
const HEADER_BYTES = 12;
const PAIR_HEADER_BYTES = 6;
/** Type, length and sequence bits set, others zero, version in the last four (RFC 2661 §3.1). */
const CONTROL_V2 = 0xc802;
const CONTROL_V3 = 0xc803;
const PAIR_MESSAGE = 0;
const PAIR_RESULT = 1;
const PAIR_HOST_NAME = 7;
const PAIR_VENDOR = 8;
const MESSAGES: readonly string[] = [
  ...["", "sccrq", "sccrp", "scccn", "stopccn", "", "hello", "ocrq", "ocrp", "occn", "icrq", "icrp", "iccn"],
  ...["", "cdn", "wen", "sli", "", "", "", "ack"],
];

export const l2tp: Protocol = {
  name: "l2tp",
  title: "Layer Two Tunneling Protocol",
  spec: "RFC 2661 (version 2), RFC 3931 (version 3)",
  category: "vpn",
  attributes: [L2TP_VERSION, L2TP_MESSAGE, L2TP_HOST_NAME, L2TP_VENDOR, L2TP_RESULT],
  malformed: [L2TP_PAIR_IMPOSSIBLE],
  recognises:
    "A control message with its fixed bits, the datagram's length, and pairs that fill it, the first of them its type; without pairs on port 1701 alone.",
  omits: "Data messages, hidden values, and sessions that are seen without control.",
  datagram: {
    ports: [PORT],
    firstOctets: [0xc8],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES) return flow.stage === 0 ? NO : MATCH;
      const start = offset;
      const bits = u16(octets, start);
      if (bits !== CONTROL_V2 && bits !== CONTROL_V3) return flow.stage === 0 ? NO : MATCH;
      if (u16(octets, start + 2) !== end - offset) return NO;
      if (!pairsFit(octets, start + HEADER_BYTES, end)) return L2TP_PAIR_IMPOSSIBLE;
      if (end - offset === HEADER_BYTES && flow.sourcePort !== PORT && flow.destinationPort !== PORT)
        return NO;
      return describe(octets, start, end, bits & 0x0f, flow);
    },
  },
};

/** Pairs one after the other, four reserved bits zero, the first one the message's type. */
function pairsFit(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (end - at < PAIR_HEADER_BYTES) return false;
    const bits = u16(octets, at);
    const length = bits & 0x03ff;
    if ((bits & 0x3c00) !== 0 || length < PAIR_HEADER_BYTES || length > end - at) return false;
    if (at === start && (u16(octets, at + 2) !== 0 || u16(octets, at + 4) !== PAIR_MESSAGE || length !== 8)) {
      return false;
    }
    at += length;
  }
  return true;
}

function describe(
  octets: Uint8Array,
  offset: number,
  end: number,
  version: number,
  flow: FlowContext,
): Outcome {
  flow.stage = 1;
  flow.set(L2TP_VERSION, version);
  let at = offset + HEADER_BYTES;
  while (at < end) {
    const next = at + (u16(octets, at) & 0x03ff);
    const hidden = (u8(octets, at) & 0x40) !== 0;
    const kind = u16(octets, at + 4);
    const value = at + PAIR_HEADER_BYTES;
    if (u16(octets, at + 2) === 0 && !hidden) {
      if (kind === PAIR_MESSAGE) {
        const type = u16(octets, value);
        const name = MESSAGES[type] ?? "";
        flow.set(L2TP_MESSAGE, name === "" ? `type-${type}` : name);
      } else if (kind === PAIR_HOST_NAME) flow.text(L2TP_HOST_NAME, octets, value, next);
      else if (kind === PAIR_VENDOR) flow.text(L2TP_VENDOR, octets, value, next);
      else if (kind === PAIR_RESULT && next - value >= 2) flow.set(L2TP_RESULT, u16(octets, value));
    }
    at = next;
  }
  return MATCH;
}
