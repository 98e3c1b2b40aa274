/** Host, port and the forms of a request target: RFC 3986 §3.2, RFC 9110 §4.2, §7.2, RFC 9112 §3.2. */
import { ascii, equalsIgnoringCase, HEX, IP_LITERAL, is, REG_NAME, spanEnd } from "./octets.js";

const PORT_MAX = 65_535;
const COLON = 0x3a;
const SLASH = 0x2f;
const AT = 0x40;
const PERCENT = 0x25;
const HTTP = ascii("http");
const HTTPS = ascii("https");

/**
 * Whether octets are `uri-host [ ":" port ]` with a host. An IP literal's octets are looked at one by one, not its whole form:
 * what an address is, the upstream or a rule says.
 *
 * @param portNeeded whether a port must be there (authority form, RFC 9112 §3.2.3)
 */
export function isAuthority(octets: Uint8Array, start: number, end: number, portNeeded: boolean): boolean {
  let at = start;
  if (octets[at] === 0x5b && at < end) {
    at += 1;
    const from = at;
    at = spanEnd(octets, at, end, IP_LITERAL);
    if (at === from || at >= end || octets[at] !== 0x5d) return false;
    at += 1;
  } else {
    while (at < end && is(octets[at]!, REG_NAME)) {
      if (octets[at] === PERCENT) {
        if (at + 2 >= end || HEX[octets[at + 1]!] === 255 || HEX[octets[at + 2]!] === 255) return false;
        at += 2;
      }
      at += 1;
    }
    if (at === start) return false;
  }
  if (at === end) return !portNeeded;
  if (octets[at] !== COLON) return false;
  at += 1;
  if (at === end) return !portNeeded;
  let port = 0;
  for (; at < end; at += 1) {
    const digit = octets[at]! - 0x30;
    if (digit < 0 || digit > 9) return false;
    port = port * 10 + digit;
    if (port > PORT_MAX) return false;
  }
  return true;
}

/** Where the authority of a target `http://…` or `https://…` begins; -1 where it has no such scheme. */
export function authorityStart(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && octets[at] !== COLON) at += 1;
  if (at + 2 >= end || octets[at + 1] !== SLASH || octets[at + 2] !== SLASH) return -1;
  if (!equalsIgnoringCase(octets, start, at, HTTP) && !equalsIgnoringCase(octets, start, at, HTTPS))
    return -1;
  return at + 3;
}

/** Where an authority that begins at `start` ends. */
export function authorityEnd(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  for (; at < end; at += 1) {
    const octet = octets[at]!;
    if (octet === SLASH || octet === 0x3f || octet === 0x23) break;
  }
  return at;
}

/** Whether an authority has userinfo before its host (RFC 3986 §3.2.1): an `@` anywhere. */
export function hasUserinfo(octets: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (octets[at] === AT) return true;
  return false;
}
