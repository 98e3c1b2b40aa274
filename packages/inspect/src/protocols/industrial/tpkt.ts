/**
 * ISO transport over TCP: TPKT (RFC 1006 §6) around TPDUs of class 0 (ITU-T X.224 §13), for the protocols above it.
 *
 * Read in place: `readTpkt` says what the packet at an offset is and leaves its bounds in `tpkt`, which the next call
 * overwrites.
 */
import { u8, u16 } from "@palisade/wire";

/** The octets at hand are too few to tell, or end before the packet does. */
export const TPKT_SHORT = 0;
/** No packet of version 3, or a TPDU that class 0 does not have. */
export const TPKT_WRONG = 1;
/** A connection request, confirm, or disconnect: no user data that matter here. */
export const TPKT_CONTROL = 2;
/** Data: `tpkt.start … tpkt.end` is user data. */
export const TPKT_DATA = 3;

export type TpktKind = typeof TPKT_SHORT | typeof TPKT_WRONG | typeof TPKT_CONTROL | typeof TPKT_DATA;

/** The packet read last. */
export const tpkt: { start: number; end: number; code: number; last: boolean } = {
  /** Index of the first octet behind the TPDU's header. */
  start: 0,
  /** Index behind the packet. */
  end: 0,
  /** The TPDU's code: `COTP_REQUEST` … */
  code: 0,
  /** Data: the end-of-TSDU mark is set. */
  last: false,
};

export const COTP_REQUEST = 0xe0;
export const COTP_CONFIRM = 0xd0;
const COTP_DISCONNECT = 0x80;
const COTP_ERROR = 0x70;
const COTP_DATA = 0xf0;
const VERSION = 3;
const TPKT_BYTES = 4;
/** TPKT, length indicator, code: no packet is shorter than with three octets of TPDU. */
const PACKET_MIN = 7;
/** Source reference, destination reference, class: fixed part of a connection TPDU behind its code. */
const CONNECT_MIN = 6;
/** Packets without user data that are passed over before the first with some. */
const CONTROLS_MAX = 4;
const PARAMETER_CALLING = 0xc1;
const PARAMETER_CALLED = 0xc2;

/** Reads the packet at `offset`, as far as its TPDU's header; user data may reach past `end`. */
export function readTpkt(octets: Uint8Array, offset: number, end: number): TpktKind {
  const size = end - offset;
  if (size >= 1 && u8(octets, offset) !== VERSION) return TPKT_WRONG;
  if (size >= 2 && u8(octets, offset + 1) !== 0) return TPKT_WRONG;
  if (size < TPKT_BYTES) return TPKT_SHORT;
  const length = u16(octets, offset + 2);
  if (length < PACKET_MIN) return TPKT_WRONG;
  if (size < PACKET_MIN) return TPKT_SHORT;
  const indicator = u8(octets, offset + TPKT_BYTES);
  const code = u8(octets, offset + 5);
  tpkt.end = offset + length;
  tpkt.start = offset + TPKT_BYTES + 1 + indicator;
  tpkt.code = code;
  if (tpkt.start > tpkt.end) return TPKT_WRONG;
  if (code === COTP_DATA) {
    tpkt.last = (u8(octets, offset + 6) & 0x80) !== 0;
    // Class 0 data has a header of two octets, and a TPDU number of 0 (X.224 §13.7).
    return indicator === 2 && (u8(octets, offset + 6) & 0x7f) === 0 ? TPKT_DATA : TPKT_WRONG;
  }
  if (code === COTP_REQUEST || code === COTP_CONFIRM) {
    return indicator >= CONNECT_MIN && tpkt.start === tpkt.end ? TPKT_CONTROL : TPKT_WRONG;
  }
  return code === COTP_DISCONNECT || code === COTP_ERROR ? TPKT_CONTROL : TPKT_WRONG;
}

/** Passes over the connection's set-up and empty data: as `readTpkt` for the first packet with user data. */
export function firstUserData(octets: Uint8Array, offset: number, end: number): TpktKind {
  let at = offset;
  for (let count = 0; count <= CONTROLS_MAX; count += 1) {
    const kind = readTpkt(octets, at, end);
    if (kind === TPKT_SHORT || kind === TPKT_WRONG) return kind;
    if (kind === TPKT_DATA && tpkt.start < tpkt.end) return TPKT_DATA;
    if (tpkt.end > end) return TPKT_SHORT;
    at = tpkt.end;
  }
  return TPKT_WRONG;
}

/**
 * The transport selector in a connection TPDU at `offset` that lies whole before `end` (X.224 §13.3.4): leaves its
 * bounds in `tpkt.start` and `tpkt.end` and returns true; false where it has none.
 */
export function findSelector(octets: Uint8Array, offset: number, end: number, called: boolean): boolean {
  const wanted = called ? PARAMETER_CALLED : PARAMETER_CALLING;
  if (readTpkt(octets, offset, end) !== TPKT_CONTROL || tpkt.code !== COTP_REQUEST || tpkt.end > end) {
    return false;
  }
  const limit = tpkt.end;
  let at = offset + TPKT_BYTES + 1 + CONNECT_MIN;
  while (at + 2 <= limit) {
    const valueEnd = at + 2 + u8(octets, at + 1);
    if (valueEnd > limit) return false;
    if (u8(octets, at) === wanted) {
      tpkt.start = at + 2;
      tpkt.end = valueEnd;
      return true;
    }
    at = valueEnd;
  }
  return false;
}
