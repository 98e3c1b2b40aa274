/**
 * The words after `palisade rules`, read and checked.
 */
import type { ParseArgsConfig } from "node:util";
import { nearest } from "@palisade/base";
import { version } from "../version.js";
import { parseWords, quoted, usage } from "../words.js";
import { checkHelp, rulesHelp } from "./options-help.js";

export const CHECK_FORMATS = ["table", "json"] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];

/** What can be done to rules. */
const SUBCOMMANDS = ["check"] as const;

export interface RulesCheckOptions {
  /** Where only a text is asked for, such as the help: the text. */
  readonly answer: string | undefined;
  /** In the order in which they are loaded; one at least, but where there is an answer. */
  readonly files: readonly string[];
  readonly format: CheckFormat;
  /** The table has all patterns. */
  readonly all: boolean;
}

const config = {
  allowPositionals: true,
  options: {
    help: { type: "boolean", short: "h" },
    version: { type: "boolean", short: "V" },
    all: { type: "boolean" },
    format: { type: "string", short: "f" },
  },
} as const satisfies ParseArgsConfig;

/** @throws {PalisadeError} `USAGE`, in one line that says what to do */
export function parseRulesOptions(words: readonly string[]): RulesCheckOptions {
  const [subcommand, ...rest] = words;
  if (subcommand === "-h" || subcommand === "--help" || subcommand === "help") return answered(rulesHelp);
  if (subcommand === "-V" || subcommand === "--version") return answered(`palisade ${version}\n`);
  if (subcommand === undefined)
    throw usage("say what to do with rules: `palisade rules check FILE…`; `palisade rules --help` has more");
  if (subcommand !== "check") {
    const near = nearest(subcommand, SUBCOMMANDS);
    const advice =
      near === undefined ? `; \`palisade rules --help\` shows what there is` : `: did you mean ${near}?`;
    throw usage(`there is no \`palisade rules ${quoted(subcommand)}\`${advice}`);
  }
  return parseCheckOptions(rest);
}

function parseCheckOptions(words: readonly string[]): RulesCheckOptions {
  const { values, positionals } = parseWords("rules check", config, {}, words);
  if (values.help === true) return answered(checkHelp);
  if (values.version === true) return answered(`palisade ${version}\n`);
  const format = formatOf(values.format ?? "table");
  if (positionals.length === 0)
    throw usage("give a file of rules; `palisade rules check --help` shows examples");
  if (positionals.includes("")) throw usage('"": the name of a file is missing');
  return { answer: undefined, files: positionals, format, all: values.all === true };
}

function answered(answer: string): RulesCheckOptions {
  return { answer, files: [], format: "table", all: false };
}

function formatOf(word: string): CheckFormat {
  const found = CHECK_FORMATS.find((name) => name === word);
  if (found !== undefined) return found;
  const near = nearest(word, CHECK_FORMATS);
  throw usage(
    `--format ${quoted(word)}: ${near === undefined ? `there are ${CHECK_FORMATS.join(" and ")}` : `did you mean ${near}?`}`,
  );
}
