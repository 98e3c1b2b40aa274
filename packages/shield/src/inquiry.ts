/** What rules are asked about a request and its response: heads in the codec's form, as calls of a transaction. */
import type { RequestHead, ResponseHead } from "@palisade/http";
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
      fields.octets,
      field === host ? octets : fields.octets,
      fields.nameStart(field),
      fields.nameEnd(field),
      field === host ? head.authorityStart : fields.valueStart(field),
      field === host ? head.authorityEnd : fields.valueEnd(field),
    );
  return transaction.endRequestHeaders();
}

/** Phase 3. */
export function askResponseHead(transaction: Transaction, head: ResponseHead): Interruption | undefined {
  const { fields } = head;
  transaction.responseLine(head.octets.subarray(head.versionStart, head.versionEnd), head.status);
  for (let field = 0; field < fields.count; field += 1)
    transaction.responseHeader(
      fields.octets,
      fields.octets,
      fields.nameStart(field),
      fields.nameEnd(field),
      fields.valueStart(field),
      fields.valueEnd(field),
    );
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
