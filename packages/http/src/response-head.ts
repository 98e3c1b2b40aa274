/** The head of a response: RFC 9112 §4 and §5, and how its body is framed (RFC 9112 §6.3). */

import { INCOMPLETE, parseFieldLines } from "./field-lines.js";
import { FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING } from "./field-names.js";
import { HttpFields } from "./fields.js";
import { readConnection, readFraming } from "./framing.js";
import { startLineAt } from "./leading-lines.js";
import type { BodyKind, MessageHead, MethodKind } from "./message-head.js";
import { CR, EMPTY, is, LF, latin1, NUL, SP, VALUE } from "./octets.js";
import type { HttpPolicy } from "./policy.js";
import { MessageViolations } from "./policy.js";
import {
  HTTP_BARE_CR,
  HTTP_BARE_LF,
  HTTP_FIELD_CONTROL,
  HTTP_FRAMING_WITHOUT_BODY,
  HTTP_NUL,
  HTTP_REASON_SPACE_MISSING,
  HTTP_RESPONSE_UNEXPECTED,
  HTTP_STATUS_LINE_INVALID,
  HTTP_VERSION_MINOR,
  HTTP_VERSION_UNSUPPORTED,
} from "./violations.js";

/** `HTTP/1.1`, space and the code. */
const STATUS_BYTES = 12;

/** One object a parser, which each message overwrites. */
export class ResponseHead implements MessageHead {
  octets: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  lineStart = 0;
  lineEnd = 0;
  versionMinor = 1;
  readonly fields: HttpFields;
  readonly violations: MessageViolations;
  body: BodyKind = "none";
  bodyBytes = 0;
  keepAlive = true;
  upgrade = false;

  /** What Content-Length says of the body that a GET would have got, where there is none itself (HEAD, 304). */
  describedBytes = 0;
  /** 100 to 599; 0 where it could not be read. */
  status = 0;
  versionStart = 0;
  versionEnd = 0;
  reasonStart = 0;
  reasonEnd = 0;

  /** @internal What was asked: the parser sets it. */
  asked: MethodKind = "other";
  /** @internal Whether the request asked to upgrade. */
  askedUpgrade = false;

  constructor(policy: HttpPolicy) {
    this.fields = new HttpFields(policy.fieldsMax);
    this.violations = new MessageViolations(policy);
  }

  /** Whether another response to the same request follows (RFC 9110 §15.2); 101 is the last one. */
  get interim(): boolean {
    return this.status >= 100 && this.status < 200 && this.status !== 101;
  }

  /** The reason phrase, one character an octet. */
  reasonText(): string {
    return latin1(this.octets, this.reasonStart, this.reasonEnd);
  }

  /** @internal Reads a head that begins at `start`. @returns where it ends, `INCOMPLETE` or `STOPPED` */
  parse(octets: Uint8Array, start: number, end: number): number {
    this.clear(octets, start);
    let at = startLineAt(this, octets, start, end, end - start);
    if (at < 0) return at;
    at = this.#parseStatusLine(octets, at, end);
    if (at >= 0) at = parseFieldLines(octets, at, end, this.fields, this.violations);
    this.end = at < 0 ? end : at;
    if (at >= 0) this.#check();
    return at;
  }

  /** @internal Nothing is known of a head that begins at `start`. */
  clear(octets: Uint8Array, start: number): void {
    this.violations.clear();
    this.fields.clear(octets);
    this.octets = octets;
    this.start = start;
    this.end = start;
    this.lineStart = this.lineEnd = start;
    this.versionMinor = 1;
    this.status = 0;
    this.describedBytes = 0;
    this.versionStart = this.versionEnd = start;
    this.reasonStart = this.reasonEnd = start;
    this.body = "none";
    this.bodyBytes = 0;
    this.keepAlive = true;
    this.upgrade = false;
  }

  #parseStatusLine(octets: Uint8Array, start: number, end: number): number {
    const { violations } = this;
    let lineFeed = start;
    while (lineFeed < end && octets[lineFeed] !== LF) lineFeed += 1;
    this.lineStart = start;
    this.lineEnd = lineFeed;
    if (lineFeed >= end) return INCOMPLETE;
    let lineEnd = lineFeed;
    if (lineFeed > start && octets[lineFeed - 1] === CR) lineEnd -= 1;
    else violations.add(HTTP_BARE_LF, lineFeed);
    this.lineEnd = lineEnd;
    this.versionStart = start;
    this.versionEnd = Math.min(start + 8, lineEnd);
    this.reasonStart = this.reasonEnd = lineEnd;
    const hundreds = octets[start + 9]! - 0x30;
    const tens = octets[start + 10]! - 0x30;
    const ones = octets[start + 11]! - 0x30;
    const major = octets[start + 5]! - 0x30;
    const minor = octets[start + 7]! - 0x30;
    if (
      lineEnd - start < STATUS_BYTES ||
      octets[start] !== 0x48 ||
      octets[start + 1] !== 0x54 ||
      octets[start + 2] !== 0x54 ||
      octets[start + 3] !== 0x50 ||
      octets[start + 4] !== 0x2f ||
      !(major >= 1 && major <= 9) ||
      octets[start + 6] !== 0x2e ||
      !(minor >= 0 && minor <= 9) ||
      octets[start + 8] !== SP ||
      !(hundreds >= 1 && hundreds <= 5) ||
      !(tens >= 0 && tens <= 9) ||
      !(ones >= 0 && ones <= 9) ||
      (lineEnd - start > STATUS_BYTES && octets[start + STATUS_BYTES] !== SP)
    ) {
      violations.add(HTTP_STATUS_LINE_INVALID, start);
      return lineFeed + 1;
    }
    if (major > 1) violations.add(HTTP_VERSION_UNSUPPORTED, start);
    else if (minor > 1) violations.add(HTTP_VERSION_MINOR, start);
    this.versionMinor = minor === 0 ? 0 : 1;
    this.status = hundreds * 100 + tens * 10 + ones;
    if (lineEnd === start + STATUS_BYTES) violations.add(HTTP_REASON_SPACE_MISSING, lineEnd);
    else this.reasonStart = start + STATUS_BYTES + 1;
    for (let at = this.reasonStart; at < lineEnd; at += 1) {
      const octet = octets[at]!;
      if (is(octet, VALUE)) continue;
      violations.add(octet === NUL ? HTTP_NUL : octet === CR ? HTTP_BARE_CR : HTTP_FIELD_CONTROL, at);
    }
    return lineFeed + 1;
  }

  #check(): void {
    const { fields, violations, status, asked } = this;
    readFraming(this);
    readConnection(this);
    const framed = this.body !== "none";
    const both = fields.countOf(FIELD_CONTENT_LENGTH) > 0 && fields.countOf(FIELD_TRANSFER_ENCODING) > 0;
    if (status === 101 && !(this.askedUpgrade && this.upgrade))
      violations.add(HTTP_RESPONSE_UNEXPECTED, this.start);
    if (status === 101 || (asked === "CONNECT" && status >= 200 && status < 300)) {
      if (framed) violations.add(HTTP_FRAMING_WITHOUT_BODY, this.start);
      this.body = "tunnel";
      this.bodyBytes = 0;
      this.keepAlive = false;
      return;
    }
    // Another response follows whatever an interim one says: RFC 9110 §15.2.
    if (this.interim) this.keepAlive = true;
    if (status < 200 || status === 204) {
      if (framed) violations.add(HTTP_FRAMING_WITHOUT_BODY, this.start);
      this.body = "none";
      this.bodyBytes = 0;
      return;
    }
    // To HEAD, and in 304, the fields say what a GET would have got: RFC 9110 §8.6, §9.3.2.
    if (asked === "HEAD" || status === 304) {
      this.describedBytes = this.bodyBytes;
      this.body = "none";
      this.bodyBytes = 0;
      return;
    }
    if (!framed) {
      this.body = "close";
      this.keepAlive = false;
    } else if (both) this.keepAlive = false;
    if (this.body === "length" && this.bodyBytes === 0) this.body = "none";
  }
}
