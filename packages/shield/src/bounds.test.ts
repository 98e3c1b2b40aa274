import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  eventually,
  httpUpstream,
  RawClient,
  rawUpstream,
  roundTrip,
  rulesOf,
  shieldFor,
  standsStill,
} from "./bed.build.js";

const GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
const LAST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

const status = (text: string) => Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1]);

describe("the bounds of a proxy", () => {
  it("refuse a connection above their number with 503", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { port, shield } = await shieldFor(test, upstream, { connectionsMax: 2 });
    const first = new RawClient(test, port).write(GET);
    const second = new RawClient(test, port).write(GET);
    await first.until((text) => text.endsWith("ok"));
    await second.until((text) => text.endsWith("ok"));
    assert.equal(status(await new RawClient(test, port).end()), 503);
    assert.equal(shield.counters.connectionsRefused, 1);
    first.socket.destroy();
    await eventually(() => shield.connections === 1, "the first one is gone");
    assert.equal(status(await roundTrip(test, port, LAST)), 200);
  });

  it("end a connection after its last request, and say so", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { port } = await shieldFor(test, upstream, { requestsPerConnectionMax: 2 });
    const text = await roundTrip(test, port, `${GET}${GET}${GET}`);
    assert.equal(text.split("\r\n\r\nok").length, 3);
    assert.equal(text.split("Connection: close").length, 2);
  });

  it("give a head its time as a whole, however it trickles: 408", async (test) => {
    let nowMs = 0;
    const upstream = await httpUpstream(test, (_request, response) => response.end());
    const { port, shield } = await shieldFor(test, upstream, { clock: () => nowMs });
    const client = new RawClient(test, port);
    for (const octet of "GET / HTTP/1.1\r\nX") {
      client.write(octet);
      // What came before another request was answered has been read.
      await roundTrip(test, port, LAST);
      nowMs += 1_000;
      shield.tick();
    }
    assert.equal(client.text, "");
    nowMs = 20_500;
    shield.tick();
    assert.equal(status(await client.end()), 408);
  });

  it("close a connection without a request, silently", async (test) => {
    let nowMs = 0;
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { port, shield } = await shieldFor(test, upstream, { clock: () => nowMs });
    const client = new RawClient(test, port).write(GET);
    const text = await client.until((got) => got.endsWith("ok"));
    nowMs = 59_000;
    shield.tick();
    client.write(GET);
    await client.until((got) => got.split("\r\n\r\nok").length === 3);
    nowMs = 118_000;
    shield.tick();
    assert.equal(client.ended, false);
    nowMs = 119_500;
    shield.tick();
    assert.equal((await client.end()).length, text.length * 2);
  });

  it("do not wait for a body that stalls: 408", async (test) => {
    let nowMs = 0;
    let asked = false;
    let aborted = false;
    const upstream = await httpUpstream(test, (request) => {
      asked = true;
      request
        .on("error", () => {})
        .on("close", () => {
          aborted = true;
        });
    });
    const { port, shield } = await shieldFor(test, upstream, { clock: () => nowMs });
    const client = new RawClient(test, port).write(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc",
    );
    await eventually(() => asked, "the request is under way");
    nowMs = 29_000;
    shield.tick();
    assert.equal(client.text, "");
    nowMs = 31_000;
    shield.tick();
    assert.equal(status(await client.end()), 408);
    await eventually(() => aborted, "the upstream's request has ended");
  });

  it("do not wait for a client that takes nothing of its response", async (test) => {
    let nowMs = 0;
    let written = 0;
    const upstream = await rawUpstream(test, (socket) => {
      const piece = Buffer.alloc(65_536);
      const more = (): void => {
        do written += piece.length;
        while (socket.write(piece) && written < 1 << 30);
      };
      socket.on("drain", more).once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n");
        more();
      });
    });
    const { port, shield } = await shieldFor(test, upstream, { clock: () => nowMs });
    const client = new RawClient(test, port).write(GET);
    client.socket.pause();
    await eventually(() => client.socket.bytesRead > 0, "the response begins");
    // Until the system's buffers are full, the client takes something all the same.
    await standsStill(() => written);
    nowMs = 29_000;
    shield.tick();
    assert.equal(shield.connections, 1);
    nowMs = 31_000;
    shield.tick();
    await eventually(() => shield.connections === 0 && shield.upstreamConnections === 0, "all is closed");
  });

  const HOLDING =
    "SecResponseBodyAccess On\nSecResponseBodyMimeType text/html\nSecResponseBodyLimit 67108864\n";
  const LARGE_BYTES = 32 << 20;

  it("wait for a client that takes a held response slowly, the last one of its connection as well", async (test) => {
    let nowMs = 0;
    const upstream = await httpUpstream(test, (_request, response) =>
      response.setHeader("Content-Type", "text/html").end(Buffer.alloc(LARGE_BYTES, "x")),
    );
    const { rules } = rulesOf(test, HOLDING);
    const { port, shield } = await shieldFor(test, upstream, { rules, clock: () => nowMs });
    for (const request of [GET, LAST]) {
      const client = new RawClient(test, port).write(request);
      const { socket } = client;
      let bytes = 0;
      socket.removeAllListeners("data").on("data", (chunk) => {
        bytes += chunk.length;
        socket.pause();
      });
      await eventually(() => bytes > 0, "the response begins");
      while (bytes < LARGE_BYTES) {
        const before = bytes;
        // As long as it takes some within the time for that, however long all of it takes.
        for (; bytes < before + (4 << 20) && bytes < LARGE_BYTES; await new Promise(setImmediate)) {
          assert.ok(
            !client.ended || bytes >= LARGE_BYTES,
            `${request.slice(-30)}: ends after ${bytes} octets`,
          );
          socket.resume();
        }
        nowMs += 20_000;
        shield.tick();
      }
      socket.destroy();
      await eventually(() => shield.connections === 0, "the connection is closed");
      assert.equal(shield.heldBytes, 0);
    }
  });

  it("count what slow clients have not taken of held responses", async (test) => {
    let nowMs = 0;
    const upstream = await httpUpstream(test, (_request, response) =>
      response.setHeader("Content-Type", "text/html").end(Buffer.alloc(LARGE_BYTES, "x")),
    );
    const { rules } = rulesOf(test, HOLDING);
    const { port, shield } = await shieldFor(test, upstream, { rules, clock: () => nowMs });
    const client = new RawClient(test, port).write(GET);
    client.socket.pause();
    await eventually(() => client.socket.bytesRead > 0, "the response begins");
    assert.ok(shield.heldBytes > LARGE_BYTES / 2, `${shield.heldBytes}`);
    nowMs = 31_000;
    shield.tick();
    await eventually(() => shield.connections === 0, "the connection is closed");
    assert.equal(shield.heldBytes, 0);
  });

  it("hold bodies for rules up to a number of octets, of all requests together: 503", async (test) => {
    const upstream = await httpUpstream(test, (_request, response) => response.end("ok"));
    const { rules } = rulesOf(test, "SecRequestBodyAccess On\n");
    const { port, shield } = await shieldFor(test, upstream, { rules, heldBytesMax: 1_000 });
    const post = (bytes: number, sent: number) =>
      `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ${bytes}\r\n\r\n${"x".repeat(sent)}`;
    const waiting = new RawClient(test, port).write(post(800, 700));
    await eventually(() => shield.heldBytes === 700, "a body is held");
    assert.equal(status(await roundTrip(test, port, post(400, 400))), 503);
    assert.equal(shield.heldBytes, 700);
    waiting.write("y".repeat(100));
    assert.equal(status(await waiting.end()), 200);
    assert.equal(shield.heldBytes, 0);
  });
});
