/** Audit records as a proxy would have written them, of requests that tests state. */

import { latin1 } from "@palisade/wire";
import { auditFields } from "../audit/fields.build.js";
import { readAudit } from "../audit/read-record.js";
import type { AuditRecord } from "../audit/record.js";
import { AuditPolicy } from "../audit/relevant.js";
import { auditLine } from "../audit/write-record.js";
import type { Engine } from "../engine/engine.js";
import type { Exchange } from "../transaction/transaction.build.js";

const CONNECTION = {
  clientAddress: "192.0.2.7",
  clientPort: 40_000,
  serverAddress: "192.0.2.1",
  serverPort: 8080,
};

/** Runs an exchange as a proxy does: nothing goes on behind a decision. @returns the line of its record */
export function recordLine(engine: Engine, id: string, what: Exchange): string {
  const { method = "GET", target = "/", headers = [["Host", "example.com"]], status = 200 } = what;
  const { body = [], responseHeaders = [["Content-Type", "text/html"]], responseBody = [] } = what;
  const policy = AuditPolicy.of(engine.rules.settings);
  const transaction = engine.begin(id);
  transaction.connection(CONNECTION);
  transaction.requestLine(latin1(method), latin1(target), latin1("HTTP/1.1"));
  for (const [name, value] of headers) transaction.requestHeader(latin1(name), latin1(value));
  let decided = transaction.endRequestHeaders();
  if (transaction.readsRequestBody)
    for (const piece of body) decided ??= transaction.requestBody(latin1(piece));
  decided ??= transaction.endRequestBody();
  if (decided === undefined) {
    transaction.responseLine(latin1("HTTP/1.1"), status);
    for (const [name, value] of responseHeaders) transaction.responseHeader(latin1(name), latin1(value));
    decided = transaction.endResponseHeaders();
    if (transaction.readsResponseBody)
      for (const piece of responseBody) decided ??= transaction.responseBody(latin1(piece));
    decided ??= transaction.endResponseBody();
  }
  transaction.finish();
  const bodyOf = (pieces: readonly string[]) => {
    const octets = latin1(pieces.join(""));
    return octets.length === 0 ? undefined : { octets, bytes: octets.length };
  };
  const refused = decided !== undefined;
  return auditLine({
    id,
    timeMs: 1_700_000_000_000,
    connection: CONNECTION,
    request: {
      method: latin1(method),
      target: latin1(target),
      protocol: latin1("HTTP/1.1"),
      headers: auditFields(headers),
      body: bodyOf(body),
    },
    response: {
      protocol: latin1("HTTP/1.1"),
      status: decided?.status ?? status,
      headers: auditFields(refused ? [] : responseHeaders),
      body: refused ? undefined : bodyOf(responseBody),
      from: refused ? "shield" : "upstream",
    },
    transaction,
    milliseconds: 1,
    parts: policy.parts(transaction),
  });
}

export function recordOf(engine: Engine, id: string, what: Exchange): AuditRecord {
  return readAudit(recordLine(engine, id, what), { file: "a.jsonl", line: 1 });
}
