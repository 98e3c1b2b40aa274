/** Rule files and their data files on disk. */
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { posix } from "node:path";
import { PalisadeError } from "@palisade/base";
import { RULE_FILE_BYTES_MAX, type RuleReader } from "@palisade/seclang";

const PIECE_BYTES = 1 << 16;

/** Reads what a rule set is made of, up to `RULE_FILE_BYTES_MAX` a file: a device that never ends is refused by it. */
export const ruleFiles: RuleReader = {
  read(path) {
    try {
      const file = openSync(path, "r");
      try {
        return octetsOf(file);
      } finally {
        closeSync(file);
      }
    } catch (cause) {
      throw new Error(whyUnreadable(cause), { cause });
    }
  },
  list: (directory) => readdirSync(directory),
};

/**
 * The content of a data file that a rule names.
 *
 * @param from the rule file, which a name without a leading slash is relative to
 * @throws where it cannot be read
 */
export function dataOf(name: string, from: string, reader: RuleReader): Uint8Array {
  return reader.read(name.startsWith("/") ? name : posix.join(posix.dirname(from), name));
}

/**
 * The content of a data file on disk, for an engine.
 *
 * @throws {PalisadeError} `SECLANG_INCLUDE`, to which the engine adds the place
 */
export function readRuleData(name: string, ruleFile: string): Uint8Array {
  try {
    return dataOf(name, ruleFile, ruleFiles);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PalisadeError(
      "SECLANG_INCLUDE",
      `cannot read ${name} (${why}), expected a data file, named relative to the rule file`,
      { cause },
    );
  }
}

function octetsOf(file: number): Uint8Array {
  const pieces: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const piece = new Uint8Array(PIECE_BYTES);
    const read = readSync(file, piece);
    if (read === 0) return Buffer.concat(pieces, bytes);
    bytes += read;
    if (bytes > RULE_FILE_BYTES_MAX) throw new Error(`it is longer than ${RULE_FILE_BYTES_MAX} octets`);
    pieces.push(piece.subarray(0, read));
  }
}

const WHY_UNREADABLE: Readonly<Record<string, string>> = {
  EACCES: "this user may not",
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
