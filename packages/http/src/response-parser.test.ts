import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { MethodKind } from "./message-head.js";
import { ascii } from "./octets.js";
import { ResponseParser } from "./response-parser.js";
import { cutAt, readResponses } from "./transcript.build.js";
import { HTTP_OBS_FOLD } from "./violations.js";

const read = (text: string, methods: readonly MethodKind[] = ["other"], upgrade = false) =>
  readResponses([ascii(text)], methods, {}, upgrade);

/** Framing by RFC 9112 §6.3. */
const framings: readonly (readonly [
  title: string,
  asked: MethodKind,
  text: string,
  framing: string,
  body: string,
])[] = [
  ["a length", "other", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "length 3", "abc"],
  ["no octets", "other", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "none", ""],
  [
    "chunks",
    "other",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    "chunked",
    "abc",
  ],
  ["the connection's end", "other", "HTTP/1.0 200 OK\r\n\r\nabc", "close", "abc"],
  ["HEAD", "HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "none", ""],
  ["HEAD with chunks", "HEAD", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "none", ""],
  ["204", "other", "HTTP/1.1 204 No Content\r\n\r\n", "none", ""],
  ["304", "other", "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "none", ""],
  ["CONNECT that failed", "CONNECT", "HTTP/1.1 407 No\r\nContent-Length: 1\r\n\r\na", "length 1", "a"],
];

describe("a response", () => {
  for (const [title, asked, text, framing, body] of framings) {
    it(`is framed by ${title}`, () => {
      const whole = read(text, [asked]);
      assert.equal(whole.end, "closed");
      assert.equal(whole.messages[0]!.framing, framing);
      assert.equal(whole.messages[0]!.body, body);
      assert.equal(whole.messages[0]!.ended, true);
      assert.deepEqual(
        readResponses(
          cutAt(
            ascii(text),
            Array.from(text, (_, at) => at),
          ),
          [asked],
        ),
        whole,
      );
    });
  }

  it("may follow interim ones", () => {
    const { messages } = read(
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na",
    );
    assert.deepEqual(
      messages.map(({ startLine, body }) => [startLine[0], body]),
      [
        [100, ""],
        [103, ""],
        [200, "a"],
      ],
    );
  });

  it("leads to a tunnel after CONNECT and an upgrade that was asked for", () => {
    assert.equal(read("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", ["CONNECT"]).tunnelled, "abc");
    const switching = "HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81";
    assert.equal(read(switching, ["other"], true).tunnelled, "\x81");
    assert.equal(read(switching).refusal, "http.response-unexpected");
  });

  it("is refused where none is awaited", () => {
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    assert.equal(read(text + text).refusal, "http.response-unexpected");
    assert.equal(read(text, []).refusal, "http.response-unexpected");
    assert.equal(read(text + text, ["other", "other"]).end, "closed");
    assert.equal(read("HTTP/1.1 100 C\r\n\r\n".repeat(17)).refusal, "http.interim-too-many");
  });

  it("is awaited once", () => {
    const parser = new ResponseParser();
    assert.equal(parser.within, false);
    parser.expect("other");
    assert.equal(parser.within, true);
    assert.throws(() => parser.expect("other"));
  });
});

const table: readonly (readonly [
  title: string,
  text: string,
  refusal: string | undefined,
  notes?: readonly string[],
])[] = [
  [
    "no reason and no space",
    "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
    undefined,
    ["http.reason-space-missing"],
  ],
  ["an empty reason", "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", undefined, []],
  ["a reason of Latin-1", "HTTP/1.1 200 \xe9\r\nContent-Length: 0\r\n\r\n", undefined, []],
  [
    "a reason with a control character",
    "HTTP/1.1 200 \x01\r\nContent-Length: 0\r\n\r\n",
    "http.field-control",
  ],
  ["a reason with CR", "HTTP/1.1 200 a\rb\r\nContent-Length: 0\r\n\r\n", "http.bare-cr"],
  ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "http.status-line-invalid"],
  ["a status above 599", "HTTP/1.1 600 OK\r\n\r\n", "http.status-line-invalid"],
  ["a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "http.status-line-invalid"],
  ["two spaces", "HTTP/1.1  200 OK\r\n\r\n", "http.status-line-invalid"],
  ["another protocol", "ICY 200 OK\r\n\r\n", "http.status-line-invalid"],
  ["HTTP/2.0", "HTTP/2.0 200 OK\r\n\r\n", "http.version-unsupported"],
  ["HTTP/1.3", "HTTP/1.3 200 OK\r\nContent-Length: 0\r\n\r\n", undefined, ["http.version-minor"]],
  ["a fold", "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n", undefined, ["http.obs-fold"]],
  [
    "a space before a colon",
    "HTTP/1.1 200 OK\r\nContent-Length : 0\r\n\r\n",
    undefined,
    ["http.field-space-before-colon"],
  ],
  ["bare LF", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", "http.bare-lf"],
  [
    "a length and chunks",
    "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "http.content-length-with-transfer-encoding",
  ],
  [
    "chunks in HTTP/1.0",
    "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "http.transfer-encoding-in-1.0",
  ],
  [
    "gzip as a coding",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
    "http.transfer-encoding-unsupported",
  ],
  [
    "a length in 204",
    "HTTP/1.1 204 N\r\nContent-Length: 1\r\n\r\n",
    undefined,
    ["http.framing-without-body"],
  ],
  ["an end within the body", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na", "http.truncated"],
  ["an end within chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "http.truncated"],
  ["TLS", "\x15\x03\x01", "http.not-http"],
];

describe("what is wrong with a response", () => {
  for (const [title, text, refusal, notes] of table) {
    it(`${title}: ${refusal ?? "let pass"}`, () => {
      const whole = read(text);
      assert.equal(whole.refusal, refusal);
      if (notes !== undefined) assert.deepEqual(whole.messages[0]!.violations, notes);
    });
  }

  it("may refuse what is noted by default", () => {
    const text = "HTTP/1.1 200 OK\r\nX: y\r\n z\r\nContent-Length: 0\r\n\r\n";
    assert.equal(
      readResponses([ascii(text)], ["other"], { refuse: [HTTP_OBS_FOLD] }).refusal,
      "http.obs-fold",
    );
  });
});
