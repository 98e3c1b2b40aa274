/**
 * Which transactions are logged, and which parts of them: `SecAuditEngine`, `SecAuditLogRelevantStatus`, `SecAuditLogParts`, `ctl` and
 * the actions `auditlog` and `noauditlog` (reference manual of ModSecurity, under these names).
 */
import { Script } from "node:vm";
import { AUDIT_PARTS_DEFAULT } from "../engine/settings.js";
import type { AuditMode } from "../language/ast.js";
import { type Place, ruleError, shown } from "../language/place.js";
import type { Settings } from "../language/settings.js";
import { charsOf } from "../language/text.js";
import type { Interruption } from "../transaction/hit.js";

/** Most octets of a pattern of `SecAuditLogRelevantStatus`. */
export const RELEVANT_STATUS_BYTES_MAX = 256;
/** Longest time that all statuses together may take to be tested, in milliseconds, once when rules are loaded. */
export const RELEVANT_STATUS_MS_MAX = 1_000;

/** What of a transaction decides about its record; a finished `Transaction` has it. */
export interface AuditJudgedTransaction {
  /** What `ctl:auditEngine` said. */
  readonly auditMode: AuditMode | undefined;
  /** What `ctl:auditLogParts` made of the parts. */
  readonly auditParts: string | undefined;
  /** Whether a rule matched that marks its transaction for the audit log. */
  readonly auditRelevant: boolean;
  readonly errors: readonly string[];
  readonly interruption: Interruption | undefined;
}

/** What the settings of a rule set say about records; shared by all its transactions. */
export class AuditPolicy {
  readonly #mode: AuditMode;
  readonly #parts: string;
  /** By status. Undefined: no status makes a transaction relevant. */
  readonly #statuses: Uint8Array | undefined;

  private constructor(mode: AuditMode, parts: string, statuses: Uint8Array | undefined) {
    this.#mode = mode;
    this.#parts = parts;
    this.#statuses = statuses;
  }

  /**
   * Where rule files say nothing, all transactions are logged.
   *
   * @throws {PalisadeError} `SECLANG_VALUE` with a place: a pattern of statuses that cannot be used
   */
  static of(settings: Settings): AuditPolicy {
    const { SecAuditEngine, SecAuditLogParts, SecAuditLogRelevantStatus } = settings;
    return new AuditPolicy(
      SecAuditEngine?.value ?? "On",
      SecAuditLogParts?.value ?? AUDIT_PARTS_DEFAULT,
      SecAuditLogRelevantStatus &&
        statusTable(SecAuditLogRelevantStatus.value, SecAuditLogRelevantStatus.place),
    );
  }

  /**
   * Whether a transaction is logged. `RelevantOnly`: a rule matched that is not `noauditlog`, a message was wrong or over a limit, or
   * the status is a relevant one.
   *
   * @param transaction undefined: the message was refused before rules were asked, which is relevant
   * @param status that the client was sent; undefined: none
   */
  isLogged(transaction: AuditJudgedTransaction | undefined, status: number | undefined): boolean {
    switch (transaction?.auditMode ?? this.#mode) {
      case "On":
        return true;
      case "Off":
        return false;
      case "RelevantOnly":
        return transaction === undefined || isRelevant(transaction) || this.#isRelevantStatus(status);
    }
  }

  /** Letters of the parts that a transaction's record has. */
  parts(transaction: Pick<AuditJudgedTransaction, "auditParts"> | undefined): string {
    return transaction?.auditParts ?? this.#parts;
  }

  #isRelevantStatus(status: number | undefined): boolean {
    return status !== undefined && this.#statuses?.[status] === 1;
  }
}

function isRelevant({ auditRelevant, errors, interruption }: AuditJudgedTransaction): boolean {
  // A limit that decides has no rule, and nothing could have said noauditlog of it.
  return (
    auditRelevant || errors.length > 0 || (interruption !== undefined && interruption.rule === undefined)
  );
}

const STATUS_FIRST = 100;
const STATUS_LAST = 999;

/**
 * The usual pattern of statuses looks ahead, which the linear patterns of rules do not. So JavaScript's are asked about every status
 * once, when rules are loaded, and with a time limit: nothing that a client sends is ever matched by them.
 */
function statusTable(pattern: Uint8Array, place: Place): Uint8Array {
  const chars = charsOf(pattern);
  if (pattern.length > RELEVANT_STATUS_BYTES_MAX)
    throw refused(place, chars, `it is longer than ${RELEVANT_STATUS_BYTES_MAX} octets`);
  try {
    new RegExp(chars, "s");
  } catch (cause) {
    throw refused(place, chars, "it is no regular expression of JavaScript", cause);
  }
  const table = new Uint8Array(STATUS_LAST + 1);
  const script = new Script(
    `for (let status = ${STATUS_FIRST}, pattern = new RegExp(${JSON.stringify(chars)}, "s"); status <= ${STATUS_LAST}; status += 1)
       globalThis.take(status, pattern.test(String(status)))`,
  );
  try {
    script.runInNewContext(
      { take: (status: number, matches: boolean) => void (table[status] = matches ? 1 : 0) },
      { timeout: RELEVANT_STATUS_MS_MAX },
    );
  } catch (cause) {
    throw refused(place, chars, `it takes longer than ${RELEVANT_STATUS_MS_MAX} ms`, cause);
  }
  return table;
}

function refused(place: Place, chars: string, why: string, cause?: unknown): Error {
  return ruleError(
    "SECLANG_VALUE",
    place,
    `SecAuditLogRelevantStatus ${shown(chars)}: ${why}, expected a short pattern of statuses as ^(?:5|4(?!04))`,
    cause,
  );
}
