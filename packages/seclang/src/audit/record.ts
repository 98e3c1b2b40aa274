/**
 * Audit records: what came, what was answered, and which rules matched, as one line of JSON each. docs/rules.md has the format.
 *
 * User data is text of `auditText`, from which `auditOctets` makes the octets again; so a record can be run through other rules.
 */
import type { RULE_SEVERITIES } from "../language/actions.js";
import type { EngineMode } from "../language/ast.js";
import type { Interruption } from "../transaction/hit.js";

/** Most octets of a body in a record; the rest is cut off, which the record says. */
export const AUDIT_BODY_BYTES_MAX = 65_536;
/** Most octets of messages and matched variables of a record's rules; further rules are counted in `rules_dropped`. */
export const AUDIT_RULES_BYTES_MAX = 1_048_576;

/** A name and its value, as they were sent. */
export type AuditField = readonly [name: string, value: string];

/** Text of octets, unless said otherwise, is that of `auditText`. */
export interface AuditRequest {
  readonly method: string;
  readonly target: string;
  /** As sent: `HTTP/1.1` */
  readonly protocol: string;
  /** Undefined: part B is not recorded. */
  readonly headers?: readonly AuditField[];
  readonly trailers?: readonly AuditField[];
  /** Undefined: there was none, or neither part C nor part I is recorded. */
  readonly body?: string;
  /** How many octets came. */
  readonly body_bytes: number;
  /** `body` has fewer octets than came. */
  readonly body_cut?: true;
}

export interface AuditResponse {
  readonly protocol: string;
  readonly status: number;
  /** Undefined: part F is not recorded. */
  readonly headers?: readonly AuditField[];
  /** Undefined: there was none, or part E is not recorded. */
  readonly body?: string;
  readonly body_bytes: number;
  readonly body_cut?: true;
  /** Who made it. */
  readonly from: "upstream" | "shield";
}

export type AuditSeverity = (typeof RULE_SEVERITIES)[number];

/** A rule that matched and logs. */
export interface AuditRule {
  readonly id: number;
  /** Macros expanded; text of `auditMessage`, as is `data`. */
  readonly msg?: string;
  readonly data?: string;
  readonly severity?: AuditSeverity;
  readonly phase: 1 | 2 | 3 | 4 | 5;
  /** As the rule file has them. */
  readonly tags?: readonly string[];
  readonly ver?: string;
  /** Where the rule stands. */
  readonly file: string;
  readonly line: number;
  /** What it matched: `ARGS:name`, and the value after the transformations. */
  readonly variables: readonly { readonly name: string; readonly value: string }[];
}

/** What was done instead of letting the message through. */
export interface AuditAction {
  readonly action: Interruption["action"];
  readonly status: number;
  /** The rule's id; null where a limit, or the reading of the message, decided. */
  readonly rule: number | null;
}

/** One end of the connection of the client. */
export interface AuditEnd {
  readonly address: string;
  readonly port: number;
}

/** One line of an audit log. */
export interface AuditRecord {
  /** UNIQUE_ID */
  readonly id: string;
  /** RFC 3339, UTC, with milliseconds. */
  readonly time: string;
  /** The request header X-CRS-Test, by which regression tests find their records. */
  readonly marker: string | null;
  readonly client: AuditEnd;
  readonly server: AuditEnd;
  /** Null: nothing came that a request line could be read of. */
  readonly request: AuditRequest | null;
  /** What the client was sent; null: nothing. */
  readonly response: AuditResponse | null;
  readonly engine: EngineMode;
  /** Null: let through. */
  readonly action: AuditAction | null;
  /** In the order in which they matched. */
  readonly rules: readonly AuditRule[];
  /** Rules that matched and are not in `rules`. */
  readonly rules_dropped: number;
  readonly errors: readonly string[];
  /** From the head's last octet to the response's last, to the thousandth. */
  readonly milliseconds: number;
}
