/** A proxy between raw sockets and servers on 127.0.0.1, for tests: all of it gone when the test is over. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { type AuditRecord, readAudit } from "@palisade/seclang";
import { AuditLog } from "./audit-log.js";
import { RuleSet } from "./rule-set.js";
import { Shield, type ShieldOptions } from "./shield.js";

const HOST = "127.0.0.1";
/** Milliseconds after which a test that waits has failed, on however busy a machine. */
const PATIENCE_MS = 60_000;

export interface Bed {
  readonly shield: Shield;
  readonly port: number;
}

/** A folder that goes with the test. */
export function folderOf(test: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "palisade-shield-"));
  test.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A proxy before the server at `upstream`. */
export async function shieldFor(
  test: TestContext,
  upstream: number,
  options: Partial<ShieldOptions> = {},
): Promise<Bed> {
  const shield = new Shield({ upstream: { host: HOST, port: upstream }, ...options });
  test.after(() => shield.stop(0).then(() => shield.stop(0)));
  const { port } = await shield.listen({ host: HOST, port: 0 });
  return { shield, port };
}

/** Rules of a text, read from a file. */
export function rulesOf(
  test: TestContext,
  text: string,
  signal?: AbortSignal,
): { readonly rules: RuleSet; readonly file: string } {
  const file = join(folderOf(test), "test.conf");
  writeFileSync(file, text);
  const rules = new RuleSet({
    files: [file],
    reader: { read: (path) => readFileSync(path), list: () => [] },
    readData: (name) => readFileSync(name),
    signal,
  });
  return { rules, file };
}

/** An audit log, and what it holds by now. */
export function auditOf(test: TestContext): {
  readonly audit: AuditLog;
  readonly records: () => AuditRecord[];
} {
  const path = join(folderOf(test), "audit.jsonl");
  const audit = new AuditLog(path, { report: () => {} });
  test.after(() => audit.close());
  return {
    audit,
    records: () => {
      audit.flush();
      return readFileSync(path, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line, index) => readAudit(line, { file: path, line: index + 1 }));
    },
  };
}

/** A server of Node's. @returns its port */
export async function httpUpstream(test: TestContext, answer: RequestListener): Promise<number> {
  const server = createHttpServer(answer);
  test.after(() => {
    server.close();
    server.closeAllConnections();
  });
  return portOf(server);
}

/** A server that has its connections for itself. @returns its port */
export async function rawUpstream(test: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    serve(socket);
  });
  test.after(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return portOf(server);
}

function portOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, HOST, () => resolve((server.address() as AddressInfo).port));
  });
}

/** A client that writes octets and waits for others. */
export class RawClient {
  readonly socket: Socket;
  /** All that came, one character an octet. */
  text = "";
  ended = false;
  #changed: () => void = () => {};

  constructor(test: TestContext, port: number) {
    this.socket = connect({ host: HOST, port, noDelay: true, allowHalfOpen: true });
    test.after(() => this.socket.destroy());
    const over = (): void => {
      this.ended = true;
      this.#changed();
    };
    this.socket
      .on("data", (chunk) => {
        this.text += chunk.toString("latin1");
        this.#changed();
      })
      .on("end", over)
      .on("close", over)
      .on("error", over);
  }

  write(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Waits until all that came says so. */
  async until(is: (text: string) => boolean, what = "what was expected"): Promise<string> {
    await this.#wait(() => is(this.text), what);
    return this.text;
  }

  /** Waits for the connection's end. */
  async end(): Promise<string> {
    await this.#wait(() => this.ended, "the connection's end");
    return this.text;
  }

  #wait(is: () => boolean, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () =>
          reject(new Error(`${what} did not come; what came: ${JSON.stringify(this.text.slice(0, 500))}`)),
        PATIENCE_MS,
      );
      this.#changed = () => {
        if (!is()) return;
        clearTimeout(timer);
        resolve();
      };
      this.#changed();
    });
  }
}

/** Sends a text with `Connection: close` in it, and gives all that comes. */
export function roundTrip(test: TestContext, port: number, text: string): Promise<string> {
  return new RawClient(test, port).write(text).end();
}

/** Waits until something holds that no event tells of. */
export async function eventually(is: () => boolean, what: string): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; !is(); ) {
    if (Date.now() > until) throw new Error(`${what}: not in time`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a number is the same in many turns of the event loop: a time alone may be one in which this machine did something else. */
export async function standsStill(number: () => number): Promise<void> {
  let before = number();
  for (let same = 0; same < 20; before = number()) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    same = number() === before ? same + 1 : 0;
  }
}
