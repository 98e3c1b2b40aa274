import assert from "node:assert/strict";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import {
  auditOf,
  eventually,
  httpUpstream,
  RawClient,
  rawUpstream,
  roundTrip,
  shieldFor,
} from "./bed.build.js";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

const status = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);

describe("an upstream", () => {
  it("that is down is 502, and used as soon as it is there", async (test) => {
    // A port that was free a moment ago, at an address of which nobody else listens.
    const host = "127.83.31.1";
    const closed = createServer();
    const port = await new Promise<number>((resolve) => {
      closed.listen(0, host, () => resolve((closed.address() as { port: number }).port));
    });
    await new Promise((resolve) => closed.close(resolve));
    const { audit, records } = auditOf(test);
    const bed = await shieldFor(test, port, { audit, upstream: { host, port } });
    const text = await roundTrip(test, bed.port, LAST);
    assert.equal(status(text), 502);
    assert.deepEqual(records()[0]!.errors, ["the upstream is unreachable (ECONNREFUSED)"]);
    assert.match(text, /Request [\w-]{20}</);
    const back = createServer((socket) => socket.on("error", () => {}).on("data", () => socket.write(OK)));
    test.after(() => back.close());
    await new Promise<void>((resolve) => back.listen(port, host, resolve));
    const client = new RawClient(test, bed.port).write(GET);
    assert.equal(status(await client.until((got) => got.endsWith("ok"))), 200);
    await bed.shield.stop();
  });

  for (const [title, answer, expected] of [
    ["that closes without a response is 502", "", 502],
    ["that breaks a head off is 502", "HTTP/1.1 200 OK\r\nContent-Le", 502],
    ["whose response is no HTTP is 502", "220 mail.example ESMTP\r\n\r\n", 502],
    [
      "whose response has two lengths is 502",
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
      502,
    ],
    [
      "that switches protocols unasked is 502",
      "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n",
      502,
    ],
  ] as const)
    it(title, async (test) => {
      const upstream = await rawUpstream(test, (socket) => {
        socket.once("data", () => socket.end(answer));
      });
      const { port } = await shieldFor(test, upstream);
      const text = await roundTrip(test, port, LAST);
      assert.equal(status(text), expected);
      assert.doesNotMatch(text, /ESMTP|node|palisade/i);
    });

  it("that breaks a body off leaves the client without its end", async (test) => {
    const upstream = await rawUpstream(test, (socket) => {
      socket.once("data", () =>
        socket.end("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
      );
    });
    const { port } = await shieldFor(test, upstream);
    const text = await roundTrip(test, port, GET);
    assert.match(text, /hello/);
    assert.doesNotMatch(text, /\r\n0\r\n\r\n/);
  });

  it("that answers with more than was asked for does not reach the next request", async (test) => {
    let connections = 0;
    const upstream = await rawUpstream(test, (socket) => {
      connections += 1;
      socket.on("data", () => socket.write(`${OK}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`));
    });
    const { port } = await shieldFor(test, upstream);
    const text = await roundTrip(test, port, `${GET}${GET}${LAST}`);
    assert.equal(text.split("\r\n\r\nok").length, 4);
    assert.doesNotMatch(text, /evil/);
    assert.equal(connections, 3);
  });

  it("that closes a kept connection is asked anew, where that has no second effect", async (test) => {
    let requests = 0;
    const upstream = await rawUpstream(test, (socket) => {
      let served = 0;
      socket.on("data", () => {
        requests += 1;
        served += 1;
        // The second request on a connection meets its end.
        if (served === 1) socket.write(OK);
        else socket.destroy();
      });
    });
    const { port, shield } = await shieldFor(test, upstream);
    const client = new RawClient(test, port).write(GET);
    await client.until((text) => text.endsWith("ok"));
    client.write(GET);
    await client.until((text) => text.split("\r\n\r\nok").length === 3);
    assert.equal(shield.counters.retried, 1);
    assert.equal(requests, 3);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
    await client.until((text) => text.includes("502 Bad Gateway"));
    assert.equal(requests, 4);
    assert.equal(shield.counters.retried, 1);
  });

  it("that closes a kept connection after an interim response is not asked anew: it has begun with the request", async (test) => {
    let requests = 0;
    const upstream = await rawUpstream(test, (socket) => {
      socket.on("data", () => {
        requests += 1;
        if (requests === 1) socket.write(OK);
        else socket.end("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
      });
    });
    const { port, shield } = await shieldFor(test, upstream);
    const client = new RawClient(test, port).write(GET);
    await client.until((text) => text.endsWith("ok"));
    client.write(GET);
    await client.until((text) => text.includes("502 Bad Gateway"));
    assert.equal(requests, 2);
    assert.equal(shield.counters.retried, 0);
  });

  it("that answers early is read; what is left of the request is not forwarded", async (test) => {
    const upstream = await rawUpstream(test, (socket) => {
      socket.once("data", () =>
        socket.write("HTTP/1.1 413 Content Too Large\r\nContent-Length: 3\r\n\r\nbig"),
      );
    });
    const { port } = await shieldFor(test, upstream);
    const client = new RawClient(test, port);
    client.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nbegin");
    const text = await client.end();
    assert.equal(status(text), 413);
    assert.match(text, /big$/);
  });

  it("that is silent is 504, by the clock", async (test) => {
    let nowMs = 0;
    let asked = false;
    const upstream = await rawUpstream(test, (socket) => {
      socket.once("data", () => {
        asked = true;
      });
    });
    const { port, shield } = await shieldFor(test, upstream, { clock: () => nowMs });
    const client = new RawClient(test, port).write(LAST);
    await eventually(() => asked, "the upstream has the request");
    nowMs = 59_000;
    shield.tick();
    assert.equal(client.text, "");
    nowMs = 61_000;
    shield.tick();
    assert.equal(status(await client.end()), 504);
  });

  it("is asked by no more connections than are allowed: 503", async (test) => {
    let held = 0;
    const upstream = await rawUpstream(test, (socket) => {
      socket.once("data", () => {
        held += 1;
      });
    });
    const { port } = await shieldFor(test, upstream, { pool: { connectionsMax: 2 } });
    new RawClient(test, port).write(GET);
    new RawClient(test, port).write(GET);
    await eventually(() => held === 2, "two requests are with the upstream");
    assert.equal(status(await roundTrip(test, port, LAST)), 503);
  });

  it("is let go after a while, and not before", async (test) => {
    let nowMs = 0;
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { port, shield } = await shieldFor(test, upstream, { clock: () => nowMs });
    await roundTrip(test, port, LAST);
    assert.equal(shield.upstreamConnections, 1);
    nowMs = 3_900;
    shield.tick();
    assert.equal(shield.upstreamConnections, 1);
    nowMs = 4_100;
    shield.tick();
    assert.equal(shield.upstreamConnections, 0);
  });

  it("keeps only so many connections while nobody needs them", async (test) => {
    const waiting: (() => void)[] = [];
    const upstream = await httpUpstream(test, (_request, response) => {
      waiting.push(() => response.end("ok"));
      // All are answered together, so that each has a connection of its own.
      if (waiting.length === 6) for (const answer of waiting) answer();
    });
    const { port, shield } = await shieldFor(test, upstream, { pool: { idleConnectionsMax: 2 } });
    await Promise.all(Array.from({ length: 6 }, () => roundTrip(test, port, LAST)));
    assert.equal(shield.upstreamConnections, 2);
  });
});
