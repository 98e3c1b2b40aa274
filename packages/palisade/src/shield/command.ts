/**
 * `palisade shield`: a proxy until it is stopped.
 */
import { writeFileSync } from "node:fs";
import { PalisadeError } from "@palisade/base";
import { AuditLog, type ListenAddress, RuleSet, Shield } from "@palisade/shield";
import { EXIT_DONE } from "../exit-status.js";
import { Output } from "../output.js";
import { readRuleData, ruleFiles } from "../rules/rule-files.js";
import { countedExactly, printable } from "../terminal.js";
import { chosenRules } from "./chosen-rules.js";
import { parseShieldOptions, type ShieldCommandOptions } from "./options.js";
import { StatusLine } from "./status-line.js";

/** @param words behind `palisade shield` @returns the exit status @throws {PalisadeError} what is told in one line */
export async function shieldCommand(words: readonly string[]): Promise<number> {
  const options = parseShieldOptions(words);
  if (options.answer !== undefined) {
    const output = new Output(undefined);
    output.write(options.answer);
    await output.close();
    return EXIT_DONE;
  }
  await serve(options);
  return EXIT_DONE;
}

/** What `pkill -x` knows a proxy by. */
const PROCESS_NAME = "palisade";

/** Names the process, and leaves its command line, which `process.title` would overwrite, for ps. See proc(5), /proc/pid/comm. */
function nameProcess(): void {
  try {
    writeFileSync("/proc/self/comm", PROCESS_NAME);
  } catch {
    // Where /proc is read-only or not there, it keeps the name of Node.
  }
}

async function serve(options: ShieldCommandOptions): Promise<void> {
  let status: StatusLine | undefined;
  const tell = (message: string): void => {
    status?.clear();
    process.stderr.write(`palisade shield: ${printable(message)}\n`);
  };
  const stopping = new AbortController();
  let rules: RuleSet | undefined;
  let from = "";
  let audit: AuditLog | undefined;
  // Before the process can be found by its name, and before rules are compiled, which may take seconds: without these, SIGHUP ends it, and
  // SIGUSR1 has Node listen for a debugger.
  process.on("SIGHUP", () => {
    if (rules !== undefined) void reload(rules, from, stopping.signal, tell);
    attempt(tell, () => audit?.reopen());
  });
  process.on("SIGUSR1", () => attempt(tell, () => audit?.reopen()));
  nameProcess();
  const chosen = options.rules && chosenRules(options.rules);
  if (chosen !== undefined) {
    from = chosen.from;
    rules = new RuleSet({
      files: chosen.files,
      reader: ruleFiles,
      readData: readRuleData,
      signal: stopping.signal,
    });
  }
  if (options.auditLog !== undefined) audit = new AuditLog(options.auditLog, { report: tell });
  const { upstream, trustForwarded } = options;
  const shield = new Shield({ upstream, rules, audit, trustForwarded });
  const stopped = untilStopped(shield, stopping, tell);
  const listened: string[] = [];
  try {
    for (const address of options.listen) listened.push(text(await shield.listen(address)));
  } catch (error) {
    await shield.stop(0);
    throw error;
  }
  tell(
    `listens at ${listened.join(", ")}, sends to http://${text(upstream)}, ${
      rules === undefined ? "without rules" : `${rulesText(rules)}${from}`
    }`,
  );
  if (rules !== undefined) tellIfNone(rules, tell);
  if (chosen?.advice !== undefined) tell(chosen.advice);
  status = new StatusLine(shield, !options.quiet);
  await stopped;
  status.close();
  audit?.close();
}

/** The first signal ends it in order, a second one at once. */
function untilStopped(
  shield: Shield,
  stopping: AbortController,
  tell: (message: string) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let signals = 0;
    const onSignal = (): void => {
      signals += 1;
      if (signals === 1) {
        tell("stops");
        stopping.abort();
        shield.stop().then(resolve, reject);
      } else shield.stop(0).then(resolve, reject);
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
  });
}

async function reload(
  rules: RuleSet,
  from: string,
  stopping: AbortSignal,
  tell: (message: string) => void,
): Promise<void> {
  try {
    await rules.reload();
    tell(`read again: ${rulesText(rules)}${from}`);
    tellIfNone(rules, tell);
  } catch (error) {
    if (!stopping.aborted) tellRefusal(tell, error);
  }
}

/** Files without a rule are no error, as a first file of exclusions is empty; a proxy that looks as if it tested requests is one. */
function tellIfNone({ current }: RuleSet, tell: (message: string) => void): void {
  if (current.rules === 0) tell("no rule is in these files: requests pass untested");
}

/** What cannot be done while requests run is told, and they run on. */
function attempt(tell: (message: string) => void, act: () => void): void {
  try {
    act();
  } catch (error) {
    tellRefusal(tell, error);
  }
}

function tellRefusal(tell: (message: string) => void, error: unknown): void {
  if (!(error instanceof PalisadeError)) throw error;
  tell(`${error.message}; nothing is changed`);
}

function text({ host, port }: ListenAddress): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function rulesText({ current }: RuleSet): string {
  return `${countedExactly(current.rules, "rule")} of ${countedExactly(current.files, "file")}, engine ${current.mode}`;
}
