/**
 * Capture files, pipes and standard input as devices; compressed ones too.
 *
 * What a path is decides how it is read, never how it is called: a regular file in large pieces into one buffer, a FIFO or
 * socket as a stream, and the first octets say whether it is compressed.
 */
import {
  close,
  fstatSync,
  open,
  constants as openFlags,
  read,
  readlinkSync,
  readSync,
  type Stats,
  statSync,
} from "node:fs";
import { Socket } from "node:net";
import { dirname, isAbsolute, parse, relative, resolve, sep } from "node:path";
import type { Readable } from "node:stream";
import { setImmediate as immediate } from "node:timers/promises";
import { isatty } from "node:tty";
import { promisify } from "node:util";
import { PalisadeError } from "@palisade/base";
import { concat } from "@palisade/wire";
import {
  COMPRESSION_MAGIC_BYTES,
  type Compression,
  compressionOf,
  type DecompressionEnd,
  type Decompressor,
  decompress,
  decompressorFor,
} from "./decompress.js";
import type { ChunksOptions, Device, DeviceStatistics } from "./device.js";

/** Small enough that the octets are in the processor's cache when they are walked: measured best of 64 KiB to 16 MiB. */
const CHUNK_BYTES = 256 * 1024;
/** Octets of a regular file read without letting signals and timers in. */
const BURST_BYTES = 4 * 1024 * 1024;

const STANDARD_INPUT = "-";
const STANDARD_INPUT_FD = 0;

const openFile = promisify(open);
const closeFile = promisify(close);
const readFile = promisify(read);

/** How a capture file is read. */
export interface CaptureFileOptions {
  /** Octets read at a time from a regular file; default 256 KiB. */
  readonly chunkBytes?: number;
}

/**
 * A capture file, FIFO or character device by its path; `-` is standard input. gzip (RFC 1952, of any number of members) is
 * decompressed on the way, and zstd (RFC 8878) where Node can.
 *
 * The path is looked at now and opened when the chunks are asked for. A file may be read again, from its start; standard
 * input only once. A file that grows while it is read is read to the end that is there when the end is met.
 *
 * @throws {PalisadeError} now, or later while iterating: `CAPTURE_NOT_FOUND`, `CAPTURE_IS_DIRECTORY`, `CAPTURE_NOT_PERMITTED`,
 *   `CAPTURE_READ_FAILED`, `CAPTURE_IS_TERMINAL` (standard input from a keyboard), `CAPTURE_OPTION_INVALID`
 * @throws {PalisadeError} only while iterating: `CAPTURE_READ_TWICE`, `CAPTURE_COMPRESSION_UNSUPPORTED`, `CAPTURE_CORRUPT_GZIP`
 *   and `CAPTURE_CORRUPT_ZSTD`, the last two when what was decompressed before the damage has been delivered
 */
export function openCaptureFile(path: string, options: CaptureFileOptions = {}): Device {
  return new CaptureFile(path, options);
}

class CaptureFile implements Device {
  readonly name: string;
  readonly #chunkBytes: number;
  #sizeBytes: number | undefined;
  #positionBytes = 0;
  #standardInputTaken = false;

  constructor(path: string, options: CaptureFileOptions) {
    this.name = path;
    this.#chunkBytes = options.chunkBytes ?? CHUNK_BYTES;
    if (!Number.isInteger(this.#chunkBytes) || this.#chunkBytes < 1) {
      throw new PalisadeError("CAPTURE_OPTION_INVALID", "chunkBytes: give a whole number above 0");
    }
    this.#look();
  }

  get sizeBytes(): number | undefined {
    return this.#sizeBytes;
  }

  get positionBytes(): number {
    return this.#positionBytes;
  }

  statistics(): DeviceStatistics | undefined {
    return undefined;
  }

  async *chunks(options: ChunksOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
    const octets = this.#octets(options.signal);
    try {
      const head = await this.#head(octets);
      if (head.length === 0) return;
      const compression = compressionOf(head);
      if (compression === undefined) {
        yield head;
        yield* octets;
        return;
      }
      const decompressor = this.#decompressorFor(compression);
      this.#refuseDamaged(compression, yield* decompress(decompressor, head, octets, options.signal));
    } finally {
      await octets.return();
    }
  }

  /** What the path is; refuses what cannot be read. */
  #look(): Stats {
    let stats: Stats;
    try {
      stats = this.name === STANDARD_INPUT ? fstatSync(STANDARD_INPUT_FD) : statSync(this.name);
    } catch (cause) {
      throw this.#failure(cause);
    }
    if (stats.isDirectory()) {
      throw new PalisadeError(
        "CAPTURE_IS_DIRECTORY",
        `${this.#subject} is a directory: name a capture file in it`,
      );
    }
    if (this.name === STANDARD_INPUT && isatty(STANDARD_INPUT_FD)) {
      throw new PalisadeError(
        "CAPTURE_IS_TERMINAL",
        "standard input is a terminal: send a capture into it, as in `tcpdump -w - | palisade inspect -i -`",
      );
    }
    this.#sizeBytes = stats.isFile() ? stats.size : undefined;
    return stats;
  }

  /** The octets as they are stored. */
  async *#octets(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    if (signal?.aborted) return;
    const standardInput = this.name === STANDARD_INPUT;
    if (standardInput && this.#standardInputTaken) {
      throw new PalisadeError(
        "CAPTURE_READ_TWICE",
        "standard input cannot be read twice: store the capture in a file",
      );
    }
    const stats = this.#look();
    const streamed = stats.isFIFO() || stats.isSocket();
    this.#positionBytes = 0;
    this.#standardInputTaken = standardInput;
    if (standardInput) {
      if (streamed) yield* this.#fromStream(process.stdin, signal);
      else yield* this.#fromFile(STANDARD_INPUT_FD, signal);
      return;
    }
    let fd: number;
    try {
      // A FIFO would else hold a thread of Node until somebody opens its other end, and with it the end of the process.
      fd = await openFile(this.name, openFlags.O_RDONLY | (streamed ? openFlags.O_NONBLOCK : 0));
    } catch (cause) {
      throw this.#failure(cause);
    }
    if (streamed) {
      // The stream owns the descriptor from here on.
      yield* this.#fromStream(new Socket({ fd, readable: true, writable: false }), signal);
      return;
    }
    try {
      yield* this.#fromFile(fd, signal);
    } finally {
      await closeFile(fd);
    }
  }

  async *#fromFile(fd: number, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void, undefined> {
    const buffer = new Uint8Array(this.#chunkBytes);
    const regular = fstatSync(fd).isFile();
    let burst = 0;
    while (!signal?.aborted) {
      let count: number;
      try {
        // A regular file never waits for long, and read by this very thread its octets are in this processor's cache.
        count = regular
          ? readSync(fd, buffer, 0, buffer.length, null)
          : (await readFile(fd, buffer, 0, buffer.length, null)).bytesRead;
      } catch (cause) {
        throw this.#failure(cause);
      }
      if (count === 0) return;
      this.#positionBytes += count;
      burst += count;
      if (burst >= BURST_BYTES) {
        burst = 0;
        await immediate();
        if (signal?.aborted) return;
      }
      yield count === buffer.length ? buffer : buffer.subarray(0, count);
    }
  }

  /** Pulls from a stream without losing what it holds when it fails, which its own iterator would. */
  async *#fromStream(
    stream: Readable,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    const waiting: Uint8Array[] = [];
    let ended = false;
    let failure: { readonly cause: unknown } | undefined;
    let wake = (): void => undefined;
    const onData = (chunk: Uint8Array): void => {
      waiting.push(chunk);
      stream.pause();
      wake();
    };
    const onEnd = (): void => {
      ended = true;
      wake();
    };
    const onError = (cause: unknown): void => {
      failure ??= { cause };
      wake();
    };
    stream.on("data", onData).on("end", onEnd).on("close", onEnd).on("error", onError);
    const onAbort = (): void => wake();
    signal?.addEventListener("abort", onAbort);
    try {
      while (!signal?.aborted) {
        const chunk = waiting.shift();
        if (chunk !== undefined) {
          this.#positionBytes += chunk.length;
          yield chunk;
        } else if (failure !== undefined) {
          throw this.#failure(failure.cause);
        } else if (ended) {
          return;
        } else {
          const woken = new Promise<void>((resolve) => {
            wake = resolve;
          });
          stream.resume();
          await woken;
        }
      }
    } finally {
      signal?.removeEventListener("abort", onAbort);
      stream.destroy();
    }
  }

  /** The first chunk, with at least `COMPRESSION_MAGIC_BYTES` octets where the stream has as many. */
  async #head(octets: AsyncGenerator<Uint8Array, void, undefined>): Promise<Uint8Array> {
    let head: Uint8Array = new Uint8Array(0);
    while (head.length < COMPRESSION_MAGIC_BYTES) {
      const next = await octets.next();
      if (next.done) break;
      // Copied only where the first chunk is too short, since its memory is used again.
      head =
        head.length === 0 && next.value.length >= COMPRESSION_MAGIC_BYTES
          ? next.value
          : concat(head, next.value);
    }
    return head;
  }

  #decompressorFor(compression: Compression): Decompressor {
    const decompressor = decompressorFor(compression);
    if (decompressor !== undefined) return decompressor;
    const reason =
      compression === "zstd" ? "zstd needs Node 22.15 or newer" : `${compression} is not read here`;
    const file = this.name === STANDARD_INPUT ? "" : ` ${this.#quotedName}`;
    throw new PalisadeError(
      "CAPTURE_COMPRESSION_UNSUPPORTED",
      `${this.#subject} is compressed, and ${reason}: run \`${compression} -dc${file} | palisade inspect -i -\``,
    );
  }

  #refuseDamaged(compression: Compression, end: DecompressionEnd): void {
    if (end.kind === "whole" || end.kind === "stopped") return;
    const what =
      end.kind === "cut" ? "ends in the middle of its compressed data" : `holds damaged ${compression} data`;
    throw new PalisadeError(
      compression === "gzip" ? "CAPTURE_CORRUPT_GZIP" : "CAPTURE_CORRUPT_ZSTD",
      `${this.#subject} ${what}: what came before was read; get a whole copy for the rest`,
      { cause: end.cause },
    );
  }

  /** How a message names it: control characters in a path stay on their line. */
  get #subject(): string {
    return this.name === STANDARD_INPUT ? "standard input" : `capture file ${JSON.stringify(this.name)}`;
  }

  #failure(cause: unknown): PalisadeError {
    const { code, message } = cause as NodeJS.ErrnoException;
    switch (code) {
      case "ENOENT":
      case "ENOTDIR":
        return new PalisadeError("CAPTURE_NOT_FOUND", `${this.#subject} does not exist: check the path`, {
          cause,
        });
      case "EACCES":
      case "EPERM":
        return new PalisadeError(
          "CAPTURE_NOT_PERMITTED",
          `${this.#subject} may not be read by this user: change its permissions, or run as a user who may`,
          { cause },
        );
      case "ELOOP":
        return new PalisadeError(
          "CAPTURE_NOT_FOUND",
          `${this.#subject} cannot be reached: ${symbolicLoop(this.name)}; point the link to a capture`,
          { cause },
        );
      case "EISDIR":
        return new PalisadeError(
          "CAPTURE_IS_DIRECTORY",
          `${this.#subject} is a directory: name a capture file in it`,
          { cause },
        );
      default:
        return new PalisadeError(
          "CAPTURE_READ_FAILED",
          `${this.#subject} cannot be read (${code ?? message}): check the disk or the other end of the pipe`,
          { cause },
        );
    }
  }

  /** The path as a shell takes it. */
  get #quotedName(): string {
    return /^[\w./+-]+$/.test(this.name) ? this.name : `'${this.name.replace(/'/g, "'\\''")}'`;
  }
}

/** Links of a loop that a message names. */
const LINKS_NAMED_MAX = 8;

/** In words, the symbolic links on the way to `path` that lead to one another. */
function symbolicLoop(path: string): string {
  const whole = resolve(path);
  const { root } = parse(whole);
  let start = root;
  for (const part of whole.slice(root.length).split(sep)) {
    start = resolve(start, part);
    if (isLoop(start)) break;
  }
  const links = [start];
  let back = -1;
  while (back < 0 && links.length <= LINKS_NAMED_MAX) {
    const link = links.at(-1)!;
    try {
      const next = resolve(dirname(link), readlinkSync(link));
      back = links.indexOf(next);
      links.push(next);
    } catch {
      break;
    }
  }
  const chain = links.map((link) => JSON.stringify(fromHere(link))).join(" → ");
  if (links.length < 2) return `too many symbolic links at ${chain}`;
  return back < 0 ? `too many symbolic links: ${chain} …` : `symbolic links lead in a circle: ${chain}`;
}

function isLoop(path: string): boolean {
  try {
    statSync(path);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ELOOP";
  }
}

/** The path from here, where it is below. */
function fromHere(path: string): string {
  const below = relative("", path);
  return below === "" || below.startsWith("..") || isAbsolute(below) ? path : below;
}
