import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const pop3Examples: readonly Example[] = [
  {
    title: "a mailbox is listed and read (RFC 1939 §10)",
    transport: "tcp",
    exchange: [
      ["<", latin1("+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>\r\n")],
      [">", latin1("APOP mrose c4c9334bac560ecc979e58001b3e22fb\r\n")],
      ["<", latin1("+OK mrose's maildrop has 2 messages (320 octets)\r\n")],
      [">", latin1("LIST\r\n")],
      ["<", latin1("+OK 2 messages (320 octets)\r\n1 120\r\n2 200\r\n.\r\n")],
      [">", latin1("RETR 1\r\n")],
      ["<", latin1("+OK 120 octets\r\nSubject: x\r\n\r\nQUIT\x01\r\n.\r\n")],
    ],
    protocol: "pop3",
    attributes: {
      "pop3.banner": "POP3 server ready <1896.697170952@dbc.mtview.ca.us>",
      "pop3.user": "mrose",
      "pop3.command": ["APOP", "LIST", "RETR"],
    },
    decidedAfter: 1,
  },
  {
    title: "a password in clear, to a server whose greeting says nothing",
    transport: "tcp",
    exchange: [
      ["<", latin1("+OK mx1 ready\r\n")],
      [">", latin1("user alice\r\n")],
      ["<", latin1("+OK\r\n")],
      [">", latin1("pass secret\r\n")],
      ["<", latin1("-ERR no\r\n")],
      [">", latin1("AUTH PLAIN\r\n")],
      [">", latin1("AGJvYgBzZWNyZXQ=\r\n")],
    ],
    protocol: "pop3",
    attributes: {
      "pop3.banner": "mx1 ready",
      "pop3.user": "alice",
      "pop3.command": ["user", "pass", "AUTH"],
    },
    findings: ["pop3.cleartext-credentials"],
    decidedAfter: 2,
  },
  {
    title: "a client alone, and a command of control characters",
    transport: "tcp",
    exchange: [
      [">", latin1("CAPA\r\n")],
      [">", hex("00 01 0a")],
    ],
    protocol: "pop3",
    attributes: { "pop3.command": ["CAPA"] },
    findings: ["pop3.line-invalid"],
  },
  {
    title: "a user and password alone could be FTP's",
    transport: "tcp",
    exchange: [[">", latin1("USER a\r\nPASS b\r\n")]],
    protocol: undefined,
  },
];
