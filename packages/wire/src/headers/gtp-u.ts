import { assert, Malformed } from "@palisade/base";
import { u8, u16, u32 } from "../octets.js";
import { needRoom, put8, put16, put32 } from "../put.js";

/**
 * GPRS tunnelling protocol, user plane (version 1): 3GPP TS 29.281 §5.1, extension headers §5.2.
 *
 * Where any of the flags E, S, PN is set, the four octets of sequence number, N-PDU number and next extension header type
 * are there, each meaning something only under its own flag. The length counts what follows the first eight octets.
 */
export const GTPU_HEADER_BYTES = 8;
const OPTIONAL_BYTES = 4;
export const GTPU_PORT = 2152;

export const GTPU_ECHO_REQUEST = 1;
export const GTPU_ECHO_RESPONSE = 2;
export const GTPU_ERROR_INDICATION = 26;
export const GTPU_END_MARKER = 254;
/** A user's packet: the payload is IPv4 or IPv6. */
export const GTPU_G_PDU = 255;

/** Fewer octets than the header, or than its length or an extension promises. */
export const GTPU_TRUNCATED: Malformed = new Malformed("gtp-u.truncated");
/** The version is not 1, or the protocol type is GTP'. */
export const GTPU_VERSION_UNKNOWN: Malformed = new Malformed("gtp-u.version-unknown");
/** An extension header says that it is of no octets. */
export const GTPU_EXTENSION_LENGTH_IMPOSSIBLE: Malformed = new Malformed("gtp-u.extension-length-impossible");

export interface GtpUExtension {
  /** TS 29.281 figure 5.2.1-3: 0x85 is the PDU session container. Not 0, which says that none follows. */
  readonly type: number;
  /** Between length and next type: 4n + 2 octets. */
  readonly content: Uint8Array;
}

export interface GtpU {
  readonly messageType: number;
  /** Tunnel endpoint identifier. */
  readonly teid: number;
  readonly sequence: number | undefined;
  readonly nPduNumber: number | undefined;
  readonly extensions: readonly GtpUExtension[];
  readonly payload: Uint8Array;
}

const at = {
  flags: 0,
  messageType: 1,
  length: 2,
  teid: 4,
  sequence: 8,
  nPduNumber: 10,
  nextType: 11,
} as const;
/** Version 1, protocol type GTP. */
const VERSION_1_GTP = 0x30;
const EXTENSION = 0x04;
const SEQUENCE = 0x02;
const N_PDU = 0x01;
const OPTIONAL = EXTENSION | SEQUENCE | N_PDU;

export function parseGtpU(bytes: Uint8Array): GtpU | Malformed {
  if (bytes.length < GTPU_HEADER_BYTES) return GTPU_TRUNCATED;
  const flags = u8(bytes, at.flags);
  if ((flags & 0xf0) !== VERSION_1_GTP) return GTPU_VERSION_UNKNOWN;
  const end = GTPU_HEADER_BYTES + u16(bytes, at.length);
  if (end > bytes.length) return GTPU_TRUNCATED;
  let offset = GTPU_HEADER_BYTES;
  const extensions: GtpUExtension[] = [];
  if (flags & OPTIONAL) {
    offset += OPTIONAL_BYTES;
    if (offset > end) return GTPU_TRUNCATED;
    let type = flags & EXTENSION ? u8(bytes, at.nextType) : 0;
    while (type !== 0) {
      if (offset >= end) return GTPU_TRUNCATED;
      const length = u8(bytes, offset) * 4;
      if (length === 0) return GTPU_EXTENSION_LENGTH_IMPOSSIBLE;
      if (offset + length > end) return GTPU_TRUNCATED;
      extensions.push({ type, content: bytes.subarray(offset + 1, offset + length - 1) });
      offset += length;
      type = u8(bytes, offset - 1);
    }
  }
  return {
    messageType: u8(bytes, at.messageType),
    teid: u32(bytes, at.teid),
    sequence: flags & SEQUENCE ? u16(bytes, at.sequence) : undefined,
    nPduNumber: flags & N_PDU ? u8(bytes, at.nPduNumber) : undefined,
    extensions,
    payload: bytes.subarray(offset, end),
  };
}

/** Octets that `emitGtpU` writes. */
export function gtpUBytes(packet: GtpU): number {
  let bytes = GTPU_HEADER_BYTES + packet.payload.length;
  if (flagsOf(packet) & OPTIONAL) bytes += OPTIONAL_BYTES;
  for (const extension of packet.extensions) bytes += extension.content.length + 2;
  return bytes;
}

/** @throws {AssertionFailure} where an extension's type is 0 or its content no 4n + 2 octets, or something is too long */
export function emitGtpU(packet: GtpU, out: Uint8Array, offset: number): number {
  const bytes = gtpUBytes(packet);
  assert(bytes - GTPU_HEADER_BYTES <= 0xffff, `emitGtpU: a packet of ${bytes} octets`);
  needRoom(out, offset, bytes);
  const flags = flagsOf(packet);
  put8(out, offset + at.flags, flags);
  put8(out, offset + at.messageType, packet.messageType);
  put16(out, offset + at.length, bytes - GTPU_HEADER_BYTES);
  put32(out, offset + at.teid, packet.teid);
  let index = offset + GTPU_HEADER_BYTES;
  if (flags & OPTIONAL) {
    put16(out, offset + at.sequence, packet.sequence ?? 0);
    put8(out, offset + at.nPduNumber, packet.nPduNumber ?? 0);
    put8(out, offset + at.nextType, packet.extensions[0]?.type ?? 0);
    index += OPTIONAL_BYTES;
  }
  packet.extensions.forEach((extension, place) => {
    const length = extension.content.length + 2;
    assert(
      extension.type !== 0 && length % 4 === 0 && length / 4 <= 255,
      `emitGtpU: an extension header of type ${extension.type} and ${length} octets`,
    );
    put8(out, index, length / 4);
    out.set(extension.content, index + 1);
    put8(out, index + length - 1, packet.extensions[place + 1]?.type ?? 0);
    index += length;
  });
  out.set(packet.payload, index);
  return bytes;
}

function flagsOf(packet: GtpU): number {
  return (
    VERSION_1_GTP |
    (packet.extensions.length > 0 ? EXTENSION : 0) |
    (packet.sequence === undefined ? 0 : SEQUENCE) |
    (packet.nPduNumber === undefined ? 0 : N_PDU)
  );
}
