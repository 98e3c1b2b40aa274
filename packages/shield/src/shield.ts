/** A reverse proxy that asks rules about each request and its response. */
import { createServer, type Server, type Socket } from "node:net";
import { BlockPool, PalisadeError } from "@palisade/base";
import { ResponseWriter } from "@palisade/http";
import type { AuditLog } from "./audit-log.js";
import {
  ClientConnection,
  type ClientOptions,
  type ClientTimes,
  HEAD_MS_MAX,
  IDLE_MS_MAX,
  LINGER_MS_MAX,
  REQUESTS_PER_CONNECTION_MAX,
  STALL_MS_MAX,
  TUNNEL_IDLE_MS_MAX,
} from "./client-connection.js";
import { type Counters, HELD_BYTES_MAX, type ShieldContext } from "./context.js";
import { Deadlines, TICK_MS } from "./deadlines.js";
import { Latency } from "./latency.js";
import { OutBuffer } from "./out-buffer.js";
import { responsePage } from "./response-page.js";
import type { RuleSet } from "./rule-set.js";
import { TrustedProxies } from "./trusted-proxies.js";
import { UniqueIds } from "./unique-id.js";
import {
  UPSTREAM_CONNECT_MS_MAX,
  UPSTREAM_SILENT_MS_MAX,
  type UpstreamAddress,
} from "./upstream-connection.js";
import {
  UPSTREAM_CONNECTIONS_MAX,
  UPSTREAM_IDLE_CONNECTIONS_MAX,
  UPSTREAM_IDLE_MS_MAX,
  UpstreamPool,
  type UpstreamPoolOptions,
} from "./upstream-pool.js";

/** Connections of clients at once; a further one is answered 503 and closed. */
export const CONNECTIONS_MAX = 10_000;
/** Connections that the system keeps until they are accepted. */
export const BACKLOG_MAX = 4_096;
/** Milliseconds that requests under way have to end when a proxy is told to stop. */
export const STOP_MS_MAX = 10_000;

export interface ListenAddress {
  readonly host: string;
  /** 0: one that the system chooses. */
  readonly port: number;
}

export interface ShieldOptions {
  readonly upstream: UpstreamAddress;
  /** Undefined: requests pass without rules. */
  readonly rules?: RuleSet | undefined;
  readonly audit?: AuditLog | undefined;
  /** Addresses and prefixes whose X-Forwarded-… and Forwarded are believed. */
  readonly trustForwarded?: readonly string[];
  /** The name in Via (default `palisade`). */
  readonly via?: string;
  readonly connectionsMax?: number;
  readonly requestsPerConnectionMax?: number;
  readonly heldBytesMax?: number;
  readonly clientTimes?: Partial<ClientTimes>;
  readonly pool?: Partial<UpstreamPoolOptions>;
  /** Milliseconds that only grow; with one of its own, whoever made it calls `tick`. */
  readonly clock?: () => number;
}

/** Servers, connections and their clock; what `stop` ends. */
export class Shield {
  readonly counters: Counters = {
    connections: 0,
    connectionsRefused: 0,
    requests: 0,
    blocked: 0,
    refused: 0,
    upstreamFailures: 0,
    retried: 0,
  };
  /** Of all requests, from the head's last octet to the response's last, in milliseconds. */
  readonly latency = new Latency();
  readonly #context: ShieldContext;
  readonly #clientOptions: ClientOptions;
  readonly #connectionsMax: number;
  readonly #servers: Server[] = [];
  readonly #clients = new Set<ClientConnection>();
  readonly #ticker: NodeJS.Timeout | undefined;
  #whenEmpty: (() => void) | undefined;
  #stopped: Promise<void> | undefined;

  /** @throws {PalisadeError} `USAGE`, `HTTP_FIELD` for options that are none */
  constructor(options: ShieldOptions) {
    const deadlines = new Deadlines(options.clock ?? (() => performance.now()));
    this.#context = {
      deadlines,
      pool: new UpstreamPool(options.upstream, deadlines, {
        connectionsMax: UPSTREAM_CONNECTIONS_MAX,
        idleConnectionsMax: UPSTREAM_IDLE_CONNECTIONS_MAX,
        idleMs: UPSTREAM_IDLE_MS_MAX,
        times: { connectMs: UPSTREAM_CONNECT_MS_MAX, silentMs: UPSTREAM_SILENT_MS_MAX },
        ...options.pool,
      }),
      out: new OutBuffer(),
      blocks: new BlockPool(),
      ids: new UniqueIds(),
      rules: options.rules,
      audit: options.audit,
      trusted: new TrustedProxies(options.trustForwarded ?? []),
      responseWriter: new ResponseWriter({ via: options.via ?? VIA }),
      counters: this.counters,
      latency: this.latency,
      heldBytesMax: options.heldBytesMax ?? HELD_BYTES_MAX,
      heldBytes: 0,
      stopping: false,
    };
    this.#connectionsMax = options.connectionsMax ?? CONNECTIONS_MAX;
    this.#clientOptions = {
      times: {
        headMs: HEAD_MS_MAX,
        idleMs: IDLE_MS_MAX,
        stallMs: STALL_MS_MAX,
        tunnelIdleMs: TUNNEL_IDLE_MS_MAX,
        lingerMs: LINGER_MS_MAX,
        ...options.clientTimes,
      },
      requestsMax: options.requestsPerConnectionMax ?? REQUESTS_PER_CONNECTION_MAX,
      via: options.via ?? VIA,
      closed: (connection) => {
        this.#clients.delete(connection);
        if (this.#clients.size === 0) this.#whenEmpty?.();
      },
    };
    if (options.clock === undefined) this.#ticker = setInterval(() => this.tick(), TICK_MS);
    this.#ticker?.unref();
  }

  /** Connections of clients now. */
  get connections(): number {
    return this.#clients.size;
  }

  /** Connections to the upstream now. */
  get upstreamConnections(): number {
    return this.#context.pool.connections;
  }

  /** Octets of bodies that wait for a verdict. */
  get heldBytes(): number {
    return this.#context.heldBytes;
  }

  /** Ends what is over its time. */
  tick(): void {
    this.#context.deadlines.tick();
  }

  /**
   * Takes connections at an address from now on.
   *
   * @returns the address with the port that it has
   * @throws {PalisadeError} `LISTEN_NOT_PERMITTED`, `LISTEN_FAILED`
   */
  listen({ host, port }: ListenAddress): Promise<ListenAddress> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, this.#onSocket);
    return new Promise((resolve, reject) => {
      server.once("error", (cause: NodeJS.ErrnoException) => reject(listenError(host, port, cause)));
      server.listen({ host, port, backlog: BACKLOG_MAX }, () => {
        server.removeAllListeners("error");
        // A connection that cannot be accepted, for want of descriptors, is its client's loss alone.
        server.on("error", () => {});
        this.#servers.push(server);
        const address = server.address();
        resolve({ host, port: typeof address === "object" && address !== null ? address.port : port });
      });
    });
  }

  /** Takes no further connections, lets requests under way end within `withinMs`, and closes all; called again, at once. */
  stop(withinMs = STOP_MS_MAX): Promise<void> {
    if (this.#stopped === undefined) {
      this.#context.stopping = true;
      for (const server of this.#servers) server.close();
      for (const client of this.#clients) client.stop();
      this.#stopped = this.#end(withinMs);
    } else this.#abort();
    return this.#stopped;
  }

  async #end(withinMs: number): Promise<void> {
    if (this.#clients.size > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(() => this.#abort(), withinMs);
        this.#whenEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    clearInterval(this.#ticker);
    this.#context.pool.destroy();
  }

  #abort(): void {
    for (const client of this.#clients) client.abort();
  }

  readonly #onSocket = (socket: Socket): void => {
    const { counters } = this;
    counters.connections += 1;
    if (this.#clients.size >= this.#connectionsMax) {
      counters.connectionsRefused += 1;
      this.#refuse(socket);
      return;
    }
    this.#clients.add(new ClientConnection(socket, this.#context, this.#clientOptions));
  };

  #refuse(socket: Socket): void {
    const page = responsePage({
      status: 503,
      id: this.#context.ids.next(),
      nowMs: Date.now(),
      isHead: false,
      connection: "close",
    });
    socket.on("error", () => {});
    socket.end(page.message, () => socket.destroy());
  }
}

const VIA = "palisade";

function listenError(host: string, port: number, cause: NodeJS.ErrnoException): PalisadeError {
  const where = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  switch (cause.code) {
    case "EACCES":
      return new PalisadeError(
        "LISTEN_NOT_PERMITTED",
        `${where}: this user may not listen there: choose a port from 1024 on, or run with CAP_NET_BIND_SERVICE`,
        { cause },
      );
    case "EADDRINUSE":
      return new PalisadeError("LISTEN_FAILED", `${where}: another program listens there`, { cause });
    case "EADDRNOTAVAIL":
      return new PalisadeError("LISTEN_FAILED", `${where}: this machine does not have that address`, {
        cause,
      });
    default:
      return new PalisadeError(
        "LISTEN_FAILED",
        `${where}: cannot be listened at: ${cause.code ?? cause.message}`,
        { cause },
      );
  }
}
