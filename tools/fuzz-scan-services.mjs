/**
 * Servers on 127.0.0.1 that answer as services do, with changes, cuts, drips, repeats and resets, and the readers of details that ask
 * them; one in four is asked by all of `detectServices`. For `fuzz-scan.mjs`.
 */
import { createServer } from "node:net";
import { TLSSocket } from "node:tls";
import { unprintable } from "./fuzz-scan.mjs";

const scan = (path) => import(`../packages/scan/dist/${path}.js`);
const { concat, hex, latin1 } = await import("../packages/wire/dist/index.js");
const { kexInit, sshPacket, sshString } = await scan("service/details/ssh-messages");
const { smbMessage } = await scan("service/details/smb");

const LOOPBACK = "127.0.0.1";
/** What one execution's server sends at most to all its connections. */
const SENT_BYTES_MAX = 4 * 1024 * 1024;
const WAIT_MS = 120;
const DEADLINE_MS = 1_500;
/** A reader asks a few questions one after the other, each for `WAIT_MS`; detection ends with its deadline. */
const EXECUTION_MS_MAX = 15_000;
/** Executions side by side, in one process with their servers. */
const LANES = 24;

function ntlmChallenge() {
  const utf16 = (text) => Buffer.from(text, "utf16le");
  const pair = (id, text) => concat(id, 0, 2 * text.length, 0, utf16(text));
  const pairs = concat(pair(1, "HOST"), pair(3, "host.example"), hex("0000 0000"));
  return concat(
    latin1("NTLMSSP\0"),
    hex("02000000 0000 0000 38000000 05028902 0102030405060708 0000000000000000"),
    concat(pairs.length, 0, pairs.length, 0),
    hex("38000000 0a00 7c4f 000000 0f"),
    pairs,
  );
}

/** By service: who speaks first, and what is said, message by message; `tls` where TLS follows the last. */
export function answersOfServices() {
  const lists = { encryption: ["aes128-ctr"], mac: ["hmac-sha2-256"], compression: ["none"] };
  const init = kexInit("curve25519-sha256", "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-256", lists);
  const keyReply = concat(
    31,
    sshString(concat(sshString("ssh-ed25519"), sshString(new Uint8Array(32).fill(9)))),
    sshString(new Uint8Array(32).fill(9)),
    sshString(concat(sshString("ssh-ed25519"), sshString(new Uint8Array(64)))),
  );
  const smb = concat(
    hex("4100 0300 1103 0000 00112233445566778899aabbccddeeff 7f000000 00008000 00008000 00008000"),
    hex("00803ed5deb19d01 0000000000000000 8000 0000 00000000"),
  );
  const postgres = (type, body) => concat(latin1(type), 0, 0, 0, 4 + body.length, body);
  const element = (type, name, value) => concat(type, latin1(`${name}\0`), value);
  const mongo = (...elements) => {
    const body = concat(...elements);
    const whole = concat(hex("00000000 01000000 dd070000 00000000 00"), body.length + 5, 0, 0, 0, body, 0);
    return concat(
      whole.length + 3,
      0,
      0,
      0,
      hex("01000000 01000000 dd070000 00000000 00"),
      whole.subarray(17),
    );
  };
  return {
    ssh: {
      first: true,
      answers: [concat(latin1("SSH-2.0-OpenSSH_9.2\r\n"), sshPacket(init)), sshPacket(keyReply)],
    },
    "microsoft-ds": {
      answers: [smbMessage(0, 0, smb), smbMessage(1, 1, concat(hex("0900 0000 4800"), ntlmChallenge()))],
    },
    "ms-wbt-server": {
      tls: true,
      answers: [hex("03000013 0ed00000 123400 02 00 0800 02000000"), concat(0x30, 0x50, ntlmChallenge())],
    },
    mysql: {
      first: true,
      tls: true,
      answers: [
        concat(
          hex("4a000000 0a"),
          latin1("5.5.5-10.11.6-MariaDB-1\0"),
          hex("01000000 6162636465666768 00 feff 2d 0200 ff81 15 00000000000000000000"),
          latin1("123456789012\0mysql_native_password\0"),
        ),
      ],
    },
    postgresql: {
      tls: true,
      answers: [
        concat(
          postgres("R", concat(hex("0000000a"), latin1("SCRAM-SHA-256\0\0"))),
          postgres("S", latin1("server_version\x0015.10\0")),
          postgres("E", latin1("SFATAL\0VFATAL\0C28000\0Mno\0\0")),
          postgres("v", hex("00030000 00000000")),
        ),
        latin1("S"),
      ],
    },
    mongodb: {
      answers: [
        mongo(
          element(8, "ismaster", hex("01")),
          element(16, "maxWireVersion", hex("11000000")),
          element(3, "x", hex("05000000 00")),
        ),
        mongo(
          element(2, "version", concat(6, 0, 0, 0, latin1("7.0.1\0"))),
          element(4, "y", hex("05000000 00")),
        ),
      ],
    },
    "ms-sql-s": {
      answers: [hex("04010025 00000100 00 000b 0006 01 0011 0001 ff 0f000898 0000 00"), hex("0401")],
    },
    http: {
      answers: [
        latin1(
          "HTTP/1.1 302 Found\r\nServer: nginx/1.2\r\nLocation: /x\r\nContent-Length: 40\r\n\r\n<title>A &amp; &#x41; B</title>",
        ),
      ],
    },
    redis: {
      answers: [
        latin1(
          "$70\r\n# Server\r\nredis_version:7.2.4\r\nredis_mode:standalone\r\nos:Linux 6.1 x86_64\r\n\r\n",
        ),
      ],
    },
    memcache: { answers: [latin1("STAT pid 1\r\nSTAT version 1.6.18\r\nSTAT uptime 10\r\nEND\r\n")] },
    smtp: {
      first: true,
      tls: true,
      answers: [
        latin1("220 a ESMTP\r\n"),
        latin1("250-a\r\n250-STARTTLS\r\n250 HELP\r\n"),
        latin1("220 go\r\n"),
      ],
    },
    imap: { first: true, tls: true, answers: [latin1("* OK IMAP\r\n"), latin1("p OK go\r\n")] },
    pop3: { first: true, tls: true, answers: [latin1("+OK POP3\r\n"), latin1("+OK go\r\n")] },
    ftp: { first: true, tls: true, answers: [latin1("220 FTP\r\n"), latin1("234 go\r\n")] },
    ldap: { tls: true, answers: [hex("300c02010178070a010004000400")] },
    "xmpp-client": {
      tls: true,
      answers: [
        latin1(
          "<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
        ),
        latin1("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
      ],
    },
  };
}

const HABITS = ["wait", "wait", "end", "reset", "drip", "endless", "flood"];

/** A server of one execution: what it sends is changed, and how it sends it is a habit. */
async function serve({ answers, first, tls }, habit, pair) {
  const sockets = new Set();
  let sentBytes = 0;
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    let at = 0;
    const send = (octets) => {
      if (socket.destroyed || sentBytes > SENT_BYTES_MAX) return;
      sentBytes += octets.length;
      socket.write(octets);
    };
    const say = () => {
      const answer = answers[Math.min(at, answers.length - 1)];
      at += 1;
      if (habit === "drip") {
        let sent = 0;
        const timer = setInterval(() => {
          if (socket.destroyed || sent >= answer.length) clearInterval(timer);
          else send(answer.subarray(sent, ++sent));
        }, 2);
        return;
      }
      send(answer);
      if (habit === "end") socket.end();
      if (habit === "reset") setImmediate(() => socket.resetAndDestroy());
      if (habit === "flood") for (let times = 0; times < 64; times += 1) send(answer);
      if (habit === "endless") {
        const more = () => {
          if (socket.destroyed || sentBytes > SENT_BYTES_MAX) return;
          send(answer.length === 0 ? latin1("x") : answer);
          setImmediate(more);
        };
        more();
      }
    };
    const onData = (octets) => {
      // A ClientHello: a session with an odd certificate, or garbage in its place.
      if (octets[0] === 0x16 && tls && habit === "wait") {
        socket.off("data", onData);
        socket.unshift(octets);
        const secure = new TLSSocket(socket, { isServer: true, ...pair });
        secure.on("error", () => {});
        secure.on("data", () => secure.write(answers.at(-1)));
        return;
      }
      say();
    };
    socket.on("data", onData);
    if (first) say();
  });
  server.listen(0, LOOPBACK);
  await new Promise((listening) => server.once("listening", listening));
  const close = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  };
  return { port: server.address().port, close };
}

export async function services() {
  const { Dialler } = await scan("service/connection");
  const { detectServices } = await scan("service/detect");
  const { detailReaders } = await scan("service/details/index");
  const { builtInServices } = await scan("service/built-in");
  const { selfSigned } = await scan("service/certificate.build");
  const known = answersOfServices();
  const names = Object.keys(known);
  const pairs = [
    selfSigned("service.example", ["service.example"]),
    selfSigned("a\u001b[31m\nb", [
      'x"y',
      "\u202egro.elpmaxe",
      ...Array.from({ length: 300 }, (_, at) => `${at}.example`),
    ]),
  ];
  const seeds = Object.values(known).flatMap(({ answers }) => answers);
  return {
    seeds,
    executionMsMax: EXECUTION_MS_MAX,
    lanes: LANES,
    input(random, mutated) {
      const name = random.pick(names);
      const { answers } = known[name];
      const changed = answers.map((answer) => (random.chance(0.7) ? mutated(answer) : answer));
      const script = { name, answers: changed.map((answer) => Buffer.from(answer).toString("base64")) };
      return Buffer.from(JSON.stringify(script));
    },
    async run(input, random) {
      const { name, answers } = JSON.parse(input.toString());
      const script = {
        ...known[name],
        answers: answers.map((answer) => Uint8Array.from(Buffer.from(answer, "base64"))),
      };
      const server = await serve(script, random.pick(HABITS), random.pick(pairs));
      const target = { address: LOOPBACK, port: server.port, protocol: "tcp" };
      try {
        if (random.chance(0.25)) {
          const [result] = await detectServices([target], {
            database: builtInServices(),
            deadlineMs: DEADLINE_MS,
          });
          if (result === undefined) return "no result";
          return unprintable(result, 1_024);
        }
        for (const reader of detailReaders.filter(({ services }) => services.includes(name))) {
          const ended = new AbortController();
          const dialler = new Dialler(LOOPBACK, server.port, ended.signal);
          const open = () => dialler.dial(WAIT_MS);
          const context = {
            target,
            service: name,
            product: undefined,
            tunnelled: false,
            answer: script.answers[0],
            open,
            openPlain: open,
            waitMs: WAIT_MS,
            signal: ended.signal,
          };
          try {
            await reader.read(context);
          } finally {
            dialler.closeAll();
            ended.abort();
          }
        }
      } finally {
        await new Promise(setImmediate);
        await server.close();
      }
      return undefined;
    },
  };
}
