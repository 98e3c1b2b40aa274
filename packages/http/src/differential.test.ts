/**
 * The same streams to this codec and to Node's own parser: where both read a message they read the same, and each difference
 * in what is read at all is one of these, with its reason. Every entry is met, so that none outlives its cause.
 */
import assert from "node:assert/strict";
import { METHODS } from "node:http";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { NodeTranscript } from "./node.build.js";
import { nodeRequests, nodeResponse } from "./node.build.js";
import { ascii } from "./octets.js";
import { smuggling } from "./smuggling.build.js";
import type { Message, Transcript } from "./transcript.build.js";
import { readRequests, readResponses } from "./transcript.build.js";

/** Refused here, read by Node: the violation, and why refusing is right. */
const stricterRequests: Readonly<Record<string, string>> = {
  "http.host-missing":
    "the server's check of Host is off in the comparison, so that heads without one are compared",
  "http.host-duplicate": "RFC 9112 §3.2: 400; Node keeps the first",
  "http.host-invalid": "RFC 9112 §3.2: 400; Node does not read the value",
  "http.host-empty": "RFC 9110 §4.2.1: no http URI has an empty host; Node does not read the value",
  "http.transfer-encoding-unsupported": "RFC 9112 §6.1: 501; Node hands the coded octets on",
  "http.transfer-encoding-invalid": "RFC 9112 §6.1: an empty list, or what is no list of tokens",
  "http.transfer-encoding-in-1.0": "RFC 9112 §6.1: faulty framing; Node reads chunks",
  "http.chunk-extensions-too-long":
    "the bound is the same number here and there, and Node counts other octets",
  "http.head-too-long": "trailers have a bound of their own here; Node counts them with the head",
  "http.bare-lf": "RFC 9112 §2.2: before the request line Node passes over LF alone",
  "http.bare-cr": "RFC 9112 §2.2: before the request line Node passes over CR alone",
  "http.version-missing": "Node reads HTTP/0.9, which has no fields",
  "http.request-line-whitespace": "RFC 9112 §3: Node passes over spaces after the target",
  "http.target-invalid": "RFC 9112 §3.2: Node takes a target that begins with an asterisk",
  "http.target-fragment": "RFC 9112 §3.2: no form has a fragment; Node hands it on",
};
const stricterResponses: Readonly<Record<string, string>> = {
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
};

/** Refused by Node, read here: Node's code, what the message must show, and why reading it is right. */
const looser: Readonly<Record<string, readonly [holds: (message: Message) => boolean, reason: string]>> = {
  HPE_INVALID_METHOD: [
    ({ startLine }) => !METHODS.includes(String(startLine[0])),
    "RFC 9110 §9.1: methods are any token; rules decide which are let through",
  ],
  HPE_INVALID_URL: [
    ({ violations }) => violations.includes("http.target-octets"),
    "noted: octets above ASCII, which rules are to see, and which frame nothing",
  ],
  HPE_INVALID_VERSION: [
    ({ violations }) => violations.includes("http.version-minor"),
    "RFC 9110 §2.5: a higher minor version is read as the highest that is known",
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
};

const pieces = [
  "GET / HTTP/1.1\r\n",
  "POST /a?b HTTP/1.1\r\n",
  "HEAD http://b/ HTTP/1.0\r\n",
  "OPTIONS * HTTP/1.1\r\n",
  "CONNECT a:1 HTTP/1.1\r\n",
  "Host: a\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 3, 3\r\n",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip\r\n",
  "Connection: close, x\r\n",
  "Connection: keep-alive\r\n",
  "Upgrade: x\r\n",
  "Expect: 100-continue\r\n",
  "X: y\r\n z\r\n",
  "X: y\n",
  "X : y\r\n",
  "X:\ty\x01\xff\r\n",
  "X:  y \t \r\n",
  "\r\n",
  "\n",
  "\r",
  "abc",
  "3\r\nabc\r\n",
  "3;x\r\nabc\r\n",
  "0\r\n\r\n",
  "0\r\nT: u\r\n\r\n",
  "\x00",
  ": ",
  " ",
  "\t",
  "0",
];
const some = fc.array(fc.constantFrom(...pieces), { maxLength: 5 }).map((parts) => parts.join(""));
const change = fc.option(fc.tuple(fc.nat({ max: 400 }), fc.nat({ max: 255 }), fc.nat({ max: 1 })), {
  nil: undefined,
});

/** A stream with one octet put in or changed. */
function changed(text: string, at: readonly [number, number, number] | undefined): string {
  if (at === undefined) return text;
  const place = at[0] % (text.length + 1);
  return text.slice(0, place) + String.fromCharCode(at[1]) + text.slice(place + at[2]);
}

const requests = fc
  .tuple(
    fc.oneof(
      { weight: 1, arbitrary: fc.constantFrom(...smuggling.map(({ text }) => text)) },
      {
        weight: 8,
        arbitrary: fc
          .tuple(
            fc.constantFrom("POST / HTTP/1.1\r\n", "GET /a HTTP/1.1\r\n"),
            fc.constantFrom("Host: a\r\n", "Host: a\r\n", ""),
            some,
            some,
          )
          .map(
            ([line, host, fields, body]) =>
              `${line}${host}${fields}\r\n${body}GET /n HTTP/1.1\r\nHost: n\r\n\r\n`,
          ),
      },
    ),
    change,
  )
  .map(([text, at]) => changed(text, at));

const responses = fc
  .tuple(
    fc.constantFrom(
      "HTTP/1.1 200 OK\r\n",
      "HTTP/1.1 204 No\r\n",
      "HTTP/1.1 304 N\r\n",
      "HTTP/1.0 200 OK\r\n",
      "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 200 OK\r\n",
      "HTTP/1.1 404\r\n",
      "HTTP/1.1 500 \x0c\r\n",
      "HTTP/1.1 101 S\r\n",
    ),
    some,
    some,
    change,
  )
  .map(([line, fields, body, at]) => changed(`${line}${fields}\r\n${body}`, at));

/** What both could read, and why one did not: the reasons that were needed. */
function compare(
  ours: Transcript,
  mine: readonly Message[],
  theirs: NodeTranscript,
  stricter: Readonly<Record<string, string>>,
): string | undefined {
  const plain = mine.map(({ startLine, fields, body }) => ({
    startLine: startLine.slice(0, 2),
    fields,
    body,
  }));
  const both = Math.min(plain.length, theirs.messages.length);
  assert.deepEqual(plain.slice(0, both), theirs.messages.slice(0, both));
  if (plain.length < theirs.messages.length) {
    assert.ok(ours.refusal !== undefined && ours.refusal in stricter, `refused here alone: ${ours.refusal}`);
    return ours.refusal;
  }
  if (plain.length > theirs.messages.length) {
    const entry = looser[theirs.error ?? ""];
    assert.ok(entry?.[0](mine[both]!), `refused by Node alone: ${theirs.error}`);
    return theirs.error;
  }
  return undefined;
}

const last = (message: Message) => !message.keepAlive || message.startLine[0] === "CONNECT";

/** Up to the message after which the connection is another thing, or closed. */
function readByBoth(messages: readonly Message[]): readonly Message[] {
  const ended = messages.filter((message) => message.ended);
  const end = ended.findIndex(last);
  return end < 0 ? ended : ended.slice(0, end + 1);
}

describe("Node's own parser", () => {
  it("reads the same requests, but for the differences that are listed", async () => {
    const met = new Set<string | undefined>();
    await fc.assert(
      fc.asyncProperty(requests, async (text) => {
        const ours = readRequests([ascii(text)]);
        met.add(compare(ours, readByBoth(ours.messages), await nodeRequests(ascii(text)), stricterRequests));
      }),
      { numRuns: 12_000, seed: 9112 },
    );
    const directed = [
      "\rGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /a\r\nHost: a\r\n\r\n",
      "GET /  HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
      "GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
      "\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "FOO / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET *a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET /#a HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.2\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\xff\r\na\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 ;a\r\na\r\n0\r\n\r\n",
      ...smuggling.map(({ text }) => text),
    ];
    for (const text of directed) {
      const ours = readRequests([ascii(text)]);
      met.add(compare(ours, readByBoth(ours.messages), await nodeRequests(ascii(text)), stricterRequests));
    }
    const needed = [
      ...Object.keys(stricterRequests),
      ...Object.keys(looser).filter((code) => code !== "HPE_INVALID_HEADER_TOKEN"),
    ];
    assert.deepEqual(
      needed.filter((reason) => !met.has(reason)),
      [],
    );
  });

  it("reads the same responses, but for the differences that are listed", async () => {
    const met = new Set<string | undefined>();
    await fc.assert(
      fc.asyncProperty(responses, fc.constantFrom("GET", "HEAD"), async (text, method) => {
        const ours = readResponses([ascii(text)], [method === "HEAD" ? "HEAD" : "other"]);
        const mine = ours.messages.filter(({ ended, startLine }) => ended && Number(startLine[0]) >= 200);
        met.add(compare(ours, mine.slice(0, 1), await nodeResponse(ascii(text), method), stricterResponses));
      }),
      { numRuns: 6_000, seed: 9110 },
    );
    for (const text of ["HTTP/1.1 200 a\r\r\r\n\r\n", "HTTP/1.1 200 a\x00\r\n\r\n"]) {
      const ours = readResponses([ascii(text)], ["other"]);
      met.add(compare(ours, [], await nodeResponse(ascii(text), "GET"), stricterResponses));
    }
    const needed = [...Object.keys(stricterResponses), "HPE_INVALID_HEADER_TOKEN"];
    assert.deepEqual(
      needed.filter((reason) => !met.has(reason)),
      [],
    );
  });
});
