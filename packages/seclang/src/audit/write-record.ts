/** Audit records written: a line of JSON, put together by hand where most of its octets are, for each transaction has one. */
import { RULE_SEVERITIES } from "../language/actions.js";
import type { EngineMode } from "../language/ast.js";
import { macroChars } from "../language/macro.js";
import type { Rule } from "../language/rule.js";
import { octetsOf } from "../language/text.js";
import type { Hit, Interruption } from "../transaction/hit.js";
import { lower } from "../transaction/names.js";
import type { Connection } from "../transaction/transaction.js";
import {
  AUDIT_BODY_BYTES_MAX,
  AUDIT_RULES_BYTES_MAX,
  type AuditAction,
  type AuditResponse,
  type AuditRule,
} from "./record.js";
import { auditJson, auditMessage, auditText } from "./text.js";

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

/** All that a record is made of. */
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
  const { connection, transaction, parts, request, response } = input;
  const { clientAddress, clientPort, serverAddress, serverPort } = connection;
  const hasErrors = parts.includes("H");
  const errors = hasErrors ? [...(transaction?.errors ?? []), ...(input.errors ?? [])] : [];
  return (
    `{"id":${JSON.stringify(input.id)},"time":"${timeText(input.timeMs)}"` +
    `,"marker":${request === undefined ? "null" : markerOf(request.headers)}` +
    `,"client":{"address":${JSON.stringify(clientAddress)},"port":${clientPort}}` +
    `,"server":{"address":${JSON.stringify(serverAddress)},"port":${serverPort}}` +
    `,"request":${request === undefined ? "null" : requestJson(request, parts)}` +
    `,"response":${response === undefined ? "null" : responseJson(response, parts)}` +
    `,"engine":"${transaction?.engineMode ?? "Off"}"` +
    `,"action":${JSON.stringify(actionOf(input))}` +
    rulesJson(transaction, hasErrors || parts.includes("K")) +
    `,"errors":${errors.length === 0 ? "[]" : JSON.stringify(errors)}` +
    `,"milliseconds":${Math.round(input.milliseconds * 1000) / 1000}}\n`
  );
}

/** The second that was written last, without its fraction: transactions come many a second. */
let secondWritten = Number.NaN;
let secondText = "";

function timeText(timeMs: number): string {
  const second = Math.floor(timeMs / 1000);
  if (second !== secondWritten) {
    secondWritten = second;
    secondText = new Date(second * 1000).toISOString().slice(0, -"000Z".length);
  }
  return `${secondText}${String(Math.floor(timeMs) - second * 1000).padStart(3, "0")}Z`;
}

function requestJson(request: AuditRequestInput, parts: string): string {
  const { method, target, protocol, headers, trailers, body } = request;
  const hasFields = parts.includes("B");
  return (
    `{"method":${auditJson(method)},"target":${auditJson(target)},"protocol":${auditJson(protocol)}` +
    (hasFields ? `,"headers":${fieldsJson(headers)}` : "") +
    (hasFields && trailers !== undefined ? `,"trailers":${fieldsJson(trailers)}` : "") +
    `${bodyJson(body, parts.includes("C") || parts.includes("I"))}}`
  );
}

function responseJson({ protocol, status, headers, body, from }: AuditResponseInput, parts: string): string {
  return (
    `{"protocol":${auditJson(protocol)},"status":${status}` +
    (parts.includes("F") ? `,"headers":${fieldsJson(headers)}` : "") +
    `${bodyJson(body, parts.includes("E"))},"from":"${from}"}`
  );
}

function bodyJson(body: AuditBodyInput | undefined, recorded: boolean): string {
  if (body === undefined) return ',"body_bytes":0';
  const { octets, bytes } = body;
  if (!recorded) return `,"body_bytes":${bytes}`;
  const length = Math.min(octets.length, bytes, AUDIT_BODY_BYTES_MAX);
  const cut = length < bytes ? ',"body_cut":true' : "";
  return `,"body":${auditJson(octets, 0, length)},"body_bytes":${bytes}${cut}`;
}

function fieldsJson(fields: AuditFields): string {
  const { octets, count } = fields;
  let json = "[";
  for (let at = 0; at < count; at += 1) {
    const name = auditJson(octets, fields.nameStart(at), fields.nameEnd(at));
    const value = auditJson(octets, fields.valueStart(at), fields.valueEnd(at));
    json += at === 0 ? `[${name},${value}]` : `,[${name},${value}]`;
  }
  return `${json}]`;
}

const MARKER = Buffer.from("x-crs-test");

function markerOf(fields: AuditFields): string {
  const { octets } = fields;
  for (let at = 0; at < fields.count; at += 1) {
    const start = fields.nameStart(at);
    if (fields.nameEnd(at) - start !== MARKER.length) continue;
    let same = 0;
    while (same < MARKER.length && lower(octets[start + same]!) === MARKER[same]) same += 1;
    if (same === MARKER.length) return auditJson(octets, fields.valueStart(at), fields.valueEnd(at));
  }
  return "null";
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

function rulesJson(transaction: AuditedTransaction | undefined, recorded: boolean): string {
  if (transaction === undefined) return ',"rules":[],"rules_dropped":0';
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
  const dropped = hits.length - rules.length + hitsDropped;
  return `,"rules":${rules.length === 0 ? "[]" : JSON.stringify(rules)},"rules_dropped":${dropped}`;
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
      severity: severity === undefined ? {} : { severity: RULE_SEVERITIES[severity] },
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
