/**
 * Information elements of GTP-C, read in place: 3GPP TS 29.060 §7.7 (version 1) and TS 29.274 §8 (version 2).
 */
import { u8, u16 } from "@palisade/wire";

/** Octets of the values of version 1 elements that have no length of their own, by type; 0 where undefined. */
const FIXED_BYTES: Uint8Array = fixedBytes([
  [1, 1], // cause
  [2, 8], // IMSI
  [3, 6], // routeing area identity
  [4, 4], // temporary logical link identity
  [5, 4], // packet TMSI
  [8, 1], // reordering required
  [9, 28], // authentication triplet
  [11, 1], // MAP cause
  [12, 3], // P-TMSI signature
  [13, 1], // MS validated
  [14, 1], // recovery
  [15, 1], // selection mode
  [16, 4], // tunnel endpoint identifier data I
  [17, 4], // tunnel endpoint identifier control plane
  [18, 5], // tunnel endpoint identifier data II
  [19, 1], // teardown indicator
  [20, 1], // NSAPI
  [21, 1], // RANAP cause
  [22, 9], // RAB context
  [23, 1], // radio priority SMS
  [24, 1], // radio priority
  [25, 2], // packet flow identifier
  [26, 2], // charging characteristics
  [27, 2], // trace reference
  [28, 2], // trace type
  [29, 1], // MS not reachable reason
  [127, 4], // charging identifier
]);

function fixedBytes(entries: readonly (readonly [number, number])[]): Uint8Array {
  const bytes = new Uint8Array(128);
  for (const [type, count] of entries) bytes[type] = count;
  return bytes;
}

/** The element that `readElement` read last. */
export const element = { type: 0, start: 0, end: 0 };

/** Reads the element at `at` into `element`; false where it does not fit, or its length is not known. */
export function readElement(octets: Uint8Array, at: number, end: number, version: number): boolean {
  if (at >= end) return false;
  const type = u8(octets, at);
  element.type = type;
  if (version === 2) {
    // Type 1, length 2, spare and instance 1, value.
    if (at + 4 > end) return false;
    element.start = at + 4;
    element.end = at + 4 + u16(octets, at + 1);
  } else if (type < 128) {
    if (FIXED_BYTES[type] === 0) return false;
    element.start = at + 1;
    element.end = at + 1 + FIXED_BYTES[type]!;
  } else {
    if (at + 3 > end) return false;
    element.start = at + 3;
    element.end = at + 3 + u16(octets, at + 1);
  }
  return element.end <= end;
}

/** Telephony digits: two to an octet, the low half first, 0xF for none (TS 29.002 §17.7.8). Empty where others occur. */
export function digits(octets: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end && at < start + 16; at += 1) {
    const octet = u8(octets, at);
    const low = octet & 0xf;
    const high = octet >>> 4;
    if (low > 9) return low === 0xf ? text : "";
    text += low;
    if (high > 9) return high === 0xf ? text : "";
    text += high;
  }
  return text;
}

/** An access point name: labels, each behind its length, as text with dots (TS 23.003 §9.1). Empty where it does not fit. */
export function accessPointName(octets: Uint8Array, start: number, end: number): string {
  let text = "";
  let at = start;
  while (at < end) {
    const labelEnd = at + 1 + u8(octets, at);
    if (labelEnd === at + 1 || labelEnd > end || text.length > 100) return "";
    if (text !== "") text += ".";
    for (let index = at + 1; index < labelEnd; index += 1) text += String.fromCharCode(u8(octets, index));
    at = labelEnd;
  }
  return text;
}
