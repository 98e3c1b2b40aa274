import { assert, Malformed } from "@palisade/base";
import { u8, u16 } from "../octets.js";
import { needRoom, put8, put16 } from "../put.js";

/** PPP over Ethernet: RFC 2516 §4 (header), §5 (discovery), §6 (session), appendix A (tags). */
export const PPPOE_HEADER_BYTES = 6;
export const PPPOE_TAG_HEADER_BYTES = 4;
/** A session's payload is PPP without address, control and check sequence. */
export const PPPOE_CODE_SESSION = 0x00;
export const PPPOE_CODE_OFFER = 0x07;
export const PPPOE_CODE_INITIATION = 0x09;
export const PPPOE_CODE_REQUEST = 0x19;
export const PPPOE_CODE_CONFIRMATION = 0x65;
export const PPPOE_CODE_TERMINATE = 0xa7;
export const PPPOE_TAG_END_OF_LIST = 0;

/** Fewer octets than the header, or than the length promises. */
export const PPPOE_TRUNCATED: Malformed = new Malformed("pppoe.truncated");
/** Version or type is not 1. */
export const PPPOE_VERSION_UNKNOWN: Malformed = new Malformed("pppoe.version-unknown");
/** A discovery tag reaches past the payload. */
export const PPPOE_TAG_TRUNCATED: Malformed = new Malformed("pppoe.tag-truncated");

export interface Pppoe {
  readonly code: number;
  readonly sessionId: number;
  readonly payload: Uint8Array;
}

export interface PppoeTag {
  readonly type: number;
  readonly value: Uint8Array;
}

const at = { versionAndType: 0, code: 1, sessionId: 2, length: 4 } as const;
const VERSION_1_TYPE_1 = 0x11;

export function parsePppoe(bytes: Uint8Array): Pppoe | Malformed {
  if (bytes.length < PPPOE_HEADER_BYTES) return PPPOE_TRUNCATED;
  if (u8(bytes, at.versionAndType) !== VERSION_1_TYPE_1) return PPPOE_VERSION_UNKNOWN;
  const end = PPPOE_HEADER_BYTES + u16(bytes, at.length);
  if (end > bytes.length) return PPPOE_TRUNCATED;
  return {
    code: u8(bytes, at.code),
    sessionId: u16(bytes, at.sessionId),
    payload: bytes.subarray(PPPOE_HEADER_BYTES, end),
  };
}

/** Octets that `emitPppoe` writes. */
export function pppoeBytes(packet: Pppoe): number {
  return PPPOE_HEADER_BYTES + packet.payload.length;
}

/** @throws {AssertionFailure} where the payload is over 65,535 octets */
export function emitPppoe(packet: Pppoe, out: Uint8Array, offset: number): number {
  assert(packet.payload.length <= 0xffff, `emitPppoe: a payload of ${packet.payload.length} octets`);
  const bytes = pppoeBytes(packet);
  needRoom(out, offset, bytes);
  put8(out, offset + at.versionAndType, VERSION_1_TYPE_1);
  put8(out, offset + at.code, packet.code);
  put16(out, offset + at.sessionId, packet.sessionId);
  put16(out, offset + at.length, packet.payload.length);
  out.set(packet.payload, offset + PPPOE_HEADER_BYTES);
  return bytes;
}

/** The tags of a discovery packet's payload, up to the end of list where there is one. */
export function parsePppoeTags(bytes: Uint8Array): readonly PppoeTag[] | Malformed {
  const tags: PppoeTag[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    if (offset + PPPOE_TAG_HEADER_BYTES > bytes.length) return PPPOE_TAG_TRUNCATED;
    const type = u16(bytes, offset);
    if (type === PPPOE_TAG_END_OF_LIST) break;
    const end = offset + PPPOE_TAG_HEADER_BYTES + u16(bytes, offset + 2);
    if (end > bytes.length) return PPPOE_TAG_TRUNCATED;
    tags.push({ type, value: bytes.subarray(offset + PPPOE_TAG_HEADER_BYTES, end) });
    offset = end;
  }
  return tags;
}

/** Octets that `emitPppoeTags` writes. */
export function pppoeTagsBytes(tags: readonly PppoeTag[]): number {
  let bytes = 0;
  for (const tag of tags) bytes += PPPOE_TAG_HEADER_BYTES + tag.value.length;
  return bytes;
}

/** @throws {AssertionFailure} where a tag's value is over 65,535 octets */
export function emitPppoeTags(tags: readonly PppoeTag[], out: Uint8Array, offset: number): number {
  const bytes = pppoeTagsBytes(tags);
  needRoom(out, offset, bytes);
  let index = offset;
  for (const tag of tags) {
    assert(tag.value.length <= 0xffff, `emitPppoeTags: a tag of ${tag.value.length} octets`);
    put16(out, index, tag.type);
    put16(out, index + 2, tag.value.length);
    out.set(tag.value, index + PPPOE_TAG_HEADER_BYTES);
    index += PPPOE_TAG_HEADER_BYTES + tag.value.length;
  }
  return bytes;
}
