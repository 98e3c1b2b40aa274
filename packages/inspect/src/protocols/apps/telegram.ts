import { u8, u16, u24le, u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** How messages are framed: `abridged`, `intermediate`, `padded-intermediate`, `full`; `reflector` for a call's relay. */
export const TELEGRAM_TRANSPORT = attribute("telegram.transport", "text");
/** Identifier of the client's authorization key: the same in all its sessions with a data centre. */
export const TELEGRAM_AUTH_KEY_ID = attribute("telegram.auth-key-id", "hex");

const ABRIDGED = 0xef;
const INTERMEDIATE = 0xeeee_eeee;
const PADDED_INTERMEDIATE = 0xdddd_dddd;
/** In the abridged transport a first octet of this value says that the length follows in three octets. */
const ABRIDGED_LONG = 0x7f;
const PADDING_MAX = 15;
/** Length, sequence number and check sum around a payload of the full transport. */
const FULL_OVERHEAD_BYTES = 12;

/** An unencrypted message: key identifier 0, message identifier, length; then `req_pq` and its nonce. */
const UNENCRYPTED_HEADER_BYTES = 20;
const REQ_PQ_BYTES = 20;
const REQ_PQ_MESSAGE_BYTES = UNENCRYPTED_HEADER_BYTES + REQ_PQ_BYTES;
const REQ_PQ = 0x6046_9778;
const REQ_PQ_MULTI = 0xbe7e_8ef1;

/** An encrypted message: key identifier and message key, then blocks of sixteen octets. */
const ENCRYPTED_HEADER_BYTES = 24;
const ENCRYPTED_BYTES_MIN = ENCRYPTED_HEADER_BYTES + 48;
/** Telegram's own bound on a message of the client. */
const MESSAGE_BYTES_MAX = 1_048_576;
const BLOCK_BYTES = 16;

/** A call's relay: peer tag, three words of ones, a constructor, and what it says. */
const PEER_TAG_BYTES = 16;
const REFLECTOR_HEADER_BYTES = PEER_TAG_BYTES + 16;
const REFLECTOR_REQUEST = 0xffff_ffff;
const REFLECTOR_PING = 0xffff_fffe;
const REFLECTOR_SELF_INFO = 0xc015_72c7;
const REFLECTOR_PEER_INFO = 0x27d9_371c;
const REFLECTOR_PEER_INFO_IPV6 = 0x83fc_73b1;
const PING_BYTES = 40;
const SELF_INFO_BYTES = 64;
const PEER_INFO_BYTES_MIN = 48;

const ONES = 0xffff_ffff;

/** Where the message lies that was framed last: its first octet, and the index after it. */
const message = { start: 0, end: 0 };

export const telegram: Protocol = {
  name: "telegram",
  title: "Telegram MTProto",
  spec: "core.telegram.org, “MTProto transports” and “Creating an Authorization Key”; libtgvoip (public domain) for the relays of calls",
  category: "chat",
  attributes: [TELEGRAM_TRANSPORT, TELEGRAM_AUTH_KEY_ID],
  malformed: [],
  recognises:
    "A transport's first octets with a request for a key, or with two messages under one key; a call's relay by its three words of ones and the constructor after them.",
  omits: "Obfuscated transports, which look like noise by design, and everything inside encrypted messages.",
  datagram: {
    ports: [],
    dissect(octets, offset, end, flow) {
      if (end - offset < REFLECTOR_HEADER_BYTES) return NO;
      if (u32(octets, offset + PEER_TAG_BYTES) !== ONES) return NO;
      if (u32(octets, offset + PEER_TAG_BYTES + 4) !== ONES) return NO;
      if (u32(octets, offset + PEER_TAG_BYTES + 8) !== ONES) return NO;
      if (!isReflectorMessage(u32le(octets, offset + PEER_TAG_BYTES + 12), end - offset)) return NO;
      // A tag of one repeated octet is filling, not the random tag of a call.
      if (u32(octets, offset) === u32(octets, offset + 4) && u16(octets, offset) === u16(octets, offset + 2))
        return NO;
      flow.set(TELEGRAM_TRANSPORT, "reflector");
      return DONE;
    },
  },
  stream: {
    ports: [443, 80, 5222],
    firstOctets: [REQ_PQ_MESSAGE_BYTES + FULL_OVERHEAD_BYTES, 0xdd, 0xee, ABRIDGED],
    dissect(octets, offset, end, flow) {
      const first = u8(octets, offset);
      if (first === ABRIDGED) return abridged(octets, offset, end, flow);
      if (first === REQ_PQ_MESSAGE_BYTES + FULL_OVERHEAD_BYTES) return full(octets, offset, end, flow);
      return intermediate(octets, offset, end, flow);
    },
  },
};

function isReflectorMessage(kind: number, length: number): boolean {
  if (kind === REFLECTOR_PING) return length === PING_BYTES;
  if (kind === REFLECTOR_REQUEST) return length === REFLECTOR_HEADER_BYTES;
  if (kind === REFLECTOR_SELF_INFO) return length === SELF_INFO_BYTES;
  if (kind === REFLECTOR_PEER_INFO || kind === REFLECTOR_PEER_INFO_IPV6) {
    return length >= PEER_INFO_BYTES_MIN;
  }
  return false;
}

function abridged(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const first = frameAbridged(octets, offset + 1, end);
  if (first !== MATCH) return first;
  const outcome = firstMessage(octets, end, 0, "abridged", flow);
  if (outcome !== MATCH) return outcome;
  const key = message.start;
  const second = frameAbridged(octets, message.end, end);
  return second === MATCH ? sameKey(octets, key, end, 0, "abridged", flow) : second;
}

/** Frames the message whose length is at `at`; `MATCH` where the length has come and is possible. */
function frameAbridged(octets: Uint8Array, at: number, end: number): Outcome {
  if (at >= end) return MORE;
  let words = u8(octets, at);
  let start = at + 1;
  if (words > ABRIDGED_LONG) return NO;
  if (words === ABRIDGED_LONG) {
    if (end - at < 4) return MORE;
    words = u24le(octets, at + 1);
    if (words < ABRIDGED_LONG) return NO;
    start = at + 4;
  }
  return framed(start, words * 4);
}

function intermediate(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const first = u8(octets, offset);
  for (let index = offset; index < end && index < offset + 4; index += 1) {
    if (octets[index] !== first) return NO;
  }
  if (end - offset < 8) return MORE;
  const tag = u32(octets, offset);
  if (tag !== INTERMEDIATE && tag !== PADDED_INTERMEDIATE) return NO;
  const padding = tag === PADDED_INTERMEDIATE ? PADDING_MAX : 0;
  const name = tag === PADDED_INTERMEDIATE ? "padded-intermediate" : "intermediate";
  if (framed(offset + 8, u32le(octets, offset + 4)) === NO) return NO;
  const outcome = firstMessage(octets, end, padding, name, flow);
  if (outcome !== MATCH) return outcome;
  const key = message.start;
  const next = message.end;
  if (end - next < 4) return MORE;
  if (framed(next + 4, u32le(octets, next)) === NO) return NO;
  return sameKey(octets, key, end, padding, name, flow);
}

function full(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset >= 4 && u32le(octets, offset) !== REQ_PQ_MESSAGE_BYTES + FULL_OVERHEAD_BYTES) return NO;
  if (end - offset < 8) return MORE;
  if (u32(octets, offset + 4) !== 0) return NO;
  if (framed(offset + 8, REQ_PQ_MESSAGE_BYTES) === NO) return NO;
  const outcome = firstMessage(octets, end, 0, "full", flow);
  return outcome === MATCH ? NO : outcome;
}

function framed(start: number, length: number): Outcome {
  if (length < REQ_PQ_MESSAGE_BYTES || length > MESSAGE_BYTES_MAX) return NO;
  message.start = start;
  message.end = start + length;
  return MATCH;
}

/** Judges the first message: `DONE` for a request for a key, `MATCH` for an encrypted one, which proves little alone. */
function firstMessage(
  octets: Uint8Array,
  end: number,
  padding: number,
  transport: string,
  flow: FlowContext,
): Outcome {
  const { start } = message;
  const length = message.end - start;
  if (end - start < 8) return MORE;
  if (u32(octets, start) !== 0 || u32(octets, start + 4) !== 0) {
    return isEncryptedLength(length, padding) ? MATCH : NO;
  }
  if (length < REQ_PQ_MESSAGE_BYTES || length > REQ_PQ_MESSAGE_BYTES + padding) return NO;
  if (end - start < UNENCRYPTED_HEADER_BYTES + 4) return MORE;
  // Identifiers of the client's messages are divisible by four.
  if (u32le(octets, start + 8) % 4 !== 0 || u32le(octets, start + 16) !== REQ_PQ_BYTES) return NO;
  const kind = u32le(octets, start + UNENCRYPTED_HEADER_BYTES);
  if (kind !== REQ_PQ && kind !== REQ_PQ_MULTI) return NO;
  flow.set(TELEGRAM_TRANSPORT, transport);
  return DONE;
}

/** Judges the second message, framed in `message`, against the key identifier at `key`. */
function sameKey(
  octets: Uint8Array,
  key: number,
  end: number,
  padding: number,
  transport: string,
  flow: FlowContext,
): Outcome {
  const { start } = message;
  if (!isEncryptedLength(message.end - start, padding)) return NO;
  if (end - start < 8) return MORE;
  if (u32(octets, start) !== u32(octets, key) || u32(octets, start + 4) !== u32(octets, key + 4)) return NO;
  flow.set(TELEGRAM_TRANSPORT, transport);
  flow.hex(TELEGRAM_AUTH_KEY_ID, octets, key, key + 8);
  return DONE;
}

function isEncryptedLength(length: number, padding: number): boolean {
  if (length < ENCRYPTED_BYTES_MIN) return false;
  return (length - ENCRYPTED_HEADER_BYTES) % BLOCK_BYTES <= padding;
}
