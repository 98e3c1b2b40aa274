/**
 * Distinguished Encoding Rules (ITU-T X.690), read in place: definite lengths only, tags of one octet only. There is no
 * recursion here: a caller descends by reading elements between the start and end of one that it has read.
 */
import { u8, u16, u24, u32 } from "@palisade/wire";

export const DER_BOOLEAN = 0x01;
export const DER_INTEGER = 0x02;
export const DER_OCTET_STRING = 0x04;
export const DER_OID = 0x06;
export const DER_UTC_TIME = 0x17;
export const DER_GENERALIZED_TIME = 0x18;
export const DER_UNIVERSAL_STRING = 0x1c;
export const DER_BMP_STRING = 0x1e;
export const DER_SEQUENCE = 0x30;
export const DER_SET = 0x31;

/** Where an element's content is. The next element starts at `end`. */
export class DerElement {
  /** Identifier octet: class, constructed bit and number. */
  tag = 0;
  /** Of the content. */
  start = 0;
  end = 0;
}

/**
 * Reads the element at `at`, which must lie before `end` as a whole, into `element`. False, and `element` as it was, where
 * it does not, or where its tag takes several octets, or where its length is indefinite or longer than 4 octets.
 */
export function readDer(octets: Uint8Array, at: number, end: number, element: DerElement): boolean {
  if (at + 2 > end) return false;
  const tag = u8(octets, at);
  if ((tag & 0x1f) === 0x1f) return false;
  let length = u8(octets, at + 1);
  let start = at + 2;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > 4 || start + count > end) return false;
    if (count === 1) length = u8(octets, start);
    else if (count === 2) length = u16(octets, start);
    else if (count === 3) length = u24(octets, start);
    else length = u32(octets, start);
    start += count;
  }
  if (length > end - start) return false;
  element.tag = tag;
  element.start = start;
  element.end = start + length;
  return true;
}

/** As `readDer`, and the element's tag must be `tag`. */
export function expectDer(
  octets: Uint8Array,
  at: number,
  end: number,
  tag: number,
  element: DerElement,
): boolean {
  return at < end && u8(octets, at) === tag && readDer(octets, at, end, element);
}

/**
 * A UTCTime or GeneralizedTime in the form that RFC 5280 §4.1.2.5 demands (seconds present, zone Z), as milliseconds since
 * the epoch; undefined where it is not of that form. Years of two digits are 1950 … 2049.
 */
export function derTimeMs(octets: Uint8Array, element: DerElement): number | undefined {
  const { tag, start, end } = element;
  const yearDigits = tag === DER_UTC_TIME ? 2 : tag === DER_GENERALIZED_TIME ? 4 : 0;
  if (yearDigits === 0 || end - start !== yearDigits + 11 || u8(octets, end - 1) !== 0x5a) return undefined;
  for (let at = start; at < end - 1; at += 1) {
    const octet = u8(octets, at);
    if (octet < 0x30 || octet > 0x39) return undefined;
  }
  let year = twoDigits(octets, start);
  if (yearDigits === 4) year = year * 100 + twoDigits(octets, start + 2);
  else year += year >= 50 ? 1900 : 2000;
  const at = start + yearDigits;
  const month = twoDigits(octets, at);
  const day = twoDigits(octets, at + 2);
  const hour = twoDigits(octets, at + 4);
  const minute = twoDigits(octets, at + 6);
  const second = twoDigits(octets, at + 8);
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 59) {
    return undefined;
  }
  // Date.UTC takes years below 100 for those of the last century.
  return year < 100 ? undefined : Date.UTC(year, month - 1, day, hour, minute, second);
}

function twoDigits(octets: Uint8Array, at: number): number {
  return (u8(octets, at) - 0x30) * 10 + u8(octets, at + 1) - 0x30;
}

/** An object identifier's content as dotted numbers: `2.5.4.3`. Empty where it is not well formed. */
export function derOidText(octets: Uint8Array, start: number, end: number): string {
  if (start >= end || end - start > OID_OCTETS_MAX || (u8(octets, end - 1) & 0x80) !== 0) return "";
  let text = "";
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const octet = u8(octets, at);
    value = value * 128 + (octet & 0x7f);
    if (value > Number.MAX_SAFE_INTEGER) return "";
    if ((octet & 0x80) !== 0) continue;
    if (text === "") {
      const first = Math.min(2, Math.floor(value / 40));
      text = `${first}.${value - first * 40}`;
    } else {
      text += `.${value}`;
    }
    value = 0;
  }
  return text;
}

const OID_OCTETS_MAX = 64;
