import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  fillingOf,
  readAttributes,
  STUN_ATTRIBUTES,
  STUN_CARRIES,
  STUN_MESSAGE,
  stunMessageName,
} from "./stun-attributes.js";

/** An attribute that reaches beyond the message. */
export const STUN_ATTRIBUTE_OVERRUN = new Malformed("stun.attribute-overrun");
/** A length that is no multiple of four, or not that of the datagram (RFC 8489 §5). */
export const STUN_LENGTH_IMPOSSIBLE = new Malformed("stun.length-impossible");

export const STUN_HEADER_BYTES = 20;
const MAGIC_COOKIE = 0x2112a442;
/** Longest attribute part accepted; TURN's Data of a whole datagram fits. */
const ATTRIBUTES_BYTES_MAX = 0xfff0;
const CHANNEL_HEADER_BYTES = 4;
/** Headers of a DTLS record and of a handshake message in it. */
const DTLS_HELLO_BYTES_MIN = 25;

/** `flow.stage`: 0 undecided, then how the flow frames messages. */
const PLAIN = 1;
/** Each message behind a length of 16 bits, as ICE over TCP sends them (RFC 6544 §3, RFC 4571). */
const FRAMED = 2;

/** A classic request is confirmed by the response that echoes its transaction. */
interface Classic {
  readonly transaction: Float64Array;
  direction: number;
}

function noTransaction(): Classic {
  return { transaction: new Float64Array(4).fill(-1), direction: -1 };
}

export const stun: Protocol = {
  name: "stun",
  title: "Session Traversal Utilities for NAT, with TURN",
  spec: "RFC 8489, RFC 8656 (TURN), RFC 3489 (classic), RFC 7983 (what shares its flow), [MS-TURN]",
  category: "voice-video",
  attributes: STUN_ATTRIBUTES,
  malformed: [STUN_ATTRIBUTE_OVERRUN, STUN_LENGTH_IMPOSSIBLE],
  recognises:
    "A message with the magic cookie and exact length, or a classic one whose attributes are all published and fill it, or whose answer echoes its transaction.",
  omits: "Integrity and fingerprint values, and the protocols that TURN carries.",
  datagram: {
    ports: [3478, 3479, 19302],
    firstOctets: Array.from({ length: 0x40 }, (_, index) => index),
    dissect(octets, offset, end, flow) {
      const first = u8(octets, offset);
      if (flow.stage !== 0 && !isMessage(octets, offset, end)) {
        const outcome = carried(first, flow);
        // Candidates are agreed (RFC 8445 §8) when the handshake begins: the flow is that protocol's from here on.
        return isDtlsHello(octets, offset, end) ? flow.become("dtls") : outcome;
      }
      if (first > 0x3f || end - offset < STUN_HEADER_BYTES) return NO;
      const length = u16(octets, offset + 2);
      const exact = offset + STUN_HEADER_BYTES + length === end;
      if (u32(octets, offset + 4) === MAGIC_COOKIE) {
        if (!exact) return STUN_LENGTH_IMPOSSIBLE;
        const filling = fillingOf(octets, offset, end);
        if ((length & filling) !== 0) return STUN_LENGTH_IMPOSSIBLE;
        if (!attributesFit(octets, offset + STUN_HEADER_BYTES, end, filling)) return STUN_ATTRIBUTE_OVERRUN;
      } else {
        if (!exact || (length & 3) !== 0) return NO;
        const outcome = classic(octets, offset, end, flow);
        if (outcome !== MATCH) return outcome;
      }
      flow.stage = PLAIN;
      return message(octets, offset, end, flow);
    },
  },
  stream: {
    ports: [3478, 3479],
    firstOctets: Array.from({ length: 0x40 }, (_, index) => index),
    dissect(octets, offset, end, flow) {
      const undecided = flow.stage === 0;
      const short = undecided ? MORE : MATCH;
      if (undecided) {
        const framing = framingOf(octets, offset, end);
        if (framing < 0) return NO;
        if (framing === 0) return MORE;
        flow.stage = framing;
      }
      if (flow.stage === FRAMED) {
        if (end - offset < 2) return short;
        const length = u16(octets, offset);
        const start = offset + 2;
        if (end - start < length) return short;
        flow.consume(2 + length);
        if (length === 0) return MATCH;
        if (!isMessage(octets, start, start + length)) return carried(u8(octets, start), flow);
        if (STUN_HEADER_BYTES + u16(octets, start + 2) !== length) return STUN_LENGTH_IMPOSSIBLE;
        return whole(octets, start, start + length, flow);
      }
      return plain(octets, offset, end, flow);
    },
  },
};

/** One message or ChannelData of a stream without framing. */
function plain(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < CHANNEL_HEADER_BYTES) return MATCH;
  const first = u8(octets, offset);
  const length = u16(octets, offset + 2);
  if (first >>> 4 === 4) {
    // Over streams ChannelData is filled to a multiple of four (RFC 8656 §12.5).
    flow.consume(CHANNEL_HEADER_BYTES + ((length + 3) & ~3));
    return carried(first, flow);
  }
  if (first > 0x3f) return NO;
  if (end - offset < 8) return MATCH;
  if (u32(octets, offset + 4) !== MAGIC_COOKIE || (length & 3) !== 0) return STUN_LENGTH_IMPOSSIBLE;
  const stop = offset + STUN_HEADER_BYTES + length;
  if (stop > end) return MATCH;
  flow.consume(stop - offset);
  return whole(octets, offset, stop, flow);
}

function whole(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (!attributesFit(octets, offset + STUN_HEADER_BYTES, end, fillingOf(octets, offset, end))) {
    return STUN_ATTRIBUTE_OVERRUN;
  }
  return message(octets, offset, end, flow);
}

/** How the messages of a stream are framed: `PLAIN`, `FRAMED`, 0 where more octets are needed, -1 where neither holds. */
function framingOf(octets: Uint8Array, offset: number, end: number): number {
  const have = end - offset;
  if (u8(octets, offset) > 0x3f) return -1;
  if (have < 4) return 0;
  const second = u16(octets, offset + 2);
  const mayBePlain = (second & 3) === 0 && second <= ATTRIBUTES_BYTES_MAX;
  // Framed, the second number is the message's type: its two top bits are zero.
  const mayBeFramed = second <= 0x3fff && u16(octets, offset) >= STUN_HEADER_BYTES;
  if (!mayBePlain && !mayBeFramed) return -1;
  if (have < 8) return 0;
  if (mayBePlain && u32(octets, offset + 4) === MAGIC_COOKIE) {
    if (have < STUN_HEADER_BYTES) return 0;
    return PLAIN;
  }
  if (!mayBeFramed || u16(octets, offset) !== STUN_HEADER_BYTES + u16(octets, offset + 4)) return -1;
  if (have < 10) return 0;
  return u32(octets, offset + 6) === MAGIC_COOKIE ? FRAMED : -1;
}

/** Whether a datagram of a decided flow is STUN, rather than what shares the flow. */
function isMessage(octets: Uint8Array, offset: number, end: number): boolean {
  if (end - offset < STUN_HEADER_BYTES || u8(octets, offset) > 0x3f) return false;
  if (u32(octets, offset + 4) === MAGIC_COOKIE) return true;
  return u8(octets, offset) <= 1 && u16(octets, offset + 2) === end - offset - STUN_HEADER_BYTES;
}

/** What RFC 7983 §7 lets share a flow with STUN, told apart by the first octet. */
function carried(first: number, flow: FlowContext): Outcome {
  if (first >= 0x80 && first <= 0xbf) flow.set(STUN_CARRIES, "rtp");
  else if (first >= 0x40 && first <= 0x4f) flow.set(STUN_CARRIES, "channel-data");
  else if (first >= 0x14 && first <= 0x3f) flow.set(STUN_CARRIES, "dtls");
  return MATCH;
}

/** A record of epoch 0 with the first of ClientHello, ServerHello or HelloVerifyRequest (RFC 6347 §4.1, §4.2.2). */
function isDtlsHello(octets: Uint8Array, offset: number, end: number): boolean {
  if (end - offset < DTLS_HELLO_BYTES_MIN || u8(octets, offset) !== 22) return false;
  const version = u16(octets, offset + 1);
  if ((version !== 0xfeff && version !== 0xfefd) || u16(octets, offset + 3) !== 0) return false;
  const type = u8(octets, offset + 13);
  return type >= 1 && type <= 3 && u16(octets, offset + 11) <= end - offset - 13;
}

function attributesFit(octets: Uint8Array, start: number, end: number, filling: number): boolean {
  let at = start;
  while (at < end) {
    if (end - at < 4) return false;
    at += 4 + ((u16(octets, at + 2) + filling) & ~filling);
  }
  return at === end;
}

/**
 * RFC 3489, which has no cookie: one of its six types, and attributes that are all of its own or of the comprehension-
 * optional range. A message without them, or with private ones, has too little that is fixed: on another port than STUN's
 * it waits for the response that echoes its transaction.
 */
function classic(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const type = u16(octets, offset);
  if (!isClassicType(type)) return NO;
  const start = offset + STUN_HEADER_BYTES;
  if (end > start) {
    if (!attributesFit(octets, start, end, 3)) return NO;
    if (classicAttributes(octets, start, end)) return MATCH;
  }
  const known = flow.memo(noTransaction);
  if (known.direction === 1 - flow.direction && (type & 0x0100) !== 0) {
    return sameTransaction(octets, offset, known.transaction) ? MATCH : NO;
  }
  if (type !== 0x0001) return NO;
  if (isStunPort(flow.sourcePort) || isStunPort(flow.destinationPort)) return MATCH;
  known.direction = flow.direction;
  for (let word = 0; word < 4; word += 1) known.transaction[word] = u32(octets, offset + 4 + 4 * word);
  return MORE;
}

function isStunPort(port: number): boolean {
  return port === 3478 || port === 3479;
}

function isClassicType(type: number): boolean {
  const method = type & 0x000f;
  const kind = type & 0xfff0;
  return (method === 1 || method === 2) && (kind === 0x0000 || kind === 0x0100 || kind === 0x0110);
}

function sameTransaction(octets: Uint8Array, offset: number, transaction: Float64Array): boolean {
  for (let word = 0; word < 4; word += 1) {
    if (u32(octets, offset + 4 + 4 * word) !== transaction[word]) return false;
  }
  return true;
}

/** Attributes 1 … 11 of RFC 3489 §11.2 with their lengths, or of 0x8000 … 0xFFFF; the first must be one of the former or published. */
function classicAttributes(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    if (end - at < 4) return false;
    const type = u16(octets, at);
    const length = u16(octets, at + 2);
    if (type < 0x8000 && (type === 0 || type > 0x000b)) return false;
    if (type >= 0x8000 && type !== 0x8020 && type !== 0x8022 && type !== 0x8028 && at === start) return false;
    if (isAddress(type) && (length !== 8 || u8(octets, at + 5) !== 1)) return false;
    if (type === 0x0003 && length !== 4) return false;
    if (type === 0x0008 && length !== 20) return false;
    at += 4 + ((length + 3) & ~3);
  }
  return at === end;
}

function isAddress(type: number): boolean {
  return type === 1 || type === 2 || type === 4 || type === 5 || type === 0x000b;
}

function message(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (flow.wants(STUN_MESSAGE)) flow.set(STUN_MESSAGE, stunMessageName(u16(octets, offset)));
  readAttributes(octets, offset, end, fillingOf(octets, offset, end), flow);
  return MATCH;
}
