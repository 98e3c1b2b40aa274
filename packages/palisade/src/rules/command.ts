/**
 * `palisade rules`: rule files in, what is to be said of them out.
 */
import { EXIT_DONE, EXIT_FOUND } from "../exit-status.js";
import { Output } from "../output.js";
import { chosenRules } from "../shield/chosen-rules.js";
import { AuditLog } from "./audit-log.js";
import { checkRules } from "./check.js";
import { checkJson, checkTable } from "./check-text.js";
import { excludeCommand } from "./exclude-command.js";
import { explainCommand } from "./explain-command.js";
import { LogProgress } from "./log-progress.js";
import { parseRulesOptions, type RulesCheckOptions, type RulesReplayOptions } from "./options.js";
import { loadReplay, replayLog } from "./replay.js";
import { replayJson, replayText } from "./replay-text.js";
import { ruleFiles } from "./rule-files.js";

/** @param words behind `palisade rules` @returns the exit status @throws {PalisadeError} what is told in one line */
export async function rulesCommand(words: readonly string[]): Promise<number> {
  const options = parseRulesOptions(words);
  const output = new Output(undefined);
  const status = await run();
  await output.close();
  return status;

  async function run(): Promise<number> {
    switch (options.verb) {
      case "answer":
        output.write(options.answer);
        return EXIT_DONE;
      case "check":
        return checkCommand(options, output);
      case "replay":
        return await replayCommand(options, output);
      case "exclude":
        return await excludeCommand(options, output);
      case "explain":
        return await explainCommand(options, output);
    }
  }
}

function checkCommand({ files, format, all }: RulesCheckOptions, output: Output): number {
  const check = checkRules(chosenRules(files).files, ruleFiles);
  output.write(format === "json" ? checkJson(check) : checkTable(check, all, output.columns));
  return check.refused.length + check.unusedExclusions.length > 0 ? EXIT_FOUND : EXIT_DONE;
}

async function replayCommand(options: RulesReplayOptions, output: Output): Promise<number> {
  const { format, all, examples } = options;
  const replay = loadReplay(chosenRules(options.with).files);
  const against = options.against && loadReplay(chosenRules(options.against).files);
  const log = new AuditLog(options.log);
  const progress = new LogProgress(log, options.progress);
  try {
    const summary = await replayLog(log, replay, against, examples, (records) =>
      progress.show("replaying", records),
    );
    progress.clear();
    output.write(format === "json" ? replayJson(summary) : replayText(summary, all, output.columns));
    return summary.changes > 0 ? EXIT_FOUND : EXIT_DONE;
  } finally {
    progress.clear();
  }
}
