/**
 * Connects on sockets that are used again and again, with an engine of the kernel's below.
 *
 * What becomes of each attempt is the slot table's matter; here is whose turn it is, and how long is waited.
 */
import { assert } from "@palisade/base";
import { openSystem, type ReadinessWatch } from "../system.js";
import {
  type Attempt,
  type AttemptSource,
  blankAttempt,
  type Connector,
  type ConnectorName,
  ERRNO,
  REST_MS,
  SOURCE_WAIT_MS_MAX,
} from "./connector.js";
import { type EngineMaker, SlotTable } from "./slot-table.js";

/**
 * Attempts begun between two looks at outcomes: what is refused at once is used again while it is in the processor's cache. Over
 * the loopback interface, 65,535 ports took the same 0.63 s of processor time in batches of 16, 64 and 256.
 */
const BATCH_MAX = 16;
/** After so long the event loop has its turn. */
const SLICE_MS = 10;
/** Rests without any socket at all before the run ends: two seconds. */
export const STARVED_RESTS_MAX = 100;

export interface SocketConnectorOptions {
  readonly inFlightMax: number;
  readonly because: string | undefined;
  readonly limited: string | undefined;
  readonly sourceAddress: Uint8Array | undefined;
}

export class SocketConnector implements Connector {
  readonly name: ConnectorName;
  readonly because: string | undefined;
  readonly #slots: SlotTable;
  readonly #limited: string | undefined;
  #watch: ReadinessWatch | undefined;
  readonly #attempt: Attempt = blankAttempt();
  #running = false;
  #closing = false;
  #closed = false;
  /** Ends the wait that is going on. */
  #wake: (() => void) | undefined;

  /**
   * @throws {PalisadeError} `LINK_UNSUPPORTED` without koffi, Linux or the engine; `LINK_SOURCE_ADDRESS` where `sourceAddress` is
   *   none of this machine's
   */
  constructor(makeEngine: EngineMaker, options: SocketConnectorOptions) {
    const system = openSystem();
    this.because = options.because;
    this.#limited = options.limited;
    this.#slots = new SlotTable(system, makeEngine, options.inFlightMax, options.sourceAddress);
    this.name = this.#slots.engine.name;
    try {
      this.#slots.probe();
      this.#watch = system.watch(this.#slots.engine.watchedFd);
    } catch (error) {
      this.#release();
      throw error;
    }
  }

  get inFlightMax(): number {
    return this.#slots.capacity;
  }

  get limited(): string | undefined {
    return this.#slots.shortage ?? this.#limited;
  }

  async run(source: AttemptSource, signal: AbortSignal): Promise<void> {
    assert(!this.#running && !this.#closed, "connector: one run at a time, and none after close");
    this.#running = true;
    const wake = () => this.#wake?.();
    signal.addEventListener("abort", wake);
    try {
      await this.#run(source, signal);
    } catch (error) {
      this.#closing = true;
      throw error;
    } finally {
      signal.removeEventListener("abort", wake);
      this.#running = false;
      if (this.#closing) this.#release();
    }
  }

  close(): void {
    this.#closing = true;
    if (this.#running) this.#wake?.();
    else this.#release();
  }

  async #run(source: AttemptSource, signal: AbortSignal): Promise<void> {
    const slots = this.#slots;
    const attempt = this.#attempt;
    let held = false;
    let done = false;
    let aborted = false;
    let starved = 0;
    slots.begin(source);
    for (;;) {
      let waitMs = Number.POSITIVE_INFINITY;
      let progress: boolean;
      const sliceEndMs = performance.now() + SLICE_MS;
      do {
        if (!aborted && (signal.aborted || this.#closing)) {
          aborted = true;
          done = true;
          if (held) source.ended(attempt.token, ERRNO.ECANCELED, 0);
          held = false;
          slots.cancelAll();
        }
        waitMs = Number.POSITIVE_INFINITY;
        progress = false;
        slots.clock();
        for (let begun = 0; begun < BATCH_MAX && slots.inFlight < slots.capacity; begun += 1) {
          if (!held) {
            if (done) break;
            const step = source.next(attempt);
            if (step === "done") done = true;
            else if (step === "wait") waitMs = Math.min(Math.max(attempt.waitMs, 1), SOURCE_WAIT_MS_MAX);
            if (step !== "next") break;
          }
          held = !slots.launch(attempt);
          if (held) {
            waitMs = REST_MS;
            break;
          }
          progress = true;
        }
        if (slots.turn()) progress = true;
      } while (progress && performance.now() < sliceEndMs);
      if (done && !held && slots.inFlight === 0) return;
      const abortedNow = !aborted && (signal.aborted || this.#closing);
      if (progress || abortedNow) {
        starved = 0;
        await new Promise<void>(setImmediate);
        continue;
      }
      if (held && slots.inFlight === 0) {
        starved += 1;
        if (starved > STARVED_RESTS_MAX) throw slots.starved();
      }
      await this.#wait(Math.min(waitMs, slots.nextMs() - performance.now()), signal);
    }
  }

  async #wait(waitMs: number, signal: AbortSignal): Promise<void> {
    const watch = this.#watch;
    if (watch === undefined || ((signal.aborted || this.#closing) && this.#slots.inFlight === 0)) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      watch.arm(resolve);
      timer = setTimeout(resolve, Math.min(Math.max(Math.ceil(waitMs), 1), SOURCE_WAIT_MS_MAX));
    });
    clearTimeout(timer);
    this.#wake = undefined;
    watch.disarm();
  }

  #release(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watch?.close();
    this.#watch = undefined;
    this.#slots.close();
  }
}
