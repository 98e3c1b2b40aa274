import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  constants as openFlags,
  openSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { PalisadeError } from "@palisade/base";
import { EXIT_BAD_INPUT, EXIT_DONE } from "./exit-status.js";

/**
 * Characters gathered before they are written: so few that they are written before they are old. Strings that are gathered for longer
 * outlive two collections of the young, and stay in memory until all of it is looked through.
 */
const GATHERED_MAX = 1 << 14;

/** Names of standard output: opened anew, a file that it goes to would be written from its start. */
const STANDARD_OUTPUT = ["-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"];

/** Whether results for `path` go to standard output. */
export function isStandardOutput(path: string | undefined): boolean {
  return path === undefined || STANDARD_OUTPUT.includes(path);
}

/**
 * Where results go: a file, or standard output; written in large pieces, with back pressure.
 *
 * A file is opened at once, so that what cannot be written is told before anything is read, but keeps what it holds until
 * `begin`: a run that comes to nothing leaves it as it was, and takes away one that it made. From then on it is written
 * directly, not beside itself and renamed at the end: pipes and devices want that, who follows a live capture does, links
 * and permissions stay, and what was read before a capture is cut arrives.
 */
export class Output {
  readonly #path: string | undefined;
  readonly #file: number | undefined;
  readonly #made: boolean = false;
  #begun = false;
  #closed = false;
  #gathered: string[] = [];
  #gatheredLength = 0;

  /** @throws {PalisadeError} `OUTPUT_FAILED` where the file cannot be made */
  constructor(path: string | undefined) {
    this.#path = isStandardOutput(path) ? undefined : path;
    if (this.#path === undefined) return;
    const { O_WRONLY, O_CREAT, O_EXCL } = openFlags;
    try {
      try {
        this.#file = openSync(this.#path, O_WRONLY | O_CREAT | O_EXCL);
        this.#made = true;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
        this.#file = openSync(this.#path, O_WRONLY | O_CREAT);
      }
    } catch (error) {
      throw this.#failed(error);
    }
  }

  get isTerminal(): boolean {
    return this.#file === undefined && process.stdout.isTTY === true;
  }

  /** Characters of a line, where people look at it. */
  get columns(): number | undefined {
    // A terminal that does not know says 0.
    return this.isTerminal ? process.stdout.columns || undefined : undefined;
  }

  /** There are results, though none may be written: what the file held before goes. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    if (this.#file === undefined || this.#made) return;
    try {
      if (fstatSync(this.#file).isFile()) ftruncateSync(this.#file);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  write(text: string): void {
    this.begin();
    this.#gathered.push(text);
    this.#gatheredLength += text.length;
    if (this.#gatheredLength >= GATHERED_MAX) this.flush();
  }

  flush(): void {
    if (this.#gatheredLength === 0) return;
    const octets = Buffer.from(this.#gathered.join(""), "utf8");
    this.#gathered = [];
    this.#gatheredLength = 0;
    if (this.#file === undefined) {
      if (!hasFailed) process.stdout.write(octets);
      return;
    }
    try {
      for (let at = 0; at < octets.length; ) at += writeSync(this.#file, octets, at);
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /** Waits while standard output has more than it can take at once. */
  async drained(): Promise<void> {
    if (this.#file !== undefined || hasFailed || !process.stdout.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        process.stdout.off("drain", done).off("error", done);
        resolve();
      };
      process.stdout.on("drain", done).on("error", done);
    });
  }

  async close(): Promise<void> {
    this.flush();
    if (this.#file === undefined) {
      await this.drained();
      return;
    }
    this.#closed = true;
    try {
      closeSync(this.#file);
    } catch (error) {
      throw this.#failed(error);
    }
    if (this.#made && !this.#begun) rmSync(this.#path!, { force: true });
  }

  /** Closes what cannot be written; what the file holds stays. */
  abandon(): void {
    this.#gathered = [];
    this.#gatheredLength = 0;
    if (this.#file === undefined || this.#closed) return;
    this.#closed = true;
    try {
      closeSync(this.#file);
    } catch {
      // That it cannot be written is told already.
    }
  }

  #failed(error: unknown): PalisadeError {
    return new PalisadeError(
      "OUTPUT_FAILED",
      `${this.#path}: cannot be written: ${whyUnwritable(error, this.#path)}`,
      { cause: error },
    );
  }
}

let outlives = false;
let hasFailed = false;
/** Its reader did not go away: what was written last is nowhere. */
let isBroken = false;

/** Whether standard output could not take what was written to it. A reader that went away is no failure. */
export function hasStandardOutputFailed(): boolean {
  return isBroken;
}

/** Results go elsewhere as well: where standard output fails, or who reads it goes away, the run goes on. */
export function outliveStandardOutput(): void {
  outlives = true;
}

/**
 * What to do where standard output cannot be written any further. A reader that goes away (`| head`) is no error: what it wanted,
 * it has.
 */
export function standardOutputFailed(error: NodeJS.ErrnoException): void {
  if (hasFailed) return;
  hasFailed = true;
  const isGone = error.code === "EPIPE";
  isBroken = !isGone;
  if (!isGone) {
    process.stderr.write(`palisade: standard output cannot be written: ${whyUnwritable(error)}\n`);
    process.on("exit", (status) => {
      if (status === EXIT_DONE) process.exitCode = EXIT_BAD_INPUT;
    });
  }
  if (!outlives) process.exit(isGone ? EXIT_DONE : EXIT_BAD_INPUT);
}

/** In words where there are any, else the system's code. */
export function whyUnwritable(error: unknown, path?: string): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const folder = dirname(path ?? "");
  switch (code) {
    case "ENOENT":
      return existsSync(folder) ? "it leads to where no folder is" : `there is no folder ${folder}`;
    case "ENOTDIR":
      return `${folder} is not a folder`;
    case "EISDIR":
      return "it is a folder: name a file in it";
    case "EACCES":
    case "EPERM":
      return "this user may not write there";
    case "EROFS":
      return "the file system is read-only";
    case "ELOOP":
      return "it is a link that leads to itself";
    case "ENAMETOOLONG":
      return "no file has so long a name";
    case "EFBIG":
      return "no file may grow so large there";
    case "ENOSPC":
      return "no space is left there";
    default:
      return code ?? message;
  }
}
