/** What Node's own parser makes of the same octets, over a connection in memory. */
import type { IncomingMessage } from "node:http";
import { createServer, request } from "node:http";
import { Duplex } from "node:stream";

export interface NodeMessage {
  readonly startLine: readonly (string | number)[];
  readonly fields: readonly (readonly [string, string])[];
  readonly body: string;
}

export interface NodeTranscript {
  /** Those that were read to their end. */
  readonly messages: readonly NodeMessage[];
  /** The code of the error that it ended with. */
  readonly error: string | undefined;
}

class Memory extends Duplex {
  override _read(): void {}
  override _write(_chunk: unknown, _encoding: unknown, done: () => void): void {
    done();
  }
}

function pairs(raw: readonly string[]): (readonly [string, string])[] {
  return Array.from({ length: raw.length / 2 }, (_, at) => [raw[at * 2]!, raw[at * 2 + 1]!] as const);
}

/** Messages are told in the order of their heads, and ended in another. */
function gather(message: IncomingMessage, startLine: readonly (string | number)[], messages: Told[]): void {
  const chunks: Buffer[] = [];
  const told: Told = { startLine, fields: pairs(message.rawHeaders), body: "", ended: false };
  messages.push(told);
  message.on("data", (chunk: Buffer) => chunks.push(chunk));
  message.on("error", () => {});
  message.on("end", () => {
    told.ended = message.complete;
    told.body = Buffer.concat(chunks).toString("latin1");
  });
}

interface Told {
  readonly startLine: readonly (string | number)[];
  readonly fields: readonly (readonly [string, string])[];
  body: string;
  ended: boolean;
}

function endedOf(messages: readonly Told[]): readonly NodeMessage[] {
  return messages
    .filter(({ ended }) => ended)
    .map(({ startLine, fields, body }) => ({ startLine, fields, body }));
}

/** What `node:http`'s server reads of a connection that says this and ends. */
export async function nodeRequests(octets: Uint8Array): Promise<NodeTranscript> {
  const messages: Told[] = [];
  let error: string | undefined;
  const server = createServer({
    requireHostHeader: false,
    maxHeaderSize: 65_536,
    connectionsCheckingInterval: 3_600_000,
  });
  const take = (message: IncomingMessage, response: { end(): unknown }) => {
    gather(message, [message.method!, message.url!], messages);
    message.on("end", () => response.end());
  };
  server.on("request", take).on("checkContinue", take).on("checkExpectation", take);
  server.on("connect", (message: IncomingMessage, socket: Duplex) => {
    messages.push({
      startLine: [message.method!, message.url!],
      fields: pairs(message.rawHeaders),
      body: "",
      ended: true,
    });
    socket.destroy();
  });
  server.on("clientError", (reason: NodeJS.ErrnoException, socket: Duplex) => {
    error ??= reason.code;
    // Messages before the one that is wrong are told after it.
    setImmediate(() => socket.destroy());
  });
  const memory = new Memory({ allowHalfOpen: true });
  const closed = new Promise<void>((settle) => memory.once("close", settle));
  server.emit("connection", memory);
  memory.push(octets);
  memory.push(null);
  await closed;
  // The last message's end may be told after the connection's.
  await new Promise((settle) => setImmediate(settle));
  server.close();
  return { messages: endedOf(messages), error };
}

/** What `node:http`'s client reads of the response to one request. */
export async function nodeResponse(octets: Uint8Array, method: string): Promise<NodeTranscript> {
  const messages: Told[] = [];
  let error: string | undefined;
  const memory = new Memory();
  const closed = new Promise<void>((settle) => memory.once("close", settle));
  const asked = request({
    method,
    createConnection: () => memory as never,
    headers: { host: "a" },
    maxHeaderSize: 65_536,
  });
  asked.on("response", (response) =>
    gather(response, [response.statusCode!, response.statusMessage!], messages),
  );
  asked.on("error", (reason: NodeJS.ErrnoException) => {
    error ??= reason.code;
  });
  asked.on("upgrade", (_response, socket) => socket.destroy());
  asked.end();
  await new Promise((settle) => setImmediate(settle));
  memory.push(octets);
  memory.push(null);
  await new Promise((settle) => setImmediate(settle));
  memory.destroy();
  await closed;
  await new Promise((settle) => setImmediate(settle));
  return { messages: endedOf(messages), error };
}
