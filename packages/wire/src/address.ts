/**
 * Addresses as text and as octets: IPv4 (dotted decimal), IPv6 (RFC 4291 §2.2 read, RFC 5952 written), EUI-48.
 *
 * Reading is strict: what two programs could read as two addresses is refused (RFC 6943 §3.1.1). Reading never throws.
 */
export const IPV4_BYTES = 4;
export const IPV6_BYTES = 16;
export const MAC_BYTES = 6;

const GROUPS = 8;
/** Longest text of an IPv6 address: six full groups and a dotted IPv4 tail, `ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255`. */
const IPV6_TEXT_MAX = 45;

/** Dotted decimal of the four octets from `offset`: `192.0.2.1`. */
export function formatIpv4(octets: Uint8Array, offset = 0): string {
  return `${octets[offset]}.${octets[offset + 1]}.${octets[offset + 2]}.${octets[offset + 3]}`;
}

/**
 * Canonical text of the sixteen octets from `offset` (RFC 5952): lower case, no leading zeros, `::` for the longest run
 * of at least two zero groups and the first of equals, an IPv4-mapped address with a dotted tail.
 */
export function formatIpv6(octets: Uint8Array, offset = 0): string {
  if (isIpv4Mapped(octets, offset)) return `::ffff:${formatIpv4(octets, offset + 12)}`;
  let runStart = -1;
  let runGroups = 1; // RFC 5952 §4.2.2: one group alone is not shortened
  for (let group = 0; group < GROUPS; ) {
    let next = group;
    while (next < GROUPS && groupAt(octets, offset, next) === 0) next += 1;
    if (next - group > runGroups) {
      runStart = group;
      runGroups = next - group;
    }
    group = next + 1;
  }
  let text = "";
  for (let group = 0; group < GROUPS; ) {
    if (group === runStart) {
      text += "::";
      group += runGroups;
      continue;
    }
    if (text !== "" && !text.endsWith(":")) text += ":";
    text += groupAt(octets, offset, group).toString(16);
    group += 1;
  }
  return text;
}

/** Text of the address of `length` octets (4 or 16) from `offset`; any other length gives its octets in hexadecimal. */
export function formatIpAddress(octets: Uint8Array, offset = 0, length = octets.length - offset): string {
  if (length === IPV4_BYTES) return formatIpv4(octets, offset);
  if (length === IPV6_BYTES) return formatIpv6(octets, offset);
  let text = "";
  for (let index = offset; index < offset + length; index += 1) text += hexOctet(octets[index] ?? 0);
  return text;
}

/** Whether the sixteen octets from `offset` are in ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */
export function isIpv4Mapped(octets: Uint8Array, offset = 0): boolean {
  for (let index = 0; index < 10; index += 1) if (octets[offset + index] !== 0) return false;
  return octets[offset + 10] === 0xff && octets[offset + 11] === 0xff;
}

/**
 * Four or sixteen octets of an address's text; `undefined` where it is none. IPv4 is four decimal numbers without leading
 * zeros. IPv6 is RFC 4291 §2.2 in any case, with at most one `::`; a zone (`%eth0`, RFC 4007 §11) and brackets are no part
 * of an address.
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (text.length > IPV6_TEXT_MAX) return undefined;
  return text.includes(":") ? parseIpv6Text(text) : parseIpv4Text(text);
}

/** Lower case with colons: `00:00:5e:00:53:01`. */
export function formatMac(octets: Uint8Array, offset = 0): string {
  let text = hexOctet(octets[offset] ?? 0);
  for (let index = 1; index < MAC_BYTES; index += 1) text += `:${hexOctet(octets[offset + index] ?? 0)}`;
  return text;
}

/** Six octets of `00:00:5e:00:53:01` or `00-00-5E-00-53-01` (one separator throughout); `undefined` where it is neither. */
export function parseMac(text: string): Uint8Array | undefined {
  if (text.length !== MAC_BYTES * 3 - 1) return undefined;
  const separator = text.charCodeAt(2);
  if (separator !== COLON && separator !== HYPHEN) return undefined;
  const octets = new Uint8Array(MAC_BYTES);
  for (let index = 0; index < MAC_BYTES; index += 1) {
    const high = hexDigit(text.charCodeAt(index * 3));
    const low = hexDigit(text.charCodeAt(index * 3 + 1));
    if (high < 0 || low < 0) return undefined;
    if (index > 0 && text.charCodeAt(index * 3 - 1) !== separator) return undefined;
    octets[index] = high * 16 + low;
  }
  return octets;
}

const DOT = 0x2e;
const COLON = 0x3a;
const HYPHEN = 0x2d;
const ZERO = 0x30;
const NINE = 0x39;

function groupAt(octets: Uint8Array, offset: number, group: number): number {
  return (octets[offset + group * 2]! << 8) | octets[offset + group * 2 + 1]!;
}

function hexOctet(octet: number): string {
  return octet.toString(16).padStart(2, "0");
}

/** Value of a hexadecimal digit's character code, or -1. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

function parseIpv4Text(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(IPV4_BYTES);
  return readIpv4(text, 0, octets, 0) ? octets : undefined;
}

/** Reads dotted decimal from `from` to the end of `text` into `out`; false where it is none. */
function readIpv4(text: string, from: number, out: Uint8Array, outOffset: number): boolean {
  let at = from;
  for (let index = 0; index < IPV4_BYTES; index += 1) {
    if (index > 0) {
      if (text.charCodeAt(at) !== DOT) return false;
      at += 1;
    }
    const first = at;
    let value = 0;
    while (at < text.length && at - first < 3) {
      const code = text.charCodeAt(at);
      if (code < ZERO || code > NINE) break;
      value = value * 10 + (code - ZERO);
      at += 1;
    }
    if (at === first || value > 255) return false;
    // 010 is eight to some readers and ten to others (RFC 6943 §3.1.1).
    if (at - first > 1 && text.charCodeAt(first) === ZERO) return false;
    out[outOffset + index] = value;
  }
  return at === text.length;
}

function parseIpv6Text(text: string): Uint8Array | undefined {
  const octets = new Uint8Array(IPV6_BYTES);
  let at = 0;
  let group = 0;
  let gap = -1; // group before which `::` stands
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    if (group === GROUPS) return undefined;
    const first = at;
    let value = 0;
    while (at < text.length && at - first < 4) {
      const digit = hexDigit(text.charCodeAt(at));
      if (digit < 0) break;
      value = value * 16 + digit;
      at += 1;
    }
    if (at < text.length && text.charCodeAt(at) === DOT) {
      if (group > GROUPS - 2 || !readIpv4(text, first, octets, group * 2)) return undefined;
      group += 2;
      at = text.length;
      break;
    }
    if (at === first) return undefined;
    octets[group * 2] = value >>> 8;
    octets[group * 2 + 1] = value;
    group += 1;
    if (at === text.length) break;
    if (text.charCodeAt(at) !== COLON) return undefined;
    at += 1;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return undefined;
      gap = group;
      at += 1;
    } else if (at === text.length) {
      return undefined; // a single colon at the end
    }
  }
  if (gap < 0) return group === GROUPS ? octets : undefined;
  if (group === GROUPS) return undefined; // `::` stands for one or more groups (RFC 4291 §2.2)
  const tailBytes = (group - gap) * 2;
  octets.copyWithin(IPV6_BYTES - tailBytes, gap * 2, group * 2);
  octets.fill(0, gap * 2, IPV6_BYTES - tailBytes);
  return octets;
}
