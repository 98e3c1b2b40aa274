import { formatIpAddress, IPV4_BYTES, parseIpAddress } from "./address.js";
import { u8 } from "./octets.js";

/**
 * A prefix of addresses: RFC 4632 §3.1 (IPv4), RFC 4291 §2.3 (IPv6). The families are apart: an IPv4 prefix holds no
 * IPv4-mapped IPv6 address.
 */
export interface Cidr {
  /** Four or sixteen octets; those after the prefix are zero. */
  readonly address: Uint8Array;
  /** In bits: 0 … 32, or 0 … 128. */
  readonly prefixLength: number;
}

/**
 * The prefix a text names: `192.0.2.0/24`, `2001:db8::/32`, or an address alone, which is the prefix of its full length.
 * Bits set after the prefix are cleared, since people write the address of an interface with the prefix of its network
 * (`192.0.2.7/24`). `undefined` where the text is no prefix.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash));
  if (address === undefined) return undefined;
  if (slash < 0) return { address, prefixLength: address.length * 8 };
  const digits = text.slice(slash + 1);
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(digits)) return undefined;
  const prefixLength = Number(digits);
  if (prefixLength > address.length * 8) return undefined;
  clearAfter(address, prefixLength);
  return { address, prefixLength };
}

/** `192.0.2.0/24`; a prefix of full length too is written with its length. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIpAddress(cidr.address)}/${cidr.prefixLength}`;
}

/** Whether the address of `length` octets (4 or 16) from `offset` lies in the prefix. */
export function cidrContains(
  cidr: Cidr,
  octets: Uint8Array,
  offset = 0,
  length = octets.length - offset,
): boolean {
  if (cidr.address.length !== length) return false;
  const wholeOctets = cidr.prefixLength >>> 3;
  for (let index = 0; index < wholeOctets; index += 1) {
    if (cidr.address[index] !== octets[offset + index]) return false;
  }
  const bits = cidr.prefixLength & 7;
  if (bits === 0) return true;
  return (u8(cidr.address, wholeOctets) ^ u8(octets, offset + wholeOctets)) >>> (8 - bits) === 0;
}

/** Whether the prefix is of IPv4 addresses. */
export function isIpv4Cidr(cidr: Cidr): boolean {
  return cidr.address.length === IPV4_BYTES;
}

function clearAfter(address: Uint8Array, prefixLength: number): void {
  const wholeOctets = prefixLength >>> 3;
  const bits = prefixLength & 7;
  if (bits > 0) address[wholeOctets] = u8(address, wholeOctets) & (0xff00 >>> bits);
  address.fill(0, wholeOctets + (bits > 0 ? 1 : 0));
}
