/** What this codec and Node's own parser make of the same octets, compared; and each difference that there may be, with its reason. */
import { METHODS } from "node:http";
import type { NodeTranscript } from "./node.build.js";
import { parsedRequests } from "./node-parser.build.js";
import { ascii } from "./octets.js";
import { HTTP_FIELDS_MAX } from "./policy.js";
import type { Message, Transcript } from "./transcript.build.js";
import { readRequests } from "./transcript.build.js";
import { HTTP_HOST_EMPTY } from "./violations.js";

const NEXT = "GET /next HTTP/1.1\r\nHost: n\r\n\r\n";

/** Refused here, read by Node: the violation, or "closed" behind a last message, and why refusing is right. */
export const stricterRequests: Readonly<Record<string, string>> = {
  "http.host-missing":
    "the server's check of Host is off in the comparison, so that heads without one are compared",
  "http.host-duplicate": "RFC 9112 §3.2: 400; Node keeps the first",
  "http.host-invalid": "RFC 9112 §3.2: 400; Node does not read the value",
  "http.host-empty": "RFC 9110 §4.2.1: no http URI has an empty host; Node does not read the value",
  "http.transfer-encoding-unsupported": "RFC 9112 §6.1: 501; Node hands the coded octets on",
  "http.transfer-encoding-invalid":
    "RFC 9112 §6.1: an empty list, or what is no list of tokens; a tab before chunked",
  "http.transfer-encoding-in-1.0": "RFC 9112 §6.1: faulty framing; Node reads chunks",
  "http.chunk-extensions-too-long":
    "the bound is the same number here and there, and Node counts other octets",
  "http.head-too-long": "trailers have a bound of their own here; Node counts them with the head",
  "http.bare-lf": "RFC 9112 §2.2: before the request line Node passes over LF alone",
  "http.bare-cr": "RFC 9112 §2.2: before the request line Node passes over CR alone",
  "http.version-missing": "Node reads HTTP/0.9, which has no fields",
  "http.request-line-whitespace": "RFC 9112 §3: Node passes over spaces after the target",
  "http.target-invalid": "RFC 9112 §3.2: Node takes a target that begins with an asterisk",
  "http.version-unsupported": "RFC 9110 §15.6.6: 505; Node reads 2.0 as it reads 1.1",
  "http.target-userinfo": "RFC 9110 §4.2.4: it hides the host; Node hands it on",
  "http.target-fragment": "RFC 9112 §3.2: no form has a fragment; Node hands it on",
  "http.transfer-encoding-duplicate":
    "TE.TE: Node joins the fields to one list, others take the first or the last",
  "http.chunk-size-overflow": "a bound: 16 digits with their zeros, and 2^53 - 1; Node has 2^64 - 1",
  closed: "a tab after `close` is whitespace (RFC 9110 §5.6.3), so the message is the last; Node reads on",
  "http.connect-with-body": "RFC 9110 §9.3.6: CONNECT has no content; Node leaves it to the tunnel",
  "http.content-length-invalid": "a tab before the number, which others do not pass over",
  "http.fields-too-many": "a bound; Node's parser has none for their number",
  "http.connection-options-too-many": "a bound; Node looks for a few options in the text",
  "http.leading-lines-too-many": "a bound: RFC 9112 §2.2 wants one; Node passes over any number",
};
export const stricterResponses: Readonly<Record<string, string>> = {
  "http.response-unexpected":
    "RFC 9110 §15.2.2: 101 without an upgrade that was asked for; Node tells it as a response",
  "http.transfer-encoding-unsupported": "RFC 9112 §6.1; Node reads to the connection's end",
  "http.transfer-encoding-invalid": "as in requests",
  "http.transfer-encoding-in-1.0": "as in requests",
  "http.transfer-encoding-duplicate":
    "RFC 9112 §6.1: one list is enough, and two are read differently by others",
  "http.field-control": "control characters in the reason phrase: RFC 9112 §4 has none",
  "http.nul": "as control characters",
  "http.bare-cr": "RFC 9112 §2.2: Node takes CR CR for the end of the status line",
  "http.status-line-invalid": "RFC 9110 §15: 100 to 599; Node reads any three digits, and CR CR after them",
  "http.chunked-not-last":
    "RFC 9112 §6.3 has a client read to the connection's end, as Node does; others read chunks",
  "http.bare-lf": "as in requests",
  "http.content-length-overflow": "a bound: 2^53 - 1 here, 2^64 - 1 in Node; for HEAD and 304 Node reads on",
  "http.chunk-size-overflow": "as in requests",
  "http.fields-too-many": "as in requests",
  "http.connection-options-too-many": "as in requests",
  "http.leading-lines-too-many": "as in requests",
  "http.head-too-long": "as in requests",
  "http.version-unsupported": "as in requests",
  "http.chunked-twice": "RFC 9112 §6.1: must not be; Node reads chunks once",
  "http.content-length-invalid": "as in requests",
  "http.interim-too-many": "a bound",
};

/** Refused by Node, read here: Node's code, what a message must show, and why reading it is right. */
export const looser: Readonly<
  Record<string, readonly [holds: (message: Message) => boolean, reason: string]>
> = {
  HPE_INVALID_METHOD: [
    ({ startLine }) => !METHODS.includes(String(startLine[0])),
    "RFC 9110 §9.1: methods are any token; rules decide which are let through",
  ],
  HPE_INVALID_URL: [
    ({ violations }) => violations.includes("http.target-octets"),
    "noted: octets above ASCII, which rules are to see, and which frame nothing",
  ],
  HPE_INVALID_VERSION: [
    ({ violations, startLine }) => violations.includes("http.version-minor") || startLine[0] === "PRI",
    "RFC 9110 §2.5: a higher minor version is read as the highest that is known; PRI, which Node has in HTTP/2 alone, is a method",
  ],
  HPE_STRICT: [
    ({ violations }) => violations.includes("http.chunk-extension"),
    "octets above ASCII in chunk extensions, which go no further",
  ],
  HPE_INVALID_CHUNK_SIZE: [
    ({ violations }) => violations.includes("http.chunk-extension"),
    "RFC 9112 §7.1.1: whitespace before the semicolon of an extension, which goes no further",
  ],
  HPE_INVALID_HEADER_TOKEN: [
    ({ violations }) =>
      violations.includes("http.field-space-before-colon") || violations.includes("http.obs-fold"),
    "responses: RFC 9112 §5.1 and §5.2 have a proxy take these out",
  ],
  HPE_INVALID_TRANSFER_ENCODING: [
    ({ violations }) => violations.includes("http.trailer-forbidden"),
    "Transfer-Encoding among the trailers, which go no further",
  ],
  HPE_INVALID_CONTENT_LENGTH: [
    ({ violations }) => violations.includes("http.trailer-forbidden"),
    "Content-Length among the trailers, which go no further",
  ],
  HPE_CLOSED_CONNECTION: [
    ({ startLine }) => Number(startLine[0]) >= 100 && Number(startLine[0]) < 200,
    "responses: RFC 9110 §15.2: after an interim one another follows, whatever its Connection or version says",
  ],
};

/** Either what is wrong, or why one read more than the other; neither where both read the same. */
export interface Comparison {
  readonly wrong?: string;
  /** A violation of `stricterRequests` or `stricterResponses`, or a code of `looser`. */
  readonly reason?: string;
}

/** What both could read, and why one did not. */
export function compare(
  ours: Transcript,
  mine: readonly Message[],
  theirs: NodeTranscript,
  stricter: Readonly<Record<string, string>>,
): Comparison {
  const both = Math.min(mine.length, theirs.messages.length);
  for (let at = 0; at < both; at += 1) {
    const { startLine, fields, body } = mine[at]!;
    const one = JSON.stringify([startLine.slice(0, 2), fields, body]);
    const other = theirs.messages[at]!;
    if (one !== JSON.stringify([other.startLine, other.fields, other.body]))
      return { wrong: `message ${at} is read otherwise by Node` };
  }
  if (mine.length < theirs.messages.length) {
    const refusal = ours.refusal ?? (mine.at(-1)?.keepAlive === false ? "closed" : undefined);
    return refusal !== undefined && refusal in stricter
      ? { reason: refusal }
      : { wrong: `refused here alone: ${refusal}` };
  }
  if (mine.length > theirs.messages.length) {
    const { error } = theirs;
    return error !== undefined && ours.messages.some((message) => looser[error]?.[0](message) === true)
      ? { reason: error }
      : { wrong: `refused by Node alone: ${error}` };
  }
  return {};
}

/** Node reads nothing after a message that asks to upgrade, and leaves the connection to whoever takes it. */
const last = ({ keepAlive, upgrade, startLine }: Message) =>
  !keepAlive || upgrade || startLine[0] === "CONNECT";

/** What would be sent for a message that goes on, with another request behind it. */
export function sentOn({ forwarded, framing, body }: Message): Uint8Array {
  const chunk = body === "" ? "" : `${body.length.toString(16)}\r\n${body}\r\n`;
  return ascii(`${forwarded}${framing === "chunked" ? `${chunk}0\r\n\r\n` : body}${NEXT}`);
}

/** What is wrong with what would be sent: read again, here and by Node, it must be that message and the next one. */
export function sentWrong(message: Message): string | undefined {
  const octets = sentOn(message);
  // A message without Host, which only HTTP/1.0 or a lax policy lets pass, has an empty one; and some fields are added.
  const again = readRequests([octets], { note: [HTTP_HOST_EMPTY], fieldsMax: HTTP_FIELDS_MAX + 4 });
  if (again.end !== "closed") return `what is forwarded is refused: ${again.refusal}`;
  const [first, next] = again.messages;
  if (again.messages.length !== 2 || first!.body !== message.body || next!.startLine[1] !== "/next")
    return "what is forwarded is framed otherwise";
  const { messages, error } = parsedRequests(octets);
  // Methods and targets that Node refuses frame nothing: it reads no message then.
  if (messages.length === 0 && looser[error ?? ""]?.[0](first!)) return undefined;
  // Behind CONNECT Node reads no requests.
  const connect = message.startLine[0] === "CONNECT";
  if (messages.length !== (connect ? 1 : 2))
    return `Node reads ${messages.length} messages of what is forwarded`;
  return messages[0]!.body === message.body && (connect || messages[1]!.startLine[1] === "/next")
    ? undefined
    : "Node frames what is forwarded otherwise";
}

/** Up to the message after which the connection is another thing, or closed. */
export function readByBoth(messages: readonly Message[]): readonly Message[] {
  const ended = messages.filter((message) => message.ended);
  const end = ended.findIndex(last);
  return end < 0 ? ended : ended.slice(0, end + 1);
}

/** The last response to one request: what `nodeResponse` and `parsedResponse` tell. */
export function finalResponse(messages: readonly Message[]): readonly Message[] {
  return messages.filter(({ ended, startLine }) => ended && Number(startLine[0]) >= 200).slice(0, 1);
}
