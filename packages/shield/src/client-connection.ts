/** One connection of a client: its requests, one after the other. RFC 9112 §9. */
import type { Socket } from "node:net";
import { RequestParser, RequestWriter } from "@palisade/http";
import type { Connection } from "@palisade/seclang";
import type { ShieldContext } from "./context.js";
import type { Expiring } from "./deadlines.js";
import { Exchange, type ExchangeClient } from "./exchange.js";
import { plainAddress } from "./trusted-proxies.js";
import { Tunnel, type TunnelClient } from "./tunnel.js";
import type { UpstreamConnection } from "./upstream-connection.js";

/** Milliseconds for a request's head, from its first octet on, or from the connection's beginning. */
export const HEAD_MS_MAX = 20_000;
/** Milliseconds that a connection is kept without a request. */
export const IDLE_MS_MAX = 60_000;
/** Milliseconds that a client may bring nothing of a body, or take nothing of a response. */
export const STALL_MS_MAX = 30_000;
/** Milliseconds that both sides of a tunnel may be silent. */
export const TUNNEL_IDLE_MS_MAX = 600_000;
/** Milliseconds that are waited for a client to close, after a response that is the last (RFC 9112 §9.6). */
export const LINGER_MS_MAX = 2_000;
/** Requests of one connection; the last one's response says that the connection ends. */
export const REQUESTS_PER_CONNECTION_MAX = 100_000;

export interface ClientTimes {
  readonly headMs: number;
  readonly idleMs: number;
  readonly stallMs: number;
  readonly tunnelIdleMs: number;
  readonly lingerMs: number;
}

/** What all connections of clients have in common. */
export interface ClientOptions {
  readonly times: ClientTimes;
  readonly requestsMax: number;
  /** The name in Via (RFC 9110 §7.6.3). */
  readonly via: string;
  /** The connection is closed. */
  readonly closed: (connection: ClientConnection) => void;
}

type State = "open" | "tunnel" | "closing" | "closed";

export class ClientConnection implements ExchangeClient, TunnelClient, Expiring {
  readonly parser = new RequestParser();
  readonly writer: RequestWriter;
  deadlineMs: number;
  readonly #socket: Socket;
  readonly #context: ShieldContext;
  readonly #options: ClientOptions;
  readonly #exchange: Exchange;
  readonly #endpoints: Connection;
  readonly #isTrusted: boolean;
  #state: State = "open";
  #requests = 0;
  #advancing = false;
  #paused = false;
  #blocked = false;
  /** Whether the deadline is that of the head that is being read. */
  #timesHead = true;
  #tunnel: Tunnel | undefined;
  /** What waits until the client has taken what was written before: so it is seen that a slow one takes some. */
  readonly #unsent: Uint8Array[] = [];
  #unsentAt = 0;
  /** Our side ends when that is written. */
  #ends = false;

  constructor(socket: Socket, context: ShieldContext, options: ClientOptions) {
    this.#socket = socket;
    this.#context = context;
    this.#options = options;
    const clientAddress = plainAddress(socket.remoteAddress ?? "");
    this.#endpoints = {
      clientAddress,
      clientPort: socket.remotePort ?? 0,
      serverAddress: plainAddress(socket.localAddress ?? ""),
      serverPort: socket.localPort ?? 0,
    };
    this.#isTrusted = context.trusted.trusts(clientAddress);
    this.writer = new RequestWriter({
      clientAddress,
      scheme: "http",
      forwardedHost: true,
      trustForwarded: this.#isTrusted,
      via: options.via,
      // It is answered here.
      remove: ["expect"],
    });
    this.#exchange = new Exchange(context, this);
    this.deadlineMs = context.deadlines.nowMs + options.times.headMs;
    context.deadlines.add(this);
    socket
      .on("data", this.#onData)
      .on("end", this.#onEnd)
      .on("drain", this.#onDrain)
      .on("error", ignore)
      .on("close", this.#onClose);
  }

  get isLast(): boolean {
    return this.#requests >= this.#options.requestsMax || this.#context.stopping;
  }

  /** Whether there is no request, and nothing of one. */
  get isIdle(): boolean {
    return this.#state === "open" && this.#exchange.isIdle && !this.parser.within;
  }

  readonly endpoints = (): Connection => {
    if (!this.#isTrusted) return this.#endpoints;
    return {
      ...this.#endpoints,
      clientAddress: this.#context.trusted.clientOf(this.parser.head, this.#endpoints.clientAddress),
    };
  };

  get isDrained(): boolean {
    return !this.#blocked && this.#socket.writableLength === 0;
  }

  write(octets: Uint8Array): boolean {
    if (this.#blocked) {
      this.#unsent.push(octets);
      this.#context.heldBytes += octets.length;
      return false;
    }
    if (this.#socket.write(octets)) return true;
    this.#blocked = true;
    this.#setDeadline();
    return false;
  }

  advance(): void {
    if (this.#advancing || this.#state === "closed") return;
    this.#advancing = true;
    this.#read();
    this.#advancing = false;
    this.#setDeadline();
  }

  exchangeDone(keep: boolean): void {
    if (this.#state !== "open") return;
    if (keep) this.advance();
    else this.#close();
  }

  abort(): void {
    if (this.#state === "closed") return;
    // Nothing more is read of what has come: "close" is told only later.
    this.#state = "closing";
    this.#socket.destroy();
  }

  /** Ends the connection once what it carries is over; at once where that is nothing. */
  stop(): void {
    if (this.isIdle) this.#close();
    else if (this.#state === "tunnel") this.abort();
  }

  expire(): void {
    switch (this.#state) {
      case "open":
        if (this.#blocked) this.abort();
        else if (!this.#exchange.isIdle) this.#exchange.requestStalled();
        else if (this.parser.within) this.#headTooSlow();
        else this.#close();
        break;
      default:
        this.abort();
    }
  }

  // ------------------------------------------------------------------ a tunnel

  beginTunnel(upstream: UpstreamConnection): void {
    this.#state = "tunnel";
    this.#tunnel = new Tunnel(upstream, this);
    this.parser.tunnel();
    this.advance();
  }

  tunnelWrite(octets: Uint8Array): boolean {
    this.#setDeadline();
    const { out } = this.#context;
    out.append(octets, 0, octets.length);
    return out.passTo(this);
  }

  tunnelDrained(): void {
    this.advance();
  }

  tunnelEnded(): void {
    this.#end();
  }

  tunnelFailed(): void {
    this.abort();
  }

  // ------------------------------------------------------------------ the socket

  /** Whether what the client sends is looked at. */
  get #isRead(): boolean {
    return this.#state === "open" || this.#state === "tunnel";
  }

  readonly #onData = (chunk: Buffer): void => {
    if (!this.#isRead) return;
    this.parser.feed(chunk);
    this.advance();
    // What came is kept; more is not read until it is its turn.
    if (this.#isRead && this.parser.pendingBytes > 0 && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
  };

  readonly #onEnd = (): void => {
    if (this.#state === "closing") {
      if (this.#socket.writableFinished) this.#socket.destroy();
      return;
    }
    this.parser.finish();
    this.advance();
  };

  readonly #onDrain = (): void => {
    while (this.#unsentAt < this.#unsent.length) {
      const octets = this.#unsent[this.#unsentAt]!;
      this.#unsentAt += 1;
      this.#context.heldBytes -= octets.length;
      if (!this.#socket.write(octets)) {
        this.#setDeadline();
        return;
      }
    }
    this.#unsent.length = this.#unsentAt = 0;
    this.#blocked = false;
    if (this.#ends) {
      this.#socket.end(this.#onFinish);
      return;
    }
    if (this.#tunnel !== undefined) this.#tunnel.clientDrained();
    else this.#exchange.clientDrained();
    this.advance();
  };

  /** All that was written is in the system's hands. */
  readonly #onFinish = (): void => {
    if (this.#state !== "closing") return;
    if (this.#socket.readableEnded) this.#socket.destroy();
    else this.deadlineMs = this.#context.deadlines.nowMs + this.#options.times.lingerMs;
  };

  readonly #onClose = (): void => {
    if (this.#state === "closed") return;
    this.#state = "closed";
    this.#context.deadlines.delete(this);
    for (const octets of this.#unsent.slice(this.#unsentAt)) this.#context.heldBytes -= octets.length;
    this.#unsent.length = this.#unsentAt = 0;
    this.#tunnel?.destroy();
    this.#exchange.clientGone();
    this.#options.closed(this);
  };

  #read(): void {
    const { parser } = this;
    const exchange = this.#exchange;
    while (this.#state === "open" || this.#state === "tunnel") {
      if (this.#tunnel === undefined ? exchange.isWaiting : this.#tunnel.isBlocked) return;
      // A client that takes no responses gets no further ones.
      if (this.#blocked && exchange.isIdle) return;
      switch (parser.next()) {
        case "need":
          this.#resume();
          return;
        case "head":
          this.#requests += 1;
          exchange.begin();
          break;
        case "body":
          exchange.requestBody(parser.octets, parser.start, parser.end);
          break;
        case "end":
          exchange.requestEnd();
          break;
        case "tunnel":
          this.#tunnel!.toUpstream(parser.octets.subarray(parser.start, parser.end));
          break;
        case "refused":
          exchange.requestRefused(parser.head.violations.refusal!);
          return;
        case "closed":
          if (this.#tunnel !== undefined) this.#tunnel.clientEnded();
          else this.#close();
          return;
      }
    }
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#socket.resume();
  }

  #headTooSlow(): void {
    this.parser.finish();
    if (this.parser.next() === "refused")
      this.#exchange.requestRefused(this.parser.head.violations.refusal!, 408);
    else this.#close();
  }

  /** The response is written; the client is given time to read it before the connection is gone. */
  #close(): void {
    if (this.#state === "closed" || this.#state === "closing") return;
    this.#state = "closing";
    this.#paused = false;
    this.#end();
    // Octets that nobody reads would reset the connection, and the response with it.
    this.#socket.resume();
    this.#setDeadline();
  }

  #end(): void {
    if (this.#blocked) this.#ends = true;
    else this.#socket.end(this.#onFinish);
  }

  #setDeadline(): void {
    const { times } = this.#options;
    const { nowMs } = this.#context.deadlines;
    const exchange = this.#exchange;
    let limitMs: number;
    switch (this.#state) {
      case "closed":
        return;
      case "closing":
        // Until all is written; then `lingerMs`.
        if (!this.#socket.writableFinished) this.deadlineMs = nowMs + times.stallMs;
        return;
      case "tunnel":
        limitMs = times.tunnelIdleMs;
        break;
      default:
        if (this.#blocked) limitMs = times.stallMs;
        else if (!exchange.isIdle) limitMs = exchange.awaitsClient ? times.stallMs : Number.POSITIVE_INFINITY;
        else if (this.parser.within) {
          // A head has its time as a whole, not anew for each of its octets.
          if (this.#timesHead) return;
          this.#timesHead = true;
          this.deadlineMs = nowMs + times.headMs;
          return;
        } else if (this.#requests === 0) return;
        else limitMs = times.idleMs;
    }
    this.#timesHead = false;
    this.deadlineMs = nowMs + limitMs;
  }
}

function ignore(): void {}
