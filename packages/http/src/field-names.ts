/** The fields that the codec itself reads, by number: RFC 9110 and 9112, RFC 7239, and X-Forwarded-* by custom. */
import { ascii, equalsIgnoringCase, lower } from "./octets.js";

const HYPHEN = 0x2d;
const UNDERSCORE = 0x5f;

/** Any field that the codec does not read. */
export const FIELD_OTHER = 0;
export const FIELD_HOST = 1;
export const FIELD_CONTENT_LENGTH = 2;
export const FIELD_TRANSFER_ENCODING = 3;
export const FIELD_CONNECTION = 4;
export const FIELD_UPGRADE = 5;
export const FIELD_EXPECT = 6;
export const FIELD_KEEP_ALIVE = 7;
export const FIELD_PROXY_CONNECTION = 8;
export const FIELD_TE = 9;
export const FIELD_TRAILER = 10;
export const FIELD_X_FORWARDED_FOR = 11;
export const FIELD_X_FORWARDED_HOST = 12;
export const FIELD_X_FORWARDED_PROTO = 13;
export const FIELD_FORWARDED = 14;
export const FIELD_VIA = 15;
/** A field that the codec does not read and that Connection names: it goes no further. */
export const FIELD_NAMED = 16;
/**
 * A name that would be one of these if its `_` were `-`: CGI (RFC 3875 §4.1.18) and its heirs give programs both under one name, so
 * it would pass for a field that the proxy vouches for. It goes no further.
 */
export const FIELD_DISGUISED = 17;
/** How many numbers there are. */
export const FIELD_IDS = 18;

const HOST = ascii("host");
const CONTENT_LENGTH = ascii("content-length");
const TRANSFER_ENCODING = ascii("transfer-encoding");
const CONNECTION = ascii("connection");
const UPGRADE = ascii("upgrade");
const EXPECT = ascii("expect");
const KEEP_ALIVE = ascii("keep-alive");
const PROXY_CONNECTION = ascii("proxy-connection");
const TE = ascii("te");
const TRAILER = ascii("trailer");
const X_FORWARDED_FOR = ascii("x-forwarded-for");
const X_FORWARDED_HOST = ascii("x-forwarded-host");
const X_FORWARDED_PROTO = ascii("x-forwarded-proto");
const FORWARDED = ascii("forwarded");
const VIA = ascii("via");

/** Fields that only the next hop is told (RFC 9110 §7.6.1); by id. */
export const HOP_BY_HOP: Uint8Array = (() => {
  const table = new Uint8Array(FIELD_IDS);
  for (const id of [
    FIELD_TRANSFER_ENCODING,
    FIELD_CONNECTION,
    FIELD_UPGRADE,
    FIELD_KEEP_ALIVE,
    FIELD_PROXY_CONNECTION,
    FIELD_TE,
    FIELD_TRAILER,
    FIELD_NAMED,
    FIELD_DISGUISED,
  ])
    table[id] = 1;
  return table;
})();

/**
 * Fields on which routing, framing, identity or the meaning of the body rest: a Connection option that names one does not take
 * it out, since a client could otherwise have the proxy strip what the upstream relies on; nor have they a place in trailers
 * (RFC 9110 §6.5.1).
 */
const END_TO_END: readonly Uint8Array[] = [
  "host",
  "content-length",
  "content-type",
  "content-encoding",
  "content-range",
  "authorization",
  "proxy-authorization",
  "cookie",
  "set-cookie",
  "forwarded",
  "via",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-forwarded-port",
  "x-real-ip",
  "cache-control",
  "expect",
  "max-forwards",
  "range",
].map(ascii);

/** Whether octets name a field that is for all recipients. */
export function isEndToEnd(octets: Uint8Array, start: number, end: number): boolean {
  for (let index = 0; index < END_TO_END.length; index += 1) {
    if (equalsIgnoringCase(octets, start, end, END_TO_END[index]!)) return true;
  }
  return false;
}

/** The number of a field by its name. */
export function fieldId(octets: Uint8Array, start: number, end: number): number {
  const id = likeId(octets, start, end);
  if (id === FIELD_OTHER) return id;
  for (let at = start; at < end; at += 1) if (octets[at] === UNDERSCORE) return FIELD_DISGUISED;
  return id;
}

/** The number of a field whose name this is, but for `_` in place of `-`. */
function likeId(octets: Uint8Array, start: number, end: number): number {
  switch (end - start) {
    case 2:
      return isLike(octets, start, end, TE) ? FIELD_TE : FIELD_OTHER;
    case 3:
      return isLike(octets, start, end, VIA) ? FIELD_VIA : FIELD_OTHER;
    case 4:
      return isLike(octets, start, end, HOST) ? FIELD_HOST : FIELD_OTHER;
    case 6:
      return isLike(octets, start, end, EXPECT) ? FIELD_EXPECT : FIELD_OTHER;
    case 7:
      if (isLike(octets, start, end, UPGRADE)) return FIELD_UPGRADE;
      return isLike(octets, start, end, TRAILER) ? FIELD_TRAILER : FIELD_OTHER;
    case 9:
      return isLike(octets, start, end, FORWARDED) ? FIELD_FORWARDED : FIELD_OTHER;
    case 10:
      if (isLike(octets, start, end, CONNECTION)) return FIELD_CONNECTION;
      return isLike(octets, start, end, KEEP_ALIVE) ? FIELD_KEEP_ALIVE : FIELD_OTHER;
    case 14:
      return isLike(octets, start, end, CONTENT_LENGTH) ? FIELD_CONTENT_LENGTH : FIELD_OTHER;
    case 15:
      return isLike(octets, start, end, X_FORWARDED_FOR) ? FIELD_X_FORWARDED_FOR : FIELD_OTHER;
    case 16:
      if (isLike(octets, start, end, PROXY_CONNECTION)) return FIELD_PROXY_CONNECTION;
      return isLike(octets, start, end, X_FORWARDED_HOST) ? FIELD_X_FORWARDED_HOST : FIELD_OTHER;
    case 17:
      if (isLike(octets, start, end, TRANSFER_ENCODING)) return FIELD_TRANSFER_ENCODING;
      return isLike(octets, start, end, X_FORWARDED_PROTO) ? FIELD_X_FORWARDED_PROTO : FIELD_OTHER;
    default:
      return FIELD_OTHER;
  }
}

/** Whether octets are `name`, which is in lower case, without regard to case and to what stands for a hyphen. */
function isLike(octets: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  const length = name.length;
  if (end - start !== length) return false;
  for (let index = 0; index < length; index += 1) {
    const octet = octets[start + index]!;
    if (lower(octet) !== name[index] && !(octet === UNDERSCORE && name[index] === HYPHEN)) return false;
  }
  return true;
}
