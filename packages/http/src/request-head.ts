/** The head of a request: RFC 9112 §3 and §5, with what a server must check of it (RFC 9112 §3.2, §6). */
import { isAuthority } from "./authority.js";
import { parseFieldLines } from "./field-lines.js";
import { FIELD_CONTENT_LENGTH, FIELD_EXPECT, FIELD_HOST } from "./field-names.js";
import { HttpFields } from "./fields.js";
import { readConnection, readFraming } from "./framing.js";
import { startLineAt } from "./leading-lines.js";
import type { BodyKind, MessageHead, MethodKind } from "./message-head.js";
import { ascii, EMPTY, equalsIgnoringCase, latin1, sameIgnoringCase } from "./octets.js";
import type { HttpPolicy } from "./policy.js";
import { MessageViolations } from "./policy.js";
import { parseRequestLine } from "./request-line.js";
import {
  HTTP_CONNECT_WITH_BODY,
  HTTP_EXPECT_UNKNOWN,
  HTTP_HOST_DUPLICATE,
  HTTP_HOST_EMPTY,
  HTTP_HOST_INVALID,
  HTTP_HOST_MISMATCH,
  HTTP_HOST_MISSING,
} from "./violations.js";

const CONTINUE = ascii("100-continue");

/** "none": the target is of none of the forms. */
export type TargetForm = "origin" | "absolute" | "authority" | "asterisk" | "none";

/** One object a parser, which each message overwrites. */
export class RequestHead implements MessageHead {
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

  method: MethodKind = "other";
  methodStart = 0;
  methodEnd = 0;
  targetStart = 0;
  targetEnd = 0;
  versionStart = 0;
  versionEnd = 0;
  targetForm: TargetForm = "none";
  /** Of the target in absolute and authority form, else the value of Host; empty where there is neither. */
  authorityStart = 0;
  authorityEnd = 0;
  /** Where path and query begin in the target: its end where an absolute one has neither. */
  pathStart = 0;
  /** Whether the client waits for 100 Continue (RFC 9110 §10.1.1). */
  expectsContinue = false;

  readonly #lineBytesMax: number;

  constructor(policy: HttpPolicy) {
    this.#lineBytesMax = policy.requestLineBytesMax;
    this.fields = new HttpFields(policy.fieldsMax);
    this.violations = new MessageViolations(policy);
  }

  /** The method as text. */
  methodText(): string {
    return latin1(this.octets, this.methodStart, this.methodEnd);
  }

  /** The request target as it was written, one character an octet. */
  targetText(): string {
    return latin1(this.octets, this.targetStart, this.targetEnd);
  }

  /** The version as it was written. */
  versionText(): string {
    return latin1(this.octets, this.versionStart, this.versionEnd);
  }

  /** @internal Reads a head that begins at `start`. @returns where it ends, `INCOMPLETE` or `STOPPED` */
  parse(octets: Uint8Array, start: number, end: number): number {
    this.clear(octets, start);
    let at = startLineAt(this, octets, start, end, this.#lineBytesMax);
    if (at < 0) return at;
    at = parseRequestLine(this, octets, at, end, this.#lineBytesMax);
    if (at < 0) {
      this.end = end;
      return at;
    }
    at = parseFieldLines(octets, at, end, this.fields, this.violations);
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
    this.method = "other";
    this.methodStart = this.methodEnd = start;
    this.targetStart = this.targetEnd = start;
    this.versionStart = this.versionEnd = start;
    this.targetForm = "none";
    this.authorityStart = this.authorityEnd = this.pathStart = start;
    this.expectsContinue = false;
    this.body = "none";
    this.bodyBytes = 0;
    this.keepAlive = true;
    this.upgrade = false;
  }

  #check(): void {
    const { fields, violations } = this;
    this.#checkHost();
    readFraming(this);
    readConnection(this);
    if (this.body === "length" && this.bodyBytes === 0) this.body = "none";
    if (this.method === "CONNECT" && this.body !== "none")
      violations.add(HTTP_CONNECT_WITH_BODY, this.methodStart);
    // RFC 9112 §6.1: after a message with both, the connection is closed.
    if (this.body === "chunked" && fields.countOf(FIELD_CONTENT_LENGTH) > 0) this.keepAlive = false;
    const expect = fields.firstOf(FIELD_EXPECT);
    if (expect < 0) return;
    const at = fields.valueStart(expect);
    if (
      fields.countOf(FIELD_EXPECT) > 1 ||
      !equalsIgnoringCase(this.octets, at, fields.valueEnd(expect), CONTINUE)
    ) {
      violations.add(HTTP_EXPECT_UNKNOWN, at);
    } else {
      // RFC 9110 §10.1.1: ignored in HTTP/1.0.
      this.expectsContinue = this.versionMinor === 1;
    }
  }

  #checkHost(): void {
    const { octets, fields, violations, targetForm } = this;
    const count = fields.countOf(FIELD_HOST);
    const inTarget = targetForm === "absolute" || targetForm === "authority";
    if (count === 0) {
      if (this.versionMinor === 1) violations.add(HTTP_HOST_MISSING, this.end - 1);
      return;
    }
    const host = fields.firstOf(FIELD_HOST);
    const start = fields.valueStart(host);
    const end = fields.valueEnd(host);
    if (count > 1) violations.add(HTTP_HOST_DUPLICATE, start);
    if (start < end && !isAuthority(octets, start, end, false)) violations.add(HTTP_HOST_INVALID, start);
    if (inTarget) {
      if (!sameIgnoringCase(octets, start, end, this.authorityStart, this.authorityEnd)) {
        violations.add(HTTP_HOST_MISMATCH, start);
      }
      return;
    }
    if (start === end && this.versionMinor === 1) violations.add(HTTP_HOST_EMPTY, start);
    this.authorityStart = start;
    this.authorityEnd = end;
  }
}
