/** Two hundred ports of servers that do what no service should, all asked at once. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { after, before, describe, it } from "node:test";
import { createSecureContext, TLSSocket } from "node:tls";
import { selfSigned, type TestCertificate } from "./certificate.build.js";
import { ServiceDatabase } from "./database.js";
import { detectServices } from "./detect.js";
import { LOOPBACK } from "./servers.build.js";
import type { ServiceResult } from "./service-result.js";
import { parseServices } from "./services-format.js";

const database = new ServiceDatabase(
  parseServices([
    {
      file: "hostile",
      text: String.raw`
probe null tcp
  wait 2s
match ssh
  pattern /^SSH-([\d.]+)-(\S+)/
  product "$2"
  version "$1"
  cpe "cpe:/a:x:$2:$1"
softmatch smtp
  pattern /^220[ -].*SMTP/
softmatch ftp
  pattern /^220[ -].*FTP/
softmatch imap
  pattern /^\* OK/
match pop3
  pattern /^\+OK (.*)/
  info "$1"
match mysql
  pattern /^....\x0a([^\0]+)\0/s
  version "$1"
probe http-get tcp
  send "GET / HTTP/1.0\r\n\r\n"
  rarity 1
match http
  pattern /^HTTP\/1\.\d \d+/
probe ask tcp
  send "*1\r\n$4\r\nPING\r\n"
  rarity 2
match redis
  pattern /^\+PONG/
match mongodb
  pattern /^MONGO/
match postgresql
  pattern /^R\0\0\0/
match microsoft-ds
  pattern /^\0\0..\xfeSMB/s
match memcache
  pattern /^STAT /
`,
    },
  ]),
);

const plain = selfSigned("service.example", ["service.example"]);
const ESCAPES = "\u001b[2J\u001b]0;owned\u0007\u202e\u009b31m\r\nX: y";
const odd = selfSigned(`a${ESCAPES}b`, [
  ...Array.from({ length: 700 }, (_, index) => `${"n".repeat(60)}${index}.example`),
  `x"${ESCAPES}`,
]);
const OPEN_MAX = 2_000;
/** What one server sends at most, to all: more than is kept of it, and little enough to be quick. */
const SENT_BYTES_MAX = 8 * 1024 * 1024;

type Habit = (socket: Socket) => void;

/** What carries a session is not read by others. */
const secured = new WeakSet<Socket>();

/** A socket that nobody reads never learns that the other side has closed. */
function heed(socket: Socket): void {
  if (socket.listenerCount("data") === 0 && !secured.has(socket)) socket.resume();
}

const say =
  (text: string | Uint8Array, then: "wait" | "end" | "reset" = "wait"): Habit =>
  (socket) => {
    socket.write(typeof text === "string" ? Buffer.from(text, "latin1") : text, () => {
      if (then === "end") socket.end();
      if (then === "reset") socket.resetAndDestroy();
    });
  };
/** The same to whatever is asked. */
const answer =
  (text: string | Uint8Array, then: "wait" | "end" | "reset" = "wait"): Habit =>
  (socket) => {
    socket.on("data", () => say(text, then)(socket));
  };
const drip =
  (text: string): Habit =>
  (socket) => {
    let at = 0;
    const timer = setInterval(() => socket.write(text[at++ % text.length]!), 5);
    socket.on("close", () => clearInterval(timer));
  };
const endless =
  (head: string, block: string): Habit =>
  (socket) => {
    let sentBytes = 0;
    const octets = Buffer.from(block.repeat(Math.ceil(16_384 / block.length)), "latin1");
    const send = (): void => {
      while (!socket.destroyed && sentBytes < SENT_BYTES_MAX) {
        sentBytes += octets.length;
        if (!socket.write(octets)) return;
      }
    };
    socket.write(head);
    socket.on("drain", send);
    send();
  };
/** Begins TLS where it is greeted so, and goes on with it. */
const secure =
  (certificate: TestCertificate, within: Habit): Habit =>
  (socket) => {
    secured.add(socket);
    const context = createSecureContext({ ...certificate });
    const session = new TLSSocket(socket, { isServer: true, secureContext: context });
    session.on("error", () => {});
    session.on("secure", () => {
      within(session);
      heed(session);
    });
  };
/** To each line the reply that is meant for it, else the last. */
const dialogue =
  (greeting: string, reply: (line: string) => string | Habit): Habit =>
  (socket) => {
    socket.write(greeting);
    socket.on("data", (octets: Buffer) => {
      const next = reply(octets.toString("latin1"));
      if (typeof next === "string") socket.write(Buffer.from(next, "latin1"));
      else {
        socket.removeAllListeners("data");
        next(socket);
      }
    });
  };

const HELLO = Buffer.from("16030300310200002d0303", "hex");
const random = (bytes: number): Uint8Array => {
  let state = bytes;
  return Uint8Array.from(
    { length: bytes },
    () => (state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff) >> 16,
  );
};
const kexInit = (length: number): Uint8Array =>
  Buffer.concat([
    Buffer.from("SSH-2.0-x\r\n"),
    Buffer.from([0, 0, 0x80, 0, 4, 20]),
    Buffer.alloc(16),
    Buffer.from([0, 0, length >> 8, length & 255]),
    Buffer.alloc(33_000, "a,"),
  ]);

const habits: readonly Habit[] = [
  () => {},
  (socket) => socket.end(),
  (socket) => void socket.resetAndDestroy(),
  (socket) => void setTimeout(() => socket.resetAndDestroy(), 50),
  drip("x"),
  drip("220 a SMTP\r\n220-"),
  drip("SSH-2.0-"),
  drip("\u0016\u0003\u0001\u0002\u0000"),
  endless("", "garbage "),
  endless("220 a ESMTP\r\n", "220-more\r\n"),
  endless("HTTP/1.1 200 OK\r\n", "Server: x\r\n"),
  endless("* OK ", "* OK\r\n"),
  endless("", "\0"),
  endless("", "\u0016\u0003\u0003\u0000\u0001\u0000"),
  say(`SSH-2.0-${ESCAPES}\r\n`),
  say(`SSH-2.0-${"9".repeat(60_000)}\r\n`, "end"),
  say(`SSH-2.0-x${"\u00ff\u00fe".repeat(300)}\r\n`, "reset"),
  say(kexInit(0xffff)),
  say(kexInit(30_000)),
  say(`220 ${ESCAPES} ESMTP\r\n`),
  say(`+OK ${ESCAPES}${"\u00e9".repeat(5_000)}\r\n`),
  say(random(3_000), "end"),
  say(random(70_000)),
  say(ESCAPES.repeat(300), "reset"),
  say(Buffer.from(`\u{1f600}`.repeat(5_000)), "end"),
  say(HELLO),
  say(
    Buffer.concat([
      Buffer.from("\xff\xff\xff\x00\x0a", "latin1"),
      Buffer.from("9".repeat(60_000)),
      Buffer.from([0]),
    ]),
  ),
  answer(`HTTP/1.1 200 OK\r\nServer: ${"s".repeat(1_048_576)}\r\n\r\n`),
  answer(
    `HTTP/1.1 200 ${ESCAPES}\r\nServer: ${ESCAPES}\r\nLocation: ${ESCAPES}\r\n\r\n<title>${ESCAPES}&#27;&#x202e;</title>`,
  ),
  answer("HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n"),
  answer(`HTTP/1.1 200 OK\r\nContent-Length: 1e999\r\n\r\n${"<title ".repeat(9_000)}`),
  answer(`HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n<title>${"&#".repeat(20_000)}`),
  answer(`HTTP/1.1 400 Bad\r\n\r\nThe plain HTTP request was sent to HTTPS port`),
  answer(HELLO),
  answer(Buffer.from("15030300020228", "hex")),
  answer(Buffer.from("15030300020228", "hex"), "end"),
  answer(Buffer.from("1503030002", "hex"), "reset"),
  answer("+PONG\r\n$999999\r\nredis_version:\u001b[31m"),
  answer(`STAT version ${"1".repeat(40_000)}\r\n${"STAT a b\r\n".repeat(2_000)}END\r\n`),
  answer(
    Buffer.concat([Buffer.from("52000186aa0000000a", "hex"), Buffer.from("\xff\0".repeat(30_000), "latin1")]),
  ),
  answer(Buffer.from("MONGO\xff\xff\xff\x7f", "latin1")),
  answer(Buffer.concat([Buffer.from([0, 0, 255, 252, 254]), Buffer.from("SMB"), random(65_000)])),
  secure(plain, () => {}),
  secure(plain, drip("x")),
  secure(plain, endless("", "y")),
  secure(plain, (socket) => socket.destroy()),
  secure(plain, answer(HELLO)),
  secure(plain, secure(plain, say("SSH-2.0-inner\r\n"))),
  secure(odd, say(`SSH-2.0-${ESCAPES}\r\n`)),
  secure(odd, answer(`HTTP/1.1 200 OK\r\nServer: ${ESCAPES}\r\n\r\n`)),
  dialogue("220 a SMTP\r\n", (line) =>
    /STARTTLS/.test(line) ? secure(odd, () => {}) : "250-a\r\n250 STARTTLS\r\n",
  ),
  dialogue("220 a SMTP\r\n", () => "250 STARTTLS\r\n220 go\r\n"),
  dialogue("220 a FTP\r\n", (line) => (/AUTH/.test(line) ? drip("234 x") : "500 no\r\n")),
  dialogue("* OK\r\n", () => "p OK STARTTLS\r\n* OK\r\n"),
  dialogue("+OK\r\n", () => endless("+OK\r\n", "+OK\r\n")),
];
const PORTS = 200;
const DEADLINE_MS = 8_000;

describe("detectServices of hostile servers", () => {
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  let results: ServiceResult[] = [];
  let mostOpen = 0;
  let heldBytes = 0;
  let elapsedMs = 0;
  let openBefore: readonly string[] = [];
  let openAfter: readonly string[] = [];

  before(async () => {
    for (let port = 0; port < PORTS; port += 1) {
      const habit = habits[port % habits.length]!;
      const server = createServer((socket) => {
        sockets.add(socket);
        mostOpen = Math.max(mostOpen, sockets.size);
        socket.on("error", () => {});
        socket.on("close", () => sockets.delete(socket));
        habit(socket);
        heed(socket);
      });
      server.listen(0, LOOPBACK);
      await once(server, "listening");
      servers.push(server);
    }
    const targets = servers.map((server) => {
      const address = server.address();
      assert.ok(typeof address === "object" && address !== null);
      return { address: LOOPBACK, port: address.port, protocol: "tcp" as const };
    });
    openBefore = resources();
    const begunMs = performance.now();
    results = await detectServices(targets, { database, deadlineMs: DEADLINE_MS });
    elapsedMs = performance.now() - begunMs;
    const { heapUsed, external } = process.memoryUsage();
    heldBytes = heapUsed + external;
    for (let tries = 0; sockets.size > 0 && tries < 6_000; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    openAfter = resources();
  });

  after(async () => {
    for (const socket of sockets) socket.destroy();
    for (const server of servers) {
      server.close();
      await once(server, "close");
    }
  });

  it("comes to a result for each, within their time", () => {
    assert.equal(habits.length > 50, true);
    assert.equal(results.length, PORTS);
    // A port has its deadline; the servers' own work, in this process, comes on top.
    assert.ok(elapsedMs < 15 * DEADLINE_MS, `${elapsedMs} ms`);
    for (const { failure, port } of results) assert.notEqual(failure, "timeout", `${port}`);
  });

  it("says nothing that a terminal would obey, and nothing long", () => {
    const look = (value: unknown): void => {
      if (typeof value === "string") {
        assert.doesNotMatch(value, /[\p{C}\p{Zl}\p{Zp}]/u);
        assert.ok(value.length <= 1_024, value.slice(0, 80));
      } else if (typeof value === "object" && value !== null) {
        const parts = Object.values(value);
        assert.ok(parts.length <= 256);
        for (const part of parts) look(part);
      }
    };
    for (const result of results) look(result);
    const names = new Set(results.map(({ name }) => name));
    for (const name of ["ssh", "http", "smtp", "tcpwrapped"])
      assert.ok(names.has(name), `${name} is not among ${[...names].join(", ")}`);
    assert.ok(results.some(({ tls }) => (tls?.certificate?.alternativeNames.length ?? 0) === 256));
  });

  it("leaves nothing open, and holds no more than its connections may", () => {
    assert.deepEqual(openAfter, openBefore);
    assert.equal(sockets.size, 0);
    assert.ok(mostOpen <= OPEN_MAX, `${mostOpen} sockets`);
    assert.ok(heldBytes < 1024 * 1024 * 1024, `${heldBytes} octets`);
  });
});

/** What keeps the process alive, by kind, but the listening sockets' own. */
function resources(): readonly string[] {
  return process
    .getActiveResourcesInfo()
    .filter((kind) => /^(?:TCPSocketWrap|UDPWrap|TLSWrap|ConnectWrap|TCPConnectWrap)$/.test(kind))
    .sort();
}
