/** Servers on the loopback for tests: each is closed, with what is open on it, when its test ends. */

import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { createServer as createTlsServer, TLSSocket } from "node:tls";
import type { TestCertificate } from "./certificate.build.js";

export const LOOPBACK = "127.0.0.1";

export interface TestServer {
  readonly port: number;
  /** Connections that were accepted. */
  readonly accepted: () => number;
  /** Connections that are open. */
  readonly open: () => number;
}

async function listening(test: TestContext, server: Server): Promise<TestServer> {
  const sockets = new Set<Socket>();
  let accepted = 0;
  server.on("connection", (socket: Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  test.after(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
    await once(server, "close");
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { port: address.port, accepted: () => accepted, open: () => sockets.size };
}

/** A server of plain TCP. */
export async function serve(test: TestContext, handle: (socket: Socket) => void): Promise<TestServer> {
  return await listening(test, createServer(handle));
}

/** A server that speaks TLS from the first octet. */
export async function serveTls(
  test: TestContext,
  certificate: TestCertificate,
  handle: (socket: Socket) => void,
  alpn: string[] = [],
): Promise<TestServer> {
  const server = createTlsServer(
    { ...certificate, ...(alpn.length > 0 ? { ALPNProtocols: alpn } : {}) },
    (socket) => {
      socket.on("error", () => {});
      handle(socket);
    },
  );
  server.on("tlsClientError", () => {});
  return await listening(test, server);
}

/** Begins TLS as the server on a connection that has so far been plain. */
export function upgrade(
  socket: Socket,
  certificate: TestCertificate,
  handle?: (secure: TLSSocket) => void,
): void {
  socket.removeAllListeners("data");
  const secure = new TLSSocket(socket, { isServer: true, ...certificate });
  secure.on("error", () => {});
  secure.on("secure", () => handle?.(secure));
}

/** Calls back for each line. */
export function onLine(socket: Socket, handle: (line: string) => void): void {
  let text = "";
  socket.on("data", (chunk: Buffer) => {
    text += chunk.toString("latin1");
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
      const line = text.slice(0, end).replace(/\r$/, "");
      text = text.slice(end + 1);
      handle(line);
    }
  });
}
