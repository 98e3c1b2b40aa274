import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";
import { setMember } from "../json-member.js";

/** Name that the owner gave the device. */
export const TPLINK_SHP_ALIAS = attribute("tplink-shp.alias", "text");
export const TPLINK_SHP_MODEL = attribute("tplink-shp.model", "text");
export const TPLINK_SHP_SOFTWARE = attribute("tplink-shp.software", "text");

/** Every octet is combined with the sealed one before it; the first with this. */
const KEY = 171;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
const QUOTE = 0x22;
// `flow.stage` after the verdict.
const KNOWN = 1;
/** `{` and `"` as they are sent. */
const FIRST = BRACE ^ KEY;
const SECOND = QUOTE ^ FIRST;
const LENGTH_BYTES = 4;
/** The shortest request names a module and a command. */
const BYTES_MIN = 16;
const BYTES_MAX = 16_000;
/** Octets of a stream's message that are opened for a verdict. */
const OPENED_MIN = 24;
/** Sealed text of a message that may be opened for its members. */
const opened = new Uint8Array(2_048);

export const tplinkShp: Protocol = {
  name: "tplink-shp",
  title: "TP-Link Smart Home Protocol (Kasa)",
  spec: "L. Stroetmann and T. Esser, “Reverse engineering the TP-Link HS110” (softScheck); behaviour of Kasa devices",
  category: "iot",
  attributes: [TPLINK_SHP_ALIAS, TPLINK_SHP_MODEL, TPLINK_SHP_SOFTWARE],
  malformed: [],
  recognises:
    "A JSON object under the protocol's autokey cipher: all of a datagram, or the start of a stream's message behind its length.",
  omits:
    "Readings and commands; members beyond the first 2,048 octets; the newer protocol of Tapo, which is HTTP.",
  datagram: {
    ports: [9999],
    firstOctets: [FIRST],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length < BYTES_MIN || u8(octets, offset + 1) !== SECOND) return NO;
      if (!isText(octets, offset, end) || (u8(octets, end - 1) ^ u8(octets, end - 2)) !== BRACE_END)
        return NO;
      members(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [9999],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (end - offset >= 2 && u8(octets, offset + 1) !== 0) return NO;
      if (end - offset < LENGTH_BYTES + 2) return incomplete(flow);
      const length = u32(octets, offset);
      if (length < BYTES_MIN || length > BYTES_MAX) return NO;
      const start = offset + LENGTH_BYTES;
      if (u8(octets, start) !== FIRST || u8(octets, start + 1) !== SECOND) return NO;
      return message(octets, offset, start + length, end, flow);
    },
  },
};

function message(octets: Uint8Array, offset: number, stop: number, end: number, flow: FlowContext): Outcome {
  const start = offset + LENGTH_BYTES;
  if (end < Math.min(stop, start + OPENED_MIN)) return incomplete(flow);
  if (!isText(octets, start, Math.min(stop, start + OPENED_MIN))) return NO;
  // Known from here on; the members are read once the message is whole.
  flow.stage = KNOWN;
  if (end < stop) return MATCH;
  members(octets, start, stop, flow);
  flow.consume(stop - offset);
  return MATCH;
}

/** Whether the octets open to characters that JSON has. */
function isText(octets: Uint8Array, start: number, end: number): boolean {
  let key = KEY;
  for (let at = start; at < end; at += 1) {
    const octet = u8(octets, at);
    const plain = octet ^ key;
    if (plain < 0x20 && plain !== 0x0a && plain !== 0x0d && plain !== 0x09) return false;
    key = octet;
  }
  return true;
}

function members(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (!flow.wants(TPLINK_SHP_ALIAS) && !flow.wants(TPLINK_SHP_MODEL) && !flow.wants(TPLINK_SHP_SOFTWARE))
    return;
  const length = Math.min(end - start, opened.length);
  let key = KEY;
  for (let index = 0; index < length; index += 1) {
    const octet = u8(octets, start + index);
    opened[index] = octet ^ key;
    key = octet;
  }
  setMember(flow, TPLINK_SHP_ALIAS, opened, 0, length, '"alias"');
  setMember(flow, TPLINK_SHP_MODEL, opened, 0, length, '"model"');
  setMember(flow, TPLINK_SHP_SOFTWARE, opened, 0, length, '"sw_ver"');
}
