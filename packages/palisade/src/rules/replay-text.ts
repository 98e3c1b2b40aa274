/** What a replay comes to, as text and as JSON. */
import { type AuditAction, CHANGE_KINDS, type ChangeKind } from "@palisade/seclang";
import { jsonText } from "../json-text.js";
import { counted, countedExactly, formatExactly, printable, renderTable } from "../terminal.js";
import { RULE_CHANGES_SHOWN } from "./options-help.js";
import type { ChangeExample, ReplaySummary } from "./replay-summary.js";

const KINDS: Readonly<Record<ChangeKind, string>> = {
  newly_blocked: "newly blocked",
  no_longer_blocked: "no longer blocked",
  other_answer: "answered otherwise",
  other_rules: "other rules",
};

/** Characters of an id, a request line or a message in a table. */
const CELL_CHARACTERS = 60;

/** @param width characters of a line; undefined: as many as it takes */
export function replayText(summary: ReplaySummary, all: boolean, width: number | undefined): string {
  return [
    head(summary, width),
    rulesTable(summary, all, width),
    ...CHANGE_KINDS.map((kind) => examplesTable(summary, kind, width)),
  ]
    .filter((part) => part !== "")
    .join("\n");
}

function head(summary: ReplaySummary, width: number | undefined): string {
  const { records, partial, notReplayable, gaps } = summary;
  const lacks = [
    gaps.refused > 0 && `${counted(gaps.refused, "record")} of requests that were refused before their end`,
    gaps["request-body"] > 0 &&
      `${counted(gaps["request-body"], "record")} without all of the request's body`,
    gaps.response > 0 && `${counted(gaps.response, "record")} without the response`,
    gaps["response-body"] > 0 &&
      `${counted(gaps["response-body"], "record")} without all of the response's body`,
  ].filter((line) => line !== false);
  const table = renderTable(
    [{ title: "VERDICT" }, { title: "RECORDS", align: "right" }],
    [
      ["unchanged", formatExactly(summary.unchanged)],
      ...CHANGE_KINDS.map((kind) => [KINDS[kind], formatExactly(summary.counts[kind])]),
    ],
    width,
  );
  const parts = partial === 0 ? "" : `, of which ${formatExactly(partial)} in part: ${lacks.join(", ")}`;
  const none =
    notReplayable === 0 ? "" : `; ${countedExactly(notReplayable, "record")} without request line or headers`;
  return `${countedExactly(records - notReplayable, "record")} replayed${parts}${none}\n\n${table}`;
}

function rulesTable({ rules, rulesLeftOut }: ReplaySummary, all: boolean, width: number | undefined): string {
  if (rules.length === 0) return "";
  const shown = all ? rules : rules.slice(0, RULE_CHANGES_SHOWN);
  const left = rules.length - shown.length;
  const table = renderTable(
    [
      { title: "RULE", align: "right" },
      { title: "MORE", align: "right" },
      { title: "FEWER", align: "right" },
      { title: "MESSAGE", width: CELL_CHARACTERS, folds: true },
    ],
    shown.map(({ id, more, fewer, msg }) => [
      `${id}`,
      formatExactly(more),
      formatExactly(fewer),
      printable(msg ?? ""),
    ]),
    width,
  );
  const rest = left === 0 ? "" : `… and ${countedExactly(left, "rule")} more: --all lists them\n`;
  const out = rulesLeftOut === 0 ? "" : `… and ${countedExactly(rulesLeftOut, "match")} of further rules\n`;
  return `${table}${rest}${out}`;
}

function examplesTable(summary: ReplaySummary, kind: ChangeKind, width: number | undefined): string {
  const examples = summary.examples.filter((example) => example.kind === kind);
  if (examples.length === 0) return "";
  const left = summary.counts[kind] - examples.length;
  const table = renderTable(
    [
      { title: KINDS[kind].toUpperCase(), width: CELL_CHARACTERS },
      { title: "LINE", align: "right" },
      { title: "BEFORE" },
      { title: "AFTER" },
      { title: "RULES", width: CELL_CHARACTERS, folds: true },
      { title: "REQUEST", width: CELL_CHARACTERS, folds: true },
    ],
    examples.map((example) => [
      printable(example.id),
      `${example.line}`,
      actionText(example.before),
      actionText(example.after),
      rulesText(example),
      printable(example.request),
    ]),
    width,
  );
  return left === 0 ? table : `${table}… and ${formatExactly(left)} more: --examples shows more of them\n`;
}

/** `403 by 949110`, `let through` */
export function actionText(action: AuditAction | null): string {
  if (action === null) return "let through";
  return `${action.action} ${action.status}${action.rule === null ? "" : ` by ${action.rule}`}`;
}

/** `+942100 -920350` */
function rulesText({ more, fewer }: ChangeExample): string {
  return [...more.map((id) => `+${id}`), ...fewer.map((id) => `-${id}`)].join(" ");
}

/** One object on several lines; docs/rules.md has its fields. */
export function replayJson(summary: ReplaySummary): string {
  const { records, whole, partial, notReplayable, gaps, unchanged, counts, rules, rulesLeftOut } = summary;
  const object = {
    records,
    whole,
    partial,
    not_replayable: notReplayable,
    gaps,
    unchanged,
    ...counts,
    rules: rules.map(({ id, more, fewer, msg, examples }) => ({
      id,
      more,
      fewer,
      msg: msg ?? null,
      examples,
    })),
    rules_left_out: rulesLeftOut,
    examples: summary.examples.map(({ kind, ...example }) => ({ change: kind, ...example })),
  };
  return `${jsonText(object, 2)}\n`;
}
