/** `palisade rules explain`: a request in, what each rule made of it out. */
import { PalisadeError } from "@palisade/base";
import { EXIT_DONE, EXIT_FOUND } from "../exit-status.js";
import type { Output } from "../output.js";
import { chosenRules } from "../shield/chosen-rules.js";
import { AuditLog } from "./audit-log.js";
import { recordOf } from "./exclude.js";
import { explain } from "./explain.js";
import { exchangeOf, recordedExchange } from "./explain-message.js";
import { explanationJson, explanationText } from "./explain-text.js";
import type { RulesExplainOptions } from "./options.js";

/** @returns the exit status @throws {PalisadeError} what is told in one line */
export async function explainCommand(options: RulesExplainOptions, output: Output): Promise<number> {
  const { from, format, all, rule } = options;
  const exchange =
    from.kind === "log"
      ? recordedExchange((await recordOf(new AuditLog(from.log), from.id, () => {})).record)
      : exchangeOf(from.request, from.response);
  const explanation = explain(chosenRules(options.with ?? []).files, exchange);
  if (rule !== undefined && !explanation.rules.some((one) => one.rule.id === rule))
    throw new PalisadeError(
      "RULE_UNKNOWN",
      `--rule ${rule}: no rule of phases 1 to ${explanation.lastPhase} has this id: give that of one`,
    );
  output.write(
    format === "json"
      ? explanationJson(explanation, rule)
      : explanationText(explanation, all, rule, output.columns),
  );
  return explanation.interruption === undefined ? EXIT_DONE : EXIT_FOUND;
}
