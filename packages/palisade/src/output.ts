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

/** Characters gathered before they are written. */
const GATHERED_MAX = 1 << 16;

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
      process.stdout.write(octets);
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
    if (this.#file !== undefined || !process.stdout.writableNeedDrain) return;
    await new Promise((resolve) => process.stdout.once("drain", resolve));
  }

  async close(): Promise<void> {
    this.flush();
    if (this.#file === undefined) {
      await this.drained();
      return;
    }
    closeSync(this.#file);
    if (this.#made && !this.#begun) rmSync(this.#path!, { force: true });
  }

  #failed(error: unknown): PalisadeError {
    return new PalisadeError(
      "OUTPUT_FAILED",
      `${this.#path}: cannot be written: ${whyUnwritable(error, this.#path)}`,
      { cause: error },
    );
  }
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
    case "ENOSPC":
      return "no space is left there";
    default:
      return code ?? message;
  }
}
