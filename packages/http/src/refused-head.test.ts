/** What is known of a message that is refused: docs/http.md, "What is known of a refused message". */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ascii, latin1 } from "./octets.js";
import type { HttpParserOptions } from "./policy.js";
import { RequestParser } from "./request-parser.js";
import { cutAt, fieldsOf, readResponses } from "./transcript.build.js";
import * as violations from "./violations.js";

/** Feeds octets in chunks, ends the connection, and says what is known when that is refused. */
function refused(chunks: readonly Uint8Array[], options?: HttpParserOptions) {
  const parser = new RequestParser(options);
  let event = parser.next();
  for (const chunk of chunks) {
    parser.feed(chunk);
    while (!["need", "refused"].includes((event = parser.next())));
  }
  parser.finish();
  while (!["refused", "closed"].includes(event)) event = parser.next();
  assert.equal(event, "refused");
  const { head } = parser;
  return {
    refusal: head.violations.refusal!.name,
    line: latin1(head.octets, head.lineStart, head.lineEnd),
    words: [head.methodText(), head.targetText(), head.versionText()],
    fields: fieldsOf(head.fields),
  };
}

const small = { requestLineBytesMax: 20, headBytesMax: 60, fieldsMax: 2 };

/** The stream, the refusal, the line if it is not the stream's first one, its words, and the names of the fields. */
const table: readonly (readonly [
  text: string,
  refusal: string,
  line: string,
  words: readonly string[],
  names: string,
  options?: HttpParserOptions,
])[] = [
  [
    "GET /a b HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n",
    "request-line-whitespace",
    "GET /a b HTTP/1.1",
    ["GET", "/a b", "HTTP/1.1"],
    "Host X",
  ],
  [
    "GET\t/ HTTP/1.1 \r\nX: y\r\n\r\n",
    "request-line-whitespace",
    "GET\t/ HTTP/1.1 ",
    ["GET", "/", "HTTP/1.1"],
    "X",
  ],
  [
    "GE(T / HTTP/1.1\r\nHost: a\r\n\r\n",
    "method-invalid",
    "GE(T / HTTP/1.1",
    ["GE(T", "/", "HTTP/1.1"],
    "Host",
  ],
  ["GET /\r\nHost: a\r\n\r\n", "version-missing", "GET /", ["GET", "/", ""], "Host"],
  ["GET / HTTP/3.0\r\nX: y\r\n\r\n", "version-unsupported", "GET / HTTP/3.0", ["GET", "/", "HTTP/3.0"], "X"],
  [
    "GET / JUNK/1.0\r\nHost: a\r\n\r\n",
    "version-invalid",
    "GET / JUNK/1.0",
    ["GET", "/", "JUNK/1.0"],
    "Host",
  ],
  ["GET / HTTP/1.1\r\nX: y\r\n\r\n", "host-missing", "GET / HTTP/1.1", ["GET", "/", "HTTP/1.1"], "X"],
  ["\r\n\r\nGET / HTTP/1.1\nX: y\r\n\r\n", "bare-lf", "GET / HTTP/1.1", ["GET", "/", "HTTP/1.1"], "X"],
  [
    "GET / HTTP/1.1\r\nHost: a\r\nX\r\nY : z\r\n\r\n",
    "field-colon-missing",
    "GET / HTTP/1.1",
    ["GET", "/", "HTTP/1.1"],
    "Host Y",
  ],
  [
    "GET / HTTP/1.1\r\nA: 1\r\nB: 2\r\nC: 3\r\n\r\n",
    "fields-too-many",
    "GET / HTTP/1.1",
    ["GET", "/", "HTTP/1.1"],
    "A B",
    small,
  ],
  [
    `GET / HTTP/1.1\r\nA: 1\r\nB: ${"b".repeat(90)}\r\n\r\n`,
    "head-too-long",
    "GET / HTTP/1.1",
    ["GET", "/", "HTTP/1.1"],
    "A",
    small,
  ],
  [
    `GET /${"a".repeat(90)} HTTP/1.1\r\nA: 1\r\n\r\n`,
    "request-line-too-long",
    `GET /${"a".repeat(15)}`,
    ["GET", `/${"a".repeat(15)}`, ""],
    "",
    small,
  ],
  [
    `${"G".repeat(90)} / HTTP/1.1\r\n\r\n`,
    "request-line-too-long",
    "G".repeat(20),
    ["G".repeat(20), "", ""],
    "",
    small,
  ],
  ["GET /a", "truncated", "GET /a", ["GET", "/a", ""], ""],
  ["GET", "truncated", "GET", ["GET", "", ""], ""],
  ["GET / HTTP/1.1\r\nHost: a\r\nX: y", "truncated", "GET / HTTP/1.1", ["GET", "/", "HTTP/1.1"], "Host"],
  ["\r\n\r\n\r\n\r\n\r\nGET / HTTP/1.1\r\n", "leading-lines-too-many", "", ["", "", ""], ""],
  [
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab\r\n",
    "truncated",
    "POST / HTTP/1.1",
    ["POST", "/", "HTTP/1.1"],
    "Host Transfer-Encoding",
  ],
];

describe("a refused request", () => {
  for (const [text, refusal, line, words, names, options] of table) {
    it(`tells its line and fields: ${JSON.stringify(text.slice(0, 40))}, ${refusal}`, () => {
      const octets = ascii(text);
      const whole = refused([octets], options);
      assert.equal(whole.refusal, `http.${refusal}`);
      assert.equal(whole.line, line);
      assert.deepEqual(whole.words, words);
      assert.equal(whole.fields.map(([name]) => name).join(" "), names);
      const each = cutAt(
        octets,
        Array.from(octets, (_, at) => at),
      );
      assert.deepEqual(refused(each, options), whole, "octet by octet");
    });
  }

  it("that is no text tells what came of its first line, and no words", () => {
    const told = refused([ascii("\x16\x03\x01\x02\nabc")]);
    assert.deepEqual(told, {
      refusal: "http.not-http",
      line: "\x16\x03\x01\x02",
      words: ["", "", ""],
      fields: [],
    });
    assert.equal(refused([new Uint8Array(100)], small).line.length, 20);
    assert.equal(refused([ascii("\x16"), ascii("\x03")]).line, "\x16");
  });

  it("stays what it was while more octets come", () => {
    const parser = new RequestParser();
    parser.feed(ascii("GET  / HTTP/1.1\r\nHost: a\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert.equal(parser.next(), "refused");
    parser.feed(ascii("GET /other HTTP/1.1\r\nHost: b\r\n\r\n"));
    assert.equal(parser.next(), "refused");
    assert.equal(parser.pendingBytes, 0);
    assert.deepEqual([parser.head.targetText(), parser.head.fields.value(0)], ["/", "a"]);
  });

  it("has its line and fields within the octets that are told, whatever came", () => {
    const piece = fc.constantFrom(
      "GET",
      " ",
      "\t",
      "/",
      "HTTP/1.1",
      "\r",
      "\n",
      "\r\n",
      "Host: a",
      "X",
      ":",
      "\x00",
      "\xff",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), fc.array(fc.nat({ max: 60 })), (pieces, places) => {
        const parser = new RequestParser(small);
        let event = "need";
        for (const chunk of cutAt(ascii(pieces.join("")), places)) {
          parser.feed(chunk);
          while (!["need", "refused"].includes((event = parser.next())));
        }
        const { head } = parser;
        if (event !== "refused") return;
        const order = [
          head.start,
          head.lineStart,
          head.methodStart,
          head.methodEnd,
          head.targetStart,
          head.targetEnd,
        ];
        if (head.methodEnd === head.methodStart) order.splice(2, 4);
        else order.push(head.versionStart, head.versionEnd);
        order.push(head.lineEnd, head.end, head.octets.length);
        assert.deepEqual(
          order,
          order.toSorted((one, other) => one - other),
        );
        assert.ok(head.lineEnd - head.lineStart <= small.requestLineBytesMax);
      }),
    );
  });
});

describe("a length beside chunks, where that is noted", () => {
  const note = { note: [violations.HTTP_CONTENT_LENGTH_WITH_TRANSFER_ENCODING] };
  const text =
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 44\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

  it("shows both fields, and nothing after the message is read", () => {
    const parser = new RequestParser(note);
    parser.feed(ascii(text));
    assert.equal(parser.next(), "head");
    assert.deepEqual(
      fieldsOf(parser.head.fields).map(([name]) => name),
      ["Host", "Content-Length", "Transfer-Encoding"],
    );
    assert.equal(parser.head.keepAlive, false);
    assert.deepEqual([parser.next(), parser.next(), parser.next()], ["end", "closed", "closed"]);
    parser.feed(ascii("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assert.deepEqual([parser.next(), parser.pendingBytes, parser.within], ["closed", 0, false]);
  });

  it("is refused all the same where the length is none", () => {
    const parser = new RequestParser(note);
    parser.feed(ascii(text.replace("44", "+4")));
    assert.equal(parser.next(), "refused");
    assert.equal(parser.head.violations.refusal?.name, "http.content-length-invalid");
  });
});

describe("the last message of a connection", () => {
  it("is the last that is read", () => {
    const parser = new RequestParser();
    parser.feed(
      ascii("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    );
    assert.deepEqual([parser.next(), parser.next(), parser.next()], ["head", "end", "closed"]);
  });

  it("is no interim response", () => {
    const { messages, end } = readResponses(
      [ascii("HTTP/1.0 103 E\r\nConnection: close\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")],
      ["other"],
    );
    assert.deepEqual([messages.length, end], [2, "closed"]);
  });
});

describe("a refused response", () => {
  it("tells its status line", () => {
    const line = (text: string) => readResponses([ascii(text)], ["other"]).messages[0]!.line;
    assert.equal(line("HTTP/1.1 99 A\r\n\r\n"), "HTTP/1.1 99 A");
    assert.equal(line("ICY 200 OK\r\n\r\n"), "ICY 200 OK");
    assert.equal(line("HTTP/1.1 20"), "HTTP/1.1 20");
  });

  it("that nobody asked for is not told as the last one", () => {
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: y\r\n\r\n";
    const { messages, refusal } = readResponses([ascii(text + text)], ["other"]);
    assert.equal(refusal, "http.response-unexpected");
    assert.deepEqual([messages[1]!.fields, messages[1]!.line], [[], ""]);
    assert.deepEqual(messages[1]!.violations, ["http.response-unexpected"]);
  });
});
