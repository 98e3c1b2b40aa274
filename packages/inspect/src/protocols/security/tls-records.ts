/**
 * Records of TLS (RFC 8446 §5.1, RFC 5246 §6.2.1) and SSL 2.0 (RFC 6101 §E), and what of them is enough for a verdict.
 */
import { u8, u16, u24 } from "@palisade/wire";
import { MATCH, MORE, NO, type Outcome } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { CERTIFICATE, CLIENT_HELLO, isAlert, leafOctets, SERVER_HELLO } from "./handshake.js";

export const RECORD_HEADER_OCTETS = 5;
export const RECORD_CHANGE_CIPHER_SPEC = 20;
export const RECORD_ALERT = 21;
export const RECORD_HANDSHAKE = 22;
export const RECORD_APPLICATION_DATA = 23;
/** RFC 6520. */
const RECORD_HEARTBEAT = 24;
/** RFC 5246 §6.2.3: an encrypted fragment may be 2,048 octets longer than the 2^14 of a plain one. */
const RECORD_CONTENT_OCTETS_MAX = 16_384 + 2_048;
const PLAIN_CONTENT_OCTETS_MAX = 16_384;

/** A message of one octet, and a tag of 16. */
const CIPHERTEXT_OCTETS_MIN = 17;
/** Alerts are of two octets, and what ciphers add to them is less than this. */
const ALERT_OCTETS_MAX = 256;

/** SSL 2.0: a header of two octets, the highest bit set; a hello is shorter than 256 octets. */
export const SSL2_FIRST_OCTET = 0x80;

/** A hello up to the length of its session identifier: header of record and message, version, random, that length. */
const HELLO_HEAD_OCTETS = RECORD_HEADER_OCTETS + 4 + 2 + 32 + 1;
/** Shortest body of a ServerHello of TLS 1.3's early drafts; every other hello is longer. */
const HELLO_OCTETS_MIN = 36;
/** Longest ClientHello that is believed in: cipher suites and extensions each fill their length field. */
const HELLO_OCTETS_MAX = 0x20_100;
const SESSION_ID_OCTETS_MAX = 32;

/**
 * Octets of the record at `at`, its header included: 0 where the header is not yet whole, -1 where what there is of it is of
 * no record.
 */
export function recordOctets(octets: Uint8Array, at: number, end: number): number {
  const present = end - at;
  if (present < 1) return 0;
  const type = u8(octets, at);
  if (type < RECORD_CHANGE_CIPHER_SPEC || type > RECORD_HEARTBEAT) return -1;
  if (present >= 2 && u8(octets, at + 1) !== 3) return -1;
  if (present >= 3 && u8(octets, at + 2) > 4) return -1;
  if (present < RECORD_HEADER_OCTETS) return 0;
  const length = u16(octets, at + 3);
  if (length === 0 || length > RECORD_CONTENT_OCTETS_MAX) return -1;
  if (type === RECORD_CHANGE_CIPHER_SPEC && length !== 1) return -1;
  if (type === RECORD_ALERT && (length < 2 || length > ALERT_OCTETS_MAX)) return -1;
  return RECORD_HEADER_OCTETS + length;
}

/** Bits of the flow's stage: a plausible record was seen in direction 0, 1. */
const RECORD_SEEN = [0b010, 0b100] as const;

/** MATCH where the octets at hand, the first of their direction, are TLS; else MORE or NO. */
export function recogniseTls(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (u8(octets, offset) === SSL2_FIRST_OCTET) {
    const hello = ssl2HelloOctets(octets, offset, end);
    return hello < 0 ? NO : hello === 0 ? MORE : MATCH;
  }
  const length = recordOctets(octets, offset, end);
  if (length < 0) return NO;
  if (length === 0) return MORE;
  const content = offset + RECORD_HEADER_OCTETS;
  switch (u8(octets, offset)) {
    case RECORD_HANDSHAKE: {
      if (content >= end) return MORE;
      const outcome = recogniseHandshake(octets, content, offset + length, end);
      return outcome === NO ? recogniseSequence(octets, offset, end, length, flow) : outcome;
    }
    case RECORD_ALERT:
      if (length !== RECORD_HEADER_OCTETS + 2) return recogniseSequence(octets, offset, end, length, flow);
      if (content + 2 > end) return MORE;
      return isAlert(u8(octets, content), u8(octets, content + 1)) ? MATCH : NO;
    case RECORD_CHANGE_CIPHER_SPEC:
      if (content >= end) return MORE;
      if (u8(octets, content) !== 1) return NO;
      return recogniseSequence(octets, offset, end, length, flow);
    case RECORD_APPLICATION_DATA:
      return recogniseSequence(octets, offset, end, length, flow);
    default:
      return NO;
  }
}

/** A message in clear at `at`, in a record that ends at `stop`: the kinds whose fields can be checked against each other. */
function recogniseHandshake(octets: Uint8Array, at: number, stop: number, end: number): Outcome {
  const type = u8(octets, at);
  if (stop - at > PLAIN_CONTENT_OCTETS_MAX) return NO;
  if (type === CLIENT_HELLO || type === SERVER_HELLO) return recogniseHello(octets, at, stop, end);
  if (type === CERTIFICATE) {
    if (stop - at < 11) return NO;
    if (end - at < 11) return MORE;
    const leaf = leafOctets(octets, at + 4, u24(octets, at + 1));
    return leaf > 0 && u8(octets, at + 10) === 0x30 ? MATCH : NO;
  }
  // ServerKeyExchange 12 … ClientKeyExchange 16, and a ticket or status by themselves: the one message that fills its record.
  if (type !== 4 && type !== 22 && (type < 12 || type > 16)) return NO;
  if (stop - at < 4) return NO;
  if (end - at < 4) return MORE;
  return u24(octets, at + 1) === stop - at - 4 ? MATCH : NO;
}

function recogniseHello(octets: Uint8Array, at: number, stop: number, end: number): Outcome {
  // A client may cut its hello into records of a few octets; its first four are enough then.
  const wanted = Math.min(stop, at - RECORD_HEADER_OCTETS + HELLO_HEAD_OCTETS);
  if (wanted - at < 4) return NO;
  if (end < wanted) {
    // Every prefix is refused as early as the whole would be.
    if (end - at >= 2 && u8(octets, at + 1) > 2) return NO;
    return MORE;
  }
  const length = u24(octets, at + 1);
  if (length < HELLO_OCTETS_MIN || length > HELLO_OCTETS_MAX) return NO;
  if (stop === wanted && stop - at < HELLO_HEAD_OCTETS - RECORD_HEADER_OCTETS) {
    return length > stop - at - 4 ? MATCH : NO;
  }
  const version = u16(octets, at + 4);
  const draft = version >>> 8 === 0x7f;
  if (!draft && (version < 0x0300 || version > 0x0304)) return NO;
  // Drafts of TLS 1.3 had the cipher suite here.
  return draft || u8(octets, at + 38) <= SESSION_ID_OCTETS_MAX ? MATCH : NO;
}

/**
 * A record whose content says nothing. It decides when it is encrypted and there as a whole, and nothing that is no record
 * follows; or with the header of a second one; or with a header from the other end.
 */
function recogniseSequence(
  octets: Uint8Array,
  offset: number,
  end: number,
  length: number,
  flow: FlowContext,
): Outcome {
  const next = offset + length;
  if (next < end) {
    const following = recordOctets(octets, next, end);
    if (following < 0) return NO;
    if (end - next >= 3 && u8(octets, next + 2) !== u8(octets, offset + 2)) return NO;
    if (following > 0) return MATCH;
  }
  const type = u8(octets, offset);
  // The shortest cipher's text has a MAC or tag of 16 octets (RFC 5246 §6.2.3); an alert is two octets before that.
  const encrypted = length - RECORD_HEADER_OCTETS >= CIPHERTEXT_OCTETS_MIN;
  if (next <= end && encrypted && (type === RECORD_APPLICATION_DATA || type === RECORD_ALERT)) return MATCH;
  flow.stage |= RECORD_SEEN[flow.direction];
  return (flow.stage & RECORD_SEEN[1 - flow.direction]!) !== 0 ? MATCH : MORE;
}

/**
 * Octets of the SSL 2.0 compatible ClientHello at `at` (RFC 5246 §E.2), its header included: 0 where its fixed part is not
 * yet there, -1 where it is none.
 */
export function ssl2HelloOctets(octets: Uint8Array, at: number, end: number): number {
  const present = end - at;
  if (present >= 3 && u8(octets, at + 2) !== CLIENT_HELLO) return -1;
  if (present < 11) return 0;
  const version = u16(octets, at + 3);
  if (version !== 0x0002 && (version < 0x0300 || version > 0x0303)) return -1;
  const ciphers = u16(octets, at + 5);
  const sessionId = u16(octets, at + 7);
  const challenge = u16(octets, at + 9);
  if (ciphers === 0 || ciphers % 3 !== 0) return -1;
  if (sessionId !== 0 && sessionId !== 16) return -1;
  if (challenge < 16 || challenge > 32) return -1;
  const length = u8(octets, at + 1);
  return length === 9 + ciphers + sessionId + challenge ? 2 + length : -1;
}

/** As `ssl2HelloOctets`, for SSL 2.0's ServerHello, whose certificate makes it as long as two octets can say. */
export function ssl2ServerHelloOctets(octets: Uint8Array, at: number, end: number): number {
  if (end - at < 13) return 0;
  const length = u16(octets, at) & 0x7fff;
  if (u8(octets, at + 2) !== 4 || u16(octets, at + 5) !== 0x0002) return -1;
  const parts = u16(octets, at + 7) + u16(octets, at + 9) + u16(octets, at + 11);
  return length === 11 + parts ? 2 + length : -1;
}
