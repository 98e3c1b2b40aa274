/** Requests of one connection: RFC 9112. */
import type { HttpFields } from "./fields.js";
import type { HttpEvent } from "./http-event.js";
import { MessageReader } from "./message-reader.js";
import type { HttpParserOptions } from "./policy.js";
import { compilePolicy } from "./policy.js";
import { RequestHead } from "./request-head.js";

/**
 * ```
 * parser.feed(chunk);
 * for (;;) {
 *   switch (parser.next()) {
 *     case "need": return;                   // with the next chunk
 *     case "head": …parser.head…; break;
 *     case "body": …parser.octets, parser.start, parser.end…; break;
 *     case "end": …answer, then go on…; break;
 *     case "refused": …answer parser.head.violations.refusal.status, close…; return;
 *     …
 * ```
 *
 * `head` is valid until the call of `next` after "end". Until then the chunks that the head and the body's slices lie in
 * must not be changed. Requests that follow in the same chunk wait, and stay where they are, until `next` is called.
 */
export class RequestParser {
  readonly head: RequestHead;
  readonly #reader: MessageReader<RequestHead>;

  /** @throws {PalisadeError} `HTTP_OPTION` */
  constructor(options: HttpParserOptions = {}) {
    const policy = compilePolicy("request", options);
    this.head = new RequestHead(policy);
    this.#reader = new MessageReader(this.head, policy, policy.requestLineBytesMax);
  }

  /** Of "body" and "tunnel" events: the slice is `octets` from `start` to `end`. */
  get octets(): Uint8Array {
    return this.#reader.octets;
  }

  get start(): number {
    return this.#reader.start;
  }

  get end(): number {
    return this.#reader.end;
  }

  /** Fields after a chunked body, whole at "end". They are not forwarded. */
  get trailers(): HttpFields {
    return this.#reader.trailers;
  }

  /** Octets that were fed and not read yet: where there are any before "need", stop reading from the connection. */
  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  /** Whether a message has begun and not ended. */
  get within(): boolean {
    return this.#reader.within;
  }

  /** @throws {PalisadeError} `HTTP_PENDING` above `HTTP_PENDING_BYTES_MAX` octets that nobody asked for */
  feed(chunk: Uint8Array): void {
    this.#reader.feed(chunk);
  }

  /** The client sends no more. */
  finish(): void {
    this.#reader.finish();
  }

  next(): HttpEvent {
    return this.#reader.next();
  }

  /** To be called at "end" where a CONNECT or an upgrade was accepted: all that follows comes as "tunnel". */
  tunnel(): void {
    this.#reader.tunnel();
  }
}
