/** Transactions over rules that a test writes; characters are octets. */
import { latin1 } from "@palisade/wire";
import { Engine, type EngineOptions } from "../engine/engine.js";
import { loadRules } from "../language/load-rules.js";
import { memoryReader } from "../language/memory-reader.build.js";
import type { Interruption } from "./hit.js";
import type { Transaction } from "./transaction.js";

export interface Exchange {
  readonly method?: string;
  readonly target?: string;
  readonly headers?: readonly (readonly [name: string, value: string])[];
  /** Pieces of the body. */
  readonly body?: readonly string[];
  readonly status?: number;
  readonly responseHeaders?: readonly (readonly [name: string, value: string])[];
  readonly responseBody?: readonly string[];
}

export function engineOf(rules: string, options: Partial<EngineOptions> = {}): Engine {
  const loaded = loadRules(["a.conf"], memoryReader({ "a.conf": rules }));
  return Engine.of(loaded, {
    readData: () => new Uint8Array(0),
    clock: () => 1_700_000_000_000,
    ...options,
  });
}

export interface Outcome {
  readonly transaction: Transaction;
  /** By phase, and between them for bodies: `1`, `2`, … */
  readonly decided: readonly (Interruption | undefined)[];
  /** `942100 message | data` */
  readonly hits: readonly string[];
}

export function exchange(engine: Engine, what: Exchange): Outcome {
  const transaction = engine.begin("0f1e2d3c");
  const { method = "GET", target = "/", status = 200 } = what;
  transaction.connection({
    clientAddress: "192.0.2.7",
    clientPort: 40_000,
    serverAddress: "192.0.2.1",
    serverPort: 8080,
  });
  transaction.requestLine(latin1(method), latin1(target), latin1("HTTP/1.1"));
  for (const [name, value] of what.headers ?? []) transaction.requestHeader(latin1(name), latin1(value));
  const decided = [transaction.endRequestHeaders()];
  for (const piece of what.body ?? []) decided.push(transaction.requestBody(latin1(piece)));
  decided.push(transaction.endRequestBody());
  transaction.responseLine(latin1("HTTP/1.1"), status);
  for (const [name, value] of what.responseHeaders ?? [])
    transaction.responseHeader(latin1(name), latin1(value));
  decided.push(transaction.endResponseHeaders());
  for (const piece of what.responseBody ?? []) decided.push(transaction.responseBody(latin1(piece)));
  decided.push(transaction.endResponseBody());
  transaction.finish();
  return { transaction, decided, hits: hitsOf(transaction) };
}

export function hitsOf({ hits }: Transaction): string[] {
  return hits.map(({ rule, msg, data }) =>
    [
      `${rule.id}`,
      ...(msg === undefined ? [] : [` ${text(msg)}`]),
      ...(data === undefined ? [] : [` | ${text(data)}`]),
    ].join(""),
  );
}

export function text(octets: Uint8Array): string {
  return Buffer.from(octets).toString("latin1");
}

export const FORM: readonly [string, string] = ["Content-Type", "application/x-www-form-urlencoded"];
