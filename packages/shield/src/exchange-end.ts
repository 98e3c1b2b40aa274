/** The end of an exchange: the upstream's response, or an answer of our own; then its record, and whether another follows. */
import type { RequestParser } from "@palisade/http";
import type { Connection, Interruption } from "@palisade/seclang";
import type { ShieldContext } from "./context.js";
import type { ExchangeInquiry } from "./exchange-inquiry.js";
import type { AnsweredBy } from "./exchange-record.js";
import type { Sink } from "./out-buffer.js";
import type { RequestRelay } from "./request-relay.js";
import { responsePage } from "./response-page.js";
import type { ResponseRelay } from "./response-relay.js";

/** The connection that answers go to. */
export interface AnsweredClient extends Sink {
  readonly parser: RequestParser;
  /** Whose request it is, for rules and records. */
  readonly endpoints: () => Connection;
  /** Whether no further request is taken on the connection. */
  readonly isLast: boolean;
  /** The exchange is over. @param keep whether another may follow */
  exchangeDone(keep: boolean): void;
  /** Nothing more is sent: the client sees that its response has no end. */
  abort(): void;
}

/** What an exchange consists of, and what has to end with it. */
export interface ExchangeParts {
  readonly request: RequestRelay;
  readonly response: ResponseRelay;
  readonly inquiry: ExchangeInquiry;
}

/** One for each connection of a client, used again for each of its requests. */
export class ExchangeEnd {
  /** Whether nothing more of the request is read. */
  requestEnded = false;
  /** Whether the client's connection ends with the exchange. */
  closes = false;
  /** What the client is sent, as far as that is decided. */
  answered: AnsweredBy;
  readonly #context: ShieldContext;
  readonly #client: AnsweredClient;
  readonly #parts: ExchangeParts;
  /** "answered": by ourselves, before the request's end. */
  #state: "idle" | "open" | "answered" = "idle";

  constructor(context: ShieldContext, client: AnsweredClient, parts: ExchangeParts) {
    this.#context = context;
    this.#client = client;
    this.#parts = parts;
  }

  /** Whether there is no exchange. */
  get isIdle(): boolean {
    return this.#state === "idle";
  }

  /** Whether there is one that has no answer of our own. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** An exchange begins. */
  open(): void {
    this.#state = "open";
  }

  /** Nothing more of the request is read, nor any other. */
  cutRequest(): void {
    this.closes = true;
    this.requestEnded = true;
  }

  /** Rules have decided. */
  interrupt(interruption: Interruption): void {
    this.#context.counters.blocked += 1;
    this.#dropUpstream();
    if (interruption.action === "drop") {
      this.cutRequest();
      this.answered = undefined;
      this.complete(true);
      return;
    }
    this.#answer(interruption.status, interruption.location);
  }

  /** The request is not what is forwarded, and no rule has said so. @param why for the record */
  refuse(status: number, why: string): void {
    const { inquiry } = this.#parts;
    this.#context.counters.refused += 1;
    inquiry.refused(status);
    inquiry.error(why);
    this.#dropUpstream();
    this.#answer(status);
  }

  /** There is no response that can be passed on. @param why for the record */
  fail(status: number, why: string): void {
    this.#context.counters.upstreamFailures += 1;
    this.#parts.inquiry.error(why);
    this.#dropUpstream();
    this.#answer(status);
  }

  /** What the client is told of its connection, with whatever is answered. */
  connectionWord(): "close" | "keep-alive" | undefined {
    this.closes ||= this.#client.isLast;
    if (this.closes) return "close";
    return this.#client.parser.head.versionMinor === 0 ? "keep-alive" : undefined;
  }

  /** All is written that is written. @param aborts whether the client has to see that something is missing */
  complete(aborts = false): void {
    const upstream = this.#parts.request.detach();
    this.#finish();
    if (upstream !== undefined)
      this.#context.pool.release(upstream, this.requestEnded && upstream.parser.head.keepAlive);
    const keep = this.requestEnded && !this.closes && !this.#client.isLast;
    this.#reset();
    if (aborts) this.#client.abort();
    else this.#client.exchangeDone(keep);
  }

  /** What follows on the connection is no exchange. */
  leave(): void {
    this.#finish();
    this.#reset();
  }

  #answer(status: number, location?: Uint8Array): void {
    const { request, response, inquiry } = this.#parts;
    if (response.hasBegun) {
      this.cutRequest();
      this.complete(true);
      return;
    }
    const { head } = this.#client.parser;
    // What is left of a body is not read.
    if (!this.requestEnded && head.body !== "none") this.cutRequest();
    const page = responsePage({
      status,
      id: inquiry.id,
      nowMs: Date.now(),
      isHead: head.method === "HEAD",
      connection: this.connectionWord(),
      location,
    });
    this.#state = "answered";
    request.reset();
    this.answered = page;
    response.replaced();
    this.#client.write(page.message);
    if (this.requestEnded) this.complete();
  }

  #dropUpstream(): void {
    this.#parts.request.detach()?.destroy();
    this.#context.out.drop();
  }

  /** Phase 5, and the record. */
  #finish(): void {
    const { parser, endpoints } = this.#client;
    this.#parts.inquiry.finish(parser, this.requestEnded, this.answered, endpoints);
  }

  #reset(): void {
    this.#parts.request.reset();
    this.#parts.response.reset();
    this.#state = "idle";
    this.requestEnded = false;
    this.answered = undefined;
  }
}
