/** What rules made of a request, for people and as JSON. */
import {
  AUDIT_BODY_BYTES_MAX,
  type AuditAction,
  auditMessage,
  auditText,
  placeText,
} from "@palisade/seclang";
import { jsonText } from "../json-text.js";
import { clip, countedExactly, formatExactly, printable, renderTable } from "../terminal.js";
import { EXPLAIN_RUNS, type ExplainedRule, type Explanation, type RuleOutcome } from "./explain.js";
import { actionText } from "./replay-text.js";

/** Rules in the table of costs where not all are asked for. */
export const EXPLAIN_COSTS_SHOWN = 5;

const REQUEST_CHARACTERS = 120;
const VALUE_CHARACTERS = 80;

const OUTCOMES: Readonly<Record<RuleOutcome, string>> = {
  matched: "matched",
  "no-match": "ran and did not match",
  "cannot-match": "cannot match",
  removed: "removed",
  skipped: "skipped",
  "phase-over": "behind the end of their phase",
};

/**
 * @param only the one rule that is told of
 * @param width characters of a line; undefined: as many as it takes
 */
export function explanationText(
  explanation: Explanation,
  all: boolean,
  only: number | undefined,
  width: number | undefined,
): string {
  const rules = selected(explanation, only);
  const counts = Object.entries(OUTCOMES).flatMap(([outcome, text]) => {
    const count = explanation.rules.filter((one) => one.outcome === outcome).length;
    return count === 0 ? [] : [`${formatExactly(count)} ${text}`];
  });
  return [
    `${verdict(explanation)}\n${clip(requestOf(explanation), REQUEST_CHARACTERS)}\n`,
    recordedText(explanation),
    ...explanation.exchange.notes.map((note) => `${note}\n`),
    explanation.missing === undefined
      ? ""
      : `${phasesText(explanation.lastPhase)} told: ${explanation.missing} is not known.\n`,
    partText(explanation.missing),
    ...explanation.errors.map((error) => `${printable(error)}\n`),
    `${countedExactly(explanation.rules.length, "rule")}: ${counts.join(", ")}\n`,
    matchesText(
      rules.filter(({ outcome }) => outcome === "matched"),
      all || only !== undefined,
    ),
    costs(rules, all || only !== undefined, width),
    all || only !== undefined ? others(rules, width) : "",
  ]
    .filter((part) => part !== "")
    .join("");
}

function phasesText(last: number): string {
  return last === 1 ? "Phase 1 is" : `Phases 1 to ${last} are`;
}

function selected({ rules }: Explanation, only: number | undefined): readonly ExplainedRule[] {
  return only === undefined ? rules : rules.filter(({ rule }) => rule.id === only);
}

function verdict({ interruption, phase, rules, lastPhase, missing }: Explanation): string {
  if (interruption === undefined)
    return missing === undefined || lastPhase === 2
      ? "Let through."
      : `Let through as far as is known, in ${lastPhase === 1 ? "phase 1" : `phases 1 to ${lastPhase}`}.`;
  const decided = rules.find(({ rule }) => rule === interruption.rule)?.hit;
  const because = decided?.variables.map(
    ({ name, value }) => `${auditMessage(name)} is ${auditMessage(value)}`,
  );
  const why =
    because === undefined || because.length === 0 ? "" : `, as ${clip(because.join(", "), VALUE_CHARACTERS)}`;
  return `Refused: ${actionText(actionOf(interruption))}${phase === undefined ? "" : ` in phase ${phase}`}${why}.`;
}

/** What a record says, where these rules say otherwise. */
function recordedText({ exchange: { recorded }, interruption }: Explanation): string {
  if (recorded === undefined) return "";
  const was = actionText(recorded);
  return was === actionText(interruption === undefined ? null : actionOf(interruption))
    ? ""
    : `Recorded: ${was}.\n`;
}

/** Which part of a record would hold a body that is not known. */
function partText(missing: string | undefined): string {
  const body = /^the body of the (request|response)$/.exec(missing ?? "");
  return body === null
    ? ""
    : `Part ${body[1] === "request" ? "C" : "E"} of SecAuditLogParts records it, up to ${formatExactly(AUDIT_BODY_BYTES_MAX)} octets.\n`;
}

function actionOf({ action, status, rule }: NonNullable<Explanation["interruption"]>): AuditAction {
  return { action, status, rule: rule?.id ?? null };
}

function requestOf({ exchange: { request } }: Explanation): string {
  return `${auditMessage(request.method)} ${auditMessage(request.target)}`;
}

/** @param all whether rules that log nothing, which mostly set variables, are told too */
function matchesText(rules: readonly ExplainedRule[], all: boolean): string {
  const told = all ? rules : rules.filter(({ hit }) => hit !== undefined);
  const silent = rules.length - told.length;
  const texts = told
    .map(({ rule, phase, hit, did }) => {
      const msg = hit?.msg === undefined ? "" : `: ${auditMessage(hit.msg)}`;
      const variables = (hit?.variables ?? []).map(
        ({ name, value }) => `    ${auditMessage(name)} is ${clip(auditMessage(value), VALUE_CHARACTERS)}\n`,
      );
      const effects = did.map((effect) => `    ${printable(effect)}\n`);
      return `\nPhase ${phase}, rule ${rule.id} matched${msg}\n${variables.join("")}${effects.join("")}`;
    })
    .join("");
  return silent === 0
    ? texts
    : `${texts}\n… and ${countedExactly(silent, "rule")} that log nothing: --all lists them\n`;
}

function costs(rules: readonly ExplainedRule[], all: boolean, width: number | undefined): string {
  const ran = rules
    .filter(({ steps }) => steps !== undefined)
    .toSorted((a, b) => (b.microseconds ?? 0) - (a.microseconds ?? 0));
  if (ran.length === 0) return "";
  const table = renderTable(
    [
      { title: "RULE", align: "right" },
      { title: "MICROSECONDS", align: "right" },
      { title: "STEPS", align: "right" },
      { title: "TESTED", folds: true },
    ],
    (all ? ran : ran.slice(0, EXPLAIN_COSTS_SHOWN)).map(({ rule, microseconds, steps, tested }) => [
      `${rule.id}`,
      microseconds === undefined ? "-" : microseconds.toFixed(1),
      formatExactly(steps!),
      [...tested].map(([variable, count]) => `${variable} ${formatExactly(count)}`).join(", "),
    ]),
    width,
  );
  return `\nWhat rules cost, the median of ${EXPLAIN_RUNS} runs:\n${table}`;
}

function others(rules: readonly ExplainedRule[], width: number | undefined): string {
  const rest = rules.filter(({ outcome }) => outcome !== "matched");
  if (rest.length === 0) return "";
  return `\n${renderTable(
    [
      { title: "PHASE", align: "right" },
      { title: "RULE", align: "right" },
      { title: "OUTCOME" },
      { title: "WHY", folds: true },
    ],
    rest.map(({ rule, phase, outcome, needs, skippedBy }) => [
      `${phase}`,
      `${rule.id}`,
      outcome,
      needs !== undefined ? `needs ${printable(needs)}` : skippedBy === undefined ? "" : `by ${skippedBy}`,
    ]),
    width,
  )}`;
}

/** One object on several lines; docs/rules.md has its fields. */
export function explanationJson(explanation: Explanation, only: number | undefined): string {
  const { exchange, interruption, lastPhase, missing, errors } = explanation;
  const object = {
    request: `${auditText(exchange.request.method)} ${auditText(exchange.request.target)}`,
    action: interruption === undefined ? null : actionOf(interruption),
    last_phase: lastPhase,
    missing: missing ?? null,
    notes: exchange.notes,
    errors,
    rules: selected(explanation, only).map((one) => ({
      id: one.rule.id,
      phase: one.phase,
      outcome: one.outcome,
      place: placeText(one.rule.place),
      msg: one.hit?.msg === undefined ? null : auditMessage(one.hit.msg),
      variables: (one.hit?.variables ?? []).map(({ name, value }) => ({
        name: auditText(name),
        value: auditText(value),
      })),
      did: one.did,
      tested: Object.fromEntries(one.tested),
      needs: one.needs ?? null,
      skipped_by: one.skippedBy ?? null,
      microseconds: one.microseconds ?? null,
      steps: one.steps ?? null,
    })),
  };
  return `${jsonText(object, 2)}\n`;
}
