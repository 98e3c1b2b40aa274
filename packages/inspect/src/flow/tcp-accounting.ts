/**
 * What is counted of a TCP connection, whether or not its payload is read: flags, history, sequence numbers.
 *
 * Retransmission, reordering and loss are told by sequence numbers alone, with the latest hole of each direction
 * remembered: octets below the highest sent are out of order where they fall into that hole, else retransmitted.
 */
import type { PacketView } from "../decode/packet-view.js";
import {
  DOUBLES,
  FLAGS,
  type FlowTable,
  GAPS,
  HISTORY,
  INTS,
  MISSED,
  RTT_US,
  SYN_US,
  TCP_FLAGS,
  TCP_HOLE_END,
  TCP_HOLE_START,
  TCP_NEXT,
  TCP_OUT_OF_ORDER,
  TCP_RETRANSMITTED,
  TCP_ZERO_WINDOWS,
} from "./flow-table.js";
import {
  LETTER_DATA,
  ONCE_ACK,
  ONCE_DATA,
  ONCE_FIN,
  ONCE_INCONSISTENT,
  ONCE_MULTIFLAG,
  ONCE_RST,
  ONCE_SYN,
  ONCE_SYN_ACK,
  RESPONDER_SHIFT,
  remember,
  rememberByTens,
  rememberOnce,
} from "./history.js";

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

/** Bits of `FLAGS` in a flow's record. */
export const FLAG_ORIGINATOR_HIGH = 1;
/** The sequence numbers of the originator are known; of the responder: the next bit. */
export const FLAG_SEQUENCE_KNOWN = 2;
/** Payload is no longer read, or there is none to read. */
export const FLAG_INSPECTED = 8;
/** The connection has ended, by both FINs or a RST: the record follows after the short timeout. */
export const FLAG_CLOSED = 16;
export const FLAG_HANDSHAKE_DONE = 32;
/** Payload was seen. */
export const FLAG_PAYLOAD = 64;

const A = 0x41;
const C_CARET = 0x5e;
const F = 0x46;
const G = 0x47;
const H = 0x48;
const I = 0x49;
const Q = 0x51;
const R = 0x52;
const S = 0x53;
const T = 0x54;
const W = 0x57;

/** In `RTT_US`: the handshake is done, and how long it took cannot be told. */
export const NO_RTT = -1;

/** Octets that a jump forward may skip and still be a hole: a larger one is another connection or nonsense. */
const HOLE_OCTETS_MAX = 1 << 24;

/** Accounts one segment of `flow`; returns true when the connection has just been closed. */
export function accountTcp(table: FlowTable, flow: number, view: PacketView, direction: 0 | 1): boolean {
  const { ints, doubles } = table;
  const base = flow * INTS;
  const flags = view.tcpFlags;
  const before = ints[base + TCP_FLAGS]!;
  ints[base + TCP_FLAGS] = before | (direction === 0 ? flags & 0xff : (flags & 0xff) << 16);

  const syn = (flags & SYN) !== 0;
  const fin = (flags & FIN) !== 0;
  const rst = (flags & RST) !== 0;
  if (syn && (fin || rst)) rememberOnce(table, flow, Q, direction, ONCE_MULTIFLAG);
  else if (fin && rst) rememberOnce(table, flow, I, direction, ONCE_INCONSISTENT);
  if (syn) {
    if ((flags & ACK) !== 0) rememberOnce(table, flow, H, direction, ONCE_SYN_ACK);
    else {
      const first = rememberOnce(table, flow, S, direction, ONCE_SYN);
      // Sent again, nobody can tell which one is answered (Karn's algorithm, RFC 6298 §3).
      if (direction === 0) doubles[flow * DOUBLES + SYN_US] = first ? view.timeUs : 0;
    }
  } else if ((flags & ACK) !== 0 && view.payloadBytes === 0 && !fin && !rst) {
    rememberOnce(table, flow, A, direction, ONCE_ACK);
  }
  if (
    direction === 0 &&
    (flags & (SYN | ACK)) === ACK &&
    (ints[base + FLAGS]! & FLAG_HANDSHAKE_DONE) === 0 &&
    (before & SYN) !== 0 &&
    ((before >>> 16) & (SYN | ACK)) === (SYN | ACK)
  ) {
    ints[base + FLAGS]! |= FLAG_HANDSHAKE_DONE;
    const synUs = doubles[flow * DOUBLES + SYN_US]!;
    doubles[flow * DOUBLES + RTT_US] = synUs === 0 ? NO_RTT : Math.max(0, view.timeUs - synUs);
  }

  accountSequence(table, flow, view, direction, syn, fin);

  if (view.payloadBytes > 0) rememberOnce(table, flow, LETTER_DATA, direction, ONCE_DATA);
  if (view.window === 0 && !rst && !syn && (flags & ACK) !== 0) {
    const count = (ints[base + TCP_ZERO_WINDOWS + direction]! += 1);
    rememberByTens(table, flow, W, direction, count);
  }
  if (fin) rememberOnce(table, flow, F, direction, ONCE_FIN);
  if (rst) rememberOnce(table, flow, R, direction, ONCE_RST);

  const wasClosed = (ints[base + FLAGS]! & FLAG_CLOSED) !== 0;
  const after = ints[base + TCP_FLAGS]!;
  const closed = rst || ((after & FIN) !== 0 && ((after >>> 16) & FIN) !== 0);
  if (!closed || wasClosed) return false;
  ints[base + FLAGS]! |= FLAG_CLOSED;
  return true;
}

function accountSequence(
  table: FlowTable,
  flow: number,
  view: PacketView,
  direction: 0 | 1,
  syn: boolean,
  fin: boolean,
): void {
  const { ints, doubles } = table;
  const base = flow * INTS;
  const known = FLAG_SEQUENCE_KNOWN << direction;
  // SYN and FIN occupy a sequence number each (RFC 9293 §3.4).
  const length = view.payloadBytes + (syn ? 1 : 0) + (fin ? 1 : 0);
  if (length === 0) return;
  const start = view.sequence;
  const end = (start + length) | 0;
  const nextField = base + TCP_NEXT + direction;
  if ((ints[base + FLAGS]! & known) === 0) {
    ints[base + FLAGS]! |= known;
    ints[nextField] = end;
    return;
  }
  const next = ints[nextField]!;
  const ahead = (start - next) | 0;
  if (ahead > 0) {
    if (ahead > HOLE_OCTETS_MAX) {
      ints[nextField] = end;
      return;
    }
    ints[base + TCP_HOLE_START + direction] = next;
    ints[base + TCP_HOLE_END + direction] = start;
    doubles[flow * DOUBLES + MISSED + direction]! += ahead;
    const gaps = ints[base + GAPS]! + (direction === 0 ? 1 : 0x1_0000);
    if ((direction === 0 ? gaps & 0xffff : gaps >>> 16) !== 0) ints[base + GAPS] = gaps;
    rememberByTens(table, flow, G, direction, direction === 0 ? gaps & 0xffff : gaps >>> 16);
    ints[nextField] = end;
    return;
  }
  if (((end - next) | 0) > 0) ints[nextField] = end;
  if (ahead === 0) return;
  const holeStart = ints[base + TCP_HOLE_START + direction]!;
  const holeEnd = ints[base + TCP_HOLE_END + direction]!;
  const from = ((start - holeStart) | 0) > 0 ? start : holeStart;
  const to = ((end - holeEnd) | 0) < 0 ? end : holeEnd;
  const filled = (to - from) | 0;
  if (holeStart !== holeEnd && filled > 0) {
    ints[base + TCP_OUT_OF_ORDER + direction]! += 1;
    doubles[flow * DOUBLES + MISSED + direction]! -= filled;
    // The hole shrinks from the end that was filled; filled in its middle, its later part is remembered.
    if (from === holeStart) ints[base + TCP_HOLE_START + direction] = to;
    else if (to === holeEnd) ints[base + TCP_HOLE_END + direction] = from;
    else ints[base + TCP_HOLE_START + direction] = to;
  } else if (view.payloadBytes > 0) {
    const count = (ints[base + TCP_RETRANSMITTED + direction]! += 1);
    rememberByTens(table, flow, T, direction, count);
  }
}

/** The history's mark for a flow whose originator is told by its second packet: a SYN-ACK came first. */
export function rememberFlip(table: FlowTable, flow: number): void {
  remember(table, flow, C_CARET, 0);
}

/** Zeek's `conn_state` of a TCP connection (Zeek documentation, "conn.log"). */
export function tcpState(table: FlowTable, flow: number): string {
  const history = table.ints[flow * INTS + HISTORY]!;
  const responder = history >>> RESPONDER_SHIFT;
  const syn = (history & ONCE_SYN) !== 0;
  const synAck = (responder & ONCE_SYN_ACK) !== 0;
  const originatorFin = (history & ONCE_FIN) !== 0;
  const responderFin = (responder & ONCE_FIN) !== 0;
  const originatorRst = (history & ONCE_RST) !== 0;
  const responderRst = (responder & ONCE_RST) !== 0;
  if (syn && synAck) {
    if (originatorFin && responderFin) return "SF";
    if (originatorRst) return "RSTO";
    if (responderRst) return "RSTR";
    if (originatorFin) return "S2";
    if (responderFin) return "S3";
    return "S1";
  }
  if (syn) {
    if (responderRst) return "REJ";
    if (originatorRst) return "RSTOS0";
    if (originatorFin) return "SH";
    return (responder & (ONCE_ACK | ONCE_DATA | ONCE_FIN)) !== 0 ? "OTH" : "S0";
  }
  if (synAck) {
    if (responderRst) return "RSTRH";
    if (responderFin) return "SHR";
  }
  return "OTH";
}
