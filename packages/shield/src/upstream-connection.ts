/** One connection to the upstream: requests out, one at a time, and their responses in. RFC 9112 §9. */
import { connect, type Socket } from "node:net";
import { type MethodKind, ResponseParser } from "@palisade/http";
import type { Deadlines, Expiring } from "./deadlines.js";
import type { Sink } from "./out-buffer.js";

/** Milliseconds until a connection to the upstream stands. */
export const UPSTREAM_CONNECT_MS_MAX = 5_000;
/** Milliseconds that the upstream may be silent while a response is awaited, or take nothing of a request. */
export const UPSTREAM_SILENT_MS_MAX = 60_000;

/** "unreachable": there was no connection; "closed": it ended too early; "broken": what came is no response; "silent": too long. */
export type UpstreamFailure = "unreachable" | "closed" | "broken" | "silent";

/** Whose request a connection carries. After `responseEnd` and `upstreamFailed` it does so no more. */
export interface UpstreamUser {
  /** `parser.head` is there; an interim one is followed by others. */
  responseHead(): void;
  /** The octets are overwritten when the call is over. */
  responseBody(octets: Uint8Array, start: number, end: number): void;
  /** Octets that are no HTTP, after 101. They are overwritten when the call is over. */
  responseTunnel(octets: Uint8Array, start: number, end: number): void;
  responseEnd(): void;
  /** All that came at once has been told. */
  responseFlush(): void;
  /** What was written before has gone out. */
  upstreamDrained(): void;
  /** The upstream ended a tunnel. */
  upstreamEnded(): void;
  upstreamFailed(failure: UpstreamFailure): void;
}

export interface UpstreamAddress {
  readonly host: string;
  readonly port: number;
}

export interface UpstreamTimes {
  readonly connectMs: number;
  readonly silentMs: number;
}

/** What the connection is in the hands of. */
export interface UpstreamOwner {
  readonly deadlines: Deadlines;
  readonly times: UpstreamTimes;
  /** It is closed. */
  closed(connection: UpstreamConnection): void;
}

const READ_BYTES = 65_536;
/** What all connections read into: all of it is read, or copied, before the next one's turn. */
const READ_BUFFER = new Uint8Array(READ_BYTES);

export class UpstreamConnection implements Expiring, Sink {
  readonly parser = new ResponseParser();
  deadlineMs: number;
  /** Whether it has carried a request before the present one. */
  reused = false;
  /** Why the connection failed, by the system's code: ECONNREFUSED, ENOTFOUND. */
  errorCode: string | undefined;
  /** Whether anything of a response to the present one has come. */
  responded = false;
  readonly #socket: Socket;
  readonly #owner: UpstreamOwner;
  #user: UpstreamUser | undefined;
  #connected = false;
  #reads = true;
  #sent = false;
  #closed = false;

  constructor(address: UpstreamAddress, owner: UpstreamOwner) {
    this.#owner = owner;
    this.deadlineMs = owner.deadlines.nowMs + owner.times.connectMs;
    this.#socket = connect({
      host: address.host,
      port: address.port,
      noDelay: true,
      allowHalfOpen: true,
      onread: { buffer: READ_BUFFER, callback: this.#onRead },
    });
    this.#socket
      .on("connect", this.#onConnect)
      .on("drain", this.#onDrain)
      .on("end", this.#onEnd)
      .on("error", this.#onError)
      .on("close", this.#onClose);
    owner.deadlines.add(this);
  }

  /** Whether another request can go this way. */
  get usable(): boolean {
    return !this.#closed && !this.#socket.destroyed && this.parser.pendingBytes === 0 && !this.parser.within;
  }

  /** The next octets written are a request's. */
  begin(user: UpstreamUser, method: MethodKind, upgrade: boolean): void {
    this.#user = user;
    this.responded = false;
    this.#sent = false;
    this.parser.expect(method, upgrade);
    if (this.#connected) this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** Somebody else is told from now on. */
  handOver(user: UpstreamUser): void {
    this.#user = user;
  }

  get isDrained(): boolean {
    return this.#socket.writableLength === 0;
  }

  /** @returns whether more may be written before `upstreamDrained` */
  write(octets: Uint8Array): boolean {
    const more = this.#socket.write(octets);
    if (!more && this.#connected) this.deadlineMs = this.#owner.deadlines.nowMs + this.#owner.times.silentMs;
    return more;
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  /** The request is written whole: the upstream's time runs. */
  requestSent(): void {
    this.#sent = true;
    if (this.#connected) this.#await();
  }

  pause(): void {
    this.#reads = false;
    this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  resume(): void {
    if (this.#reads) return;
    this.#reads = true;
    this.#await();
    this.#socket.resume();
  }

  /** Somebody else watches how long it is silent. */
  unwatch(): void {
    this.deadlineMs = Number.POSITIVE_INFINITY;
  }

  /** The end of what goes to the upstream, in a tunnel. */
  end(): void {
    this.#socket.end();
  }

  /** Nobody waits for anything; until `deadlineMs` it may be used again. */
  idle(deadlineMs: number): void {
    this.#user = undefined;
    this.reused = true;
    this.deadlineMs = deadlineMs;
    this.resume();
    this.deadlineMs = deadlineMs;
  }

  /** Its user is told nothing any more. */
  destroy(): void {
    this.#user = undefined;
    this.#socket.destroy();
    this.#gone();
  }

  expire(): void {
    this.#fail("silent");
  }

  readonly #onConnect = (): void => {
    this.#connected = true;
    if (this.#sent) this.#await();
    else if (this.#user !== undefined) this.deadlineMs = Number.POSITIVE_INFINITY;
  };

  readonly #onDrain = (): void => {
    if (this.#sent) this.#await();
    else this.deadlineMs = Number.POSITIVE_INFINITY;
    this.#user?.upstreamDrained();
  };

  readonly #onRead = (bytes: number, buffer: Uint8Array): boolean => {
    if (this.#user === undefined) {
      // What nobody asked for would be taken for the next request's response.
      this.destroy();
      return true;
    }
    this.responded = true;
    if (this.#sent) this.#await();
    this.parser.feed(buffer.subarray(0, bytes));
    this.#run();
    return this.#reads;
  };

  readonly #onEnd = (): void => {
    if (this.#user === undefined) {
      this.destroy();
      return;
    }
    this.parser.finish();
    this.#run();
  };

  readonly #onError = ({ code }: NodeJS.ErrnoException): void => {
    this.errorCode = code;
    this.#fail(this.#connected ? "closed" : "unreachable");
  };

  readonly #onClose = (): void => {
    this.#fail("closed");
  };

  #await(): void {
    this.deadlineMs = this.#owner.deadlines.nowMs + this.#owner.times.silentMs;
  }

  #run(): void {
    const { parser } = this;
    for (;;) {
      const user = this.#user;
      if (user === undefined) return;
      switch (parser.next()) {
        case "need":
          user.responseFlush();
          return;
        case "head":
          user.responseHead();
          break;
        case "body":
          user.responseBody(parser.octets, parser.start, parser.end);
          break;
        case "tunnel":
          user.responseTunnel(parser.octets, parser.start, parser.end);
          break;
        case "end":
          if (parser.head.interim) break;
          user.responseEnd();
          return;
        case "closed":
          if (parser.head.body === "tunnel") user.upstreamEnded();
          else this.#fail("closed");
          return;
        case "refused":
          this.#fail(parser.head.end === parser.head.start ? "closed" : "broken");
          return;
      }
    }
  }

  #fail(failure: UpstreamFailure): void {
    const user = this.#user;
    this.destroy();
    user?.upstreamFailed(failure);
  }

  #gone(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#owner.deadlines.delete(this);
    this.#owner.closed(this);
  }
}
