/**
 * The file that a scan goes on from. It is written beside itself and renamed, so that whoever is killed at any moment leaves the one
 * before or the new one, whole.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { PalisadeError } from "@palisade/base";
import type { ScanResult } from "@palisade/scan";
import { whyUnreadable } from "../file-octets.js";
import { whyUnwritable } from "../output.js";
import { formatBytes, printable } from "../terminal.js";
import type { ScanCommandOptions } from "./options.js";

/** A file beyond it is none of ours: tables take at most 1 GiB, for each technique. */
const RESUME_BYTES_MAX = 2 * 1024 * 1024 * 1024 - 1;

/** What the file holds; undefined where there is none. @throws {PalisadeError} `RESUME_UNREADABLE`, `RESUME_NOT_PERMITTED` */
export function readResumeFile(path: string): Uint8Array | undefined {
  try {
    const stats = statSync(path);
    if (!stats.isFile())
      throw new PalisadeError("RESUME_UNREADABLE", `${path}: it is no file: name one to go on from`);
    if (stats.size > RESUME_BYTES_MAX)
      throw new PalisadeError(
        "RESUME_UNREADABLE",
        `${path}: it is too large for a resume file: name another`,
      );
    return readFileSync(path);
  } catch (cause) {
    if (cause instanceof PalisadeError) throw cause;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    if (code === "EACCES" || code === "EPERM")
      throw new PalisadeError(
        "RESUME_NOT_PERMITTED",
        `${path}: the resume file cannot be read: this user may not`,
        { cause },
      );
    throw new PalisadeError(
      "RESUME_UNREADABLE",
      `${path}: the resume file cannot be read: ${whyUnreadable(cause)}`,
      { cause },
    );
  }
}

/**
 * Writes the file anew.
 *
 * @returns its octets
 * @throws {PalisadeError} `OUTPUT_FAILED`; what was there before is there still
 */
async function writeResumeFile(path: string, pieces: Iterable<Uint8Array>): Promise<number> {
  const beside = besideOf(path);
  let bytes = 0;
  try {
    // What was left there when a scan was killed goes; a link that somebody put there is not followed.
    rmSync(beside, { force: true });
    const file = await open(beside, "wx", 0o600);
    try {
      for (const piece of pieces) {
        await writeAll(file, piece);
        bytes += piece.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
    return bytes;
  } catch (cause) {
    rmSync(beside, { force: true });
    throw unwritable(path, cause);
  }
}

/** Whether the file can be written where it is to be. @throws {PalisadeError} `OUTPUT_FAILED` */
function tryResumeFile(path: string): void {
  const beside = besideOf(path);
  try {
    rmSync(beside, { force: true });
    closeSync(openSync(beside, "wx", 0o600));
  } catch (cause) {
    throw unwritable(path, cause);
  }
  rmSync(beside, { force: true });
}

/** What is written until it is whole: by a name that nobody gives to a file of their own, as it is written over. */
function besideOf(path: string): string {
  return `${path}.palisade-part`;
}

function unwritable(path: string, cause: unknown): PalisadeError {
  return new PalisadeError(
    "OUTPUT_FAILED",
    `${path}: the resume file cannot be written: ${whyUnwritable(cause, path)}`,
    { cause },
  );
}

/** The scan is done: there is nothing to go on with. */
function removeResumeFile(path: string): void {
  rmSync(path, { force: true });
}

async function writeAll(file: Awaited<ReturnType<typeof open>>, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length; ) {
    const { bytesWritten } = await file.write(octets, at);
    at += bytesWritten;
  }
}

/** So that the new name survives a loss of power; not every file system can. */
function syncFolder(path: string): void {
  try {
    const folder = openSync(path, "r");
    try {
      fsyncSync(folder);
    } finally {
      closeSync(folder);
    }
  } catch {
    // Then the name is as safe as the file system makes it.
  }
}

/** A scan that is stopped sooner than this is as quickly begun anew. */
const WORTH_RESUMING_MS = 10_000;

/** Keeps what a scan knows: in the file that was named, else, when it is stopped, in one of its own. */
export class Resuming {
  readonly #options: ScanCommandOptions;
  readonly #startedMs = performance.now();
  readonly #tell: (line: string) => void;
  #path: string | undefined;
  #bytes = 0;
  #told = "";

  /**
   * @param tell writes a line beside the progress
   * @param resumed the octets of the file that the scan goes on from
   * @throws {PalisadeError} `OUTPUT_FAILED` where the file that was named cannot be written, told before anything is sent
   */
  constructor(options: ScanCommandOptions, tell: (line: string) => void, resumed: Uint8Array | undefined) {
    this.#options = options;
    this.#tell = tell;
    if (resumed !== undefined) {
      this.#path = options.resumeFile;
      this.#bytes = resumed.length;
    }
    if (options.resumeFile !== undefined) tryResumeFile(options.resumeFile);
  }

  async keep(pieces: () => Iterable<Uint8Array>, isLast: boolean): Promise<void> {
    const { resumeFile } = this.#options;
    const isWorth = performance.now() - this.#startedMs >= WORTH_RESUMING_MS;
    if (resumeFile === undefined && !(isLast && isWorth)) return;
    const path = resumeFile ?? `palisade-scan-${process.pid}.resume`;
    try {
      this.#bytes = await writeResumeFile(path, pieces());
      this.#path = path;
    } catch (error) {
      if (!(error instanceof PalisadeError)) throw error;
      // Every few seconds the same would be said.
      if (error.message === this.#told) return;
      this.#told = error.message;
      this.#tell(printable(error.message));
    }
  }

  /** @param isWritten whether the results stand where they were wanted: else they are nowhere but in the file */
  end({ stopped, failure }: ScanResult, isWritten: boolean): void {
    const { resumeFile } = this.#options;
    const isDone = !stopped && failure === undefined && isWritten;
    if (isDone && resumeFile !== undefined) removeResumeFile(resumeFile);
    if (!isDone && this.#path !== undefined)
      this.#tell(
        `${formatBytes(this.#bytes)} are kept; to go on: palisade scan --resume ${printable(this.#path)}`,
      );
  }
}
