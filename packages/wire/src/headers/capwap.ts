import { assert, Malformed } from "@palisade/base";
import { u8, u16, u32 } from "../octets.js";
import { needRoom, put8, put16, put32 } from "../put.js";

/**
 * Control And Provisioning of Wireless Access Points: the preamble (RFC 5415 §4.1), the clear header (§4.3) and the header
 * before a DTLS record (§4.2). What a clear packet carries depends on the port: control messages, or frames.
 */
export const CAPWAP_CONTROL_PORT = 5246;
export const CAPWAP_DATA_PORT = 5247;
export const CAPWAP_HEADER_BYTES_MIN = 8;
/** HLEN is 5 bits of words. */
export const CAPWAP_HEADER_BYTES_MAX = 124;
export const CAPWAP_DTLS_HEADER_BYTES = 4;

/** Fewer octets than the header says that it has. */
export const CAPWAP_TRUNCATED: Malformed = new Malformed("capwap.truncated");
/** The preamble's version is not 0, or its type neither clear nor DTLS. */
export const CAPWAP_PREAMBLE_UNKNOWN: Malformed = new Malformed("capwap.preamble-unknown");
/** The header's length leaves no room for the fields that its flags promise. */
export const CAPWAP_LENGTH_IMPOSSIBLE: Malformed = new Malformed("capwap.length-impossible");

export interface CapwapClear {
  readonly kind: "clear";
  /** 0 … 31. */
  readonly radioId: number;
  /** 1 is IEEE 802.11. */
  readonly wirelessBinding: number;
  /** T: the payload is a frame as the wireless binding has it; else an IEEE 802.3 frame. */
  readonly nativeFrame: boolean;
  readonly fragment: boolean;
  readonly lastFragment: boolean;
  readonly keepAlive: boolean;
  readonly fragmentId: number;
  /** In octets, a multiple of 8. */
  readonly fragmentOffsetBytes: number;
  readonly radioMac: Uint8Array | undefined;
  readonly wirelessInformation: Uint8Array | undefined;
  readonly payload: Uint8Array;
}

export type Capwap = CapwapClear | { readonly kind: "dtls"; readonly payload: Uint8Array };

const at = { word: 0, fragmentId: 4, fragmentOffset: 6, optional: 8 } as const;
const PREAMBLE_CLEAR = 0x00;
const PREAMBLE_DTLS = 0x01;
const NATIVE_FRAME = 0x100;
const FRAGMENT = 0x80;
const LAST_FRAGMENT = 0x40;
const WIRELESS = 0x20;
const RADIO_MAC = 0x10;
const KEEP_ALIVE = 0x08;

export function parseCapwap(bytes: Uint8Array): Capwap | Malformed {
  if (bytes.length < CAPWAP_DTLS_HEADER_BYTES) return CAPWAP_TRUNCATED;
  const preamble = u8(bytes, 0);
  if (preamble === PREAMBLE_DTLS) return { kind: "dtls", payload: bytes.subarray(CAPWAP_DTLS_HEADER_BYTES) };
  if (preamble !== PREAMBLE_CLEAR) return CAPWAP_PREAMBLE_UNKNOWN;
  const word = u32(bytes, at.word);
  const headerBytes = ((word >>> 19) & 0x1f) * 4;
  if (headerBytes < CAPWAP_HEADER_BYTES_MIN) return CAPWAP_LENGTH_IMPOSSIBLE;
  if (headerBytes > bytes.length) return CAPWAP_TRUNCATED;
  let offset: number = at.optional;
  let radioMac: Uint8Array | undefined;
  let wirelessInformation: Uint8Array | undefined;
  if (word & RADIO_MAC) {
    radioMac = optionalField(bytes, offset, headerBytes);
    if (radioMac === undefined) return CAPWAP_LENGTH_IMPOSSIBLE;
    offset += padded(1 + radioMac.length);
  }
  if (word & WIRELESS) {
    wirelessInformation = optionalField(bytes, offset, headerBytes);
    if (wirelessInformation === undefined) return CAPWAP_LENGTH_IMPOSSIBLE;
  }
  return {
    kind: "clear",
    radioId: (word >>> 14) & 0x1f,
    wirelessBinding: (word >>> 9) & 0x1f,
    nativeFrame: (word & NATIVE_FRAME) !== 0,
    fragment: (word & FRAGMENT) !== 0,
    lastFragment: (word & LAST_FRAGMENT) !== 0,
    keepAlive: (word & KEEP_ALIVE) !== 0,
    fragmentId: u16(bytes, at.fragmentId),
    fragmentOffsetBytes: u16(bytes, at.fragmentOffset) & ~7,
    radioMac,
    wirelessInformation,
    payload: bytes.subarray(headerBytes),
  };
}

/** A length octet and so many octets, in a header that ends at `end`. */
function optionalField(bytes: Uint8Array, offset: number, end: number): Uint8Array | undefined {
  if (offset >= end) return undefined;
  const fieldEnd = offset + 1 + u8(bytes, offset);
  return fieldEnd > end ? undefined : bytes.subarray(offset + 1, fieldEnd);
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function headerBytesOf(packet: CapwapClear): number {
  const radioMac = packet.radioMac === undefined ? 0 : padded(1 + packet.radioMac.length);
  const wireless =
    packet.wirelessInformation === undefined ? 0 : padded(1 + packet.wirelessInformation.length);
  return CAPWAP_HEADER_BYTES_MIN + radioMac + wireless;
}

/** Octets that `emitCapwap` writes. */
export function capwapBytes(packet: Capwap): number {
  const headerBytes = packet.kind === "dtls" ? CAPWAP_DTLS_HEADER_BYTES : headerBytesOf(packet);
  return headerBytes + packet.payload.length;
}

/** @throws {AssertionFailure} where the optional fields make the header longer than 124 octets */
export function emitCapwap(packet: Capwap, out: Uint8Array, offset: number): number {
  const bytes = capwapBytes(packet);
  needRoom(out, offset, bytes);
  if (packet.kind === "dtls") {
    put32(out, offset, PREAMBLE_DTLS << 24);
    out.set(packet.payload, offset + CAPWAP_DTLS_HEADER_BYTES);
    return bytes;
  }
  const headerBytes = headerBytesOf(packet);
  assert(headerBytes <= CAPWAP_HEADER_BYTES_MAX, `emitCapwap: a header of ${headerBytes} octets`);
  const flags =
    (packet.nativeFrame ? NATIVE_FRAME : 0) |
    (packet.fragment ? FRAGMENT : 0) |
    (packet.lastFragment ? LAST_FRAGMENT : 0) |
    (packet.wirelessInformation === undefined ? 0 : WIRELESS) |
    (packet.radioMac === undefined ? 0 : RADIO_MAC) |
    (packet.keepAlive ? KEEP_ALIVE : 0);
  const numbers = ((packet.radioId & 0x1f) << 14) | ((packet.wirelessBinding & 0x1f) << 9);
  put32(out, offset + at.word, ((headerBytes / 4) << 19) | numbers | flags);
  put16(out, offset + at.fragmentId, packet.fragmentId);
  put16(out, offset + at.fragmentOffset, packet.fragmentOffsetBytes & ~7);
  let index = offset + at.optional;
  out.fill(0, index, offset + headerBytes);
  for (const field of [packet.radioMac, packet.wirelessInformation]) {
    if (field === undefined) continue;
    put8(out, index, field.length);
    out.set(field, index + 1);
    index += padded(1 + field.length);
  }
  out.set(packet.payload, offset + headerBytes);
  return bytes;
}
