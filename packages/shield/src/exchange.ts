/** One request and its response, from the client's head to the last octet back: through the rules, to the upstream, and back. */
import { HTTP_EXPECT_UNKNOWN, type HttpViolation, type RequestWriter } from "@palisade/http";
import type { Interruption } from "@palisade/seclang";
import type { ShieldContext } from "./context.js";
import { type AnsweredClient, ExchangeEnd } from "./exchange-end.js";
import { ExchangeInquiry } from "./exchange-inquiry.js";
import { isIdempotent } from "./inquiry.js";
import { RequestRelay } from "./request-relay.js";
import { ResponseRelay } from "./response-relay.js";
import type { UpstreamConnection, UpstreamFailure, UpstreamUser } from "./upstream-connection.js";

/** The connection that an exchange is of. */
export interface ExchangeClient extends AnsweredClient {
  readonly writer: RequestWriter;
  /** More of the request's body can be taken. */
  advance(): void;
  beginTunnel(upstream: UpstreamConnection): void;
}

const HELD_TOO_MANY = "too many octets of bodies wait for rules";
const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

/** How far the request is. "held": its body is kept for the rules. "passed": its body goes to the upstream as it comes. */
type Phase = "head" | "held" | "passed" | "sent";

/** One for each connection of a client, used again for each of its requests. */
export class Exchange implements UpstreamUser {
  readonly #context: ShieldContext;
  readonly #client: ExchangeClient;
  readonly #inquiry: ExchangeInquiry;
  readonly #request: RequestRelay;
  readonly #response: ResponseRelay;
  readonly #end: ExchangeEnd;
  #phase: Phase = "head";

  constructor(context: ShieldContext, client: ExchangeClient) {
    this.#context = context;
    this.#client = client;
    this.#request = new RequestRelay(context);
    this.#response = new ResponseRelay(context, client);
    this.#inquiry = new ExchangeInquiry(context);
    this.#end = new ExchangeEnd(context, client, {
      request: this.#request,
      response: this.#response,
      inquiry: this.#inquiry,
    });
  }

  get isIdle(): boolean {
    return this.#end.isIdle;
  }

  /** Whether nothing is to be read from the client at present. */
  get isWaiting(): boolean {
    return this.#request.isBlocked || (this.#end.requestEnded && !this.#end.isIdle);
  }

  /** Whether octets of the client are awaited, so that its time runs. */
  get awaitsClient(): boolean {
    return !this.#end.requestEnded && !this.#request.isBlocked;
  }

  // ------------------------------------------------------------------ the request

  /** `parser.head` is there. */
  begin(): void {
    const { parser } = this.#client;
    const { head } = parser;
    this.#open();
    const decided = this.#inquiry.requestHead(parser, this.#client.endpoints);
    this.#end.closes = !head.keepAlive;
    if (decided !== undefined) {
      this.#end.interrupt(decided);
      return;
    }
    if (head.method === "CONNECT") {
      this.#end.refuse(501, "CONNECT: no tunnels are made");
      return;
    }
    if (head.violations.count > 0 && head.violations.has(HTTP_EXPECT_UNKNOWN)) {
      this.#end.refuse(417, "Expect: an expectation that is not known");
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
    if (!this.#end.isOpen) return;
    if (this.#phase === "held") this.#holdRequest(octets, start, end);
    else if (this.#phase === "passed") {
      this.#inquiry.requestBody(octets, start, end, false);
      this.#request.pass(octets.subarray(start, end));
    }
  }

  requestEnd(): void {
    this.#end.requestEnded = true;
    if (!this.#end.isOpen) {
      this.#end.complete();
      return;
    }
    if (this.#phase === "passed") this.#request.end();
    else if (!this.#pass(true)) return;
    this.#phase = "sent";
    this.#request.upstream?.requestSent();
  }

  /** The codec refuses the message: at its head, where nothing has begun, or within its body. */
  requestRefused(violation: HttpViolation, status: number = violation.status): void {
    const { parser } = this.#client;
    const inquiry = this.#inquiry;
    let decided: Interruption | undefined;
    if (this.#end.isIdle) {
      this.#open();
      // Of what has no request line there is nothing to ask.
      if (parser.head.methodEnd > parser.head.methodStart)
        decided = inquiry.requestHead(parser, this.#client.endpoints) ?? inquiry.endRequestBody();
    }
    this.#end.cutRequest();
    if (decided !== undefined) {
      this.#end.interrupt(decided);
      return;
    }
    if (!this.#end.isOpen) {
      this.#end.complete();
      return;
    }
    this.#end.refuse(status, violation.name);
  }

  /** The client is gone, or too slow. */
  clientGone(): void {
    if (this.#end.isIdle) return;
    this.#end.cutRequest();
    this.#inquiry.error("the client went away");
    if (!this.#response.hasBegun) this.#end.answered = undefined;
    this.#end.complete();
  }

  /** The body stalls. */
  requestStalled(): void {
    if (!this.#end.isOpen) {
      this.#client.abort();
      return;
    }
    this.#end.cutRequest();
    this.#end.refuse(408, "the request's body did not come in time");
  }

  clientDrained(): void {
    this.#request.upstream?.resume();
  }

  #open(): void {
    this.#phase = "head";
    this.#end.open();
    this.#inquiry.begin();
  }

  #holdRequest(octets: Uint8Array, start: number, end: number): void {
    const decided = this.#inquiry.requestBody(octets, start, end, true);
    if (decided !== undefined) {
      this.#end.interrupt(decided);
      return;
    }
    if (!this.#request.hold(octets, start, end)) {
      this.#end.refuse(503, HELD_TOO_MANY);
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
      this.#end.interrupt(decided);
      return false;
    }
    return this.#send(isWhole, false);
  }

  #send(isWhole: boolean, fresh: boolean): boolean {
    const { parser, writer } = this.#client;
    if (this.#request.send(parser.head, writer, this, isWhole, fresh)) return true;
    this.#end.fail(503, "too many requests are with the upstream");
    return false;
  }

  // ------------------------------------------------------------------ the response

  responseHead(): void {
    const { head } = this.#request.upstream!.parser;
    const request = this.#client.parser.head;
    if (head.interim) {
      // 100 was answered here; others are for clients that know of interim responses (RFC 9110 §15.2).
      if (head.status !== 100 && request.versionMinor > 0) this.#response.headAlone(head);
      return;
    }
    if (this.#inquiry.keepsHeads) this.#response.keepHead(head);
    const tunnels = head.body === "tunnel";
    if (tunnels && !this.#end.requestEnded) {
      this.#end.fail(502, "101 before the request's end");
      return;
    }
    const inquiry = this.#inquiry;
    let decided = inquiry.responseHead(head);
    const held = decided === undefined && inquiry.readsResponseBody && head.body !== "none" && !tunnels;
    if (decided === undefined && !held) decided = inquiry.endResponseBody();
    if (decided !== undefined) {
      this.#end.interrupt(decided);
      return;
    }
    this.#end.answered = head;
    if (tunnels) {
      this.#response.headAlone(head);
      this.#tunnel();
      return;
    }
    // RFC 9112 §7: no chunks for HTTP/1.0. The connection's end is then the body's.
    const chunked = request.versionMinor > 0;
    if (!chunked && (head.body === "close" || head.body === "chunked")) this.#end.closes = true;
    this.#response.head(head, chunked, this.#end.connectionWord(), held);
  }

  responseBody(octets: Uint8Array, start: number, end: number): void {
    const decided = this.#inquiry.responseBody(octets, start, end, this.#response.isHeld);
    if (decided !== undefined) {
      this.#end.interrupt(decided);
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
    if (!more) this.#request.upstream?.pause();
  }

  responseEnd(): void {
    this.#response.end();
    if (this.#response.isHeld) {
      if (!this.#hold() || !this.#allows()) return;
      this.#response.release();
    } else this.#response.flush();
    this.#end.complete();
  }

  upstreamDrained(): void {
    this.#request.drained();
    this.#client.advance();
  }

  upstreamEnded(): void {}
  responseTunnel(): void {}

  upstreamFailed(failure: UpstreamFailure): void {
    const upstream = this.#request.detach()!;
    const { head } = this.#client.parser;
    if (
      this.#phase === "sent" &&
      failure === "closed" &&
      upstream.reused &&
      !upstream.responded &&
      head.body === "none" &&
      isIdempotent(head)
    ) {
      // The upstream closed a connection that it had kept: nothing of the request can have been processed. A new one is kept by nobody,
      // so this is done once.
      this.#context.counters.retried += 1;
      if (this.#send(true, true)) this.#request.upstream!.requestSent();
      return;
    }
    const status = failure === "silent" ? 504 : 502;
    if (failure === "broken") {
      const { refusal } = upstream.parser.head.violations;
      this.#end.fail(status, `the upstream's response is refused: ${refusal?.name ?? "http"}`);
    } else if (failure === "unreachable")
      this.#end.fail(status, `the upstream is unreachable (${upstream.errorCode ?? "no answer"})`);
    else this.#end.fail(status, `the upstream is ${failure}`);
  }

  /** @returns whether there was room */
  #hold(): boolean {
    if (this.#response.hold()) return true;
    this.#end.fail(503, HELD_TOO_MANY);
    return false;
  }

  /** Phase 4. @returns whether what is held may go to the client */
  #allows(): boolean {
    const decided = this.#inquiry.endResponseBody();
    if (decided === undefined) return true;
    this.#end.interrupt(decided);
    return false;
  }

  #tunnel(): void {
    const upstream = this.#request.detach()!;
    this.#end.leave();
    this.#client.beginTunnel(upstream);
  }
}
