/**
 * Divides frames between engines that share the shards: each is given the frames of its own, and of those of the others as
 * much as its numbers, sums and clock need. So what an engine has to do does not grow with what belongs to others.
 *
 * Frames that `plainShard` cannot place go to all. Of the others, those between two of an engine's own are told to it as
 * one, which is exact as long as none of them does anything by itself: the divider's clock, which is that of the engines,
 * says when one does, and that one is told to all.
 */
import type { PacketSink } from "@palisade/wire";
import { plainShard } from "./flow/plain-shard.js";
import type { EngineOptions } from "./options.js";
import { CLOCK_STAYS, clockTimeUs, PacketClock } from "./packet-clock.js";

/** What one engine gets: the engine itself, or what brings it there. */
export interface FrameShare {
  /** A frame of its own, or one that may be: see `Engine.packet`. */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    capturedUs: number,
    linkType: number,
  ): void;
  /** Frames of others: see `Engine.skip`. */
  skip(frames: number, capturedBytes: number, capturedUs: number): void;
}

export class FrameDivider implements PacketSink {
  readonly #shares: readonly FrameShare[];
  readonly #clock: PacketClock;
  /** Octets captured of all frames. */
  #bytes = 0;
  /** By share: how many frames it has been given or told of, and the octets captured of them. */
  readonly #told: Float64Array;
  readonly #toldBytes: Float64Array;

  /** @param shares by number of the engine, whose timeouts are these */
  constructor(shares: readonly FrameShare[], timeoutSeconds: EngineOptions["timeoutSeconds"]) {
    this.#shares = shares;
    this.#clock = new PacketClock(timeoutSeconds);
    this.#told = new Float64Array(shares.length);
    this.#toldBytes = new Float64Array(shares.length);
  }

  /** Frames so far. */
  get frames(): number {
    return this.#clock.frames;
  }

  /** One frame; see `PacketSink`. */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    capturedUs: number,
    linkType: number,
  ): void {
    const shares = this.#shares;
    const clock = this.#clock;
    const beforeUs = clock.us;
    const does = clock.frame(clockTimeUs(capturedUs));
    const shard = plainShard(octets, offset, offset + capturedBytes, linkType);
    const frames = clock.frames;
    this.#bytes += capturedBytes;
    if (shard >= 0 && does === CLOCK_STAYS) {
      const owner = shard % shares.length;
      this.#tell(owner, frames - 1, this.#bytes - capturedBytes, beforeUs);
      shares[owner]!.packet(octets, offset, capturedBytes, wireBytes, capturedUs, linkType);
      this.#remember(owner);
      return;
    }
    for (let number = 0; number < shares.length; number += 1) {
      const share = shares[number]!;
      this.#tell(number, frames - 1, this.#bytes - capturedBytes, beforeUs);
      if (shard >= 0 && shard % shares.length !== number) share.skip(1, capturedBytes, capturedUs);
      else share.packet(octets, offset, capturedBytes, wireBytes, capturedUs, linkType);
      this.#remember(number);
    }
  }

  /** Tells a share of all frames so far. */
  catchUp(share: number): void {
    const clock = this.#clock;
    this.#tell(share, clock.frames, this.#bytes, clock.us);
    this.#remember(share);
  }

  /** Remembers that a share knows of all frames so far. */
  #remember(share: number): void {
    this.#told[share] = this.#clock.frames;
    this.#toldBytes[share] = this.#bytes;
  }

  /** Tells a share of the first `frames` frames, as far as it does not know of them: `bytes` octets, the clock standing at `us`. */
  #tell(share: number, frames: number, bytes: number, us: number): void {
    const more = frames - this.#told[share]!;
    if (more > 0) this.#shares[share]!.skip(more, bytes - this.#toldBytes[share]!, us);
  }
}
