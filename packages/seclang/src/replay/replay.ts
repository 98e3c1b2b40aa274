/**
 * Recorded requests, and the responses to them as far as they are recorded, run through a rule set: what it would have decided.
 *
 * Nothing is made up: where a phase needs what the record does not hold, the verdict ends before it and says so.
 */
import type { AuditAction, AuditField, AuditRecord, AuditRequest, AuditResponse } from "../audit/record.js";
import { auditOctets } from "../audit/text.js";
import { Engine } from "../engine/engine.js";
import type { RulePhase } from "../language/ast.js";
import type { LoadedRules } from "../language/rule.js";
import type { Hit, Interruption } from "../transaction/hit.js";
import type { TransactionObserver } from "../transaction/observer.js";
import type { CollectionStore } from "../transaction/store.js";
import type { Transaction } from "../transaction/transaction.js";
import { recordedRequestBody, recordedResponseBody } from "./recorded-body.js";

/** What a record lacks. */
export type ReplayGap =
  /** All of the request: a limit, or who read it, refused it before its end. Phase 1 alone is known. */
  | "refused"
  /** The request's body, or a part of it, whether it is not recorded or never came: phase 1 alone is known. */
  | "request-body"
  /** The upstream's response: it was never asked for one, or part F is not recorded. Phases 1 and 2 are known. */
  | "response"
  /** The response's body, or a part of it. Phases 1 to 3 are known. */
  | "response-body";

/** What rules decide about a record, as far as the record goes. */
export interface ReplayVerdict {
  /** Null: let through, as far as phases are known. */
  readonly action: AuditAction | null;
  /** Rules that matched and log, of the phases that are known. */
  readonly hits: readonly Hit[];
  /** How many matched beyond `HITS_MAX`. */
  readonly hitsDropped: number;
  /** The last phase of which is known what it does; 5: the verdict is whole. */
  readonly lastPhase: RulePhase;
  /** Why the verdict is partial; undefined: it is whole. */
  readonly gap: ReplayGap | undefined;
}

export interface ReplayOptions {
  /** As `EngineOptions` has it. */
  readonly readData: (name: string, ruleFile: string) => Uint8Array;
  readonly observer?: TransactionObserver;
  /** Default: in memory, empty at first. */
  readonly store?: CollectionStore;
}

const NOTHING = new Uint8Array(0);

/** An engine for records. Its clock is that of the records, and what rules keep of one is there for the next. */
export class Replay {
  readonly #engine: Engine;
  readonly #clock: { nowMs: number };

  private constructor(engine: Engine, clock: { nowMs: number }) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** @throws {PalisadeError} with a place, as `Engine.of` */
  static of(rules: LoadedRules, { readData, observer, store }: ReplayOptions): Replay {
    const clock = { nowMs: 0 };
    const engine = Engine.of(rules, {
      readData,
      clock: () => clock.nowMs,
      ...(observer !== undefined && { observer }),
      ...(store !== undefined && { store }),
    });
    return new Replay(engine, clock);
  }

  /** @returns undefined where the record has no request line or no headers */
  run(record: AuditRecord): ReplayVerdict | undefined {
    const { request, client, server } = record;
    if (request?.headers === undefined) return undefined;
    this.#clock.nowMs = Date.parse(record.time);
    const transaction = this.#engine.begin(record.id);
    transaction.connection({
      clientAddress: client.address,
      clientPort: client.port,
      serverAddress: server.address,
      serverPort: server.port,
    });
    const gap = runPhases(transaction, request, request.headers, record);
    transaction.finish();
    return verdictOf(transaction, gap);
  }
}

/** Phases 1 to 4, as far as the record goes and nothing is decided. */
function runPhases(
  transaction: Transaction,
  request: AuditRequest,
  headers: readonly AuditField[],
  record: AuditRecord,
): ReplayGap | undefined {
  transaction.requestLine(octets(request.method), octets(request.target), octets(request.protocol));
  for (const [name, value] of headers) transaction.requestHeader(octets(name), octets(value));
  if (transaction.endRequestHeaders() !== undefined) return undefined;
  const { response, action } = record;
  if (action?.rule === null) return "refused";
  if (transaction.readsRequestBody) {
    const body = recordedRequestBody(record);
    if (body === undefined) return "request-body";
    if (body.length > 0 && transaction.requestBody(body) !== undefined) return undefined;
  }
  if (transaction.endRequestBody() !== undefined) return undefined;
  if (response?.from === "upstream") return runResponse(transaction, response, record);
  // A request that was refused was not answered by anybody else; one that was let through and has no answer would have none again.
  return action === null ? undefined : "response";
}

function runResponse(
  transaction: Transaction,
  response: AuditResponse,
  record: AuditRecord,
): ReplayGap | undefined {
  if (response.headers === undefined) return "response";
  transaction.responseLine(octets(response.protocol), response.status);
  for (const [name, value] of response.headers) transaction.responseHeader(octets(name), octets(value));
  if (transaction.endResponseHeaders() !== undefined) return undefined;
  if (transaction.readsResponseBody) {
    const body = recordedResponseBody(record);
    if (body === undefined) return "response-body";
    if (body.length > 0 && transaction.responseBody(body) !== undefined) return undefined;
  }
  transaction.endResponseBody();
  return undefined;
}

const LAST_PHASES: Readonly<Record<ReplayGap, RulePhase>> = {
  refused: 1,
  "request-body": 1,
  response: 2,
  "response-body": 3,
};

function verdictOf(transaction: Transaction, gap: ReplayGap | undefined): ReplayVerdict {
  const { hits, hitsDropped, interruption } = transaction;
  const lastPhase = gap === undefined ? 5 : LAST_PHASES[gap];
  return {
    action: interruption === undefined ? null : actionOf(interruption),
    // Phase 5 ran on what there was.
    hits: hits.filter(({ phase }) => phase <= lastPhase),
    hitsDropped,
    lastPhase,
    gap,
  };
}

function actionOf({ action, status, rule }: Interruption): AuditAction {
  return { action, status, rule: rule?.id ?? null };
}

/** Text of a record that was read is text of octets: that was checked. */
function octets(text: string): Uint8Array {
  return auditOctets(text) ?? NOTHING;
}
