/** The head of a request for the upstream, made of the one that was read: RFC 9110 §7.6, RFC 9112 §3.2.2. */
import { assert } from "@palisade/base";
import {
  FIELD_CONTENT_LENGTH,
  FIELD_FORWARDED,
  FIELD_HOST,
  FIELD_IDS,
  FIELD_OTHER,
  FIELD_UPGRADE,
  FIELD_X_FORWARDED_FOR,
  FIELD_X_FORWARDED_HOST,
  FIELD_X_FORWARDED_PROTO,
  HOP_BY_HOP,
} from "./field-names.js";
import {
  CHUNKED_LINE,
  CLOSE_LINE,
  emitAll,
  emitClean,
  emitContentLength,
  emitLineEnd,
  FieldWriter,
  OWN_LINES_BYTES,
  UPGRADE_LINE,
} from "./field-writer.js";
import type { HttpFields } from "./fields.js";
import { ascii, copyOctets, SP } from "./octets.js";
import type { RequestHead } from "./request-head.js";
import { HTTP_VERSION_MINOR } from "./violations.js";
import type { AddedField } from "./writer-options.js";
import { checkedValue, fieldLines, LeftOut } from "./writer-options.js";

const VERSION_LINE_END = ascii(" HTTP/1.1\r\n");
const HOST_LINE = ascii("Host: ");
const FOR_LINE = ascii("X-Forwarded-For: ");
const FORWARDED_HOST_LINE = ascii("X-Forwarded-Host: ");
const SLASH = 0x2f;
const ASTERISK = 0x2a;

/** What becomes of a field, by its number. */
const KEPT = 0;
const LEFT_OUT = 1;
/** Kept unless its name is one that is left out. */
const BY_NAME = 2;
/** In its place the writer's own line. */
const OWN_HOST = 3;
const OWN_LENGTH = 4;
const OWN_FOR = 5;
/** Kept where the upgrade goes through. */
const UPGRADE = 6;

export interface RequestWriterOptions {
  /** Client's address: the last of X-Forwarded-For. Without it that field is not written. */
  readonly clientAddress?: string;
  /** X-Forwarded-Proto. */
  readonly scheme?: "http" | "https";
  /** Whether X-Forwarded-Host says the host that the client asked for. */
  readonly forwardedHost?: boolean;
  /** Whether what the client sent of X-Forwarded-For, -Host, -Proto and Forwarded is believed; otherwise it is left out. */
  readonly trustForwarded?: boolean;
  /** The name for `Via: 1.1 NAME` (RFC 9110 §7.6.3). */
  readonly via?: string;
  /** Host for the upstream in place of the client's. */
  readonly host?: string;
  /** Names of fields that are left out of what the client sent, whatever `trustForwarded` says; not those that every request needs anew. */
  readonly remove?: readonly string[];
  /** Fields that are added at the end; none that are hop by hop, frame the body, or are Host. */
  readonly add?: readonly AddedField[];
}

/** How the body of what is written is framed: as that of what was read, in chunks, or by a number of octets. */
export type WrittenBody = "same" | "chunked" | number;

/** One for each connection of a client. */
export class RequestWriter {
  /** By a field's number: what becomes of it. */
  readonly #fates = new Uint8Array(FIELD_IDS);
  readonly #forwardedHost: boolean;
  readonly #client: Uint8Array | undefined;
  readonly #scheme: Uint8Array | undefined;
  readonly #host: Uint8Array | undefined;
  readonly #leftOut: LeftOut;
  readonly #added: Uint8Array;
  readonly #fields = new FieldWriter();

  /** @throws {PalisadeError} `HTTP_FIELD` for a name or value that no field can have, and for a field that is written anew */
  constructor(options: RequestWriterOptions = {}) {
    const { clientAddress, scheme, via, host } = options;
    this.#forwardedHost = options.forwardedHost ?? false;
    this.#client =
      clientAddress === undefined ? undefined : ascii(checkedValue("clientAddress", clientAddress));
    this.#scheme = scheme === undefined ? undefined : fieldLines([["X-Forwarded-Proto", scheme]]);
    this.#host = host === undefined ? undefined : ascii(checkedValue("host", host));
    this.#leftOut = new LeftOut(options.remove ?? []);
    this.#added = fieldLines([
      ...(via === undefined ? [] : [["Via", `1.1 ${via}`] as const]),
      ...(options.add ?? []),
    ]);
    this.#decide(options.trustForwarded ?? false);
  }

  #decide(trust: boolean): void {
    const fates = this.#fates;
    for (let id = 0; id < FIELD_IDS; id += 1) {
      if (HOP_BY_HOP[id] === 1 || this.#leftOut.numbers[id] === 1) fates[id] = LEFT_OUT;
    }
    fates[FIELD_OTHER] = this.#leftOut.byName ? BY_NAME : KEPT;
    fates[FIELD_HOST] = OWN_HOST;
    fates[FIELD_CONTENT_LENGTH] = OWN_LENGTH;
    fates[FIELD_UPGRADE] = UPGRADE;
    const claims = [
      FIELD_X_FORWARDED_FOR,
      FIELD_X_FORWARDED_HOST,
      FIELD_X_FORWARDED_PROTO,
      FIELD_FORWARDED,
    ] as const;
    if (!trust) for (const id of claims) fates[id] = LEFT_OUT;
    else if (fates[FIELD_X_FORWARDED_FOR] === KEPT && this.#client !== undefined)
      fates[FIELD_X_FORWARDED_FOR] = OWN_FOR;
  }

  /** The most octets that `emit` can write. */
  bytesMax(head: RequestHead): number {
    const authority = head.authorityEnd - head.authorityStart;
    return (
      head.end -
      head.start +
      head.fields.count * 2 +
      authority * 2 +
      (this.#client?.length ?? 0) +
      (this.#scheme?.length ?? 0) +
      (this.#host?.length ?? 0) +
      this.#added.length +
      OWN_LINES_BYTES
    );
  }

  /**
   * Writes the head of a request that was not refused, as HTTP/1.1. Fields keep their order and octets, but for those that
   * are hop by hop; the target of an absolute form becomes its path, and its authority Host.
   *
   * @param body how the body that follows is framed
   * @param options.close whether the connection is to end with the response
   * @param options.upgrade whether Upgrade goes through, where the request has it
   * @returns where what was written ends
   */
  emit(
    head: RequestHead,
    out: Uint8Array,
    at: number,
    body: WrittenBody = "same",
    options: { readonly close?: boolean; readonly upgrade?: boolean } = {},
  ): number {
    const { octets, fields } = head;
    const fates = this.#fates;
    assert(head.violations.refusal === undefined, "a refused request is not forwarded");
    assert(out.length - at >= this.bytesMax(head), "there is room for the head");
    const written = this.#fields;
    written.begin(head, out);
    let to = at;
    if (!isWritten(head) || !written.keepLine(at)) to = emitRequestLine(head, out, at);
    if (fields.countOf(FIELD_HOST) === 0) to = this.#emitHost(head, out, written.flush(0, to));
    const bytes = body === "same" && head.body !== "chunked" ? head.bodyBytes : body;
    const sized = typeof bytes === "number";
    const upgrade = options.upgrade === true && head.upgrade;
    const ownHost = this.#host !== undefined || head.targetForm === "absolute";
    let forwardedFor = false;
    let lengthThere = false;
    for (let field = 0; field < fields.count; field += 1) {
      const id = fields.id(field);
      let fate = fates[id]!;
      if (fate === BY_NAME) fate = this.#leftOut.has(fields, field, id) ? LEFT_OUT : KEPT;
      else if (fate === UPGRADE) fate = upgrade ? KEPT : LEFT_OUT;
      else if (fate === OWN_HOST && !ownHost) fate = KEPT;
      if (fate === KEPT) {
        to = written.keep(field, to);
        continue;
      }
      to = written.flush(field, to);
      if (fate === OWN_HOST) to = this.#emitHost(head, out, to);
      else if (fate === OWN_LENGTH && sized && !lengthThere) {
        lengthThere = true;
        to = emitContentLength(bytes, out, to);
      } else if (fate === OWN_FOR && !forwardedFor) {
        forwardedFor = true;
        to = this.#emitFor(head, out, to);
      }
    }
    to = written.flush(fields.count, to);
    if (this.#client !== undefined && !forwardedFor) to = this.#emitFor(undefined, out, to);
    if (this.#scheme !== undefined && !this.#keeps(fields, FIELD_X_FORWARDED_PROTO)) {
      to = emitAll(this.#scheme, out, to);
    }
    if (this.#forwardedHost && !this.#keeps(fields, FIELD_X_FORWARDED_HOST)) {
      to = emitAll(FORWARDED_HOST_LINE, out, to);
      to = copyOctets(octets, head.authorityStart, head.authorityEnd, out, to);
      to = emitLineEnd(out, to);
    }
    to = emitAll(this.#added, out, to);
    if (sized && !lengthThere && bytes > 0) to = emitContentLength(bytes, out, to);
    if (!sized) to = emitAll(CHUNKED_LINE, out, to);
    if (upgrade) to = emitAll(UPGRADE_LINE, out, to);
    else if (options.close === true) to = emitAll(CLOSE_LINE, out, to);
    return emitLineEnd(out, to);
  }

  /** Whether the client's own field goes out. */
  #keeps(fields: HttpFields, id: number): boolean {
    return this.#fates[id] === KEPT && fields.countOf(id) > 0;
  }

  #emitHost(head: RequestHead, out: Uint8Array, at: number): number {
    let to = emitAll(HOST_LINE, out, at);
    if (this.#host !== undefined) to = emitAll(this.#host, out, to);
    else to = copyOctets(head.octets, head.authorityStart, head.authorityEnd, out, to);
    return emitLineEnd(out, to);
  }

  /** What came of X-Forwarded-For, in one line, and the client's address. */
  #emitFor(head: RequestHead | undefined, out: Uint8Array, at: number): number {
    let to = emitAll(FOR_LINE, out, at);
    if (head !== undefined) {
      const { fields } = head;
      for (let field = fields.firstOf(FIELD_X_FORWARDED_FOR); field < fields.count; field += 1) {
        if (fields.id(field) !== FIELD_X_FORWARDED_FOR || fields.valueStart(field) === fields.valueEnd(field))
          continue;
        to = emitClean(fields.octets, fields.valueStart(field), fields.valueEnd(field), out, to);
        out[to++] = 0x2c;
        out[to++] = SP;
      }
    }
    return emitLineEnd(out, emitAll(this.#client!, out, to));
  }
}

/** Whether the request line stands as it is to be written: the parser took no blank but the two, and CR LF at its end. */
function isWritten(head: RequestHead): boolean {
  return (
    head.versionMinor === 1 && head.targetForm !== "absolute" && !head.violations.has(HTTP_VERSION_MINOR)
  );
}

/** The line with the target for an origin server: RFC 9112 §3.2.1, §3.2.4. */
function emitRequestLine(head: RequestHead, out: Uint8Array, at: number): number {
  const { octets, pathStart, targetEnd } = head;
  let to = copyOctets(octets, head.methodStart, head.methodEnd, out, at);
  out[to++] = SP;
  if (head.targetForm === "absolute") {
    if (pathStart === targetEnd && head.method === "OPTIONS") out[to++] = ASTERISK;
    else if (pathStart === targetEnd || octets[pathStart] !== SLASH) out[to++] = SLASH;
    to = copyOctets(octets, pathStart, targetEnd, out, to);
  } else to = copyOctets(octets, head.targetStart, targetEnd, out, to);
  return emitAll(VERSION_LINE_END, out, to);
}
