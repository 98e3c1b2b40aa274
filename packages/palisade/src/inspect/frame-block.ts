/**
 * Blocks of frames as they are handed to a worker: what `FrameDivider` gives one engine, in a buffer whose ownership goes
 * with it, so that the worker reads memory of its own: decoders and ciphers of the platform refuse shared memory.
 *
 * Octets of frames stand from the start upwards, and from the end downwards what else the engine is told, an entry for each
 * frame or for frames of others that were skipped.
 */
import type { FrameShare } from "@palisade/inspect";

/** Of one block. A frame that does not fit has a larger one for itself. */
export const BLOCK_BYTES = 1 << 20;

// An entry, in words of four octets: a frame's, or one of skipped frames.
const ENTRY_BYTES = 24;
/** Eight octets. */
const TIME_US = 0;
const CAPTURED_BYTES = 2;
const WIRE_BYTES = 3;
/** Of skipped frames: eight octets, for the sum of many. */
const SKIPPED_BYTES = 2;
const OFFSET = 4;
/** Of skipped frames: how many. */
const FRAMES = 4;
const LINK_TYPE = 5;
/** In place of a link type, which has 16 bits. */
const SKIPPED = 0xffff_ffff;

export interface FrameBlock {
  readonly buffer: ArrayBuffer;
  readonly entries: number;
}

/** Where full blocks go and empty ones come from. */
export interface BlockOutlet {
  /** A buffer of `bytes`: its contents do not matter. */
  take(bytes: number): ArrayBuffer;
  handOver(block: FrameBlock): void;
}

/** Writes what one engine is given into blocks, and hands over each that is full. */
export class BlockWriter implements FrameShare {
  readonly #outlet: BlockOutlet;
  #buffer: ArrayBuffer | undefined;
  #octets = new Uint8Array(0);
  #words = new Uint32Array(0);
  #doubles = new Float64Array(0);
  #entries = 0;
  /** Octets of frames end here, entries begin there. */
  #at = 0;
  #entryAt = 0;

  constructor(outlet: BlockOutlet) {
    this.#outlet = outlet;
  }

  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    capturedUs: number,
    linkType: number,
  ): void {
    const word = this.#entry(capturedBytes, capturedUs);
    const at = this.#at;
    // A view for each frame, which dies young: a loop over words or octets, which needs none, takes longer.
    this.#octets.set(octets.subarray(offset, offset + capturedBytes), at);
    this.#at = at + capturedBytes;
    const words = this.#words;
    words[word + CAPTURED_BYTES] = capturedBytes;
    words[word + WIRE_BYTES] = wireBytes;
    words[word + OFFSET] = at;
    words[word + LINK_TYPE] = linkType;
  }

  skip(frames: number, capturedBytes: number, capturedUs: number): void {
    const word = this.#entry(0, capturedUs);
    this.#doubles[(word + SKIPPED_BYTES) >>> 1] = capturedBytes;
    this.#words[word + FRAMES] = frames;
    this.#words[word + LINK_TYPE] = SKIPPED;
  }

  /** Hands over what is there. */
  flush(): void {
    const buffer = this.#buffer;
    if (buffer === undefined) return;
    this.#buffer = undefined;
    this.#at = 0;
    this.#entryAt = 0;
    this.#outlet.handOver({ buffer, entries: this.#entries });
  }

  /** Room for one more entry and the octets of its frame: the index of its first word. */
  #entry(bytes: number, capturedUs: number): number {
    if (this.#entryAt - this.#at < bytes + ENTRY_BYTES) this.#next(bytes);
    this.#entryAt -= ENTRY_BYTES;
    this.#entries += 1;
    const word = this.#entryAt >>> 2;
    this.#doubles[word >>> 1] = capturedUs;
    return word;
  }

  #next(bytes: number): void {
    this.flush();
    const needed = (bytes + ENTRY_BYTES + 7) & ~7;
    const buffer = this.#outlet.take(Math.max(needed, BLOCK_BYTES));
    this.#buffer = buffer;
    this.#octets = new Uint8Array(buffer);
    this.#words = new Uint32Array(buffer);
    this.#doubles = new Float64Array(buffer);
    this.#entries = 0;
    this.#entryAt = buffer.byteLength;
  }
}

/** Gives an engine what a block holds, in the order in which it was written. */
export function readBlock({ buffer, entries }: FrameBlock, share: FrameShare): void {
  const octets = new Uint8Array(buffer);
  const words = new Uint32Array(buffer);
  const doubles = new Float64Array(buffer);
  let word = words.length;
  for (let entry = 0; entry < entries; entry += 1) {
    word -= ENTRY_BYTES >>> 2;
    const timeUs = doubles[(word + TIME_US) >>> 1]!;
    const linkType = words[word + LINK_TYPE]!;
    if (linkType === SKIPPED) {
      share.skip(words[word + FRAMES]!, doubles[(word + SKIPPED_BYTES) >>> 1]!, timeUs);
    } else {
      const capturedBytes = words[word + CAPTURED_BYTES]!;
      share.packet(octets, words[word + OFFSET]!, capturedBytes, words[word + WIRE_BYTES]!, timeUs, linkType);
    }
  }
}
