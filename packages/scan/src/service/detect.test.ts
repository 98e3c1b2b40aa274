import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { PalisadeError } from "@palisade/base";
import { ActiveTime } from "../active-time.js";
import { selfSigned } from "./certificate.build.js";
import { ServiceDatabase } from "./database.js";
import { type DetectOptions, detectServices } from "./detect.js";
import { LOOPBACK, onLine, serve, serveTls, type TestServer, upgrade } from "./servers.build.js";
import type { ServiceResult } from "./service-result.js";
import { parseServices } from "./services-format.js";

const text = String.raw`
probe null tcp
  wait 1s

match ssh
  pattern /^SSH-([\d.]+)-Test_([\w.]+)\r\n/
  product "Test SSH"
  version "$2"
  info "protocol $1"
  cpe "cpe:/a:test:ssh:$2"

softmatch smtp
  pattern /^220 \S+ ESMTP/
softmatch ftp
  pattern /^220 .*FTP/
softmatch imap
  pattern /^\* OK IMAP/
softmatch pop3
  pattern /^\+OK POP3/

probe http-get tcp
  send "GET / HTTP/1.0\r\n\r\n"
  rarity 1
  wait 2s
match http
  pattern /^HTTP\/1\.[01] \d+ [^\n]*\r\nServer: (\w+)\/([\d.]+)\r\n/
  product "$1"
  version "$2"
softmatch http
  pattern /^HTTP\/1\.[01] \d+/

probe ask tcp
  send "version?\n"
  rarity 3
  wait 2s
match asked
  pattern /^version ([\d.]+)\n/
  version "$1"
match smtp
  pattern /^500 MTA ([\d.]+)/
  product "MTA"
  version "$1"

probe rare tcp
  send "rare?\n"
  rarity 9
  wait 1s
match rare
  pattern /^rare!/

probe question udp
  send "who?"
  rarity 1
  wait 2s
match answerer
  pattern /^I am (\w+)/
  product "$1"
`;

/** Discard (RFC 863), which nobody serves: one that the kernel gives out may be another test's a moment later. */
const NOBODYS_PORT = 9;

const database = new ServiceDatabase(parseServices([{ file: "test", text }]));
const certificate = selfSigned("service.example", ["service.example", "www.service.example"]);

async function detect(
  server: { readonly port: number },
  options: Partial<DetectOptions> = {},
  host?: string,
): Promise<ServiceResult> {
  const target = { address: LOOPBACK, port: server.port, protocol: "tcp" as const, host };
  const results = await detectServices([target], { database, ...options });
  assert.equal(results.length, 1);
  return results[0]!;
}

const page = "HTTP/1.1 200 OK\r\nServer: testd/1.2\r\nX-Powered-By: tests\r\n\r\n<title>A &amp; B</title>";

function answerHttp(socket: Socket): void {
  onLine(socket, (line) => {
    if (line === "") socket.end(page);
  });
}

describe("detectServices", () => {
  it("reads what a service says first, and sends it nothing", async (test) => {
    let received = 0;
    const server = await serve(test, (socket) => {
      socket.on("data", (octets) => {
        received += octets.length;
      });
      socket.write("SSH-2.0-Test_9.2\r\n");
    });
    const result = await detect(server, { details: false });
    assert.deepEqual(
      { ...result, port: 0 },
      {
        address: LOOPBACK,
        port: 0,
        protocol: "tcp",
        name: "ssh",
        product: "Test SSH",
        version: "9.2",
        info: "protocol 2.0",
        cpe: ["cpe:/a:test:ssh:9.2"],
        method: "probed",
        confidence: 10,
        details: {},
      },
    );
    assert.equal(received, 0);
    assert.equal(server.accepted(), 1);
  });

  it("gives up on a host when its time is over, keeps what is known by then, and says so once", async (test) => {
    const known = await serve(test, (socket) => void socket.write("SSH-2.0-Test_9.2\r\n"));
    const silent = [await serve(test, () => {}), await serve(test, () => {}), await serve(test, () => {})];
    const late: string[] = [];
    const targets = [known, ...silent].map(({ port }) => ({
      address: LOOPBACK,
      port,
      protocol: "tcp" as const,
    }));
    const results = await detectServices(targets, {
      database,
      details: false,
      concurrency: 2,
      // What is silent has several seconds of its own.
      hostTimeoutMs: 2_000,
      onHostTimeout: (address) => late.push(address),
    });
    assert.deepEqual(
      results.map(({ port, product }) => [port, product]),
      [[known.port, "Test SSH"]],
    );
    assert.deepEqual(late, [LOOPBACK]);
    assert.equal(silent[2]!.accepted(), 0);
  });

  it("leaves a host alone whose time suffices", async (test) => {
    const server = await serve(test, (socket) => void socket.write("SSH-2.0-Test_9.2\r\n"));
    const late: string[] = [];
    const bounds = { hostTimeoutMs: 5_000, onHostTimeout: (address: string) => void late.push(address) };
    assert.equal((await detect(server, { ...bounds, details: false })).version, "9.2");
    assert.deepEqual(late, []);
  });

  it("begins no connection while it is held, and no time is over meanwhile", async (test) => {
    let isHeld = true;
    const activeTime = new ActiveTime(() => isHeld);
    test.after(() => activeTime.close());
    const silent = await serve(test, () => {});
    const speaking = await serve(test, (socket) => void socket.write("SSH-2.0-Test_9.2\r\n"));
    const late: string[] = [];
    const targets = [silent, speaking].map(({ port }) => ({
      address: LOOPBACK,
      port,
      protocol: "tcp" as const,
    }));
    const detected = detectServices(targets, {
      database,
      details: false,
      concurrency: 1,
      deadlineMs: 2_000,
      hostTimeoutMs: 4_000,
      onHostTimeout: (address) => late.push(address),
      activeTime,
    });
    await sleep(500);
    assert.equal(silent.accepted(), 0);
    isHeld = false;
    while (silent.accepted() === 0) await sleep(10);
    // In the middle of the first port.
    isHeld = true;
    await sleep(100);
    const begun = silent.accepted();
    await sleep(4_500);
    assert.deepEqual([silent.accepted(), speaking.accepted()], [begun, 0]);
    isHeld = false;
    const results = await detected;
    assert.deepEqual(
      results.map(({ product }) => product),
      [undefined, "Test SSH"],
    );
    assert.ok(silent.accepted() > begun);
    assert.deepEqual(late, []);
  });

  it("reads a banner that comes in pieces", async (test) => {
    const server = await serve(test, (socket) => {
      const pieces = ["SSH-2", ".0-Te", "st_9.2\r", "\n"];
      const timer = setInterval(() => {
        const piece = pieces.shift();
        if (piece === undefined) clearInterval(timer);
        else socket.write(piece);
      }, 20);
      socket.on("close", () => clearInterval(timer));
    });
    assert.equal((await detect(server, { details: false })).version, "9.2");
  });

  it("sends a probe on the same connection to a service that waits, and reads its page", async (test) => {
    const server = await serve(test, answerHttp);
    const result = await detect(server);
    assert.equal(result.name, "http");
    assert.equal(result.product, "testd");
    assert.equal(result.version, "1.2");
    assert.deepEqual(result.details, {
      "http-status": "200 OK",
      "http-title": "A & B",
      "http-server": "testd/1.2",
      "http-powered-by": "tests",
    });
    assert.equal(server.accepted(), 2, "one for the banner and the probe, one for the page");
  });

  it("goes on with other probes while one is left unanswered", async (test) => {
    const server = await serve(test, (socket) => {
      onLine(socket, (line) => {
        if (line === "version?") socket.write("version 4.5\n");
      });
    });
    const result = await detect(server);
    assert.equal(result.name, "asked");
    assert.equal(result.version, "4.5");
  });

  it("asks only probes that know a service after a softmatch, and keeps that where they say nothing", async (test) => {
    const heard: string[] = [];
    const handle = (answer: string) => (socket: Socket) => {
      socket.write("220 mail.example ESMTP\r\n");
      onLine(socket, (line) => {
        heard.push(line);
        socket.end(answer);
      });
    };
    const known = await detect(await serve(test, handle("500 MTA 7.1\r\n")), { details: false });
    assert.equal(known.product, "MTA");
    const vague = await detect(await serve(test, handle("500 what?\r\n")), { details: false });
    assert.equal(vague.name, "smtp");
    assert.equal(vague.confidence, 7);
    assert.equal(vague.banner, undefined);
    assert.deepEqual(heard, ["version?", "version?"]);
  });

  it("sends probes above the intensity only to ports that they list", async (test) => {
    const handle = (socket: Socket): void => {
      onLine(socket, (line) => {
        if (line === "rare?") socket.write("rare!");
        else socket.end();
      });
    };
    assert.equal(
      (await detect(await serve(test, handle), { intensity: 8, deadlineMs: 3_000 })).method,
      "table",
    );
    assert.equal((await detect(await serve(test, handle), { intensity: 9 })).name, "rare");
  });

  it("calls a port tcpwrapped that closes at once without a word", async (test) => {
    const result = await detect(await serve(test, (socket) => socket.end()));
    assert.equal(result.name, "tcpwrapped");
    assert.equal(result.method, "probed");
  });

  it("connects once more to a port that closes without a word, and may just have served another", async (test) => {
    let served = 0;
    const server = await serve(test, (socket) => {
      served += 1;
      if (served === 1) socket.end();
      else socket.write("SSH-2.0-Test_3\r\n");
    });
    assert.equal((await detect(server, { details: false })).version, "3");
    assert.equal(server.accepted(), 2);
  });

  it("detects anew within TLS, names the server, and reads the certificate", async (test) => {
    let asked: string | false | undefined;
    const server = await serveTls(
      test,
      certificate,
      (socket) => {
        asked = (socket as unknown as { servername: string | false }).servername || asked;
        answerHttp(socket);
      },
      ["h2", "http/1.1"],
    );
    const result = await detect(server, {}, "www.service.example");
    assert.equal(result.name, "http");
    assert.equal(result.tunnel, "tls");
    assert.equal(result.version, "1.2");
    assert.equal(asked, "www.service.example");
    assert.equal(result.details["http-title"], "A & B");
    const { certificate: shown, ...session } = result.tls!;
    assert.match(session.version!, /^TLSv1\.[23]$/);
    assert.equal(session.alpn, "h2");
    assert.equal(shown!.subject, "CN=service.example");
    assert.deepEqual(shown!.alternativeNames, ["DNS:service.example", "DNS:www.service.example"]);
    assert.equal(shown!.validFrom, "2026-01-01T00:00:00Z");
    assert.equal(shown!.validTo, "2049-12-31T23:59:59Z");
    assert.equal(shown!.key, "ec prime256v1");
    assert.equal(shown!.serial, "1234abcd");
    assert.match(shown!.sha256, /^[0-9a-f]{64}$/);
    assert.equal(shown!.selfIssued, true);
  });

  it("hears a banner within TLS, where a probe's tls-ports list the port", async (test) => {
    const server = await serveTls(test, certificate, (socket) => socket.write("SSH-2.0-Test_9.2\r\n"));
    const listed = text.replace("rarity 1\n", `rarity 1\n  tls-ports ${server.port}\n`);
    const result = await detect(server, {
      database: new ServiceDatabase(parseServices([{ file: "test", text: listed }])),
      details: false,
    });
    assert.equal(result.name, "ssh");
    assert.equal(result.tunnel, "tls");
    assert.equal(server.accepted(), 1);
  });

  it("goes to TLS where a server says in clear that it wants it", async (test) => {
    const secure = await serveTls(test, certificate, answerHttp);
    const { connect } = await import("node:net");
    const server = await serve(test, (socket) => {
      socket.once("data", (octets) => {
        if (octets[0] !== 0x16) {
          socket.end(
            "HTTP/1.1 400 Bad Request\r\nServer: front/1\r\n\r\nThe plain HTTP request was sent to HTTPS port",
          );
          return;
        }
        const behind = connect(secure.port, LOOPBACK);
        behind.on("error", () => socket.destroy());
        behind.write(octets);
        behind.pipe(socket).pipe(behind);
      });
    });
    const result = await detect(server, { details: false });
    assert.equal(result.tunnel, "tls");
    assert.equal(result.product, "testd");
  });

  it("says that a port speaks TLS when the handshake ends in an alert", async (test) => {
    const server = await serve(test, (socket) => {
      socket.on("data", (octets: Buffer) => {
        if (octets[0] === 0x16) socket.end(Buffer.from("15030300020228", "hex"));
      });
    });
    const result = await detect(server, { deadlineMs: 4_000 });
    assert.equal(result.tunnel, "tls");
    assert.match(result.tls!.alert!, /handshake_failure/);
    assert.equal(result.method, "table");
  });

  for (const [name, greeting, dialogue] of [
    [
      "smtp",
      "220 mail.example ESMTP\r\n",
      { "EHLO palisade.invalid": "250-mail.example\r\n250-STARTTLS\r\n250 HELP\r\n", STARTTLS: "220 go\r\n" },
    ],
    ["ftp", "220 an FTP server\r\n", { "AUTH TLS": "234 go\r\n" }],
    ["imap", "* OK IMAP4rev2\r\n", { "p STARTTLS": "p OK go\r\n" }],
    ["pop3", "+OK POP3\r\n", { STLS: "+OK go\r\n" }],
  ] as const) {
    it(`changes to TLS on ${name}, and reads the certificate`, async (test) => {
      const replies: Readonly<Record<string, string>> = dialogue;
      const server = await serve(test, (socket) => {
        socket.write(greeting);
        onLine(socket, (line) => {
          socket.write(replies[line] ?? "");
          if (/TLS|STLS/.test(line) && replies[line] !== undefined) upgrade(socket, certificate);
        });
      });
      const result = await detect(server, { deadlineMs: 8_000 });
      assert.equal(result.name, name);
      assert.equal(result.tunnel, undefined);
      const { starttls } = result.details;
      assert.equal(starttls, "yes");
      assert.equal(result.tls?.certificate?.subject, "CN=service.example");
    });
  }

  it("says that a service offers no TLS", async (test) => {
    const server = await serve(test, (socket) => {
      socket.write("+OK POP3\r\n");
      onLine(socket, () => socket.write("-ERR no\r\n"));
    });
    assert.deepEqual((await detect(server)).details, { starttls: "no" });
  });

  it("shows what an unknown service said, printable and short", async (test) => {
    const server = await serve(test, (socket) =>
      socket.end(Buffer.from("\x1b[31mhello\\\r\n\0ÿ".repeat(300), "latin1")),
    );
    const result = await detect(server);
    assert.equal(result.method, "table");
    assert.equal(result.name, "unknown");
    assert.ok(result.banner!.startsWith("\\x1b[31mhello\\\\\\r\\n\\x00\\xff"));
    assert.ok(result.banner!.length <= 1_024);
  });

  it("ends with a service that drips an octet a second, and keeps nobody else waiting", async (test) => {
    const drips = await serve(test, (socket) => {
      const timer = setInterval(() => socket.write("x"), 1_000);
      socket.on("close", () => clearInterval(timer));
    });
    const quick = await serve(test, (socket) => socket.write("SSH-2.0-Test_9.2\r\n"));
    const order: string[] = [];
    const results = await detectServices(
      [drips, quick].map(({ port }) => ({ address: LOOPBACK, port, protocol: "tcp" as const })),
      { database, deadlineMs: 3_000, details: false, onResult: ({ name }) => order.push(name) },
    );
    assert.deepEqual(order, ["ssh", "unknown"]);
    assert.deepEqual(
      results.map(({ name }) => name),
      ["unknown", "ssh"],
    );
  });

  it("ends with a service that never stops sending", async (test) => {
    const server = await serve(test, (socket) => {
      const block = Buffer.alloc(16_384, "garbage ");
      const send = (): void => {
        while (!socket.destroyed && socket.write(block));
      };
      socket.on("drain", send);
      send();
    });
    const result = await detect(server, { deadlineMs: 5_000 });
    assert.equal(result.method, "table");
    assert.ok(result.banner!.startsWith("garbage garbage"));
  });

  it("takes what came before a reset", async (test) => {
    const server = await serve(test, (socket) => {
      socket.write("half a ban", () => setTimeout(() => socket.resetAndDestroy(), 30));
    });
    const result = await detect(server, { details: false });
    assert.equal(result.banner, "half a ban");
  });

  it("survives random octets", async (test) => {
    let state = 7;
    const server = await serve(test, (socket) => {
      const octets = Buffer.alloc(3_000);
      for (let at = 0; at < octets.length; at += 1)
        octets[at] = (state = (state * 1_103_515_245 + 12_345) & 0x7fff_ffff) >> 16;
      socket.end(octets);
    });
    assert.equal((await detect(server)).method, "table");
  });

  it("says why a closed port could not be asked", async () => {
    const result = await detect({ port: NOBODYS_PORT });
    assert.equal(result.failure, "ECONNREFUSED");
    assert.equal(result.method, "table");
  });

  it("leaves nothing open, also where it was stopped", async (test) => {
    const silent: TestServer = await serve(test, (socket) => socket.resume());
    const controller = new AbortController();
    const running = detectServices([{ address: LOOPBACK, port: silent.port, protocol: "tcp" }], {
      database,
      signal: controller.signal,
    });
    await until(() => silent.open() > 0);
    controller.abort();
    assert.deepEqual(await running, []);
    await until(() => silent.open() === 0);
    const done = await detect(silent, { deadlineMs: 700 });
    assert.equal(done.method, "table");
    await until(() => silent.open() === 0);
  });

  it("asks more ports than it may at once, in their order of results", async (test) => {
    const servers = await Promise.all(
      Array.from({ length: 12 }, (_, index) =>
        serve(test, (socket) => socket.write(`SSH-2.0-Test_${index}\r\n`)),
      ),
    );
    const targets = servers.map(({ port }) => ({ address: LOOPBACK, port, protocol: "tcp" as const }));
    const { signal } = new AbortController();
    const warnings: string[] = [];
    const onWarning = ({ message }: Error): void => void warnings.push(message);
    process.on("warning", onWarning);
    for (const concurrency of [3, 12]) {
      const results = await detectServices(targets, { database, concurrency, details: false, signal });
      assert.deepEqual(
        results.map(({ version }) => version),
        servers.map((_, index) => `${index}`),
      );
    }
    process.off("warning", onWarning);
    assert.deepEqual(warnings, [], "Node warns of too many listeners");
  });

  it("asks UDP ports, and tells a closed one", async (test) => {
    const port = await serveUdp(test, (message) => (message === "who?" ? "I am dgram" : undefined));
    const results = await detectServices(
      [port, NOBODYS_PORT].map((each) => ({ address: LOOPBACK, port: each, protocol: "udp" as const })),
      { database },
    );
    assert.equal(results[0]!.name, "answerer");
    assert.equal(results[0]!.product, "dgram");
    assert.equal(results[1]!.failure, "ECONNREFUSED");
  });

  it("takes answers from other ports of the host where a probe says so, and from nobody else", async (test) => {
    // RFC 1350 §4: the server answers from a port that it chooses.
    const other = createSocket("udp4").bind(0, LOOPBACK);
    const stranger = createSocket("udp4").bind(0, "127.0.0.2");
    await Promise.all([once(other, "listening"), once(stranger, "listening")]);
    const asked = createSocket("udp4");
    asked.on("message", (message, { port, address }) => {
      if (message.toString("latin1") === "file?") {
        stranger.send("from a stranger", port, address);
        setTimeout(() => other.send("from a port", port, address), 50);
      } else other.send("I am nobody", port, address);
    });
    asked.bind(0, LOOPBACK);
    await once(asked, "listening");
    test.after(() => {
      for (const socket of [other, stranger, asked]) socket.close();
    });
    const file = `probe q udp\n  send "file?"\n  wait 1s\n  replies-from any-port\nmatch file\n  pattern /^from a (\\w+)/\n  product "$1"\n`;
    const target = { address: LOOPBACK, port: asked.address().port, protocol: "udp" as const };
    const byAny = new ServiceDatabase(parseServices([{ file: "any", text: file }]));
    const [result] = await detectServices([target], { database: byAny });
    assert.equal(result!.product, "port");
    const [without] = await detectServices([target], { database, deadlineMs: 2_500 });
    assert.equal(without!.method, "table");
  });

  it("says of a UDP port that no socket may reach why, and goes on", async () => {
    // The limited broadcast address (RFC 919 §7), which needs a permission that nobody has asked for.
    const targets = [{ address: "255.255.255.255", port: 9, protocol: "udp" as const }];
    const [result] = await detectServices(targets, { database, deadlineMs: 3_000 });
    assert.equal(result!.failure, "EACCES");
  });

  it("ends with the error of a pattern that cannot be compiled, on TCP and UDP", async (test) => {
    const broken = new ServiceDatabase(
      parseServices([
        {
          file: "broken",
          text: 'probe null tcp\nmatch a\n  pattern /(/\nprobe q udp\n  send "x"\n  rarity 1\nmatch a\n  pattern /(/\n',
        },
      ]),
    );
    const server = await serve(test, (socket) => socket.write("hello\r\n"));
    const port = await serveUdp(test, () => "hello");
    for (const target of [
      { address: LOOPBACK, port: server.port, protocol: "tcp" as const },
      { address: LOOPBACK, port, protocol: "udp" as const },
    ]) {
      await assert.rejects(
        detectServices([target], { database: broken, deadlineMs: 3_000 }),
        (error) => error instanceof PalisadeError && /^PATTERN_/.test(error.code),
      );
    }
  });

  it("asks a port that refuses connections while one is open once more", async (test) => {
    let open = 0;
    const server = await serve(test, (socket) => {
      open += 1;
      socket.on("close", () => (open -= 1));
      if (open > 1) {
        socket.resetAndDestroy();
        return;
      }
      onLine(socket, (line) => {
        if (line === "version?") socket.write("version 4.5\n");
        else setTimeout(() => socket.destroy(), 300);
      });
    });
    assert.equal((await detect(server, { details: false })).version, "4.5");
  });

  it("refuses options out of their range", async () => {
    for (const wrong of [{ intensity: 10 }, { concurrency: 0 }, { deadlineMs: 0.5 }]) {
      await assert.rejects(
        detectServices([], { database, ...wrong }),
        (error) => error instanceof PalisadeError && error.code === "SCAN_SERVICE_OPTION",
      );
    }
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    assert.ok(tries < 6_000, "it never came about");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function serveUdp(test: TestContext, answer: (message: string) => string | undefined): Promise<number> {
  const socket = createSocket("udp4");
  socket.on("message", (message, { port, address }) => {
    const reply = answer(message.toString("latin1"));
    if (reply !== undefined) socket.send(reply, port, address);
  });
  socket.bind(0, LOOPBACK);
  await once(socket, "listening");
  test.after(() => socket.close());
  return socket.address().port;
}
