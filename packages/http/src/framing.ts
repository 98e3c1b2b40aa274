/** Content-Length, Transfer-Encoding and Connection: RFC 9112 §6, §9; RFC 9110 §7.6.1, §8.6. */
import {
  FIELD_CONNECTION,
  FIELD_CONTENT_LENGTH,
  FIELD_NAMED,
  FIELD_TRANSFER_ENCODING,
  FIELD_UPGRADE,
  isEndToEnd,
} from "./field-names.js";
import type { HttpFields } from "./fields.js";
import type { MessageHead } from "./message-head.js";
import { ascii, BLANK, EMPTY, equalsIgnoringCase, HTAB, is, isToken, spanEnd, trimmedEnd } from "./octets.js";
import {
  HTTP_CHUNKED_NOT_LAST,
  HTTP_CHUNKED_TWICE,
  HTTP_CONNECTION_INVALID,
  HTTP_CONNECTION_NAMES_END_TO_END,
  HTTP_CONNECTION_OPTIONS_TOO_MANY,
  HTTP_CONTENT_LENGTH_CONFLICT,
  HTTP_CONTENT_LENGTH_DUPLICATE,
  HTTP_CONTENT_LENGTH_INVALID,
  HTTP_CONTENT_LENGTH_LIST,
  HTTP_CONTENT_LENGTH_OVERFLOW,
  HTTP_CONTENT_LENGTH_WITH_TRANSFER_ENCODING,
  HTTP_CONTENT_LENGTH_ZEROS,
  HTTP_TRANSFER_ENCODING_DUPLICATE,
  HTTP_TRANSFER_ENCODING_IN_1_0,
  HTTP_TRANSFER_ENCODING_INVALID,
  HTTP_TRANSFER_ENCODING_UNSUPPORTED,
} from "./violations.js";

/** Octets of a body: 8 PiB, which doubles and decimal digits hold exactly. */
export const HTTP_BODY_BYTES_MAX = 9_007_199_254_740_991;

/** Connection options other than close, keep-alive and upgrade: each is compared with the names of all fields. */
export const HTTP_CONNECTION_OPTIONS_MAX = 32;

const COMMA = 0x2c;
const CHUNKED = ascii("chunked");
const CLOSE = ascii("close");
const KEEP_ALIVE = ascii("keep-alive");
const UPGRADE = ascii("upgrade");

/** One member of a comma-separated list: RFC 9110 §5.6.1. */
export class ListReader {
  start = 0;
  end = 0;
  /** Members since `begin`, empty ones among them. */
  members = 0;
  #octets: Uint8Array = EMPTY;
  #at = 0;
  #limit = 0;

  begin(octets: Uint8Array, start: number, end: number): void {
    this.#octets = octets;
    this.#at = start;
    this.#limit = end;
    this.members = 0;
  }

  /** Moves to the next member that is not empty; false where there is none. Commas in quotes are not told from others. */
  next(): boolean {
    const octets = this.#octets;
    const limit = this.#limit;
    // An empty member after the last comma is one too.
    while (this.#at <= limit) {
      this.members += 1;
      let end = this.#at;
      while (end < limit && octets[end] !== COMMA) end += 1;
      const start = spanEnd(octets, this.#at, end, BLANK);
      this.#at = end + 1;
      if (start === end) continue;
      this.start = start;
      this.end = trimmedEnd(octets, start, end, BLANK);
      return true;
    }
    return false;
  }
}

const list = new ListReader();

/**
 * Whether there is a tab around a value. It is whitespace (RFC 9110 §5.6.3), but some readers, Node's among them, take one after a length
 * or a coding for a part of it.
 */
function hasTabAround(fields: HttpFields, field: number): boolean {
  const { octets } = fields;
  for (let at = fields.nameEnd(field); at < fields.valueStart(field); at += 1)
    if (octets[at] === HTAB) return true;
  for (let at = fields.valueEnd(field); is(octets[at]!, BLANK); at += 1) if (octets[at] === HTAB) return true;
  return false;
}

/** Body framing by the fields alone, with what is wrong with them: "chunked", "length", or "none" where there are no such fields. */
export function readFraming(head: MessageHead): void {
  const { fields, violations } = head;
  head.body = "none";
  head.bodyBytes = 0;
  const lengths = fields.countOf(FIELD_CONTENT_LENGTH);
  const codings = fields.countOf(FIELD_TRANSFER_ENCODING);
  if (lengths > 0) {
    head.bodyBytes = contentLength(head, lengths);
    head.body = "length";
  }
  if (codings === 0) return;
  const first = fields.valueStart(fields.firstOf(FIELD_TRANSFER_ENCODING));
  if (head.versionMinor === 0) violations.add(HTTP_TRANSFER_ENCODING_IN_1_0, first);
  if (codings > 1) violations.add(HTTP_TRANSFER_ENCODING_DUPLICATE, first);
  readCodings(head, first);
  if (lengths > 0) violations.add(HTTP_CONTENT_LENGTH_WITH_TRANSFER_ENCODING, first);
  head.body = "chunked";
  head.bodyBytes = 0;
}

/** The length; 0 where a violation that refuses was added. */
function contentLength({ fields, violations }: MessageHead, count: number): number {
  const { octets } = fields;
  let length = -1;
  for (let field = fields.firstOf(FIELD_CONTENT_LENGTH); field < fields.count; field += 1) {
    if (fields.id(field) !== FIELD_CONTENT_LENGTH) continue;
    const start = fields.valueStart(field);
    const end = fields.valueEnd(field);
    if (count > 1) violations.add(HTTP_CONTENT_LENGTH_DUPLICATE, start);
    if (hasTabAround(fields, field)) violations.add(HTTP_CONTENT_LENGTH_INVALID, start);
    let from = start;
    while (from <= end) {
      let to = from;
      while (to < end && octets[to] !== COMMA) to += 1;
      if (to < end || from > start) violations.add(HTTP_CONTENT_LENGTH_LIST, from);
      const first = spanEnd(octets, from, to, BLANK);
      const last = trimmedEnd(octets, first, to, BLANK);
      let one = first === last ? -1 : 0;
      for (let at = first; at < last; at += 1) {
        const digit = octets[at]! - 0x30;
        if (digit < 0 || digit > 9) {
          one = -1;
          break;
        }
        if (one > (HTTP_BODY_BYTES_MAX - digit) / 10) {
          violations.add(HTTP_CONTENT_LENGTH_OVERFLOW, first);
          return 0;
        }
        one = one * 10 + digit;
      }
      if (one < 0) {
        violations.add(HTTP_CONTENT_LENGTH_INVALID, first);
        return 0;
      }
      if (last - first > 1 && octets[first] === 0x30) violations.add(HTTP_CONTENT_LENGTH_ZEROS, first);
      if (length >= 0 && one !== length) violations.add(HTTP_CONTENT_LENGTH_CONFLICT, first);
      length = one;
      from = to + 1;
    }
  }
  return length;
}

function readCodings({ fields, violations }: MessageHead, first: number): void {
  const { octets } = fields;
  let chunked = 0;
  let last = false;
  let others = 0;
  let wrong = false;
  for (let field = fields.firstOf(FIELD_TRANSFER_ENCODING); field < fields.count; field += 1) {
    if (fields.id(field) !== FIELD_TRANSFER_ENCODING) continue;
    if (hasTabAround(fields, field)) wrong = true;
    let members = 0;
    list.begin(octets, fields.valueStart(field), fields.valueEnd(field));
    while (list.next()) {
      members += 1;
      last = equalsIgnoringCase(octets, list.start, list.end, CHUNKED);
      if (last) chunked += 1;
      else {
        others += 1;
        if (!isToken(octets, list.start, list.end)) wrong = true;
      }
    }
    // Lists may have empty members (RFC 9110 §5.6.1.2), but who compares the value with "chunked" sees another coding.
    if (members !== list.members) wrong = true;
  }
  if (wrong || chunked + others === 0) violations.add(HTTP_TRANSFER_ENCODING_INVALID, first);
  else if (others > 0) {
    // Without chunked at the end a request has no length (RFC 9112 §6.3), whether the coding is known or not.
    if (chunked > 0 && !last) violations.add(HTTP_CHUNKED_NOT_LAST, first);
    else violations.add(HTTP_TRANSFER_ENCODING_UNSUPPORTED, first);
  }
  if (chunked > 1) violations.add(HTTP_CHUNKED_TWICE, first);
}

/** Connection options: whether the connection lasts, upgrades, and which further fields are named (`FIELD_NAMED`). */
export function readConnection(head: MessageHead): void {
  const { fields, violations } = head;
  head.keepAlive = head.versionMinor === 1;
  head.upgrade = false;
  if (fields.countOf(FIELD_CONNECTION) === 0) return;
  const { octets } = fields;
  let close = false;
  let keepAlive = false;
  let upgrade = false;
  let others = 0;
  for (let field = fields.firstOf(FIELD_CONNECTION); field < fields.count; field += 1) {
    if (fields.id(field) !== FIELD_CONNECTION) continue;
    list.begin(octets, fields.valueStart(field), fields.valueEnd(field));
    while (list.next()) {
      const { start, end } = list;
      if (equalsIgnoringCase(octets, start, end, KEEP_ALIVE)) keepAlive = true;
      else if (equalsIgnoringCase(octets, start, end, CLOSE)) close = true;
      else if (equalsIgnoringCase(octets, start, end, UPGRADE)) upgrade = true;
      else if (++others > HTTP_CONNECTION_OPTIONS_MAX) {
        violations.add(HTTP_CONNECTION_OPTIONS_TOO_MANY, start);
        break;
      } else if (!isToken(octets, start, end)) violations.add(HTTP_CONNECTION_INVALID, start);
      else if (isEndToEnd(octets, start, end)) violations.add(HTTP_CONNECTION_NAMES_END_TO_END, start);
      else fields.mark(start, end, FIELD_NAMED);
    }
  }
  head.keepAlive = !close && (head.versionMinor === 1 || keepAlive);
  head.upgrade = upgrade && head.versionMinor === 1 && fields.countOf(FIELD_UPGRADE) > 0;
}
