/** Which rules a plan may leave out: those that a rule set's own settings pass over. */
import type { CompiledRule } from "../engine/compiled.js";
import type { Rule } from "../language/rule.js";
import type { Sliced } from "../slices.js";
import type { TransactionObserver } from "../transaction/observer.js";
import type { Program } from "../transaction/state.js";
import { Machine, Transaction } from "../transaction/transaction.js";

const octets = (text: string) => Buffer.from(text, "latin1");

/**
 * Rules that a trial transaction does not come by, since one before them compares a variable that rules have set and skips them: levels of
 * paranoia that are not asked for, as the Core Rule Set has them. Rules that are passed over for any other reason are none of these.
 *
 * May be interrupted between phases. That is a guess, which costs nothing but time where it is wrong: such a rule meets all values of its targets.
 *
 * @param program of the rules, with a store of its own: what the trial leaves there is lost
 */
export function* dormantRules(program: Program): Sliced<ReadonlySet<CompiledRule>> {
  const compiled = new Map(program.phases.flat().map((rule) => [rule.rule, rule]));
  const dormant = new Set<CompiledRule>();
  let last: CompiledRule | undefined;
  const observer: TransactionObserver = {
    ran: (rule: Rule, matched: boolean) => {
      if (matched) last = compiled.get(rule);
    },
    notRun: (rule, reason) => {
      if (reason === "skipped" && last?.quickTest !== undefined) dormant.add(compiled.get(rule)!);
    },
  };
  const trial = new Transaction(new Machine({ ...program, observer }), "trial", () => {});
  trial.connection({
    clientAddress: "127.0.0.1",
    clientPort: 49_152,
    serverAddress: "127.0.0.1",
    serverPort: 80,
  });
  trial.requestLine(octets("GET"), octets("/"), octets("HTTP/1.1"));
  for (const [name, value] of [
    ["Host", "localhost"],
    ["User-Agent", "trial"],
    ["Accept", "*/*"],
  ] as const)
    trial.requestHeader(octets(name), octets(value));
  let decided = trial.endRequestHeaders();
  yield;
  decided ??= trial.endRequestBody();
  yield;
  if (decided === undefined) {
    trial.responseLine(octets("HTTP/1.1"), 200);
    trial.responseHeader(octets("Content-Type"), octets("text/html"));
    if (trial.endResponseHeaders() === undefined) {
      yield;
      trial.endResponseBody();
    }
  }
  trial.finish();
  yield;
  return dormant;
}
