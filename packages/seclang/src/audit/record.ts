/**
 * Audit records: what came, what was answered, and which rules matched, as one line of JSON each. docs/rules.md has the format.
 *
 * User data is text of `auditText`, from which `auditOctets` makes the octets again; so a record can be run through other rules.
 */
import type { EngineMode } from "../language/ast.js";
import { macroChars } from "../language/macro.js";
import type { Rule } from "../language/rule.js";
import { octetsOf } from "../language/text.js";
import type { Hit, Interruption } from "../transaction/hit.js";
import { lower } from "../transaction/names.js";
import type { Connection } from "../transaction/transaction.js";
import { auditMessage, auditText } from "./text.js";

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

export type AuditSeverity = (typeof AUDIT_SEVERITIES)[number];
/** Names of severity 0 … 7 (reference manual, "severity"). */
export const AUDIT_SEVERITIES = [
  "EMERGENCY",
  "ALERT",
  "CRITICAL",
  "ERROR",
  "WARNING",
  "NOTICE",
  "INFO",
  "DEBUG",
] as const;

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

export interface AuditEnd {
  readonly address: string;
  readonly port: number;
}

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

/** Fields as positions in octets; `HttpFields` of packages/http is such a thing. */
export interface AuditFields {
  readonly octets: Uint8Array;
  readonly count: number;
  nameStart(field: number): number;
  nameEnd(field: number): number;
  valueStart(field: number): number;
  valueEnd(field: number): number;
}

/** A body as far as it was kept; `AuditBody` is such a thing. */
export interface AuditBodyInput {
  /** From the first octet on. */
  readonly octets: Uint8Array;
  /** How many came. */
  readonly bytes: number;
}

export interface AuditRequestInput {
  readonly method: Uint8Array;
  readonly target: Uint8Array;
  readonly protocol: Uint8Array;
  readonly headers: AuditFields;
  /** Undefined: there were none. */
  readonly trailers?: AuditFields | undefined;
  /** Undefined: there was none. */
  readonly body?: AuditBodyInput | undefined;
}

export interface AuditResponseInput {
  readonly protocol: Uint8Array;
  readonly status: number;
  readonly headers: AuditFields;
  readonly body?: AuditBodyInput | undefined;
  readonly from: AuditResponse["from"];
}

/** What a record takes of a transaction; a finished `Transaction` has it. */
export interface AuditedTransaction {
  readonly hits: readonly Hit[];
  readonly hitsDropped: number;
  readonly errors: readonly string[];
  readonly interruption: Interruption | undefined;
  readonly engineMode: EngineMode;
}

export interface AuditInput {
  /** UNIQUE_ID */
  readonly id: string;
  /** When it began, in milliseconds since 1970. */
  readonly timeMs: number;
  readonly connection: Connection;
  readonly request: AuditRequestInput | undefined;
  readonly response: AuditResponseInput | undefined;
  /** Undefined: no rules were asked. */
  readonly transaction: AuditedTransaction | undefined;
  /** What was done where no rule and no limit of the transaction decided: the status that a message was refused with. */
  readonly refused?: { readonly action: "deny" | "drop"; readonly status: number } | undefined;
  /** Lines besides the transaction's, such as what the message was refused for. */
  readonly errors?: readonly string[];
  readonly milliseconds: number;
  /** Letters of `SecAuditLogParts`, as `AuditPolicy.parts` gives them. */
  readonly parts: string;
}

/** A record as a line of JSON, with its line feed. */
export function auditLine(input: AuditInput): string {
  const { connection, transaction, parts, request } = input;
  const trailer = parts.includes("H");
  const listed = rulesOf(transaction, trailer || parts.includes("K"));
  const record: AuditRecord = {
    id: input.id,
    time: new Date(input.timeMs).toISOString(),
    marker: request === undefined ? null : markerOf(request.headers),
    client: { address: connection.clientAddress, port: connection.clientPort },
    server: { address: connection.serverAddress, port: connection.serverPort },
    request: request === undefined ? null : requestOf(request, parts),
    response: input.response === undefined ? null : responseOf(input.response, parts),
    engine: transaction?.engineMode ?? "Off",
    action: actionOf(input),
    ...listed,
    errors: trailer ? [...(transaction?.errors ?? []), ...(input.errors ?? [])] : [],
    milliseconds: Math.round(input.milliseconds * 1000) / 1000,
  };
  return `${JSON.stringify(record)}\n`;
}

function requestOf(request: AuditRequestInput, parts: string): AuditRequest {
  const { method, target, protocol, headers, trailers, body } = request;
  return {
    method: auditText(method),
    target: auditText(target),
    protocol: auditText(protocol),
    ...(parts.includes("B") && { headers: fieldsOf(headers) }),
    ...(parts.includes("B") && trailers !== undefined && { trailers: fieldsOf(trailers) }),
    ...bodyOf(body, parts.includes("C") || parts.includes("I")),
  };
}

function responseOf(response: AuditResponseInput, parts: string): AuditResponse {
  const { protocol, status, headers, body, from } = response;
  return {
    protocol: auditText(protocol),
    status,
    ...(parts.includes("F") && { headers: fieldsOf(headers) }),
    ...bodyOf(body, parts.includes("E")),
    from,
  };
}

function bodyOf(
  body: AuditBodyInput | undefined,
  recorded: boolean,
): Pick<AuditRequest, "body" | "body_bytes" | "body_cut"> {
  if (body === undefined) return { body_bytes: 0 };
  const { octets, bytes } = body;
  const length = Math.min(octets.length, bytes, AUDIT_BODY_BYTES_MAX);
  if (!recorded) return { body_bytes: bytes };
  const base = { body: auditText(octets, 0, length), body_bytes: bytes };
  return length < bytes ? { ...base, body_cut: true } : base;
}

function fieldsOf(fields: AuditFields): AuditField[] {
  const { octets, count } = fields;
  return Array.from({ length: count }, (_, at) => [
    auditText(octets, fields.nameStart(at), fields.nameEnd(at)),
    auditText(octets, fields.valueStart(at), fields.valueEnd(at)),
  ]);
}

const MARKER = Buffer.from("x-crs-test");

function markerOf(fields: AuditFields): string | null {
  const { octets } = fields;
  for (let at = 0; at < fields.count; at += 1) {
    const start = fields.nameStart(at);
    if (fields.nameEnd(at) - start !== MARKER.length) continue;
    let same = 0;
    while (same < MARKER.length && lower(octets[start + same]!) === MARKER[same]) same += 1;
    if (same === MARKER.length) return auditText(octets, fields.valueStart(at), fields.valueEnd(at));
  }
  return null;
}

function actionOf({ transaction, refused }: AuditInput): AuditAction | null {
  const interruption = transaction?.interruption;
  if (interruption !== undefined)
    return {
      action: interruption.action,
      status: interruption.status,
      rule: interruption.rule?.id ?? null,
    };
  return refused === undefined ? null : { action: refused.action, status: refused.status, rule: null };
}

function rulesOf(
  transaction: AuditedTransaction | undefined,
  recorded: boolean,
): Pick<AuditRecord, "rules" | "rules_dropped"> {
  if (transaction === undefined) return { rules: [], rules_dropped: 0 };
  const { hits, hitsDropped } = transaction;
  const rules: AuditRule[] = [];
  if (recorded) {
    let bytes = 0;
    for (const hit of hits) {
      bytes += bytesOf(hit);
      if (bytes > AUDIT_RULES_BYTES_MAX) break;
      rules.push(ruleOf(hit));
    }
  }
  return { rules, rules_dropped: hits.length - rules.length + hitsDropped };
}

function bytesOf({ msg, data, variables }: Hit): number {
  let bytes = (msg?.length ?? 0) + (data?.length ?? 0);
  for (const { name, value } of variables) bytes += name.length + value.length;
  return bytes;
}

function ruleOf({ rule, phase, msg, data, variables }: Hit): AuditRule {
  const fixed = fixedOf(rule);
  return {
    id: rule.id,
    ...(msg !== undefined && { msg: auditMessage(msg) }),
    ...(data !== undefined && { data: auditMessage(data) }),
    ...fixed.severity,
    phase,
    ...fixed.rest,
    variables: variables.map(({ name, value }) => ({ name: auditText(name), value: auditText(value) })),
  };
}

/** What of a rule's record does not depend on the transaction. */
interface Fixed {
  readonly severity: Pick<AuditRule, "severity">;
  readonly rest: Pick<AuditRule, "tags" | "ver" | "file" | "line">;
}

const FIXED = new WeakMap<Rule, Fixed>();

function fixedOf(rule: Rule): Fixed {
  let fixed = FIXED.get(rule);
  if (fixed === undefined) {
    const { severity, tags, ver, place } = rule;
    fixed = {
      severity: severity === undefined ? {} : { severity: AUDIT_SEVERITIES[severity] },
      rest: {
        ...(tags.length > 0 && { tags: tags.map((tag) => auditMessage(octetsOf(macroChars(tag)))) }),
        ...(ver !== undefined && { ver }),
        file: place.file,
        line: place.line,
      },
    };
    FIXED.set(rule, fixed);
  }
  return fixed;
}
