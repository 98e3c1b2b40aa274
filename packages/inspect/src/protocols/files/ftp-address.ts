/**
 * Ports of FTP's data connections, as commands and replies name them: RFC 959 §4.1.2 and §5.3.2, RFC 2428.
 */
import { indexOfOctet, u8 } from "@palisade/wire";

/** Port of `h1,h2,h3,h4,p1,p2`, the argument of PORT: 1 … 65,535, or -1. */
export function activePort(octets: Uint8Array, start: number, stop: number): number {
  let value = -1;
  let field = 0;
  let high = 0;
  for (let index = start; index <= stop; index += 1) {
    const octet = index < stop ? u8(octets, index) : 0x2c;
    if (octet >= 0x30 && octet <= 0x39) {
      value = (value < 0 ? 0 : value * 10) + octet - 0x30;
      if (value > 255) return -1;
      continue;
    }
    if (value < 0) return -1;
    field += 1;
    if (field === 5) high = value;
    if (field === 6) return portOr(high * 256 + value);
    if (octet !== 0x2c) return -1;
    value = -1;
  }
  return -1;
}

/** Port of a 227 reply's text, which holds the six numbers in parentheses or after its words (RFC 1123 §4.1.2.6). */
export function passivePort(octets: Uint8Array, start: number, stop: number): number {
  const open = indexOfOctet(octets, 0x28, start, stop);
  let index = open < 0 ? start : open + 1;
  while (index < stop && (u8(octets, index) < 0x30 || u8(octets, index) > 0x39)) index += 1;
  return activePort(octets, index, stop);
}

/** Port of a 229 reply's text, `(|||6446|)` with any delimiter (RFC 2428 §3), or -1. */
export function extendedPassivePort(octets: Uint8Array, start: number, stop: number): number {
  const open = indexOfOctet(octets, 0x28, start, stop);
  if (open < 0 || stop - open < 5) return -1;
  const delimiter = u8(octets, open + 1);
  if (u8(octets, open + 2) !== delimiter || u8(octets, open + 3) !== delimiter) return -1;
  return decimalPort(octets, open + 4, stop, delimiter);
}

/** Port of `|1|192.0.2.1|6275|`, the argument of EPRT (RFC 2428 §2), or -1. */
export function extendedPort(octets: Uint8Array, start: number, stop: number): number {
  if (start >= stop) return -1;
  const delimiter = u8(octets, start);
  let at = start;
  for (let field = 0; field < 2; field += 1) {
    at = indexOfOctet(octets, delimiter, at + 1, stop);
    if (at < 0) return -1;
  }
  return decimalPort(octets, at + 1, stop, delimiter);
}

function decimalPort(octets: Uint8Array, start: number, stop: number, delimiter: number): number {
  let port = 0;
  for (let index = start; index < stop; index += 1) {
    const octet = u8(octets, index);
    if (octet === delimiter) return index === start ? -1 : portOr(port);
    if (octet < 0x30 || octet > 0x39) return -1;
    port = port * 10 + octet - 0x30;
    if (port > 0xffff) return -1;
  }
  return -1;
}

function portOr(port: number): number {
  return port === 0 ? -1 : port;
}
