/**
 * Many TCP connects at a time, without privilege: what a connector is asked and what it tells.
 *
 * Whoever asks is a source of attempts, and decides on order, pace and repetition. A connector keeps as many under way as it
 * may, and says how each ended, once.
 */

/** Error numbers of Linux (errno(3)) that connects end with. A connector uses these on every platform. */
export const ERRNO = {
  EPERM: 1,
  EINTR: 4,
  EIO: 5,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
  ENONET: 64,
  EPROTO: 71,
  ENOPROTOOPT: 92,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
  ECANCELED: 125,
} as const;

/** Times that an attempt is begun, where its ends say nothing about the target: no port was free, or it met itself. */
export const CONNECT_TRIES_MAX = 8;
/** Of those, how many may end in a reset of an open connection before it counts as one. */
export const CONNECT_RESETS_MAX = 3;
/** An attempt for which the system has no port or no socket rests for so long. */
export const REST_MS = 20;
/** A source that waits is asked again after so long at most. */
export const SOURCE_WAIT_MS_MAX = 1_000;

/** One connect to be tried; one object, filled anew for each. */
export interface Attempt {
  /** Sixteen octets of room; the address is the first `addressBytes` of them, in network order. */
  readonly address: Uint8Array;
  /** 4 (IPv4) or 16 (IPv6). */
  addressBytes: number;
  /** Index of the interface that an IPv6 address with link-local scope is on (RFC 4007 §6); else 0. */
  scopeId: number;
  /** 0 … 65,535. */
  port: number;
  /** After so many milliseconds without an answer it ends with ETIMEDOUT; 1 or more. */
  timeoutMs: number;
  /** Any number; `ended` is told it. */
  token: number;
  /** With "wait": ask again after so many milliseconds, or after an outcome. At most `SOURCE_WAIT_MS_MAX` is waited. */
  waitMs: number;
}

/** `attempt` was filled; nothing to do for now; nothing will come any more. */
export type AttemptStep = "next" | "wait" | "done";

/** Where attempts come from, and where outcomes go. What it throws ends the run and closes the connector. */
export interface AttemptSource {
  /** Fills `attempt` with the next one, or says why not. Should not allocate. */
  next(attempt: Attempt): AttemptStep;
  /**
   * How one ended; told once for each. Not called from inside `next`.
   *
   * @param errno 0 for a connection (also where the other side tore it down at once, each time that it was tried), else one
   *   of `ERRNO`: ECONNREFUSED, ETIMEDOUT by `timeoutMs`, EHOSTUNREACH, ENETUNREACH, EACCES, ECANCELED by the signal, …
   * @param tookUs microseconds since the connect began that ended so; connects are begun in batches, so up to some hundred more
   *   than the network took
   */
  ended(token: number, errno: number, tookUs: number): void;
}

export type ConnectorName = "io_uring" | "epoll" | "node";

export interface Connector {
  /** A `ConnectorName`, where it is one of the system's. */
  readonly name: string;
  /** Why no better one was taken, in a phrase, or undefined. */
  readonly because: string | undefined;
  /** Attempts that can be under way at once; less once the system had no more descriptors or memory. */
  readonly inFlightMax: number;
  /** Why that is less than was asked for, in a phrase, or undefined. */
  readonly limited: string | undefined;
  /**
   * Runs until the source is done and everything has ended. When the signal aborts, open attempts end with ECANCELED, and the
   * run ends as usual. One at a time; the event loop has its turn at least every 50 ms, unless the source takes longer.
   *
   * @throws {PalisadeError} `LINK_NO_DESCRIPTORS` where not one socket could be had, `LINK_FAILED`; and what the source throws
   */
  run(source: AttemptSource, signal: AbortSignal): Promise<void>;
  /** Gives all back; a run that is going on ends as if its signal had aborted. */
  close(): void;
}

export interface ConnectorOptions {
  /** 1 … 32,768; default 4,096. Fewer where the limit of open files leaves no room. */
  readonly inFlightMax?: number | undefined;
  /** Take this one or fail. */
  readonly only?: ConnectorName | undefined;
  /** Connect from here: 4 or 16 octets. Attempts of the other family then end with EAFNOSUPPORT. */
  readonly sourceAddress?: Uint8Array | undefined;
}

/** An attempt to be filled. */
export function blankAttempt(): Attempt {
  return {
    address: new Uint8Array(16),
    addressBytes: 4,
    scopeId: 0,
    port: 0,
    timeoutMs: 0,
    token: 0,
    waitMs: 0,
  };
}
