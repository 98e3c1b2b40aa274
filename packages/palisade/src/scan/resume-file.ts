/**
 * The file that a scan goes on from. It is written beside itself and renamed, so that whoever is killed at any moment leaves the one
 * before or the new one, whole.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import { dirname } from "node:path";
import { PalisadeError } from "@palisade/base";
import { whyUnwritable } from "../output.js";

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
    throw new PalisadeError("RESUME_UNREADABLE", `${path}: the resume file cannot be read: ${code}`, {
      cause,
    });
  }
}

/**
 * Writes the file anew.
 *
 * @throws {PalisadeError} `OUTPUT_FAILED`; what was there before is there still
 */
export async function writeResumeFile(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const beside = `${path}.new`;
  try {
    const file = await open(beside, "w", 0o600);
    try {
      for (const piece of pieces) await writeAll(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    renameSync(beside, path);
    syncFolder(dirname(path));
  } catch (cause) {
    rmSync(beside, { force: true });
    throw new PalisadeError(
      "OUTPUT_FAILED",
      `${path}: the resume file cannot be written: ${whyUnwritable(cause, path)}`,
      { cause },
    );
  }
}

/** The scan is done: there is nothing to go on with. */
export function removeResumeFile(path: string): void {
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
