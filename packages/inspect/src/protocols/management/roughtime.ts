import { Malformed } from "@palisade/base";
import { startsWith, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

/** `request` or `response`. */
export const ROUGHTIME_MESSAGE = attribute("roughtime.message", "text", { many: true });
/** Versions offered or chosen: 1, or 0x8000000c and the like for drafts. */
export const ROUGHTIME_VERSION = attribute("roughtime.version", "number", { many: true });

/** A length that is not the packet's. */
export const ROUGHTIME_LENGTH_WRONG = new Malformed("roughtime.length-wrong");
/** Tags out of order, or offsets that decrease, are no multiples of four, or run past the message. */
export const ROUGHTIME_TAGS_WRONG = new Malformed("roughtime.tags-wrong");

const MAGIC = "ROUGHTIM";
const FRAME_BYTES = 12;
const MESSAGE_MAX = 8_192;
const TAGS_MAX = 64;
const VERSIONS_MAX = 32;
const TAG_VERSION = "VER\0";
const TAG_NONCE = "NONC";
const TAG_SIGNATURE = "SIG\0";
const TAG_RESPONSE = "SREP";
const TAG_PADDING = "PAD\xff";
/** Tags of a message without the magic word. */
const UNFRAMED_TAGS_MIN = 2;
const UNFRAMED_TAGS_MAX = 8;
const UNFRAMED_BYTES_MIN = 24;

export const roughtime: Protocol = {
  name: "roughtime",
  title: "Roughtime",
  spec: "draft-ietf-ntp-roughtime; Google's first design (roughtime.googlesource.com, PROTOCOL.md)",
  category: "management",
  attributes: [ROUGHTIME_MESSAGE, ROUGHTIME_VERSION],
  malformed: [ROUGHTIME_LENGTH_WRONG, ROUGHTIME_TAGS_WRONG],
  recognises:
    "The magic word ROUGHTIM and a length that is the packet's; without it, a table of two to eight tags in order that has those of a padded request or a signed response.",
  omits: "Times and signatures.",
  datagram: {
    ports: [],
    firstOctets: [0x52, 2, 3, 4, 5, 6, 7, 8],
    dissect(octets, offset, end, flow) {
      if (!startsWith(octets, offset, end, MAGIC)) return readUnframed(octets, offset, end, flow);
      if (end - offset < FRAME_BYTES + 4) return ROUGHTIME_LENGTH_WRONG;
      if (u32le(octets, offset + 8) !== end - offset - FRAME_BYTES) return ROUGHTIME_LENGTH_WRONG;
      return readMessage(octets, offset + FRAME_BYTES, end, flow);
    },
  },
  stream: {
    ports: [],
    firstOctets: [0x52],
    dissect(octets, offset, end, flow) {
      const magic = Math.min(MAGIC.length, end - offset);
      if (!startsWith(octets, offset, end, MAGIC.slice(0, magic))) return NO;
      if (end - offset < FRAME_BYTES) return incomplete(flow);
      const length = u32le(octets, offset + 8);
      if (length < 4 || length > MESSAGE_MAX) return ROUGHTIME_LENGTH_WRONG;
      const message = offset + FRAME_BYTES;
      if (end - message < length) return incomplete(flow);
      const outcome = readMessage(octets, message, message + length, flow);
      if (outcome !== MATCH) return outcome;
      flow.stage = 1;
      flow.consume(FRAME_BYTES + length);
      return MATCH;
    },
  },
};

/** A message that stands by itself: its table must hold, and name what its kind cannot do without. */
function readUnframed(octets: Uint8Array, message: number, end: number, flow: FlowContext): Outcome {
  if (end - message < UNFRAMED_BYTES_MIN) return NO;
  const tags = u32le(octets, message);
  if (tags < UNFRAMED_TAGS_MIN || tags > UNFRAMED_TAGS_MAX || !tableHolds(octets, message, tags, end))
    return NO;
  const isRequest = hasTag(octets, message, tags, TAG_NONCE) && hasTag(octets, message, tags, TAG_PADDING);
  const isResponse =
    hasTag(octets, message, tags, TAG_SIGNATURE) && hasTag(octets, message, tags, TAG_RESPONSE);
  if (!isRequest && !isResponse) return NO;
  flow.set(ROUGHTIME_MESSAGE, isResponse ? "response" : "request");
  return MATCH;
}

function hasTag(octets: Uint8Array, message: number, tags: number, name: string): boolean {
  const names = message + 4 * tags;
  for (let tag = 0; tag < tags; tag += 1) {
    const at = names + 4 * tag;
    if (startsWith(octets, at, at + 4, name)) return true;
  }
  return false;
}

/** A count of tags, the offsets of all values but the first, the tags in ascending order, the values. */
function tableHolds(octets: Uint8Array, message: number, tags: number, end: number): boolean {
  const names = message + 4 * tags;
  const values = names + 4 * tags;
  if (values > end) return false;
  let before = 0;
  for (let tag = 1; tag < tags; tag += 1) {
    const value = u32le(octets, message + 4 * tag);
    if (value % 4 !== 0 || value < before || values + value > end) return false;
    if (u32le(octets, names + 4 * tag) <= u32le(octets, names + 4 * (tag - 1))) return false;
    before = value;
  }
  return true;
}

function readMessage(octets: Uint8Array, message: number, end: number, flow: FlowContext): Outcome {
  const tags = u32le(octets, message);
  if (tags === 0 || tags > TAGS_MAX || !tableHolds(octets, message, tags, end)) return ROUGHTIME_TAGS_WRONG;
  const values = message + 8 * tags;
  for (let tag = 0; tag < tags; tag += 1) {
    const name = message + 4 * tags + 4 * tag;
    if (!startsWith(octets, name, end, TAG_VERSION)) continue;
    const start = values + (tag === 0 ? 0 : u32le(octets, message + 4 * tag));
    const stop = tag + 1 < tags ? values + u32le(octets, message + 4 * (tag + 1)) : end;
    for (let at = start; at + 4 <= stop && at < start + 4 * VERSIONS_MAX; at += 4) {
      flow.set(ROUGHTIME_VERSION, u32le(octets, at));
    }
  }
  // A response repeats the nonce.
  if (hasTag(octets, message, tags, TAG_SIGNATURE)) flow.set(ROUGHTIME_MESSAGE, "response");
  else if (hasTag(octets, message, tags, TAG_NONCE)) flow.set(ROUGHTIME_MESSAGE, "request");
  return MATCH;
}
