/**
 * Connects by node:net: where there is no koffi, or the system is not Linux. The slowest, and the same outcomes.
 */
import { createConnection, type Socket } from "node:net";
import { assert } from "@palisade/base";
import { formatIpAddress } from "@palisade/wire";
import {
  type Attempt,
  type AttemptSource,
  blankAttempt,
  CONNECT_RESETS_MAX,
  CONNECT_TRIES_MAX,
  type Connector,
  ERRNO,
  REST_MS,
  SOURCE_WAIT_MS_MAX,
} from "./connector.js";

/** Attempts begun before the event loop has its turn. */
const BATCH_MAX = 64;

export interface NodeConnectorOptions {
  readonly inFlightMax: number;
  readonly because: string | undefined;
  readonly limited: string | undefined;
  readonly sourceAddress: Uint8Array | undefined;
}

export class NodeConnector implements Connector {
  readonly name = "node";
  readonly because: string | undefined;
  readonly limited: string | undefined;
  readonly inFlightMax: number;
  readonly #source: Uint8Array | undefined;
  #running: NodeRun | undefined;
  #closed = false;

  constructor(options: NodeConnectorOptions) {
    this.because = options.because;
    this.limited = options.limited;
    this.inFlightMax = options.inFlightMax;
    this.#source = options.sourceAddress;
  }

  async run(source: AttemptSource, signal: AbortSignal): Promise<void> {
    assert(
      this.#running === undefined && !this.#closed,
      "connector: one run at a time, and none after close",
    );
    const run = new NodeRun(source, this.inFlightMax, this.#source);
    this.#running = run;
    const abort = () => run.abort();
    signal.addEventListener("abort", abort);
    try {
      if (signal.aborted) run.abort();
      await run.done;
    } finally {
      signal.removeEventListener("abort", abort);
      this.#running = undefined;
    }
  }

  close(): void {
    this.#closed = true;
    this.#running?.abort();
  }
}

/** One attempt that is under way. */
interface Flight {
  readonly host: string;
  readonly family: 4 | 6;
  readonly port: number;
  readonly timeoutMs: number;
  readonly token: number;
  socket: Socket | undefined;
  timer: ReturnType<typeof setTimeout> | undefined;
  startedMs: number;
  tries: number;
  resets: number;
}

class NodeRun {
  readonly done: Promise<void>;
  readonly #source: AttemptSource;
  readonly #inFlightMax: number;
  readonly #from: { readonly text: string; readonly family: 4 | 6 } | undefined;
  readonly #flights = new Set<Flight>();
  /** How many attempts are about each port. */
  readonly #aimed = new Map<number, number>();
  readonly #attempt: Attempt = blankAttempt();
  #exhausted = false;
  #finished = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #turn: ReturnType<typeof setImmediate> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;

  constructor(source: AttemptSource, inFlightMax: number, from: Uint8Array | undefined) {
    this.#source = source;
    this.#inFlightMax = inFlightMax;
    this.#from =
      from === undefined ? undefined : { text: formatIpAddress(from), family: from.length === 4 ? 4 : 6 };
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#schedule();
  }

  abort(): void {
    if (this.#finished) return;
    this.#exhausted = true;
    for (const flight of [...this.#flights]) this.#end(flight, ERRNO.ECANCELED);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#finished) return;
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined;
      this.#guarded(() => this.#fill());
    });
  }

  #fill(): void {
    clearTimeout(this.#later);
    this.#later = undefined;
    const attempt = this.#attempt;
    for (let begun = 0; !this.#exhausted && this.#flights.size < this.#inFlightMax; begun += 1) {
      if (begun === BATCH_MAX) {
        this.#schedule();
        break;
      }
      const step = this.#source.next(attempt);
      if (step === "done") this.#exhausted = true;
      if (step === "wait") {
        const waitMs = Math.min(Math.max(Math.ceil(attempt.waitMs), 1), SOURCE_WAIT_MS_MAX);
        this.#later = setTimeout(() => this.#schedule(), waitMs);
        break;
      }
      if (step === "next") this.#launch(attempt);
    }
    if (this.#exhausted && this.#flights.size === 0) {
      this.#finished = true;
      this.#resolve();
    }
  }

  #launch(attempt: Attempt): void {
    const { addressBytes, port, scopeId } = attempt;
    assert(addressBytes === 4 || addressBytes === 16, "connector: an address has 4 or 16 octets");
    const text = formatIpAddress(attempt.address, 0, addressBytes);
    const flight: Flight = {
      host: scopeId === 0 ? text : `${text}%${scopeId}`,
      family: addressBytes === 4 ? 4 : 6,
      port,
      timeoutMs: attempt.timeoutMs,
      token: attempt.token,
      socket: undefined,
      timer: undefined,
      startedMs: performance.now(),
      tries: 0,
      resets: 0,
    };
    this.#flights.add(flight);
    this.#aimed.set(port, (this.#aimed.get(port) ?? 0) + 1);
    if (this.#from !== undefined && this.#from.family !== flight.family)
      this.#end(flight, ERRNO.EAFNOSUPPORT);
    else this.#start(flight);
  }

  #start(flight: Flight): void {
    flight.tries += 1;
    flight.startedMs = performance.now();
    const localAddress = this.#from?.text;
    const socket = createConnection({
      host: flight.host,
      port: flight.port,
      family: flight.family,
      autoSelectFamily: false,
      ...(localAddress === undefined ? {} : { localAddress }),
    });
    flight.socket = socket;
    socket.once("connect", () => this.#guarded(() => this.#connected(flight, socket)));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (flight.socket === socket) this.#guarded(() => this.#failed(flight, errnoOf(error)));
    });
    flight.timer = setTimeout(
      () => this.#guarded(() => this.#end(flight, ERRNO.ETIMEDOUT)),
      flight.timeoutMs,
    );
  }

  #connected(flight: Flight, socket: Socket): void {
    if (flight.socket !== socket) return;
    const { localAddress, localPort, remoteAddress } = socket;
    if (remoteAddress === undefined || localPort === undefined) {
      this.#failed(flight, ERRNO.ECONNRESET);
      return;
    }
    if (localAddress !== remoteAddress) this.#end(flight, 0);
    // It met itself, or a sibling (see slot-table.ts).
    else if (localPort === flight.port) this.#again(flight, ERRNO.ECONNREFUSED, 0);
    else if ((this.#aimed.get(localPort) ?? 0) > 0) this.#again(flight, 0, 0);
    else this.#end(flight, 0);
  }

  #failed(flight: Flight, errno: number): void {
    if (errno === ERRNO.ECONNRESET || errno === ERRNO.EPIPE) {
      flight.resets += 1;
      if (flight.resets < CONNECT_RESETS_MAX) this.#again(flight, 0, 0);
      else this.#end(flight, 0);
      return;
    }
    if (RESTING.includes(errno)) this.#again(flight, errno, REST_MS);
    else this.#end(flight, errno);
  }

  #again(flight: Flight, errno: number, restMs: number): void {
    if (flight.tries >= CONNECT_TRIES_MAX) {
      this.#end(flight, errno);
      return;
    }
    release(flight);
    flight.timer = setTimeout(() => this.#guarded(() => this.#start(flight)), restMs);
  }

  #end(flight: Flight, errno: number): void {
    release(flight);
    if (!this.#flights.delete(flight)) return;
    const aimed = this.#aimed.get(flight.port)! - 1;
    if (aimed > 0) this.#aimed.set(flight.port, aimed);
    else this.#aimed.delete(flight.port);
    this.#source.ended(flight.token, errno, Math.round((performance.now() - flight.startedMs) * 1000));
    this.#schedule();
  }

  /** What a source throws ends the run. */
  #guarded(work: () => void): void {
    if (this.#finished) return;
    try {
      work();
    } catch (error) {
      this.#finished = true;
      for (const flight of this.#flights) release(flight);
      this.#flights.clear();
      clearTimeout(this.#later);
      if (this.#turn !== undefined) clearImmediate(this.#turn);
      this.#reject(error);
    }
  }
}

const RESTING: readonly number[] = [
  ERRNO.EADDRNOTAVAIL,
  ERRNO.EADDRINUSE,
  ERRNO.EAGAIN,
  ERRNO.EMFILE,
  ERRNO.ENFILE,
  ERRNO.ENOBUFS,
  ERRNO.ENOMEM,
];

function release(flight: Flight): void {
  clearTimeout(flight.timer);
  const socket = flight.socket;
  flight.socket = undefined;
  if (socket === undefined) return;
  // A connection ends with a reset, so that no TIME_WAIT stays behind.
  if (socket.connecting) socket.destroy();
  else socket.resetAndDestroy();
}

/** Linux's number for an error, whatever the platform's is; EIO for one that connects do not end with. */
function errnoOf(error: NodeJS.ErrnoException): number {
  const numbers: Readonly<Record<string, number>> = ERRNO;
  return numbers[error.code ?? ""] ?? ERRNO.EIO;
}
