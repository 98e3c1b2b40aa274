import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { describe, it } from "node:test";
import { BlockPool } from "@palisade/base";
import { ClientConnection } from "./client-connection.js";
import type { ShieldContext } from "./context.js";
import { Deadlines } from "./deadlines.js";
import { OutBuffer } from "./out-buffer.js";
import { TrustedProxies } from "./trusted-proxies.js";

/** A connection over a system that takes octets only when it is told to. */
function connectionOf() {
  const taken: (() => void)[] = [];
  const written: Buffer[] = [];
  const socket = new Duplex({
    read() {},
    write(octets: Buffer, _encoding, done) {
      written.push(octets);
      taken.push(done);
    },
  });
  const out = new OutBuffer();
  const context = {
    deadlines: new Deadlines(() => 0),
    trusted: new TrustedProxies([]),
    blocks: new BlockPool(),
    out,
    heldBytes: 0,
  } as unknown as ShieldContext;
  const times = { headMs: 1, idleMs: 1, stallMs: 1, tunnelIdleMs: 1, lingerMs: 1 };
  const connection = new ClientConnection(socket as Socket, context, {
    times,
    requestsMax: 1,
    via: "palisade",
    closed: () => {},
  });
  const send = (text: string): void => {
    out.append(Buffer.from(text), 0, text.length);
    out.passTo(connection);
  };
  /** The system takes what it was given first. */
  const take = async (): Promise<void> => {
    taken.shift()!();
    await new Promise((resolve) => setImmediate(resolve));
  };
  const text = (): string => Buffer.concat(written).toString();
  return { connection, socket, send, take, text, out };
}

describe("what is written to a client", () => {
  it("stays as it is until the system has taken it, be it little", async () => {
    const { connection, send, take, text } = connectionOf();
    send("first ");
    assert.equal(connection.isDrained, false);
    send("second ");
    await take();
    assert.equal(connection.isDrained, false);
    await take();
    assert.equal(text(), "first second ");
    assert.equal(connection.isDrained, true);
  });

  it("stays as it is while it waits for what was written before", async () => {
    const { connection, socket, send, take, text } = connectionOf();
    const much = "x".repeat(socket.writableHighWaterMark);
    send(much);
    let isDrainedEarly = true;
    // All is taken, and nobody has been told so: what comes now still waits.
    socket.prependOnceListener("drain", () => {
      send("more ");
      isDrainedEarly = connection.isDrained;
      send("again ");
    });
    await take();
    assert.equal(isDrainedEarly, false);
    await take();
    await take();
    assert.equal(text(), `${much}more again `);
    assert.equal(connection.isDrained, true);
  });
});
