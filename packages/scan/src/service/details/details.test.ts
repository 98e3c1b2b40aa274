import assert from "node:assert/strict";
import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  sign,
} from "node:crypto";
import type { Socket } from "node:net";
import { describe, it } from "node:test";
import { be32, concat, hex, latin1 } from "@palisade/wire";
import fc from "fast-check";
import { selfSigned } from "../certificate.build.js";
import { ConnectFailure, Dialler } from "../connection.js";
import { LOOPBACK, onLine, serve, type TestServer, upgrade } from "../servers.build.js";
import { memcached, readRedisInfo, redis } from "./caches.js";
import type { DetailContext, DetailReader, Learnt } from "./detail.js";
import { htmlTitle, http, parseHttpHead } from "./http.js";
import { mongoCommand, mongodb, mongoMessageBytes, readMongoReply } from "./mongodb.js";
import { mssql, readPreloginResponse } from "./mssql.js";
import { readMysqlGreeting } from "./mysql.js";
import { findNtlmChallenge, ntlmNegotiate, spnegoNtlm } from "./ntlm.js";
import { OctetReader } from "./octet-reader.js";
import { postgresMajor, postgresql, postgresStartup, postgresVersions, readPostgres } from "./postgresql.js";
import { rdp, readRdpConfirm } from "./rdp.js";
import { readSmbNegotiate, smb, smbMessage, smbNegotiate } from "./smb.js";
import { ssh } from "./ssh.js";
import {
  exchangeHash,
  kexInit,
  parseKexInit,
  SSH_MSG,
  sshInteger,
  sshPacket,
  sshPacketBytes,
  sshPayload,
  sshString,
} from "./ssh-messages.js";
import { startTls } from "./start-tls.js";

const certificate = selfSigned("service.example", ["service.example"]);

async function ask(
  reader: DetailReader,
  server: TestServer,
  service: string,
  answer: Uint8Array = new Uint8Array(0),
  product?: string,
  version?: string,
): Promise<Learnt | undefined> {
  const { signal } = new AbortController();
  const target = { address: LOOPBACK, port: server.port, protocol: "tcp" as const };
  const dialler = new Dialler(LOOPBACK, server.port, signal);
  const open = () => dialler.dial(2_000);
  const context: DetailContext = {
    target,
    service,
    product,
    version,
    tunnelled: false,
    answer,
    open,
    openPlain: open,
    waitMs: 2_000,
    signal,
  };
  try {
    return await reader.read(context);
  } finally {
    dialler.closeAll();
  }
}

/** Octets as messages, by a function as `Connection.receive` takes. */
function onMessage(
  socket: Socket,
  complete: (octets: Uint8Array) => number,
  handle: (message: Uint8Array) => void,
): void {
  let gathered: Uint8Array = new Uint8Array(0);
  socket.on("data", (chunk: Buffer) => {
    gathered = concat(gathered, chunk);
    for (let count = complete(gathered); count > 0 && count <= gathered.length; count = complete(gathered)) {
      const message = gathered.subarray(0, count);
      gathered = gathered.subarray(count);
      handle(message);
    }
  });
}

describe("HTTP", () => {
  it("reads status, fields and title", () => {
    const head = parseHttpHead(
      latin1("HTTP/1.1 302 Found\r\nServer: a\r\nserver: b\r\nLocation:  /x \r\n\r\nrest"),
    )!;
    assert.equal(head.status, "302 Found");
    assert.equal(head.headers.get("server"), "a");
    assert.equal(head.headers.get("location"), "/x");
    assert.equal(head.bodyAt, 60);
    assert.equal(
      htmlTitle(latin1("<TITLE lang='en'>\n A &lt;b&gt; &#x43;&#68; &bogus;\n</TITLE>")),
      "A <b> CD &bogus;",
    );
    assert.equal(htmlTitle(latin1("<title>no end")), undefined);
  });

  it("takes no other answer for one of HTTP", () => {
    for (const text of ["", "SSH-2.0-x\r\n", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nServer: a\r\n"]) {
      assert.equal(parseHttpHead(latin1(text)), undefined, text);
    }
  });

  it("asks for the page by the address, where it has no name", async (test) => {
    let host = "";
    const server = await serve(test, (socket) => {
      onLine(socket, (line) => {
        if (line.startsWith("Host:")) host = line;
        if (line === "")
          socket.write("HTTP/1.1 401 No\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n");
      });
    });
    assert.deepEqual(await ask(http, server, "http"), {
      details: { "http-status": "401 No", "http-authenticate": "Basic" },
    });
    assert.equal(host, `Host: ${LOOPBACK}:${server.port}`);
  });

  it("takes the answer that is there of a gateway that could not reach its server, and does not ask it again", async (test) => {
    const server = await serve(test, () => {});
    const answer = latin1("HTTP/1.0 503 Service Unavailable\r\nServer: gate\r\n\r\n<title>503</title>");
    assert.deepEqual(await ask(http, server, "http", answer), {
      details: { "http-status": "503 Service Unavailable", "http-server": "gate", "http-title": "503" },
    });
    assert.equal(server.accepted(), 0);
  });

  it("is asked of printers too", () => {
    assert.ok(http.services.includes("ipp"));
  });
});

describe("SSH", () => {
  const lists = {
    keyExchange: ["other", "curve25519-sha256"],
    hostKeys: ["ssh-ed25519", "ecdsa-sha2-nistp256", "rsa-sha2-256"],
    encryption: ["aes128-ctr"],
    mac: ["hmac-sha2-256"],
    compression: ["none"],
  };
  const own = {
    ed25519: generateKeyPairSync("ed25519"),
    ec: generateKeyPairSync("ec", { namedCurve: "prime256v1" }),
    rsa: generateKeyPairSync("rsa", { modulusLength: 2048 }),
  };
  const part = (key: KeyObject, name: "x" | "y" | "n" | "e"): Buffer =>
    Buffer.from(key.export({ format: "jwk" })[name] ?? "", "base64url");

  /** A key as it is sent (RFC 8709 §4, RFC 5656 §3.1, RFC 4253 §6.6), and what signs with it. */
  function hostKey(name: string): { blob: Uint8Array; signed: (hash: Buffer) => Uint8Array } {
    if (name === "ssh-ed25519") {
      const { publicKey, privateKey } = own.ed25519;
      return {
        blob: concat(sshString(name), sshString(part(publicKey, "x"))),
        signed: (hash) => concat(sshString(name), sshString(sign(null, hash, privateKey))),
      };
    }
    if (name === "rsa-sha2-256") {
      const { publicKey, privateKey } = own.rsa;
      return {
        blob: concat(
          sshString("ssh-rsa"),
          sshInteger(part(publicKey, "e")),
          sshInteger(part(publicKey, "n")),
        ),
        signed: (hash) => concat(sshString(name), sshString(sign("sha256", hash, privateKey))),
      };
    }
    const { publicKey, privateKey } = own.ec;
    return {
      blob: concat(
        sshString(name),
        sshString("nistp256"),
        sshString(concat(4, part(publicKey, "x"), part(publicKey, "y"))),
      ),
      signed: (hash) => {
        const rs = sign("sha256", hash, { key: privateKey, dsaEncoding: "ieee-p1363" });
        return concat(
          sshString(name),
          sshString(concat(sshInteger(rs.subarray(0, 32)), sshInteger(rs.subarray(32)))),
        );
      },
    };
  }

  /** A server up to its reply; `lie` changes the hash that is signed. */
  const handle =
    (lie: boolean) =>
    (socket: Socket): void => {
      const serverVersion = latin1("SSH-2.0-Test_1");
      const serverInit = kexInit(lists.keyExchange.join(","), lists.hostKeys.join(","), lists);
      socket.write(concat(latin1("a line before\r\n"), serverVersion, latin1("\r\n"), sshPacket(serverInit)));
      let clientVersion: Uint8Array | undefined;
      let clientInit: Uint8Array | undefined;
      const complete = (octets: Uint8Array): number =>
        clientVersion === undefined ? octets.indexOf(10) + 1 : sshPacketBytes(octets);
      onMessage(socket, complete, (message) => {
        if (clientVersion === undefined) clientVersion = message.subarray(0, -2);
        else if (clientInit === undefined) clientInit = Uint8Array.from(sshPayload(message));
        else {
          const reader = new OctetReader(sshPayload(message), 1);
          const clientPublic = reader.bytes(reader.u32());
          const pair = generateKeyPairSync("x25519");
          const x = Buffer.from(clientPublic).toString("base64url");
          const publicKey = createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
          const shared = diffieHellman({ privateKey: pair.privateKey, publicKey });
          const { blob, signed } = hostKey(parseKexInit(clientInit)!.hostKeys[0]!);
          const serverPublic = part(pair.publicKey, "x");
          const hash = exchangeHash({
            clientVersion,
            serverVersion,
            clientInit,
            serverInit,
            clientPublic,
            serverPublic,
            hostKey: blob,
            shared,
          });
          if (lie) hash[0]! ^= 1;
          socket.write(
            sshPacket(
              concat(SSH_MSG.ecdhReply, sshString(blob), sshString(serverPublic), sshString(signed(hash))),
            ),
          );
        }
      });
    };
  const fingerprint = (name: string): string =>
    `SHA256:${createHash("sha256").update(hostKey(name).blob).digest("base64").replace(/=+$/, "")}`;

  it("lists algorithms, and host keys that the server proves to hold", async (test) => {
    const { details = {} } = (await ask(ssh, await serve(test, handle(false)), "ssh"))!;
    assert.deepEqual(details["ssh-kex"], lists.keyExchange);
    assert.deepEqual(details["ssh-encryption"], lists.encryption);
    assert.deepEqual(details["ssh-host-keys"], [
      `ssh-ed25519 256 ${fingerprint("ssh-ed25519")}`,
      `ecdsa-sha2-nistp256 256 ${fingerprint("ecdsa-sha2-nistp256")}`,
      `ssh-rsa 2048 ${fingerprint("rsa-sha2-256")}`,
    ]);
  });

  it("lists no key whose signature does not prove it", async (test) => {
    const { details = {} } = (await ask(ssh, await serve(test, handle(true)), "ssh"))!;
    assert.deepEqual(details["ssh-mac"], lists.mac);
    assert.equal(details["ssh-host-keys"], undefined);
  });

  it("encodes integers as RFC 4251 §5 shows", () => {
    assert.deepEqual(sshInteger(hex("00 00")), hex("00000000"));
    assert.deepEqual(sshInteger(hex("80")), hex("00000002 0080"));
    assert.deepEqual(sshInteger(hex("09a378f9b2e332a7")), hex("00000008 09a378f9b2e332a7"));
  });

  it("refuses packets of impossible length", () => {
    assert.equal(sshPacketBytes(hex("7fffffff")), -1);
    assert.equal(sshPacketBytes(hex("0000")), 0);
    assert.equal(sshPayload(hex("0000000c ff 14")).length, 0);
  });
});

/** [MS-NLMP] §2.2.1.2, with names of a computer and a domain. */
function ntlmChallenge(): Uint8Array {
  const utf16 = (text: string): Uint8Array => Buffer.from(text, "utf16le");
  const pair = (id: number, text: string): Uint8Array => concat(id, 0, 2 * text.length, 0, utf16(text));
  const pairs = concat(
    pair(1, "HOST"),
    pair(2, "DOMAIN"),
    pair(3, "host.example"),
    pair(4, "example"),
    hex("0000 0000"),
  );
  return concat(
    latin1("NTLMSSP\0"),
    hex("02000000 0000 0000 38000000 05028902 0102030405060708 0000000000000000"),
    pairs.length,
    0,
    pairs.length,
    0,
    hex("38000000 0a00 7c4f 000000 0f"),
    pairs,
  );
}

describe("NTLM", () => {
  it("finds a challenge, its names and the system's version", () => {
    assert.deepEqual(findNtlmChallenge(concat(hex("a1 81 05"), ntlmChallenge())), {
      netbiosComputer: "HOST",
      netbiosDomain: "DOMAIN",
      dnsComputer: "host.example",
      dnsDomain: "example",
      version: "10.0.20348",
    });
  });

  it("wraps its first message in SPNEGO with lengths that are right", () => {
    const token = spnegoNtlm();
    assert.equal(token[0], 0x60);
    assert.equal(token[1], token.length - 2);
    assert.deepEqual(token.subarray(-ntlmNegotiate.length), ntlmNegotiate);
    assert.equal(ntlmNegotiate.length, 40);
  });
});

describe("SMB", () => {
  const negotiated = concat(
    hex("4100 0300 1103 0000 00112233445566778899aabbccddeeff 7f000000 00008000 00008000 00008000"),
    hex("00803ed5deb19d01"), // 1970-01-01, the day that the epoch of Unix begins
    hex("0000000000000000 8000 0000 00000000"),
  );

  it("places the contexts of its NEGOTIATE where it says", () => {
    const message = smbMessage(0, 0, smbNegotiate());
    assert.equal(message.length, 4 + new OctetReader(message).u32());
    const smb2 = message.subarray(4);
    const at = new OctetReader(smb2, 64 + 28).u32(true);
    assert.equal(at % 8, 0);
    assert.deepEqual(smb2.subarray(at, at + 4), hex("0100 2600"));
    const second = at + 8 + 38 + 2;
    assert.equal(second % 8, 0);
    assert.deepEqual(smb2.subarray(second, second + 4), hex("0200 0600"));
    assert.equal(smb2.length, second + 8 + 6);
  });

  it("reads dialect, signing and GUID, and the names in the challenge", async (test) => {
    const server = await serve(test, (socket) => {
      onMessage(
        socket,
        (octets) => (octets.length < 4 ? 0 : 4 + new OctetReader(octets).u32()),
        (message) => {
          const command = new OctetReader(message, 4 + 12).u16(true);
          socket.write(
            smbMessage(
              command,
              command,
              command === 0 ? negotiated : concat(hex("0900 0000 4800"), ntlmChallenge()),
            ),
          );
        },
      );
    });
    const learnt = (await ask(smb, server, "microsoft-ds"))!;
    assert.equal(learnt.fields?.hostname, "host.example");
    assert.deepEqual(learnt.details, {
      "smb-dialect": "3.1.1",
      "smb-signing": "required",
      "smb-guid": "33221100-5544-7766-8899-aabbccddeeff",
      "smb-time": "1970-01-01T00:00:00.000Z",
      "ntlm-netbios-computer": "HOST",
      "ntlm-netbios-domain": "DOMAIN",
      "ntlm-dns-computer": "host.example",
      "ntlm-dns-domain": "example",
      "ntlm-os-version": "10.0.20348",
    });
  });
});

describe("RDP", () => {
  it("reads which protocol a confirm chooses", () => {
    assert.equal(readRdpConfirm(hex("03000013 0e d0 0000 1234 00 02 1f 0800 02000000")), 2);
    assert.equal(readRdpConfirm(hex("0300000b 06 d0 0000 1234 00")), 0);
    assert.equal(readRdpConfirm(hex("03000013 0e d0 0000 1234 00 03 00 0800 05000000")), undefined);
    assert.equal(readRdpConfirm(hex("03000007 02 f0 80")), undefined);
  });

  it("lists what a server accepts, and reads names and certificate under CredSSP", async (test) => {
    const server = await serve(test, (socket) => {
      socket.once("data", (request: Buffer) => {
        const asked = request[15]!;
        const chosen = (asked & 2) !== 0 ? 2 : asked;
        if (chosen === 0) {
          socket.write(hex("03000013 0e d0 0000 1234 00 03 00 0800 05000000"));
          return;
        }
        socket.write(concat(hex("03000013 0e d0 0000 1234 00 02 00 0800"), chosen, hex("000000")));
        upgrade(socket, certificate, (secure) => {
          secure.on("data", () => {
            const token = ntlmChallenge();
            secure.write(concat(0x30, 0x81, token.length, token));
          });
        });
      });
    });
    const learnt = (await ask(rdp, server, "ms-wbt-server"))!;
    assert.deepEqual(learnt.details?.["rdp-security"], ["credssp", "tls"]);
    assert.equal(learnt.fields?.hostname, "host.example");
    assert.equal(learnt.tls?.certificate?.subject, "CN=service.example");
  });
});

const greeting = concat(
  hex("4a000000 0a"),
  latin1("5.5.5-10.11.6-MariaDB-1\0"),
  hex("01000000 6162636465666768 00 fef7 2d 0200 ff81 15 00000000000000000000"),
  latin1("123456789012\0mysql_native_password\0"),
);

describe("what hostile servers send", () => {
  it("is read in few looks, however small the pieces, and at its end in any case", async (test) => {
    const pieces = 1_500;
    const server = await serve(test, (socket) => {
      let sent = 0;
      const send = (): void => {
        if (socket.destroyed || sent === pieces) return;
        sent += 1;
        socket.write("x", () => setImmediate(send));
      };
      send();
    });
    const dialler = new Dialler(LOOPBACK, server.port, new AbortController().signal);
    const connection = await dialler.dial(2_000);
    assert.ok(!(connection instanceof ConnectFailure));
    let looks = 0;
    const begunMs = performance.now();
    const found = await connection.receive((octets) => {
      looks += 1;
      return octets.length >= pieces ? pieces : 0;
    }, 10_000);
    const tookMs = performance.now() - begunMs;
    dialler.closeAll();
    assert.equal(found?.length, pieces);
    // Every 10 ms, and 20 times by half as many again.
    assert.ok(looks <= 25 + tookMs / 10, `${looks} looks in ${tookMs} ms`);
  });

  it("holds no connection that has been closed", async (test) => {
    const server = await serve(test, (socket) => socket.resume());
    const dialler = new Dialler(LOOPBACK, server.port, new AbortController().signal);
    for (let count = 0; count < 20; count += 1) {
      const connection = await dialler.dial(2_000);
      assert.ok(!(connection instanceof ConnectFailure));
      connection.close();
    }
    for (let turn = 0; turn < 1_000 && dialler.openCount > 0; turn += 1)
      await new Promise((resolve) => setTimeout(resolve, 10));
    assert.equal(dialler.openCount, 0);
    dialler.closeAll();
  });

  it("is listed up to a bound where it is a list", () => {
    const names = new Uint8Array(60_000).map((_, index) => (index % 2 === 0 ? 0xff : 0));
    const sasl = readPostgres(concat(latin1("R"), be32(8 + names.length), be32(10), names));
    assert.equal(sasl.mechanisms.length, 64);
    const letters = new Uint8Array(60_000).map((_, index) => [0x20 + (index % 200), 0x61, 0][index % 3]!);
    assert.ok((readPostgres(concat(latin1("E"), be32(4 + letters.length), letters)).error?.size ?? 0) <= 64);
  });

  it("identifies an SSH server by its whole line, whatever stands in it", async (test) => {
    const server = await serve(test, (socket) => {
      const init = kexInit("other", "none", {
        keyExchange: [],
        hostKeys: [],
        encryption: ["SSH-"],
        mac: [],
        compression: [],
      });
      socket.write(concat(latin1("SSH-2.0-x SSH-y\r\n"), sshPacket(init)));
    });
    assert.deepEqual((await ask(ssh, server, "ssh"))?.details?.["ssh-encryption"], ["SSH-"]);
  });
});

describe("databases", () => {
  it("reads the greeting of MariaDB and of MySQL", () => {
    assert.deepEqual(readMysqlGreeting(greeting)?.fields, { product: "MariaDB", version: "10.11.6" });
    assert.deepEqual(readMysqlGreeting(greeting)?.details, {
      "mysql-version": "5.5.5-10.11.6-MariaDB-1",
      "mysql-tls": "no",
      "mysql-auth-plugin": "mysql_native_password",
    });
    const refused = concat(
      hex("47000001 ff 6a04"),
      latin1("Host '192.0.2.1' is not allowed to connect to this MariaDB server"),
    );
    assert.equal(readMysqlGreeting(refused)?.fields?.product, "MariaDB");
    assert.equal(readMysqlGreeting(greeting.subarray(0, 30)), undefined);
  });

  it("tells majors of PostgreSQL by what they can do", () => {
    const none = { directTls: false, minor: undefined, unsupported: undefined, severityTwice: false };
    const says = (range: string): string => `unsupported frontend protocol 255.255: server supports ${range}`;
    assert.equal(postgresVersions(none), undefined);
    assert.equal(postgresVersions({ ...none, severityTwice: true }), "9.6 or later");
    assert.equal(
      postgresVersions({ ...none, severityTwice: true, unsupported: says("2.0 to 3.0") }),
      "9.6 to 13",
    );
    assert.equal(postgresVersions({ ...none, unsupported: says("1.0 to 3.0") }), "before 9.6");
    assert.equal(postgresVersions({ ...none, minor: 0, unsupported: says("3.0 to 3.0") }), "14 to 17");
    assert.equal(postgresVersions({ ...none, minor: 0, directTls: true }), "17");
    assert.equal(postgresVersions({ ...none, minor: 2 }), "18 or later");
  });

  it("tells major versions by the lines of their errors", () => {
    const error = (C: string, F: string, L: number) => new Map(Object.entries({ C, F, L: String(L) }));
    const cases: readonly (readonly [
      file: string,
      noUser: number,
      unsupported: number,
      major: number | undefined,
    ])[] = [
      ["postmaster.c", 2349, 2220, 15],
      ["postmaster.c", 2319, 2194, 15],
      ["postmaster.c", 2296, 2171, 14],
      ["postmaster.c", 2296, 2175, 16],
      ["postmaster.c", 2272, 2151, 16],
      ["postmaster.c", 2272, 2140, undefined],
      ["backend_startup.c", 802, 685, 17],
      ["backend_startup.c", 849, 732, 18],
      ["another.c", 2319, 2194, undefined],
    ];
    for (const [file, noUser, unsupported, major] of cases) {
      const said = [error("28000", file, noUser), error("0A000", file, unsupported)] as const;
      assert.equal(postgresMajor(...said), major, `${file} ${noUser} ${unsupported}`);
    }
    assert.equal(postgresMajor(undefined, error("0A000", "postmaster.c", 2171)), undefined);
    assert.equal(postgresMajor(error("28000", "postmaster.c", 2296), undefined), undefined);
  });

  it("reads the parameters of a PostgreSQL that asks for no password", async (test) => {
    const field = (letter: string, text: string): Uint8Array => latin1(`${letter}${text}\0`);
    const message = (type: string, body: Uint8Array): Uint8Array =>
      concat(latin1(type), 0, 0, 0, 4 + body.length, body);
    const server = await serve(test, (socket) => {
      socket.once("data", (octets: Buffer) => {
        const version = octets.readUInt32BE(4);
        if (version >>> 16 !== 3) {
          socket.end(
            message(
              "E",
              concat(
                field("S", "FATAL"),
                field("V", "FATAL"),
                field("C", "0A000"),
                field("M", "server supports 3.0 to 3.0"),
                0,
              ),
            ),
          );
          return;
        }
        const minor = version === 0x30000 ? new Uint8Array(0) : message("v", hex("00030000 00000000"));
        socket.write(
          concat(
            minor,
            message("R", hex("00000000")),
            message("S", latin1("server_version\x0015.10 (Debian)\0")),
            message("Z", latin1("I")),
          ),
        );
      });
    });
    const learnt = (await ask(postgresql, server, "postgresql"))!;
    assert.deepEqual(learnt.fields, { product: "PostgreSQL", version: "15.10" });
    assert.deepEqual(learnt.details, { "postgresql-authentication": "none needed" });
    assert.equal(postgresStartup(0x30000).length, new OctetReader(postgresStartup(0x30000)).u32());
  });

  it("says which versions a PostgreSQL may have only where none is known more exactly", async (test) => {
    const error = latin1(["SFATAL", "VFATAL", "C0A000", "Mserver supports 3.0 to 3.0", "", ""].join("\0"));
    const server = await serve(test, (socket) => {
      socket.once("data", () => socket.end(concat(latin1("E"), be32(4 + error.length), error)));
    });
    const versions = "14 or later";
    const unknown = (await ask(postgresql, server, "postgresql"))!;
    assert.equal(unknown.fields?.info, `version ${versions}, by what it can do`);
    assert.equal(unknown.details?.["postgresql-versions"], versions);
    assert.deepEqual(unknown.cpe, ["cpe:/a:postgresql:postgresql"]);
    const known = (await ask(postgresql, server, "postgresql", new Uint8Array(0), "PostgreSQL", "15"))!;
    assert.deepEqual(known.fields, { product: "PostgreSQL" });
    assert.equal(known.details?.["postgresql-versions"], undefined);
    assert.deepEqual(known.cpe, []);
  });

  it("asks MongoDB for its role and version", async (test) => {
    const element = (type: number, name: string, value: Uint8Array): Uint8Array =>
      concat(type, latin1(`${name}\0`), value);
    const reply = (...elements: Uint8Array[]): Uint8Array => {
      const body = concat(...elements);
      const message = concat(
        hex("00000000 01000000 dd070000 00000000 00"),
        body.length + 5,
        0,
        0,
        0,
        body,
        0,
      );
      return concat(4 + message.length, 0, 0, 0, message);
    };
    const server = await serve(test, (socket) => {
      onMessage(socket, mongoMessageBytes, (message) => {
        const asked = readMongoReply(message)!;
        assert.equal(asked.get("$db"), "admin");
        socket.write(
          asked.has("isMaster")
            ? reply(
                element(8, "ismaster", hex("01")),
                element(4, "hosts", hex("05000000 00")),
                element(0x10, "maxWireVersion", hex("15000000")),
              )
            : reply(
                element(2, "version", concat(hex("06000000"), latin1("7.0.2\0"))),
                element(1, "ok", new Uint8Array(8)),
                element(0x10, "bits", hex("40000000")),
              ),
        );
      });
    });
    const learnt = (await ask(mongodb, server, "mongodb"))!;
    assert.deepEqual(learnt.fields, { product: "MongoDB", version: "7.0.2" });
    assert.deepEqual(learnt.details, {
      "mongodb-wire-version": "21",
      "mongodb-role": "primary",
      "mongodb-bits": "64",
    });
    assert.equal(mongoMessageBytes(mongoCommand("x", 1)), mongoCommand("x", 1).length);
  });

  it("asks SQL Server for its version", async (test) => {
    const server = await serve(test, (socket) => {
      socket.once("data", (request: Buffer) => {
        assert.equal(request.readUInt16BE(2), request.length);
        socket.write(hex("04 01 001a 0000 01 00  00 000b 0006 01 0011 0001 ff  10 00 03e8 0000 03"));
      });
    });
    const learnt = (await ask(mssql, server, "ms-sql-s"))!;
    assert.deepEqual(learnt.fields, { product: "Microsoft SQL Server 2022", version: "16.00.1000.00" });
    assert.deepEqual(learnt.details, { "mssql-encryption": "required" });
  });

  it("asks Redis and memcached what they tell operators", async (test) => {
    const info =
      "# Server\r\nredis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\nos:Linux 6.1 x86_64\r\nredis_mode:cluster\r\n";
    const cache = await serve(test, (socket) => {
      socket.once("data", () => socket.write(`$${info.length}\r\n${info}\r\n`));
    });
    assert.deepEqual(await ask(redis, cache, "redis"), {
      fields: { product: "Valkey", version: "8.0.1", os: "Linux" },
      details: { "redis-mode": "cluster", "redis-os": "Linux 6.1 x86_64" },
    });
    const fork = await serve(test, (socket) => {
      const text =
        "# Server\r\nredis_version:7.4.0\r\ndragonfly_version:df-v1.25.1\r\nos:Linux 6.1 x86_64\r\n";
      socket.once("data", () => socket.write(`$${text.length}\r\n${text}\r\n`));
    });
    assert.deepEqual((await ask(redis, fork, "redis", undefined, "Dragonfly"))?.fields, { os: "Linux" });
    const slabs = await serve(test, (socket) => {
      socket.once("data", () =>
        socket.write("STAT pid 1\r\nSTAT version 1.6.18\r\nSTAT pointer_size 64\r\nEND\r\n"),
      );
    });
    const learnt = (await ask(memcached, slabs, "memcache"))!;
    assert.equal(learnt.fields?.version, "1.6.18");
    assert.deepEqual(learnt.details, { "memcached-pointer-size": "64" });
    const closed = await serve(test, (socket) => socket.end("-NOAUTH Authentication required.\r\n"));
    assert.equal(await ask(redis, closed, "redis"), undefined);
  });
});

describe("STARTTLS", () => {
  const servers: Readonly<Record<string, (socket: Socket) => void>> = {
    ldap(socket) {
      socket.once("data", (request: Buffer) => {
        assert.equal(request[1], request.length - 2);
        socket.write(hex("30 0c 02 01 01 78 07 0a 01 00 04 00 04 00"));
        upgrade(socket, certificate);
      });
    },
    postgresql(socket) {
      socket.once("data", (request: Buffer) => {
        assert.deepEqual(Uint8Array.from(request), hex("00000008 04d2162f"));
        socket.write("S");
        upgrade(socket, certificate);
      });
    },
    mysql(socket) {
      const secure = Uint8Array.from(greeting);
      secure[5 + 24 + 14] = 0xff; // CLIENT_SSL in the upper octet of the lower half
      secure[0] = secure.length - 4;
      socket.write(secure);
      socket.once("data", (request: Buffer) => {
        assert.deepEqual(Uint8Array.from(request.subarray(0, 4)), hex("20000001"));
        // A ClientHello may be in the same segment.
        socket.pause();
        socket.unshift(request.subarray(36));
        upgrade(socket, certificate);
      });
    },
    "xmpp-client"(socket) {
      socket.on("data", (octets: Buffer) => {
        if (octets.includes("<starttls")) {
          socket.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
          upgrade(socket, certificate);
        } else
          socket.write(
            "<stream:stream><stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>",
          );
      });
    },
  };
  for (const [name, handle] of Object.entries(servers)) {
    it(`reads the certificate of ${name}`, async (test) => {
      const learnt = (await ask(startTls, await serve(test, handle), name))!;
      assert.deepEqual(learnt.details, { starttls: "yes" });
      assert.equal(learnt.tls?.certificate?.subject, "CN=service.example");
    });
  }

  it("says that it failed where agreement is followed by something else than TLS", async (test) => {
    const server = await serve(test, (socket) => {
      socket.on("data", (octets) =>
        socket.write(octets.length === 8 ? "S" : "no TLS at all, whatever was said"),
      );
    });
    assert.deepEqual((await ask(startTls, server, "postgresql"))?.details, { starttls: "failed" });
  });
});

describe("readers of details", () => {
  it("throw nothing, whatever the octets", () => {
    const examples = [
      greeting,
      ntlmChallenge(),
      hex("04 01 001a 0000 01 00  00 000b 0006 01 0011 0001 ff  10 00 03e8 0000 03"),
      sshPayload(
        sshPacket(
          kexInit("a", "b", { keyExchange: [], hostKeys: [], encryption: [], mac: [], compression: [] }),
        ),
      ),
      mongoCommand("x", 1),
      smbMessage(0, 0, smbNegotiate()),
    ];
    const mutated = fc
      .tuple(
        fc.constantFrom(...examples),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 4 }),
        fc.nat(400),
      )
      .map(([octets, changes, cut]) => {
        const copy = Uint8Array.from(octets.subarray(0, Math.max(0, octets.length - (cut % 40))));
        for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (octets) => {
        readMysqlGreeting(octets);
        findNtlmChallenge(octets);
        readPreloginResponse(octets);
        parseKexInit(octets);
        readMongoReply(octets);
        readSmbNegotiate(octets);
        readPostgres(octets);
        readRdpConfirm(octets);
        readRedisInfo(octets);
        parseHttpHead(octets);
        htmlTitle(octets);
      }),
      { numRuns: 500 },
    );
  });
});
