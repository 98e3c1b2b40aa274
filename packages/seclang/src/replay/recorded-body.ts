/** Bodies of a record's messages, where all of their octets are in it. */
import type { AuditField, AuditRecord } from "../audit/record.js";
import { auditOctets } from "../audit/text.js";

const NOTHING = new Uint8Array(0);

/**
 * The octets of the request's body. Undefined where some are not known: the body is cut or not recorded, or did not come to its end,
 * since the request was decided by its head, or its client went away.
 */
export function recordedRequestBody({ request, response, action }: AuditRecord): Uint8Array | undefined {
  if (request === null) return undefined;
  const bytes = announcedBytes(request.headers ?? []);
  if (bytes === "unsized") {
    // What ended it is not recorded: a client that was sent nothing may have gone away, and one that was refused may not have begun.
    if (response === null && action === null) return undefined;
    if (request.body_bytes === 0 && response?.from !== "upstream") return undefined;
  } else if (request.body_bytes < bytes) return undefined;
  return recorded(request);
}

/** The octets of the response's body. Undefined where some are not known: it is cut or not recorded, or was not sent to its end. */
export function recordedResponseBody({ request, response }: AuditRecord): Uint8Array | undefined {
  if (response === null) return undefined;
  const bytes = announcedBytes(response.headers ?? []);
  // RFC 9112 §6.3, item 1: these have no body, whatever they announce.
  const isBodiless = request?.method === "HEAD" || response.status === 204 || response.status === 304;
  if (!isBodiless && bytes !== "unsized" && response.body_bytes < bytes) return undefined;
  return recorded(response);
}

/** How many octets a head says that its body has: RFC 9112 §6.3. "unsized": it comes in chunks. */
function announcedBytes(headers: readonly AuditField[]): number | "unsized" {
  let bytes = 0;
  for (const [name, value] of headers) {
    if (/^transfer-encoding$/i.test(name)) return "unsized";
    if (/^content-length$/i.test(name) && /^\d+$/.test(value)) bytes = Number(value);
  }
  return bytes;
}

function recorded(message: {
  readonly body?: string;
  readonly body_bytes: number;
  readonly body_cut?: true;
}): Uint8Array | undefined {
  if (message.body_bytes === 0) return NOTHING;
  if (message.body === undefined || message.body_cut === true) return undefined;
  // Text of a record that was read is text of octets: that was checked.
  return auditOctets(message.body) ?? NOTHING;
}
