import { PalisadeError } from "@palisade/base";
import { readOctets, whyUnreadable } from "./file-octets.js";

const TEXT_BYTES_MAX = 1 << 28;

/**
 * The text of a file, or of standard input (0): UTF-8, without the mark of byte order that some editors put at its start.
 *
 * @param what it is, as in `FILE: the list cannot be read`
 * @throws {PalisadeError} `FILE_NOT_PERMITTED`, `FILE_UNREADABLE`
 */
export function readText(file: string | 0, name: string, what: string): string {
  try {
    const octets = readOctets(file, TEXT_BYTES_MAX);
    if (isUtf16(octets)) throw new Error("it is UTF-16: save it as UTF-8");
    const text = octets.toString("utf8");
    return text.startsWith("\uFEFF") ? text.slice(1) : text;
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

/** As its mark of byte order says. */
function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
