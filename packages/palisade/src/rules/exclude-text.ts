/** An exclusion and its proof, for a rule file, for people, and as JSON. */
import { auditText, type ExcludedTarget, type RuleExclusion } from "@palisade/seclang";
import { jsonText } from "../json-text.js";
import { clip, countedExactly, formatExactly, printable, renderTable, wrap } from "../terminal.js";
import type { Exclusion, ExclusionProof } from "./exclude.js";
import type { ChangeExample } from "./replay-summary.js";
import { requestText } from "./replay-summary.js";
import { actionText } from "./replay-text.js";

/** Characters of a record's request. */
const REQUEST_CHARACTERS = 120;
/** Characters of a line of a comment. */
const COMMENT_CHARACTERS = 100;

/** The text of a rule file. */
export function exclusionFile({ logged, found, active, rules, allRules }: Exclusion): string {
  const { record } = logged;
  const request = clip(requestText(record), REQUEST_CHARACTERS);
  const about = `record ${record.id} of ${record.time}: ${request}`;
  const offered = found.exclusions.filter((exclusion) => !active.includes(exclusion));
  return [
    active.length === 0 ? "" : `${comment(`Silences ${rulesText(active)} in ${about}`)}${rules}`,
    ...offered.map(offer),
    offered.length === 0 ? "" : `${comment("All together, which --wider writes:")}${commented(allRules)}`,
  ].join("");
}

function offer({ rule, targets, why }: RuleExclusion): string {
  const what = targets === undefined ? "the rule itself" : targets.map(targetText).join(" and ");
  return comment(`Rule ${rule} matches still: ${why}. On this path, ${what} would have to go.`);
}

function rulesText(exclusions: readonly RuleExclusion[]): string {
  const ids = exclusions.map(({ rule }) => rule);
  return `${ids.length === 1 ? "rule" : "rules"} ${ids.join(", ")}`;
}

/** `ARGS:q` */
function targetText({ variable, name }: ExcludedTarget): string {
  return name === undefined ? variable : `${variable}:${auditText(name)}`;
}

/** Lines of which none goes on in the next: with a backslash at its end it would. */
function comment(text: string): string {
  const lines = wrap(printable(text), COMMENT_CHARACTERS).map((line) => `# ${line.replace(/\\+$/, "")}\n`);
  return lines.join("");
}

function commented(rules: string): string {
  return rules.replaceAll(/^(?=.)/gm, "# ");
}

/** For people: what was proven. */
export function proofText(
  { logged }: Exclusion,
  { silenced, still, before, after, lastPhase, others }: ExclusionProof,
  width: number | undefined,
): string {
  const { no_longer_blocked, other_rules, other_answer, newly_blocked } = others.counts;
  const state = silenced
    ? `is silenced${lastPhase === 1 ? " in phase 1: it does not hold the rest of the request" : ""}`
    : still.length > 0
      ? `is not silenced: ${still.length === 1 ? "rule" : "rules"} ${still.join(", ")} ${still.length === 1 ? "matches" : "match"} still`
      : `is not silenced: ${actionText(after)}`;
  // Where one rule alone was to be silenced, others may refuse the request.
  const refused = silenced && after !== null ? ` Other rules refuse it still: ${actionText(after)}.` : "";
  const partial = others.partial === 0 ? "" : ` (${formatExactly(others.partial)} in part)`;
  const none =
    others.notReplayable === 0
      ? ""
      : `, ${formatExactly(others.notReplayable)} without request line or headers`;
  const lines = [
    `Record ${printable(logged.record.id)} (${actionText(before)}) ${state}.${refused}`,
    `Of ${countedExactly(others.records, "other record")}${partial}${none}: also lets through ${formatExactly(no_longer_blocked)}; ${formatExactly(other_rules)} more match other rules.`,
    ...(newly_blocked + other_answer === 0
      ? []
      : [
          `${formatExactly(newly_blocked)} would be blocked, ${formatExactly(other_answer)} answered otherwise.`,
        ]),
  ];
  const { examples } = others;
  if (examples.length === 0) return `${lines.join("\n")}\n`;
  const table = renderTable(
    [
      { title: "CHANGE" },
      { title: "RECORD" },
      { title: "LINE", align: "right" },
      { title: "BEFORE" },
      { title: "AFTER" },
      { title: "REQUEST", width: REQUEST_CHARACTERS, folds: true },
    ],
    examples.map((example) => [
      CHANGES[example.kind],
      printable(example.id),
      `${example.line}`,
      actionText(example.before),
      actionText(example.after),
      printable(example.request),
    ]),
    width,
  );
  const left = others.changes - examples.length;
  return `${lines.join("\n")}\n\n${table}${left === 0 ? "" : `… and ${countedExactly(left, "more record")}\n`}`;
}

const CHANGES: Readonly<Record<ChangeExample["kind"], string>> = {
  newly_blocked: "also blocks",
  no_longer_blocked: "also lets through",
  other_answer: "answers otherwise",
  other_rules: "other rules",
};

/** One object on several lines; docs/rules.md has its fields. */
export function exclusionJson(exclusion: Exclusion, proof: ExclusionProof): string {
  const { logged, ruleId, found, active, rules, allRules } = exclusion;
  const { silenced, still, before, after, lastPhase, others } = proof;
  const { host, path } = found.scope;
  const object = {
    id: logged.record.id,
    line: logged.place.line,
    request: requestText(logged.record),
    host: host === undefined ? null : auditText(host),
    path: auditText(path),
    rule_id: ruleId,
    rules,
    wider_rules: allRules === rules ? null : allRules,
    silenced,
    still,
    before,
    after,
    last_phase: lastPhase,
    exclusions: found.exclusions.map((one) => ({
      rule: one.rule,
      targets: one.targets?.map(targetText) ?? null,
      wider_because: one.why ?? null,
      active: active.includes(one),
    })),
    others: {
      records: others.records,
      partial: others.partial,
      not_replayable: others.notReplayable,
      ...others.counts,
      examples: others.examples.map(({ kind, ...example }) => ({ change: kind, ...example })),
    },
  };
  return `${jsonText(object, 2)}\n`;
}
