import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex, latin1 } from "@palisade/wire";
import { exercise, type Part } from "../../exercise.build.js";
import { Registry } from "../../registry.js";
import { protocols } from "../index.js";
import { buildClientHello } from "../security/client-hello.build.js";

const registry = Registry.of(protocols);
const hello = buildClientHello({ sni: "mx.example.com" });

const conversations: readonly (readonly [protocol: string, exchange: readonly Part[]])[] = [
  [
    "smtp",
    [
      ["<", latin1("220 mx ESMTP\r\n")],
      [">", latin1("EHLO c\r\n")],
      ["<", latin1("250-mx\r\n250 STARTTLS\r\n")],
      [">", latin1("STARTTLS\r\n")],
      ["<", latin1("220 go\r\n")],
    ],
  ],
  [
    "pop3",
    [
      ["<", latin1("+OK POP3\r\n")],
      [">", latin1("STLS\r\n")],
      ["<", latin1("+OK go\r\n")],
    ],
  ],
  [
    "imap",
    [
      ["<", latin1("* OK IMAP4\r\n")],
      [">", latin1("a1 STARTTLS\r\n")],
      ["<", latin1("a1 OK go\r\n")],
    ],
  ],
  [
    "nntp",
    [
      ["<", latin1("200 news ready\r\n")],
      [">", latin1("STARTTLS\r\n")],
      ["<", latin1("382 go\r\n")],
    ],
  ],
  [
    "managesieve",
    [
      ["<", latin1('"IMPLEMENTATION" "x"\r\nOK\r\n')],
      [">", latin1("STARTTLS\r\n")],
      ["<", latin1("OK go\r\n")],
    ],
  ],
  [
    "ftp",
    [
      ["<", latin1("220 FTP\r\n")],
      [">", latin1("AUTH TLS\r\n")],
      ["<", latin1("234 go\r\n")],
    ],
  ],
  [
    "irc",
    [
      [">", latin1("CAP LS 302\r\nSTARTTLS\r\n")],
      ["<", latin1(":irc 670 * :go\r\n")],
    ],
  ],
  [
    "xmpp",
    [
      [">", latin1("<stream:stream to='x'>")],
      ["<", latin1("<stream:stream>")],
      [">", latin1("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")],
      ["<", latin1("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")],
    ],
  ],
  [
    "rdp",
    [
      [">", hex("0300 0013 0e e0 0000 0000 00  01 00 0800 03000000")],
      ["<", hex("0300 0013 0e d0 0000 1234 00  02 00 0800 02000000")],
    ],
  ],
  [
    "http-proxy",
    [
      [">", latin1("CONNECT mx.example.com:443 HTTP/1.1\r\nHost: mx.example.com:443\r\n\r\n")],
      ["<", latin1("HTTP/1.1 200 OK\r\n\r\n")],
    ],
  ],
  ["nats", [["<", latin1('INFO {"server_id":"N","tls_required":true} \r\n')]]],
  ["nats", [["<", latin1('INFO {"server_id":"N","tls_available": true} \r\n')]]],
  ["haproxy", [[">", latin1("PROXY UNKNOWN\r\n")]]],
];

describe("a protocol that changes to TLS", () => {
  for (const [protocol, exchange] of conversations) {
    it(`${protocol}: hands over after the server agrees`, () => {
      const result = exercise(registry, { transport: "tcp" }, [...exchange, [">", hello]]);
      assert.deepEqual(result.path, [protocol, "tls"]);
      assert.equal(result.attributes["tls.sni"], "mx.example.com");
      assert.deepEqual(
        result.findings.filter((name) => name.startsWith(protocol)),
        [],
      );
    });
  }

  it("does not let a client hide its commands behind what looks like TLS", () => {
    const result = exercise(registry, { transport: "tcp" }, [
      ["<", latin1("220 mx ESMTP\r\n")],
      [">", latin1("EHLO c\r\nSTARTTLS\r\n")],
      ["<", latin1("250 mx\r\n454 not now\r\n")],
      [">", hello],
    ]);
    assert.deepEqual(result.path, ["smtp"]);
    assert.deepEqual(result.findings, ["smtp.line-invalid"]);
  });

  for (const [protocol, exchange] of conversations.slice(0, 3)) {
    it(`${protocol}: hands over where only the client's half was captured`, () => {
      const client = exchange.filter(([sender]) => sender === ">");
      const result = exercise(registry, { transport: "tcp" }, [...client, [">", hello]]);
      assert.deepEqual(result.path, [protocol, "tls"]);
    });
  }
});
