/** Many exchanges at once, whose memory is used again by one another: each has to get what is its own. */
import assert from "node:assert/strict";
import { Agent, type IncomingMessage, request } from "node:http";
import { describe, it, type TestContext } from "node:test";
import { auditOctets } from "@palisade/seclang";
import { auditOf, eventually, httpUpstream, rulesOf, shieldFor } from "./bed.build.js";
import type { ShieldOptions } from "./shield.js";

const CLIENTS = 12;
const EXCHANGES = 12;
/** More than the system takes for a client that does not read. */
const LATE_LENGTH = 12_000_000;
const LENGTHS = [0, 1, 300, 2_047, 9_000, 16_385, 70_000, 300_000];

const READING_RULES = `
SecRuleEngine On
SecRequestBodyAccess On
SecRequestBodyNoFilesLimit 1048576
SecResponseBodyAccess On
SecResponseBodyLimit 16777216
SecResponseBodyMimeType application/octet-stream
SecAuditEngine On
SecAuditLogParts ABCEFHZ
SecRule REQUEST_BODY|RESPONSE_BODY "@streq never" "id:1,phase:4,deny"
`;

/** Numbers below `below`, the same for the same seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2_654_435_761 + 1;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function octetsOf(seed: number, length: number): Buffer {
  const next = numbersFrom(seed);
  return Buffer.from(Uint8Array.from({ length }, () => next(256)));
}

/** Answers with the octets of the seed that the path names, behind those that came; in pieces, with or without a length. */
function answering(test: TestContext): Promise<number> {
  return httpUpstream(test, async (message, response) => {
    const [, seed, length] = message.url!.split("/").map(Number) as [number, number, number];
    const answer = Buffer.concat([await bodyOf(message), octetsOf(seed, length)]);
    response.setHeader("Content-Type", "application/octet-stream");
    const next = numbersFrom(seed);
    if (next(2) === 0) response.setHeader("Content-Length", answer.length);
    for (let at = 0; at < answer.length && !response.destroyed; ) {
      const end = at + 1 + next(40_000);
      response.write(answer.subarray(at, end));
      at = end;
      if (next(3) === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}

/** A request whose head is answered. @param sent its body, in chunks or with its length */
function ask(
  port: number,
  agent: Agent,
  path: string,
  sent: Buffer,
  chunked: boolean,
): Promise<IncomingMessage> {
  const headers = chunked ? { "Transfer-Encoding": "chunked" } : { "Content-Length": sent.length };
  return new Promise((resolve, reject) => {
    const asking = request({ port, agent, method: "POST", path, headers }, resolve);
    asking.on("error", reject).end(sent);
  });
}

function agentFor(test: TestContext): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  test.after(() => agent.destroy());
  return agent;
}

/** One request after the other on a connection. @returns how many were answered; the others were given up in their midst */
async function client(test: TestContext, port: number, number: number): Promise<number> {
  const agent = agentFor(test);
  const next = numbersFrom(number);
  const length = () => LENGTHS[next(LENGTHS.length)]!;
  let answered = 0;
  for (let exchange = 0; exchange < EXCHANGES; exchange += 1) {
    const seed = number * 1_000 + exchange;
    const [sent, asked] = [octetsOf(seed + 500, length()), length()];
    const response = await ask(port, agent, `/${seed}/${asked}`, sent, next(2) === 0);
    if (next(10) === 0) {
      response.on("error", () => {}).destroy();
      continue;
    }
    assert.equal(response.statusCode, 200);
    const body = Buffer.concat([sent, octetsOf(seed, asked)]);
    assert.ok(body.equals(await bodyOf(response)), `client ${number}, exchange ${exchange}`);
    answered += 1;
  }
  return answered;
}

/** Reads its response only when others are done. */
async function lateClient(test: TestContext, port: number, others: () => Promise<void>): Promise<void> {
  const response = await ask(port, agentFor(test), `/7/${LATE_LENGTH}`, Buffer.alloc(0), false);
  await others();
  assert.ok(octetsOf(7, LATE_LENGTH).equals(await bodyOf(response)), "what a late reader gets");
}

describe("many exchanges at once", () => {
  const run = async (test: TestContext, options: Partial<ShieldOptions>) => {
    // However long the others take, nobody has had his time.
    const { port, shield } = await shieldFor(test, await answering(test), { ...options, clock: () => 0 });
    await lateClient(test, port, async () => {
      const clients = Array.from({ length: CLIENTS }, (_, at) => client(test, port, at + 1));
      for (const answered of await Promise.all(clients)) assert.ok(answered > EXCHANGES / 2, `${answered}`);
    });
    await eventually(() => shield.heldBytes === 0, "nothing is held any more");
  };

  it("have each what is theirs, where bodies pass", async (test) => {
    await run(test, {});
  });

  it("have each what is theirs, where bodies wait for rules and are kept for records", async (test) => {
    const { rules } = rulesOf(test, READING_RULES);
    const { audit, records } = auditOf(test);
    await run(test, { rules, audit });
    assert.equal(records().length, CLIENTS * EXCHANGES + 1);
    let compared = 0;
    for (const { request: asked } of records()) {
      const seed = Number(asked!.target.split("/")[1]);
      const kept = auditOctets(asked!.body ?? "")!;
      compared += kept.length;
      assert.ok(
        octetsOf(seed + 500, 300_000)
          .subarray(0, kept.length)
          .equals(kept),
        `record of ${seed}`,
      );
    }
    assert.ok(compared > 0);
  });
});
