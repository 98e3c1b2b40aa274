/**
 * The words after `palisade rules`, read and checked.
 */
import type { ParseArgsConfig } from "node:util";
import { nearest } from "@palisade/base";
import { RULE_ID_MAX } from "@palisade/seclang";
import { version } from "../version.js";
import { parseWords, quoted, usage, whole } from "../words.js";
import { fileLists } from "./file-lists.js";
import {
  checkHelp,
  EXAMPLES_SHOWN,
  excludeHelp,
  explainHelp,
  replayHelp,
  rulesHelp,
} from "./options-help.js";

export const CHECK_FORMATS = ["table", "json"] as const;
export type CheckFormat = (typeof CHECK_FORMATS)[number];
export const REPLAY_FORMATS = ["text", "json"] as const;
export type ReplayFormat = (typeof REPLAY_FORMATS)[number];

/** Most examples that a replay can be asked for, of each kind of change. */
export const EXAMPLES_MAX = 10_000;

export interface RulesCheckOptions {
  readonly verb: "check";
  /** In the order in which they are loaded; one at least. */
  readonly files: readonly string[];
  readonly format: CheckFormat;
  /** The table has all patterns. */
  readonly all: boolean;
}

export interface RulesReplayOptions {
  readonly verb: "replay";
  /** The audit log; `-`: standard input. */
  readonly log: string;
  /** In the order in which they are loaded; one at least. */
  readonly with: readonly string[];
  /** Undefined: what is recorded is compared. */
  readonly against: readonly string[] | undefined;
  readonly format: ReplayFormat;
  /** Of each kind of change, and of each rule. */
  readonly examples: number;
  /** The table has all rules. */
  readonly all: boolean;
  readonly progress: boolean;
}

export interface RulesExcludeOptions {
  readonly verb: "exclude";
  readonly log: string;
  readonly with: readonly string[];
  /** UNIQUE_ID of the record. */
  readonly id: string;
  /** Undefined: all rules that matched in it. */
  readonly rule: number | undefined;
  /** Rules are taken out where no variable can be. */
  readonly wider: boolean;
  readonly format: ReplayFormat;
  readonly progress: boolean;
}

export interface RulesExplainOptions {
  readonly verb: "explain";
  /** Files of HTTP/1.1, `-` being standard input; or a record of an audit log. */
  readonly from:
    | { readonly kind: "files"; readonly request: string; readonly response: string | undefined }
    | { readonly kind: "log"; readonly log: string; readonly id: string };
  /** Undefined: the base rule set. */
  readonly with: readonly string[] | undefined;
  /** The text has all rules. */
  readonly all: boolean;
  /** Undefined: all rules. */
  readonly rule: number | undefined;
  readonly format: ReplayFormat;
}

export type RulesOptions =
  /** Only a text is asked for, such as the help. */
  | { readonly verb: "answer"; readonly answer: string }
  | RulesCheckOptions
  | RulesReplayOptions
  | RulesExcludeOptions
  | RulesExplainOptions;

const COMMON = {
  help: { type: "boolean", short: "h" },
  version: { type: "boolean", short: "V" },
  format: { type: "string", short: "f" },
} as const;
const LOG = {
  with: { type: "string", multiple: true },
  "no-progress": { type: "boolean" },
} as const;

const CHECK = {
  allowPositionals: true,
  options: { ...COMMON, all: { type: "boolean" } },
} as const satisfies ParseArgsConfig;
const REPLAY = {
  allowPositionals: true,
  options: {
    ...COMMON,
    ...LOG,
    against: { type: "string", multiple: true },
    examples: { type: "string" },
    all: { type: "boolean" },
  },
} as const satisfies ParseArgsConfig;
const EXCLUDE = {
  allowPositionals: true,
  options: {
    ...COMMON,
    ...LOG,
    from: { type: "string" },
    id: { type: "string" },
    rule: { type: "string" },
    wider: { type: "boolean" },
  },
} as const satisfies ParseArgsConfig;
const EXPLAIN = {
  allowPositionals: true,
  options: {
    ...COMMON,
    with: { type: "string", multiple: true },
    request: { type: "string" },
    response: { type: "string" },
    from: { type: "string" },
    id: { type: "string" },
    rule: { type: "string" },
    all: { type: "boolean" },
  },
} as const satisfies ParseArgsConfig;

const RANGES = { examples: [0, EXAMPLES_MAX], rule: [1, RULE_ID_MAX] } as const;

/** What can be done to rules. */
const VERBS: Readonly<Record<string, (words: readonly string[]) => RulesOptions>> = {
  check: parseCheck,
  replay: parseReplay,
  exclude: parseExclude,
  explain: parseExplain,
};

/** @throws {PalisadeError} `USAGE`, in one line that says what to do */
export function parseRulesOptions(words: readonly string[]): RulesOptions {
  const [verb, ...rest] = words;
  if (verb === "-h" || verb === "--help" || verb === "help") return answered(rulesHelp);
  if (verb === "-V" || verb === "--version") return answered(`palisade ${version}\n`);
  if (verb === undefined)
    throw usage("say what to do with rules: `palisade rules check FILE…`; `palisade rules --help` has more");
  const parse = Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined;
  if (parse !== undefined) return parse(rest);
  const near = nearest(verb, Object.keys(VERBS));
  const advice =
    near === undefined ? `; \`palisade rules --help\` shows what there is` : `: did you mean ${near}?`;
  throw usage(`there is no \`palisade rules ${quoted(verb)}\`${advice}`);
}

function parseCheck(words: readonly string[]): RulesOptions {
  const { values, positionals } = parseWords("rules check", CHECK, {}, words);
  if (values.help === true) return answered(checkHelp);
  if (values.version === true) return answered(`palisade ${version}\n`);
  const format = choiceOf("format", values.format ?? "table", CHECK_FORMATS);
  if (positionals.length === 0)
    throw usage("give a file of rules; `palisade rules check --help` shows examples");
  named(positionals);
  return { verb: "check", files: positionals, format, all: values.all === true };
}

function parseReplay(words: readonly string[]): RulesOptions {
  const { values, tokens } = parseWords("rules replay", REPLAY, RANGES, words);
  if (values.help === true) return answered(replayHelp);
  if (values.version === true) return answered(`palisade ${version}\n`);
  const lists = fileLists(tokens, ["with", "against"]);
  const [log, further] = lists.first;
  if (log === undefined)
    throw usage("give an audit log before --with; `palisade rules replay --help` shows examples");
  if (further !== undefined)
    throw usage(`${quoted(further)}: give one audit log, and the files of rules behind --with`);
  const [files, against] = [lists.of("with"), lists.of("against")];
  if (files === undefined) throw usage("--with is missing: give the files of rules to replay the log with");
  named([log, ...files, ...(against ?? [])]);
  return {
    verb: "replay",
    log,
    with: files,
    against,
    format: choiceOf("format", values.format ?? "text", REPLAY_FORMATS),
    examples: whole(RANGES, "examples", values) ?? EXAMPLES_SHOWN,
    all: values.all === true,
    progress: values["no-progress"] !== true,
  };
}

function parseExclude(words: readonly string[]): RulesOptions {
  const { values, tokens } = parseWords("rules exclude", EXCLUDE, RANGES, withId(words));
  if (values.help === true) return answered(excludeHelp);
  if (values.version === true) return answered(`palisade ${version}\n`);
  const lists = fileLists(tokens, ["with"]);
  const [stray] = lists.first;
  if (stray !== undefined)
    throw usage(`${quoted(stray)}: give the audit log with --from, and the files of rules behind --with`);
  const { from, id } = values;
  if (from === undefined) throw usage("--from is missing: give the audit log that the record is in");
  if (from === "-") throw usage("--from -: give a file: the log is read more than once");
  if (id === undefined) throw usage("--id is missing: give the id of the record to silence");
  const files = lists.of("with");
  if (files === undefined) throw usage("--with is missing: give the files of rules that were served");
  named([from, ...files]);
  return {
    verb: "exclude",
    log: from,
    with: files,
    id,
    rule: whole(RANGES, "rule", values),
    wider: values.wider === true,
    format: choiceOf("format", values.format ?? "text", REPLAY_FORMATS),
    progress: values["no-progress"] !== true,
  };
}

function parseExplain(words: readonly string[]): RulesOptions {
  const { values, tokens } = parseWords("rules explain", EXPLAIN, RANGES, withId(words));
  if (values.help === true) return answered(explainHelp);
  if (values.version === true) return answered(`palisade ${version}\n`);
  const lists = fileLists(tokens, ["with"]);
  const [stray] = lists.first;
  if (stray !== undefined)
    throw usage(`${quoted(stray)}: give the request with --request, and the files of rules behind --with`);
  const { request, response, from, id } = values;
  const files = lists.of("with");
  named([...[request, response, from].filter((name) => name !== undefined), ...(files ?? [])]);
  return {
    verb: "explain",
    from: explained(request, response, from, id),
    with: files,
    all: values.all === true,
    rule: whole(RANGES, "rule", values),
    format: choiceOf("format", values.format ?? "text", REPLAY_FORMATS),
  };
}

function explained(
  request: string | undefined,
  response: string | undefined,
  log: string | undefined,
  id: string | undefined,
): RulesExplainOptions["from"] {
  if (request === undefined) {
    if (log === undefined)
      throw usage("--request is missing: give a file with a request, or a record with --from LOG --id ID");
    if (response !== undefined) throw usage("--response goes with --request: a record has its own");
    if (id === undefined) throw usage("--id is missing: give the id of the record to explain");
    return { kind: "log", log, id };
  }
  if (log !== undefined || id !== undefined)
    throw usage("--request and --from are two requests: give one of them");
  if (request === "-" && response === "-") throw usage("--response -: standard input is the request already");
  return { kind: "files", request, response };
}

/** A UNIQUE_ID of a proxy, 20 characters of base64url (RFC 4648 §5), that begins with a hyphen. */
const DASHED_ID = /^-[\w-]{19}$/;

/** `--id` and such an id behind it as one word: it would be taken for an option. */
function withId(words: readonly string[]): readonly string[] {
  const at = words.indexOf("--id");
  const id = words[at + 1];
  if (at < 0 || id === undefined || !DASHED_ID.test(id)) return words;
  return [...words.slice(0, at), `--id=${id}`, ...words.slice(at + 2)];
}

function answered(answer: string): RulesOptions {
  return { verb: "answer", answer };
}

/** @throws {PalisadeError} `USAGE` */
function named(files: readonly string[]): void {
  if (files.includes("")) throw usage('"": the name of a file is missing');
}

function choiceOf<const T extends string>(option: string, word: string, choices: readonly T[]): T {
  const found = choices.find((name) => name === word);
  if (found !== undefined) return found;
  const near = nearest(word, choices);
  throw usage(
    `--${option} ${quoted(word)}: ${near === undefined ? `there are ${choices.join(" and ")}` : `did you mean ${near}?`}`,
  );
}
