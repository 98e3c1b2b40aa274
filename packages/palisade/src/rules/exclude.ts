/** An exclusion for a record of a log, and the proof of what it does: the whole log with it and without it. */
import { PalisadeError } from "@palisade/base";
import {
  type AuditAction,
  type CollectionStore,
  compareJudgements,
  exclusionText,
  type FoundExclusion,
  findExclusion,
  freeRuleId,
  loadRules,
  MemoryStore,
  type Replay,
  type ReplayOptions,
  type RuleExclusion,
  type RulePhase,
  type RuleReader,
  replayedJudgement,
  selected,
  type VariableMap,
} from "@palisade/seclang";
import type { AuditLog, LoggedRecord } from "./audit-log.js";
import { loadReplay } from "./replay.js";
import { ReplaySummary } from "./replay-summary.js";
import { ruleFiles } from "./rule-files.js";

/** Most records beside the one to silence that are named, of each kind of change; all are counted. */
export const OTHERS_NAMED_MAX = 100;

export interface ExclusionRequest {
  readonly files: readonly string[];
  /** UNIQUE_ID of the record. */
  readonly id: string;
  /** Undefined: all rules that match. */
  readonly rule: number | undefined;
  /** What is wider than a name is done as well. */
  readonly wider: boolean;
}

export interface Exclusion {
  readonly logged: LoggedRecord;
  /** Id of the rule that is written. */
  readonly ruleId: number;
  readonly found: FoundExclusion;
  /** Those that are in `rules`; without what is wider, unless that was asked for. */
  readonly active: readonly RuleExclusion[];
  /** SecLang, ASCII alone; empty where nothing is active. */
  readonly rules: string;
  /** With all exclusions. */
  readonly allRules: string;
}

export interface ExclusionProof {
  readonly silenced: boolean;
  /** Rules that match in the record still, of those that were to be silenced. */
  readonly still: readonly number[];
  /** Of the record. */
  readonly before: AuditAction | null;
  readonly after: AuditAction | null;
  /** The last phase that is known with the exclusion; 5: all. */
  readonly lastPhase: RulePhase;
  /** All other records. */
  readonly others: ReplaySummary;
}

/** What rule files are read with, behind an exclusion that stands before them. */
const BEFORE = "(the exclusion)";

function loadWith(
  files: readonly string[],
  exclusion: Uint8Array | undefined,
  options: Omit<ReplayOptions, "readData">,
): Replay {
  if (exclusion === undefined) return loadReplay(files, options);
  const reader: RuleReader = {
    read: (path) => (path === BEFORE ? exclusion : ruleFiles.read(path)),
    list: (directory) => ruleFiles.list(directory),
  };
  return loadReplay([BEFORE, ...files], options, reader);
}

/**
 * Finds the record and what silences it.
 *
 * @throws {PalisadeError} `RECORD_UNKNOWN`; `EXCLUSION_IMPOSSIBLE`; what is wrong with rule files and the log
 */
export async function exclusionFor(
  log: AuditLog,
  { files, id, rule, wider }: ExclusionRequest,
  seen: (records: number) => void,
): Promise<Exclusion> {
  // Rule files first: an error in them should not wait for a long log.
  const ruleId = freeRuleId(loadRules(files, ruleFiles).rules);
  const logged = await recordOf(log, id, seen);
  const found = findExclusion(logged.record, rule, ruleId, (text, observer) =>
    loadWith(files, text, { observer }),
  );
  const active = wider ? found.exclusions : found.exclusions.filter(({ why }) => why === undefined);
  const textOf = (exclusions: readonly RuleExclusion[]) =>
    exclusions.length === 0
      ? ""
      : Buffer.from(exclusionText(ruleId, found.scope, exclusions)).toString("latin1");
  return { logged, ruleId, found, active, rules: textOf(active), allRules: textOf(found.exclusions) };
}

/** @throws {PalisadeError} `RECORD_UNKNOWN`; what is wrong with the log */
export async function recordOf(
  log: AuditLog,
  id: string,
  seen: (records: number) => void,
): Promise<LoggedRecord> {
  let records = 0;
  for await (const logged of log.records()) {
    records += 1;
    if (logged.record.id === id) return logged;
    seen(records);
  }
  throw new PalisadeError(
    "RECORD_UNKNOWN",
    `${log.name}: none of its records has the id ${id}: give the "id" of one`,
  );
}

/** Replays the whole log. */
export async function proveExclusion(
  log: AuditLog,
  { files, rule }: ExclusionRequest,
  exclusion: Exclusion,
  seen: (records: number) => void,
): Promise<ExclusionProof> {
  const text = Buffer.from(exclusion.rules, "latin1");
  const store = new WatchedStore();
  const prove = async (isMeant: (logged: LoggedRecord) => boolean) => {
    const base = loadWith(files, undefined, { store: store.another() });
    const excluded = loadWith(files, text, { store: store.another() });
    return new Proof(base, excluded, exclusion.logged.place.line, rule).run(log, isMeant, seen);
  };
  const scope = new ScopeTest(text);
  const proof = await prove(({ record }) => scope.isMeant(record));
  // What rules keep may carry what an exclusion does into records that it is not about.
  return store.opened ? await prove(() => true) : proof;
}

/** Tells which records an exclusion is about, by its rule alone. */
class ScopeTest {
  readonly #replay: Replay;
  #matched = false;

  constructor(exclusion: Uint8Array) {
    const reader: RuleReader = { read: () => exclusion, list: () => [] };
    const observer = {
      ran: (_rule: unknown, matched: boolean): void => {
        this.#matched ||= matched;
      },
    };
    this.#replay = loadReplay([BEFORE], { observer }, reader);
  }

  isMeant(record: LoggedRecord["record"]): boolean {
    this.#matched = false;
    // One that cannot be replayed is counted where it is tried.
    return this.#replay.run(record) === undefined || this.#matched;
  }
}

/** Stores that tell whether rules keep anything. */
class WatchedStore {
  opened = false;

  another(): CollectionStore {
    const store = new MemoryStore();
    return {
      open: (...words: Parameters<CollectionStore["open"]>): VariableMap => {
        this.opened = true;
        return store.open(...words);
      },
    };
  }
}

class Proof {
  readonly #base: Replay;
  readonly #excluded: Replay;
  readonly #line: number;
  readonly #rule: number | undefined;

  constructor(base: Replay, excluded: Replay, line: number, rule: number | undefined) {
    this.#base = base;
    this.#excluded = excluded;
    this.#line = line;
    this.#rule = rule;
  }

  async run(
    log: AuditLog,
    isMeant: (logged: LoggedRecord) => boolean,
    seen: (records: number) => void,
  ): Promise<ExclusionProof> {
    const others = new ReplaySummary(OTHERS_NAMED_MAX);
    let own: Omit<ExclusionProof, "others"> = {
      silenced: false,
      still: [],
      before: null,
      after: null,
      lastPhase: 5,
    };
    for await (const logged of log.records()) {
      seen(others.records);
      const isOwn = logged.place.line === this.#line;
      if (!isOwn && !isMeant(logged)) {
        others.takeUnmet();
        continue;
      }
      const [before, after] = [this.#base.run(logged.record), this.#excluded.run(logged.record)];
      if (before === undefined || after === undefined) others.takeNotReplayable();
      else if (isOwn) {
        const still = [...new Set(selected(after, this.#rule).map(({ rule }) => rule.id))];
        const silenced = still.length === 0 && (this.#rule !== undefined || after.action === null);
        own = { silenced, still, before: before.action, after: after.action, lastPhase: after.lastPhase };
      } else {
        const change = compareJudgements(replayedJudgement(before), replayedJudgement(after));
        others.take(logged, after.gap, change, before.action, after.action, () => undefined);
      }
    }
    return { ...own, others };
  }
}
