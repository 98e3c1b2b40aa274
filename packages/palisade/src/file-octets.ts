import { closeSync, openSync, readSync } from "node:fs";

const PIECE_BYTES = 1 << 18;

/**
 * The content of a file, or of standard input (0). A pipe is waited for, and signals are not seen meanwhile
 * (`StopSignals.whileBlocked`).
 *
 * @param bytesMax a device that never ends is refused by it
 * @throws what `whyUnreadable` has words for
 */
export function readOctets(path: string | 0, bytesMax: number): Buffer {
  const file = path === 0 ? 0 : openSync(path, "r");
  try {
    const pieces: Uint8Array[] = [];
    for (let bytes = 0; ; ) {
      const piece = new Uint8Array(PIECE_BYTES);
      const read = readSync(file, piece);
      if (read === 0) return Buffer.concat(pieces, bytes);
      bytes += read;
      if (bytes > bytesMax) throw new Error(`it is longer than ${bytesMax} octets`);
      pieces.push(read === PIECE_BYTES ? piece : piece.slice(0, read));
    }
  } finally {
    if (file !== 0) closeSync(file);
  }
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
  EAGAIN: "nothing is there to be read yet: give a file, or standard input that waits",
  EBADF: "it is closed: give a file, or something on standard input",
  EIO: "the device that it is on fails",
  EISDIR: "it is a folder",
  ELOOP: "it is a link that leads to itself",
  ENAMETOOLONG: "no file has so long a name",
  ENOENT: "there is no such file",
  ENOTDIR: "a part of its path is no folder",
  EPERM: "this user may not",
};

/** Why a file cannot be read, in words where there are any, else the system's. */
export function whyUnreadable(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return WHY_UNREADABLE[code ?? ""] ?? code ?? message;
}
