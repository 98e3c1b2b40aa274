/**
 * Google's QUIC before IETF's: the public header of Q024 … Q043, the long header of Q046, and the handshake messages of its
 * own crypto, which up to Q046 are sent in clear. As Chromium's "QUIC Wire Layout Specification" and "QUIC Crypto"
 * describe them.
 */
import { u8, u16, u16le, u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import type { FlowContext } from "../../flow-context.js";
import { TLS_SNI } from "./tls-attributes.js";

/** Software of the client as it names itself: gQUIC's UAID, or Google's transport parameter 0x3129. */
export const QUIC_USER_AGENT = attribute("quic.user-agent", "text");

/** Hash over packets that are not encrypted. */
const HASH_OCTETS = 12;
/** Tags of a handshake message; Chromium refuses more (kMaxEntries). */
const TAGS_MAX = 128;
const MESSAGE_HEADER_OCTETS = 8;
const TAG_OCTETS = 8;
/** Frames looked at in search of the handshake stream. */
const FRAMES_MAX = 16;
/** From Q039 on numbers are big-endian; before Q034 the frames came after an octet of private flags. */
const BIG_ENDIAN_FROM = 39;
const PRIVATE_FLAGS_UNTIL = 33;

const MESSAGE_CHLO = 0x43484c4f;
const MESSAGE_REJ = 0x52454a00;
const MESSAGE_SREJ = 0x5352454a;
const MESSAGE_SHLO = 0x53484c4f;
const TAG_SNI = 0x534e4900;
const TAG_USER_AGENT = 0x55414944;

/**
 * Whether a packet in clear, from its hash on, holds the start of a handshake message; sets attributes from a CHLO.
 */
export function readGquicPacket(
  octets: Uint8Array,
  at: number,
  end: number,
  version: number,
  flow: FlowContext,
): boolean {
  let position = at + HASH_OCTETS;
  if (version <= PRIVATE_FLAGS_UNTIL) position += 1;
  const bigEndian = version >= BIG_ENDIAN_FROM;
  for (let frame = 0; frame < FRAMES_MAX && position < end; frame += 1) {
    const type = u8(octets, position);
    if ((type & 0x80) !== 0) return readStreamFrame(octets, position, end, bigEndian, flow);
    const length = controlFrameOctets(octets, position, end);
    if (length === 0) return false;
    position += length;
  }
  return false;
}

/** STREAM frame, 1fdooossb: the handshake is stream 1, and its messages begin at offset 0. */
function readStreamFrame(
  octets: Uint8Array,
  at: number,
  end: number,
  bigEndian: boolean,
  flow: FlowContext,
): boolean {
  const type = u8(octets, at);
  const idOctets = (type & 0x03) + 1;
  const offsetOctets = (type & 0x1c) === 0 ? 0 : ((type & 0x1c) >>> 2) + 1;
  const hasLength = (type & 0x20) !== 0;
  let position = at + 1;
  if (position + idOctets + offsetOctets + (hasLength ? 2 : 0) > end) return false;
  let id = 0;
  for (let index = 0; index < idOctets; index += 1) id += u8(octets, position + index);
  const idAt = bigEndian ? position + idOctets - 1 : position;
  if (id !== 1 || u8(octets, idAt) !== 1) return false;
  position += idOctets;
  for (let index = 0; index < offsetOctets; index += 1) {
    if (u8(octets, position + index) !== 0) return false;
  }
  position += offsetOctets;
  let stop = end;
  if (hasLength) {
    stop = position + 2 + (bigEndian ? u16(octets, position) : u16le(octets, position));
    position += 2;
    if (stop > end) return false;
  }
  return readGquicMessage(octets, position, stop, flow);
}

/** Octets of a frame that is neither STREAM nor of unknown length: 0 where it cannot be told. */
function controlFrameOctets(octets: Uint8Array, at: number, end: number): number {
  const type = u8(octets, at);
  if ((type & 0xc0) === 0x40) {
    // ACK, 01ntllmm: largest acknowledged, delay, (number of blocks,) first block, (blocks,) timestamps.
    const blocks = (type & 0x20) !== 0;
    const largest = LENGTHS[(type >>> 2) & 0x03]!;
    const block = LENGTHS[type & 0x03]!;
    const countAt = at + 1 + largest + 2;
    if (countAt >= end) return 0;
    const count = blocks ? u8(octets, countAt) : 0;
    const timestampsAt = countAt + (blocks ? 1 : 0) + block + count * (1 + block);
    if (timestampsAt >= end) return 0;
    const timestamps = u8(octets, timestampsAt);
    return timestampsAt + 1 + (timestamps === 0 ? 0 : 5 + (timestamps - 1) * 3) - at;
  }
  // STOP_WAITING with a packet number of one octet, and PING; PADDING runs to the end.
  if (type === 0x06) return 2;
  return type === 0x07 ? 1 : 0;
}

const LENGTHS = [1, 2, 4, 6] as const;

/**
 * Whether a handshake message starts at `at`: its tag, count of entries, entries, values. Sets attributes from a CHLO.
 */
export function readGquicMessage(octets: Uint8Array, at: number, end: number, flow: FlowContext): boolean {
  if (at + MESSAGE_HEADER_OCTETS > end) return false;
  const message = u32(octets, at);
  const known =
    message === MESSAGE_CHLO ||
    message === MESSAGE_REJ ||
    message === MESSAGE_SREJ ||
    message === MESSAGE_SHLO;
  const entries = u16le(octets, at + 4);
  if (!known || entries === 0 || entries > TAGS_MAX || u16(octets, at + 6) !== 0) return false;
  const valuesAt = at + MESSAGE_HEADER_OCTETS + entries * TAG_OCTETS;
  if (message !== MESSAGE_CHLO || valuesAt > end) return true;
  let start = 0;
  for (let entry = 0; entry < entries; entry += 1) {
    const entryAt = at + MESSAGE_HEADER_OCTETS + entry * TAG_OCTETS;
    const stop = u32le(octets, entryAt + 4);
    // Ends of values rise; what is past the packet comes in the next, which is not waited for.
    if (stop < start || valuesAt + stop > end) break;
    const tag = u32(octets, entryAt);
    if (stop > start) {
      if (tag === TAG_SNI) flow.host(TLS_SNI, octets, valuesAt + start, valuesAt + stop);
      else if (tag === TAG_USER_AGENT) flow.text(QUIC_USER_AGENT, octets, valuesAt + start, valuesAt + stop);
    }
    start = stop;
  }
  return true;
}
