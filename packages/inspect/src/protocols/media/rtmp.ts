import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u24, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

export const RTMP_APPLICATION = attribute("rtmp.application", "text");
export const RTMP_URL = attribute("rtmp.url", "text");
/** The host of the URL. */
export const RTMP_HOST = attribute("rtmp.host", "text");
/** How the client's player, or the encoder, names itself. */
export const RTMP_CLIENT = attribute("rtmp.client", "text");

/** A first message after the handshake whose properties reach beyond it. */
export const RTMP_COMMAND_TRUNCATED = new Malformed("rtmp.command-truncated");

const VERSION = 3;
/** C1 and C2, S1 and S2: time, zero (or a player's version), random octets (Adobe's RTMP 1.0 §5.2.3). */
const PART_BYTES = 1_536;
const HANDSHAKE_BYTES = 1 + 2 * PART_BYTES;
/** Basic header of one octet, message header of type 0. */
const CHUNK_HEADER_BYTES = 12;
const CHUNK_BYTES = 128;
const COMMAND_AMF0 = 20;
const COMMAND_OCTETS_MAX = 4_096;
const AMF_NUMBER = 0;
const AMF_BOOLEAN = 1;
const AMF_STRING = 2;
const AMF_NULL = 5;
const AMF_OBJECT_END = 9;

/** Bits of `flow.stage`: the direction's handshake was begun well; the verdict has fallen; the command was read. */
const BEGUN = 1;
const DECIDED = 4;

export const rtmp: Protocol = {
  name: "rtmp",
  title: "Real-Time Messaging Protocol",
  spec: "Adobe's RTMP specification 1.0",
  category: "media",
  attributes: [RTMP_APPLICATION, RTMP_URL, RTMP_HOST, RTMP_CLIENT],
  malformed: [RTMP_COMMAND_TRUNCATED],
  recognises:
    "Whole first parts of a handshake of version 3 in both directions, with a zero or a player's version behind the time, or one whole handshake with the connect command behind it.",
  omits: "Commands after connect, media, and the encrypted and tunnelled variants.",
  stream: {
    ports: [1935],
    firstOctets: [VERSION],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & DECIDED) === 0) {
        const outcome = handshake(octets, offset, end, flow);
        if (outcome !== MATCH) return outcome;
        flow.stage |= DECIDED;
      }
      const bit = BEGUN << flow.direction;
      if ((flow.stage & (bit << 3)) === 0) {
        if (end - offset < HANDSHAKE_BYTES) return MATCH;
        flow.stage |= bit << 3;
        flow.consume(HANDSHAKE_BYTES);
        return MATCH;
      }
      return command(octets, offset, end, flow);
    },
  },
};

function handshake(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (u8(octets, offset) !== VERSION) return NO;
  // Four octets are zero, or in players since 2007 their version: high number, then 0, or 128 and 0 for encoders.
  if (end - offset < 9) return MORE;
  const zero = u32(octets, offset + 5);
  const isPlayer = zero !== 0 && (zero & 0x7f00_0000) >>> 24 <= 64 && ((zero >>> 16) & 0xff) <= 15;
  if (zero !== 0 && !isPlayer) return NO;
  // Neither side says more before the other has sent its first part whole.
  if (end - offset < 1 + PART_BYTES) return MORE;
  flow.stage |= BEGUN << flow.direction;
  if ((flow.stage & 3) === 3) return MATCH;
  // One side only: the whole handshake, and behind it a chunk with a command.
  const chunk = offset + HANDSHAKE_BYTES;
  if (end < chunk + CHUNK_HEADER_BYTES + 10) return MORE;
  return isConnect(octets, chunk, end) ? MATCH : NO;
}

function isConnect(octets: Uint8Array, chunk: number, end: number): boolean {
  return (
    u8(octets, chunk) >>> 6 === 0 &&
    u8(octets, chunk + 7) === COMMAND_AMF0 &&
    startsWith(octets, chunk + CHUNK_HEADER_BYTES, end, "\x02\x00\x07connect")
  );
}

/** The client's first chunk stream message; the server's say nothing that is wanted. */
function command(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < CHUNK_HEADER_BYTES + 10) return MATCH;
  // The server's messages, and others before connect (a set chunk size), are passed over.
  if (!isConnect(octets, offset, end)) {
    const length = u24(octets, offset + 4);
    if (u8(octets, offset) >>> 6 !== 0 || length > CHUNK_BYTES) return DONE;
    flow.consume(CHUNK_HEADER_BYTES + length);
    return MATCH;
  }
  const length = u24(octets, offset + 4);
  if (length > COMMAND_OCTETS_MAX) return DONE;
  const continuations = Math.ceil(length / CHUNK_BYTES) - 1;
  const whole = CHUNK_HEADER_BYTES + length + continuations;
  if (end - offset < whole) return MATCH;
  const message = joined(octets, offset + CHUNK_HEADER_BYTES, length);
  return properties(message, flow) ? DONE : RTMP_COMMAND_TRUNCATED;
}

/** The message without the octet that begins each further chunk of it; once a flow. */
function joined(octets: Uint8Array, start: number, length: number): Uint8Array {
  const message = new Uint8Array(length);
  let from = start;
  for (let to = 0; to < length; to += CHUNK_BYTES) {
    const size = Math.min(CHUNK_BYTES, length - to);
    message.set(octets.subarray(from, from + size), to);
    from += size + 1;
  }
  return message;
}

/** `connect`, a transaction number, an object of names and values; false where a value reaches beyond the message. */
function properties(message: Uint8Array, flow: FlowContext): boolean {
  const end = message.length;
  // String marker, length and "connect"; number marker and eight octets; object marker.
  let at = 10 + 9 + 1;
  while (at + 3 <= end) {
    const nameLength = u16(message, at);
    if (nameLength === 0) return u8(message, at + 2) === AMF_OBJECT_END;
    const name = at + 2;
    const marker = name + nameLength;
    if (marker >= end) return false;
    const kind = u8(message, marker);
    if (kind === AMF_STRING) {
      if (marker + 3 > end) return false;
      const value = marker + 3;
      const stop = value + u16(message, marker + 1);
      if (stop > end) return false;
      property(message, name, marker, value, stop, flow);
      at = stop;
    } else if (kind === AMF_NUMBER) {
      at = marker + 9;
    } else if (kind === AMF_BOOLEAN) {
      at = marker + 2;
    } else if (kind === AMF_NULL || kind === AMF_NULL + 1) {
      at = marker + 1;
    } else {
      return true;
    }
  }
  return false;
}

function property(
  message: Uint8Array,
  name: number,
  nameEnd: number,
  value: number,
  stop: number,
  flow: FlowContext,
): void {
  const length = nameEnd - name;
  if (length === 3 && startsWith(message, name, nameEnd, "app")) {
    flow.text(RTMP_APPLICATION, message, value, stop);
  } else if (length === 8 && startsWith(message, name, nameEnd, "flashVer")) {
    flow.text(RTMP_CLIENT, message, value, stop);
  } else if (length === 5 && startsWith(message, name, nameEnd, "tcUrl")) {
    flow.text(RTMP_URL, message, value, stop);
    host(message, value, stop, flow);
  }
}

/** The host in `rtmp://host:1935/app`. */
function host(message: Uint8Array, value: number, stop: number, flow: FlowContext): void {
  if (!startsWith(message, value, stop, "rtmp://")) return;
  const from = value + 7;
  let to = from;
  while (to < stop && message[to] !== 0x2f && message[to] !== 0x3a) to += 1;
  if (to > from && message[from] !== 0x5b) flow.host(RTMP_HOST, message, from, to);
}
