/**
 * A connection to a service that may send anything at any speed, or nothing: what it sends is kept up to a bound, waits are
 * bounded, and whoever opened it can have all of them closed at once.
 */
import { connect, type Socket } from "node:net";
import {
  type ConnectionOptions,
  connect as connectTls,
  createSecureContext,
  type SecureContext,
  type TLSSocket,
} from "node:tls";

/** What is kept of what a service sends and nobody has consumed; the connection is then no longer read. */
export const RECEIVED_BYTES_MAX = 65_536;

/** Whether a message is whole is looked at again after as long, however few octets have come. */
const RECONSIDER_MS = 10;

/** A connection that did not come about; `code` as of Node's errors, or `timeout`. */
export class ConnectFailure {
  readonly code: string;

  constructor(code: string) {
    this.code = code;
  }
}

/** Tells from all octets so far how long to wait for more, in ms; undefined for the usual quiet time. */
export type Judge = (octets: Uint8Array) => number | undefined;

export class Connection {
  /** From SYN to SYN-ACK, in ms; with a TLS handshake still that of TCP. */
  readonly roundTripMs: number;
  readonly #socket: Socket | TLSSocket;
  #buffer = Buffer.allocUnsafe(2_048);
  #length = 0;
  #ended: "closed" | "reset" | undefined;
  #wake: (() => void) | undefined;
  #changes = 0;

  constructor(socket: Socket | TLSSocket, roundTripMs: number) {
    this.#socket = socket;
    this.roundTripMs = roundTripMs;
    socket.on("data", this.#onData);
    socket.on("end", this.#onClose);
    socket.on("close", this.#onClose);
    socket.on("error", this.#onError);
  }

  /** The socket within TLS; undefined where there is none. */
  get tls(): TLSSocket | undefined {
    return "getPeerX509Certificate" in this.#socket ? this.#socket : undefined;
  }

  /** Octets received and not consumed. Valid until the next wait. */
  get octets(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  get ended(): "closed" | "reset" | undefined {
    return this.#ended;
  }

  get full(): boolean {
    return this.#length >= RECEIVED_BYTES_MAX;
  }

  write(octets: Uint8Array | string): void {
    if (this.#ended === undefined && this.#socket.writable) this.#socket.write(octets);
  }

  /** Forgets octets from the front, all unless told. */
  consume(count: number = this.#length): void {
    this.#buffer.copyWithin(0, count, this.#length);
    this.#length = Math.max(0, this.#length - count);
    if (this.#ended === undefined) this.#socket.resume();
  }

  /**
   * Waits for octets: up to `firstMs` in all, and once there are some, no longer than `quietMs` for further ones.
   *
   * @param judge asked when there are half as many octets again as when it was asked last, so that a service that sends octet by octet
   *   costs no more than one that sends them at once
   */
  async collect(firstMs: number, quietMs: number, judge?: Judge): Promise<void> {
    const until = performance.now() + firstMs;
    let judgedAt = 0;
    let quiet = quietMs;
    for (;;) {
      if (this.#length > 0 && judge !== undefined && this.#length >= judgedAt * 1.5) {
        judgedAt = this.#length;
        quiet = judge(this.octets) ?? quietMs;
      }
      if (this.#ended !== undefined || this.full || (this.#length > 0 && quiet <= 0)) return;
      const leftMs = until - performance.now();
      if (leftMs <= 0) return;
      if (!(await this.#change(this.#length === 0 ? leftMs : Math.min(quiet, leftMs)))) return;
    }
  }

  /**
   * Waits until the octets are as told, and consumes them. It is asked again when there are half as many octets again, or
   * after `RECONSIDER_MS`, so that a service that sends octet by octet costs no more than its time allows.
   *
   * @param complete how many octets make up what is awaited; 0 while there are too few, below 0 where it will never come
   * @returns a copy of those octets; undefined where they did not come in time
   */
  async receive(
    complete: (octets: Uint8Array) => number,
    timeoutMs: number,
  ): Promise<Uint8Array | undefined> {
    const until = performance.now() + timeoutMs;
    let askedAt = 0;
    let askedMs = 0;
    for (;;) {
      const now = performance.now();
      const isLast = this.#ended !== undefined || this.full || now >= until;
      if (this.#length > 0 && (isLast || this.#length >= askedAt * 1.5 || now - askedMs >= RECONSIDER_MS)) {
        askedAt = this.#length;
        askedMs = now;
        const count = complete(this.octets);
        if (count < 0) return undefined;
        if (count > 0 && count <= this.#length) {
          const taken = Uint8Array.from(this.octets.subarray(0, count));
          this.consume(count);
          return taken;
        }
      }
      if (isLast) return undefined;
      const leftMs = until - performance.now();
      await this.#change(this.#length > askedAt ? Math.min(leftMs, RECONSIDER_MS) : leftMs);
    }
  }

  /** The TLS session that begins on this connection, which is not to be used any more. */
  async startTls(options: TlsOptions): Promise<Connection | ConnectFailure> {
    if (this.#ended !== undefined) return new ConnectFailure("ECONNRESET");
    const socket = this.#socket as Socket;
    socket.off("data", this.#onData);
    socket.off("end", this.#onClose);
    socket.off("close", this.#onClose);
    const tls = connectTls({
      socket,
      ...(options.serverName === undefined ? {} : { servername: options.serverName }),
      ...(options.alpn === undefined ? {} : { ALPNProtocols: [...options.alpn] }),
      ...TLS_OPTIONS,
      secureContext: (tlsContext ??= createSecureContext(TLS_OPTIONS)),
    });
    const failure = await settled(tls, "secureConnect", options.timeoutMs, options.signal);
    if (failure !== undefined) {
      tls.destroy();
      socket.destroy();
      return failure;
    }
    return new Connection(tls, this.roundTripMs);
  }

  close(): void {
    this.#ended ??= "closed";
    this.#socket.destroy();
    this.#ring();
  }

  readonly #onData = (chunk: Buffer): void => {
    const kept = Math.min(chunk.length, RECEIVED_BYTES_MAX - this.#length);
    if (this.#length + kept > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(
        Math.min(RECEIVED_BYTES_MAX, Math.max(this.#length + kept, 2 * this.#buffer.length)),
      );
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#length, 0, kept);
    this.#length += kept;
    if (this.full) this.#socket.pause();
    this.#ring();
  };

  readonly #onClose = (): void => {
    this.#ended ??= "closed";
    this.#ring();
  };

  readonly #onError = (): void => {
    this.#ended ??= "reset";
    this.#ring();
  };

  #ring(): void {
    this.#changes += 1;
    this.#wake?.();
  }

  /** Whether anything came, or the end, before the time was over. */
  async #change(timeoutMs: number): Promise<boolean> {
    const before = this.#changes;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = undefined;
    return this.#changes > before;
  }
}

/** Old versions, weak ciphers and any certificate are accepted: this looks at services, and trusts them with nothing. */
const TLS_OPTIONS: ConnectionOptions = {
  rejectUnauthorized: false,
  minVersion: "TLSv1",
  ciphers: "ALL:COMPLEMENTOFDEFAULT:@SECLEVEL=0",
  // Names are shown, not compared; what Node's comparison throws about odd ones would reach nobody.
  checkServerIdentity: () => undefined,
};

/** One for all sessions: to make it, OpenSSL reads the list of ciphers, which takes longer than a handshake. */
let tlsContext: SecureContext | undefined;

export interface TlsOptions {
  readonly serverName: string | undefined;
  readonly alpn?: readonly string[];
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Opens connections to one port, and knows which are open. */
export class Dialler {
  readonly #address: string;
  readonly #port: number;
  readonly #signal: AbortSignal;
  readonly #open = new Set<Connection>();
  readonly #sockets = new Set<Socket>();

  /** @param signal closes everything when it aborts */
  constructor(address: string, port: number, signal: AbortSignal) {
    this.#address = address;
    this.#port = port;
    this.#signal = signal;
    signal.addEventListener("abort", this.closeAll, { once: true });
  }

  /** Connections that are open. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Connects; where no descriptor is free, waits for one within the time. */
  async dial(timeoutMs: number): Promise<Connection | ConnectFailure> {
    const until = performance.now() + timeoutMs;
    for (;;) {
      const leftMs = until - performance.now();
      if (this.#signal.aborted || leftMs <= 0) return new ConnectFailure("timeout");
      const begunMs = performance.now();
      const socket = connect({ host: this.#address, port: this.#port, noDelay: true });
      this.#sockets.add(socket);
      socket.once("close", () => this.#sockets.delete(socket));
      const failure = await settled(socket, "connect", leftMs, this.#signal);
      if (failure === undefined) {
        // A port of the range that the system takes local ports from may connect to itself: RFC 9293 §3.5, figure 8.
        if (socket.localPort === this.#port && socket.localAddress === socket.remoteAddress) {
          socket.destroy();
          return new ConnectFailure("ECONNREFUSED");
        }
        const connection = new Connection(socket, performance.now() - begunMs);
        this.#open.add(connection);
        // Else what it has received would be held as long as the port is asked.
        socket.once("close", () => this.#open.delete(connection));
        return connection;
      }
      socket.destroy();
      if (failure.code !== "EMFILE" && failure.code !== "ENFILE") return failure;
      await new Promise((resolve) => setTimeout(resolve, Math.min(DESCRIPTOR_WAIT_MS, Math.max(0, leftMs))));
    }
  }

  /** Destroys all connections that were opened here. */
  readonly closeAll = (): void => {
    for (const connection of this.#open) connection.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#open.clear();
    this.#sockets.clear();
    this.#signal.removeEventListener("abort", this.closeAll);
  };
}

const DESCRIPTOR_WAIT_MS = 50;

/** Waits for an event of a socket; what came instead, if it did not. The listeners that remain keep errors from being thrown. */
async function settled(
  socket: Socket,
  event: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<ConnectFailure | undefined> {
  return await new Promise((resolve) => {
    const done = (failure: ConnectFailure | undefined): void => {
      clearTimeout(timer);
      socket.off(event, onEvent);
      socket.off("close", onClose);
      signal.removeEventListener("abort", onAbort);
      resolve(failure);
    };
    const onEvent = (): void => done(undefined);
    const onClose = (): void => done(new ConnectFailure("ECONNRESET"));
    const onAbort = (): void => done(new ConnectFailure("timeout"));
    const timer = setTimeout(onAbort, timeoutMs);
    socket.once(event, onEvent);
    socket.once("close", onClose);
    socket.on("error", (error: NodeJS.ErrnoException) =>
      done(new ConnectFailure(error.code ?? "ECONNRESET")),
    );
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
  });
}
