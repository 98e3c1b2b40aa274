/** One request and its response, from the client's head to the last octet back: through the rules, to the upstream, and back. */
import {
  emitChunkLine,
  HTTP_CHUNK_END,
  HTTP_CHUNK_FRAME_BYTES,
  HTTP_EXPECT_UNKNOWN,
  HTTP_LAST_CHUNK,
  type HttpViolation,
  type RequestParser,
  type RequestWriter,
  type WrittenBody,
} from "@palisade/http";
import type { Connection, Interruption, Transaction } from "@palisade/seclang";
import type { ShieldContext } from "./context.js";
import { type AnsweredBy, ExchangeRecord } from "./exchange-record.js";
import { HeldOctets } from "./held-octets.js";
import { askRequestHead, askResponseHead, isIdempotent, isWebSocket } from "./inquiry.js";
import { type ResponsePage, responsePage } from "./response-page.js";
import type { LoadedRuleSet } from "./rule-set.js";
import type { UpstreamConnection, UpstreamFailure, UpstreamUser } from "./upstream-connection.js";

/** The connection that an exchange is of. */
export interface ExchangeClient {
  readonly parser: RequestParser;
  readonly writer: RequestWriter;
  /** Whose request it is, for rules and records. */
  endpoints(): Connection;
  /** Whether no further request is taken on the connection. */
  readonly isLast: boolean;
  /** @returns whether more may be written before `Exchange.clientDrained` */
  send(octets: Uint8Array): boolean;
  /** More of the request's body can be taken. */
  advance(): void;
  /** The exchange is over. @param keep whether another may follow */
  exchangeDone(keep: boolean): void;
  /** Nothing more is sent: the client sees that its response has no end. */
  abort(): void;
  beginTunnel(upstream: UpstreamConnection): void;
}

/** Octets of a request's body that are written together with its head. */
const TOGETHER_BYTES = 16_384;

const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");
const UPGRADING = { upgrade: true } as const;
const NEITHER = {} as const;

/** How far the request is. "held": its body is kept for the rules. "passed": its body goes to the upstream as it comes. */
type Phase = "idle" | "head" | "held" | "passed" | "sent" | "answered";

/** One for each connection of a client, used again for each of its requests. */
export class Exchange implements UpstreamUser {
  readonly #context: ShieldContext;
  readonly #client: ExchangeClient;
  readonly #record: ExchangeRecord | undefined;
  readonly #heldRequest = new HeldOctets();
  readonly #heldResponse = new HeldOctets();
  #phase: Phase = "idle";
  #rules: LoadedRuleSet | undefined;
  #transaction: Transaction | undefined;
  #upstream: UpstreamConnection | undefined;
  #id = "";
  #startedMs = 0;
  #beganMs = 0;
  #requestEnded = false;
  #requestChunked = false;
  #upstreamBlocked = false;
  #retried = false;
  #closes = false;
  #responseBegun = false;
  #responseHeld = false;
  #responseChunked = false;
  #response: AnsweredBy;
  #held = 0;
  #errors: string[] = [];
  #refused: { readonly action: "deny"; readonly status: number } | undefined;

  constructor(context: ShieldContext, client: ExchangeClient) {
    this.#context = context;
    this.#client = client;
    this.#record = context.audit === undefined ? undefined : new ExchangeRecord(context.audit);
  }

  get isIdle(): boolean {
    return this.#phase === "idle";
  }

  /** Whether nothing is to be read from the client at present. */
  get isWaiting(): boolean {
    return this.#upstreamBlocked || (this.#requestEnded && this.#phase !== "idle");
  }

  /** Whether octets of the client are awaited, so that its time runs. */
  get awaitsClient(): boolean {
    return !this.#requestEnded && !this.#upstreamBlocked;
  }

  // ------------------------------------------------------------------ the request

  /** `parser.head` is there. */
  begin(): void {
    const { parser } = this.#client;
    const { head } = parser;
    this.#open();
    const decided = this.#transaction && askRequestHead(this.#transaction, head, this.#client.endpoints());
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
    const held = this.#transaction?.readsRequestBody === true;
    if (!held && !this.#pass("same", head.body === "chunked")) return;
    this.#phase = held ? "held" : "passed";
    if (head.expectsContinue && parser.pendingBytes === 0) this.#client.send(CONTINUE);
  }

  requestBody(octets: Uint8Array, start: number, end: number): void {
    if (this.#phase === "held") this.#holdRequest(octets, start, end);
    else if (this.#phase === "passed") {
      this.#record?.requestBody.take(octets, start, end);
      this.#passBody(octets.subarray(start, end));
    }
  }

  requestEnd(): void {
    this.#requestEnded = true;
    switch (this.#phase) {
      case "head":
        if (!this.#pass("same", false)) return;
        break;
      case "held":
        if (!this.#pass(this.#heldRequest.bytes, false)) return;
        break;
      case "passed":
        if (this.#requestChunked) this.#upstream!.write(HTTP_LAST_CHUNK);
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
    const { head } = this.#client.parser;
    let decided: Interruption | undefined;
    if (this.#phase === "idle") {
      this.#open();
      if (head.methodEnd > head.methodStart)
        decided =
          this.#transaction &&
          (askRequestHead(this.#transaction, head, this.#client.endpoints()) ??
            this.#transaction.endRequestBody());
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
    this.#errors.push("the client went away");
    if (!this.#responseBegun) this.#response = undefined;
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

  #open(): void {
    const { rules, ids } = this.#context;
    this.#phase = "head";
    this.#startedMs = performance.now();
    if (rules === undefined && this.#record === undefined) return;
    this.#id = ids.next();
    this.#beganMs = Date.now();
    if (rules === undefined) return;
    this.#rules = rules.current;
    this.#transaction = this.#rules.engine.begin(this.#id);
  }

  #holdRequest(octets: Uint8Array, start: number, end: number): void {
    const context = this.#context;
    const bytes = end - start;
    this.#record?.requestBody.take(octets, start, end);
    const decided = this.#transaction!.requestBody(octets.subarray(start, end));
    if (decided !== undefined) {
      this.#interrupt(decided);
      return;
    }
    if (context.heldBytes + bytes > context.heldBytesMax) {
      this.#closes = true;
      this.#refuse(503, "too many octets of bodies wait for rules");
      return;
    }
    context.heldBytes += bytes;
    this.#held += bytes;
    this.#heldRequest.append(octets, start, end);
    if (this.#heldRequest.bytes <= this.#rules!.requestBodyBytesMax) return;
    // Where the limit does not refuse, rules judge what they have read, and the rest goes past them.
    if (this.#pass("same", this.#client.parser.head.body === "chunked")) this.#phase = "passed";
  }

  /** Phase 2; then the head goes to the upstream, with what is held of the body. @returns whether it went */
  #pass(body: WrittenBody, chunked: boolean): boolean {
    const decided = this.#transaction?.endRequestBody();
    if (decided !== undefined) {
      this.#interrupt(decided);
      return false;
    }
    this.#requestChunked = chunked;
    return this.#send(body, false);
  }

  #send(body: WrittenBody, fresh: boolean): boolean {
    const { pool, out } = this.#context;
    const { parser, writer } = this.#client;
    const { head } = parser;
    const upstream = pool.acquire(fresh);
    if (upstream === undefined) {
      this.#fail(503, "too many requests are with the upstream");
      return false;
    }
    this.#upstream = upstream;
    const upgrade = isWebSocket(head);
    upstream.begin(this, head.method, upgrade);
    out.reserve(writer.bytesMax(head) + TOGETHER_BYTES);
    out.at = writer.emit(head, out.octets, out.at, body, upgrade ? UPGRADING : NEITHER);
    if (this.#heldRequest.bytes === 0) {
      upstream.write(out.take());
      return true;
    }
    const blocks = this.#heldRequest.take();
    if (this.#requestChunked) {
      upstream.write(out.take());
      for (const block of blocks) this.#passBody(block);
    } else if (blocks.length === 1 && blocks[0]!.length <= TOGETHER_BYTES) {
      out.append(blocks[0]!, 0, blocks[0]!.length);
      upstream.write(out.take());
    } else {
      upstream.cork();
      upstream.write(out.take());
      for (const block of blocks) this.#upstreamBlocked = !upstream.write(block);
      upstream.uncork();
    }
    return true;
  }

  #passBody(octets: Uint8Array): void {
    const upstream = this.#upstream;
    if (upstream === undefined) return;
    let more: boolean;
    if (this.#requestChunked) {
      const { out } = this.#context;
      upstream.cork();
      out.reserve(HTTP_CHUNK_FRAME_BYTES);
      out.at = emitChunkLine(octets.length, out.octets, out.at);
      upstream.write(out.take());
      upstream.write(octets);
      more = upstream.write(HTTP_CHUNK_END);
      upstream.uncork();
    } else more = upstream.write(octets);
    this.#upstreamBlocked = !more;
  }

  // ------------------------------------------------------------------ the response

  responseHead(): void {
    const upstream = this.#upstream!;
    const { head } = upstream.parser;
    const request = this.#client.parser.head;
    if (head.interim) {
      // 100 was answered here; others are for clients that know of interim responses (RFC 9110 §15.2).
      if (head.status === 100 || request.versionMinor === 0) return;
      this.#emitHead("same");
      this.#client.send(this.#context.out.take());
      return;
    }
    if (this.#transaction !== undefined || this.#record !== undefined) this.#keepHead();
    const tunnels = head.body === "tunnel";
    if (tunnels && !this.#requestEnded) {
      this.#brokenResponse("101 before the request's end");
      return;
    }
    const transaction = this.#transaction;
    if (transaction !== undefined) {
      let decided = askResponseHead(transaction, head);
      this.#responseHeld =
        decided === undefined && transaction.readsResponseBody && head.body !== "none" && !tunnels;
      if (decided === undefined && !this.#responseHeld) decided = transaction.endResponseBody();
      if (decided !== undefined) {
        this.#interrupt(decided);
        return;
      }
    }
    this.#response = head;
    if (tunnels) {
      this.#emitHead("same");
      this.#client.send(this.#context.out.take());
      this.#tunnel();
      return;
    }
    let framing: WrittenBody = "same";
    if (head.body === "close" || head.body === "chunked") {
      if (request.versionMinor === 0) {
        // RFC 9112 §7: no chunks for HTTP/1.0. The connection's end is the body's.
        head.body = "close";
        this.#closes = true;
      } else framing = "chunked";
    }
    this.#responseChunked = framing === "chunked";
    if (!this.#responseHeld) this.#responseBegun = true;
    this.#emitHead(framing);
  }

  responseBody(octets: Uint8Array, start: number, end: number): void {
    const { out } = this.#context;
    this.#record?.responseBody.take(octets, start, end);
    if (this.#responseHeld) {
      const decided = this.#transaction!.responseBody(octets.subarray(start, end));
      if (decided !== undefined) {
        this.#interrupt(decided);
        return;
      }
    }
    if (this.#responseChunked) {
      out.reserve(end - start + HTTP_CHUNK_FRAME_BYTES);
      out.at = emitChunkLine(end - start, out.octets, out.at);
    }
    out.append(octets, start, end);
    if (this.#responseChunked) out.append(HTTP_CHUNK_END, 0, HTTP_CHUNK_END.length);
  }

  responseFlush(): void {
    const { out } = this.#context;
    if (this.#responseHeld) {
      if (!this.#holdResponse()) return;
      if (this.#heldResponse.bytes <= this.#rules!.responseBodyBytesMax) return;
      if (!this.#releaseResponse()) return;
    }
    if (out.pendingBytes > 0 && !this.#client.send(out.take())) this.#upstream?.pause();
  }

  responseEnd(): void {
    const { out } = this.#context;
    if (this.#responseChunked) out.append(HTTP_LAST_CHUNK, 0, HTTP_LAST_CHUNK.length);
    if (this.#responseHeld && !(this.#holdResponse() && this.#releaseResponse())) return;
    if (out.pendingBytes > 0) this.#client.send(out.take());
    this.#complete();
  }

  upstreamDrained(): void {
    this.#upstreamBlocked = false;
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
      this.#response === undefined &&
      this.#phase === "sent" &&
      failure === "closed" &&
      upstream.reused &&
      !this.#retried &&
      head.body === "none" &&
      isIdempotent(head)
    ) {
      // The upstream closed a connection that it had kept: nothing of the request can have been processed.
      this.#retried = true;
      this.#context.counters.retried += 1;
      if (this.#send("same", true)) this.#upstream!.requestSent();
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

  #emitHead(body: WrittenBody): void {
    const { out, responseWriter } = this.#context;
    const { head } = this.#upstream!.parser;
    out.reserve(responseWriter.bytesMax(head));
    const connection = head.interim || head.body === "tunnel" ? undefined : this.#connectionWord();
    out.at = responseWriter.emit(head, out.octets, out.at, body, connection);
  }

  #connectionWord(): "close" | "keep-alive" | undefined {
    this.#closes ||= this.#client.isLast;
    if (this.#closes) return "close";
    return this.#client.parser.head.versionMinor === 0 ? "keep-alive" : undefined;
  }

  /** A response head lies where the next octets of any upstream are read: what is to be read of it later is copied. */
  #keepHead(): void {
    const { head } = this.#upstream!.parser;
    const octets = head.octets.slice(0, head.end);
    head.octets = octets;
    head.fields.octets = octets;
  }

  /** @returns whether there was room */
  #holdResponse(): boolean {
    const context = this.#context;
    const octets = context.out.take();
    if (context.heldBytes + octets.length > context.heldBytesMax) {
      this.#dropUpstream();
      this.#fail(503, "too many octets of bodies wait for rules");
      return false;
    }
    context.heldBytes += octets.length;
    this.#held += octets.length;
    this.#heldResponse.append(octets, 0, octets.length);
    return true;
  }

  /** Phase 4; then what is held goes to the client. @returns whether it may */
  #releaseResponse(): boolean {
    const decided = this.#transaction!.endResponseBody();
    if (decided !== undefined) {
      this.#interrupt(decided);
      return false;
    }
    this.#responseHeld = false;
    this.#responseBegun = true;
    for (const block of this.#heldResponse.take()) this.#client.send(block);
    return true;
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
      this.#response = undefined;
      this.#complete(true);
      return;
    }
    this.#answer(interruption.status, interruption.location);
  }

  /** What is no rule's decision. */
  #refuse(status: number, why: string): void {
    this.#context.counters.refused += 1;
    this.#refused = { action: "deny", status };
    this.#errors.push(why);
    this.#dropUpstream();
    this.#answer(status);
  }

  #fail(status: number, why: string): void {
    this.#context.counters.upstreamFailures += 1;
    this.#errors.push(why);
    this.#answer(status);
  }

  #answer(status: number, location?: Uint8Array): void {
    this.#context.out.drop();
    if (this.#responseBegun) {
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
    this.#id ||= this.#context.ids.next();
    const page: ResponsePage = responsePage({
      status,
      id: this.#id,
      nowMs: Date.now(),
      isHead: head.method === "HEAD",
      connection: this.#connectionWord(),
      location,
    });
    this.#phase = "answered";
    this.#upstreamBlocked = false;
    this.#response = page;
    this.#responseBegun = true;
    this.#client.send(page.message);
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
    const { counters, latency } = this.#context;
    const milliseconds = performance.now() - this.#startedMs;
    counters.requests += 1;
    latency.add(milliseconds);
    const transaction = this.#transaction;
    transaction?.finish();
    this.#record?.write({
      id: this.#id,
      timeMs: this.#beganMs,
      connection: this.#client.endpoints(),
      parser: this.#client.parser,
      ended: this.#requestEnded,
      response: this.#response,
      rules: this.#rules,
      transaction,
      refused: this.#refused,
      errors: this.#errors,
      milliseconds,
    });
  }

  #reset(): void {
    this.#context.heldBytes -= this.#held;
    this.#held = 0;
    this.#heldRequest.drop();
    this.#heldResponse.drop();
    this.#record?.reset();
    this.#phase = "idle";
    this.#rules = undefined;
    this.#transaction = undefined;
    this.#id = "";
    this.#requestEnded = false;
    this.#requestChunked = false;
    this.#upstreamBlocked = false;
    this.#retried = false;
    this.#responseBegun = false;
    this.#responseHeld = false;
    this.#responseChunked = false;
    this.#response = undefined;
    if (this.#errors.length > 0) this.#errors = [];
    this.#refused = undefined;
  }
}
