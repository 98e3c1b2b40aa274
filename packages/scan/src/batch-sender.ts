/**
 * Hands frames to a link a batch at a time, as fast as a pacer allows: what all schedulers that send packets of their own have in
 * common. They write frames into the link's slots and say so (`written`); this asks the pacer for room, hands the batch over,
 * keeps what the kernel had no room for, takes what came, and lets the event loop have its turn.
 *
 * Where the link can send aside, on another thread, a batch that is worth it is sent there while the next is written: the
 * slots are cut into lanes, of which one is written and the others are under way.
 */
import type { PacketSink } from "@palisade/wire";
import type { ProbeLink } from "./links/probe-link.js";
import type { Pacer, Passes } from "./passes.js";

export interface BatchSenderOptions {
  readonly link: Pick<
    ProbeLink,
    "octets" | "slotBytes" | "slots" | "lanes" | "set" | "send" | "sendAside" | "drain" | "wait" | "ringDrops"
  >;
  /** What batches are paced by to begin with. */
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
/** For fewer frames another thread takes longer to begin than this one to send them. */
const ASIDE_FRAMES_MIN = 64;

/** What is left of a batch that was sent aside, because a queue was full. */
interface Rest {
  readonly lane: number;
  readonly first: number;
  readonly count: number;
}

/** `Head` is what frames begin with that does not change; one object each. */
export class BatchSender<Head extends object> {
  /** Frames that are written and not handed over yet. */
  pending = 0;
  /** What batches are paced by; another may take its place between two. */
  pacer: Pacer;
  /** The slot of the next frame. */
  slot = 0;
  /** Times that the kernel had no room for frames, which were then sent later. */
  refusals = 0;
  /** By slot: the head that stands there. */
  readonly headIn: (Head | undefined)[];
  readonly #options: BatchSenderOptions;
  readonly #lengths: Uint32Array;
  /** The lane that is written, -1 where all are under way. */
  #lane = 0;
  /** By lane: 1 while it is under way. */
  readonly #busy: Uint8Array;
  /** Batches that another thread is sending. */
  #aside = 0;
  #rests: Rest[] = [];
  /** Why one could not be sent. */
  #failure: unknown;
  /** Called when one has been sent. */
  #sent: (() => void) | undefined;
  #turnUs = 0;
  #drops = 0;

  constructor(options: BatchSenderOptions) {
    this.#options = options;
    this.pacer = options.pacer;
    const { slots, lanes = 1 } = options.link;
    this.headIn = new Array<Head | undefined>(slots * lanes).fill(undefined);
    this.#lengths = new Uint32Array(slots * lanes);
    this.#busy = new Uint8Array(lanes);
  }

  /** The event loop has its turn at this time, or had it. */
  begin(nowUs: number): void {
    this.#turnUs = nowUs;
  }

  /** A frame of so many octets stands in slot `slot`. */
  written(bytes: number): void {
    const { slot } = this;
    this.#options.link.set(slot, bytes);
    this.#lengths[slot] = bytes;
    this.slot = slot + 1;
    this.pending += 1;
  }

  /**
   * Hands what is written to the kernel, and takes what came. Returns whether frames can be written: where there was no room
   * for all of it, or no lane is free, `ready` waits for that.
   *
   * @throws what the link throws, also of what was sent aside before
   */
  send(): boolean {
    this.#throwFailure();
    const { pending } = this;
    if (pending === 0) return this.#lane >= 0;
    const { link, nowUs, sink } = this.#options;
    const { pacer } = this;
    const first = this.#lane * link.slots;
    if (pending >= ASIDE_FRAMES_MIN && link.sendAside !== undefined) {
      pacer.spend(pending, nowUs());
      this.#sendAside({ lane: this.#lane, first, count: pending });
      link.drain(sink);
      return this.#takeLane();
    }
    const taken = link.send(pending, first);
    const now = nowUs();
    pacer.spend(taken, now);
    link.drain(sink);
    if (taken < pending) {
      this.#refused(now);
      this.#keepFrom(taken);
      return false;
    }
    this.pending = 0;
    this.slot = first;
    return true;
  }

  /** Hands over what is written, as often as the kernel has no room, until frames can be written again. */
  async ready(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      if (this.#lane < 0) {
        await this.#oneSent(signal);
        this.#takeLane();
      } else if (this.send()) return;
      else if (this.#lane >= 0) await this.wait(0);
    }
  }

  /** Hands everything that is written to the kernel, until it has taken all. */
  async flush(signal: AbortSignal): Promise<void> {
    await this.ready(signal);
    while (!signal.aborted && (this.#aside > 0 || this.#rests.length > 0)) await this.#oneSent(signal);
    this.#throwFailure();
  }

  #sendAside(batch: Rest): void {
    const { link, nowUs } = this.#options;
    const { lane, first, count } = batch;
    this.#busy[lane] = 1;
    this.#aside += 1;
    link.sendAside!(count, first, (taken, failure) => {
      this.#aside -= 1;
      if (failure !== undefined) this.#failure ??= failure;
      else if (taken < count) {
        this.#refused(nowUs());
        this.#rests.push({ lane, first: first + taken, count: count - taken });
      } else this.#busy[lane] = 0;
      this.#sent?.();
    });
  }

  /** Waits until something that was sent aside has been sent, or failed; what is left of a batch is sent again before. */
  async #oneSent(signal: AbortSignal): Promise<void> {
    if (this.#rests.length > 0) {
      await this.wait(0);
      if (signal.aborted) return;
      for (const rest of this.#rests.splice(0)) this.#sendAside(rest);
    }
    if (this.#aside > 0) {
      await new Promise<void>((resolve) => {
        this.#sent = resolve;
      });
    }
    const { link, sink, nowUs } = this.#options;
    link.drain(sink);
    this.#turnUs = nowUs();
    this.#throwFailure();
  }

  /** Goes on with a lane that is not under way; false where there is none. */
  #takeLane(): boolean {
    this.pending = 0;
    this.#lane = this.#busy.indexOf(0);
    if (this.#lane < 0) return false;
    this.slot = this.#lane * this.#options.link.slots;
    return true;
  }

  #refused(nowUs: number): void {
    this.refusals += 1;
    this.pacer.slow(nowUs);
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Slows down where replies have been lost because nobody took them away. */
  lookAtDrops(nowUs: number): void {
    const drops = this.#options.link.ringDrops();
    if (drops > this.#drops) this.pacer.slow(nowUs);
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
    const { passes, nowUs } = this.#options;
    for (;;) {
      const room = this.roomNow();
      if (room > 0) return room;
      if (signal.aborted) return 0;
      const ms = passes.heldMs();
      await this.wait(ms > 0 ? ms * 1_000 : this.pacer.waitUs(nowUs()));
      if (signal.aborted) return 0;
    }
  }

  /** Frames that may be written now: 0 where the pacer has none left, or nothing may be sent. */
  roomNow(): number {
    const { link, passes, nowUs } = this.#options;
    if (passes.heldMs() > 0) return 0;
    return Math.min(link.slots, this.pacer.permits(nowUs()));
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

  /** Moves what the kernel did not take to the lane's first slots. */
  #keepFrom(taken: number): void {
    const { link } = this.#options;
    const { octets, slotBytes } = link;
    const first = this.#lane * link.slots;
    const left = this.pending - taken;
    octets.copyWithin(first * slotBytes, (first + taken) * slotBytes, this.slot * slotBytes);
    for (let slot = first; slot < first + left; slot += 1) {
      this.headIn[slot] = this.headIn[slot + taken];
      const bytes = this.#lengths[slot + taken]!;
      this.#lengths[slot] = bytes;
      link.set(slot, bytes);
    }
    this.pending = left;
    this.slot = first + left;
  }
}
