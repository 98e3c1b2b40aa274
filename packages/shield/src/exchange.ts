/** One request and its response, from the client's head to the last octet back: through the rules, to the upstream, and back. */
import { BLOCK_BYTES_MAX } from "@palisade/base";
import {
  HTTP_EXPECT_UNKNOWN,
  type HttpViolation,
  type RequestParser,
  type RequestWriter,
} from "@palisade/http";
import type { Connection, Interruption } from "@palisade/seclang";
import type { ShieldContext } from "./context.js";
import { ExchangeInquiry } from "./exchange-inquiry.js";
import type { AnsweredBy } from "./exchange-record.js";
import { isIdempotent } from "./inquiry.js";
import type { Sink } from "./out-buffer.js";
import { RequestRelay } from "./request-relay.js";
import { responsePage } from "./response-page.js";
import { ResponseRelay } from "./response-relay.js";
import type { UpstreamConnection, UpstreamFailure, UpstreamUser } from "./upstream-connection.js";

/** The connection that an exchange is of. */
export interface ExchangeClient extends Sink {
  readonly parser: RequestParser;
  readonly writer: RequestWriter;
  /** Whose request it is, for rules and records. */
  readonly endpoints: () => Connection;
  /** Whether no further request is taken on the connection. */
  readonly isLast: boolean;
  /** More of the request's body can be taken. */
  advance(): void;
  /** The exchange is over. @param keep whether another may follow */
  exchangeDone(keep: boolean): void;
  /** Nothing more is sent: the client sees that its response has no end. */
  abort(): void;
  beginTunnel(upstream: UpstreamConnection): void;
}

const HELD_TOO_MANY = "too many octets of bodies wait for rules";
const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

/** How far the request is. "held": its body is kept for the rules. "passed": its body goes to the upstream as it comes. */
type Phase = "idle" | "head" | "held" | "passed" | "sent" | "answered";

/** One for each connection of a client, used again for each of its requests. */
export class Exchange implements UpstreamUser {
  readonly #context: ShieldContext;
  readonly #client: ExchangeClient;
  readonly #inquiry: ExchangeInquiry;
  readonly #request: RequestRelay;
  readonly #response: ResponseRelay;
  #phase: Phase = "idle";
  #upstream: UpstreamConnection | undefined;
  #requestEnded = false;
  #retried = false;
  #closes = false;
  #answered: AnsweredBy;
  /** Where the response's head lies. */
  #keptHead: Buffer<ArrayBuffer> | undefined;

  constructor(context: ShieldContext, client: ExchangeClient) {
    this.#context = context;
    this.#client = client;
    this.#request = new RequestRelay(context);
    this.#response = new ResponseRelay(context, client);
    this.#inquiry = new ExchangeInquiry(context);
  }

  get isIdle(): boolean {
    return this.#phase === "idle";
  }

  /** Whether nothing is to be read from the client at present. */
  get isWaiting(): boolean {
    return this.#request.isBlocked || (this.#requestEnded && this.#phase !== "idle");
  }

  /** Whether octets of the client are awaited, so that its time runs. */
  get awaitsClient(): boolean {
    return !this.#requestEnded && !this.#request.isBlocked;
  }

  // ------------------------------------------------------------------ the request

  /** `parser.head` is there. */
  begin(): void {
    const { parser } = this.#client;
    const { head } = parser;
    this.#phase = "head";
    this.#inquiry.begin();
    const decided = this.#inquiry.requestHead(parser, this.#client.endpoints);
    this.#closes = !head.keepAlive;
    if (decided !== undefined) {
      this.#interrupt(decided);
      return;
    }
    if (head.method === "CONNECT") {
      this.#refuse(501, "CONNECT: no tunnels are made");
      return;
    }
    if (head.violations.count > 0 && head.violations.has(HTTP_EXPECT_UNKNOWN)) {
      this.#refuse(417, "Expect: an expectation that is not known");
      return;
    }
    // Without a body the request's end is next.
    if (head.body === "none") return;
    const held = this.#inquiry.readsRequestBody;
    if (!held && !this.#pass(false)) return;
    this.#phase = held ? "held" : "passed";
    if (head.expectsContinue && parser.pendingBytes === 0) this.#client.write(CONTINUE);
  }

  requestBody(octets: Uint8Array, start: number, end: number): void {
    if (this.#phase === "held") this.#holdRequest(octets, start, end);
    else if (this.#phase === "passed") {
      this.#inquiry.requestBody(octets, start, end, false);
      this.#request.pass(this.#upstream!, octets.subarray(start, end));
    }
  }

  requestEnd(): void {
    this.#requestEnded = true;
    switch (this.#phase) {
      case "head":
      case "held":
        if (!this.#pass(true)) return;
        break;
      case "passed":
        this.#request.end(this.#upstream!);
        break;
      default:
        this.#complete();
        return;
    }
    this.#phase = "sent";
    this.#upstream?.requestSent();
  }

  /** The codec refuses the message: at its head, where nothing has begun, or within its body. */
  requestRefused(violation: HttpViolation, status: number = violation.status): void {
    const { parser } = this.#client;
    const inquiry = this.#inquiry;
    let decided: Interruption | undefined;
    if (this.#phase === "idle") {
      this.#phase = "head";
      inquiry.begin();
      // Of what has no request line there is nothing to ask.
      if (parser.head.methodEnd > parser.head.methodStart)
        decided = inquiry.requestHead(parser, this.#client.endpoints) ?? inquiry.endRequestBody();
    }
    this.#closes = true;
    this.#requestEnded = true;
    if (decided !== undefined) {
      this.#interrupt(decided);
      return;
    }
    if (this.#phase === "answered") {
      this.#complete();
      return;
    }
    this.#refuse(status, violation.name);
  }

  /** The client is gone, or too slow. */
  clientGone(): void {
    if (this.#phase === "idle") return;
    this.#closes = true;
    this.#requestEnded = true;
    this.#inquiry.error("the client went away");
    if (!this.#response.hasBegun) this.#answered = undefined;
    this.#complete();
  }

  /** The body stalls. */
  requestStalled(): void {
    if (this.#phase === "idle" || this.#phase === "answered") {
      this.#client.abort();
      return;
    }
    this.#closes = true;
    this.#requestEnded = true;
    this.#refuse(408, "the request's body did not come in time");
  }

  clientDrained(): void {
    this.#upstream?.resume();
  }

  #holdRequest(octets: Uint8Array, start: number, end: number): void {
    const decided = this.#inquiry.requestBody(octets, start, end, true);
    if (decided !== undefined) {
      this.#interrupt(decided);
      return;
    }
    if (!this.#request.hold(octets, start, end)) {
      this.#closes = true;
      this.#refuse(503, HELD_TOO_MANY);
      return;
    }
    if (this.#request.heldBytes <= this.#inquiry.requestBodyBytesMax) return;
    // Where the limit does not refuse, rules judge what they have read, and the rest goes past them.
    if (this.#pass(false)) this.#phase = "passed";
  }

  /** Phase 2; then the head goes to the upstream, with what is held of the body. @returns whether it went */
  #pass(isWhole: boolean): boolean {
    const decided = this.#inquiry.endRequestBody();
    if (decided !== undefined) {
      this.#interrupt(decided);
      return false;
    }
    return this.#send(isWhole, false);
  }

  #send(isWhole: boolean, fresh: boolean): boolean {
    const { parser, writer } = this.#client;
    this.#upstream = this.#request.send(parser.head, writer, this, isWhole, fresh);
    if (this.#upstream !== undefined) return true;
    this.#fail(503, "too many requests are with the upstream");
    return false;
  }

  // ------------------------------------------------------------------ the response

  responseHead(): void {
    const upstream = this.#upstream!;
    const { head } = upstream.parser;
    const request = this.#client.parser.head;
    if (head.interim) {
      // 100 was answered here; others are for clients that know of interim responses (RFC 9110 §15.2).
      if (head.status !== 100 && request.versionMinor > 0) this.#response.headAlone(head);
      return;
    }
    if (this.#inquiry.keepsHeads) this.#keepHead();
    const tunnels = head.body === "tunnel";
    if (tunnels && !this.#requestEnded) {
      this.#brokenResponse("101 before the request's end");
      return;
    }
    const inquiry = this.#inquiry;
    let decided = inquiry.responseHead(head);
    const held = decided === undefined && inquiry.readsResponseBody && head.body !== "none" && !tunnels;
    if (decided === undefined && !held) decided = inquiry.endResponseBody();
    if (decided !== undefined) {
      this.#interrupt(decided);
      return;
    }
    this.#answered = head;
    if (tunnels) {
      this.#response.headAlone(head);
      this.#tunnel();
      return;
    }
    // RFC 9112 §7: no chunks for HTTP/1.0. The connection's end is then the body's.
    const chunked = request.versionMinor > 0;
    if (!chunked && (head.body === "close" || head.body === "chunked")) this.#closes = true;
    this.#response.head(head, chunked, this.#connectionWord(), held);
  }

  responseBody(octets: Uint8Array, start: number, end: number): void {
    const decided = this.#inquiry.responseBody(octets, start, end, this.#response.isHeld);
    if (decided !== undefined) {
      this.#interrupt(decided);
      return;
    }
    this.#response.body(octets, start, end);
  }

  responseFlush(): void {
    let more: boolean;
    if (this.#response.isHeld) {
      if (!this.#hold() || this.#response.bodyBytes <= this.#inquiry.responseBodyBytesMax) return;
      if (!this.#allows()) return;
      more = this.#response.release();
    } else more = this.#response.flush();
    if (!more) this.#upstream?.pause();
  }

  responseEnd(): void {
    this.#response.end();
    if (this.#response.isHeld) {
      if (!this.#hold() || !this.#allows()) return;
      this.#response.release();
    } else this.#response.flush();
    this.#complete();
  }

  upstreamDrained(): void {
    this.#request.drained();
    this.#client.advance();
  }

  upstreamEnded(): void {}
  responseTunnel(): void {}

  upstreamFailed(failure: UpstreamFailure): void {
    const upstream = this.#upstream!;
    const { head } = this.#client.parser;
    this.#upstream = undefined;
    this.#context.out.drop();
    if (
      this.#phase === "sent" &&
      failure === "closed" &&
      upstream.reused &&
      !upstream.responded &&
      !this.#retried &&
      head.body === "none" &&
      isIdempotent(head)
    ) {
      // The upstream closed a connection that it had kept: nothing of the request can have been processed.
      this.#retried = true;
      this.#context.counters.retried += 1;
      if (this.#send(true, true)) this.#upstream!.requestSent();
      return;
    }
    const status = failure === "silent" ? 504 : 502;
    if (failure === "broken") {
      const { refusal } = upstream.parser.head.violations;
      this.#fail(status, `the upstream's response is refused: ${refusal?.name ?? "http"}`);
    } else this.#fail(status, `the upstream is ${failure}`);
  }

  #brokenResponse(why: string): void {
    this.#dropUpstream();
    this.#fail(502, why);
  }

  #connectionWord(): "close" | "keep-alive" | undefined {
    this.#closes ||= this.#client.isLast;
    if (this.#closes) return "close";
    return this.#client.parser.head.versionMinor === 0 ? "keep-alive" : undefined;
  }

  /** A response head lies where the next octets of any upstream are read: what is to be read of it later is copied. */
  #keepHead(): void {
    const { head } = this.#upstream!.parser;
    const { end } = head;
    // Not `slice`, which a Buffer has as a view.
    const octets = head.octets.subarray(0, end);
    this.#releaseHead();
    if (end > BLOCK_BYTES_MAX) head.octets = new Uint8Array(octets);
    else {
      this.#keptHead = this.#context.blocks.take(end);
      this.#keptHead.set(octets);
      head.octets = this.#keptHead;
    }
    head.fields.octets = head.octets;
  }

  #releaseHead(): void {
    if (this.#keptHead !== undefined) this.#context.blocks.giveBack(this.#keptHead);
    this.#keptHead = undefined;
  }

  /** @returns whether there was room */
  #hold(): boolean {
    if (this.#response.hold()) return true;
    this.#dropUpstream();
    this.#fail(503, HELD_TOO_MANY);
    return false;
  }

  /** Phase 4. @returns whether what is held may go to the client */
  #allows(): boolean {
    const decided = this.#inquiry.endResponseBody();
    if (decided === undefined) return true;
    this.#interrupt(decided);
    return false;
  }

  #tunnel(): void {
    const upstream = this.#upstream!;
    this.#upstream = undefined;
    this.#finish();
    this.#reset();
    this.#client.beginTunnel(upstream);
  }

  // ------------------------------------------------------------------ answers of our own, and the end

  #interrupt(interruption: Interruption): void {
    this.#context.counters.blocked += 1;
    this.#dropUpstream();
    if (interruption.action === "drop") {
      this.#closes = true;
      this.#requestEnded = true;
      this.#answered = undefined;
      this.#complete(true);
      return;
    }
    this.#answer(interruption.status, interruption.location);
  }

  /** What is no rule's decision. */
  #refuse(status: number, why: string): void {
    this.#context.counters.refused += 1;
    this.#inquiry.refused(status);
    this.#inquiry.error(why);
    this.#dropUpstream();
    this.#answer(status);
  }

  #fail(status: number, why: string): void {
    this.#context.counters.upstreamFailures += 1;
    this.#inquiry.error(why);
    this.#answer(status);
  }

  #answer(status: number, location?: Uint8Array): void {
    this.#context.out.drop();
    if (this.#response.hasBegun) {
      this.#closes = true;
      this.#requestEnded = true;
      this.#complete(true);
      return;
    }
    const { head } = this.#client.parser;
    // What is left of a body is not read.
    if (!this.#requestEnded && head.body !== "none") {
      this.#closes = true;
      this.#requestEnded = true;
    }
    const page = responsePage({
      status,
      id: this.#inquiry.id,
      nowMs: Date.now(),
      isHead: head.method === "HEAD",
      connection: this.#connectionWord(),
      location,
    });
    this.#phase = "answered";
    this.#request.reset();
    this.#answered = page;
    this.#response.replaced();
    this.#client.write(page.message);
    if (this.#requestEnded) this.#complete();
  }

  #dropUpstream(): void {
    this.#upstream?.destroy();
    this.#upstream = undefined;
    this.#context.out.drop();
  }

  #complete(aborts = false): void {
    const { pool } = this.#context;
    const upstream = this.#upstream;
    this.#upstream = undefined;
    this.#finish();
    if (upstream !== undefined) pool.release(upstream, this.#requestEnded && upstream.parser.head.keepAlive);
    const keep = this.#requestEnded && !this.#closes && !this.#client.isLast;
    this.#reset();
    if (aborts) this.#client.abort();
    else this.#client.exchangeDone(keep);
  }

  /** Phase 5, and the record. */
  #finish(): void {
    const { parser, endpoints } = this.#client;
    this.#inquiry.finish(parser, this.#requestEnded, this.#answered, endpoints);
  }

  #reset(): void {
    this.#request.reset();
    this.#response.reset();
    this.#releaseHead();
    this.#phase = "idle";
    this.#requestEnded = false;
    this.#retried = false;
    this.#answered = undefined;
  }
}
