/** Writes the fields of a head that was read, but for some, into octets for the next hop. */
import type { MessageHead } from "./message-head.js";
import { ascii, CR, copyOctets, is, LF, SP, VALUE } from "./octets.js";
import {
  HTTP_BARE_LF,
  HTTP_FIELD_CONTROL,
  HTTP_FIELD_SPACE_BEFORE_COLON,
  HTTP_OBS_FOLD,
} from "./violations.js";

export const CONTENT_LENGTH_LINE: Uint8Array = ascii("Content-Length: ");
export const CHUNKED_LINE: Uint8Array = ascii("Transfer-Encoding: chunked\r\n");
export const CLOSE_LINE: Uint8Array = ascii("Connection: close\r\n");
export const KEEP_ALIVE_LINE: Uint8Array = ascii("Connection: keep-alive\r\n");
export const UPGRADE_LINE: Uint8Array = ascii("Connection: upgrade\r\n");

/** Whole arrays up to here are copied octet by octet: `set`, which needs no view of them, costs as much as about so many. */
const SET_BYTES = 24;

/**
 * What a writer writes at most beside what is counted: the version, names of fields of its own, the framing and Connection lines, and
 * the empty line. They come to under 180 octets.
 */
export const OWN_LINES_BYTES = 256;

/** Writes `value` in decimal. @returns where it ends */
export function emitDecimal(value: number, out: Uint8Array, at: number): number {
  let digits = 1;
  for (let rest = Math.floor(value / 10); rest > 0; rest = Math.floor(rest / 10)) digits += 1;
  let rest = value;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const next = Math.floor(rest / 10);
    out[place] = 0x30 + (rest - next * 10);
    rest = next;
  }
  return at + digits;
}

/** Writes octets whose control characters are to become spaces: what a folded line is replaced by (RFC 9112 §5.2). */
export function emitClean(
  octets: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let to = at;
  for (let from = start; from < end; from += 1) {
    const octet = octets[from]!;
    out[to++] = is(octet, VALUE) ? octet : SP;
  }
  return to;
}

/**
 * Copies fields that stay. Lines that are as they should be are copied with their neighbours, all at once; where a line of
 * the head is not, each field is written anew.
 */
export class FieldWriter {
  #head: MessageHead | undefined;
  #out: Uint8Array = new Uint8Array(0);
  #at = 0;
  #from = -1;
  #anew = false;

  begin(head: MessageHead, out: Uint8Array): void {
    const { violations } = head;
    this.#head = head;
    this.#out = out;
    this.#from = -1;
    this.#anew =
      violations.count > 0 &&
      (violations.has(HTTP_BARE_LF) ||
        violations.has(HTTP_OBS_FOLD) ||
        violations.has(HTTP_FIELD_CONTROL) ||
        violations.has(HTTP_FIELD_SPACE_BEFORE_COLON));
  }

  /** The start line goes out as it is, with the fields after it; false where lines are written anew, and so this one is. */
  keepLine(at: number): boolean {
    if (this.#anew) return false;
    this.#from = this.#head!.lineStart;
    this.#at = at;
    return true;
  }

  /** The field goes out as it is. @returns where what was written ends so far */
  keep(field: number, at: number): number {
    const { fields } = this.#head!;
    if (!this.#anew) {
      if (this.#from < 0) {
        this.#from = fields.nameStart(field);
        this.#at = at;
      }
      return at;
    }
    const out = this.#out;
    let to = copyOctets(fields.octets, fields.nameStart(field), fields.nameEnd(field), out, at);
    out[to++] = 0x3a;
    out[to++] = SP;
    to = emitClean(fields.octets, fields.valueStart(field), fields.valueEnd(field), out, to);
    return emitLineEnd(out, to);
  }

  /** The field, or the end of all where it is their count, does not go out. */
  flush(field: number, at: number): number {
    if (this.#from < 0) return at;
    const { fields, end } = this.#head!;
    const until = field < fields.count ? fields.nameStart(field) : end - 2;
    const to = copyOctets(fields.octets, this.#from, until, this.#out, this.#at);
    this.#from = -1;
    return to;
  }
}

/** Writes CR LF. @returns where it ends */
export function emitLineEnd(out: Uint8Array, at: number): number {
  out[at] = CR;
  out[at + 1] = LF;
  return at + 2;
}

/** Writes a `Content-Length` line. */
export function emitContentLength(bytes: number, out: Uint8Array, at: number): number {
  return emitLineEnd(
    out,
    emitDecimal(bytes, out, copyOctets(CONTENT_LENGTH_LINE, 0, CONTENT_LENGTH_LINE.length, out, at)),
  );
}

/** Copies whole arrays. @returns where the copy ends */
export function emitAll(octets: Uint8Array, out: Uint8Array, at: number): number {
  const { length } = octets;
  if (length > SET_BYTES) {
    out.set(octets, at);
    return at + length;
  }
  let to = at;
  for (let from = 0; from < length; from += 1) out[to++] = octets[from]!;
  return to;
}
