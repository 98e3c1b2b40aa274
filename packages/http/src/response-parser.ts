/** Responses of one connection to an upstream: RFC 9112. */
import { assert } from "@palisade/base";
import type { HttpFields } from "./fields.js";
import type { HttpEvent } from "./http-event.js";
import type { MethodKind } from "./message-head.js";
import { MessageReader } from "./message-reader.js";
import type { HttpParserOptions } from "./policy.js";
import { compilePolicy } from "./policy.js";
import { ResponseHead } from "./response-head.js";
import { HTTP_INTERIM_TOO_MANY, HTTP_RESPONSE_UNEXPECTED } from "./violations.js";

/** Interim responses (1xx) to one request. */
export const HTTP_INTERIM_RESPONSES_MAX = 16;

/**
 * As `RequestParser`, with one request at a time: `expect` says what was asked before its response is read. Octets that
 * come when nothing was asked are refused, so that a response never goes to a request that it does not belong to. "head" with
 * `head.interim` is followed by "end" and then by the next response to the same request.
 */
export class ResponseParser {
  readonly head: ResponseHead;
  readonly #reader: MessageReader<ResponseHead>;
  #expected = false;
  #interim = 0;

  /** @throws {PalisadeError} `HTTP_OPTION`; `requestLineBytesMax` means nothing here */
  constructor(options: HttpParserOptions = {}) {
    const policy = compilePolicy("response", options);
    this.head = new ResponseHead(policy);
    this.#reader = new MessageReader(this.head, policy, policy.headBytesMax);
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

  /** Octets that were fed and not read yet. */
  get pendingBytes(): number {
    return this.#reader.pendingBytes;
  }

  /** Whether a response is awaited or being read. */
  get within(): boolean {
    return this.#expected || this.#reader.within;
  }

  /**
   * A request goes out whose response is to be read.
   *
   * @param upgrade whether it asked to upgrade: without, 101 is refused (RFC 9110 §15.2.2)
   */
  expect(method: MethodKind, upgrade = false): void {
    assert(!this.#expected, "the last response has not ended");
    this.head.asked = method;
    this.head.askedUpgrade = upgrade;
    this.#expected = true;
    this.#interim = 0;
  }

  /** @throws {PalisadeError} `HTTP_PENDING` above `HTTP_PENDING_BYTES_MAX` octets that nobody asked for */
  feed(chunk: Uint8Array): void {
    this.#reader.feed(chunk);
  }

  /** The upstream sends no more. */
  finish(): void {
    this.#reader.finish();
  }

  next(): HttpEvent {
    const reader = this.#reader;
    if (!this.#expected && reader.pendingBytes > 0 && !reader.within) {
      return reader.refuseNext(HTTP_RESPONSE_UNEXPECTED);
    }
    const event = reader.next();
    if (event === "end") {
      if (!this.head.interim) this.#expected = false;
    } else if (event === "head") {
      if (this.head.body === "tunnel") this.#expected = false;
      else if (this.head.interim && ++this.#interim > HTTP_INTERIM_RESPONSES_MAX) {
        return reader.refuse(HTTP_INTERIM_TOO_MANY, this.head.start);
      }
    }
    return event;
  }
}
