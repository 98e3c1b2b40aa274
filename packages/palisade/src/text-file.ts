import { closeSync, openSync, readSync } from "node:fs";
import { PalisadeError } from "@palisade/base";

/** Octets of a text. Devices that never end are refused by it. */
const TEXT_BYTES_MAX = 1 << 28;
const PIECE_BYTES = 1 << 18;

/**
 * The text of a file, or of standard input (0). A pipe is waited for, and signals are not seen meanwhile
 * (`StopSignals.whileBlocked`).
 *
 * @param what it is, as in `FILE: the list cannot be read`
 * @throws {PalisadeError} `FILE_NOT_PERMITTED`, `FILE_UNREADABLE`
 */
export function readText(file: string | 0, name: string, what: string): string {
  try {
    const opened = file === 0 ? 0 : openSync(file, "r");
    try {
      return textOf(opened);
    } finally {
      if (opened !== 0) closeSync(opened);
    }
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = WHY_UNREADABLE[code ?? ""] ?? code ?? message;
    const isRefused = code === "EACCES" || code === "EPERM";
    throw new PalisadeError(
      isRefused ? "FILE_NOT_PERMITTED" : "FILE_UNREADABLE",
      `${name}: the ${what} cannot be read: ${why}`,
      { cause },
    );
  }
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EPERM: "this user may not",
  EAGAIN: "nothing is there to be read yet: give a file, or standard input that waits",
  EBADF: "it is closed: give a file, or something on standard input",
  EISDIR: "it is a folder",
  ELOOP: "it is a link that leads to itself",
  ENAMETOOLONG: "no file has so long a name",
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is no folder",
};

function textOf(file: number): string {
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const piece = new Uint8Array(PIECE_BYTES);
    const read = readSync(file, piece);
    if (read === 0) return Buffer.concat(pieces, bytes).toString("utf8");
    bytes += read;
    if (bytes > TEXT_BYTES_MAX) throw new Error(`it is longer than ${TEXT_BYTES_MAX} octets: give less`);
    pieces.push(read === PIECE_BYTES ? piece : piece.slice(0, read));
  }
}
