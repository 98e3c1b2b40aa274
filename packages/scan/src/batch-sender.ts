/**
 * Hands frames to a link a batch at a time, as fast as a pacer allows: what all schedulers that send packets of their own have in
 * common. They write frames into the link's slots and say so (`written`); this asks the pacer for room, hands the batch over,
 * keeps what the kernel had no room for, takes what came, and lets the event loop have its turn.
 */
import type { PacketSink } from "@palisade/wire";
import type { ProbeLink } from "./links/probe-link.js";
import type { Pacer, Passes } from "./passes.js";

export interface BatchSenderOptions {
  readonly link: Pick<
    ProbeLink,
    "octets" | "slotBytes" | "slots" | "set" | "send" | "drain" | "wait" | "ringDrops"
  >;
  readonly pacer: Pacer;
  readonly passes: Passes;
  /** Microseconds since the epoch, with the part of a millisecond that there is. */
  readonly nowUs: () => number;
  /** Takes what comes. */
  readonly sink: PacketSink;
}

/** Microseconds: the longest that the event loop waits for its turn. */
export const TURN_US = 8_000;
/** Shorter waits are no timer's. */
const WAIT_MS_MIN = 1;

/** `Head` is what frames begin with that does not change; one object each. */
export class BatchSender<Head extends object> {
  /** Frames that are written and not taken yet: the slot of the next. */
  pending = 0;
  /** Times that the kernel had no room for frames, which were then sent later. */
  refusals = 0;
  /** By slot: the head that stands there. */
  readonly headIn: (Head | undefined)[];
  readonly #options: BatchSenderOptions;
  readonly #lengths: Uint32Array;
  #turnUs = 0;
  #drops = 0;

  constructor(options: BatchSenderOptions) {
    this.#options = options;
    this.headIn = new Array<Head | undefined>(options.link.slots).fill(undefined);
    this.#lengths = new Uint32Array(options.link.slots);
  }

  /** The event loop has its turn at this time, or had it. */
  begin(nowUs: number): void {
    this.#turnUs = nowUs;
  }

  /** A frame of so many octets stands in slot `pending`. */
  written(bytes: number): void {
    const slot = this.pending;
    this.#options.link.set(slot, bytes);
    this.#lengths[slot] = bytes;
    this.pending = slot + 1;
  }

  /** Hands what is written to the kernel, and takes what came. Returns whether there was room for all of it. */
  send(): boolean {
    if (this.pending === 0) return true;
    const { link, pacer, nowUs, sink } = this.#options;
    const taken = link.send(this.pending);
    const now = nowUs();
    pacer.spend(taken, now);
    link.drain(sink);
    if (taken < this.pending) {
      this.refusals += 1;
      pacer.slow(now);
      this.#keepFrom(taken);
      return false;
    }
    this.pending = 0;
    return true;
  }

  /** Hands everything that is written to the kernel, as often as it has no room. */
  async flush(signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.send()) await this.wait(0);
  }

  /** Slows down where replies have been lost because nobody took them away. */
  lookAtDrops(nowUs: number): void {
    const { link, pacer } = this.#options;
    const drops = link.ringDrops();
    if (drops > this.#drops) pacer.slow(nowUs);
    this.#drops = drops;
  }

  /** Whether the event loop has waited long enough for its turn. */
  isTurnDue(nowUs: number): boolean {
    return nowUs - this.#turnUs > TURN_US;
  }

  /** Lets signals, timers and the progress display have their turn. */
  async turn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#turnUs = this.#options.nowUs();
  }

  /** Frames that may be written now, after waiting for the first; 0 where the signal aborts. */
  async room(signal: AbortSignal): Promise<number> {
    const { passes, pacer, nowUs } = this.#options;
    for (;;) {
      const room = this.roomNow();
      if (room > 0) return room;
      if (signal.aborted) return 0;
      const ms = passes.heldMs();
      await this.wait(ms > 0 ? ms * 1_000 : pacer.waitUs(nowUs()));
      if (signal.aborted) return 0;
    }
  }

  /** Frames that may be written now: 0 where the pacer has none left, or nothing may be sent. */
  roomNow(): number {
    const { link, passes, pacer, nowUs } = this.#options;
    if (passes.heldMs() > 0) return 0;
    return Math.min(link.slots, pacer.permits(nowUs()));
  }

  /** Takes what comes as long as `leftUs` says that more may. */
  async quiet(leftUs: () => number, signal: AbortSignal): Promise<void> {
    const { link, sink } = this.#options;
    for (;;) {
      link.drain(sink);
      if (signal.aborted) return;
      const us = leftUs();
      if (us <= 0) return;
      await this.wait(us);
    }
  }

  /** Waits for packets, and takes them. */
  async wait(us: number): Promise<void> {
    const { link, sink, nowUs } = this.#options;
    await link.wait(Math.max(WAIT_MS_MIN, us / 1_000));
    link.drain(sink);
    this.#turnUs = nowUs();
  }

  /** Moves what the kernel did not take to the first slots. */
  #keepFrom(taken: number): void {
    const { link } = this.#options;
    const { octets, slotBytes } = link;
    const left = this.pending - taken;
    octets.copyWithin(0, taken * slotBytes, this.pending * slotBytes);
    for (let slot = 0; slot < left; slot += 1) {
      this.headIn[slot] = this.headIn[taken + slot];
      const bytes = this.#lengths[taken + slot]!;
      this.#lengths[slot] = bytes;
      link.set(slot, bytes);
    }
    this.pending = left;
  }
}
