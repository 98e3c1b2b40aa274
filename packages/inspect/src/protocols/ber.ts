/**
 * Basic Encoding Rules, read in place: ITU-T X.690 (DER is the subset that needs no other reader).
 *
 * A dissector owns one `BerElement` for each level that it reads at once and moves it along: nothing is allocated per
 * element. Constructed values are entered by reading on from `element.start` with `element.end` as the limit, so depth is
 * the dissector's own, never the sender's. The indefinite length form (X.690 §8.1.3.6) counts as wrong: LDAP (RFC 4511
 * §5.1), Kerberos (RFC 4120 §5) and certificates (RFC 5280 §4.1), both of them DER, and SNMP (RFC 3417 §8) all exclude it.
 */
export class BerElement {
  /** First identifier octet: class, constructed bit, and the number where it is below 31. */
  tag = 0;
  /** Tag number, also in the high-tag-number form (X.690 §8.1.2.4): 0 … 2^21 - 1. */
  number = 0;
  /** Index of the identifier octet. */
  at = 0;
  /** The contents are `octets[start … end)`; after `BER_SHORT`, `end` may lie beyond the octets at hand. */
  start = 0;
  end = 0;
}

/** The element was read, and lies whole before the limit. */
export const BER_OK = 0;
/** The octets end before the element does. `start` is 0 where even its header is incomplete. */
export const BER_SHORT = 1;
/** No encoding that is accepted: indefinite or reserved length, a length above 2^31 - 1, a tag number above 2^21 - 1. */
export const BER_WRONG = 2;

type BerResult = typeof BER_OK | typeof BER_SHORT | typeof BER_WRONG;

export const BER_BOOLEAN = 0x01;
export const BER_INTEGER = 0x02;
export const BER_OCTET_STRING = 0x04;
export const BER_OBJECT_IDENTIFIER = 0x06;
export const BER_ENUMERATED = 0x0a;
export const BER_UTC_TIME = 0x17;
export const BER_GENERALIZED_TIME = 0x18;
export const BER_GENERAL_STRING = 0x1b;
export const BER_UNIVERSAL_STRING = 0x1c;
export const BER_BMP_STRING = 0x1e;
export const BER_SEQUENCE = 0x30;
export const BER_SET = 0x31;

const LENGTH_OCTETS_MAX = 4;
const NUMBER_OCTETS_MAX = 3;
const INTEGER_OCTETS_MAX = 6;
/** RFC 2578 §3.5. */
const OBJECT_IDENTIFIER_ARCS_MAX = 128;

/** Reads the element at `at`, which ends before `limit`, into `element`. */
export function readBer(octets: Uint8Array, at: number, limit: number, element: BerElement): BerResult {
  element.at = at;
  element.start = 0;
  if (at >= limit) return BER_SHORT;
  const tag = octets[at]!;
  element.tag = tag;
  let index = at + 1;
  let number = tag & 0x1f;
  if (number === 0x1f) {
    number = 0;
    for (let count = 0; ; count += 1) {
      if (count === NUMBER_OCTETS_MAX) return BER_WRONG;
      if (index >= limit) return BER_SHORT;
      const octet = octets[index]!;
      index += 1;
      number = (number << 7) | (octet & 0x7f);
      if ((octet & 0x80) === 0) break;
    }
  }
  element.number = number;
  if (index >= limit) return BER_SHORT;
  let length = octets[index]!;
  index += 1;
  if (length >= 0x80) {
    const count = length & 0x7f;
    if (count === 0 || count > LENGTH_OCTETS_MAX) return BER_WRONG;
    if (count > limit - index) return BER_SHORT;
    length = 0;
    for (let octet = 0; octet < count; octet += 1) length = length * 256 + octets[index + octet]!;
    index += count;
    if (length > 0x7fff_ffff) return BER_WRONG;
  }
  element.start = index;
  element.end = index + length;
  return element.end > limit ? BER_SHORT : BER_OK;
}

/** Reads the element at `at` and says whether it is whole and has the identifier octet `tag`. */
export function readBerTag(
  octets: Uint8Array,
  at: number,
  limit: number,
  tag: number,
  element: BerElement,
): boolean {
  return readBer(octets, at, limit, element) === BER_OK && element.tag === tag;
}

/** The contents as a two's complement integer; NaN where there are none, or more than six octets. */
export function berInteger(octets: Uint8Array, element: BerElement): number {
  const length = element.end - element.start;
  if (length < 1 || length > INTEGER_OCTETS_MAX) return Number.NaN;
  let value = (octets[element.start]! << 24) >> 24;
  for (let index = element.start + 1; index < element.end; index += 1) value = value * 256 + octets[index]!;
  return value;
}

/** The contents as an object identifier in dotted decimal ("1.3.6.1"); empty where they are none, or an arc is above 2^53 - 1. */
export function berObjectIdentifier(octets: Uint8Array, element: BerElement): string {
  let text = "";
  let arc = 0;
  let arcs = 0;
  for (let index = element.start; index < element.end; index += 1) {
    const octet = octets[index]!;
    arc = arc * 128 + (octet & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER || arcs === OBJECT_IDENTIFIER_ARCS_MAX) return "";
    if ((octet & 0x80) !== 0) continue;
    if (arcs === 0) {
      const first = arc < 40 ? 0 : arc < 80 ? 1 : 2;
      text = `${first}.${arc - first * 40}`;
    } else {
      text += `.${arc}`;
    }
    arcs += 1;
    arc = 0;
  }
  // An arc whose last octet has the continuation bit is not finished (X.690 §8.19.2).
  const finished = element.end > element.start && (octets[element.end - 1]! & 0x80) === 0;
  return finished ? text : "";
}
