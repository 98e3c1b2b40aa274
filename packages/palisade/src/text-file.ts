import { PalisadeError } from "@palisade/base";
import { readOctets, whyUnreadable } from "./file-octets.js";

const TEXT_BYTES_MAX = 1 << 28;

/**
 * The text of a file, or of standard input (0).
 *
 * @param what it is, as in `FILE: the list cannot be read`
 * @throws {PalisadeError} `FILE_NOT_PERMITTED`, `FILE_UNREADABLE`
 */
export function readText(file: string | 0, name: string, what: string): string {
  try {
    return readOctets(file, TEXT_BYTES_MAX).toString("utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isRefused = code === "EACCES" || code === "EPERM";
    throw new PalisadeError(
      isRefused ? "FILE_NOT_PERMITTED" : "FILE_UNREADABLE",
      `${name}: the ${what} cannot be read: ${whyUnreadable(cause)}`,
      { cause },
    );
  }
}
