import { u8 } from "@palisade/wire";
import { BER_GENERALIZED_TIME, BER_UTC_TIME, type BerElement } from "../ber.js";

/**
 * A UTCTime or GeneralizedTime in the form that RFC 5280 §4.1.2.5 demands (seconds present, zone Z), as milliseconds since
 * the epoch; undefined where it is not of that form. Years of two digits are 1950 … 2049.
 */
export function certificateTimeMs(octets: Uint8Array, element: BerElement): number | undefined {
  const { tag, start, end } = element;
  const yearDigits = tag === BER_UTC_TIME ? 2 : tag === BER_GENERALIZED_TIME ? 4 : 0;
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
