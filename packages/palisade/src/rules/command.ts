/**
 * `palisade rules`: rule files in, what is to be said of them out.
 */
import { EXIT_DONE, EXIT_FOUND } from "../exit-status.js";
import { Output } from "../output.js";
import { checkRules } from "./check.js";
import { checkJson, checkTable } from "./check-text.js";
import { parseRulesOptions } from "./options.js";
import { ruleFiles } from "./rule-files.js";

export async function rulesCommand(words: readonly string[]): Promise<number> {
  const { answer, files, format, all } = parseRulesOptions(words);
  const output = new Output(undefined);
  if (answer !== undefined) {
    output.write(answer);
    await output.close();
    return EXIT_DONE;
  }
  const check = checkRules(files, ruleFiles);
  output.write(format === "json" ? checkJson(check) : checkTable(check, all, output.columns));
  await output.close();
  return check.refused.length + check.unusedExclusions.length > 0 ? EXIT_FOUND : EXIT_DONE;
}
