/**
 * Zeek's connection history: a letter for each thing that happened, upper case by the originator, lower case by the
 * responder (Zeek documentation, "conn.log", field `history`).
 */
import { type FlowTable, HISTORY, HISTORY_OCTETS, INTS } from "./flow-table.js";

const LENGTH_SHIFT = 24;

/** "D": payload. */
export const LETTER_DATA = 0x44;

/** Bits of the letters that come once a direction; the responder's are shifted by `RESPONDER_SHIFT`. */
export const ONCE_ACK = 1;
export const ONCE_DATA = 2;
export const ONCE_INCONSISTENT = 4;
export const ONCE_MULTIFLAG = 8;
export const ONCE_SYN = 16;
export const ONCE_FIN = 32;
export const ONCE_RST = 64;
export const ONCE_SYN_ACK = 128;
export const RESPONDER_SHIFT = 8;

/** Appends `letter` (upper case) of a direction; letters past `HISTORY_OCTETS` are dropped. */
export function remember(table: FlowTable, flow: number, letter: number, direction: number): void {
  const field = flow * INTS + HISTORY;
  const length = table.ints[field]! >>> LENGTH_SHIFT;
  if (length >= HISTORY_OCTETS) return;
  table.history[flow * HISTORY_OCTETS + length] = direction === 0 ? letter : letter | 0x20;
  table.ints[field]! += 1 << LENGTH_SHIFT;
}

/** As `remember`, the first time only; true then. */
export function rememberOnce(
  table: FlowTable,
  flow: number,
  letter: number,
  direction: number,
  once: number,
): boolean {
  const field = flow * INTS + HISTORY;
  const bit = direction === 0 ? once : once << RESPONDER_SHIFT;
  if ((table.ints[field]! & bit) !== 0) return false;
  table.ints[field]! |= bit;
  remember(table, flow, letter, direction);
  return true;
}

/** As `remember`, at the first, tenth, hundredth … time: `count` is how often it has happened now. */
export function rememberByTens(
  table: FlowTable,
  flow: number,
  letter: number,
  direction: number,
  count: number,
): void {
  let power = 1;
  while (power < count) power *= 10;
  if (power === count) remember(table, flow, letter, direction);
}

export function historyText(table: FlowTable, flow: number): string {
  const length = table.ints[flow * INTS + HISTORY]! >>> LENGTH_SHIFT;
  const start = flow * HISTORY_OCTETS;
  return table.history.toString("latin1", start, start + length);
}
