/** A request and the response to it, as files have them in HTTP/1.1 or an audit log recorded them. */
import { PalisadeError } from "@palisade/base";
import {
  HTTP_BARE_LF,
  type HttpFields,
  type MessageViolations,
  RequestParser,
  ResponseParser,
} from "@palisade/http";
import {
  type AuditAction,
  type AuditRecord,
  auditOctets,
  type Connection,
  recordedRequestBody,
  recordedResponseBody,
} from "@palisade/seclang";
import { readOctets, whyUnreadable } from "../file-octets.js";
import { printable } from "../terminal.js";

/** Most octets of a file with a request or a response. */
export const EXPLAIN_MESSAGE_BYTES_MAX = 4_194_304;

type Field = readonly [name: Uint8Array, value: Uint8Array];

export interface ExplainedRequest {
  readonly method: Uint8Array;
  readonly target: Uint8Array;
  readonly protocol: Uint8Array;
  readonly headers: readonly Field[];
  /** Whether all of it came; one that a limit, or who read it, refused did not. */
  readonly ended: boolean;
  /** Undefined: a part of it is not known. */
  readonly body: Uint8Array | undefined;
  /** Where a part of the body is not known: whether it came, and is not recorded. */
  readonly bodyCame: boolean;
}

export interface ExplainedResponse {
  readonly protocol: Uint8Array;
  readonly status: number;
  readonly headers: readonly Field[];
  /** Undefined: a part of it is not known. */
  readonly body: Uint8Array | undefined;
}

export interface ExplainedExchange {
  /** UNIQUE_ID */
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly timeMs: number;
  readonly connection: Connection;
  readonly request: ExplainedRequest;
  readonly response: ExplainedResponse | undefined;
  /** What a record says was done; undefined of files. */
  readonly recorded: AuditAction | null | undefined;
  /** What was read otherwise than it was written: a sentence each. */
  readonly notes: readonly string[];
}

/** Whom a file's request is from and to: addresses that RFC 5737 keeps for examples. */
const CONNECTION: Connection = {
  clientAddress: "192.0.2.1",
  clientPort: 49_152,
  serverAddress: "192.0.2.2",
  serverPort: 80,
};

/**
 * Reads a request and the response to it.
 *
 * @param request `-`: standard input
 * @throws {PalisadeError} `FILE_UNREADABLE`; `MESSAGE_INVALID` where it is no whole message that the codec takes
 */
export function exchangeOf(request: string, response: string | undefined): ExplainedExchange {
  const notes: string[] = [];
  const parser = new RequestParser({ note: [HTTP_BARE_LF] });
  parser.feed(octetsOf(request));
  parser.finish();
  const body: Uint8Array[] = [];
  let read: Omit<ExplainedRequest, "ended" | "body" | "bodyCame"> | undefined;
  for (let event = parser.next(); event !== "end"; event = parser.next()) {
    const { head } = parser;
    if (event === "head") {
      const slice = (start: number, end: number) => head.octets.slice(start, end);
      read = {
        method: slice(head.methodStart, head.methodEnd),
        target: slice(head.targetStart, head.targetEnd),
        protocol: slice(head.versionStart, head.versionEnd),
        headers: fieldsOf(head.fields),
      };
    } else if (event === "body") body.push(parser.octets.slice(parser.start, parser.end));
    else throw invalid(request, "request", head.violations);
  }
  noteLines(request, parser.head.violations, notes);
  if (parser.pendingBytes > 0)
    notes.push(`${nameOf(request)} goes on behind the request, which is not read.`);
  const answer =
    response === undefined ? undefined : responseOf(response, parser.head.method, parser.head.upgrade, notes);
  return {
    id: "explain",
    timeMs: Date.now(),
    connection: CONNECTION,
    request: { ...read!, ended: true, body: Buffer.concat(body), bodyCame: true },
    response: answer,
    recorded: undefined,
    notes,
  };
}

function responseOf(
  path: string,
  method: RequestParser["head"]["method"],
  upgrade: boolean,
  notes: string[],
): ExplainedResponse {
  const parser = new ResponseParser({ note: [HTTP_BARE_LF] });
  parser.expect(method, upgrade);
  parser.feed(octetsOf(path));
  parser.finish();
  const body: Uint8Array[] = [];
  const { head } = parser;
  let read: Omit<ExplainedResponse, "body"> | undefined;
  for (let event = parser.next(); event !== "end" || head.interim; event = parser.next()) {
    if (event === "head") {
      read = {
        protocol: head.octets.slice(head.versionStart, head.versionEnd),
        status: head.status,
        headers: fieldsOf(head.fields),
      };
    } else if (event === "body") body.push(parser.octets.slice(parser.start, parser.end));
    else if (event !== "end") throw invalid(path, "response", head.violations);
  }
  noteLines(path, head.violations, notes);
  return { ...read!, body: Buffer.concat(body) };
}

/** @throws {PalisadeError} `RECORD_PARTIAL` without request line or headers */
export function recordedExchange(record: AuditRecord): ExplainedExchange {
  const { request, response, client, server } = record;
  if (request?.headers === undefined)
    throw new PalisadeError(
      "RECORD_PARTIAL",
      `record ${record.id} has no request line or no headers: give the id of another one`,
    );
  const answered = response?.from === "upstream" && response.headers !== undefined;
  return {
    id: record.id,
    timeMs: Date.parse(record.time),
    connection: {
      clientAddress: client.address,
      clientPort: client.port,
      serverAddress: server.address,
      serverPort: server.port,
    },
    request: {
      method: recorded(request.method),
      target: recorded(request.target),
      protocol: recorded(request.protocol),
      headers: request.headers.map(([name, value]) => [recorded(name), recorded(value)]),
      ended: record.action?.rule !== null,
      body: recordedRequestBody(record),
      bodyCame: request.body_bytes > 0 && (request.body === undefined || request.body_cut === true),
    },
    response: answered
      ? {
          protocol: recorded(response.protocol),
          status: response.status,
          headers: response.headers!.map(([name, value]) => [recorded(name), recorded(value)]),
          body: recordedResponseBody(record),
        }
      : undefined,
    recorded: record.action,
    notes: [],
  };
}

/** Text of a record that was read is text of octets: that was checked. */
function recorded(text: string): Uint8Array {
  return auditOctets(text)!;
}

function fieldsOf(fields: HttpFields): Field[] {
  return Array.from({ length: fields.count }, (_, at) => [
    fields.octets.slice(fields.nameStart(at), fields.nameEnd(at)),
    fields.octets.slice(fields.valueStart(at), fields.valueEnd(at)),
  ]);
}

function noteLines(path: string, violations: MessageViolations, notes: string[]): void {
  if (violations.has(HTTP_BARE_LF))
    notes.push(`Lines of ${nameOf(path)} end in LF alone, which is taken as CRLF; a proxy would refuse it.`);
}

function invalid(path: string, what: string, { refusal }: MessageViolations): PalisadeError {
  const why = refusal === undefined ? "it ends before its head does" : refusal.name;
  return new PalisadeError(
    "MESSAGE_INVALID",
    `${nameOf(path)}: no ${what} that a proxy would take (${why}), expected one of HTTP/1.1 as it is sent`,
  );
}

function nameOf(path: string): string {
  return path === "-" ? "standard input" : printable(path);
}

function octetsOf(path: string): Uint8Array {
  try {
    return readOctets(path === "-" ? 0 : path, EXPLAIN_MESSAGE_BYTES_MAX);
  } catch (cause) {
    throw new PalisadeError(
      "FILE_UNREADABLE",
      `${nameOf(path)}: it cannot be read: ${whyUnreadable(cause)}`,
      { cause },
    );
  }
}
