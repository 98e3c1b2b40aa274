/** Most characters of an IPv6 address: RFC 4291 §2.2, form 3, with all digits. */
export const ADDRESS_TEXT_BYTES_MAX = 45;
const IPV4_BYTES = 4;
const IPV6_BYTES = 16;

const DOT = 0x2e;
const COLON = 0x3a;

/**
 * Reads the address that `octets[start … end)` is as text into `out`: what `parseIpAddress` of `@palisade/wire` reads, without a
 * string.
 *
 * @param out room for 16 octets
 * @returns its octets, 4 or 16; 0 where it is none
 */
export function readIpAddress(octets: Uint8Array, start: number, end: number, out: Uint8Array): number {
  if (end - start > ADDRESS_TEXT_BYTES_MAX) return 0;
  for (let at = start; at < end; at += 1) {
    if (octets[at] === COLON) return readIpv6(octets, start, end, out);
  }
  return readIpv4(octets, start, end, out, 0) ? IPV4_BYTES : 0;
}

/** Four decimal numbers without leading zeros, into `out` from `to` on. */
function readIpv4(octets: Uint8Array, start: number, end: number, out: Uint8Array, to: number): boolean {
  let at = start;
  for (let part = 0; part < IPV4_BYTES; part += 1) {
    if (part > 0) {
      if (at >= end || octets[at] !== DOT) return false;
      at += 1;
    }
    const first = at;
    let value = 0;
    for (; at < end && at - first < 3; at += 1) {
      const digit = octets[at]! - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === first || value > 255 || (at - first > 1 && octets[first] === 0x30)) return false;
    out[to + part] = value;
  }
  return at === end;
}

function readIpv6(octets: Uint8Array, start: number, end: number, out: Uint8Array): number {
  let written = 0;
  /** How many octets stand before the `::`; -1 where there is none. */
  let gap = -1;
  let at = start;
  if (end - at >= 2 && octets[at] === COLON && octets[at + 1] === COLON) {
    gap = 0;
    at += 2;
  }
  while (at < end) {
    if (written === IPV6_BYTES) return 0;
    const first = at;
    let value = 0;
    for (; at < end && at - first < 4; at += 1) {
      const digit = hexDigit(octets[at]!);
      if (digit < 0) break;
      value = value * 16 + digit;
    }
    if (at < end && octets[at] === DOT) {
      if (written > IPV6_BYTES - IPV4_BYTES || !readIpv4(octets, first, end, out, written)) return 0;
      written += IPV4_BYTES;
      at = end;
      break;
    }
    if (at === first) return 0;
    out[written] = value >>> 8;
    out[written + 1] = value & 0xff;
    written += 2;
    if (at === end) break;
    if (octets[at] !== COLON) return 0;
    at += 1;
    if (at === end) return 0;
    if (octets[at] === COLON) {
      if (gap >= 0) return 0;
      gap = written;
      at += 1;
    }
  }
  if (gap < 0) return written === IPV6_BYTES ? IPV6_BYTES : 0;
  if (written === IPV6_BYTES) return 0;
  out.copyWithin(IPV6_BYTES - (written - gap), gap, written);
  out.fill(0, gap, IPV6_BYTES - (written - gap));
  return IPV6_BYTES;
}

function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
