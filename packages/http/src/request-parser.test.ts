import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FIELD_DISGUISED, FIELD_HOST, FIELD_OTHER } from "./field-names.js";
import { ascii } from "./octets.js";
import type { HttpParserOptions } from "./policy.js";
import { RequestParser } from "./request-parser.js";
import { cutAt, readRequests } from "./transcript.build.js";
import * as violations from "./violations.js";

const read = (text: string, options?: HttpParserOptions) => readRequests([ascii(text)], options);

describe("a request", () => {
  it("is read with every octet as it was written", () => {
    const { messages, end } = read(
      "GET /a%20b?c=d|e HTTP/1.1\r\nhOsT: Example.com:80\r\nX:\t v w \t\r\nx:\r\nE: \xe9\r\n\r\n",
    );
    assert.equal(end, "closed");
    assert.deepEqual(messages[0]!.startLine, ["GET", "/a%20b?c=d|e", "HTTP/1.1", "origin"]);
    assert.deepEqual(messages[0]!.fields, [
      ["hOsT", "Example.com:80"],
      ["X", "v w"],
      ["x", ""],
      ["E", "\xe9"],
    ]);
    assert.deepEqual(messages[0]!.violations, ["http.target-octets"]);
  });

  it("may be followed by others, which wait", () => {
    const parser = new RequestParser();
    const one = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc";
    parser.feed(ascii(one + one));
    assert.deepEqual([parser.next(), parser.next(), parser.next()], ["head", "body", "end"]);
    assert.equal(parser.pendingBytes, one.length);
    parser.feed(ascii("GET"));
    assert.deepEqual(
      [parser.next(), parser.next(), parser.next(), parser.next()],
      ["head", "body", "end", "need"],
    );
    assert.ok(parser.within);
  });

  it("gives body octets without a copy", () => {
    const parser = new RequestParser();
    const chunk = ascii("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc");
    parser.feed(chunk);
    parser.next();
    assert.equal(parser.next(), "body");
    assert.equal(parser.octets, chunk);
    assert.equal(parser.head.octets, chunk);
    assert.equal(parser.next(), "need");
  });

  it("has chunks, extensions that are noted, and trailers", () => {
    const { messages } = read(
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3\r\nabc\r\n00A ; x="y"\r\n0123456789\r\n0\r\nX-Sum: 7\r\nHost: b\r\n\r\n',
    );
    assert.equal(messages[0]!.body, "abc0123456789");
    assert.deepEqual(messages[0]!.trailers, [
      ["X-Sum", "7"],
      ["Host", "b"],
    ]);
    assert.deepEqual(messages[0]!.violations, ["http.chunk-extension", "http.trailer-forbidden"]);
    assert.equal(messages[0]!.ended, true);
  });

  it("has fields by number, and those that only look like them by another", () => {
    const parser = new RequestParser();
    parser.feed(
      ascii(
        "GET / HTTP/1.1\r\nHost: a\r\nTransfer_Encoding: chunked\r\nx-forwarded_FOR: b\r\nX_Y: c\r\n\r\n",
      ),
    );
    assert.equal(parser.next(), "head");
    const { fields, body } = parser.head;
    assert.deepEqual(
      [0, 1, 2, 3].map((field) => fields.id(field)),
      [FIELD_HOST, FIELD_DISGUISED, FIELD_DISGUISED, FIELD_OTHER],
    );
    assert.deepEqual([body, fields.name(1)], ["none", "Transfer_Encoding"]);
  });

  it("leads to a tunnel where that was accepted", () => {
    const parser = new RequestParser();
    parser.feed(ascii("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n\x16\x03"));
    assert.deepEqual([parser.next(), parser.next()], ["head", "end"]);
    parser.tunnel();
    assert.equal(parser.next(), "tunnel");
    assert.equal(parser.end - parser.start, 2);
    parser.finish();
    assert.equal(parser.next(), "closed");
  });

  it("tells what it says of the connection", () => {
    const kept = (version: string, fields: string) =>
      read(`GET / HTTP/${version}\r\nHost: a\r\n${fields}\r\n`).messages[0]!.keepAlive;
    assert.equal(kept("1.1", ""), true);
    assert.equal(kept("1.1", "Connection: foo, Close\r\n"), false);
    assert.equal(kept("1.1", "Connection: keep-alive\r\nConnection: close\r\n"), false);
    assert.equal(kept("1.0", ""), false);
    assert.equal(kept("1.0", "Connection: Keep-Alive\r\n"), true);
    assert.equal(kept("1.0", "Proxy-Connection: Keep-Alive\r\n"), false);
  });
});

/** What is wrong, and with what it ends. `undefined`: it is let pass, with these notes. */
const table: readonly (readonly [
  title: string,
  text: string,
  refusal: string | undefined,
  notes?: readonly string[],
])[] = [
  ["TLS", "\x16\x03\x01\x02", "http.not-http"],
  ["an empty line first", "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined, ["http.leading-empty-line"]],
  [
    "many empty lines first",
    `${"\r\n".repeat(5)}GET / HTTP/1.1\r\nHost: a\r\n\r\n`,
    "http.leading-lines-too-many",
  ],
  [
    "a long request line",
    `GET /${"a".repeat(16_384)} HTTP/1.1\r\nHost: a\r\n\r\n`,
    "http.request-line-too-long",
  ],
  ["a long request line without an end", `GET /${"a".repeat(16_400)}`, "http.request-line-too-long"],
  ["a space first", " GET / HTTP/1.1\r\nHost: a\r\n\r\n", "http.request-line-whitespace"],
  ["a tab first", "\tGET / HTTP/1.1\r\nHost: a\r\n\r\n", "http.request-line-whitespace"],
  ["a tab within", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n", "http.request-line-whitespace"],
  ["two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n", "http.request-line-whitespace"],
  ["a space last", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n", "http.request-line-whitespace"],
  ["a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n", "http.request-line-whitespace"],
  ["no method", " / HTTP/1.1\r\nHost: a\r\n\r\n", "http.request-line-whitespace"],
  ["a method that is no token", "G(T / HTTP/1.1\r\nHost: a\r\n\r\n", "http.method-invalid"],
  ["a method of odd octets", "|GET / HTTP/1.1\r\nHost: a\r\n\r\n", undefined, []],
  ["a long method", `${"A".repeat(65)} / HTTP/1.1\r\nHost: a\r\n\r\n`, "http.method-too-long"],
  ["a backslash for a target", "GET \\ HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-invalid"],
  ["a path without a slash", "GET a HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-invalid"],
  ["an asterisk for GET", "GET * HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-invalid"],
  ["an asterisk for OPTIONS", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n", undefined, []],
  ["a fragment", "GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-fragment"],
  ["a control character in the target", "GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-control"],
  ["a zero octet in the target", "GET /\x00 HTTP/1.1\r\nHost: a\r\n\r\n", "http.nul"],
  ["an absolute target", "GET http://a/b HTTP/1.1\r\nHost: a\r\n\r\n", undefined, ["http.target-absolute"]],
  [
    "an absolute target elsewhere",
    "GET http://b HTTP/1.1\r\nHost: a\r\n\r\n",
    undefined,
    ["http.target-absolute", "http.host-mismatch"],
  ],
  [
    "an absolute target of another scheme",
    "GET ftp://a/b HTTP/1.1\r\nHost: a\r\n\r\n",
    "http.target-invalid",
  ],
  ["an absolute target without a host", "GET http:///b HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-invalid"],
  ["userinfo", "GET http://u:p@a/ HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-userinfo"],
  ["CONNECT", "CONNECT 1.2.3.4:80 HTTP/1.1\r\nHost: 1.2.3.4:80\r\n\r\n", undefined, []],
  ["CONNECT without a port", "CONNECT a HTTP/1.1\r\nHost: a\r\n\r\n", "http.target-invalid"],
  [
    "CONNECT with a body",
    "CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 1\r\n\r\nx",
    "http.connect-with-body",
  ],
  ["no version", "GET /\r\nHost: a\r\n\r\n", "http.version-missing"],
  ["a version of another name", "GET / HTTP\\1.0\r\nHost: a\r\n\r\n", "http.version-invalid"],
  ["a version in lower case", "GET / http/1.1\r\nHost: a\r\n\r\n", "http.version-invalid"],
  ["HTTP/0.9", "GET / HTTP/0.9\r\nHost: a\r\n\r\n", "http.version-invalid"],
  ["HTTP/1.10", "GET / HTTP/1.10\r\nHost: a\r\n\r\n", "http.version-invalid"],
  ["HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n", undefined, ["http.version-minor"]],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "http.version-unsupported"],
  ["LF ends the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n", "http.bare-lf"],
  ["LF ends a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n", "http.bare-lf"],
  ["LF ends the head", "GET / HTTP/1.1\r\nHost: a\r\n\n", "http.bare-lf"],
  ["CR in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: y\rZ: 1\r\n\r\n", "http.bare-cr"],
  ["CR in the request line", "GET /\r HTTP/1.1\r\nHost: a\r\n\r\n", "http.bare-cr"],
  ["a zero octet in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: y\x00\r\n\r\n", "http.nul"],
  ["a control character in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: y\x0b\r\n\r\n", "http.field-control"],
  ["DEL in a value", "GET / HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", "http.field-control"],
  ["no name", "GET / HTTP/1.1\r\nHost: a\r\n: y\r\n\r\n", "http.field-name-invalid"],
  ["a name that is no token", "GET / HTTP/1.1\r\nHost: a\r\nX Y: z\r\n\r\n", "http.field-name-invalid"],
  ["no colon", "GET / HTTP/1.1\r\nHost: a\r\nX\r\n\r\n", "http.field-colon-missing"],
  [
    "a space before the colon",
    "GET / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\n",
    "http.field-space-before-colon",
  ],
  ["a folded field", "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n", "http.obs-fold"],
  [
    "whitespace before the first field",
    "GET / HTTP/1.1\r\n Host: a\r\n\r\n",
    "http.whitespace-before-fields",
  ],
  ["a long head", `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(65_536)}\r\n\r\n`, "http.head-too-long"],
  ["many fields", `GET / HTTP/1.1\r\nHost: a\r\n${"X: y\r\n".repeat(128)}\r\n`, "http.fields-too-many"],
  ["no Host", "GET / HTTP/1.1\r\nX: a\r\n\r\n", "http.host-missing"],
  ["no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", undefined, []],
  ["Host twice", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", "http.host-duplicate"],
  ["Host as a list", "GET / HTTP/1.1\r\nHost: a b\r\n\r\n", "http.host-invalid"],
  ["Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", "http.host-invalid"],
  ["Host with userinfo", "GET / HTTP/1.1\r\nHost: b@a\r\n\r\n", "http.host-invalid"],
  ["Host with a large port", "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n", "http.host-invalid"],
  ["Host with an escape", "GET / HTTP/1.1\r\nHost: %00\r\n\r\n", undefined, []],
  ["Host with half an escape", "GET / HTTP/1.1\r\nHost: %0\r\n\r\n", "http.host-invalid"],
  ["Host as IPv6", "GET / HTTP/1.1\r\nHost: [::1]:80\r\n\r\n", undefined, []],
  ["Host as half an IPv6", "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n", "http.host-invalid"],
  ["an empty Host", "GET / HTTP/1.1\r\nHost:\r\n\r\n", "http.host-empty"],
  ["an empty Host in HTTP/1.0", "GET / HTTP/1.0\r\nHost:\r\n\r\n", undefined, []],
  [
    "an unknown expectation",
    "GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n",
    undefined,
    ["http.expect-unknown"],
  ],
  [
    "a Connection option that is no token",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: a b\r\n\r\n",
    undefined,
    ["http.connection-invalid"],
  ],
  [
    "many Connection options",
    `GET / HTTP/1.1\r\nHost: a\r\nConnection: ${"a,".repeat(33)}\r\n\r\n`,
    "http.connection-options-too-many",
  ],
  [
    "a Connection option that names Host",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: host\r\n\r\n",
    undefined,
    ["http.connection-names-end-to-end"],
  ],
  ["an end within a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nabc", "http.truncated"],
  ["an end within a head", "GET / HTTP/1.1\r\nHost: a\r\n", "http.truncated"],
];

describe("what is wrong with a request", () => {
  for (const [title, text, refusal, notes] of table) {
    it(`${title}: ${refusal ?? "let pass"}`, () => {
      const whole = readRequests([ascii(text)]);
      assert.equal(whole.refusal, refusal);
      assert.equal(whole.end, refusal === undefined ? "closed" : "refused");
      if (notes !== undefined) assert.deepEqual(whole.messages[0]!.violations, notes);
      const octets = Array.from(ascii(text), (_, at) => at).slice(0, 400);
      assert.deepEqual(readRequests(cutAt(ascii(text), octets)), whole, "octet by octet");
    });
  }

  it("is of every kind that a request can have, in some test", async () => {
    const { smuggling } = await import("./smuggling.build.js");
    const seen = new Set(
      [...table.map(([, text]) => text), ...smuggling.map(({ text }) => text)].flatMap((text) =>
        read(text).messages.flatMap((message) => message.violations),
      ),
    );
    const responsesOnly = [
      violations.HTTP_FRAMING_WITHOUT_BODY,
      violations.HTTP_STATUS_LINE_INVALID,
      violations.HTTP_REASON_SPACE_MISSING,
      violations.HTTP_RESPONSE_UNEXPECTED,
      violations.HTTP_INTERIM_TOO_MANY,
    ];
    const missing = violations.httpViolations.filter(
      (violation) => !seen.has(violation.name) && !responsesOnly.includes(violation),
    );
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
    );
  });

  it("has an index by which it stands in the list", () => {
    assert.ok(violations.httpViolations.length > 0);
    for (const [index, violation] of violations.httpViolations.entries())
      assert.equal(violation.index, index);
    assert.equal(
      new Set(violations.httpViolations.map(({ name }) => name)).size,
      violations.httpViolations.length,
    );
  });

  it("is told with what there is of the head, and with where it is", () => {
    const parser = new RequestParser();
    parser.feed(ascii("GET /a b HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\n\r\n"));
    assert.equal(parser.next(), "refused");
    const { head } = parser;
    assert.equal(head.targetText(), "/a b");
    assert.equal(head.fields.value(1), "x");
    assert.equal(head.violations.offsetOf(violations.HTTP_REQUEST_LINE_WHITESPACE), 0);
    assert.equal(head.violations.offsetOf(violations.HTTP_NUL), -1);
  });
});

describe("a policy", () => {
  it("notes what may be noted, and what goes on has one meaning", () => {
    const folded = read("GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n\tz\r\n\r\n", {
      note: [violations.HTTP_OBS_FOLD],
    });
    assert.equal(folded.refusal, undefined);
    assert.match(folded.messages[0]!.forwarded!, /\r\nX: y {2}\tz\r\n/);
    const both = read(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
      {
        note: [violations.HTTP_CONTENT_LENGTH_WITH_TRANSFER_ENCODING],
      },
    );
    assert.equal(both.messages[0]!.keepAlive, false);
    assert.equal(both.messages[0]!.body, "a");
    assert.doesNotMatch(both.messages[0]!.forwarded!, /content-length/i);
    const lengths = read(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 01\r\nContent-Length: 1\r\n\r\na",
      {
        note: [violations.HTTP_CONTENT_LENGTH_LIST, violations.HTTP_CONTENT_LENGTH_DUPLICATE],
      },
    );
    assert.deepEqual(lengths.messages[0]!.forwarded!.match(/content-length.*/gi), ["Content-Length: 1"]);
    const bare = read("GET / HTTP/1.1\nHost: a\nX:y\n\n", { note: [violations.HTTP_BARE_LF] });
    assert.doesNotMatch(bare.messages[0]!.forwarded!, /[^\r]\n/);
  });

  it("refuses more where it is told to", () => {
    assert.equal(
      read("GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n", { refuse: [violations.HTTP_TARGET_OCTETS] }).refusal,
      "http.target-octets",
    );
    const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a\r\na\r\n0\r\n\r\n";
    assert.equal(
      read(chunked, { refuse: [violations.HTTP_CHUNK_EXTENSION] }).refusal,
      "http.chunk-extension",
    );
  });

  it("cannot note what has no safe form, nor have bounds out of range", () => {
    const code = { code: "HTTP_OPTION" };
    for (const violation of violations.httpViolations) {
      if (violation.relaxable) new RequestParser({ note: [violation] });
      else assert.throws(() => new RequestParser({ note: [violation] }), code, violation.name);
    }
    assert.throws(
      () => new RequestParser({ note: [violations.HTTP_BARE_LF], refuse: [violations.HTTP_BARE_LF] }),
      code,
    );
    assert.throws(() => new RequestParser({ headBytesMax: 0 }), code);
    assert.throws(() => new RequestParser({ fieldsMax: 1e9 }), code);
  });

  it("bounds what waits", () => {
    const parser = new RequestParser();
    parser.feed(new Uint8Array(4_194_304));
    assert.throws(() => parser.feed(new Uint8Array(1)), { code: "HTTP_PENDING" });
  });
});
