import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { emitChunkLine, HTTP_CHUNK_END, HTTP_LAST_CHUNK } from "./chunked.js";
import { ascii, latin1 } from "./octets.js";
import { RequestParser } from "./request-parser.js";
import type { RequestWriterOptions, WrittenBody } from "./request-writer.js";
import { RequestWriter } from "./request-writer.js";
import { ResponseParser } from "./response-parser.js";
import { ResponseWriter } from "./response-writer.js";
import { readRequests } from "./transcript.build.js";
import * as violations from "./violations.js";

function request(
  text: string,
  options?: RequestWriterOptions,
  body?: WrittenBody,
  connection?: { readonly close?: boolean; readonly upgrade?: boolean },
): string {
  const parser = new RequestParser({ note: [violations.HTTP_HOST_MISSING] });
  parser.feed(ascii(text));
  assert.equal(parser.next(), "head");
  const writer = new RequestWriter(options);
  const out = new Uint8Array(writer.bytesMax(parser.head) + 3);
  return latin1(out, 3, writer.emit(parser.head, out, 3, body, connection));
}

function response(
  text: string,
  body?: WrittenBody,
  asked: "other" | "HEAD" = "other",
  close?: "close",
): string {
  const parser = new ResponseParser();
  parser.expect(asked, true);
  parser.feed(ascii(text));
  assert.equal(parser.next(), "head");
  const writer = new ResponseWriter({ via: "palisade", remove: ["Server"] });
  const out = new Uint8Array(writer.bytesMax(parser.head));
  return latin1(out, 0, writer.emit(parser.head, out, 0, body, close));
}

describe("a request for the upstream", () => {
  it("keeps order and octets, without what is hop by hop", () => {
    assert.equal(
      request(
        "GET /a HTTP/1.1\r\nB: 1\r\nConnection: x-hop, keep-alive\r\nhOST: a\r\nX-Hop: 1\r\nKeep-Alive: 5\r\nProxy-Connection: x\r\nTE: trailers\r\nTrailer: x\r\nUpgrade: h2c\r\nA:2\r\n\r\n",
      ),
      "GET /a HTTP/1.1\r\nB: 1\r\nhOST: a\r\nA:2\r\n\r\n",
    );
  });

  it("keeps fields that Connection must not name", () => {
    assert.equal(
      request("GET / HTTP/1.1\r\nHost: a\r\nCookie: c\r\nConnection: Cookie, Host, close\r\n\r\n"),
      "GET / HTTP/1.1\r\nHost: a\r\nCookie: c\r\n\r\n",
    );
  });

  it("says who asked, and leaves out what the client claims", () => {
    const text =
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1\r\nForwarded: for=1.1.1.1\r\nX-Forwarded-For: 2.2.2.2\r\n\r\n";
    const options = { clientAddress: "192.0.2.7", scheme: "https", forwardedHost: true, via: "p" } as const;
    assert.equal(
      request(text, options),
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\nVia: 1.1 p\r\n\r\n",
    );
    assert.equal(
      request(text, { ...options, trustForwarded: true }),
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 1.1.1.1, 2.2.2.2, 192.0.2.7\r\nForwarded: for=1.1.1.1\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: a\r\nVia: 1.1 p\r\n\r\n",
    );
  });

  it("has the host that is chosen, or that of an absolute target", () => {
    assert.equal(
      request("GET http://b?q HTTP/1.1\r\nX: y\r\nHost: a\r\n\r\n"),
      "GET /?q HTTP/1.1\r\nX: y\r\nHost: b\r\n\r\n",
    );
    assert.equal(
      request("OPTIONS http://b:1 HTTP/1.1\r\nHost: b:1\r\n\r\n"),
      "OPTIONS * HTTP/1.1\r\nHost: b:1\r\n\r\n",
    );
    assert.equal(request("GET / HTTP/1.0\r\n\r\n"), "GET / HTTP/1.1\r\nHost: \r\n\r\n");
    assert.equal(
      request("GET / HTTP/1.1\r\nX: y\r\n\r\n", { host: "u" }),
      "GET / HTTP/1.1\r\nHost: u\r\nX: y\r\n\r\n",
    );
    assert.equal(
      request("GET / HTTP/1.1\r\nHost: a\r\n\r\n", { host: "u" }),
      "GET / HTTP/1.1\r\nHost: u\r\n\r\n",
    );
  });

  it("frames the body as it is told", () => {
    const sized = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 05\r\n\r\nabcde";
    const chunked = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
    const start = "POST / HTTP/1.1\r\nHost: a\r\n";
    assert.equal(request(sized), `${start}Content-Length: 5\r\n\r\n`);
    assert.equal(request(sized, {}, "chunked"), `${start}Transfer-Encoding: chunked\r\n\r\n`);
    assert.equal(request(sized, {}, 7), `${start}Content-Length: 7\r\n\r\n`);
    assert.equal(request(chunked), `${start}Transfer-Encoding: chunked\r\n\r\n`);
    assert.equal(request(chunked, {}, 12), `${start}Content-Length: 12\r\n\r\n`);
    assert.equal(request(`${start}Content-Length: 0\r\n\r\n`), `${start}Content-Length: 0\r\n\r\n`);
  });

  it("upgrades and closes where it is told to, and adds and leaves out fields", () => {
    const text = "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX: y\r\n\r\n";
    assert.equal(
      request(text, {}, "same", { upgrade: true }),
      "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nX: y\r\nConnection: upgrade\r\n\r\n",
    );
    assert.equal(
      request(text, { remove: ["x"], add: [["Z", "1"]] }, "same", { close: true }),
      "GET / HTTP/1.1\r\nHost: a\r\nZ: 1\r\nConnection: close\r\n\r\n",
    );
  });

  it("leaves out fields that some servers take for those it vouches for", () => {
    assert.equal(
      request("GET / HTTP/1.1\r\nHost: a\r\nX_Forwarded_For: b\r\nContent_Length: 5\r\nX_Y: c\r\n\r\n", {
        trustForwarded: true,
      }),
      "GET / HTTP/1.1\r\nHost: a\r\nX_Y: c\r\n\r\n",
    );
  });

  it("leaves out what it is told to, of trusted claims too, and says who asked all the same", () => {
    const text =
      "GET / HTTP/1.1\r\nX-Forwarded-For: 1.1.1.1\r\nHost: a\r\nX-Forwarded-Host: b\r\nx-forwarded-proto: ftp\r\nForwarded: for=c\r\nVia: d\r\nTe: e\r\n\r\n";
    const trusted = {
      trustForwarded: true,
      clientAddress: "192.0.2.7",
      scheme: "http",
      forwardedHost: true,
    } as const;
    const own = (remove: readonly string[]) => request(text, { ...trusted, remove }).slice(16);
    assert.equal(
      own([]),
      "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\nHost: a\r\nX-Forwarded-Host: b\r\nx-forwarded-proto: ftp\r\nForwarded: for=c\r\nVia: d\r\n\r\n",
    );
    assert.equal(
      own(["X-FORWARDED-for", "Te"]),
      "Host: a\r\nX-Forwarded-Host: b\r\nx-forwarded-proto: ftp\r\nForwarded: for=c\r\nVia: d\r\nX-Forwarded-For: 192.0.2.7\r\n\r\n",
    );
    assert.equal(
      own(["x-forwarded-host", "x-forwarded-proto", "forwarded", "via"]),
      "X-Forwarded-For: 1.1.1.1, 192.0.2.7\r\nHost: a\r\nX-Forwarded-Proto: http\r\nX-Forwarded-Host: a\r\n\r\n",
    );
    assert.equal(
      request(text, {
        trustForwarded: true,
        remove: ["x-forwarded-for", "X-Forwarded-Host", "Forwarded"],
      }).slice(16),
      "Host: a\r\nx-forwarded-proto: ftp\r\nVia: d\r\n\r\n",
    );
  });

  it("takes no field to add or to leave out that it writes as the message needs it", () => {
    const code = { code: "HTTP_FIELD" };
    for (const name of ["Host", "content-length", "Transfer-Encoding", "CONNECTION", "Upgrade"]) {
      assert.throws(() => new RequestWriter({ remove: [name] }), code, name);
      assert.throws(() => new ResponseWriter({ remove: [name] }), code, name);
      assert.throws(() => new RequestWriter({ add: [[name, "1"]] }), code, name);
      assert.throws(() => new ResponseWriter({ add: [[name, "1"]] }), code, name);
    }
    for (const name of ["TE", "Keep-Alive", "Trailer", "Proxy-Connection"]) {
      new RequestWriter({ remove: [name] });
      assert.throws(() => new RequestWriter({ add: [[name, "1"]] }), code, name);
    }
  });

  it("takes no name or value that is none", () => {
    const code = { code: "HTTP_FIELD" };
    assert.throws(() => new RequestWriter({ add: [["a b", ""]] }), code);
    assert.throws(() => new RequestWriter({ add: [["\u0141", ""]] }), code);
    assert.throws(() => new RequestWriter({ add: [["a", "b\r\nc: d"]] }), code);
    assert.throws(() => new RequestWriter({ via: "a\n" }), code);
    assert.throws(() => new RequestWriter({ clientAddress: "a\u0100" }), code);
    assert.throws(() => new ResponseWriter({ remove: [""] }), code);
  });
});

describe("a response for the client", () => {
  it("keeps order and octets, without what is hop by hop", () => {
    assert.equal(
      response(
        "HTTP/1.0 200 Fine\r\nB:1\r\nserver: x\r\nConnection: close\r\nContent-Length: 05\r\nA: 2\r\n\r\n",
      ),
      "HTTP/1.1 200 Fine\r\nB:1\r\nContent-Length: 5\r\nA: 2\r\nVia: 1.1 palisade\r\n\r\n",
    );
  });

  it("frames the body anew where it ends with the connection", () => {
    const text = "HTTP/1.1 200 OK\r\n\r\nabc";
    assert.equal(
      response(text, "chunked"),
      "HTTP/1.1 200 OK\r\nVia: 1.1 palisade\r\nTransfer-Encoding: chunked\r\n\r\n",
    );
    assert.equal(
      response(text, "same", "other", "close"),
      "HTTP/1.1 200 OK\r\nVia: 1.1 palisade\r\nConnection: close\r\n\r\n",
    );
    assert.equal(response(text, 3), "HTTP/1.1 200 OK\r\nVia: 1.1 palisade\r\nContent-Length: 3\r\n\r\n");
  });

  it("tells what a GET would have got, to HEAD and in 304", () => {
    const text = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n";
    assert.equal(
      response(text, "same", "HEAD"),
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nVia: 1.1 palisade\r\n\r\n",
    );
    assert.equal(
      response("HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n", "chunked"),
      "HTTP/1.1 304 N\r\nContent-Length: 5\r\nVia: 1.1 palisade\r\n\r\n",
    );
  });

  it("frames nothing that has no body", () => {
    assert.equal(
      response("HTTP/1.1 204 N\r\nContent-Length: 5\r\n\r\n"),
      "HTTP/1.1 204 N\r\nVia: 1.1 palisade\r\n\r\n",
    );
    assert.equal(
      response("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"),
      "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nVia: 1.1 palisade\r\nConnection: upgrade\r\n\r\n",
    );
  });

  it("has folded lines and spaces before colons in one form", () => {
    assert.equal(
      response("HTTP/1.1 200 OK\r\nX : a\r\n\tb\r\nContent-Length: 0\r\n\r\n"),
      "HTTP/1.1 200 OK\r\nX: a  \tb\r\nContent-Length: 0\r\nVia: 1.1 palisade\r\n\r\n",
    );
  });
});

describe("chunks", () => {
  it("are read as they were written", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.uint8Array({ minLength: 1, maxLength: 300 }).map((octets) => latin1(octets, 0, octets.length)),
        ),
        (chunks) => {
          const out = new Uint8Array(64);
          const body = chunks.map(
            (chunk) =>
              latin1(out, 0, emitChunkLine(chunk.length, out, 0)) + chunk + latin1(HTTP_CHUNK_END, 0, 2),
          );
          const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
          const { messages, end } = readRequests([
            ascii(head + body.join("") + latin1(HTTP_LAST_CHUNK, 0, 5)),
          ]);
          assert.equal(end, "closed");
          assert.equal(messages[0]!.body, chunks.join(""));
        },
      ),
    );
  });

  it("have sizes up to the largest", () => {
    const out = new Uint8Array(32);
    for (const bytes of [1, 15, 16, 255, 256, 65_535, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
      assert.equal(latin1(out, 0, emitChunkLine(bytes, out, 0)), `${bytes.toString(16)}\r\n`);
    }
  });
});
