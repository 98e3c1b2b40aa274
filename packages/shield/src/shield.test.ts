import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { get, request } from "node:http";
import { describe, it } from "node:test";
import {
  eventually,
  httpUpstream,
  RawClient,
  rawUpstream,
  roundTrip,
  shieldFor,
  standsStill,
} from "./bed.build.js";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

describe("a proxy without rules", () => {
  it("forwards a request and its response, and says so", async (test) => {
    let seen: readonly string[] = [];
    const upstream = await httpUpstream(test, (request, response) => {
      seen = request.rawHeaders;
      response.setHeader("X-Mine", "1").end("hello");
    });
    const { port } = await shieldFor(test, upstream);
    const text = await roundTrip(
      test,
      port,
      "GET /a?b HTTP/1.1\r\nHost: www\r\nX-Forwarded-For: 1.2.3.4\r\nConnection: close\r\n\r\n",
    );
    assert.match(text, /^HTTP\/1\.1 200 OK\r\nX-Mine: 1\r\n/);
    assert.match(text, /\r\nVia: 1\.1 palisade\r\nConnection: close\r\n\r\nhello$/);
    assert.deepEqual(seen, [
      "Host",
      "www",
      "X-Forwarded-For",
      "127.0.0.1",
      "X-Forwarded-Proto",
      "http",
      "X-Forwarded-Host",
      "www",
      "Via",
      "1.1 palisade",
    ]);
  });

  it("keeps connections on both sides", async (test) => {
    let connections = 0;
    const upstream = await rawUpstream(test, (socket) => {
      connections += 1;
      socket.on("data", () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    });
    const { port, shield } = await shieldFor(test, upstream);
    const client = new RawClient(test, port);
    for (let round = 1; round <= 5; round += 1) {
      client.write(GET);
      await client.until((text) => text.split("ok").length === round + 1);
    }
    assert.equal(connections, 1);
    assert.equal(shield.counters.requests, 5);
    const other = new RawClient(test, port).write(GET);
    await other.until((text) => text.endsWith("ok"));
    assert.equal(connections, 1);
  });

  it("answers requests that come at once in their order, one with the upstream at a time", async (test) => {
    let under = 0;
    let most = 0;
    const upstream = await httpUpstream(test, (request, response) => {
      most = Math.max(most, ++under);
      setTimeout(() => {
        under -= 1;
        response.end(`<${request.url}>`);
      }, 5);
    });
    const { port } = await shieldFor(test, upstream);
    const urls = Array.from({ length: 20 }, (_, at) => `/${at}`);
    const text = await roundTrip(
      test,
      port,
      urls.map((url) => `GET ${url} HTTP/1.1\r\nHost: a\r\n\r\n`).join("") + LAST,
    );
    assert.deepEqual(
      [...text.matchAll(/<(.*?)>/g)].map(([, url]) => url),
      [...urls, "/"],
    );
    assert.equal(most, 1);
  });

  it("carries bodies both ways, with a length and in chunks, whole", async (test) => {
    const upstream = await httpUpstream(test, (request, response) => request.pipe(response));
    const { port, shield } = await shieldFor(test, upstream);
    const body = randomBytes(8 << 20);
    for (const headers of [{ "Content-Length": body.length }, { "Transfer-Encoding": "chunked" }]) {
      const hash = createHash("sha256");
      await new Promise<void>((resolve, reject) => {
        const sent = request(
          { host: "127.0.0.1", port, method: "POST", headers, agent: false },
          (response) => {
            response.on("data", (chunk) => hash.update(chunk)).on("end", resolve);
          },
        );
        sent.on("error", reject).end(body);
      });
      assert.equal(hash.digest("hex"), createHash("sha256").update(body).digest("hex"));
    }
    await eventually(() => shield.counters.requests === 2, "two requests are counted");
  });

  it("reads no more of an upload than the upstream takes", async (test) => {
    const upstream = await rawUpstream(test, (socket) => socket.pause());
    const { port } = await shieldFor(test, upstream);
    const client = new RawClient(test, port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000000\r\n\r\n");
    const piece = Buffer.alloc(1 << 20);
    let written = 0;
    // What the kernel's buffers and ours hold is a few MiB; beyond it the client has to wait.
    await new Promise<void>((resolve) => {
      const more = (): void => {
        while (written < 200 && client.socket.write(piece)) written += 1;
        if (written < 200) client.socket.once("drain", more);
      };
      more();
      resolve(standsStill(() => client.socket.bytesWritten));
    });
    assert.ok(written < 100, `${written} MiB were taken`);
  });

  it("reads no more of a response than the client takes", async (test) => {
    let written = 0;
    const upstream = await rawUpstream(test, (socket) => {
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        const piece = Buffer.alloc(1 << 20);
        const more = (): void => {
          while (written < 200 && socket.write(piece)) written += 1;
          if (written < 200) socket.once("drain", more);
        };
        more();
      });
    });
    const { port } = await shieldFor(test, upstream);
    const client = new RawClient(test, port).write(GET);
    client.socket.pause();
    await eventually(() => written > 0, "the response begins");
    await standsStill(() => written);
    assert.ok(written < 100, `${written} MiB were taken`);
  });

  it("answers HEAD with the length and no body, and the next request after it", async (test) => {
    const upstream = await httpUpstream(test, (request, response) =>
      response.end(request.method === "HEAD" ? undefined : "body"),
    );
    const { port } = await shieldFor(test, upstream);
    const text = await roundTrip(test, port, `HEAD / HTTP/1.1\r\nHost: a\r\n\r\n${LAST}`);
    assert.match(
      text,
      /^HTTP\/1\.1 200 OK\r\n(?:[^\r\n]+\r\n)+\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nbody$/,
    );
  });

  it("answers an expectation itself, once, and does not forward it", async (test) => {
    let expectation: string | undefined = "unseen";
    const upstream = await httpUpstream(test, (request, response) => {
      expectation = request.headers.expect;
      request.resume().on("end", () => response.end("done"));
    });
    const { port } = await shieldFor(test, upstream);
    const client = new RawClient(test, port).write(
      "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n",
    );
    await client.until((text) => text === "HTTP/1.1 100 Continue\r\n\r\n");
    client.write("abc");
    assert.match(
      await client.until((text) => text.endsWith("done")),
      /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/,
    );
    assert.equal(expectation, undefined);
  });

  it("refuses expectations that nobody knows, CONNECT, and what is no HTTP", async (test) => {
    let requests = 0;
    const upstream = await httpUpstream(test, (_request, response) => {
      requests += 1;
      response.end();
    });
    const { port } = await shieldFor(test, upstream);
    const status = async (text: string) =>
      Number(/^HTTP\/1\.1 (\d+)/.exec(await roundTrip(test, port, text))?.[1]);
    assert.equal(await status("GET / HTTP/1.1\r\nHost: a\r\nExpect: cake\r\nConnection: close\r\n\r\n"), 417);
    assert.equal(await status("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nConnection: close\r\n\r\n"), 501);
    assert.equal(await status("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400);
    assert.equal(await status("GET / HTTP/2.0\r\nHost: a\r\n\r\n"), 505);
    assert.equal(await status(`GET /${"a".repeat(20_000)} HTTP/1.1\r\nHost: a\r\n\r\n`), 414);
    assert.equal(await status(`GET / HTTP/1.1\r\nHost: a\r\n${"A: b\r\n".repeat(200)}\r\n`), 431);
    assert.equal(requests, 0);
  });

  it("speaks to clients of HTTP/1.0 without chunks", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => {
      response.write("one ");
      response.end("two");
    });
    const { port } = await shieldFor(test, upstream);
    const text = await roundTrip(test, port, "GET / HTTP/1.0\r\n\r\n");
    assert.doesNotMatch(text, /chunked/);
    assert.match(text, /\r\n\r\none two$/);
  });

  it("gives a response that ends with its connection in chunks, and keeps the client's", async (test) => {
    const upstream = await rawUpstream(test, (socket) => {
      socket.once("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nall of it"));
    });
    const { port } = await shieldFor(test, upstream);
    const text = await roundTrip(test, port, `${GET}${LAST}`);
    assert.equal(text.split("Transfer-Encoding: chunked\r\n").length, 3);
    assert.equal(text.split("\r\n9\r\nall of it\r\n0\r\n\r\n").length, 3);
  });

  it("carries a WebSocket, and lets no other upgrade through", async (test) => {
    const seen: string[] = [];
    const upstream = await rawUpstream(test, (socket) => {
      let upgraded = false;
      socket.on("data", (chunk) => {
        const text = chunk.toString("latin1");
        if (upgraded) socket.write(text.toUpperCase());
        else {
          seen.push(text);
          upgraded = /\r\nUpgrade: websocket\r\n/.test(text);
          socket.write(
            upgraded
              ? "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
              : "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno",
          );
        }
      });
      socket.on("end", () => socket.end());
    });
    const { port } = await shieldFor(test, upstream);
    const client = new RawClient(test, port).write(
      "GET /chat HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    );
    await client.until((text) =>
      /^HTTP\/1\.1 101 [\s\S]*\r\nUpgrade: websocket\r\n[\s\S]*\r\n\r\n$/.test(text),
    );
    client.write("ping\x00");
    await client.until((text) => text.endsWith("PING\x00"));
    client.socket.end();
    await client.end();
    const other = await roundTrip(
      test,
      port,
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    );
    assert.match(other, /^HTTP\/1\.1 200 /);
    assert.doesNotMatch(seen[1]!, /upgrade|http2/i);
  });

  it("ends in order: what is under way is answered, what is idle is closed", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => {
      setTimeout(() => response.end("late"), 100);
    });
    const { port, shield } = await shieldFor(test, upstream);
    const idle = new RawClient(test, port);
    const client = new RawClient(test, port).write(GET);
    await eventually(
      () => shield.upstreamConnections === 1 && shield.connections === 2,
      "a request is under way",
    );
    const stopped = shield.stop();
    assert.match(await client.end(), /late$/);
    assert.equal(await idle.end(), "");
    await stopped;
    assert.equal(shield.connections, 0);
    await assert.rejects(
      new Promise((resolve, reject) => get({ host: "127.0.0.1", port }, resolve).on("error", reject)),
    );
  });
});
