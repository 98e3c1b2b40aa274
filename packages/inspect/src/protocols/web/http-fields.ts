/**
 * Field lines of HTTP/1.x messages: RFC 9112 §5, with the fields of RFC 9110 that are read.
 */
import { indexOfOctet, startsWithNoCase, u8 } from "@palisade/wire";
import { MATCH, type Outcome } from "../../dissector.js";
import { decodeText, type FlowContext } from "../../flow-context.js";
import type { Message } from "./http-connection.js";
import * as facts from "./http-facts.js";

/** Digits of a Content-Length that are read: below 2^48. */
const LENGTH_DIGITS_MAX = 14;

/** A field line, RFC 9112 §5: `octets[start … stop)` without its line end. */
export function readField(
  octets: Uint8Array,
  start: number,
  stop: number,
  flow: FlowContext,
  message: Message,
): Outcome {
  const first = u8(octets, start);
  if (first === 0x20 || first === 0x09) return MATCH; // a folded line (RFC 9112 §5.2) continues a value already read
  const colon = indexOfOctet(octets, 0x3a, start, stop);
  if (colon <= start || u8(octets, colon - 1) === 0x20) {
    flow.report(facts.HTTP_FIELD_INVALID);
    return MATCH;
  }
  let from = colon + 1;
  let to = stop;
  while (from < to && isBlank(u8(octets, from))) from += 1;
  while (to > from && isBlank(u8(octets, to - 1))) to -= 1;
  switch (colon - start) {
    case 4:
      if (!message.isResponse && startsWithNoCase(octets, start, colon, "host")) {
        message.hasHost = true;
        if (to > from) {
          const bracket = u8(octets, from) === 0x5b ? 1 : 0;
          flow.host(facts.HTTP_HOST, octets, from + bracket, hostEnd(octets, from, to));
        }
      }
      break;
    case 6:
      if (message.isResponse && startsWithNoCase(octets, start, colon, "server")) {
        flow.text(facts.HTTP_SERVER, octets, from, to);
      }
      break;
    case 7:
      if (startsWithNoCase(octets, start, colon, "referer")) {
        flow.text(facts.HTTP_REFERER, octets, from, to);
      } else if (message.status === 101 && startsWithNoCase(octets, start, colon, "upgrade")) {
        flow.text(facts.HTTP_UPGRADE, octets, from, to);
        message.upgrade = upgradeOf(octets, from, to);
      }
      break;
    case 8:
      if (message.isResponse && startsWithNoCase(octets, start, colon, "location")) {
        flow.text(facts.HTTP_LOCATION, octets, from, to);
      }
      break;
    case 10:
      if (startsWithNoCase(octets, start, colon, "user-agent")) {
        flow.text(facts.HTTP_USER_AGENT, octets, from, to);
      }
      break;
    case 12:
      if (startsWithNoCase(octets, start, colon, "content-type")) {
        flow.text(message.isResponse ? facts.HTTP_CONTENT_TYPE : facts.HTTP_REQUEST_TYPE, octets, from, to);
      }
      break;
    case 13:
      if (startsWithNoCase(octets, start, colon, "authorization")) readCredentials(octets, from, to, flow);
      break;
    case 14:
      if (startsWithNoCase(octets, start, colon, "content-length")) {
        const length = contentLength(octets, from, to);
        if (length < 0) return facts.HTTP_LENGTH_INVALID;
        if (message.hasTransferEncoding || (message.length >= 0 && message.length !== length)) {
          flow.report(facts.HTTP_FRAMING_AMBIGUOUS);
        }
        message.length = length;
      }
      break;
    case 17:
      if (startsWithNoCase(octets, start, colon, "transfer-encoding")) {
        // "chunked" is the last coding, or the body lasts until the connection closes (RFC 9112 §6.3, rule 4).
        message.isChunked = to - from >= 7 && startsWithNoCase(octets, to - 7, to, "chunked");
        message.hasTransferEncoding = true;
        if (message.length >= 0) flow.report(facts.HTTP_FRAMING_AMBIGUOUS);
      }
      break;
    case 19:
      if (startsWithNoCase(octets, start, colon, "proxy-authorization"))
        readCredentials(octets, from, to, flow);
      break;
  }
  return MATCH;
}

/** Basic credentials, RFC 7617 §2: the user name is kept, the password is not. */
function readCredentials(octets: Uint8Array, from: number, to: number, flow: FlowContext): void {
  if (!startsWithNoCase(octets, from, to, "basic ")) return;
  flow.report(facts.HTTP_BASIC_CREDENTIALS);
  if (!flow.wants(facts.HTTP_USER)) return;
  const pair = Buffer.from(decodeText(octets, from + 6, to), "base64");
  const colon = indexOfOctet(pair, 0x3a, 0, pair.length);
  if (colon >= 0) flow.text(facts.HTTP_USER, pair, 0, colon);
}

function upgradeOf(octets: Uint8Array, from: number, to: number): Message["upgrade"] {
  if (startsWithNoCase(octets, from, to, "websocket")) return "websocket";
  if (startsWithNoCase(octets, from, to, "h2c")) return "http2";
  if (startsWithNoCase(octets, from, to, "tls/")) return "tls";
  return "other";
}

/** End of the host in `host[:port]` (RFC 9110 §7.2); an IPv6 literal ends before its bracket. */
export function hostEnd(octets: Uint8Array, from: number, to: number): number {
  const closing = u8(octets, from) === 0x5b ? 0x5d : 0x3a;
  const at = indexOfOctet(octets, closing, from, to);
  return at < 0 ? to : at;
}

function contentLength(octets: Uint8Array, from: number, to: number): number {
  if (from === to || to - from > LENGTH_DIGITS_MAX) return -1;
  let value = 0;
  for (let index = from; index < to; index += 1) {
    const digit = u8(octets, index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Space or tabulator. */
export function isBlank(octet: number): boolean {
  return octet === 0x20 || octet === 0x09;
}
