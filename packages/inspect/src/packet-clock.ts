/**
 * The packet clock: the latest time that a frame has brought. It goes back only where many frames one after the other are
 * dated far before it (docs/decisions/0011-packet-clock.md). It counts the frames, since what it tells has their numbers.
 *
 * Between two frames of which it tells something it only counts, and moves within one second: such frames may be taken
 * together, which is what `FrameDivider` does with those of others.
 */
import { assert } from "@palisade/base";
import type { EngineOptions } from "./options.js";

/**
 * Times further from the epoch than this are taken for it: 2^53 - 1 microseconds, the year 2255. pcapng can say 2^64
 * seconds, where neither microseconds nor the seconds of a tick can be counted any more.
 */
const TIME_US_MAX = Number.MAX_SAFE_INTEGER;

/**
 * A frame dated further before the packet clock than this is no late one: the clock, or the frame, is wrong. Longer than
 * timeouts, so that whatever stood in the table before the clock went ahead has ended.
 */
export const CLOCK_BACK_SECONDS_MAX = 86_400;
/** So many frames one after the other, all that far before it, and the clock follows them. */
export const CLOCK_BACK_FRAMES_MAX = 64;

/** What a frame does to the clock. The first: nothing that another frame of its second would not do. */
export const CLOCK_STAYS = 0;
/** It is the first of all, or dated far before the clock: it counts by itself. */
export const CLOCK_ALONE = 1;
/** … and is the first of those that far before it. */
export const CLOCK_JUMPS = 2;
/** The clock stands in another second. */
export const CLOCK_MOVES = 3;

/** A time of a frame as the clock takes it. */
export function clockTimeUs(capturedUs: number): number {
  return Math.min(TIME_US_MAX, Math.max(-TIME_US_MAX, capturedUs));
}

export class PacketClock {
  /** Microseconds since the epoch; never before it. */
  us = 0;
  /** The second that it stands in; -1 before a frame has moved it. */
  second = -1;
  /** Number of the frame that brought it there. */
  secondFrame = 0;
  /** Frames so far. */
  frames = 0;
  /** Time of the first frame, or of the earliest one that the clock went back for. */
  firstUs = 0;
  /** The latest time that the clock has gone back from. */
  #lastUs = 0;
  readonly #backUs: number;
  /** Frames one after the other that were dated far before the clock, the number of the last, their earliest and latest time. */
  #framesBehind = 0;
  #lastBehind = 0;
  #firstBehindUs = 0;
  #behindUs = 0;

  constructor(timeoutSeconds: EngineOptions["timeoutSeconds"]) {
    this.#backUs = Math.max(CLOCK_BACK_SECONDS_MAX, ...Object.values(timeoutSeconds)) * 1e6;
  }

  /** The latest time that it has stood at. */
  get lastUs(): number {
    return Math.max(this.#lastUs, this.us);
  }

  /** One frame, of a time by `clockTimeUs`: what it does, as one of `CLOCK_…`. */
  frame(timeUs: number): number {
    this.frames += 1;
    if (this.frames === 1) this.firstUs = timeUs;
    if (timeUs > this.us) {
      this.us = timeUs;
      const second = Math.floor(timeUs / 1e6);
      if (second === this.second) return CLOCK_STAYS;
      this.second = second;
      this.secondFrame = this.frames;
      return CLOCK_MOVES;
    }
    if (this.us - timeUs > this.#backUs) return this.#behind(timeUs);
    return this.frames === 1 ? CLOCK_ALONE : CLOCK_STAYS;
  }

  /** Frames of which each would leave the clock where it is, or in its second: at `timeUs` after the last, if that is later. */
  pass(frames: number, timeUs: number): void {
    assert(
      timeUs <= this.us || Math.floor(timeUs / 1e6) === this.second,
      "frames that are passed over stay in one second",
    );
    this.frames += frames;
    if (timeUs > this.us) this.us = timeUs;
  }

  /**
   * A frame dated so far before the clock that somebody's clock was wrong, or that the captures of different times stand
   * one behind the other. The clock never goes back for a few of them, but follows where they go on: else no flow after
   * a single frame of the far future would ever time out.
   */
  #behind(timeUs: number): number {
    // The clock does not stand before 1970.
    if (this.us - Math.max(0, timeUs) <= this.#backUs) return CLOCK_ALONE;
    if (this.#lastBehind !== this.frames - 1) this.#framesBehind = 0;
    this.#lastBehind = this.frames;
    this.#framesBehind += 1;
    if (this.#framesBehind === 1) {
      this.#firstBehindUs = timeUs;
      this.#behindUs = Math.max(0, timeUs);
      return CLOCK_JUMPS;
    }
    this.#firstBehindUs = Math.min(this.#firstBehindUs, timeUs);
    this.#behindUs = Math.max(this.#behindUs, timeUs);
    if (this.#framesBehind < CLOCK_BACK_FRAMES_MAX || this.us - this.#behindUs <= this.#backUs)
      return CLOCK_ALONE;
    this.#framesBehind = 0;
    this.firstUs = Math.min(this.firstUs, this.#firstBehindUs);
    this.#lastUs = Math.max(this.#lastUs, this.us);
    this.us = this.#behindUs;
    this.second = Math.floor(this.us / 1e6);
    this.secondFrame = this.frames;
    return CLOCK_MOVES;
  }
}
