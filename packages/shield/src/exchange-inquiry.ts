/** What rules are asked during one exchange, and what there is to tell of it afterwards. */
import type { RequestParser, ResponseHead } from "@palisade/http";
import type { Connection, Interruption, Transaction } from "@palisade/seclang";
import type { ShieldContext } from "./context.js";
import { type AnsweredBy, ExchangeRecord } from "./exchange-record.js";
import { askRequestHead, askResponseHead } from "./inquiry.js";
import type { LoadedRuleSet } from "./rule-set.js";

/** One for each connection of a client, used again for each of its requests. Without rules it decides nothing. */
export class ExchangeInquiry {
  readonly #context: ShieldContext;
  readonly #record: ExchangeRecord | undefined;
  #rules: LoadedRuleSet | undefined;
  #transaction: Transaction | undefined;
  #id = "";
  #startedMs = 0;
  #beganMs = 0;
  #errors: string[] = [];
  #refusedWith: number | undefined;

  constructor(context: ShieldContext) {
    this.#context = context;
    const { audit, blocks } = context;
    this.#record = audit === undefined ? undefined : new ExchangeRecord(audit, blocks);
  }

  /** `UNIQUE_ID`, which the client is told where something is refused. */
  get id(): string {
    this.#id ||= this.#context.ids.next();
    return this.#id;
  }

  /** Whether heads are looked at after their messages. */
  get keepsHeads(): boolean {
    return this.#transaction !== undefined || this.#record !== undefined;
  }

  /** After `requestHead`: whether the request's body is to be held for phase 2. */
  get readsRequestBody(): boolean {
    return this.#transaction?.readsRequestBody === true;
  }

  /** After `responseHead`: whether the response's body is to be held for phase 4. */
  get readsResponseBody(): boolean {
    return this.#transaction?.readsResponseBody === true;
  }

  /** Octets of a request's body that are held at most. */
  get requestBodyBytesMax(): number {
    return this.#rules!.requestBodyBytesMax;
  }

  get responseBodyBytesMax(): number {
    return this.#rules!.responseBodyBytesMax;
  }

  begin(): void {
    const { rules, ids } = this.#context;
    this.#startedMs = performance.now();
    if (rules === undefined && this.#record === undefined) return;
    this.#id = ids.next();
    this.#beganMs = Date.now();
    if (rules === undefined) return;
    this.#rules = rules.current;
    this.#transaction = this.#rules.engine.begin(this.#id);
  }

  /** Phase 1. */
  requestHead({ head }: RequestParser, endpoints: () => Connection): Interruption | undefined {
    return this.#transaction && askRequestHead(this.#transaction, head, endpoints());
  }

  /** @param read whether rules read it */
  requestBody(octets: Uint8Array, start: number, end: number, read: boolean): Interruption | undefined {
    this.#record?.requestBody.take(octets, start, end);
    return read ? this.#transaction!.requestBody(octets.subarray(start, end)) : undefined;
  }

  /** Phase 2. */
  endRequestBody(): Interruption | undefined {
    return this.#transaction?.endRequestBody();
  }

  /** Phase 3. */
  responseHead(head: ResponseHead): Interruption | undefined {
    return this.#transaction && askResponseHead(this.#transaction, head);
  }

  /** @param read whether rules read it */
  responseBody(octets: Uint8Array, start: number, end: number, read: boolean): Interruption | undefined {
    this.#record?.responseBody.take(octets, start, end);
    return read ? this.#transaction!.responseBody(octets.subarray(start, end)) : undefined;
  }

  /** Phase 4. */
  endResponseBody(): Interruption | undefined {
    return this.#transaction?.endResponseBody();
  }

  /** Something went wrong that no rule tells. */
  error(line: string): void {
    this.#errors.push(line);
  }

  /** The request was answered with a status that no rule decided. */
  refused(status: number): void {
    this.#refusedWith = status;
  }

  /**
   * Phase 5, and the record.
   *
   * @param ended whether the request came to its end
   * @param answered what the client was sent
   */
  finish(parser: RequestParser, ended: boolean, answered: AnsweredBy, endpoints: () => Connection): void {
    const { counters, latency } = this.#context;
    const milliseconds = performance.now() - this.#startedMs;
    counters.requests += 1;
    latency.add(milliseconds);
    const transaction = this.#transaction;
    transaction?.finish();
    const status = this.#refusedWith;
    this.#record?.write({
      id: this.#id,
      timeMs: this.#beganMs,
      connection: endpoints(),
      parser,
      ended,
      response: answered,
      rules: this.#rules,
      transaction,
      refused: status === undefined ? undefined : { action: "deny", status },
      errors: this.#errors,
      milliseconds,
    });
    this.#record?.reset();
    this.#rules = undefined;
    this.#transaction = undefined;
    this.#id = "";
    if (this.#errors.length > 0) this.#errors = [];
    this.#refusedWith = undefined;
  }
}
