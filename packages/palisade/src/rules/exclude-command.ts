/** `palisade rules exclude`: a record of a log in, an exclusion and its proof out. */
import { EXIT_DONE, EXIT_FOUND } from "../exit-status.js";
import type { Output } from "../output.js";
import { chosenRules } from "../shield/chosen-rules.js";
import { AuditLog } from "./audit-log.js";
import { exclusionFor, proveExclusion } from "./exclude.js";
import { exclusionFile, exclusionJson, proofText } from "./exclude-text.js";
import { LogProgress } from "./log-progress.js";
import type { RulesExcludeOptions } from "./options.js";

/** @returns the exit status @throws {PalisadeError} what is told in one line */
export async function excludeCommand(options: RulesExcludeOptions, output: Output): Promise<number> {
  const { id, rule, wider } = options;
  const request = { files: chosenRules(options.with).files, id, rule, wider };
  const log = new AuditLog(options.log);
  const progress = new LogProgress(log, options.progress);
  try {
    const exclusion = await exclusionFor(log, request, (records) => progress.show("looking for it", records));
    const proof = await proveExclusion(log, request, exclusion, (records) =>
      progress.show("replaying", records),
    );
    progress.clear();
    if (options.format === "json") output.write(exclusionJson(exclusion, proof));
    else {
      output.write(exclusionFile(exclusion));
      output.flush();
      const { isTTY, columns } = process.stderr;
      process.stderr.write(proofText(exclusion, proof, isTTY === true ? columns : undefined));
    }
    return proof.silenced ? EXIT_DONE : EXIT_FOUND;
  } finally {
    progress.clear();
  }
}
