/** The head of a response for the client, made of the one that was read: RFC 9110 §7.6. */
import { assert } from "@palisade/base";
import { FIELD_CONTENT_LENGTH, FIELD_TRANSFER_ENCODING, FIELD_UPGRADE, HOP_BY_HOP } from "./field-names.js";
import {
  CHUNKED_LINE,
  CLOSE_LINE,
  emitAll,
  emitClean,
  emitContentLength,
  emitDecimal,
  emitLineEnd,
  FieldWriter,
  KEEP_ALIVE_LINE,
  OWN_LINES_BYTES,
  UPGRADE_LINE,
} from "./field-writer.js";
import { ascii, SP } from "./octets.js";
import type { WrittenBody } from "./request-writer.js";
import type { ResponseHead } from "./response-head.js";
import type { AddedField } from "./writer-options.js";
import { fieldLines, LeftOut } from "./writer-options.js";

const VERSION = ascii("HTTP/1.1 ");

export interface ResponseWriterOptions {
  /** The name for `Via: 1.1 NAME` (RFC 9110 §7.6.3). */
  readonly via?: string;
  /** Names of fields that are left out; none that are hop by hop or frame the body. */
  readonly remove?: readonly string[];
  /** Fields that are added at the end; none that are hop by hop, frame the body, or are Host. */
  readonly add?: readonly AddedField[];
}

/** One for all connections that are written to alike. */
export class ResponseWriter {
  readonly #leftOut: LeftOut;
  readonly #added: Uint8Array;
  readonly #fields = new FieldWriter();

  /** @throws {PalisadeError} `HTTP_FIELD` for a name or value that no field can have, and for a field that is written anew */
  constructor(options: ResponseWriterOptions = {}) {
    this.#leftOut = new LeftOut(options.remove ?? []);
    this.#added = fieldLines([
      ...(options.via === undefined ? [] : [["Via", `1.1 ${options.via}`] as const]),
      ...(options.add ?? []),
    ]);
  }

  /** The most octets that `emit` can write. */
  bytesMax(head: ResponseHead): number {
    return head.end - head.start + head.fields.count * 2 + this.#added.length + OWN_LINES_BYTES;
  }

  /**
   * Writes the head of a response that was not refused, as HTTP/1.1.
   *
   * @param body how the body that follows is framed. "same" for one up to the connection's end frames nothing: then `connection` is
   *   "close". Without a body (HEAD, 304) Content-Length stays what it was.
   * @param connection what the client is told: "close", "keep-alive" (needed by clients of HTTP/1.0 alone), or nothing
   * @returns where what was written ends
   */
  emit(
    head: ResponseHead,
    out: Uint8Array,
    at: number,
    body: WrittenBody = "same",
    connection?: "close" | "keep-alive",
  ): number {
    const { fields } = head;
    assert(head.violations.refusal === undefined, "a refused response is not forwarded");
    assert(out.length - at >= this.bytesMax(head), "there is room for the head");
    let to = emitAll(VERSION, out, at);
    to = emitDecimal(head.status, out, to);
    out[to++] = SP;
    to = emitClean(head.octets, head.reasonStart, head.reasonEnd, out, to);
    to = emitLineEnd(out, to);
    const bodiless = head.interim || head.status === 204 || head.body === "tunnel";
    const described = !bodiless && (head.asked === "HEAD" || head.status === 304);
    const upgrade = head.status === 101;
    let chunked = false;
    let bytes = -1;
    if (!bodiless && !described) {
      chunked = body === "chunked" || (body === "same" && head.body === "chunked");
      if (typeof body === "number") bytes = body;
      else if (!chunked && head.body !== "close") bytes = head.bodyBytes;
    }
    const written = this.#fields;
    written.begin(head, out);
    let lengthThere = bytes < 0;
    for (let field = 0; field < fields.count; field += 1) {
      const id = fields.id(field);
      if (id === FIELD_CONTENT_LENGTH) {
        // A length beside Transfer-Encoding is none, and no description of what a GET would have got either.
        if (described && fields.countOf(FIELD_TRANSFER_ENCODING) === 0 && fields.firstOf(id) === field) {
          to = written.flush(field, to);
          to = emitContentLength(head.describedBytes, out, to);
          continue;
        }
        to = written.flush(field, to);
        if (!lengthThere) {
          lengthThere = true;
          to = emitContentLength(bytes, out, to);
        }
      } else if (id === FIELD_UPGRADE && upgrade) to = written.keep(field, to);
      else if (HOP_BY_HOP[id] === 1 || this.#leftOut.has(fields, field, id)) to = written.flush(field, to);
      else to = written.keep(field, to);
    }
    to = written.flush(fields.count, to);
    to = emitAll(this.#added, out, to);
    if (!lengthThere) to = emitContentLength(bytes, out, to);
    if (chunked) to = emitAll(CHUNKED_LINE, out, to);
    if (upgrade) to = emitAll(UPGRADE_LINE, out, to);
    else if (connection === "close") to = emitAll(CLOSE_LINE, out, to);
    else if (connection === "keep-alive") to = emitAll(KEEP_ALIVE_LINE, out, to);
    return emitLineEnd(out, to);
  }
}
