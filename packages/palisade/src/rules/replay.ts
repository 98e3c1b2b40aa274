/** A log run through other rules, record by record. */
import {
  type AuditRecord,
  auditMessage,
  compareJudgements,
  loadRules,
  Replay,
  type ReplayOptions,
  type ReplayVerdict,
  type RuleReader,
  recordedJudgement,
  replayedJudgement,
} from "@palisade/seclang";
import type { AuditLog } from "./audit-log.js";
import { ReplaySummary } from "./replay-summary.js";
import { readRuleData, ruleFiles } from "./rule-files.js";

/**
 * A rule set for records.
 *
 * @throws {PalisadeError} with a place, for the first error of its files
 */
export function loadReplay(
  files: readonly string[],
  options: Omit<ReplayOptions, "readData"> = {},
  reader: RuleReader = ruleFiles,
): Replay {
  return Replay.of(loadRules(files, reader), { ...options, readData: readRuleData });
}

/**
 * What would change.
 *
 * @param against what the verdicts are compared with; undefined: what is recorded
 * @param examplesMax of each kind of change, and of each rule
 * @param seen is told how many records have been read
 */
export async function replayLog(
  log: AuditLog,
  replay: Replay,
  against: Replay | undefined,
  examplesMax: number,
  seen: (records: number) => void,
): Promise<ReplaySummary> {
  const summary = new ReplaySummary(examplesMax);
  for await (const logged of log.records()) {
    const { record } = logged;
    const after = replay.run(record);
    const old = against?.run(record);
    if (after === undefined) summary.takeNotReplayable();
    else {
      const before = old === undefined ? recordedJudgement(record) : replayedJudgement(old);
      const change = compareJudgements(before, replayedJudgement(after));
      const gap = old?.gap !== undefined && old.lastPhase < after.lastPhase ? old.gap : after.gap;
      summary.take(logged, gap, change, before.action, after.action, (id) => msgOf(id, [after, old], record));
    }
    seen(summary.records);
  }
  return summary;
}

function msgOf(
  id: number,
  verdicts: readonly (ReplayVerdict | undefined)[],
  record: AuditRecord,
): string | undefined {
  for (const verdict of verdicts) {
    const msg = verdict?.hits.find(({ rule }) => rule.id === id)?.msg;
    if (msg !== undefined) return auditMessage(msg);
  }
  return record.rules.find((rule) => rule.id === id)?.msg;
}
