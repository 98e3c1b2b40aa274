/** Rule files and their data files on disk. */
import { readdirSync, statSync } from "node:fs";
import { posix } from "node:path";
import { PalisadeError } from "@palisade/base";
import { RULE_FILE_BYTES_MAX, type RuleReader } from "@palisade/seclang";
import { readOctets, whyUnreadable } from "../file-octets.js";

/**
 * Reads what a rule set is made of, up to `RULE_FILE_BYTES_MAX` a file. Nothing but files: a pipe would be waited for, and a proxy that reads
 * its rules again would answer nobody meanwhile.
 */
export const ruleFiles: RuleReader = {
  read(path) {
    try {
      const status = statSync(path);
      if (!status.isFile() && !status.isDirectory()) throw new Error("it is a pipe, a socket or a device");
      return readOctets(path, RULE_FILE_BYTES_MAX);
    } catch (cause) {
      throw new Error(whyUnreadable(cause), { cause });
    }
  },
  list: (directory) => readdirSync(directory),
};

/**
 * The content of a data file that a rule names, for an engine.
 *
 * @param ruleFile what a name without a leading slash is relative to
 * @throws {PalisadeError} `SECLANG_INCLUDE` where it cannot be read; the engine adds the place
 */
export function readRuleData(name: string, ruleFile: string, reader: RuleReader = ruleFiles): Uint8Array {
  try {
    return reader.read(name.startsWith("/") ? name : posix.join(posix.dirname(ruleFile), name));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new PalisadeError(
      "SECLANG_INCLUDE",
      `cannot read ${name} (${why}), expected a data file, named relative to the rule file`,
      { cause },
    );
  }
}
