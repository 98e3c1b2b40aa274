/** What rules are asked about a request and its response: heads in the codec's form, as calls of a transaction. */
import type { HttpFields, RequestHead, ResponseHead } from "@palisade/http";
import type { Connection, Interruption, Transaction } from "@palisade/seclang";

/**
 * Phase 1, on as much of a head as could be read. Beside a target in absolute form, Host is what is forwarded as such (RFC 9112 §3.2.2): a
 * rule, or an exclusion, that is for one host must not be met by the name of another.
 */
export function askRequestHead(
  transaction: Transaction,
  head: RequestHead,
  connection: Connection,
): Interruption | undefined {
  const { octets } = head;
  transaction.connection(connection);
  if (head.methodEnd > head.methodStart)
    transaction.requestLine(
      octets.subarray(head.methodStart, head.methodEnd),
      octets.subarray(head.targetStart, head.targetEnd),
      octets.subarray(head.versionStart, head.versionEnd),
    );
  const { fields } = head;
  const host = head.targetForm === "absolute" ? fields.find(HOST) : -1;
  for (let field = 0; field < fields.count; field += 1)
    transaction.requestHeader(
      fieldName(fields, field),
      field === host ? octets.subarray(head.authorityStart, head.authorityEnd) : fieldValue(fields, field),
    );
  return transaction.endRequestHeaders();
}

/** Phase 3. */
export function askResponseHead(transaction: Transaction, head: ResponseHead): Interruption | undefined {
  const { fields } = head;
  transaction.responseLine(head.octets.subarray(head.versionStart, head.versionEnd), head.status);
  for (let field = 0; field < fields.count; field += 1)
    transaction.responseHeader(fieldName(fields, field), fieldValue(fields, field));
  return transaction.endResponseHeaders();
}

/** Whether a request may be sent a second time without a second effect: RFC 9110 §9.2.2. */
export function isIdempotent(head: RequestHead): boolean {
  switch (head.methodText()) {
    case "GET":
    case "HEAD":
    case "OPTIONS":
    case "TRACE":
    case "PUT":
    case "DELETE":
      return true;
    default:
      return false;
  }
}

/**
 * Whether an upgrade is let through: to WebSocket (RFC 6455) alone. Within others, HTTP/2 above all, requests would follow that no
 * rule sees.
 */
export function isWebSocket({ upgrade, fields }: RequestHead): boolean {
  if (!upgrade) return false;
  const field = fields.find(UPGRADE);
  return (
    field >= 0 && fields.find(UPGRADE, field + 1) < 0 && fields.value(field).toLowerCase() === "websocket"
  );
}

const HOST = Buffer.from("host");
const UPGRADE = Buffer.from("upgrade");

function fieldName(fields: HttpFields, field: number): Uint8Array {
  return fields.octets.subarray(fields.nameStart(field), fields.nameEnd(field));
}

function fieldValue(fields: HttpFields, field: number): Uint8Array {
  return fields.octets.subarray(fields.valueStart(field), fields.valueEnd(field));
}
