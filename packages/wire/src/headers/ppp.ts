import { Malformed } from "@palisade/base";
import { u8, u16 } from "../octets.js";
import { needRoom, put16 } from "../put.js";

/**
 * Point-to-point protocol: RFC 1661 §2, with the address and control octets of RFC 1662 §3.1 where the link has them.
 *
 * Protocol numbers have an even first and an odd last octet, so a first octet that is odd is a whole number by itself:
 * protocol field compression, RFC 1661 §6.5.
 */
export const PPP_ADDRESS_CONTROL = 0xff03;

export const PPP_IPV4 = 0x0021;
export const PPP_IPV6 = 0x0057;
export const PPP_MULTILINK = 0x003d;
export const PPP_COMPRESSED = 0x00fd;
export const PPP_MPLS = 0x0281;
export const PPP_IPCP = 0x8021;
export const PPP_IPV6CP = 0x8057;
export const PPP_LCP = 0xc021;
export const PPP_PAP = 0xc023;
export const PPP_CHAP = 0xc223;
export const PPP_EAP = 0xc227;

/** No whole protocol number. */
export const PPP_TRUNCATED: Malformed = new Malformed("ppp.truncated");
/** The protocol number's octets are both even (RFC 1661 §2: such frames are unrecognized). */
export const PPP_PROTOCOL_IMPOSSIBLE: Malformed = new Malformed("ppp.protocol-impossible");

export interface Ppp {
  /** Whether `ff 03` stands before the protocol number. */
  readonly addressAndControl: boolean;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export function parsePpp(bytes: Uint8Array): Ppp | Malformed {
  const addressAndControl = bytes.length >= 2 && u16(bytes, 0) === PPP_ADDRESS_CONTROL;
  const offset = addressAndControl ? 2 : 0;
  if (bytes.length < offset + 1) return PPP_TRUNCATED;
  const first = u8(bytes, offset);
  if (first & 1) return { addressAndControl, protocol: first, payload: bytes.subarray(offset + 1) };
  if (bytes.length < offset + 2) return PPP_TRUNCATED;
  const protocol = u16(bytes, offset);
  if (!(protocol & 1)) return PPP_PROTOCOL_IMPOSSIBLE;
  return { addressAndControl, protocol, payload: bytes.subarray(offset + 2) };
}

/** Octets that `emitPpp` writes. */
export function pppBytes(frame: Ppp): number {
  return (frame.addressAndControl ? 4 : 2) + frame.payload.length;
}

/** Writes the protocol number uncompressed. */
export function emitPpp(frame: Ppp, out: Uint8Array, offset: number): number {
  const bytes = pppBytes(frame);
  needRoom(out, offset, bytes);
  let index = offset;
  if (frame.addressAndControl) {
    put16(out, index, PPP_ADDRESS_CONTROL);
    index += 2;
  }
  put16(out, index, frame.protocol);
  out.set(frame.payload, index + 2);
  return bytes;
}
