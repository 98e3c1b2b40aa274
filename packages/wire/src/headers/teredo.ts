import { assert, Malformed } from "@palisade/base";
import { IPV4_BYTES } from "../address.js";
import { u8, u16 } from "../octets.js";
import { needRoom, put8, put16 } from "../put.js";

/**
 * Teredo: IPv6 in UDP, RFC 4380 §5.1.1. Before the IPv6 packet there may stand an authentication encapsulation and, after it,
 * an origin indication, whose port and address are sent with all bits inverted. Octets after the IPv6 packet (trailers,
 * RFC 6081 §4) stay in the payload.
 */
export const TEREDO_PORT = 3544;
const ORIGIN_BYTES = 8;
const AUTHENTICATION_BYTES_MIN = 13;
const NONCE_BYTES = 8;

/** Fewer octets than an indicator promises, or none for an IPv6 packet. */
export const TEREDO_TRUNCATED: Malformed = new Malformed("teredo.truncated");
/** What follows the indicators is no IPv6 packet. */
export const TEREDO_PACKET_UNKNOWN: Malformed = new Malformed("teredo.packet-unknown");

export interface TeredoAuthentication {
  /** Octets of the client identifier: at most 255. */
  readonly clientId: Uint8Array;
  /** Octets of the authentication value: at most 255. */
  readonly value: Uint8Array;
  readonly nonce: Uint8Array;
  readonly confirmation: number;
}

export interface TeredoOrigin {
  /** As it is, no longer inverted. */
  readonly port: number;
  /** Four octets as they are, no longer inverted. */
  readonly address: Uint8Array;
}

export interface Teredo {
  readonly authentication: TeredoAuthentication | undefined;
  readonly origin: TeredoOrigin | undefined;
  /** The IPv6 packet. */
  readonly payload: Uint8Array;
}

const ORIGIN = 0x0000;
const AUTHENTICATION = 0x0001;

export function parseTeredo(bytes: Uint8Array): Teredo | Malformed {
  let offset = 0;
  let authentication: TeredoAuthentication | undefined;
  let origin: TeredoOrigin | undefined;
  if (bytes.length >= 2 && u16(bytes, 0) === AUTHENTICATION) {
    if (bytes.length < AUTHENTICATION_BYTES_MIN) return TEREDO_TRUNCATED;
    const value = 4 + u8(bytes, 2);
    const nonce = value + u8(bytes, 3);
    const confirmation = nonce + NONCE_BYTES;
    if (confirmation >= bytes.length) return TEREDO_TRUNCATED;
    authentication = {
      clientId: bytes.subarray(4, value),
      value: bytes.subarray(value, nonce),
      nonce: bytes.subarray(nonce, confirmation),
      confirmation: u8(bytes, confirmation),
    };
    offset = confirmation + 1;
  }
  if (offset + 2 <= bytes.length && u16(bytes, offset) === ORIGIN) {
    if (offset + ORIGIN_BYTES > bytes.length) return TEREDO_TRUNCATED;
    origin = {
      port: u16(bytes, offset + 2) ^ 0xffff,
      address: bytes.slice(offset + 4, offset + ORIGIN_BYTES).map((octet) => octet ^ 0xff),
    };
    offset += ORIGIN_BYTES;
  }
  if (offset >= bytes.length) return TEREDO_TRUNCATED;
  if (u8(bytes, offset) >>> 4 !== 6) return TEREDO_PACKET_UNKNOWN;
  return { authentication, origin, payload: bytes.subarray(offset) };
}

/** Octets that `emitTeredo` writes. */
export function teredoBytes(packet: Teredo): number {
  const { authentication, origin } = packet;
  return (
    (authentication === undefined
      ? 0
      : AUTHENTICATION_BYTES_MIN + authentication.clientId.length + authentication.value.length) +
    (origin === undefined ? 0 : ORIGIN_BYTES) +
    packet.payload.length
  );
}

/** @throws {AssertionFailure} where a field is of a length that it cannot have */
export function emitTeredo(packet: Teredo, out: Uint8Array, offset: number): number {
  const bytes = teredoBytes(packet);
  needRoom(out, offset, bytes);
  const { authentication, origin } = packet;
  let index = offset;
  if (authentication !== undefined) {
    const { clientId, value, nonce } = authentication;
    assert(
      clientId.length <= 255 && value.length <= 255 && nonce.length === NONCE_BYTES,
      "emitTeredo: identifier, value or nonce of a wrong length",
    );
    put16(out, index, AUTHENTICATION);
    put8(out, index + 2, clientId.length);
    put8(out, index + 3, value.length);
    index += 4;
    for (const field of [clientId, value, nonce]) {
      out.set(field, index);
      index += field.length;
    }
    put8(out, index, authentication.confirmation);
    index += 1;
  }
  if (origin !== undefined) {
    assert(origin.address.length === IPV4_BYTES, "emitTeredo: the origin is no IPv4 address");
    put16(out, index, ORIGIN);
    put16(out, index + 2, origin.port ^ 0xffff);
    origin.address.forEach((octet, place) => {
      put8(out, index + 4 + place, octet ^ 0xff);
    });
    index += ORIGIN_BYTES;
  }
  out.set(packet.payload, index);
  return bytes;
}
