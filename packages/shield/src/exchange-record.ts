/** An exchange as a line of the audit log. */
import type { BlockPool } from "@palisade/base";
import type { RequestHead, RequestParser, ResponseHead } from "@palisade/http";
import {
  AUDIT_PARTS_DEFAULT,
  AuditBody,
  type AuditInput,
  type AuditRequestInput,
  type AuditResponseInput,
  auditLine,
  type Connection,
  type Transaction,
} from "@palisade/seclang";
import type { AuditLog } from "./audit-log.js";
import type { ResponsePage } from "./response-page.js";
import type { LoadedRuleSet } from "./rule-set.js";

/** What was sent to the client. */
export type AnsweredBy = ResponsePage | ResponseHead | undefined;

export interface RecordInput {
  readonly id: string;
  readonly timeMs: number;
  readonly connection: Connection;
  readonly parser: RequestParser;
  /** Whether the request has ended, so that its trailers are there. */
  readonly ended: boolean;
  readonly response: AnsweredBy;
  readonly rules: LoadedRuleSet | undefined;
  readonly transaction: Transaction | undefined;
  readonly refused: AuditInput["refused"];
  readonly errors: readonly string[];
  readonly milliseconds: number;
}

/** Keeps of the messages what their record needs; one for each connection of a client. */
export class ExchangeRecord {
  readonly requestBody: AuditBody;
  readonly responseBody: AuditBody;
  readonly #log: AuditLog;

  constructor(log: AuditLog, blocks: BlockPool) {
    this.#log = log;
    this.requestBody = new AuditBody(blocks);
    this.responseBody = new AuditBody(blocks);
  }

  reset(): void {
    this.requestBody.reset();
    this.responseBody.reset();
  }

  write(input: RecordInput): void {
    const { rules, transaction, response, parser } = input;
    const status = response?.status;
    if (rules !== undefined && !rules.audit.isLogged(transaction, status)) return;
    this.#log.append(
      auditLine({
        id: input.id,
        timeMs: input.timeMs,
        connection: input.connection,
        request: this.#request(parser, input.ended),
        response: this.#response(response),
        transaction,
        refused: input.refused,
        errors: input.errors,
        milliseconds: input.milliseconds,
        parts: rules === undefined ? AUDIT_PARTS_DEFAULT : rules.audit.parts(transaction),
      }),
    );
  }

  #request(parser: RequestParser, ended: boolean): AuditRequestInput | undefined {
    const { head, trailers } = parser;
    if (!hasRequestLine(head)) return undefined;
    const { octets } = head;
    return {
      method: octets.subarray(head.methodStart, head.methodEnd),
      target: octets.subarray(head.targetStart, head.targetEnd),
      protocol: octets.subarray(head.versionStart, head.versionEnd),
      headers: head.fields,
      trailers: ended && trailers.count > 0 ? trailers : undefined,
      body: this.requestBody.bytes > 0 ? this.requestBody : undefined,
    };
  }

  #response(response: AnsweredBy): AuditResponseInput | undefined {
    if (response === undefined) return undefined;
    if ("message" in response)
      return {
        protocol: OWN_PROTOCOL,
        status: response.status,
        headers: response,
        body: { octets: response.body, bytes: response.body.length },
        from: "shield",
      };
    return {
      protocol: response.octets.subarray(response.versionStart, response.versionEnd),
      status: response.status,
      headers: response.fields,
      body: this.responseBody.bytes > 0 ? this.responseBody : undefined,
      from: "upstream",
    };
  }
}

const OWN_PROTOCOL = Buffer.from("HTTP/1.1");

function hasRequestLine(head: RequestHead): boolean {
  return head.methodEnd > head.methodStart;
}
