/**
 * The same streams to this codec and to Node's own parser: where both read a message they read the same, and each difference
 * in what is read at all is one of these, with its reason. Every entry is met, so that none outlives its cause.
 */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { Comparison } from "./differential.build.js";
import {
  compare,
  finalResponse,
  looser,
  readByBoth,
  stricterRequests,
  stricterResponses,
} from "./differential.build.js";
import { nodeRequests, nodeResponse } from "./node.build.js";
import { parsedRequests } from "./node-parser.build.js";
import { ascii } from "./octets.js";
import { smuggling } from "./smuggling.build.js";
import { readRequests, readResponses } from "./transcript.build.js";

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

/** Differences that responses alone show. */
const ofResponses = ["HPE_INVALID_HEADER_TOKEN", "HPE_CLOSED_CONNECTION"];

/** The reason of a difference, or undefined where there is none. */
function reasonOf({ wrong, reason }: Comparison, text: string): string | undefined {
  assert.equal(wrong, undefined, JSON.stringify(text));
  return reason;
}

describe("Node's own parser", () => {
  it("reads the same requests, but for the differences that are listed", async () => {
    const met = new Set<string | undefined>();
    await fc.assert(
      fc.asyncProperty(requests, async (text) => {
        const ours = readRequests([ascii(text)]);
        const theirs = await nodeRequests(ascii(text));
        met.add(reasonOf(compare(ours, readByBoth(ours.messages), theirs, stricterRequests), text));
        assert.deepEqual(parsedRequests(ascii(text)).messages, theirs.messages, JSON.stringify(text));
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
      "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
      "PRI / HTTP/1.1\r\nHost: a\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\t\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;\xff\r\na\r\n0\r\n\r\n",
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1 ;a\r\na\r\n0\r\n\r\n",
      `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(128)}\r\n`,
      `GET / HTTP/1.1\r\nHost: a\r\nConnection: ${"a,".repeat(33)}\r\n\r\n`,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      ...smuggling.map(({ text }) => text),
    ];
    for (const text of directed) {
      const ours = readRequests([ascii(text)]);
      const theirs = await nodeRequests(ascii(text));
      met.add(reasonOf(compare(ours, readByBoth(ours.messages), theirs, stricterRequests), text));
      assert.deepEqual(parsedRequests(ascii(text)), theirs);
    }
    const needed = [
      ...Object.keys(stricterRequests),
      ...Object.keys(looser).filter((code) => !ofResponses.includes(code)),
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
        const theirs = await nodeResponse(ascii(text), method);
        met.add(reasonOf(compare(ours, finalResponse(ours.messages), theirs, stricterResponses), text));
      }),
      { numRuns: 6_000, seed: 9110 },
    );
    const answered = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    const directed = [
      "HTTP/1.1 200 a\r\r\r\n\r\n",
      "HTTP/1.1 200 a\x00\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length:\t0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
      "HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 600 A\r\nContent-Length: 0\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
      "HTTP/1.1 304 N\r\nContent-Length: 9007199254740992\r\n\r\n",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n00000000000000000\r\n\r\n",
      `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ${"y".repeat(8_192)}\r\n\r\n`,
      `HTTP/1.1 200 OK\r\nContent-Length: 0\r\n${"X: y\r\n".repeat(128)}\r\n`,
      `HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: ${"a,".repeat(33)}\r\n\r\n`,
      `HTTP/1.1 100 C\r\n\r\n\n${answered}`,
      `HTTP/1.1 100 C\r\n\r\n${"\r\n".repeat(5)}${answered}`,
      `${"HTTP/1.1 100 C\r\n\r\n".repeat(17)}${answered}`,
      `HTTP/1.0 100 C\r\n\r\n${answered}`,
    ];
    for (const text of directed) {
      const ours = readResponses([ascii(text)], ["other"]);
      const theirs = await nodeResponse(ascii(text), "GET");
      met.add(reasonOf(compare(ours, finalResponse(ours.messages), theirs, stricterResponses), text));
    }
    const needed = [...Object.keys(stricterResponses), ...ofResponses];
    assert.deepEqual(
      needed.filter((reason) => !met.has(reason)),
      [],
    );
  });
});
