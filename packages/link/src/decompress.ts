/**
 * Compressed streams, told by their first octets and decompressed piece by piece: gzip (RFC 1952) by any Node, Zstandard
 * (RFC 8878) by Node 22.15 and newer. Others are recognised, to say what to do.
 */
import type { Duplex } from "node:stream";
import * as zlib from "node:zlib";
import { startsWith } from "@palisade/wire";

/** Octets that tell every compression apart. */
export const COMPRESSION_MAGIC_BYTES = 6;

/**
 * What a decompressor is given at a time. It bounds what is lost before damaged octets: of the piece that it fails in, a
 * decompressor withholds what it had not given out yet. Larger pieces gain little (16 KiB: 6.4 s of processor time for 1 GB
 * of gzip; 64 KiB: 4.9 s).
 */
const PIECE_BYTES = 16 * 1024;
const OUTPUT_CHUNK_BYTES = 256 * 1024;
/** CRC and length at the end of a gzip member (RFC 1952 §2.3.1): given apart, so that all was delivered when it fails. */
const TRAILER_BYTES = 8;

/** Compressions that are told apart, named as the program that undoes them. */
export type Compression = "gzip" | "zstd" | "xz" | "bzip2" | "lz4";

/** The compression that a stream starting with `head` has, if it is one that is known. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  for (const [compression, magic] of MAGICS) {
    if (startsWith(head, 0, head.length, magic)) return compression;
  }
  // A skippable Zstandard frame may come before the first (RFC 8878 §3.1.2): 0x50 to 0x5f, then as below.
  if (head.length >= 4 && (head[0]! & 0xf0) === 0x50 && startsWith(head, 1, head.length, "\x2a\x4d\x18"))
    return "zstd";
  return undefined;
}

const MAGICS: readonly (readonly [Compression, string])[] = [
  ["gzip", "\x1f\x8b"],
  ["zstd", "\x28\xb5\x2f\xfd"],
  ["xz", "\xfd7zXZ\0"],
  ["bzip2", "BZh"],
  ["lz4", "\x04\x22\x4d\x18"],
];

/** How `decompress` ended: with everything, by its signal, in the middle of compressed data, or at octets that cannot be. */
export interface DecompressionEnd {
  readonly kind: "whole" | "stopped" | "cut" | "damaged";
  /** What the decompressor said, where it did. */
  readonly cause?: unknown;
}

/** What decompresses one stream. */
export interface Decompressor {
  /** @internal */
  readonly stream: Duplex;
  /** @internal Length of what may be given next: a piece, or less where something ends. */
  readonly pieceBytes: (octets: Uint8Array, from: number) => number;
  /** @internal Whether the compressed octets so far end where they may, where the stream does not look itself. */
  readonly endsWhole: () => boolean;
}

/** `undefined` where this Node cannot. */
export function decompressorFor(compression: Compression): Decompressor | undefined {
  const piece = (octets: Uint8Array, from: number): number => Math.min(PIECE_BYTES, octets.length - from);
  if (compression === "gzip") {
    const stream = zlib.createGunzip({ chunkSize: OUTPUT_CHUNK_BYTES });
    return { stream, pieceBytes: piece, endsWhole: () => true };
  }
  const { createZstdDecompress } = zlib as ZlibWithZstd;
  if (compression === "zstd" && createZstdDecompress !== undefined) {
    // Node's stream ends with the first frame when it is given more behind it, and takes a cut frame for a whole one.
    const frames = new ZstdFrames();
    return {
      stream: createZstdDecompress({ chunkSize: OUTPUT_CHUNK_BYTES }),
      pieceBytes: (octets, from) => frames.pass(octets, from, from + piece(octets, from)) - from,
      endsWhole: () => frames.between,
    };
  }
  return undefined;
}

/** `node:zlib` of Node 22.15 and newer. */
interface ZlibWithZstd {
  readonly createZstdDecompress?: (options: { readonly chunkSize: number }) => Duplex;
}

/**
 * Gives out what the compressed octets `head` and, after them, `rest` hold. What waits for the consumer is bounded by a few
 * output chunks, however much the octets expand. What `rest` throws is thrown when everything before it has been given out.
 */
export async function* decompress(
  { stream, pieceBytes, endsWhole }: Decompressor,
  head: Uint8Array,
  rest: AsyncIterator<Uint8Array, void, undefined>,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, DecompressionEnd, undefined> {
  const failures: unknown[] = [];
  const goesOn = (): boolean => failures.length === 0 && !signal?.aborted;
  let wake = (): void => undefined;
  stream.on("readable", () => wake());
  stream.on("error", (cause) => {
    failures.push(cause);
    wake();
  });

  /** Starts something, and gives out what comes until it is done or the stream has failed. */
  async function* during(start: (done: () => void) => void): AsyncGenerator<Uint8Array, void, undefined> {
    let done = false;
    start(() => {
      done = true;
      wake();
    });
    while (true) {
      const chunk = signal?.aborted ? null : (stream.read() as Uint8Array | null);
      if (chunk !== null) yield chunk;
      else if (done || !goesOn()) return;
      else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  }
  async function* written(octets: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
    for (let from = 0; from < octets.length && goesOn(); ) {
      const piece = octets.subarray(from, from + pieceBytes(octets, from));
      yield* during((done) => stream.write(piece, done));
      from += piece.length;
    }
  }

  try {
    // The last octets so far, which may be a trailer, are given apart: when more have come, or nothing does.
    let held: Uint8Array = new Uint8Array(0);
    let chunk: Uint8Array | undefined = head;
    const readFailures: unknown[] = [];
    while (chunk !== undefined && goesOn()) {
      const trailer: number = Math.max(0, chunk.length - TRAILER_BYTES);
      yield* written(held);
      yield* written(chunk.subarray(0, trailer));
      held = chunk.slice(trailer);
      try {
        const next: IteratorResult<Uint8Array, void> = await rest.next();
        chunk = next.done ? undefined : next.value;
      } catch (cause) {
        readFailures.push(cause);
        chunk = undefined;
      }
    }
    yield* written(held);
    if (goesOn()) yield* during((done) => stream.once("end", done).once("close", done).end());
    if (signal?.aborted) return { kind: "stopped" };
    // Where reading failed, that the compressed octets end early only follows from it.
    if (readFailures.length > 0) throw readFailures[0];
    const [cause] = failures;
    if (cause !== undefined) return { kind: isEarlyEnd(cause) ? "cut" : "damaged", cause };
    return endsWhole() ? { kind: "whole" } : { kind: "cut" };
  } finally {
    stream.destroy();
  }
}

function isEarlyEnd(cause: unknown): boolean {
  return (cause as NodeJS.ErrnoException).code === "Z_BUF_ERROR";
}

const MAGIC = 0;
const SKIPPABLE_SIZE = 1;
const DESCRIPTOR = 2;
const HEADER_REST = 3;
const BLOCK_HEADER = 4;
const BLOCK = 5;
const CHECKSUM = 6;
const SKIPPABLE = 7;
/** No Zstandard: what follows is left to the decompressor to refuse. */
const UNKNOWN = 8;

const BLOCK_RLE = 1;
const BLOCK_RESERVED = 3;

/** Finds where Zstandard frames end (RFC 8878 §3.1), by their headers alone and however the octets are cut. */
export class ZstdFrames {
  #state = MAGIC;
  /** Octets that the state still takes. */
  #wanted = 4;
  /** What a state that reads a number has read of it, least significant octet first. */
  #value = 0;
  #scale = 1;
  #checksumBytes = 0;
  #lastBlock = false;

  /** Whether the last frame is whole and the next has not begun. */
  get between(): boolean {
    return this.#state === MAGIC && this.#wanted === 4;
  }

  /** Goes on to the end of the frame or to `end`, whichever comes first, and returns that index: above `at`, where `end` is. */
  pass(octets: Uint8Array, at: number, end: number): number {
    let index = at;
    while (index < end) {
      if (this.#state === UNKNOWN) return end;
      if (readsNumber(this.#state)) {
        this.#value += octets[index]! * this.#scale;
        this.#scale *= 256;
        this.#wanted -= 1;
        index += 1;
      } else {
        const passed = Math.min(this.#wanted, end - index);
        this.#wanted -= passed;
        index += passed;
      }
      // A state may want nothing (an empty block): the one after it is entered at once.
      while (this.#wanted === 0) {
        this.#next(this.#value);
        this.#value = 0;
        this.#scale = 1;
        if (this.between) return index;
      }
    }
    return index;
  }

  #enter(state: number, wanted: number): void {
    this.#state = state;
    this.#wanted = wanted;
  }

  #next(value: number): void {
    switch (this.#state) {
      case MAGIC:
        if (value === 0xfd2fb528) this.#enter(DESCRIPTOR, 1);
        else if (value >= 0x184d2a50 && value <= 0x184d2a5f) this.#enter(SKIPPABLE_SIZE, 4);
        else this.#enter(UNKNOWN, Number.POSITIVE_INFINITY);
        break;
      case SKIPPABLE_SIZE:
        this.#enter(SKIPPABLE, value);
        break;
      case DESCRIPTOR: {
        // §3.1.1.1.1: content size in the upper two bits, single segment, checksum, dictionary in the lower two.
        const singleSegment = (value & 0x20) !== 0;
        const contentSizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][value >> 6]!;
        const dictionaryBytes = [0, 1, 2, 4][value & 3]!;
        this.#checksumBytes = value & 4;
        this.#enter(HEADER_REST, (singleSegment ? 0 : 1) + dictionaryBytes + contentSizeBytes);
        break;
      }
      case HEADER_REST:
        this.#enter(BLOCK_HEADER, 3);
        break;
      case BLOCK_HEADER: {
        // §3.1.1.2: last block, type in two bits, size. A block of one repeated octet holds that octet.
        const type = (value >> 1) & 3;
        this.#lastBlock = (value & 1) !== 0;
        if (type === BLOCK_RESERVED) this.#enter(UNKNOWN, Number.POSITIVE_INFINITY);
        else this.#enter(BLOCK, type === BLOCK_RLE ? 1 : value >> 3);
        break;
      }
      case BLOCK:
        if (!this.#lastBlock) this.#enter(BLOCK_HEADER, 3);
        else this.#enter(this.#checksumBytes > 0 ? CHECKSUM : MAGIC, 4);
        break;
      default:
        this.#enter(MAGIC, 4);
    }
  }
}

function readsNumber(state: number): boolean {
  return state === MAGIC || state === SKIPPABLE_SIZE || state === DESCRIPTOR || state === BLOCK_HEADER;
}
