import { readFileSync } from "node:fs";
import { PalisadeError } from "@palisade/base";

/**
 * The text of a file, or of standard input (0).
 *
 * @param what it is, as in `FILE: the list cannot be read`
 * @throws {PalisadeError} `FILE_NOT_PERMITTED`, `FILE_UNREADABLE`
 */
export function readText(file: string | 0, name: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    if (code === "EACCES" || code === "EPERM") {
      throw new PalisadeError(
        "FILE_NOT_PERMITTED",
        `${name}: the ${what} cannot be read: this user may not`,
        {
          cause,
        },
      );
    }
    const why =
      code === "ENOENT" ? "there is no such file" : code === "EISDIR" ? "it is a folder" : (code ?? message);
    throw new PalisadeError("FILE_UNREADABLE", `${name}: the ${what} cannot be read: ${why}`, { cause });
  }
}
