/** A check of rules, as a table and as JSON. */
import { type Exclusion, type Place, placeText, selectionChars } from "@palisade/seclang";
import { jsonText } from "../json-text.js";
import { countedExactly, formatExactly, printable, renderTable } from "../terminal.js";
import { type CheckedPattern, type RuleCheck, utf8 } from "./check.js";
import { PATTERNS_SHOWN } from "./options-help.js";

const ENGINES = { dfa: "linear DFA", literals: "literals" } as const;

/** @param width characters of a line; undefined: as many as it takes */
export function checkTable(check: RuleCheck, all: boolean, width: number | undefined): string {
  const { files, rules, chained } = check;
  return [
    `${countedExactly(files.length, "file")}, ${countedExactly(rules, "rule")}${chained === 0 ? "" : ` and ${formatExactly(chained)} more in chains`}\n${files.map((file) => `  ${printable(file)}\n`).join("")}`,
    counts(
      "PHASE",
      [...check.phases].map(([phase, count]) => [`${phase}`, count] as const),
      width,
    ),
    check.operators.length === 0 ? "" : counts("OPERATOR", check.operators, width),
    patternsTable(check.patterns, all, width),
    refusedTable(check, width),
    exclusionsTable(check.unusedExclusions, width),
    settingsTable(check, width),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function counts(
  title: string,
  rows: readonly (readonly [name: string, count: number])[],
  width: number | undefined,
): string {
  return renderTable(
    [{ title }, { title: "RULES", align: "right" }],
    rows.map(([name, count]) => [name, formatExactly(count)]),
    width,
  );
}

function patternsTable(patterns: readonly CheckedPattern[], all: boolean, width: number | undefined): string {
  if (patterns.length === 0) return "";
  const shown = all ? patterns : patterns.slice(0, PATTERNS_SHOWN);
  const left = patterns.length - shown.length;
  const table = renderTable(
    [
      { title: "RULE", align: "right" },
      { title: "OPERATOR" },
      { title: "ENGINE" },
      { title: "STATES", align: "right" },
      { title: "CAPTURES" },
      { title: "PLACE", folds: true },
    ],
    shown.map((pattern) => [
      ruleText(pattern),
      pattern.operator,
      ENGINES[pattern.engine],
      pattern.states === undefined ? "-" : formatExactly(pattern.states),
      pattern.captures ? "yes" : "no",
      placeIn(pattern.place),
    ]),
    width,
  );
  return left === 0 ? table : `${table}… and ${countedExactly(left, "smaller one")}: --all lists them\n`;
}

function refusedTable({ refused }: RuleCheck, width: number | undefined): string {
  if (refused.length === 0) return "No operator and no selector is refused.\n";
  return renderTable(
    [
      { title: "RULE", align: "right" },
      { title: "REFUSED" },
      { title: "PLACE", folds: true },
      { title: "WHY", folds: true },
    ],
    refused.map((one) => [
      ruleText(one),
      one.kind === "operator" ? `@${one.name}` : one.name,
      placeIn(one.place),
      printable(one.why),
    ]),
    width,
  );
}

function exclusionsTable(unused: readonly Exclusion[], width: number | undefined): string {
  if (unused.length === 0) return "No exclusion is without effect.\n";
  return renderTable(
    [{ title: "CHANGES NO RULE" }, { title: "FOR" }, { title: "PLACE", folds: true }],
    unused.map((exclusion) => [
      directiveOf(exclusion),
      printable(selectedBy(exclusion)),
      placeIn(exclusion.place),
    ]),
    width,
  );
}

function settingsTable({ settings }: RuleCheck, width: number | undefined): string {
  if (settings.length === 0) return "";
  const table = renderTable(
    [{ title: "SETTING" }, { title: "VALUE", folds: true }, { title: "PLACE", folds: true }],
    settings.map(({ name, value, place }) => [name, printable(value), placeIn(place)]),
    width,
  );
  return `Settings are read and checked; docs/rules.md has those that \`palisade shield\` runs with.\n${table}`;
}

/** `942100`, or with its index in a chain, `942100+1`. */
function ruleText({ rule, link }: { readonly rule: number; readonly link: number }): string {
  return link === 0 ? `${rule}` : `${rule}+${link}`;
}

function placeIn(place: Place): string {
  return printable(placeText(place));
}

const SELECTED_BY = { id: "ById", tag: "ByTag", msg: "ByMsg" } as const;

/** As a rule file names it. */
function directiveOf({ kind, rules }: Exclusion): string {
  return `${kind}${SELECTED_BY[rules.by]}`;
}

/** Ids and ranges, a tag, or a message. */
function selectedBy({ rules }: Exclusion): string {
  return utf8(selectionChars(rules));
}

/** One object on several lines; docs/rules.md has its fields. */
export function checkJson(check: RuleCheck): string {
  const object = {
    files: check.files,
    rules: check.rules,
    chained: check.chained,
    phases: Object.fromEntries(check.phases),
    operators: Object.fromEntries(check.operators),
    patterns: check.patterns.map(({ rule, link, operator, engine, states, captures, place }) => ({
      rule,
      link,
      operator,
      engine,
      states: states ?? null,
      captures,
      ...place,
    })),
    refused: check.refused.map(({ rule, link, kind, name, why, place }) => ({
      rule,
      link,
      kind,
      name,
      why,
      ...place,
    })),
    unused_exclusions: check.unusedExclusions.map((exclusion) => ({
      directive: directiveOf(exclusion),
      for: selectedBy(exclusion),
      ...exclusion.place,
    })),
    settings: check.settings.map(({ name, value, place }) => ({ name, value, ...place })),
  };
  return `${jsonText(object, 2)}\n`;
}
