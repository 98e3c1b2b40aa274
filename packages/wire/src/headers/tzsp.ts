import { assert, Malformed } from "@palisade/base";
import { u8, u16 } from "../octets.js";
import { needRoom, put8, put16 } from "../put.js";

/**
 * TaZmen Sniffer Protocol, version 1: captured frames in UDP, as access points and routers send them to a collector. There is
 * no RFC. A four-octet header, then (in packets with a frame) tagged fields up to an end tag, then the frame.
 */
export const TZSP_HEADER_BYTES = 4;
export const TZSP_PORT = 37008;

export const TZSP_TYPE_RECEIVED = 0;
export const TZSP_TYPE_TRANSMIT = 1;
export const TZSP_TYPE_CONFIGURATION = 3;
export const TZSP_TYPE_KEEPALIVE = 4;
export const TZSP_TYPE_PORT_OPENER = 5;

export const TZSP_PROTOCOL_ETHERNET = 0x01;
export const TZSP_PROTOCOL_IEEE80211 = 0x12;

/** A field of one octet and no length. */
export const TZSP_TAG_PADDING = 0;
export const TZSP_TAG_END = 1;

/** Fewer octets than the header, or no end tag in those that are there. */
export const TZSP_TRUNCATED: Malformed = new Malformed("tzsp.truncated");
export const TZSP_VERSION_UNKNOWN: Malformed = new Malformed("tzsp.version-unknown");

export interface TzspTag {
  readonly number: number;
  /** At most 255 octets. */
  readonly value: Uint8Array;
}

export interface Tzsp {
  readonly type: number;
  /** What the frame is. */
  readonly protocol: number;
  /** Padding and end are left out. Only packets with a frame have tags. */
  readonly tags: readonly TzspTag[];
  readonly payload: Uint8Array;
}

export function parseTzsp(bytes: Uint8Array): Tzsp | Malformed {
  if (bytes.length < TZSP_HEADER_BYTES) return TZSP_TRUNCATED;
  if (u8(bytes, 0) !== 1) return TZSP_VERSION_UNKNOWN;
  const type = u8(bytes, 1);
  const protocol = u16(bytes, 2);
  const tags: TzspTag[] = [];
  let offset = TZSP_HEADER_BYTES;
  while (hasFrame(type)) {
    if (offset >= bytes.length) return TZSP_TRUNCATED;
    const number = u8(bytes, offset);
    offset += 1;
    if (number === TZSP_TAG_END) break;
    if (number === TZSP_TAG_PADDING) continue;
    if (offset >= bytes.length) return TZSP_TRUNCATED;
    const end = offset + 1 + u8(bytes, offset);
    if (end > bytes.length) return TZSP_TRUNCATED;
    tags.push({ number, value: bytes.subarray(offset + 1, end) });
    offset = end;
  }
  return { type, protocol, tags, payload: bytes.subarray(offset) };
}

function hasFrame(type: number): boolean {
  return type === TZSP_TYPE_RECEIVED || type === TZSP_TYPE_TRANSMIT;
}

/** Octets that `emitTzsp` writes. */
export function tzspBytes(packet: Tzsp): number {
  let bytes = TZSP_HEADER_BYTES + packet.payload.length;
  if (!hasFrame(packet.type)) return bytes;
  for (const tag of packet.tags) bytes += 2 + tag.value.length;
  return bytes + 1;
}

/** @throws {AssertionFailure} where a tag is padding, end or over 255 octets, or a packet without a frame has tags */
export function emitTzsp(packet: Tzsp, out: Uint8Array, offset: number): number {
  const bytes = tzspBytes(packet);
  needRoom(out, offset, bytes);
  put8(out, offset, 1);
  put8(out, offset + 1, packet.type);
  put16(out, offset + 2, packet.protocol);
  let index = offset + TZSP_HEADER_BYTES;
  assert(
    hasFrame(packet.type) || packet.tags.length === 0,
    `emitTzsp: tags in a packet of type ${packet.type}`,
  );
  for (const { number, value } of packet.tags) {
    assert(number > TZSP_TAG_END && value.length <= 255, `emitTzsp: tag ${number} of ${value.length} octets`);
    put8(out, index, number);
    put8(out, index + 1, value.length);
    out.set(value, index + 2);
    index += 2 + value.length;
  }
  if (hasFrame(packet.type)) put8(out, index, TZSP_TAG_END);
  out.set(packet.payload, offset + bytes - packet.payload.length);
  return bytes;
}
